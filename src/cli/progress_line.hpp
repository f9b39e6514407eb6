// SPDX-License-Identifier: MIT
//
// One line on a terminal that says how far a load has come, written over and over and gone at the
// end.
#pragma once

#include <ostream>
#include <string>

#include "directory/numbers_csv.hpp"

namespace shaken302::cli {

class ProgressLine {
 public:
  ProgressLine(std::ostream& out, std::string file) : out_(out), file_(std::move(file)) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() {
    if (is_shown_) out_ << "\r\x1B[K" << std::flush;
  }

  void show(const directory::LoadProgress& progress) {
    const std::uint64_t percent =
        progress.bytes_total == 0 ? 100 : progress.bytes * 100 / progress.bytes_total;
    if (is_shown_ && percent == percent_) return;
    is_shown_ = true;
    percent_ = percent;
    out_ << '\r' << file_ << ": " << percent << " %, " << progress.rows << " rows\x1B[K"
         << std::flush;
  }

 private:
  std::ostream& out_;
  std::string file_;
  std::uint64_t percent_ = 0;
  bool is_shown_ = false;
};

}  // namespace shaken302::cli
