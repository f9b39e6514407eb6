// SPDX-License-Identifier: MIT
//
// A certification authority that exists for one call: a root, and one leaf in the shape of
// ATIS-1000080 that it signed. For `shaken302 init` and for tests. The root's key is gone when the
// function returns, so that nobody can ever issue a second leaf. Makes no files.
#pragma once

#include <cstdint>
#include <string>

#include "shaken302/result.hpp"
#include "shaken302/unix_time.hpp"

namespace shaken302 {

struct ThrowawayCaRequest {
  std::string service_provider_code = "1234";       ///< 1 to 32 digits and upper-case letters
  std::string organization = "Throw-away Example";  ///< at most 64 characters
  UnixTime not_before{};
  UnixTime not_after{};
};

enum class ThrowawayCaError : std::uint8_t {
  service_provider_code,  ///< empty, too long, or other characters than 0-9 A-Z
  organization,           ///< empty, longer than X.520 allows, or not printable ASCII
  validity,  ///< not_after is not later than not_before, or not in the years 1950 to 9999
};

/// PEM texts. The caller writes `leaf_key` where its owner alone can read it, and wipes it.
struct ThrowawayCa {
  std::string root_certificate;
  std::string leaf_key;  ///< PKCS#8, not encrypted
  std::string leaf_certificate;
};

/// Throws std::runtime_error when OpenSSL fails (no memory, no entropy): for start-up and tests
/// alone.
Result<ThrowawayCa, ThrowawayCaError> make_throwaway_ca(const ThrowawayCaRequest& request);

}  // namespace shaken302
