#!/usr/bin/env python3
"""Planted faults: how many are found, and what is complained about that was not planted.

usage: bench/run planted [OPTIONS], or planted.py --build BUILD [--corpus DIR ...]
       [--profile NAME ...] [--fault PATTERN ...] [--strength NAME ...] [--files N] [--seeds N]
       [--jobs N] [--cache DIR] [--misses] [--markdown]

Every fault is planted at three strengths by ffmpeg (planted_faults.py) in tracks rendered by
make-track - for the profile of a genre those of the genre - and, with --corpus, in the audio files
below a folder; base and planted file are analysed with the same profile, as excerpts but for faults
of start, end and silence. Found: the fault's code, or an item that names it in `also`, is there and
was not before. New: items that are major or critical, were not so before, and that the fault does
not imply, for each planted file. Files whose base has the fault already, or in which it cannot be
planted, are skipped and counted; others take their place until --files were tried. "at least": the
share that may be said of all such files, the lower end of Wilson's interval (one-sided, 95 %).
"weaker": found, but no more when planted stronger.
"""
import argparse
import collections
import fnmatch
import math
import os
import sys

from planted_faults import FAULTS, STRENGTHS
from planted_tools import Base, Skip
from planted_tracks import add_options, analyze, by_profile, tracks_of, try_on

LOUD = ("major", "critical")


def codes_of(report, severities=None):
    """Every code that is there or that an item stands for."""
    return {c for item in report["feedback"] if not severities or item["severity"] in severities
            for c in (item["code"], *item.get("also", ()))}


def at_least(found, tried, z=1.645):
    """Lower end of Wilson's interval."""
    p, zz = found / tried, z * z / tried
    return (p + zz / 2 - z * math.sqrt(p * (1 - p) / tried + zz / (4 * tried))) / (1 + zz)


class Row:
    """What became of one fault at one strength."""

    def __init__(self):
        self.tried = self.found = self.weaker = 0
        self.new = collections.Counter()


def plant(args, fault, track, folder):
    """[(found, new codes), or None, for each strength asked for], or None: this file is skipped."""
    try:
        path, before = track.report(args, fault)
    except Skip:
        return None
    if fault.code in codes_of(before):
        return None
    made = {}
    for strength in args.strength:
        out = os.path.join(folder, f"{track.name}.{fault.code}.{strength}.wav")
        try:
            fault.plant(Base(path, before, f"{args.seed}/{fault.code}/{track.name}"), out,
                        STRENGTHS.index(strength))
            made[strength] = out
        except Skip:
            pass
    if not made:
        return None
    reports = dict(zip(made, analyze(args, list(made.values()), fault.whole)))
    for out in made.values():
        os.unlink(out)
    ret = []
    for after in map(reports.get, args.strength):
        if not after:
            ret.append(None)
            continue
        new = {i["code"] for i in after["feedback"] if i["severity"] in LOUD}
        new -= codes_of(before, LOUD)
        ret.append((fault.code in codes_of(after),
                    {c for c in new if not any(fnmatch.fnmatch(c, p) for p in fault.implies)}))
    return ret


def try_fault(args, fault, tracks, folder, pool, misses):
    """Rows by strength, and how many files were skipped."""
    rows, skipped = {s: Row() for s in args.strength}, 0

    def one(track):
        outcomes = plant(args, fault, track, folder)
        return outcomes and (track, outcomes)

    for said in try_on(args, fault, tracks, pool, one):
        if said is None:
            skipped += 1
            continue
        track, last = said[0], False
        for strength, outcome in zip(args.strength, said[1]):
            if outcome is None:
                continue
            row, (found, new) = rows[strength], outcome
            row.tried += 1
            row.found += found
            row.weaker += last and not found
            row.new.update(new)
            last = found
            if not found:
                misses.append(f"{fault.code} {strength}: not found in {track.name}")
            if new:
                misses.append(f"{fault.code} {strength}: new in {track.name}: "
                              f"{' '.join(sorted(new))}")
    return rows, skipped


def untouched(args, tracks, pool):
    """[(track, item)] major and critical where nothing was planted, of the files as they are."""
    reports = pool.map(lambda t: analyze(args, [t.path])[0], tracks)
    return [(t, i) for t, r in zip(tracks, reports) for i in r["feedback"] if i["severity"] in LOUD]


def cells_of(code, rows, skipped, args):
    last, new = rows[args.strength[-1]], sum(sum(r.new.values()) for r in rows.values())
    tried = sum(r.tried for r in rows.values())
    return [code, str(skipped), str(last.tried),
            *(f"{100 * r.found / r.tried:.0f} %" if r.tried else "-" for r in rows.values()),
            f"{100 * at_least(last.found, last.tried):.0f} %" if last.tried else "-",
            f"{new / tried:.2f}" if tried else "-", str(sum(r.weaker for r in rows.values()))]


def show(results, args):
    head = ["fault", "skipped", "tried", *args.strength, "at least", "new a file", "weaker"]
    lines = [cells_of(code, rows, skipped, args) for code, (rows, skipped) in results.items()]
    if args.markdown:
        lines = [head, ["---"] * len(head), *([f"`{line[0]}`", *line[1:]] for line in lines)]
        print(*(f"| {' | '.join(line)} |" for line in lines), sep="\n")
    else:
        for line in [head, *lines]:
            print(f"{line[0]:28}" + "".join(f"{cell:>11}" for cell in line[1:]))
    tried = sum(r.tried for rows, _ in results.values() for r in rows.values())
    new = sum((r.new for rows, _ in results.values() for r in rows.values()), collections.Counter())
    if tried:
        print(f"\n{tried} files planted; {sum(new.values()) / tried:.3f} new items a file: "
              f"{', '.join(f'{c} {n}' for c, n in new.most_common()) or 'none'}")


def judge(args, faults, bases, folder, pool):
    """One profile's table. @return critical items on untouched tracks"""
    tracks = tracks_of(args, bases, pool)
    plain, results, misses = untouched(args, tracks, pool), {}, []
    for fault in faults:
        if sys.stderr.isatty():
            print(f"\r\033[K{args.profile} {fault.code}", end="", file=sys.stderr, flush=True)
        results[fault.code] = try_fault(args, fault, tracks, folder, pool, misses)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    critical = [f"{t.name}: {i['code']}" for t, i in plain if i["severity"] == "critical"]
    major = collections.Counter(i["code"] for _, i in plain if i["severity"] == "major")
    print(f"profile {args.profile}: found % of tried, new major or critical items a file\n")
    show(results, args)
    print(f"{len(tracks)} untouched tracks: critical items {len(critical)}; major items "
          f"{sum(major.values())}: {', '.join(f'{c} {n}' for c, n in major.most_common())}",
          *critical, sep="\n  ")
    if args.misses:
        print(*misses, sep="\n")
    print(flush=True)
    return len(critical)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, seeds=2, files=36)
    parser.add_argument("--fault", action="append", help="codes, with * (all)")
    parser.add_argument("--misses", action="store_true", help="name every miss and new item")
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    faults = [f for f in FAULTS
              if not args.fault or any(fnmatch.fnmatch(f.code, p) for p in args.fault)]
    critical = sum(by_profile(args, lambda *where: judge(args, faults, *where)))
    return 1 if critical else 0


if __name__ == "__main__":
    sys.exit(main())
