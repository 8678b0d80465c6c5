#!/usr/bin/env python3
"""Learns the model of dsp/spectrum/resonance_features.h: resonance, or note.

    ninja -C BUILD bench/resonance-features bench/resonance-fit
    bench/learn/train_resonance.py --build BUILD [--corpus DIR ...] [--keep DIR] [--judge]

Renders tracks of every kind of make-track and takes the recordings of a corpus; plants bells of
+6, +9 and +12 dB in their spectra, at places drawn over the whole range; and learns which of the
candidates were planted. The groups, a kind of make-track or the recordings of one source (what
stands before "_" or the number in their names), are left out in turn; how the bells and the
untouched tracks of what was left out were judged is printed. Rounds, seeds and draws are fixed.
"""
import argparse
import concurrent.futures
import math
import os
import random
import re
import subprocess
import sys
import tempfile

AUDIO = (".wav", ".mp3", ".flac", ".aiff", ".aif")
KEYS = (("C# minor", 13), ("G minor", 14))
BELLS, LOW_HZ, HIGH_HZ = 36, 150.0, 8000.0
NEAR = 1.6  # cells of 1/24 octave from a bell to what is taken for it
BESIDE = 6.0  # nearer ones are neither bell nor note
HIDDEN, ROUNDS, DECAY = 12, 8, 0.06
SHOWN = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9)


def tracks(args, folder):
    """(group, path) of every track."""
    make = os.path.join(args.build, "bench", "make-track")
    text = subprocess.run([make, "--help"], check=True, capture_output=True, text=True).stdout
    kinds = re.findall(r"^  ([a-z][\w-]*) ", text.partition("Kinds, ")[2].partition("\nTwists")[0],
                       re.MULTILINE)
    for kind in kinds:
        for key, seed in KEYS:
            path = os.path.join(folder, f"{kind}-{seed}.wav")
            if not os.path.exists(path):
                subprocess.run([make, kind, "--key", key, "--seed", str(seed), "--seconds", "40",
                                path], check=True, capture_output=True)
            yield kind, path
    for corpus in args.corpus:
        for root, _, names in os.walk(corpus):
            for name in sorted(names):
                if name.lower().endswith(AUDIO):
                    yield re.match(r"[a-z]+", name.lower())[0] + "*", os.path.join(root, name)


def bells(path):
    """Places spread over the logarithm of the frequency, one drawn in each part."""
    draw = random.Random(os.path.basename(path))
    return [(LOW_HZ * (HIGH_HZ / LOW_HZ) ** ((i + draw.random()) / BELLS),
             draw.choice((12, 12, 12, 9, 6)), 12 if draw.random() < 0.6 else draw.uniform(7, 18))
            for i in range(BELLS)]


class Version:
    """A track with a bell, or (hz None) as it is."""

    def __init__(self, group, hz=None, gain=0):
        self.group, self.hz, self.gain = group, hz, gain
        self.planted = self.other = 0.0 # highest probabilities


def candidates(args, group, path):
    """Versions of a track, and (version, right, features) of what may be a resonance in them."""
    planted = bells(path)
    words = [f"{v:.2f}" for bell in planted for v in bell]
    tool = os.path.join(args.build, "bench", "resonance-features")
    text = subprocess.run([tool, path, *words], check=True, capture_output=True, text=True).stdout
    versions = [Version(group)] + [Version(group, hz, gain) for hz, gain, _ in planted]
    rows = [line.split() for line in text.splitlines()]
    ret = []
    for number, version in enumerate(versions):
        own = [(float(r[1]), r[2:]) for r in rows if int(r[0]) == number]
        if version.hz is None:
            ret += [(version, False, x) for _, x in own]
            continue
        apart = [abs(24.0 * math.log2(hz / version.hz)) for hz, _ in own]
        nearest = min(range(len(own)), key=lambda i: apart[i], default=None)
        for i, (_, x) in enumerate(own):
            right = i == nearest and apart[i] < NEAR
            if right or apart[i] > BESIDE:
                ret.append((version, right, x))
    return versions, ret


def weight(version, right):
    """What is rare and what matters most weighs more: untouched tracks, recordings, clear bells."""
    ret = (0.3 if version.gain == 6 else 1.0) if right else 2.0 if version.hz is None else 0.4
    return ret * (1.5 if version.group.endswith("*") else 1.0)


def learn(args, rows):
    lines = "".join(f"{v.group} {weight(v, right):.2f} {right:d} {' '.join(x)}\n"
                    for v, right, x in rows)
    text = subprocess.run([os.path.join(args.build, "bench", "resonance-fit"), str(HIDDEN),
                           str(ROUNDS), str(DECAY)], input=lines, check=True, capture_output=True,
                          text=True).stdout
    model = {}
    for line in text.splitlines():
        name, value = line.split()
        model.setdefault(name, []).append(value)
    return model


def percent(values):
    return f"{100 * sum(values) / len(values):5.0f} %" if values else "      -"


def report(versions, rows, model):
    for (version, right, _), p in zip(rows, model["p"]):
        name = "planted" if right else "other"
        setattr(version, name, max(getattr(version, name), float(p)))
    for what, there in (("recordings", True), ("rendered", False)):
        part = [v for v in versions if v.group.endswith("*") == there]
        if not part:
            continue
        print(f"\n{what}, each group left out in turn\n"
              "  over     untouched   +6 dB   +9 dB  +12 dB")
        for limit in SHOWN:
            print(f"  {limit:.2f}       {percent([v.other > limit for v in part if not v.hz])}" +
                  "".join(f" {percent([v.planted > limit for v in part if v.hz and v.gain == g])}"
                          for g in (6, 9, 12)))
    print("\n  probability   candidates  mean   bells")
    for low in range(10):
        inside = [(float(p), right) for (_, right, _), p in zip(rows, model["p"])
                  if low <= min(10.0 * float(p), 9.999) < low + 1]
        if inside:
            print(f"  {low / 10:.1f}-{low / 10 + 0.1:.1f}       {len(inside):8d}   "
                  f"{sum(p for p, _ in inside) / len(inside):.2f}    "
                  f"{sum(r for _, r in inside) / len(inside):.2f}")


def array(kind, name, values):
    out, line = f"static const {kind} {name} = {{\n", "   "
    for v in values:
        word = f" {float(v):.3f}f,"
        if len(line) + len(word) > 100:
            out, line = out + line + "\n", "   "
        line += word
    return out + line + "\n};\n"


def write_header(path, model):
    guard = "MG_DSP_SPECTRUM_RESONANCE_MODEL_H"
    features, hidden = "[MG_RESONANCE_FEATURES]", "[MG_RESONANCE_HIDDEN]"
    with open(path, "w", encoding="utf-8") as f:
        f.write("/* Resonance or note: weights of mg_resonance_candidates(), for a layer of tanh "
                "and a straight\n * line beside it.\n"
                " * Written by bench/learn/train_resonance.py; do not edit. */\n"
                f"#ifndef {guard}\n#define {guard}\n\n"
                f"enum {{ MG_RESONANCE_HIDDEN = {HIDDEN} }};\n\n")
        for name, shape in (("mean", features), ("deviation", features),
                            ("hidden", "[MG_RESONANCE_HIDDEN * MG_RESONANCE_FEATURES]"),
                            ("bias", hidden), ("out", hidden), ("linear", features)):
            f.write(array("float", f"mg_resonance_{name}{shape}", model[name]) + "\n")
        f.write(f"static const float mg_resonance_start = {float(model['start'][0]):.3f}f;\n\n"
                "#endif\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--corpus", action="append", default=[])
    parser.add_argument("--keep", help="keep the rendered tracks in this folder")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--judge", action="store_true", help="write no weights")
    args = parser.parse_args()
    versions, rows = [], []
    with tempfile.TemporaryDirectory(prefix="mg.") as temporary, \
            concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        work = list(tracks(args, args.keep or temporary))
        for own, found in pool.map(lambda w: candidates(args, *w), work):
            versions += own
            rows += found
    model = learn(args, rows)
    report(versions, rows, model)
    if not args.judge:
        write_header(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "dsp",
                                  "spectrum", "resonance_model.h"), model)


if __name__ == "__main__":
    sys.exit(main())
