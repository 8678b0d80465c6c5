#!/usr/bin/env python3
"""Learn the weights of the key stage from rendered tracks, in the form of dsp/key/key_profiles.c.

usage: train_key.py --build BUILD [--out FILE] [--jobs N] [--judge]

BUILD/bench/key-features renders the tracks (bench/key_tracks.h: the number of a track decides all
of it) and BUILD/bench/key-fit fits three models: the keys of windows, the keys of whole files
(conditional logits over the 24 keys) and music against drums and noise (a logistic). Printed are
the accuracy of each kind of track when the fit had not seen that kind, and of held tracks with
fresh numbers. Everything is fixed, so the same compiler and library give the same file. No
recording is used: recordings with a known key are left to judge the result. The weights go to the
file of --out, or nowhere: dsp/key/key_profiles.h tells why those of the library are others.

With --judge nothing is learnt: the held tracks are judged by the weights that BUILD was built with.
"""
import argparse, os, subprocess, sys, tempfile

TRACKS, KEYLESS = 2000, 500
HELD_FIRST, HELD_TRACKS, HELD_KEYLESS = 1000000, 500, 300

STRETCH = [("treble, tonic first", 12), ("chroma", 12), ("bass", 12), ("major triads", 12),
           ("minor triads", 12), ("mode", 1)]
WHOLE = STRETCH + [
    ("first: tonic, minor and major third, fifth", 4), ("last", 4), ("first and last bass", 2),
    ("presence", 12),
    ("motion: from major and minor dominant, from 7 other roots, to itself, to the dominant", 11),
    ("votes: mean logarithm, mean, first, last", 4)]


def render(program, folder, jobs, wanted):
    """wanted: (name, kind, first, count). The parts of a name are joined in order, so that the
    number of jobs changes nothing."""
    parts = []
    for name, kind, first, count in wanted:
        step = -(-count // jobs)
        for at in range(0, count, step):
            path = os.path.join(folder, f"{name}.{at}")
            parts.append((name, path, [program, kind, str(first + at),
                                       str(min(step, count - at))]))
    running = []
    for _, path, command in parts:
        if len(running) >= jobs:
            wait(running.pop(0))
        with open(path, "wb") as out:
            running.append(subprocess.Popen(command, stdout=out))
    for one in running:
        wait(one)
    for name, path, _ in parts:
        with open(os.path.join(folder, name), "ab") as out, open(path, "rb") as part:
            out.write(part.read())
        os.remove(path)
    return [os.path.join(folder, name) for name, *_ in wanted]


def wait(process):
    if process.wait() != 0:
        sys.exit("key-features failed")


def number(word):
    return word if any(c in word for c in ".e") else word + ".0"


def rows(words, lead):
    """Numbers in lines of at most 100 columns."""
    out, line = "", lead
    for word in words:
        if len(line) + len(word) + 2 > 100:
            out, line = out + line.rstrip() + "\n", lead
        line += word + ", "
    return out + line.rstrip() + "\n"


def table(name, size, groups, weights):
    out = f"const double {name}[2][{size}] = {{\n"
    for mode in ("major", "minor"):
        words, at = weights[mode], 0
        out += "    {\n"
        for label, count in groups:
            out += f"     /* {label} */\n" + rows(words[at:at + count], "     ")
            at += count
        out += "    },\n"
    return out + "};\n\n"


def write(path, learnt):
    with open(path, "w", encoding="utf-8") as f:
        f.write("/* Written by bench/train_key.py, from rendered tracks alone; do not edit. */\n"
                '#include "dsp/key/key_profiles.h"\n\n'
                + table("mg_key_window_weight", "MG_KEY_STRETCH", STRETCH, learnt["window"])
                + table("mg_key_whole_weight", "MG_KEY_WHOLE", WHOLE, learnt["whole"])
                + "const double mg_key_tonal_weight[MG_KEY_TONAL] = {\n"
                + rows(learnt["tonal"]["all"], "    ") + "};\n\n"
                + f"const double mg_key_temperature = {learnt['temperature']['all'][0]};\n")


def main():
    arg = argparse.ArgumentParser()
    arg.add_argument("--build", required=True)
    arg.add_argument("--out")
    arg.add_argument("--jobs", type=int, default=2)
    arg.add_argument("--judge", action="store_true")
    arg = arg.parse_args()
    features, fit = (os.path.join(arg.build, "bench", p) for p in ("key-features", "key-fit"))
    subprocess.run(["ninja", "-C", arg.build, "bench/key-features", "bench/key-fit"], check=True,
                   stdout=subprocess.DEVNULL)
    wanted = [("held", "tonal", HELD_FIRST, HELD_TRACKS),
              ("held_keyless", "keyless", HELD_FIRST, HELD_KEYLESS)]
    if not arg.judge:
        wanted = [("tonal", "tonal", 0, TRACKS), ("keyless", "keyless", 0, KEYLESS)] + wanted
    with tempfile.TemporaryDirectory() as folder:
        paths = render(features, folder, arg.jobs, wanted)
        text = subprocess.run([fit, "judge" if arg.judge else "learn"] + paths, check=True,
                              capture_output=True, text=True).stdout
    learnt = {}
    for line in text.splitlines():
        if not line.startswith("= "):
            print(line)
            continue
        _, name, mode, *words = line.split()
        learnt.setdefault(name, {})[mode] = [number(w) for w in words]
    if learnt and arg.out:
        write(arg.out, learnt)


if __name__ == "__main__":
    main()
