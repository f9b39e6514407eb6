// SPDX-License-Identifier: MIT
//
// The snapshot: the four immutable parts that every decision is made from, and a generation number.
// One control thread publishes; any number of workers follow. A call touches one atomic load a
// batch; the control thread alone frees what nobody uses any more.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "shaken302/credential.hpp"
#include "shaken302/directory.hpp"

namespace shaken302 {

struct Snapshot {
  std::uint64_t generation = 0;
  std::shared_ptr<const PeerTable> peers;
  std::shared_ptr<const AccountTable> accounts;
  std::shared_ptr<const NumberTable> numbers;
  std::shared_ptr<const CredentialTable> credentials;
  /// Numbers that must never call (do-not-originate); its claims name no account. May be null:
  /// none.
  std::shared_ptr<const NumberTable> never_calls;
  /// A second directory that every call is decided by as well, to see the difference; never acted
  /// on. Null: none. It has no shadow of its own.
  std::shared_ptr<const Snapshot> shadow;
};

/// One writer, many readers; all members may be called from any thread.
class SnapshotHolder {
 public:
  explicit SnapshotHolder(std::shared_ptr<const Snapshot> first);

  /// Makes `next` the current snapshot. Its generation must be greater than that of the one before.
  /// The old one is kept until `free_unused` finds that nobody holds it.
  void publish(std::shared_ptr<const Snapshot> next);

  [[nodiscard]] std::uint64_t generation() const noexcept {
    return generation_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::shared_ptr<const Snapshot> current() const;

  /// Frees retired snapshots that no view holds, and retired credentials that no signer follows any
  /// more: keys are freed here and nowhere else. Control thread only. Returns how many snapshots
  /// and tables of credentials are left.
  std::size_t free_unused();

 private:
  void free_snapshots();
  void free_credentials();

  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> current_;
  std::vector<std::shared_ptr<const Snapshot>> retired_;
  /// Of snapshots that are gone; a signer keeps them longer than the snapshot. Control thread only.
  std::vector<std::shared_ptr<const CredentialTable>> retired_credentials_;
  std::atomic<std::uint64_t> generation_;
};

/// A worker's view of the holder. One per worker; not thread-safe. Never frees a snapshot: the
/// holder keeps a reference until every view has let go.
class SnapshotView {
 public:
  explicit SnapshotView(const SnapshotHolder& holder);
  /// The current snapshot; takes the holder's mutex only when the generation has changed. The
  /// reference is good until the next call.
  const Snapshot& refresh() noexcept;

 private:
  const SnapshotHolder* holder_;
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace shaken302
