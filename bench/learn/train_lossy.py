#!/usr/bin/env python3
"""Fits the model of dsp/spectrum/origin.c: whether audio once was coded by a lossy codec.

    ninja -C BUILD bench/lossy-features
    bench/learn/train_lossy.py --build BUILD [--seconds 20] [--jobs 2]

Renders tracks of several makers, codes a part of their versions with the lossy encoders of ffmpeg
and leaves others clean or treats them as a studio does: gentle, steep and brick-wall low-passes,
converted sampling rates. Fits a logistic model with each maker left out in turn, prints how well
its probabilities hold on what was left out, and the weights of a fit to all.
"""
import argparse
import concurrent.futures
import math
import os
import random
import subprocess
import tempfile

PLAIN = ["four-on-floor", "drum-and-bass", "half-time", "ambient", "drum-loop", "chord-pad"]
CLUB = ["house", "techno", "trance", "dnb", "dubstep", "trap", "synthwave", "hip-hop", "rock",
        "pads"]
PRIOR = 0.2 # of uploads that once were lossy: our estimate

# Made by others: (name, arguments of ffmpeg's lavfi source and filters, or of sox' synth)
FFMPEG = [
    ("white", "anoisesrc=c=white:a=0.4:r=44100", "tremolo=f=2:d=0.9"),
    ("pink", "anoisesrc=c=pink:a=0.7:r=44100", "tremolo=f=4:d=0.95"),
    ("saw", "aevalsrc='0.3*(mod(t*110,1)-0.5)+0.2*(mod(t*277.2,1)-0.5)':s=44100",
     "tremolo=f=1:d=0.5"),
    ("burst", "anoisesrc=c=violet:a=0.5:r=44100", "tremolo=f=6:d=1,apulsator=hz=1"),
]
SOX = [
    ("pluck", ["pluck", "A2", "pluck", "E3"], ["repeat", "9"]),
    ("square", ["square", "82", "square", "123.5"], ["tremolo", "3", "70"]),
]

# name: how it is treated. None of these is lossy.
CLEAN = {
    "as it is": [],
    "12 dB/oct 8 kHz": ["lowpass", "8000"],
    "12 dB/oct 13 kHz": ["lowpass", "13000"],
    "24 dB/oct 12 kHz": ["lowpass", "12000", "lowpass", "12000"],
    "24 dB/oct 17 kHz": ["lowpass", "17000", "lowpass", "17000"],
    "48 dB/oct 16 kHz": ["lowpass", "16000"] * 4,
    "96 dB/oct 15 kHz": ["lowpass", "15000"] * 8,
    "96 dB/oct 18 kHz": ["lowpass", "18000"] * 8,
    "wall 12 kHz": ["sinc", "-12000"],
    "wall 16 kHz": ["sinc", "-n", "2047", "-16000"],
    "wall 18 kHz": ["sinc", "-n", "511", "-18000"],
    "48 kHz and back": ["rate", "-h", "48000", "rate", "-h", "44100"],
    "44 kHz and back": ["rate", "-m", "43200", "rate", "-h", "44100"],
    "high shelf": ["treble", "-9", "9000"],
}
LOSSY = {
    **{f"lame {b}": ["libmp3lame", "-b:a", f"{b}k", "mp3"]
       for b in (96, 128, 160, 192, 224, 256, 320)},
    **{f"lame V{q}": ["libmp3lame", "-q:a", str(q), "mp3"] for q in (0, 2, 5)},
    **{f"aac {b}": ["aac", "-b:a", f"{b}k", "m4a"] for b in (96, 128, 192, 256)},
    **{f"opus {b}": ["libopus", "-b:a", f"{b}k", "opus"] for b in (64, 96, 160)},
    **{f"vorbis q{q}": ["libvorbis", "-q:a", str(q), "ogg"] for q in (3, 6)},
    "shine 128": ["libshine", "-b:a", "128k", "mp3"],
    "shine 192": ["libshine", "-b:a", "192k", "mp3"],
    "twolame 192": ["libtwolame", "-b:a", "192k", "mp2"],
}


def call(*args):
    subprocess.run([str(a) for a in args], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)


def ffmpeg(*args):
    call("ffmpeg", "-nostdin", "-v", "error", "-y", *args)


def bases(build, folder, seconds):
    """(maker, path) of every track."""
    make = os.path.join(build, "bench", "make-track")
    done = []
    for maker, kinds in (("plain", PLAIN), ("club", CLUB)):
        for i, kind in enumerate(kinds):
            path = os.path.join(folder, f"{maker}-{kind}.wav")
            call(make, kind, "--seconds", seconds, "--seed", 11 + i, "--bits", 24, path)
            done.append((maker, path))
    for name, source, effect in FFMPEG:
        path = os.path.join(folder, f"ffmpeg-{name}.wav")
        ffmpeg("-f", "lavfi", "-i", source, "-t", seconds, "-af", effect, "-ac", "2", path)
        done.append(("ffmpeg", path))
    for name, synth, effect in SOX:
        path = os.path.join(folder, f"sox-{name}.wav")
        length = seconds / 10 if "repeat" in effect else seconds
        call("sox", "-n", "-r", "44100", "-c", "2", "-b", "24", path, "synth", length, *synth,
             "gain", "-6", *effect)
        done.append(("sox", path))
    return done


def plain_name(name):
    return name.replace(" ", "_").replace("/", "-")


def treat(path, name, steps, bits):
    out = f"{path[:-4]}~{plain_name(name)}.wav"
    call("sox", "-G", path, "-b", bits, out, *steps)
    return out


def code(path, name, spec, bits):
    *encoder, suffix = spec
    stem = f"{path[:-4]}~{plain_name(name)}"
    ffmpeg("-i", path, "-c:a", *encoder, f"{stem}.{suffix}")
    ffmpeg("-i", f"{stem}.{suffix}", "-ar", "48000" if suffix == "opus" else "44100", "-c:a",
           f"pcm_s{bits}le", stem + ".wav")
    os.unlink(f"{stem}.{suffix}")
    return stem + ".wav"


def features_of(tool, path):
    words = subprocess.run([tool, path], check=True, capture_output=True, text=True).stdout.split()
    os.unlink(path)
    return [float(w) for w in words[2:]], int(words[1])


def sigmoid(z):
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, z))))


def solve(a, b):
    """Gaussian elimination with pivots."""
    n = len(b)
    m = [row[:] + [b[i]] for i, row in enumerate(a)]
    for i in range(n):
        p = max(range(i, n), key=lambda r: abs(m[r][i]))
        m[i], m[p] = m[p], m[i]
        for r in range(n):
            if r != i:
                f = m[r][i] / m[i][i]
                m[r] = [x - f * y for x, y in zip(m[r], m[i])]
    return [m[i][n] / m[i][i] for i in range(n)]


def weights_of(labels):
    """So that lossy files are PRIOR of all, whatever was drawn."""
    lossy = sum(labels)
    return {1: PRIOR * len(labels) / lossy, 0: (1 - PRIOR) * len(labels) / (len(labels) - lossy)}


def fit(items, ridge=1.0, rounds=30):
    """Newton's method; the bias is not held back."""
    n = len(items[0][0])
    w = [0.0] * n
    weight = weights_of([y for _, y in items])
    for _ in range(rounds):
        gradient = [-ridge * w[i] * (i > 0) for i in range(n)]
        hessian = [[(ridge if i > 0 else 1e-6) * (i == j) for j in range(n)] for i in range(n)]
        for x, y in items:
            p = sigmoid(sum(a * b for a, b in zip(w, x)))
            for i in range(n):
                gradient[i] += weight[y] * (y - p) * x[i]
                for j in range(n):
                    hessian[i][j] += weight[y] * p * (1 - p) * x[i] * x[j]
        w = [a + d for a, d in zip(w, solve(hessian, gradient))]
    return w


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--versions", type=int, default=8, help="of either sort for each track")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", help="write the features here")
    args = parser.parse_args()
    tool = os.path.join(args.build, "bench", "lossy-features")
    draw = random.Random(7)
    with tempfile.TemporaryDirectory(prefix="mg-lossy.") as folder, \
            concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        work = []
        for maker, path in bases(args.build, folder, args.seconds):
            for table, y, make in ((CLEAN, 0, treat), (LOSSY, 1, code)):
                for name in draw.sample(sorted(table), min(args.versions, len(table))):
                    bits = draw.choice([16, 16, 24])
                    work.append((maker, path, name, y, make, table[name], bits))

        def one(item):
            maker, path, name, y, make, spec, bits = item
            x, edge = features_of(tool, make(path, name, spec, bits))
            return maker, os.path.basename(path)[:-4], name, y, x, edge

        rows = list(pool.map(one, work))
    if args.keep:
        with open(args.keep, "w", encoding="utf-8") as out:
            for row in rows:
                print(*row, sep="\t", file=out)
    report(rows)


def report(rows):
    left_out = []
    for maker in sorted({r[0] for r in rows}):
        w = fit([(r[4], r[3]) for r in rows if r[0] != maker])
        left_out += [(sigmoid(sum(a * b for a, b in zip(w, r[4]))), r)
                     for r in rows if r[0] == maker]
    weight = weights_of([r[3] for r in rows])
    print("left out by maker, weighted as if one in five were lossy\n"
          "  probability  files  mean  lossy")
    error = 0.0
    for low in range(10):
        bin_ = [(p, r[3], weight[r[3]]) for p, r in left_out if low <= min(p * 10, 9.999) < low + 1]
        if bin_:
            total = sum(b[2] for b in bin_)
            mean, true = (sum(b[i] * b[2] for b in bin_) / total for i in (0, 1))
            error += abs(mean - true) * total / len(left_out)
            print(f"  {low / 10:.1f}-{low / 10 + 0.1:.1f}      {len(bin_):5d}  {mean:.2f}"
                  f"  {true:.2f}")
    print(f"expected calibration error {error:.3f}\n\n  version           files  over 0.8  mean")
    for name in [*CLEAN, *LOSSY]:
        ps = [p for p, r in left_out if r[2] == name]
        if ps:
            print(f"  {name:16s}  {len(ps):5d}  {sum(p >= 0.8 for p in ps):8d}"
                  f"  {sum(ps) / len(ps):.2f}")
    print("\nweights:", ", ".join(f"{v:.3f}" for v in fit([(r[4], r[3]) for r in rows])))


if __name__ == "__main__":
    main()
