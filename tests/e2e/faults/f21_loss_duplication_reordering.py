#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F21: a network that loses 5 %, doubles 5 % and delays 25 % of the datagrams, each way."""
import time

import fault

LOSS, DUPLICATION, REORDERING = 5, 5, 25
SEED = 302


def run(row):
    setup = row.setup()
    # Makes answers of more than 1,300 bytes, which the server counts; they are more than five times as large as their
    # requests, so that by default none would be sent.
    row.x5u = f"https://cert.example.com/{'long' * 50}.pem"
    setup.edit('dialect = ["identity"]', 'dialect = ["identity", "x-identity"]')
    setup.edit("https://cert.example.com/house.pem", row.x5u)
    setup.edit("[server]\n", "[server]\nreply_ratio_max = 0\n")
    server = row.serve(setup)
    port = fault.free_port()
    relay = row.later(fault.Helper(row, "relay", port, setup.port, LOSS, DUPLICATION, REORDERING, SEED))
    rate = row.base_rate(setup)  # measured past the relay: what that counts does not count here
    names = ("received", "answered_signed", "reply_over_1300", "retransmissions")
    before = [row.count(server, name) for name in names]
    load = row.load(setup, rate=rate, port=port, base_seconds=0)
    load.phase("fault")
    time.sleep(row.pick(60, 8))
    # A retransmission may be answered by the bytes of the first answer.
    phases = row.judge(load, setup, iat_slack=40, may_double=True)
    passed = relay.stop()
    total = passed["passed"] + passed["lost"]
    for name, percent in (("lost", LOSS), ("doubled", DUPLICATION), ("reordered", REORDERING)):
        share = 100 * passed[name] / total
        row.check(f"the relay {name}", share, f"{percent * 0.8:.0f} to {percent * 1.2:.0f}",
                  percent * 0.8 <= share <= percent * 1.2, unit=" %")
    row.check("answers per request that came through", passed["from_server"] / passed["to_server"], 1.0)
    received, signed, large, again = (row.count(server, name) - old for name, old in zip(names, before))
    for name, counted, expected in (("requests", received, passed["to_server"]),
                                    ("answers", signed + again, passed["from_server"]),
                                    ("answers over 1,300 bytes", large, signed + again)):
        row.check(f"{name} counted", counted, f"exactly {expected}", counted == expected)
    row.note(f"{again} answered again without being calls of their own")
    row.note(f"{phases['fault']['packets']} packets for {phases['fault']['sent']} calls")


fault.main("F21", "loss, duplication, reordering", run)
