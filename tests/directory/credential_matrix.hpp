// SPDX-License-Identifier: MIT
//
// Credentials of every bad and odd kind, each with what must be found wrong with it. A scene is a
// credential without a fault: a row changes one thing.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/temporary_folder.hpp"
#include "core/certificate_builder.hpp"
#include "core/test_credentials.hpp"
#include "directory/inspect_credential.hpp"

namespace shaken302::directory::test {

using shaken302::test::CertificateSpec;
using Fault = CertificateFault;
using Bytes = std::vector<std::uint8_t>;

/// One DER element, any length below 64 KiB.
inline Bytes element(std::uint8_t tag, const Bytes& content) {
  Bytes out{tag};
  const auto size = content.size();
  if (size >= 0x100) {
    out.push_back(0x82);
    out.push_back(static_cast<std::uint8_t>(size >> 8));
  } else if (size >= 0x80) {
    out.push_back(0x81);
  }
  out.push_back(static_cast<std::uint8_t>(size));
  out.insert(out.end(), content.begin(), content.end());
  return out;
}
inline Bytes text_element(std::uint8_t tag, const std::string& text) {
  return element(tag, Bytes(text.begin(), text.end()));
}
inline void append(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }

struct Permitted {
  std::string claim;
  std::vector<std::string> values;
};

/// The value of an extension with claim constraints; empty lists are left out.
inline Bytes constraints(const std::vector<std::string>& include,
                         const std::vector<Permitted>& permitted = {},
                         const std::vector<std::string>& exclude = {}) {
  constexpr std::uint8_t sequence = 0x30;
  constexpr std::uint8_t ia5_string = 0x16;
  constexpr std::uint8_t utf8_string = 0x0C;
  const auto names = [](const std::vector<std::string>& list) {
    Bytes all;
    for (const auto& name : list) append(all, text_element(ia5_string, name));
    return element(sequence, all);
  };
  Bytes parts;
  if (!include.empty()) append(parts, element(0xA0, names(include)));
  Bytes entries;
  for (const auto& entry : permitted) {
    Bytes values;
    for (const auto& value : entry.values) append(values, text_element(utf8_string, value));
    Bytes both = text_element(ia5_string, entry.claim);
    append(both, element(sequence, values));
    append(entries, element(sequence, both));
  }
  if (!permitted.empty()) append(parts, element(0xA1, element(sequence, entries)));
  if (!exclude.empty()) append(parts, element(0xA2, names(exclude)));
  return element(sequence, parts);
}

inline constexpr const char* plain_constraints = "1.3.6.1.5.5.7.1.27";
inline constexpr const char* enhanced_constraints = "1.3.6.1.5.5.7.1.33";

class CredentialScene {
 public:
  CredentialScene();

  /// The leaf as `leaf` says it, PEM.
  [[nodiscard]] std::string certify() const;
  [[nodiscard]] std::string root_pem() const { return shaken302::test::to_pem(root.get()); }
  void add_raw(std::string oid, Bytes value, bool critical = false) {
    leaf.raw_extensions.push_back({std::move(oid), critical, std::move(value)});
  }
  void set_list(const TnAuthList& list) { leaf.tn_auth_lists = {to_der(list)}; }
  /// Replaces the text form of one extension; nullptr takes it out.
  void set_extension(int nid, const char* text);
  /// Takes out one of the raw extensions.
  void remove_raw(const std::string& oid);

  /// Writes what has not been written by hand and inspects it.
  InspectedCredential inspect();

  shaken302::test::TemporaryFolder folder;
  KeyPtr root_key = shaken302::test::make_ec_key();
  KeyPtr leaf_key = shaken302::test::make_ec_key();
  X509Ptr root;
  CertificateSpec leaf;
  config::CredentialFiles files;
  UnixTime now = shaken302::test::noon;
  /// What the files hold, where it is not the plain thing. A row that makes the file itself sets
  /// an empty path's worth: has_own_certificate, has_own_key.
  std::optional<std::string> certificate;
  std::optional<std::string> key;
  std::optional<std::string> passphrase;
  std::optional<std::string> anchors;  ///< PEM
  bool has_own_certificate = false;
  bool has_own_key = false;
  std::shared_ptr<void> undone_later;  ///< what ends with the scene
};

struct MatrixRow {
  std::string why;
  std::function<void(CredentialScene&)> change;
  std::vector<Fault> faults;  ///< all of them, in any order
};

std::vector<MatrixRow> file_rows();
std::vector<MatrixRow> certificate_rows();
std::vector<MatrixRow> extension_rows();
std::vector<MatrixRow> token_rows();

}  // namespace shaken302::directory::test
