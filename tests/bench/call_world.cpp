// SPDX-License-Identifier: MIT
#include "call_world.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace shaken302::bench {
namespace {

constexpr std::uint32_t callers_max = 256;
constexpr std::uint32_t suspended_account = account_count - 1;
constexpr std::size_t invite_bytes = 878;
/// Of the server, where its configuration says nothing else.
constexpr std::size_t retransmission_slots = 131072;
constexpr std::chrono::seconds retransmission_memory{8};

constexpr std::uint32_t account_of(std::uint32_t number) { return number % account_count; }

std::string make_toml() {
  std::string toml =
      "[[credential]]\nname = \"house\"\nkey = \"house.key\"\ncertificate = \"house.pem\"\n"
      "x5u = \"https://cert.example.com/house.pem\"\n"
      "[[peer]]\nname = \"edge\"\nsources = [\"127.0.0.0/8\"]\ncountry = \"1\"\n"
      "account_from = [\"header:X-Account\", \"number\"]\ncaller_id_screened = true\n"
      "credential = \"house\"\n";
  for (std::uint32_t i = 0; i < account_count; ++i) {
    toml += fmt::format(
        "[[account]]\nid = \"account-{:04}\"\nstatus = \"{}\"\nbusiness_profile = \"approved\"\n"
        "trust_product = \"approved\"\ncredential = \"house\"\n",
        i, i == suspended_account ? "suspended" : "active");
  }
  return toml;
}

std::string make_csv() {
  std::string csv = "number,account,valid_from,valid_until,basis,reference\n";
  for (std::uint32_t i = 0; i < number_count; ++i) {
    csv += fmt::format("{},account-{:04},2020-01-01,2040-12-31,assigned,\n", number_of(i),
                       account_of(i));
  }
  return csv;
}

[[noreturn]] void fail(const config::ConfigIssues& issues) {
  throw std::runtime_error(config::to_text(issues.front()));
}

sip_load::InviteText make_invites(CallWorld::Caller caller) {
  sip_load::InviteShape shape;
  shape.run = caller == CallWorld::Caller::signs ? "signed" : "others";
  shape.local = fmt::format("127.0.0.1:{}", client_port);
  shape.bytes = invite_bytes;
  constexpr std::uint32_t stride =
      387;  // 100,000 numbers have all accounts; take them from all over
  for (std::uint32_t i = 0; shape.callers.size() < callers_max; ++i) {
    const std::uint32_t number = caller == CallWorld::Caller::signs
                                     ? i * stride % number_count
                                     : i * account_count % number_count + suspended_account;
    if (caller == CallWorld::Caller::signs && account_of(number) == suspended_account) continue;
    shape.callers.push_back(number_of(number));
  }
  return sip_load::InviteText(shape);
}

Secret make_known_secret() {
  const auto secret = make_secret("a secret for benches only");
  if (!secret) throw std::runtime_error("no secret");
  return *secret;
}

}  // namespace

std::string number_of(std::uint32_t i) {
  return fmt::format("1{}{}{:04}", 301 + i % 10, 320 + i / 10 % 80, i / 800 * 79);
}

CallWorld::CallWorld()
    : secret_(make_known_secret()),
      signed_(make_invites(Caller::signs)),
      suspended_(make_invites(Caller::suspended)) {
  const ThrowawayCa ca = shaken302::test::make_test_pem();
  folder_.write("house.key", ca.leaf_key);
  folder_.write("house.pem", ca.leaf_certificate);
  folder_.write("numbers.csv", make_csv());
  folder_.write("secret", "0123456789abcdef");
  auto read = config::parse_configuration(make_toml(), folder_.path() / "shaken302.toml");
  if (!read) fail(read.error());
  configuration_ = std::move(*read);
  snapshot_ = load().snapshot;
}

directory::LoadedSnapshot CallWorld::load() {
  auto loaded = directory::load_snapshot(configuration_, 1, call_time, slots_);
  if (!loaded) fail(loaded.error());
  return std::move(*loaded);
}

void CallWorld::write_invite(std::string& out, Caller caller) {
  out.clear();
  const sip_load::InviteText& text = caller == Caller::signs ? signed_ : suspended_;
  text.append(serial_, serial_ % text.caller_count(), out);
  ++serial_;
}

sip::Request CallWorld::request_of(std::string_view bytes) {
  static const IpAddress loopback = *sip::parse_address("127.0.0.1");
  sip::Request request;
  request.bytes = bytes;
  request.source = {loopback, client_port};
  request.local = {loopback, 5060};
  request.listener = {Transport::udp, loopback, 5060};
  request.received_ns = call_time_ns;
  return request;
}

std::vector<std::unique_ptr<CallSample>> CallWorld::make_samples(std::size_t count) {
  std::vector<std::unique_ptr<CallSample>> samples;
  for (std::size_t i = 0; i < count; ++i) {
    auto& sample = *samples.emplace_back(std::make_unique<CallSample>());
    write_invite(sample.bytes);
    const auto scanned = sip::scan_request(sample.bytes, sample.read);
    if (!scanned) throw std::runtime_error("the pre-scan refuses the INVITE");
    sample.scanned = *scanned;
    const auto request = sip::parse_request(sample.scanned, sample.read);
    if (!request) throw std::runtime_error("the parser refuses the INVITE");
    sample.request = *request;
    sample.call =
        sip::read_call(sample.request, sample.read.index, snapshot_->peers->peers().front(), 0,
                       request_of(sample.bytes).listener);
    sample.decision = decide(sample.call, *snapshot_, call_time, std::chrono::seconds(0));
    if (sample.decision.verdict != Verdict::sign || sample.decision.level != Attestation::A) {
      throw std::runtime_error("a call of the bench does not get A");
    }
  }
  return samples;
}

CallWorker::CallWorker(const CallWorld& world, Retransmissions which)
    : table(retransmission_slots, retransmission_memory), snapshot_(world.snapshot()) {
  settings_.retransmissions = which == Retransmissions::kept ? &table : nullptr;
  settings_.usage = &usage_;
  state_ = std::make_unique<sip::WorkerState>(settings_, world.secret(), metrics_, draining_);
}

sip::Answer CallWorker::ask(std::string_view bytes) {
  constexpr std::int64_t between_calls_ns = 20000;  // so that what is kept grows old as in a server
  sip::Request request = CallWorld::request_of(bytes);
  request.steady_ns = steady_ns_ += between_calls_ns;
  return sip::answer(request, snapshot_, call_time, *state_);
}

}  // namespace shaken302::bench
