// SPDX-License-Identifier: MIT
//
// The directory: peers (which upstream is which), accounts (who is responsible) and numbers (whose
// number is whose).
#pragma once

#include "shaken302/account.hpp"
#include "shaken302/number_table.hpp"
#include "shaken302/peer.hpp"
