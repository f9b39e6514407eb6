// SPDX-License-Identifier: MIT
//
// Header fields that a configuration cannot use for purposes of its own.
#pragma once

#include <string>
#include <string_view>

namespace shaken302::config {

/// Whether an answer has the header field in its own right, or it means something to whoever reads
/// the answer (RFC 3261 20, RFC 8224, RFC 3325).
[[nodiscard]] bool is_occupied_header(std::string_view name) noexcept;

/// Whether callers write the header field themselves, so that nobody can vouch for what it says.
[[nodiscard]] bool is_caller_header(std::string_view name) noexcept;

/// What is wrong with such a header as a source; of a short form what it stands for.
[[nodiscard]] std::string caller_header_problem(std::string_view name);

}  // namespace shaken302::config
