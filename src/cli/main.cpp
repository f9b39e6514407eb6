// SPDX-License-Identifier: MIT
#include <iostream>

#include "app/server.hpp"
#include "command_line.hpp"

int main(int argc, char** argv) {
  shaken302::app::forbid_dumps();
  const shaken302::cli::Words words(argv + (argc > 0 ? 1 : 0), argv + argc);
  return shaken302::cli::run(words, {std::cin, std::cout, std::cerr});
}
