#!/usr/bin/env python3
"""Planted faults: how many are found, and what is complained about that was not planted.

usage: bench/run planted [OPTIONS], or planted.py --build BUILD [--corpus DIR ...] [--profile NAME]
       [--fault PATTERN ...] [--strength NAME ...] [--files N] [--jobs N] [--cache DIR] [--misses]

Every fault is planted at three strengths by ffmpeg (planted_faults.py) in tracks rendered by
make-track and, with --corpus, in the audio files below a folder; base and planted file are analysed
with the same profile, as excerpts but for faults of start, end and silence. Found: the fault's
code, or an item that names it in `also`, is there and was not before. New: major or critical items
that were not there before, at any severity, and that the fault does not imply, for each planted
file. Files whose base has the fault already, or in which it cannot be planted, are skipped and
counted; others take their place until --files were tried. "weaker": found, but no more when planted
stronger.
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import json
import os
import random
import re
import subprocess
import sys
import tempfile

from planted_faults import FAULTS, STRENGTHS, Base, Skip, ffmpeg

AUDIO = (".wav", ".mp3", ".flac", ".aiff", ".aif")
LOUD = ("major", "critical")
GENERATED = (("A minor", 1), ("Eb major", 2))


def analyze(args, path, whole=False):
    command = [os.path.join(args.build, "mixgauge"), "analyze", "--json", "--quiet", "--profile",
               args.profile, path]
    if not whole:
        command.insert(3, "--excerpt")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{path}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def codes_of(report):
    """Every code that is there or that an item stands for."""
    return {c for item in report["feedback"] for c in (item["code"], *item.get("also", ()))}


class Track:
    """An untouched file: where it lies as float WAV, and its reports, made when first asked for."""

    def __init__(self, name, path, working):
        self.name, self.path, self.working, self.reports = name, path, working, {}

    def prepare(self):
        if not os.path.exists(self.working):
            ffmpeg(self.path, self.working + ".part.wav")
            os.replace(self.working + ".part.wav", self.working)

    def report(self, args, fault):
        """Of this fault's base; a fault may need one of its own (a quiet part)."""
        path, key = self.working, fault.whole
        if fault.prepare:
            path, key = f"{self.working}.{fault.code}.wav", fault.code
        if key not in self.reports:
            if fault.prepare:
                plain = next(f for f in FAULTS if not f.whole and not f.prepare)
                fault.prepare(Base(self.working, self.report(args, plain)[1], 0), path)
            self.reports[key] = analyze(args, path, fault.whole)
        return path, self.reports[key]


def generated(args, folder):
    make_track = os.path.join(args.build, "bench", "make-track")
    text = subprocess.run([make_track, "--help"], check=True, capture_output=True, text=True).stdout
    kinds = re.findall(r"^  ([a-z][\w-]*) ", text.partition("Kinds:\n")[2].partition("\nFaults")[0],
                       re.MULTILINE)
    for kind in kinds:
        for key, seed in GENERATED:
            name = f"{kind}-{seed}"
            path = os.path.join(folder, name + ".wav")
            if not os.path.exists(path):
                subprocess.run([make_track, kind, "--key", key, "--seed", str(seed), "--seconds",
                                str(args.seconds), path], check=True, capture_output=True)
            yield Track(name, path, os.path.join(folder, name + ".f32.wav"))


def from_corpus(corpus, folder):
    for root, folders, names in os.walk(corpus):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(AUDIO):
                yield Track(name, os.path.join(root, name), os.path.join(folder, name + ".f32.wav"))


class Row:
    """What became of one fault at one strength."""

    def __init__(self):
        self.tried = self.found = self.weaker = 0
        self.new = collections.Counter()


def plant(args, fault, track, folder):
    """[(found, new codes) for each strength asked for], or None where this file is skipped."""
    try:
        path, before = track.report(args, fault)
    except Skip:
        return None
    if fault.code in codes_of(before):
        return None
    ret = []
    for strength in args.strength:
        out = os.path.join(folder, f"{track.name}.{fault.code}.{strength}.wav")
        try:
            fault.plant(Base(path, before, f"{args.seed}/{fault.code}/{track.name}"), out,
                        STRENGTHS.index(strength))
            after = analyze(args, out, fault.whole)
        except Skip:
            ret.append(None)
            continue
        finally:
            if os.path.exists(out):
                os.unlink(out)
        new = {i["code"] for i in after["feedback"] if i["severity"] in LOUD} - codes_of(before)
        ret.append((fault.code in codes_of(after),
                    {c for c in new if not any(fnmatch.fnmatch(c, p) for p in fault.implies)}))
    return ret if any(ret) else None


def try_fault(args, fault, tracks, folder, pool, misses):
    """Rows by strength, and how many files were skipped."""
    order = list(tracks)
    random.Random(f"{args.seed}/{fault.code}").shuffle(order)
    rows, skipped, done = {s: Row() for s in args.strength}, 0, 0
    while order and done < args.files:
        batch = [order.pop() for _ in range(min(args.files - done, len(order)))]
        for track, ret in zip(batch, pool.map(lambda t: plant(args, fault, t, folder), batch)):
            if ret is None:
                skipped += 1
                continue
            done += 1
            last = False
            for strength, outcome in zip(args.strength, ret):
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
    """Critical items where nothing was planted, of the files as they are."""
    reports = list(pool.map(lambda t: analyze(args, t.path), tracks))
    return [f"{t.name}: {i['code']}" for t, r in zip(tracks, reports) for i in r["feedback"]
            if i["severity"] == "critical"]


def show(results, args):
    print(f"profile {args.profile}; found % of tried, new major or critical items a file\n")
    print(f"{'fault':28}{'skipped':>8}{'tried':>7}" +
          "".join(f"{s:>9}" for s in args.strength) + f"{'new':>7}{'weaker':>8}")
    for code, (rows, skipped) in results.items():
        last = rows[args.strength[-1]]
        tried = sum(r.tried for r in rows.values())
        new = sum(sum(r.new.values()) for r in rows.values())
        cells = "".join(f"{f'{100 * r.found / r.tried:.0f} %' if r.tried else '-':>9}"
                        for r in rows.values())
        print(f"{code:28}{skipped:8}{last.tried:7}{cells}"
              f"{f'{new / tried:.2f}' if tried else '-':>7}"
              f"{sum(r.weaker for r in rows.values()):8}")
    tried = sum(r.tried for rows, _ in results.values() for r in rows.values())
    new = sum((r.new for rows, _ in results.values() for r in rows.values()), collections.Counter())
    if tried:
        print(f"\n{tried} files planted; {sum(new.values()) / tried:.3f} new items a file: "
              f"{', '.join(f'{c} {n}' for c, n in new.most_common()) or 'none'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--corpus", action="append", default=[])
    parser.add_argument("--no-generated", action="store_true", help="the corpus alone")
    parser.add_argument("--profile", default="electronic/streaming")
    parser.add_argument("--fault", action="append", help="codes, with * (all)")
    parser.add_argument("--strength", action="append", choices=STRENGTHS)
    parser.add_argument("--files", type=int, default=12, help="tried for each fault (12)")
    parser.add_argument("--seconds", type=int, default=40, help="length of rendered tracks (40)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--cache", help="keep rendered and decoded bases in this folder")
    parser.add_argument("--misses", action="store_true", help="name every miss and new item")
    args = parser.parse_args()
    args.strength = [s for s in STRENGTHS if not args.strength or s in args.strength]
    faults = [f for f in FAULTS
              if not args.fault or any(fnmatch.fnmatch(f.code, p) for p in args.fault)]
    results, misses = {}, []
    with tempfile.TemporaryDirectory(prefix="mg.") as folder, \
            concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        bases = args.cache or folder
        os.makedirs(bases, exist_ok=True)
        tracks = [] if args.no_generated else list(generated(args, bases))
        for corpus in args.corpus:
            tracks += from_corpus(corpus, bases)
        list(pool.map(Track.prepare, tracks))
        critical = untouched(args, tracks, pool)
        for fault in faults:
            results[fault.code] = try_fault(args, fault, tracks, folder, pool, misses)
            if sys.stderr.isatty():
                print(f"\r\033[K{fault.code}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    show(results, args)
    print(f"critical items on {len(tracks)} untouched tracks: {len(critical)}", *critical,
          sep="\n  ")
    if args.misses:
        print(*misses, sep="\n")
    return 1 if critical else 0


if __name__ == "__main__":
    sys.exit(main())
