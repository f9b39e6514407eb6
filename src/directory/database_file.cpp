// SPDX-License-Identifier: MIT
#include "database_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace shaken302::directory {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10U;
constexpr const char* folder_remedy = "name a folder that you may write to";

}  // namespace

NewFile::NewFile(std::filesystem::path path) : path_(std::move(path)), part_(path_) {
  part_ += ".part";
}

NewFile::~NewFile() {
  if (fd_ >= 0) ::close(fd_);
  if (state_ == State::open || state_ == State::finished) ::unlink(part_.c_str());
}

config::ConfigIssue NewFile::issue(std::string problem, std::string remedy) const {
  return {path_.string(), 0, "", std::move(problem), std::move(remedy)};
}

NewFile::Issue NewFile::check_name() const {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) != 0) return std::nullopt;
  return issue("is there already", "name an empty folder");
}

NewFile::Issue NewFile::open() {
  if (auto taken = check_name()) return taken;
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  fd_ = ::open(part_.c_str(), flags, S_IRUSR | S_IWUSR);
  if (fd_ < 0 && errno == EEXIST) {
    return issue("was begun before: " + part_.string() + " is there", "remove that");
  }
  if (fd_ < 0)
    return issue(std::string("cannot be written: ") + std::generic_category().message(errno),
                 folder_remedy);
  state_ = State::open;
  return std::nullopt;
}

void NewFile::write(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= buffer_bytes) flush();
}

void NewFile::flush() {
  for (std::string_view rest = buffer_; !rest.empty() && error_ == 0;) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  buffer_.clear();
}

NewFile::Issue NewFile::finish() {
  flush();
  if (error_ == 0 && ::fsync(fd_) != 0) error_ = errno;
  if (::close(std::exchange(fd_, -1)) != 0 && error_ == 0) error_ = errno;
  state_ = State::finished;
  if (error_ == 0) return std::nullopt;
  return issue(
      std::string("could not be written whole: ") + std::generic_category().message(error_),
      "make room");
}

NewFile::Issue NewFile::publish() {
  if (auto taken = check_name()) return taken;
  if (::rename(part_.c_str(), path_.c_str()) != 0) {
    return issue(std::string("cannot be written: ") + std::generic_category().message(errno),
                 folder_remedy);
  }
  state_ = State::published;
  return std::nullopt;
}

void NewFile::withdraw() noexcept {
  if (std::exchange(state_, State::none) == State::published) ::unlink(path_.c_str());
}

}  // namespace shaken302::directory
