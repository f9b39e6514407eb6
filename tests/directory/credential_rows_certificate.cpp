// SPDX-License-Identifier: MIT
//
// Rows about the certificate as such: what it is for, when, and who issued it.
#include "credential_matrix.hpp"

namespace shaken302::directory::test {

using namespace shaken302::test;
using Scene = CredentialScene;
using std::chrono::seconds;

namespace {

/// A root that issued nothing here.
std::string strangers_root() { return make_test_pem().root_certificate; }

/// Puts an intermediate between root and leaf; gives its PEM.
struct Intermediate {
  KeyPtr key = make_ec_key();
  X509Ptr certificate;

  explicit Intermediate(Scene& scene, UnixTime end = day_after_noon) {
    CertificateSpec spec;
    spec.key = key.get();
    spec.common_name = "Intermediate";
    spec.issuer = scene.root.get();
    spec.issuer_key = scene.root_key.get();
    spec.not_before = day_before_noon;
    spec.not_after = end;
    spec.extensions = {{NID_basic_constraints, "critical,CA:TRUE"},
                       {NID_key_usage, "critical,keyCertSign"},
                       {NID_subject_key_identifier, "hash"},
                       {NID_authority_key_identifier, "keyid:always"}};
    certificate = make_certificate(spec);
    scene.leaf.issuer = certificate.get();
    scene.leaf.issuer_key = key.get();
    leaf = scene.certify();
    scene.leaf.issuer = scene.root.get();
    scene.leaf.issuer_key = scene.root_key.get();
  }
  [[nodiscard]] std::string pem() const { return to_pem(certificate.get()); }
  std::string leaf;
};

std::vector<MatrixRow> rows_of_time() {
  return {
      {"its first second", [](Scene& s) { s.now = day_before_noon; }, {}},
      {"its last second",
       [](Scene& s) {
         s.now = day_after_noon;
         s.anchors = s.root_pem();
       },
       {}},
      {"a second too early",
       [](Scene& s) { s.now = day_before_noon - seconds(1); },
       {Fault::not_yet_valid}},
      {"a second too late",
       [](Scene& s) { s.now = day_after_noon + seconds(1); },
       {Fault::expired}},
      {"expired, and it leads to its anchor all the same",
       [](Scene& s) {
         s.now = day_after_noon + seconds(1);
         s.anchors = s.root_pem();
       },
       {Fault::expired}},
      {"never valid: it ends before it begins",
       [](Scene& s) { std::swap(s.leaf.not_before, s.leaf.not_after); },
       {Fault::not_yet_valid}},
      {"the intermediate has expired",
       [](Scene& s) {
         const Intermediate middle(s, noon - seconds(1));
         s.certificate = middle.leaf + middle.pem();
       },
       {Fault::issuer_not_valid}},
      {"the anchor has expired, and is not in the file",
       [](Scene& s) {
         s.leaf.not_after = day_after_noon + std::chrono::days(9);
         s.now = day_after_noon + std::chrono::days(1);
         s.anchors = s.root_pem();
       },
       {Fault::anchor_not_valid}},
  };
}

std::vector<MatrixRow> rows_of_chains() {
  return {
      {"leaf, intermediate and root, with the root trusted",
       [](Scene& s) {
         const Intermediate middle(s);
         s.certificate = middle.leaf + middle.pem() + s.root_pem();
         s.anchors = s.root_pem();
       },
       {}},
      {"the root is one of several anchors",
       [](Scene& s) { s.anchors = strangers_root() + s.root_pem() + strangers_root(); },
       {}},
      {"in reverse order",
       [](Scene& s) { s.certificate = s.root_pem() + s.certify(); },
       {Fault::reordered}},
      {"in reverse order, three of them",
       [](Scene& s) {
         const Intermediate middle(s);
         s.certificate = s.root_pem() + middle.pem() + middle.leaf;
         s.anchors = s.root_pem();
       },
       {Fault::reordered}},
      {"the leaf in front, its issuers the wrong way round",
       [](Scene& s) {
         const Intermediate middle(s);
         s.certificate = middle.leaf + s.root_pem() + middle.pem();
       },
       {Fault::reordered}},
      {"a stranger between leaf and issuer",
       [](Scene& s) { s.certificate = s.certify() + strangers_root() + s.root_pem(); },
       {Fault::reordered, Fault::not_linked}},
      {"a stranger behind",
       [](Scene& s) { s.certificate = s.certify() + strangers_root(); },
       {Fault::not_linked}},
      {"the leaf twice",
       [](Scene& s) { s.certificate = s.certify() + s.certify(); },
       {Fault::not_linked}},
      {"the intermediate is missing",
       [](Scene& s) {
         const Intermediate middle(s);
         s.certificate = middle.leaf + s.root_pem();
       },
       {Fault::not_linked}},
      {"the intermediate is missing, and there are anchors",
       [](Scene& s) {
         const Intermediate middle(s);
         s.certificate = middle.leaf;
         s.anchors = s.root_pem();
       },
       {Fault::no_path_to_anchor}},
      {"another CA's root",
       [](Scene& s) { s.anchors = strangers_root(); },
       {Fault::no_path_to_anchor}},
      {"the root of the same name and another key",
       [](Scene& s) { s.anchors = CredentialScene().root_pem(); },
       {Fault::no_path_to_anchor}},
      {"the chain brings a root that nobody trusts",
       [](Scene& s) {
         s.certificate = s.certify() + s.root_pem();
         s.anchors = strangers_root();
       },
       {Fault::no_path_to_anchor}},
  };
}

std::vector<MatrixRow> rows_of_purpose() {
  return {
      {"a CA's certificate alone",
       [](Scene& s) { s.set_extension(NID_basic_constraints, "critical,CA:TRUE"); },
       {Fault::authority}},
      {"for agreeing on keys",
       [](Scene& s) { s.set_extension(NID_key_usage, "critical,keyAgreement"); },
       {Fault::key_usage, Fault::profile_key_usage}},
      {"a critical extension of somebody's own",
       [](Scene& s) {
         s.add_raw("1.3.6.1.4.1.99999.1", {0x05, 0x00}, true);
       },
       {Fault::unknown_critical_extension, Fault::profile_extensions}},
  };
}

std::vector<MatrixRow> rows_of_profile() {
  return {
      {"a short serial number",
       [](Scene& s) { s.leaf.serial = "01"; },
       {Fault::profile_serial_number}},
      {"the serial number zero",
       [](Scene& s) { s.leaf.serial = "0"; },
       {Fault::profile_serial_number}},
      {"a negative serial number",
       [](Scene& s) { s.leaf.serial = "-4711471147114711"; },
       {Fault::profile_serial_number}},
      {"a serial number of 21 bytes",
       [](Scene& s) { s.leaf.serial = std::string(42, '7'); },
       {Fault::profile_serial_number}},
      {"signed with SHA-512",
       [](Scene& s) { s.leaf.digest = EVP_sha512(); },
       {Fault::profile_signature}},
      {"a subject without its code",
       [](Scene& s) { s.leaf.common_name = "SHAKEN"; },
       {Fault::profile_subject}},
      {"the code of somebody else in the subject",
       [](Scene& s) { s.leaf.common_name = "SHAKEN 9876"; },
       {Fault::profile_subject}},
      {"control characters in a name",
       [](Scene& s) { s.leaf.common_name = "evil\r\nline \x1b[2J"; },
       {Fault::profile_subject}},
      {"no organization",
       [](Scene& s) {
         s.leaf.attributes = {{"C", "US"}};
       },
       {Fault::profile_subject}},
      {"no country",
       [](Scene& s) {
         s.leaf.attributes = {{"O", "Example"}};
       },
       {Fault::profile_subject}},
      {"basic constraints that are not critical",
       [](Scene& s) { s.set_extension(NID_basic_constraints, "CA:FALSE"); },
       {Fault::profile_basic_constraints}},
      {"no basic constraints",
       [](Scene& s) { s.set_extension(NID_basic_constraints, nullptr); },
       {Fault::profile_basic_constraints}},
      {"a second use of the key",
       [](Scene& s) { s.set_extension(NID_key_usage, "critical,digitalSignature,nonRepudiation"); },
       {Fault::profile_key_usage}},
      {"no key usage",
       [](Scene& s) { s.set_extension(NID_key_usage, nullptr); },
       {Fault::profile_key_usage}},
      {"no subject key identifier",
       [](Scene& s) { s.set_extension(NID_subject_key_identifier, nullptr); },
       {Fault::profile_key_identifiers}},
      {"no authority key identifier",
       [](Scene& s) { s.set_extension(NID_authority_key_identifier, nullptr); },
       {Fault::profile_key_identifiers}},
      {"no policy",
       [](Scene& s) { s.set_extension(NID_certificate_policies, nullptr); },
       {Fault::profile_policies}},
      {"two policies",
       [](Scene& s) {
         s.set_extension(NID_certificate_policies,
                         "2.16.840.1.114569.1.1.4,2.16.840.1.114569.1.1.3");
       },
       {Fault::profile_policies}},
      {"the obsolete policy",
       [](Scene& s) { s.set_extension(NID_certificate_policies, "2.16.840.1.114569.1.1.1"); },
       {Fault::profile_policies}},
      {"a critical policy",
       [](Scene& s) {
         s.set_extension(NID_certificate_policies, "critical,2.16.840.1.114569.1.1.4");
       },
       {Fault::profile_policies}},
      {"no CRL distribution point",
       [](Scene& s) { s.remove_raw("2.5.29.31"); },
       {Fault::profile_crl_distribution_point}},
      {"a CRL distribution point without the CRL's issuer, as 28 % have it",
       [](Scene& s) {
         s.remove_raw("2.5.29.31");
         s.set_extension(NID_crl_distribution_points, "URI:https://crl.example.com/crl");
       },
       {Fault::profile_crl_distribution_point}},
      {"an extension beyond the profile",
       [](Scene& s) { s.set_extension(NID_netscape_comment, "hello"); },
       {Fault::profile_extensions}},
  };
}

}  // namespace

std::vector<MatrixRow> certificate_rows() {
  std::vector<MatrixRow> rows;
  for (auto& more : {rows_of_time(), rows_of_chains(), rows_of_purpose(), rows_of_profile()}) {
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

}  // namespace shaken302::directory::test
