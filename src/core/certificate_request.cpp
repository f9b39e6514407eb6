// SPDX-License-Identifier: MIT
#include "certificate_request.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "tn_auth_list.hpp"
#include "x509_parts.hpp"

namespace shaken302 {
namespace {

using RequestPtr = OpensslPtr<X509_REQ, X509_REQ_free>;
using ExtensionsPtr =
    OpensslPtr<STACK_OF(X509_EXTENSION), [](STACK_OF(X509_EXTENSION) * extensions) {
      sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    }>;
using Error = CertificateRequestError;

constexpr std::size_t entries_max = 1000;
constexpr std::size_t number_digits_max = 15;  // RFC 8226 9: SIZE (1..15)
constexpr std::size_t subject_characters_max = 1024;

/// Those that ATIS-1000080 and the CAs' forms know.
constexpr std::array<std::string_view, 7> subject_types = {"C",  "ST", "L",           "O",
                                                           "OU", "CN", "serialNumber"};

/// Digits, after a `+` that people write. The grammar's `*` and `#` are no part of a number that
/// is dialled from abroad.
std::optional<std::string_view> digits_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > number_digits_max || !std::ranges::all_of(text, is_digit)) {
    return std::nullopt;
  }
  return text;
}

std::uint64_t value_of(std::string_view digits) {
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::optional<Error> add_numbers(TnAuthList& list, std::string_view text) {
  const auto dash = text.find('-');
  const auto first = digits_of(text.substr(0, dash));
  if (!first) return Error::number;
  if (dash == std::string_view::npos) {
    list.numbers.emplace_back(*first);
    return std::nullopt;
  }
  const auto last = digits_of(text.substr(dash + 1));
  if (!last) return Error::number;
  if (first->size() != last->size() || value_of(*last) <= value_of(*first)) return Error::range;
  list.ranges.push_back({std::string(*first), value_of(*last) - value_of(*first) + 1});
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

/// Takes "TYPE=value" and the comma behind it off the front of `rest`.
std::optional<std::pair<std::string, std::string>> take_attribute(std::string_view& rest) {
  const auto equals = rest.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  std::string type(rest.substr(0, equals));
  if (std::ranges::find(subject_types, type) == subject_types.end()) return std::nullopt;
  std::string value;
  std::size_t unescaped_end = 0;  // spaces in front of a comma belong to nobody
  std::size_t at = equals + 1;
  for (; at < rest.size() && rest[at] != ','; ++at) {
    const bool is_escaped = rest[at] == '\\';
    if (is_escaped && ++at == rest.size()) return std::nullopt;
    const auto byte = static_cast<unsigned char>(rest[at]);
    if (byte < 0x20 || byte == 0x7F) return std::nullopt;
    value += rest[at];
    if (is_escaped || rest[at] != ' ') unescaped_end = value.size();
  }
  value.resize(unescaped_end);
  if (value.empty()) return std::nullopt;
  const bool has_comma = at < rest.size();
  rest = has_comma ? trimmed(rest.substr(at + 1)) : std::string_view{};
  if (has_comma && rest.empty()) return std::nullopt;
  return std::pair(std::move(type), std::move(value));
}

bool is_country(std::string_view value) {
  return value.size() == 2 &&
         std::ranges::all_of(value, [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::optional<NamePtr> make_name(const SubjectName& subject) {
  const QuietErrors quiet;
  NamePtr name(require(X509_NAME_new()));
  for (const auto& [type, value] : subject) {
    if (type == "C" && !is_country(value)) return std::nullopt;
    if (!add_name_entry(name.get(), type, value)) return std::nullopt;
  }
  return name;
}

void add_extension_request(X509_REQ* request, const TnAuthList& list) {
  const ExtensionsPtr extensions(require(sk_X509_EXTENSION_new_null()));
  ExtensionPtr extension = make_tn_auth_list_extension(list);
  require(sk_X509_EXTENSION_push(extensions.get(), extension.get()));
  static_cast<void>(extension.release());  // the stack has it now
  require(X509_REQ_add_extensions(request, extensions.get()));
}

std::string to_pem(X509_REQ* request) {
  const BioPtr bio(require(BIO_new(BIO_s_mem())));
  require(PEM_write_bio_X509_REQ(bio.get(), request));
  return content_of(bio.get());
}

std::string to_base64(const std::vector<std::uint8_t>& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

std::string_view to_text(CertificateRequestError error) noexcept {
  switch (error) {
    case Error::service_provider_code:
      return "is no service provider code: give 1 to 32 digits and upper-case letters";
    case Error::number:
      return "is no number: give 1 to 15 digits with the country code, as in 12155550100";
    case Error::range:
      return "is no range: give the first and the last number, as in 12155550110-12155550119";
    case Error::nothing_asked:
      return "give the service provider code with --spc, or numbers with --tn";
    case Error::too_many:
      return "more than 1000 numbers and ranges: ask for ranges";
    case Error::subject:
      return "is no subject: write it as in \"C=US, O=Example Telecom, CN=SHAKEN 1234\"; the types "
             "are C, ST, L, O, OU, CN and serialNumber";
  }
  return "cannot be asked for";
}

Result<TnAuthList, CertificateRequestError> read_tn_auth_list(
    const std::vector<std::string>& codes, const std::vector<std::string>& numbers) {
  if (codes.empty() && numbers.empty()) return Failure{Error::nothing_asked};
  if (codes.size() + numbers.size() > entries_max) return Failure{Error::too_many};
  TnAuthList list;
  for (const std::string& code : codes) {
    if (!is_service_provider_code(code)) return Failure{Error::service_provider_code};
    list.service_provider_codes.push_back(code);
  }
  for (const std::string& number : numbers) {
    if (const auto error = add_numbers(list, number)) return Failure{*error};
  }
  // The reader knows the rules of RFC 8226 9 that the texts alone do not show.
  if (!parse_tn_auth_list(to_der(list))) return Failure{Error::range};
  return list;
}

Result<SubjectName, CertificateRequestError> read_subject(std::string_view text) {
  if (text.size() > subject_characters_max) return Failure{Error::subject};
  SubjectName subject;
  std::string_view rest = trimmed(text);
  while (!rest.empty()) {
    auto attribute = take_attribute(rest);
    if (!attribute) return Failure{Error::subject};
    subject.push_back(std::move(*attribute));
  }
  if (!make_name(subject)) return Failure{Error::subject};
  return subject;
}

Result<CertificateRequest, CertificateRequestError> make_certificate_request(
    const SubjectName& subject, const TnAuthList& list) {
  const auto name = make_name(subject);
  if (!name) return Failure{Error::subject};
  const KeyPtr key(require(EVP_EC_gen("P-256")));
  const RequestPtr request(require(X509_REQ_new()));
  constexpr long version_1 = 0;  // RFC 2986 4.1: the only one
  require(X509_REQ_set_version(request.get(), version_1));
  require(X509_REQ_set_subject_name(request.get(), name->get()));
  require(X509_REQ_set_pubkey(request.get(), key.get()));
  add_extension_request(request.get(), list);
  require(X509_REQ_sign(request.get(), key.get(), EVP_sha256()));
  return CertificateRequest{to_pem(key.get()), to_pem(request.get())};
}

TnAuthListTexts to_texts(const TnAuthList& list) {
  TnAuthListTexts texts;
  texts.base64 = to_base64(to_der(list));
  texts.base64url = texts.base64.substr(0, texts.base64.find('='));
  std::ranges::replace(texts.base64url, '+', '-');
  std::ranges::replace(texts.base64url, '/', '_');
  return texts;
}

}  // namespace shaken302
