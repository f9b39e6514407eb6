// SPDX-License-Identifier: MIT
#include "cert_facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "options.hpp"

namespace shaken302::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Negative when it is over. A certificate that ends today has 0.
std::int64_t days_left(UnixTime end, UnixTime now) {
  return std::chrono::floor<std::chrono::days>(end - now).count();
}

std::string remaining(const CertificateDetails& details, UnixTime now) {
  if (now < details.not_before) {
    return fmt::format("begins in {} days", days_left(details.not_before, now));
  }
  if (details.not_after < now) {
    return fmt::format("expired {} days ago", days_left(now, details.not_after));
  }
  return fmt::format("{} days left", days_left(details.not_after, now));
}

std::string last_of(const TnAuthList::Range& range) {
  const std::uint64_t last = std::stoull(range.start) + range.count - 1;
  return fmt::format("{:0{}}", last, range.start.size());
}

Json facts_of(const CertificateDetails& details, UnixTime now) {
  return {{"subject", details.subject},
          {"issuer", details.issuer},
          {"serial", details.serial},
          {"not_before", to_text(details.not_before)},
          {"not_after", to_text(details.not_after)},
          {"days_left", days_left(details.not_after, now)},
          {"key_type", details.key_type},
          {"signature_algorithm", details.signature_algorithm},
          {"is_authority", details.is_authority},
          {"key_usage", details.key_usage},
          {"policies", details.policies},
          {"crl_distribution_points", details.crl_distribution_points},
          {"crl_issuer", details.crl_issuer},
          {"sha256", details.sha256},
          {"public_key_sha256", details.public_key_sha256}};
}

Json facts_of(const TnAuthList& list) {
  Json ranges = Json::array();
  for (const TnAuthList::Range& range : list.ranges) {
    ranges.push_back({{"start", range.start}, {"count", range.count}});
  }
  return {{"service_provider_codes", list.service_provider_codes},
          {"numbers", list.numbers},
          {"ranges", std::move(ranges)}};
}

std::string_view word_of(ClaimConstraints::State state) noexcept {
  switch (state) {
    case ClaimConstraints::State::absent:
      return "absent";
    case ClaimConstraints::State::read:
      return "read";
    case ClaimConstraints::State::twice:
      return "twice";
    case ClaimConstraints::State::malformed:
      return "malformed";
  }
  return "";
}

Json facts_of(const ClaimConstraints& constraints) {
  if (constraints.state == ClaimConstraints::State::absent) return nullptr;
  Json permitted = Json::object();
  for (const ClaimConstraints::Values& values : constraints.permitted_values) {
    permitted[values.claim] = values.values;
  }
  return {{"state", word_of(constraints.state)},
          {"rfc", constraints.is_enhanced ? "RFC 9118" : "RFC 8226"},
          {"critical", constraints.is_critical},
          {"must_include", constraints.must_include},
          {"permitted_values", std::move(permitted)},
          {"must_exclude", constraints.must_exclude}};
}

void print_row(std::ostream& out, std::string_view label, const std::string& text) {
  if (!text.empty()) out << fmt::format("  {:<12}{}\n", label, text);
}

std::string join(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

void print_certificate(const CertificateDetails& details, UnixTime now, std::ostream& out) {
  print_row(out, "subject", details.subject.empty() ? "none" : details.subject);
  print_row(out, "issuer", details.issuer.empty() ? "none" : details.issuer);
  print_row(out, "serial", details.serial);
  print_row(out, "valid",
            fmt::format("{} to {}, {}", to_text(details.not_before), to_text(details.not_after),
                        remaining(details, now)));
  print_row(out, "key", details.key_type + (details.is_authority ? ", of an authority" : ""));
  print_row(out, "key usage", join(details.key_usage));
  print_row(out, "signed", details.signature_algorithm);
  print_row(out, "policies", join(details.policies));
  print_row(out, "CRL", join(details.crl_distribution_points));
  print_row(out, "CRL issuer", details.crl_issuer);
  print_row(out, "SHA-256", details.sha256);
  print_row(out, "of its key", details.public_key_sha256);
}

void print_list(const TnAuthList& list, std::ostream& out) {
  print_row(out, "SPC", join(list.service_provider_codes));
  std::vector<std::string> numbers = list.numbers;
  for (const TnAuthList::Range& range : list.ranges) {
    numbers.push_back(fmt::format("{}-{}", range.start, last_of(range)));
  }
  print_row(out, "numbers", join(numbers));
}

/// Claims and values are quoted: they may hold anything.
void print_constraints(const ClaimConstraints& constraints, std::ostream& out) {
  if (constraints.state == ClaimConstraints::State::absent) return;
  print_row(
      out, "constraints",
      fmt::format("{}{}{}", constraints.is_enhanced ? "RFC 9118" : "RFC 8226",
                  constraints.is_critical ? ", critical" : "",
                  constraints.state == ClaimConstraints::State::read
                      ? ""
                      : fmt::format(", {}: not looked at further", word_of(constraints.state))));
  const auto print = [&out](std::string_view label, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    print_row(out, "", fmt::format("{} {}", label, Json(texts).dump(-1, ' ', true)));
  };
  print("must include", constraints.must_include);
  for (const ClaimConstraints::Values& values : constraints.permitted_values) {
    print(Json(values.claim).dump(-1, ' ', true) + " must be one of", values.values);
  }
  print("must not include", constraints.must_exclude);
}

}  // namespace

std::string_view to_text(FindingSeverity severity) noexcept {
  return severity == FindingSeverity::error ? "error" : "warning";
}

std::string line_of(const std::string& subject, const CertificateFinding& finding) {
  const CertificateFaultText text = text_of(finding.which);
  return fmt::format("{}: {} {}{}{}; {}", to_text(finding.severity), subject, text.problem,
                     finding.detail.empty() ? "" : ": ", finding.detail, text.remedy);
}

Json facts_of(const CertificateFinding& finding) {
  const CertificateFaultText text = text_of(finding.which);
  return {{"severity", to_text(finding.severity)},
          {"name", text.name},
          {"problem", text.problem},
          {"detail", finding.detail},
          {"remedy", text.remedy}};
}

Json facts_of(const std::vector<CertificateFinding>& findings) {
  Json facts = Json::array();
  for (const CertificateFinding& finding : findings) facts.push_back(facts_of(finding));
  return facts;
}

Json facts_of(const CertificateChain& chain, UnixTime now) {
  Json certificates = Json::array();
  for (const CertificateDetails& details : chain.details()) {
    certificates.push_back(facts_of(details, now));
  }
  return {{"certificates", std::move(certificates)},
          {"tn_auth_list", chain.has_tn_auth_list() ? facts_of(chain.tn_auth_list()) : Json()},
          {"claim_constraints", facts_of(chain.claim_constraints())}};
}

void print_lines(const CertificateChain& chain, UnixTime now, std::ostream& out) {
  bool is_leaf = true;
  for (const CertificateDetails& details : chain.details()) {
    if (!is_leaf) out << "  -- issued by\n";
    print_certificate(details, now, out);
    if (is_leaf) {
      print_list(chain.tn_auth_list(), out);
      print_constraints(chain.claim_constraints(), out);
    }
    is_leaf = false;
  }
}

std::string dump(const Json& facts) {
  return facts.dump(2, ' ', true, Json::error_handler_t::replace);
}

}  // namespace shaken302::cli
