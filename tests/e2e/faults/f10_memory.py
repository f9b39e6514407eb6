#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F10: 100,000 TCP and 20,000 TLS connections, half of them abandoned at every stage, and 10 million INVITEs: what the
server's memory has grown by, after a warm-up that fills every table."""
import time

import connection_churn
import fault
import sip_load
import streams

BYTES_A_CONNECTION = 100
CALLS_KIB = 256


def settled_kib(server):
    """After what the last connections left has been closed, too."""
    time.sleep(3)
    return fault.resident_kib(server.process.pid)


def connections(row, setup, server, name, port, count, is_tls):
    row.label = f"{name}: "
    before = settled_kib(server)
    begin = time.monotonic()
    good = connection_churn.churn(port, count, is_tls)
    rate = count / (time.monotonic() - begin)
    grown = settled_kib(server) - before
    row.note(f"{count} {name} connections, {rate:.0f}/s, grew it by {grown} KiB")
    row.check("growth a connection", grown * 1024 / count, BYTES_A_CONNECTION, unit=" bytes")
    row.check("as they should", good, f"all of {count}", good == count)
    row.label = ""


def calls(row, setup, server, count):
    row.label = "calls: "
    target = f"udp:127.0.0.1:{setup.port}"
    before = settled_kib(server)
    facts = sip_load.SipLoad(row, target, outstanding=64, calls=count).facts(seconds=1500)
    grown = settled_kib(server) - before
    row.note(f"{facts['calls']} calls, {facts['good_per_s']:.0f}/s, {facts['lost']} lost")
    row.check("growth", grown, CALLS_KIB, unit=" KiB")
    row.check("answered well", facts["good"], f"all but {facts['lost']} of {count}",
              facts["good"] + facts["lost"] == count and facts["wrong"] == 0)
    row.label = ""


def run(row):
    setup = row.setup()
    setup.edit('sources = ["127.0.0.1"]', 'sources = ["127.0.0.0/8"]')
    streams.add_streams(setup, connections_max=20000, connections_per_source=20000)
    server = row.serve(setup)
    tcp, tls = row.pick(100_000, 4_000), row.pick(20_000, 1_000)
    sip_load.fill_tables(row, setup)
    connection_churn.churn(setup.tcp_port, row.pick(20_000, tcp))
    connection_churn.churn(setup.tls_port, row.pick(5_000, tls), is_tls=True)
    connections(row, setup, server, "TCP", setup.tcp_port, tcp, False)
    connections(row, setup, server, "TLS", setup.tls_port, tls, True)
    calls(row, setup, server, row.pick(10_000_000, 100_000))
    row.check("alive", server.process.poll() is None, "yes", server.process.poll() is None)


if __name__ == "__main__":
    fault.main("F10", "memory under churn", run)
