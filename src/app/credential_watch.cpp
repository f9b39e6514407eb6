// SPDX-License-Identifier: MIT
#include "credential_watch.hpp"

#include <condition_variable>
#include <exception>
#include <map>
#include <stop_token>
#include <utility>

#include "directory/file_state.hpp"
#include "net/signals_blocked.hpp"

namespace shaken302::app {
namespace {

/// False: it is to stop.
bool rest(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  return !never.wait_for(lock, stop, time, [&stop] { return stop.stop_requested(); });
}

bool has_same_files(const config::CredentialFiles& one, const config::CredentialFiles& other) {
  return one.key == other.key && one.certificate == other.certificate &&
         one.passphrase == other.passphrase;
}

}  // namespace

CredentialWatch::CredentialWatch(Changed changed, const Pace& pace)
    : changed_(std::move(changed)), pace_(pace) {
  const net::SignalsBlocked blocked;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void CredentialWatch::follow(std::vector<Watched> credentials) {
  const std::lock_guard lock(mutex_);
  ordered_ = std::move(credentials);
  is_ordered_ = true;
}

void CredentialWatch::adopt_orders() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(is_ordered_, false)) return;
  std::map<std::string, One> before;
  for (One& one : all_) before.emplace(one.watched.files.name, std::move(one));
  all_.clear();
  for (Watched& watched : ordered_) {
    const auto known = before.find(watched.files.name);
    const bool is_known =
        known != before.end() && has_same_files(known->second.watched.files, watched.files);
    all_.push_back(is_known ? std::move(known->second) : make_new(std::move(watched)));
  }
}

CredentialWatch::One CredentialWatch::make_new(Watched watched) {
  One one{std::move(watched), {}, Clock::now(), Clock::now(), false};
  one.seen = one.watched.state;
  if (!one.seen.empty()) return one;
  one.seen = directory::file_state(one.watched.files);
  one.is_changed = true;
  return one;
}

/// Whether it is to be told of now.
bool CredentialWatch::look_at(One& one, Clock::time_point now) const {
  std::string state = directory::file_state(one.watched.files);
  if (state != one.seen) {
    one.seen = std::move(state);
    one.rests = now;
    if (!std::exchange(one.is_changed, true)) one.since = now;
  }
  if (!one.is_changed) return false;
  if (now - one.rests < pace_.quiet && now - one.since < pace_.longest) return false;
  one.is_changed = false;
  return true;
}

void CredentialWatch::run(const std::stop_token& stop) {
  do {
    try {
      adopt_orders();
      std::set<std::string> names;
      for (One& one : all_) {
        if (look_at(one, Clock::now())) names.insert(one.watched.files.name);
      }
      if (!names.empty()) changed_(std::move(names));
    } catch (const std::exception&) {
      // No memory. Nothing must be missed for it: all are looked at again.
      for (One& one : all_) one.is_changed = true;
    }
  } while (rest(stop, pace_.look));
}

}  // namespace shaken302::app
