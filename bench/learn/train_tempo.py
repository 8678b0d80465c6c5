#!/usr/bin/env python3
"""Learn the models of the tempo stage and write dsp/tempo/tempo_octave_model.h and
dsp/tempo/beat_phase_model.h.

usage: train_tempo.py --build BUILD [--corpus DIR ...] [--keep FOLDER] [--judge] [--only MODEL]

Each model gives the candidates of an item (octave: tempi; phase: beginnings of a bar) a score and
is learnt so that the softmax over them gives the right one the most weight
(bench/learn/tempo_learn.h; fixed seeds and rounds: the same input gives the same numbers). Several
networks are averaged, and some of the evidence is hidden from them now and then. Tempi are learnt
from renders - club tracks of all genres, as they are and crossed, drum patterns - and from the
corpora (manifest.csv with id, file, bpm, octave, beat), each recording as it is, at 96 kbit/s, 40
cents up and down, and limited (ffmpeg does these); beats and bars from renders alone, whose truth
is known to the sample, half of them with loud bass, hats, chords or pads between the beats, or hats
that begin there, and some with nothing that ducks under the kick. Slow and fast ones are learnt now
and then at double and half their tempo, as they may be read. Items of weak beat are left out.

Prints how each genre and each source does when it was left out (real sources and a twelfth of the
genres at a time), then when its other items were learnt from, and what was learnt. --judge stops
there. --only learns one of the models. --keep keeps the onset histories in FOLDER and uses those
that are there.
"""
import argparse
import csv
import os
import subprocess
import sys
import tempfile

# What tempo-histories is asked for: first seed and number of each genre; of each style, and a seed.
RENDERS = {"club1000": ("club", 1000, 30), "patterns": ("patterns", 8, 31),
           "more1000": ("more", 1000, 20), "crossed3000": ("crossed", 3000, 9),
           "club2000": ("club", 2000, 12), "patterns57": ("patterns", 16, 57),
           "between6015": ("between", 6015, 15), "between6030": ("between", 6030, 20),
           "unpumped7000": ("unpumped", 7000, 8), "plain8000": ("plain", 8000, 5),
           "plain8005": ("plain", 8005, 5)}
BARS = ("club1000", "patterns", "crossed3000", "club2000", "patterns57", "between6015",
        "between6030", "unpumped7000", "plain8000", "plain8005")
#          letter, hidden, rounds, decay, hide, networks, renders, real items too
MODELS = {"octave": ("C", 16, 40, 0.12, 0.7, 4, tuple(RENDERS)[:4], True),
          "phase": ("P", 24, 40, 0.3, 0.6, 4, BARS, False)}
HEADERS = {"octave": ("tempo_octave_model.h",
                      "Choice of the metrical level: weights of mg_octave_features()."),
           "phase": ("beat_phase_model.h",
                     "Where the bar begins: weights of mg_phase_features().")}
CENTS_40 = 2 ** (40 / 1200)
DEGRADED = {"plain": (1, None), "mp3": (1, None),
            "up": (CENTS_40, f"aresample=44100,asetrate=44100*{CENTS_40:.9f},aresample=44100"),
            "down": (1 / CENTS_40,
                     f"aresample=44100,asetrate=44100/{CENTS_40:.9f},aresample=44100"),
            "limited": (1, "volume=12dB,alimiter=limit=0.9:attack=2:release=40")}
RAW = ["-f", "f32le", "-ac", "2", "-ar", "44100", "-"]


def ffmpeg(arguments, data=None):
    source = {"input": data} if data is not None else {"stdin": subprocess.DEVNULL}
    return subprocess.run(["ffmpeg", "-v", "error", *arguments], capture_output=True, check=True,
                          **source).stdout


def samples(path, how):
    if how == "mp3":
        return ffmpeg(["-i", "-", *RAW], ffmpeg(["-i", path, "-b:a", "96k", "-f", "mp3", "-"]))
    chain = DEGRADED[how][1]
    return ffmpeg(["-i", path, *(["-af", chain] if chain else []), *RAW])


def real_histories(program, corpora, how, path):
    with open(path, "wb") as out:
        for folder in corpora:
            with open(os.path.join(folder, "manifest.csv"), encoding="utf-8", newline="") as file:
                rows = [r for r in csv.DictReader(file) if r["bpm"] and r["beat"] != "weak"]
            for row in rows:
                source = row["id"].rstrip("0123456789").split("_")[0]
                command = [program, "audio", f"real-{source}/{row['id']}",
                           repr(float(row["bpm"]) * DEGRADED[how][0]), row["octave"]]
                done = subprocess.run(command, check=True, capture_output=True,
                                      input=samples(os.path.join(folder, row["file"]), how))
                out.write(done.stdout)


def rendered(command, path):
    with open(path, "wb") as out:
        subprocess.run(command, check=True, stdout=out)


def features_of(build, folder, name, make):
    """The features file of a set of histories, which `make` renders unless they are there."""
    histories = os.path.join(folder, f"{name}.histories")
    if not os.path.exists(histories):
        make(histories + ".part")
        os.rename(histories + ".part", histories)
    path = os.path.join(folder, f"{name}.features")
    with open(histories, "rb") as source, open(path, "wb") as out:
        subprocess.run([os.path.join(build, "bench", "tempo-features")], check=True, stdin=source,
                       stdout=out)
    return path


def fit(build, what, model, files):
    letter, *plan = MODELS[model][:6]
    return subprocess.run([os.path.join(build, "bench", "tempo-fit"), what, letter,
                           *map(str, plan), *files], check=True, capture_output=True,
                          text=True).stdout


def c_array(model, values):
    hidden = MODELS[model][1] * MODELS[model][5]
    out = (f"enum {{ MG_{model.upper()}_HIDDEN = {hidden} }};\n\n"
           f"static const float mg_{model}_weights[{len(values)}] = {{\n")
    line = "   "
    for v in values:
        word = f" {float(v):.3f}f,"
        if len(line) + len(word) > 100:
            out, line = out + line + "\n", "   "
        line += word
    return out + line + "\n};\n"


def write_header(path, guard, what, array):
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"/* {what}\n * Written by bench/learn/train_tempo.py; do not edit. */\n"
                f"#ifndef {guard}\n#define {guard}\n\n{array}\n#endif\n")


def collect(args, folder, models):
    """The features files by name: those that the models are learnt from."""
    program = os.path.join(args.build, "bench", "tempo-histories")
    files = {}
    for name in RENDERS:
        if any(name in MODELS[model][6] for model in models):
            files[name] = features_of(args.build, folder, name, lambda path, n=name: rendered(
                [program, *map(str, RENDERS[n])], path))
    for how in DEGRADED if args.corpus and any(MODELS[model][7] for model in models) else ():
        files[f"real-{how}"] = features_of(args.build, folder, f"real-{how}", lambda path, h=how:
                                           real_histories(program, args.corpus, h, path))
    return files


def learn(args, folder):
    models = [args.only] if args.only else list(MODELS)
    made = collect(args, folder, models)
    arrays = {}
    for model in models:
        real = [name for name in made if name.startswith("real-")] if MODELS[model][7] else []
        files = [made[name] for name in (*MODELS[model][6], *real)]
        for what in ("sources", "items"):
            print(f"{model}: {what} left out in turn")
            print(fit(args.build, what, model, files))
        if not args.judge:
            lines = fit(args.build, "learn", model, files).splitlines()
            print(f"{model}:", lines[-1])
            arrays[model] = c_array(model, [v[2:] for v in lines if v.startswith("= ")])
    return arrays


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--corpus", action="append", default=[])
    parser.add_argument("--keep")
    parser.add_argument("--judge", action="store_true")
    parser.add_argument("--only", choices=MODELS)
    args = parser.parse_args()
    dsp = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "dsp", "tempo")
    with tempfile.TemporaryDirectory(prefix="mg.") as temporary:
        arrays = learn(args, args.keep or temporary)
    for model, values in arrays.items():
        name, what = HEADERS[model]
        write_header(os.path.join(dsp, name), f"MG_DSP_TEMPO_{name.upper().replace('.', '_')}",
                     what, values)


if __name__ == "__main__":
    sys.exit(main())
