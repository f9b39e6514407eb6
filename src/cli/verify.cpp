// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "identity_input.hpp"
#include "shaken302/verification_service.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

namespace {

std::optional<PhoneNumber> number_option(const po::variables_map& values, const char* name) {
  if (values.count(name) == 0) return std::nullopt;
  const auto text = values[name].as<std::string>();
  const auto number = parse_number(text, make_number_plan(values["country"].as<std::string>()));
  if (!number)
    throw po::error(std::string("--") + name + ": '" + text + "' is not a telephone number");
  return *number;
}

nlohmann::ordered_json claims(const Passport& passport) {
  nlohmann::ordered_json json{{"ppt", passport.ppt}, {"x5u", passport.x5u}};
  json["issued"] = to_text(passport.iat);
  if (passport.attest) json["attest"] = std::string(1, to_char(*passport.attest));
  json["orig"] = passport.orig.tn.empty() ? passport.orig.uri : passport.orig.tn;
  json["dest"] = passport.dest.tn.empty() ? passport.dest.uri : passport.dest.tn;
  if (passport.origid) json["origid"] = *passport.origid;
  return json;
}

po::options_description make_options() {
  po::options_description options("options");
  add_identity_options(options);
  options.add_options()("certificate,C", po::value<std::string>()->required(),
                        "PEM file of the certificate that the x5u names, chain behind it")(
      "trust,t", po::value<std::string>(),
      "PEM file of trust anchors; without it the chain is not checked")(
      "from", po::value<std::string>(), "the calling number that orig must be")(
      "to", po::value<std::string>(), "the called number that must be among dest")(
      "country", po::value<std::string>()->default_value("1"), "number plan of --from and --to")(
      "at", po::value<std::string>(), "the time of the check; default now")(
      "max-age", po::value<unsigned>()->default_value(60),
      "seconds that iat may be off, both ways")("json", "print JSON")("help,h", "print this");
  return options;
}

}  // namespace

int verify(const Words& words, Streams streams) {
  const auto values = parse_words(
      words, make_options(), {"identity"},
      "verify --certificate PEM [--trust PEM] (IDENTITY | --file FILE) [options]", streams);
  if (!values) return exit_done;

  const std::string identity = read_identity(*values, streams);
  const CertificateChain certificate =
      read_certificate((*values)["certificate"].as<std::string>(), streams);
  std::optional<CertificateChain> anchors;
  if (values->count("trust") != 0) {
    anchors = read_certificate((*values)["trust"].as<std::string>(), streams);
  }
  const Verification verification = shaken302::verify({
      .identity = identity,
      .certificate = &certificate,
      .anchors = anchors ? &*anchors : nullptr,
      .calling = number_option(*values, "from"),
      .called = number_option(*values, "to"),
      .now = values->count("at") != 0 ? parse_time((*values)["at"].as<std::string>()) : now(),
      .freshness = std::chrono::seconds{(*values)["max-age"].as<unsigned>()},
  });

  const bool valid = verification.result == VerificationResult::valid;
  nlohmann::ordered_json facts{{"valid", valid}, {"result", to_text(verification.result)}};
  if (!verification.detail.empty()) facts["detail"] = verification.detail;
  if (verification.passport) facts["passport"] = claims(*verification.passport);
  if (values->count("json") != 0) {
    streams.out << facts.dump(2, ' ', true) << '\n';
  } else {
    streams.out << (valid ? "valid" : "not valid: " + std::string(to_text(verification.result)))
                << (verification.detail.empty() ? "" : ": " + verification.detail)
                << (anchors ? "" : " (chain not checked: no --trust)") << '\n';
    if (verification.passport) {
      for (const auto& [name, value] : facts["passport"].items()) {
        streams.out << "  " << name << ' ' << value.dump(-1, ' ', true) << '\n';
      }
    }
  }
  return valid ? exit_done : exit_negative;
}

}  // namespace shaken302::cli
