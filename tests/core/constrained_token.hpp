// SPDX-License-Identifier: MIT
//
// A token that says A, by a key whose certificate has the extensions that the test wants.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "core/certificate_builder.hpp"
#include "core/es256.hpp"
#include "core/test_credentials.hpp"
#include "shaken302/bounded_text.hpp"
#include "shaken302/passport.hpp"

namespace shaken302::test {

/// Issued at `noon`.
inline constexpr const char* shaken_payload =
    R"({"attest":"A","dest":{"tn":["12155550131"]},"iat":1893456000,)"
    R"("orig":{"tn":"12155550121"},"origid":"123e4567-e89b-42d3-a456-426655440000"})";

struct ConstrainedToken {
  std::string certificate;  ///< PEM
  std::string token;
};

inline ConstrainedToken make_constrained_token(const std::vector<RawExtension>& extensions,
                                               bool is_altered = false) {
  const KeyPtr key = make_ec_key();
  CertificateSpec spec;
  spec.key = key.get();
  spec.not_before = day_before_noon;
  spec.not_after = day_after_noon;
  spec.raw_extensions = extensions;
  std::array<char, 4096> buffer;
  BoundedText token(buffer);
  token.append(make_shaken_header_segment("https://cert.example.com/a.pem"));
  token.append('.');
  append_base64url(token, shaken_payload);
  Sha256 sha256;
  Sha256::Digest digest;
  RawSignature signature;
  REQUIRE(sha256.digest(token.view(), digest));
  REQUIRE(sign_es256(prepare_signing(key.get()).get(), digest, signature));
  if (is_altered) signature[40] ^= 1;
  token.append('.');
  append_base64url(token, {reinterpret_cast<const char*>(signature.data()), signature.size()});
  return {to_pem(make_certificate(spec).get()), std::string(token.view())};
}

}  // namespace shaken302::test
