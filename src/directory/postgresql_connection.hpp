// SPDX-License-Identifier: MIT
//
// libpq without its waiting: every step is polled, so that a server that hangs costs our patience
// and no more, and a stop is heard at once. Only the look-up of a host name is libpq's own.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <stop_token>
#include <string>

#include "database.hpp"

namespace shaken302::directory {

struct ClearResult {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using PostgresqlResult = std::unique_ptr<PGresult, ClearResult>;

class PostgresqlConnection {
 public:
  static Result<PostgresqlConnection, DatabaseError> open(const std::string& uri,
                                                          const std::stop_token& stop,
                                                          const Patience& patience);

  /// From now on everything together has our total patience, however steadily rows trickle in.
  void end_within_total() noexcept { total_end_ = Clock::now() + patience_.total; }

  /// One or more statements; the last one's result.
  Result<PostgresqlResult, DatabaseError> execute(const std::string& sql);
  /// One statement with parameters.
  Result<PostgresqlResult, DatabaseError> execute(const std::string& sql,
                                                  const std::vector<std::string>& parameters);
  /// COPY … TO STDOUT: each line as it comes, with its line end.
  DatabaseStatus copy_out(const std::string& sql,
                          const std::function<bool(std::string_view)>& line);
  /// COPY … FROM STDIN: what `chunk` appends, until it returns false.
  DatabaseStatus copy_in(const std::string& sql, const std::function<bool(std::string&)>& chunk);

  /// Waits for a notification, at most until `end`; its payload, or nothing.
  Result<std::optional<std::string>, DatabaseError> wait_for_notification(
      std::chrono::steady_clock::time_point end);

 private:
  struct Finish {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
  };
  using Clock = std::chrono::steady_clock;
  enum class Ready : std::uint8_t { yes, no };

  PostgresqlConnection(PGconn* connection, std::stop_token stop, const Patience& patience,
                       std::vector<std::string> secrets)
      : connection_(connection),
        stop_(std::move(stop)),
        patience_(patience),
        secrets_(std::move(secrets)) {}

  DatabaseStatus connect();
  DatabaseStatus wait(short events, Clock::time_point end);
  DatabaseStatus flush(Clock::time_point end);
  DatabaseStatus wait_for_result();
  Result<PostgresqlResult, DatabaseError> last_result();
  [[nodiscard]] DatabaseError broken() const;
  [[nodiscard]] DatabaseError error_of(const PGresult* result) const;
  [[nodiscard]] std::string clean(std::string message) const;

  std::unique_ptr<PGconn, Finish> connection_;
  std::stop_token stop_;
  Patience patience_;
  Clock::time_point total_end_ = Clock::time_point::max();
  std::vector<std::string> secrets_;  ///< no message of libpq shows them
};

}  // namespace shaken302::directory
