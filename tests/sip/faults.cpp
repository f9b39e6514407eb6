// SPDX-License-Identifier: MIT
#include "faults.hpp"

#include <openssl/evp.h>
#include <sofia-sip/msg_header.h>

namespace shaken302::sip::test {

bool fail_header_allocation = false;
bool fail_signature = false;

}  // namespace shaken302::sip::test

// The names are the linker's.
extern "C" {
msg_header_t* __real_msg_header_alloc(su_home_t* home, msg_hclass_t* header, isize_t extra);
int __real_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, std::size_t* size,
                         const unsigned char* digest, std::size_t digest_size);

msg_header_t* __wrap_msg_header_alloc(su_home_t* home, msg_hclass_t* header, isize_t extra);
msg_header_t* __wrap_msg_header_alloc(su_home_t* home, msg_hclass_t* header, isize_t extra) {
  if (shaken302::sip::test::fail_header_allocation) return nullptr;
  return __real_msg_header_alloc(home, header, extra);
}

int __wrap_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, std::size_t* size,
                         const unsigned char* digest, std::size_t digest_size);
int __wrap_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, std::size_t* size,
                         const unsigned char* digest, std::size_t digest_size) {
  if (shaken302::sip::test::fail_signature) return 0;
  return __real_EVP_PKEY_sign(context, signature, size, digest, digest_size);
}
}
