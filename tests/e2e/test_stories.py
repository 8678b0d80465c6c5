"""docs/stories.md, played: its commands work, and its words are those of today's program.

Figures may move with the measuring, so digits are not compared; the findings, their order, the names
and the tags are.
"""
import os
import re
import subprocess
import unittest

import story_tracks
from harness import MAKE_TRACK, MIXGAUGE, ROOT, Case


def blocks(text):
    """Commands with the output that the text shows for them, as pairs."""
    return re.findall(r"```sh\n(.*?)```\n+```\n(.*?)```", text, re.S)


def masked(text):
    """Without figures, bars and the places of line breaks, which depend on them."""
    text = re.sub(r"[#.]{10}", "BAR", text)
    return " ".join(re.sub(r"[-+]?\d+(\.\d+)?", "N", text).split())


class Stories(Case):
    def play(self, commands):
        """All that the commands print on standard output."""
        script = re.sub(r"^mixgauge ", f"'{MIXGAUGE}' ", commands, flags=re.M)
        return subprocess.run(["bash", "-e", "-c", script], cwd=self.dir, env=self.env, check=True,
                              stdout=subprocess.PIPE, text=True, timeout=120).stdout

    def test_the_words_are_true(self):
        story_tracks.premasters(self.dir)
        story_tracks.crate(self.dir)
        with open(os.path.join(ROOT, "docs", "stories.md"), encoding="utf-8") as file:
            told = blocks(file.read())
        self.assertEqual(len(told), 4)
        for commands, shown in told:
            printed, at = masked(self.play(commands)), 0
            for part in re.split(r"^\.\.\.$", shown, flags=re.M):
                found = printed.find(masked(part), at)
                self.assertGreaterEqual(found, 0, f"{commands}: not in order: {part}\n{printed}")
                at = found + len(masked(part))
        self.assertTrue(os.path.getsize(os.path.join(self.dir, "friday.xml")) > 1000)
        with open(os.path.join(self.dir, "premaster.html"), encoding="utf-8") as file:
            self.assertIn("Since the earlier version", file.read())

    def test_the_readme_shows_the_demo(self):
        """Its first screen is what `scripts/demo` prints of the first track."""
        with open(os.path.join(ROOT, "scripts", "demo"), encoding="utf-8") as file:
            options = re.search(r'"\$make_track" (.*?) "\$work/house.wav"', file.read()).group(1)
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
            shown = re.search(r"```\n(house\.wav\n.*?)```", file.read(), re.S).group(1)
        self.play(f"'{MAKE_TRACK}' {options} house.wav")
        self.assertEqual(masked(self.play("mixgauge analyze house.wav")), masked(shown))


if __name__ == "__main__":
    unittest.main()
