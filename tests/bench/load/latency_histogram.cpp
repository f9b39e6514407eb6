// SPDX-License-Identifier: MIT
#include "latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sip_load {

// Values below 128 have a bucket each. Above, the leading bit says which group of 128 it is and the
// seven bits behind it say which bucket of the group.
std::size_t LatencyHistogram::bucket_of(std::uint64_t value) {
  if (value < (1U << sub_bits)) return value;
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - sub_bits;
  return (static_cast<std::size_t>(shift + 1) << sub_bits) + (value >> shift) - (1U << sub_bits);
}

std::uint64_t LatencyHistogram::upper_end(std::size_t bucket) {
  if (bucket < (1U << sub_bits)) return bucket;
  const std::size_t shift = (bucket >> sub_bits) - 1;
  const std::uint64_t first = (1U << sub_bits) + (bucket & ((1U << sub_bits) - 1));
  return ((first + 1) << shift) - 1;
}

void LatencyHistogram::add(std::int64_t nanoseconds) {
  nanoseconds = std::max<std::int64_t>(nanoseconds, 0);
  max_ns_ = std::max(max_ns_, nanoseconds);
  const auto value =
      std::min(static_cast<std::uint64_t>(nanoseconds), (std::uint64_t{1} << top_bit) - 1);
  ++counts_[bucket_of(value)];
  ++count_;
}

std::int64_t LatencyHistogram::percentile_ns(double fraction) const {
  if (count_ == 0) return 0;
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted) return std::min(static_cast<std::int64_t>(upper_end(bucket)), max_ns_);
  }
  return max_ns_;
}

}  // namespace sip_load
