# SPDX-License-Identifier: MIT
"""A network between a proxy and its signer that loses the first INVITE of every call while told to."""
from sip import Endpoint, Message


class LossyRelay(Endpoint):
    """Listens at 127.0.0.1, where the signer's peer is, and passes what it gets on to `signer`. The signer
    answers to the address in the Via, so that its replies need no way back through here."""

    def __init__(self, signer):
        self.signer = signer
        self.losing = False
        self.lost = {}  # Call-ID -> datagrams that were lost
        self.passed = {}
        super().__init__("127.0.0.1")

    def on_message(self, message):
        if message.source == self.signer:
            return
        call_id = message.one("Call-ID")
        if message.method == "INVITE" and self.losing and call_id not in self.lost:
            self.lost[call_id] = 1
            return
        self.passed.setdefault(call_id, []).append(message)
        self.send(message.raw, self.signer)
