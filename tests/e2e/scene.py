# SPDX-License-Identifier: MIT
"""What the end-to-end tests share: a folder of logs for each class, printed when something fails."""
import pathlib
import shutil
import sys
import tempfile
import unittest


class SceneTest(unittest.TestCase):
    """Class-wide set-up in `scene()`; what it registers with `later()` is undone at the end, last first."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="shaken302-e2e-"))
        Verdicts.folders.append(cls.folder)
        cls.scene()

    @classmethod
    def scene(cls):
        raise NotImplementedError

    @classmethod
    def later(cls, thing):
        """Stops or closes `thing` at the end."""
        cls.addClassCleanup(getattr(thing, "stop", None) or thing.close)
        return thing


class Verdicts:
    folders = []

    @classmethod
    def print_logs(cls):
        for folder in cls.folders:
            for log in sorted(folder.rglob("*.log")):
                print(f"\n--- {log.relative_to(folder.parent)}\n{log.read_text(errors='replace')[-20000:]}")


def main():
    program = unittest.main(exit=False, verbosity=2)
    if not program.result.wasSuccessful():
        Verdicts.print_logs()
    for folder in Verdicts.folders:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if program.result.wasSuccessful() else 1)
