// SPDX-License-Identifier: MIT
//
// [[credential]] and the trust anchors.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "pkcs11_uri.hpp"
#include "read_settings.hpp"
#include "shaken302/credential.hpp"
#include "shaken302/credential_list.hpp"
#include "value_text.hpp"

namespace shaken302::config {
namespace {

constexpr std::size_t number_digits_max = 15;  // RFC 8226 section 9
/// As long as those that a chain's content gives.
constexpr char published_name_example[] = "/00112233445566778899aabbccddeeff.pem";

std::uint64_t value_of(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char digit : digits) value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  return value;
}

/// "12155550100" or "12155550100-12155550199", each with or without a "+": as a TNAuthList has
/// numbers, with their country's code and nothing in front.
std::optional<TnAuthList::Range> parse_numbers(std::string_view text) {
  const auto hyphen = text.find('-');
  const auto digits_of = [](std::string_view number) {
    if (number.starts_with('+')) number.remove_prefix(1);
    return number;
  };
  const auto is_number = [](std::string_view number) {
    return is_digits(number) && number.size() <= number_digits_max;
  };
  const auto first = digits_of(text.substr(0, hyphen));
  const auto last = hyphen == std::string_view::npos ? first : digits_of(text.substr(hyphen + 1));
  if (!is_number(first) || !is_number(last) || first.size() != last.size() || last < first) {
    return std::nullopt;
  }
  return TnAuthList::Range{std::string(first), value_of(last) - value_of(first) + 1};
}

void read_expectation(SectionReader& reader, CredentialFiles& files) {
  files.expected_spc = reader.text("expected_spc").value_or("");
  const auto is_allowed = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  if (!std::ranges::all_of(files.expected_spc, is_allowed)) {
    reader.report("expected_spc",
                  fmt::format("{} is not a service provider code", in_quotes(files.expected_spc)),
                  "use digits and capital letters, as in \"1234\" or \"505J\"");
  }
  for (const TextItem& item : reader.texts("expected_numbers").value_or(std::vector<TextItem>())) {
    if (auto range = parse_numbers(item.text)) {
      files.expected_numbers.push_back(std::move(*range));
      continue;
    }
    reader.report_at(item.line, "expected_numbers",
                     fmt::format("{} is not a number or a range", in_quotes(item.text)),
                     "use digits with the country's code, as in \"12155550100\" or "
                     "\"12155550100-12155550199\"");
  }
}

// ATIS-1000074 5.3.1.
void read_x5u(SectionReader& reader, CredentialFiles& files) {
  files.x5u = reader.text("x5u").value_or("");
  files.x5u_base = reader.text("x5u_base").value_or("");
  while (files.x5u_base.ends_with('/')) files.x5u_base.pop_back();
  if (files.x5u.empty() && files.x5u_base.empty()) {
    return reader.report("x5u", "is missing",
                         "add it, for example: x5u = \"https://cert.example.com/house.pem\"; or "
                         "x5u_base, the folder that `cert publish` fills");
  }
  if (!files.x5u.empty() && !files.x5u_base.empty()) {
    return reader.report("x5u_base", "stands beside x5u", "use one of the two");
  }
  if (!files.x5u.empty() && !is_acceptable_x5u(files.x5u)) {
    reader.report(
        "x5u", fmt::format("{} is not a URL for certificates", in_quotes(files.x5u)),
        "use https, port 443 or 8443, no user, query or fragment, at most 255 characters");
  }
  if (!files.x5u_base.empty() && !is_acceptable_x5u(files.x5u_base + published_name_example)) {
    reader.report(
        "x5u_base", fmt::format("{} is not a folder of a URL", in_quotes(files.x5u_base)),
        "use https, port 443 or 8443, no user, query or fragment, at most 218 characters");
  }
}

void read_token_key(SectionReader& reader, CredentialFiles& files) {
  auto uri = parse_pkcs11_uri(*reader.text("key"));
  if (!uri) return reader.report("key", uri.error().problem, uri.error().remedy);
  files.token_key = std::move(*uri);
  // Without a PIN the engine would ask for one at the terminal, or try one of another token.
  if (reader.text("passphrase_file") == "") {
    reader.report("passphrase_file", "is missing, and the key is in a token",
                  "name the file with the PIN of the token, readable by its owner alone");
  }
}

}  // namespace

std::vector<std::string> read_credential_names(SectionReader& reader) {
  std::vector<std::string> names;
  const auto items = reader.texts("credential");
  if (!items) return names;  // what is wrong with the value has been said
  for (const TextItem& item : *items) {
    if (item.text.empty()) {
      reader.report_at(item.line, "credential", "names none",
                       "leave the empty name out of the list");
    } else if (std::ranges::find(names, item.text) != names.end()) {
      reader.report_at(item.line, "credential",
                       fmt::format("{} is there twice", in_quotes(item.text)),
                       "leave one of them out");
    } else {
      names.push_back(item.text);
    }
  }
  if (names.empty() && reader.has("credential") && !reader.text("credential")) {
    reader.report("credential", "is an empty list", "name one, or leave the key out");
  }
  if (names.size() > CredentialList::size_max) {
    reader.report(
        "credential", fmt::format("names {} credentials", names.size()),
        fmt::format("name at most {}: the newest that is valid signs", CredentialList::size_max));
  }
  return names;
}

CredentialFiles read_credential(SectionReader reader, const std::filesystem::path& folder) {
  CredentialFiles files;
  files.line = reader.line();
  files.name = reader.text("name").value_or("");
  if (reader.text("name") && !is_identifier(files.name)) {
    reader.report("name", fmt::format("{} is not a name", in_quotes(files.name)),
                  "use 1 to 64 letters, digits, \".\", \"_\" and \"-\"");
  }
  if (is_pkcs11_uri(reader.text("key").value_or(""))) {
    read_token_key(reader, files);
  } else {
    files.key = read_path(reader, "key", folder);
  }
  files.certificate = read_path(reader, "certificate", folder);
  if (const auto file = reader.text("passphrase_file").value_or(""); !file.empty()) {
    files.passphrase = (folder / file).lexically_normal();
  }
  read_x5u(reader, files);
  files.publish_check = reader.flag("publish_check").value_or(false);
  for (const std::string_view key : {"key", "certificate", "passphrase_file", "x5u", "x5u_base"}) {
    if (reader.has(key)) files.lines.add(key, reader.line_of(key));
  }
  files.max_attestation =
      read_choice(reader, Section::credential, "max_attestation",
                  {Attestation::A, Attestation::B, Attestation::C}, Attestation::C);
  read_expectation(reader, files);
  return files;
}

TokenAccess read_token_access(SectionReader reader, const std::filesystem::path& folder) {
  TokenAccess access;
  if (const auto module = reader.text("pkcs11_module").value_or(""); !module.empty()) {
    access.module = (folder / module).lexically_normal();
  }
  const auto deadline = reader.text("token_deadline");
  if (!deadline) return access;
  int value = 0;
  const char* const end = deadline->data() + deadline->size();
  const auto [stop, error] = std::from_chars(deadline->data(), end, value);
  if (error == std::errc{} && std::string_view(stop, end) == "ms" && value >= 5 && value <= 500) {
    access.deadline = std::chrono::milliseconds(value);
  } else {
    reader.report("token_deadline", fmt::format("{} is not a deadline", in_quotes(*deadline)),
                  "use \"5ms\" to \"500ms\"");
  }
  return access;
}

std::vector<std::filesystem::path> read_trust_anchors(SectionReader reader,
                                                      const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const TextItem& item : reader.texts("trust_anchors").value_or(std::vector<TextItem>())) {
    if (item.text.empty()) {
      reader.report_at(item.line, "trust_anchors", "names no file",
                       "name a file; a relative path begins at this file's folder");
      continue;
    }
    files.push_back((folder / item.text).lexically_normal());
  }
  return files;
}

}  // namespace shaken302::config
