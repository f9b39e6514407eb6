// SPDX-License-Identifier: MIT
//
// Meant for the thread sanitizer: readers refresh and read while one thread publishes and frees.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "shaken302/snapshot.hpp"

namespace shaken302 {
namespace {

constexpr std::uint64_t generations = 2000;
constexpr std::size_t readers = 4;

/// Every part says which generation it is of, so that a mix would be seen.
std::shared_ptr<const Snapshot> marked_snapshot(std::uint64_t generation) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = generation;
  Peer peer;
  peer.name = std::to_string(generation);
  snapshot->peers = std::make_shared<const PeerTable>(PeerTable::make({peer}).value());
  Account account;
  account.id = std::to_string(generation);
  snapshot->accounts = std::make_shared<const AccountTable>(AccountTable::make({account}).value());
  NumberClaim claim;
  claim.first = claim.last = 1000000 + generation;
  claim.account = 0;
  snapshot->numbers = std::make_shared<const NumberTable>(NumberTable::make({claim}).value());
  snapshot->credentials = std::make_shared<const CredentialTable>();
  return snapshot;
}

bool is_whole(const Snapshot& snapshot) {
  const std::string generation = std::to_string(snapshot.generation);
  const PhoneNumber number(std::to_string(1000000 + snapshot.generation), NumberKind::global);
  return snapshot.peers->peers()[0].name == generation &&
         snapshot.accounts->find(generation) == 0 && snapshot.numbers->find(number).has_value();
}

struct Seen {
  std::uint64_t changes = 0;
  bool all_whole = true;
  bool never_back = true;
};

void read_until_last(const SnapshotHolder& holder, std::atomic<std::size_t>& ready, Seen& seen) {
  SnapshotView view(holder);
  std::uint64_t last = view.refresh().generation;
  ++ready;
  while (last < generations) {
    const Snapshot& snapshot = view.refresh();
    seen.all_whole = seen.all_whole && is_whole(snapshot);
    seen.never_back = seen.never_back && snapshot.generation >= last;
    seen.changes += snapshot.generation != last ? 1 : 0;
    last = snapshot.generation;
  }
}

TEST_CASE("snapshot_threads: four readers see whole snapshots, in order, while others are freed") {
  SnapshotHolder holder(marked_snapshot(1));
  std::vector<Seen> seen(readers);
  std::vector<std::thread> threads;
  std::atomic<std::size_t> ready = 0;
  for (Seen& one : seen) {
    threads.emplace_back([&holder, &ready, &one] { read_until_last(holder, ready, one); });
  }
  while (ready < readers) std::this_thread::yield();
  std::size_t most_retired = 0;
  for (std::uint64_t generation = 2; generation <= generations; ++generation) {
    holder.publish(marked_snapshot(generation));
    most_retired = std::max(most_retired, holder.free_unused());
  }
  for (std::thread& thread : threads) thread.join();

  CHECK(holder.free_unused() == 0);
  // Each view holds one, and two while it changes; all others are freed at once.
  CHECK(most_retired <= 2 * readers);
  for (const Seen& one : seen) {
    CHECK(one.all_whole);
    CHECK(one.never_back);
    CHECK(one.changes >= 1);  // nothing is published before all have read once
  }
}

TEST_CASE("snapshot_threads: publishers that take turns lose no snapshot") {
  SnapshotHolder holder(marked_snapshot(1));
  std::mutex turn;
  const auto publish_many = [&] {
    for (int i = 0; i < 200; ++i) {
      const std::lock_guard lock(turn);
      holder.publish(marked_snapshot(holder.generation() + 1));
      holder.free_unused();
    }
  };
  std::vector<std::thread> threads;
  std::atomic<bool> done = false;
  std::atomic<bool> all_whole = true;
  for (int i = 0; i < 2; ++i) threads.emplace_back(publish_many);
  std::thread onlooker([&] {
    while (!done) {
      if (!is_whole(*holder.current())) all_whole = false;
    }
  });
  for (std::thread& thread : threads) thread.join();
  done = true;
  onlooker.join();
  CHECK(all_whole);
  CHECK(holder.generation() == 401);
  CHECK(holder.free_unused() == 0);
}

}  // namespace
}  // namespace shaken302
