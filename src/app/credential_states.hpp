// SPDX-License-Identifier: MIT
//
// What is known of credentials beside what is in their files, carried from one table to the next.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "shaken302/credential.hpp"

namespace shaken302::app {

/// Of a credential and its x5u.
enum class PublicationState : std::uint8_t {
  unknown,    ///< nobody has seen what it serves
  published,  ///< it serves, or did when it last served anything, exactly its chain
  refuted,    ///< it serves another chain, or its private key was found in public
};
using StateOf = std::function<PublicationState(const Credential&)>;

/// `loaded`, with each credential that `serving` has, too, in quarantine as it is there, and none
/// unpublished that is published. In the place of one that still is unpublished the one of that
/// name that serves stays, unless it is refuted or must not. `serving` itself when that is the
/// same, so that no worker prepares its keys again.
std::shared_ptr<const CredentialTable> with_states(
    const std::shared_ptr<const CredentialTable>& loaded,
    const std::shared_ptr<const CredentialTable>& serving, const StateOf& state_of);

}  // namespace shaken302::app
