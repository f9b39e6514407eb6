// SPDX-License-Identifier: MIT
#include "directory/open_token.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/certificate_builder.hpp"
#include "core/fake_token.hpp"
#include "directory/token_thread.hpp"

namespace shaken302::directory {
namespace {

using namespace shaken302::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

config::CredentialFiles files_of(const std::string& token,
                                 std::chrono::milliseconds load_deadline = 10s) {
  config::CredentialFiles files;
  files.token_key = config::parse_pkcs11_uri("pkcs11:token=" + token + ";object=house").value();
  files.token = {"/module.so", 10s, load_deadline};
  return files;
}

OpenedToken found_key() {
  return std::shared_ptr<const SigningToken>(std::make_shared<const FakeToken>(make_ec_key()));
}

}  // namespace

TEST_CASE("open_token: the finder gets module, URI and PIN, and its key signs") {
  {
    std::string heard;
    const auto opened = open_token(files_of("a"), "4711",
                                   [&](const std::filesystem::path& module,
                                       const config::Pkcs11Uri& uri, std::string_view pin) {
                                     heard =
                                         module.string() + ' ' + uri.text + ' ' + std::string(pin);
                                     return found_key();
                                   });
    REQUIRE(opened);
    CHECK(heard == "/module.so pkcs11:token=a;object=house 4711");
    SigningToken::Signature signature;
    CHECK((*opened)->sign({}, signature));
  }
  CHECK(token_threads_end_within(10s));
}

TEST_CASE("open_token: what the finder finds wrong is handed on, and what it throws too") {
  const auto failed =
      open_token(files_of("a"), "1", [](const auto&, const auto&, auto) -> OpenedToken {
        return Failure{make_finding(CertificateFault::token_pin, "PIN incorrect")};
      });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().which == CertificateFault::token_pin);
  CHECK(failed.error().detail == "PIN incorrect");
  const auto thrown = open_token(
      files_of("a"), "1",
      [](const auto&, const auto&, auto) -> OpenedToken { throw std::runtime_error("no memory"); });
  REQUIRE_FALSE(thrown);
  CHECK(thrown.error().which == CertificateFault::token_silent);
  CHECK(thrown.error().detail == "no memory");
}

TEST_CASE(
    "open_token: a module that does not come back is an issue, at once for those behind it too") {
  std::atomic<bool> is_open = false;
  std::atomic<bool> was_freed = false;
  const auto stuck = [&](const auto&, const auto&, auto) -> OpenedToken {
    while (!is_open) std::this_thread::sleep_for(1ms);
    return std::shared_ptr<const SigningToken>(new FakeToken(make_ec_key()),
                                               [&](const SigningToken* token) {
                                                 delete token;
                                                 was_freed = true;
                                               });
  };
  auto begin = Clock::now();
  const auto first = open_token(files_of("a", 50ms), "1", stuck);
  REQUIRE_FALSE(first);
  CHECK(first.error().which == CertificateFault::token_silent);
  CHECK(first.error().detail == "nothing within 50ms");
  CHECK(Clock::now() - begin >= 50ms);

  begin = Clock::now();
  bool was_asked = false;
  for (int i = 0; i < 20; ++i) {
    const auto later =
        open_token(files_of("b"), "1", [&](const auto&, const auto&, auto) -> OpenedToken {
          was_asked = true;
          return found_key();
        });
    REQUIRE_FALSE(later);
    CHECK(later.error().which == CertificateFault::token_silent);
    CHECK(later.error().detail == "an earlier request has not come back");
  }
  CHECK(Clock::now() - begin < 5s);  // all of them, each of which would wait for 10 s
  CHECK_FALSE(was_asked);

  // What comes late is freed by the thread that it came to, and the way is clear again.
  is_open = true;
  CHECK(token_threads_end_within(10s));
  CHECK(was_freed);
  CHECK(open_token(files_of("b"), "1", [](const auto&, const auto&, auto) { return found_key(); }));
  CHECK(token_threads_end_within(10s));
}

TEST_CASE("open_token: a request that is still within its time is waited for, and no longer") {
  struct Row {
    std::string why;
    std::chrono::milliseconds first;   // what the one inside has
    std::chrono::milliseconds second;  // what the one behind it has
    bool comes_back;
    const char* detail;  // nullptr: the one behind it has its key
  };
  const std::vector<Row> rows{
      {"it comes back", 20s, 20s, true, nullptr},
      {"it is given up meanwhile", 300ms, 20s, false, "an earlier request has not come back"},
      {"the time of the one behind is over first", 20s, 50ms, false,
       "an earlier request has not come back"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    std::atomic<bool> is_inside = false;
    std::atomic<bool> is_open = false;
    std::thread first([&] {
      const auto unused =
          open_token(files_of("a", row.first), "1", [&](const auto&, const auto&, auto) {
            is_inside = true;
            while (!is_open) std::this_thread::sleep_for(1ms);
            return found_key();
          });
    });
    while (!is_inside) std::this_thread::sleep_for(1ms);
    std::thread opening([&] {
      if (!row.comes_back) return;
      std::this_thread::sleep_for(700ms);
      is_open = true;
    });
    {
      const auto begin = Clock::now();
      const auto second = open_token(files_of("b", row.second), "1",
                                     [](const auto&, const auto&, auto) { return found_key(); });
      CHECK(Clock::now() - begin < 15s);
      CHECK(static_cast<bool>(second) == (row.detail == nullptr));
      if (!second && row.detail != nullptr) CHECK(second.error().detail == row.detail);
    }
    is_open = true;
    first.join();
    opening.join();
    CHECK(token_threads_end_within(10s));
  }
}

TEST_CASE("open_token: there are threads for 64 tokens and not for one more") {
  {
    const auto find = [](const auto&, const auto&, auto) { return found_key(); };
    std::vector<std::shared_ptr<const SigningToken>> kept;
    for (int i = 0; i < 64; ++i) {
      auto opened = open_token(files_of("t" + std::to_string(i)), "1", find);
      REQUIRE(opened);
      kept.push_back(std::move(*opened));
    }
    CHECK(open_token(files_of("t0"), "1", find));  // one of them again
    const auto more = open_token(files_of("t64"), "1", find);
    REQUIRE_FALSE(more);
    CHECK(more.error().detail == "there are more than 64 tokens");
    kept.pop_back();
    CHECK(open_token(files_of("t64"), "1", find));
  }
  CHECK(token_threads_end_within(10s));
}

}  // namespace shaken302::directory
