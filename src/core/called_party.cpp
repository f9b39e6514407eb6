// SPDX-License-Identifier: MIT
#include "called_party.hpp"

#include <algorithm>
#include <array>

#include "shaken302/decision.hpp"

namespace shaken302 {
namespace {

/// RFC 5031 and the registry it made. A Destination is a view, and a request writes the name in
/// any case, so the canonical names live here. Names are a hierarchy: what is not listed is sos.
constexpr std::array<std::string_view, 12> emergency_services{"urn:service:sos",
                                                              "urn:service:sos.ambulance",
                                                              "urn:service:sos.animal-control",
                                                              "urn:service:sos.fire",
                                                              "urn:service:sos.gas",
                                                              "urn:service:sos.marine",
                                                              "urn:service:sos.mountain",
                                                              "urn:service:sos.physician",
                                                              "urn:service:sos.poison",
                                                              "urn:service:sos.police",
                                                              "urn:service:sos.ecall.automatic",
                                                              "urn:service:sos.ecall.manual"};

/// A user part with its escapes read, as far as the name of a service or a service code can be
/// long. Octets that are escaped are the same as those that are not (RFC 3261 19.1.4).
class PlainUser {
 public:
  explicit PlainUser(std::string_view user) noexcept {
    for (std::size_t i = 0; i < user.size() && size_ < text_.size(); ++i) {
      const int high = user.size() - i > 2 ? hex_value(user[i + 1]) : -1;
      const int low = user.size() - i > 2 ? hex_value(user[i + 2]) : -1;
      const bool is_escape = user[i] == '%' && high >= 0 && low >= 0;
      if (user[i] == ';') break;
      text_[size_++] = is_escape ? static_cast<char>(high * 16 + low) : user[i];
      if (is_escape) i += 2;
    }
  }
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  static int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  }
  std::array<char, 64> text_{};
  std::size_t size_ = 0;
};

/// The emergency number behind a service code, as in *67911 and #31#112: switches take the code
/// off, and the call goes to the centre.
PhoneNumber behind_service_code(std::string_view user, const NumberPlan& plan) noexcept {
  constexpr std::size_t code_characters_max = 5;
  if (!user.starts_with('*') && !user.starts_with('#')) return {};
  for (std::size_t code = 2; code <= code_characters_max && code < user.size(); ++code) {
    const auto number = parse_number(user.substr(code), plan);
    if (number && number->kind() == NumberKind::emergency) return *number;
  }
  return {};
}

/// What could be the name of a service: the one of a service URN without what RFC 8141 2.3 lets
/// follow it (and without parameters, which no URN has but some write), or the user that stands for
/// it in a sip URI, as in the Contact that we write ourselves.
std::string_view service_name(const UriView& uri, const PlainUser& user) noexcept {
  if (uri.scheme == UriScheme::sip || uri.scheme == UriScheme::sips) return user.view();
  constexpr std::string_view prefix = "service:";
  if (uri.scheme != UriScheme::urn) return {};
  if (!equals_lower(uri.user.substr(0, prefix.size()), prefix)) return {};
  const std::string_view name = uri.user.substr(prefix.size());
  return name.substr(0, name.find_first_of(";?#"));
}

/// The canonical name of an emergency service, or nothing. The case of a service name does not
/// matter (RFC 5031 section 4).
std::string_view emergency_urn(const UriView& uri, const PlainUser& user) noexcept {
  constexpr std::size_t scheme = std::string_view("urn:service:").size();
  const std::string_view any = emergency_services.front().substr(scheme);
  const std::string_view name = service_name(uri, user);
  const bool is_below = name.size() > any.size() && name[any.size()] == '.';
  if (name.size() != any.size() && !is_below) return {};
  if (!equals_lower(name.substr(0, any.size()), any)) return {};
  for (const std::string_view service : emergency_services) {
    if (equals_lower(name, service.substr(scheme))) return service;
  }
  return emergency_services.front();
}

}  // namespace

bool equals_lower(std::string_view text, std::string_view lower) noexcept {
  const auto same = [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  };
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), same);
}

NumbersOfCall::Number NumbersOfCall::read(const UriView& uri) noexcept {
  if (uri.scheme != UriScheme::sip && uri.scheme != UriScheme::sips &&
      uri.scheme != UriScheme::tel) {
    return Failure{NotANumber::empty};
  }
  for (std::size_t i = 0; i < size_; ++i) {
    if (readings_[i].user == uri.user) return readings_[i].number;
  }
  const Number number = parse_number(uri.user, plan_);
  if (size_ < readings_.size()) readings_[size_++] = {uri.user, number};
  return number;
}

CalledParty read_called(const UriView& uri, NumbersOfCall& numbers) noexcept {
  const PlainUser user(uri.user);
  const auto number = numbers.read(uri);
  CalledParty called{emergency_urn(uri, user), number ? *number : PhoneNumber{}};
  const bool is_dialled =
      uri.scheme == UriScheme::sip || uri.scheme == UriScheme::sips || uri.scheme == UriScheme::tel;
  if (is_dialled && called.number.kind() != NumberKind::emergency) {
    const PhoneNumber behind = behind_service_code(user.view(), numbers.plan());
    if (!behind.empty()) called.number = behind;
  }
  return called;
}

bool is_emergency(const UriView& destination, const NumberPlan& plan) noexcept {
  NumbersOfCall numbers(plan);
  return read_called(destination, numbers).is_emergency();
}

}  // namespace shaken302
