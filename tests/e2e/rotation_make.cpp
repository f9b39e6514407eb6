// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "rotation_parts.hpp"

namespace rotation {
namespace {

constexpr mode_t for_owner = 0600;
constexpr mode_t for_everybody = 0644;

/// The extensions of ATIS-1000080: what a root, an intermediate and a leaf with one service
/// provider code have.
std::string extensions_for(const std::string& service_provider_code) {
  return R"([root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
certificatePolicies = 2.999.302
crlDistributionPoints = revoked
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
certificatePolicies = 2.999.302
crlDistributionPoints = revoked
1.3.6.1.5.5.7.1.26 = ASN1:SEQUENCE:entitled
[revoked]
fullname = URI:http://crl.invalid/rotation.crl
CRLissuer = dirName:revoker
[revoker]
C = US
O = Rotation
CN = Rotation CRL
[entitled]
code = EXPLICIT:0,IA5STRING:)" +
         service_provider_code + "\n";
}

Conf read_extensions(const std::string& text) {
  const Bio bio(need(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), "memory"));
  Conf conf(need(NCONF_new(nullptr), "memory"));
  need(NCONF_load_bio(conf.get(), bio.get(), nullptr) > 0, "extensions");
  return conf;
}

struct Issuer {
  X509* certificate;
  EVP_PKEY* key;
};

void set_validity_and_serial(X509* certificate) {
  constexpr long hour = 3600;
  constexpr long year = 365 * 24 * hour;
  const Owned<BIGNUM, BN_free> serial(need(BN_new(), "memory"));
  need(BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), "serial");
  need(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)), "serial");
  need(X509_gmtime_adj(X509_getm_notBefore(certificate), -hour), "notBefore");
  need(X509_gmtime_adj(X509_getm_notAfter(certificate), year), "notAfter");
}

void set_name(X509* certificate, const std::string& common_name) {
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto add = [name](const char* part, const std::string& text) {
    // OpenSSL's type for text is a pointer to unsigned char.
    const auto* bytes = static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
    const int size = static_cast<int>(text.size());
    need(X509_NAME_add_entry_by_txt(name, part, MBSTRING_ASC, bytes, size, -1, 0), "name");
  };
  add("C", "US");
  add("O", "Rotation");
  add("CN", common_name);
}

/// Without an issuer it signs itself.
Certificate issue(const std::string& common_name, EVP_PKEY* key, const Issuer* issuer, CONF* conf,
                  const char* section) {
  constexpr long version_3 = 2;
  Certificate made(need(X509_new(), "memory"));
  X509* const by = issuer != nullptr ? issuer->certificate : made.get();
  need(X509_set_version(made.get(), version_3), "version");
  set_validity_and_serial(made.get());
  set_name(made.get(), common_name);
  need(X509_set_issuer_name(made.get(), X509_get_subject_name(by)), "issuer");
  need(X509_set_pubkey(made.get(), key), "key");
  X509V3_CTX context;
  X509V3_set_ctx(&context, by, made.get(), nullptr, nullptr, 0);
  X509V3_set_nconf(&context, conf);
  need(X509V3_EXT_add_nconf(conf, &context, section, made.get()), "extensions");
  need(X509_sign(made.get(), issuer != nullptr ? issuer->key : key, EVP_sha256()), "signature");
  return made;
}

Key new_key() { return Key(need(EVP_EC_gen("P-256"), "key")); }

std::string text_in(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate) {
  const Bio bio(need(BIO_new(BIO_s_mem()), "memory"));
  need(PEM_write_bio_X509(bio.get(), certificate), "PEM");
  return text_in(bio.get());
}

/// Without a passphrase it is not encrypted.
std::string to_pem(EVP_PKEY* key, const std::string& passphrase) {
  const Bio bio(need(BIO_new(BIO_s_mem()), "memory"));
  const bool is_encrypted = !passphrase.empty();
  need(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, is_encrypted ? EVP_aes_256_cbc() : nullptr,
                                     is_encrypted ? passphrase.data() : nullptr,
                                     static_cast<int>(passphrase.size()), nullptr, nullptr),
       "PEM");
  return text_in(bio.get());
}

void write_file(const std::filesystem::path& path, const std::string& content, mode_t mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  need(file >= 0, path.c_str());
  const ssize_t written = ::write(file, content.data(), content.size());
  ::close(file);
  need(written == static_cast<ssize_t>(content.size()), path.c_str());
}

std::string new_passphrase() {
  std::array<unsigned char, 12> bytes{};
  need(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) > 0, "random bytes");
  std::string text = "pass-";
  for (const unsigned char byte : bytes) text += static_cast<char>('a' + byte % 26);
  return text;
}

/// One key and chain as `base`.key and `base`.pem; where a passphrase protects the key,
/// `base`.pass.
void write_pair(const std::filesystem::path& base, EVP_PKEY* key, bool is_encrypted,
                const std::string& chain) {
  const std::string passphrase = is_encrypted ? new_passphrase() : "";
  write_file(base.string() + ".key", to_pem(key, passphrase), for_owner);
  write_file(base.string() + ".pem", chain, for_everybody);
  if (is_encrypted) write_file(base.string() + ".pass", passphrase + '\n', for_owner);
}

}  // namespace

void make_chains(Arguments arguments) {
  const std::filesystem::path folder(arguments[0]);
  const Conf authority = read_extensions(extensions_for("NONE"));
  const Key root_key = new_key();
  const Certificate root = issue("Rotation root", root_key.get(), nullptr, authority.get(), "root");
  const Issuer by_root{root.get(), root_key.get()};
  const Key intermediate_key = new_key();
  const Certificate intermediate = issue("Rotation intermediate", intermediate_key.get(), &by_root,
                                         authority.get(), "intermediate");
  const Issuer by_intermediate{intermediate.get(), intermediate_key.get()};
  const std::string behind = to_pem(intermediate.get());
  std::filesystem::create_directories(folder);
  write_file(folder / "root.pem", to_pem(root.get()), for_everybody);
  const std::uint64_t rounds = number_of(arguments[2]);
  for (std::uint64_t account = 0; account < number_of(arguments[1]); ++account) {
    // A code of four digits for each account, as NECA gives them out.
    const std::string code = std::to_string(1000 + account);
    const Conf conf = read_extensions(extensions_for(code));
    std::filesystem::create_directory(folder / std::to_string(account));
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const Key key = new_key();
      const Certificate leaf =
          issue("SHAKEN " + code, key.get(), &by_intermediate, conf.get(), "leaf");
      write_pair(folder / std::to_string(account) / std::to_string(round), key.get(),
                 account % 4 == 3, to_pem(leaf.get()) + behind);
    }
  }
}

}  // namespace rotation
