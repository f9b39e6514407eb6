#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Kamailio recipe against signers that fail in every way, and against callers that lie."""
import time

from fake_signer import FakeSigner
from proxy import Kamailio, until
from scene import SceneTest, main
from sip import Caller, Carrier, Message
from tokens import TokenMaker, secsipidx_accepts, seconds_of

CUSTOMERS = {"127.0.0.21": "acme", "127.0.0.22": "newcomer"}


class RecipeTest(SceneTest):
    defines = ()

    @classmethod
    def scene(cls):
        cls.maker = TokenMaker(cls.folder)
        cls.signers = [cls.later(FakeSigner(a, cls.maker)) for a in ("127.0.0.41", "127.0.0.42")]
        cls.carriers = [cls.later(Carrier(a)) for a in ("127.0.0.31", "127.0.0.32")]
        cls.proxy = cls.later(Kamailio(cls.folder, [(s.address, s.port) for s in cls.signers],
                                       [(c.address, c.port) for c in cls.carriers], CUSTOMERS, cls.defines))
        cls.acme = cls.later(Caller("127.0.0.21", cls.proxy.address))

    def setUp(self):
        for signer in self.signers:
            signer.mode = "sign"
        for carrier in self.carriers:
            carrier.status = 200
        until(lambda: set(self.proxy.states().values()) == {"AP"}, 10, "both signers are up")

    def mode(self, mode):
        for signer in self.signers:
            signer.mode = mode

    def dips(self, call_id):
        return [invite for signer in self.signers for invite in signer.invites(call_id)]

    def signed_by(self, call_id):
        return [value for signer in self.signers for value in signer.identities.get(call_id, [])]

    def delivered(self, call_id, carrier=0):
        """The INVITE that the carrier got; there must be exactly one."""
        invites = self.carriers[carrier].invites(call_id)
        self.assertEqual(len(invites), 1)
        return invites[0]

    def no_redirect_seen(self, call_id):
        for message in self.acme.replies(call_id):
            self.assertFalse(300 <= message.status <= 399, message.text())
            self.assertNotIn("identity", [name.lower() for name, _ in message.headers], message.text())


class SigningTest(RecipeTest):
    def test_the_identity_of_the_302_and_its_date_reach_the_carrier(self):
        final, call_id = self.acme.call()
        self.assertEqual(final.status, 200)
        invite = self.delivered(call_id)
        value = invite.one("Identity")
        self.assertEqual([value], self.signed_by(call_id))
        self.assertEqual(secsipidx_accepts(value, self.maker.public), (True, "ok"))
        self.assertLess(abs(seconds_of(invite.one("Date")) - time.time()), 5)
        self.no_redirect_seen(call_id)

    def test_a_date_of_the_caller_gives_way_to_that_of_the_token(self):
        _, call_id = self.acme.call(headers=["Date: Thu, 01 Jan 2015 00:00:00 GMT"])
        self.assertNotIn("2015", self.delivered(call_id).one("Date"))

    def test_two_identities_both_arrive_in_their_order(self):
        self.mode("sign twice")
        _, call_id = self.acme.call()
        self.assertEqual(self.delivered(call_id).all("Identity"), self.signed_by(call_id))
        self.assertEqual(len(self.signed_by(call_id)), 2)

    def test_an_identity_on_two_lines_arrives_whole(self):
        self.mode("sign folded")
        _, call_id = self.acme.call()
        value = self.delivered(call_id).one("Identity").replace(" ", "")
        self.assertEqual([value], self.signed_by(call_id))

    def test_the_first_or_two_datagrams_lost_still_signed(self):
        for mode, sent in (("drop first", 2), ("drop two", 3)):
            with self.subTest(mode):
                self.mode(mode)
                _, call_id = self.acme.call()
                self.assertEqual(self.delivered(call_id).all("Identity"), self.signed_by(call_id))
                self.assertEqual(len(self.dips(call_id)), sent)

    def test_an_answer_within_the_time_budget_counts(self):
        self.mode("late")
        _, call_id = self.acme.call()
        self.assertEqual(len(self.delivered(call_id).all("Identity")), 1)

    def test_the_second_carrier_gets_the_same_identity(self):
        for status in (503, 500, 302):
            with self.subTest(status):
                self.carriers[0].status = status
                final, call_id = self.acme.call()
                self.assertEqual(final.status, 200)
                first, second = self.delivered(call_id, 0), self.delivered(call_id, 1)
                self.assertEqual(first.one("Identity"), second.one("Identity"))
                self.assertEqual(first.one("Date"), second.one("Date"))
                self.assertEqual([second.one("Identity")], self.signed_by(call_id))
                self.assertEqual(second.one("P-Asserted-Identity"), first.one("P-Asserted-Identity"))

    def test_the_callee_answers_for_itself_busy_is_not_retried(self):
        self.carriers[0].status = 486
        final, call_id = self.acme.call()
        self.assertEqual(final.status, 486)
        self.assertEqual(self.carriers[1].invites(call_id), [])

    def test_no_carrier_left_the_caller_sees_neither_the_302_nor_the_token(self):
        for status, seen in ((503, 500), (302, 480)):
            with self.subTest(status):
                for carrier in self.carriers:
                    carrier.status = status
                final, call_id = self.acme.call()
                self.assertEqual(final.status, seen)
                self.no_redirect_seen(call_id)
                self.assertEqual(len(self.dips(call_id)), 1)  # and none of them was asked to be a carrier

    def test_a_whole_call_goes_through_the_proxy_in_dialog(self):
        invite, call_id = self.acme.invite()
        final, _ = self.acme.call_raw(invite, call_id)
        for method in ("ACK", "BYE"):
            self.assertIsNotNone(self.carriers[0].wait(lambda m, method=method: m.is_request and m.method == method
                                                       and m.one("Call-ID") == call_id), method)
        self.assertIsNotNone(self.acme.wait(lambda m: m.status == 200 and m.method == "BYE"
                                            and m.one("Call-ID") == call_id))


class FailingSignerTest(RecipeTest):
    def unsigned(self, mode, seconds):
        self.mode(mode)
        started = time.monotonic()
        final, call_id = self.acme.call()
        self.assertEqual(final.status, 200)
        self.assertLess(time.monotonic() - started, seconds)
        self.assertEqual(self.delivered(call_id).all("Identity"), [])
        self.no_redirect_seen(call_id)
        # The Contact of a 302 is never followed.
        self.assertIn("12155550199@127.0.0.1", self.delivered(call_id).start)
        return call_id

    def test_a_refusal_or_a_302_without_identity_leaves_the_call_alive_and_unsigned(self):
        for mode in ("bare 302", "400", "403", "404", "500", "503", "600"):
            with self.subTest(mode):
                call_id = self.unsigned(mode, seconds=1)
                self.assertEqual(len(self.dips(call_id)), 2 if mode == "503" else 1)

    def test_silence_is_asked_three_times_and_more_of_both_then_unsigned(self):
        call_id = self.unsigned("silent", seconds=1.5)
        for signer in self.signers:
            self.assertGreaterEqual(len(signer.invites(call_id)), 3)

    def test_a_late_302_changes_nothing(self):
        call_id = self.unsigned("slow", seconds=1.5)
        time.sleep(1.2)
        self.assertEqual(len(self.carriers[0].invites(call_id)), 1)
        self.no_redirect_seen(call_id)

    def test_ringing_and_answering_signers_do_not_fool_the_caller(self):
        for mode in ("trying", "answer"):
            with self.subTest(mode):
                call_id = self.unsigned(mode, seconds=1.5)
                self.assertEqual([m.status for m in self.acme.replies(call_id) if m.status != 100][:1], [200])
                self.assertEqual(self.acme.final(call_id).one("Contact"),
                                 f"<sip:{self.carriers[0].address}:{self.carriers[0].port}>")

    def test_a_block_ends_the_call(self):
        self.mode("block")
        final, call_id = self.acme.call()
        self.assertEqual(final.status, 603)
        self.assertEqual(len(self.dips(call_id)), 1)
        for carrier in self.carriers:
            self.assertEqual(carrier.invites(call_id), [])

    def test_a_block_by_the_second_signer_ends_the_call_too(self):
        for first, second in ((0, 1), (1, 0)):
            with self.subTest(first=first):
                self.signers[first].mode, self.signers[second].mode = "silent", "block"
                final, call_id = self.acme.call()
                self.assertEqual(final.status, 603)
                self.assertEqual(self.carriers[0].invites(call_id), [])

    def test_the_other_signer_takes_over_when_one_is_dead(self):
        for dead in self.signers:
            with self.subTest(dead.address):
                self.mode("sign")
                dead.mode = "dead"
                for _ in range(3):
                    _, call_id = self.acme.call()
                    self.assertEqual(self.delivered(call_id).all("Identity"), self.signed_by(call_id))

    def test_a_dead_signer_is_taken_out_and_comes_back(self):
        dead = self.signers[0]
        dead.mode = "dead"
        name = f"sip:{dead.address}:{dead.port}"
        until(lambda: self.proxy.states()[name] == "IP", 15, "the dead one is set aside")
        for _ in range(4):
            started = time.monotonic()
            _, call_id = self.acme.call()
            self.assertEqual(len(self.delivered(call_id).all("Identity")), 1)
            self.assertEqual(dead.invites(call_id), [])
            self.assertLess(time.monotonic() - started, 0.3)
        dead.mode = "sign"
        until(lambda: self.proxy.states()[name] == "AP", 10, "it is up again")

    def test_a_signer_that_answers_only_options_counts_as_failing(self):
        self.signers[0].mode = "silent"
        name = f"sip:{self.signers[0].address}:{self.signers[0].port}"

        def noticed():
            self.acme.call()
            return self.proxy.states()[name] in ("TP", "IP")  # until it answers its next OPTIONS
        until(noticed, 10, "a call that timed out counts against the signer")

    def test_all_signers_dead_the_call_does_not_even_wait(self):
        self.mode("dead")
        until(lambda: set(self.proxy.states().values()) == {"IP"}, 15, "both are set aside")
        call_id = self.unsigned("dead", seconds=0.3)
        self.assertEqual(self.dips(call_id), [])

    def test_a_cancel_during_the_dip_ends_the_call_and_keeps_the_302(self):
        for mode in ("late", "silent"):
            with self.subTest(mode):
                self.mode(mode)
                invite, call_id = self.acme.invite()
                self.acme.send(invite, self.proxy.address)
                self.assertIsNotNone(self.acme.wait(lambda m: m.one("Call-ID") == call_id))
                self.acme.send(self.acme.request("CANCEL", invite), self.proxy.address)
                final = self.acme.final(call_id)
                self.assertEqual(final.status, 487)
                self.acme.send(self.acme.request("ACK", invite, final), self.proxy.address)
                time.sleep(0.6)
                self.no_redirect_seen(call_id)
                self.assertEqual(self.carriers[0].invites(call_id), [])


class BoundaryTest(RecipeTest):
    FORGED = (
        "Identity: forged;info=<https://x.example/>", "y: forged;info=<https://x.example/>", "IDENTITY: forged",
        "Identity : forged", "Identity\t: forged", "Identity-Info: <https://forged.example/>", "X-Identity: forged",
        "P-Identity-Bypass: forged", "P-Asserted-Identity: <sip:forged@x>", "p-asserted-identity : <sip:forged@x>",
        "P-Asserted-Identity:\r\n <sip:forged@x>", "P-Preferred-Identity: <sip:forged@x>",
        "Remote-Party-ID: <sip:forged@x>;screen=yes", "X-Account: forged", "X-Account : forged", "X-ACCOUNT\t:forged",
        "X-Account:\r\n\tforged", "Attestation: forged", "Attest: forged", "Attestation-Info: forged",
        "P-Attestation-Indicator: forged", "P-Attestation-Info: forged", "X-Attestation: forged", "X-Attest: forged",
        "Origination-Id: forged", "P-Origination-ID: forged", "X-Origination-Id: forged", "Orig-ID: forged",
        "X-OrigId : forged",
    )

    def test_what_a_caller_forges_is_gone_at_the_signer_and_at_the_carrier(self):
        for line in self.FORGED:
            with self.subTest(line):
                _, call_id = self.acme.call(headers=[line])
                for invite in (self.dips(call_id)[0], self.delivered(call_id)):
                    self.assertNotIn("forged", invite.text())
                self.assertEqual(self.dips(call_id)[0].one("X-Account"), "acme")
                self.assertEqual(self.delivered(call_id).all("Identity"), self.signed_by(call_id))

    def test_all_of_them_at_once_twice_are_gone(self):
        _, call_id = self.acme.call(headers=[*self.FORGED, "Subject: kept", *self.FORGED])
        for invite in (self.dips(call_id)[0], self.delivered(call_id)):
            self.assertNotIn("forged", invite.text())
            self.assertEqual(invite.one("Subject"), "kept")
            self.assertEqual(invite.one("P-Asserted-Identity"), "<sip:12155550100@example.com>")

    def test_the_account_comes_from_the_source_address_and_stays_with_the_signer(self):
        newcomer = Caller("127.0.0.22", self.proxy.address)
        self.addCleanup(newcomer.close)
        _, call_id = newcomer.call(headers=["X-Account: acme"])
        self.assertEqual(self.dips(call_id)[0].one("X-Account"), "newcomer")
        self.assertEqual(self.delivered(call_id).all("X-Account"), [])

    def test_who_is_no_customer_is_refused(self):
        stranger = Caller("127.0.0.66", self.proxy.address)
        self.addCleanup(stranger.close)
        final, call_id = stranger.call()
        self.assertEqual(final.status, 403)
        self.assertEqual(self.dips(call_id), [])

    def test_a_caller_id_that_is_no_number_is_not_asserted(self):
        for user in ("anonymous", "12155550100;verstat=TN-Validation-Passed", "1%0d%0aX-Account:%20acme"):
            with self.subTest(user):
                _, call_id = self.acme.call(from_user=user)
                self.assertEqual(self.dips(call_id)[0].all("P-Asserted-Identity"), [])

    def test_a_route_of_the_caller_does_not_get_past_the_carriers(self):
        elsewhere = Carrier("127.0.0.67")
        self.addCleanup(elsewhere.close)
        _, call_id = self.acme.call(headers=[f"Route: <sip:{elsewhere.address}:{elsewhere.port};lr>"])
        self.assertEqual(elsewhere.received, [])
        self.assertEqual(self.delivered(call_id).all("Route"), [])

    def test_emergency_calls_go_to_the_carrier_at_once(self):
        self.mode("block")
        host = f"@{self.proxy.address[0]}:{self.proxy.address[1]}"
        for uri in (f"sip:911{host}", f"sip:112{host}", f"sip:+1911{host}", f"sip:911;phone-context=+1{host}",
                    "tel:911;phone-context=+1", "urn:service:sos", "urn:service:sos.police", "URN:SERVICE:SOS.fire"):
            with self.subTest(uri):
                final, call_id = self.acme.call(ruri=uri)
                self.assertEqual(final.status, 200)
                self.assertEqual(self.dips(call_id), [])
                self.assertEqual(self.delivered(call_id).start, f"INVITE {uri} SIP/2.0")

    def test_numbers_that_only_look_like_emergencies_are_signed(self):
        for user in ("9115550100", "1911555", "011112", "x911"):
            with self.subTest(user):
                _, call_id = self.acme.call(to_user=user)
                self.assertEqual(len(self.dips(call_id)), 1)


# Behind a CR that no LF follows. Kamailio takes a line that begins with one as the end of the headers.
SMUGGLED = ("Subject: 1\r{}", "Subject: 1\r\n\r{}", "Subject: 1\r\r{}", "Subject: 1\r {}", "Subject: \0\r\n{}")


class LoneCrTest(RecipeTest):
    def test_the_proxy_refuses_a_cr_without_lf_and_nul_in_the_headers(self):
        for form in SMUGGLED:
            with self.subTest(form):
                final, call_id = self.acme.call(headers=[form.format("X-Account: forged")])
                self.assertEqual(final.status, 400)
                self.assertEqual(self.dips(call_id), [])

    def test_line_ends_that_everybody_reads_alike_pass(self):
        invite, call_id = self.acme.invite(headers=["Subject: a\nX-Account: forged\nUser-Agent: x"])
        final, _ = self.acme.call_raw(invite, call_id)
        self.assertEqual(final.status, 200)
        self.assertNotIn("forged", self.dips(call_id)[0].text())

    def test_a_cr_in_the_body_is_the_body_s_own_affair(self):
        invite, call_id = self.acme.invite()
        final, _ = self.acme.call_raw(invite.replace(b"s=-\r\n", b"s=\r-\r"), call_id)
        self.assertEqual(final.status, 200)


class WithoutItsOwnCheckTest(RecipeTest):
    """Why the check is there: with it off, the smuggled header arrives at the signer."""
    defines = ("SKIP_WELL_FORMED",)

    def test_a_lone_cr_carries_an_account_past_the_boundary(self):
        _, call_id = self.acme.call(headers=["Subject: 1\rX-Account: forged"])
        self.assertIn("\rX-Account: forged", self.dips(call_id)[0].text())
        self.assertEqual(Message(self.dips(call_id)[0].raw).one("X-Account"), "acme")


if __name__ == "__main__":
    main()
