// SPDX-License-Identifier: MIT
#include "directory_watch.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "debounce.hpp"
#include "net/signals_blocked.hpp"

namespace shaken302::app {
namespace {

using directory::Database;
using directory::DatabaseError;
using directory::DatabaseStatus;
using Clock = std::chrono::steady_clock;

void pause(const std::stop_token& stop, Clock::duration time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
}

/// A text of a table as one of these; nothing: its default. Whatever is no such text is the load's
/// to complain of.
template <class T, std::size_t size>
std::optional<T> parse(const std::optional<std::string_view>& text, T otherwise,
                       const std::pair<std::string_view, T> (&values)[size]) {
  if (!text) return otherwise;
  for (const auto& [name, value] : values) {
    if (name == *text) return value;
  }
  return std::nullopt;
}

constexpr std::pair<std::string_view, AccountStatus> statuses[] = {
    {"active", AccountStatus::active}, {"suspended", AccountStatus::suspended}};
constexpr std::pair<std::string_view, ReviewStatus> reviews[] = {
    {"none", ReviewStatus::none},
    {"pending", ReviewStatus::pending},
    {"approved", ReviewStatus::approved},
    {"rejected", ReviewStatus::rejected}};
constexpr std::pair<std::string_view, Attestation> levels[] = {
    {"A", Attestation::A}, {"B", Attestation::B}, {"C", Attestation::C}};

constexpr std::string_view read_columns[] = {"id", "status", "business_profile", "trust_product",
                                             "max_attestation"};

/// A column that a table has not is the default of all its rows, as it is for a load.
std::string select_news(const std::vector<std::string>& columns) {
  std::string select;
  for (const std::string_view column : read_columns) {
    const bool is_there = column == "id" || std::ranges::find(columns, column) != columns.end();
    select += select.empty() ? "SELECT " : ", ";
    select += is_there ? directory::quote_identifier(column) : "NULL";
  }
  return select + R"( FROM "account")";
}

Result<std::vector<AccountNews>, DatabaseError> read_news(Database& database) {
  const auto columns = database.columns_of("account");
  if (!columns) return Failure{columns.error()};
  std::vector<AccountNews> news;
  const auto read = database.read(select_news(*columns), [&news](directory::DatabaseRow row) {
    if (row.size() != std::size(read_columns)) return true;
    news.push_back({.id = std::string(row[0].value_or("")),
                    .status = parse(row[1], AccountStatus::active, statuses),
                    .business_profile = parse(row[2], ReviewStatus::none, reviews),
                    .trust_product = parse(row[3], ReviewStatus::none, reviews),
                    .max_attestation = parse(row[4], Attestation::A, levels)});
    return true;
  });
  if (!read) return Failure{read.error()};
  return news;
}

}  // namespace

DirectoryWatch::DirectoryWatch(Steps steps, const Pace& pace)
    : steps_(std::move(steps)), pace_(pace) {
  const net::SignalsBlocked blocked;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void DirectoryWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const DatabaseStatus status = attempt(stop);
    if (stop.stop_requested()) return;
    if (!status) steps_.heard(status.error());
    pause(stop, status ? pace_.poll : pace_.retry);
  }
}

// What a library or an allocator throws is an outage as any other: nobody would hear of changes
// any more if it ended the thread, and nobody be served if it ended the process.
DatabaseStatus DirectoryWatch::attempt(const std::stop_token& stop) try {
  const auto database = steps_.open(stop);
  return database ? watch(**database) : DatabaseStatus(Failure{database.error()});
} catch (const std::exception& error) {
  return Failure{DatabaseError{DatabaseError::Kind::unreachable, error.what()}};
}

DatabaseStatus DirectoryWatch::watch(Database& database) {
  // Before the revisions are read: a change behind them is heard. A standby refuses to tell; it is
  // looked at often enough all the same.
  auto listening = database.listen();
  if (!listening && listening.error().kind != DatabaseError::Kind::refused) return listening;
  for (;;) {
    if (auto looked = look(database); !looked) return looked;
    // Another file may be put in the place of this one: it is opened again.
    if (database.dialect() == directory::SqlDialect::sqlite) return {};
    if (auto waited = wait(database); !waited) return waited;
  }
}

DatabaseStatus DirectoryWatch::look(Database& database) {
  const auto revisions = directory::read_revisions(database);
  if (!revisions) return Failure{revisions.error()};
  if (*revisions != seen_ || database.identity() != identity_) {
    auto news = read_news(database);
    if (!news) return Failure{news.error()};
    seen_ = *revisions;
    identity_ = database.identity();
    steps_.changed(std::move(*news));
  }
  steps_.heard(std::nullopt);
  return {};
}

DatabaseStatus DirectoryWatch::wait(Database& database) const {
  Debounce changes(pace_.quiet, pace_.longest);
  const auto check = Clock::now() + pace_.check;
  for (;;) {
    const auto heard = database.wait_for_change(std::min(check, changes.due().value_or(check)));
    if (!heard) return Failure{heard.error()};
    const auto now = Clock::now();
    if (*heard) changes.add(now);
    if (changes.take(now) || now >= check) return {};
  }
}

}  // namespace shaken302::app
