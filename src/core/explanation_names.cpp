// SPDX-License-Identifier: MIT
#include "explanation_names.hpp"

namespace shaken302 {

std::string_view name_of(CallingSource source) noexcept {
  switch (source) {
    case CallingSource::asserted_identity:
      return "P-Asserted-Identity";
    case CallingSource::remote_party_id:
      return "Remote-Party-ID";
    case CallingSource::from:
      break;
  }
  return "From";
}

std::string name_of(const AccountSource& source) {
  switch (source.kind) {
    case AccountSource::Kind::fixed:
      return "fixed by the peer";
    case AccountSource::Kind::header:
      return "header " + source.name;
    case AccountSource::Kind::parameter:
      return "parameter " + source.name + " of From";
    case AccountSource::Kind::host:
      return "host of the Request-URI";
    case AccountSource::Kind::number:
      break;
  }
  return "owner of the calling number";
}

std::string_view name_of(NumberBasis basis) noexcept {
  switch (basis) {
    case NumberBasis::assigned:
      return "assigned";
    case NumberBasis::verified:
      return "verified";
    case NumberBasis::letter_of_authorisation:
      return "loa";
    case NumberBasis::delegated:
      break;
  }
  return "delegated";
}

std::string_view name_of(Treatment treatment) noexcept {
  switch (treatment) {
    case Treatment::sign:
      return "sign";
    case Treatment::cap_b:
      return "B";
    case Treatment::cap_c:
      return "C";
    case Treatment::leave_unsigned:
      return "unsigned";
    case Treatment::block:
      break;
  }
  return "block";
}

}  // namespace shaken302
