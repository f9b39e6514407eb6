// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "core/certificate_builder.hpp"
#include "core/fake_token.hpp"
#include "directory/token_queue.hpp"
#include "directory/token_thread.hpp"

namespace shaken302::directory {

using namespace shaken302::test;
using namespace std::chrono_literals;

/// Workers that sign, some of them in vain, while keys of the token come and go.
TEST_CASE("token_queue: every signature is that of its caller, however many wait and give up") {
  constexpr int workers = 8;
  constexpr int rounds = 150;
  std::atomic<int> made = 0;
  std::atomic<int> wrong = 0;
  std::atomic<int> failed = 0;
  {
    const auto queue = std::make_shared<TokenQueue>(TokenQueue::Size{.threads = 3, .waiting = 6});
    std::vector<std::thread> threads;
    for (int worker = 0; worker < workers; ++worker) {
      threads.emplace_back([&, worker] {
        const KeyPtr key = make_ec_key();
        for (int round = 0; round < rounds; ++round) {
          EVP_PKEY_up_ref(key.get());
          // Every tenth takes longer than half of the workers wait.
          const auto delay = round % 10 == 9 ? 4ms : 0ms;
          const TimedToken token(
              queue,
              std::make_shared<const FakeToken>(KeyPtr(key.get()),
                                                [delay] {
                                                  std::this_thread::sleep_for(delay);
                                                  return true;
                                                }),
              worker % 2 == 0 ? 2ms : 10s);
          const std::string text = std::to_string(worker) + "." + std::to_string(round);
          Sha256 sha256;
          SigningToken::Digest digest;
          SigningToken::Signature signature;
          if (!sha256.digest(text, digest) || !token.sign(digest, signature)) {
            ++failed;
          } else if (verify_es256(key.get(), text, signature)) {
            ++made;
          } else {
            ++wrong;
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(wrong == 0);
  CHECK(made > 0);
  CHECK(made + failed == workers * rounds);
  CHECK(token_threads_end_within(10s));
}

}  // namespace shaken302::directory
