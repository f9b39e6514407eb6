// SPDX-License-Identifier: MIT
#include "shaken302/retransmission_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace shaken302 {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using Key = RetransmissionTable::Key;

/// `place` decides about the bucket, all of it makes the key.
Key make_key(std::uint8_t place, std::uint8_t rest) {
  Key key{};
  key.front() = place;
  key.back() = rest;
  return key;
}

KeptSignature make_kept(std::uint64_t n) {
  KeptSignature kept;
  kept.generation = n;
  kept.credential = static_cast<std::uint32_t>(n + 1);
  kept.iat = UnixTime(seconds(n + 2));
  kept.digest_bits = n + 3;
  kept.signature.fill(static_cast<std::uint8_t>(n));
  return kept;
}

/// What the table has to do, in a form that is easy to believe: a list for each bucket.
class Model {
 public:
  Model(std::size_t buckets, std::int64_t memory_ns) : buckets_(buckets), memory_ns_(memory_ns) {}

  std::optional<KeptSignature> find(const Key& key, std::int64_t now_ns) const {
    for (const Row& row : bucket(key)) {
      if (row.key == key && now_ns < row.ends_ns) return row.kept;
    }
    return std::nullopt;
  }
  void keep(const Key& key, const KeptSignature& kept, std::int64_t now_ns) {
    auto& rows = buckets_[key.front() % buckets_.size()];
    std::erase_if(rows, [&](const Row& row) { return row.key == key; });
    // They are in the order of their ends: the clock of the test never stands still.
    if (rows.size() == RetransmissionTable::bucket_slots) rows.erase(rows.begin());
    rows.push_back({key, kept, now_ns + memory_ns_});
  }

 private:
  struct Row {
    Key key;
    KeptSignature kept;
    std::int64_t ends_ns;
  };
  const std::vector<Row>& bucket(const Key& key) const {
    return buckets_[key.front() % buckets_.size()];
  }
  std::vector<std::vector<Row>> buckets_;
  std::int64_t memory_ns_;
};

TEST_CASE("retransmission_table: does what the model does, over many random calls") {
  constexpr std::int64_t memory_ns = 1000;
  std::mt19937 random(4);
  RetransmissionTable table(16, nanoseconds(memory_ns));
  REQUIRE(table.slots() == 16);
  Model model(4, memory_ns);
  std::int64_t now_ns = -500;  // also a clock that begins before zero
  int found = 0;
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    // Mostly small steps; now and then so long a pause that nothing is left.
    now_ns += 1 + static_cast<std::int64_t>(random() % 64 == 0 ? random() % 2000 : random() % 20);
    const Key key =
        make_key(static_cast<std::uint8_t>(random() % 8), static_cast<std::uint8_t>(random() % 4));
    const auto kept = table.find(key, now_ns);
    REQUIRE(kept == model.find(key, now_ns));
    found += kept ? 1 : 0;
    if (random() % 2 == 0) continue;
    REQUIRE(table.keep(key, make_kept(i), now_ns));
    model.keep(key, make_kept(i), now_ns);
  }
  MESSAGE("found ", found, " of 200000");
  CHECK(found > 20'000);
  CHECK(found < 180'000);
}

TEST_CASE("retransmission_table: what is kept ends at its time, to the nanosecond") {
  RetransmissionTable table(1024, seconds(8));
  const Key key = make_key(1, 2);
  REQUIRE(table.keep(key, make_kept(7), 100));
  struct Row {
    const char* why;
    std::int64_t now_ns;
    bool found;
  };
  for (const Row& row :
       {Row{"at once", 100, true}, Row{"in its last moment", 8'000'000'099, true},
        Row{"at its end", 8'000'000'100, false}, Row{"later", 9'000'000'000, false},
        Row{"a worker that looked at the clock before the other", 50, true}}) {
    CAPTURE(row.why);
    CHECK(table.find(key, row.now_ns).has_value() == row.found);
  }
  CHECK(table.find(key, 100) == make_kept(7));
  // Being found does not prolong it; being kept anew does.
  REQUIRE(table.keep(key, make_kept(8), 8'000'000'000));
  CHECK(table.find(key, 15'999'999'999) == make_kept(8));
}

TEST_CASE("retransmission_table: every bit of a key counts") {
  RetransmissionTable table(4, seconds(8));
  const Key zero{};
  CHECK_FALSE(table.find(zero, 0));  // what no slot holds yet is no key of zeros
  REQUIRE(table.keep(zero, make_kept(1), 0));
  CHECK(table.find(zero, 0) == make_kept(1));
  for (std::size_t bit = 0; bit < 128; ++bit) {
    Key other = zero;
    other[bit / 8] = static_cast<std::uint8_t>(1U << (bit % 8));
    CAPTURE(bit);
    CHECK_FALSE(table.find(other, 0));
  }
}

TEST_CASE("retransmission_table: a full bucket gives up what is too old, then the oldest") {
  RetransmissionTable table(4, nanoseconds(100));
  for (std::uint8_t i = 0; i < 4; ++i) REQUIRE(table.keep(make_key(0, i), make_kept(i), i));
  REQUIRE(table.keep(make_key(0, 4), make_kept(4), 10));
  CHECK_FALSE(table.find(make_key(0, 0), 10));
  for (std::uint8_t i = 1; i < 5; ++i) CHECK(table.find(make_key(0, i), 10) == make_kept(i));
  // The same key takes its own place and nobody else's.
  REQUIRE(table.keep(make_key(0, 4), make_kept(9), 20));
  for (std::uint8_t i = 1; i < 4; ++i) CHECK(table.find(make_key(0, i), 20) == make_kept(i));
}

TEST_CASE("retransmission_table: how much of what was kept is there, by how full it is") {
  struct Row {
    std::size_t percent;  ///< calls kept, of the slots
    double at_least;      ///< of them found; keys fall into buckets as it happens
  };
  for (const Row& row : {Row{25, 0.99}, Row{50, 0.95}, Row{100, 0.78}, Row{1000, 0.099}}) {
    std::mt19937_64 random(302);
    RetransmissionTable table(8192, seconds(8));
    std::vector<Key> keys(table.slots() * row.percent / 100);
    std::int64_t now_ns = 0;
    for (Key& key : keys) {
      std::ranges::generate(key, [&] { return static_cast<std::uint8_t>(random()); });
      REQUIRE(table.keep(key, make_kept(1), ++now_ns));
    }
    const auto found = std::ranges::count_if(
        keys, [&](const Key& key) { return table.find(key, now_ns).has_value(); });
    const double share = static_cast<double>(found) / static_cast<double>(keys.size());
    MESSAGE(row.percent, " percent full: ", share, " found");
    CHECK(share >= row.at_least);
    CHECK(table.find(keys.back(), now_ns));  // who came last is there in any case
  }
}

TEST_CASE("retransmission_table: slots are a power of two, at least a bucket") {
  struct Row {
    std::size_t asked;
    std::size_t made;
  };
  for (const Row& row :
       {Row{0, 4}, Row{4, 4}, Row{5, 8}, Row{1024, 1024}, Row{1025, 2048}, Row{131072, 131072}}) {
    CHECK(RetransmissionTable(row.asked, seconds(8)).slots() == row.made);
  }
}

TEST_CASE("retransmission_table: each table has a secret of its own") {
  const RetransmissionTable one(4, seconds(8));
  const RetransmissionTable other(4, seconds(8));
  CHECK_FALSE(std::ranges::equal(one.secret().value(), other.secret().value()));
}

/// Of what was signed.
constexpr Signer::Digest digest{0x5C, 0x01, 2, 3, 4, 5, 6, 7};

struct Views {
  RetransmissionTable table{1024, seconds(8)};
  RetransmissionView one{&table};
  RetransmissionView other{&table};
  RetransmissionView::Basis basis{3, 1, UnixTime(seconds(1'700'000'000))};
  Signer::Signature signature{1, 2, 3};

  bool finds(const ReceivedRequest& received, const RetransmissionView::Basis& now) {
    const auto request = other.identify(received);
    const auto kept = other.find(*request, now);
    return kept && RetransmissionView::signature_over(digest, *kept) == signature;
  }
};

TEST_CASE("retransmission_view: what one worker keeps counts for that request and basis alone") {
  Views views;
  const ReceivedRequest received{"source", "INVITE", 1000};
  const auto request = views.one.identify(received);
  REQUIRE(request);
  views.one.keep(*request, views.basis, digest, views.signature);
  const auto later = [&](int by) {
    auto moved = views.basis;
    moved.iat += seconds(by);
    return moved;
  };
  struct Row {
    const char* why;
    ReceivedRequest received;
    RetransmissionView::Basis basis;
    bool found;
  };
  const Row rows[] = {
      {"the same", received, views.basis, true},
      {"half a second later", {"source", "INVITE", 500'001'000}, views.basis, true},
      {"in another second", {"source", "INVITE", 7'999'000'000}, later(8), true},
      {"after its time", {"source", "INVITE", 8'000'001'000}, later(8), false},
      {"another source", {"sourcf", "INVITE", 1000}, views.basis, false},
      {"another request", {"source", "INVITF", 1000}, views.basis, false},
      {"a request that goes on", {"source", "INVITE ", 1000}, views.basis, false},
      {"the border moved", {"sourceI", "NVITE", 1000}, views.basis, false},
      {"another generation", received, {4, 1, views.basis.iat}, false},
      {"the generation before", received, {2, 1, views.basis.iat}, false},
      {"another credential", received, {3, 0, views.basis.iat}, false},
      {"the clock was set back", received, later(-1), false},
      {"the clock was set forward, hardly", received, later(9), true},
      {"the clock was set forward", received, later(10), false},
      {"by a year", received, later(31'536'000), false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(views.finds(row.received, row.basis) == row.found);
  }
  const auto kept = views.one.find(*request, views.basis);
  REQUIRE(kept);
  for (std::size_t i = 0; i < 8; ++i) {
    auto other = digest;
    other[i] ^= 1;
    CHECK_FALSE(RetransmissionView::signature_over(other, *kept));
  }
  CHECK_FALSE(RetransmissionView::signature_over({}, *kept));
  CHECK(kept->iat == views.basis.iat);
}

TEST_CASE("retransmission_view: without a table no request is known") {
  RetransmissionView view(nullptr);
  CHECK_FALSE(view.identify({"source", "INVITE", 0}));
}

}  // namespace
}  // namespace shaken302
