// SPDX-License-Identifier: MIT
//
// sip_load: INVITEs at a rate or as fast as they are answered, every answer checked. `sip_load
// --help`.
#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "load_run.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (std::ranges::find(words, "--help") != words.end()) {
    std::cout << sip_load::usage();
    return 0;
  }
  try {
    const auto options = sip_load::parse_options(words);
    const auto result = sip_load::run_load(options);
    std::cout << (options.is_json ? to_json(options, result) : to_text(options, result))
              << std::endl;
    return result.wrong == 0 && !result.has_given_up ? 0 : 1;
  } catch (const sip_load::UsageError& error) {
    const std::string what = *error.what() == '\0' ? "no target" : error.what();
    std::cerr << "sip_load: " << what << " (sip_load --help)\n";
    return 64;
  } catch (const std::exception& error) {
    std::cerr << "sip_load: " << error.what() << std::endl;
    return 1;
  }
}
