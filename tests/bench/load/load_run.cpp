// SPDX-License-Identifier: MIT
#include "load_run.hpp"

#include <fmt/core.h>
#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "invite_text.hpp"
#include "pace.hpp"

namespace sip_load {
namespace {

constexpr std::int64_t millisecond_ns = 1'000'000;
constexpr std::uint64_t batch = 64;
constexpr std::uint64_t draw_kind = 11;
constexpr std::uint64_t draw_repeat = 12;
/// An answer too many comes soon after the last one.
constexpr std::int64_t linger_ns = 100 * millisecond_ns;
/// In closed loop it looks for answers so often. Were it woken by each, the server's send would pay
/// for that, which no upstream on another machine makes it do.
constexpr std::int64_t nap_ns = 100'000;
/// What a signature check may take; it is not begun when something is due before.
constexpr std::int64_t check_ns = 300'000;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

InviteShape shape_of(const LoadOptions& options) {
  std::random_device random;
  InviteShape shape;
  shape.run = fmt::format("{:08x}", random());
  constexpr std::array<const char*, 3> names{"UDP", "TCP", "TLS"};
  shape.transport = names[static_cast<std::size_t>(options.target.transport)];
  const bool is_ipv6 = options.target.address.find(':') != std::string::npos;
  shape.local =
      is_ipv6 ? "[::1]:5090" : "127.0.0.1:5090";  // rport says where the answer goes (RFC 3581)
  shape.target = is_ipv6 ? "[" + options.target.address + "]" : options.target.address;
  shape.callers = options.callers;
  shape.callers.insert(shape.callers.end(), options.refused_callers.begin(),
                       options.refused_callers.end());
  shape.called = options.called;
  shape.bytes = options.bytes;
  return shape;
}

class LoadRun {
 public:
  explicit LoadRun(const LoadOptions& options)
      : options_(options),
        text_(shape_of(options)),
        verdicts_(options, text_),
        book_({options.retransmits, options.t1.count(), options.patience.count(),
               options.repeat_after.count(), options.window.count()}),
        wire_(options.target.transport == Transport::udp ? make_udp_wire(options)
                                                         : make_stream_wire(options)),
        sink_([this](Kind from, std::string_view bytes) {
          last_answer_ns_ = now_ns();
          verdicts_.judge(from, bytes, last_answer_ns_, book_);
        }) {}

  RunResult run() {
    // The kernel may otherwise sleep 50 us longer than it is told to.
    ::prctl(PR_SET_TIMERSLACK, 1000);
    begin_ns_ = last_answer_ns_ = now_ns();
    Pace pace(options_, begin_ns_);
    while (!pace.is_over(now_ns()) && !gives_up()) {
      wire_->receive(sink_);
      resend();
      const std::uint64_t due = send_due(pace);
      wire_->flush();
      if (due == 0) rest(std::min(pace.next_ns(), book_.next_ns()));
    }
    end_ns_ = now_ns();
    result_.steps = pace.facts(end_ns_);
    await_the_rest();
    while (verdicts_.has_unverified()) verdicts_.verify_one();
    return take_result();
  }

 private:
  /// Whole bursts, one batch at a time, so that answers are read in between; how many were due.
  std::uint64_t send_due(Pace& pace) {
    const std::int64_t now = now_ns();
    const std::uint64_t due = pace.due(now, book_.outstanding());
    const std::uint64_t now_at_most = std::max(batch, static_cast<std::uint64_t>(options_.burst));
    for (std::uint64_t i = 0; i < std::min(due, now_at_most); ++i) {
      if (!send_next(pace.due_ns(now), pace.step())) return 0;
      pace.note_sent();
    }
    return due;
  }

  bool send_next(std::int64_t due, std::size_t step) {
    const std::uint64_t serial = book_.size();
    const Kind kind = drawn_kind(serial);
    if (!wire_->queue(kind, serial, bytes_of(kind, serial))) return false;
    const std::int64_t now = now_ns();
    const bool is_call = kind == Kind::call || kind == Kind::refused;
    const bool is_repeated = is_call && drawn(serial, draw_repeat) < options_.shares.repeated;
    book_.sent({kind, due, now, is_repeated, step});
    result_.latest_ns = std::max(result_.latest_ns, now - due);
    if (now - due > millisecond_ns) ++result_.late;
    return true;
  }

  [[nodiscard]] Kind drawn_kind(std::uint64_t serial) const {
    const double draw = drawn(serial, draw_kind);
    const Shares& shares = options_.shares;
    if (draw < shares.refused) return Kind::refused;
    if (draw < shares.refused + shares.unknown) return Kind::unknown;
    return draw < shares.refused + shares.unknown + shares.malformed ? Kind::malformed : Kind::call;
  }

  std::string_view bytes_of(Kind kind, std::uint64_t serial) {
    if (kind == Kind::malformed) return options_.malformed[serial % options_.malformed.size()];
    scratch_.clear();
    text_.append(serial, verdicts_.caller_of(kind, serial), scratch_);
    return scratch_;
  }

  /// Retransmissions and repeats that are due.
  void resend() {
    again_.clear();
    book_.expire(now_ns(), again_);
    for (const std::uint64_t serial : again_) {
      const Kind kind = book_.kind(serial);
      wire_->queue(kind, serial, bytes_of(kind, serial));
    }
  }

  void rest(std::int64_t until) {
    const std::int64_t left = until - now_ns();
    if (left > check_ns && verdicts_.has_unverified()) return verdicts_.verify_one();
    if (left <= 0) return;
    if (options_.spins) return wire_->wait(0);
    if (options_.steps.front().rate > 0 || options_.is_woken) return wire_->wait(left);
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(left, nap_ns)));
  }

  /// A count alone must not bind a run to a server that is silent.
  [[nodiscard]] bool gives_up() {
    const std::int64_t silence = now_ns() - last_answer_ns_;
    const RateStep& first = options_.steps.front();
    const bool is_bounded = first.rate > 0 || first.duration.count() > 0;
    result_.has_given_up =
        !wire_->is_open() ||
        (!is_bounded && silence > 10'000 * millisecond_ns + options_.patience.count());
    return result_.has_given_up;
  }

  void await_the_rest() {
    const std::int64_t begin = now_ns();
    const std::int64_t end = begin + options_.patience.count() + options_.repeat_after.count();
    std::int64_t quiet_since = 0;
    for (;;) {
      resend();
      wire_->flush();
      wire_->receive(sink_);
      const std::int64_t now = now_ns();
      const bool is_all_said = book_.outstanding() == 0 && book_.repeats_left() == 0 &&
                               (book_.repeats_open() == 0 || now > end);
      if (!is_all_said) quiet_since = 0;
      if (is_all_said && quiet_since == 0) quiet_since = now;
      if (is_all_said && now - quiet_since > linger_ns) return;
      rest(std::min(book_.next_ns(), now + 10 * millisecond_ns));
    }
  }

  RunResult take_result() {
    result_.seconds = static_cast<double>(end_ns_ - begin_ns_) * 1e-9;
    result_.sent = book_.size();
    result_.book = book_.counts();
    for (const Pace::StepFacts& step : result_.steps) result_.scheduled += step.scheduled;
    result_.answers = book_.all();
    result_.step_answers = book_.steps();
    result_.step_answers.resize(result_.steps.size());
    result_.windows = book_.windows();
    result_.verdicts = verdicts_.counts();
    result_.wrong = verdicts_.wrong() + book_.counts().twice + wire_->counts().broken_frames;
    result_.wire = wire_->counts();
    return std::move(result_);
  }

  const LoadOptions& options_;
  InviteText text_;
  Verdicts verdicts_;
  CallBook book_;
  std::unique_ptr<Wire> wire_;
  AnswerSink sink_;
  std::string scratch_;
  std::vector<std::uint64_t> again_;
  std::int64_t begin_ns_ = 0;
  std::int64_t end_ns_ = 0;
  std::int64_t last_answer_ns_ = 0;
  RunResult result_;
};

}  // namespace

RunResult run_load(const LoadOptions& options) { return LoadRun(options).run(); }

}  // namespace sip_load
