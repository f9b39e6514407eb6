// SPDX-License-Identifier: MIT
#include "parsed_headers.hpp"

#include <sofia-sip/msg_header.h>
#include <sofia-sip/msg_parser.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/su_alloc.h>

#include <array>
#include <cstddef>
#include <cstring>

namespace shaken302::sip {

namespace {

/// Holds what is read of an ordinary INVITE.
constexpr isize_t area_bytes = 8192;

}  // namespace

struct ParsedHeaders::Area {
  alignas(std::max_align_t) std::array<std::byte, area_bytes> bytes;
};

void ParsedHeaders::Free::operator()(Area* area) const noexcept {
  su_home_deinit(reinterpret_cast<su_home_t*>(area->bytes.data()));
  delete area;
}

ParsedHeaders::ParsedHeaders() {
  auto area = std::make_unique<Area>();
  home_ = su_home_auto(area->bytes.data(), area_bytes);
  area_.reset(area.release());
}

void ParsedHeaders::clear() noexcept {
  su_home_deinit(home_);
  home_ = su_home_auto(area_->bytes.data(), area_bytes);
  is_out_of_memory_ = false;
}

// As Sofia does it for a message of its own: the value is copied behind the header's struct, and
// cut and decoded there.
const void* ParsedHeaders::read(const msg_hclass_s* header, std::string_view value) noexcept {
  msg_header_t* const made =
      msg_header_alloc(home_, header, static_cast<isize_t>(value.size() + 1));
  if (made == nullptr) {
    is_out_of_memory_ = true;
    return nullptr;
  }
  char* const copy = MSG_HEADER_DATA(made);
  if (!value.empty()) std::memcpy(copy, value.data(), value.size());
  copy[value.size()] = '\0';
  const auto size = static_cast<isize_t>(value.size());
  return header->hc_parse(home_, made, copy, size) < 0 ? nullptr : made;
}

const sip_request_s* ParsedHeaders::read_request(std::string_view line) noexcept {
  return static_cast<const sip_request_s*>(read(sip_request_class, line));
}
const sip_via_s* ParsedHeaders::read_via(std::string_view value) noexcept {
  return static_cast<const sip_via_s*>(read(sip_via_class, value));
}
const sip_addr_s* ParsedHeaders::read_from(std::string_view value) noexcept {
  return static_cast<const sip_addr_s*>(read(sip_from_class, value));
}
const sip_addr_s* ParsedHeaders::read_to(std::string_view value) noexcept {
  return static_cast<const sip_addr_s*>(read(sip_to_class, value));
}
const sip_cseq_s* ParsedHeaders::read_cseq(std::string_view value) noexcept {
  return static_cast<const sip_cseq_s*>(read(sip_cseq_class, value));
}
const sip_p_asserted_identity_s* ParsedHeaders::read_p_asserted_identity(
    std::string_view value) noexcept {
  return static_cast<const sip_p_asserted_identity_s*>(read(sip_p_asserted_identity_class, value));
}
const sip_remote_party_id_s* ParsedHeaders::read_remote_party_id(std::string_view value) noexcept {
  return static_cast<const sip_remote_party_id_s*>(read(sip_remote_party_id_class, value));
}

}  // namespace shaken302::sip
