// SPDX-License-Identifier: MIT
//
// What is known of credentials beside what is in their files, carried from one table to the next.
#pragma once

#include <functional>
#include <memory>

#include "shaken302/credential.hpp"

namespace shaken302::app {

/// `loaded`, with each credential that `serving` has, too, in quarantine as it is there, and none
/// unpublished that has been seen to be published; in the place of one that still is unpublished,
/// the one of that name that serves stays. `serving` itself when that is the same, so that no
/// worker prepares its keys again.
std::shared_ptr<const CredentialTable> with_states(
    const std::shared_ptr<const CredentialTable>& loaded,
    const std::shared_ptr<const CredentialTable>& serving,
    const std::function<bool(const Credential&)>& is_published);

}  // namespace shaken302::app
