// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "cert.hpp"
#include "cert_facts.hpp"
#include "cert_files.hpp"
#include "cert_source.hpp"
#include "core/certificate_request.hpp"
#include "directory/wiped_text.hpp"
#include "options.hpp"

namespace shaken302::cli {
namespace po = boost::program_options;

const char* const cert_csr_usage =
    "cert csr --spc CODE [--tn NUMBER]… [--subject NAME] --key NEW.key --out NEW.csr [--json]";

namespace {

constexpr mode_t for_owner = 0600;
constexpr mode_t for_everybody = 0644;

struct Wanted {
  TnAuthList list;
  SubjectName subject;
  std::string key_file;
  std::string request_file;
};

std::string needed(const po::variables_map& values, const char* name, const char* what) {
  std::string file = text_of(values, name);
  if (file.empty()) throw po::error(fmt::format("give a file for {} with --{}", what, name));
  return file;
}

/// Each text by itself first, so that a complaint names the one that is wrong.
TnAuthList read_list(const po::variables_map& values) {
  std::vector<std::string> codes;
  std::vector<std::string> numbers;
  if (values.count("spc") != 0) codes.push_back(values["spc"].as<std::string>());
  if (values.count("tn") != 0) numbers = values["tn"].as<std::vector<std::string>>();
  const auto complain = [](const std::string& text, CertificateRequestError error) {
    throw po::error(fmt::format("'{}' {}", text, to_text(error)));
  };
  for (const std::string& code : codes) {
    if (const auto list = read_tn_auth_list({code}, {}); !list) complain(code, list.error());
  }
  for (const std::string& number : numbers) {
    if (const auto list = read_tn_auth_list({}, {number}); !list) complain(number, list.error());
  }
  auto list = read_tn_auth_list(codes, numbers);
  if (!list) throw po::error(std::string(to_text(list.error())));
  return std::move(*list);
}

/// CN=SHAKEN 1234 is the name that ATIS-1000080 6.4.1 wants for the certificate of that provider.
SubjectName read_name(const po::variables_map& values, const TnAuthList& list) {
  const auto& codes = list.service_provider_codes;
  if (values.count("subject") == 0) {
    return codes.empty() ? SubjectName{} : SubjectName{{"CN", "SHAKEN " + codes.front()}};
  }
  const auto text = values["subject"].as<std::string>();
  auto subject = read_subject(text);
  if (!subject) throw po::error(fmt::format("'{}' {}", text, to_text(subject.error())));
  return std::move(*subject);
}

/// Both files or none.
void write_files(std::string_view request, std::string_view key, const Wanted& wanted) {
  const Uninterrupted uninterrupted;
  NewFile key_file(wanted.key_file, for_owner);
  NewFile request_file(wanted.request_file, for_everybody);
  key_file.write(key);
  request_file.write(request);
  for (NewFile* file : {&key_file, &request_file}) {
    if (!file->put_in_place()) {
      throw std::runtime_error(
          fmt::format("{} is there already; nothing was written", file->path().string()));
    }
  }
  key_file.keep();
  request_file.keep();
}

std::string line_of(const SubjectName& subject) {
  std::string text;
  for (const auto& [type, value] : subject) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", type, value);
  }
  return text.empty() ? "none" : text;
}

void print(const Wanted& wanted, bool as_json, Streams streams) {
  const TnAuthListTexts texts = to_texts(wanted.list);
  if (as_json) {
    const nlohmann::ordered_json facts{{"key", wanted.key_file},
                                       {"request", wanted.request_file},
                                       {"subject", line_of(wanted.subject)},
                                       {"tn_auth_list", texts.base64},
                                       {"tn_auth_list_base64url", texts.base64url}};
    streams.out << dump(facts) << '\n';
  } else {
    streams.out << fmt::format(
        "key         {} (for this user alone; it exists nowhere else)\n"
        "request     {}\n"
        "subject     {}\n"
        "TNAuthList  {} (base64: tkvalue of a token, forms of a CA)\n"
        "            {} (base64url: identifier of an ACME order)\n",
        wanted.key_file, wanted.request_file, line_of(wanted.subject), texts.base64,
        texts.base64url);
  }
  const TnAuthList& list = wanted.list;
  if (list.service_provider_codes.empty() || !list.numbers.empty() || !list.ranges.empty()) {
    streams.err << "note: ATIS-1000080 knows certificates with one service provider code and no "
                   "numbers; numbers are for delegate certificates (RFC 9060)\n";
  }
}

}  // namespace

int cert_csr(const Words& words, Streams streams) {
  po::options_description options("options");
  options.add_options()("spc", po::value<std::string>(),
                        "the service provider code (OCN), digits and upper-case letters")(
      "tn", po::value<std::vector<std::string>>()->composing(),
      "a number with its country code, or a range 12155550110-12155550119; may be repeated")(
      "subject", po::value<std::string>(),
      "as in \"C=US, O=Example Telecom, CN=SHAKEN 1234\"; \"\" for none, which some CAs want; "
      "otherwise CN=SHAKEN and the code")("key", po::value<std::string>(),
                                          "the file for the new private key, mode 0600")(
      "out", po::value<std::string>(), "the file for the request")("json", "print JSON")(
      "help,h", "print this");
  const auto values = parse_words(words, options, {}, cert_csr_usage, streams);
  if (!values) return exit_done;

  Wanted wanted;
  wanted.list = read_list(*values);
  wanted.subject = read_name(*values, wanted.list);
  wanted.key_file = needed(*values, "key", "the new key");
  wanted.request_file = needed(*values, "out", "the request");
  auto made = make_certificate_request(wanted.subject, wanted.list);
  if (!made) throw po::error(std::string(to_text(made.error())));
  const directory::WipedText key(std::move(made->key));
  write_files(made->request, key.view(), wanted);
  print(wanted, values->count("json") != 0, streams);
  return exit_done;
}

}  // namespace shaken302::cli
