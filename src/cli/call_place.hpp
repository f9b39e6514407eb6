// SPDX-License-Identifier: MIT
//
// Where a call that is explained comes in: the peer and the listener, chosen as the server does.
#pragma once

#include <boost/program_options.hpp>
#include <cstdint>
#include <string_view>
#include <vector>

#include "options.hpp"
#include "shaken302/call.hpp"

namespace shaken302::cli {

/// "--peer", "--source", "--client-name", "--listener".
void add_place_options(boost::program_options::options_description& options);

struct CallPlace {
  std::uint32_t peer = no_index;
  Listener listener;  ///< none that is configured when nothing says which it is
  /// What makes the call one that the server would not see so.
  std::vector<std::string> warnings{};
};

/// Stands in a typed URI where nobody typed a host.
inline constexpr std::string_view untyped_host = "example.invalid";

/// The peer is that of --source at the listener, for a call from there with these URIs; else the
/// one named by --peer, or the only one. The listener is the one named by --listener, else the
/// peer's only one, else the only one that is configured. Throws boost::program_options::error;
/// std::runtime_error when the server would know no peer.
CallPlace select_place(const boost::program_options::variables_map& values, const Loaded& loaded,
                       const UriView& request_uri, const UriView& to);

}  // namespace shaken302::cli
