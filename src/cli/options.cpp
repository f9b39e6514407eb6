// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <istream>
#include <iterator>
#include <stdexcept>

#include "failure.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

namespace {

constexpr std::size_t input_bytes_max = 1 << 20;

const char* to_text(CertificateError error) {
  switch (error) {
    case CertificateError::empty:
      return "holds no certificate";
    case CertificateError::syntax:
      return "is not a PEM certificate that can be read";
    case CertificateError::too_large:
      return "is larger than 64 KiB or holds more than 4 certificates";
    case CertificateError::private_key:
      return "holds a private key: never put it beside a certificate";
    case CertificateError::key_type:
      return "has a key that is not EC on the named curve P-256";
    case CertificateError::tn_auth_list:
      return "has a malformed TNAuthList (RFC 8226 section 9)";
  }
  return "cannot be used";
}

}  // namespace

std::optional<po::variables_map> parse_words(const Words& words,
                                             const po::options_description& options,
                                             const std::vector<std::string>& positional,
                                             const std::string& usage, Streams streams) {
  po::positional_options_description positions;
  po::options_description all;
  all.add(options);
  for (const std::string& name : positional) {
    positions.add(name.c_str(), 1);
    if (options.find_nothrow(name, false) == nullptr) {
      all.add_options()(name.c_str(), po::value<std::string>());
    }
  }
  po::variables_map values;
  using Style = po::command_line_style::style_t;
  po::store(po::command_line_parser(words)
                .options(all)
                .positional(positions)
                .style(Style(po::command_line_style::unix_style &
                             ~po::command_line_style::allow_guessing))
                .run(),
            values);
  if (values.count("help") != 0) {
    streams.out << "usage: shaken302 " << usage << "\n\n" << options;
    return std::nullopt;
  }
  po::notify(values);
  return values;
}

std::string needed_word(const po::variables_map& values, const char* name,
                        const std::string& complaint) {
  if (values.count(name) == 0) throw po::error(complaint);
  return values[name].as<std::string>();
}

void add_common_options(po::options_description& options) {
  options.add_options()("config,c", po::value<std::string>()->default_value(default_configuration),
                        "the configuration file")("json", "print JSON")("help,h", "print this");
}

std::string read_text(const std::string& path, Streams streams) {
  if (path != "-") {
    auto content = directory::read_file(path, input_bytes_max, false);
    if (!content) throw std::runtime_error(config::to_text(content.error()));
    return std::move(*content);
  }
  std::string content;
  std::array<char, 4096> part;
  while (streams.in.read(part.data(), part.size()) || streams.in.gcount() > 0) {
    content.append(part.data(), static_cast<std::size_t>(streams.in.gcount()));
    if (content.size() > input_bytes_max)
      throw std::runtime_error("standard input: more than 1 MiB");
  }
  return content;
}

CertificateChain read_certificate(const std::string& path, Streams streams) {
  auto chain = CertificateChain::parse_pem(read_text(path, streams));
  if (!chain) throw std::runtime_error(path + ": " + to_text(chain.error()));
  return std::move(*chain);
}

namespace {

/// Whether an x5u is served is the running server's to see: here it is taken to be.
std::shared_ptr<const Snapshot> taken_as_published(const Snapshot& snapshot) {
  auto credentials = std::make_shared<CredentialTable>(*snapshot.credentials);
  for (CredentialTable::Entry& entry : credentials->entries) entry.unpublished = false;
  auto copy = std::make_shared<Snapshot>(snapshot);
  copy->credentials = std::move(credentials);
  return copy;
}

}  // namespace

std::optional<Loaded> load(const po::variables_map& values, Streams streams,
                           directory::CredentialRule rule) {
  const bool as_json = values.count("json") != 0;
  auto configuration = config::read_configuration(values["config"].as<std::string>());
  if (!configuration) {
    print_issues(configuration.error(), as_json, streams);
    return std::nullopt;
  }
  auto secret = directory::load_secret(*configuration);
  directory::MetricsSlots slots;
  auto snapshot = directory::load_snapshot(*configuration, 1, now(), slots, {}, {.rule = rule});
  // Both are tried, so that one run shows all that is wrong.
  config::ConfigIssues issues;
  const auto collect = [&issues](const config::ConfigIssues& some) {
    issues.insert(issues.end(), some.begin(), some.end());
  };
  if (!secret) collect(secret.error());
  if (!snapshot) collect(snapshot.error());
  if (!issues.empty()) {
    print_issues(issues, as_json, streams);
    return std::nullopt;
  }
  for (const directory::CredentialOrigin& origin : snapshot->credentials.origins) {
    for (const config::ConfigIssue& fault : origin.faults) {
      streams.err << "warning: " << config::to_text(fault) << '\n';
    }
  }
  snapshot->snapshot = taken_as_published(*snapshot->snapshot);
  return Loaded{std::move(*configuration), *secret, std::move(*snapshot)};
}

UnixTime now() noexcept {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

namespace {

/// The digits of `text` where `form` has a 0, and the very same character everywhere else.
bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(text, form, [](char c, char wanted) {
    return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
  });
}

unsigned digits_at(std::string_view text, std::size_t begin, std::size_t size) {
  unsigned value = 0;
  for (const char c : text.substr(begin, size)) value = 10 * value + static_cast<unsigned>(c - '0');
  return value;
}

/// RFC 3339 5.6 in UTC, without fractions; a leap second is the first one of the next minute. A
/// date alone is its first second.
std::optional<UnixTime> parse_date_time(std::string text) {
  if (has_form(text, "0000-00-00")) text += "T00:00:00Z";
  if (!has_form(text, "0000-00-00T00:00:00Z")) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(digits_at(text, 0, 4))),
                                         std::chrono::month(digits_at(text, 5, 2)),
                                         std::chrono::day(digits_at(text, 8, 2))};
  const unsigned hour = digits_at(text, 11, 2);
  const unsigned minute = digits_at(text, 14, 2);
  const unsigned second = digits_at(text, 17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const UnixTime time = UnixTime{std::chrono::sys_days{date}} + std::chrono::hours{hour} +
                        std::chrono::minutes{minute} + std::chrono::seconds{second};
  return time < UnixTime{} ? std::nullopt : std::optional(time);
}

}  // namespace

UnixTime parse_time(const std::string& text) {
  // Ten digits: 2001 to 2286. Fewer are a year or a slip, and no certificate is that old.
  if (has_form(text, "0000000000") && text.front() != '0') {
    return UnixTime{std::chrono::seconds{std::stoll(text)}};
  }
  if (const auto time = parse_date_time(text)) return *time;
  throw po::error(
      fmt::format("'{}' is no time: give the form 2026-11-21T09:00:00Z or 2026-11-21 (UTC), or "
                  "seconds since 1970 in ten digits",
                  text));
}

std::string to_text(UnixTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace shaken302::cli
