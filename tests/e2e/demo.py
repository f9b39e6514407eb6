#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""demo.py BINARY: the whole scene for a terminal. A SIPp caller, a real Kamailio with the recipe of
conf/proxies/kamailio, two shaken302, a SIPp callee; then the SIP trace, the decoded token and the verdicts of
programs that share no code with shaken302. Exit status 0 if every verdict is good."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

CALLED = "12155550199"
# Source address, calling number, what it shows, the level that it must get.
CALLS = (
    ("127.0.0.21", "12155550100", "a customer calls from his own number", "A"),
    ("127.0.0.21", "12155550177", "the same customer, another number", "B"),
    ("127.0.0.22", "12155550120", "a customer who is not approved yet", "C"),
)
CUSTOMERS = {"127.0.0.21": "acme", "127.0.0.22": "newcomer"}
BOLD, DIM, GREEN, RED, PLAIN = ("\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m") if sys.stdout.isatty() \
    else ("",) * 5


def heading(text):
    print(f"\n{BOLD}== {text}{PLAIN}")


def show(title, message, but=()):
    """A message with its long Identity shortened and without body."""
    print(f"\n{BOLD}{title}{PLAIN}")
    for line in message.text().split("\r\n\r\n")[0].split("\r\n"):
        if any(line.lower().startswith(name.lower() + ":") for name in but):
            continue
        line = re.sub(r"([\w-]{24})[\w-]+\.[\w-]+\.[\w-]+([\w-]{12})",
                      lambda m: f"{m[1]}…{len(m[0])} characters…{m[2]}", line)
        marked = re.match(r"(Identity|Date|X-Account|P-Asserted-Identity):", line)
        print(f"    {GREEN if marked else ''}{line}{PLAIN if marked else ''}")


class Verdicts:
    def __init__(self):
        self.good = True

    def show(self, what, command, expect=None):
        """Runs `command`, shows it with its answer; `expect` is a text that the answer must have."""
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        answer = (done.stdout + done.stderr).strip()
        good = done.returncode == 0 and (expect is None or expect in answer)
        self.good = self.good and good
        print(f"\n{BOLD}{what}{PLAIN}")
        print(f"{DIM}    $ {' '.join(pathlib.Path(w).name if w.startswith('/') else w for w in command)}{PLAIN}")
        print(textwrap.indent(f"{GREEN if good else RED}{answer}{PLAIN}", "    "))

    def check(self, good, text):
        self.good = self.good and good
        print(f"    {GREEN + 'yes' if good else RED + 'NO '}{PLAIN}  {text}")


def play(folder, cleanups):
    """The scene. The caller's, the relays' and the callee's view of each call, and the signer's files."""
    from lossy_relay import LossyRelay
    from proxy import Kamailio, until
    from signer import Folder, Shaken302
    from sipp import Sipp
    files = Folder(folder / "shaken302")
    # So that the answers come back by the way on which the trace is taken.
    by_relay = ("caller_id_screened = true", "caller_id_screened = true\nforce_rport = true")
    signers = []
    for name, address in (("one", "127.0.0.41"), ("two", "127.0.0.42")):
        signers.append(Shaken302(files, name, address, (by_relay,)))
        cleanups.append(signers[-1].stop)
    relays = [LossyRelay(signer.address) for signer in signers]
    cleanups.extend(relay.close for relay in relays)
    callee = Sipp(folder, "uas_callee.xml", address="127.0.0.33", changes=[("-m", str(len(CALLS)))])
    cleanups.append(callee.stop)
    proxy = Kamailio(folder / "kamailio", [(r.address, r.port) for r in relays], [(callee.address, callee.port)],
                     CUSTOMERS)
    cleanups.append(proxy.stop)
    print(f"    shaken302  {' and '.join(f'{s.address[0]}:{s.address[1]}' for s in signers)}")
    print(f"    Kamailio   {proxy.address[0]}:{proxy.address[1]}")
    print(f"    callee     {callee.address}:{callee.port}")
    until(lambda: set(proxy.states().values()) == {"AP"}, 10, "Kamailio finds both signers up")
    phones = []
    for source, number, what, _ in CALLS:
        phone = Sipp(folder, "uac_caller.xml", proxy.address, source, [("-s", CALLED), ("caller", number)])
        cleanups.append(phone.stop)
        phones.append(phone)
        if phone.wait() != 0:
            raise AssertionError(f"the call did not go through: {phone.output()[-2000:]}")
        print(f"    {number} calls {CALLED}: {what}")
    if callee.wait() != 0:
        raise AssertionError(f"the callee is not content: {callee.output()[-2000:]}")
    return [scene_of(phone, relays, callee) for phone in phones], files, signers


def scene_of(phone, relays, callee):
    sent = next(m for direction, m in phone.traced() if direction == "sent" and m.method == "INVITE")
    call_id = sent.one("Call-ID")
    dip = [m for relay in relays for m in relay.passed.get(call_id, [])]
    delivered = next(m for direction, m in callee.traced()
                     if direction == "received" and m.method == "INVITE" and m.one("Call-ID") == call_id)
    return {"sent": sent, "asked": next(m for m in dip if m.is_request and m.method == "INVITE"),
            "answer": next(m for m in dip if not m.is_request), "delivered": delivered,
            "seen": [m.start for direction, m in phone.traced() if direction == "received"]}


def judge(call, files, folder, binary, verdicts):
    from tokens import Identity, seconds_of
    identity = call["delivered"].one("Identity")
    token = Identity(identity)
    value = folder / "identity.txt"
    value.write_text(identity)

    heading("What the callee's token says (shaken302 decode)")
    verdicts.show("the Identity that the callee received", [binary, "decode", "--file", str(value)], '"attest": "A"')

    heading("Verdicts")
    verdicts.show("secsipidx, which shares no code with shaken302, on signature and age",
                  ["secsipidx", "-check", "-fidentity", str(value), "-fpubkey", str(files.leaf), "-expire", "60"], "ok")
    verdicts.show("openssl, on the certificate chain up to the throw-away root",
                  ["openssl", "verify", "-no-CApath", "-no-CAstore", "-CAfile", str(files.root),
                   "-untrusted", str(files.leaf), str(files.leaf)], "OK")
    verdicts.show("shaken302 itself", [binary, "verify", "--certificate", str(files.leaf), "--trust", str(files.root),
                                       "--from", CALLS[0][1], "--to", CALLED, "--file", str(value)], "valid")
    print()
    verdicts.check(token.parameters["info"] == f"<{token.header['x5u']}>", "info is the token's x5u")
    verdicts.check(seconds_of(call["delivered"].one("Date")) == token.payload["iat"], "Date is the token's iat")
    verdicts.check("forged" in call["sent"].text() and "forged" not in call["delivered"].text(),
                   "what the caller forged did not get through")
    verdicts.check(not any(" 3" in start[:9] for start in call["seen"]), "the caller saw no redirect")


def demo(binary):
    os.environ["SHAKEN302"] = binary
    folder = pathlib.Path(tempfile.mkdtemp(prefix="shaken302-demo-"))
    verdicts, cleanups = Verdicts(), []
    try:
        heading("The scene: three calls from SIPp, through Kamailio, to SIPp")
        calls, files, signers = play(folder, cleanups)
        first = calls[0]
        quiet = ("Record-Route", "Max-Forwards", "Content-Type", "Content-Length", "Contact", "CSeq")
        heading("The first call, as SIP")
        show("1  caller -> Kamailio (it lies about its account and its identity)", first["sent"], quiet)
        show("2  Kamailio -> shaken302", first["asked"], quiet)
        show("3  shaken302 -> Kamailio", first["answer"])
        show("4  Kamailio -> callee", first["delivered"], quiet)
        print(f"\n{BOLD}5  what the caller saw{PLAIN}\n    {'; '.join(first['seen'])}")
        judge(first, files, folder, binary, verdicts)
        heading("Why each call got its level")
        from tokens import Identity
        for call, (_, number, what, level) in zip(calls, CALLS):
            got = Identity(call["delivered"].one("Identity")).payload["attest"]
            reasons = next((m[1] for s in signers for m in re.finditer(
                rf'call_id="{re.escape(call["sent"].one("Call-ID"))}".* reasons=(\S+)', s.process.output())), "?")
            verdicts.check(got == level, f"{number}  {got}  {what}  ({reasons})")
        return verdicts.good
    except Exception:
        for log in sorted(folder.rglob("*.log")):
            print(f"\n--- {log.name}\n{log.read_text(errors='replace')[-4000:]}")
        raise
    finally:
        for cleanup in reversed(cleanups):
            cleanup()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: demo.py BINARY")
    content = demo(str(pathlib.Path(sys.argv[1]).resolve()))
    print(f"\n{BOLD}{GREEN + 'Everything is as it should be.' if content else RED + 'Something is wrong, see above.'}{PLAIN}")
    sys.exit(0 if content else 1)
