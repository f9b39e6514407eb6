// SPDX-License-Identifier: MIT
//
// Rows about the extensions of STIR: TNAuthList and claim constraints.
#include "credential_matrix.hpp"

namespace shaken302::directory::test {

using namespace shaken302::test;
using Scene = CredentialScene;

namespace {

TnAuthList numbers_alone() {
  TnAuthList list;
  list.ranges = {{"12155550100", 100}};
  list.numbers = {"12155550200"};
  return list;
}

std::vector<MatrixRow> rows_of_tn_auth_list() {
  return {
      {"none", [](Scene& s) { s.leaf.tn_auth_lists.clear(); }, {Fault::tn_auth_list_missing}},
      {"a critical one",
       [](Scene& s) {
         s.add_raw(tn_auth_list_oid, s.leaf.tn_auth_lists[0], true);
         s.leaf.tn_auth_lists.clear();
       },
       {Fault::tn_auth_list_critical}},
      {"a critical one, and the path ends at it",
       [](Scene& s) {
         s.add_raw(tn_auth_list_oid, s.leaf.tn_auth_lists[0], true);
         s.leaf.tn_auth_lists.clear();
         s.anchors = s.root_pem();
       },
       {Fault::tn_auth_list_critical, Fault::no_path_to_anchor}},
      {"an empty one",
       [](Scene& s) {
         s.leaf.tn_auth_lists = {{0x30, 0x00}};
       },
       {Fault::tn_auth_list_malformed}},
      {"two of them",
       [](Scene& s) { s.leaf.tn_auth_lists.push_back(s.leaf.tn_auth_lists[0]); },
       {Fault::tn_auth_list_malformed}},
      {"implicit tags, as some drafts had them",
       [](Scene& s) {
         s.leaf.tn_auth_lists = {{0x30, 0x06, 0x80, 0x04, '1', '2', '3', '4'}};
       },
       {Fault::tn_auth_list_malformed}},
      {"the expected code", [](Scene& s) { s.files.expected_spc = "1234"; }, {}},
      {"another code",
       [](Scene& s) { s.files.expected_spc = "9876"; },
       {Fault::other_service_provider}},
      {"two codes, the expected one among them",
       [](Scene& s) {
         TnAuthList list;
         list.service_provider_codes = {"1234", "9876"};
         s.set_list(list);
         s.files.expected_spc = "9876";
       },
       {Fault::profile_tn_auth_list}},
      {"a code in small letters",
       [](Scene& s) {
         TnAuthList list;
         list.service_provider_codes = {"505j"};
         s.set_list(list);
         s.leaf.common_name = "SHAKEN 505j";
       },
       {Fault::profile_tn_auth_list}},
      {"numbers beside the code",
       [](Scene& s) {
         TnAuthList list = numbers_alone();
         list.service_provider_codes = {"1234"};
         s.set_list(list);
         s.files.expected_numbers = {{"12155559999", 1}};
       },
       {Fault::profile_tn_auth_list}},
      {"numbers alone", [](Scene& s) { s.set_list(numbers_alone()); }, {Fault::numbers_alone}},
      {"numbers alone where a code is expected",
       [](Scene& s) {
         s.set_list(numbers_alone());
         s.files.expected_spc = "1234";
       },
       {Fault::numbers_alone, Fault::other_service_provider}},
      {"the expected numbers, over the seam of a range and a number",
       [](Scene& s) {
         s.set_list(numbers_alone());
         s.files.expected_numbers = {{"12155550150", 51}, {"12155550200", 1}};
       },
       {Fault::numbers_alone}},
      {"one number too many",
       [](Scene& s) {
         s.set_list(numbers_alone());
         s.files.expected_numbers = {{"12155550150", 52}};
       },
       {Fault::numbers_alone, Fault::other_numbers}},
      {"a number of another length",
       [](Scene& s) {
         s.set_list(numbers_alone());
         s.files.expected_numbers = {{"2155550150", 1}};
       },
       {Fault::numbers_alone, Fault::other_numbers}},
  };
}

MatrixRow constrained(std::string why, const char* oid, Bytes value, std::vector<Fault> faults) {
  return {std::move(why),
          [oid, value = std::move(value)](Scene& scene) { scene.add_raw(oid, value); },
          std::move(faults)};
}

std::vector<MatrixRow> rows_of_constraints() {
  constexpr const char* plain = plain_constraints;
  constexpr const char* enhanced = enhanced_constraints;
  return {
      constrained("what every token of ours holds", plain, constraints({"attest", "origid"}), {}),
      constrained("what has no say about ours", enhanced,
                  constraints({"iat"}, {{"confidence", {"high"}}}, {"rcd", "priority"}), {}),
      constrained("every level is allowed", plain, constraints({}, {{"attest", {"A", "B", "C"}}}),
                  {}),
      constrained("two levels are", plain, constraints({}, {{"attest", {"B", "C"}}}),
                  {Fault::attestation_limited}),
      constrained("two lists that have one level in common", plain,
                  constraints({}, {{"attest", {"A", "B"}}, {"attest", {"B", "C"}}}),
                  {Fault::attestation_limited}),
      constrained("two lists that have none in common", plain,
                  constraints({}, {{"attest", {"A"}}, {"attest", {"B"}}}),
                  {Fault::constraints_not_met}),
      constrained("levels that there are not", plain,
                  constraints({}, {{"attest", {"a", "AA", ""}}}), {Fault::constraints_not_met}),
      constrained("a claim that ours do not hold", plain, constraints({"rcd"}),
                  {Fault::constraints_not_met}),
      constrained("the same in the newer extension", enhanced, constraints({"confidence"}),
                  {Fault::constraints_not_met}),
      constrained("no attest", enhanced, constraints({}, {}, {"attest"}),
                  {Fault::constraints_not_met}),
      constrained("no origid", enhanced, constraints({}, {}, {"msgi", "origid"}),
                  {Fault::constraints_not_met}),
      constrained("one origid for all calls", plain, constraints({}, {{"origid", {"x"}}}),
                  {Fault::constraints_not_met}),
      constrained("fixed called numbers", plain, constraints({}, {{"dest", {"x"}}}),
                  {Fault::constraints_not_met}),
      constrained("no iat: as if it were absent", enhanced, constraints({"rcd"}, {}, {"iat"}),
                  {Fault::constraints_void}),
      constrained("no orig", enhanced, constraints({}, {}, {"orig"}), {Fault::constraints_void}),
      constrained("no dest, and no attest", enhanced, constraints({}, {}, {"attest", "dest"}),
                  {Fault::constraints_void}),
      constrained("nothing in it", plain, {0x30, 0x00}, {Fault::constraints_malformed}),
      constrained("no bytes at all", plain, {}, {Fault::constraints_malformed}),
      constrained("the newer part in the older extension", plain, constraints({}, {}, {"rcd"}),
                  {Fault::constraints_malformed}),
      constrained("a control character in a claim", plain, constraints({"a\nb"}),
                  {Fault::constraints_malformed}),
      constrained("values that are no UTF-8", plain, constraints({}, {{"rcd", {"\xC3("}}}),
                  {Fault::constraints_malformed}),
      {"both extensions",
       [](Scene& s) {
         s.add_raw(plain_constraints, constraints({"attest"}));
         s.add_raw(enhanced_constraints, constraints({"attest"}));
       },
       {Fault::constraints_twice}},
      {"one of them twice",
       [](Scene& s) {
         s.add_raw(plain_constraints, constraints({"attest"}));
         s.add_raw(plain_constraints, constraints({"attest"}));
       },
       {Fault::constraints_twice}},
      {"critical constraints",
       [](Scene& s) { s.add_raw(plain_constraints, constraints({"attest"}), true); },
       {Fault::constraints_critical}},
  };
}

}  // namespace

std::vector<MatrixRow> extension_rows() {
  std::vector<MatrixRow> rows = rows_of_tn_auth_list();
  for (auto& row : rows_of_constraints()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace shaken302::directory::test
