// SPDX-License-Identifier: MIT
#include "sqlite.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace shaken302::directory {
namespace {

using Kind = DatabaseError::Kind;

/// Virtual machine steps between two looks at the stop token.
constexpr int steps_between_looks = 10000;
constexpr std::chrono::milliseconds between_tries{20};

struct CloseConnection {
  void operator()(sqlite3* connection) const noexcept { sqlite3_close_v2(connection); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// A writer ended in the middle, and what it left must be rolled back by somebody who may write.
bool needs_recovery(int extended_code) noexcept {
  return extended_code == SQLITE_READONLY_ROLLBACK || extended_code == SQLITE_READONLY_RECOVERY ||
         extended_code == SQLITE_READONLY_CANTINIT || extended_code == SQLITE_READONLY_CANTLOCK;
}

/// `code` may be extended. A damaged file is one that somebody puts back.
Kind kind_of(int code, std::string_view message) noexcept {
  if (needs_recovery(code)) return Kind::unreachable;
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Kind::busy;
    case SQLITE_INTERRUPT:
      return Kind::stopped;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CORRUPT:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
      return Kind::unreachable;
    case SQLITE_NOTADB:
      return Kind::missing;
    case SQLITE_ERROR:
      return message.starts_with("no such") ? Kind::missing : Kind::refused;
    default:
      return Kind::refused;
  }
}

/// As if there were none: nothing that waiting helps against. (Whoever serves looks again anyway.)
DatabaseError not_a_database() {
  return {
      Kind::missing, "is a file, but no SQLite database",
      "name the right file in [directory] source, or move that one away and make a new one with "
      "shaken302 db init"};
}

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(Connection connection, std::string identity, std::stop_token stop,
                 const Patience& patience)
      : connection_(std::move(connection)),
        identity_(std::move(identity)),
        stop_(std::move(stop)),
        patience_(patience) {
    // A lock is waited for in small steps, so that a stop is heard meanwhile.
    sqlite3_busy_handler(connection_.get(), &SqliteDatabase::on_busy, this);
    sqlite3_progress_handler(connection_.get(), steps_between_looks, &SqliteDatabase::on_progress,
                             this);
  }

  [[nodiscard]] SqlDialect dialect() const noexcept override { return SqlDialect::sqlite; }

  [[nodiscard]] std::string identity() const override { return identity_; }

  DatabaseStatus begin_reading() override {
    // BEGIN alone sees nothing yet; the first SELECT fixes what the others see.
    if (auto begun = run("BEGIN"); !begun) return begun;
    return read("SELECT count(*) FROM sqlite_schema", [](DatabaseRow) { return true; });
  }
  DatabaseStatus begin_writing() override {
    return run("PRAGMA foreign_keys = ON; BEGIN IMMEDIATE");
  }
  DatabaseStatus commit() override { return run("COMMIT"); }

  DatabaseStatus run(const std::string& sql) override {
    begin_statement();
    const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? DatabaseStatus() : Failure{error_of(code)};
  }

  Result<std::vector<std::string>, DatabaseError> columns_of(const std::string& table) override {
    begin_statement();
    auto statement = prepare("SELECT name FROM pragma_table_info(?1)");
    if (!statement) return Failure{statement.error()};
    bind(statement->get(), 1, table);
    std::vector<std::string> names;
    const auto status = step_all(statement->get(), [&names](DatabaseRow row) {
      names.emplace_back(row[0].value_or(""));
      return true;
    });
    if (!status) return Failure{status.error()};
    return names;
  }

  DatabaseStatus read(const std::string& select, const RowSink& sink) override {
    begin_statement();
    auto statement = prepare(select);
    if (!statement) return Failure{statement.error()};
    return step_all(statement->get(), sink);
  }

  DatabaseStatus insert(const std::string& table, const std::vector<std::string>& columns,
                        const RowSource& rows) override {
    std::string names;
    std::string places;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      names += fmt::format("{}{}", i == 0 ? "" : ", ", quote_identifier(columns[i]));
      places += fmt::format("{}?{}", i == 0 ? "" : ", ", i + 1);
    }
    begin_statement();
    auto statement = prepare(
        fmt::format("INSERT INTO {} ({}) VALUES ({})", quote_identifier(table), names, places));
    if (!statement) return Failure{statement.error()};
    std::vector<std::optional<std::string>> row(columns.size());
    while (rows(row)) {
      for (std::size_t i = 0; i < row.size(); ++i)
        bind(statement->get(), static_cast<int>(i + 1), row[i]);
      const int code = sqlite3_step(statement->get());
      if (code != SQLITE_DONE) return Failure{error_of(code)};
      sqlite3_reset(statement->get());
      if (stop_.stop_requested()) return Failure{DatabaseError{Kind::stopped, "told to stop"}};
    }
    return {};
  }

 private:
  static int on_busy(void* self, int) noexcept {
    auto& database = *static_cast<SqliteDatabase*>(self);
    if (database.stop_.stop_requested() || std::chrono::steady_clock::now() > database.lock_end_) {
      return 0;
    }
    std::this_thread::sleep_for(between_tries);
    return 1;
  }
  static int on_progress(void* self) noexcept {
    return static_cast<SqliteDatabase*>(self)->stop_.stop_requested() ? 1 : 0;
  }

  void begin_statement() noexcept { lock_end_ = std::chrono::steady_clock::now() + patience_.lock; }

  [[nodiscard]] DatabaseError error_of(int code) const {
    if (stop_.stop_requested()) return {Kind::stopped, "told to stop"};
    if ((code & 0xFF) == SQLITE_NOTADB) return not_a_database();
    const std::string message = sqlite3_errmsg(connection_.get());
    return {kind_of(code, message), message};
  }

  Result<Statement, DatabaseError> prepare(const std::string& sql) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v2(connection_.get(), sql.c_str(), -1, &raw, nullptr);
    Statement statement(raw);
    if (code != SQLITE_OK) return Failure{error_of(code)};
    return statement;
  }

  static void bind(sqlite3_stmt* statement, int place, const std::optional<std::string>& value) {
    if (value) {
      sqlite3_bind_text64(statement, place, value->data(), value->size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8);
    } else {
      sqlite3_bind_null(statement, place);
    }
  }

  DatabaseStatus step_all(sqlite3_stmt* statement, const RowSink& sink) {
    std::vector<std::optional<std::string_view>> row(
        static_cast<std::size_t>(sqlite3_column_count(statement)));
    for (;;) {
      const int code = sqlite3_step(statement);
      if (code == SQLITE_DONE) return {};
      if (code != SQLITE_ROW) return Failure{error_of(code)};
      for (std::size_t i = 0; i < row.size(); ++i) {
        const auto column = static_cast<int>(i);
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
        row[i].reset();
        if (text == nullptr) continue;
        row[i].emplace(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
      }
      if (!sink(row)) return {};
    }
  }

  Connection connection_;
  std::string identity_;
  std::stop_token stop_;
  Patience patience_;
  std::chrono::steady_clock::time_point lock_end_{};
};

}  // namespace

namespace {

DatabaseError system_error(const char* what) {
  return {Kind::unreachable, fmt::format("{}: {}", what, std::generic_category().message(errno))};
}

/// An empty file for this user alone, which nobody else has put there meanwhile.
DatabaseStatus create(const std::string& path) {
  constexpr mode_t mode = S_IRUSR | S_IWUSR;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return Failure{system_error("cannot be made")};
  ::close(fd);
  return {};
}

Result<Connection, DatabaseError> connect(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Connection connection(raw);
  if (code != SQLITE_OK) {
    return Failure{DatabaseError{Kind::unreachable,
                                 raw == nullptr ? "no memory" : std::string(sqlite3_errmsg(raw))}};
  }
  sqlite3_extended_result_codes(raw, 1);
  return connection;
}

int look(sqlite3* connection) noexcept {
  return sqlite3_exec(connection, "SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
}

/// What a writer left that ended in the middle is rolled back by whoever looks next and may write:
/// a reader alone would be refused for ever. Whether it helped is seen by what is read afterwards.
void recover(Connection& reader, const std::string& path) {
  if (!needs_recovery(look(reader.get()))) return;
  if (const auto writer = connect(path, SQLITE_OPEN_READWRITE)) look(writer->get());
}

}  // namespace

OpenedDatabase open_sqlite(const std::string& path, DatabaseUse use, const std::stop_token& stop,
                           const Patience& patience) {
  struct stat status {};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  if (!is_there && use != DatabaseUse::create) {
    return Failure{DatabaseError{Kind::missing, "there is no such file",
                                 "correct [directory] source, or make it with shaken302 db init "
                                 "and fill it with shaken302 db import"}};
  }
  // A FIFO would block for ever.
  if (is_there && !S_ISREG(status.st_mode)) {
    return Failure{DatabaseError{Kind::missing, "is not a regular file"}};
  }
  if (!is_there) {
    if (auto made = create(path); !made) return Failure{made.error()};
  }
  auto connection =
      connect(path, use == DatabaseUse::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  if (!connection) return Failure{connection.error()};
  if (use == DatabaseUse::read) recover(*connection, path);
  std::unique_ptr<Database> database = std::make_unique<SqliteDatabase>(
      std::move(*connection), fmt::format("{}:{}", status.st_dev, status.st_ino), stop, patience);
  return database;
}

}  // namespace shaken302::directory
