// SPDX-License-Identifier: MIT
#include "postgresql_connection.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "postgresql.hpp"

namespace shaken302::directory {
namespace {

using Kind = DatabaseError::Kind;

/// How long a stop waits to be heard.
constexpr std::chrono::milliseconds slice{50};

DatabaseError stopped() { return {Kind::stopped, "told to stop"}; }

struct FreeOptions {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

/// The values of a URI that belong into no message; nothing when it is no URI of libpq.
std::optional<std::vector<std::string>> secrets_of(const std::string& uri) {
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      PQconninfoParse(uri.c_str(), nullptr));
  if (!options) return std::nullopt;
  std::vector<std::string> secrets;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    // libpq marks what a form should hide with "*".
    if (option->val != nullptr && option->val[0] != '\0' &&
        std::string_view(option->dispchar) == "*") {
      secrets.emplace_back(option->val);
    }
  }
  return secrets;
}

}  // namespace

Kind kind_of_sqlstate(std::string_view sqlstate) noexcept {
  if (sqlstate == "55P03" || sqlstate == "57014" || sqlstate == "40P01" || sqlstate == "40001") {
    return Kind::busy;
  }
  if (sqlstate == "42P01" || sqlstate == "42703" || sqlstate == "3D000") return Kind::missing;
  // 25P03: it was too slow for the server's own patience. XX: a mishap inside the server.
  if (sqlstate == "25P03") return Kind::unreachable;
  for (const std::string_view passing : {"08", "53", "57", "58", "XX"}) {
    if (sqlstate.starts_with(passing)) return Kind::unreachable;
  }
  return Kind::refused;
}

Result<PostgresqlConnection, DatabaseError> PostgresqlConnection::open(const std::string& uri,
                                                                       const std::stop_token& stop,
                                                                       const Patience& patience) {
  auto secrets = secrets_of(uri);
  // What libpq says of a text that it cannot read quotes parts of it.
  if (!secrets) return Failure{DatabaseError{Kind::refused, "is no URI that libpq can read"}};
  const char* const keywords[] = {"dbname", "fallback_application_name", nullptr};
  const char* const values[] = {uri.c_str(), "shaken302", nullptr};
  PostgresqlConnection connection(PQconnectStartParams(keywords, values, 1), stop, patience,
                                  std::move(*secrets));
  if (auto connected = connection.connect(); !connected) return Failure{connected.error()};
  return connection;
}

DatabaseStatus PostgresqlConnection::connect() {
  if (connection_ == nullptr) return Failure{DatabaseError{Kind::unreachable, "no memory"}};
  const auto end = Clock::now() + patience_.connect;
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return Failure{broken()};
  for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;) {
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (auto waited = wait(events, end); !waited) return waited;
    state = PQconnectPoll(connection_.get());
    if (state == PGRES_POLLING_FAILED) return Failure{broken()};
  }
  if (PQsetnonblocking(connection_.get(), 1) != 0) return Failure{broken()};
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  const auto lock = std::to_string(patience_.lock.count());
  // What we read does not depend on how a user or database is set up. A row that a policy would
  // hide from us is an error, and no row less; how long we wait is our own affair.
  auto set = execute(
      "SET client_encoding = 'UTF8'; SET datestyle = 'ISO'; SET row_security = off; "
      "SET statement_timeout = 0; SET lock_timeout = " +
      lock + "; SET idle_in_transaction_session_timeout = 60000");
  if (!set) return Failure{set.error()};
  return {};
}

DatabaseStatus PostgresqlConnection::wait(short events, Clock::time_point end) {
  end = std::min(end, total_end_);
  for (;;) {
    if (stop_.stop_requested()) return Failure{stopped()};
    const auto now = Clock::now();
    if (now >= end) {
      return Failure{DatabaseError{Kind::busy, "it did not answer in time"}};
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - now);
    pollfd entry{PQsocket(connection_.get()), events, 0};
    if (entry.fd < 0) return Failure{broken()};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::min(left, slice).count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Failure{broken()};
  }
}

DatabaseStatus PostgresqlConnection::flush(Clock::time_point end) {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left == 0) return {};
    if (left < 0) return Failure{broken()};
    if (auto waited = wait(POLLIN | POLLOUT, end); !waited) return waited;
    if (PQconsumeInput(connection_.get()) == 0) return Failure{broken()};
  }
}

DatabaseStatus PostgresqlConnection::wait_for_result() {
  const auto end = Clock::now() + patience_.answer;
  if (auto flushed = flush(end); !flushed) return flushed;
  while (PQisBusy(connection_.get()) != 0) {
    if (auto waited = wait(POLLIN, end); !waited) return waited;
    if (PQconsumeInput(connection_.get()) == 0) return Failure{broken()};
  }
  return {};
}

Result<PostgresqlResult, DatabaseError> PostgresqlConnection::last_result() {
  PostgresqlResult last;
  std::optional<DatabaseError> error;
  for (;;) {
    if (auto waited = wait_for_result(); !waited) return Failure{waited.error()};
    PostgresqlResult result(PQgetResult(connection_.get()));
    if (!result) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) return result;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && !error) {
      error = error_of(result.get());
    }
    last = std::move(result);
  }
  if (error) return Failure{*error};
  if (!last) return Failure{broken()};
  return last;
}

Result<PostgresqlResult, DatabaseError> PostgresqlConnection::execute(const std::string& sql) {
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) return Failure{broken()};
  return last_result();
}

Result<PostgresqlResult, DatabaseError> PostgresqlConnection::execute(
    const std::string& sql, const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  if (PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                        values.data(), nullptr, nullptr, 0) == 0) {
    return Failure{broken()};
  }
  return last_result();
}

DatabaseStatus PostgresqlConnection::copy_out(const std::string& sql,
                                              const std::function<bool(std::string_view)>& line) {
  if (auto begun = execute(sql); !begun) return Failure{begun.error()};
  for (;;) {
    char* raw = nullptr;
    const int length = PQgetCopyData(connection_.get(), &raw, 1);
    const std::unique_ptr<char, decltype(&PQfreemem)> buffer(raw, &PQfreemem);
    if (length == -1) break;
    if (length == -2) return Failure{broken()};
    if (length > 0) {
      if (!line({raw, static_cast<std::size_t>(length)})) return {};
      continue;
    }
    if (auto waited = wait(POLLIN, Clock::now() + patience_.answer); !waited) return waited;
    if (PQconsumeInput(connection_.get()) == 0) return Failure{broken()};
  }
  auto ended = last_result();
  return ended ? DatabaseStatus() : Failure{ended.error()};
}

DatabaseStatus PostgresqlConnection::copy_in(const std::string& sql,
                                             const std::function<bool(std::string&)>& chunk) {
  if (auto begun = execute(sql); !begun) return Failure{begun.error()};
  std::string data;
  for (bool more = true; more;) {
    data.clear();
    more = chunk(data);
    if (data.empty()) continue;
    int sent = 0;
    while ((sent = PQputCopyData(connection_.get(), data.data(), static_cast<int>(data.size()))) ==
           0) {
      if (auto waited = wait(POLLOUT, Clock::now() + patience_.answer); !waited) return waited;
    }
    if (sent < 0) return Failure{broken()};
    if (auto flushed = flush(Clock::now() + patience_.answer); !flushed) return flushed;
  }
  if (PQputCopyEnd(connection_.get(), nullptr) < 0) return Failure{broken()};
  auto ended = last_result();
  return ended ? DatabaseStatus() : Failure{ended.error()};
}

Result<std::optional<std::string>, DatabaseError> PostgresqlConnection::wait_for_notification(
    Clock::time_point end) {
  for (;;) {
    if (PQconsumeInput(connection_.get()) == 0) return Failure{broken()};
    const std::unique_ptr<PGnotify, decltype(&PQfreemem)> heard(PQnotifies(connection_.get()),
                                                                &PQfreemem);
    if (heard) return std::optional<std::string>(heard->extra);
    if (Clock::now() >= end) return std::optional<std::string>();
    auto waited = wait(POLLIN, end);
    if (!waited && waited.error().kind == Kind::busy) return std::optional<std::string>();
    if (!waited) return Failure{waited.error()};
  }
}

DatabaseError PostgresqlConnection::broken() const {
  return {Kind::unreachable, clean(PQerrorMessage(connection_.get()))};
}

DatabaseError PostgresqlConnection::error_of(const PGresult* result) const {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char* detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
  if (state == nullptr) return broken();
  std::string message = text == nullptr ? "" : text;
  if (detail != nullptr) message += std::string("; ") + detail;
  return {kind_of_sqlstate(state), clean(std::move(message))};
}

std::string PostgresqlConnection::clean(std::string message) const {
  for (const std::string& secret : secrets_) {
    for (auto at = message.find(secret); at != std::string::npos;
         at = message.find(secret, at + 3)) {
      message.replace(at, secret.size(), "***");
    }
  }
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
  for (char& c : message) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return message.empty() ? "the connection broke" : message;
}

}  // namespace shaken302::directory
