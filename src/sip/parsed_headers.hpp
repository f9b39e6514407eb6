// SPDX-License-Identifier: MIT
//
// Header values, each read by Sofia-SIP's own parser of its header: the only file pair that creates
// and destroys Sofia objects. A message is never given to Sofia as a whole: the pre-scan has found
// the values, and nobody asks about most of them. Those parsers are what a hostile datagram is
// aimed at: they recurse once per comma and copy a growing list once per eight parameters. See
// tests/contract for what this relies on.
#pragma once

#include <memory>
#include <string_view>

struct msg_hclass_s;
struct su_home_s;
struct sip_addr_s;
struct sip_cseq_s;
struct sip_p_asserted_identity_s;
struct sip_remote_party_id_s;
struct sip_request_s;
struct sip_via_s;

namespace shaken302::sip {

/// Not thread-safe. What it returns, and every pointer in there, is good until `clear`. nullptr: it
/// could not be read, or there was no memory. Its memory is taken once; the heap is asked only for
/// a message that is larger than an ordinary INVITE, or has more than five of: a From with
/// parameters, a top Via with parameters, further values in the top Via's or an identity's line,
/// parameters of a Remote-Party-ID.
class ParsedHeaders {
 public:
  /// Throws std::bad_alloc.
  ParsedHeaders();
  ~ParsedHeaders();
  ParsedHeaders(const ParsedHeaders&) = delete;
  ParsedHeaders& operator=(const ParsedHeaders&) = delete;
  /// Lets go of everything that was read.
  void clear() noexcept;
  /// Since the last `clear`.
  [[nodiscard]] bool is_out_of_memory() const noexcept { return is_out_of_memory_; }

  /// A start line without its line end.
  const sip_request_s* read_request(std::string_view line) noexcept;
  /// The first of the values of one line; the others follow it.
  const sip_via_s* read_via(std::string_view value) noexcept;
  /// Whether `read_via` would. Nothing of it is kept.
  bool can_read_via(std::string_view value) noexcept;
  const sip_addr_s* read_from(std::string_view value) noexcept;
  const sip_addr_s* read_to(std::string_view value) noexcept;
  const sip_cseq_s* read_cseq(std::string_view value) noexcept;
  const sip_p_asserted_identity_s* read_p_asserted_identity(std::string_view value) noexcept;
  const sip_remote_party_id_s* read_remote_party_id(std::string_view value) noexcept;

 private:
  struct Area;
  const void* read(const msg_hclass_s* header, std::string_view value, su_home_s* home) noexcept;

  std::unique_ptr<Area> area_;
  su_home_s* home_;  // in the area
  bool is_out_of_memory_ = false;
};

}  // namespace shaken302::sip
