// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <bit>
#include <thread>
#include <vector>

#include "shaken302/retransmission_table.hpp"

namespace shaken302 {
namespace {

constexpr std::size_t key_count = 6;  // more than a bucket has room for: slots change hands

std::uint64_t mixed(std::uint64_t x) noexcept {  // splitmix64
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EB;
  return x ^ (x >> 31U);
}

RetransmissionTable::Key make_key(std::size_t n) {
  RetransmissionTable::Key key{};
  key[8] = static_cast<std::uint8_t>(n);
  return key;
}

/// Every word follows from the key and a number, so that a mixture of two is none of them.
KeptSignature make_kept(std::size_t key, std::uint64_t n) {
  const auto word = [&](std::uint64_t i) { return mixed(n * 1000 + key * 100 + i); };
  KeptSignature kept;
  kept.generation = n;
  kept.credential = static_cast<std::uint32_t>(word(1));
  kept.iat = UnixTime(std::chrono::seconds(static_cast<std::int64_t>(word(2))));
  kept.digest_bits = word(3);
  std::array<std::uint64_t, 8> signature{};
  for (std::uint64_t i = 0; i < signature.size(); ++i) signature[i] = word(4 + i);
  kept.signature = std::bit_cast<Signer::Signature>(signature);
  return kept;
}

TEST_CASE("retransmission_table_threads: nobody ever finds a mixture of two signatures") {
  constexpr std::uint64_t rounds = 60'000;
  RetransmissionTable table(4, std::chrono::seconds(8));
  std::atomic<std::uint64_t> kept{0};
  std::atomic<std::uint64_t> busy{0};
  std::atomic<std::uint64_t> found{0};
  std::atomic<std::uint64_t> torn{0};
  std::atomic<int> writing{3};
  std::vector<std::thread> threads;
  for (std::uint64_t writer = 0; writer < 3; ++writer) {
    threads.emplace_back([&, writer] {
      for (std::uint64_t i = 0; i < rounds; ++i) {
        const std::size_t key = mixed(i * 3 + writer) % key_count;
        const auto now = static_cast<std::int64_t>(i);
        const bool is_kept = table.keep(make_key(key), make_kept(key, i * 3 + writer), now);
        (is_kept ? kept : busy).fetch_add(1, std::memory_order_relaxed);
      }
      --writing;
    });
  }
  for (int reader = 0; reader < 3; ++reader) {
    threads.emplace_back([&] {
      for (std::size_t i = 0; writing > 0; ++i) {
        const std::size_t key = i % key_count;
        const auto seen = table.find(make_key(key), 0);
        if (!seen) continue;
        found.fetch_add(1, std::memory_order_relaxed);
        if (*seen != make_kept(key, seen->generation)) torn.fetch_add(1, std::memory_order_relaxed);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  MESSAGE("kept ", kept.load(), ", busy ", busy.load(), ", found ", found.load());
  CHECK(torn == 0);
  CHECK(kept + busy == 3 * rounds);
  CHECK(kept > rounds);
  CHECK(found > 0);
}

TEST_CASE("retransmission_table_threads: what one thread keeps another finds") {
  RetransmissionTable table(4, std::chrono::seconds(8));
  std::atomic<std::uint64_t> told{0};
  std::atomic<std::uint64_t> missed{0};
  constexpr std::uint64_t rounds = 20'000;
  std::thread reader([&] {
    for (std::uint64_t last = 0; last < rounds;) {
      const std::uint64_t n = told.load(std::memory_order_acquire);
      if (n == last) continue;
      last = n;
      // The writer may be at the next one by now; it never is at one before.
      const auto seen = table.find(make_key(0), 0);
      if (seen && seen->generation < n) missed.fetch_add(1, std::memory_order_relaxed);
    }
  });
  for (std::uint64_t n = 1; n <= rounds; ++n) {
    REQUIRE(table.keep(make_key(0), make_kept(0, n), 0));
    told.store(n, std::memory_order_release);
  }
  reader.join();
  CHECK(missed == 0);
  CHECK(table.find(make_key(0), 0) == make_kept(0, rounds));
}

}  // namespace
}  // namespace shaken302
