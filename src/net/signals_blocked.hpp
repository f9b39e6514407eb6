// SPDX-License-Identifier: MIT
//
// While it lives, the current thread and every thread started from it have all signals blocked:
// signals belong to the control thread alone.
#pragma once

#include <pthread.h>

#include <csignal>

namespace shaken302::net {

class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace shaken302::net
