// SPDX-License-Identifier: MIT
//
// number_table_bench FILE ROWS: writes a number table to FILE, loads it twice (the second beside
// the first, as in a reload), looks numbers up in it, removes FILE, and prints what it took. Exit 1
// when a look-up found what it should not; being slow is no failure.
#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "bench/goal_table.hpp"
#include "bench/number_rows.hpp"
#include "core/number_table_memory.hpp"
#include "directory/numbers_csv.hpp"

using namespace shaken302;
using namespace shaken302::bench;

namespace {

constexpr std::size_t lookups = 2000000;

/// By the clock on the wall, and of this process: they differ where it has to share its core.
struct Seconds {
  double wall = 0;
  double processor = 0;
};

double processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Seconds seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  const double processor_begin = processor_time();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          processor_time() - processor_begin};
}

/// A line "NAME:  123 kB" of /proc/self/status, in MB.
double status_megabytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) {
      return std::strtod(line.c_str() + name.size() + 1, nullptr) * 1024 / 1e6;
    }
  }
  return 0;
}

double resident() { return status_megabytes("VmRSS"); }
double peak() { return status_megabytes("VmHWM"); }
void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

void write_file(const std::filesystem::path& path, std::uint64_t rows) {
  std::ofstream file(path);
  file << "number,account,valid_from,valid_until,basis,reference\n";
  std::string part;
  for (std::uint64_t row = 0; row < rows; ++row) {
    append_row(part, row);
    if (part.size() < (1U << 20U) && row + 1 < rows) continue;
    file << part;
    part.clear();
  }
}

struct Accounts {
  std::vector<std::string> ids;
  directory::AccountIds index;
  Accounts() {
    for (std::uint32_t i = 0; i < account_count; ++i) ids.push_back(account_id(i));
    for (std::uint32_t i = 0; i < account_count; ++i) index.emplace(ids[i], i);
  }
};

NumberTable load(const std::filesystem::path& path, const Accounts& accounts) {
  auto file = config::RegularFile::open(path, directory::number_file_rules);
  if (!file) throw std::runtime_error(config::to_text(file.error()));
  auto table = directory::load_numbers_csv(std::move(*file), accounts.index);
  if (!table) throw std::runtime_error(config::to_text(table.error().front()));
  return std::move(*table);
}

struct Load {
  double before = 0, during = 0, after = 0;
  Seconds seconds;
  NumberTable table;
};

Load measure_load(const std::filesystem::path& path, const Accounts& accounts) {
  Load load;
  forget_peak();
  load.before = resident();
  load.seconds = seconds_of([&] { load.table = ::load(path, accounts); });
  load.during = peak();
  load.after = resident();
  return load;
}

/// What is looked up and what must be found.
struct Probe {
  PhoneNumber number;
  std::uint32_t account = no_index;
};

enum class Rows : std::uint8_t { of_one_number, of_ranges, all };

/// Rows of the table in random order, as one of their numbers.
std::vector<Probe> probes_of(std::uint64_t rows, Rows wanted) {
  std::vector<Probe> probes;
  for (std::uint64_t draw = 0; probes.size() < lookups; ++draw) {
    const std::uint64_t row = scramble(draw + 0x3000000000) % rows;
    const bool is_range = kind_of(row) == RowKind::range;
    if (wanted != Rows::all && is_range != (wanted == Rows::of_ranges)) continue;
    const std::uint64_t number = is_range ? number_in(row, scramble(draw)) : number_of(row);
    probes.push_back({{std::to_string(number), NumberKind::global}, account_of(row)});
  }
  return probes;
}

/// Numbers that nobody has, among ranges and among numbers that somebody has: of ranges that the
/// table does not have.
std::vector<Probe> misses_of(std::uint64_t rows) {
  std::vector<Probe> probes;
  for (std::uint64_t draw = 0; probes.size() < lookups; ++draw) {
    const std::uint64_t row = rows + scramble(draw + 0x4000000000) % rows;
    if (kind_of(row) != RowKind::range) continue;
    const std::uint64_t number = number_in(row, scramble(draw));
    probes.push_back({{std::to_string(number), NumberKind::global}, no_index});
  }
  return probes;
}

struct Timing {
  double nanoseconds = 0;
  std::size_t wrong = 0;
};

/// The median of five runs, in processor time. As many as the processor can have under way at a
/// time, or each when the one before it has its answer.
Timing measure_lookups(const NumberTable& table, const std::vector<Probe>& probes, bool in_turn) {
  std::array<double, 5> runs{};
  Timing timing;
  for (double& run : runs) {
    std::size_t wrong = 0;
    std::size_t waits = 0;  // 0, which only the answer tells
    const Seconds seconds = seconds_of([&] {
      for (std::size_t i = 0; i < probes.size(); ++i) {
        const Probe& probe = probes[i + waits];
        const auto claim = table.find(probe.number);
        wrong += (claim ? claim->account : no_index) != probe.account ? 1U : 0U;
        if (in_turn) waits = wrong >> 63U;
      }
    });
    run = seconds.processor;
    timing.wrong += wrong;
  }
  std::sort(runs.begin(), runs.end());
  timing.nanoseconds = runs[2] * 1e9 / static_cast<double>(probes.size());
  return timing;
}

/// A read of memory at a random place when the one before it is done.
double measure_memory_reads(std::size_t bytes) {
  const ZeroedMemory memory(bytes);
  memory.prefer_huge_pages();
  std::memset(memory.data(), 1, bytes);  // pages of its own
  const std::size_t lines = bytes / PackedLines::line_bytes;
  std::uint64_t place = 0;
  const Seconds seconds = seconds_of([&] {
    for (std::size_t i = 0; i < lookups; ++i) {
      const std::uint64_t line = (scramble(i + place) >> 32U) * lines >> 32U;
      place += static_cast<std::uint64_t>(memory.data()[line * PackedLines::line_bytes]);
    }
  });
  return place == lookups ? seconds.processor * 1e9 / static_cast<double>(lookups) : 0;
}

void print_load(const std::string& what, const Load& load) {
  print_figure(what + ": resident memory before", load.before, "MB");
  print_figure(what + ": resident memory, peak", load.during, "MB");
  print_figure(what + ": resident memory after", load.after, "MB");
  print_figure(what + ": time", load.seconds.wall, "s", Goal{8, 3});
  print_figure(what + ": processor time", load.seconds.processor, "s");
}

int measure_all_lookups(const NumberTable& table, std::uint64_t rows) {
  struct Kind {
    const char* name;
    std::vector<Probe> probes;
  };
  const Kind kinds[] = {{"rows as they come", probes_of(rows, Rows::all)},
                        {"nobody's, among ranges", misses_of(rows)},
                        {"of one number", probes_of(rows, Rows::of_one_number)},
                        {"of a range, one row in a hundred", probes_of(rows, Rows::of_ranges)}};
  std::size_t wrong = 0;
  for (const bool in_turn : {false, true}) {
    for (const Kind& kind : kinds) {
      const Timing timing = measure_lookups(table, kind.probes, in_turn);
      wrong += timing.wrong;
      const std::string what = fmt::format("look-up{}: {}", in_turn ? " in turn" : "", kind.name);
      if (in_turn) {
        print_figure(what, timing.nanoseconds, "ns");
      } else {
        print_figure(what, timing.nanoseconds, "ns", Goal{200, 60});
      }
    }
  }
  print_figure("in turn: a read of as much memory", measure_memory_reads(table.memory_bytes()),
               "ns");
  if (table.size() == rows && wrong == 0) return 0;
  fmt::print(stderr, "{} rows of {}; {} wrong answers\n", table.size(), rows, wrong);
  return 1;
}

int run(const std::filesystem::path& path, std::uint64_t rows) {
  write_file(path, rows);
  const Accounts accounts;
  print_heading(fmt::format("number table, {} rows, {} MB of CSV", rows,
                            std::filesystem::file_size(path) / 1000000));
  Load first = measure_load(path, accounts);
  print_figure("table", static_cast<double>(first.table.memory_bytes()) / 1e6, "MB",
               Goal{160, 110});
  print_load("load", first);
  const Load second = measure_load(path, accounts);
  print_load("second load beside it", second);
  std::filesystem::remove(path);
  first.table = NumberTable();
  print_figure("resident memory when the first is gone", resident(), "MB");

  return measure_all_lookups(second.table, rows);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    fmt::print(stderr, "usage: number_table_bench FILE ROWS\n");
    return 64;
  }
  const std::uint64_t rows = std::strtoull(argv[2], nullptr, 10);
  if (rows < 1000) {  // a hundredth is ranges, and some of them are looked up
    fmt::print(stderr, "number_table_bench: ROWS is at least 1000\n");
    return 64;
  }
  return run(argv[1], rows);
} catch (const std::exception& error) {
  fmt::print(stderr, "number_table_bench: {}\n", error.what());
  return 1;
}
