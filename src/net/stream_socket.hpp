// SPDX-License-Identifier: MIT
//
// A socket that listens for TCP connections, also those that will speak TLS. Functions of the
// kernel alone; thread-safe.
#pragma once

#include <cstdint>

#include "file_descriptor.hpp"
#include "shaken302/result.hpp"
#include "sip/endpoint.hpp"
#include "socket_address.hpp"
#include "socket_error.hpp"

namespace shaken302::net {

struct StreamSocketOptions {
  sip::Endpoint local;
  Family family = Family::ipv4;
  std::uint8_t dscp = 0;  ///< 0..63; connections inherit it
};

/// Never blocks. SO_REUSEADDR: connections of an earlier process that are still in TIME_WAIT do not
/// keep its successor from listening (a second listener is refused all the same).
Result<FileDescriptor, SocketError> open_stream_socket(const StreamSocketOptions& options) noexcept;
/// What is bound to that address and listens already, from whoever was there before.
Result<FileDescriptor, SocketError> adopt_stream_socket(
    FileDescriptor socket, const StreamSocketOptions& options) noexcept;

/// The address of our end; port 0 where the kernel does not say.
[[nodiscard]] sip::Endpoint local_endpoint(int socket) noexcept;

}  // namespace shaken302::net
