// SPDX-License-Identifier: MIT
//
// The gate against another reader: Sofia's parser of whole messages, with classes for the fields
// that the gate reads. The server gives Sofia single values, and finds the fields itself.
#pragma once

#include <string>
#include <string_view>

namespace shaken302::sip::test {

/// What the two disagree about; empty where they agree.
std::string differs_from_whole_message(std::string_view bytes);

}  // namespace shaken302::sip::test
