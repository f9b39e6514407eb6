// SPDX-License-Identifier: MIT
#include "database.hpp"

#include <algorithm>

#include "postgresql.hpp"
#include "sqlite.hpp"

namespace shaken302::directory {

OpenedDatabase open_database(const config::DirectorySource& source, DatabaseUse use,
                             const std::stop_token& stop, const Patience& patience) {
  if (source.kind == config::SourceKind::sqlite) {
    return open_sqlite(source.database, use, stop, patience);
  }
  return open_postgresql(source.database, stop, patience);
}

std::string quote_identifier(std::string_view identifier) {
  std::string out = "\"";
  for (const char c : identifier) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

Result<Revisions, DatabaseError> read_revisions(Database& database) {
  Revisions revisions;
  const auto status =
      database.read(R"(SELECT "part", "value" FROM "revision")", [&](DatabaseRow row) {
        const auto part = std::ranges::find(directory_parts, row[0].value_or(""));
        if (part != std::end(directory_parts)) {
          revisions[static_cast<std::size_t>(part - std::begin(directory_parts))] =
              row[1].value_or("");
        }
        return true;
      });
  if (!status) return Failure{status.error()};
  return revisions;
}

}  // namespace shaken302::directory
