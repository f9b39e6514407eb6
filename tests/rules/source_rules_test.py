#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants one violation of each rule in an otherwise clean tree: each must be caught, the clean tree must not."""
import pathlib
import tempfile
import unittest

import source_rules

HEAD = "// SPDX-License-Identifier: MIT\n"
PLANTED = [
    ("layering", "include/shaken302/x.hpp", HEAD + "#include <openssl/evp.h>\n"),
    ("layering", "src/core/x.cpp", HEAD + "#include <sofia-sip/sip.h>\n"),
    ("layering", "src/core/x.cpp", HEAD + "#include <sys/socket.h>\n"),
    ("layering", "src/sip/x.cpp", HEAD + "#include <openssl/evp.h>\n"),
    ("layering", "src/sip/x.cpp", HEAD + "#include <boost/asio.hpp>\n"),
    ("layering", "src/core/x.cpp", HEAD + "#include <curl/curl.h>\n"),
    ("layering", "src/sip/x.cpp", HEAD + '#include "net/udp_worker.hpp"\n'),
    ("layering", "src/net/x.cpp", HEAD + '#include "sip/prescan.hpp"\n'),
    ("layering", "src/directory/x.cpp", HEAD + '#include "sip/answer.hpp"\n'),
    ("layering", "src/directory/x.cpp", HEAD + '#include "../config/configuration.hpp"\n'),
    ("sizes", "src/core/x.cpp", HEAD + "\n" * 400),
    ("sizes", "src/cli/main.cpp", HEAD + "\n" * 40),
    ("spdx", "src/core/x.cpp", "int x;\n"),
    ("no_local_paths", "scripts/x", "cd /home/somebody/src\n"),
    ("tests_are_registered", "tests/e2e/x_test.py", "# SPDX-License-Identifier: MIT\n"),
]


class Rules(unittest.TestCase):
    def tree(self, folder, planted=None):
        root = pathlib.Path(folder)
        clean = {"include/shaken302/a.hpp": HEAD + "#include <string>\n",
                 "src/net/a.cpp": HEAD + '#include "sip/answer.hpp"\n#include <sys/socket.h>\n',
                 "tests/e2e/CMakeLists.txt": "",
                 "tests/core/CMakeLists.txt": "shaken302_tests(core)\n",
                 "tests/core/a_test.cpp": HEAD}
        for name, text in {**clean, **dict([planted] if planted else [])}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    def test_the_clean_tree_has_no_violation(self):
        with tempfile.TemporaryDirectory() as folder:
            root = self.tree(folder)
            for name, rule in source_rules.RULES.items():
                self.assertEqual([], list(rule(root)), name)

    def test_each_planted_violation_is_caught(self):
        for name, path, text in PLANTED:
            with self.subTest(rule=name, path=path, text=text[:80]), tempfile.TemporaryDirectory() as folder:
                found = list(source_rules.RULES[name](self.tree(folder, (path, text))))
                self.assertEqual(1, len(found), found)


if __name__ == "__main__":
    unittest.main()
