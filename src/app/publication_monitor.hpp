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
#include <string>
#include <vector>

#include "monitor_event.hpp"
#include "publication_watch.hpp"
#include "shaken302/credential.hpp"

namespace shaken302::app {

class PublicationMonitor {
 public:
  /// On the control thread: what is to be said, after which `is_published` may answer otherwise.
  using Heard = std::function<void(const std::vector<MonitorEvent>&)>;

  PublicationMonitor(boost::asio::io_context& control, Heard heard)
      : control_(control), heard_(std::move(heard)) {}
  PublicationMonitor(const PublicationMonitor&) = delete;
  PublicationMonitor& operator=(const PublicationMonitor&) = delete;
  ~PublicationMonitor() = default;

  /// The credentials as they were loaded; those that need no check are not asked about. `ca_file`:
  /// whom the web servers' certificates must come from; empty: the system's.
  void follow(const CredentialTable& loaded, const std::filesystem::path& ca_file);
  [[nodiscard]] bool is_published(const Credential& credential) const;

  /// What the news of one credential change, and what is to be said of it.
  struct Knowledge {
    bool is_published = false;
    std::optional<PublicationFault> fault{};  ///< of the last look
    bool was_looked_at = false;
    bool was_key_seen = false;  ///< a private key: it is nobody's own any more, for ever
  };
  static std::optional<MonitorEvent> learn(Knowledge& knowledge, const std::string& name,
                                           const std::string& x5u,
                                           const std::optional<PublicationFinding>& finding);

 private:
  struct Known {
    std::vector<std::string> names;
    std::string x5u;
    Knowledge knowledge{};
  };
  void hear(const std::vector<PublicationNews>& news);

  boost::asio::io_context& control_;
  Heard heard_;
  std::map<std::string, Known> known_;  ///< by publication_id
  std::filesystem::path ca_file_;
  std::unique_ptr<PublicationWatch> watch_;  // last: its thread posts to this
};

}  // namespace shaken302::app
