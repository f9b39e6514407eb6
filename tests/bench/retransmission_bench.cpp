// SPDX-License-Identifier: MIT
//
// retransmission_bench CALLS: what it costs a call to be kept for its retransmission, and what one
// saves, on one core. Exit 1 when a retransmission was not repeated; being slow is no failure.
#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/goal_table.hpp"
#include "sip/scene.hpp"

using namespace shaken302;
using namespace shaken302::bench;
using namespace shaken302::sip::test;

namespace {

constexpr std::size_t slots = 131072;
constexpr int rounds = 7;  ///< the best counts: others share the machine

/// Of this thread, which may have to share its core.
double processor_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// Nanoseconds that each of `count` calls of `work(i)` takes.
template <class Work>
double one_round(std::size_t count, Work work) {
  const double begin = processor_ns();
  for (std::size_t i = 0; i < count; ++i) work(i);
  return (processor_ns() - begin) / static_cast<double>(count);
}

template <class Work>
double nanoseconds_each(std::size_t count, Work work) {
  double best = one_round(count, work);
  for (int round = 1; round < rounds; ++round) best = std::min(best, one_round(count, work));
  return best;
}

/// An INVITE of `bytes`, as a proxy sends it.
std::string make_invite(std::size_t n, std::size_t bytes) {
  Invite invite;
  invite.call_id = fmt::format("{:012}@example.com", n);
  const std::size_t missing = bytes - std::min(bytes, invite.text().size());
  if (missing > 5) invite.more = "X: " + std::string(missing - 5, 'x') + "\r\n";
  return invite.text();
}

/// Scattered over the table, as keys of calls are.
RetransmissionTable::Key key_of(std::size_t n) {
  RetransmissionTable::Key key{};
  const std::uint64_t mixed = n * 0x9E3779B97F4A7C15;
  for (std::size_t i = 0; i < 8; ++i) key[i] = static_cast<std::uint8_t>(mixed >> (56 - 8 * i));
  return key;
}

void measure_parts() {
  RetransmissionTable table(slots, std::chrono::seconds(8));
  RetransmissionView view(&table);
  const std::string origin(37, 'o');
  std::string invite = make_invite(0, 878);
  std::uint64_t sum = 0;
  print_figure("key of a request of 878 bytes",
               nanoseconds_each(20000,
                                [&](std::size_t i) {
                                  invite[300] = static_cast<char>('a' + i % 16);
                                  sum += view.identify({origin, invite, 0})->key[0];
                                }),
               "ns", Goal{1500, 500});
  KeptSignature kept;
  std::int64_t now_ns = 0;
  print_figure("a slot written",
               nanoseconds_each(slots,
                                [&](std::size_t i) {
                                  kept.digest_bits = i;
                                  sum += table.keep(key_of(i), kept, ++now_ns) ? 1U : 0U;
                                }),
               "ns");
  print_figure("one found",
               nanoseconds_each(slots / 4,
                                [&](std::size_t i) {
                                  sum += table.find(key_of(slots - 1 - i), now_ns) ? 1U : 0U;
                                }),
               "ns");
  print_figure("one not found",
               nanoseconds_each(slots,
                                [&](std::size_t i) {
                                  sum += table.find(key_of(slots + 1 + i), now_ns) ? 1U : 0U;
                                }),
               "ns");
  if (sum == 0) fmt::print("nothing at all\n");
}

/// Of the whole answer: the same calls without and with a table, and once more.
bool measure_answers(std::size_t calls) {
  std::vector<std::string> invites(calls);
  for (std::size_t i = 0; i < calls; ++i) invites[i] = make_invite(i, 878);
  RetransmissionTable table(slots, std::chrono::seconds(32));
  Scene without;
  Scene with([&](Scene& scene) { scene.settings.retransmissions = &table; });
  Snapshot next = with.snapshot;
  double plain = 0;
  double kept = 0;
  double again = 0;
  for (int round = 0; round < rounds; ++round) {  // in turns: so all have the same weather
    const auto take = [round](double& best, double figure) {
      best = round == 0 ? figure : std::min(best, figure);
    };
    ++with.snapshot.generation;  // nothing of the round before counts
    take(plain, one_round(calls, [&](std::size_t i) { without.ask(invites[i]); }));
    take(kept, one_round(calls, [&](std::size_t i) { with.ask(invites[i]); }));
    take(again, one_round(calls, [&](std::size_t i) { with.ask(invites[i]); }));
  }
  print_figure("a signed answer, nothing kept", plain, "ns");
  print_figure("a signed answer that is kept", kept, "ns");
  print_figure("  more than without, percent", (kept / plain - 1) * 100, "%", Goal{5, 3});
  print_figure("the answer to a retransmission", again, "ns", Goal{plain / 2, plain / 4});
  const auto signatures = with.count(Counter::signatures);
  const auto repeated = with.count(Counter::retransmissions);
  fmt::print("{} signatures and {} repeated for {} calls\n", signatures, repeated, calls * rounds);
  return signatures + repeated == calls * rounds * 2 && repeated * 100 >= calls * rounds * 99;
}

}  // namespace

int main(int count, char** arguments) {
  const std::size_t calls = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 20000;
  print_heading("retransmissions");
  measure_parts();
  return measure_answers(calls) ? 0 : 1;
}
