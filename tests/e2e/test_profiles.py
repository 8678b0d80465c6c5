"""`profiles`: listed, shown, checked against the schema, learnt from tracks, replaced by a file."""
import json
import os
import shutil
import unittest

import jsonschema

from harness import ROOT, Case, Tracks

with open(os.path.join(ROOT, "schema", "profile.schema.json"), encoding="utf-8") as file:
    VALIDATOR = jsonschema.Draft202012Validator(json.load(file))

GENRES = ("ambient", "drum_and_bass", "dubstep", "electronic", "hip_hop", "house", "pop", "rock",
          "tech_house", "techno", "trance", "trap")


class Profiles(Case):
    def show(self, name):
        return json.loads(self.ok("profiles", "show", name))

    def write(self, name, profile):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as out:
            json.dump(profile, out)
        return path

    def test_every_genre_and_purpose_is_there_and_fits_the_schema(self):
        names = json.loads(self.ok("profiles", "--json"))
        self.assertEqual(names, [f"{g}/{p}" for g in GENRES
                                 for p in ("club", "premaster", "streaming")])
        self.assertEqual(len(self.ok("profiles").splitlines()), len(names))
        for name in names:
            profile = self.show(name)
            self.assertEqual([e.message for e in VALIDATOR.iter_errors(profile)], [], name)
            self.assertEqual(profile["name"], name)

    def test_a_wrong_file_is_refused_in_one_sentence_by_both_checks(self):
        def drop(p):
            del p["range_lu"]

        def swap(p):
            p["integrated_lufs"].update(low=-5, high=-9)

        bends = {"range_lu": drop, "integrated_lufs": swap,
                 "band_share.mid.low": lambda p: p["band_share"]["mid"].update(low="much"),
                 "psr_min_lu.evidence": lambda p: p["psr_min_lu"].update(evidence="hearsay"),
                 "psr_minimum": lambda p: p.update(psr_minimum=5),
                 "true_peak.source": lambda p: p["true_peak"].update(source=""),
                 "purpose": lambda p: p.update(purpose="party")}
        for field, bend in bends.items():
            with self.subTest(field=field):
                profile = self.show("electronic/club")
                bend(profile)
                done = self.mixgauge("profiles", "check", self.write("bent.json", profile))
                self.assertEqual(done.returncode, 78, done.stderr)
                self.assert_one_sentence(done.stderr)
                self.assertIn(field.split(".")[-1], done.stderr)
                if bend is not swap:  # a schema cannot compare two fields
                    self.assertFalse(VALIDATOR.is_valid(profile))
        good = self.write("good.json", self.show("techno/club"))
        self.assertIn("ok, techno/club", self.ok("profiles", "check", good))
        self.assertEqual(self.mixgauge("profiles", "check", "none.json").returncode, 66)
        self.assertEqual(self.mixgauge("profiles", "paint").returncode, 64)

    def test_what_is_no_profile_is_refused(self):
        hostile = {"list": b"[]", "nothing": b"", "cut": b'{"name": "x"',
                   "bytes": b'{"name":"\xff"}',
                   "number": b'{"name":"a/club","psr_min_lu":5}', "zeros": bytes(1 << 20),
                   "deep": b"[" * 60000, "twice": b'{"name":"a","name":"b"}'}
        for kind, data in hostile.items():
            with self.subTest(kind=kind):
                path = os.path.join(self.dir, kind + ".json")
                with open(path, "wb") as out:
                    out.write(data)
                done = self.mixgauge("profiles", "check", path)
                self.assertEqual(done.returncode, 78, done.stderr)
                self.assert_one_sentence(done.stderr)
        pipe = os.path.join(self.dir, "pipe.json")
        os.mkfifo(pipe)
        done = self.mixgauge("profiles", "check", pipe)
        self.assertEqual(done.returncode, 66)
        self.assertIn("is not a file", done.stderr)

    def test_what_cannot_be_learnt_from_is_said(self):
        folder, out = os.path.join(self.dir, "refs"), os.path.join(self.dir, "out.json")
        deeper = os.path.join(folder, "deeper")
        os.makedirs(deeper)
        track, _ = Tracks.get("four-on-floor", seconds=1)
        shutil.copyfile(track, os.path.join(folder, "short.wav"))
        done = self.mixgauge("profiles", "learn", folder, "-o", out)
        self.assertEqual(done.returncode, 65, done.stderr)
        self.assertIn("short.wav: too short or silent", done.stderr)
        self.assertFalse(os.path.exists(out))
        track, _ = Tracks.get("four-on-floor", seconds=20)
        shutil.copyfile(track, os.path.join(deeper, "long.wav"))
        done = self.mixgauge("profiles", "learn", "-r", folder, "-o", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 track says little", done.stderr)
        with open(out, encoding="utf-8") as file:
            self.assertTrue(json.load(file)["psr_min_lu"]["source"].startswith("1 track ("))

    def test_a_name_that_was_mistyped(self):
        for typed, meant in (("huose", "house"), ("house/clubb", "house/club"),
                             ("drum_and_base", "drum_and_bass"), ("tecno/club", "techno/club")):
            done = self.mixgauge("profiles", "show", typed)
            self.assertEqual(done.returncode, 66)
            self.assertIn(f"did you mean {meant}?", done.stderr)

    def test_a_file_of_ones_own_replaces_a_profile(self):
        track, _ = Tracks.get("four-on-floor", seconds=20)
        profile = self.show("electronic/club")
        profile["name"] = "mine/club"
        profile["integrated_lufs"].update(low=-30, high=-20)
        own = self.write("own.json", profile)
        result = json.loads(self.ok("analyze", "--json", "--profile", own, track))
        self.assertEqual(result["scores"]["loudness"]["profile"], "mine/club")
        item = next(i for i in result["feedback"] if i["code"] == "loudness.too_loud")
        self.assertEqual(item["target"], {"low": -30, "high": -20})
        self.assertEqual(item["source"], profile["integrated_lufs"]["source"])
        done = self.mixgauge("analyze", "--profile", self.write("bad.json", {}), track)
        self.assertEqual(done.returncode, 78)
        self.assert_one_sentence(done.stderr)

    def test_its_tempo_range_chooses_between_half_and_double(self):
        half_time, _ = Tracks.get("half-time", seconds=20, bpm=140)
        sparse, _ = Tracks.get("drum-and-bass", seconds=12, bpm=174)
        clear, _ = Tracks.get("four-on-floor", seconds=20, bpm=128)
        for track, profile, bpm in ((half_time, "dubstep/club", 140),
                                    (half_time, "hip_hop/streaming", 70),
                                    (sparse, "drum_and_bass/club", 174),
                                    (clear, "drum_and_bass/club", 128),
                                    (clear, "hip_hop/club", 128)):
            with self.subTest(track=track, profile=profile):
                result = json.loads(self.ok("analyze", "--json", "--profile", profile, track))
                self.assertAlmostEqual(result["tempo"]["bpm"], bpm, delta=0.1)

    def test_learnt_from_tracks_it_fits_them(self):
        folder = os.path.join(self.dir, "set")
        os.mkdir(folder)
        for i, kind in enumerate(("four-on-floor", "half-time", "drum-and-bass")):
            path, _ = Tracks.get(kind, seconds=20)
            shutil.copy(path, os.path.join(folder, f"{i}.wav"))
        with open(os.path.join(folder, "broken.wav"), "wb") as out:
            out.write(b"no audio")
        learnt = os.path.join(self.dir, "learnt.json")
        done = self.mixgauge("profiles", "learn", folder, "-o", learnt, "--profile",
                             "electronic/club")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("broken.wav", done.stderr)
        self.assertIn("3 tracks", done.stderr)
        with open(learnt, encoding="utf-8") as out:
            profile = json.load(out)
        self.assertEqual([e.message for e in VALIDATOR.iter_errors(profile)], [])
        target = profile["integrated_lufs"]
        self.assertEqual(target["evidence"], "measured")
        self.assertIn("3 tracks (too few to trust)", target["source"])
        values = sorted(json.loads(self.ok("analyze", "--json", os.path.join(folder, f"{i}.wav")))
                        ["loudness"]["integrated_lufs"] for i in range(3))
        self.assertAlmostEqual((target["low"] + target["high"]) / 2, values[1], delta=0.01)
        spread = 1.28 * 1.4826 * sorted(abs(v - values[1]) for v in values)[1]
        self.assertAlmostEqual(target["high"] - values[1], max(spread, 1.0), delta=0.02)
        for args, code in ((("learn", folder), 64), (("learn", "nowhere", "-o", learnt), 66),
                           (("learn", self.dir, "-o", learnt), 66)):
            done = self.mixgauge("profiles", *args)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assert_one_sentence(done.stderr)


if __name__ == "__main__":
    unittest.main()
