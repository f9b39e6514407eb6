// SPDX-License-Identifier: MIT
//
// Messages as a stranger reads them: an own, simple reader for requests and replies that shares no
// code with the server, so that a test does not agree with the server's mistakes.
#pragma once

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shaken302::sip::test {

inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

inline std::string without_white_space(std::string_view text) {
  std::string dense;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') dense += c;
  }
  return dense;
}

/// A start line and header fields; names in lower case and long form, folds undone.
struct MessageView {
  std::string start_line;
  std::vector<std::pair<std::string, std::string>> fields;
  bool has_end = false;

  explicit MessageView(std::string_view bytes) {
    while (bytes.starts_with("\r\n") || bytes.starts_with('\n')) {
      bytes.remove_prefix(bytes.front() == '\n' ? 1 : 2);
    }
    bool first = true;
    while (!bytes.empty()) {
      const auto end = std::min(bytes.find('\n'), bytes.size());
      std::string_view line = bytes.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      bytes.remove_prefix(std::min(end + 1, bytes.size()));
      if (first) {
        start_line = line;
        first = false;
      } else if (line.empty()) {
        has_end = true;
        return;
      } else {
        add_line(line);
      }
    }
  }

  [[nodiscard]] std::vector<std::string> all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [field_name, value] : fields) {
      if (field_name == name) values.push_back(value);
    }
    return values;
  }
  [[nodiscard]] std::string get(std::string_view name) const {
    const auto values = all(name);
    return values.empty() ? std::string() : values.front();
  }
  [[nodiscard]] bool has(std::string_view name) const { return !all(name).empty(); }
  /// Of a reply.
  [[nodiscard]] int status() const {
    if (!start_line.starts_with("SIP/2.0 ") || start_line.size() < 12) return -1;
    return std::stoi(start_line.substr(8, 3));
  }
  [[nodiscard]] std::string phrase() const {
    return start_line.size() > 12 ? start_line.substr(12) : std::string();
  }

 private:
  bool is_open_ = false;  ///< the last line was a field that can be continued

  void add_line(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') {
      if (is_open_) fields.back().second += " " + trimmed(line);
      return;
    }
    const auto colon = line.find(':');
    is_open_ = colon != std::string_view::npos;
    if (!is_open_) return;
    fields.emplace_back(long_name(lower_case(trimmed(line.substr(0, colon)))),
                        trimmed(line.substr(colon + 1)));
  }
  static std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
  }
  static std::string long_name(std::string name) {
    if (name == "v") return "via";
    if (name == "f") return "from";
    if (name == "t") return "to";
    if (name == "i") return "call-id";
    if (name == "l") return "content-length";
    return name;
  }
};

/// The URI inside the angle brackets of a Contact.
inline std::string contact_uri(std::string_view contact) {
  const auto begin = contact.find('<');
  const auto end = contact.find('>', begin);
  if (begin == std::string_view::npos || end == std::string_view::npos) return {};
  return std::string(contact.substr(begin + 1, end - begin - 1));
}

/// The grammar of `hvalue` and the decoding of it, by the letter of RFC 3261 25.1. Nothing when a
/// character is not allowed.
inline std::optional<std::string> decode_hvalue(std::string_view text) {
  constexpr std::string_view allowed = "[]/?:+$-_.!~*'()";
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || allowed.find(c) != std::string::npos) {
      decoded += c;
      continue;
    }
    if (c != '%' || i + 2 >= text.size() ||
        std::isxdigit(static_cast<unsigned char>(text[i + 1])) == 0 ||
        std::isxdigit(static_cast<unsigned char>(text[i + 2])) == 0) {
      return std::nullopt;
    }
    decoded += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
    i += 2;
  }
  return decoded;
}

/// The headers part of a URI (RFC 3261 19.1.1), decoded; nothing when any of it is out of the
/// grammar.
inline std::optional<std::vector<std::pair<std::string, std::string>>> uri_headers(
    std::string_view uri) {
  std::vector<std::pair<std::string, std::string>> headers;
  // The user part may hold a question mark; nothing after the @ may, except this one.
  const auto at = uri.find('@');
  const auto question = uri.find('?', at == std::string_view::npos ? 0 : at);
  if (question == std::string_view::npos) return headers;
  std::string_view rest = uri.substr(question + 1);
  while (true) {
    const auto end = rest.find('&');
    const auto header = rest.substr(0, end);
    const auto equal = header.find('=');
    if (equal == std::string_view::npos) return std::nullopt;
    const auto name = decode_hvalue(header.substr(0, equal));
    const auto value = decode_hvalue(header.substr(equal + 1));
    if (!name || !value) return std::nullopt;
    headers.emplace_back(*name, *value);
    if (end == std::string_view::npos) return headers;
    rest = rest.substr(end + 1);
  }
}

/// The reply with each signature, the last segment of a token, cut out.
inline std::string without_signature(std::string_view reply) {
  std::string text(reply);
  for (auto end = text.find(";info="); end != std::string::npos; end = text.find(";info=", end)) {
    const auto begin = text.rfind('.', end) + 1;
    text.erase(begin, end - begin);
    end = begin + 6;
  }
  return text;
}

}  // namespace shaken302::sip::test
