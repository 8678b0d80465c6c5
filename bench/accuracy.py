#!/usr/bin/env python3
"""Accuracy of tempo and key on recordings whose truth is known.

usage: accuracy.py --build BUILD --corpus DIR [--corpus DIR ...] [--jobs N] [--reliability]
                   [--failures]

A corpus is a folder with manifest.csv (id, file, genre, bpm, octave, beat, key) and the audio:
`octave` = ambiguous counts for Accuracy2 alone, `beat` = weak not at all; the source of a track is
what its id begins with. `bench/run accuracy` prints the same beside the goals.

acc1: within 4 % of the tempo; acc2: also at 2, 3, 1/2, 1/3 of it; 0.05: within 0.05 BPM, of all
whose octave is fixed. key: exact; weighted: as in MIREX (a fifth either way 0.5, relative 0.3,
parallel 0.2). Calibration is the mean difference between confidence and share of right answers
over ten bins. A file that cannot be analysed counts as wrong.
"""
import argparse
import concurrent.futures
import csv
import json
import os
import re
import subprocess
import sys

from accuracy_score import FINE_BPM, Calibration, Shares, at_ratios, key_score

COLUMNS = ("acc1", "acc2", "0.05", "key", "weighted")
NOTHING = {"tempo": {"bpm": None, "confidence": 0.0}, "key": {"name": None, "confidence": 0.0}}


def read_corpus(folder):
    with open(os.path.join(folder, "manifest.csv"), encoding="utf-8", newline="") as file:
        return [dict(row, path=os.path.join(folder, row["file"])) for row in csv.DictReader(file)]


def source_of(row):
    return row["id"].rstrip("0123456789").split("_")[0]


def genres_of(row):
    """The genre, and what kind of it as far as the manifest says: "rock", "  rock / pop"."""
    kind = re.split("[+:]", row["genre"])[0].split("/")
    return [kind[0], *(["  " + " / ".join(kind)] if len(kind) > 1 else [])]


def analyze(build, path):
    done = subprocess.run([os.path.join(build, "mixgauge"), "analyze", "--json", path],
                          capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


class Recordings:
    """Scores of one corpus, or of several together."""

    def __init__(self, name):
        self.name, self.errors, self.misses = name, 0, []
        self.whole, self.by_genre, self.by_source = Shares(), Shares(), Shares()
        self.calibration = {"tempo": Calibration(), "key": Calibration()}

    def count(self, row, column, hit):
        self.whole.count([self.name], column, hit)
        self.by_genre.count(genres_of(row), column, hit)
        self.by_source.count([source_of(row)], column, hit)

    def add(self, row, result):
        if result is None:
            self.errors += 1
            self.misses.append(f"{row['id']}: no result")
        result = result or NOTHING
        if row["bpm"] and row["beat"] != "weak":
            self.add_tempo(row, result["tempo"])
        if row["key"]:
            self.add_key(row, result["key"])

    def add_tempo(self, row, tempo):
        bpm, truth, fixed = tempo["bpm"], float(row["bpm"]), row["octave"] == "fixed"
        right = at_ratios(bpm, truth)
        self.count(row, "acc2", any(right))
        if fixed:
            fine = bpm is not None and abs(bpm - truth) <= FINE_BPM
            self.count(row, "acc1", right[0])
            self.count(row, "0.05", fine)
            self.calibration["tempo"].count(tempo["confidence"], right[0])
            if right[0] and not fine:
                self.misses.append(f"{row['id']}: {bpm} BPM for {truth:g}, over {FINE_BPM} off")
        if not (right[0] if fixed else any(right)):
            self.misses.append(f"{row['id']}: {bpm} BPM for {truth:g}, confidence "
                               f"{tempo['confidence']}")

    def add_key(self, row, key):
        score = key_score(key["name"], row["key"])
        self.count(row, "key", score == 1.0)
        self.count(row, "weighted", score)
        self.calibration["key"].count(key["confidence"] if key["name"] else 0.0, score == 1.0)
        if score < 1.0:
            self.misses.append(f"{row['id']}: {key['name']} for {row['key']}, confidence "
                               f"{key['confidence']}")

    def show(self, reliability=False):
        self.by_genre.lines = dict(sorted(self.by_genre.lines.items(),
                                          key=lambda line: line[0].strip()))
        self.by_genre.show(f"{self.name}: genre", COLUMNS)
        self.by_source.show(f"{self.name}: source", COLUMNS)
        for what, calibration in self.calibration.items():
            calibration.show(f"{self.name}: {what}", reliability)
        print()


def judge(build, folders, jobs):
    """[Recordings]: of every corpus, and pooled if there are several."""
    corpora = [(os.path.basename(os.path.normpath(f)), read_corpus(f)) for f in folders]
    rows = [(name, row) for name, rows in corpora for row in rows]
    ret = {name: Recordings(name) for name, _ in corpora}
    pooled = Recordings("pooled")
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = pool.map(lambda pair: analyze(build, pair[1]["path"]), rows)
        for (name, row), result in zip(rows, results):
            ret[name].add(row, result)
            pooled.add(row, result)
    return [*ret.values(), *([pooled] if len(ret) > 1 else [])]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--corpus", action="append", required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--reliability", action="store_true",
                        help="confidence against the share of right answers, bin by bin")
    parser.add_argument("--failures", action="store_true", help="name every miss")
    args = parser.parse_args()
    judged = judge(args.build, args.corpus, args.jobs)
    for recordings in judged:
        recordings.show(args.reliability)
    if args.failures:
        print(*judged[-1].misses, sep="\n")
    return 1 if judged[-1].errors else 0


if __name__ == "__main__":
    sys.exit(main())
