// SPDX-License-Identifier: MIT
#include "postgresql.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "postgresql_connection.hpp"

namespace shaken302::directory {
namespace {

using Kind = DatabaseError::Kind;

/// What is sent at once.
constexpr std::size_t chunk_bytes = 64U << 10U;

class PostgresqlDatabase final : public Database {
 public:
  explicit PostgresqlDatabase(PostgresqlConnection connection)
      : connection_(std::move(connection)) {}

  [[nodiscard]] SqlDialect dialect() const noexcept override { return SqlDialect::postgresql; }

  DatabaseStatus begin_reading() override {
    connection_.end_within_total();
    // TRUNCATE empties a table also for those whose snapshot is older: before ours is taken (which
    // LOCK does not) nobody may be about to, and until we end nobody does.
    return run(
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; "
        R"(LOCK TABLE "account", "peer", "number", "never_call" IN ACCESS SHARE MODE)");
  }
  DatabaseStatus begin_writing() override { return run("BEGIN"); }
  DatabaseStatus commit() override { return run("COMMIT"); }

  DatabaseStatus run(const std::string& sql) override {
    auto result = connection_.execute(sql);
    return result ? DatabaseStatus() : Failure{result.error()};
  }

  Result<std::vector<std::string>, DatabaseError> columns_of(const std::string& table) override {
    auto result = connection_.execute(
        "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass($1) "
        "AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        {quote_identifier(table)});
    if (!result) return Failure{result.error()};
    std::vector<std::string> names;
    names.reserve(static_cast<std::size_t>(PQntuples(result->get())));
    for (int i = 0; i < PQntuples(result->get()); ++i) {
      names.emplace_back(PQgetvalue(result->get(), i, 0));
    }
    return names;
  }

  // COPY: a third of the work of single rows, and not more than a buffer of them at a time.
  DatabaseStatus read(const std::string& select, const RowSink& sink) override {
    std::vector<std::optional<std::string_view>> row;
    std::string line;
    return connection_.copy_out(
        fmt::format("COPY ({}) TO STDOUT", select), [&](std::string_view text) {
          line.assign(text.substr(0, text.size() - (text.ends_with('\n') ? 1 : 0)));
          row.resize(static_cast<std::size_t>(std::ranges::count(line, '\t')) + 1);
          split_copy_line(line, row);
          return sink(row);
        });
  }

  DatabaseStatus listen() override { return run("LISTEN shaken302"); }
  Result<bool, DatabaseError> wait_for_change(std::chrono::steady_clock::time_point end) override {
    const auto heard = connection_.wait_for_notification(end);
    if (!heard) return Failure{heard.error()};
    return heard->has_value();
  }

  DatabaseStatus insert(const std::string& table, const std::vector<std::string>& columns,
                        const RowSource& rows) override {
    std::string names;
    for (const std::string& column : columns) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", quote_identifier(column));
    }
    std::vector<std::optional<std::string>> row(columns.size());
    return connection_.copy_in(
        fmt::format("COPY {} ({}) FROM STDIN", quote_identifier(table), names),
        [&](std::string& chunk) {
          while (chunk.size() < chunk_bytes) {
            if (!rows(row)) return false;
            for (std::size_t i = 0; i < row.size(); ++i) {
              if (i != 0) chunk += '\t';
              append_copy_field(chunk, row[i]);
            }
            chunk += '\n';
          }
          return true;
        });
  }

 private:
  PostgresqlConnection connection_;
};

char unescaped(char c) noexcept {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return c;
  }
}

}  // namespace

bool split_copy_line(std::string& line, std::span<std::optional<std::string_view>> row) {
  std::size_t field = 0;
  char* out = line.data();
  const char* begin = out;
  bool is_null = false;
  const auto end_field = [&] {
    if (field < row.size()) {
      row[field].reset();
      if (!is_null) row[field].emplace(begin, static_cast<std::size_t>(out - begin));
    }
    ++field;
    begin = out;
    is_null = false;
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\t') {
      end_field();
    } else if (line[i] != '\\' || i + 1 == line.size()) {
      *out++ = line[i];
    } else if (line[++i] == 'N') {
      is_null = true;
    } else {
      *out++ = unescaped(line[i]);
    }
  }
  end_field();
  return field == row.size();
}

void append_copy_field(std::string& line, const std::optional<std::string>& field) {
  if (!field) {
    line += "\\N";
    return;
  }
  for (const char c : *field) {
    switch (c) {
      case '\\':
        line += "\\\\";
        break;
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      case '\t':
        line += "\\t";
        break;
      default:
        line += c;
    }
  }
}

OpenedDatabase open_postgresql(const std::string& uri, const std::stop_token& stop,
                               const Patience& patience) {
  auto connection = PostgresqlConnection::open(uri, stop, patience);
  if (!connection) return Failure{connection.error()};
  std::unique_ptr<Database> database = std::make_unique<PostgresqlDatabase>(std::move(*connection));
  return database;
}

}  // namespace shaken302::directory
