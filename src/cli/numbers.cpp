// SPDX-License-Identifier: MIT
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "directory/number_load.hpp"
#include "directory/resolve_names.hpp"
#include "directory/source.hpp"
#include "failure.hpp"
#include "options.hpp"
#include "progress_line.hpp"
#include "shaken302/explanation.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* usage =
    "numbers check FILE [--never-calls] [--config FILE] [--json]\n"
    "                                        check a number table, or a list of numbers that\n"
    "                                        never call, against the accounts of a configuration\n"
    "       shaken302 numbers lookup NUMBER [--at TIME] [--config FILE] [--json]\n"
    "                                        show the row that decides about a number";

int fail(const config::ConfigIssues& issues, const po::variables_map& values, Streams streams) {
  print_issues(issues, values.count("json") != 0, streams);
  return exit_configuration;
}

/// The configuration with the accounts that its source holds.
Result<config::Configuration, config::ConfigIssues> read_accounts(const std::string& file) {
  auto configuration = config::read_configuration(file);
  if (!configuration) return Failure{configuration.error()};
  directory::Findings findings;
  config::DirectorySource accounts = configuration->directory;
  {
    const auto source = directory::open_source(*configuration, findings, {});
    if (source) source->read_entries(accounts, findings);
  }
  if (!findings.issues.empty()) return Failure{findings.issues};
  configuration->directory = std::move(accounts);
  return std::move(*configuration);
}

/// The table of `file`; says on a terminal how far it has come.
Result<NumberTable, config::ConfigIssues> load_table(const std::string& file, bool never_calls,
                                                     const directory::AccountIds& accounts,
                                                     directory::RowIssues& warnings,
                                                     Streams streams) {
  auto opened = config::RegularFile::open(file, directory::number_file_rules);
  if (!opened) return Failure{config::ConfigIssues{opened.error()}};
  ProgressLine line(streams.err, file);
  directory::ProgressSink progress;
  if (&streams.err == &std::cerr && ::isatty(STDERR_FILENO) != 0) {
    progress = [&line](const directory::LoadProgress& now) { line.show(now); };
  }
  return never_calls
             ? directory::load_never_calls_csv(std::move(*opened), {}, progress, &warnings)
             : directory::load_numbers_csv(std::move(*opened), accounts, {}, progress, &warnings);
}

int check_numbers(const po::variables_map& values, Streams streams) {
  const auto file = needed_word(values, "what", "numbers check needs a FILE");
  const bool never_calls = values["never-calls"].as<bool>();
  const auto configuration = read_accounts(values["config"].as<std::string>());
  if (!configuration) return fail(configuration.error(), values, streams);
  const directory::Names names(configuration->directory);
  const auto begin = std::chrono::steady_clock::now();
  directory::RowIssues odd(file);
  const auto table = load_table(file, never_calls, names.accounts, odd, streams);
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  if (!table) return fail(table.error(), values, streams);
  const std::uint64_t odd_rows = odd.count();
  for (const config::ConfigIssue& warning : odd.take()) {
    streams.err << "warning: " << config::to_text(warning) << '\n';
  }
  if (values.count("json") != 0) {
    const Json facts{{"file", file},
                     {"rows", table->size()},
                     {"ranges", table->ranges()},
                     {"memory_bytes", table->memory_bytes()},
                     {"seconds", time.count()},
                     {"warnings", odd_rows}};
    streams.out << facts.dump(2) << '\n';
  } else {
    streams.out << fmt::format(
        "{}: good: {} rows, {} of them ranges; {:.1f} MB in memory, {:.1f} seconds\n", file,
        table->size(), table->ranges(), static_cast<double>(table->memory_bytes()) / 1e6,
        time.count());
  }
  return exit_done;
}

std::string_view to_text(NumberBasis basis) noexcept {
  switch (basis) {
    case NumberBasis::assigned:
      return "assigned";
    case NumberBasis::verified:
      return "verified";
    case NumberBasis::letter_of_authorisation:
      return "loa";
    case NumberBasis::delegated:
      return "delegated";
  }
  return "";
}

/// Empty: no limit.
std::string day_text(std::chrono::sys_days day, std::chrono::sys_days no_limit) {
  return day == no_limit ? std::string() : fmt::format("{:%F}", day);
}

/// What a person or a script is told about a claim.
struct Told {
  std::string place;
  std::string numbers;
  std::string account;
  std::string from;
  std::string until;
  bool is_valid = false;
  std::string basis;
};

Told tell(const NumberClaim& claim, const NumberTable& table, const AccountTable& accounts,
          UnixTime at) {
  Told told;
  told.place = place_of_row(table.source(), claim.line);
  told.numbers = claim.first == claim.last ? fmt::format("{}", claim.first)
                                           : fmt::format("{}-{}", claim.first, claim.last);
  if (claim.account != no_index) told.account = accounts.accounts()[claim.account].id;
  told.from = day_text(claim.valid_from, NumberClaim{}.valid_from);
  told.until = day_text(claim.valid_until, NumberClaim{}.valid_until);
  told.is_valid = claim.is_valid_at(at);
  // A number that never calls is nobody's, on no basis.
  if (claim.account != no_index) told.basis = to_text(claim.basis);
  return told;
}

Json facts_of(const Told& told) {
  Json facts{{"place", told.place}, {"numbers", told.numbers}};
  if (!told.account.empty()) facts["account"] = told.account;
  if (!told.basis.empty()) facts["basis"] = told.basis;
  facts.update(
      Json{{"valid_from", told.from}, {"valid_until", told.until}, {"valid", told.is_valid}});
  return facts;
}

std::string line_of(const Told& told) {
  std::string dates;
  if (!told.from.empty()) dates += " from " + told.from;
  if (!told.until.empty()) dates += " until " + told.until;
  return fmt::format("{}: {}{}{}{}{}{}, {}", told.place, told.numbers,
                     told.account.empty() ? "" : " of ", told.account,
                     told.basis.empty() ? "" : ", ", told.basis, dates,
                     told.is_valid ? "valid" : "not valid");
}

/// Everything that the tables say about one number.
struct Answer {
  std::vector<Told> claims;  ///< the one that decides first
  std::string reference;
  std::vector<Told> never_calls;
};

std::string reference_of(const NumberTable& table, const NumberClaim& claim) {
  auto file = config::RegularFile::open(table.source(), directory::number_file_rules);
  if (!file) return {};
  return directory::read_reference(std::move(*file), claim).value_or("");
}

Answer look_up(const PhoneNumber& number, const Loaded& loaded, UnixTime at) {
  Answer answer;
  const Snapshot& snapshot = *loaded.snapshot.snapshot;
  const auto claims = snapshot.numbers->find_all(number);
  for (const NumberClaim& claim : claims) {
    answer.claims.push_back(tell(claim, *snapshot.numbers, *snapshot.accounts, at));
  }
  const config::DirectorySource& source = loaded.configuration.directory;
  const bool is_file = source.kind == config::SourceKind::files;
  if (!claims.empty()) {
    answer.reference = is_file ? reference_of(*snapshot.numbers, claims[0])
                               : directory::read_reference(source, claims[0]).value_or("");
  }
  if (snapshot.never_calls == nullptr) return answer;
  for (const NumberClaim& claim : snapshot.never_calls->find_all(number)) {
    answer.never_calls.push_back(tell(claim, *snapshot.never_calls, *snapshot.accounts, at));
  }
  return answer;
}

void print_json(const PhoneNumber& number, const Answer& answer, UnixTime at, std::ostream& out) {
  Json facts{
      {"number", number.digits()}, {"at", cli::to_text(at)}, {"found", !answer.claims.empty()}};
  if (!answer.claims.empty()) {
    facts.update(facts_of(answer.claims.front()));
    facts["reference"] = answer.reference;
  }
  facts["hides"] = Json::array();
  for (std::size_t i = 1; i < answer.claims.size(); ++i) {
    facts["hides"].push_back(facts_of(answer.claims[i]));
  }
  facts["never_calls"] = Json::array();
  for (const Told& told : answer.never_calls) facts["never_calls"].push_back(facts_of(told));
  out << facts.dump(2) << '\n';
}

void print_lines(const PhoneNumber& number, const Answer& answer, UnixTime at, std::ostream& out) {
  out << '+' << number.digits() << " at " << cli::to_text(at) << '\n';
  if (answer.claims.empty()) out << "  no row names it\n";
  for (std::size_t i = 0; i < answer.claims.size(); ++i) {
    out << (i == 0 ? "  decides: " : "  hidden:  ") << line_of(answer.claims[i]) << '\n';
    if (i == 0 && !answer.reference.empty()) out << "           " << answer.reference << '\n';
  }
  for (const Told& told : answer.never_calls) out << "  must never call: " << line_of(told) << '\n';
}

int look_up_number(const po::variables_map& values, Streams streams) {
  const auto text = needed_word(values, "what", "numbers lookup needs a NUMBER");
  const auto number = parse_number(text, make_number_plan(""));
  if (!number || number->kind() != NumberKind::global) {
    throw po::error(
        fmt::format("'{}' is no number: write it with its country code, as in +12155550100", text));
  }
  const UnixTime at = values.count("at") == 0 ? now() : parse_time(values["at"].as<std::string>());
  const auto loaded = load(values, streams);
  if (!loaded) return exit_configuration;
  const Answer answer = look_up(*number, *loaded, at);
  if (values.count("json") != 0) {
    print_json(*number, answer, at, streams.out);
  } else {
    print_lines(*number, answer, at, streams.out);
  }
  return answer.claims.empty() ? exit_negative : exit_done;
}

}  // namespace

int numbers(const Words& words, Streams streams) {
  po::options_description options("options");
  add_common_options(options);
  options.add_options()("at", po::value<std::string>(),
                        "of lookup: as of this time, 2026-11-21T09:00:00Z, 2026-11-21 or seconds "
                        "since 1970 in ten digits; "
                        "otherwise now")("never-calls", po::bool_switch(),
                                         "of check: the file is a list of numbers that never call");
  if (!words.empty() && !words[0].starts_with('-') && words[0] != "check" && words[0] != "lookup") {
    throw po::error(fmt::format("there is no numbers {}: check or lookup", words[0]));
  }
  const auto values = parse_words(words, options, {"action", "what"}, usage, streams);
  if (!values) return exit_done;
  const std::string action = needed_word(*values, "action", "numbers does what? check or lookup");
  if (action == "check") return check_numbers(*values, streams);
  if (action == "lookup") return look_up_number(*values, streams);
  throw po::error(fmt::format("there is no numbers {}: check or lookup", action));
}

}  // namespace shaken302::cli
