// SPDX-License-Identifier: MIT
#include "directory/token_patience.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>

#include "config/temporary_folder.hpp"
#include "core/certificate_builder.hpp"
#include "core/test_credentials.hpp"
#include "directory/load_credentials.hpp"
#include "directory/open_token.hpp"
#include "directory/token_thread.hpp"

namespace shaken302::directory {
namespace {

using namespace shaken302::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// As if another load were inside the module, as long as it lasts.
class Occupied {
 public:
  explicit Occupied(const config::CredentialFiles& files)
      : thread_([this, files] {
          const auto unused = open_token(files, "1", [this](const auto&, const auto&, auto) {
            is_inside_ = true;
            while (!is_over_) std::this_thread::sleep_for(1ms);
            return OpenedToken(Failure{make_finding(CertificateFault::token_silent)});
          });
        }) {
    while (!is_inside_) std::this_thread::sleep_for(1ms);
  }
  ~Occupied() {
    is_over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> is_inside_ = false;
  std::atomic<bool> is_over_ = false;
  std::thread thread_;
};

}  // namespace

TEST_CASE(
    "token_patience: what came to nothing is taken from those behind, down to a half second") {
  TokenPatience patience;
  CHECK(patience.left_of(10s) == 10s);
  CHECK(patience.left_of(20ms) == 20ms);
  patience.lose(3s);
  CHECK(patience.left_of(10s) == 7s);
  patience.lose(6900ms);
  CHECK(patience.left_of(10s) == 500ms);
  patience.lose(1h);
  CHECK(patience.left_of(10s) == 500ms);
  CHECK(patience.left_of(20ms) == 20ms);  // never more than there was
}

TEST_CASE("token_patience: a load with many keys in tokens that are silent ends soon") {
  const TemporaryFolder folder;
  const KeyPtr key = make_ec_key();
  CertificateSpec spec;
  spec.key = key.get();
  spec.tn_auth_lists = {{0x30, 0x08, 0xA0, 0x06, 0x16, 0x04, 0x31, 0x32, 0x33, 0x34}};
  config::Configuration configuration;
  for (int i = 0; i < 6; ++i) {
    config::CredentialFiles files;
    files.name = "c" + std::to_string(i);
    files.token_key = config::parse_pkcs11_uri("pkcs11:token=a;object=house").value();
    files.token = {"/module.so", 10s, 3s};
    files.certificate = folder.write("house.pem", to_pem(make_certificate(spec).get()));
    files.passphrase = folder.write("pin", "4711");
    files.x5u = "https://cert.example.com/house.pem";
    configuration.directory.credentials.push_back(files);
  }
  config::CredentialFiles other = configuration.directory.credentials[0];
  other.token.load_deadline = 60s;
  {
    const Occupied occupied(other);
    Findings findings;
    const auto begin = Clock::now();
    load_credentials({configuration, noon}, findings);
    CHECK(findings.issues.size() == 6);
    for (const config::ConfigIssue& issue : findings.issues) {
      CAPTURE(issue.problem);
      CHECK(issue.problem.find("an earlier request has not come back") != std::string::npos);
    }
    const auto took = Clock::now() - begin;
    CHECK(took >= 3s);
    CHECK(took < 12s);  // and not six times 3 s
  }
  CHECK(token_threads_end_within(10s));
}

}  // namespace shaken302::directory
