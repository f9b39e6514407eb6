// SPDX-License-Identifier: MIT
#include "log.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

#include "logfmt.hpp"
#include "net/signals_blocked.hpp"

namespace shaken302::app {
namespace {

constexpr std::size_t queue_lines = 8192;

// sd-daemon(3): a line that begins with <3> has priority err, and so on.
class PriorityFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    const std::string_view prefix = prefix_of(message.level);
    out.append(prefix.data(), prefix.data() + prefix.size());
  }
  [[nodiscard]] std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<PriorityFlag>();
  }

 private:
  static std::string_view prefix_of(spdlog::level::level_enum level) {
    if (level >= spdlog::level::err) return "<3>";
    if (level == spdlog::level::warn) return "<4>";
    return level == spdlog::level::info ? "<6>" : "<7>";
  }
};

// systemd.exec(5): JOURNAL_STREAM names device and inode of the stream; it counts only if stderr is
// it.
bool is_stderr_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe): at start
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

std::unique_ptr<spdlog::formatter> make_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PriorityFlag>('*');
  formatter->set_pattern(is_stderr_the_journal() ? "%*%v" : "%Y-%m-%d %H:%M:%S.%e %l %v");
  return formatter;
}

/// spdlog's own sink for stderr does not look whether a line was taken: a disk may be full, a
/// reader gone.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  [[nodiscard]] std::uint64_t refused() const noexcept {
    return refused_.load(std::memory_order_relaxed);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    const bool is_taken = std::fwrite(line.data(), 1, line.size(), stderr) == line.size();
    if (!is_taken) refused_.fetch_add(1, std::memory_order_relaxed);
  }
  void flush_() override { std::fflush(stderr); }

  std::atomic<std::uint64_t> refused_{0};
};

std::shared_ptr<spdlog::details::thread_pool> make_pool() {
  const net::SignalsBlocked blocked;
  return std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
}

}  // namespace

struct Log::Sinks {
  std::shared_ptr<spdlog::details::thread_pool> pool = make_pool();
  std::shared_ptr<StderrSink> sink = std::make_shared<StderrSink>();
  std::shared_ptr<spdlog::async_logger> events = make_logger();
  std::shared_ptr<spdlog::async_logger> reports = make_logger();

  [[nodiscard]] std::shared_ptr<spdlog::async_logger> make_logger() const {
    auto logger = std::make_shared<spdlog::async_logger>(
        "shaken302", sink, pool, spdlog::async_overflow_policy::overrun_oldest);
    logger->set_level(spdlog::level::info);
    return logger;
  }
};

Log::Log() : sinks_(std::make_unique<Sinks>()) { sinks_->sink->set_formatter(make_formatter()); }
// The pool goes last and writes what is queued.
Log::~Log() = default;

void Log::set_level(std::string_view level) {
  sinks_->events->set_level(spdlog::level::from_str(std::string(level)));
}

void Log::debug(std::string_view text) {
  if (sinks_->events->should_log(spdlog::level::debug)) sinks_->events->debug(to_one_line(text));
}
void Log::info(std::string_view text) {
  if (sinks_->events->should_log(spdlog::level::info)) sinks_->events->info(to_one_line(text));
}
void Log::warning(std::string_view text) { sinks_->events->warn(to_one_line(text)); }
void Log::error(std::string_view text) { sinks_->events->error(to_one_line(text)); }
void Log::report(std::string_view text) { sinks_->reports->info(to_one_line(text)); }

std::uint64_t Log::dropped() const {
  return sinks_->pool->overrun_counter() + sinks_->sink->refused();
}

}  // namespace shaken302::app
