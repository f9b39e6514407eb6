// SPDX-License-Identifier: MIT
//
// stage_bench: what each stage of one signed call costs, and the whole, on one core. Takes the
// options of Google Benchmark; tests/bench/stage_budget.py makes a table of what it says. Exit 1
// when a row is not about what it says; being slow is no failure.
#include <cstdio>
#include <exception>

#include "stages.hpp"

using namespace shaken302::bench;

int main(int count, char** arguments) {
  try {
    benchmark::Initialize(&count, arguments);
    if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 64;
    CallWorld world;
    add_reading_stages(world);
    add_signing_stages(world);
    add_wholes(world);
    add_server_rows(world);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stage_bench: %s\n", error.what());
    return 1;
  }
}
