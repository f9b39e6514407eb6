// SPDX-License-Identifier: MIT
//
// Sofia's parser driven as the server drives it, without the server's code: these tests hold what
// the library does, so that a platform that changes it is noticed here first.
#pragma once

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/su_alloc.h>

#include <cstring>
#include <string>
#include <string_view>

namespace shaken302::contract {

inline const msg_mclass_t* extended_class() {
  static const msg_mclass_t* const mclass = sip_extend_mclass(nullptr);
  return mclass;
}

class SofiaMessage {
 public:
  explicit SofiaMessage(std::string_view bytes, const msg_mclass_t* mclass = extended_class())
      : message_(msg_create(mclass, MSG_DO_EXTRACT_COPY)) {
    su_home_preload(msg_home(message_), 1, 8192);
    msg_iovec_t buffer{};
    const auto size = static_cast<usize_t>(bytes.size());
    if (msg_recv_iovec(message_, &buffer, 1, size, 1) == 1) {
      std::memcpy(buffer.mv_base, bytes.data(), bytes.size());
      msg_recv_commit(message_, size, 1);
    }
    result = msg_extract(message_);
    sip = sip_object(message_);
    errors = msg_extract_errors(message_);
  }
  ~SofiaMessage() { msg_destroy(message_); }
  SofiaMessage(const SofiaMessage&) = delete;
  SofiaMessage& operator=(const SofiaMessage&) = delete;

  [[nodiscard]] bool flagged(unsigned flag) const { return msg_get_flags(message_, flag) != 0; }
  [[nodiscard]] bool request_error() const { return (errors & sip_mask_request) != 0; }

  int result = 0;
  sip_t* sip = nullptr;
  unsigned errors = 0;

 private:
  msg_t* message_;
};

/// The received bytes of a header, its line end included.
template <class Header>
std::string_view received(const Header& header) {
  const auto* common = reinterpret_cast<const msg_common_t*>(&header);
  return {static_cast<const char*>(common->h_data), common->h_len};
}

/// What Sofia keeps behind a header's struct, up to `size`.
template <class Header>
const char* copy_of(const Header& header) {
  const auto* common = reinterpret_cast<const msg_common_t*>(&header);
  return reinterpret_cast<const char*>(&header) +
         static_cast<std::size_t>(common->h_class->hc_size);
}

/// A good request; `more` are further lines, each with its line end.
inline std::string request_with(std::string_view more, std::string_view body = {}) {
  return "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
         "To: <sip:c@d>\r\nCall-ID: a@b\r\nCSeq: 1 INVITE\r\n" +
         std::string(more) + "\r\n" + std::string(body);
}

inline std::string repeat(std::string_view text, std::size_t count) {
  std::string result;
  while (count-- != 0) result += text;
  return result;
}

}  // namespace shaken302::contract
