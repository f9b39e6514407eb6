// SPDX-License-Identifier: MIT
//
// Rows about keys in a token, with SoftHSM2.
#include <atomic>
#include <thread>

#include "credential_matrix.hpp"
#include "directory/open_token.hpp"
#include "softhsm.hpp"

namespace shaken302::directory::test {

using namespace shaken302::test;
using Scene = CredentialScene;

namespace {

void use_uri(Scene& scene, const std::string& uri) {
  SoftHsm::instance();
  auto parsed = config::parse_pkcs11_uri(uri);
  require_ok(static_cast<bool>(parsed));
  scene.files.token_key = std::move(*parsed);
  scene.files.token.module = SoftHsm::module;
  scene.files.token.deadline = std::chrono::seconds{10};  // of a machine that is busy
  scene.files.key.clear();
  scene.has_own_key = true;
  scene.passphrase = SoftHsm::pin;
}

void put_in_token(Scene& scene, EVP_PKEY* key) {
  use_uri(scene, SoftHsm::instance().import(to_pkcs8_pem(key)));
}

void put_in_token(Scene& scene) { put_in_token(scene, scene.leaf_key.get()); }

/// As if a module did not come back, as long as the scene lasts.
void hang_module(Scene& scene) {
  const auto gate = std::make_shared<std::atomic<bool>>(false);
  scene.undone_later = std::shared_ptr<void>(nullptr, [gate](void*) { *gate = true; });
  config::CredentialFiles files = scene.files;
  files.token.load_deadline = std::chrono::milliseconds{1};
  const auto opened = open_token(files, "1", [gate](const auto&, const auto&, auto) -> OpenedToken {
    while (!*gate) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return Failure{make_finding(Fault::token_silent)};
  });
  require_ok(!opened);
}

}  // namespace

/// The first one comes before any module is loaded, where these rows are all that a process does.
std::vector<MatrixRow> token_rows() {
  return {
      {"a token's key, no such module",
       [](Scene& s) {
         use_uri(s, "pkcs11:token=shaken;object=house");
         s.files.token.module = "/nosuch.so";
       },
       {Fault::token_module}},
      // The engine asks for no PIN where it has logged in: these come before the good ones.
      {"a wrong PIN",
       [](Scene& s) {
         use_uri(s, "pkcs11:token=shaken;object=house");
         s.passphrase = "9999";
       },
       {Fault::token_pin}},
      {"a wrong PIN again, which is not tried",
       [](Scene& s) {
         use_uri(s, "pkcs11:token=shaken;object=house");
         s.passphrase = "9999";
       },
       {Fault::token_pin}},
      {"a token's key", [](Scene& s) { put_in_token(s); }, {}},
      {"a token's key, and the PIN in a file of Windows",
       [](Scene& s) {
         put_in_token(s);
         s.passphrase = std::string(SoftHsm::pin) + "\r\nand a comment";
       },
       {}},
      {"another module than that of this process",
       [](Scene& s) {
         put_in_token(s);
         s.files.token.module.clear();
       },
       {Fault::token_module}},
      {"no such token",
       [](Scene& s) { use_uri(s, "pkcs11:token=nosuch;object=house"); },
       {Fault::token_missing}},
      {"a token of another serial number",
       [](Scene& s) { use_uri(s, "pkcs11:token=shaken;serial=0000;object=house"); },
       {Fault::token_missing}},
      {"a token without a private key",
       [](Scene& s) { use_uri(s, "pkcs11:token=empty;object=house"); },
       {Fault::token_missing}},
      {"no such object",
       [](Scene& s) {
         put_in_token(s);
         use_uri(s, "pkcs11:token=shaken;object=nosuch");
       },
       {Fault::token_key}},
      {"a private key without its public half",
       [](Scene& s) {
         use_uri(s, SoftHsm::instance().import(to_pkcs8_pem(s.leaf_key.get()), false));
       },
       {Fault::token_public_key}},
      {"an empty PIN",
       [](Scene& s) {
         put_in_token(s);
         s.passphrase = "\n";
       },
       {Fault::token_pin}},
      {"a PIN that is too long to be one",
       [](Scene& s) {
         put_in_token(s);
         s.passphrase = std::string(256, '1');
       },
       {Fault::token_pin}},
      {"no file with the PIN",
       [](Scene& s) {
         put_in_token(s);
         s.passphrase.reset();
         s.files.passphrase = s.folder.path() / "nosuch";
       },
       {Fault::unreadable_file}},
      {"an RSA key",
       [](Scene& s) {
         const KeyPtr rsa(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}));
         put_in_token(s, rsa.get());
       },
       {Fault::key_type}},
      {"a key on another curve",
       [](Scene& s) { put_in_token(s, make_ec_key("P-384").get()); },
       {Fault::key_type}},
      {"another certificate's key",
       [](Scene& s) { put_in_token(s, make_ec_key().get()); },
       {Fault::key_mismatch}},
      {"a module that is still busy with an earlier key",
       [](Scene& s) {
         put_in_token(s);
         hang_module(s);
       },
       {Fault::token_silent}},
  };
}

}  // namespace shaken302::directory::test
