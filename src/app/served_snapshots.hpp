// SPDX-License-Identifier: MIT
//
// What serves: the snapshot that was loaded last, with what was taken from accounts since laid over
// it. A revocation does not wait for a load, nor for a mistake elsewhere to be put right, and ends
// with the first good load that began behind it: that one has read whether it is still so. Nor does
// a load that keeps a credential bring it back from quarantine. Control thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "credential_states.hpp"
#include "shaken302/snapshot.hpp"

namespace shaken302::app {

/// What a table says of an account; nothing where it says what nobody understands.
struct AccountNews {
  std::string id;
  std::optional<AccountStatus> status{};
  std::optional<ReviewStatus> business_profile{};
  std::optional<ReviewStatus> trust_product{};
  std::optional<Attestation> max_attestation{};
};

class ServedSnapshots {
 public:
  explicit ServedSnapshots(std::shared_ptr<const Snapshot> first) : holder_(std::move(first)) {}

  [[nodiscard]] SnapshotHolder& holder() noexcept { return holder_; }
  [[nodiscard]] const SnapshotHolder& holder() const noexcept { return holder_; }

  /// A load begins: it sees what was heard before.
  void begin_load() { news_.clear(); }
  /// The load that began last is good: its snapshot serves from now on when it is another one, or
  /// when accounts were laid over it. Whether anything was published.
  bool end_load(const Snapshot& loaded, bool is_another);
  /// News of all accounts that there are; one that serves and is not among them was deleted, and
  /// signs nothing from now on. It takes away and gives nothing: whatever else has changed waits
  /// for the load. Whether anything was published.
  bool restrict_to(std::vector<AccountNews> news);
  /// The same credentials serve, with others out of use than before.
  void set_credentials(std::shared_ptr<const CredentialTable> credentials);
  /// Renewed ones serve from now on. What is known of a credential stays with it until another one
  /// takes its place. Whether anything was published.
  bool renew_credentials(const std::shared_ptr<const CredentialTable>& loaded);
  /// Who is asked what is known of publications.
  void ask_publications(StateOf state_of) { state_of_ = std::move(state_of); }

 private:
  /// `overlaid`: the accounts, where they are others than those of `snapshot`; or null.
  void publish(const Snapshot& snapshot, std::shared_ptr<const AccountTable> overlaid);

  SnapshotHolder holder_;
  /// Since the load that runs has begun: it may not know, and must not bring them back.
  std::vector<AccountNews> news_;
  bool is_overlaid_ = false;  // what serves is not what was loaded
  StateOf state_of_ = [](const Credential&) { return PublicationState::unknown; };
};

}  // namespace shaken302::app
