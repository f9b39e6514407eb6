// SPDX-License-Identifier: MIT
//
// The value of an Identity header field (RFC 8224 section 4). What is read beside the ABNF:
// base64url in the token (the ABNF has `/` and `+` only, and real tokens have neither), `ppt` in
// quotes (RFC 8946 4.1), `info` anywhere among the parameters, and white space or folds (RFC
// 3261 25.1 LWS) around every separator. Parameter names and `alg` are compared without regard to
// case (RFC 3261 7.3.1).
#include "shaken302/identity_header.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace shaken302 {
namespace {

constexpr std::size_t parameters_max = 16;

constexpr bool is_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_alphanumeric(char c) noexcept { return is_alpha(c) || (c >= '0' && c <= '9'); }
constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_in_any_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

// RFC 3261 25.1.
constexpr bool is_token_character(char c) noexcept {
  return is_alphanumeric(c) || std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
}
/// A generic-param may also have a host, which may be an IPv6 reference.
constexpr bool is_value_character(char c) noexcept {
  return is_token_character(c) || c == '[' || c == ']' || c == ':';
}
constexpr bool is_digest_character(char c) noexcept {
  return is_alphanumeric(c) || std::string_view("-_./+").find(c) != std::string_view::npos;
}
/// What may stand between the angle brackets.
constexpr bool is_uri_character(char c) noexcept {
  return c > 0x20 && c < 0x7F && c != '<' && c != '>' && c != '"';
}

/// absoluteURI: a scheme, a colon, and something.
bool is_absolute_uri(std::string_view uri) noexcept {
  const auto colon = uri.find(':');
  if (colon == uri.npos || colon + 1 == uri.size() || !is_alpha(uri.front())) {
    return false;
  }
  return std::all_of(uri.begin(), uri.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; });
}

/// The rest of a header value, taken from the front.
class Cursor {
 public:
  explicit Cursor(std::string_view text) noexcept : rest_(text) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] bool at(char c) const noexcept { return !rest_.empty() && rest_.front() == c; }

  bool take(char c) noexcept {
    if (!at(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  template <class Predicate>
  std::string_view take_while(Predicate is_wanted) noexcept {
    std::size_t size = 0;
    while (size < rest_.size() && is_wanted(rest_[size])) ++size;
    return take_front(size);
  }
  /// LWS: blanks, and line ends that a blank follows.
  void skip_white_space() noexcept {
    while (!rest_.empty()) {
      if (is_blank(rest_.front())) {
        rest_.remove_prefix(1);
      } else if (is_fold(rest_)) {
        rest_.remove_prefix(3);
      } else {
        return;
      }
    }
  }
  /// The inside of a quoted-string, escapes as they are. Precondition: at('"').
  std::optional<std::string_view> take_quoted() noexcept {
    rest_.remove_prefix(1);
    std::size_t size = 0;
    while (size < rest_.size() && rest_[size] != '"') {
      const char c = rest_[size];
      if (c == '\\') {
        if (size + 1 == rest_.size() || is_forbidden_in_quotes(rest_[size + 1]))
          return std::nullopt;
        size += 2;
      } else if (is_fold(rest_.substr(size))) {
        size += 3;
      } else if (is_forbidden_in_quotes(c)) {
        return std::nullopt;
      } else {
        ++size;
      }
    }
    if (size >= rest_.size()) return std::nullopt;
    const auto inside = take_front(size);
    rest_.remove_prefix(1);
    return inside;
  }

 private:
  static bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
  static bool is_fold(std::string_view text) noexcept {
    return text.size() >= 3 && text[0] == '\r' && text[1] == '\n' && is_blank(text[2]);
  }
  static bool is_forbidden_in_quotes(char c) noexcept {
    return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7F;
  }
  std::string_view take_front(std::size_t size) noexcept {
    const auto front = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return front;
  }
  std::string_view rest_;
};

/// Reads one value; the parameters go where they belong.
class IdentityReader {
 public:
  explicit IdentityReader(std::string_view value) noexcept : cursor_(value) {}

  Result<IdentityHeader, IdentityError> read() noexcept {
    cursor_.skip_white_space();
    header_.token = cursor_.take_while(is_digest_character);
    cursor_.skip_white_space();
    if (header_.token.empty() || !(cursor_.at_end() || cursor_.at(';'))) {
      return Failure{IdentityError::digest};
    }
    while (cursor_.take(';')) {
      if (const auto error = read_parameter()) return Failure{*error};
      cursor_.skip_white_space();
    }
    if (!cursor_.at_end()) return Failure{IdentityError::parameter};
    if (header_.info.empty()) return Failure{IdentityError::info};
    return header_;
  }

 private:
  std::optional<IdentityError> read_parameter() noexcept {
    cursor_.skip_white_space();
    const auto name = cursor_.take_while(is_token_character);
    if (name.empty() || !remember(name)) return IdentityError::parameter;
    cursor_.skip_white_space();
    const bool has_value = cursor_.take('=');
    cursor_.skip_white_space();
    if (equal_in_any_case(name, "info")) {
      return has_value ? read_info() : std::optional(IdentityError::info);
    }
    if (!has_value) {
      const bool needs_one = equal_in_any_case(name, "alg") || equal_in_any_case(name, "ppt");
      return needs_one ? std::optional(IdentityError::parameter) : std::nullopt;
    }
    const bool is_quoted = cursor_.at('"');
    const auto value =
        is_quoted ? cursor_.take_quoted() : std::optional(cursor_.take_while(is_value_character));
    if (!value || (value->empty() && !is_quoted)) return IdentityError::parameter;
    return take_parameter(name, *value);
  }

  std::optional<IdentityError> take_parameter(std::string_view name,
                                              std::string_view value) noexcept {
    const bool is_token =
        !value.empty() && std::all_of(value.begin(), value.end(), is_token_character);
    if (equal_in_any_case(name, "alg")) {
      if (!is_token) return IdentityError::parameter;
      if (!equal_in_any_case(value, "ES256")) return IdentityError::algorithm;
    } else if (equal_in_any_case(name, "ppt")) {
      if (!is_token) return IdentityError::parameter;
      header_.ppt = value;
    }
    return std::nullopt;
  }

  std::optional<IdentityError> read_info() noexcept {
    if (!cursor_.take('<')) return IdentityError::info;
    const auto uri = cursor_.take_while(is_uri_character);
    if (!cursor_.take('>') || !is_absolute_uri(uri)) return IdentityError::info;
    header_.info = uri;
    return std::nullopt;
  }

  /// RFC 3261 7.3.1: no parameter more than once.
  bool remember(std::string_view name) noexcept {
    const auto end = names_.begin() + static_cast<std::ptrdiff_t>(names_size_);
    if (names_size_ == names_.size() || std::any_of(names_.begin(), end, [name](auto other) {
          return equal_in_any_case(name, other);
        })) {
      return false;
    }
    names_[names_size_++] = name;
    return true;
  }

  Cursor cursor_;
  IdentityHeader header_;
  std::array<std::string_view, parameters_max> names_{};
  std::size_t names_size_ = 0;
};

}  // namespace

void append_identity_value(BoundedText& out, std::string_view token, std::string_view x5u,
                           PptForm form) noexcept {
  out.append(token).append(";info=<").append(x5u).append(">;alg=ES256;ppt=");
  out.append(form == PptForm::quoted ? R"("shaken")" : "shaken");
}

Result<IdentityHeader, IdentityError> parse_identity(std::string_view value) noexcept {
  return IdentityReader(value).read();
}

}  // namespace shaken302
