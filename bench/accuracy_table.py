#!/usr/bin/env python3
"""Tempo, grid and key: every figure beside its goal, then by genre and source, then every miss.

usage: bench/run accuracy [OPTIONS] [CORPUS ...], or accuracy_table.py --build BUILD [OPTIONS]
       [CORPUS ...]

Recordings: the folders given, each with a manifest.csv (accuracy.py); of several also pooled, and
the goals hold for each. Generated tracks: the sets of accuracy_generated.py. Cost: CPU of the whole
analysis less the same without tempo, key and structure, as a share of decoding the MP3 alone.
In brackets: Wilson's 95 % interval.
"""
import argparse
import collections
import os
import subprocess
import sys
import tempfile

import accuracy
import accuracy_generated
import generator
from accuracy_score import wilson

# at: the least share, or with `most` the largest, that reaches it
Goal = collections.namedtuple("Goal", "figure column groups at most", defaults=(False,))

RECORDINGS = (
    Goal("tempo Acc1", "acc1", (), 0.97),
    Goal("tempo Acc2", "acc2", (), 0.985),
    Goal("within 0.05 BPM, octave fixed", "0.05", (), 0.93),
    Goal("key exact", "key", (), 0.95),
    Goal("key weighted", "weighted", (), 0.975),
)
PLAIN = ("genres", "tempi", "detuned")
STEADY = (*PLAIN, "twists", "long")  # of 60 s and more
BY_SET = (
    Goal("club tracks: Acc1", "acc1", ("genres",), 0.97),
    Goal("club tracks: within 0.05 BPM", "0.05", ("genres",), 0.93),
    Goal("club tracks: key exact", "key", ("genres",), 0.92),
    Goal("club tracks: key weighted", "weighted", ("genres",), 0.95),
    Goal("60-200 BPM: within 0.01 modulo octave", "0.01", ("tempi",), 1),
    Goal("60-200 BPM: first beat within 5 ms", "first", ("tempi",), 1),
    Goal("all of 60 s: within 0.01 modulo octave", "0.01", STEADY, 1),
    Goal("all of 60 s: first beat within 5 ms", "first", STEADY, 1),
    Goal("ten minutes: last beat within 5 ms", "last", ("long",), 1),
    Goal("octave, where the pattern fixes it", "acc1", (*PLAIN, "long"), 0.98),
    Goal("octave, hard cases", "acc1", ("twists", "moving", "offbeats"), 0.98),
    Goal("half a beat off, strong off-beats", "flips", ("offbeats",), 0, True),
    Goal("half a beat off, all others", "flips", STEADY, 0, True),
    Goal("detuned: key", "key", ("detuned",), 1),
    Goal("detuned: tuning within 3 cents", "tuning", ("detuned",), 1),
)
BY_CASE = (
    Goal("drums alone: a key printed", "key?", ("drums alone",), 0.05, True),
    Goal("noise: a key printed", "key?", ("noise",), 0.05, True),
    Goal("pads alone: a BPM printed", "bpm?", ("pads alone",), 0.05, True),
)
COST = 0.35


def percent(share):
    return f"{100 * share:.1f}".removesuffix(".0") + " %"


def row_of(goal, shares):
    """[figure, goal, measured, interval, verdict], or None: nothing of it was tried."""
    hits, n = shares.of(goal.column, *goal.groups)
    if n == 0:
        return None
    reached = hits <= goal.at * n + 1e-9 if goal.most else hits >= goal.at * n - 1e-9
    if goal.at in (0, 1):
        wanted = "all" if goal.at else "none"
    else:
        wanted = f"{'at most' if goal.most else 'at least'} {percent(goal.at)}"
    low, high = wilson(hits, n)
    return [goal.figure, wanted, f"{100 * hits / n:.1f} % of {n}",
            f"({100 * low:.0f}-{100 * high:.0f})", "" if reached else "MISSED"]


def cost_of(build, keep):
    """The row of what tempo, key and structure cost on five minutes of MP3."""
    with tempfile.TemporaryDirectory(prefix="mg.") as folder:
        wav, mp3 = (os.path.join(keep or folder, f"cost.{form}") for form in ("wav", "mp3"))
        generator.render(build, wav, "four-on-floor", "--seconds", 300)
        subprocess.run(["lame", "--quiet", "-b", "320", wav, mp3], check=True)
        done = subprocess.run([os.path.join(build, "bench", "bench-speed"), "music", mp3],
                              check=True, capture_output=True, text=True)
    ratio = float(done.stdout)
    return ["cost of tempo, key, structure", f"at most {COST}", f"{ratio:.2f} of decoding", "",
            "" if ratio <= COST else "MISSED"]


def print_goals(title, rows):
    rows = [r for r in rows if r]
    if not rows:
        return
    print(f"{title:42}{'goal':18}{'measured':>18}")
    for figure, wanted, measured, interval, verdict in rows:
        print(f"{figure:42}{wanted:18}{measured:>18}  {interval:10}{verdict}".rstrip())
    print(f"{sum(not r[-1] for r in rows)} of {len(rows)} reached\n", flush=True)


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    accuracy_generated.add_options(parser)
    parser.add_argument("--recordings-only", action="store_true",
                        help="no generated tracks, no cost")
    parser.add_argument("--no-cost", action="store_true")
    parser.add_argument("corpus", nargs="*", metavar="CORPUS")
    return parser


def main():
    args = options().parse_args()
    recordings = accuracy.judge(args.build, args.corpus, args.jobs) if args.corpus else []
    for r in recordings:
        print_goals(f"recordings: {r.name}", [row_of(goal, r.whole) for goal in RECORDINGS])
    generated = None
    if not args.recordings_only:
        generated = accuracy_generated.judge_as_asked(args)
        rows = [row_of(goal, generated.by_set) for goal in BY_SET]
        rows += [row_of(goal, generated.by_case) for goal in BY_CASE]
        if not args.no_cost:
            rows.append(cost_of(args.build, args.keep))
        print_goals("generated", rows)
        generated.show()
    for r in recordings:
        r.show()
    misses = [f"{recordings[-1].name}: {m}" for m in recordings[-1].misses] if recordings else []
    misses += generated.misses if generated else []
    print(f"{len(misses)} misses", *misses, sep="\n")
    errors = (generated.errors if generated else 0) + (recordings[-1].errors if recordings else 0)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
