// SPDX-License-Identifier: MIT
#include "answer_invariants.hpp"

#include <sofia-sip/msg.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "sip/reply_view.hpp"

namespace shaken302::sip::test {
namespace {

bool is_silent(Outcome outcome) {
  return outcome == Outcome::silent_source || outcome == Outcome::silent_method ||
         outcome == Outcome::silent_response || outcome == Outcome::silent_garbage ||
         outcome == Outcome::over_limit || outcome == Outcome::too_late ||
         outcome == Outcome::reply_too_large || outcome == Outcome::reply_over_ratio;
}

bool is_signed(const Answer& answer) {
  return answer.outcome == Outcome::signed_redirect || answer.outcome == Outcome::repeated_redirect;
}

bool is_redirect(int status) { return status == 302 || status == 300; }

/// Where the part that begins at `at` ends: before the next parameter, value or comment. A quoted
/// string is a part of a part.
std::size_t end_of_part(std::string_view text, std::size_t at) {
  bool quoted = false;
  for (; at < text.size(); ++at) {
    if (quoted && text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      quoted = !quoted;
    } else if (!quoted && std::string_view(";,(").find(text[at]) != std::string_view::npos) {
      return at;
    }
  }
  return text.size();
}

/// The top Via without what the server may change in it: received and rport, wherever they are.
std::string comparable_via(std::string_view value) {
  const std::string text = lower_case(without_white_space(value));
  std::string kept = text.substr(0, end_of_part(text, 0));
  for (std::size_t at = kept.size(); at < text.size();) {
    const std::size_t end = end_of_part(text, at + 1);
    const std::string_view part = std::string_view(text).substr(at, end - at);
    const std::string_view name = part.substr(0, part.find('='));
    if (name != ";received" && name != ";rport") kept += part;
    at = end;
  }
  return kept;
}

/// Lines end in CRLF, hold no control character, and are ours.
std::string check_lines(std::string_view reply) {
  constexpr std::array<std::string_view, 18> ours{"via",
                                                  "from",
                                                  "to",
                                                  "call-id",
                                                  "cseq",
                                                  "server",
                                                  "contact",
                                                  "identity",
                                                  "x-identity",
                                                  "date",
                                                  "p-attestation-indicator",
                                                  "p-origination-id",
                                                  "allow",
                                                  "accept",
                                                  "supported",
                                                  "retry-after",
                                                  "content-length",
                                                  ""};
  if (!reply.ends_with("\r\nContent-Length: 0\r\n\r\n")) return "the end of the reply";
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const auto c = static_cast<unsigned char>(reply[i]);
    if (c == '\r' && reply[i + 1] == '\n') continue;
    if (c == '\n' && i > 0 && reply[i - 1] == '\r') continue;
    if ((c < 0x20 && c != '\t') || c == 0x7F) return "a control character in the reply";
  }
  if (reply.find("\r\n ") != std::string_view::npos ||
      reply.find("\r\n\t") != std::string_view::npos) {
    return "a fold in the reply";
  }
  const MessageView view(reply);
  if (!view.has_end) return "no empty line";
  const auto lines = static_cast<std::size_t>(std::count(reply.begin(), reply.end(), '\n'));
  if (lines != view.fields.size() + 2) return "a line that is no field";
  for (const auto& field : view.fields) {
    if (std::find(ours.begin(), ours.end(), field.first) == ours.end()) {
      return "a field of somebody else: " + field.first;
    }
  }
  for (const char* once : {"from", "to", "call-id", "cseq", "content-length"}) {
    if (view.all(once).size() != 1) return std::string("not exactly one ") + once;
  }
  return {};
}

std::string check_echo(const MessageView& request, const MessageView& reply) {
  const auto wanted = request.all("via");
  const auto vias = reply.all("via");
  const bool may_be_cut = reply.status() == 400;  // the scan may have stopped before the last one
  if (vias.empty() || vias.size() > wanted.size()) return "the number of Vias";
  if (vias.size() < wanted.size() && !may_be_cut) return "a Via that is gone";
  for (std::size_t i = 0; i < vias.size(); ++i) {
    const bool same = i == 0 ? comparable_via(vias[i]) == comparable_via(wanted[i])
                             : without_white_space(vias[i]) == without_white_space(wanted[i]);
    if (!same) return "a Via that changed";
  }
  for (const char* name : {"from", "call-id", "cseq"}) {
    if (without_white_space(reply.get(name)) != without_white_space(request.get(name))) {
      return std::string("not echoed: ") + name;
    }
  }
  const auto to = without_white_space(request.get("to"));
  const auto echoed = without_white_space(reply.get("to"));
  if (echoed == to) return lower_case(to).find(";tag") == std::string::npos ? "no To tag" : "";
  const bool extended = echoed.size() == to.size() + 21 && echoed.starts_with(to) &&
                        echoed.substr(to.size(), 5) == ";tag=";
  return extended ? "" : "not echoed: to";
}

struct MessageDeleter {
  void operator()(msg_t* message) const { msg_destroy(message); }
};

/// Sofia reads the reply as well, with all its parsers; a 400 may echo what it cannot read.
std::string check_by_sofia(std::string_view reply, int status) {
  const std::unique_ptr<msg_t, MessageDeleter> message(
      msg_make(sip_default_mclass(), 0, reply.data(), static_cast<ssize_t>(reply.size())));
  const sip_t* sip = message ? sip_object(message.get()) : nullptr;
  if (sip == nullptr || sip->sip_status == nullptr) return "Sofia cannot read the reply";
  if (sip->sip_status->st_status != status) return "Sofia: status";
  if (status == 400 || status == 505) return {};
  if ((msg_extract_errors(message.get()) & sip_mask_response) != 0) {
    return "Sofia: a broken field in the reply";
  }
  if (sip->sip_to == nullptr || sip->sip_to->a_tag == nullptr) return "Sofia: no To tag";
  if (is_redirect(status) && sip->sip_contact == nullptr) return "Sofia: no Contact";
  return {};
}

/// RFC 3261 8.3, by Sofia's comparison.
std::string check_contact(const MessageView& request, const MessageView& reply) {
  if (reply.has("contact") != is_redirect(reply.status())) return "Contact belongs to redirects";
  if (!reply.has("contact")) return {};
  const std::string contact = contact_uri(reply.get("contact"));
  if (!uri_headers(contact)) return "a character that hvalue does not have";
  const auto begin =
      request.start_line.find_first_not_of(" \t", request.start_line.find_first_of(" \t"));
  const auto uri =
      request.start_line.substr(begin, request.start_line.find_first_of(" \t", begin) - begin);
  su_home_t home[1] = {SU_HOME_INIT(home)};
  su_home_init(home);
  const url_t* ours = url_make(home, contact.substr(0, contact.find("?Identity=")).c_str());
  const url_t* theirs = url_make(home, uri.c_str());
  std::string wrong;
  if (ours == nullptr) wrong = "Sofia cannot read the Contact";
  if (ours != nullptr && theirs != nullptr && url_cmp_all(ours, theirs) == 0) {
    wrong = "the Contact is the Request-URI";
  }
  su_home_deinit(home);
  return wrong;
}

std::string check_identity(const MessageView& reply, const Answer& answer) {
  if (reply.has("identity") != is_signed(answer) || reply.has("date") != is_signed(answer)) {
    return "Identity and Date belong to signed redirects";
  }
  if (!is_signed(answer)) return {};
  const auto identity = reply.get("identity");
  const Verification verdict = verdict_on(identity);
  if (verdict.result != VerificationResult::valid || !verdict.passport) {
    return "an Identity that does not verify: " + std::string(to_text(verdict.result));
  }
  const auto& orig = verdict.passport->orig.tn;
  const bool known = orig.size() == 1 && (orig[0] == number_a || orig[0] == number_b);
  if (verdict.passport->attest == Attestation::A && !known) return "an A for a number of nobody";
  const auto headers = uri_headers(contact_uri(reply.get("contact")));
  if (!headers) return "a Contact that cannot be taken apart";
  for (const auto& [name, value] : *headers) {
    if (name == "Identity" && value != identity) return "another Identity in the Contact";
    if (name == "Date" && value != reply.get("date")) return "another Date in the Contact";
  }
  return {};
}

/// A call for help is redirected by every peer that sends one: nothing is refused and nothing is
/// blocked. What refuses a call has nothing that a call could go on with.
std::string check_record(const MessageView& reply, const Answer& answer) {
  const bool is_blocked = answer.outcome == Outcome::blocked;
  const bool is_refused = is_blocked || answer.outcome == Outcome::unsigned_refusal;
  if (is_refused && (is_redirect(answer.status) || reply.has("contact") || reply.has("identity") ||
                     reply.has("x-identity"))) {
    return "a refusal that the call could go on with";
  }
  if (answer.record == nullptr) return is_refused ? "a refusal without a decision" : "";
  if (is_blocked != (answer.record->verdict == Verdict::block)) return "blocked without a verdict";
  if (answer.record->emergency && !is_redirect(answer.status)) return "a call for help refused";
  return {};
}

/// Whether a reader that shares nothing with the server takes the request for a call for help: 911
/// or the service, written plainly in To or the Request-URI.
bool plainly_asks_for_help(const MessageView& request) {
  if (!request.start_line.starts_with("INVITE ")) return false;
  const std::string uri = lower_case(request.start_line.substr(7));
  const std::string to = lower_case(without_white_space(request.get("to")));
  return uri.starts_with("urn:service:sos ") || uri.starts_with("sip:911@") ||
         uri.starts_with("tel:911 ") || to.starts_with("<urn:service:sos>") ||
         to.starts_with("<sip:911@") || to.starts_with("<tel:911>");
}

/// A scene, a source in it and a name for messages.
struct Side {
  const char* name;
  std::unique_ptr<Scene> scene;
  Endpoint source;
};

std::vector<Side> make_sides() {
  std::vector<Side> sides;
  const auto every_dialect = [](Scene& scene) {
    scene.peer.dialect = {true, true, true};
    scene.peer.redirect_status = 300;
    scene.peer.attestation_header = true;
    scene.peer.origination_id_header = true;
    scene.peer.force_rport = true;
    scene.peer.called_source = CalledSource::request_uri;
    scene.peer.ppt_form = PptForm::quoted;
    scene.peer.existing_identity = ExistingIdentity::pass;
  };
  const auto blocking = [](Scene& scene) {
    scene.never_calling = {number_a};
    scene.peer.block_outcome = UnsignedOutcome::forbidden;
    scene.peer.unsigned_outcome = UnsignedOutcome::decline;
    scene.peer.caller_rules = {{CallerRule::Kind::anonymous, "", Treatment::block},
                               {CallerRule::Kind::not_a_number, "", Treatment::block},
                               {CallerRule::Kind::impossible, "", Treatment::block}};
    scene.peer.called_rules = {{CalledRule::Kind::international, "", Treatment::block},
                               {CalledRule::Kind::short_code, "", Treatment::block},
                               {CalledRule::Kind::not_a_number, "", Treatment::block}};
    scene.peer.hosts = {"gw.example.com"};
    scene.settings.forbid_unknown_sources = true;
  };
  const auto asked = [](Scene& scene) {
    scene.peer.override_right = OverrideRight::any;
    scene.peer.level_sources = {
        {LevelSource::Kind::header, "P-Attestation-Indicator", {}, Attestation::C},
        {LevelSource::Kind::from_parameter, "lvl", {}, Attestation::C},
        {LevelSource::Kind::request_parameter, "lvl", {}, Attestation::C},
        {LevelSource::Kind::listener, "", scene.listener, Attestation::B}};
    scene.peer.max_attestation = Attestation::B;
  };
  // The policy in force is that of the peer; all it has more is a shadow.
  const auto shadowed = [&](Scene& scene) {
    scene.shadow = std::make_shared<const Snapshot>(Scene(blocking).snapshot);
  };
  const auto refusing = [](Scene& scene) {
    scene.peer.unsigned_outcome = UnsignedOutcome::decline;
    scene.peer.credentials = no_index;
    scene.settings.forbid_unknown_sources = true;
  };
  const auto repeating = [](Scene& scene) {
    static RetransmissionTable table(1024, std::chrono::seconds(8));
    scene.settings.retransmissions = &table;
  };
  sides.push_back({"peer", std::make_unique<Scene>(), edge});
  sides.push_back({"every dialect", std::make_unique<Scene>(every_dialect), edge});
  sides.push_back({"refusing peer", std::make_unique<Scene>(refusing), edge});
  sides.push_back({"refused stranger", std::make_unique<Scene>(refusing), stranger});
  sides.push_back({"probe", std::make_unique<Scene>(), prober});
  sides.push_back({"blocking peer", std::make_unique<Scene>(blocking), edge});
  sides.push_back({"peer that asks for levels", std::make_unique<Scene>(asked), edge});
  sides.push_back({"peer that retransmits", std::make_unique<Scene>(repeating), edge});
  sides.push_back({"shadowed peer", std::make_unique<Scene>(shadowed), edge});
  return sides;
}

std::string check_counters(Scene& scene, std::uint64_t received, std::uint64_t ended) {
  std::uint64_t ends = 0;
  for (auto i = static_cast<std::size_t>(Counter::answered_signed);
       i <= static_cast<std::size_t>(Counter::silent); ++i) {
    ends += scene.count(static_cast<Counter>(i));
  }
  if (scene.count(Counter::received) != received + 1) return "not counted once";
  return ends == ended + 1 ? "" : "not exactly one end counted";
}

std::uint64_t ends_of(const Scene& scene) {
  std::uint64_t ends = 0;
  for (auto i = static_cast<std::size_t>(Counter::answered_signed);
       i <= static_cast<std::size_t>(Counter::silent); ++i) {
    ends += scene.count(static_cast<Counter>(i));
  }
  return ends;
}

std::string check_side(Side& side, std::string_view bytes) {
  Scene& scene = *side.scene;
  const std::vector<Peer>& peers = scene.snapshot.peers->peers();
  const auto received = scene.count(Counter::received);
  const auto ended = ends_of(scene);
  const Answer first = scene.ask(bytes, side.source);
  if (auto wrong = broken_invariant(bytes, side.source, first); !wrong.empty()) return wrong;
  if (auto wrong = check_counters(scene, received, ended); !wrong.empty()) return wrong;
  const bool is_first = first.outcome == Outcome::signed_redirect;
  if (is_first && first.record->level > peers.front().max_attestation) return "beyond the cap";
  // A call in a dialog is a matter of its own, and so is one that cannot be read.
  const bool is_call = first.record != nullptr || first.outcome == Outcome::forbidden ||
                       first.outcome == Outcome::bad_scheme;
  if (is_call && side.source == edge && plainly_asks_for_help(MessageView(bytes)) &&
      !is_redirect(first.status)) {
    return "a plain call for help refused";
  }
  const std::string reply(first.reply);
  const Answer again = scene.ask(bytes, side.source);
  const bool is_kept = is_first && scene.settings.retransmissions != nullptr;
  const Outcome outcome = is_kept ? Outcome::repeated_redirect : first.outcome;
  if (again.outcome != outcome || again.reply.size() != reply.size()) return "another answer";
  if ((is_kept || !is_first) && again.reply != reply) return "another answer to the same bytes";
  if (outcome == Outcome::repeated_redirect && again.record != nullptr) return "a second record";
  return {};
}

/// The same peer with a shadow that thinks differently gives the same answer.
std::string check_shadow(std::string_view bytes, Scene& alone, Scene& shadowed) {
  const Answer one = alone.ask(bytes, edge);
  const Answer other = shadowed.ask(bytes, edge);
  if (one.outcome != other.outcome || one.status != other.status ||
      one.destination != other.destination) {
    return "another answer because of the shadow";
  }
  if (without_signature(one.reply) != without_signature(other.reply)) {
    return "other bytes because of the shadow";
  }
  const bool is_compared = other.record != nullptr && other.record->shadow.is_there;
  return is_compared == (other.record != nullptr) ? "" : "a decision that is not compared";
}

/// On a stream the same request has the same outcome, however long the reply is; where the stream
/// cannot be framed any more it is a 400 or silence, whatever the bytes say.
std::string check_stream(std::string_view bytes, Scene& scene) {
  const Answer datagram = scene.ask(bytes, edge);
  const Outcome outcome = datagram.outcome;
  const int status = datagram.status;
  const Answer stream = scene.ask(bytes, edge, Transport::tcp);
  if (auto wrong = broken_invariant(bytes, edge, stream); !wrong.empty()) return wrong;
  const bool is_same = stream.outcome == outcome && stream.status == status;
  if (!is_same && outcome != Outcome::reply_too_large) return "another outcome on a stream";
  Request request{bytes, edge, local, Transport::tcp, scene.listener, 0};
  request.is_unframed = true;
  const Answer last = answer(request, scene.snapshot, scene.time, *scene.worker);
  if (auto wrong = broken_invariant(bytes, edge, last); !wrong.empty()) return wrong;
  if (last.status != 0 && last.status != 400 && last.status != 505) return "more than a 400";
  request.source = stranger;
  return answer(request, scene.snapshot, scene.time, *scene.worker).reply.empty()
             ? ""
             : "a reply to a stranger's stream";
}

}  // namespace

std::string broken_invariant(std::string_view request, const Endpoint& source,
                             const Answer& answer) {
  if (is_silent(answer.outcome) != answer.reply.empty()) return "silence is an empty reply";
  if (answer.reply.empty()) return answer.status == 0 ? "" : "a status without a reply";
  if (answer.destination.address != source.address) return "a reply to somebody else";
  if (auto wrong = check_lines(answer.reply); !wrong.empty()) return wrong;
  const MessageView reply(answer.reply);
  const MessageView asked(request);
  if (reply.status() != answer.status || reply.status() < 200) return "the status";
  if (auto wrong = check_echo(asked, reply); !wrong.empty()) return wrong;
  if (auto wrong = check_by_sofia(answer.reply, reply.status()); !wrong.empty()) return wrong;
  if (auto wrong = check_contact(asked, reply); !wrong.empty()) return wrong;
  if (auto wrong = check_record(reply, answer); !wrong.empty()) return wrong;
  return check_identity(reply, answer);
}

std::string check_answer(std::string_view bytes) {
  static std::vector<Side> sides = make_sides();
  for (Side& side : sides) {
    if (auto wrong = check_side(side, bytes); !wrong.empty()) {
      return std::string(side.name) + ": " + wrong;
    }
  }
  Side& plain = sides.front();
  if (auto wrong = check_shadow(bytes, *plain.scene, *sides.back().scene); !wrong.empty()) {
    return wrong;
  }
  if (auto wrong = check_stream(bytes, *plain.scene); !wrong.empty()) return "stream: " + wrong;
  const std::string invite = Invite{}.text();
  const Answer after = plain.scene->ask(invite, plain.source);
  if (after.outcome != Outcome::signed_redirect) return "a valid INVITE after it is not signed";
  if (auto wrong = broken_invariant(invite, plain.source, after); !wrong.empty()) {
    return "the INVITE after it: " + wrong;
  }
  if (!plain.scene->ask(bytes, stranger).reply.empty()) return "a reply to a stranger";
  return {};
}

}  // namespace shaken302::sip::test
