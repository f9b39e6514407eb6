// SPDX-License-Identifier: MIT
//
// What tells one state of a file from another without reading it.
#pragma once

#include <filesystem>
#include <string>

#include "config/configuration.hpp"

namespace shaken302::directory {

/// Path, device, inode, size and both times; a path that leads nowhere has a state, too.
std::string file_state(const std::filesystem::path& path);

/// Of key, certificate and passphrase together.
std::string file_state(const config::CredentialFiles& files);

/// The same; empty when one was written so shortly ago that it may be written again within the same
/// tick of the file system's clock, with the same size: nobody would see that.
std::string settled_file_state(const std::filesystem::path& path);
std::string settled_file_state(const config::CredentialFiles& files);

}  // namespace shaken302::directory
