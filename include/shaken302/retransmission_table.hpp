// SPDX-License-Identifier: MIT
//
// Retransmissions: an upstream that has seen no answer sends its INVITE again (RFC 3261 17.1.1.2),
// and a stateless server has to answer it as before (8.2.7). All of our answer but the signature is
// a function of the request and the time that it states; so this table keeps both of them for a few
// seconds, and whichever worker reads the retransmission repeats them, byte for byte and without a
// second signature.
//
// What is kept counts for one request alone: its source, its listener and every byte of it, by a
// 128-bit keyed hash. It is put under no other text than it was made for, and it ends with the
// snapshot that it was made by. Whatever is not found, in use, or lost is a miss: then there is
// another signature, as good as the first.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "shaken302/credential.hpp"
#include "shaken302/keyed_hash.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302 {

/// What one signature was made for, and by what.
struct KeptSignature {
  std::uint64_t generation = 0;   ///< of the snapshot
  std::uint32_t credential = 0;   ///< its index there
  UnixTime iat{};                 ///< that the token states
  std::uint64_t digest_bits = 0;  ///< of the digest that was signed, its first 64 bits
  Signer::Signature signature{};
  friend bool operator==(const KeptSignature&, const KeptSignature&) noexcept = default;
};

/// Of fixed size, allocated once, shared by all workers; every member may be called by any thread.
/// No locks, and nobody waits: a slot that another thread is writing is passed over.
class RetransmissionTable {
 public:
  using Key = KeyedHash::Digest;
  static constexpr std::size_t slot_bytes = 128;
  static constexpr std::size_t bucket_slots = 4;  ///< how many keys of one place there is room for

  /// `slots` is rounded up to a power of two; `memory` says how long a signature is kept. The
  /// memory is touched here, so that it does not grow later. Throws std::bad_alloc or, without
  /// random numbers, std::runtime_error (start-up only).
  RetransmissionTable(std::size_t slots, std::chrono::nanoseconds memory);
  ~RetransmissionTable();
  RetransmissionTable(const RetransmissionTable&) = delete;
  RetransmissionTable& operator=(const RetransmissionTable&) = delete;

  /// Fetches what `find` will look at, without waiting for it.
  void prefetch(const Key& key) const noexcept;

  /// What is kept under `key`, unless it is too old. `now_ns` is of a clock that never jumps.
  [[nodiscard]] std::optional<KeptSignature> find(const Key& key,
                                                  std::int64_t now_ns) const noexcept;

  /// Keeps it in the place of what has the same key, of what is too old, or of the oldest. False:
  /// another thread was at work there, and nothing is kept.
  bool keep(const Key& key, const KeptSignature& kept, std::int64_t now_ns) noexcept;

  [[nodiscard]] std::size_t slots() const noexcept { return slot_count_; }
  [[nodiscard]] std::chrono::nanoseconds memory() const noexcept { return memory_; }
  /// Of the hashes that its keys are made by. The table's own and drawn at random: it dies with the
  /// process, so no other instance has to agree, and nobody who learns the secret of the fleet can
  /// make two requests that are taken for one.
  [[nodiscard]] const Secret& secret() const noexcept { return secret_; }

 private:
  struct Slot;
  [[nodiscard]] std::span<Slot> bucket_of(const Key& key) const noexcept;

  Secret secret_;
  std::chrono::nanoseconds memory_;
  std::size_t slot_count_;
  std::unique_ptr<Slot[]> slots_;
};

/// A request as it came in.
struct ReceivedRequest {
  std::string_view origin;     ///< source and listener, in a form that differs where they do
  std::string_view bytes;      ///< all of it
  std::int64_t received_ns{};  ///< of a clock that never jumps
};

/// A worker's way to the table. One per worker; not thread-safe. Without a table it finds nothing.
class RetransmissionView {
 public:
  /// `table` outlives it. Throws as KeyedHash does.
  explicit RetransmissionView(RetransmissionTable* table);

  /// A request under its key; nothing when no signature can be kept.
  struct Request {
    RetransmissionTable::Key key{};
    std::int64_t now_ns = 0;
  };
  [[nodiscard]] std::optional<Request> identify(const ReceivedRequest& received) noexcept;

  /// What signs the call today: what is kept has to be of the same.
  struct Basis {
    std::uint64_t generation = 0;
    std::uint32_t credential = 0;
    UnixTime iat{};  ///< that a token made now would state
  };
  /// What is kept for the request. Nothing that would state a time to come, or one longer ago than
  /// anything is kept: then the clock was set.
  [[nodiscard]] std::optional<KeptSignature> find(const Request& request,
                                                  const Basis& basis) const noexcept;

  /// The signature, if it is the one over `digest`.
  [[nodiscard]] static std::optional<Signer::Signature> signature_over(
      const Signer::Digest& digest, const KeptSignature& kept) noexcept;

  /// Keeps the signature over `digest`; or gives the one that another worker has made of the same
  /// meanwhile, for a copy of the request that came at the same moment: then that one is the answer
  /// to both.
  std::optional<Signer::Signature> keep(const Request& request, const Basis& basis,
                                        const Signer::Digest& digest,
                                        const Signer::Signature& signature) noexcept;

 private:
  RetransmissionTable* table_;
  std::optional<KeyedHash> hash_;
};

}  // namespace shaken302
