// SPDX-License-Identifier: MIT
#include "parsed_headers.hpp"

#include <sofia-sip/msg_header.h>
#include <sofia-sip/msg_parser.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/su_alloc.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHAKEN302_WATCHED
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SHAKEN302_WATCHED
#endif
#if defined(SHAKEN302_WATCHED)
#include <sanitizer/asan_interface.h>
#endif

namespace shaken302::sip {
namespace {

#if defined(SHAKEN302_WATCHED)
constexpr bool is_watched = true;
#else
constexpr bool is_watched = false;
#endif

/// Both hold what is read of an ordinary INVITE. The address sanitizer watches the first: what no
/// header has is poisoned, so that it sees who reads beyond a value, or looks at one of the message
/// before. The second is left with Sofia's books (200 bytes) there, and each list has a block of
/// its own.
constexpr std::size_t header_bytes = 8192;
constexpr std::size_t redzone_bytes = is_watched ? 16 : 0;
constexpr isize_t home_bytes = is_watched ? 256 : 4096;
/// For the parameters of one value that is not kept.
constexpr isize_t scratch_bytes = is_watched ? 256 : 1024;

#if defined(SHAKEN302_WATCHED)
void close_off(const void* at, std::size_t bytes) noexcept {
  __asan_poison_memory_region(at, bytes);
}
void open_up(const void* at, std::size_t bytes) noexcept {
  __asan_unpoison_memory_region(at, bytes);
}
#else
void close_off(const void* /*at*/, std::size_t /*bytes*/) noexcept {}
void open_up(const void* /*at*/, std::size_t /*bytes*/) noexcept {}
#endif

constexpr std::size_t alignment = alignof(std::max_align_t);
constexpr std::size_t aligned(std::size_t bytes) noexcept {
  return (bytes + alignment - 1) / alignment * alignment;
}

}  // namespace

/// Headers with their values lie beside the home, which is left with lists of parameters and the
/// later values of a line: it notes five blocks, and at the sixth it asks the heap for a longer
/// list.
struct ParsedHeaders::Area {
  alignas(alignment) std::array<std::byte, header_bytes> headers;
  alignas(alignment) std::array<std::byte, home_bytes> home;
  std::size_t used = 0;  // of the headers

  Area() noexcept { close_off(headers.data(), headers.size()); }
  ~Area() { open_up(headers.data(), headers.size()); }
  Area(const Area&) = delete;
  Area& operator=(const Area&) = delete;

  su_home_t* make_home() noexcept { return su_home_auto(home.data(), home_bytes); }
  void* take(std::size_t bytes) noexcept {
    const std::size_t whole = aligned(bytes) + redzone_bytes;
    if (whole > headers.size() - used) return nullptr;
    std::byte* const taken = headers.data() + used;
    used += whole;
    open_up(taken, bytes);
    return taken;
  }
  /// Of what was taken only the first `bytes` stay.
  void keep(std::size_t bytes) noexcept {
    close_off(headers.data() + bytes, used - bytes);
    used = bytes;
  }
};

ParsedHeaders::ParsedHeaders() : area_(std::make_unique<Area>()), home_(area_->make_home()) {
  if (home_ == nullptr) throw std::bad_alloc();  // the library has come to need more
}
ParsedHeaders::~ParsedHeaders() { su_home_deinit(home_); }

void ParsedHeaders::clear() noexcept {
  su_home_deinit(home_);
  home_ = area_->make_home();
  area_->keep(0);
  is_out_of_memory_ = false;
}

// As Sofia does it for a message of its own: the value is copied behind the header's struct, and
// cut and decoded there.
const void* ParsedHeaders::read(const msg_hclass_s* header, std::string_view value,
                                su_home_s* home) noexcept {
  const auto struct_size = static_cast<std::size_t>(header->hc_size);
  const std::size_t size = struct_size + value.size() + 1;
  void* memory = area_->take(size);
  if (memory == nullptr) memory = su_alloc(home, static_cast<isize_t>(size));
  if (memory == nullptr) {
    is_out_of_memory_ = true;
    return nullptr;
  }
  std::memset(memory, 0, struct_size);
  auto* const made = static_cast<msg_header_t*>(memory);
  made->sh_common->h_class = header;
  char* const copy = MSG_HEADER_DATA(made);
  if (!value.empty()) std::memcpy(copy, value.data(), value.size());
  copy[value.size()] = '\0';
  errno = 0;
  if (header->hc_parse(home, made, copy, static_cast<isize_t>(value.size())) >= 0) return made;
  is_out_of_memory_ |= errno == ENOMEM;  // for its parameters; free keeps it (glibc 2.33)
  return nullptr;
}

const sip_request_s* ParsedHeaders::read_request(std::string_view line) noexcept {
  return static_cast<const sip_request_s*>(read(sip_request_class, line, home_));
}
const sip_via_s* ParsedHeaders::read_via(std::string_view value) noexcept {
  return static_cast<const sip_via_s*>(read(sip_via_class, value, home_));
}
bool ParsedHeaders::can_read_via(std::string_view value) noexcept {
  alignas(alignment) std::array<std::byte, scratch_bytes> scratch;
  su_home_t* const home = su_home_auto(scratch.data(), scratch_bytes);
  const std::size_t kept = area_->used;
  const bool is_good = read(sip_via_class, value, home) != nullptr;
  su_home_deinit(home);
  area_->keep(kept);
  return is_good;
}
const sip_addr_s* ParsedHeaders::read_from(std::string_view value) noexcept {
  return static_cast<const sip_addr_s*>(read(sip_from_class, value, home_));
}
const sip_addr_s* ParsedHeaders::read_to(std::string_view value) noexcept {
  return static_cast<const sip_addr_s*>(read(sip_to_class, value, home_));
}
const sip_cseq_s* ParsedHeaders::read_cseq(std::string_view value) noexcept {
  return static_cast<const sip_cseq_s*>(read(sip_cseq_class, value, home_));
}
const sip_p_asserted_identity_s* ParsedHeaders::read_p_asserted_identity(
    std::string_view value) noexcept {
  return static_cast<const sip_p_asserted_identity_s*>(
      read(sip_p_asserted_identity_class, value, home_));
}
const sip_remote_party_id_s* ParsedHeaders::read_remote_party_id(std::string_view value) noexcept {
  return static_cast<const sip_remote_party_id_s*>(read(sip_remote_party_id_class, value, home_));
}

}  // namespace shaken302::sip
