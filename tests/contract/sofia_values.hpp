// SPDX-License-Identifier: MIT
//
// Header values given to Sofia one by one, without the server's code: these tests hold what the
// library does, so that a platform that changes it is noticed here first. Here headers are blocks
// of the home; the server has them beside it (sofia_home_test.cpp).
#pragma once

#include <sofia-sip/msg_header.h>
#include <sofia-sip/msg_parser.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/su_alloc.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "sanitized.hpp"

namespace shaken302::contract {

using shaken302::test::sanitized;

/// What Sofia keeps behind a header's struct: the value, cut and decoded in place.
template <class Header>
const char* copy_of(const Header& header) {
  const auto* common = reinterpret_cast<const msg_common_t*>(&header);
  return reinterpret_cast<const char*>(&header) +
         static_cast<std::size_t>(common->h_class->hc_size);
}

/// A memory home in an area of its own, as each worker has one.
class AreaHome {
 public:
  static constexpr std::size_t area_bytes = 8192;

  AreaHome() { home_ = su_home_auto(area_.data(), area_bytes); }
  ~AreaHome() { su_home_deinit(home_); }
  AreaHome(const AreaHome&) = delete;
  AreaHome& operator=(const AreaHome&) = delete;

  void start_again() {
    su_home_deinit(home_);
    home_ = su_home_auto(area_.data(), area_bytes);
  }
  [[nodiscard]] su_home_t* home() const { return home_; }
  [[nodiscard]] bool is_in_area(const void* at) const {
    const auto* const byte = static_cast<const std::byte*>(at);
    return !std::less<>()(byte, area_.data()) && std::less<>()(byte, area_.data() + area_bytes);
  }

  /// nullptr: Sofia refuses the value.
  template <class Header>
  const Header* read(msg_hclass_t* header, std::string_view value) {
    msg_header_t* const made =
        msg_header_alloc(home_, header, static_cast<isize_t>(value.size() + 1));
    if (made == nullptr) return nullptr;
    char* const copy = MSG_HEADER_DATA(made);
    if (!value.empty()) std::memcpy(copy, value.data(), value.size());
    copy[value.size()] = '\0';
    const auto size = static_cast<isize_t>(value.size());
    if (header->hc_parse(home_, made, copy, size) < 0) return nullptr;
    return reinterpret_cast<const Header*>(made);
  }
  const sip_request_t* request(std::string_view line) {
    return read<sip_request_t>(sip_request_class, line);
  }
  const sip_via_t* via(std::string_view value) { return read<sip_via_t>(sip_via_class, value); }
  const sip_from_t* from(std::string_view value) { return read<sip_from_t>(sip_from_class, value); }
  const sip_to_t* to(std::string_view value) { return read<sip_to_t>(sip_to_class, value); }
  const sip_cseq_t* cseq(std::string_view value) { return read<sip_cseq_t>(sip_cseq_class, value); }
  const sip_p_asserted_identity_t* asserted_identity(std::string_view value) {
    return read<sip_p_asserted_identity_t>(sip_p_asserted_identity_class, value);
  }
  const sip_remote_party_id_t* remote_party_id(std::string_view value) {
    return read<sip_remote_party_id_t>(sip_remote_party_id_class, value);
  }

 private:
  alignas(std::max_align_t) std::array<std::byte, area_bytes> area_;
  su_home_t* home_;
};

/// What is not there reads as "(none)", which no value of these tests is.
inline std::string text(const char* part) { return part == nullptr ? "(none)" : part; }

inline std::string repeat(std::string_view text, std::size_t count) {
  std::string result;
  while (count-- != 0) result += text;
  return result;
}

}  // namespace shaken302::contract
