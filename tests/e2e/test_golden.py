"""The frozen results of tests/golden are those of today's program, in form and in what matters."""
import json
import os
import shutil
import unittest

import golden_tracks
from harness import ROOT, new_folder

GOLDEN = os.path.join(ROOT, "tests", "golden")

# What may differ by rounding and the last digit of another processor's arithmetic, and by how much
NUMBERS = {"audio.duration_s": 0.0, "loudness.integrated_lufs": 0.02, "loudness.range_lu": 0.2,
           "loudness.true_peak_dbtp": 0.05, "dynamics.crest_factor_db": 0.05,
           "spectrum.tilt_db_per_octave": 0.05, "stereo.correlation": 0.005,
           "stereo.mono_loss_db": 0.05, "tempo.bpm": 0.02, "key.tuning_cents": 1.0,
           "technical.clipped_samples": 0.0}
TEXTS = ("audio.codec", "tempo.constant", "key.name", "scores.overall.profile")
AGAIN = "after a change that is meant: see tests/golden/README"


def at(result, path):
    for name in path.split("."):
        result = result[name]
    return result


def paths(value, path=""):
    """Every place of a document that can hold a value; the elements of a list are one place, and so
    are the names of a table such as `reasons`."""
    if isinstance(value, dict):
        if path.endswith(".reasons"):
            yield path
            return
        for name, inner in value.items():
            yield from paths(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, path + "[]")
    else:
        yield path


class Golden(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = new_folder("mg-golden")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        golden_tracks.render(cls.folder)

    def check(self, name):
        with open(os.path.join(GOLDEN, name + ".json"), encoding="utf-8") as file:
            frozen = json.load(file)
        fresh = golden_tracks.shorten(json.loads(golden_tracks.analyse(self.folder, name)))
        self.assertEqual(sorted(set(paths(fresh))), sorted(set(paths(frozen))), AGAIN)
        for score, was in frozen["scores"].items():
            self.assertEqual([part["name"] for part in fresh["scores"][score]["parts"]],
                             [part["name"] for part in was["parts"]], AGAIN)
        for path in TEXTS:
            self.assertEqual(at(fresh, path), at(frozen, path), path)
        for path, tolerance in NUMBERS.items():
            got, want = at(fresh, path), at(frozen, path)
            self.assertEqual(got is None, want is None, path)
            if want is not None:
                self.assertLessEqual(abs(got - want), tolerance + 1e-9, (path, got, want))
        self.assertEqual(*({item["code"] for item in result["feedback"]
                            if item["severity"] in ("major", "critical")}
                           for result in (fresh, frozen)), AGAIN)

    def test_every_track(self):
        kept = {file[:-5] for file in os.listdir(GOLDEN) if file.endswith(".json")}
        self.assertEqual(kept, set(golden_tracks.NAMES))
        for name in golden_tracks.NAMES:
            with self.subTest(name):
                self.check(name)


if __name__ == "__main__":
    unittest.main()
