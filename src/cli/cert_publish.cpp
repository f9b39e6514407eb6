// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "cert.hpp"
#include "cert_facts.hpp"
#include "cert_files.hpp"
#include "cert_source.hpp"
#include "options.hpp"
#include "shaken302/published_name.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;
namespace fs = std::filesystem;

const char* const cert_publish_usage =
    "cert publish DIR --certificate FILE | --config FILE [--credential NAME] [--base-url URL] "
    "[--json]";

namespace {

constexpr mode_t for_everybody = 0644;

struct Source {
  std::string credential;
  std::string file;
  std::optional<std::string> base_url;  ///< nothing: nobody said where
};

/// A chain on its way to everybody.
struct Publication {
  std::string credential;  ///< empty: of a file
  std::string content;
  fs::path path;
  std::string x5u;  ///< empty: nobody said where
  bool is_new = false;
};

/// What is written is what was read as certificates, and nothing else that a file may hold.
Publication prepare(const std::string& credential, const std::string& file, Streams streams) {
  const auto chain = read_chain(file);
  if (!chain) throw std::runtime_error(complaint_of(file, chain.error()));
  for (const CertificateFinding& finding : check_certificate(*chain, now())) {
    // Verifiers would find a CA where they look for whoever signs.
    const bool is_authority = finding.which == CertificateFault::authority;
    if (is_authority) throw std::runtime_error(complaint_of(file, finding));
  }
  if (chain->linked_size() < chain->size()) {
    streams.err << "warning: " << complaint_of(file, make_finding(CertificateFault::not_linked))
                << '\n';
  }
  return Publication{credential, chain->to_pem(), {}, {}, false};
}

std::string x5u_below(std::string base_url, const std::string& name) {
  while (base_url.ends_with('/')) base_url.pop_back();
  std::string x5u = base_url + '/' + name;
  if (!is_acceptable_x5u(x5u)) {
    throw po::error(
        fmt::format("'{}' cannot be the beginning of an x5u: use https, port 443 or 8443, no query "
                    "and at most 218 characters",
                    base_url));
  }
  return x5u;
}

/// Puts it where it belongs unless it is there already.
void put(Publication& publication) {
  const Uninterrupted uninterrupted;
  NewFile file(publication.path, for_everybody);
  file.write(publication.content);
  publication.is_new = file.put_in_place();
  file.keep();
  if (publication.is_new) return;
  const auto there = directory::read_file(publication.path, publication.content.size() + 1, false);
  if (there && *there == publication.content) return;
  throw std::runtime_error(
      fmt::format("{} is there already and is not that certificate: somebody has changed it; "
                  "remove it, and find out who",
                  publication.path.string()));
}

void print(const std::vector<Publication>& publications, bool as_json, std::ostream& out) {
  if (as_json) {
    auto facts = nlohmann::ordered_json::array();
    for (const Publication& publication : publications) {
      facts.push_back({{"credential", publication.credential},
                       {"path", publication.path.string()},
                       {"x5u", publication.x5u},
                       {"new", publication.is_new}});
    }
    out << dump(facts) << '\n';
    return;
  }
  for (const Publication& publication : publications) {
    out << (publication.is_new ? "published  " : "is there   ") << publication.path.string();
    if (!publication.credential.empty()) out << "  of " << publication.credential;
    if (!publication.x5u.empty()) out << "\nx5u        " << publication.x5u;
    out << '\n';
  }
}

/// Nothing when the configuration is not good.
std::optional<std::vector<Source>> select_sources(const po::variables_map& values,
                                                  Streams streams) {
  const auto base_url =
      values.count("base-url") == 0 ? std::nullopt : std::optional(text_of(values, "base-url"));
  if (values.count("certificate") != 0) {
    return std::vector<Source>{{"", text_of(values, "certificate"), base_url}};
  }
  const auto configuration = read_configured(values, streams);
  if (!configuration) return std::nullopt;
  std::vector<Source> sources;
  for (const auto& files : select_credentials(*configuration, text_of(values, "credential"))) {
    sources.push_back({files.name, files.certificate.string(), base_url});
    if (!base_url && !files.x5u_base.empty()) sources.back().base_url = files.x5u_base;
  }
  return sources;
}

Publication prepare_for(const Source& source, const po::variables_map& values, Streams streams) {
  Publication publication = prepare(source.credential, source.file, streams);
  const std::string name = published_name(publication.content);
  publication.path = fs::path(text_of(values, "dir")) / name;
  if (source.base_url) publication.x5u = x5u_below(*source.base_url, name);
  return publication;
}

}  // namespace

int cert_publish(const Words& words, Streams streams) {
  po::options_description options("options");
  options.add_options()("certificate", po::value<std::string>(),
                        "a file with the chain, leaf first")(
      "config,c", po::value<std::string>(), "the certificates of this configuration instead")(
      "credential", po::value<std::string>(), "with --config: this one alone")(
      "base-url", po::value<std::string>(),
      "where the folder is served; prints the x5u; with --config its x5u_base unless given")(
      "json", "print JSON")("help,h", "print this");
  const auto values = parse_words(words, options, {"dir"}, cert_publish_usage, streams);
  if (!values) return exit_done;
  needed_word(*values, "dir", "give the folder that a web server serves");
  require_one_of(*values, "certificate", "config", "give --certificate or --config, one of them");
  require_config_for(*values, "credential");

  const auto sources = select_sources(*values, streams);
  if (!sources) return exit_configuration;
  // Everything is read and checked before anything is written.
  std::vector<Publication> publications;
  for (const Source& source : *sources) {
    publications.push_back(prepare_for(source, *values, streams));
  }
  for (Publication& publication : publications) put(publication);
  print(publications, values->count("json") != 0, streams.out);
  return exit_done;
}

}  // namespace shaken302::cli
