// SPDX-License-Identifier: MIT
#include "directory/token_queue.hpp"

#include <doctest/doctest.h>
#include <pthread.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "core/certificate_builder.hpp"
#include "core/fake_token.hpp"
#include "directory/token_thread.hpp"

namespace shaken302::directory {
namespace {

using namespace shaken302::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// A gate that a token stands behind.
struct Gate {
  std::atomic<bool> is_open = false;
  std::atomic<int> entered = 0;
  bool pass() {
    ++entered;
    while (!is_open) std::this_thread::sleep_for(1ms);
    return true;
  }
};

SigningToken::Digest digest_of(std::string_view text) {
  SigningToken::Digest digest;
  Sha256 sha256;
  REQUIRE(sha256.digest(text, digest));
  return digest;
}

bool is_signature_of(EVP_PKEY* key, std::string_view text, const SigningToken::Signature& made) {
  return verify_es256(key, text, made);
}

/// First in a test, so that it ends last. What a token's thread holds OpenSSL frees at the end of
/// the thread, and not any more when the program ends before it: a leak for LeakSanitizer.
struct ThreadsEndFirst {
  ThreadsEndFirst() = default;
  ThreadsEndFirst(const ThreadsEndFirst&) = delete;
  ThreadsEndFirst& operator=(const ThreadsEndFirst&) = delete;
  ~ThreadsEndFirst() { CHECK(token_threads_end_within(10s)); }
};

void wait_until(const std::function<bool()>& condition) {
  const auto end = Clock::now() + 10s;
  while (!condition()) {
    REQUIRE(Clock::now() < end);
    std::this_thread::sleep_for(1ms);
  }
}

}  // namespace

TEST_CASE("token_queue: a token that answers in time signs, one that refuses does not") {
  const ThreadsEndFirst threads_end_first;
  const KeyPtr key = make_ec_key();
  std::atomic<bool> refuses = false;
  EVP_PKEY_up_ref(key.get());
  const TimedToken token(
      std::make_shared<TokenQueue>(),
      std::make_shared<const FakeToken>(KeyPtr(key.get()), [&] { return !refuses; }), 10s);
  CHECK(token.public_key() == spki_of(key.get()));
  SigningToken::Signature signature;
  REQUIRE(token.sign(digest_of("one"), signature));
  CHECK(is_signature_of(key.get(), "one", signature));
  REQUIRE(token.sign(digest_of("two"), signature));
  CHECK(is_signature_of(key.get(), "two", signature));
  refuses = true;
  CHECK_FALSE(token.sign(digest_of("three"), signature));
  refuses = false;
  CHECK(token.sign(digest_of("four"), signature));
}

TEST_CASE("token_queue: a token beyond the deadline fails the call, and the next ones at once") {
  const ThreadsEndFirst threads_end_first;
  const KeyPtr key = make_ec_key();
  EVP_PKEY_up_ref(key.get());
  Gate gate;
  gate.is_open = true;
  {
    const auto queue = std::make_shared<TokenQueue>();
    const TimedToken token(
        queue, std::make_shared<const FakeToken>(KeyPtr(key.get()), [&] { return gate.pass(); }),
        200ms);
    const TimedToken other(queue, std::make_shared<const FakeToken>(make_ec_key()), 10s);
    const TimedToken elsewhere(std::make_shared<TokenQueue>(),
                               std::make_shared<const FakeToken>(make_ec_key()), 10s);
    SigningToken::Signature signature;
    // On a busy machine even a good answer may take longer than this short deadline.
    wait_until([&] { return token.sign(digest_of("before"), signature); });

    gate.is_open = false;
    auto begin = Clock::now();
    CHECK_FALSE(token.sign(digest_of("stuck"), signature));
    CHECK(Clock::now() - begin >= 200ms);
    const int entered = gate.entered;
    begin = Clock::now();
    for (int i = 0; i < 100; ++i) CHECK_FALSE(token.sign(digest_of("at once"), signature));
    // Another key of the token waits no more; another token signs.
    CHECK_FALSE(other.sign(digest_of("neighbour"), signature));
    CHECK(Clock::now() - begin < 10s);
    CHECK(gate.entered == entered);
    CHECK(elsewhere.sign(digest_of("elsewhere"), signature));

    // The late answer is dropped: what is signed next is what was asked for.
    gate.is_open = true;
    wait_until([&] { return token.sign(digest_of("after"), signature); });
    CHECK(is_signature_of(key.get(), "after", signature));
  }
  CHECK(token_threads_end_within(10s));
}

TEST_CASE("token_queue: a full queue fails at once, and what waited too long is never signed") {
  const ThreadsEndFirst threads_end_first;
  Gate gate;
  {
    const auto queue = std::make_shared<TokenQueue>(TokenQueue::Size{.threads = 1, .waiting = 2});
    const auto key = std::make_shared<const FakeToken>(make_ec_key(), [&] { return gate.pass(); });
    const auto sign = [&](std::chrono::milliseconds deadline) {
      SigningToken::Signature signature;
      return queue->sign(key, digest_of("x"), signature, deadline);
    };
    std::atomic<bool> first = false;
    std::thread signing([&] { first = sign(10s); });
    wait_until([&] { return gate.entered == 1; });
    CHECK_FALSE(sign(20ms));  // waits behind the first, and is given up
    const auto begin = Clock::now();
    CHECK_FALSE(sign(10s));  // there is no room
    CHECK(Clock::now() - begin < 5s);
    gate.is_open = true;
    signing.join();
    CHECK(first);
    wait_until([&] { return sign(10s); });
    CHECK(gate.entered == 2);
  }
  CHECK(token_threads_end_within(10s));
}

TEST_CASE("token_queue: a token is freed by its own thread, also one that is stuck") {
  const ThreadsEndFirst threads_end_first;
  struct Watched {
    std::atomic<bool> is_freed = false;
    std::atomic<bool> by_this_thread = false;
    std::thread::id creator = std::this_thread::get_id();
  } watched;
  struct Key final : SigningToken {
    Key(Gate& the_gate, Watched& the_watched) : gate(the_gate), watched(the_watched) {}
    ~Key() override {
      watched.by_this_thread = std::this_thread::get_id() == watched.creator;
      watched.is_freed = true;
    }
    bool sign(const Digest&, Signature&) const noexcept override { return gate.pass(); }
    [[nodiscard]] std::string_view public_key() const noexcept override { return "key"; }
    Gate& gate;
    Watched& watched;
  };
  Gate gate;
  gate.is_open = true;
  {
    const TimedToken token(std::make_shared<TokenQueue>(),
                           std::make_shared<const Key>(gate, watched), 10s);
    SigningToken::Signature signature;
    CHECK(token.sign({}, signature));
  }
  CHECK(token_threads_end_within(10s));
  CHECK(watched.is_freed);
  CHECK_FALSE(watched.by_this_thread);

  watched.is_freed = false;
  gate.is_open = false;
  {
    const TimedToken token(std::make_shared<TokenQueue>(),
                           std::make_shared<const Key>(gate, watched), 20ms);
    SigningToken::Signature signature;
    CHECK_FALSE(token.sign({}, signature));
  }
  CHECK_FALSE(watched.is_freed);
  CHECK_FALSE(token_threads_end_within(50ms));
  gate.is_open = true;
  CHECK(token_threads_end_within(10s));
  CHECK(watched.is_freed);
  CHECK_FALSE(watched.by_this_thread);
}

TEST_CASE("token_thread: signals are blocked in it and not where it is started") {
  const ThreadsEndFirst threads_end_first;
  std::atomic<int> blocked = 0;
  start_token_thread([&] {
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    for (const int signal : {SIGTERM, SIGHUP, SIGINT, SIGUSR1})
      blocked += sigismember(&mask, signal);
  });
  CHECK(token_threads_end_within(10s));
  CHECK(blocked == 4);
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  CHECK(sigismember(&mask, SIGTERM) == 0);
}

}  // namespace shaken302::directory
