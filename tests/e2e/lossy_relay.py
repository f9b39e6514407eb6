# SPDX-License-Identifier: MIT
"""A network between a proxy and its signer that remembers what passes, and loses the first INVITE of every
call while told to."""
from sip import Endpoint


class LossyRelay(Endpoint):
    """Listens at 127.0.0.1, where the signer's peer is, and passes what it gets on to `signer`. Replies come
    back through here if that peer has force_rport; otherwise they go to the address in the Via."""

    def __init__(self, signer):
        self.signer = signer
        self.proxy = None
        self.losing = False
        self.lost = {}  # Call-ID -> datagrams that were lost
        self.passed = {}  # Call-ID -> messages, both ways
        super().__init__("127.0.0.1")

    def on_message(self, message):
        call_id = message.one("Call-ID")
        if message.source != self.signer:
            self.proxy = message.source
            if message.method == "INVITE" and self.losing and call_id not in self.lost:
                self.lost[call_id] = 1
                return
        self.passed.setdefault(call_id, []).append(message)
        self.send(message.raw, self.signer if message.source == self.proxy else self.proxy)
