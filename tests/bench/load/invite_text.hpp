// SPDX-License-Identifier: MIT
//
// INVITEs that differ in Call-ID, branch and From tag, made from texts that were rendered once: a
// request is a copy and ten digits in three places. The same serial gives the same bytes, so that a
// retransmission (RFC 3261 17.1.1.2) needs nothing kept. Thread-safe once made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sip_load {

struct InviteShape {
  std::string run;                   ///< makes Call-IDs differ from those of other runs
  std::string transport = "UDP";     ///< as in Via
  std::string local = "127.0.0.1";   ///< sent-by of Via: host or host:port
  std::string target = "127.0.0.1";  ///< host of the Request-URI
  std::vector<std::string> callers;  ///< digits, one text each
  std::string called = "12155550199";
  std::size_t bytes =
      880;  ///< the SDP is filled up to this; a smaller one than the message needs has no effect
};

class InviteText {
 public:
  explicit InviteText(const InviteShape& shape);

  /// The request number `serial` by the caller at `caller`, appended to `out`.
  void append(std::uint64_t serial, std::size_t caller, std::string& out) const;

  /// The serial in a Call-ID of this run; nothing for any other Call-ID.
  [[nodiscard]] std::optional<std::uint64_t> serial_of(std::string_view call_id) const;

  [[nodiscard]] std::size_t caller_count() const { return rendered_.size(); }
  [[nodiscard]] const std::string& caller(std::size_t index) const { return callers_[index]; }
  [[nodiscard]] const std::string& called() const { return called_; }

 private:
  struct Rendered {
    std::string text;
    std::vector<std::size_t> serial_at;  ///< where the ten digits belong
  };

  std::string call_id_prefix_;
  std::string call_id_suffix_;
  std::string called_;
  std::vector<std::string> callers_;
  std::vector<Rendered> rendered_;  ///< by caller
};

}  // namespace sip_load
