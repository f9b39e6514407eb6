// SPDX-License-Identifier: MIT
#include "init_files.hpp"

namespace shaken302::cli {

const std::string_view init_configuration =
    R"toml(# shaken302: a working set-up to try things with. Every key is described in conf/shaken302.toml of the
# project; `shaken302 check --config THIS_FILE` says what is wrong with a change. Relative paths are
# relative to this file. After a change of peers, accounts, numbers or credentials: SIGHUP.

[server]
listen = ["udp:127.0.0.1:5060"]   # several are allowed; IPv6 as "udp:[::1]:5060"
workers = 0                       # threads a listener; 0: one per core
secret_file = "secret"            # the same file on every instance of a fleet
probe_sources = []                # who besides the peers gets an answer to OPTIONS

[signing]
iat_backdate = "0s"               # "1s" or "2s" where a verifier's clock is behind ours

[directory]
source = "files"
numbers = "numbers.csv"

# The throw-away credential: ca/root.pem is the root that nobody trusts. For real calls put your own
# SHAKEN certificate here, and as x5u the https URL where everybody can fetch it.
[[credential]]
name = "house"
key = "keys/house.key"            # readable by its owner alone
certificate = "keys/house.pem"
x5u = "https://cert.example.com/house.pem"

# An upstream proxy. Whoever is not a peer gets no answer at all.
[[peer]]
name = "local"
sources = ["127.0.0.1"]
country = "1"                     # how numbers without a + are read
dialect = ["identity"]            # "identity", "x-identity", "contact"
unsigned = "302"                  # what it gets when there is no signature: "302", "404", "403", "603", "503"
orig = ["P-Asserted-Identity", "From"]
dest = "To"
# Who says which account a call belongs to, in this order. By naming the header X-Account you promise
# that the proxy writes it and removes the one that a caller may have sent.
account_from = ["header:X-Account", "number"]
# true promises that the proxy has checked that its customer may use the caller id of the call. Without
# that promise a call whose account is known by its calling number alone gets C at most: otherwise
# anybody who writes somebody else's number into a From would be given that customer's A.
caller_id_screened = true
credential = "house"              # signs, with C, the calls that belong to no account; "" leaves them unsigned

# Numbers of an approved account get A, its other callers B.
[[account]]
id = "acme"
status = "active"
business_profile = "approved"
trust_product = "approved"
credential = "house"

# Not approved yet: C.
[[account]]
id = "newcomer"
business_profile = "pending"
credential = "house"

# Suspended: never signed.
[[account]]
id = "gone"
status = "suspended"
business_profile = "approved"
trust_product = "approved"
credential = "house"
)toml";

const std::string_view init_numbers = R"csv(number,account,valid_from,valid_until,basis,reference
12155550100,acme,,,assigned,sample
12155550110-12155550119,acme,,,loa,a range of ten
12155550120,newcomer,,,assigned,
12155550130,gone,,,assigned,
)csv";

}  // namespace shaken302::cli
