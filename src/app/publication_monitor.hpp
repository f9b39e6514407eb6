// SPDX-License-Identifier: MIT
//
// Knows which credentials are published as `publish_check` asks for: a token is worth nothing
// before everybody can fetch the certificate that it names. What was seen once is believed until
// something else is seen there: a web server that is down for an hour has lost nothing that
// verifiers have not kept. Control thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "credential_states.hpp"
#include "monitor_event.hpp"
#include "publication_watch.hpp"
#include "shaken302/credential.hpp"

namespace shaken302::app {

/// What was seen at an x5u so far.
struct PublicationKnowledge {
  PublicationState state = PublicationState::unknown;
  std::optional<PublicationFault> fault{};  ///< of the last look
  bool was_looked_at = false;
};

/// Takes what a look has found into `knowledge`, and gives what is to be said of it; nothing when
/// it was said before. `subject`: "credential house: https://…"; `signs_instead`: another one of
/// its name signs as long as this one does not.
std::optional<MonitorEvent> learn(PublicationKnowledge& knowledge, const std::string& subject,
                                  bool signs_instead,
                                  const std::optional<PublicationFinding>& finding);

class PublicationMonitor {
 public:
  /// On the control thread: what is to be said, after which `state_of` may answer otherwise.
  using Heard = std::function<void(const std::vector<MonitorEvent>&)>;

  PublicationMonitor(boost::asio::io_context& control, Heard heard)
      : control_(control), heard_(std::move(heard)) {}
  PublicationMonitor(const PublicationMonitor&) = delete;
  PublicationMonitor& operator=(const PublicationMonitor&) = delete;
  ~PublicationMonitor() = default;

  /// Those of `loaded` that need the check, and whatever serves in their place: both are looked at,
  /// and what is known of them is kept. `ca_file`: whom the web servers' certificates must come
  /// from; empty: the system's. Throws what PublicationWatch throws.
  void follow(const CredentialTable& loaded, const CredentialTable& serving,
              const std::filesystem::path& ca_file);
  /// One whose private key was found in public is refuted whatever is seen later, and so is every
  /// other certificate of that key, for as long as the process lives.
  [[nodiscard]] PublicationState state_of(const Credential& credential) const;

 private:
  struct Known {
    std::set<std::string> names;
    std::string x5u;
    std::string key_id;
    bool serves = false;
    PublicationKnowledge knowledge{};
  };
  /// True: it was not there yet.
  bool add(std::map<std::string, Known>& known, const Credential& credential, bool serves) const;
  void hear(const std::vector<PublicationNews>& news);

  boost::asio::io_context& control_;
  Heard heard_;
  std::map<std::string, Known> known_;  ///< by publication_id
  std::set<std::string> exposed_keys_;  ///< by public_key_id
  std::filesystem::path ca_file_;
  std::unique_ptr<PublicationWatch> watch_;  // last: its thread posts to this
};

}  // namespace shaken302::app
