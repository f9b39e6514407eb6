// SPDX-License-Identifier: MIT
//
// Sockets that somebody else has bound for this process: systemd's socket units and its descriptor
// store (sd_listen_fds(3)), or the process that served before. What they are is asked of the
// kernel; the names that come with them only say what they are called where they are stored.
// Written out, because it is shorter than the dependency. Used by one thread, at start.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "file_descriptor.hpp"
#include "shaken302/result.hpp"
#include "sip/endpoint.hpp"
#include "socket_address.hpp"
#include "socket_error.hpp"

namespace shaken302::net {

/// UDP, or TCP that listens (which may carry TLS).
enum class SocketKind : std::uint8_t { datagram, stream };

/// What a listening socket is to the kernel.
struct SocketIdentity {
  SocketKind kind = SocketKind::datagram;
  Family family = Family::ipv4;
  sip::Endpoint local;
  friend bool operator==(const SocketIdentity&, const SocketIdentity&) = default;
};

/// "udp:192.0.2.1:5060", "tcp:[2001:db8::1]:5060"
[[nodiscard]] std::string to_text(const SocketIdentity& identity);
/// What a socket is called in systemd's descriptor store, where a name has no colon:
/// "udp-192.0.2.1-5060".
[[nodiscard]] std::string to_store_name(const SocketIdentity& identity);

/// Why a descriptor is nothing that can be listened on.
enum class NoListener : std::uint8_t {
  not_open,
  no_socket,
  other_protocol,  ///< neither UDP nor TCP, of IPv4 nor IPv6
  not_listening,   ///< TCP: a connection, or nothing yet
  connected,       ///< UDP that hears its peer alone
};
[[nodiscard]] std::string_view to_text(NoListener why) noexcept;
/// Asks the kernel.
[[nodiscard]] Result<SocketIdentity, NoListener> identify(int fd) noexcept;

/// Why a socket that somebody else has made cannot serve as this listener's; nothing: it can.
[[nodiscard]] std::optional<SocketError::Step> examine(int fd,
                                                       const SocketIdentity& wanted) noexcept;

class InheritedSockets {
 public:
  /// More are not taken over: that many listeners nobody has.
  static constexpr int sockets_max = 256;
  static constexpr int first_descriptor = 3;  ///< SD_LISTEN_FDS_START

  /// LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES; an empty text is a variable that is not set.
  struct Variables {
    std::string_view pid;
    std::string_view count;
    std::string_view names;
  };

  InheritedSockets() = default;
  /// Takes over what the environment names and unsets the three variables: nobody whom this process
  /// starts shall take them for its own. Before there is a second thread, and before anything else
  /// is opened: a count that is too large must not reach descriptors of ours.
  static InheritedSockets from_environment();
  /// `own_pid`: what LISTEN_PID must be; the descriptors begin at `first`.
  InheritedSockets(const Variables& variables, pid_t own_pid, int first);

  /// The socket of a listener, if there is one. Of several only one is given.
  [[nodiscard]] std::optional<FileDescriptor> take(const SocketIdentity& identity);

  /// What nobody has taken.
  struct Leftover {
    std::string name;  ///< as it is stored; empty: nobody has said
    /// What to tell an operator: "udp:192.0.2.1:5060 is no listener of this configuration". Empty:
    /// it is but another descriptor of a socket that was taken or is told of.
    std::string complaint;
  };
  /// Closes what is left.
  std::vector<Leftover> close_rest();

  /// What is wrong with the variables; empty: nothing.
  [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }
  [[nodiscard]] std::size_t size() const noexcept { return sockets_.size(); }

 private:
  struct Socket {
    FileDescriptor fd;
    std::string name;
    Result<SocketIdentity, NoListener> identity;
    std::uint64_t cookie = 0;  ///< the kernel's own name of the socket (SO_COOKIE); 0: it has none
    bool is_taken = false;     ///< by a descriptor of the same socket
  };

  std::vector<Socket> sockets_;
  std::vector<SocketIdentity> taken_;
  std::string complaint_;
};

}  // namespace shaken302::net
