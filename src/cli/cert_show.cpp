// SPDX-License-Identifier: MIT
#include "cert.hpp"
#include "cert_facts.hpp"
#include "cert_source.hpp"
#include "directory/inspect_credential.hpp"
#include "options.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

const char* const cert_show_usage = "cert show FILE | --config FILE [--credential NAME] [--json]";

namespace {

using Json = nlohmann::ordered_json;

struct Shown {
  std::string file;
  std::string credential{};              ///< empty: a file by itself
  config::CredentialFiles configured{};  ///< where there is a credential

  [[nodiscard]] std::string x5u(const CertificateChain& chain) const {
    return credential.empty() ? "" : directory::x5u_of(configured, chain);
  }
};

std::string title_of(const Shown& shown) {
  return shown.credential.empty() ? shown.file : shown.credential + ": " + shown.file;
}

/// False when there is nothing to show.
bool print(const Shown& shown, UnixTime now, std::ostream& out) {
  const auto chain = read_chain(shown.file);
  out << title_of(shown) << '\n';
  if (!chain) {
    out << "  " << line_of("it", chain.error()) << '\n';
    return false;
  }
  print_lines(*chain, now, out);
  if (const auto x5u = shown.x5u(*chain); !x5u.empty()) out << "  x5u         " << x5u << '\n';
  for (const CertificateFinding& finding : check_certificate(*chain, now)) {
    out << "  " << line_of("it", finding) << '\n';
  }
  return true;
}

bool add_facts(const Shown& shown, UnixTime now, Json& all) {
  const auto chain = read_chain(shown.file);
  Json facts{{"file", shown.file}};
  if (!shown.credential.empty()) {
    facts["credential"] = shown.credential;
    facts["x5u"] = chain ? shown.x5u(*chain) : shown.configured.x5u;
  }
  if (chain) facts.update(facts_of(*chain, now));
  facts["findings"] = chain ? facts_of(check_certificate(*chain, now))
                            : facts_of(std::vector<CertificateFinding>{chain.error()});
  all.push_back(std::move(facts));
  return chain.has_value();
}

}  // namespace

int cert_show(const Words& words, Streams streams) {
  po::options_description options("options");
  options.add_options()("config,c", po::value<std::string>(),
                        "the certificates of this configuration instead")(
      "credential", po::value<std::string>(), "with --config: this one alone")(
      "json", "print JSON: an array with an object for each file")("help,h", "print this");
  const auto values = parse_words(words, options, {"file"}, cert_show_usage, streams);
  if (!values) return exit_done;
  require_one_of(*values, "file", "config", "give a file or --config, one of them");
  require_config_for(*values, "credential");

  std::vector<Shown> all;
  if (values->count("file") != 0) {
    all.push_back({text_of(*values, "file")});
  } else {
    const auto configuration = read_configured(*values, streams);
    if (!configuration) return exit_configuration;
    for (const auto& files : select_credentials(*configuration, text_of(*values, "credential"))) {
      all.push_back({files.certificate.string(), files.name, files});
    }
  }
  Json facts = Json::array();
  bool is_readable = true;
  for (const Shown& shown : all) {
    const bool is_shown = values->count("json") != 0 ? add_facts(shown, now(), facts)
                                                     : print(shown, now(), streams.out);
    is_readable = is_readable && is_shown;
  }
  if (values->count("json") != 0) streams.out << dump(facts) << '\n';
  return is_readable ? exit_done : exit_negative;
}

}  // namespace shaken302::cli
