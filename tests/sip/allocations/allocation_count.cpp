// SPDX-License-Identifier: MIT
//
// The C library's own functions are reached by the names that it has for this purpose; dlsym would
// itself ask for memory. Linked with --wrap=EVP_PKEY_sign.
#include "allocation_count.hpp"

#include <openssl/evp.h>

#include <cerrno>
#include <cstddef>

extern "C" {
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* block, std::size_t size) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t size) noexcept;
void __libc_free(void* block) noexcept;
int __real_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, std::size_t* size,
                         const unsigned char* text, std::size_t text_size);
}

namespace {

constinit thread_local shaken302::test::AllocationCount counted;
constinit thread_local bool is_signing = false;

void count(std::size_t bytes) noexcept {
  ++counted.made;
  counted.in_signature += is_signing ? 1 : 0;
  counted.bytes += static_cast<std::int64_t>(bytes);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
  count(size);
  return __libc_malloc(size);
}
void* calloc(std::size_t number, std::size_t size) noexcept {
  count(number * size);
  return __libc_calloc(number, size);
}
void* realloc(void* block, std::size_t size) noexcept {
  count(size);
  if (block != nullptr) ++counted.freed;
  return __libc_realloc(block, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  count(size);
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return memalign(alignment, size);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
  *block = memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}
void free(void* block) noexcept {
  if (block != nullptr) ++counted.freed;
  __libc_free(block);
}

int __wrap_EVP_PKEY_sign(EVP_PKEY_CTX* context, unsigned char* signature, std::size_t* size,
                         const unsigned char* text, std::size_t text_size) {
  is_signing = true;
  const int done = __real_EVP_PKEY_sign(context, signature, size, text, text_size);
  is_signing = false;
  return done;
}
}

namespace shaken302::test {

AllocationCount allocation_count() noexcept { return counted; }

}  // namespace shaken302::test
