// SPDX-License-Identifier: MIT
//
// What serves: the snapshot that was loaded last, with accounts laid over it that were suspended
// since. A suspension does not wait for a load, and ends with the first load that began behind it:
// that one has read whether it is still so. Control thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "shaken302/snapshot.hpp"

namespace shaken302::app {

class ServedSnapshots {
 public:
  explicit ServedSnapshots(std::shared_ptr<const Snapshot> first) : holder_(std::move(first)) {}

  [[nodiscard]] SnapshotHolder& holder() noexcept { return holder_; }
  [[nodiscard]] const SnapshotHolder& holder() const noexcept { return holder_; }

  /// A load begins: it sees what was suspended before.
  void begin_load() { suspended_.clear(); }
  /// The load that began last is good: its snapshot serves from now on when it is another one, or
  /// when accounts were laid over it. Whether anything was published.
  bool end_load(const Snapshot& loaded, bool is_another);
  /// These sign nothing from now on. It takes away and gives nothing: whatever else has changed
  /// waits for the load. Whether anything was published.
  bool suspend(std::vector<std::string> accounts);

 private:
  /// `overlaid`: the accounts, where they are others than those of `snapshot`; or null.
  void publish(const Snapshot& snapshot, std::shared_ptr<const AccountTable> overlaid);

  SnapshotHolder holder_;
  /// Since the load that runs has begun: it may not know, and must not bring them back.
  std::vector<std::string> suspended_;
  bool is_overlaid_ = false;  // what serves is not what was loaded
};

}  // namespace shaken302::app
