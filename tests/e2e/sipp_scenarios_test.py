#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every file of sipp-scenarios does what its header says: by the command line in that header, against the
real shaken302 as `init` made it, and fails against a server that does otherwise. SHAKEN302 names the binary."""
import re

from fake_signer import FakeSigner
from scene import SceneTest, main
from signer import Folder, Shaken302
from sipp import SCENARIOS, Sipp, comment_of, words_of
from tokens import TokenMaker

PAIR = {"uac_caller.xml", "uas_callee.xml"}
ALONE = sorted({path.name for path in SCENARIOS.glob("*.xml")} - PAIR)

# For each scenario, what a server does that it must notice.
WRONG = {
    "cancel_ack_ignored.xml": ("chatty",),
    "in_dialog_481.xml": ("all answers",),
    "load.xml": ("bare 302", "404"),
    "options.xml": ("bare 302",),
    "retransmission_same_to_tag.xml": ("new tag", "404"),
    "signed_302.xml": ("bare 302", "trying", "404", "all answers"),
    "unknown_method_405.xml": ("all answers",),
    "unsigned_302.xml": ("sign", "404"),
    "unsigned_403.xml": ("404", "bare 302"),
    "unsigned_404.xml": ("403", "sign"),
    "unsigned_503.xml": ("503 later", "bare 302"),
    "unsigned_603.xml": ("bare 302", "503"),
}


class ScenariosTest(SceneTest):
    @classmethod
    def scene(cls):
        cls.signer = cls.later(Shaken302(Folder(cls.folder / "demo"), "demo", "127.0.0.1"))

    def test_each_passes_against_shaken302(self):
        for name in ALONE:
            with self.subTest(name):
                needs = re.search(r"^\s*Needs: (.*)$", comment_of(name), re.M)
                if needs:
                    self.signer.reload(('unsigned = "302"', needs[1]))
                run = Sipp(self.folder, name, self.signer.address)
                self.addCleanup(run.stop)
                self.assertEqual(run.wait(), 0, run.output()[-3000:])

    def test_caller_and_callee_can_talk_without_a_proxy(self):
        callee = Sipp(self.folder, "uas_callee.xml")
        self.addCleanup(callee.stop)
        caller = Sipp(self.folder, "uac_caller.xml", (callee.address, callee.port))
        self.addCleanup(caller.stop)
        self.assertEqual((caller.wait(), callee.wait()), (0, 0))

    def test_the_command_lines_are_those_of_a_server_that_init_made(self):
        for name in ALONE:
            with self.subTest(name):
                self.assertEqual(words_of(name)[0], "127.0.0.1:5060")
                self.assertTrue({"-i", "-p", "-m"} <= set(words_of(name)))
        self.assertEqual(words_of("uas_callee.xml")[:2], ["-sf", "sipp-scenarios/uas_callee.xml"])
        self.assertEqual(words_of("uac_caller.xml")[0], "127.0.0.1:5070")

    def test_each_scenario_is_in_the_table_of_wrong_servers(self):
        self.assertEqual(sorted(WRONG), ALONE)


class WrongServersTest(SceneTest):
    @classmethod
    def scene(cls):
        cls.server = cls.later(FakeSigner("127.0.0.1", TokenMaker(cls.folder)))

    def test_each_fails_against_a_server_that_does_otherwise(self):
        for name, modes in WRONG.items():
            for mode in modes:
                with self.subTest(scenario=name, server=mode):
                    self.server.mode = mode
                    run = Sipp(self.folder, name, (self.server.address, self.server.port),
                               changes=[("-m", "2")])
                    self.addCleanup(run.stop)
                    self.assertEqual(run.wait(), 1, run.output()[-3000:])


if __name__ == "__main__":
    main()
