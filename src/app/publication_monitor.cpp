// SPDX-License-Identifier: MIT
#include "publication_monitor.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <utility>

namespace shaken302::app {
namespace {

using Severity = MonitorEvent::Severity;

/// Whether what was seen says that tokens which name it do not verify.
bool refutes(PublicationFault fault) noexcept {
  return fault == PublicationFault::another_chain || fault == PublicationFault::private_key;
}

std::string id_of(const Credential& credential) {
  return publication_id({credential.x5u(), credential.chain()});
}

}  // namespace

void PublicationMonitor::follow(const CredentialTable& loaded,
                                const std::filesystem::path& ca_file) {
  std::map<std::string, Known> known;
  std::vector<Publication> publications;
  for (const CredentialTable::Entry& entry : loaded.entries) {
    if (!entry.unpublished || entry.faulty) continue;
    const Credential& credential = entry.credential;
    const auto [place, is_new] = known.try_emplace(id_of(credential));
    place->second.names.push_back(credential.name());
    if (!is_new) continue;
    place->second.x5u = credential.x5u();
    if (const auto before = known_.find(place->first); before != known_.end()) {
      place->second.knowledge = before->second.knowledge;
    }
    publications.push_back({credential.x5u(), credential.chain()});
  }
  known_ = std::move(known);
  if (std::exchange(ca_file_, ca_file) != ca_file) watch_.reset();
  if (publications.empty()) return watch_.reset();
  if (!watch_) {
    watch_ = std::make_unique<PublicationWatch>(
        PublicationWatch::Steps{[this](std::vector<PublicationNews> news) {
          boost::asio::post(control_, [this, news = std::move(news)] { hear(news); });
        }},
        PublicationWatch::Settings{.ca_file = ca_file_.string()});
  }
  watch_->follow(std::move(publications));
}

bool PublicationMonitor::is_published(const Credential& credential) const {
  const auto known = known_.find(id_of(credential));
  return known != known_.end() && known->second.knowledge.is_published;
}

void PublicationMonitor::hear(const std::vector<PublicationNews>& news) {
  std::vector<MonitorEvent> events;
  for (const PublicationNews& one : news) {
    const auto known = known_.find(one.id);
    if (known == known_.end()) continue;
    const Knowledge before = known->second.knowledge;
    for (const std::string& name : known->second.names) {
      known->second.knowledge = before;
      auto event = learn(known->second.knowledge, name, known->second.x5u, one.finding);
      if (event) events.push_back(std::move(*event));
    }
  }
  if (!events.empty()) heard_(events);
}

std::optional<MonitorEvent> PublicationMonitor::learn(
    Knowledge& knowledge, const std::string& name, const std::string& x5u,
    const std::optional<PublicationFinding>& finding) {
  const Knowledge before = knowledge;
  knowledge.was_looked_at = true;
  knowledge.fault = finding ? std::optional(finding->which) : std::nullopt;
  if (!finding && knowledge.was_key_seen) return std::nullopt;
  if (!finding) {
    knowledge.is_published = true;
    if (before.is_published && !before.fault) return std::nullopt;
    return MonitorEvent{Severity::info,
                        fmt::format("credential {}: {} serves its chain{}", name, x5u,
                                    before.is_published ? " again" : ": it signs")};
  }
  if (refutes(finding->which)) knowledge.is_published = false;
  if (finding->which == PublicationFault::private_key) knowledge.was_key_seen = true;
  if (before.was_looked_at && before.fault == knowledge.fault) return std::nullopt;
  const std::string what =
      fmt::format("credential {}: {}: {}{}{}", name, x5u, to_text(finding->which),
                  finding->detail.empty() ? "" : ": ", finding->detail);
  if (knowledge.is_published) {
    return MonitorEvent{
        Severity::warning,
        what + "; its chain was there before, so it signs on: see to the web server"};
  }
  if (finding->which == PublicationFault::private_key) {
    return MonitorEvent{Severity::alarm,
                        what +
                            "; everybody can sign with that key: nothing is signed with it any "
                            "more; remove it and have a new key certified"};
  }
  return MonitorEvent{Severity::alarm,
                      what + "; nothing is signed with it before its own chain is there"};
}

}  // namespace shaken302::app
