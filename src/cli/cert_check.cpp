// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "cert.hpp"
#include "cert_facts.hpp"
#include "cert_inspection.hpp"
#include "cert_source.hpp"
#include "core/certificate_request.hpp"
#include "options.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

const char* const cert_check_usage =
    "cert check FILE [--key FILE [--passphrase-file FILE]] [--anchors FILE] [--x5u URL]\n"
    "                            [--spc CODE] [--at TIME] [--json]\n"
    "       shaken302 cert check --config FILE [--credential NAME] [--at TIME] [--json]";

namespace {

using Json = nlohmann::ordered_json;
using Findings = std::vector<directory::CredentialFinding>;

/// What is checked, and the anchors of all of them; no anchors: no path is built.
struct Plan {
  std::vector<config::CredentialFiles> credentials;
  std::optional<TrustAnchors> anchors;
};

TrustAnchors read_anchors(const std::string& path) {
  const auto content = directory::read_file(path, TrustAnchors::bytes_max, false);
  if (!content) throw std::runtime_error(config::to_text(content.error()));
  auto anchors = TrustAnchors::parse(*content);
  if (!anchors) {
    throw std::runtime_error(complaint_of(path, make_finding(fault_of(anchors.error()))));
  }
  return std::move(*anchors);
}

Plan plan_of_file(const po::variables_map& values) {
  config::CredentialFiles files;
  files.certificate = text_of(values, "file");
  files.key = text_of(values, "key");
  files.passphrase = text_of(values, "passphrase-file");
  files.x5u = text_of(values, "x5u");
  files.expected_spc = text_of(values, "spc");
  Plan plan{{std::move(files)}, std::nullopt};
  if (values.count("anchors") != 0) plan.anchors = read_anchors(text_of(values, "anchors"));
  return plan;
}

Plan plan_of(const config::Configuration& configuration, const std::string& credential) {
  Plan plan{select_credentials(configuration, credential), std::nullopt};
  for (const auto& file : configuration.directory.trust_anchors) {
    if (!plan.anchors) plan.anchors.emplace();
    plan.anchors->add(read_anchors(file.string()));
  }
  return plan;
}

std::string title_of(const config::CredentialFiles& files) {
  return (files.name.empty() ? "" : files.name + ": ") + files.certificate.string();
}

void print(const config::CredentialFiles& files, const Findings& findings, std::ostream& out) {
  for (const directory::CredentialFinding& found : findings) {
    out << fmt::format("{}: {}; {}\n", to_text(found.finding.severity), found.problem,
                       found.remedy);
  }
  out << title_of(files)
      << (has_error(findings) ? ": not to be used\n"
                              : (findings.empty() ? ": good\n" : ": good, with warnings\n"));
}

Json facts_of(const config::CredentialFiles& files, const Findings& findings) {
  Json facts{{"file", files.certificate.string()}};
  if (!files.name.empty()) facts["credential"] = files.name;
  facts["good"] = !has_error(findings);
  facts["findings"] = Json::array();
  for (const directory::CredentialFinding& found : findings) {
    Json finding = cli::facts_of(found.finding);
    finding["about"] = found.key;
    finding["problem"] = found.problem;
    finding["remedy"] = found.remedy;
    facts["findings"].push_back(std::move(finding));
  }
  return facts;
}

void check_options(const po::variables_map& values) {
  require_one_of(values, "file", "config", "give a file or --config, one of them");
  require_config_for(values, "credential");
  for (const char* option : {"key", "passphrase-file", "anchors", "x5u", "spc"}) {
    if (values.count("config") != 0 && values.count(option) != 0) {
      throw po::error(fmt::format("--{} goes with a file: a configuration says it itself", option));
    }
  }
  if (values.count("passphrase-file") != 0 && values.count("key") == 0) {
    throw po::error("--passphrase-file goes with --key");
  }
  if (values.count("spc") == 0) return;
  const std::string spc = text_of(values, "spc");
  if (const auto list = read_tn_auth_list({spc}, {}); !list) {
    throw po::error(fmt::format("'{}' {}", spc, to_text(list.error())));
  }
}

}  // namespace

int cert_check(const Words& words, Streams streams) {
  po::options_description options("options");
  options.add_options()("key", po::value<std::string>(),
                        "the private key that should belong to it")(
      "passphrase-file", po::value<std::string>(), "the file with the key's passphrase")(
      "anchors", po::value<std::string>(), "the certificates that the chain should lead to")(
      "x5u", po::value<std::string>(), "where it will be fetched")(
      "spc", po::value<std::string>(), "the service provider code that it should be for")(
      "config,c", po::value<std::string>(), "the credentials of this configuration instead")(
      "credential", po::value<std::string>(), "with --config: this one alone")(
      "at", po::value<std::string>(),
      "as of this time, 2026-11-21T09:00:00Z, 2026-11-21 or seconds since 1970; otherwise now")(
      "json", "print JSON: an array with an object for each certificate file")("help,h",
                                                                               "print this");
  const auto values = parse_words(words, options, {"file"}, cert_check_usage, streams);
  if (!values) return exit_done;
  check_options(*values);
  const UnixTime at = values->count("at") == 0 ? now() : parse_time(text_of(*values, "at"));

  Plan plan;
  if (values->count("file") != 0) {
    plan = plan_of_file(*values);
  } else {
    const auto configuration = read_configured(*values, streams);
    if (!configuration) return exit_configuration;
    plan = plan_of(*configuration, text_of(*values, "credential"));
  }
  Json facts = Json::array();
  bool is_good = true;
  for (const config::CredentialFiles& files : plan.credentials) {
    const Findings findings = inspect(files, plan.anchors ? &*plan.anchors : nullptr, at);
    is_good = is_good && !has_error(findings);
    if (values->count("json") != 0) {
      facts.push_back(facts_of(files, findings));
    } else {
      print(files, findings, streams.out);
    }
  }
  if (values->count("json") != 0) streams.out << dump(facts) << '\n';
  return is_good ? exit_done : exit_negative;
}

}  // namespace shaken302::cli
