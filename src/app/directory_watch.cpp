// SPDX-License-Identifier: MIT
#include "directory_watch.hpp"

#include <condition_variable>
#include <mutex>

#include "debounce.hpp"
#include "net/signals_blocked.hpp"

namespace shaken302::app {
namespace {

using directory::Database;
using directory::DatabaseStatus;
using Clock = std::chrono::steady_clock;

void pause(const std::stop_token& stop, Clock::duration time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

DirectoryWatch::DirectoryWatch(Steps steps, const Pace& pace)
    : steps_(std::move(steps)), pace_(pace) {
  const net::SignalsBlocked blocked;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void DirectoryWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto database = steps_.open(stop);
    const DatabaseStatus status =
        database ? watch(**database) : DatabaseStatus(Failure{database.error()});
    if (stop.stop_requested()) return;
    if (!status) steps_.heard(status.error());
    pause(stop, status ? pace_.poll : pace_.retry);
  }
}

DatabaseStatus DirectoryWatch::watch(Database& database) {
  // Before the revisions are read: a change behind them is heard.
  if (auto listening = database.listen(); !listening) return listening;
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
    std::vector<std::string> suspended;
    const auto read = database.read(R"(SELECT "id" FROM "account" WHERE "status" = 'suspended')",
                                    [&suspended](directory::DatabaseRow row) {
                                      suspended.emplace_back(row[0].value_or(""));
                                      return true;
                                    });
    if (!read) return read;
    seen_ = *revisions;
    identity_ = database.identity();
    steps_.changed(std::move(suspended));
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
