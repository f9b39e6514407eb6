#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The main job, whole: SIPp calls through a real Kamailio with the recipe, which asks two real shaken302;
asserted is what the callee received, by verifiers that share no code with us. SHAKEN302 names the binary."""
import re
import time

from lossy_relay import LossyRelay
from proxy import Kamailio, until
from scene import SceneTest, main
from signer import Folder, Shaken302
from sip import Caller, Carrier, Message
from sipp import Sipp
from tokens import Identity, chain_verifies, secsipidx_accepts, seconds_of

CUSTOMERS = {"127.0.0.21": "acme", "127.0.0.22": "newcomer", "127.0.0.23": "gone", "127.0.0.24": "nobody"}
CALLED = "12155550199"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Nothing here hangs on who the number belongs to when nobody else has named the account.
NO_FALLBACK = ('account_from = ["header:X-Account", "number"]', 'account_from = ["header:X-Account"]')
UNSCREENED = ("caller_id_screened = true", "caller_id_screened = false")


class SceneBase(SceneTest):
    defines = ()

    @classmethod
    def scene(cls):
        cls.files = Folder(cls.folder / "signer")
        cls.signers = [cls.later(Shaken302(cls.files, name, address, (NO_FALLBACK, UNSCREENED)))
                       for name, address in (("one", "127.0.0.41"), ("two", "127.0.0.42"))]
        cls.relays = [cls.later(LossyRelay(s.address)) for s in cls.signers]
        cls.carriers = [cls.later(Carrier(a)) for a in ("127.0.0.31", "127.0.0.32")]
        cls.proxy = cls.later(Kamailio(cls.folder / "proxy", [(r.address, r.port) for r in cls.relays],
                                       [(c.address, c.port) for c in cls.carriers], CUSTOMERS, cls.defines))

    def setUp(self):
        for relay in self.relays:
            relay.losing = False
        for carrier in self.carriers:
            carrier.status = 200
        until(lambda: sorted(self.proxy.states().values()) == ["AP", "AP"], 10, "both signers are up")

    def call(self, source, expect=200, **how):
        caller = Caller(source, self.proxy.address)
        self.addCleanup(caller.close)
        final, call_id = caller.call(**how)
        self.assertEqual(final.status, expect, final.text())
        for message in caller.replies(call_id):
            self.assertFalse(300 <= message.status <= 399, message.text())
            self.assertEqual(message.all("Identity"), [])
        return call_id

    def delivered(self, call_id, carrier=0):
        invites = self.carriers[carrier].invites(call_id)
        self.assertEqual(len(invites), 1)
        return invites[0]

    def judge(self, invite, attest, orig, dest=CALLED):
        """Everything that must hold of a signed INVITE at the callee. Returns its Identity."""
        value = invite.one("Identity")
        self.assertEqual(secsipidx_accepts(value, self.files.leaf), (True, "ok"))
        verifies, verdict = chain_verifies(self.files.leaf, self.files.root)
        self.assertTrue(verifies, verdict)
        token = Identity(value)
        self.assertEqual({**token.header, "x5u": None}, {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": None})
        self.assertEqual(token.parameters["info"], f"<{token.header['x5u']}>")
        self.assertEqual(token.parameters["alg"], "ES256")
        self.assertEqual(token.parameters["ppt"].strip('"'), "shaken")
        self.assertEqual(sorted(token.payload), ["attest", "dest", "iat", "orig", "origid"])
        self.assertEqual(token.payload["attest"], attest)
        self.assertEqual(token.payload["orig"], {"tn": orig})
        self.assertEqual(token.payload["dest"], {"tn": [dest]})
        self.assertRegex(token.payload["origid"], f"^{UUID}$")
        self.assertEqual(seconds_of(invite.one("Date")), token.payload["iat"])
        self.assertLessEqual(token.payload["iat"], int(invite.when))
        self.assertGreater(token.payload["iat"], invite.when - 10)
        return token


class SignedCallTest(SceneBase):
    def sipp_call(self, source, caller):
        """A call between SIPp and SIPp; the INVITE that the callee's own trace shows, and the caller's trace."""
        callee = Sipp(self.folder, "uas_callee.xml", address="127.0.0.33")
        self.addCleanup(callee.stop)
        proxy = Kamailio(self.folder / f"proxy-{callee.port}", [(r.address, r.port) for r in self.relays],
                         [(callee.address, callee.port)], CUSTOMERS)
        self.addCleanup(proxy.stop)
        started = time.time()
        phone = Sipp(self.folder, "uac_caller.xml", proxy.address, source, [("-s", CALLED), ("caller", caller)])
        self.addCleanup(phone.stop)
        self.assertEqual(phone.wait(), 0, phone.output()[-2000:])
        self.assertEqual(callee.wait(), 0, callee.output()[-2000:])
        invite = callee.received("INVITE")
        invite.when = time.time()
        self.assertGreaterEqual(int(invite.when), int(started))
        statuses = [m.status for direction, m in phone.traced() if direction == "received"]
        self.assertEqual(statuses[-2:], [200, 200])
        self.assertEqual([s for s in statuses if 300 <= s <= 399], [])
        self.assertIn("forged", "".join(m.text() for d, m in phone.traced() if d == "sent"))
        self.assertNotIn("forged", invite.text())
        return invite

    def test_a_number_of_the_account_gets_a(self):
        self.judge(self.sipp_call("127.0.0.21", "12155550100"), "A", "12155550100")

    def test_another_number_of_a_known_customer_gets_b(self):
        self.judge(self.sipp_call("127.0.0.21", "12155550177"), "B", "12155550177")

    def test_a_customer_who_is_not_approved_gets_c(self):
        self.judge(self.sipp_call("127.0.0.22", "12155550120"), "C", "12155550120")

    def test_the_verifier_refuses_a_token_with_one_changed_claim(self):
        value = self.delivered(self.call("127.0.0.22", from_user="12155550120")).one("Identity")
        head, payload, rest = value.split(".", 2)
        self.assertEqual(secsipidx_accepts(value, self.files.leaf)[0], True)
        self.assertEqual(secsipidx_accepts(f"{head}.{payload[:-6]}{payload[-6:].swapcase()}.{rest}", self.files.leaf)[0],
                         False)
        self.assertEqual(chain_verifies(self.files.leaf, self.files.leaf)[0], False)

    def test_each_call_has_an_origid_of_its_own(self):
        ids = [Identity(self.delivered(self.call("127.0.0.21")).one("Identity")).payload["origid"] for _ in range(4)]
        self.assertEqual(len(set(ids)), 4)


class LevelsTest(SceneBase):
    def test_nobody_gets_more_by_writing_somebody_else_s_number_or_account(self):
        for source, level in (("127.0.0.22", "C"), ("127.0.0.24", "C")):
            for headers in ((), ("X-Account: acme",), ("X-Account : acme", "P-Asserted-Identity: <sip:12155550100@x>")):
                with self.subTest(source=source, headers=headers):
                    self.judge(self.delivered(self.call(source, headers=headers)), level, "12155550100")

    def test_a_suspended_customer_calls_unsigned(self):
        invite = self.delivered(self.call("127.0.0.23", from_user="12155550130"))
        self.assertEqual(invite.all("Identity"), [])

    def test_forged_headers_are_gone_and_one_identity_remains(self):
        call_id = self.call("127.0.0.21", headers=[
            "Identity: forged;info=<https://forged.example/c.pem>;alg=ES256;ppt=shaken", "y: forged", "Identity : forged",
            "P-Asserted-Identity: <sip:forged@x>", "X-Account: forged", "X-Account : forged",
            "P-Attestation-Indicator: forged", "Attestation: forged"])
        self.assertNotIn("forged", self.delivered(call_id).text())
        self.judge(self.delivered(call_id), "A", "12155550100")

    def test_a_lone_cr_gains_no_level_at_the_proxy(self):
        for form in ("Subject: 1\r{}", "Subject: 1\r\n\r{}"):
            for line in ("X-Account: acme", "P-Asserted-Identity: <sip:12155550100@x>"):
                with self.subTest(form=form, line=line):
                    self.call("127.0.0.22", expect=400, headers=[form.format(line)])

    def test_headers_after_the_empty_line_gain_no_level(self):
        for form in ("Subject: 1\n\n{}", "Subject: 1\r\n\n{}", "Subject: 1\n\r\n{}"):
            for line in ("X-Account: acme", "P-Asserted-Identity: <sip:12155550100@x>"):
                with self.subTest(form=form, line=line):
                    call_id = self.call("127.0.0.22", from_user="12155550120", headers=[form.format(line)])
                    token = Identity(self.delivered(call_id).one("Identity"))
                    self.assertEqual((token.payload["attest"], token.payload["orig"]), ("C", {"tn": "12155550120"}))

    def test_numbers_with_plus_are_signed_in_canonical_form(self):
        call_id = self.call("127.0.0.21", from_user="+12155550100", to_user="+1" + CALLED[1:])
        self.judge(self.delivered(call_id), "A", "12155550100")

    def test_emergency_calls_are_not_asked_about(self):
        call_id = self.call("127.0.0.21", to_user="911")
        self.assertEqual(self.delivered(call_id).all("Identity"), [])
        self.assertEqual([r.passed.get(call_id) for r in self.relays], [None, None])


class RobustnessTest(SceneBase):
    def test_the_first_datagram_to_the_signer_lost_still_signed(self):
        for relay in self.relays:
            relay.losing = True
        for _ in range(4):
            call_id = self.call("127.0.0.21")
            self.assertEqual(sum(r.lost.get(call_id, 0) for r in self.relays), 1)
            self.judge(self.delivered(call_id), "A", "12155550100")

    def test_carrier_one_fails_carrier_two_gets_the_same_identity(self):
        self.carriers[0].status = 503
        call_id = self.call("127.0.0.21")
        first, second = self.delivered(call_id, 0), self.delivered(call_id, 1)
        self.assertEqual(first.one("Identity"), second.one("Identity"))
        self.judge(second, "A", "12155550100")

    def test_one_instance_killed_calls_are_still_signed_and_it_comes_back(self):
        self.assertEqual(len(self.proxy.states()), 2)
        victim, relay = self.signers[0], self.relays[0]
        name = f"sip:{relay.address}:{relay.port}"
        victim.kill()
        for _ in range(3):
            self.judge(self.delivered(self.call("127.0.0.21")), "A", "12155550100")
        until(lambda: self.proxy.states()[name] == "IP", 15, "the killed one is set aside")
        self.judge(self.delivered(self.call("127.0.0.21")), "A", "12155550100")
        victim.start()
        until(lambda: self.proxy.states()[name] == "AP", 10, "it is up again")

    def test_both_instances_killed_calls_go_on_unsigned(self):
        for signer in self.signers:
            signer.kill()
        try:
            invite = self.delivered(self.call("127.0.0.21"))
            self.assertEqual(invite.all("Identity"), [])
        finally:
            for signer in self.signers:
                signer.start()

    def test_what_a_peer_gets_without_a_signature_is_obeyed_after_a_reload(self):
        for outcome, expect in (("404", 200), ("403", 200), ("503", 200), ("603", 603), ("302", 200)):
            with self.subTest(outcome):
                for signer in self.signers:
                    signer.reload(NO_FALLBACK, UNSCREENED, ('unsigned = "302"', f'unsigned = "{outcome}"'))
                call_id = self.call("127.0.0.23", expect=expect, from_user="12155550130")
                if expect == 603:
                    self.assertEqual(self.carriers[0].invites(call_id), [])
                else:
                    self.assertEqual(self.delivered(call_id).all("Identity"), [])


class ProxyWithoutItsCheckTest(SceneBase):
    """The proxy's own check against lone CRs is off: shaken302's must hold alone."""
    defines = ("SKIP_WELL_FORMED",)

    def test_a_lone_cr_gains_no_level_at_the_signer(self):
        for form in ("Subject: 1\r{}", "Subject: 1\r\n\r{}", "Subject: 1\r\r{}"):
            for line in ("X-Account: acme", "P-Asserted-Identity: <sip:12155550100@x>"):
                with self.subTest(form=form, line=line):
                    call_id = self.call("127.0.0.22", headers=[form.format(line)])
                    asked = [m for r in self.relays for m in r.passed.get(call_id, []) if m.method == "INVITE"]
                    self.assertIn("\r" + line, asked[0].text())  # it did get past the proxy
                    self.assertEqual(self.delivered(call_id).all("Identity"), [])
                    self.assertEqual(self.direct(asked[0]), 400)

    def direct(self, asked):
        """What the signer answers to these very bytes."""
        def again(probe):
            via = f"SIP/2.0/UDP {probe.address}:{probe.port};branch=z9hG4bKagain;rport".encode()
            return re.sub(rb"(?m)^(Via: )[^\r]*", rb"\g<1>" + via, asked.raw, count=1)
        return self.signers[0].status_of(again)

    def test_without_a_lone_cr_the_same_calls_are_signed(self):
        for line in ("X-Account: acme", "P-Asserted-Identity: <sip:12155550100@x>"):
            call_id = self.call("127.0.0.22", from_user="12155550120", headers=["Subject: 1", line])
            self.judge(self.delivered(call_id), "C", "12155550120")


if __name__ == "__main__":
    main()
