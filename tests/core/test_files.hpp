// SPDX-License-Identifier: MIT
//
// The published vectors under tests/vectors.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace shaken302::test {

inline std::string read_vector(const std::string& name) {
  std::ifstream file(std::string(SHAKEN302_TEST_DATA) + "/vectors/" + name, std::ios::binary);
  if (!file) throw std::runtime_error("no vector " + name);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// What follows `key` (for example "token=") up to the end of its line; the search begins at
/// `section`.
inline std::string value_of(const std::string& text, std::string_view key,
                            std::string_view section = "") {
  const auto begin = text.find(key, text.find(section));
  if (begin == std::string::npos) throw std::runtime_error("no " + std::string(key));
  const auto value = begin + key.size();
  return text.substr(value, text.find('\n', value) - value);
}

}  // namespace shaken302::test
