// SPDX-License-Identifier: MIT
//
// What an operator wants to know of the CAs whose clients a TLS listener believes.
#pragma once

#include <string>
#include <string_view>

#include "shaken302/unix_time.hpp"

namespace shaken302::net {

struct ClientCaFacts {
  /// The first end of one that no other of the same name and key outlives; the end of time where
  /// there is none.
  UnixTime until = UnixTime::max();
  std::string subject;  ///< of that one, as in "CN=clients,O=example"
  /// Whether one is a CA's. Others let in their own client alone.
  bool has_ca = false;
};

/// Of a PEM file that has been taken: what cannot be read ends the reading. Any thread.
ClientCaFacts read_client_ca(std::string_view pem);

}  // namespace shaken302::net
