// SPDX-License-Identifier: MIT
#include "shaken302/snapshot.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace shaken302 {

SnapshotHolder::SnapshotHolder(std::shared_ptr<const Snapshot> first)
    : current_(std::move(first)), generation_(current_->generation) {}

void SnapshotHolder::publish(std::shared_ptr<const Snapshot> next) {
  const std::lock_guard lock(mutex_);
  assert(next->generation > current_->generation);
  const std::uint64_t generation = next->generation;
  retired_.push_back(std::exchange(current_, std::move(next)));
  // Last: a view that sees the new generation finds the new snapshot, and the old one is retired,
  // so that the view's reference to it is not the last.
  generation_.store(generation, std::memory_order_release);
}

std::shared_ptr<const Snapshot> SnapshotHolder::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

// Why use_count() == 1 is enough. A new reference is made from `current_`, which a retired snapshot
// is not any more, or from another reference; when the count is 1 there is no other. So a count of
// 1 stays 1, and a larger value that is old by the time it is read only means that the snapshot
// waits for the next round. What the views read before they let go happens before the destruction:
// their decrements release, and the decrement to zero here acquires. The same holds for
// credentials, to which new references are made from a snapshot alone.
std::size_t SnapshotHolder::free_unused() {
  free_snapshots();
  free_credentials();
  const std::lock_guard lock(mutex_);
  return retired_.size() + retired_credentials_.size();
}

void SnapshotHolder::free_snapshots() {
  // Declared before the lock, so destroyed after it: freeing ten million numbers takes a while, and
  // no worker waits for it.
  std::vector<std::shared_ptr<const Snapshot>> unused;
  const std::lock_guard lock(mutex_);
  const auto first_unused =
      std::stable_partition(retired_.begin(), retired_.end(),
                            [](const auto& snapshot) { return snapshot.use_count() > 1; });
  for (auto retired = first_unused; retired != retired_.end(); ++retired) {
    const auto& credentials = (*retired)->credentials;
    const bool is_known =
        credentials == current_->credentials ||
        std::ranges::find(retired_credentials_, credentials) != retired_credentials_.end();
    if (credentials && !is_known) retired_credentials_.push_back(credentials);
  }
  unused.assign(std::make_move_iterator(first_unused), std::make_move_iterator(retired_.end()));
  retired_.erase(first_unused, retired_.end());
}

void SnapshotHolder::free_credentials() {
  std::erase_if(retired_credentials_, [](const auto& table) { return table.use_count() == 1; });
}

SnapshotView::SnapshotView(const SnapshotHolder& holder)
    : holder_(&holder), snapshot_(holder.current()) {}

const Snapshot& SnapshotView::refresh() noexcept {
  if (holder_->generation() != snapshot_->generation) snapshot_ = holder_->current();
  return *snapshot_;
}

}  // namespace shaken302
