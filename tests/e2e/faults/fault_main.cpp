// SPDX-License-Identifier: MIT
#include <exception>
#include <iostream>

#include "fault_parts.hpp"

int main(int count, char** words) {
  const std::vector<std::string_view> arguments(words + 1, words + count);
  try {
    const std::string_view command = arguments.empty() ? "" : arguments.front();
    const auto rest = fault::Arguments(arguments).subspan(arguments.empty() ? 0 : 1);
    if (command == "load" && rest.size() == 4) {
      fault::send_calls(rest);
    } else if (command == "maximum" && rest.size() == 3) {
      fault::find_maximum(rest);
    } else if (command == "verify" && rest.size() >= 5) {
      return fault::verify_answers(rest) ? 0 : 1;
    } else if (command == "relay" && rest.size() == 6) {
      fault::relay(rest);
    } else if (command == "flood" && rest.size() >= 4) {
      fault::flood(rest);
    } else {
      std::cerr << "load PORT RATE CALLERS ANSWERS | maximum PORT SECONDS CALLERS |\n"
                   "verify ANSWERS CALLERS IAT_SLACK|- X5U CERTIFICATE... |\n"
                   "relay LISTEN_PORT SERVER_PORT LOSS DUPLICATION REORDERING SEED | flood PORT "
                   "RATE SOURCES FOLDER...\n";
      return 64;
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "fault_helper: " << error.what() << '\n';
    return 2;
  }
}
