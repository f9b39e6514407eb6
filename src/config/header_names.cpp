// SPDX-License-Identifier: MIT
#include "header_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "value_text.hpp"

namespace shaken302::config {
namespace {

// Names with their compact forms, separated by single spaces.
constexpr std::string_view occupied_headers =
    "Via v From f To t Call-ID i CSeq Contact m Content-Length l Content-Type c Content-Encoding e "
    "Content-Disposition Identity y Date Allow Server Warning Retry-After Record-Route Route "
    "Require Supported k Unsupported Max-Forwards Timestamp Expires P-Attestation-Indicator "
    "P-Origination-ID P-Asserted-Identity";

// P-Asserted-Identity is the proxy's word, but on who calls: that is no account.
constexpr std::string_view caller_headers =
    "Via v From f To t Call-ID i CSeq Contact m Max-Forwards Route Record-Route Path Date "
    "Timestamp Expires User-Agent Server Subject s Organization Reply-To Call-Info Alert-Info "
    "Error-Info Priority In-Reply-To Warning MIME-Version l c e "
    "Supported k Require Proxy-Require Unsupported Allow Allow-Events u Event o Accept "
    "Accept-Encoding Accept-Language Accept-Contact a Reject-Contact j Request-Disposition d "
    "Session-Expires x Min-SE Refer-To r Referred-By b Replaces Join Target-Dialog Reason "
    "Authorization Proxy-Authorization Identity y Identity-Info n Privacy Diversion History-Info "
    "Remote-Party-ID P-Preferred-Identity P-Asserted-Identity P-Access-Network-Info "
    "P-Early-Media P-Preferred-Service Geolocation User-to-User";
constexpr std::string_view content_headers = "Content-";  // all of them describe the caller's body

/// The short forms of the registry of SIP header fields (RFC 3261 7.3.3 and later documents).
constexpr std::pair<std::string_view, std::string_view> short_forms[] = {
    {"a", "Accept-Contact"},
    {"b", "Referred-By"},
    {"c", "Content-Type"},
    {"d", "Request-Disposition"},
    {"e", "Content-Encoding"},
    {"f", "From"},
    {"i", "Call-ID"},
    {"j", "Reject-Contact"},
    {"k", "Supported"},
    {"l", "Content-Length"},
    {"m", "Contact"},
    {"n", "Identity-Info"},
    {"o", "Event"},
    {"r", "Refer-To"},
    {"s", "Subject"},
    {"t", "To"},
    {"u", "Allow-Events"},
    {"v", "Via"},
    {"x", "Session-Expires"},
    {"y", "Identity"},
};

bool lists(std::string_view names, std::string_view name) noexcept {
  while (!names.empty()) {
    const auto end = std::min(names.find(' '), names.size());
    if (equals_ignoring_case(names.substr(0, end), name)) return true;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return false;
}

}  // namespace

bool is_occupied_header(std::string_view name) noexcept { return lists(occupied_headers, name); }

bool is_caller_header(std::string_view name) noexcept {
  return lists(caller_headers, name) ||
         equals_ignoring_case(name.substr(0, content_headers.size()), content_headers);
}

std::string caller_header_problem(std::string_view name) {
  for (const auto& [short_form, full] : short_forms) {
    if (!equals_ignoring_case(name, short_form)) continue;
    return fmt::format("{} is the short form of {}, which every caller writes itself", name, full);
  }
  return "every caller writes that header itself";
}

}  // namespace shaken302::config
