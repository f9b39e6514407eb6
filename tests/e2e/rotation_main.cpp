// SPDX-License-Identifier: MIT
#include <exception>
#include <iostream>
#include <vector>

#include "rotation_parts.hpp"

int main(int count, char** words) {
  const std::vector<std::string_view> arguments(words + 1, words + count);
  try {
    const std::string_view command = arguments.empty() ? "" : arguments.front();
    const auto rest = rotation::Arguments(arguments).subspan(arguments.empty() ? 0 : 1);
    if (command == "make" && rest.size() == 3) {
      rotation::make_chains(rest);
    } else if (command == "load" && rest.size() == 4) {
      rotation::send_calls(rest);
    } else if (command == "verify" && rest.size() == 5) {
      return rotation::verify_answers(rest) ? 0 : 1;
    } else {
      std::cerr << "make FOLDER ACCOUNTS ROUNDS | load PORT RATE ACCOUNTS FILE |\n"
                   "verify ANSWERS LEDGER PUBLISHED X5U_BASE ACCOUNTS\n";
      return 64;
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "rotation_helper: " << error.what() << '\n';
    return 2;
  }
}
