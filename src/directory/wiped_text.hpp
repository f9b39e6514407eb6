// SPDX-License-Identifier: MIT
//
// The content of a private file, overwritten when it is no longer needed.
#pragma once

#include <string.h>

#include <string>
#include <utility>

namespace shaken302::directory {

class WipedText {
 public:
  /// The content must be more than what a std::string keeps inside itself, or it leaves a copy
  /// behind when it moves; read_file sees to that for short ones.
  explicit WipedText(std::string content) noexcept : content_(std::move(content)) {}
  WipedText(const WipedText&) = delete;
  WipedText& operator=(const WipedText&) = delete;
  ~WipedText() { explicit_bzero(content_.data(), content_.size()); }
  [[nodiscard]] const std::string& view() const noexcept { return content_; }

 private:
  std::string content_;
};

}  // namespace shaken302::directory
