// SPDX-License-Identifier: MIT
//
// Fetches URLs as verifiers fetch an x5u (ATIS-1000074 5.3.1): https alone, no redirection
// followed, no proxy, bounded in time and size; several at once on one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "publication_check.hpp"

namespace shaken302::app {

struct FetchLimits {
  std::string ca_file;                      ///< PEM; empty: whom the system trusts
  std::chrono::milliseconds timeout{5000};  ///< from the look-up of the name to the last byte
  std::size_t bytes_max = 65536;            ///< of the body, and of the headers
};

/// Of one thread, but for `wake`. The first one in the process readies libcurl for all threads
/// (curl_global_init, once; Debian's build of it may be called at any time).
class PublishedFetcher {
 public:
  struct Ended {
    std::string id;
    Fetched fetched;
  };

  /// Throws std::runtime_error when libcurl cannot start.
  explicit PublishedFetcher(FetchLimits limits);
  /// Drops what runs, without waiting for it.
  ~PublishedFetcher();
  PublishedFetcher(const PublishedFetcher&) = delete;
  PublishedFetcher& operator=(const PublishedFetcher&) = delete;

  /// Precondition: none with this id runs.
  void start(const std::string& id, const std::string& url);
  /// Nothing more is heard of it.
  void drop(const std::string& id);
  [[nodiscard]] std::size_t running() const noexcept;

  /// Returns when one or more have ended, when woken, or at that time; may return early.
  std::vector<Ended> wait(std::chrono::steady_clock::time_point until);
  /// From any thread: `wait` returns, this one or the next.
  void wake() noexcept;

 private:
  struct Transfer;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace shaken302::app
