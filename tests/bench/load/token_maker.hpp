// SPDX-License-Identifier: MIT
//
// Identities by a key of the test's own, right ones and wrong ones.
#pragma once

#include <array>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/certificate_builder.hpp"
#include "core/es256.hpp"
#include "shaken302/bounded_text.hpp"
#include "shaken302/passport.hpp"

namespace sip_load::test {

class TokenMaker {
 public:
  TokenMaker() : key_(shaken302::test::make_ec_key()) {
    shaken302::test::CertificateSpec spec;
    spec.key = key_.get();
    spec.not_before = shaken302::UnixTime{std::chrono::seconds{std::time(nullptr) - 3600}};
    spec.not_after = spec.not_before + std::chrono::days{1};
    certificate_ = shaken302::test::to_pem(shaken302::test::make_certificate(spec).get());
    std::string name = (std::filesystem::temp_directory_path() / "sip_load-XXXXXX").string();
    shaken302::test::require_ok(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    std::ofstream(certificate_file()) << certificate_;
    std::ofstream(key_file()) << key_pem();
  }
  ~TokenMaker() { std::filesystem::remove_all(folder_); }
  TokenMaker(const TokenMaker&) = delete;
  TokenMaker& operator=(const TokenMaker&) = delete;

  [[nodiscard]] std::string certificate_file() const {
    return (folder_ / "certificate.pem").string();
  }
  [[nodiscard]] std::string key_file() const { return (folder_ / "key.pem").string(); }
  [[nodiscard]] const std::string& certificate() const { return certificate_; }
  [[nodiscard]] std::string key_pem() const { return shaken302::test::to_pkcs8_pem(key_.get()); }

  /// `header` and `claims` are JSON texts.
  [[nodiscard]] std::string identity(const std::string& claims,
                                     const std::string& header = good_header) const {
    std::array<char, 4096> buffer;
    shaken302::BoundedText token(buffer);
    shaken302::append_base64url(token, header);
    token.append('.');
    shaken302::append_base64url(token, claims);
    shaken302::Sha256 sha256;
    shaken302::Sha256::Digest digest;
    shaken302::RawSignature signature;
    shaken302::test::require_ok(
        sha256.digest(token.view(), digest) &&
        shaken302::sign_es256(shaken302::prepare_signing(key_.get()).get(), digest, signature));
    token.append('.');
    const void* raw = signature.data();
    shaken302::append_base64url(token, {static_cast<const char*>(raw), signature.size()});
    return std::string(token.view()) +
           ";info=<https://cert.example.com/a.pem>;alg=ES256;ppt=shaken";
  }

  [[nodiscard]] static std::string claims(const std::string& calling, const std::string& called,
                                          std::int64_t iat_s) {
    return R"({"attest":"A","dest":{"tn":[")" + called + R"("]},"iat":)" + std::to_string(iat_s) +
           R"(,"orig":{"tn":")" + calling +
           R"("},"origid":"123e4567-e89b-42d3-a456-426655440000"})";
  }

  static constexpr const char* good_header =
      R"({"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://cert.example.com/a.pem"})";

 private:
  shaken302::KeyPtr key_;
  std::string certificate_;
  std::filesystem::path folder_;
};

}  // namespace sip_load::test
