// SPDX-License-Identifier: MIT
//
// The name under which a certificate chain is published: one of its own, so that whatever a cache
// or a verifier keeps under it stays true (RFC 8224 7.4 wants old ones to stay fetchable).
#pragma once

#include <string>
#include <string_view>

namespace shaken302 {

/// SHA-256 in lower-case hexadecimal. Throws std::runtime_error when OpenSSL fails.
std::string sha256_hex(std::string_view content);

/// The first 128 bits of the SHA-256 of `content` in lower-case hexadecimal, and ".pem".
/// Throws std::runtime_error when OpenSSL fails.
std::string published_name(std::string_view content);

}  // namespace shaken302
