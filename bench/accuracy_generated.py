#!/usr/bin/env python3
"""Accuracy of tempo, grid and key on generated club tracks, whose truth is known to the sample.

usage: accuracy_generated.py --build BUILD [--set NAME ...] [--tracks N] [--seed N] [--jobs N]
                             [--keep FOLDER]

Rendering takes most of the time: --keep saves the renders in FOLDER (10 MB a minute) and takes those
that are there. Sets (default: all but `offbeats`, `long` and `structure`):
  genres    N tracks of every genre, in mastered style
  twists    N tracks of every hard case that keeps its tempo, over the genres that have a beat
  offbeats  N tracks of 36 s of every genre with hats, bass, chords or pads between the beats
  tempi     tracks of 60 s at 60 to 200 BPM, integer and fractional
  moving    changes of tempo, ritardandi, drift
  detuned   detuned by -50 to 50 cents: key and tuning
  none      drums alone (no key), pads alone (no beat)
  long      tracks of ten minutes: the last beat (slow)
  structure N tracks of 180 s of each genre that has drops: where sections begin and what they are

Columns: acc1 within 4 % of the tempo, where the pattern fixes the octave; acc2 also at 2, 3, 1/2,
1/3 of it; 0.05, 0.01 within so many BPM (0.01 modulo the octave); grid: first beat within 5 ms modulo
the beat, of those in acc2; flips: grids half a beat off; bar: downbeat right, of those that name one;
key exact and weighted as in MIREX; sure: mean confidence of the tempo; moves: a tempo that moves is
said to; map: share of the time at which its map is within 1 %; beats: share within 25 ms, or last
beats within 5 ms; borders: sections that begin within a bar of a true border, as a share of the true
ones; true: of the borders found, those near a true one; label: share of the time with the right label; unsure: with
`other`. A first part without drums is an intro; a track that never changes has no drop, and `other` is
right. Every miss is listed.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

from accuracy import RATIOS, key_score, parse_key

# What draws a grid between the beats; N tracks take the first N of these in turn.
OFFBEATS = (("intro",), ("hats",), ("bass",), ("stabs",), ("swell",), ("intro", "hats"),
            ("intro", "bass"), ("hats", "stabs"), ("bass", "swell"), ("intro", "hats", "bass"))
MOVING = ("tempo-change", "ritardando", "drift")
OTHER_SETS = (*MOVING, "drums-only", "offbeat-intro", "offbeat-hats", "offbeat-stabs",
              "offbeat-swell")
TONAL = ("modulation", "borrowed")
HARD_GENRES = ("house", "techno", "trance", "dnb", "breaks", "hip-hop", "electro", "synthwave")
COLUMNS = ("acc1", "acc2", "0.05", "0.01", "grid", "flips", "bar", "key", "weighted", "sure",
           "printed", "moves", "map", "beats", "borders", "true", "label", "unsure")
# Where the octave is free: patterns that are counted at half or double the tempo as well.
FOUR_FLOOR = ("house", "tech-house", "techno", "trance", "psytrance", "hardstyle", "hardcore",
              "reggaeton")
DROPS = ("house", "tech-house", "techno", "minimal", "hard-techno", "trance", "psytrance", "dnb",
         "dubstep")
TWO_STEP = ("dnb", "neurofunk", "jungle")


def listed(make_track, head, end):
    text = subprocess.run([make_track, "--help"], check=True, capture_output=True, text=True).stdout
    block = text.split(head)[1].split(end)[0].splitlines()
    return [line.split()[0] for line in block[1:] if line.startswith("  ")]


def jobs_of(sets, tracks, seed, genres, twists):
    """(row of the table, genre, options) of every track."""
    jobs, of_set = [], collections.Counter()

    def add(name, row, genre, *options, s=60):
        options = [str(o) for o in options]
        own = str(seed + of_set[name])  # the same whatever other sets are chosen
        of_set[name] += 1
        jobs.append((row, genre, ["--seed", own, "--seconds", str(s), *options]))

    beats = [g for g in genres if g != "pads"]
    for i in range(tracks if "genres" in sets else 0):
        for genre in beats:
            add("genres", genre, genre)
    for i in range(tracks if "twists" in sets else 0):
        for k, twist in enumerate(t for t in twists if t not in OTHER_SETS):
            add("twists", f"+{twist}", HARD_GENRES[(i + k) % len(HARD_GENRES)], "--twist", twist)
    for i in range(tracks if "offbeats" in sets else 0):
        for k, genre in enumerate(beats):
            names = OFFBEATS[(i + k) % len(OFFBEATS)]
            add("offbeats", f"+{'+'.join(names)}", genre, "--first-beat", round(0.01 * (k + 1), 2),
                *(word for n in names for word in ("--twist", f"offbeat-{n}")), s=36)
    if "tempi" in sets:
        for i, bpm in enumerate(range(60, 201, 4)):
            genre = ("techno", "synthwave", "electro", "trance")[i % 4]
            add("tempi", "integer tempi", genre, "--bpm", bpm, "--first-beat", 0.1 + 0.01 * i)
            fraction = round(bpm + 0.1 + 0.37 * (i % 2) + 0.0113 * i, 4)
            add("tempi", "fractional tempi", genre, "--bpm", fraction, "--first-beat", 0.2)
    for i in range(tracks if "moving" in sets else 0):
        for twist in MOVING:
            add("moving", f"+{twist}", HARD_GENRES[i % len(HARD_GENRES)], "--twist", twist, s=90)
    if "detuned" in sets:
        for i, cents in enumerate(range(-50, 51, 5)):
            add("detuned", "detuned", HARD_GENRES[i % 4], "--cents", cents)
    for i in range(2 * tracks if "none" in sets else 0):
        add("none", "drums alone", beats[i % len(beats)], "--twist", "drums-only")
        add("none", "pads alone", "pads")
    if "long" in sets:
        for i, bpm in enumerate((87, 124, 127.98, 140, 174)):
            genre = ("hip-hop", "house", "trance", "techno", "dnb")[i]
            add("long", "ten minutes", genre, "--bpm", bpm, "--first-beat", 0.123, s=600)
    for i in range(tracks if "structure" in sets else 0):
        for genre in DROPS:
            add("structure", genre, genre, s=180)
    return jobs


def render(build, genre, options, path):
    """The truth of a track, which is rendered unless it is there."""
    if not os.path.exists(path + ".json"):
        truth = subprocess.run([os.path.join(build, "bench", "make-track"), genre, *options, path],
                               check=True, capture_output=True).stdout
        with open(path + ".json.part", "wb") as f:
            f.write(truth)
        os.rename(path + ".json.part", path + ".json")
    with open(path + ".json", "rb") as f:
        return json.load(f)


def run(build, folder, kept, job):
    row, genre, options = job
    path = os.path.join(folder, "_".join([genre, *options]).replace("--", "") + ".wav")
    truth = render(build, genre, options, path)
    done = subprocess.run([os.path.join(build, "mixgauge"), "analyze", "--json", "--excerpt", path],
                          capture_output=True, check=False)
    if not kept:
        os.unlink(path)
        os.unlink(path + ".json")
    return row, f"{genre} {' '.join(options)}", truth, (
        json.loads(done.stdout) if done.returncode == 0 else None)


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
    names = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    return f"{names[(tonic + semitones) % 12]} {mode}"


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


class Table:
    def __init__(self):
        self.rows = collections.OrderedDict()
        self.misses = []

    def count(self, row, column, hit):
        for name in (row, "all"):
            cell = self.rows.setdefault(name, {}).setdefault(column, [0.0, 0])
            cell[0] += hit
            cell[1] += 1

    def miss(self, what, text):
        self.misses.append(f"{what}: {text}")

    def add(self, row, what, truth, result):
        if result is None:
            self.miss(what, "no result")
            return
        tempo, key = result["tempo"], result["key"]
        if row in DROPS and truth["seconds"] == 180:
            self.add_structure(row, what, truth, result["structure"]["sections"])
            return
        if truth["bpm"] is None:
            self.count(row, "printed", tempo["bpm"] is not None)
            if tempo["bpm"] is not None:
                self.miss(what, f"{tempo['bpm']} BPM where there is no beat")
        elif not truth["constant"]:
            self.add_moving(row, what, truth, tempo)
        else:
            self.add_tempo(row, what, truth, tempo)
        if truth["key"] is None:
            self.count(row, "printed", key["name"] is not None)
            if key["name"] is not None:
                self.miss(what, f"{key['name']} where there is no key")
        elif truth["constant"] and truth["bpm"]:
            self.add_key(row, what, truth, key)

    def add_key(self, row, what, truth, key):
        score = max(key_score(key["name"], k["key"]) if key["name"] else 0.0 for k in truth["keys"])
        if row == "detuned" and key["name"]:
            # Half a semitone off is a key and its neighbour: the name goes with the tuning.
            moved = round((truth["cents"] - key["tuning_cents"]) / 100)
            score = max(key_score(key["name"], transposed(k["key"], moved)) for k in truth["keys"])
        self.count(row, "key", score == 1.0)
        self.count(row, "weighted", score)
        if score < 1.0:
            self.miss(what, f"{key['name']} for {truth['key']}")
        elif row == "detuned":
            off = abs(wrapped(key["tuning_cents"] - truth["cents"], 100))
            if off > 3.0:
                self.miss(what, f"tuning {off:.1f} cents off")

    def add_tempo(self, row, what, truth, tempo):
        bpm, real = tempo["bpm"], truth["bpm"]
        right = [bpm is not None and abs(bpm - real * r) <= 0.04 * real * r for r in RATIOS]
        self.count(row, "acc2", any(right))
        self.count(row, "sure", tempo["confidence"])
        fixed = octave_fixed(truth)
        if fixed:
            self.count(row, "acc1", right[0])
            self.count(row, "0.05", bpm is not None and abs(bpm - real) <= 0.05)
        if not any(right) or (fixed and not right[0]):
            self.miss(what, f"{bpm} BPM for {real:g}, confidence {tempo['confidence']}")
        if not any(right):
            self.count(row, "0.01", False)
            return
        ratio = RATIOS[right.index(True)]
        period = tempo["grid"]["period_s"]
        exact = 60 / period / ratio
        self.count(row, "0.01", abs(exact - real) <= 0.01)
        if abs(exact - real) > 0.01:
            self.miss(what, f"{exact:.4f} BPM for {real:.4f}")
        self.add_grid(row, what, truth, tempo["grid"])

    def add_grid(self, row, what, truth, grid):
        period, first = 60 / truth["bpm"], grid["first_beat_s"]
        common = period / max(1, round(period / grid["period_s"]))  # of beats at another octave
        off = wrapped(first - truth["first_beat_s"], common)
        self.count(row, "grid", abs(off) <= 0.005)
        self.count(row, "flips", abs(off) > 0.4 * common)
        if abs(off) > 0.005:
            self.miss(what, f"grid {1000 * off:.1f} ms off ({off / common:.2f} of a beat)")
        elif grid["downbeat_index"] is not None and abs(period / grid["period_s"] - 1) < 0.04:
            bar = first + grid["downbeat_index"] * grid["period_s"]
            real = truth["first_beat_s"] + truth["downbeat_index"] * period
            self.count(row, "bar", abs(wrapped(bar - real, 4 * period)) < 0.1 * period)
        if row == "ten minutes":
            last = int((truth["seconds"] - first) / grid["period_s"])
            off = wrapped(first + last * grid["period_s"] - truth["first_beat_s"], common)
            self.count(row, "beats", abs(off) <= 0.005)
            if abs(off) > 0.005:
                self.miss(what, f"last beat {1000 * off:.1f} ms off")

    def add_moving(self, row, what, truth, tempo):
        moves = tempo["bpm"] is not None and not tempo["constant"]
        self.count(row, "moves", moves)
        if moves:
            real = truth["beats_s"]
            spans = [(0.5 * (a + b), 60 / (b - a)) for a, b in zip(real, real[1:])]
            near = [any(abs(bpm_at(tempo["tempo_map"], t) / (bpm * r) - 1) <= 0.01 for r in RATIOS)
                    for t, bpm in spans]
            self.count(row, "map", sum(near) / len(near))
        beats = tempo["beats_s"]
        if not beats:
            self.miss(what, f"{tempo['bpm']} BPM, said to be constant: {tempo['constant']}")
            return
        close = sum(nearest(truth["beats_s"], b) <= 0.025 for b in beats) / len(beats)
        found = sum(nearest(beats, b) <= 0.025 for b in truth["beats_s"]) / len(truth["beats_s"])
        self.count(row, "beats", max(close, found))
        if max(close, found) < 0.9:
            self.miss(what, f"{100 * close:.0f} % of the beats on a true one, "
                            f"{100 * found:.0f} % found")

    def add_structure(self, row, what, truth, found):
        real = true_sections(truth)
        found = [(s["start_s"], s["label"]) for s in found]
        bar = 1.1 * 240 / truth["bpm"]
        for start, _ in real[1:]:
            self.count(row, "borders", any(abs(start - s) <= bar for s, _ in found[1:]))
        for start, _ in found[1:]:
            self.count(row, "true", any(abs(start - s) <= bar for s, _ in real[1:]))
        times = [0.5 * i for i in range(2 * int(truth["seconds"]))]
        pairs = [(label_at(real, t), label_at(found, t)) for t in times]
        right = sum(a == b for a, b in pairs) / len(pairs)
        self.count(row, "label", right)
        self.count(row, "unsure", sum(b == "other" != a for a, b in pairs) / len(pairs))
        if right < 0.8:
            self.miss(what, f"{100 * right:.0f} % of the time labelled right: " + ", ".join(
                f"{start:.0f} {label}" for start, label in found))

    def show(self):
        print(f"{'':18}" + "".join(f"{c:>13}" for c in COLUMNS))
        for name in sorted(self.rows, key=lambda r: r == "all"):
            line = ""
            for column in COLUMNS:
                hits, n = self.rows[name].get(column, (0, 0))
                line += f"{f'{100 * hits / n:.1f} of {n}' if n else '-':>13}"
            print(f"{name:18}{line}")
        print(*self.misses, sep="\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--set", action="append", dest="sets", choices=(
        "genres", "twists", "offbeats", "tempi", "moving", "detuned", "none", "long", "structure"))
    parser.add_argument("--tracks", type=int, default=4, help="per genre and per twist (4)")
    parser.add_argument("--seed", type=int, default=700000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", metavar="FOLDER")
    args = parser.parse_args()
    sets = args.sets or ["genres", "twists", "tempi", "moving", "detuned", "none"]
    make_track = os.path.join(args.build, "bench", "make-track")
    jobs = jobs_of(sets, args.tracks, args.seed, listed(make_track, "Genres:", "\n\n"),
                   listed(make_track, "Twists:", "\n\n"))
    table = Table()
    with tempfile.TemporaryDirectory(prefix="mg.") as folder, \
            concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        if args.keep:
            os.makedirs(args.keep, exist_ok=True)
        for done in pool.map(lambda j: run(args.build, args.keep or folder, args.keep, j), jobs):
            table.add(*done)
    table.show()


if __name__ == "__main__":
    sys.exit(main())
