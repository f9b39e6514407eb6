// SPDX-License-Identifier: MIT
#include "cert.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/program_options/errors.hpp>
#include <string_view>

namespace shaken302::cli {
namespace po = boost::program_options;

namespace {

struct Action {
  std::string_view name;
  std::string_view summary;
  const char* const* usage;
  int (*run)(const Words&, Streams);
};

constexpr std::array actions{
    Action{"show", "what certificates say, and what is odd about them", &cert_show_usage,
           cert_show},
    Action{"check", "whether a certificate can be used for signing", &cert_check_usage, cert_check},
    Action{"csr", "a new key and a request for a certificate", &cert_csr_usage, cert_csr},
    Action{"selftest", "sign and verify with every credential", &cert_selftest_usage,
           cert_selftest},
    Action{"publish", "put a certificate where a web server finds it", &cert_publish_usage,
           cert_publish},
};

void print_usage(std::ostream& out) {
  out << "usage: shaken302 cert ACTION [options]; shaken302 cert ACTION --help says more\n\n";
  for (const Action& action : actions) {
    out << fmt::format("  {:<10}{}\n", action.name, action.summary);
  }
  out << '\n';
  for (const Action& action : actions) out << "shaken302 " << *action.usage << '\n';
}

}  // namespace

int cert(const Words& words, Streams streams) {
  constexpr std::string_view known = "show, check, csr, selftest or publish";
  if (words.empty()) throw po::error(fmt::format("what of it? {}", known));
  const std::string& name = words.front();
  if (name == "--help" || name == "-h") {
    print_usage(streams.out);
    return exit_done;
  }
  for (const Action& action : actions) {
    if (action.name == name) return action.run({words.begin() + 1, words.end()}, streams);
  }
  throw po::error(fmt::format("there is no cert {}: {}", name, known));
}

}  // namespace shaken302::cli
