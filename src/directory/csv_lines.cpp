// SPDX-License-Identifier: MIT
#include "csv_lines.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace shaken302::directory {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

CsvLines::CsvLines(Read read, std::size_t buffer_bytes)
    : read_(std::move(read)), buffer_(std::max(buffer_bytes, byte_order_mark.size())) {}

bool CsvLines::read_more() {
  if (failure_) return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const auto got = read_(buffer_.data() + end_, buffer_.size() - end_);
  if (!got) {
    failure_ = got.error();
    return false;
  }
  end_ += *got;
  bytes_read_ += *got;
  return *got != 0;
}

void CsvLines::skip_byte_order_mark() {
  while (end_ < byte_order_mark.size() && read_more()) {
  }
  if (std::string_view(buffer_.data(), end_).starts_with(byte_order_mark)) {
    begin_ = byte_order_mark.size();
  }
}

bool CsvLines::skip_long_line() {
  is_too_long_ = true;
  line_ = {};
  for (;;) {
    begin_ = end_;
    if (!read_more()) {
      is_ended_ = false;
      return !failure_;
    }
    const void* const found = std::memchr(buffer_.data(), '\n', end_);
    if (found == nullptr) continue;
    begin_ = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data()) + 1;
    is_ended_ = true;
    return true;
  }
}

bool CsvLines::next() {
  if (number_ == 0) skip_byte_order_mark();
  is_too_long_ = false;
  std::size_t looked = 0;
  const char* found = nullptr;
  for (;;) {
    const char* const from = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    if (size > looked) {
      found = static_cast<const char*>(std::memchr(from + looked, '\n', size - looked));
    }
    if (found != nullptr) break;
    looked = size;
    if (size == buffer_.size()) {
      ++number_;
      return skip_long_line();
    }
    if (!read_more()) break;
  }
  if (failure_) return false;
  const char* const from = buffer_.data() + begin_;
  is_ended_ = found != nullptr;
  line_ = {from, is_ended_ ? static_cast<std::size_t>(found - from) : end_ - begin_};
  if (!is_ended_ && line_.empty()) return false;
  begin_ += line_.size() + (is_ended_ ? 1 : 0);
  if (is_ended_ && line_.ends_with('\r')) line_.remove_suffix(1);
  ++number_;
  return true;
}

CsvLines::Read read_from(std::string_view text) {
  return [rest = text](char* to, std::size_t bytes_max) mutable {
    const std::size_t count = std::min(bytes_max, rest.size());
    rest.copy(to, count);
    rest.remove_prefix(count);
    return Result<std::size_t, config::ConfigIssue>(count);
  };
}

}  // namespace shaken302::directory
