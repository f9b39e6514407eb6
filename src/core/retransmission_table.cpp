// SPDX-License-Identifier: MIT
//
// A slot is one pair of cache lines and is guarded by its sequence, which is odd while somebody
// writes: a writer takes the slot by making it odd, a reader believes what it has read only if the
// sequence was even and is still the same. All words are atomics, so that a read beside a write is
// no data race, only a miss.
//
// Why acquire and release on every word, where one would expect fences: a release store of a word
// cannot move before the sequence has become odd, and the second look at the sequence cannot move
// before an acquire load of a word. So who reads a word of a later writer sees that writer's
// sequence too. On x86 they are plain loads and stores, and the thread sanitizer, which knows no
// fences, follows them.
#include "shaken302/retransmission_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace shaken302 {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();

/// What a slot holds, word by word.
struct Words {
  std::uint64_t key[2];
  std::int64_t ends_ns;
  std::uint64_t generation;
  std::uint64_t credential;
  std::int64_t iat;
  std::uint64_t digest_bits;
  Signer::Signature signature;
};
constexpr std::size_t word_count = sizeof(Words) / sizeof(std::uint64_t);
static_assert(sizeof(Words) == 120 && std::is_trivially_copyable_v<Words>);
constexpr std::size_t ends_word = offsetof(Words, ends_ns) / sizeof(std::uint64_t);

using WordArray = std::array<std::uint64_t, word_count>;

WordArray to_words(const RetransmissionTable::Key& key, const KeptSignature& kept,
                   std::int64_t ends_ns) noexcept {
  Words words{{},
              ends_ns,
              kept.generation,
              kept.credential,
              kept.iat.time_since_epoch().count(),
              kept.digest_bits,
              kept.signature};
  std::memcpy(words.key, key.data(), key.size());
  return std::bit_cast<WordArray>(words);
}

/// The first half of a key as soon as it is there. OpenSSL writes a digest byte by byte; read as
/// one word, as the compiler would have it, it is not to be had before all of them and what was
/// written before have reached the cache (0.1 us).
std::uint64_t read_bytewise(const RetransmissionTable::Key& key) noexcept {
  const volatile std::uint8_t* const bytes = key.data();
  std::uint64_t word = 0;
  for (unsigned i = 0; i < sizeof word; ++i) word |= std::uint64_t{bytes[i]} << (8 * i);
  return word;
}

/// What two signed texts are told apart by. Anybody can make two that begin alike, and gains
/// nothing: the signature of the one does not verify under the other.
std::uint64_t first_bits(const Signer::Digest& digest) noexcept {
  return std::bit_cast<std::array<std::uint64_t, 4>>(digest)[0];
}

KeptSignature to_kept(const WordArray& array) noexcept {
  const auto words = std::bit_cast<Words>(array);
  return {words.generation, static_cast<std::uint32_t>(words.credential),
          UnixTime(std::chrono::seconds(words.iat)), words.digest_bits, words.signature};
}

}  // namespace

struct alignas(RetransmissionTable::slot_bytes) RetransmissionTable::Slot {
  std::atomic<std::uint64_t> sequence{0};
  std::array<std::atomic<std::uint64_t>, word_count> words{};

  [[nodiscard]] std::uint64_t word(std::size_t i) const noexcept {
    return words[i].load(std::memory_order_acquire);
  }
  // Key and end alone may be of two writers: good enough to choose a slot by.
  [[nodiscard]] bool has(const Key& key) const noexcept {
    const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(key);
    return word(0) == halves[0] && word(1) == halves[1];
  }
  [[nodiscard]] std::int64_t ends_ns() const noexcept {
    return std::bit_cast<std::int64_t>(word(ends_word));
  }

  [[nodiscard]] std::optional<WordArray> read() const noexcept {
    const std::uint64_t before = sequence.load(std::memory_order_acquire);
    WordArray copy;
    for (std::size_t i = 0; i < word_count; ++i) copy[i] = word(i);
    if (before % 2 != 0 || sequence.load(std::memory_order_relaxed) != before) return std::nullopt;
    return copy;
  }

  bool write(const WordArray& from) noexcept {
    std::uint64_t before = sequence.load(std::memory_order_relaxed);
    if (before % 2 != 0 ||
        !sequence.compare_exchange_strong(before, before + 1, std::memory_order_acquire,
                                          std::memory_order_relaxed)) {
      return false;
    }
    for (std::size_t i = 0; i < word_count; ++i) {
      words[i].store(from[i], std::memory_order_release);
    }
    sequence.store(before + 2, std::memory_order_release);
    return true;
  }
};

RetransmissionTable::RetransmissionTable(std::size_t slots, std::chrono::nanoseconds memory)
    : secret_(make_random_secret()),
      memory_(memory),
      slot_count_(std::bit_ceil(std::max(slots, bucket_slots))),
      slots_(std::make_unique<Slot[]>(slot_count_)) {
  static_assert(sizeof(Slot) == slot_bytes);
  for (Slot& slot : std::span(slots_.get(), slot_count_)) {
    slot.words[ends_word].store(std::bit_cast<std::uint64_t>(never), std::memory_order_relaxed);
  }
}

RetransmissionTable::~RetransmissionTable() = default;

std::span<RetransmissionTable::Slot> RetransmissionTable::bucket_of(const Key& key) const noexcept {
  const std::size_t bucket = read_bytewise(key) & (slot_count_ / bucket_slots - 1);
  return {slots_.get() + bucket * bucket_slots, bucket_slots};
}

void RetransmissionTable::prefetch(const Key& key) const noexcept {
  for (const Slot& slot : bucket_of(key)) __builtin_prefetch(&slot);
}

std::optional<KeptSignature> RetransmissionTable::find(const Key& key,
                                                       std::int64_t now_ns) const noexcept {
  const auto wanted = std::bit_cast<std::array<std::uint64_t, 2>>(key);
  for (const Slot& slot : bucket_of(key)) {
    if (!slot.has(key)) continue;
    const auto words = slot.read();
    // What has been written meanwhile may be of another request.
    if (!words || (*words)[0] != wanted[0] || (*words)[1] != wanted[1]) continue;
    if (std::bit_cast<std::int64_t>((*words)[ends_word]) <= now_ns) continue;
    return to_kept(*words);
  }
  return std::nullopt;
}

bool RetransmissionTable::keep(const Key& key, const KeptSignature& kept,
                               std::int64_t now_ns) noexcept {
  const auto bucket = bucket_of(key);
  auto chosen = std::ranges::find_if(bucket, [&](const Slot& slot) { return slot.has(key); });
  if (chosen == bucket.end()) {
    // What is too old is older than all else.
    chosen = std::ranges::min_element(bucket, {}, [](const Slot& slot) { return slot.ends_ns(); });
  }
  return chosen->write(to_words(key, kept, now_ns + memory_.count()));
}

RetransmissionView::RetransmissionView(RetransmissionTable* table) : table_(table) {
  if (table_ != nullptr) hash_.emplace(table_->secret(), KeyedHash::Rounds::one_three);
}

std::optional<RetransmissionView::Request> RetransmissionView::identify(
    const ReceivedRequest& received) noexcept {
  if (!hash_) return std::nullopt;
  const Request request{hash_->digest("request", {received.origin, received.bytes}),
                        received.received_ns};
  table_->prefetch(request.key);
  return request;
}

std::optional<KeptSignature> RetransmissionView::find(const Request& request,
                                                      const Basis& basis) const noexcept {
  auto kept = table_->find(request.key, request.now_ns);
  if (!kept || kept->generation != basis.generation || kept->credential != basis.credential) {
    return std::nullopt;
  }
  // A second more: iat has lost its fraction.
  const auto oldest = basis.iat - std::chrono::ceil<std::chrono::seconds>(table_->memory()) -
                      std::chrono::seconds{1};
  if (kept->iat > basis.iat || kept->iat < oldest) return std::nullopt;
  return kept;
}

std::optional<Signer::Signature> RetransmissionView::signature_over(
    const Signer::Digest& digest, const KeptSignature& kept) noexcept {
  if (first_bits(digest) != kept.digest_bits) return std::nullopt;
  return kept.signature;
}

std::optional<Signer::Signature> RetransmissionView::keep(
    const Request& request, const Basis& basis, const Signer::Digest& digest,
    const Signer::Signature& signature) noexcept {
  const std::uint64_t digest_bits = first_bits(digest);
  const auto first = find(request, basis);
  if (first && first->digest_bits == digest_bits) return first->signature;
  table_->keep(request.key, {basis.generation, basis.credential, basis.iat, digest_bits, signature},
               request.now_ns);
  return std::nullopt;
}

}  // namespace shaken302
