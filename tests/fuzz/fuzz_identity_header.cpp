// SPDX-License-Identifier: MIT
//
// The value of an Identity header field: what is read lies inside the value and has the form that
// RFC 8224 section 4 gives it, and other ways to write the same say the same.
#include <vector>

#include "fuzz_target.hpp"
#include "shaken302/bounded_text.hpp"
#include "shaken302/identity_header.hpp"

namespace shaken302::fuzz {
namespace {

constexpr std::string_view alphanumeric =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

std::string with(std::string_view more) { return std::string(alphanumeric) + std::string(more); }

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

bool is_absolute_uri(std::string_view uri) {
  const auto colon = uri.find(':');
  if (colon == uri.npos || colon == 0 || colon + 1 == uri.size()) return false;
  return consists_of(uri.substr(0, colon), with("+-.")) &&
         consists_of(uri.substr(0, 1), with("")) && uri.find_first_of("0123456789") != 0;
}

std::string wrong_form(const IdentityHeader& header, std::string_view value) {
  if (!lies_in(header.token, value) || !lies_in(header.info, value) ||
      !lies_in(header.ppt, value)) {
    return "a view that is not of the value";
  }
  if (header.token.empty() || !consists_of(header.token, with("-_./+"))) return "the token";
  if (header.info.find_first_of(" \t\r\n<>\"") != std::string_view::npos ||
      holds_control_character(header.info) || !is_absolute_uri(header.info)) {
    return "the info";
  }
  return consists_of(header.ppt, with("-.!%*_+`'~")) ? "" : "the ppt";
}

bool says(std::string_view value, const IdentityHeader& header) {
  const auto read = parse_identity(value);
  return read && read->token == header.token && read->info == header.info &&
         read->ppt == header.ppt;
}

std::string text(std::string_view view) { return std::string(view); }

/// Our own writer, and the same parameters in another order, case and spacing.
std::string not_rewritten(const IdentityHeader& header) {
  std::vector<char> buffer(header.token.size() + header.info.size() + 64);
  for (const PptForm form : {PptForm::token, PptForm::quoted}) {
    BoundedText out(buffer);
    append_identity_value(out, header.token, header.info, form);
    if (out.overflowed()) return "our own value is longer than its parts";
    if (!says(out.view(), {header.token, header.info, "shaken"})) return "our own value";
  }
  const std::string ppt = header.ppt.empty() ? "" : ";PPT=\"" + text(header.ppt) + "\"";
  const std::string written = text(header.token) + " ;\r\n x9" + ppt +
                              "\t; Alg = \"es256\";INFO = <" + text(header.info) + "> ;y9=[::1]";
  return says(written, header) ? "" : "another meaning in another order";
}

std::string changed_by_additions(std::string_view value, const IdentityHeader& header) {
  const std::string whole = text(value);
  if (!says(" \t" + whole + "\r\n ", header)) return "white space around it";
  const bool has_room = std::count(value.begin(), value.end(), ';') < 15;
  const bool is_new = value.find("zq9") == value.npos && value.find("ZQ9") == value.npos &&
                      value.find("Zq9") == value.npos && value.find("zQ9") == value.npos;
  if (has_room && is_new && !says(whole + ";zq9=\"a\\\"b\"", header)) return "one parameter more";
  for (const std::string_view refused :
       {";info=<https://a.example/b>", ";alg=ES384", ";ppt=", ";", ",", "\x01", "\r\n"}) {
    if (parse_identity(whole + text(refused))) return "accepted with " + text(refused);
  }
  return {};
}

}  // namespace

std::string broken_by(std::string_view input) {
  const auto header = parse_identity(input);
  if (!header) return {};
  if (auto wrong = wrong_form(*header, input); !wrong.empty()) return wrong;
  if (auto wrong = not_rewritten(*header); !wrong.empty()) return wrong;
  return changed_by_additions(input, *header);
}

}  // namespace shaken302::fuzz
