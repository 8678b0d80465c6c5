#!/usr/bin/env python3
"""Fit the linear models of the tempo stage and write dsp/tempo/tempo_octave_model.h and
dsp/tempo/beat_phase_model.h.

usage: train_tempo.py --features BUILD/tests/unit/dsp/tempo/tempo-features --corpus DIR [--corpus DIR ...]

Each model gives every candidate of an item (tempi; phases of the beat; beats of the bar) a score
that is linear in its features, and is fitted so that the softmax over the candidates gives the
right one the most weight (ridge-penalised maximum likelihood, RMSprop with fixed rounds: the same
input gives the same numbers). Tempi are learnt from rendered patterns and from the corpora
(manifest.csv with id, file, bpm, octave, beat; decoded by ffmpeg); phases and bars from renders
alone, whose truth is known to the sample. Prints the accuracy on what was learnt, and on each
source of the corpora when that source was left out.
"""
import argparse, collections, csv, math, os, subprocess

TRACKS_PER_STYLE, SEEDS = 12, (31, 32)
REAL_WEIGHT = 4.0
# Styles (numbers of synth_style) that are less, and more, of what producers upload.
STYLE_WEIGHT = {12: 0.6, 13: 0.6, 14: 0.6, 15: 0.6, 16: 0.6, 1: 1.5, 2: 1.5, 3: 1.5, 7: 1.5, 9: 1.5}


def parse(text):
    """Items of the features program: tempi, phases and bars as lists of (right, features)."""
    items = []
    for line in text.splitlines():
        word = line.split()
        if word[0] == "I":
            items.append({"id": word[1], "ambiguous": word[2] == "ambiguous", "bpm": float(word[3]),
                          "C": [], "P": [], "B": []})
        elif word[0] == "C":
            bpm = float(word[1])
            items[-1]["C"].append((is_right(items[-1], bpm), [float(v) for v in word[2:]], bpm))
        elif word[0] in "pb":
            items[-1][word[0].upper()].append((word[1] == "1", [float(v) for v in word[2:]], 0))
    return items


def is_right(item, bpm):
    octaves = (1, 2, 3, 1 / 2, 1 / 3) if item["ambiguous"] else (1,)
    return any(abs(bpm / (item["bpm"] * o) - 1) < 0.02 for o in octaves)


def from_corpus(program, folder):
    items = []
    with open(os.path.join(folder, "manifest.csv"), encoding="utf-8") as f:
        rows = [r for r in csv.DictReader(f) if r["bpm"] and r["beat"] != "weak"]
    for row in rows:
        pcm = subprocess.run(["ffmpeg", "-v", "error", "-i", os.path.join(folder, row["file"]),
                              "-f", "f32le", "-ac", "2", "-ar", "44100", "-"],
                             stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout
        text = subprocess.run([program, "audio", row["id"], row["bpm"], row["octave"]], input=pcm,
                              capture_output=True, check=True).stdout.decode()
        items += parse(text)
    return items


def dot(a, b):
    return sum(map(float.__mul__, a, b))


def fit(cases, weights, rounds=150, rate=0.15, ridge=0.001):
    """cases: lists of (right, features, _). Cases without a right candidate are left out."""
    pairs = [(c, w) for c, w in zip(cases, weights) if any(r for r, _, _ in c)]
    size, total = len(pairs[0][0][0][1]), sum(w for _, w in pairs)
    model, square = [0.0] * size, None
    for turn in range(rounds):
        slope = [ridge * v * total for v in model]
        for case, weight in pairs:
            score = [dot(model, f) for _, f, _ in case]
            top = max(score)
            part = [math.exp(s - top) for s in score]
            every, right = sum(part), sum(p for p, c in zip(part, case) if c[0])
            for p, (is_it, features, _) in zip(part, case):
                d = weight * (p / every - (p / right if is_it else 0))
                if abs(d) > 1e-6:
                    for i, v in enumerate(features):
                        slope[i] += d * v
        slope = [s / total for s in slope]
        square = ([s * s for s in slope] if square is None else
                  [0.9 * q + 0.1 * s * s for q, s in zip(square, slope)])
        step = rate * (1 if turn < 0.6 * rounds else 0.3)
        model = [m - step * s / math.sqrt(q + 1e-6) for m, s, q in zip(model, slope, square)]
    return model


def hits(model, cases):
    return sum(max(case, key=lambda c: dot(model, c[1]))[0] for case in cases)


def c_array(name, values):
    out, line = f"static const double {name}[{len(values)}] = {{\n", "   "
    for v in values:
        word = f" {v:.3f},"
        if len(line) + len(word) > 100:
            out, line = out + line + "\n", "   "
        line += word
    return out + line + "\n};\n"


def write_header(path, guard, what, arrays):
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"/* {what}\n * Written by bench/train_tempo.py; do not edit. */\n"
                f"#ifndef {guard}\n#define {guard}\n\n" + "\n".join(arrays) + "\n#endif\n")


def main():
    arg = argparse.ArgumentParser()
    arg.add_argument("--features", required=True)
    arg.add_argument("--corpus", action="append", required=True)
    arg = arg.parse_args()
    dsp = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dsp")
    renders = []
    for seed in SEEDS:
        renders += parse(subprocess.run([arg.features, "render", str(TRACKS_PER_STYLE), str(seed)],
                                        capture_output=True, check=True).stdout.decode())
    real = [i for folder in arg.corpus for i in from_corpus(arg.features, folder)]
    style_weight = [STYLE_WEIGHT.get(int(i["id"][6:].split("_")[0]), 1.0) for i in renders]

    by_source = collections.defaultdict(list)
    for item in real:
        by_source[item["id"].rstrip("0123456789").split("_")[0]].append(item)
    for source, held in sorted(by_source.items()):
        rest = [i for i in real if i not in held]
        model = fit([i["C"] for i in renders + rest], style_weight + [REAL_WEIGHT] * len(rest))
        print(f"without {source}: {hits(model, [i['C'] for i in held])} of {len(held)} right")

    octave = fit([i["C"] for i in renders + real], style_weight + [REAL_WEIGHT] * len(real))
    print(f"tempo: {hits(octave, [i['C'] for i in renders])} of {len(renders)} renders, "
          f"{hits(octave, [i['C'] for i in real])} of {len(real)} real items")
    phase = fit([i["P"] for i in renders], [1.0] * len(renders))
    bars = [i["B"] for i in renders if i["B"]]
    bar = fit(bars, [1.0] * len(bars))
    print(f"phase: {hits(phase, [i['P'] for i in renders])} of {len(renders)}, "
          f"bar: {hits(bar, bars)} of {len(bars)}")
    write_header(os.path.join(dsp, "tempo_octave_model.h"), "MG_DSP_TEMPO_OCTAVE_MODEL_H",
                 "Choice of the metrical level: weights of mg_octave_features().",
                 [c_array("mg_octave_model", octave)])
    write_header(os.path.join(dsp, "beat_phase_model.h"), "MG_DSP_BEAT_PHASE_MODEL_H",
                 "Phase of the beat and of the bar: weights of mg_phase_features() and\n"
                 " * mg_bar_features().",
                 [c_array("mg_phase_model", phase), c_array("mg_bar_model", bar)])


if __name__ == "__main__":
    main()
