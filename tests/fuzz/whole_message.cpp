// SPDX-License-Identifier: MIT
#include "whole_message.hpp"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>

#include <cstddef>
#include <cstring>
#include <memory>

#include "sip/request_reader.hpp"

namespace shaken302::sip::test {
namespace {

const msg_mclass_t* make_class() {
  struct Known {
    msg_hclass_t* hclass;
    std::size_t offset;
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
  };
  msg_mclass_t* const made = msg_mclass_clone(sip_default_mclass(), 0, msg_mclass_empty);
  for (const Known& one : known) {
    msg_mclass_insert_with_mask(made, one.hclass, static_cast<unsigned short>(one.offset),
                                one.mask);
  }
  return made;
}

struct MessageDeleter {
  void operator()(msg_t* message) const { msg_destroy(message); }
};
using MessagePtr = std::unique_ptr<msg_t, MessageDeleter>;

MessagePtr parse_whole(std::string_view bytes) {
  static const msg_mclass_t* const mclass = make_class();
  MessagePtr message(msg_create(mclass, MSG_DO_EXTRACT_COPY));
  const auto size = static_cast<usize_t>(bytes.size());
  msg_iovec_t buffer{};
  if (!message || msg_recv_iovec(message.get(), &buffer, 1, size, 1) != 1) return nullptr;
  std::memcpy(buffer.mv_base, bytes.data(), bytes.size());
  msg_recv_commit(message.get(), size, 1);
  if (msg_extract(message.get()) <= 0) return nullptr;
  return message;
}

std::string_view text(const char* part) { return part == nullptr ? std::string_view() : part; }

/// Of a request that the gate has let through.
std::string compare(const ParsedRequest& request, const HeaderIndex& index, const sip_t& sip) {
  if (sip.sip_request == nullptr || sip.sip_via == nullptr || sip.sip_from == nullptr ||
      sip.sip_to == nullptr || sip.sip_cseq == nullptr || sip.sip_call_id == nullptr) {
    return "a field that the whole message does not have";
  }
  if (text(sip.sip_request->rq_method_name) != request.method_name) return "the method";
  if (text(sip.sip_via->v_branch) != request.via.branch) return "the branch of the top Via";
  if ((sip.sip_via->v_rport != nullptr) != request.via.has_rport) return "rport of the top Via";
  if (text(sip.sip_from->a_tag) != request.from_tag) return "the tag of From";
  if ((sip.sip_to->a_tag != nullptr) != request.has_to_tag) return "the tag of To";
  if (text(sip.sip_call_id->i_id) != request.call_id) return "the Call-ID";
  if (text(sip.sip_cseq->cs_method_name) != request.method_name) return "the method of CSeq";
  std::size_t lines = 0;
  for (const Field& field : index.entries()) lines += field.known == FieldName::via ? 1 : 0;
  std::size_t values = 0;
  for (const sip_via_t* via = sip.sip_via; via != nullptr; via = via->v_next) ++values;
  if (values < lines) return "a line of Via that the whole message does not have";

  const bool is_asked_who_calls = request.method == Method::invite && !request.has_to_tag;
  const bool is_asserted = sip_p_asserted_identity(&sip) != nullptr;
  if (is_asked_who_calls && is_asserted &&
      request.identities.asserted.front().scheme == UriScheme::none) {
    return "a P-Asserted-Identity that only the whole message has";
  }
  return {};
}

}  // namespace

std::string differs_from_whole_message(std::string_view bytes) {
  static ReadState state;
  const auto request = read_request(bytes, state);
  if (!request && request.error() != RequestError::from && request.error() != RequestError::to &&
      request.error() != RequestError::cseq) {
    return {};  // refused by the pre-scan, or by a rule that Sofia does not have
  }
  // Line ends before it are no part of a message (RFC 3261 7.5).
  const char* const begin = state.index.message().data();
  const MessagePtr whole =
      parse_whole(bytes.substr(static_cast<std::size_t>(begin - bytes.data())));
  const bool is_good = whole && (msg_extract_errors(whole.get()) & sip_mask_request) == 0;
  if (!request) {
    return is_good && state.index.count(FieldName::from) != 0 &&
                   state.index.count(FieldName::to) != 0 && state.index.count(FieldName::cseq) != 0
               ? "a field is refused that the whole message's parser takes"
               : "";
  }
  if (!is_good) return "a request is taken that the whole message's parser refuses";
  return compare(*request, state.index, *sip_object(whole.get()));
}

}  // namespace shaken302::sip::test
