// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "cert.hpp"
#include "cert_facts.hpp"
#include "cert_source.hpp"
#include "directory/inspect_credential.hpp"
#include "options.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

const char* const cert_selftest_usage =
    "cert selftest [--config FILE] [--credential NAME] [--json]";

namespace {

struct Tested {
  std::string name;
  std::string fault;  ///< empty: it is good
  double signatures_per_second = 0;
};

/// On this thread, one after the other, for as long as it takes to know roughly.
double measure(const std::shared_ptr<const CredentialTable>& table, std::uint32_t credential) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds at_least{200};
  Signer signer;
  signer.follow(table);
  const auto begin = Clock::now();
  std::uint64_t made = 0;
  auto elapsed = Clock::duration::zero();
  do {
    if (!signer.sign(credential, "a canary that is signed for its speed")) return 0;
    ++made;
    elapsed = Clock::now() - begin;
  } while (elapsed < at_least);
  return static_cast<double>(made) / std::chrono::duration<double>(elapsed).count();
}

/// What a start survives and a signature does not.
bool stops_signing(CertificateFault fault) noexcept {
  return fault == CertificateFault::self_test || fault == CertificateFault::not_yet_valid ||
         fault == CertificateFault::expired || fault == CertificateFault::issuer_not_valid;
}

std::string fault_in(const directory::InspectedCredential& inspected) {
  for (const directory::CredentialFinding& found : inspected.findings) {
    if (refuses(found.finding.which) || stops_signing(found.finding.which)) {
      return found.problem + "; " + found.remedy;
    }
  }
  return inspected.passes_self_test ? "" : "its test signature does not verify";
}

/// What the server does at its start, and then as many signatures as take a moment.
Tested test(const config::CredentialFiles& files) {
  auto inspected = directory::inspect_credential(files, nullptr, now());
  Tested tested{files.name, fault_in(inspected), 0};
  if (!tested.fault.empty()) return tested;
  auto table = std::make_shared<CredentialTable>();
  table->entries.push_back({std::move(*inspected.credential)});
  tested.signatures_per_second = measure(table, 0);
  if (tested.signatures_per_second <= 0) tested.fault = "a signature could not be made";
  return tested;
}

void print(const std::vector<Tested>& all, bool as_json, std::ostream& out) {
  auto facts = nlohmann::ordered_json::array();
  for (const Tested& tested : all) {
    if (as_json) {
      const auto speed = static_cast<std::uint64_t>(tested.signatures_per_second);
      facts.push_back({{"credential", tested.name},
                       {"good", tested.fault.empty()},
                       {"fault", tested.fault},
                       {"signatures_per_second", speed}});
    } else if (tested.fault.empty()) {
      out << fmt::format("{}: good, {:.0f} signatures/s on one thread\n", tested.name,
                         tested.signatures_per_second);
    } else {
      out << tested.name << ": FAILED: " << tested.fault << '\n';
    }
  }
  if (as_json) out << dump(facts) << '\n';
}

}  // namespace

int cert_selftest(const Words& words, Streams streams) {
  po::options_description options("options");
  add_common_options(options);
  options.add_options()("credential", po::value<std::string>(), "this one alone");
  const auto values = parse_words(words, options, {}, cert_selftest_usage, streams);
  if (!values) return exit_done;
  const auto configuration = read_configured(*values, streams);
  if (!configuration) return exit_configuration;
  std::vector<Tested> all;
  for (const auto& files : select_credentials(*configuration, text_of(*values, "credential"))) {
    all.push_back(test(files));
  }
  print(all, values->count("json") != 0, streams.out);
  const auto is_good = [](const Tested& tested) { return tested.fault.empty(); };
  return std::ranges::all_of(all, is_good) ? exit_done : exit_negative;
}

}  // namespace shaken302::cli
