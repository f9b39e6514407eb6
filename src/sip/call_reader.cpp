// SPDX-License-Identifier: MIT
//
// read_call: who is calling whom, and on whose account, from a request that passed the gate.
// Whatever could be read in two ways is reported as something that names nobody, never as absent:
// an absent value makes the core try its next source, which the caller may be able to write.
#include <algorithm>
#include <optional>

#include "request_reader.hpp"
#include "shaken302/identity_header.hpp"
#include "text_scan.hpp"
#include "uri_text.hpp"

namespace shaken302::sip {
namespace {

/// The value when all of them are the same. One that is there without a value names nobody: were it
/// absent, whoever can empty it could choose the next source.
class SingleValue {
 public:
  void add(std::string_view value) noexcept {
    if (present_ && value != value_) value_ = ambiguous_account_value;
    if (!present_) value_ = value;
    present_ = true;
  }
  [[nodiscard]] std::string_view value() const noexcept {
    return present_ && value_.empty() ? ambiguous_account_value : value_;
  }

 private:
  std::string_view value_;
  bool present_ = false;
};

template <class Values>
void add_header_values(std::string_view name, const HeaderIndex& index, Values& values) noexcept {
  for (const Field& field : index.entries()) {
    if (equals_ignoring_case(field.name, name)) values.add(field.value);
  }
}

template <class Values>
void add_parameter_values(std::string_view name, std::string_view parameters,
                          Values& values) noexcept {
  while (!parameters.empty()) {
    const std::string_view one = parameters.substr(0, parameters.find(';'));
    parameters.remove_prefix(std::min(one.size() + 1, parameters.size()));
    const std::size_t equals = std::min(one.find('='), one.size());
    if (!equals_ignoring_case(one.substr(0, equals), name)) continue;
    values.add(one.substr(std::min(equals + 1, one.size())));
  }
}

std::string_view account_value(const AccountSource& source, const ParsedRequest& request,
                               const HeaderIndex& index) noexcept {
  SingleValue single;
  switch (source.kind) {
    case AccountSource::Kind::header:
      add_header_values(source.name, index, single);
      return single.value();
    case AccountSource::Kind::parameter:
      add_parameter_values(source.name, uri_parameters(request.from_uri_text), single);
      return single.value();
    case AccountSource::Kind::host:
      return request.request_uri.host;
    case AccountSource::Kind::fixed:
    case AccountSource::Kind::number:
      break;
  }
  return {};
}

bool has_shaken_identity(const HeaderIndex& index) noexcept {
  if (index.find(FieldName::identity) == nullptr) return false;
  return std::any_of(index.entries().begin(), index.entries().end(), [](const Field& field) {
    if (field.known != FieldName::identity) return false;
    const auto identity = parse_identity(field.value);
    return identity.has_value() && equals_ignoring_case(identity->ppt, "shaken");
  });
}

/// RFC 3323 4.2 and RFC 3325 9.3: a list, parted by semicolons; some write commas.
bool lists_a_kind_of_privacy(std::string_view list) noexcept {
  while (!list.empty()) {
    const std::string_view one = list.substr(0, list.find_first_of(";,"));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    for (const std::string_view kind : {"id", "user", "header", "session"}) {
      if (equals_ignoring_case(trim(one), kind)) return true;
    }
  }
  return false;
}

bool asks_for_privacy(const HeaderIndex& index) noexcept {
  if (index.find(FieldName::privacy) == nullptr) return false;
  return std::any_of(index.entries().begin(), index.entries().end(), [](const Field& field) {
    return field.known == FieldName::privacy && lists_a_kind_of_privacy(field.value);
  });
}

constexpr std::string_view letters = "CBA";  ///< by Attestation

/// The lowest of the levels that can be read, or the first text that cannot.
class LowestLevel {
 public:
  void add(std::string_view value) noexcept {
    const auto level = parse_requested_level(value);
    if (level && (!lowest_ || *level < *lowest_)) lowest_ = level;
    if (!level && unreadable_.empty())
      unreadable_ = value.empty() ? ambiguous_account_value : value;
  }
  [[nodiscard]] std::string_view value() const noexcept {
    return lowest_ ? letters.substr(static_cast<std::size_t>(*lowest_), 1) : unreadable_;
  }

 private:
  std::optional<Attestation> lowest_;
  std::string_view unreadable_;
};

/// Where the places for a level are, in one call.
struct LevelPlaces {
  const HeaderIndex& index;
  std::string_view from_uri;
  std::string_view request_uri;
  const Listener& listener;
};

/// Adds whatever `source` says, each value of its own.
template <class Values>
void add_levels(const LevelSource& source, const LevelPlaces& places, Values& values) noexcept {
  switch (source.kind) {
    case LevelSource::Kind::header:
      return add_header_values(source.name, places.index, values);
    case LevelSource::Kind::from_parameter:
      return add_parameter_values(source.name, uri_parameters(places.from_uri), values);
    case LevelSource::Kind::request_parameter:
      return add_parameter_values(source.name, uri_parameters(places.request_uri), values);
    case LevelSource::Kind::listener:
      if (source.listener == places.listener) {
        values.add(letters.substr(static_cast<std::size_t>(source.level), 1));
      }
  }
}

/// A peer that may ask for any level is believed at the first place that says anything; a header
/// that is there twice with two values, or without one, is something that cannot be read there,
/// never nothing. Of a peer that may only lower, the lowest level counts wherever it stands: what a
/// caller writes into one place must not keep the proxy's own word in another from being read.
std::string_view requested_level(const Peer& peer, const LevelPlaces& places) noexcept {
  LowestLevel lowest;
  for (const LevelSource& source : peer.level_sources) {
    if (peer.override_right != OverrideRight::any) {
      add_levels(source, places, lowest);
      continue;
    }
    SingleValue single;
    add_levels(source, places, single);
    if (!single.value().empty()) return single.value();
  }
  return lowest.value();
}

}  // namespace

Call read_call(const ParsedRequest& request, const HeaderIndex& index, const Peer& peer,
               std::uint32_t peer_index, const Listener& listener) noexcept {
  Call call;
  call.peer = peer_index;
  call.request_uri = request.request_uri;
  call.to = request.to;
  call.from = request.from;
  call.call_id = request.call_id;
  call.from_tag = request.from_tag;
  call.asserted_identities = request.identities.asserted;
  call.has_more_identities = request.identities.has_more_asserted;
  call.remote_party_id = request.identities.remote_party_id;
  const std::size_t sources = std::min(peer.account_sources.size(), call.account_values.size());
  for (std::size_t i = 0; i < sources; ++i) {
    call.account_values[i] = account_value(peer.account_sources[i], request, index);
  }
  call.has_shaken_identity = has_shaken_identity(index);
  call.requested_level =
      requested_level(peer, {index, request.from_uri_text, request.request_uri_text, listener});
  call.asks_for_privacy = asks_for_privacy(index);
  call.has_been_diverted =
      index.find(FieldName::diversion) != nullptr || index.find(FieldName::history_info) != nullptr;
  return call;
}

}  // namespace shaken302::sip
