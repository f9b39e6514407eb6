// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/test_credentials.hpp"
#include "shaken302/credential.hpp"

namespace shaken302 {

TEST_CASE("signer_threads: two threads sign with the same keys, each with a signer of its own") {
  const auto first = test::make_test_credential("first");
  const auto second = test::make_test_credential("second");
  const auto table = std::make_shared<const CredentialTable>(
      CredentialTable{{{first.credential}, {second.credential}}});
  const auto replacement = std::make_shared<const CredentialTable>(
      CredentialTable{{{second.credential}, {first.credential}}});

  constexpr std::uint32_t rounds = 500;
  std::array<std::atomic<std::uint32_t>, 2> verified{};
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < verified.size(); ++thread) {
    threads.emplace_back([&, thread] {
      Signer signer;
      for (std::uint32_t i = 0; i < rounds; ++i) {
        const bool replaced = i >= rounds / 2;  // a reload while both are at work
        signer.follow(replaced ? replacement : table);
        const std::string text = std::to_string(thread) + "." + std::to_string(i);
        const auto signature = signer.sign(i % 2, text);
        const auto& credential = (i % 2 == 0) == replaced ? second : first;
        if (signature && credential.credential.chain().verifies(text, *signature)) {
          ++verified[thread];
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(verified[0] == rounds);
  CHECK(verified[1] == rounds);
}

TEST_CASE("signer_threads: two threads test and verify one credential at the same time") {
  const auto made = test::make_test_credential("house");
  std::array<std::atomic<int>, 2> passed{};
  std::vector<std::thread> threads;
  for (auto& count : passed) {
    threads.emplace_back([&made, &count] {
      for (int i = 0; i < 100; ++i) {
        const bool good = made.credential.passes_self_test() &&
                          made.credential.chain().leads_to(made.root, test::noon);
        count += good ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(passed[0] == 100);
  CHECK(passed[1] == 100);
}

}  // namespace shaken302
