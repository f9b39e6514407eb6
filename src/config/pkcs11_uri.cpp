// SPDX-License-Identifier: MIT
#include "pkcs11_uri.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "value_text.hpp"

namespace shaken302::config {
namespace {

constexpr std::string_view scheme = "pkcs11:";
constexpr auto example = "write it as in \"pkcs11:token=shaken;object=house;type=private\"";

/// In the order in which they go into Pkcs11Uri::token.
struct Attribute {
  std::string_view name;
  std::size_t bytes_max;  ///< the fields of CK_TOKEN_INFO have a fixed width
  bool is_of_token;
};
constexpr Attribute attributes[] = {
    {"token", 32, true},   {"manufacturer", 32, true}, {"model", 16, true}, {"serial", 16, true},
    {"object", 64, false}, {"id", 64, false},          {"type", 7, false},
};

constexpr bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/// RFC 7512 2.3 `pk11-pchar` without `&`, which the engine takes for the end of an attribute.
bool is_plain(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("-._~:[]@!$'()*+,=").find(c) != std::string_view::npos;
}

/// How many bytes the value stands for; nothing when it is not well-formed. A zero byte would end
/// a label early where the engine compares it.
std::optional<std::size_t> decoded_size(std::string_view value, bool may_be_binary) noexcept {
  std::size_t size = 0;
  for (std::size_t i = 0; i < value.size(); ++i, ++size) {
    if (value[i] != '%') {
      if (!is_plain(value[i])) return std::nullopt;
      continue;
    }
    if (value.size() - i < 3 || !is_hex(value[i + 1]) || !is_hex(value[i + 2])) {
      return std::nullopt;
    }
    if (!may_be_binary && value.substr(i, 3) == "%00") return std::nullopt;
    i += 2;
  }
  return size;
}

Failure<Pkcs11UriProblem> refuse(std::string problem, std::string remedy = example) {
  return Failure{Pkcs11UriProblem{std::move(problem), std::move(remedy)}};
}

/// The names that the engine does not know are spelled out only when they are plain words.
std::string in_words(std::string_view name) { return in_quotes(name.substr(0, 24)); }

std::optional<Pkcs11UriProblem> check(const Attribute& attribute, std::string_view value) {
  const auto size = decoded_size(value, attribute.name == "id");
  if (!size) {
    return Pkcs11UriProblem{
        fmt::format("is a PKCS#11 URI whose attribute \"{}\" is malformed", attribute.name),
        "write everything but letters, digits and -._~ as %XX"};
  }
  if (*size == 0 || *size > attribute.bytes_max) {
    return Pkcs11UriProblem{
        fmt::format("is a PKCS#11 URI whose attribute \"{}\" is empty or longer than {} bytes",
                    attribute.name, attribute.bytes_max),
        example};
  }
  if (attribute.name == "type" && value != "private") {
    return Pkcs11UriProblem{"is a PKCS#11 URI of something that is no private key",
                            "write type=private, or nothing of the type"};
  }
  return std::nullopt;
}

}  // namespace

bool is_pkcs11_uri(std::string_view text) noexcept {
  return equals_ignoring_case(text.substr(0, scheme.size()), scheme);
}

Result<Pkcs11Uri, Pkcs11UriProblem> parse_pkcs11_uri(std::string_view text) {
  if (text.find("pin-value") != std::string_view::npos ||
      text.find("pin-source") != std::string_view::npos) {
    return refuse("is a PKCS#11 URI with a PIN or its place",
                  "remove pin-value or pin-source and name the file of the PIN as passphrase_file");
  }
  const auto path = text.substr(scheme.size());
  if (path.find('?') != std::string_view::npos) {
    return refuse("is a PKCS#11 URI with a query",
                  "remove it; the module is named by signing.pkcs11_module");
  }
  std::array<std::string_view, std::size(attributes)> values;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto part = path.substr(begin, path.find(';', begin) - begin);
    begin += part.size() + 1;
    const auto equals = std::min(part.find('='), part.size());
    const auto* const attribute =
        std::ranges::find(attributes, part.substr(0, equals), &Attribute::name);
    if (equals == part.size()) return refuse("is not a PKCS#11 URI");
    if (attribute == std::end(attributes)) {
      return refuse(fmt::format("is a PKCS#11 URI with {}, which is not supported",
                                in_words(part.substr(0, equals))),
                    "use token, manufacturer, model, serial, object, id and type");
    }
    std::string_view& value = values[static_cast<std::size_t>(attribute - attributes)];
    if (value.data() != nullptr) {
      return refuse(fmt::format("is a PKCS#11 URI with two of \"{}\"", attribute->name));
    }
    value = part.substr(equals + 1);
    if (auto problem = check(*attribute, value)) return Failure{std::move(*problem)};
  }
  Pkcs11Uri uri{std::string(text), std::string(scheme)};
  bool names_key = false;
  for (std::size_t i = 0; i < std::size(attributes); ++i) {
    if (values[i].empty()) continue;
    if (attributes[i].is_of_token) {
      uri.token += fmt::format("{}{}={}", uri.token.size() == scheme.size() ? "" : ";",
                               attributes[i].name, values[i]);
    }
    names_key = names_key || attributes[i].name == "object" || attributes[i].name == "id";
  }
  // The engine would take the first token and the first key that it sees.
  if (values[0].empty() && values[3].empty()) {
    return refuse("is a PKCS#11 URI that names no token", "add token=LABEL or serial=NUMBER");
  }
  if (!names_key) {
    return refuse("is a PKCS#11 URI that names no key", "add object=LABEL or id=%XX");
  }
  return uri;
}

}  // namespace shaken302::config
