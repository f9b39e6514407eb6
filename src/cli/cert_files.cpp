// SPDX-License-Identifier: MIT
#include "cert_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace shaken302::cli {
namespace fs = std::filesystem;

namespace {

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// 0, or errno. Some file systems have no rename that refuses to replace, some no second names.
int rename_to_new(const std::string& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (::link(from.c_str(), to.c_str()) != 0) return errno;
  ::unlink(from.c_str());
  return 0;
}

/// 0, or errno. A folder that may be written but not read, or that has no fsync, is no failure.
int sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno == EACCES ? 0 : errno;
  const int error = ::fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
  ::close(fd);
  return error;
}

}  // namespace

NewFile::NewFile(fs::path path, mode_t mode) : path_(std::move(path)) {
  if (!path_.has_filename()) fail(EISDIR);
  draft_ = (folder_of(path_) / ".shaken302-XXXXXX").string();
  fd_ = ::mkostemp(draft_.data(), O_CLOEXEC);  // O_EXCL and mode 0600
  if (fd_ < 0) fail(errno);
  is_draft_ = true;
  // The umask may have taken bits away from a public file; a key has gained none.
  if (::fchmod(fd_, mode) != 0) {
    const int error = errno;
    ::close(fd_);
    ::unlink(draft_.c_str());
    fail(error);
  }
}

NewFile::~NewFile() {
  if (fd_ >= 0) ::close(fd_);
  if (is_draft_) ::unlink(draft_.c_str());
  if (is_in_place_) ::unlink(path_.c_str());
}

void NewFile::write(std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd_, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail(n < 0 ? errno : ENOSPC);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(fd_) != 0) fail(errno);
  const int closed = ::close(fd_);
  fd_ = -1;
  if (closed != 0) fail(errno);
}

bool NewFile::put_in_place() {
  const int error = rename_to_new(draft_, path_);
  if (error == EEXIST) return false;
  if (error != 0) fail(error);
  is_draft_ = false;
  is_in_place_ = true;
  if (const int unsynced = sync_folder(folder_of(path_)); unsynced != 0) fail(unsynced);
  return true;
}

void NewFile::fail(int error) const {
  throw std::runtime_error(fmt::format("{}: cannot be written: {}", path_.string(),
                                       std::generic_category().message(error)));
}

Uninterrupted::Uninterrupted() noexcept {
  sigset_t held;
  sigemptyset(&held);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&held, signal);
  ::pthread_sigmask(SIG_BLOCK, &held, &before_);
}
Uninterrupted::~Uninterrupted() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace shaken302::cli
