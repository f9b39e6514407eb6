// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <chrono>
#include <istream>
#include <iterator>
#include <stdexcept>

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
  for (const std::string& name : positional) positions.add(name.c_str(), 1);
  po::variables_map values;
  using Style = po::command_line_style::style_t;
  po::store(po::command_line_parser(words)
                .options(options)
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

std::optional<Loaded> load(const std::string& file, Streams streams) {
  const auto complain = [&streams](const config::ConfigIssues& issues) {
    for (const config::ConfigIssue& issue : issues) streams.err << config::to_text(issue) << '\n';
  };
  auto configuration = config::read_configuration(file);
  if (!configuration) {
    complain(configuration.error());
    return std::nullopt;
  }
  auto secret = directory::load_secret(*configuration);
  directory::MetricsSlots slots;
  auto snapshot = directory::load_snapshot(*configuration, 1, now(), slots);
  // Both are tried, so that one run shows all that is wrong.
  if (!secret) complain(secret.error());
  if (!snapshot) complain(snapshot.error());
  if (!secret || !snapshot) return std::nullopt;
  return Loaded{std::move(*configuration), *secret, std::move(*snapshot)};
}

UnixTime now() noexcept {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

UnixTime parse_time(const std::string& text) {
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, seconds);
      error == std::errc{} && at == end) {
    return UnixTime{std::chrono::seconds{seconds}};
  }
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  int used = 0;
  // NOLINTNEXTLINE(cert-err34-c): every field is bounded by its width and checked below.
  const int fields = std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%2uZ%n", &year, &month, &day,
                                 &hour, &minute, &second, &used);
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (fields != 6 || static_cast<std::size_t>(used) != text.size() || !date.ok() || hour > 23 ||
      minute > 59 || second > 60) {
    throw po::error(fmt::format(
        "'{}' is no time: give seconds since 1970, or the form 2026-11-21T09:00:00Z", text));
  }
  return UnixTime{std::chrono::sys_days{date}} + std::chrono::hours{hour} +
         std::chrono::minutes{minute} + std::chrono::seconds{second};
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
