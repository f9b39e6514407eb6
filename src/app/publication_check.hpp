// SPDX-License-Identifier: MIT
//
// What came back from an x5u, judged: does it serve exactly the chain that is signed with, and no
// private key? A verifier that fetches anything else refuses every call (ATIS-1000074 5.3.1). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shaken302/certificate.hpp"

namespace shaken302::app {

enum class PublicationFault : std::uint8_t {
  unreachable,     ///< no name, no connection, no answer in time, or no URL to be fetched
  tls,             ///< no handshake, or a certificate of the web server that is not trusted
  redirect,        ///< verifiers follow none
  status,          ///< any other than 200
  too_large,       ///< more than verifiers are ready to read
  no_certificate,  ///< nothing that reads as certificates
  another_chain,   ///< other certificates, more or fewer, or in another order
  private_key,     ///< whatever else is wrong: this is worse
};

[[nodiscard]] std::string_view to_text(PublicationFault fault) noexcept;

struct PublicationFinding {
  PublicationFault which;
  std::string detail;  ///< printable and bounded; nothing of what was fetched
  /// With private_key: it may be the expected chain's own; false when it is known to be another's.
  bool is_own_key = true;
};

/// What should be there.
struct Publication {
  std::string x5u;
  CertificateChain chain;
};

/// SHA-256 over the x5u and every certificate, in hexadecimal: the same text means that the same is
/// to be found at the same place.
[[nodiscard]] std::string publication_id(const Publication& publication);

/// One fetch, whatever became of it.
struct Fetched {
  enum class End : std::uint8_t { answered, unreachable, tls, too_large };
  End end = End::unreachable;
  long status = 0;     ///< of HTTP; 0 without an answer
  std::string body;    ///< what came, up to the limit
  std::string detail;  ///< why there is no answer
};

/// Nothing: it serves exactly this chain.
[[nodiscard]] std::optional<PublicationFinding> judge(const CertificateChain& expected,
                                                      const Fetched& fetched);

}  // namespace shaken302::app
