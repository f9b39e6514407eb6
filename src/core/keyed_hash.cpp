// SPDX-License-Identifier: MIT
#include "shaken302/keyed_hash.hpp"

#include <endian.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <utility>

#include "openssl_ptr.hpp"

namespace shaken302 {

Secret::Secret(std::span<const std::uint8_t, bytes> value) noexcept {
  std::ranges::copy(value, value_.begin());
}

Secret::~Secret() { OPENSSL_cleanse(value_.data(), value_.size()); }

Result<Secret, SecretError> make_secret(std::string_view file_content) noexcept {
  while (file_content.ends_with('\n') || file_content.ends_with('\r')) {
    file_content.remove_suffix(1);
  }
  if (file_content.size() < Secret::bytes) return Failure{SecretError::too_short};
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash;
  // Reading configuration is no place to go on without a hash, and there is no secret to fall back
  // to.
  if (EVP_Digest(file_content.data(), file_content.size(), hash.data(), nullptr, EVP_sha256(),
                 nullptr) != 1) {
    std::terminate();
  }
  const Secret secret(std::span<const std::uint8_t, Secret::bytes>(hash.data(), Secret::bytes));
  OPENSSL_cleanse(hash.data(), hash.size());
  return secret;
}

Secret make_random_secret() {
  std::array<std::uint8_t, Secret::bytes> value;
  if (RAND_bytes(value.data(), static_cast<int>(value.size())) != 1) {
    throw std::runtime_error("OpenSSL has no random numbers");
  }
  const Secret secret(value);
  OPENSSL_cleanse(value.data(), value.size());
  return secret;
}

struct KeyedHash::Context {
  Context(const Secret& its_secret, MacPtr its_algorithm) noexcept
      : secret(its_secret), algorithm(std::move(its_algorithm)) {}

  Secret secret;
  MacPtr algorithm;
  MacContextPtr mac;

  /// Giving the key again costs 11 ns and does not depend on what the version of OpenSSL does
  /// without one (before 3.0.3: nothing at all, openssl issue 17811).
  bool start() noexcept {
    gathered_size = 0;
    return EVP_MAC_init(mac.get(), secret.value().data(), Secret::bytes, nullptr) == 1;
  }
  /// Short parts are gathered: a call of OpenSSL costs more than they do.
  bool add(std::string_view part) noexcept {
    // Little-endian on every machine: instances may differ. As one word: eight bytes written one by
    // one and read as one cost 10 ns each time.
    const auto length = std::bit_cast<std::array<std::uint8_t, 8>>(::htole64(part.size()));
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(part.data());
    return gather(length) && gather({bytes, part.size()});
  }
  bool finish(Digest& out) noexcept {
    std::size_t size = 0;
    return flush() && EVP_MAC_final(mac.get(), out.data(), &size, out.size()) == 1 &&
           size == out.size();
  }

 private:
  bool gather(std::span<const std::uint8_t> bytes) noexcept {
    if (bytes.size() > gathered.size() - gathered_size && !flush()) return false;
    if (bytes.size() > gathered.size()) {
      return EVP_MAC_update(mac.get(), bytes.data(), bytes.size()) == 1;
    }
    if (!bytes.empty()) std::memcpy(gathered.data() + gathered_size, bytes.data(), bytes.size());
    gathered_size += bytes.size();
    return true;
  }
  bool flush() noexcept {
    const std::size_t size = std::exchange(gathered_size, 0);
    return size == 0 || EVP_MAC_update(mac.get(), gathered.data(), size) == 1;
  }

  std::array<std::uint8_t, 256> gathered;
  std::size_t gathered_size = 0;
};

KeyedHash::KeyedHash(const Secret& secret, Rounds rounds)
    : context_(
          std::make_unique<Context>(secret, MacPtr(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr)))) {
  if (context_->algorithm) context_->mac.reset(EVP_MAC_CTX_new(context_->algorithm.get()));
  unsigned int size = sizeof(Digest);
  unsigned int c_rounds = rounds == Rounds::two_four ? 2 : 1;
  unsigned int d_rounds = rounds == Rounds::two_four ? 4 : 3;
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_SIZE, &size),
                               OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_C_ROUNDS, &c_rounds),
                               OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_D_ROUNDS, &d_rounds),
                               OSSL_PARAM_construct_end()};
  Digest trial;
  if (!context_->mac || EVP_MAC_CTX_set_params(context_->mac.get(), params) != 1 ||
      !context_->start() || !context_->add("trial") || !context_->finish(trial)) {
    throw std::runtime_error("OpenSSL has no SipHash");
  }
}

KeyedHash::KeyedHash(KeyedHash&&) noexcept = default;
KeyedHash& KeyedHash::operator=(KeyedHash&&) noexcept = default;
KeyedHash::~KeyedHash() = default;

KeyedHash::Digest KeyedHash::digest(std::string_view purpose,
                                    std::initializer_list<std::string_view> parts) noexcept {
  Digest out{};
  bool done = context_->start() && context_->add(purpose);
  for (const std::string_view part : parts) done = done && context_->add(part);
  done = done && context_->finish(out);
  // These calls allocate nothing and the constructor has seen them work with this very context.
  // Should they fail nevertheless, tags that anybody can predict are worse than a restart.
  if (!done) std::terminate();
  return out;
}

}  // namespace shaken302
