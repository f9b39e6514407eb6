// SPDX-License-Identifier: MIT
#include "cert_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "failure.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

Result<CertificateChain, CertificateFinding> read_chain(const std::string& path) {
  constexpr std::size_t bytes_max = 1U << 20U;
  const auto content = directory::read_file(path, bytes_max, false);
  if (!content) {
    return Failure{make_finding(CertificateFault::unreadable_file, content.error().problem)};
  }
  auto chain = CertificateChain::parse(*content);
  if (!chain) return Failure{make_finding(fault_of(chain.error()))};
  return std::move(*chain);
}

std::string complaint_of(const std::string& subject, const CertificateFinding& finding) {
  const CertificateFaultText text = text_of(finding.which);
  return fmt::format("{}: {}{}{}: {}", subject, text.problem, finding.detail.empty() ? "" : ": ",
                     finding.detail, text.remedy);
}

std::optional<config::Configuration> read_configured(const po::variables_map& values,
                                                     Streams streams) {
  auto configuration = config::read_configuration(values["config"].as<std::string>());
  if (configuration) return std::move(*configuration);
  print_issues(configuration.error(), values.count("json") != 0, streams);
  return std::nullopt;
}

std::string text_of(const po::variables_map& values, const char* name) {
  return values.count(name) == 0 ? std::string() : values[name].as<std::string>();
}

std::vector<config::CredentialFiles> select_credentials(const config::Configuration& configuration,
                                                        const std::string& name) {
  const auto& all = configuration.directory.credentials;
  if (all.empty()) {
    throw std::runtime_error(fmt::format("{} has no [[credential]]", configuration.file.string()));
  }
  if (name.empty()) return all;
  const auto found = std::ranges::find(all, name, &config::CredentialFiles::name);
  if (found != all.end()) return {*found};
  std::string names;
  for (const config::CredentialFiles& files : all) {
    names += (names.empty() ? "" : ", ") + files.name;
  }
  throw po::error(fmt::format("there is no credential '{}', only {}", name, names));
}

void require_one_of(const po::variables_map& values, const char* one, const char* other,
                    const std::string& complaint) {
  if ((values.count(one) != 0) == (values.count(other) != 0)) throw po::error(complaint);
}

void require_config_for(const po::variables_map& values, const char* option) {
  if (values.count(option) != 0 && values.count("config") == 0) {
    throw po::error(fmt::format("--{} goes with --config", option));
  }
}

}  // namespace shaken302::cli
