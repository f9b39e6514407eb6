// SPDX-License-Identifier: MIT
//
// A PKCS#11 module for tests: SoftHSM2, whose C_Sign does not come back as long as the file
// $SHAKEN302_TEST_STALL is there.
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <unistd.h>

#include <cstdlib>

namespace {

CK_FUNCTION_LIST_PTR softhsm = nullptr;

CK_RV sign_or_stall(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG size,
                    CK_BYTE_PTR signature, CK_ULONG_PTR signature_size) {
  const char* const stall = std::getenv("SHAKEN302_TEST_STALL");
  while (stall != nullptr && ::access(stall, F_OK) == 0) ::usleep(1000);
  return softhsm->C_Sign(session, data, size, signature, signature_size);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(
    CK_FUNCTION_LIST_PTR_PTR list) {
  static CK_FUNCTION_LIST all;
  void* const library = ::dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return CKR_GENERAL_ERROR;
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
  if (get == nullptr || get(&softhsm) != CKR_OK) return CKR_GENERAL_ERROR;
  all = *softhsm;
  all.C_Sign = sign_or_stall;
  *list = &all;
  return CKR_OK;
}
