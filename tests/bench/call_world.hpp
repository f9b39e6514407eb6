// SPDX-License-Identifier: MIT
//
// What a call of the stage bench is made in: a directory of 100,000 numbers of 1,000 accounts, read
// from files by the product's own loader, a credential, a peer on loopback, and the INVITEs that
// sip_load sends, 878 bytes with SDP, each of another Call-ID. One account is suspended: its calls
// stay unsigned. All others get A.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/temporary_folder.hpp"
#include "core/test_credentials.hpp"
#include "directory/load_snapshot.hpp"
#include "load/invite_text.hpp"
#include "sip/answer.hpp"

namespace shaken302::bench {

inline constexpr std::uint32_t number_count = 100000;
inline constexpr std::uint32_t account_count = 1000;
inline constexpr UnixTime call_time = shaken302::test::noon;
inline constexpr std::int64_t call_time_ns = 1'893'456'000'000'000'000;
inline constexpr std::uint16_t client_port = 5090;

/// Number `i` of the directory, digits only. Each can exist in the North American plan.
std::string number_of(std::uint32_t i);

/// A request and what each stage has made of it. Views of later members into earlier ones: it stays
/// where it is.
struct CallSample {
  std::string bytes;
  sip::ReadState read;
  sip::ScannedRequest scanned;
  sip::ParsedRequest request;
  Call call;
  Decision decision;
};

class CallWorld {
 public:
  CallWorld();

  /// Reads all files again.
  directory::LoadedSnapshot load();
  [[nodiscard]] const Snapshot& snapshot() const noexcept { return *snapshot_; }
  [[nodiscard]] std::shared_ptr<const Snapshot> shared_snapshot() const { return snapshot_; }
  [[nodiscard]] const Secret& secret() const noexcept { return secret_; }

  enum class Caller : std::uint8_t { signs, suspended };
  /// Replaces `out` by an INVITE that has not been there before.
  void write_invite(std::string& out, Caller caller = Caller::signs);

  /// As a worker would hand them to sip::answer.
  static sip::Request request_of(std::string_view bytes);
  /// So many requests, read and decided.
  std::vector<std::unique_ptr<CallSample>> make_samples(std::size_t count);

 private:
  shaken302::test::TemporaryFolder folder_;
  config::Configuration configuration_;
  directory::MetricsSlots slots_;
  std::shared_ptr<const Snapshot> snapshot_;
  Secret secret_;
  sip_load::InviteText signed_;
  sip_load::InviteText suspended_;
  std::uint64_t serial_ = 0;
};

/// One worker, with what the server shares between workers: a table of retransmissions and one of
/// limits.
class CallWorker {
 public:
  enum class Retransmissions : std::uint8_t { kept, not_kept };
  explicit CallWorker(const CallWorld& world, Retransmissions which = Retransmissions::kept);

  sip::Answer ask(std::string_view bytes);
  [[nodiscard]] sip::WorkerState& state() noexcept { return *state_; }
  [[nodiscard]] const sip::AnswerSettings& settings() const noexcept { return settings_; }
  RetransmissionTable table;

 private:
  const Snapshot& snapshot_;
  UsageTable usage_;
  sip::AnswerSettings settings_;
  WorkerMetrics metrics_;
  std::atomic<bool> draining_{false};
  std::unique_ptr<sip::WorkerState> state_;
  std::int64_t steady_ns_ = 1'000'000'000'000;
};

}  // namespace shaken302::bench
