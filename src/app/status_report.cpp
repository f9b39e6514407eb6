// SPDX-License-Identifier: MIT
#include "status_report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "logfmt.hpp"

namespace shaken302::app {
namespace {

void append_counters(const StatusFacts& facts, std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < counter_count; ++i) {
    const auto counter = static_cast<Counter>(i);
    const auto value = total(facts.workers, counter);
    if (value != 0) lines.push_back(fmt::format("status {}={}", to_text(counter), value));
  }
  if (facts.kernel_drops != 0) {
    lines.push_back(fmt::format("status kernel_drops={}", facts.kernel_drops));
  }
  if (facts.log_lines_dropped != 0) {
    lines.push_back(fmt::format("status log_lines_dropped={}", facts.log_lines_dropped));
  }
}

std::string source_line(const SourceFacts& source) {
  std::string line = "status source=";
  append_value(line, source.name);
  line += fmt::format(" state={} snapshot_age_s={}", source.state, source.snapshot_age);
  if (source.unheard) line += fmt::format(" unheard_s={}", *source.unheard);
  return line;
}

std::string date_text(UnixTime time) { return fmt::format("{:%FT%TZ}", time); }

void append_why(std::string& line, const std::string& why) {
  if (why.empty()) return;
  line += " why=";
  append_value(line, why);
}

void append_credentials(const CredentialFacts& facts, std::vector<std::string>& lines) {
  std::string line = fmt::format("status credentials={} good={}", facts.count, facts.good);
  if (!facts.next_to_end.empty()) {
    line += fmt::format(" next_to_end={} ends_at={}", facts.next_to_end, date_text(facts.ends_at));
  }
  lines.push_back(std::move(line));
  for (const CredentialFacts::Fault& fault : facts.faults) {
    std::string of_one = fmt::format("status credential={} state=", fault.name);
    append_value(of_one, fault.state);
    const bool has_dates = fault.valid_from <= fault.valid_until;  // a faulty one has none
    if (has_dates) {
      of_one += fmt::format(" valid_from={} valid_until={}", date_text(fault.valid_from),
                            date_text(fault.valid_until));
    }
    append_why(of_one, fault.why);
    lines.push_back(std::move(of_one));
  }
  for (const CredentialFacts::Held& held : facts.held) {
    lines.push_back(fmt::format("status credential={} new_files={}", held.name, held.state));
    append_why(lines.back(), held.why);
  }
  const std::size_t bad = facts.count - facts.good;
  if (bad > facts.faults.size()) {
    lines.push_back(fmt::format("status credentials_not_listed={}", bad - facts.faults.size()));
  }
}

std::string connections_line(const StatusFacts& facts) {
  std::string line = fmt::format("status connections={}", *facts.connections);
  if (facts.tls_valid_until) line += " tls_ends_at=" + date_text(*facts.tls_valid_until);
  if (facts.are_tls_files_refused) line += " tls_new_files=refused";
  return line;
}

// Empty when the peer has done nothing yet.
std::string peer_counters(const StatusFacts& facts, std::uint32_t slot) {
  std::string text;
  for (std::size_t i = 0; i < peer_counter_count; ++i) {
    const auto counter = static_cast<PeerCounter>(i);
    const auto value = total(facts.workers, slot, counter);
    if (value != 0) text += fmt::format(" {}={}", to_text(counter), value);
  }
  return text;
}

}  // namespace

std::vector<std::string> make_status_report(const StatusFacts& facts) {
  std::vector<std::string> lines{
      fmt::format("status generation={} workers={}", facts.generation, facts.workers.size())};
  if (facts.source) lines.push_back(source_line(*facts.source));
  if (!facts.shadow.empty()) lines.push_back(fmt::format("status shadow={}", facts.shadow));
  if (facts.credentials) append_credentials(*facts.credentials, lines);
  if (facts.clock) lines.push_back(fmt::format("status clock={}", to_text(*facts.clock)));
  if (facts.connections) lines.push_back(connections_line(facts));
  for (const CeilingFacts& ceiling : facts.ceilings) {
    lines.push_back(fmt::format("status account={} calls_today={} calls_per_day={}",
                                ceiling.account, ceiling.calls, ceiling.most));
  }
  append_counters(facts, lines);
  const auto slots = std::min(facts.peer_names.size(), metrics_peer_slots);
  for (std::uint32_t slot = 0; slot < slots; ++slot) {
    const std::string counters = peer_counters(facts, slot);
    if (counters.empty()) continue;
    // The last slot is shared by all peers for which there was none left.
    const bool is_shared =
        slot + 1 == metrics_peer_slots && facts.peer_names.size() > metrics_peer_slots;
    std::string line = "status peer=";
    append_value(line, is_shared ? "(others)" : facts.peer_names[slot]);
    lines.push_back(line + counters);
  }
  return lines;
}

}  // namespace shaken302::app
