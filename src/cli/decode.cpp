// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "identity_input.hpp"
#include "shaken302/identity_header.hpp"
#include "shaken302/passport.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

namespace {

/// Pretty where it is JSON; else the text with everything escaped that a terminal would obey.
nlohmann::ordered_json readable(const std::string& text) {
  auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  return json.is_discarded() ? nlohmann::ordered_json(text) : json;
}

std::string dump(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

int decode(const Words& words, Streams streams) {
  po::options_description options("options");
  add_identity_options(options);
  options.add_options()("json", "print one JSON object")("help,h", "print this");
  const auto values =
      parse_words(words, options, {"identity"}, "decode IDENTITY | --file FILE [--json]", streams);
  if (!values) return exit_done;

  const std::string value = read_identity(*values, streams);
  const auto header = parse_identity(value);
  const auto segments = decode_segments(header ? header->token : std::string_view(value));
  if (!segments) {
    streams.err << "shaken302 decode: this is neither an Identity nor a token: three base64url "
                   "segments with dots between them are wanted\n";
    return exit_negative;
  }
  nlohmann::ordered_json facts{{"header", readable(segments->header_json)},
                               {"payload", readable(segments->payload_json)},
                               {"signature_bytes", segments->signature_bytes}};
  if (header) {
    facts["info"] = std::string(header->info);
    facts["ppt"] = std::string(header->ppt);
  }
  if (values->count("json") != 0) {
    streams.out << dump(facts) << '\n';
    return exit_done;
  }
  streams.out << "header    " << dump(facts["header"]) << "\npayload   " << dump(facts["payload"])
              << "\nsignature " << segments->signature_bytes << " bytes, not checked";
  if (const auto& payload = facts["payload"];
      payload.is_object() && payload.contains("iat") && payload["iat"].is_number_unsigned()) {
    const auto iat = payload["iat"].get<std::uint64_t>();
    if (iat < 253402300800U) {  // the year 10000
      streams.out << "\nissued    "
                  << to_text(UnixTime{std::chrono::seconds{static_cast<std::int64_t>(iat)}});
    }
  }
  if (header) {
    streams.out << "\ninfo      " << dump(facts["info"]) << "\nppt       " << dump(facts["ppt"]);
  }
  streams.out << '\n';
  return exit_done;
}

}  // namespace shaken302::cli
