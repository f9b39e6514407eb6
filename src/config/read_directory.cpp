// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "read_settings.hpp"
#include "value_text.hpp"

namespace shaken302::config {
namespace {

constexpr std::string_view sqlite_prefix = "sqlite:";
constexpr std::string_view postgresql_prefixes[] = {"postgresql://", "postgres://"};

/// The database without who asks and with which options: all that a message may say of it.
std::string public_name(std::string_view rest) {
  const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const auto user_end = rest.substr(0, authority_end).rfind('@');
  if (user_end != std::string_view::npos) rest.remove_prefix(user_end + 1);
  return "postgresql://" + std::string(rest.substr(0, rest.find('?')));
}

bool is_port_or_absent(std::string_view host) {
  if (host.starts_with('[')) host.remove_prefix(std::min(host.find(']'), host.size()));
  const auto colon = host.find(':');
  return colon == std::string_view::npos || host.size() == colon + 1 ||
         is_digits(host.substr(colon + 1));
}

/// libpq would take what stands behind a bare `/` or `@` of a password for a host or a port, and
/// say so in its messages: such a URI never gets there.
bool is_delimited_well(std::string_view rest) {
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  // "host=db password=…" behind "postgresql://": no part of a URI, and not for its public name.
  if (rest.substr(0, rest.find('?')).find_first_of(" =&;") != std::string_view::npos) return false;
  if (rest.substr(authority.size()).find_first_of("@#") != std::string_view::npos) return false;
  const auto user_end = authority.find('@');
  if (user_end != std::string_view::npos) authority.remove_prefix(user_end + 1);
  if (authority.find('@') != std::string_view::npos) return false;
  while (!authority.empty()) {
    const auto comma = std::min(authority.find(','), authority.size());
    if (!is_port_or_absent(authority.substr(0, comma))) return false;
    authority.remove_prefix(std::min(comma + 1, authority.size()));
  }
  return true;
}

void read_postgresql(SectionReader& reader, const std::string& source, std::string_view rest,
                     DirectorySource& directory) {
  directory.kind = SourceKind::postgresql;
  directory.database = source;
  if (!is_delimited_well(rest)) {
    directory.name = "postgresql:";
    reader.report("source", "is a PostgreSQL URI with a delimiter in the wrong place",
                  "write @ : / ? # inside a user name or password as %40 %3A %2F %3F %23, or leave "
                  "the password to ~/.pgpass");
    return;
  }
  directory.name = public_name(rest);
}

void read_source(SectionReader& reader, const std::string& source,
                 const std::filesystem::path& folder, DirectorySource& directory) {
  if (source == "files") return;
  if (source.starts_with(sqlite_prefix) && source.size() > sqlite_prefix.size()) {
    directory.kind = SourceKind::sqlite;
    directory.database = (folder / source.substr(sqlite_prefix.size())).lexically_normal().string();
    directory.name = std::string(sqlite_prefix) + directory.database;
    return;
  }
  for (const std::string_view prefix : postgresql_prefixes) {
    if (!source.starts_with(prefix)) continue;
    return read_postgresql(reader, source, std::string_view(source).substr(prefix.size()),
                           directory);
  }
  // Nothing of it is shown: any part of it may be a password.
  reader.report("source", "is no source that this program knows",
                "use \"files\", \"sqlite:PATH\" or \"postgresql://HOST/DATABASE\"");
}

}  // namespace

void read_directory(SectionReader reader, const std::filesystem::path& folder,
                    DirectorySource& directory) {
  if (const auto source = reader.text("source")) read_source(reader, *source, folder, directory);
  const auto file = [&](std::string_view key) -> std::filesystem::path {
    const auto path = reader.text(key).value_or("");
    if (path.empty()) return {};
    if (directory.kind == SourceKind::files) return (folder / path).lexically_normal();
    if (reader.has(key)) {
      reader.report(key, fmt::format("names a file, and numbers are kept in {}", directory.name),
                    "remove the key; shaken302 db import copies a file's rows there");
    }
    return {};
  };
  for (const std::string_view key : {"numbers", "do_not_originate"}) {
    if (reader.has(key)) directory.lines.add(key, reader.line_of(key));
  }
  directory.numbers = file("numbers");
  directory.do_not_originate = file("do_not_originate");
}

}  // namespace shaken302::config
