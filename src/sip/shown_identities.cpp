// SPDX-License-Identifier: MIT
#include "shown_identities.hpp"

#include <sofia-sip/sip.h>
#include <sofia-sip/sip_extra.h>

#include <algorithm>
#include <span>
#include <tuple>

#include "received_bytes.hpp"
#include "uri_text.hpp"

namespace shaken302::sip {
namespace {

/// A header of a name-addr list, as far as it is needed here.
struct Address {
  const msg_common_t* common = nullptr;
  const char* scheme = nullptr;
};

Address address_of(const sip_p_asserted_identity_t& header) noexcept {
  return {header.paid_common, header.paid_url->url_scheme};
}
Address address_of(const sip_remote_party_id_t& header) noexcept {
  return {header.rpid_common, header.rpid_url->url_scheme};
}
const sip_p_asserted_identity_t* next(const sip_p_asserted_identity_t& header) noexcept {
  return header.paid_next;
}
const sip_remote_party_id_t* next(const sip_remote_party_id_t& header) noexcept {
  return header.rpid_next;
}

/// There, but no number.
constexpr UriView unreadable_uri{UriScheme::other, {}, {}};

/// A fixed list of URIs being filled.
struct UriList {
  std::span<UriView> uris;
  std::size_t size = 0;

  [[nodiscard]] bool full() const noexcept { return size == uris.size(); }
  void add(UriView uri) noexcept {
    if (!full()) uris[size++] = uri;
  }
};

/// Adds the values of one field; `first` is the first of them, whose copy the others share.
template <class Header>
void add_values(const Header& first, const Field& field, BareUri bare, UriList& list) noexcept {
  for (const Header* header = &first; header != nullptr; header = next(*header)) {
    list.add(split_uri(uri_in(*address_of(first).common, address_of(*header).scheme, field, bare)));
  }
}

/// The first values of all fields of that name, in their order, and how many they are. `add` adds
/// those of one field, or says that it cannot be read: then it is one value that is no number.
template <class Add>
std::size_t read_addresses(FieldName name, const HeaderIndex& index, UriList list,
                           Add&& add) noexcept {
  if (index.find(name) == nullptr) return 0;
  for (const Field& field : index.entries()) {
    if (list.full()) break;
    if (field.known == name && !add(field, list)) list.add(unreadable_uri);
  }
  return list.size;
}

bool add_remote_party_ids(const Field& field, BareUri bare, ParsedHeaders& headers,
                          UriList& list) noexcept {
  const auto* const parsed = headers.read_remote_party_id(field.value);
  if (parsed != nullptr) add_values(*parsed, field, bare, list);
  return parsed != nullptr;
}

/// RFC 3325 9.1 gives P-Asserted-Identity no header parameters, and Sofia refuses the whole line
/// for one; switches write `;verstat=` and others all the same. Remote-Party-ID is the same list
/// with them.
bool add_asserted_identities(const Field& field, ParsedHeaders& headers, UriList& list) noexcept {
  const auto* const parsed = headers.read_p_asserted_identity(field.value);
  if (parsed == nullptr) {
    return add_remote_party_ids(field, BareUri::ends_at_comma, headers, list);
  }
  add_values(*parsed, field, BareUri::ends_at_comma, list);
  return true;
}

/// RFC 3325 9.1 allows two; of more nobody knows which the proxy asserts.
void read_asserted(const HeaderIndex& index, ParsedHeaders& headers,
                   ShownIdentities& shown) noexcept {
  std::array<UriView, std::tuple_size_v<decltype(shown.asserted)> + 1> values;
  const std::size_t count = read_addresses(FieldName::p_asserted_identity, index, {values},
                                           [&headers](const Field& field, UriList& list) {
                                             return add_asserted_identities(field, headers, list);
                                           });
  shown.has_more_asserted = count == values.size();
  std::copy_n(values.begin(), shown.asserted.size(), shown.asserted.begin());
}

/// Each hop may add one, and which of them is about the caller the first of them does not say.
UriView read_remote_party_id(const HeaderIndex& index, ParsedHeaders& headers) noexcept {
  std::array<UriView, 2> values;
  const std::size_t count = read_addresses(
      FieldName::remote_party_id, index, {values}, [&headers](const Field& field, UriList& list) {
        return add_remote_party_ids(field, BareUri::ends_at_parameters, headers, list);
      });
  return count > 1 ? unreadable_uri : values[0];
}

}  // namespace

ShownIdentities read_identities(const HeaderIndex& index, ParsedHeaders& headers) noexcept {
  ShownIdentities shown;
  read_asserted(index, headers, shown);
  shown.remote_party_id = read_remote_party_id(index, headers);
  return shown;
}

}  // namespace shaken302::sip
