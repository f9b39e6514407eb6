// SPDX-License-Identifier: MIT
//
// Latencies in buckets of constant relative width, as HDR histograms have them: 128 buckets to each
// power of two, so that a percentile is at most 0.8% above the truth. One fixed table of 40 KB for
// everything up to 2^40 ns (18 minutes); what is longer counts as that. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sip_load {

class LatencyHistogram {
 public:
  /// Anything below zero (a clock that stepped) counts as 0.
  void add(std::int64_t nanoseconds);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The upper end of the bucket that holds the value at `fraction` (0 to 1) of all; 0 when there
  /// is none.
  [[nodiscard]] std::int64_t percentile_ns(double fraction) const;
  /// Exact.
  [[nodiscard]] std::int64_t max_ns() const { return max_ns_; }

 private:
  static constexpr unsigned sub_bits = 7;
  static constexpr unsigned top_bit = 40;
  static constexpr std::size_t buckets = (top_bit - sub_bits + 1) << sub_bits;

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t upper_end(std::size_t bucket);

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ns_ = 0;
};

}  // namespace sip_load
