#!/usr/bin/env python3
"""Accuracy of tempo and key against tracks whose truth is known.

usage: accuracy.py --build BUILD [--corpus DIR ...] [--seconds N] [--jobs N] [--failures]

Without a corpus, tracks are rendered by make-track: every kind in several keys and at several
tempi, integer and fractional. A corpus is a folder with manifest.csv (id, file, genre, bpm, octave,
beat, key) and the audio: `octave` = ambiguous counts for Accuracy2 alone, `beat` = weak not at all.

Accuracy1: within 4 % of the truth; Accuracy2: also at 2, 3, 1/2, 1/3 of it; fine: within 0.05 BPM.
Key: exact, and weighted as in MIREX (a fifth either way 0.5, relative 0.3, parallel 0.2). "printed"
counts values given where there is none: a tempo without a beat, a key for drums alone. Calibration
is the mean difference between confidence and share of right answers over ten bins.
"""
import argparse
import collections
import concurrent.futures
import csv
import json
import os
import subprocess
import sys
import tempfile

KEYS = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
ALIASES = {"C#": "Db", "D#": "Eb", "Gb": "F#", "G#": "Ab", "A#": "Bb"}
MINOR = {"Db": "C#", "Ab": "G#"}
RATIOS = (1, 2, 3, 1 / 2, 1 / 3)


def parse_key(name):
    tonic, mode = name.split()
    return KEYS.index(ALIASES.get(tonic, tonic)), mode


def key_score(estimate, truth):
    (e, em), (t, tm) = parse_key(estimate), parse_key(truth)
    if (e, em) == (t, tm):
        return 1.0
    if em == tm:
        return 0.5 if (e - t) % 12 in (5, 7) else 0.0
    relative = (t - e) % 12 == 3 if tm == "major" else (e - t) % 12 == 3
    return 0.3 if relative else 0.2 if e == t else 0.0


def rendered(build, seconds, folder):
    """Rows like a manifest's, made by the generator."""
    make_track = os.path.join(build, "bench", "make-track")
    tempi = {"four-on-floor": (120, 124.5, 128, 133.33), "drum-and-bass": (170, 174, 175.25),
             "half-time": (136, 140, 143.7), "drum-loop": (100, 125, 140), "ambient": (80,),
             "chord-pad": (100,)}
    rows = []
    for kind, bpms in tempi.items():
        for i, bpm in enumerate(bpms):
            for k, tonic in enumerate(KEYS[i % 3::3]):
                mode = "minor" if k % 2 else "major"
                key = f"{MINOR.get(tonic, tonic) if mode == 'minor' else tonic} {mode}"
                path = os.path.join(folder, f"{kind}-{bpm}-{tonic}{mode}.wav")
                command = [make_track, kind, "--bpm", str(bpm), "--key", key, "--seconds",
                           str(seconds), path]
                truth = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
                rows.append({"id": os.path.basename(path), "path": path, "genre": kind,
                             "bpm": truth["bpm"] or "", "octave": "fixed", "beat": "clear",
                             "none_bpm": truth["bpm"] is None, "key": truth["key"] or "",
                             "none_key": truth["key"] is None})
    return rows


def from_corpus(folder):
    with open(os.path.join(folder, "manifest.csv"), encoding="utf-8", newline="") as file:
        return [dict(row, path=os.path.join(folder, row["file"]), none_bpm=False, none_key=False)
                for row in csv.DictReader(file)]


def analyze(build, path):
    done = subprocess.run([os.path.join(build, "mixgauge"), "analyze", "--json", "--excerpt", path],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    return json.loads(done.stdout)


class Table:
    """Counts per group; a group is a genre's first word or the corpus as a whole."""

    def __init__(self):
        self.groups = collections.OrderedDict()
        self.bins = {"tempo": [[0, 0, 0.0] for _ in range(10)],
                     "key": [[0, 0, 0.0] for _ in range(10)]}
        self.failures = []

    def count(self, group, what, hit):
        for name in (group, "all"):
            entry = self.groups.setdefault(name, collections.defaultdict(lambda: [0.0, 0]))
            entry[what][0] += hit
            entry[what][1] += 1

    def calibrate(self, what, confidence, right):
        entry = self.bins[what][min(int(confidence * 10), 9)]
        entry[0] += 1
        entry[1] += right
        entry[2] += confidence

    def add(self, row, result):
        group = row["genre"].split("/")[0]
        if result is None:
            self.count(group, "errors", 1)
            self.failures.append(f"{row['id']}: no result")
            return
        bpm, key = result["tempo"]["bpm"], result["key"]["name"]
        if row["none_bpm"]:
            self.count(group, "bpm printed", bpm is not None)
        elif row["bpm"] and row["beat"] != "weak":
            truth = float(row["bpm"])
            right = [bpm is not None and abs(bpm - truth * r) <= 0.04 * truth * r for r in RATIOS]
            self.count(group, "acc2", any(right))
            if row["octave"] == "fixed":
                self.count(group, "acc1", right[0])
                self.count(group, "fine", bpm is not None and abs(bpm - truth) <= 0.05)
                self.calibrate("tempo", result["tempo"]["confidence"], right[0])
            if not (right[0] or (row["octave"] != "fixed" and any(right))):
                self.failures.append(f"{row['id']}: {bpm} BPM for {truth:g}")
        if row["none_key"]:
            self.count(group, "key printed", key is not None)
        elif row["key"]:
            score = key_score(key, row["key"]) if key else 0.0
            self.count(group, "key", score == 1.0)
            self.count(group, "weighted", score)
            self.calibrate("key", result["key"]["confidence"] if key else 0.0, score == 1.0)
            if score < 1.0:
                self.failures.append(f"{row['id']}: {key} for {row['key']}")

    def show(self, reliability):
        columns = ("acc1", "acc2", "fine", "bpm printed", "key", "weighted", "key printed",
                   "errors")
        print(f"{'':16}" + "".join(f"{c:>15}" for c in columns))
        for name in sorted(self.groups, key=lambda g: (g == "all", g)):
            cells = ""
            for column in columns:
                hits, n = self.groups[name][column]
                cells += f"{f'{100 * hits / n:.1f} of {n}' if n else '-':>15}"
            print(f"{name:16}{cells}")
        for what, bins in self.bins.items():
            n = sum(b[0] for b in bins)
            if n:
                error = sum(abs(b[2] - b[1]) for b in bins) / n
                print(f"{what} confidence: calibration error {error:.3f} over {n}")
                for i, (count, right, sum_) in enumerate(bins if reliability else []):
                    if count:
                        print(f"  {i / 10:.1f}-{(i + 1) / 10:.1f} {count:5} items: confidence "
                              f"{sum_ / count:.2f}, right {right / count:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--corpus", action="append", default=[])
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--reliability", action="store_true",
                        help="confidence against the share of right answers, bin by bin")
    parser.add_argument("--failures", action="store_true", help="name every miss")
    args = parser.parse_args()
    table = Table()
    with tempfile.TemporaryDirectory(prefix="mg.") as folder:
        rows = [row for corpus in args.corpus for row in from_corpus(corpus)]
        if not args.corpus:
            rows = rendered(args.build, args.seconds, folder)
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            results = list(pool.map(lambda row: analyze(args.build, row["path"]), rows))
    for row, result in zip(rows, results):
        table.add(row, result)
    table.show(args.reliability)
    if args.failures:
        print(*table.failures, sep="\n")
    return 1 if any(r is None for r in results) else 0


if __name__ == "__main__":
    sys.exit(main())
