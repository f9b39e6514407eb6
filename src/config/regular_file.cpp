// SPDX-License-Identifier: MIT
#include "regular_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

namespace shaken302::config {
namespace {

// A std::string keeps a short text inside itself and leaves a copy of it behind when it moves: a
// passphrase would stay in memory.
constexpr std::size_t longer_than_inside = 64;

Failure<ConfigIssue> refuse(const std::filesystem::path& path, std::string problem,
                            std::string remedy) {
  return Failure{ConfigIssue{path.string(), 0, "", std::move(problem), std::move(remedy)}};
}

Failure<ConfigIssue> refuse_errno(const std::filesystem::path& path, int error) {
  const auto why = std::error_code(error, std::generic_category()).message();
  const bool missing = error == ENOENT || error == ENOTDIR;
  return refuse(path, fmt::format("cannot be read: {}", why),
                missing ? "create the file or correct the path"
                        : "let the user that shaken302 runs as read it");
}

/// Nothing, or what is wrong with the file as a file.
std::optional<Failure<ConfigIssue>> check(const std::filesystem::path& path,
                                          const struct stat& status, FileRules rules) {
  if (!S_ISREG(status.st_mode)) {
    return refuse(path, S_ISDIR(status.st_mode) ? "is a folder" : "is not a regular file",
                  "name a regular file");
  }
  if (rules.private_file && (status.st_mode & 077U) != 0) {
    return refuse(path,
                  fmt::format("is open to group or others (mode {:04o})", status.st_mode & 07777U),
                  fmt::format("run: chmod 600 {}", path.string()));
  }
  // Whoever owns it can replace it. Where root checks the keys of the service, the remedy that
  // comes first does no harm. Root's are good too: so are credentials of systemd.
  const uid_t user = ::geteuid();
  if (rules.private_file && status.st_uid != user && status.st_uid != 0) {
    return refuse(path,
                  fmt::format("belongs to user {}, who can replace it, and not to user {}",
                              status.st_uid, user),
                  fmt::format("run shaken302 as user {}, or: chown {} {}", status.st_uid, user,
                              path.string()));
  }
  if (status.st_size > 0 && static_cast<std::uintmax_t>(status.st_size) > rules.bytes_max) {
    return refuse(path, fmt::format("is larger than {} bytes", rules.bytes_max),
                  "make it smaller, or name the right file");
  }
  return std::nullopt;
}

}  // namespace

Result<RegularFile, ConfigIssue> RegularFile::open(const std::filesystem::path& path,
                                                   FileRules rules) {
  // O_NONBLOCK: opening a FIFO that nobody writes to returns at once, and fstat then refuses it.
  RegularFile file(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.fd_ < 0) return refuse_errno(path, errno);
  if (::fstat(file.fd_, &file.status_) != 0) return refuse_errno(path, errno);
  if (auto refused = check(path, file.status_, rules)) return *refused;
  return file;
}

RegularFile::RegularFile(RegularFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      status_(other.status_),
      used_(other.used_) {}

RegularFile::~RegularFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::size_t, ConfigIssue> RegularFile::read(char* to, std::size_t bytes_max) {
  ssize_t got = 0;
  do {
    got = ::read(fd_, to, bytes_max);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return refuse_errno(path_, errno);
  used_ += static_cast<std::uint64_t>(got);
  struct stat now {};
  const bool is_end = got == 0;
  if (is_end && ::fstat(fd_, &now) != 0) return refuse_errno(path_, errno);
  const bool is_touched = is_end && (now.st_mtim.tv_sec != status_.st_mtim.tv_sec ||
                                     now.st_mtim.tv_nsec != status_.st_mtim.tv_nsec);
  if (used_ > size() || (is_end && used_ < size()) || is_touched) {
    return refuse(path_, "changed while it was read", "write it aside and rename it into place");
  }
  return static_cast<std::size_t>(got);
}

Result<std::string, ConfigIssue> read_regular_file(const std::filesystem::path& path,
                                                   FileRules rules) {
  auto file = RegularFile::open(path, rules);
  if (!file) return Failure{file.error()};
  // One byte of room more than the size says: the read that meets the end finds it without growing,
  // so that a private key is never copied to a second place.
  std::string content(static_cast<std::size_t>(file->size()) + 1, '\0');
  content.reserve(longer_than_inside);
  std::size_t used = 0;
  for (;;) {
    const auto got = file->read(content.data() + used, content.size() - used);
    if (!got) {
      explicit_bzero(content.data(), content.size());
      return Failure{got.error()};
    }
    used += *got;
    if (*got == 0) break;
  }
  content.resize(used);
  return content;
}

}  // namespace shaken302::config
