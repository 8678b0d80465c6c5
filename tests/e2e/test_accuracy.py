"""`bench/run accuracy`: what is counted as right, and the table of figures beside their goals."""
import csv
import json
import os
import re
import subprocess
import sys

from harness import BUILD, MIXGAUGE, ROOT, Case, Tracks

BENCH = os.path.join(ROOT, "bench")
sys.path.insert(0, BENCH)

from accuracy_generated import DEFAULT_SETS, Generated  # noqa: E402
from accuracy_score import at_ratios, key_score, wilson  # noqa: E402
from accuracy_table import BY_CASE, BY_SET  # noqa: E402
from accuracy_tracks import Job, jobs_of  # noqa: E402


def table(*args):
    return subprocess.run([sys.executable, os.path.join(BENCH, "accuracy_table.py"), "--build",
                           BUILD, *args], capture_output=True, text=True, timeout=100, check=False)


def figure(text, name):
    """(share, of how many, whether missed) of the goals' line that begins so."""
    line = next(line for line in text.splitlines() if line.startswith(name + "  "))
    share, n = re.search(r"([\d.]+) % of (\d+)", line).groups()
    return float(share), int(n), line.endswith("MISSED")


class Right(Case):
    def test_keys(self):
        cases = (("A minor", "A minor", 1), ("Db major", "C# major", 1),
                 ("Gb minor", "F# minor", 1), ("A\u266d major", "G# major", 1),
                 ("E minor", "A minor", .5), ("D minor", "A minor", .5), ("C major", "A minor", .3), ("A minor", "C major", .3),
                 ("A major", "A minor", .2), ("G major", "A minor", 0), ("A# minor", "A minor", 0),
                 (None, "A minor", 0))
        for estimate, truth, score in cases:
            self.assertEqual(key_score(estimate, truth), score, (estimate, truth))

    def test_tempi(self):
        for bpm, truth, acc1, acc2 in ((128, 128, True, True), (133, 128, True, True),
                                       (133.2, 128, False, False), (64, 128, False, True),
                                       (43, 128, False, True), (96, 128, False, False),
                                       (None, 128, False, False)):
            right = at_ratios(bpm, truth)
            self.assertEqual((right[0], any(right)), (acc1, acc2), (bpm, truth))

    def test_intervals(self):
        # Brown, Cai, DasGupta 2001: Wilson's interval of 97 of 100, and of 0 of 10
        for hits, n, low, high in ((97, 100, 0.9155, 0.9897), (0, 10, 0, 0.2775)):
            got = wilson(hits, n)
            self.assertAlmostEqual(got[0], low, 4)
            self.assertAlmostEqual(got[1], high, 4)


class Judged(Case):
    """Results made up: what each set counts."""
    TRUTH = {"kind": "house", "bpm": 120.0, "octave_fixed": True, "constant": True,
             "first_beat_s": 0.1, "downbeat_index": 0, "seconds": 600, "cents": 20.0,
             "key": "A minor", "keys": [{"key": "A minor"}]}

    def judged(self, name, bpm=120.0, first=0.1, key="A minor", cents=20.0, truth=None):
        ret = Generated()
        result = {"tempo": {"bpm": bpm, "confidence": 0.9, "grid": {
                      "period_s": bpm and 60 / bpm, "first_beat_s": first, "downbeat_index": 0}},
                  "key": {"name": key, "tuning_cents": cents, "confidence": 0.9}}
        ret.add(Job(name, "house", None, []), {**self.TRUTH, **(truth or {})}, result)
        shares = {c: ret.by_set.of(c)[0] for c in ret.by_set.lines.get(name, {})}
        return shares, ret.misses

    def test_all_right(self):
        shares, misses = self.judged("long")
        for column in ("acc1", "acc2", "0.05", "0.01", "first", "last", "bar", "key", "weighted"):
            self.assertEqual(shares[column], 1, column)
        self.assertEqual(shares["flips"], 0)
        self.assertEqual(misses, [])

    def test_tempo_and_grid(self):
        shares, misses = self.judged("genres", first=0.35)
        self.assertEqual((shares["flips"], shares["first"], len(misses)), (1, 0, 1))
        shares, misses = self.judged("genres", bpm=60.0)  # every second beat
        self.assertEqual([shares[c] for c in ("acc1", "acc2", "0.05", "0.01", "first")],
                         [0, 1, 0, 1, 1])
        shares, misses = self.judged("long", bpm=120.003)  # 15 ms in ten minutes
        self.assertEqual([shares[c] for c in ("0.01", "first", "last")], [1, 1, 0])
        self.assertRegex(misses[0], "last beat")
        shares, misses = self.judged("genres", bpm=None)
        self.assertEqual([shares[c] for c in ("acc1", "acc2", "0.05", "0.01", "first")], [0] * 5)

    def test_detuned(self):
        self.assertEqual(self.judged("detuned", cents=22.9)[0]["tuning"], 1)
        self.assertEqual(self.judged("detuned", cents=23.1)[0]["tuning"], 0)
        # half a semitone up is the next key, half a semitone down
        half = {"cents": 50.0}
        self.assertEqual(self.judged("detuned", key="Bb minor", cents=-50.0, truth=half)[0],
                         self.judged("detuned", cents=50.0, truth=half)[0])
        shares, misses = self.judged("detuned", key="E minor")
        self.assertEqual((shares["key"], shares["weighted"], len(misses)), (0, 0.5, 1))
        self.assertNotIn("tuning", shares)

    def test_mixes(self):
        truth = {"kind": "mix", "fade_s": 30.0, "tempi": [{"start_s": 0, "bpm": 124}], "keys": [
            {"start_s": 0, "key": "A minor"}, {"start_s": 100, "key": "E minor"},
            {"start_s": 200, "key": "G major"}]}
        segments = [{"start_s": s, "end_s": e, "name": name} for s, e, name in (
            (0, 90, "A minor"), (90, 150, "E minor"), (150, 160, None), (160, 230, "E minor"),
            (230, 300, "G major"))]
        ret = Generated()
        ret.add(Job("mixes", "mix", None, []), truth,
                {"tempo": {"bpm": 62.0, "tempo_map": [], "beats_s": []},
                 "key": {"segments": segments}, "audio": {"duration_s": 300.0}})
        self.assertEqual(ret.by_set.of("changes"), (1, 2))  # the second comes 30 s late
        self.assertEqual(ret.by_set.of("said"), (1, 2))
        # all but ten seconds before the first, ten of none, thirty before the second
        self.assertEqual(ret.by_set.of("in key"), (250 / 300, 1))
        self.assertEqual((ret.by_set.of("tempo"), ret.by_set.of("octave")), ((0, 1), (1, 1)))
        self.assertEqual(len(ret.misses), 1)  # half the tempo; no key is missed

    def test_leaps(self):
        truth = {"kind": "leaps", "constant": False, "tempi": [
            {"start_s": 0.0, "bpm": 120, "kind": "house", "first_beat_s": 0.0},
            {"start_s": 60.0, "bpm": 160, "kind": "dnb", "first_beat_s": 60.0}]}
        tempo = {"bpm": 120.0, "beats_s": [0.5 * n for n in range(126)] + [
                     63 + 0.75 * n for n in range(36)], "tempo_map": [
                     {"start_s": 0.0, "bpm": 120.0}, {"start_s": 63.0, "bpm": 80.0}]}
        ret = Generated()
        ret.add(Job("leaps", "leaps", None, []), truth,
                {"tempo": tempo, "key": None, "audio": {"duration_s": 90.0}})
        self.assertEqual(ret.by_set.of("tempo"), (60 / 90, 1))
        self.assertEqual(ret.by_set.of("octave"), (87 / 90, 1))
        self.assertEqual((ret.by_set.of("leaps"), ret.off), ((1, 1), [3.0]))
        # of the second track's 80 beats two before 63 s, then every second
        self.assertEqual(ret.by_set.of("met"), (1 + 38 / 80, 2))
        self.assertEqual(len(ret.misses), 1)

    def test_nothing_there(self):
        shares, misses = self.judged("none", truth={"bpm": None, "key": None})
        self.assertEqual((shares["bpm?"], shares["key?"], len(misses)), (1, 1, 2))
        shares, misses = self.judged("none", bpm=None, key=None,
                                     truth={"bpm": None, "key": None})
        self.assertEqual((shares["bpm?"], shares["key?"], misses), (0, 0, []))

    def test_every_set_has_a_goal(self):
        jobs = jobs_of(BUILD, DEFAULT_SETS, 1, 1, quick=True)
        self.assertEqual({j.set for j in jobs}, set(DEFAULT_SETS))
        cases = {j.set for j in jobs for g in BY_CASE if j.case in g.groups}
        self.assertEqual({g for goal in BY_SET for g in goal.groups} | cases, set(DEFAULT_SETS))


class Table(Case):
    def corpus(self, name, *rows):
        """A folder with a manifest. @param rows  (id, bpm, octave, beat, key)"""
        folder = os.path.join(self.dir, name)
        os.mkdir(folder)
        with open(os.path.join(folder, "manifest.csv"), "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["id", "file", "genre", "bpm", "octave", "beat", "key"])
            writer.writerows([i, self.audio, "club/house", *truth] for i, *truth in rows)
        return folder

    def setUp(self):
        super().setUp()
        self.audio, _ = Tracks.get("four-on-floor", seconds=20)
        with open(os.path.join(self.dir, "result.json"), "w", encoding="utf-8") as out:
            subprocess.run([MIXGAUGE, "analyze", "--json", self.audio], stdout=out, check=True)
        with open(out.name, encoding="utf-8") as file:
            result = json.load(file)
        # what the truths below rest on; how good it is others test
        self.assertEqual((result["tempo"]["bpm"], result["key"]["name"]), (128.0, "A minor"))

    def test_recordings(self):
        first = self.corpus("first", ("a1", "128", "fixed", "clear", "A minor"),
                            ("a2", "64", "fixed", "clear", "C major"),
                            ("b1", "64", "ambiguous", "clear", ""))
        second = self.corpus("second", ("c1", "128.06", "fixed", "clear", "D minor"),
                             ("c2", "100", "fixed", "weak", ""))
        done = table("--recordings-only", first, second)
        self.assertEqual(done.returncode, 0, done.stderr)
        pooled = done.stdout[done.stdout.index("recordings: pooled"):]
        for name, expected in (("tempo Acc1", (66.7, 3, True)), ("tempo Acc2", (100.0, 4, False)),
                               ("within 0.05 BPM, octave fixed", (33.3, 3, True)),
                               ("key exact", (33.3, 3, True)), ("key weighted", (60.0, 3, True))):
            self.assertEqual(figure(pooled, name), expected, name)
        self.assertEqual(figure(done.stdout, "key weighted"), (65.0, 2, True))  # of the first
        self.assertRegex(pooled, r"(?m)^a +50\.0 /2 ")  # sources
        self.assertIn("4 misses", pooled)
        self.assertIn("pooled: a2: A minor for C major", pooled)

    def test_a_file_that_cannot_be_read_is_wrong(self):
        folder = self.corpus("one", ("a1", "128", "fixed", "clear", "A minor"))
        with open(os.path.join(folder, "manifest.csv"), "a", encoding="utf-8") as out:
            out.write("a2,missing.wav,club/house,128,fixed,clear,A minor\n")
        done = table("--recordings-only", folder)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(figure(done.stdout, "tempo Acc2"), (50.0, 2, True))
        self.assertIn("a2: no result", done.stdout)

    def test_generated(self):
        keep = os.path.join(self.dir, "keep")
        args = ("--set", "moving", "--tracks", "1", "--no-cost", "--keep", keep)
        done = table(*args)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(figure(done.stdout, "octave, hard cases")[1], 3)
        self.assertRegex(done.stdout, r"(?m)^ritardando +[\d.]+ /1")
        made = {e.name: e.stat().st_mtime_ns for e in os.scandir(keep)}
        self.assertEqual(len(made), 6)
        self.assertEqual(table(*args).stdout, done.stdout)
        self.assertEqual({e.name: e.stat().st_mtime_ns for e in os.scandir(keep)}, made)
