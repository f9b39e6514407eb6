// SPDX-License-Identifier: MIT
#include "shaken302/certificate_findings.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include "certificate_data.hpp"
#include "certificate_extensions.hpp"
#include "certificate_profile.hpp"
#include "jwt_claim_constraints.hpp"
#include "openssl_ptr.hpp"
#include "tn_auth_list.hpp"

namespace shaken302 {
namespace {

using Fault = CertificateFault;
using Findings = std::vector<CertificateFinding>;

/// What every token of this program holds (RFC 8588 section 4) and nothing else.
constexpr std::string_view claims_of_ours[] = {"attest", "dest", "iat", "orig", "origid"};

bool is_ours(std::string_view claim) {
  return std::ranges::find(claims_of_ours, claim) != std::end(claims_of_ours);
}

std::string time_text(UnixTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d UTC",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

/// How people count, for a chain of at most four.
std::string_view ordinal(std::size_t index) {
  constexpr std::string_view ordinals[] = {"first", "second", "third", "fourth"};
  return index < std::size(ordinals) ? ordinals[index] : "last";
}

/// RFC 8226 section 9: the scope of a CA is its subjects', not its own.
void check_purpose(X509* leaf, Findings& findings) {
  if (is_authority(leaf)) return findings.push_back(make_finding(Fault::authority));
  if ((X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) == 0) {
    findings.push_back(make_finding(Fault::key_usage));
  }
}

/// Critical ones that OpenSSL does not know, as verifiers do not; those of STIR have findings of
/// their own.
void check_critical_extensions(const X509* leaf, Findings& findings) {
  constexpr std::string_view own[] = {tn_auth_list_oid, claim_constraints_oid,
                                      enhanced_claim_constraints_oid};
  for (int i = 0; i < X509_get_ext_count(leaf); ++i) {
    X509_EXTENSION* extension = X509_get_ext(leaf, i);
    if (X509_EXTENSION_get_critical(extension) != 1 || X509_supported_extension(extension) == 1) {
      continue;
    }
    std::array<char, 128> oid{};
    constexpr int numbers_alone = 1;
    OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), X509_EXTENSION_get_object(extension),
                numbers_alone);
    if (std::ranges::find(own, std::string_view(oid.data())) != std::end(own)) continue;
    findings.push_back(make_finding(Fault::unknown_critical_extension, oid.data()));
  }
}

void check_time(const CertificateChain& chain, UnixTime now, Findings& findings) {
  if (now < chain.not_before()) {
    findings.push_back(
        make_finding(Fault::not_yet_valid, "valid from " + time_text(chain.not_before())));
  } else if (chain.not_after() < now) {
    findings.push_back(make_finding(Fault::expired, "at " + time_text(chain.not_after())));
  } else if (!chain.is_valid_at(now)) {
    findings.push_back(make_finding(Fault::issuer_not_valid));
  }
}

void check_path(const CertificateChain& chain, UnixTime now, const TrustAnchors* anchors,
                Findings& findings) {
  if (chain.was_reordered()) findings.push_back(make_finding(Fault::reordered));
  if (const std::size_t linked = chain.linked_size(); linked < chain.size()) {
    findings.push_back(make_finding(Fault::not_linked, "the " + std::string(ordinal(linked)) +
                                                           " certificate did not issue the " +
                                                           std::string(ordinal(linked - 1))));
  }
  if (anchors == nullptr) return;
  if (std::string fault = chain.path_fault(*anchors, std::nullopt); !fault.empty()) {
    findings.push_back(make_finding(Fault::no_path_to_anchor, std::move(fault)));
    return;
  }
  // OpenSSL takes the last second of a certificate as past already: that second is not looked at.
  if (!chain.is_valid_at(now) || !chain.is_valid_at(now + std::chrono::seconds(1))) return;
  if (std::string fault = chain.path_fault(*anchors, now); !fault.empty()) {
    findings.push_back(make_finding(Fault::anchor_not_valid, std::move(fault)));
  }
}

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char digit : digits) value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  return value;
}

bool has_digits_alone(std::string_view text) {
  return !text.empty() && text.size() <= 15 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Where the numbers that `list` covers from `first` on end; `first` itself when it does not.
std::uint64_t covered_until(const TnAuthList& list, std::uint64_t first, std::size_t length) {
  std::uint64_t end = first;
  for (const auto& number : list.numbers) {
    if (number.size() == length && has_digits_alone(number) && number_of(number) == first) {
      end = std::max(end, first + 1);
    }
  }
  for (const auto& range : list.ranges) {
    const std::uint64_t begin = number_of(range.start);
    if (range.start.size() == length && begin <= first && first < begin + range.count) {
      end = std::max(end, begin + range.count);
    }
  }
  return end;
}

bool covers(const TnAuthList& list, const TnAuthList::Range& wanted) {
  if (!has_digits_alone(wanted.start)) return false;
  std::uint64_t first = number_of(wanted.start);
  const std::uint64_t end = first + wanted.count;
  while (first < end) {
    const std::uint64_t next = covered_until(list, first, wanted.start.size());
    if (next == first) return false;
    first = next;
  }
  return true;
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

void check_numbers(const TnAuthList& list, const CertificateExpectation& expected,
                   Findings& findings) {
  const auto& codes = list.service_provider_codes;
  if (!expected.service_provider_code.empty() &&
      std::ranges::find(codes, expected.service_provider_code) == codes.end()) {
    findings.push_back(
        make_finding(Fault::other_service_provider,
                     codes.empty() ? "it has no code" : "its code is " + join(codes)));
  }
  if (!codes.empty()) return;
  findings.push_back(make_finding(Fault::numbers_alone));
  for (const auto& wanted : expected.numbers) {
    if (covers(list, wanted)) continue;
    const bool is_range = wanted.count > 1;
    findings.push_back(make_finding(
        Fault::other_numbers,
        wanted.start + (is_range ? " and " + std::to_string(wanted.count - 1) + " more" : "")));
    return;
  }
}

void check_tn_auth_list(const CertificateChain& chain, const CertificateExpectation& expected,
                        Findings& findings) {
  const FoundExtension found = find_extension(chain.leaf(), tn_auth_list_oid);
  if (found.count == 0) {
    findings.push_back(make_finding(Fault::tn_auth_list_missing));
    return;
  }
  if (found.is_critical) findings.push_back(make_finding(Fault::tn_auth_list_critical));
  check_numbers(chain.tn_auth_list(), expected, findings);
}

/// What a token of ours can never satisfy, as words; attest is looked at level by level.
std::string unmet(const ClaimConstraints& constraints) {
  for (const auto& claim : constraints.must_include) {
    if (!is_ours(claim)) return claim + " must be in every token";
  }
  for (const auto& claim : constraints.must_exclude) {
    if (is_ours(claim)) return claim + " must be in no token";
  }
  for (const auto& entry : constraints.permitted_values) {
    // What changes from call to call fits no list of values.
    if (is_ours(entry.claim) && entry.claim != "attest") return entry.claim + " has fixed values";
  }
  return {};
}

void check_constraints(const ClaimConstraints& constraints, Findings& findings) {
  using State = ClaimConstraints::State;
  if (constraints.state == State::absent) return;
  if (constraints.is_critical) findings.push_back(make_finding(Fault::constraints_critical));
  if (constraints.state == State::twice) {
    return findings.push_back(make_finding(Fault::constraints_twice));
  }
  if (constraints.state == State::malformed) {
    return findings.push_back(make_finding(Fault::constraints_malformed));
  }
  if (constraints.is_void()) {
    return findings.push_back(
        make_finding(Fault::constraints_void, "excludes " + join(constraints.must_exclude)));
  }
  if (std::string why = unmet(constraints); !why.empty()) {
    return findings.push_back(make_finding(Fault::constraints_not_met, std::move(why)));
  }
  std::vector<std::string> levels;
  for (const Attestation level : {Attestation::A, Attestation::B, Attestation::C}) {
    if (permits(constraints, level)) levels.emplace_back(1, to_char(level));
  }
  if (levels.empty()) {
    findings.push_back(make_finding(Fault::constraints_not_met, "no level of attest is allowed"));
  } else if (levels.size() < 3) {
    findings.push_back(make_finding(Fault::attestation_limited, join(levels)));
  }
}

}  // namespace

bool permits(const ClaimConstraints& constraints, Attestation level) noexcept {
  using State = ClaimConstraints::State;
  if (constraints.state == State::absent) return true;
  if (constraints.state != State::read) return false;
  if (constraints.is_void()) return true;
  const auto allows = [level](const ClaimConstraints::Values& entry) {
    const auto is_level = [level](std::string_view value) {
      return value.size() == 1 && value[0] == to_char(level);
    };
    return entry.claim != "attest" || std::ranges::any_of(entry.values, is_level);
  };
  return std::ranges::all_of(constraints.permitted_values, allows);
}

std::vector<CertificateFinding> check_certificate(const CertificateChain& chain, UnixTime now,
                                                  const CertificateExpectation& expected) {
  const QuietErrors quiet;
  Findings findings;
  if (chain.size() == 0) return {make_finding(Fault::no_certificate)};
  check_purpose(chain.leaf(), findings);
  check_critical_extensions(chain.leaf(), findings);
  check_time(chain, now, findings);
  check_path(chain, now, expected.anchors, findings);
  check_tn_auth_list(chain, expected, findings);
  check_constraints(chain.claim_constraints(), findings);
  check_profile(chain, findings);
  std::ranges::stable_sort(
      findings, [](const auto& one, const auto& other) { return one.severity > other.severity; });
  return findings;
}

}  // namespace shaken302
