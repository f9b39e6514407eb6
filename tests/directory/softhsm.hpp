// SPDX-License-Identifier: MIT
//
// SoftHSM2 for this process, with tokens in a folder of its own: nothing of the machine's is read
// or written. A process has one, because the engine keeps the module that it has loaded.
#pragma once

#include <stdlib.h>

#include <stdexcept>
#include <string>

#include "config/temporary_folder.hpp"

namespace shaken302::directory::test {

class SoftHsm {
 public:
  static constexpr const char* module = "/usr/lib/softhsm/libsofthsm2.so";
  static constexpr const char* pin = "4711";

  /// The tokens "shaken", "empty" and "spare" are there. All tokens have to be: libp11 looks for
  /// them once.
  static SoftHsm& instance() {
    static SoftHsm one;
    return one;
  }

  /// Puts the key, PKCS#8 PEM, into the token "shaken". Returns its URI; each is another one.
  std::string import(const std::string& key, bool with_public_half = true) {
    const std::string label = "key" + std::to_string(++keys_);
    const std::string id = std::to_string(1000 + keys_);
    const auto file = folder_.write("import.pem", key);
    run("softhsm2-util --import " + file.string() + " --token shaken --label " + label + " --id " +
        id + " --pin " + pin);
    if (!with_public_half) {
      run(std::string("pkcs11-tool --module ") + module + " --login --pin " + pin +
          " --token-label shaken --delete-object --type pubkey --id " + id);
    }
    return "pkcs11:token=shaken;object=" + label + ";type=private";
  }

  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_.path(); }

 private:
  SoftHsm() {
    const auto tokens = folder_.path() / "tokens";
    std::filesystem::create_directory(tokens);
    const auto configuration =
        folder_.write("softhsm2.conf", "directories.tokendir = " + tokens.string() +
                                           "\nobjectstore.backend = file\nlog.level = ERROR\n");
    ::setenv("SOFTHSM2_CONF", configuration.c_str(), 1);
    for (const char* const label : {"shaken", "empty", "spare"}) {
      run(std::string("softhsm2-util --init-token --free --so-pin 87654321 --label ") + label +
          " --pin " + pin);
    }
  }

  void run(const std::string& command) const {
    const auto log = folder_.path() / "log";
    // A leak of theirs is not ours to find.
    const std::string whole =
        "ASAN_OPTIONS=detect_leaks=0 " + command + " >" + log.string() + " 2>&1";
    if (::system(whole.c_str()) != 0) throw std::runtime_error("failed: " + command);
  }

  shaken302::test::TemporaryFolder folder_;
  int keys_ = 0;
};

}  // namespace shaken302::directory::test
