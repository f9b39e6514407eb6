// SPDX-License-Identifier: MIT
#include "load_options.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace sip_load {
namespace {

namespace po = boost::program_options;

constexpr std::uint64_t calls_max = 200'000'000;

nanoseconds seconds_of(double seconds) {
  return nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file)) throw UsageError("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

/// "a,b,c", or "@FILE" with one a line.
std::vector<std::string> list_of(const std::string& text) {
  std::string all = text.starts_with('@') ? content_of(text.substr(1)) : text;
  std::replace(all.begin(), all.end(), ',', '\n');
  std::istringstream lines(all);
  std::vector<std::string> list;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) list.push_back(line);
  }
  return list;
}

/// Every file below `place`, or `place` itself.
std::vector<std::string> datagrams_of(const std::string& place) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(place)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(place)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  } else {
    files.emplace_back(place);
  }
  std::sort(files.begin(), files.end());
  std::vector<std::string> datagrams;
  for (const auto& file : files) {
    std::string datagram = content_of(file);
    if (!datagram.empty() && datagram.size() <= 65507) datagrams.push_back(std::move(datagram));
  }
  if (datagrams.empty()) throw UsageError("no datagram in " + place);
  return datagrams;
}

bool is_address(const std::string& text) {
  std::array<char, sizeof(in6_addr)> address;
  return ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

/// "udp:127.0.0.1:5060", "tls:[::1]:5061".
Target target_of(const std::string& text) {
  Target target;
  const auto colon = text.find(':');
  const auto last = text.rfind(':');
  const std::string transport = text.substr(0, colon);
  if (transport == "tcp")
    target.transport = Transport::tcp;
  else if (transport == "tls")
    target.transport = Transport::tls;
  else if (transport != "udp")
    throw UsageError("not a transport: '" + transport + "'");
  if (last == colon) throw UsageError("wanted: TRANSPORT:ADDRESS:PORT, not '" + text + "'");
  target.address = text.substr(colon + 1, last - colon - 1);
  if (target.address.starts_with('[') && target.address.ends_with(']'))
    target.address = target.address.substr(1, target.address.size() - 2);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + last + 1, end, target.port);
  if (error != std::errc{} || stop != end || target.port == 0)
    throw UsageError("not a port in '" + text + "'");
  if (!is_address(target.address)) throw UsageError("not an IP address in '" + text + "'");
  return target;
}

po::options_description traffic_options() {
  po::options_description all("what is sent");
  auto add = all.add_options();
  add("rate", po::value<double>(),
      "open loop: requests a second, sent at their time whatever comes back");
  add("steps", po::value<std::string>(),
      "open loop: RATE:SECONDS,... one after the other, each with its figures");
  add("outstanding", po::value<std::uint64_t>(),
      "closed loop: so many calls wait for an answer at a time");
  add("calls", po::value<std::uint64_t>(), "ends after so many requests");
  add("seconds", po::value<double>(), "ends after this time (without --calls: 10)");
  add("callers", po::value<std::string>(),
      "calling numbers: a,b,c or @FILE with one a line (12155550100)");
  add("called", po::value<std::string>(), "the called number (12155550199)");
  add("bytes", po::value<std::size_t>(), "size of a request with its SDP (880)");
  add("refused-share", po::value<double>(), "part (0 to 1) of requests by --refused-callers");
  add("refused-callers", po::value<std::string>(), "calling numbers that get no Identity");
  add("unknown-share", po::value<double>(),
      "part from --unknown-sources, who must get nothing (UDP)");
  add("unknown-sources", po::value<std::string>(), "addresses, as 127.0.0.9,127.0.0.10");
  add("malformed-share", po::value<double>(), "part that are --malformed (UDP)");
  add("malformed", po::value<std::string>(), "a file, or a folder of files, of one datagram each");
  add("repeat-share", po::value<double>(),
      "part sent again, the same bytes, whatever the answer (UDP)");
  add("repeat-after", po::value<double>(), "seconds until that (0.1)");
  add("retransmit", "retransmits what is not answered, by RFC 3261 17.1.1.2 (UDP)");
  add("t1", po::value<double>(), "T1 in seconds (0.5)");
  add("patience", po::value<double>(),
      "seconds until a call is lost (64 T1 with --retransmit, else 2)");
  return all;
}

po::options_description checking_options() {
  po::options_description all("what is checked, how it connects, what is printed");
  auto add = all.add_options();
  add("status", po::value<int>(), "the status that calls must get (302)");
  add("refused-status", po::value<int>(), "the status that refused callers must get (302)");
  add("unsigned", "answers must not have an Identity (else they must)");
  add("certificate", po::value<std::string>(),
      "PEM: verifies a part of all Identities with its key");
  add("verify-share", po::value<double>(), "that part (0.01)");
  add("bind", po::value<std::string>(), "source address");
  add("sockets", po::value<std::size_t>(), "UDP sockets, used in turn (1)");
  add("connections", po::value<std::size_t>(), "TCP or TLS connections, used in turn (2)");
  add("burst", po::value<std::size_t>(), "requests in one write of a connection (1)");
  add("tls-ca", po::value<std::string>(), "PEM: checks the server's certificate up to these roots");
  add("tls-certificate", po::value<std::string>(), "PEM chain of the client's own certificate");
  add("tls-key", po::value<std::string>(), "PEM key of it");
  add("timeline", po::value<double>(),
      "adds to the JSON what happened in each window of so many seconds");
  add("wake",
      "closed loop: is woken by each answer, which the server's send pays for on the same machine "
      "(else it looks every 0.1 ms)");
  add("spin", "never sleeps between two sends: exacter, and takes a whole core");
  add("json", "prints one object instead of one line");
  add("help", "prints this");
  return all;
}

/// Takes an option into a field when it was given.
template <class Value>
void take(const po::variables_map& given, const char* name, Value& field) {
  if (given.count(name) != 0) field = given[name].as<Value>();
}
void take_seconds(const po::variables_map& given, const char* name, nanoseconds& field) {
  if (given.count(name) != 0) field = seconds_of(given[name].as<double>());
}
void take_list(const po::variables_map& given, const char* name, std::vector<std::string>& field) {
  if (given.count(name) != 0) field = list_of(given[name].as<std::string>());
}

/// "2000:5,20000:10": requests a second, and for how many seconds.
std::vector<RateStep> steps_of(const std::string& text) {
  std::vector<RateStep> steps;
  for (const std::string& item : list_of(text)) {
    std::istringstream in(item);
    RateStep step;
    char colon = 0;
    double seconds = 0;
    if (!(in >> step.rate >> colon >> seconds) || colon != ':' || !in.eof() || step.rate <= 0 ||
        seconds <= 0)
      throw UsageError("wanted: RATE:SECONDS,..., not '" + text + "'");
    step.duration = seconds_of(seconds);
    steps.push_back(step);
  }
  return steps;
}

void take_pace(const po::variables_map& given, LoadOptions& options) {
  take(given, "outstanding", options.outstanding);
  take(given, "calls", options.calls);
  const auto ways = given.count("rate") + given.count("outstanding") + given.count("steps");
  if (ways != 1) throw UsageError("one of --rate, --outstanding, --steps");
  if (given.count("steps") != 0) {
    if (given.count("seconds") != 0) throw UsageError("--steps says how many seconds");
    options.steps = steps_of(given["steps"].as<std::string>());
    return;
  }
  RateStep step;
  if (options.calls == 0) step.duration = seconds_of(10);
  take(given, "rate", step.rate);
  take_seconds(given, "seconds", step.duration);
  options.steps = {step};
}

void take_traffic(const po::variables_map& given, LoadOptions& options) {
  take_pace(given, options);
  take_list(given, "callers", options.callers);
  take(given, "called", options.called);
  take(given, "bytes", options.bytes);
  take(given, "refused-share", options.shares.refused);
  take_list(given, "refused-callers", options.refused_callers);
  take(given, "unknown-share", options.shares.unknown);
  take_list(given, "unknown-sources", options.unknown_sources);
  take(given, "malformed-share", options.shares.malformed);
  if (given.count("malformed") != 0)
    options.malformed = datagrams_of(given["malformed"].as<std::string>());
  take(given, "repeat-share", options.shares.repeated);
  take_seconds(given, "repeat-after", options.repeat_after);
  options.retransmits = given.count("retransmit") != 0;
  take_seconds(given, "t1", options.t1);
  options.patience = options.retransmits ? 64 * options.t1 : seconds_of(2);
  take_seconds(given, "patience", options.patience);
}

void take_checking(const po::variables_map& given, LoadOptions& options) {
  take(given, "status", options.status);
  take(given, "refused-status", options.refused_status);
  options.is_signed = given.count("unsigned") == 0;
  take(given, "certificate", options.certificate);
  take(given, "verify-share", options.verify_share);
  take(given, "bind", options.bind);
  take(given, "sockets", options.sockets);
  take(given, "connections", options.connections);
  take(given, "burst", options.burst);
  take(given, "tls-ca", options.tls_ca);
  take(given, "tls-certificate", options.tls_certificate);
  take(given, "tls-key", options.tls_key);
  take_seconds(given, "timeline", options.window);
  options.is_woken = given.count("wake") != 0;
  options.spins = given.count("spin") != 0;
  options.is_json = given.count("json") != 0;
}

void demand(bool holds, const char* what) {
  if (!holds) throw UsageError(what);
}

/// Digits as in a telephone number: "+" is added. Anything else would be another test than the one
/// that was meant.
bool is_number(const std::string& text) {
  return !text.empty() && text.size() <= 32 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

void check_numbers(const LoadOptions& options) {
  demand(!options.callers.empty(), "no callers");
  for (const auto& numbers : {options.callers, options.refused_callers, {options.called}}) {
    const auto wrong = std::ranges::find_if_not(numbers, is_number);
    if (wrong != numbers.end())
      throw UsageError("not the digits of a number, without +: '" + *wrong + "'");
  }
}

void check(const LoadOptions& options) {
  const Shares& shares = options.shares;
  const bool is_udp = options.target.transport == Transport::udp;
  demand(!options.steps.empty() && options.steps.size() <= 100, "--steps are from 1 to 100");
  demand(options.steps.front().rate > 0 || options.outstanding > 0,
         "--rate and --outstanding must be above 0");
  double scheduled = 0;
  for (const RateStep& step : options.steps) {
    const double seconds = static_cast<double>(step.duration.count()) * 1e-9;
    demand(options.calls > 0 || seconds > 0, "--calls or --seconds must be above 0");
    scheduled += step.rate * seconds;
  }
  demand(options.calls <= calls_max && scheduled <= calls_max, "more than 200 million requests");
  demand(options.outstanding <= 1'000'000, "--outstanding is from 1 to 1000000");
  demand(options.bytes <= 65'000, "--bytes is at most 65000");
  demand(options.verify_share >= 0 && options.verify_share <= 1, "--verify-share is from 0 to 1");
  const auto is_status = [](int status) { return status >= 100 && status <= 699; };
  demand(is_status(options.status) && is_status(options.refused_status),
         "--status and --refused-status are from 100 to 699");
  check_numbers(options);
  demand(shares.refused >= 0 && shares.unknown >= 0 && shares.malformed >= 0 &&
             shares.repeated >= 0 && shares.repeated <= 1 &&
             shares.refused + shares.unknown + shares.malformed <= 1,
         "shares are from 0 to 1, together at most 1");
  demand(shares.refused == 0 || !options.refused_callers.empty(),
         "--refused-share needs --refused-callers");
  demand(shares.unknown == 0 || !options.unknown_sources.empty(),
         "--unknown-share needs --unknown-sources");
  demand(shares.malformed == 0 || !options.malformed.empty(),
         "--malformed-share needs --malformed");
  demand(is_udp || (shares.unknown == 0 && shares.malformed == 0 && shares.repeated == 0 &&
                    !options.retransmits),
         "unknown, malformed, repeated and retransmitted requests are for UDP");
  demand(options.sockets > 0 && options.sockets <= 1000, "--sockets is from 1 to 1000");
  demand(options.connections > 0 && options.connections <= 20000,
         "--connections is from 1 to 20000");
  demand(options.burst > 0 && options.burst <= 100000, "--burst is from 1 to 100000");
  const RateStep& first = options.steps.front();
  const auto least = static_cast<double>(options.burst);
  demand(first.rate > 0 ? options.calls > 0 || scheduled >= least
                        : options.burst <= options.outstanding,
         "--burst is more than is ever due");
  demand(options.bind.empty() || is_address(options.bind), "--bind is an IP address");
  demand(options.tls_certificate.empty() == options.tls_key.empty(),
         "--tls-certificate and --tls-key go together");
  demand(options.repeat_after.count() >= 0 && options.window.count() >= 0,
         "--repeat-after and --timeline are not below 0");
  demand(options.t1.count() > 0 && options.patience.count() > 0,
         "--t1 and --patience must be above 0");
}

po::options_description visible_options() {
  po::options_description all;
  all.add(traffic_options()).add(checking_options());
  return all;
}

}  // namespace

LoadOptions parse_options(const std::vector<std::string>& words) {
  po::options_description all = visible_options();
  all.add_options()("target", po::value<std::string>());
  po::positional_options_description positions;
  positions.add("target", 1);
  po::variables_map given;
  try {
    po::store(po::command_line_parser(words).options(all).positional(positions).run(), given);
  } catch (const po::error& error) {
    throw UsageError(error.what());
  }
  if (given.count("help") != 0 || given.count("target") == 0) throw UsageError("");
  LoadOptions options;
  options.target = target_of(given["target"].as<std::string>());
  take_traffic(given, options);
  take_checking(given, options);
  check(options);
  return options;
}

std::string usage() {
  std::ostringstream out;
  out << "usage: sip_load udp|tcp|tls:ADDRESS:PORT (--rate N | --steps LIST | --outstanding N) "
         "[options]\n"
      << "Sends INVITEs to a signing redirect server, checks every answer, prints what it saw. "
         "Exit status: 0; 1\n"
      << "when an answer was wrong, the run gave up, or it could not begin (being slow or losing "
         "calls is in the figures\nalone); 64 wrong usage.\n"
      << visible_options();
  return out.str();
}

}  // namespace sip_load
