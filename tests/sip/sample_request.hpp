// SPDX-License-Identifier: MIT
//
// A well-formed INVITE for the tests of the reading side; a test replaces the one part it is about.
#pragma once

#include <string>

namespace shaken302::sip::test {

struct SampleRequest {
  std::string start = "INVITE sip:+12155550113@signer.example.com SIP/2.0";
  std::string via = "Via: SIP/2.0/UDP 192.0.2.10:5070;branch=z9hG4bK87asdks7;rport\r\n";
  std::string from = "From: \"Alice\" <sip:+12155550112@caller.example.com>;tag=9fxced76sl\r\n";
  std::string to = "To: <sip:+12155550113@called.example.com>\r\n";
  std::string call_id = "Call-ID: 3848276298220188511@client.example.com\r\n";
  std::string cseq = "CSeq: 2 INVITE\r\n";
  std::string more = "Max-Forwards: 70\r\n";  ///< any further fields, each with its line end
  std::string body;

  [[nodiscard]] std::string text() const {
    return start + "\r\n" + via + from + to + call_id + cseq + more + "\r\n" + body;
  }
};

}  // namespace shaken302::sip::test
