// SPDX-License-Identifier: MIT
//
// The program behind the fault rows: it sends calls as an upstream does, with the retransmissions
// of RFC 3261 17.1.1.2, and verifies what came back. Of shaken302 it shares no code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "openssl_identity.hpp"

namespace fault {

using e2e::Arguments;

/// A line of the file of callers: the number in canonical form, and the level that its calls must
/// get, "-" for any.
struct Caller {
  std::string number;
  std::string level;
};
std::vector<Caller> read_callers(std::string_view path);

/// PORT RATE CALLERS ANSWERS: sends until standard input ends. A line `phase NAME` there begins
/// another phase, `rate N` another rate. One line per answer into the file ANSWERS: wall clock in
/// nanoseconds, serial, status, Identity or "-".
void send_calls(Arguments arguments);
/// PORT SECONDS CALLERS: the most calls a second, with 64 always under way.
void find_maximum(Arguments arguments);
/// ANSWERS CALLERS IAT_SLACK [X5U CERTIFICATE]...: the counts; false when an Identity is bad. An
/// IAT_SLACK of - looks at no clock.
bool verify_answers(Arguments arguments);
/// LISTEN_PORT SERVER_PORT LOSS DUPLICATION REORDERING SEED: percentages, of datagrams each way;
/// passes them on until standard input ends.
void relay(Arguments arguments);
/// PORT RATE SOURCES FOLDER...: datagrams from the files of the folders, half of them damaged,
/// until standard input ends. RATE 0: as fast as it goes. SOURCES 0: from 127.0.0.1, otherwise from
/// so many other addresses of 127.0.0.0/8.
void flood(Arguments arguments);

}  // namespace fault
