// SPDX-License-Identifier: MIT
#include "latency_histogram.hpp"

#include <doctest/doctest.h>

#include <memory>

using sip_load::LatencyHistogram;

TEST_CASE("latency_histogram: nothing measured is nothing") {
  const auto histogram = std::make_unique<LatencyHistogram>();
  CHECK(histogram->count() == 0);
  CHECK(histogram->percentile_ns(0.5) == 0);
  CHECK(histogram->max_ns() == 0);
}

TEST_CASE("latency_histogram: a percentile is at most 0.8% above the truth, and never below") {
  const auto histogram = std::make_unique<LatencyHistogram>();
  for (std::int64_t value = 1; value <= 1'000'000; ++value) histogram->add(value * 37);
  CHECK(histogram->count() == 1'000'000);
  for (const double fraction : {0.001, 0.5, 0.9, 0.99, 0.999}) {
    CAPTURE(fraction);
    const double truth = fraction * 37e6;
    const auto told = static_cast<double>(histogram->percentile_ns(fraction));
    CHECK(told >= truth * 0.999999);
    CHECK(told <= truth * 1.008);
  }
  CHECK(histogram->percentile_ns(1) == 37'000'000);
}

TEST_CASE("latency_histogram: the longest is exact, and beyond the table") {
  const auto histogram = std::make_unique<LatencyHistogram>();
  histogram->add(-5);
  histogram->add(std::int64_t{1} << 50);
  CHECK(histogram->percentile_ns(0.5) == 0);
  CHECK(histogram->max_ns() == std::int64_t{1} << 50);
  CHECK(histogram->percentile_ns(1) == (std::int64_t{1} << 40) - 1);
}
