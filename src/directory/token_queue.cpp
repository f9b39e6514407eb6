// SPDX-License-Identifier: MIT
#include "token_queue.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "token_thread.hpp"

namespace shaken302::directory {

struct TokenQueue::State {
  /// Lives in the queue and not with who wants the signature: a thread that comes back late finds
  /// it still there.
  struct Request {
    enum class Phase : std::uint8_t { free, waiting, signing, done, abandoned };
    Phase phase = Phase::free;
    bool is_good = false;
    Key key;
    SigningToken::Digest digest{};
    SigningToken::Signature signature{};
    std::condition_variable answered;
  };
  using Phase = Request::Phase;

  explicit State(std::size_t waiting) : requests(waiting) { order.reserve(waiting); }
  void run();
  void serve(std::unique_lock<std::mutex>& lock, Request& request);
  Request* take_free() noexcept;

  std::mutex mutex;  // held for moments: never while a token signs
  std::condition_variable work;
  std::vector<Request> requests;
  std::vector<Request*> order;  // that wait, oldest first
  std::list<Key> to_free;
  std::size_t overdue = 0;  // abandoned ones that a thread is inside the module for
  bool is_ending = false;
};

TokenQueue::State::Request* TokenQueue::State::take_free() noexcept {
  for (Request& request : requests) {
    if (request.phase == Phase::free) return &request;
  }
  return nullptr;
}

void TokenQueue::State::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    work.wait(lock, [&] { return is_ending || !order.empty() || !to_free.empty(); });
    if (!to_free.empty()) {
      std::list<Key> keys;
      keys.swap(to_free);
      lock.unlock();
      keys.clear();
      lock.lock();
    } else if (!order.empty()) {
      Request& request = *order.front();
      order.erase(order.begin());
      serve(lock, request);
    } else {
      return;
    }
  }
}

void TokenQueue::State::serve(std::unique_lock<std::mutex>& lock, Request& request) {
  Key key = std::move(request.key);
  if (request.phase == Phase::waiting) {
    request.phase = Phase::signing;
    const SigningToken::Digest digest = request.digest;
    SigningToken::Signature signature{};
    lock.unlock();
    const bool is_good = key->sign(digest, signature);
    lock.lock();
    if (request.phase == Phase::signing) {
      request.is_good = is_good;
      request.signature = signature;
      request.phase = Phase::done;
      request.answered.notify_one();
    } else {
      --overdue;
      request.phase = Phase::free;
    }
  } else {
    request.phase = Phase::free;  // nobody waits for it any more
  }
  lock.unlock();
  key.reset();  // perhaps the last of it
  lock.lock();
}

TokenQueue::TokenQueue(Size size) : state_(std::make_shared<State>(size.waiting)) {
  try {
    for (std::size_t i = 0; i < size.threads; ++i) {
      start_token_thread([state = state_] { state->run(); });
    }
  } catch (...) {
    const std::lock_guard lock(state_->mutex);
    state_->is_ending = true;
    state_->work.notify_all();
    throw;
  }
}

TokenQueue::~TokenQueue() {
  const std::lock_guard lock(state_->mutex);
  state_->is_ending = true;
  state_->work.notify_all();
}

bool TokenQueue::sign(const Key& key, const SigningToken::Digest& digest,
                      SigningToken::Signature& out, std::chrono::milliseconds deadline) noexcept {
  using Phase = State::Phase;
  const auto end = std::chrono::steady_clock::now() + deadline;
  std::unique_lock lock(state_->mutex);
  if (state_->overdue != 0) return false;
  State::Request* const request = state_->take_free();
  if (request == nullptr) return false;
  request->phase = Phase::waiting;
  request->key = key;
  request->digest = digest;
  state_->order.push_back(request);  // within what was reserved
  state_->work.notify_one();

  if (!request->answered.wait_until(lock, end, [&] { return request->phase == Phase::done; })) {
    if (request->phase == Phase::signing) ++state_->overdue;
    request->phase = Phase::abandoned;
    return false;
  }
  request->phase = Phase::free;
  out = request->signature;
  return request->is_good;
}

void TokenQueue::release(std::list<Key>&& keys) noexcept {
  const std::lock_guard lock(state_->mutex);
  state_->to_free.splice(state_->to_free.end(), std::move(keys));
  state_->work.notify_one();
}

TimedToken::TimedToken(std::shared_ptr<TokenQueue> queue, std::shared_ptr<const SigningToken> key,
                       std::chrono::milliseconds deadline)
    : queue_(std::move(queue)), deadline_(deadline) {
  key_.push_back(std::move(key));
}

TimedToken::~TimedToken() { queue_->release(std::move(key_)); }

bool TimedToken::sign(const Digest& digest, Signature& out) const noexcept {
  return queue_->sign(key_.front(), digest, out, deadline_);
}

std::string_view TimedToken::public_key() const noexcept { return key_.front()->public_key(); }

}  // namespace shaken302::directory
