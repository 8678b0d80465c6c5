"""A reference track: on the command line and as a job's reference_key. The differences are planted
with ffmpeg."""
import json
import math
import os
import subprocess
import unittest

import jsonschema

from harness import ROOT, Case, ServiceCase, Tracks, wait_until
from test_analyze import closed

with open(os.path.join(ROOT, "schema", "result.schema.json"), encoding="utf-8") as file:
    VALIDATOR = jsonschema.Draft202012Validator(closed(json.load(file)))


def differences(result):
    return {m["name"]: m["difference"] for m in result["reference"]["measures"]}


class Reference(Case):
    def compare(self, track, reference, *args):
        return json.loads(self.ok("analyze", "--json", "--reference", reference, *args, track))

    def filtered(self, path, name, filters):
        out = os.path.join(self.dir, name)
        subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-af", filters, "-c:a", "pcm_f32le",
                        out], check=True)
        return out

    def test_the_same_file_differs_in_nothing(self):
        for form in ("wav", "mp3"):
            path, _ = Tracks.get("four-on-floor", form, seconds=30)
            result = self.compare(path, path)
            self.assertEqual(list(VALIDATOR.iter_errors(result)), [])
            reference = result["reference"]
            self.assertEqual(reference["sha256"], result["audio"]["sha256"])
            self.assertEqual(reference["gain_db"], 0)
            self.assertEqual({v for v in differences(result).values() if v is not None}, {0})
            self.assertEqual({t["level_db"] for t in reference["third_octave"]}, {0})
            for band in reference["bands"]:
                self.assertEqual({v for k, v in band.items() if k not in ("band", "reasons")
                                  and v is not None}, {0})

    def test_gain_alone_is_matched(self):
        path, _ = Tracks.get("four-on-floor", "wav", seconds=30)
        quiet = self.filtered(path, "quiet.wav", "volume=-6dB")
        result = self.compare(quiet, path)
        self.assertAlmostEqual(result["reference"]["gain_db"], -6, delta=0.02)
        for third in result["reference"]["third_octave"]:
            self.assertAlmostEqual(third["level_db"], 0, delta=0.11)
        self.assertAlmostEqual(differences(result)["loudness.true_peak_dbtp"], 0, delta=0.05)

    def test_a_shelf_shows_in_its_bands(self):
        path, _ = Tracks.get("four-on-floor", "wav", seconds=30)
        bright = self.filtered(path, "bright.wav", "volume=-8dB,treble=g=6:f=2000:t=q:w=0.707")
        reference = self.compare(bright, path)["reference"]
        thirds = {round(t["hz"]): t["level_db"] for t in reference["third_octave"]}
        low, high = thirds[100], thirds[15849]
        self.assertAlmostEqual(high - low, 6, delta=0.3)
        self.assertAlmostEqual(thirds[1995] - low, 3, delta=0.5)  # half way up
        bands = {b["band"]: b["level_db"] for b in reference["bands"]}
        self.assertAlmostEqual(bands["high"] - bands["bass"], 6, delta=0.3)
        self.assertGreater(bands["high"], bands["mid"])

    def test_rates_and_channels_may_differ(self):
        path, _ = Tracks.get("four-on-floor", "wav", seconds=30)
        other = os.path.join(self.dir, "mono.wav")
        subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-ac", "1", "-ar", "48000", other],
                       check=True)
        reference = self.compare(path, other)["reference"]
        self.assertEqual((reference["channels"], reference["sample_rate_hz"]), (1, 48000))
        self.assertAlmostEqual(reference["gain_db"], 0, delta=0.3)
        stereo = [m for m in reference["measures"] if m["name"] == "stereo.width"][0]
        self.assertIsNone(stereo["difference"])
        self.assertEqual(stereo["reasons"]["reference"], "mono")
        # mono loses what the sides hold: little in this track
        for third in reference["third_octave"][3:28]:
            self.assertLess(math.fabs(third["level_db"]), 1.0)

    def test_silence_has_no_loudness_to_match(self):
        path, _ = Tracks.get("four-on-floor", "wav", seconds=30)
        silent = os.path.join(self.dir, "silent.wav")
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anullsrc", "-t", "5", silent],
                       check=True)
        result = self.compare(path, silent)
        self.assertEqual(list(VALIDATOR.iter_errors(result)), [])
        self.assertEqual(result["reference"]["reasons"]["gain_db"], "silent")

    def test_a_moment_cannot_be_matched(self):
        track, _ = Tracks.get("four-on-floor", seconds=20)
        short, page = os.path.join(self.dir, "short.wav"), os.path.join(self.dir, "page.html")
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", track, "-t", "0.3", short],
                       check=True)
        text = self.ok("analyze", "--reference", short, "--report", page, track)
        self.assertRegex(text, r"Reference +cannot be matched: one of the two is too short")
        self.assertNotIn("sub -,", text)
        with open(page, encoding="utf-8") as file:
            self.assertIn("One of the two is too short or silent", file.read())

    def test_a_bad_reference_is_told_apart(self):
        path, _ = Tracks.get("drum-loop", "wav", seconds=4)
        text = os.path.join(self.dir, "notes.txt")
        with open(text, "w", encoding="utf-8") as out:
            out.write("no audio\n" * 100)
        for reference, code in ((text, 65), (os.path.join(self.dir, "none.wav"), 66),
                                (self.dir, 66)):
            with self.subTest(reference=reference):
                done = self.mixgauge("analyze", "-q", "--json", "--reference", reference, path)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn("reference", done.stderr)
                self.assert_one_sentence(done.stderr)
        done = self.mixgauge("analyze", "-q", "--reference", path, "--limit-seconds", "3", path)
        self.assertEqual(done.returncode, 65)

    def test_limits_hold_for_the_reference(self):
        short, _ = Tracks.get("drum-loop", "wav", seconds=4)
        long, _ = Tracks.get("four-on-floor", "wav", seconds=30)
        done = self.mixgauge("analyze", "-q", "--reference", long, "--limit-seconds", "10", short)
        self.assertEqual(done.returncode, 65)
        self.assertIn("the reference", done.stderr)

    def test_many_files_share_one(self):
        files = [Tracks.get("drum-loop", "wav", seconds=4)[0],
                 Tracks.get("four-on-floor", "mp3", seconds=30)[0]]
        lines = self.ok("analyze", "--json", "-j", "2", "--reference", files[0], *files)
        results = [json.loads(line)["result"] for line in lines.splitlines()]
        self.assertEqual(len({r["reference"]["sha256"] for r in results}), 1)


class ReferenceKey(ServiceCase):
    def test_a_job_with_a_reference(self):
        path, _ = Tracks.get("four-on-floor", "wav", seconds=30)
        other, _ = Tracks.get("drum-and-bass", "mp3", seconds=30)
        job = self.announce("u1", self.upload("u1", path), reference_key=self.upload("u1", other))
        gone = self.announce("u1", self.upload("u1", path), reference_key="u1/none.wav")
        worker = self.start("work")
        done = wait_until(lambda: self.jobs_by_state().get("succeeded"))
        self.assertEqual(done, 1, self.log_of(worker))
        # four attempts, as for a track that is missing; their pauses are cut short
        def died():
            self.psql("UPDATE mixgauge.jobs SET run_at = 0 WHERE state = 'retry_wait'")
            return self.jobs_by_state().get("dead")
        dead = wait_until(died)
        self.stop(worker)
        self.assertEqual(dead, 1, self.log_of(worker))
        self.assertIn("audio_missing", self.ok("explain", gone))
        stored = json.loads(self.ok("show", job, "--json"))
        alone = json.loads(self.ok("analyze", "--json", "--reference", other, path))
        result = stored.get("result", stored)
        self.assertEqual(result["reference"], alone["reference"])
        self.assertIsNotNone(result["reference"]["gain_db"])


if __name__ == "__main__":
    unittest.main()
