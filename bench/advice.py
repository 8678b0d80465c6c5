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
import fnmatch
import os
import sys

from advice_actions import ACTIONS, Unreadable
from planted_faults import FAULTS, STRENGTHS
from planted_tools import Base, Skip
from planted_tracks import add_options, analyze, by_profile, tracks_of, try_on


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


def judge(args, faults, bases, folder, pool):
    tracks = tracks_of(args, bases, pool)
    print(f"profile {args.profile}: advice followed\n")
    print(f"{'code':28}{'tried':>8}{'gone':>8}{'lands':>8}")
    for fault in faults:
        tried = try_on(args, fault, tracks, pool,
                       lambda track, fault=fault: plant_and_follow(args, fault, track, folder))
        outcomes = [outcome for said in tried for outcome in said]
        gone, landed = sum(o.gone for o in outcomes), sum(o.landed for o in outcomes)
        print(f"{fault.code:28}{len(outcomes):>8}{gone:>8}{landed:>8}", flush=True)
        for o in outcomes:
            if args.misses and not (o.gone and o.landed):
                print(f"    {o.name}: {'' if o.gone else 'NOT GONE; '}{o.said}\n"
                      f"        {o.item['message']}\n        {o.item['advice']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, seeds=1, files=12)
    parser.add_argument("--code", action="append", help="codes, with * (all)")
    parser.add_argument("--misses", action="store_true", help="show every advice that failed")
    args = parser.parse_args()
    faults = [f for f in FAULTS if f.code in ACTIONS and
              (not args.code or any(fnmatch.fnmatch(f.code, p) for p in args.code))]
    by_profile(args, lambda *where: judge(args, faults, *where))


if __name__ == "__main__":
    sys.exit(main())
