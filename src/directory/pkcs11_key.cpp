// SPDX-License-Identifier: MIT
#include "pkcs11_key.hpp"

// Engines, and EC keys that sign by a method of their own, are deprecated in OpenSSL 3; Debian 12
// has no provider for PKCS#11 to take their place. This file alone knows them.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ui.h>
#include <openssl/x509.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace shaken302::directory {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

using Loaded = Result<std::shared_ptr<const SigningToken>, CertificateFinding>;
constexpr std::size_t pin_bytes_max = 255;
using Fingerprint = std::array<unsigned char, 32>;

class Pkcs11Key final : public SigningToken {
 public:
  Pkcs11Key(KeyPtr key, std::string public_key)
      : key_(std::move(key)), public_key_(std::move(public_key)) {}

  /// ECDSA_do_sign and no EVP context: it goes straight to the engine's method, and there is
  /// nothing that belongs to one thread.
  [[nodiscard]] bool sign(const Digest& digest, Signature& out) const noexcept override {
    auto* const key = const_cast<EC_KEY*>(EVP_PKEY_get0_EC_KEY(key_.get()));
    const SignaturePtr made(
        key == nullptr ? nullptr
                       : ECDSA_do_sign(digest.data(), static_cast<int>(digest.size()), key));
    constexpr int half = 32;
    const bool is_good =
        made && BN_bn2binpad(ECDSA_SIG_get0_r(made.get()), out.data(), half) == half &&
        BN_bn2binpad(ECDSA_SIG_get0_s(made.get()), out.data() + half, half) == half;
    if (!is_good) ERR_clear_error();  // of this thread, which has no other errors
    return is_good;
  }
  [[nodiscard]] std::string_view public_key() const noexcept override { return public_key_; }

 private:
  KeyPtr key_;
  std::string public_key_;
};

Failure<CertificateFinding> refuse(CertificateFault fault, std::string detail = {}) {
  return Failure{make_finding(fault, std::move(detail))};
}

/// A key as the rest of the program knows it.
Loaded use(KeyPtr key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  if (size <= 0) return refuse(CertificateFault::token_public_key);
  std::string public_key(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return std::shared_ptr<const SigningToken>(
      std::make_shared<const Pkcs11Key>(std::move(key), std::move(public_key)));
}

/// Says nothing, so that the engine never asks at a terminal and never tries an empty PIN.
int answer_nothing(UI* /*ui*/, UI_STRING* /*string*/) { return 0; }

UI_METHOD* silent_interface() {
  UI_METHOD* const method = UI_create_method("no terminal");
  if (method != nullptr) UI_method_set_reader(method, answer_nothing);
  return method;
}

/// What an attempt to load a key came to: the engine queues its own reasons, those of libp11 and
/// the module's codes under three libraries whose numbers it gets when it is loaded.
struct Attempt {
  KeyPtr key;
  bool has_module = true;
  int module_code = 0;  ///< CKR_..., 0: none
  std::string module_reason;
};

/// The engine and what this process has done with it. There is one for as long as the process
/// lives: libp11 takes its slots, sessions and keys with it when it goes, whoever uses them, and
/// does not survive a second beginning.
class Engine {
 public:
  Loaded load(const std::filesystem::path& module, const config::Pkcs11Uri& uri,
              std::string_view pin);

 private:
  std::optional<CertificateFinding> begin(const std::filesystem::path& module);
  bool set_pin(std::string_view pin);
  Attempt find(const std::string& uri, std::string_view pin);
  CertificateFinding explain(const config::Pkcs11Uri& uri, std::string_view pin,
                             const Attempt& failed);

  std::mutex mutex_;  // one PIN at a time
  ENGINE* engine_ = nullptr;
  UI_METHOD* interface_ = nullptr;
  std::optional<std::filesystem::path> module_;  // that has been loaded: libp11 knows one
  std::map<std::string, Fingerprint, std::less<>> refused_pins_;  // by token
};

Fingerprint fingerprint_of(std::string_view pin) {
  Fingerprint out{};
  EVP_Digest(pin.data(), pin.size(), out.data(), nullptr, EVP_sha256(), nullptr);
  return out;
}

/// The engine up to where it would load the module, which it does with the first key.
std::optional<CertificateFinding> Engine::begin(const std::filesystem::path& module) {
  if (module_ && *module_ != module) {
    return make_finding(CertificateFault::token_module,
                        "this process uses another module already, a change takes a restart");
  }
  if (engine_ == nullptr) {
    using EnginePtr = std::unique_ptr<ENGINE, Deleter<ENGINE_free>>;
    using InterfacePtr = std::unique_ptr<UI_METHOD, Deleter<UI_destroy_method>>;
    EnginePtr engine(ENGINE_by_id("pkcs11"));
    InterfacePtr interface(silent_interface());
    // Without QUIET it writes on standard error. Without FORCE_LOGIN it looks for the key before
    // it logs in, and then takes another one where nothing says which.
    if (!engine || !interface || ENGINE_init(engine.get()) != 1 ||
        ENGINE_ctrl_cmd_string(engine.get(), "QUIET", nullptr, 0) != 1 ||
        ENGINE_ctrl_cmd_string(engine.get(), "FORCE_LOGIN", nullptr, 0) != 1 ||
        ENGINE_ctrl_cmd(engine.get(), "SET_USER_INTERFACE", 0, interface.get(), nullptr, 0) != 1) {
      return make_finding(CertificateFault::token_module, "OpenSSL has no engine pkcs11");
    }
    engine_ = engine.release();
    interface_ = interface.release();
  }
  if (!module_ && !module.empty() &&
      ENGINE_ctrl_cmd_string(engine_, "MODULE_PATH", module.c_str(), 0) != 1) {
    return make_finding(CertificateFault::token_module);
  }
  return std::nullopt;
}

bool Engine::set_pin(std::string_view pin) {
  std::string text;
  text.reserve(pin_bytes_max + 1);  // on the heap, where it can be wiped, and never moved
  text = pin;
  const int done = ENGINE_ctrl_cmd_string(engine_, "PIN", text.c_str(), 0);
  explicit_bzero(text.data(), text.size());
  return done == 1;
}

Attempt Engine::find(const std::string& uri, std::string_view pin) {
  Attempt attempt;
  ERR_clear_error();
  if (!set_pin(pin)) return attempt;
  attempt.key.reset(ENGINE_load_private_key(engine_, uri.c_str(), interface_, nullptr));
  if (attempt.key) return attempt;
  constexpr int invalid_parameter = 103;  // what the engine says when libp11 does not begin
  while (const unsigned long error = ERR_get_error()) {
    const char* const library = ERR_lib_error_string(error);
    const std::string_view name = library == nullptr ? "" : library;
    const int code = ERR_GET_REASON(error);
    if (name == "pkcs11 engine" && code == invalid_parameter) attempt.has_module = false;
    if (name != "PKCS#11 module") continue;
    const char* const reason = ERR_reason_error_string(error);
    attempt.module_code = code;
    attempt.module_reason = reason == nullptr ? fmt::format("error {:#x}", code) : reason;
  }
  return attempt;
}

/// libp11 says the same of a token as of a key that is not there. With the key left out the URI is
/// of the first key in the token: where that is found, the token is there.
CertificateFinding Engine::explain(const config::Pkcs11Uri& uri, std::string_view pin,
                                   const Attempt& failed) {
  constexpr int pin_codes[] = {0xA0, 0xA1, 0xA2, 0xA3, 0xA4};  // CKR_PIN_INCORRECT to _LOCKED
  if (!failed.has_module) return make_finding(CertificateFault::token_module, failed.module_reason);
  if (std::ranges::find(pin_codes, failed.module_code) != std::end(pin_codes)) {
    refused_pins_.insert_or_assign(uri.token, fingerprint_of(pin));
    return make_finding(CertificateFault::token_pin, failed.module_reason);
  }
  if (failed.module_code != 0) {
    return make_finding(CertificateFault::token_silent, failed.module_reason);
  }
  // RE_ENUMERATE would look for tokens that have come since; libp11 0.4.12 crashes at it as soon as
  // there are two slots (pkcs11_enumerate_slots takes slotp[i] for (*slotp)[i]).
  const bool has_keys = find(uri.token, pin).key != nullptr;
  return make_finding(has_keys ? CertificateFault::token_key : CertificateFault::token_missing);
}

Loaded Engine::load(const std::filesystem::path& module, const config::Pkcs11Uri& uri,
                    std::string_view pin) {
  const std::lock_guard lock(mutex_);
  if (auto problem = begin(module)) return Failure{std::move(*problem)};
  if (pin.empty() || pin.size() > pin_bytes_max || pin.find('\0') != std::string_view::npos) {
    return refuse(CertificateFault::token_pin, "its first line is empty or no PIN");
  }
  const auto refused = refused_pins_.find(uri.token);
  if (refused != refused_pins_.end() && refused->second == fingerprint_of(pin)) {
    return refuse(CertificateFault::token_pin, "it was refused before and is not tried again");
  }
  Attempt attempt = find(uri.text, pin);
  if (attempt.has_module) module_ = module;
  if (!attempt.key) return Failure{explain(uri, pin, attempt)};
  return use(std::move(attempt.key));
}

/// Never destroyed: threads may be inside it until the process ends.
Engine& engine() {
  static auto& one = *new Engine;
  return one;
}

}  // namespace

Loaded load_pkcs11_key(const std::filesystem::path& module, const config::Pkcs11Uri& uri,
                       std::string_view pin) {
  Loaded loaded = engine().load(module, uri, pin);
  ERR_clear_error();
  return loaded;
}

}  // namespace shaken302::directory
