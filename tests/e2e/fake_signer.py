# SPDX-License-Identifier: MIT
"""A signer that misbehaves on request: what a proxy's recipe must survive."""
import email.utils
import re
import time
import uuid

from sip import Endpoint, reply

ALLOW = "Allow: INVITE, ACK, CANCEL, OPTIONS"
MODES = {
    "sign": "302 with an Identity",
    "sign twice": "302 with two",
    "sign folded": "302 with an Identity in two lines",
    "bare 302": "302 without one",
    "dead": "silence, also to OPTIONS",
    "silent": "silence to INVITE, 200 to OPTIONS",
    "slow": "a good 302 after 1.5 s",
    "late": "a good 302 after 0.3 s",
    "drop first": "ignores the first datagram of a call, then signs",
    "drop two": "ignores the first two",
    "trying": "100 and 183, then nothing",
    "answer": "200, as no signer would",
    "block": "603",
    "new tag": "a good 302 with another To tag each time",
    "chatty": "an answer to ACK and CANCEL too",
    "all answers": "200 to whatever is asked",
    "503 later": "503 with Retry-After",
    "400": "400", "403": "403", "404": "404", "500": "500", "503": "503", "600": "600",
}


def called(invite):
    return re.search(r"sip:([^@>]+)@", invite.one("To"))[1]


class FakeSigner(Endpoint):
    def __init__(self, address, maker):
        self.mode = "sign"
        self.maker = maker
        self.identities = {}  # by Call-ID: what the 302 carried
        super().__init__(address)

    def invites(self, call_id):
        """Every datagram, retransmissions too."""
        return [m for m in list(self.received)
                if m.is_request and m.method == "INVITE" and call_id in m.all("Call-ID")]

    def on_message(self, message):
        if not message.is_request:
            return
        if message.method == "OPTIONS":
            if self.mode != "dead":
                what = [] if self.mode == "bare 302" else [ALLOW, "Accept: application/sdp"]
                self.send(reply(message, 200, "OK", what), message.source)
            return
        if self.mode in ("dead", "silent"):
            return
        if self.mode == "all answers":
            self.send(reply(message, 200, "OK"), message.source)
            return
        if message.method in ("ACK", "CANCEL"):
            if self.mode == "chatty":
                self.send(reply(message, 481, "No Such Transaction"), message.source)
            return
        if message.method != "INVITE":
            self.send(reply(message, 405, "Method Not Allowed", [ALLOW]), message.source)
            return
        if "tag=" in message.one("To"):
            self.send(reply(message, 481, "No Such Dialog"), message.source)
            return
        sent = len(self.invites(message.one("Call-ID")))
        if self.mode in ("drop first", "drop two"):
            if sent <= ("drop first", "drop two").index(self.mode) + 1:
                return
        elif self.mode in ("slow", "late"):
            if sent > 1:
                return
            time.sleep(1.5 if self.mode == "slow" else 0.3)
        self.answer(message)

    def answer(self, invite):
        source = invite.source
        if self.mode == "trying":
            self.send(reply(invite, 100, "Trying"), source)
            self.send(reply(invite, 183, "Session Progress"), source)
        elif self.mode == "answer":
            self.send(reply(invite, 200, "OK", [f"Contact: <sip:{self.address}:{self.port}>"]), source)
        elif self.mode == "block":
            self.send(reply(invite, 603, "Decline", ['Reason: SIP;cause=603;text="blocked"']), source)
        elif self.mode == "bare 302":
            self.send(reply(invite, 302, "Moved Temporarily", [f"Contact: <sip:{called(invite)}@127.0.0.99>"]), source)
        elif self.mode == "503 later":
            self.send(reply(invite, 503, "No", ["Retry-After: 5"]), source)
        elif self.mode.isdigit():
            self.send(reply(invite, int(self.mode), "No"), source)
        else:
            self.send(self.redirect(invite), source)

    def redirect(self, invite):
        call_id = invite.one("Call-ID")
        if call_id not in self.identities:
            values = [self.maker.identity("12155550100", "12155550199")]
            if self.mode == "sign twice":
                values.append(self.maker.identity("12155550100", "12155550188", ppt="div"))
            self.identities[call_id] = values
        lines = [f"Identity: {value}" for value in self.identities[call_id]]
        if self.mode == "sign folded":
            lines = [line.replace(";info=", "\r\n ;info=") for line in lines]
        date = email.utils.formatdate(usegmt=True)
        tag = uuid.uuid4().hex if self.mode == "new tag" else "x"
        return reply(invite, 302, "Moved Temporarily",
                     [f"Contact: <sip:{called(invite)}@127.0.0.99>", f"Date: {date}", *lines], tag)
