// SPDX-License-Identifier: MIT
//
// What a header value may cost Sofia within the limits of the pre-scan, in processor time and
// stack, and why commas are counted.
#include <doctest/doctest.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <vector>

#include "contract/sofia_values.hpp"

using namespace shaken302::contract;

namespace {

constexpr double limit_ms = sanitized ? 20.0 : 2.0;

double thread_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// A value for the parser of its header, and how often one message has it.
struct Value {
  msg_hclass_t* header;
  std::string text;
  int times = 1;
};

bool is_read(const Value& value) {
  AreaHome home;
  bool good = true;
  for (int i = 0; i < value.times; ++i) {
    good &= home.read<msg_header_t>(value.header, value.text) != nullptr;
  }
  return good;
}

/// The best of a few runs: other processes cost a thread cache misses, never less than nothing.
double cost_ms(const Value& value) {
  double best = 1e9;
  bool good = true;
  for (int i = 0; i < 5; ++i) {
    const double begin = thread_ms();
    good &= is_read(value);
    best = std::min(best, thread_ms() - begin);
  }
  CHECK(good);
  return best;
}

void* read_in_thread(void* value) {
  return is_read(*static_cast<const Value*>(value)) ? value : nullptr;
}

/// How much of a fresh stack reading it touches.
std::size_t stack_bytes(Value value) {
  constexpr std::size_t size = 1 << 20;
  void* const stack =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(stack != MAP_FAILED);
  auto* const begin = static_cast<unsigned char*>(stack);
  std::fill_n(begin, size, static_cast<unsigned char>(0xA5));
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, size);
  pthread_t thread{};
  REQUIRE(pthread_create(&thread, &attributes, read_in_thread, &value) == 0);
  void* good = nullptr;
  pthread_join(thread, &good);
  CHECK(good != nullptr);
  pthread_attr_destroy(&attributes);
  const auto* const touched =
      std::find_if(begin, begin + size, [](unsigned char byte) { return byte != 0xA5; });
  const auto used = static_cast<std::size_t>(begin + size - touched);
  munmap(stack, size);
  return used;
}

/// The lists that are read, one value of each.
std::vector<Value> lists() {
  return {{sip_via_class, "SIP/2.0/UDP a"},
          {sip_p_asserted_identity_class, "<a:b>"},
          {sip_remote_party_id_class, "<a:b>"}};
}

/// Those of which a value has parameters.
std::vector<Value> with_parameters() {
  return {{sip_via_class, "SIP/2.0/UDP a"},
          {sip_from_class, "<a:b>"},
          {sip_to_class, "a:b"},
          {sip_remote_party_id_class, "<a:b>"}};
}

/// As many more of the value as there are commas.
Value with_commas(Value value, std::size_t commas) {
  value.text += repeat("," + value.text, commas);
  return value;
}

}  // namespace

TEST_CASE("sofia: 256 commas cost less than 2 ms in any list") {
  for (const Value& value : lists()) {
    INFO(value.text);
    CHECK(cost_ms(with_commas(value, 256)) < limit_ms);
    CHECK(cost_ms({value.header, value.text + repeat(",", 256)}) < limit_ms);
  }
}

TEST_CASE("sofia: 256 commas need less than 128 KiB of stack in any list") {
  for (const Value& value : lists()) {
    INFO(value.text);
    CHECK(stack_bytes(with_commas(value, 256)) < stack_bytes(value) + 128 * 1024);
  }
}

TEST_CASE("sofia: a list takes stack by its length, which is why commas are counted") {
  for (const Value& value : lists()) {
    INFO(value.text);
    const std::size_t some = stack_bytes(with_commas(value, 256));
    CHECK(stack_bytes(with_commas(value, 1256)) > some + 1000 * 64);
  }
}

TEST_CASE("sofia: as many lines as a message can have cost less than 2 ms") {
  for (Value value : lists()) {
    INFO(value.text);
    value.times = 250;
    CHECK(cost_ms(value) < limit_ms);
  }
  CHECK(cost_ms({sip_via_class, "SIP/2.0/UDP a;branch=x;rport;a;b", 250}) < limit_ms);
}

TEST_CASE("sofia: as many parameters as the pre-scan lets through cost less than 2 ms") {
  for (const Value& value : with_parameters()) {
    INFO(value.text);
    const std::string short_ones = value.text + repeat(";a", 2000);
    CHECK(cost_ms({value.header, short_ones}) < limit_ms);
    const std::string long_ones = value.text + repeat(";" + std::string(60, 'a'), 1024);
    CHECK(cost_ms({value.header, long_ones}) < limit_ms);
  }
  for (const Value& value : {Value{sip_via_class, "SIP/2.0/UDP a;a;a;a"},
                             Value{sip_remote_party_id_class, "<a:b>;a;a;a"}}) {
    INFO(value.text);
    CHECK(cost_ms(with_commas(value, 256)) < limit_ms);
  }
}

TEST_CASE("sofia: 60 KiB of anything else that repeats cost less than 2 ms") {
  struct Row {
    const char* why;
    Value value;
  };
  const Row rows[] = {
      {"words of a display name", {sip_from_class, repeat("a ", 30000) + "<a:b>"}},
      {"escapes of a quoted string", {sip_from_class, "\"" + repeat("\\a", 30000) + "\" <a:b>"}},
      {"escapes of a URI", {sip_from_class, "<sip:" + repeat("%41", 20000) + "@b>"}},
      {"comments in comments",
       {sip_via_class, "SIP/2.0/UDP a " + repeat("(", 30000) + repeat(")", 30000)}},
      {"white space", {sip_cseq_class, "1" + repeat(" \t", 30000) + "INVITE"}},
      {"a number", {sip_cseq_class, repeat("0", 60000) + "1 INVITE"}},
      {"a request line", {sip_request_class, "INVITE sip:" + repeat("a", 60000) + "@b SIP/2.0"}},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(cost_ms(row.value) < limit_ms);
  }
}
