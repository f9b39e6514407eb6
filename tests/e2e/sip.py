# SPDX-License-Identifier: MIT
"""Just enough SIP to play caller, carrier and signer in tests, with every byte under the test's control."""
import socket
import threading
import time
import uuid

MAGIC = "z9hG4bK"
COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length", "y": "identity"}


class Message:
    """A received message: `raw` is what came; header names are compared without case and white space."""

    def __init__(self, raw, source=None):
        self.raw = raw
        self.source = source
        self.when = time.time()
        head, _, self.body = raw.decode("latin-1").partition("\r\n\r\n")
        lines = head.split("\r\n")
        self.start = lines[0]
        self.headers = []
        for line in lines[1:]:
            if line[:1] in " \t" and self.headers:
                name, value = self.headers[-1]
                self.headers[-1] = (name, value + " " + line.strip())
                continue
            name, _, value = line.partition(":")
            self.headers.append((name, value.strip()))

    def all(self, name):
        wanted = name.lower()
        return [v for n, v in self.headers
                if COMPACT.get(n.strip().lower(), n.strip().lower()) == wanted]

    def one(self, name):
        values = self.all(name)
        if len(values) != 1:
            raise AssertionError(f"{len(values)} {name} headers, one was wanted, in:\n{self.text()}")
        return values[0]

    @property
    def is_request(self):
        return not self.start.startswith("SIP/2.0")

    @property
    def method(self):
        return self.start.split(" ")[0] if self.is_request else self.one("CSeq").split()[1]

    @property
    def status(self):
        return None if self.is_request else int(self.start.split(" ")[1])

    def text(self):
        return self.raw.decode("latin-1")


def reply(request, status, reason, extra=(), to_tag="x"):
    """A response to `request` as RFC 3261 8.2.6 wants it; `extra` are whole header lines."""
    lines = [f"SIP/2.0 {status} {reason}"]
    for name in ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq"):
        for value in request.all(name):
            if name == "To" and status > 100 and "tag=" not in value:
                value += f";tag={to_tag}"
            lines.append(f"{name}: {value}")
    return "\r\n".join([*lines, *extra, "Content-Length: 0", "", ""]).encode("latin-1")


class Endpoint:
    """A UDP socket on a port of its own; `on_message` runs on its thread for everything that arrives."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.socket.settimeout(0.05)
        self.address, self.port = self.socket.getsockname()
        self.received = []
        self.changed = threading.Condition()
        self.stopping = False
        self.error = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopping:
            try:
                raw, source = self.socket.recvfrom(65535)
            except TimeoutError:
                continue
            except OSError:
                return
            try:
                message = Message(raw, source)
                with self.changed:
                    self.received.append(message)
                    self.changed.notify_all()
                self.on_message(message)
            except Exception as error:  # a test double that died silently would look like packet loss
                self.error = error
                raise

    def on_message(self, message):
        pass

    def send(self, raw, to):
        self.socket.sendto(raw, to)

    def wait(self, condition, timeout=5.0):
        """The first received message for which `condition` holds; None after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                for message in self.received:
                    if condition(message):
                        return message
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self.changed.wait(left)

    def close(self):
        self.stopping = True
        self.thread.join(2)
        self.socket.close()


class Carrier(Endpoint):
    """Answers INVITEs with `status` (0: not at all) and everything else with 200; remembers all of it."""

    def __init__(self, address, status=200):
        super().__init__(address)
        self.status = status

    def invites(self, call_id):
        seen = {}
        for m in list(self.received):
            if m.method == "INVITE" and m.is_request and m.one("Call-ID") == call_id:
                seen.setdefault(m.all("Via")[0], m)  # a retransmission has the same branch
        return list(seen.values())

    def on_message(self, message):
        if not message.is_request or message.method == "ACK":
            return
        contact = f"Contact: <sip:{self.address}:{self.port}>"
        if message.method != "INVITE":
            self.send(reply(message, 200, "OK"), message.source)
        elif self.status:
            self.send(reply(message, self.status, "Whatever", [contact]), message.source)


class Caller(Endpoint):
    """Makes one call after the other from its address."""

    def __init__(self, address, proxy):
        super().__init__(address)
        self.proxy = proxy

    def invite(self, from_user="12155550100", to_user="12155550199", headers=(), call_id=None, ruri=None):
        """The bytes of an INVITE and its Call-ID. `headers` are whole lines, written as they are."""
        call_id = call_id or uuid.uuid4().hex
        host = f"{self.proxy[0]}:{self.proxy[1]}"
        lines = [
            f"INVITE {ruri or f'sip:{to_user}@{host}'} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.address}:{self.port};branch={MAGIC}{call_id}",
            "Max-Forwards: 70",
            f"From: <sip:{from_user}@{self.address}>;tag=1",
            f"To: <sip:{to_user}@{host}>",
            f"Call-ID: {call_id}",
            "CSeq: 1 INVITE",
            f"Contact: <sip:{self.address}:{self.port}>",
            *headers,
            "Content-Type: application/sdp",
        ]
        body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
        lines += [f"Content-Length: {len(body)}", "", body]
        return "\r\n".join(lines).encode("latin-1"), call_id

    def replies(self, call_id):
        return [m for m in list(self.received) if not m.is_request and call_id in m.all("Call-ID")]

    def request(self, method, invite, final=None):
        """ACK, CANCEL or BYE of the call that the bytes `invite` began, after its reply `final`."""
        first = Message(invite)
        in_dialog = final is not None and final.status < 300
        target = final.one("Contact").strip("<>") if in_dialog else first.start.split()[1]
        branch = first.one("Via") + ("" if not in_dialog else method)
        number = "2" if method == "BYE" else "1"
        lines = [f"{method} {target} SIP/2.0", f"Via: {branch}", "Max-Forwards: 70"]
        if in_dialog:
            lines += [f"Route: {route}" for route in reversed(final.all("Record-Route"))]
        lines += [f"From: {first.one('From')}", f"To: {final.one('To') if final else first.one('To')}",
                  f"Call-ID: {first.one('Call-ID')}", f"CSeq: {number} {method}", "Content-Length: 0", "", ""]
        return "\r\n".join(lines).encode("latin-1")

    def call(self, timeout=6.0, **how):
        """Sends an INVITE and acknowledges its final answer, which it returns; with the Call-ID."""
        invite, call_id = self.invite(**how)
        return self.call_raw(invite, call_id, timeout)

    def call_raw(self, invite, call_id, timeout=6.0):
        self.send(invite, self.proxy)
        final = self.final(call_id, timeout)
        if final is None:
            raise AssertionError(f"no final answer in {timeout} s; got {[m.start for m in self.replies(call_id)]}")
        self.send(self.request("ACK", invite, final), self.proxy)
        if final.status < 300:
            self.send(self.request("BYE", invite, final), self.proxy)
        return final, call_id

    def final(self, call_id, timeout=6.0):
        return self.wait(lambda m: not m.is_request and m.status >= 200 and m.method == "INVITE"
                         and m.one("Call-ID") == call_id, timeout)
