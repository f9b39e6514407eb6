// SPDX-License-Identifier: MIT
//
// Starts a program with descriptors where sd_listen_fds(3) wants them. posix_spawn(3) cannot: a
// variable has to hold the number of the process, which only that process knows.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "net/file_descriptor.hpp"
#include "shaken302/result.hpp"

namespace shaken302::app {

struct ProcessStart {
  std::filesystem::path program;
  std::vector<std::string> arguments;    ///< the first is its name
  std::vector<std::string> environment;  ///< "NAME=value"
  /// Variables that hold the process's own number.
  std::vector<std::string> pid_variables;
  /// They become 3, 4, …, in this order; all others are closed in it but 0, 1 and 2.
  std::vector<int> descriptors;
  /// It becomes a child of this process's parent, who alone can wait for it then.
  bool is_sibling = false;
};

struct Process {
  pid_t pid = 0;
  /// Of it whatever becomes of its number; can be read once it has ended (pidfd_open(2)).
  net::FileDescriptor handle;
};

/// First byte of the message that a process writes to the last of its descriptors, a socket, when
/// its program cannot be run; the second is the errno. Its exit status is 127 then.
inline constexpr char cannot_run = 'x';

/// Returns the process, or an errno. Its signals are as after a start by anybody else. Descriptors
/// must not be empty.
Result<Process, int> start_process(const ProcessStart& start);

}  // namespace shaken302::app
