// SPDX-License-Identifier: MIT
#include "message.hpp"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/su_alloc.h>

#include <cstring>

namespace shaken302::sip {
namespace {

/// Without the extension P-Asserted-Identity and Remote-Party-ID arrive as unknown fields.
const msg_mclass_t* message_class() noexcept {
  static const msg_mclass_t* const extended = sip_extend_mclass(nullptr);
  return extended;
}

/// Holds the headers of an ordinary INVITE, so that a message costs three allocations.
constexpr isize_t preload_bytes = 8192;

bool fill(msg_t* message, std::string_view bytes) noexcept {
  const auto size = static_cast<usize_t>(bytes.size());
  msg_iovec_t buffer{};
  if (msg_recv_iovec(message, &buffer, 1, size, 1) != 1) return false;
  std::memcpy(buffer.mv_base, bytes.data(), bytes.size());
  msg_recv_commit(message, size, 1);
  return true;
}

}  // namespace

void Message::Destroy::operator()(msg_s* message) const noexcept { msg_destroy(message); }

Result<Message, Message::Error> Message::parse(std::string_view bytes) noexcept {
  const msg_mclass_t* const mclass = message_class();
  if (mclass == nullptr) return Failure{Error::memory};
  Message message;
  message.message_.reset(msg_create(mclass, MSG_DO_EXTRACT_COPY));
  msg_t* const raw = message.message_.get();
  if (raw == nullptr) return Failure{Error::memory};
  su_home_preload(msg_home(raw), 1, preload_bytes);
  if (!fill(raw, bytes)) return Failure{Error::memory};

  const int extracted = msg_extract(raw);
  message.sip_ = sip_object(raw);
  if (message.sip_ == nullptr || extracted == 0) return Failure{Error::incomplete};
  if (msg_get_flags(raw, MSG_FLG_TRUNC | MSG_FLG_TOOLARGE) != 0) return Failure{Error::incomplete};
  message.errors_ = msg_extract_errors(raw);
  // A message that is flagged as a whole is refused by everyone who looks at the request bits.
  if (extracted < 0) message.errors_ |= sip_mask_request;
  return message;
}

}  // namespace shaken302::sip
