// SPDX-License-Identifier: MIT
//
// The lines of a text that is read in pieces, so that a file of gigabytes takes no memory. No mmap:
// a file that is cut off while it is mapped ends the process.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "config/config_issue.hpp"
#include "shaken302/result.hpp"

namespace shaken302::directory {

class CsvLines {
 public:
  /// Writes up to so many bytes to the place, and says how many; 0 at the end.
  using Read = std::function<Result<std::size_t, config::ConfigIssue>(char*, std::size_t)>;
  static constexpr std::size_t line_bytes_max = std::size_t{64} << 10U;

  /// A byte order mark in front is left out. `buffer_bytes`: what a line may at most be long.
  explicit CsvLines(Read read, std::size_t buffer_bytes = line_bytes_max);

  /// False at the end, and when reading failed: `failure` then says why.
  bool next();
  /// Without its end; valid until the next line.
  [[nodiscard]] std::string_view line() const noexcept { return line_; }
  /// From 1.
  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  /// It ends with LF or CRLF: the last line of a file that was cut off does not.
  [[nodiscard]] bool is_ended() const noexcept { return is_ended_; }
  /// It does not fit and has been left out.
  [[nodiscard]] bool is_too_long() const noexcept { return is_too_long_; }
  /// Neither a comment nor blank.
  [[nodiscard]] bool is_content() const noexcept {
    return is_too_long_ ||
           (!line_.starts_with('#') && line_.find_first_not_of(" \t") != std::string_view::npos);
  }
  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  [[nodiscard]] const std::optional<config::ConfigIssue>& failure() const noexcept {
    return failure_;
  }

 private:
  /// Makes room and reads on; false when nothing came.
  bool read_more();
  void skip_byte_order_mark();
  bool skip_long_line();

  Read read_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  ///< what is read and not handed out yet: buffer_[begin_, end_)
  std::size_t end_ = 0;
  std::string_view line_;
  std::uint32_t number_ = 0;
  bool is_ended_ = true;
  bool is_too_long_ = false;
  std::uint64_t bytes_read_ = 0;
  std::optional<config::ConfigIssue> failure_;
};

/// Reads from a text that outlives it.
CsvLines::Read read_from(std::string_view text);

}  // namespace shaken302::directory
