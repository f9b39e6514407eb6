// SPDX-License-Identifier: MIT
//
// The program behind rotation_test.py: it makes the certificates, sends the calls, and verifies
// what came back. Of shaken302 it shares no code: what it says of an Identity is OpenSSL's word
// alone.
#pragma once

#include <openssl/bio.h>
#include <openssl/conf.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rotation {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

using Bio = Owned<BIO, BIO_free>;
using Conf = Owned<CONF, NCONF_free>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Owned<X509, X509_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using Signature = Owned<ECDSA_SIG, ECDSA_SIG_free>;

/// What OpenSSL returned, unless it is a failure.
template <class T>
T need(T value, const char* what) {
  if (!value) throw std::runtime_error(what);
  return value;
}

inline std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) {
    throw std::runtime_error("not a number: " + std::string(text));
  }
  return number;
}

/// The clock of Python's time.monotonic_ns().
inline std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// The number that the calls of an account come from, in canonical form.
inline std::string number_of_account(std::uint64_t account) {
  return std::to_string(12155550100U + account);
}

/// The last part of the path of an x5u.
inline std::string_view name_in(std::string_view x5u) { return x5u.substr(x5u.rfind('/') + 1); }

using Arguments = std::span<const std::string_view>;

/// FOLDER ACCOUNTS ROUNDS: a root, and a key and a chain of leaf and intermediate for each round;
/// every fourth account has its keys encrypted, each with a passphrase of its own.
void make_chains(Arguments arguments);
/// PORT RATE ACCOUNTS FILE: sends until standard input ends; one line per answer into FILE.
void send_calls(Arguments arguments);
/// ANSWERS LEDGER PUBLISHED X5U_BASE ACCOUNTS: the counts; 1 when one of them is bad.
bool verify_answers(Arguments arguments);

}  // namespace rotation
