// SPDX-License-Identifier: MIT
//
// Reads a private key so that none of its bytes, nor of its passphrase, stay in memory but in the
// key itself.
#pragma once

#include <optional>
#include <string_view>

#include "openssl_ptr.hpp"
#include "shaken302/credential.hpp"

namespace shaken302 {

/// PKCS#8 or SEC1, PEM or DER, encrypted or not. Keys of every type are read: whoever asks looks at
/// the type. Fails with key_syntax, passphrase_needed or passphrase_wrong.
Result<KeyPtr, CredentialError> read_private_key(std::string_view bytes,
                                                 std::optional<std::string_view> passphrase);

/// The DER of a SubjectPublicKeyInfo with nothing behind it. Fails with key_syntax.
Result<KeyPtr, CredentialError> read_public_key(std::string_view der);

}  // namespace shaken302
