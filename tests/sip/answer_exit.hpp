// SPDX-License-Identifier: MIT
//
// The ways out of `answer` as rows, what each of them has to hold, and the requests that lead
// there.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "faults.hpp"
#include "reply_view.hpp"
#include "scene.hpp"
#include "sip/status_table.hpp"

namespace shaken302::sip::test {

using Change = std::function<void(Scene&)>;

/// One way out of `answer`.
struct Exit {
  const char* why;
  Outcome outcome;
  int status;  ///< 0: silence
  const char* phrase;
  Counter counted_as;  ///< what the message was
  Change change;
  std::string request;
  Endpoint source = edge;
  Transport transport = Transport::udp;
  std::optional<RequestError> error = {};
  bool* fault = nullptr;
};

inline Change unsigned_as(UnsignedOutcome outcome) {
  return [outcome](Scene& scene) { scene.peer.unsigned_outcome = outcome; };
}
inline void draining(Scene& scene) { scene.draining = true; }
inline void forbidding(Scene& scene) { scene.settings.forbid_unknown_sources = true; }
inline void passing(Scene& scene) { scene.peer.existing_identity = ExistingIdentity::pass; }
inline void contact_dialect(Scene& scene) {
  scene.settings.reply_ratio_max = 0;
  scene.peer.dialect.contact = true;
  scene.peer.next_hop = std::string(600, 'h') + ".example.net";
}

/// Another worker has answered that request a moment ago.
inline Change answered_before(std::string request) {
  return [request = std::move(request)](Scene& scene) {
    static RetransmissionTable table(RetransmissionTable::bucket_slots, std::chrono::seconds(8));
    scene.settings.retransmissions = &table;
    Scene([](Scene& other) { other.settings.retransmissions = &table; }).ask(request);
  };
}

inline std::string plain() { return Invite{}.text(); }
inline std::string anonymous() {
  Invite invite;
  invite.from = "<sip:anonymous@anonymous.invalid>;tag=1";
  return invite.text();
}
inline std::string from_caller(std::string_view number, const std::string& more = "") {
  Invite invite;
  invite.from = "<sip:+" + std::string(number) + "@example.com>;tag=1";
  invite.more = more;
  return invite.text();
}
inline std::string with(std::string Invite::*member, std::string value) {
  Invite invite;
  invite.*member = std::move(value);
  return invite.text();
}
inline std::string call_to(std::string request_uri, std::string to) {
  Invite invite;
  invite.request_uri = std::move(request_uri);
  invite.to = std::move(to);
  return invite.text();
}
inline std::string in_dialog(Invite request) {
  request.to += ";tag=ours";
  return request.text();
}
inline std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

inline const std::string identity_line =
    "Identity: eyJhbGciOiJFUzI1NiJ9.e30.c2ln;info=<https://cert.example.com/x.pem>;alg=ES256;"
    "ppt=shaken\r\n";

/// Rows of answer_policy_test.cpp: calls that a rule or a list refuses, and those that none may.
std::vector<Exit> policy_exits();
/// Rows of admission_test.cpp: what is over a limit, too late, or would be answered too largely.
std::vector<Exit> admission_exits();

/// What every exit has to hold, whatever it is.
inline void check_exit(const Exit& exit, Scene& scene, const Answer& answer) {
  CHECK(static_cast<int>(answer.outcome) == static_cast<int>(exit.outcome));
  CHECK(answer.status == exit.status);
  if (exit.status == 0) {
    CHECK(answer.reply.empty());
  } else {
    const MessageView reply(answer.reply);
    CHECK(reply.status() == exit.status);
    CHECK(reply.phrase() == exit.phrase);
    CHECK(answer.destination.address == exit.source.address);
    CHECK(reply.has("retry-after") == (exit.outcome == Outcome::options_draining));
    CHECK(reply.has("identity") ==
          (exit.outcome == Outcome::signed_redirect || exit.outcome == Outcome::repeated_redirect));
    CHECK(reply.has("contact") == (exit.status == 302 || exit.status == 300));
    CHECK(reply.has("allow") ==
          (exit.outcome == Outcome::options_ok || exit.outcome == Outcome::bad_method));
  }
  CHECK(scene.count(Counter::received) == 1);
  for (const Counter counter :
       {Counter::method_invite, Counter::method_options, Counter::method_ack,
        Counter::method_cancel, Counter::method_other, Counter::response, Counter::unknown_source,
        Counter::truncated, Counter::refused_by_scan, Counter::malformed}) {
    CAPTURE(to_text(counter));
    CHECK(scene.count(counter) == (counter == exit.counted_as ? 1 : 0));
  }
  std::uint64_t ends = 0;
  for (auto i = static_cast<std::size_t>(Counter::answered_signed);
       i <= static_cast<std::size_t>(Counter::silent); ++i) {
    ends += scene.count(static_cast<Counter>(i));
  }
  CHECK(ends == 1);
  CHECK(scene.count(counter_of(answer.outcome)) == 1);
  CHECK(scene.count(Counter::silent) == (exit.status == 0 ? 1 : 0));
}

/// Everything that was produced at run time.
struct Produced {
  std::set<Outcome> outcomes;
  std::set<RequestError> errors;
  std::set<Counter> counters;
};

inline void run(const Exit& exit, Produced& produced) {
  CAPTURE(std::string(exit.why));
  Scene scene(exit.change);
  std::optional<Fault> fault;
  if (exit.fault != nullptr) fault.emplace(*exit.fault);
  const Answer answer = scene.ask(exit.request, exit.source, exit.transport);
  check_exit(exit, scene, answer);
  produced.outcomes.insert(answer.outcome);
  for (std::size_t i = 0; i < counter_count; ++i) {
    if (scene.count(static_cast<Counter>(i)) != 0)
      produced.counters.insert(static_cast<Counter>(i));
  }
  if (!exit.error) return;
  const auto request = read_request(exit.request, scene.worker->read);
  REQUIRE_FALSE(request.has_value());
  CHECK(static_cast<int>(request.error()) == static_cast<int>(*exit.error));
  produced.errors.insert(request.error());
}

}  // namespace shaken302::sip::test
