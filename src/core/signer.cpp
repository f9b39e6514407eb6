// SPDX-License-Identifier: MIT
#include <algorithm>
#include <type_traits>
#include <utility>

#include "es256.hpp"
#include "openssl_ptr.hpp"
#include "shaken302/credential.hpp"

namespace shaken302 {

struct Signer::State {
  Sha256 sha256;
  std::shared_ptr<const CredentialTable> table;
  std::vector<KeyContextPtr> prepared;  // by credential index, made at its first use

  // A context holds a reference to its key: their table goes after them.
  struct Retired {
    std::shared_ptr<const CredentialTable> table;
    std::vector<KeyContextPtr> prepared;
  };
  std::vector<Retired> retired;

  void retire();
  bool free_some() noexcept;
};

void Signer::State::retire() {
  if (std::ranges::any_of(prepared, [](const auto& context) { return context != nullptr; })) {
    retired.push_back({table, {}});
    retired.back().prepared.swap(prepared);
  }
  prepared.clear();
  table.reset();
}

bool Signer::State::free_some() noexcept {
  std::size_t freed = 0;
  while (!retired.empty()) {
    auto& contexts = retired.back().prepared;
    while (!contexts.empty()) {
      if (contexts.back() && ++freed > frees_max) return true;
      contexts.pop_back();
    }
    retired.pop_back();
  }
  return false;
}

Signer::Signer() : state_(std::make_unique<State>()) {}
Signer::~Signer() = default;
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;

bool Signer::follow(const std::shared_ptr<const CredentialTable>& table) noexcept {
  // The table that is followed is kept alive, so an equal address is the same table.
  if (state_->table != table) {
    try {
      state_->retire();
      if (table) state_->prepared.resize(table->entries.size());
      state_->table = table;
    } catch (...) {
      // No memory: without a table every signature fails, and the next call tries again.
      state_->prepared.clear();
      state_->table.reset();
    }
  }
  return state_->free_some();
}

std::size_t Signer::retired() const noexcept {
  std::size_t count = 0;
  for (const State::Retired& old : state_->retired) {
    count += static_cast<std::size_t>(std::ranges::count_if(
        old.prepared, [](const auto& context) { return context != nullptr; }));
  }
  return count;
}

Result<Signer::Digest, SignError> Signer::digest(std::string_view signing_input) noexcept {
  static_assert(std::is_same_v<Digest, Sha256::Digest>);
  Digest digest;
  if (!state_->sha256.digest(signing_input, digest)) return Failure{SignError::failed};
  return digest;
}

Result<Signer::Signature, SignError> Signer::sign(std::uint32_t credential,
                                                  const Digest& digest) noexcept {
  if (credential >= state_->prepared.size()) return Failure{SignError::failed};
  const auto& entry = state_->table->entries[credential];
  if (!entry.usable()) return Failure{SignError::failed};
  Signature signature;
  if (entry.credential.token() != nullptr) [[unlikely]] {
    if (!entry.credential.token()->sign(digest, signature)) return Failure{SignError::failed};
    return signature;
  }
  auto& prepared = state_->prepared[credential];
  if (!prepared) prepared = prepare_signing(entry.credential.key());
  if (!prepared || !sign_es256(prepared.get(), digest, signature)) {
    prepared.reset();  // whatever state a failed call left in it must not reach the next one
    return Failure{SignError::failed};
  }
  return signature;
}

Result<Signer::Signature, SignError> Signer::sign(std::uint32_t credential,
                                                  std::string_view signing_input) noexcept {
  const auto hashed = digest(signing_input);
  if (!hashed) return Failure{hashed.error()};
  return sign(credential, *hashed);
}

}  // namespace shaken302
