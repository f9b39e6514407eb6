// SPDX-License-Identifier: MIT
//
// From a decision to the bytes of a reply. What the authentication service does with a call has no
// seam for each of its steps: origid, text of the token and the table of retransmissions are
// measured by the functions that it calls, with the arguments that it gives them.
#include <cstring>
#include <memory>
#include <vector>

#include "shaken302/decision_record.hpp"
#include "sip/redirect.hpp"
#include "sip/reply_writer.hpp"
#include "sip/status_table.hpp"
#include "sip/to_tag.hpp"
#include "stages.hpp"

namespace shaken302::bench {
namespace {

constexpr std::size_t sample_count = 32;

/// What all rows here share. The signature is one that was made before.
struct Desk {
  explicit Desk(CallWorld& made_in) : world(made_in), samples(made_in.make_samples(sample_count)) {
    signer.follow(world.snapshot().credentials);
    for (const auto& sample : samples) {
      const Decision& decision = sample->decision;
      claims.push_back(
          {decision.level, decision.called, call_time, decision.calling, origid_of(*sample)});
    }
    input = signing_input();
    digest = *signer.digest(input);
    signature = *signer.sign(0, digest);
    authentications.resize(sample_count);
    for (std::size_t i = 0; i < sample_count; ++i) authentications[i] = authentication(i);
  }
  [[nodiscard]] const CallSample& sample(std::size_t n) const { return *samples[n % sample_count]; }

  Uuid origid_of(const CallSample& sample) {
    const std::string& account = world.snapshot().accounts->accounts()[sample.decision.account].id;
    return Uuid::from_bytes(
        hash.digest("origid", {"account", account, sample.call.call_id, sample.call.from_tag,
                               sample.decision.calling.digits()}));
  }
  std::string_view write_token(std::size_t n) {
    BoundedText out(text);
    append_signing_input(out, house().header_segment(), claims[n % sample_count]);
    out.append('.');
    const auto* bytes = reinterpret_cast<const char*>(signature.data());
    append_base64url(out, std::string_view(bytes, signature.size()));
    return out.view();
  }

  CallWorld& world;
  std::vector<std::unique_ptr<CallSample>> samples;
  KeyedHash hash{world.secret()};
  Signer signer;
  Signer::Digest digest{};  // of input
  Signer::Signature signature{};
  std::vector<ShakenClaims> claims;
  std::string input;
  std::vector<std::string> tokens;
  std::vector<Authentication> authentications;

 private:
  [[nodiscard]] const Credential& house() const {
    return world.snapshot().credentials->entries.front().credential;
  }
  std::string signing_input() {
    BoundedText out(text);
    append_signing_input(out, house().header_segment(), claims.front());
    return std::string(out.view());
  }
  Authentication authentication(std::size_t n) {
    if (n == 0) tokens.reserve(sample_count);  // views into them follow
    Authentication made;
    made.decision = samples[n]->decision;
    made.token = tokens.emplace_back(write_token(n));
    made.x5u = house().x5u();
    made.iat = call_time;
    made.origid = claims[n].origid;
    made.made_signature = true;
    return made;
  }
  std::array<char, 2048> text{};
};

void add_token_rows(const std::shared_ptr<Desk>& desk) {
  add_row("stage/origid",
          [desk](std::size_t n) { benchmark::DoNotOptimize(desk->origid_of(desk->sample(n))); });
  add_row("stage/token without its signature",
          [desk](std::size_t n) { benchmark::DoNotOptimize(desk->write_token(n).size()); });
  add_row("stage/signature", [desk](std::size_t) {
    desk->signer.follow(desk->world.snapshot().credentials);
    benchmark::DoNotOptimize(desk->signer.sign(0, desk->input));
  });
}

/// What keeping costs a call that is none: its key, a look that finds nothing, and a slot written.
/// The serial makes each a new request, somewhere else in the table.
void add_retransmission_rows(const std::shared_ptr<Desk>& desk) {
  struct Keeper {
    explicit Keeper(const CallWorld& world) : worker(world) {}
    CallWorker worker;
    RetransmissionView view{&worker.table};
    std::string origin = std::string(37, 'o');  // as long as source and listener are
    std::string bytes;
    std::int64_t now_ns = 1'000'000'000;
  };
  const auto keeper = std::make_shared<Keeper>(desk->world);
  keeper->bytes = desk->sample(0).bytes;
  add_row("stage/kept for retransmissions", [desk, keeper](std::size_t n) {
    std::memcpy(keeper->bytes.data() + 200, &n, sizeof n);
    keeper->now_ns += 20000;
    const auto request = keeper->view.identify({keeper->origin, keeper->bytes, keeper->now_ns});
    const RetransmissionView::Basis basis{1, 0, call_time};
    benchmark::DoNotOptimize(keeper->view.find(*request, basis));
    benchmark::DoNotOptimize(keeper->view.keep(*request, basis, desk->digest, desk->signature));
  });
  add_row("part/its key", [keeper](std::size_t n) {
    std::memcpy(keeper->bytes.data() + 200, &n, sizeof n);
    benchmark::DoNotOptimize(keeper->view.identify({keeper->origin, keeper->bytes, 1}));
  });
}

void add_reply_rows(const std::shared_ptr<Desk>& desk) {
  add_row("stage/To tag", [desk](std::size_t n) {
    const CallSample& sample = desk->sample(n);
    const sip::ToTag tag(desk->hash, sample.read.index, sample.request.via.value);
    benchmark::DoNotOptimize(tag.text());
  });
  const auto worker = std::make_shared<CallWorker>(desk->world);
  add_row("stage/reply", [desk, worker](std::size_t n) {
    const CallSample& sample = desk->sample(n);
    const Peer& peer = desk->world.snapshot().peers->peers().front();
    const sip::Endpoint source = CallWorld::request_of(sample.bytes).source;
    BoundedText out(worker->state().reply);
    const sip::ReplyContext context{&sample.read.index, &sample.request.via, source,
                                    "0123456789abcdef", worker->settings().server_header};
    sip::append_reply_head(out, 302, "Moved Temporarily", context, false);
    sip::append_redirect_fields(out,
                                {sample.request.request_uri, sample.request.request_uri_text,
                                 peer.next_hop, source, Transport::udp},
                                peer, desk->authentications[n % sample_count]);
    sip::append_reply_end(out);
    benchmark::DoNotOptimize(sip::reply_destination(source, context.via, peer.force_rport));
    benchmark::DoNotOptimize(out.view().data());
    benchmark::ClobberMemory();
  });
}

/// The counters that a signed call of level A adds to, and its record.
void add_record_rows(const std::shared_ptr<Desk>& desk) {
  const auto worker = std::make_shared<CallWorker>(desk->world);
  add_row("stage/counters and record", [desk, worker](std::size_t n) {
    const CallSample& sample = desk->sample(n);
    sip::WorkerState& state = worker->state();
    WorkerMetrics& metrics = state.metrics;
    for (const Counter counter :
         {Counter::received, sip::counter_of(sample.scanned.method), Counter::signatures,
          sip::counter_of(sip::Outcome::signed_redirect), Counter::level_a}) {
      metrics.add(counter);
    }
    metrics.add(0, PeerCounter::invites);
    metrics.add(0, PeerCounter::level_a);
    state.record = make_decision_record(sample.call, desk->authentications[n % sample_count],
                                        desk->world.snapshot());
    benchmark::DoNotOptimize(&state.record);
    benchmark::ClobberMemory();
  });
}

}  // namespace

void add_signing_stages(CallWorld& world) {
  const auto desk = std::make_shared<Desk>(world);
  add_token_rows(desk);
  add_retransmission_rows(desk);
  add_reply_rows(desk);
  add_record_rows(desk);
}

}  // namespace shaken302::bench
