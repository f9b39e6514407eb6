// SPDX-License-Identifier: MIT
#include "publication_monitor.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <string_view>
#include <utility>

namespace shaken302::app {
namespace {

using Severity = MonitorEvent::Severity;
using State = PublicationState;

/// Whether what was seen says that tokens which name it do not verify.
bool refutes(PublicationFault fault) noexcept {
  return fault == PublicationFault::another_chain || fault == PublicationFault::private_key;
}

Publication publication_of(const Credential& credential) {
  return {credential.x5u(), credential.chain()};
}

}  // namespace

std::optional<MonitorEvent> learn(PublicationKnowledge& knowledge, const std::string& subject,
                                  bool signs_instead,
                                  const std::optional<PublicationFinding>& finding) {
  const PublicationKnowledge before = knowledge;
  knowledge.was_looked_at = true;
  knowledge.fault = finding ? std::optional(finding->which) : std::nullopt;
  if (!finding) {
    knowledge.state = State::published;
    if (before.state == State::published && !before.fault) return std::nullopt;
    const bool is_again = before.state == State::published;
    return MonitorEvent{Severity::info, fmt::format("{} serves its chain{}", subject,
                                                    is_again ? " again" : ": it signs")};
  }
  if (refutes(finding->which)) knowledge.state = State::refuted;
  if (before.was_looked_at && before.fault == knowledge.fault) return std::nullopt;
  const std::string what = fmt::format("{}: {}{}{}", subject, to_text(finding->which),
                                       finding->detail.empty() ? "" : ": ", finding->detail);
  if (knowledge.state == State::published) {
    return MonitorEvent{Severity::warning, what +
                                               "; its chain was there before, so it signs on: "
                                               "see to the web server"};
  }
  if (finding->which == PublicationFault::private_key && finding->is_own_key) {
    return MonitorEvent{Severity::alarm,
                        what +
                            "; everybody can sign with that key: nothing is signed with it any "
                            "more; remove it there and have a new key certified"};
  }
  const std::string_view until = signs_instead
                                     ? "; the one before signs until its own chain is there"
                                     : "; nothing is signed with it before its own chain "
                                       "is there";
  return MonitorEvent{Severity::alarm, what + std::string(until)};
}

bool PublicationMonitor::add(std::map<std::string, Known>& known, const Credential& credential,
                             bool serves) const {
  const auto [place, is_new] = known.try_emplace(publication_id(publication_of(credential)));
  Known& one = place->second;
  one.names.insert(credential.name());
  one.serves = one.serves || serves;
  if (!is_new) return false;
  one.x5u = credential.x5u();
  one.key_id = credential.chain().public_key_id();
  if (const auto before = known_.find(place->first); before != known_.end()) {
    one.knowledge = before->second.knowledge;
  }
  return true;
}

void PublicationMonitor::follow(const CredentialTable& loaded, const CredentialTable& serving,
                                const std::filesystem::path& ca_file) {
  std::map<std::string, Known> known;
  std::vector<Publication> publications;
  const auto look_at = [&](const Credential& credential, bool serves) {
    if (add(known, credential, serves)) publications.push_back(publication_of(credential));
  };
  std::set<std::string_view> checked;
  for (const CredentialTable::Entry& entry : loaded.entries) {
    if (!entry.unpublished || entry.faulty) continue;
    checked.insert(entry.credential.name());
    look_at(entry.credential, false);
  }
  for (const CredentialTable::Entry& entry : serving.entries) {
    if (entry.faulty || !checked.contains(entry.credential.name())) continue;
    look_at(entry.credential, entry.usable());
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

PublicationState PublicationMonitor::state_of(const Credential& credential) const {
  if (exposed_keys_.contains(credential.chain().public_key_id())) return State::refuted;
  const auto known = known_.find(publication_id(publication_of(credential)));
  return known == known_.end() ? State::unknown : known->second.knowledge.state;
}

void PublicationMonitor::hear(const std::vector<PublicationNews>& news) {
  std::set<std::string> serving;
  for (const auto& [id, known] : known_) {
    if (known.serves) serving.insert(known.names.begin(), known.names.end());
  }
  std::vector<MonitorEvent> events;
  for (const PublicationNews& one : news) {
    const auto place = known_.find(one.id);
    if (place == known_.end()) continue;
    Known& known = place->second;
    const bool is_exposed = one.finding && one.finding->is_own_key &&
                            one.finding->which == PublicationFault::private_key;
    if (is_exposed) exposed_keys_.insert(known.key_id);
    if (!one.finding && exposed_keys_.contains(known.key_id)) continue;
    const PublicationKnowledge before = known.knowledge;
    for (const std::string& name : known.names) {
      known.knowledge = before;
      const bool signs_instead = !known.serves && serving.contains(name);
      auto event = learn(known.knowledge, fmt::format("credential {}: {}", name, known.x5u),
                         signs_instead, one.finding);
      if (event) events.push_back(std::move(*event));
    }
  }
  if (!events.empty()) heard_(events);
}

}  // namespace shaken302::app
