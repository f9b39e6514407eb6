// SPDX-License-Identifier: MIT
//
// Look-ups of names below .invalid that hang, for a program that this is loaded into: a resolver
// that nobody answers takes its time and cannot be told to stop.
#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <string_view>
#include <thread>

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  if (name != nullptr && std::string_view(name).ends_with(".invalid")) {
    std::this_thread::sleep_for(std::chrono::seconds{10});
    return EAI_AGAIN;
  }
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  const auto original = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return original(name, service, hints, result);
}
