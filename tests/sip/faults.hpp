// SPDX-License-Identifier: MIT
//
// Failures that no input can cause: the linker sends two library calls of the server through here
// (--wrap in CMakeLists.txt), and each fails while its flag is set.
#pragma once

namespace shaken302::sip::test {

extern bool fail_header_allocation;  ///< our calls of su_alloc return nullptr
extern bool fail_digest;             ///< OpenSSL's EVP_DigestInit_ex2 fails, as without memory
extern bool fail_signature;          ///< OpenSSL's EVP_PKEY_sign fails

/// Sets a flag for a scope.
class Fault {
 public:
  explicit Fault(bool& flag) noexcept : flag_(flag) { flag_ = true; }
  ~Fault() { flag_ = false; }
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;

 private:
  bool& flag_;
};

}  // namespace shaken302::sip::test
