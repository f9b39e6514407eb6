// SPDX-License-Identifier: MIT
#pragma once

#include "database.hpp"

namespace shaken302::directory {

OpenedDatabase open_postgresql(const std::string& uri, const std::stop_token& stop,
                               const Patience& patience);

/// What an SQLSTATE means to us (appendix A of the PostgreSQL manual).
DatabaseError::Kind kind_of_sqlstate(std::string_view sqlstate) noexcept;

/// One line of COPY in text form, taken apart in place: false when it has not `row.size()` fields.
bool split_copy_line(std::string& line, std::span<std::optional<std::string_view>> row);
/// A field of such a line appended to it.
void append_copy_field(std::string& line, const std::optional<std::string>& field);

}  // namespace shaken302::directory
