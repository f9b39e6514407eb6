// SPDX-License-Identifier: MIT
#include "open_token.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "pkcs11_key.hpp"
#include "token_queue.hpp"
#include "token_thread.hpp"
#include "wiped_text.hpp"

namespace shaken302::directory {
namespace {

/// Each has its threads. More would not fit beside everything else into the TasksMax= of the unit.
constexpr std::size_t tokens_max = 64;

/// Never destroyed: threads that come back late look here.
template <class T>
T& immortal() {
  static auto& one = *new T;
  return one;
}

/// One load at a time: there is one engine, and it has one PIN.
class Door {
 public:
  /// Waits for a request that may still be answered, not for one that nobody waits for any more:
  /// each of many credentials would wait in vain.
  bool take_within(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [&] { return !is_taken_ || is_given_up_; });
    return !std::exchange(is_taken_, true);
  }

  /// Of whoever has taken it, before it is opened.
  void give_up() noexcept {
    const std::lock_guard lock(mutex_);
    is_given_up_ = true;
    changed_.notify_all();
  }

  void open() noexcept {
    const std::lock_guard lock(mutex_);
    is_taken_ = false;
    is_given_up_ = false;
    changed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_taken_ = false;
  bool is_given_up_ = false;
};

/// What a thread finds, and whether somebody still waits for it.
struct Search {
  std::mutex mutex;
  std::condition_variable ended;
  std::optional<OpenedToken> found;
  bool is_given_up = false;
};

void find(Search& search, const KeyFinder& finder, const std::filesystem::path& module,
          const config::Pkcs11Uri& uri, const WipedText& pin) noexcept {
  std::optional<OpenedToken> found;
  try {
    found = finder(module, uri, pin.view());
    // The first signature opens what later ones use, which may take a while.
    SigningToken::Signature unused;
    if (*found) static_cast<void>((**found)->sign({}, unused));
  } catch (const std::exception& error) {
    found = Failure{make_finding(CertificateFault::token_silent, error.what())};
  }
  {
    const std::lock_guard lock(search.mutex);
    // What nobody waits for any more ends here, on the thread that may wait for the module.
    if (!search.is_given_up) search.found.swap(found);
    search.ended.notify_one();
  }
  found.reset();
  immortal<Door>().open();
}

CertificateFinding silent(std::string detail) {
  return make_finding(CertificateFault::token_silent, std::move(detail));
}

/// A string on the heap, as WipedText wants it.
std::string copy_of(std::string_view pin) {
  std::string copy;
  copy.reserve(std::max<std::size_t>(pin.size(), 64));
  copy = pin;
  return copy;
}

OpenedToken find_in_time(const config::CredentialFiles& files, std::string_view pin,
                         KeyFinder finder) {
  Door& door = immortal<Door>();
  if (!door.take_within(files.token.load_deadline)) {
    return Failure{silent("an earlier request has not come back")};
  }
  const auto search = std::make_shared<Search>();
  try {
    start_token_thread([search, finder = std::move(finder), module = files.token.module,
                        uri = *files.token_key,
                        wiped = std::make_shared<const WipedText>(copy_of(pin))] {
      find(*search, finder, module, uri, *wiped);
    });
  } catch (...) {
    door.open();
    throw;
  }
  std::unique_lock lock(search->mutex);
  search->ended.wait_for(lock, files.token.load_deadline,
                         [&] { return search->found.has_value(); });
  if (search->found) return std::move(*search->found);
  search->is_given_up = true;
  door.give_up();  // with the lock: the thread opens the door after it
  return Failure{silent(fmt::format("nothing within {}", files.token.load_deadline))};
}

/// The queues by token, as long as a key of theirs is in use.
struct Queues {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<TokenQueue>, std::less<>> by_token;
};

/// nullptr: there are too many tokens.
std::shared_ptr<TokenQueue> queue_of(const std::string& token) {
  Queues& queues = immortal<Queues>();
  const std::lock_guard lock(queues.mutex);
  std::erase_if(queues.by_token, [](const auto& one) { return one.second.expired(); });
  const auto found = queues.by_token.find(token);
  if (found != queues.by_token.end()) {
    if (auto queue = found->second.lock()) return queue;
  }
  if (queues.by_token.size() >= tokens_max) return nullptr;
  auto queue = std::make_shared<TokenQueue>();
  queues.by_token.insert_or_assign(token, queue);
  return queue;
}

}  // namespace

OpenedToken open_token(const config::CredentialFiles& files, std::string_view pin) {
  return open_token(files, pin, load_pkcs11_key);
}

OpenedToken open_token(const config::CredentialFiles& files, std::string_view pin,
                       KeyFinder finder) {
  try {
    auto found = find_in_time(files, pin, std::move(finder));
    if (!found) return found;
    auto queue = queue_of(files.token_key->token);
    if (!queue) return Failure{silent(fmt::format("there are more than {} tokens", tokens_max))};
    return std::shared_ptr<const SigningToken>(std::make_shared<const TimedToken>(
        std::move(queue), std::move(*found), files.token.deadline));
  } catch (const std::system_error& error) {  // no more threads
    return Failure{silent(error.what())};
  }
}

}  // namespace shaken302::directory
