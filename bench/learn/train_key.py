#!/usr/bin/env python3
"""Learn the weights of the key stage from rendered tracks: dsp/key/key_profiles.c.

usage: train_key.py --build BUILD [--out FILE] [--jobs N] [--keep DIR] [--judge]

BUILD/bench/key-features renders the tracks - loops of bench/learn/key_tracks.h, composed pieces of
bench/learn/key_players.h and the mastered club tracks of bench/tracks/club.h; the number of a track
decides all of it - and BUILD/bench/key-fit fits three models: the keys of windows, the keys of whole files
(conditional logits over the 24 keys) and music against drums and noise (a logistic). Printed are
the accuracy of each kind of track when the fit had not seen that kind, and of held tracks with
fresh numbers. Everything is fixed, so the same compiler and library give the same file:
--out dsp/key/key_profiles.c makes the weights of the library again. No recording is used:
recordings with a known key are left to judge the result.

With --judge nothing is learnt: the held tracks are judged by the weights that BUILD was built with.
--keep DIR keeps what was rendered, and takes what is there already.
"""
import argparse, os, subprocess, sys, tempfile

HELD = 1000000
# file of key-fit: sources of key-features with the number of the first track and their count
LEARNT = {"tonal": [("tonal", 0, 2000), ("club", 0, 900), ("pieces", 0, 900)],
          "keyless": [("keyless", 0, 800), ("club-keyless", 0, 350), ("loops", 0, 100)]}
JUDGED = {"held": [("tonal", HELD, 350), ("club", HELD, 150), ("pieces", HELD, 250)],
          "held_keyless": [("keyless", HELD, 200), ("club-keyless", HELD, 60),
                           ("loops", HELD, 40)]}
PART = 50  # tracks of one call
# By which scores are divided so that their softmax is a probability. Fitted to the generated tracks
# it would be 1.05; recordings, whole and degraded, are easier, and at 0.8 both are calibrated.
TEMPERATURE = "0.8"

STRETCH = [("treble, tonic first", 12), ("chroma", 12), ("bass", 12), ("plain", 12),
           ("major triads", 12), ("minor triads", 12), ("mode", 1)]
WHOLE = STRETCH + [
    ("first: tonic, minor and major third, fifth", 4), ("last", 4), ("first and last bass", 2),
    ("entries: tonic, minor and major third, fifth", 4), ("tonic and fifth in the bass", 2),
    ("presence", 12),
    ("motion: from major and minor dominant, from 7 other roots, to itself, to the dominant", 11),
    ("motion of the bass to the tonic from 1 to 11 semitones above it", 11),
    ("to the fifth", 11),
    ("motion: from second, fourth, sixth to dominant, dominant to sixth, tonic and sixth to fourth, "
     "tonic to sixth, dominant to itself", 8),
    ("votes: mean logarithm, mean, first, last", 4)]


def render(program, folder, jobs, wanted):
    """One file for each name, its parts in the order of the list whatever the number of jobs."""
    running = []
    for name, sources in wanted.items():
        parts = []
        for kind, first, count in sources:
            for at in range(first, first + count, PART):
                parts.append(os.path.join(folder, f"{kind}.{at}"))
                if os.path.exists(parts[-1]):
                    continue
                if len(running) >= jobs:
                    wait(*running.pop(0))
                command = [program, kind, str(at), str(min(PART, first + count - at))]
                with open(parts[-1] + ".part", "wb") as out:
                    running.append((subprocess.Popen(command, stdout=out), parts[-1]))
        wanted[name] = parts
    for one in running:
        wait(*one)
    for name, parts in wanted.items():
        with open(os.path.join(folder, name), "wb") as out:
            for path in parts:
                with open(path, "rb") as part:
                    out.write(part.read())
    return [os.path.join(folder, name) for name in wanted]


def wait(process, path):
    if process.wait() != 0:
        sys.exit("key-features failed")
    os.rename(path + ".part", path)


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
        f.write("/* Written by bench/learn/train_key.py, from rendered tracks alone; do not edit."
                " */\n"
                '#include "dsp/key/key_profiles.h"\n\n'
                + table("mg_key_window_weight", "MG_KEY_STRETCH", STRETCH, learnt["window"])
                + table("mg_key_whole_weight", "MG_KEY_WHOLE", WHOLE, learnt["whole"])
                + "".join(f"const double mg_key_tonal_{name}[MG_KEY_TONAL{terms}] = {{\n"
                          + rows(learnt["tonal"][name], "    ") + "};\n\n"
                          for name, terms in (("mean", ""), ("spread", ""), ("weight", "_TERMS")))
                + f"const double mg_key_temperature = {TEMPERATURE};\n")


def main():
    arg = argparse.ArgumentParser()
    arg.add_argument("--build", required=True)
    arg.add_argument("--out")
    arg.add_argument("--jobs", type=int, default=2)
    arg.add_argument("--keep")
    arg.add_argument("--judge", action="store_true")
    arg = arg.parse_args()
    features, fit = (os.path.join(arg.build, "bench", p) for p in ("key-features", "key-fit"))
    subprocess.run(["ninja", "-C", arg.build, "bench/key-features", "bench/key-fit"], check=True,
                   stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as folder:
        folder = arg.keep or folder
        os.makedirs(folder, exist_ok=True)
        paths = render(features, folder, arg.jobs, dict(JUDGED) if arg.judge else LEARNT | JUDGED)
        text = subprocess.run([fit, "judge" if arg.judge else "learn"] + paths, check=True,
                              capture_output=True, text=True).stdout
    learnt = {}
    for line in text.splitlines():
        if not line.startswith("= ") or line.startswith("= temperature"):
            print(line)
            continue
        _, name, mode, *words = line.split()
        learnt.setdefault(name, {})[mode] = [number(w) for w in words]
    if learnt and arg.out:
        write(arg.out, learnt)


if __name__ == "__main__":
    main()
