// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "config/regular_file.hpp"
#include "load_snapshot.hpp"
#include "wiped_text.hpp"

namespace shaken302::directory {
namespace {

constexpr std::size_t secret_bytes_max = 1U << 20U;

}  // namespace

Result<std::string, config::ConfigIssue> read_file(const std::filesystem::path& path,
                                                   std::size_t bytes_max, bool private_file) {
  return config::read_regular_file(path, {bytes_max, private_file});
}

Result<Secret, config::ConfigIssues> load_secret(const config::Configuration& configuration) {
  const std::filesystem::path& path = configuration.settings.secret_file;
  const auto refuse = [&](std::string_view problem, std::string remedy) {
    return Failure{config::ConfigIssues{
        {configuration.file.string(), configuration.settings.secret_file_line, "server.secret_file",
         fmt::format("{} {}", path.string(), problem), std::move(remedy)}}};
  };
  auto content = read_file(path, secret_bytes_max, true);
  if (!content) return refuse(content.error().problem, content.error().remedy);
  const WipedText wiped(std::move(*content));
  const auto secret = make_secret(wiped.view());
  if (!secret) {
    return refuse(
        fmt::format("holds less than {} bytes", Secret::bytes),
        fmt::format("run: (umask 077; head -c 32 /dev/urandom | base64 > {})", path.string()));
  }
  return *secret;
}

}  // namespace shaken302::directory
