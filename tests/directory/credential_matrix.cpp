// SPDX-License-Identifier: MIT
#include "credential_matrix.hpp"

#include <algorithm>

namespace shaken302::directory::test {

using namespace shaken302::test;

namespace {

X509Ptr make_root(EVP_PKEY* key) {
  CertificateSpec spec;
  spec.key = key;
  spec.common_name = "THE ROOT";
  spec.not_before = day_before_noon;
  spec.not_after = day_after_noon;
  spec.extensions = {{NID_basic_constraints, "critical,CA:TRUE"},
                     {NID_key_usage, "critical,keyCertSign"},
                     {NID_subject_key_identifier, "hash"}};
  return make_certificate(spec);
}

/// The one extension of the profile that has no short text form.
RawExtension crl_distribution_point() {
  const std::string pem = make_test_pem().leaf_certificate;
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const X509Ptr model(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  require_ok(model != nullptr);
  return extension_of(model.get(), NID_crl_distribution_points);
}

}  // namespace

CredentialScene::CredentialScene() : root(make_root(root_key.get())) {
  leaf.key = leaf_key.get();
  leaf.issuer = root.get();
  leaf.issuer_key = root_key.get();
  leaf.attributes = {{"C", "US"}, {"O", "Example"}};
  leaf.not_before = day_before_noon;
  leaf.not_after = day_after_noon;
  leaf.serial = "4711471147114711";
  leaf.extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                     {NID_key_usage, "critical,digitalSignature"},
                     {NID_subject_key_identifier, "hash"},
                     {NID_authority_key_identifier, "keyid:always"},
                     {NID_certificate_policies, "2.16.840.1.114569.1.1.4"}};
  leaf.raw_extensions = {crl_distribution_point()};
  TnAuthList list;
  list.service_provider_codes = {"1234"};
  set_list(list);
  files.name = "house";
  files.key = folder.path() / "house.key";
  files.certificate = folder.path() / "house.pem";
  files.x5u = "https://cert.example.com/house.pem";
}

std::string CredentialScene::certify() const { return to_pem(make_certificate(leaf).get()); }

void CredentialScene::set_extension(int nid, const char* text) {
  std::erase_if(leaf.extensions, [nid](const auto& one) { return one.first == nid; });
  if (text != nullptr) leaf.extensions.emplace_back(nid, text);
}

void CredentialScene::remove_raw(const std::string& oid) {
  std::erase_if(leaf.raw_extensions, [&](const auto& one) { return one.oid == oid; });
}

InspectedCredential CredentialScene::inspect() {
  if (!has_own_certificate) folder.write("house.pem", certificate ? *certificate : certify());
  if (!has_own_key) folder.write("house.key", key ? *key : to_pkcs8_pem(leaf_key.get()));
  if (passphrase) {
    files.passphrase = folder.write("house.pass", *passphrase);
  }
  std::optional<TrustAnchors> trusted;
  if (anchors) {
    const auto parsed = TrustAnchors::parse(*anchors);
    require_ok(static_cast<bool>(parsed));
    trusted = *parsed;
  }
  return inspect_credential(files, trusted ? &*trusted : nullptr, now);
}

}  // namespace shaken302::directory::test
