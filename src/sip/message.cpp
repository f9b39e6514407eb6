// SPDX-License-Identifier: MIT
#include "message.hpp"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/su_alloc.h>

#include <cstddef>
#include <cstring>

namespace shaken302::sip {
namespace {

/// Only the fields that somebody here asks about have their classes; all others are unknown, which
/// costs them a name and a value instead of a parser. Those parsers are what a hostile datagram is
/// aimed at: they recurse once per comma, copy a growing list once per eight parameters, and read
/// dates wrongly.
const msg_mclass_t* make_class() noexcept {
  struct Known {
    msg_hclass_t* hclass;
    std::size_t offset;  ///< 0: behind sip_t, as for every header that sip_t has no member for
    unsigned short mask;
  };
  const Known known[] = {
      {sip_via_class, offsetof(sip_t, sip_via), sip_mask_request},
      {sip_from_class, offsetof(sip_t, sip_from), sip_mask_request},
      {sip_to_class, offsetof(sip_t, sip_to), sip_mask_request},
      {sip_call_id_class, offsetof(sip_t, sip_call_id), sip_mask_request},
      {sip_cseq_class, offsetof(sip_t, sip_cseq), sip_mask_request},
      {sip_content_length_class, offsetof(sip_t, sip_content_length), sip_mask_request},
      {sip_p_asserted_identity_class, 0, 0},
      {sip_remote_party_id_class, 0, 0},
  };
  msg_mclass_t* const mclass = msg_mclass_clone(sip_default_mclass(), 0, msg_mclass_empty);
  if (mclass == nullptr) return nullptr;
  for (const Known& header : known) {
    const auto offset = static_cast<unsigned short>(header.offset);
    if (msg_mclass_insert_with_mask(mclass, header.hclass, offset, header.mask) < 0) return nullptr;
  }
  return mclass;
}

const msg_mclass_t* message_class() noexcept {
  static const msg_mclass_t* const mclass = make_class();
  return mclass;
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
