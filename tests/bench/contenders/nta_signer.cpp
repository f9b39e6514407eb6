// SPDX-License-Identifier: MIT
//
// What we would be if libsofia owned the sockets: nta_signer PORT KEY answers every INVITE by a
// stateless nta agent with a 302 whose Identity is really signed, and checks nothing. It keeps the
// decision to receive with sockets of our own a measured one.
struct NtaSigner;
#define NTA_AGENT_MAGIC_T struct NtaSigner
#include <openssl/rand.h>
#include <sofia-sip/nta.h>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_wait.h>

#include <array>
#include <ctime>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "plain_signer.hpp"

namespace {

constexpr std::string_view x5u = "https://cert.example.com/house.pem";

std::string_view digits_of(const char* user) {
  const std::string_view text = user == nullptr ? "" : user;
  return text.starts_with('+') ? text.substr(1) : text;
}

/// A random UUID (RFC 4122 4.4).
void append_uuid(std::string& out) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) throw std::runtime_error("no random bytes");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  constexpr std::string_view hex = "0123456789abcdef";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += hex[bytes[i] >> 4U];
    out += hex[bytes[i] & 15U];
  }
}

}  // namespace

struct NtaSigner {
  explicit NtaSigner(const std::string& key_file) : signer(key_file) {
    contenders::append_base64url(
        R"({"alg":"ES256","ppt":"shaken","typ":"passport","x5u":")" + std::string(x5u) + R"("})",
        header);
  }

  /// A whole Identity header; valid until the next call.
  const std::string& identity(std::string_view calling, std::string_view called) {
    claims = R"({"attest":"A","dest":{"tn":[")";
    claims.append(called).append(R"("]},"iat":)").append(std::to_string(std::time(nullptr)));
    claims.append(R"(,"orig":{"tn":")").append(calling).append(R"("},"origid":")");
    append_uuid(claims);
    claims += R"("})";
    token = header + '.';
    contenders::append_base64url(claims, token);
    line = "Identity: " + token + '.';
    contenders::append_base64url(signer.sign(token), line);
    line.append(";info=<").append(x5u).append(">;alg=ES256;ppt=shaken");
    return line;
  }

  contenders::PlainSigner signer;
  std::string header;
  std::string claims;
  std::string token;
  std::string line;
};

namespace {

/// Called by C code: nothing may be thrown through it.
int answer(NtaSigner* signer, nta_agent_t* agent, msg_t* message, sip_t* sip) noexcept {
  if (sip == nullptr || sip->sip_request == nullptr || sip->sip_from == nullptr ||
      sip->sip_to == nullptr || sip->sip_request->rq_method != sip_method_invite) {
    nta_msg_discard(agent, message);
    return 0;
  }
  try {
    const auto called = digits_of(sip->sip_to->a_url->url_user);
    const std::string& identity =
        signer->identity(digits_of(sip->sip_from->a_url->url_user), called);
    const std::string contact = "<sip:+" + std::string(called) + "@127.0.0.1>";
    nta_msg_treply(agent, message, SIP_302_MOVED_TEMPORARILY, SIPTAG_CONTACT_STR(contact.c_str()),
                   SIPTAG_HEADER_STR(identity.c_str()), TAG_END());
  } catch (const std::exception& error) {
    std::cerr << "nta_signer: " << error.what() << '\n';
    nta_msg_discard(agent, message);
  }
  return 0;
}

int serve(const std::string& port, const std::string& key_file) {
  NtaSigner signer(key_file);
  su_init();
  su_root_t* root = su_root_create(nullptr);
  const std::string contact = "sip:127.0.0.1:" + port + ";transport=udp";
  nta_agent_t* agent = nta_agent_create(root, URL_STRING_MAKE(contact.c_str()), answer, &signer,
                                        NTATAG_STATELESS(1), NTATAG_UA(0), TAG_END());
  if (agent == nullptr) throw std::runtime_error("the port cannot be had");
  std::cout << "ready" << std::endl;
  su_root_run(root);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: nta_signer PORT KEY\n";
    return 64;
  }
  try {
    return serve(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::cerr << "nta_signer: " << error.what() << '\n';
    return 1;
  }
}
