// SPDX-License-Identifier: MIT
#include "file_state.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace shaken302::directory {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds settled_after = std::chrono::milliseconds(50);

nanoseconds to_duration(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

struct Look {
  std::string state;
  bool is_settled = true;
};

Look look_at(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {fmt::format("{} absent", path.string())};
  const auto changed = std::max(to_duration(status.st_mtim), to_duration(status.st_ctim));
  return {
      fmt::format("{} {}:{} {} {} {}", path.string(), status.st_dev, status.st_ino, status.st_size,
                  to_duration(status.st_mtim).count(), to_duration(status.st_ctim).count()),
      std::chrono::system_clock::now().time_since_epoch() >= changed + settled_after};
}

Look look_at(const config::CredentialFiles& files) {
  Look all;
  for (const auto* path : {&files.certificate, &files.key, &files.passphrase}) {
    if (path->empty()) continue;
    const Look one = look_at(*path);
    all.state += one.state + '\n';
    all.is_settled = all.is_settled && one.is_settled;
  }
  return all;
}

}  // namespace

std::string file_state(const std::filesystem::path& path) { return look_at(path).state; }
std::string file_state(const config::CredentialFiles& files) { return look_at(files).state; }

std::string settled_file_state(const std::filesystem::path& path) {
  Look look = look_at(path);
  return look.is_settled ? std::move(look.state) : "";
}

std::string settled_file_state(const config::CredentialFiles& files) {
  Look look = look_at(files);
  return look.is_settled ? std::move(look.state) : "";
}

}  // namespace shaken302::directory
