// SPDX-License-Identifier: MIT
#include "faults.hpp"

#include <openssl/evp.h>
#include <sofia-sip/su_alloc.h>

#include <cerrno>

namespace shaken302::sip::test {

bool fail_header_allocation = false;
bool fail_digest = false;
bool fail_signature = false;

}  // namespace shaken302::sip::test

// The names are the linker's.
extern "C" {
void* __real_su_alloc(su_home_t* home, isize_t size);
int __real_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, std::size_t* size,
                         const unsigned char* digest, std::size_t digest_size);

void* __wrap_su_alloc(su_home_t* home, isize_t size);
void* __wrap_su_alloc(su_home_t* home, isize_t size) {
  if (!shaken302::sip::test::fail_header_allocation) return __real_su_alloc(home, size);
  errno = ENOMEM;
  return nullptr;
}

int __real_EVP_DigestInit_ex2(EVP_MD_CTX* context, const EVP_MD* type, const OSSL_PARAM params[]);
int __wrap_EVP_DigestInit_ex2(EVP_MD_CTX* context, const EVP_MD* type, const OSSL_PARAM params[]);
int __wrap_EVP_DigestInit_ex2(EVP_MD_CTX* context, const EVP_MD* type, const OSSL_PARAM params[]) {
  if (shaken302::sip::test::fail_digest) return 0;
  return __real_EVP_DigestInit_ex2(context, type, params);
}

int __wrap_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, std::size_t* size,
                         const unsigned char* digest, std::size_t digest_size);
int __wrap_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, std::size_t* size,
                         const unsigned char* digest, std::size_t digest_size) {
  if (shaken302::sip::test::fail_signature) return 0;
  return __real_EVP_PKEY_sign(context, signature, size, digest, digest_size);
}
}
