// SPDX-License-Identifier: MIT
#include "faults.hpp"

#include <openssl/evp.h>
#include <sofia-sip/msg.h>

namespace shaken302::sip::test {

bool fail_message_allocation = false;
bool fail_signature = false;

}  // namespace shaken302::sip::test

// The names are the linker's.
extern "C" {
msg_t* __real_msg_create(const msg_mclass_t* mclass, int flags);
int __real_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, std::size_t* size,
                         const unsigned char* digest, std::size_t digest_size);

msg_t* __wrap_msg_create(const msg_mclass_t* mclass, int flags);
msg_t* __wrap_msg_create(const msg_mclass_t* mclass, int flags) {
  if (shaken302::sip::test::fail_message_allocation) return nullptr;
  return __real_msg_create(mclass, flags);
}

int __wrap_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, std::size_t* size,
                         const unsigned char* digest, std::size_t digest_size);
int __wrap_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, std::size_t* size,
                         const unsigned char* digest, std::size_t digest_size) {
  if (shaken302::sip::test::fail_signature) return 0;
  return __real_EVP_PKEY_sign(context, signature, size, digest, digest_size);
}
}
