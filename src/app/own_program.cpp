// SPDX-License-Identifier: MIT
#include "own_program.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>

namespace shaken302::app {
namespace {

namespace fs = std::filesystem;
constexpr const char* own_file = "/proc/self/exe";

std::vector<std::string> read_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<std::string> arguments;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\0', begin), text.size());
    arguments.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return arguments;
}

bool is_program(const fs::path& file) {
  std::error_code error;
  return fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

}  // namespace

fs::path find_program(std::string_view name, std::string_view path, const fs::path& here) {
  if (name.find('/') != std::string_view::npos) {
    const fs::path file = here / name;  // of an absolute path only that is left
    return is_program(file) ? file : fs::path();
  }
  if (name.empty()) return {};
  for (;;) {
    const auto end = std::min(path.find(':'), path.size());
    fs::path file = here / path.substr(0, end) / name;
    if (is_program(file)) return file;
    if (end == path.size()) return {};
    path.remove_prefix(end + 1);
  }
}

std::optional<OwnProgram> read_own_program() {
  OwnProgram own{.path = {}, .arguments = read_arguments()};
  if (own.arguments.empty()) return std::nullopt;
  std::error_code error;
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): at start
  own.path =
      find_program(own.arguments.front(), path == nullptr ? "" : path, fs::current_path(error));
  // A caller may give any name; the kernel knows the file, if by a path without links.
  if (own.path.empty() || !fs::equivalent(own.path, own_file, error)) {
    own.path = fs::read_symlink(own_file, error);
  }
  if (own.path.empty()) return std::nullopt;
  return own;
}

}  // namespace shaken302::app
