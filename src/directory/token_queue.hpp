// SPDX-License-Identifier: MIT
//
// Signatures of a token with a deadline: a few threads wait for the token, and whoever wants a
// signature waits for them, as long as a call can wait and no longer.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>

#include "shaken302/signing_token.hpp"

namespace shaken302::directory {

/// The threads and the queue of one token, whose keys share them. Threads may be inside a module
/// that does not come back: they are left alone then, and hold what they need by themselves.
class TokenQueue {
 public:
  using Key = std::shared_ptr<const SigningToken>;  ///< answers when the token answers

  struct Size {
    std::size_t threads = 4;   ///< libp11 opens 16 sessions at most, and then waits for ever
    std::size_t waiting = 64;  ///< signatures that are wanted or being made
  };
  /// Throws std::system_error when there are no more threads.
  explicit TokenQueue(Size size);
  TokenQueue() : TokenQueue(Size{}) {}
  TokenQueue(const TokenQueue&) = delete;
  TokenQueue& operator=(const TokenQueue&) = delete;
  /// Waits for nothing: the threads end when they come back.
  ~TokenQueue();

  /// False after `deadline`; at once when the queue is full, or while a signature that was wanted
  /// before is overdue: then waiting for the token again would take the caller's time from those
  /// who need no token.
  [[nodiscard]] bool sign(const Key& key, const SigningToken::Digest& digest,
                          SigningToken::Signature& out,
                          std::chrono::milliseconds deadline) noexcept;

  /// Frees the keys on one of the threads: a module may have its say in that.
  void release(std::list<Key>&& keys) noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A key of a token as the path of a call needs it: it answers by the deadline.
class TimedToken final : public SigningToken {
 public:
  TimedToken(std::shared_ptr<TokenQueue> queue, std::shared_ptr<const SigningToken> key,
             std::chrono::milliseconds deadline);
  ~TimedToken() override;

  [[nodiscard]] bool sign(const Digest& digest, Signature& out) const noexcept override;
  [[nodiscard]] std::string_view public_key() const noexcept override;

 private:
  std::shared_ptr<TokenQueue> queue_;
  std::list<TokenQueue::Key> key_;  // one, in the form in which it is handed back
  std::chrono::milliseconds deadline_;
};

}  // namespace shaken302::directory
