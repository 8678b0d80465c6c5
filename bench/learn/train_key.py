#!/usr/bin/env python3
"""Learn the weights of the key stage from rendered tracks: dsp/key/key_profiles.c and
dsp/key/key_net_model.c.

usage: train_key.py --build BUILD [--out DIR] [--jobs N] [--keep DIR] [--judge]

BUILD/bench/key-render renders the tracks - loops of bench/learn/key_tracks.h, composed pieces of
bench/learn/key_players.h, the mastered club tracks of bench/tracks/club.h, and drums, noise and
speech without a key; the number of a track decides all of it. BUILD/bench/key-fit fits the keys of
windows (conditional logits over the 24 keys) and whether they have one (a logistic),
BUILD/bench/key-net-fit the network that judges a whole file on both. Printed is how fresh tracks,
held back, do. Everything is fixed, so the same compiler and library give the same files: --out
dsp/key makes the weights of the library again. No recording is used: recordings with a known key
are left to judge the result.

With --judge nothing is learnt: the held tracks are judged by the weights that BUILD was built with.
--keep DIR keeps what was rendered, and takes what is there already.
"""
import argparse, os, subprocess, sys, tempfile

HELD = 1000000
# file: sources of key-render with the number of the first track and their count
LEARNT = {"tonal": [("tonal", 0, 2000), ("club", 0, 900), ("pieces", 0, 900)],
          "keyless": [("keyless", 0, 800), ("club-keyless", 0, 350), ("loops", 0, 100)],
          "course": [("tonal", 0, 8500), ("club", 0, 5500), ("pieces", 0, 8000),
                     ("riffs", 2 * HELD, 5500), ("keyless", 0, 8400), ("club-keyless", 0, 1850),
                     ("loops", 0, 480), ("speech", 0, 2400)]}
JUDGED = {"held": [("tonal", HELD, 350), ("club", HELD, 150), ("pieces", HELD, 250)],
          "held_keyless": [("keyless", HELD, 200), ("club-keyless", HELD, 60),
                           ("loops", HELD, 40)]}
JUDGED["course_held"] = [*JUDGED["held"], *JUDGED["held_keyless"], ("speech", HELD, 100)]
PART = 50  # tracks of one call
SEEDS, ROUNDS = (5,), 12  # of the networks; more than one are averaged
# By which scores are divided so that their softmax is a probability, judged on recordings, whole
# and degraded, and on rendered tracks.
TEMPERATURE = "0.8"

STRETCH = [("treble, tonic first", 12), ("chroma", 12), ("bass", 12), ("plain", 12),
           ("major triads", 12), ("minor triads", 12), ("mode", 1)]
WHOLE = 73 + 69  # MG_KEY_WHOLE
# Fields of mg_key_net with their shapes.
NET = [("notes", 61, 24), ("notes_bias", 24), ("harmony", 72, 32), ("harmony_bias", 32),
       ("focus", 2, 32), ("pool", 2, 96), ("bias", 2),
       ("doubt", 14 + 96, 16), ("doubt_bias", 16), ("none", 16), ("none_bias", 1),
       ("whole", 2, WHOLE), ("sound_mean", 14), ("sound_spread", 14)]


def render(program, folder, jobs, wanted):
    """One file for each name, its parts in the order of the list whatever the number of jobs."""
    running, started = [], set()
    for name, sources in wanted.items():
        parts = []
        for kind, first, count in sources:
            for at in range(first, first + count, PART):
                parts.append(os.path.join(folder, f"{kind}.{at}"))
                if os.path.exists(parts[-1]) or parts[-1] in started:
                    continue
                started.add(parts[-1])
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
    return {name: os.path.join(folder, name) for name in wanted}


def wait(process, path):
    if process.wait() != 0:
        sys.exit("a program of bench/learn failed")
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


def write_profiles(path, learnt):
    with open(path, "w", encoding="utf-8") as f:
        f.write("/* Written by bench/learn/train_key.py, from rendered tracks alone; do not edit."
                " */\n"
                '#include "dsp/key/key_profiles.h"\n\n'
                + table("mg_key_window_weight", "MG_KEY_STRETCH", STRETCH, learnt["window"])
                + "".join(f"const double mg_key_tonal_{name}[MG_KEY_TONAL{terms}] = {{\n"
                          + rows(learnt["tonal"][name], "    ") + "};\n\n"
                          for name, terms in (("mean", ""), ("spread", ""), ("weight", "_TERMS"))
                          ).rstrip() + "\n")


def write_nets(path, nets):
    out = ("/* Written by bench/learn/train_key.py, from rendered tracks alone; do not edit. */\n"
           '#include "dsp/key/key_net.h"\n\nconst mg_key_net mg_key_nets[MG_KEY_NETS] = {\n')
    for words in nets:
        at = 0
        out += "    {\n"
        for name, *shape in NET:
            lines = shape[0] if len(shape) == 2 else 1
            out += f"        .{name} = {{\n"
            for _ in range(lines):
                row = rows([number(w) + "f" for w in words[at:at + shape[-1]]], "            ")
                out += "            {\n" + row + "            },\n" if len(shape) == 2 else row
                at += shape[-1]
            out += "        },\n"
        assert at == len(words)
        out += "    },\n"
    with open(path, "w", encoding="utf-8") as f:
        f.write(out + f"}};\n\nconst double mg_key_net_temperature = {TEMPERATURE};\n")


def learn_nets(program, folder, jobs, tracks, held):
    """The numbers of each network, as words."""
    paths, running = [os.path.join(folder, f"net.{seed}") for seed in SEEDS], []
    for seed, path in zip(SEEDS, paths):
        if len(running) >= jobs:
            wait(*running.pop(0))
        with open(path + ".part", "wb") as out:
            command = [program, "learn", str(seed), str(ROUNDS), tracks]
            running.append((subprocess.Popen(command, stdout=out), path))
    for one in running:
        wait(*one)
    subprocess.run([program, "judge", TEMPERATURE, held, *paths], check=True)
    return [open(path, encoding="utf-8").read().split() for path in paths]


def main():
    arg = argparse.ArgumentParser()
    arg.add_argument("--build", required=True)
    arg.add_argument("--out")
    arg.add_argument("--jobs", type=int, default=2)
    arg.add_argument("--keep")
    arg.add_argument("--judge", action="store_true")
    arg = arg.parse_args()
    programs = ["bench/key-render", "bench/key-fit", "bench/key-net-fit"]
    subprocess.run(["ninja", "-C", arg.build, *programs], check=True, stdout=subprocess.DEVNULL)
    draw, fit, net_fit = (os.path.join(arg.build, p) for p in programs)
    with tempfile.TemporaryDirectory() as folder:
        folder = arg.keep or folder
        os.makedirs(folder, exist_ok=True)
        files = render(draw, folder, arg.jobs, dict(JUDGED) if arg.judge else LEARNT | JUDGED)
        if arg.judge:
            subprocess.run([fit, "judge", files["held"], files["held_keyless"]], check=True)
            subprocess.run([net_fit, "judge", TEMPERATURE, files["course_held"]], check=True)
            return
        text = subprocess.run([fit, "learn", files["tonal"], files["keyless"], files["held"],
                               files["held_keyless"]], check=True, capture_output=True,
                              text=True).stdout
        learnt = {}
        for line in text.splitlines():
            if not line.startswith("= "):
                print(line, flush=True)
                continue
            _, name, mode, *words = line.split()
            learnt.setdefault(name, {})[mode] = [number(w) for w in words]
        nets = learn_nets(net_fit, folder, arg.jobs, files["course"], files["course_held"])
    if arg.out:
        write_profiles(os.path.join(arg.out, "key_profiles.c"), learnt)
        write_nets(os.path.join(arg.out, "key_net_model.c"), nets)


if __name__ == "__main__":
    main()
