#!/usr/bin/env python3
"""Advice that is followed: whether the item goes, and whether the figure lands where the text said.

usage: bench/run advice [OPTIONS], or advice.py --build BUILD [--corpus DIR ...]
       [--profile NAME ...] [--code PATTERN ...] [--strength NAME ...] [--files N] [--seeds N]
       [--seconds N] [--jobs N] [--cache DIR] [--misses]

Each fault of planted_faults.py whose remedy a tool can apply is planted in rendered tracks (and in
the files below a folder); the tool, the frequency and the amount are read from the sentence of the
advice, applied with ffmpeg, and the file is analysed again. Gone: no item of that code is left, or
it is no more than a remark (info). Lands: the measure is where the sentence said that it would be.
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import os
import random
import sys
import tempfile

from advice_actions import ACTIONS, Unreadable
from planted_faults import FAULTS, STRENGTHS
from planted_tools import Base, Skip
from planted_tracks import Track, analyze, from_corpus, rendered


def item_of(report, code):
    return next((i for i in report["feedback"] if i["code"] == code), None)


class Outcome:
    """One advice followed on one file."""

    def __init__(self, name, item, gone, landed, said):
        self.name, self.item, self.gone, self.landed, self.said = name, item, gone, landed, said


def follow(args, code, name, path, before, whole, folder):
    """Apply what the item of this code in `before`, the report of `path`, advises.
    @return an Outcome; None: the advice names nothing that a tool could do"""
    action, item = ACTIONS[code], item_of(before, code)
    if item is None:
        return None
    out = os.path.join(folder, f"{name}.{code}.followed.wav")
    try:
        expected = action(path, out, before, item)
    except Unreadable as reason:
        return Outcome(name, item, False, False, f"cannot be followed: {reason}")
    if expected is None:
        return None
    after, = analyze(args, [out], whole)
    left = item_of(after, code)
    gone = left is None or left["severity"] == "info"
    said, landed = [], True
    for what, value, low, high in expected(after, out):
        here = value is not None and low <= value <= high
        landed &= here
        said.append(f"{what} {'-' if value is None else format(value, '.3f')} "
                    f"(said {low:.3f} to {high:.3f}){'' if here else ' !'}")
    os.unlink(out)
    return Outcome(name, item, gone, landed, "; ".join(said))


def plant_and_follow(args, fault, track, folder):
    """[Outcome] of the strengths asked for."""
    ret = []
    try:
        path, before = track.report(args, fault)
    except Skip:
        return ret
    for strength in args.strength:
        name = f"{track.name}.{strength}"
        out = os.path.join(folder, f"{name}.{fault.code}.wav")
        try:
            fault.plant(Base(path, before, f"{args.seed}/{fault.code}/{track.name}"), out,
                        STRENGTHS.index(strength))
        except Skip:
            continue
        report, = analyze(args, [out], fault.whole)
        outcome = follow(args, fault.code, name, out, report, fault.whole, folder)
        os.unlink(out)
        ret += [outcome] if outcome else []
    return ret


def try_code(args, fault, tracks, folder, pool):
    order, ret = list(tracks), []
    random.Random(f"{args.seed}/{fault.code}").shuffle(order)
    tried = 0
    while order and tried < args.files:
        batch = [order.pop() for _ in range(min(args.files - tried, len(order)))]
        for outcomes in pool.map(lambda t: plant_and_follow(args, fault, t, folder), batch):
            tried += bool(outcomes)
            ret += outcomes
    return ret


def judge(args, faults, bases, folder, pool):
    tracks = list(rendered(args, bases))
    for corpus in args.corpus:
        tracks += from_corpus(corpus, bases)
    list(pool.map(Track.prepare, tracks))
    print(f"profile {args.profile}: advice followed\n")
    print(f"{'code':28}{'tried':>8}{'gone':>8}{'lands':>8}")
    bad = collections.Counter()
    for fault in faults:
        outcomes = try_code(args, fault, tracks, folder, pool)
        gone, landed = sum(o.gone for o in outcomes), sum(o.landed for o in outcomes)
        print(f"{fault.code:28}{len(outcomes):>8}{gone:>8}{landed:>8}", flush=True)
        for o in outcomes:
            bad[fault.code] += not (o.gone and o.landed)
            if args.misses and not (o.gone and o.landed):
                print(f"    {o.name}: {'' if o.gone else 'NOT GONE; '}{o.said}\n"
                      f"        {o.item['message']}\n        {o.item['advice']}")
    return sum(bad.values())


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--corpus", action="append", default=[])
    parser.add_argument("--seeds", type=int, default=1, help="rendered tracks of each genre (1)")
    parser.add_argument("--profile", action="append", help="may be repeated (electronic/streaming)")
    parser.add_argument("--code", action="append", help="codes, with * (all)")
    parser.add_argument("--strength", action="append", choices=STRENGTHS)
    parser.add_argument("--files", type=int, default=12, help="tried for each code (12)")
    parser.add_argument("--seconds", type=int, default=40, help="length of rendered tracks (40)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--cache", help="keep rendered and decoded bases in this folder")
    parser.add_argument("--misses", action="store_true", help="show every advice that failed")
    return parser


def main():
    args = options().parse_args()
    args.strength = [s for s in STRENGTHS if not args.strength or s in args.strength]
    faults = [f for f in FAULTS if f.code in ACTIONS and
              (not args.code or any(fnmatch.fnmatch(f.code, p) for p in args.code))]
    profiles = args.profile or ["electronic/streaming"]
    with tempfile.TemporaryDirectory(prefix="mg.") as folder, \
            concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        bases = args.cache or folder
        os.makedirs(bases, exist_ok=True)
        for args.profile in profiles:
            judge(args, faults, bases, folder, pool)


if __name__ == "__main__":
    sys.exit(main())
