// SPDX-License-Identifier: MIT
//
// What a message may cost Sofia's parser within the limits of the pre-scan, in processor time and
// stack, and why those limits are there.
#include <doctest/doctest.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <ctime>

#include "contract/sofia_message.hpp"

using namespace shaken302::contract;

namespace {

#if defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
constexpr double limit_ms = sanitized ? 20.0 : 2.0;

double thread_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// The best of a few runs: other processes cost a thread cache misses, never less than nothing.
double cost_ms(const std::string& bytes) {
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    const double begin = thread_ms();
    const SofiaMessage message(bytes);
    best = std::min(best, thread_ms() - begin);
  }
  return best;
}

void* parse(void* bytes) {
  const SofiaMessage message(*static_cast<const std::string*>(bytes));
  return nullptr;
}

/// How much of a fresh stack one parse touches.
std::size_t stack_bytes(std::string bytes) {
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
  REQUIRE(pthread_create(&thread, &attributes, parse, &bytes) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  const auto* const touched =
      std::find_if(begin, begin + size, [](unsigned char byte) { return byte != 0xA5; });
  const auto used = static_cast<std::size_t>(begin + size - touched);
  munmap(stack, size);
  return used;
}

const char* const list_lines[] = {
    "Accept: a/b",         "Accept-Language: a", "Allow: A",
    "Call-Info: <a:b>",    "Contact: <a:b>",     "P-Asserted-Identity: <a:b>",
    "Record-Route: <a:b>", "Via: SIP/2.0/UDP a", "Warning: 300 a \"b\""};

/// 256 commas in one list.
std::string long_list(const std::string& line) {
  const std::string value = line.substr(line.find(' ') + 1);
  return request_with(line + repeat("," + value, 256) + "\r\n");
}

}  // namespace

TEST_CASE("sofia: 256 commas cost less than 2 ms in any list") {
  for (const char* const line : list_lines) {
    INFO(std::string(line));
    CHECK(cost_ms(long_list(line)) < limit_ms);
  }
}

TEST_CASE("sofia: 256 commas need less than 128 KiB of stack in any list") {
  const std::size_t plain = stack_bytes(request_with(""));
  for (const char* const line : list_lines) {
    INFO(std::string(line));
    CHECK(stack_bytes(long_list(line)) < plain + 128 * 1024);
  }
}

TEST_CASE("sofia: a list takes stack by its length, which is why commas are counted") {
  const std::string item = ",a";
  const std::size_t some =
      stack_bytes(request_with("Accept-Language: a" + repeat(item, 256) + "\r\n"));
  const std::size_t more =
      stack_bytes(request_with("Accept-Language: a" + repeat(item, 1256) + "\r\n"));
  CHECK(more > some + 1000 * 64);
}

TEST_CASE("sofia: 250 lines of any kind cost less than 2 ms") {
  for (const char* const line : {"x", "x:y", "k:a", "m:<a:b>", "v:SIP/2.0/UDP a", "From: <a:b>",
                                 "P-Asserted-Identity: <a:b>", "Call-Info: ,<a:b>"}) {
    INFO(std::string(line));
    CHECK(cost_ms(request_with(repeat(std::string(line) + "\r\n", 250))) < limit_ms);
  }
}

TEST_CASE("sofia: lines cost by the square of their number, which is why they are counted") {
  const double some = cost_ms(request_with(repeat("x\r\n", 1500)));
  const double more = cost_ms(request_with(repeat("x\r\n", 6000)));
  CHECK(more > 6 * some);  // four times the lines; 16 when only the square counts
}

TEST_CASE("sofia: as many parameters as the pre-scan lets through cost less than 2 ms") {
  for (const char* const line :
       {"Via: SIP/2.0/UDP a", "From: <a:b>", "Contact: <a:b>", "Remote-Party-ID: <a:b>",
        "Content-Type: a/b", "Session-Expires: 1", "Security-Client: a"}) {
    INFO(std::string(line));
    CHECK(cost_ms(request_with(line + repeat(";a", 2000) + "\r\n")) < limit_ms);
  }
}
