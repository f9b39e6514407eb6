// SPDX-License-Identifier: MIT
//
// Text appended to a buffer that somebody else owns and that never grows: how replies and tokens
// are written on the path of a call without allocating. What does not fit sets `overflowed()` and
// leaves the text as it was; callers check once, at the end. Not thread-safe.
#pragma once

#include <charconv>
#include <concepts>
#include <cstring>
#include <span>
#include <string_view>

namespace shaken302 {

class BoundedText {
 public:
  /// Writes into `buffer`, which must outlive this object.
  explicit BoundedText(std::span<char> buffer) noexcept : buffer_(buffer) {}

  BoundedText& append(std::string_view text) noexcept {
    if (overflowed_ || text.size() > buffer_.size() - size_) {
      overflowed_ = true;
      return *this;
    }
    if (!text.empty()) std::memcpy(buffer_.data() + size_, text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  BoundedText& append(char c) noexcept { return append(std::string_view(&c, 1)); }

  /// Decimal digits without leading zeros.
  template <std::integral I>
  BoundedText& append_number(I number) noexcept {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number);
    return append(std::string_view(digits, static_cast<std::size_t>(end.ptr - digits)));
  }

  /// The free rest of the buffer, for a writer that reports what it used by `commit`.
  [[nodiscard]] std::span<char> room() noexcept { return buffer_.subspan(size_); }
  void commit(std::size_t used) noexcept {
    if (used > buffer_.size() - size_) {
      overflowed_ = true;
    } else {
      size_ += used;
    }
  }
  void mark_overflowed() noexcept { overflowed_ = true; }

  [[nodiscard]] std::string_view view() const noexcept { return {buffer_.data(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }
  void clear() noexcept {
    size_ = 0;
    overflowed_ = false;
  }
  /// Forgets everything after the first `size` characters.
  void truncate(std::size_t size) noexcept {
    if (size < size_) size_ = size;
  }

 private:
  std::span<char> buffer_;
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

}  // namespace shaken302
