// SPDX-License-Identifier: MIT
//
// The few questions that echoing a header asks of its text: where a delimiter is that is not inside
// a quoted string or a comment, and what the topmost Via says. Replies to well-formed requests use
// what Sofia read; replies to broken ones have only this. Pure; thread-safe.
#pragma once

#include <optional>
#include <string_view>

#include "request_reader.hpp"

namespace shaken302::sip {

/// Without the white space and line ends (folds) at both ends.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// The first `delimiter` from `from` on that is outside quoted strings (RFC 3261 25.1); npos when
/// there is none, also when a string does not end.
[[nodiscard]] std::size_t find_outside_quotes(std::string_view text, char delimiter,
                                              std::size_t from) noexcept;

/// One `;name=value` of a Via value.
struct ViaParameter {
  std::string_view raw;  ///< from its semicolon to the next one
  std::string_view name;
  std::string_view value;
};

/// Walks the parameters of one Via value. RFC 2543 allowed a comment behind them.
class ViaParameters {
 public:
  explicit ViaParameters(std::string_view via_value) noexcept;
  [[nodiscard]] std::string_view before_parameters() const noexcept { return before_; }
  [[nodiscard]] std::string_view comment() const noexcept { return comment_; }
  std::optional<ViaParameter> next() noexcept;

 private:
  std::string_view before_;
  std::string_view rest_;
  std::string_view comment_;
};

/// The host of a Via value as written, with its brackets if it has them; empty if it has none.
[[nodiscard]] std::string_view sent_by_host(std::string_view via_value) noexcept;

/// The topmost Via by its text alone, or nothing when it has no sent-by or does not end.
[[nodiscard]] std::optional<TopVia> read_top_via(const HeaderIndex& index) noexcept;

/// Whether a From or To value has a tag parameter, by its text alone.
[[nodiscard]] bool has_tag(std::string_view name_addr) noexcept;

}  // namespace shaken302::sip
