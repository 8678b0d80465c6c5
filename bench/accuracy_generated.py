#!/usr/bin/env python3
"""Accuracy of tempo, grid, key and form on generated club tracks of known truth.

usage: accuracy_generated.py --build BUILD [--set NAME ...] [--tracks N] [--seed N] [--jobs N]
                             [--quick] [--keep FOLDER]

Rendering takes most of the time: --keep saves the renders in FOLDER (10 MB a minute) and takes
those that are there. `bench/run accuracy` prints the same beside the goals. Sets (default: all but
`structure`, `mixes` and `leaps`):
  genres    N tracks of every genre, in mastered style
  twists    N tracks of every hard case that keeps its tempo, over the genres that have a beat
  offbeats  N tracks of 36 s of every genre with hats, bass, chords or pads between the beats
  tempi     tracks of 60 s at 60 to 200 BPM, integer and fractional
  moving    changes of tempo, ritardandi, drift
  detuned   detuned by -50 to 50 cents: key and tuning
  none      10 N drums alone (no key), 5 N pads alone (no beat), 5 N noises of five colours
  long      tracks of ten minutes: the last beat
  structure N tracks of 180 s of each genre that has drops: where sections begin and what they are
  mixes     5 N mixes of five tracks on one beat: where the key changes
  leaps     5 N mixes of five tracks, cut or with fades of up to 8 s, of 82 to 178 BPM: the tempo
            and its level along the file

Columns: acc1 within 4 % of the tempo, where the pattern fixes the octave (of a tempo that moves:
for most of its time); acc2 also at 2, 3, 1/2, 1/3 of it; 0.05, 0.01 within so many BPM (0.01 modulo
the octave); first, last: first beat within 5 ms modulo the beat, and that of ten minutes; flips:
grids half a beat off; bar: downbeat right, of those that name one; key exact and weighted as in
MIREX; tuning within 3 cents, of those whose key is right; sure: mean confidence of the tempo; bpm?,
key?: one is printed where there is none; moves: a tempo that moves is said to; map: share of the
time at which its map is within 1 %; beats: share within 25 ms; borders: sections that begin within
a bar of a true border, as a share of the true ones; true: of the borders found, those near a true
one; label: share of the time with the right label; unsure: with `other`; changes: of key, told
within half a fade; said: of the changes told, true ones; in key: share of the time in which the key
told is right; tempo: share of the time at which the tempo told is within 1 %; octave: also at 2, 3,
1/2, 1/3 of it; leaps: changes of tempo from which the map has one within 4 s; met: true beats that
have one within 25 ms. A first part without drums is an intro; a track that never changes has no
drop, and `other` is right. Tables by set, genre and hard case, then every miss.
"""
import argparse
import concurrent.futures
import math
import os
import sys
import tempfile

from accuracy_score import (EXACT_BPM, FINE_BPM, KEYS, RATIOS, Shares, at_ratios, key_score,
                            parse_key)
from accuracy_tracks import SETS, analyzed, jobs_of

DEFAULT_SETS = tuple(s for s in SETS if s not in ("structure", "mixes", "leaps"))
COLUMNS = ("acc1", "acc2", "0.05", "0.01", "first", "last", "flips", "bar", "key", "weighted",
           "tuning", "sure", "bpm?", "key?", "moves", "map", "beats", "borders", "true", "label",
           "unsure", "changes", "said", "in key", "tempo", "octave", "leaps", "met")
FORM = ("borders", "true", "label", "unsure")
OF_GENRES = ("acc1", "acc2", "0.05", "0.01", "first", "flips", "bar", "key", "weighted", *FORM)
OF_CASES = ("acc1", "0.05", "0.01", "first", "flips", "bar", "key", "moves", "map", "beats")
# Where the octave is free: patterns that are counted at half or double the tempo as well.
FOUR_FLOOR = ("house", "tech-house", "techno", "trance", "psytrance", "hardstyle", "hardcore",
              "reggaeton")
TWO_STEP = ("dnb", "neurofunk", "jungle")


def octave_fixed(truth):
    low, high = ((90, 180) if truth["kind"] in FOUR_FLOOR else
                 (160, 180) if truth["kind"] in TWO_STEP else (60, 180))
    return truth["octave_fixed"] and low <= truth["bpm"] <= high


def bpm_at(tempo_map, time):
    return [c["bpm"] for c in tempo_map if c["start_s"] <= time][-1]


def wrapped(time, period):
    return (time + 0.5 * period) % period - 0.5 * period


def transposed(key, semitones):
    tonic, mode = parse_key(key)
    return f"{KEYS[(tonic + semitones) % 12]} {mode}"


def nearest(beats, time):
    """Distance of a time to the nearest of sorted beats."""
    low, high = 0, len(beats)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if beats[middle] < time else (low, middle)
    return min(abs(b - time) for b in beats[max(0, low - 1):low + 1])


def true_sections(truth):
    """(start, label) as a listener would name them."""
    sections = [(s["start_s"], s["label"]) for s in truth["sections"]]
    if len(sections) == 1:
        return [(0.0, "other")]
    first = "intro" if sections[0][1] in ("break", "build") else sections[0][1]
    return [(0.0, first), *sections[1:]]


def label_at(sections, time):
    return [label for start, label in sections if start <= time][-1]


class Generated:
    """Scores by set, by genre of the track and by hard case."""

    def __init__(self):
        self.by_set, self.by_genre, self.by_case = Shares(), Shares(), Shares()
        self.misses, self.errors, self.off = [], 0, []  # off: leaps of tempo, in seconds
        self.job = None  # that is judged

    def count(self, column, hit):
        self.by_set.count([self.job.set], column, hit)
        self.by_genre.count([self.job.genre], column, hit)
        if self.job.case:
            self.by_case.count([self.job.case], column, hit)

    def miss(self, text):
        self.misses.append(f"{self.job.set}: {self.job.genre} {' '.join(self.job.options)}: {text}")

    def add(self, job, truth, result):
        self.job = job
        if result is None:
            self.errors += 1
            self.miss("no result")
            return
        tempo, key = result["tempo"], result["key"]
        if job.set == "structure":
            self.add_structure(truth, result["structure"]["sections"])
            return
        if job.set == "mixes":
            self.add_mix(truth, key["segments"])
        if job.set in ("mixes", "leaps"):
            self.add_tempi(truth, tempo, result["audio"]["duration_s"])
            return
        if truth["bpm"] is None:
            self.count("bpm?", tempo["bpm"] is not None)
            if tempo["bpm"] is not None:
                self.miss(f"{tempo['bpm']} BPM where there is no beat")
        elif not truth["constant"]:
            self.add_moving(truth, tempo)
        else:
            self.add_tempo(truth, tempo)
        if truth["key"] is None:
            self.count("key?", key["name"] is not None)
            if key["name"] is not None:
                self.miss(f"{key['name']} where there is no key")
        elif truth["constant"] and truth["bpm"]:
            self.add_key(truth, key)

    def add_key(self, truth, key):
        keys, detuned = [k["key"] for k in truth["keys"]], self.job.set == "detuned"
        if detuned and key["name"]:
            # Half a semitone off is a key and its neighbour: the name goes with the tuning.
            moved = round((truth["cents"] - key["tuning_cents"]) / 100)
            keys = [transposed(k, moved) for k in keys]
        score = max(key_score(key["name"], k) for k in keys)
        self.count("key", score == 1.0)
        self.count("weighted", score)
        if score < 1.0:
            self.miss(f"{key['name']} for {truth['key']}, confidence {key['confidence']}")
        elif detuned:
            off = abs(wrapped(key["tuning_cents"] - truth["cents"], 100))
            self.count("tuning", off <= 3.0)
            if off > 3.0:
                self.miss(f"tuning {off:.1f} cents off")

    def add_tempo(self, truth, tempo):
        bpm, real = tempo["bpm"], truth["bpm"]
        right, fixed = at_ratios(bpm, real), octave_fixed(truth)
        self.count("acc2", any(right))
        self.count("sure", tempo["confidence"])
        if fixed:
            self.count("acc1", right[0])
            self.count("0.05", bpm is not None and abs(bpm - real) <= FINE_BPM)
        if not any(right) or (fixed and not right[0]):
            self.miss(f"{bpm} BPM for {real:g}, confidence {tempo['confidence']}")
        if not any(right):
            self.count("0.01", False)
            self.count("first", False)
            return
        exact = 60 / tempo["grid"]["period_s"] / RATIOS[right.index(True)]
        self.count("0.01", abs(exact - real) <= EXACT_BPM)
        if abs(exact - real) > EXACT_BPM:
            self.miss(f"{exact:.4f} BPM for {real:.4f}")
        self.add_grid(truth, tempo["grid"])

    def add_grid(self, truth, grid):
        period, first = 60 / truth["bpm"], grid["first_beat_s"]
        common = period / max(1, round(period / grid["period_s"]))  # of beats at another octave
        off = wrapped(first - truth["first_beat_s"], common)
        self.count("first", abs(off) <= 0.005)
        self.count("flips", abs(off) > 0.4 * common)
        if abs(off) > 0.005:
            self.miss(f"grid {1000 * off:.1f} ms off ({off / common:.2f} of a beat)")
        elif grid["downbeat_index"] is not None and abs(period / grid["period_s"] - 1) < 0.04:
            bar = first + grid["downbeat_index"] * grid["period_s"]
            real = truth["first_beat_s"] + truth["downbeat_index"] * period
            self.count("bar", abs(wrapped(bar - real, 4 * period)) < 0.1 * period)
        if self.job.set == "long":
            last = int((truth["seconds"] - first) / grid["period_s"])
            off = wrapped(first + last * grid["period_s"] - truth["first_beat_s"], common)
            self.count("last", abs(off) <= 0.005)
            if abs(off) > 0.005:
                self.miss(f"last beat {1000 * off:.1f} ms off")

    def add_moving(self, truth, tempo):
        real, bpm = truth["beats_s"], tempo["bpm"]
        spans = [(0.5 * (a + b), 60 / (b - a)) for a, b in zip(real, real[1:])]
        moves = bpm is not None and not tempo["constant"]
        said = [bpm_at(tempo["tempo_map"], t) if moves else bpm for t, _ in spans]
        self.count("moves", moves)
        if octave_fixed(truth):
            right = sum(at_ratios(b, r)[0] for b, (_, r) in zip(said, spans)) > len(spans) / 2
            self.count("acc1", right)
            if not right:
                self.miss(f"{bpm} BPM for {truth['bpm']:g} to {truth['end_bpm']:g}")
        if moves:
            near = [any(abs(b / (r * ratio) - 1) <= 0.01 for ratio in RATIOS)
                    for b, (_, r) in zip(said, spans)]
            self.count("map", sum(near) / len(near))
        beats = tempo["beats_s"]
        if not beats:
            self.miss(f"{bpm} BPM, said to be constant: {tempo['constant']}")
            return
        close = sum(nearest(real, b) <= 0.025 for b in beats) / len(beats)
        found = sum(nearest(beats, b) <= 0.025 for b in real) / len(real)
        self.count("beats", max(close, found))
        if max(close, found) < 0.9:
            self.miss(f"{100 * close:.0f} % of the beats on a true one, {100 * found:.0f} % found")

    def add_structure(self, truth, found):
        real = true_sections(truth)
        found = [(s["start_s"], s["label"]) for s in found]
        bar = 1.1 * 240 / truth["bpm"]
        for start, _ in real[1:]:
            self.count("borders", any(abs(start - s) <= bar for s, _ in found[1:]))
        for start, _ in found[1:]:
            self.count("true", any(abs(start - s) <= bar for s, _ in real[1:]))
        times = [0.5 * i for i in range(2 * int(truth["seconds"]))]
        pairs = [(label_at(real, t), label_at(found, t)) for t in times]
        right = sum(a == b for a, b in pairs) / len(pairs)
        self.count("label", right)
        self.count("unsure", sum(b == "other" != a for a, b in pairs) / len(pairs))
        if right < 0.8:
            self.miss(f"{100 * right:.0f} % of the time labelled right: " + ", ".join(
                f"{start:.0f} {label}" for start, label in found))

    def add_mix(self, truth, segments):
        real = [(k["start_s"], parse_key(k["key"])) for k in truth["keys"]]
        said = [(s["start_s"], s["name"] and parse_key(s["name"])) for s in segments]
        named = [s for s in said if s[1]]
        changes = [b[0] for a, b in zip(named, named[1:]) if a[1] != b[1]]
        reach = truth["fade_s"] / 2
        for start, _ in real[1:]:
            self.count("changes", any(abs(start - c) <= reach for c in changes))
        for change in changes:
            self.count("said", any(abs(start - change) <= reach for start, _ in real[1:]))
        seconds = int(segments[-1]["end_s"] if segments else real[-1][0])
        right = sum(label_at(real, t) == label_at(said or [(0, None)], t) for t in range(seconds))
        self.count("in key", right / seconds)
        if right < 0.8 * seconds:
            self.miss(", ".join(f"{s['start_s']:.0f} s {s['name']}" for s in segments) + " for " +
                      ", ".join(f"{k['start_s']:.0f} s {k['key']}" for k in truth["keys"]))

    def add_tempi(self, truth, tempo, seconds):
        """The tempo along a mix, and where it leaps."""
        real = [(t["start_s"], t["bpm"]) for t in truth["tempi"]]
        said = [(c["start_s"], c["bpm"]) for c in tempo["tempo_map"]] or [(0.0, tempo["bpm"])]
        pairs = [(label_at(said, t), label_at(real, t)) for t in range(int(seconds))]
        right = sum(s is not None and abs(s / r - 1) <= 0.01 for s, r in pairs) / len(pairs)
        self.count("tempo", right)
        self.count("octave", sum(s is not None and any(abs(s / (r * k) - 1) <= 0.01 for k in RATIOS)
                                 for s, r in pairs) / len(pairs))
        for start, _ in real[1:]:
            off = min((abs(start - s) for s, _ in said[1:]), default=math.inf)
            self.count("leaps", off <= 4.0)
            self.off.append(off)
        for track, end in zip(truth["tempi"], [s for s, _ in real[1:]] + [seconds]):
            if tempo["beats_s"] and "first_beat_s" in track:
                self.add_beats(track, end, tempo["beats_s"])
        if right < 0.9:
            tracks = [f"{t['start_s']:.0f} s {t['bpm']:g} {t.get('kind', truth['kind'])}"
                      for t in truth["tempi"]]
            self.miss(", ".join(f"{s:.0f} s {b}" for s, b in said[:20]) + " for " +
                      ", ".join(tracks))

    def add_beats(self, track, end, beats):
        period, start = 60 / track["bpm"], track["start_s"]
        first = math.ceil((start - track["first_beat_s"]) / period)
        last = math.ceil((end - track["first_beat_s"]) / period)
        met = [nearest(beats, track["first_beat_s"] + n * period) <= 0.025
               for n in range(first, last)]
        self.count("met", sum(met) / max(1, len(met)))

    def show(self):
        near = [off for off in self.off if off <= 4.0]
        if near:
            print(f"leaps of tempo told: {len(near)} of {len(self.off)}, on average "
                  f"{sum(near) / len(near):.2f} s off\n")
        self.by_set.show("generated: set", COLUMNS, across=True)
        self.by_genre.lines = dict(sorted(self.by_genre.lines.items()))
        self.by_genre.show("generated: genre", OF_GENRES)
        if self.by_case.lines:
            self.by_case.show("generated: hard case", OF_CASES)


def judge(build, sets, tracks, seed, jobs, quick=False, keep=None):
    """Generated tracks, rendered in a folder that is kept or not, and judged.
    @return Generated"""
    ret = Generated()
    with tempfile.TemporaryDirectory(prefix="mg.") as folder, \
            concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        if keep:
            os.makedirs(keep, exist_ok=True)
        plan = jobs_of(build, sets, tracks, seed, quick)
        done = pool.map(lambda j: analyzed(build, keep or folder, keep, j), plan)
        for i, (job, truth, result) in enumerate(done, 1):
            ret.add(job, truth, result)
            if sys.stderr.isatty():
                end = "\n" if i == len(plan) else ""
                print(f"\r\033[K{i} of {len(plan)} tracks", end=end, file=sys.stderr, flush=True)
    return ret


def add_options(parser):
    parser.add_argument("--build", required=True)
    parser.add_argument("--set", action="append", dest="sets", choices=SETS)
    parser.add_argument("--tracks", type=int, metavar="N", help="per genre and per hard case "
                        "(4; 1 with --quick)")
    parser.add_argument("--seed", type=int, default=700000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--quick", action="store_true", help="a quarter of the tracks")
    parser.add_argument("--keep", metavar="FOLDER", help="keep the renders there")


def judge_as_asked(args):
    tracks = args.tracks or (1 if args.quick else 4)
    return judge(args.build, args.sets or DEFAULT_SETS, tracks, args.seed, args.jobs, args.quick,
                 args.keep)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    generated = judge_as_asked(parser.parse_args())
    generated.show()
    print(*generated.misses, sep="\n")
    return 1 if generated.errors else 0


if __name__ == "__main__":
    sys.exit(main())
