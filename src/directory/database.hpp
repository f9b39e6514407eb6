// SPDX-License-Identifier: MIT
//
// A database as this program needs one: a connection that reads one consistent state, streams rows
// as texts and takes many rows at once. Every call ends within the connection's patience, and soon
// when its stop token says so. SQL is fixed text; values are bound or copied, never concatenated.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.hpp"
#include "shaken302/result.hpp"

namespace shaken302::directory {

struct DatabaseError {
  enum class Kind : std::uint8_t {
    unreachable,  ///< no connection, or it broke
    busy,         ///< locked, or slower than our patience
    missing,      ///< no such database, table or column
    refused,      ///< the database does not do that
    stopped,      ///< we were told to stop
  };
  Kind kind = Kind::refused;
  std::string message;   ///< one line, without a password
  std::string remedy{};  ///< where the kind alone does not say what to do
};
using DatabaseStatus = Result<void, DatabaseError>;

/// Views until the next row.
using DatabaseRow = std::span<const std::optional<std::string_view>>;
/// False: no more rows are wanted.
using RowSink = std::function<bool(DatabaseRow)>;
/// Fills in the next row; false: there is none.
using RowSource = std::function<bool(std::vector<std::optional<std::string>>&)>;

enum class SqlDialect : std::uint8_t { sqlite, postgresql };

/// How long a database may keep us waiting.
struct Patience {
  std::chrono::milliseconds connect{5000};
  std::chrono::milliseconds answer{10000};  ///< for the next row, or the end of a statement
  std::chrono::milliseconds lock{3000};     ///< for somebody else's lock
  /// For all that is read behind `begin_reading`, where somebody far away sends it.
  std::chrono::milliseconds total{std::chrono::minutes(5)};
};

class Database {
 public:
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  virtual ~Database() = default;

  [[nodiscard]] virtual SqlDialect dialect() const noexcept = 0;
  /// What tells this database from another that is put in its place, where revisions mean something
  /// else; empty where they do not.
  [[nodiscard]] virtual std::string identity() const { return {}; }
  /// Until the connection ends all reads see one state. Takes no lock that a writer of rows waits
  /// for, but for SQLite without WAL.
  virtual DatabaseStatus begin_reading() = 0;
  /// Until `commit`; the connection's end undoes it.
  virtual DatabaseStatus begin_writing() = 0;
  virtual DatabaseStatus commit() = 0;
  /// Statements without results, separated by semicolons.
  virtual DatabaseStatus run(const std::string& sql) = 0;
  /// The columns of `table`, in its order; none: there is no such table.
  virtual Result<std::vector<std::string>, DatabaseError> columns_of(const std::string& table) = 0;
  /// Every row of a SELECT, one at a time.
  virtual DatabaseStatus read(const std::string& select, const RowSink& sink) = 0;
  /// From now on changes that others make are heard, where the database tells of them.
  virtual DatabaseStatus listen() { return {}; }
  /// True: something has changed. False: nothing until `end`, or the database tells of nothing.
  virtual Result<bool, DatabaseError> wait_for_change(std::chrono::steady_clock::time_point) {
    return false;
  }
  virtual DatabaseStatus insert(const std::string& table, const std::vector<std::string>& columns,
                                const RowSource& rows) = 0;
};

using OpenedDatabase = Result<std::unique_ptr<Database>, DatabaseError>;
enum class DatabaseUse : std::uint8_t {
  read,
  write,
  create,  ///< as `write`; a file that is missing is made
};

/// Precondition: `source` is a database.
OpenedDatabase open_database(const config::DirectorySource& source, DatabaseUse use,
                             const std::stop_token& stop = {}, const Patience& patience = {});

/// `"name"`
std::string quote_identifier(std::string_view identifier);

/// "peer", "account", "number", "never_call": tables, and rows of `revision`.
inline constexpr std::string_view directory_parts[] = {"peer", "account", "number", "never_call"};

/// The value of `revision` for each of directory_parts, in their order.
using Revisions = std::array<std::string, 4>;
Result<Revisions, DatabaseError> read_revisions(Database& database);

}  // namespace shaken302::directory
