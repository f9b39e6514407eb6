// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "core/throwaway_ca.hpp"
#include "directory/wiped_text.hpp"
#include "init_files.hpp"
#include "options.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

constexpr mode_t for_owner = 0600;
constexpr mode_t for_everybody = 0644;

fs::filesystem_error failure(const fs::path& path, int error) {
  return {"init", path, std::error_code(error, std::generic_category())};
}

/// Makes a file that was not there; the mode is right from its first byte on.
void write_new(const fs::path& path, std::string_view content, mode_t mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) throw failure(path, errno);
  std::size_t written = 0;
  while (written < content.size()) {
    const ssize_t n = ::write(file, content.data() + written, content.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int error = errno;
      ::close(file);
      throw failure(path, error);
    }
    written += static_cast<std::size_t>(n);
  }
  // umask may have taken bits away from the public files; a key must not gain any.
  const bool good = ::fchmod(file, mode) == 0;
  if (::close(file) != 0 || !good) {
    throw failure(path, errno);
  }
}

std::string random_hex() {
  std::array<unsigned char, 32> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the system gives no random bytes");
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text + '\n';
}

/// Nobody else's from its first moment on.
void make_private_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), S_IRWXU) != 0) {
    throw failure(folder, errno);
  }
  fs::permissions(folder, fs::perms::owner_all);
}

int make_set_up(const fs::path& folder, Streams streams) {
  if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder))) {
    streams.err << "shaken302 init: " << folder.string()
                << " is there already and not an empty folder; nothing was written\n";
    return exit_negative;
  }
  auto ca = make_throwaway_ca({.service_provider_code = "1234",
                               .not_before = now() - std::chrono::hours{1},
                               .not_after = now() + std::chrono::days{365}});
  if (!ca) {
    streams.err << "shaken302 init: OpenSSL could not make the throw-away certificate\n";
    return exit_negative;
  }
  // A folder that is there keeps its mode; new ones get what the umask leaves.
  fs::create_directories(folder);
  make_private_folder(folder / "keys");
  fs::create_directory(folder / "ca");
  write_new(folder / "keys/house.key", directory::WipedText(std::move(ca->leaf_key)).view(),
            for_owner);
  write_new(folder / "keys/house.pem", ca->leaf_certificate, for_everybody);
  write_new(folder / "ca/root.pem", ca->root_certificate, for_everybody);
  write_new(folder / "secret", random_hex(), for_owner);
  write_new(folder / "numbers.csv", init_numbers, for_everybody);
  write_new(folder / "shaken302.toml", init_configuration, for_everybody);
  streams.out << "made " << folder.string()
              << ": a configuration for 127.0.0.1, a throw-away CA, a key, sample accounts and "
                 "numbers\nnext: shaken302 serve --config "
              << (folder / "shaken302.toml").string() << '\n';
  return exit_done;
}

}  // namespace

int init(const Words& words, Streams streams) {
  po::options_description options("options");
  options.add_options()("dir", po::value<std::string>(), "a folder that is new or empty")(
      "help,h", "print this");
  const auto values = parse_words(words, options, {"dir"}, "init DIR", streams);
  if (!values) return exit_done;
  if (values->count("dir") == 0) throw po::error("give a folder: shaken302 init DIR");
  try {
    return make_set_up((*values)["dir"].as<std::string>(), streams);
  } catch (const fs::filesystem_error& error) {
    streams.err << "shaken302 init: " << error.path1().string()
                << " cannot be made: " << error.code().message() << '\n';
  }
  return exit_negative;
}

}  // namespace shaken302::cli
