// SPDX-License-Identifier: MIT
//
// What a load leaves in memory of a key and its passphrase (hazards F26). The process that makes
// the key has it in memory anyway: another one, this program once more, loads it and looks.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "credential_matrix.hpp"

namespace shaken302::directory::test {
namespace {

constexpr unsigned char mask = 0x55;  // so that what is looked for is not in memory by being told

std::string masked_hex(std::string_view bytes) {
  std::ostringstream out;
  for (const char byte : bytes) {
    out << fmt::format("{:02x}", static_cast<unsigned char>(byte) ^ mask);
  }
  return out.str();
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Where the heap of this process holds the text whose masked form is `needle`.
int count_in_heap(std::string_view needle) {
  std::ifstream maps("/proc/self/maps");
  int found = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("[heap]") == std::string::npos) continue;
    const auto begin = std::stoull(line, nullptr, 16);
    const auto end = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
    const std::string_view heap(reinterpret_cast<const char*>(begin), end - begin);
    for (std::size_t i = 0; i + needle.size() <= heap.size(); ++i) {
      std::size_t same = 0;
      while (same < needle.size() && (static_cast<unsigned char>(heap[i + same]) ^ mask) ==
                                         static_cast<unsigned char>(needle[same])) {
        ++same;
      }
      if (same == needle.size()) ++found;
    }
  }
  return found;
}

/// Whether this program, started again, finds nothing of key and passphrase.
bool leaves_nothing(const CredentialScene& scene, const std::string& secret,
                    const std::string& passphrase) {
  std::array<char, 4096> self{};
  shaken302::test::require_ok(::readlink("/proc/self/exe", self.data(), self.size() - 1) > 0);
  const std::string command = fmt::format(
      "WIPED_FOLDER='{}' WIPED_KEY={} WIPED_PASSPHRASE={} '{}' --no-skip "
      "--test-case='wiped_key: the other process' > '{}/log' 2>&1",
      scene.folder.path().string(), masked_hex(secret), masked_hex(passphrase), self.data(),
      scene.folder.path().string());
  const int status = std::system(command.c_str());
  std::ifstream log(scene.folder.path() / "log");
  const std::string text{std::istreambuf_iterator<char>(log), std::istreambuf_iterator<char>()};
  CAPTURE(text);
  CHECK(status == 0);
  CHECK(text.find("1 passed") != std::string::npos);
  return status == 0;
}

}  // namespace

TEST_CASE("wiped_key: the other process" * doctest::skip()) {
  const std::filesystem::path folder = environment("WIPED_FOLDER");
  if (folder.empty()) return;  // only its own other process has something to load
  const std::string key = from_hex(environment("WIPED_KEY"));
  const std::string passphrase = from_hex(environment("WIPED_PASSPHRASE"));
  {
    // The search finds what is there; a sanitizer's allocator has its memory elsewhere.
    std::string there(key.size() + 64, 'x');
    for (std::size_t i = 0; i < key.size(); ++i) {
      there[i] = static_cast<char>(static_cast<unsigned char>(key[i]) ^ mask);
    }
    const int found = count_in_heap(key);
    explicit_bzero(there.data(), there.size());
    if (found == 0) return;
    CHECK(found == 1);
  }
  config::CredentialFiles files;
  files.name = "house";
  files.key = folder / "house.key";
  files.certificate = folder / "house.pem";
  files.x5u = "https://cert.example.com/house.pem";
  if (!passphrase.empty()) files.passphrase = folder / "house.pass";
  {
    const auto inspected = inspect_credential(files, nullptr, shaken302::test::noon);
    REQUIRE(inspected.credential);
    CHECK(count_in_heap(key) == 0);  // OpenSSL keeps the number in another order
    if (!passphrase.empty()) CHECK(count_in_heap(passphrase) == 0);
  }
  const std::string reversed(key.rbegin(), key.rend());
  CHECK(count_in_heap(key) == 0);
  CHECK(count_in_heap(reversed) == 0);
}

TEST_CASE("wiped_key: a load leaves no key and no passphrase in memory, whatever their form") {
  using namespace shaken302::test;
  struct Row {
    std::string why;
    std::string (*write)(EVP_PKEY*, const std::string&);
    std::string passphrase;
  };
  const Row rows[] = {
      {"PKCS#8, PEM", [](EVP_PKEY* k, const std::string&) { return to_pkcs8_pem(k); }, ""},
      {"SEC1, PEM", [](EVP_PKEY* k, const std::string&) { return to_sec1_pem(k); }, ""},
      {"PKCS#8, DER", [](EVP_PKEY* k, const std::string&) { return to_pkcs8_der(k); }, ""},
      {"PKCS#8, PEM, encrypted",
       [](EVP_PKEY* k, const std::string& p) { return to_pkcs8_pem(k, p.c_str()); }, "pass word"},
      {"SEC1, PEM, encrypted", [](EVP_PKEY* k, const std::string& p) { return to_sec1_pem(k, p); },
       "a long pass phrase"},
      {"PKCS#8, DER, encrypted",
       [](EVP_PKEY* k, const std::string& p) { return to_pkcs8_der(k, p); }, "a long pass phrase"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CredentialScene scene;
    scene.key = row.write(scene.leaf_key.get(), row.passphrase);
    if (!row.passphrase.empty()) scene.passphrase = row.passphrase + "\n";
    shaken302::test::require_ok(scene.inspect().credential.has_value());
    BIGNUM* number = nullptr;
    shaken302::test::require_ok(
        EVP_PKEY_get_bn_param(scene.leaf_key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1);
    std::string secret(32, '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(secret.data()), 32);
    BN_clear_free(number);
    // Its end: an allocator writes into the beginning of what is given back.
    CHECK(leaves_nothing(scene, secret.substr(16), row.passphrase));
  }
}

}  // namespace shaken302::directory::test
