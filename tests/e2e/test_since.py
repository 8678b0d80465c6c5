"""`analyze --since`: two versions of a track, edited with a tool that is not ours."""
import json
import os
import subprocess
import unittest

import jsonschema

from harness import ROOT, Case, Tracks
from test_analyze import closed
from test_report import Page

with open(os.path.join(ROOT, "schema", "result.schema.json"), encoding="utf-8") as file:
    VALIDATOR = jsonschema.Draft202012Validator(closed(json.load(file)))


class Since(Case):
    def setUp(self):
        super().setUp()
        self.first, _ = Tracks.get("four-on-floor", "wav", seconds=30, fault="dc-offset")
        self.second, _ = Tracks.get("four-on-floor", "wav", seconds=30)
        self.old = os.path.join(self.dir, "old.json")
        with open(self.old, "w", encoding="utf-8") as out:
            out.write(self.ok("analyze", "--json", "--excerpt", self.first))

    def since(self, *args):
        return json.loads(self.ok("analyze", "--json", "--since", self.old, *args))

    def test_a_fault_that_was_mended(self):
        result = self.since("--excerpt", self.second)
        self.assertEqual(list(VALIDATOR.iter_errors(result)), [])
        since = result["since"]
        self.assertIn("technical.dc_offset", [i["code"] for i in since["resolved"]])
        self.assertEqual(since["new"], [])
        self.assertEqual(since["warnings"], [])
        bare = self.ok("analyze", "--json", "--excerpt", self.second).rstrip("\n")
        both = self.ok("analyze", "--json", "--excerpt", "--since", self.old, self.second)
        self.assertTrue(both.startswith(bare[:-1] + ',"since":{'))

    def test_louder_by_a_known_amount(self):
        louder = os.path.join(self.dir, "louder.wav")
        subprocess.run(["ffmpeg", "-v", "error", "-i", self.first, "-af", "volume=3dB", "-c:a",
                        "pcm_f32le", louder], check=True)
        since = self.since("--excerpt", louder)["since"]
        changes = {m["name"]: m["change"] for m in since["measures"]}
        self.assertAlmostEqual(changes["loudness.integrated_lufs"], 3, delta=0.02)
        self.assertAlmostEqual(changes["loudness.true_peak_dbtp"], 3, delta=0.05)
        self.assertAlmostEqual(changes["bands.bass"], 3, delta=0.11)
        self.assertNotIn("stereo.width", changes)
        trends = {i["code"]: i for i in since["unchanged"]}
        codes = {i["code"] for i in since["new"]} | {c for c, i in trends.items()
                                                     if i["trend"] == "worse"}
        self.assertIn("loudness.true_peak_over", codes)

    def test_another_profile_is_said(self):
        since = self.since("--excerpt", "--profile", "electronic/club", self.first)["since"]
        self.assertEqual(since["warnings"], ["same_audio", "other_profile"])
        self.assertEqual(self.since(self.first)["since"]["warnings"],
                         ["same_audio", "other_params"])

    def test_text(self):
        text = self.ok("analyze", "--excerpt", "--since", self.old, self.second)
        self.assertIn("resolved", text)
        self.assertIn("Score, overall", text)
        words = text.replace(self.second, "").replace(self.old, "")  # a path may look like an id
        self.assertNotRegex(words, r"[a-z]+\.[a-z]+_[a-z]")
        self.assertNotIn("\x1b", text)

    def test_the_page(self):
        page, plain = (os.path.join(self.dir, name) for name in ("page.html", "plain.html"))
        result = json.loads(self.ok("analyze", "--json", "--excerpt", "--since", self.old,
                                    "--report", page, self.second))
        self.ok("analyze", "--json", "--excerpt", "--report", plain, self.second)
        with open(page, encoding="utf-8") as file:
            said = Page(file.read()).said
        for item in result["since"]["resolved"]:
            self.assertIn("resolved" + item["message"], said)
        for item in result["since"]["unchanged"]:
            now = next(f for f in result["feedback"] if f["code"] == item["now"])
            self.assertIn(item["trend"] + now["message"], said)
        scores = {m["name"]: m for m in result["since"]["measures"]}
        technical = scores["scores.technical"]
        self.assertIn(f"{technical['before']} → {technical['now']} +{technical['change']}", said)
        with open(plain, encoding="utf-8") as file:
            self.assertNotIn("earlier version", Page(file.read()).said)

    def test_a_line_of_several_is_taken(self):
        lines = self.ok("analyze", "--json", self.first, self.second).splitlines()
        with open(self.old, "w", encoding="utf-8") as out:
            out.write(lines[0])
        self.assertEqual(self.since(self.first)["since"]["warnings"], ["same_audio"])

    def test_wrong_use(self):
        bad = os.path.join(self.dir, "bad.json")
        with open(bad, "w", encoding="utf-8") as out:
            out.write("[1, 2")
        other = os.path.join(self.dir, "other.json")
        with open(other, "w", encoding="utf-8") as out:
            out.write("{}")
        for args, code in (([bad, self.second], 78), ([other, self.second], 78),
                           ([os.path.join(self.dir, "none"), self.second], 66),
                           ([self.dir, self.second], 66),
                           ([self.old, self.first, self.second], 64)):
            with self.subTest(args=args):
                done = self.mixgauge("analyze", "--since", *args)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assert_one_sentence(done.stderr)
                self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
