// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "app/server.hpp"
#include "command_line.hpp"
#include "directory/token_thread.hpp"

int main(int argc, char** argv) {
  shaken302::app::forbid_dumps();
  const shaken302::cli::Words words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const int status = shaken302::cli::run(words, {std::cin, std::cout, std::cerr});
  // A thread that a token does not let go of must not keep the process: everything of ours is
  // closed and written by now, and only exit handlers are left out.
  if (!shaken302::directory::token_threads_end_within(std::chrono::seconds{2})) {
    std::cout.flush();
    std::_Exit(status);
  }
  return status;
}
