// SPDX-License-Identifier: MIT
//
// Rows about files and keys.
#include <sys/stat.h>

#include "credential_matrix.hpp"

namespace shaken302::directory::test {

using namespace shaken302::test;
using Scene = CredentialScene;

namespace {

std::string ten_megabytes() { return std::string(10'000'000, 'A'); }

/// Certificate and key of a curve that is not the one.
void use_key_of(Scene& scene, KeyPtr key) {
  scene.leaf_key = std::move(key);
  scene.leaf.key = scene.leaf_key.get();
}

std::vector<MatrixRow> rows_of_certificate_files() {
  return {
      {"an empty file", [](Scene& s) { s.certificate = ""; }, {Fault::no_certificate}},
      {"a text file", [](Scene& s) { s.certificate = "hello\n"; }, {Fault::no_certificate}},
      {"zeros", [](Scene& s) { s.certificate = std::string(500, '\0'); }, {Fault::no_certificate}},
      {"ten megabytes",
       [](Scene& s) { s.certificate = ten_megabytes(); },
       {Fault::unreadable_file}},
      {"a byte more than 64 KiB",
       [](Scene& s) {
         s.certificate = s.certify();
         s.certificate->resize(65537, '\n');
       },
       {Fault::unreadable_file}},
      {"no file at all", [](Scene& s) { s.has_own_certificate = true; }, {Fault::unreadable_file}},
      {"a folder",
       [](Scene& s) {
         std::filesystem::create_directory(s.files.certificate);
         s.has_own_certificate = true;
       },
       {Fault::unreadable_file}},
      {"a FIFO that nobody writes to",
       [](Scene& s) {
         require_ok(::mkfifo(s.files.certificate.c_str(), 0600) == 0);
         s.has_own_certificate = true;
       },
       {Fault::unreadable_file}},
      {"a link to itself: a file that cannot be opened, by root neither",
       [](Scene& s) {
         std::filesystem::create_symlink(s.files.certificate, s.files.certificate);
         s.has_own_certificate = true;
       },
       {Fault::unreadable_file}},
      {"five certificates",
       [](Scene& s) {
         const std::string root = s.root_pem();
         s.certificate = s.certify() + root + root + root + root;
       },
       {Fault::too_many_certificates}},
      {"half of the file",
       [](Scene& s) { s.certificate = s.certify().substr(0, 400); },
       {Fault::unreadable_certificate}},
      {"a request for a certificate",
       [](Scene& s) {
         s.certificate =
             "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n";
       },
       {Fault::unreadable_certificate}},
      {"DER with a byte behind it",
       [](Scene& s) { s.certificate = to_der_bytes(make_certificate(s.leaf).get()) + "x"; },
       {Fault::unreadable_certificate}},
      {"the key behind the certificate",
       [](Scene& s) { s.certificate = s.certify() + to_pkcs8_pem(s.leaf_key.get()); },
       {Fault::private_key_published}},
      {"the key in place of the certificate",
       [](Scene& s) { s.certificate = to_sec1_pem(s.leaf_key.get()); },
       {Fault::private_key_published}},
      {"an encrypted key is a key too",
       [](Scene& s) { s.certificate = s.certify() + to_pkcs8_pem(s.leaf_key.get(), "secret"); },
       {Fault::private_key_published}},
      {"the key as DER",
       [](Scene& s) { s.certificate = to_pkcs8_der(s.leaf_key.get()); },
       {Fault::private_key_published}},
      {"the key as the shorter form of DER",
       [](Scene& s) { s.certificate = to_sec1_der(s.leaf_key.get()); },
       {Fault::private_key_published}},
      {"the key as DER, encrypted",
       [](Scene& s) { s.certificate = to_pkcs8_der(s.leaf_key.get(), "secret"); },
       {Fault::private_key_published}},
      {"DER, the key behind the certificate",
       [](Scene& s) {
         s.certificate =
             to_der_bytes(make_certificate(s.leaf).get()) + to_pkcs8_der(s.leaf_key.get());
       },
       {Fault::private_key_published}},
      {"DER", [](Scene& s) { s.certificate = to_der_bytes(make_certificate(s.leaf).get()); }, {}},
      {"DER, leaf and root",
       [](Scene& s) {
         s.certificate = to_der_bytes(make_certificate(s.leaf).get()) + to_der_bytes(s.root.get());
       },
       {}},
      {"DER in the other order",
       [](Scene& s) {
         s.certificate = to_der_bytes(s.root.get()) + to_der_bytes(make_certificate(s.leaf).get());
       },
       {Fault::reordered}},
      {"text around the certificate",
       [](Scene& s) { s.certificate = "Subject: somebody\n" + s.certify() + "the end\n"; },
       {}},
  };
}

std::vector<MatrixRow> rows_of_key_files() {
  return {
      {"PKCS#8, PEM", [](Scene&) {}, {}},
      {"SEC1, PEM", [](Scene& s) { s.key = to_sec1_pem(s.leaf_key.get()); }, {}},
      {"PKCS#8, DER", [](Scene& s) { s.key = to_pkcs8_der(s.leaf_key.get()); }, {}},
      {"SEC1, DER", [](Scene& s) { s.key = to_sec1_der(s.leaf_key.get()); }, {}},
      {"PKCS#8, PEM, encrypted",
       [](Scene& s) {
         s.key = to_pkcs8_pem(s.leaf_key.get(), "secret");
         s.passphrase = "secret\n";
       },
       {}},
      {"SEC1, PEM, encrypted",
       [](Scene& s) {
         s.key = to_sec1_pem(s.leaf_key.get(), "secret");
         s.passphrase = "secret";
       },
       {}},
      {"PKCS#8, DER, encrypted; the passphrase from a file of Windows",
       [](Scene& s) {
         s.key = to_pkcs8_der(s.leaf_key.get(), "two words");
         s.passphrase = "two words\r\nand a comment";
       },
       {}},
      {"an empty file", [](Scene& s) { s.key = ""; }, {Fault::unreadable_key}},
      {"a certificate", [](Scene& s) { s.key = s.certify(); }, {Fault::unreadable_key}},
      {"half a key",
       [](Scene& s) { s.key = to_pkcs8_pem(s.leaf_key.get()).substr(0, 100); },
       {Fault::unreadable_key}},
      {"DER with a byte behind it",
       [](Scene& s) { s.key = to_pkcs8_der(s.leaf_key.get()) + "x"; },
       {Fault::unreadable_key}},
      {"ten megabytes", [](Scene& s) { s.key = ten_megabytes(); }, {Fault::unreadable_file}},
      {"no file at all", [](Scene& s) { s.has_own_key = true; }, {Fault::unreadable_file}},
      {"open to the group",
       [](Scene& s) {
         s.folder.write("house.key", to_pkcs8_pem(s.leaf_key.get()), 0640);
         s.has_own_key = true;
       },
       {Fault::unreadable_file}},
      {"encrypted, and no passphrase",
       [](Scene& s) { s.key = to_pkcs8_pem(s.leaf_key.get(), "secret"); },
       {Fault::passphrase_needed}},
      {"SEC1, encrypted, and no passphrase",
       [](Scene& s) { s.key = to_sec1_pem(s.leaf_key.get(), "secret"); },
       {Fault::passphrase_needed}},
      {"DER, encrypted, and no passphrase",
       [](Scene& s) { s.key = to_pkcs8_der(s.leaf_key.get(), "secret"); },
       {Fault::passphrase_needed}},
      {"another passphrase",
       [](Scene& s) {
         s.key = to_pkcs8_pem(s.leaf_key.get(), "secret");
         s.passphrase = "Secret";
       },
       {Fault::passphrase_wrong}},
      {"an empty passphrase",
       [](Scene& s) {
         s.key = to_pkcs8_pem(s.leaf_key.get(), "secret");
         s.passphrase = "";
       },
       {Fault::passphrase_wrong}},
      {"a passphrase longer than any",
       [](Scene& s) {
         s.key = to_pkcs8_pem(s.leaf_key.get(), "secret");
         s.passphrase = std::string(5000, 's');
       },
       {Fault::passphrase_wrong}},
      {"a passphrase that everybody may read",
       [](Scene& s) {
         s.key = to_pkcs8_pem(s.leaf_key.get(), "secret");
         s.files.passphrase = s.folder.write("house.pass", "secret", 0644);
       },
       {Fault::unreadable_file}},
      {"a passphrase for a key that has none",
       [](Scene& s) { s.passphrase = "secret"; },
       {Fault::passphrase_not_needed}},
      {"a key on another curve",
       [](Scene& s) { s.key = to_pkcs8_pem(make_ec_key("P-384").get()); },
       {Fault::key_type}},
      {"a key with explicit parameters",
       [](Scene& s) { s.key = to_pkcs8_pem(make_ec_key("P-256", "explicit").get()); },
       {Fault::key_type}},
      {"a key with explicit parameters, SEC1, DER",
       [](Scene& s) { s.key = to_sec1_der(make_ec_key("P-256", "explicit").get()); },
       {Fault::key_type}},
      {"an RSA key",
       [](Scene& s) { s.key = to_pkcs8_pem(KeyPtr(EVP_RSA_gen(2048)).get()); },
       {Fault::key_type}},
      {"the key of another certificate",
       [](Scene& s) { s.key = to_pkcs8_pem(make_ec_key().get()); },
       {Fault::key_mismatch}},
      {"a key whose halves do not belong together",
       [](Scene& s) { s.key = make_treacherous_key(to_pkcs8_pem(s.leaf_key.get())); },
       {Fault::self_test}},
  };
}

std::vector<MatrixRow> rows_of_other_values() {
  return {
      {"a name with a blank", [](Scene& s) { s.files.name = "my house"; }, {Fault::name_form}},
      {"no TLS", [](Scene& s) { s.files.x5u = "http://h/x.pem"; }, {Fault::x5u_form}},
      {"another port", [](Scene& s) { s.files.x5u = "https://h:8080/x.pem"; }, {Fault::x5u_form}},
      {"a query", [](Scene& s) { s.files.x5u = "https://h/x.pem?v=1"; }, {Fault::x5u_form}},
      {"a certificate on another curve",
       [](Scene& s) { use_key_of(s, make_ec_key("P-384")); },
       {Fault::certificate_key_type}},
      {"a certificate for an RSA key",
       [](Scene& s) { use_key_of(s, KeyPtr(EVP_RSA_gen(2048))); },
       {Fault::certificate_key_type}},
      {"a certificate with explicit parameters of the right curve",
       [](Scene& s) { use_key_of(s, make_ec_key("P-256", "explicit")); },
       {Fault::certificate_key_type}},
  };
}

}  // namespace

std::vector<MatrixRow> file_rows() {
  std::vector<MatrixRow> rows = rows_of_certificate_files();
  for (auto& more : {rows_of_key_files(), rows_of_other_values()}) {
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

}  // namespace shaken302::directory::test
