// SPDX-License-Identifier: MIT
#include "invite_text.hpp"

#include <charconv>

namespace sip_load {
namespace {

constexpr std::size_t serial_digits = 10;
constexpr std::string_view serial_mark = "##########";

void write_serial(std::uint64_t serial, char* end) {
  for (std::size_t digit = 0; digit < serial_digits; ++digit) {
    *--end = static_cast<char>('0' + serial % 10);
    serial /= 10;
  }
}

std::string sdp_of(std::size_t padding) {
  std::string sdp =
      "v=0\r\no=- 3904 3904 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
      "m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
      "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n";
  constexpr std::string_view filler = "a=x-filler:";
  if (padding > filler.size() + 2) {
    sdp += filler;
    sdp.append(padding - filler.size() - 2, 'x');
    sdp += "\r\n";
  }
  return sdp;
}

std::string message_of(const InviteShape& shape, const std::string& caller, std::size_t padding) {
  const std::string id = shape.run + std::string(serial_mark);
  const std::string body = sdp_of(padding);
  return "INVITE sip:+" + shape.called + "@" + shape.target + " SIP/2.0\r\nVia: SIP/2.0/" +
         shape.transport + " " + shape.local + ";rport;branch=z9hG4bK" + id +
         "\r\nMax-Forwards: 70\r\nFrom: \"Load\" <sip:+" + caller + "@" + shape.local +
         ">;tag=" + id + "\r\nTo: <sip:+" + shape.called + "@" + shape.target +
         ">\r\nCall-ID: " + id + "@load.invalid\r\nCSeq: 1 INVITE\r\nContact: <sip:+" + caller +
         "@" + shape.local + ">\r\nUser-Agent: sip_load\r\nAllow: INVITE, ACK, CANCEL, BYE\r\n" +
         "P-Asserted-Identity: <sip:+" + caller + "@" + shape.local +
         ">\r\nContent-Type: application/sdp\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace

InviteText::InviteText(const InviteShape& shape)
    : call_id_prefix_(shape.run),
      call_id_suffix_("@load.invalid"),
      called_(shape.called),
      callers_(shape.callers) {
  for (const std::string& caller : callers_) {
    Rendered rendered;
    const std::size_t bare = message_of(shape, caller, 0).size();
    rendered.text = message_of(shape, caller, shape.bytes > bare ? shape.bytes - bare : 0);
    for (auto at = rendered.text.find(serial_mark); at != std::string::npos;
         at = rendered.text.find(serial_mark, at + serial_digits)) {
      rendered.serial_at.push_back(at);
    }
    rendered_.push_back(std::move(rendered));
  }
}

void InviteText::append(std::uint64_t serial, std::size_t caller, std::string& out) const {
  const Rendered& rendered = rendered_[caller];
  const std::size_t begin = out.size();
  out += rendered.text;
  for (const std::size_t at : rendered.serial_at) {
    write_serial(serial, out.data() + begin + at + serial_digits);
  }
}

std::optional<std::uint64_t> InviteText::serial_of(std::string_view call_id) const {
  if (!call_id.starts_with(call_id_prefix_) || !call_id.ends_with(call_id_suffix_)) return {};
  call_id.remove_prefix(call_id_prefix_.size());
  if (call_id.size() != serial_digits + call_id_suffix_.size()) return {};
  std::uint64_t serial = 0;
  const char* end = call_id.data() + serial_digits;
  const auto [stop, error] = std::from_chars(call_id.data(), end, serial);
  if (error != std::errc{} || stop != end) return {};
  return serial;
}

}  // namespace sip_load
