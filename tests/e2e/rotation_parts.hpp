// SPDX-License-Identifier: MIT
//
// The program behind rotation_test.py: it makes the certificates, sends the calls, and verifies
// what came back. Of shaken302 it shares no code: what it says of an Identity is OpenSSL's word
// alone.
#pragma once

#include <string>
#include <string_view>

#include "openssl_identity.hpp"

namespace rotation {

using namespace e2e;  // NOLINT(google-build-using-namespace): one program

/// The number that the calls of an account come from, in canonical form.
inline std::string number_of_account(std::uint64_t account) {
  return std::to_string(12155550100U + account);
}

/// The last part of the path of an x5u.
inline std::string_view name_in(std::string_view x5u) { return x5u.substr(x5u.rfind('/') + 1); }

/// FOLDER ACCOUNTS ROUNDS: a root, and a key and a chain of leaf and intermediate for each round;
/// every fourth account has its keys encrypted, each with a passphrase of its own.
void make_chains(Arguments arguments);
/// PORT RATE ACCOUNTS FILE: sends until standard input ends; one line per answer into FILE.
void send_calls(Arguments arguments);
/// ANSWERS LEDGER PUBLISHED X5U_BASE ACCOUNTS: the counts; 1 when one of them is bad.
bool verify_answers(Arguments arguments);

}  // namespace rotation
