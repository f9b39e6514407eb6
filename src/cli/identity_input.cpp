// SPDX-License-Identifier: MIT
#include "identity_input.hpp"

#include <algorithm>
#include <cctype>

namespace shaken302::cli {
namespace po = boost::program_options;

namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) ==
                  std::tolower(static_cast<unsigned char>(b));
         });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const auto first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

}  // namespace

void add_identity_options(po::options_description& options) {
  options.add_options()("identity,i", po::value<std::string>(),
                        "the header value, or a token; \"Identity:\" in front is allowed")(
      "file,f", po::value<std::string>(), "read it from a file; - is standard input");
}

std::string read_identity(const po::variables_map& values, Streams streams) {
  const bool as_word = values.count("identity") != 0;
  const bool as_file = values.count("file") != 0;
  if (as_word == as_file)
    throw po::error("give an Identity, or --file FILE (- for standard input)");
  const std::string text = as_word ? values["identity"].as<std::string>()
                                   : read_text(values["file"].as<std::string>(), streams);
  std::string_view value = trimmed(text);
  for (const std::string_view name : {"identity", "x-identity"}) {
    if (!starts_with_ignoring_case(value, name)) continue;
    const std::string_view rest = trimmed(value.substr(name.size()));
    if (rest.starts_with(':')) return std::string(trimmed(rest.substr(1)));
  }
  return std::string(value);
}

}  // namespace shaken302::cli
