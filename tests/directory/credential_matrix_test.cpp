// SPDX-License-Identifier: MIT
#include "credential_matrix.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

namespace shaken302::directory::test {
namespace {

std::vector<MatrixRow> all_rows() {
  std::vector<MatrixRow> rows = file_rows();
  for (auto& more : {token_rows(), certificate_rows(), extension_rows()}) {
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

std::string names_of(std::vector<Fault> faults) {
  std::ranges::sort(faults);
  std::string names;
  for (const Fault fault : faults) names += std::string(text_of(fault).name) + ' ';
  return names;
}

std::string names_of(const std::vector<CredentialFinding>& findings) {
  std::vector<Fault> faults;
  for (const auto& found : findings) faults.push_back(found.finding.which);
  return names_of(std::move(faults));
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

}  // namespace

TEST_CASE("credential matrix: every bad or odd credential gives the findings that it should") {
  const auto rows = all_rows();
  CHECK(rows.size() >= 60);
  for (const MatrixRow& row : rows) {
    CAPTURE(row.why);
    CredentialScene scene;
    row.change(scene);
    const auto inspected = scene.inspect();
    CHECK(names_of(inspected.findings) == names_of(row.faults));
    const bool is_refused = std::ranges::any_of(row.faults, refuses);
    CHECK(inspected.credential.has_value() == !is_refused);
    for (const auto& found : inspected.findings) {
      CHECK(found.finding.severity == severity_of(found.finding.which));
      CHECK(is_printable(found.problem));
      CHECK_FALSE(found.remedy.empty());
    }
    CHECK(ERR_peek_error() == 0);
  }
}

TEST_CASE("credential matrix: there is a row for every fault") {
  std::set<Fault> seen;
  for (const MatrixRow& row : all_rows()) seen.insert(row.faults.begin(), row.faults.end());
  for (std::size_t i = 0; i < certificate_faults; ++i) {
    const auto fault = static_cast<Fault>(i);
    const std::string name(text_of(fault).name);
    CAPTURE(name);
    CHECK(seen.contains(fault));
  }
}

TEST_CASE("credential matrix: nothing with an error but those of time and of the test is loaded") {
  for (std::size_t i = 0; i < certificate_faults; ++i) {
    const auto fault = static_cast<Fault>(i);
    const std::string name(text_of(fault).name);
    CAPTURE(name);
    const bool passes_by = fault == Fault::not_yet_valid || fault == Fault::expired ||
                           fault == Fault::issuer_not_valid || fault == Fault::self_test;
    const bool is_error = severity_of(fault) == FindingSeverity::error;
    CHECK(refuses(fault) == (is_error && !passes_by));
    if (passes_by) CHECK(is_error);
  }
}

namespace {

/// What is found when an extension holds `value`.
std::string faults_with(CredentialScene& scene, const char* oid, const Bytes& value) {
  scene.leaf.raw_extensions.push_back({oid, false, value});
  const std::string names = names_of(scene.inspect().findings);
  scene.leaf.raw_extensions.pop_back();
  return names;
}

Bytes cut(const Bytes& whole, std::size_t size) {
  return {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
}

}  // namespace

TEST_CASE("credential matrix: a TNAuthList cut or changed at any byte is found") {
  TnAuthList list;
  list.service_provider_codes = {"1234"};
  list.ranges = {{"12155550100", 300}};
  list.numbers = {"12155550999"};
  const Bytes whole = to_der(list);
  CredentialScene scene;
  scene.leaf.tn_auth_lists.clear();
  const std::string malformed = names_of({Fault::tn_auth_list_malformed});
  CHECK(faults_with(scene, tn_auth_list_oid, whole) == names_of({Fault::profile_tn_auth_list}));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CAPTURE(i);
    CHECK(faults_with(scene, tn_auth_list_oid, cut(whole, i)) == malformed);
    Bytes changed = whole;
    // The highest bit: no digit, no tag and no length of these is what it was.
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ 0x80);
    const bool is_count = i == whole.size() - 16;  // 300 becomes 428, a good count too
    const std::string found = faults_with(scene, tn_auth_list_oid, changed);
    if (!is_count) CHECK(found == malformed);
  }
}

TEST_CASE("credential matrix: claim constraints cut or changed at any byte are found") {
  const Bytes whole = constraints({"origid"}, {{"attest", {"A", "B", "C"}}}, {"rcd"});
  CredentialScene scene;
  const std::string malformed = names_of({Fault::constraints_malformed});
  CHECK(faults_with(scene, enhanced_constraints, whole).empty());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CAPTURE(i);
    CHECK(faults_with(scene, enhanced_constraints, cut(whole, i)) == malformed);
    Bytes changed = whole;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ 0x80);
    CHECK(faults_with(scene, enhanced_constraints, changed) == malformed);
  }
}

TEST_CASE("credential matrix: a finding names the file or value and says what to do") {
  CredentialScene scene;
  scene.leaf.common_name = "evil\r\nline \x1b[2J";
  scene.files.x5u = "http://h/\r\n";
  const auto inspected = scene.inspect();
  REQUIRE(inspected.findings.size() == 2);
  CHECK(inspected.findings[0].key == "certificate");
  CHECK(inspected.findings[0].problem ==
        scene.files.certificate.string() +
            " has a subject without C, O and a CN of \"SHAKEN\" and its code: CN=evil\\0D\\0Aline "
            "\\1B[2J,O=Example,C=US");
  CHECK(inspected.findings[1].key == "x5u");
  CHECK(inspected.findings[1].problem.ends_with("is not a URL for certificates"));
}

}  // namespace shaken302::directory::test
