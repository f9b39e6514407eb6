// SPDX-License-Identifier: MIT
//
// The actions of `shaken302 cert`, one file each. They keep to what command_line.hpp says of
// commands.
#pragma once

#include "command_line.hpp"

namespace shaken302::cli {

int cert_show(const Words& words, Streams streams);
int cert_check(const Words& words, Streams streams);
int cert_csr(const Words& words, Streams streams);
int cert_selftest(const Words& words, Streams streams);
int cert_publish(const Words& words, Streams streams);

// How each is called, as its --help says it.
extern const char* const cert_show_usage;
extern const char* const cert_check_usage;
extern const char* const cert_csr_usage;
extern const char* const cert_selftest_usage;
extern const char* const cert_publish_usage;

}  // namespace shaken302::cli
