// SPDX-License-Identifier: MIT
#include "shaken302/snapshot.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "core/test_credentials.hpp"

namespace shaken302 {
namespace {

std::shared_ptr<const Snapshot> snapshot_of(std::uint64_t generation) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = generation;
  return snapshot;
}

TEST_CASE("snapshot: a view keeps its snapshot until it is refreshed") {
  SnapshotHolder holder(snapshot_of(1));
  SnapshotView view(holder);
  const Snapshot& first = view.refresh();
  CHECK(first.generation == 1);
  CHECK(&view.refresh() == &first);

  holder.publish(snapshot_of(2));
  CHECK(holder.generation() == 2);
  CHECK(holder.current()->generation == 2);
  CHECK(first.generation == 1);  // alive: the holder and the view have it
  CHECK(view.refresh().generation == 2);
}

TEST_CASE("snapshot: a retired one is freed when the last view has let go, and not before") {
  SnapshotHolder holder(snapshot_of(1));
  const std::weak_ptr<const Snapshot> first = holder.current();
  SnapshotView quick(holder);
  SnapshotView slow(holder);
  CHECK(holder.free_unused() == 0);
  CHECK(!first.expired());  // current, not retired

  holder.publish(snapshot_of(2));
  CHECK(holder.free_unused() == 1);
  quick.refresh();
  CHECK(holder.free_unused() == 1);
  CHECK(!first.expired());
  slow.refresh();
  CHECK(!first.expired());  // no view frees anything
  CHECK(holder.free_unused() == 0);
  CHECK(first.expired());
}

TEST_CASE("snapshot: a view that slept through several generations frees all of them") {
  SnapshotHolder holder(snapshot_of(1));
  SnapshotView view(holder);
  for (std::uint64_t generation = 2; generation <= 10; ++generation) {
    holder.publish(snapshot_of(generation));
  }
  CHECK(holder.free_unused() == 1);  // 2 to 9 were never seen; 1 is the view's
  CHECK(view.refresh().generation == 10);
  CHECK(holder.free_unused() == 0);
}

TEST_CASE("snapshot: a part that two generations share outlives the first") {
  auto peers = std::make_shared<const PeerTable>();
  auto first = std::make_shared<Snapshot>();
  first->generation = 1;
  first->peers = peers;
  auto second = std::make_shared<Snapshot>(*first);
  second->generation = 2;
  SnapshotHolder holder(std::move(first));
  holder.publish(std::move(second));
  CHECK(holder.free_unused() == 0);
  CHECK(holder.current()->peers == peers);
}

std::shared_ptr<Snapshot> snapshot_with_key(std::uint64_t generation) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = generation;
  snapshot->credentials = std::make_shared<const CredentialTable>(
      CredentialTable{{{test::make_test_credential("house").credential}}});
  return snapshot;
}

TEST_CASE("snapshot: keys are freed by the holder, however long a signer follows them") {
  SnapshotHolder holder(snapshot_with_key(1));
  const std::weak_ptr<const Snapshot> first = holder.current();
  const std::weak_ptr<const CredentialTable> keys = holder.current()->credentials;
  SnapshotView view(holder);
  Signer signer;
  signer.follow(view.refresh().credentials);
  REQUIRE(signer.sign(0, "x"));

  holder.publish(snapshot_with_key(2));
  view.refresh();
  CHECK(holder.free_unused() == 1);
  CHECK(first.expired());        // a large number table does not wait for a signer
  CHECK(keys.use_count() == 2);  // the holder and the signer
  signer.follow(view.refresh().credentials);
  CHECK(keys.use_count() == 1);  // the signer has let go, and that freed nothing
  CHECK(holder.free_unused() == 0);
  CHECK(keys.expired());
}

TEST_CASE("snapshot: credentials that generations share are kept once, and while one is current") {
  auto first = snapshot_with_key(1);
  const std::weak_ptr<const CredentialTable> keys = first->credentials;
  auto second = std::make_shared<Snapshot>(*first);
  second->generation = 2;
  auto third = std::make_shared<Snapshot>(*first);
  third->generation = 3;
  SnapshotHolder holder(std::move(first));
  const auto holding_keys = holder.current()->credentials;
  holder.publish(std::move(second));
  CHECK(holder.free_unused() == 0);
  holder.publish(std::move(third));
  holder.publish(snapshot_of(4));
  CHECK(holder.free_unused() == 1);
  CHECK(keys.use_count() == 2);
}

}  // namespace
}  // namespace shaken302
