"""Many files and folders on a terminal and on a pipe."""
import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import termios
import unicodedata
import unittest

from harness import MIXGAUGE, Case, Tracks


def columns(line):
    """Columns by Unicode's own tables, which the program does not use."""
    return sum(0 if unicodedata.combining(c) else
               2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


class Table(Case):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.dir, "crate")
        os.makedirs(os.path.join(self.folder, "deeper"))
        tracks = {"a \u65e5\u672c\u8a9e.wav": dict(key="A minor"),
                  "b.WAV": dict(key="E minor", bpm=126, lufs=-12),
                  "c.wav": dict(key="F# minor", fault="polarity"),
                  "deeper/d.wav": dict(key="A minor", bpm=127)}
        for name, options in tracks.items():
            path, _ = Tracks.get("four-on-floor", "wav", seconds=20, **options)
            shutil.copyfile(path, os.path.join(self.folder, name))
        for name in ("notes.txt", ".hidden.wav", "cover.jpg"):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as out:
                out.write("no audio")

    def on_terminal(self, *args, width=70, **env):
        """What a terminal of this width is sent."""
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        process = subprocess.Popen([MIXGAUGE, *args], env={**self.env, **env}, stdout=follower,
                                   stderr=subprocess.PIPE, close_fds=True)
        os.close(follower)
        data = b""
        while True:
            try:
                chunk = os.read(leader, 65536)
            except OSError:
                break
            if not chunk:
                break
            data += chunk
        os.close(leader)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        return data.decode().replace("\r\n", "\n")

    def test_help_jobs_and_checks_fit_a_narrow_terminal(self):
        self.ok("enqueue", "--user", "me", os.path.join(self.folder, "c.wav"))
        listed = re.compile(r"[0-9a-f-]{36}\n    queued, .* of me: c\.wav")
        for width in (40, 59, 60, 80, 120):
            texts = [self.on_terminal(*args, width=width) for args in
                     (("--help",), ("analyze", "--help"), ("work", "--help"), ("list",))]
            checks = self.on_terminal("doctor", width=width).partition("\nChecks\n")[2]
            for line in "\n".join([*texts, checks]).splitlines():
                if "/" not in line:  # a path is not broken
                    self.assertLessEqual(columns(line), width, line)
            self.assertEqual(bool(listed.search(texts[3])), width < 100, texts[3])
            self.assertIn("analyze", texts[0])

    def test_one_screen_fits_its_terminal(self):
        tracks = [os.path.join(self.folder, name) for name in ("c.wav", "b.WAV")]
        old = os.path.join(self.dir, "old.json")
        with open(old, "w", encoding="utf-8") as out:
            out.write(self.ok("analyze", "--json", tracks[1]))
        said = set()
        for width in (60, 70, 80, 120):
            with self.subTest(width=width):
                text = self.on_terminal("analyze", "-q", "--reference", tracks[1], "--since", old,
                                        tracks[0], width=width)
                bare = re.sub(r"\x1b\[[0-9;]*m", "", text)
                for line in bare.splitlines():
                    self.assertLessEqual(columns(line), width, line)
                self.assertNotRegex(bare, r"\bnan\b")
                said.add(" ".join(sorted(re.sub(r"[#.]{10}", "", bare).split())))
        self.assertEqual(len(said), 1)  # the same words at every width

    def test_a_folder_is_a_table_and_a_set(self):
        text = self.ok("analyze", self.folder)
        rows = [line for line in text.splitlines() if re.match(r" *\d+ +-\d", line)]
        self.assertEqual(len(rows), 3)
        self.assertIn("c.wav", rows[0])
        self.assertIn("critical: ", rows[0])
        scores = [int(r.split()[0]) for r in rows[1:]]
        self.assertEqual(scores, sorted(scores))
        self.assertIn("As a set: 3 tracks", text)
        # the set is in the order of the names; b is 3 LU under the others, so it is turned up
        gains = [float(line.split()[0]) for line in text.splitlines()
                 if re.match(r" +[+-]\d", line)]
        self.assertEqual(len(gains), 3)
        self.assertAlmostEqual(gains[1] - gains[0], 3, delta=0.25)
        # A minor (8A, 128) and E minor (9A, 126) mix; F# minor with neither
        self.assertRegex(text, r"a \S+\.wav +b\.WAV \(9A, \+1\.6 %\)")
        self.assertRegex(text, r"b\.WAV +a \S+\.wav \(8A, -1\.6 %\)")
        self.assertNotIn("hidden", text)
        self.assertNotIn("deeper", text)

    def test_recursive_and_json(self):
        lines = self.ok("analyze", "--json", self.folder).splitlines()
        names = [json.loads(line)["file"] for line in lines]
        self.assertEqual(names, [os.path.join(self.folder, n)
                                 for n in ("a \u65e5\u672c\u8a9e.wav", "b.WAV", "c.wav")])
        lines = self.ok("analyze", "--json", "-r", self.folder).splitlines()
        self.assertEqual(json.loads(lines[-1])["file"],
                         os.path.join(self.folder, "deeper", "d.wav"))
        # one file of a directory is a line too: the shape does not depend on what lies there
        line = json.loads(self.ok("analyze", "--json", os.path.join(self.folder, "deeper")))
        self.assertEqual(line["exit"], 0)

    def test_files_alone_are_no_set(self):
        files = [os.path.join(self.folder, n) for n in ("b.WAV", "c.wav")]
        text = self.ok("analyze", *files)
        self.assertNotIn("As a set", text)
        self.assertEqual(self.ok("analyze", "-j", "1", *files),
                         self.ok("analyze", "-j", "2", *files))

    def test_a_bad_file_is_said_and_not_in_the_table(self):
        shutil.copyfile(os.path.join(self.folder, "notes.txt"),
                        os.path.join(self.folder, "fake.mp3"))
        done = self.mixgauge("analyze", self.folder)
        self.assertEqual(done.returncode, 65)
        self.assert_one_sentence(done.stderr)
        self.assertIn("fake.mp3", done.stderr)
        self.assertNotIn("fake.mp3", done.stdout)
        self.assertIn("As a set: 3 tracks", done.stdout)

    def test_fits_the_terminal(self):
        for width in (60, 72, 100, 160):
            text = self.on_terminal("analyze", "-q", self.folder, width=width)
            for line in re.sub("\x1b\\[[0-9]*m", "", text).splitlines():
                self.assertLessEqual(columns(line), width, line)
        one = self.on_terminal("analyze", "-q", os.path.join(self.folder, "c.wav"), width=90)
        self.assertLessEqual(max(columns(line) for line in
                                 re.sub("\x1b\\[[0-9]*m", "", one).splitlines()), 90)

    def test_colours_only_where_they_are_wanted(self):
        self.assertIn("\x1b[31m", self.on_terminal("analyze", "-q", self.folder))
        self.assertNotIn("\x1b", self.on_terminal("analyze", "-q", self.folder, NO_COLOR="1"))
        self.assertNotIn("\x1b", self.ok("analyze", self.folder))

    def test_nothing_there(self):
        empty = os.path.join(self.dir, "empty")
        os.mkdir(empty)
        for args in ([empty], ["-r", empty], [self.folder + "/b.WAV", empty]):
            done = self.mixgauge("analyze", *args)
            self.assertEqual(done.returncode, 66)
            self.assert_one_sentence(done.stderr)
            self.assertEqual(done.stdout, "")

    def test_a_link_to_a_folder_is_not_followed_round(self):
        os.symlink("..", os.path.join(self.folder, "deeper", "up"))
        lines = self.ok("analyze", "--json", "-r", self.folder).splitlines()
        self.assertEqual(len(lines), 4)


if __name__ == "__main__":
    unittest.main()
