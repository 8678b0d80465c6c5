"""What scripts/test counts of a meson run: a program that fails hides behind none of its tests."""
import os
import subprocess
import unittest

from harness import ROOT, Case

# name: what the program does; tests it passes, tests or programs that fail
PROGRAMS = {
    "fine": ("echo 1..2; echo ok 1 - a; echo ok 2 - b", 2, 0),
    "one-fails": ("echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1", 1, 1),
    "skipped": ("echo 1..2; echo ok 1 - a; echo 'ok 2 - b # SKIP no server'", 1, 1),
    "leak-at-the-end": ("echo 1..1; echo ok 1 - a; echo leaked >&2; exit 23", 1, 1),
    "killed": ("echo 1..2; echo ok 1 - a; kill -SEGV $$", 1, 1),
    "too-few": ("echo 1..3; echo ok 1 - a", 1, 1),
    "out-of-time": ("echo 1..2; echo ok 1 - a; exec sleep 60", 1, 1),
    "says-nothing": ("exit 0", 0, 1),
}


class Counts(Case):
    def count(self, *names):
        log = os.path.join(self.dir, "build", "meson-logs", "log")
        subprocess.run(["meson", "test", "-C", os.path.join(self.dir, "build"), "--logbase", "log",
                        *names], env=self.env, capture_output=True)
        done = subprocess.run(["/usr/bin/python3", os.path.join(ROOT, "scripts", "count_tests.py"),
                               log], text=True, capture_output=True, check=True)
        return tuple(int(word) for word in done.stdout.split()), done.stderr

    def test_a_program_that_fails_is_counted(self):
        with open(os.path.join(self.dir, "meson.build"), "w", encoding="utf-8") as file:
            file.write("project('counts', meson_version: '>= 1.0')\nsh = find_program('sh')\n")
            for name, (script, _, _) in PROGRAMS.items():
                path = os.path.join(self.dir, name + ".sh")
                with open(path, "w", encoding="utf-8") as out:
                    out.write(script + "\n")
                file.write(f"test('{name}', sh, args: '{path}', protocol: 'tap', timeout: 1)\n")
        subprocess.run(["meson", "setup", os.path.join(self.dir, "build"), self.dir], check=True,
                       env=self.env, capture_output=True)
        for name, (_, passed, failed) in PROGRAMS.items():
            with self.subTest(name):
                counted, said = self.count(name)
                self.assertEqual(counted, (passed, failed), said)
                self.assertEqual(name in said, failed > 0)
        sums = tuple(sum(program[n] for program in PROGRAMS.values()) for n in (1, 2))
        self.assertEqual(self.count()[0], sums)


if __name__ == "__main__":
    unittest.main()
