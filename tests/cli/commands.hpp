// SPDX-License-Identifier: MIT
//
// The commands as a person runs them: words in, texts and an exit status out, in one process.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "cli/command_line.hpp"

namespace shaken302::test {

namespace fs = std::filesystem;
using cli::Words;

struct Ran {
  int status = 0;
  std::string out;
  std::string err;
};

inline Ran run(const Words& words, const std::string& input = {}) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const int status = cli::run(words, {in, out, err});
  return {status, out.str(), err.str()};
}

/// A folder made by `init`, gone at the end.
class Setup {
 public:
  Setup() {
    std::string pattern = (fs::temp_directory_path() / "shaken302-cli-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    const Ran made = run({"init", (folder_ / "d").string()});
    REQUIRE_MESSAGE(made.status == 0, made.err);
  }
  ~Setup() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / "d" / name; }
  [[nodiscard]] std::string config() const { return path("shaken302.toml"); }

 private:
  fs::path folder_;
};

inline std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

inline unsigned mode_of(const std::string& path) {
  struct stat facts {};
  REQUIRE(stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 0777U;
}

inline std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  REQUIRE_MESSAGE(at != std::string::npos, what);
  return text.replace(at, what.size(), with);
}

}  // namespace shaken302::test
