#!/usr/bin/env python3
"""Learn the weights of the key stage from rendered tracks: dsp/key/key_net_model.c.

usage: train_key.py --build BUILD [--out DIR] [--jobs N] [--keep DIR] [--judge]

BUILD/bench/key-render renders the tracks - loops of bench/learn/key_tracks.h, composed pieces of
bench/learn/key_players.h, the mastered club tracks of bench/tracks/club.h, and drums, noise and
speech without a key; the number of a track decides all of it. BUILD/bench/key-net-fit learns the
network that judges a file and every stretch of it. Printed is how fresh tracks, held back, do.
Everything is fixed, so the same compiler and library give the same file: --out dsp/key makes the
weights of the library again. No recording is used: recordings with a known key are left to judge
the result.

With --judge nothing is learnt: the held tracks are judged by the weights that BUILD was built with.
--keep DIR keeps what was rendered, and takes what is there already.
"""
import argparse, os, subprocess, sys, tempfile

HELD = 1000000
# sources of key-render with the number of the first track and their count
LEARNT = [("tonal", 0, 8500), ("club", 0, 5500), ("pieces", 0, 8000), ("riffs", 2 * HELD, 5500),
          ("keyless", 0, 8400), ("club-keyless", 0, 1850), ("loops", 0, 480), ("speech", 0, 2400)]
JUDGED = [("tonal", HELD, 350), ("club", HELD, 150), ("pieces", HELD, 250), ("keyless", HELD, 200),
          ("club-keyless", HELD, 60), ("loops", HELD, 40), ("speech", HELD, 100)]
PART = 50  # tracks of one call
SEED, ROUNDS = 5, 12
# By which scores are divided so that their softmax is a probability, judged on recordings, whole
# and degraded, and on rendered tracks.
TEMPERATURE = "0.8"

WHOLE = 73 + 69  # MG_KEY_WHOLE
# Fields of mg_key_net with their shapes.
NET = [("notes", 61, 24), ("notes_bias", 24), ("harmony", 72, 32), ("harmony_bias", 32),
       ("focus", 2, 32), ("pool", 2, 96), ("bias", 2),
       ("doubt", 14 + 96, 16), ("doubt_bias", 16), ("none", 16), ("none_bias", 1),
       ("whole", 2, WHOLE), ("sound_mean", 14), ("sound_spread", 14)]


def render(program, folder, jobs, name, sources):
    """A file, its parts in the order of the list whatever the number of jobs."""
    running, parts = [], []
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
    for one in running:
        wait(*one)
    with open(os.path.join(folder, name), "wb") as out:
        for path in parts:
            with open(path, "rb") as part:
                out.write(part.read())
    return os.path.join(folder, name)


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


def write_net(path, words):
    out = ("/* Written by bench/learn/train_key.py, from rendered tracks alone; do not edit. */\n"
           '#include "dsp/key/key_net.h"\n\nconst mg_key_net mg_key_net_learnt = {\n')
    at = 0
    for name, *shape in NET:
        out += f"    .{name} = {{\n"
        for _ in range(shape[0] if len(shape) == 2 else 1):
            row = rows([number(w) + "f" for w in words[at:at + shape[-1]]], "        ")
            out += "        {\n" + row + "        },\n" if len(shape) == 2 else row
            at += shape[-1]
        out += "    },\n"
    assert at == len(words)
    with open(path, "w", encoding="utf-8") as f:
        f.write(out + f"}};\n\nconst double mg_key_net_temperature = {TEMPERATURE};\n")


def main():
    arg = argparse.ArgumentParser()
    arg.add_argument("--build", required=True)
    arg.add_argument("--out")
    arg.add_argument("--jobs", type=int, default=2)
    arg.add_argument("--keep")
    arg.add_argument("--judge", action="store_true")
    arg = arg.parse_args()
    programs = ["bench/key-render", "bench/key-net-fit"]
    subprocess.run(["ninja", "-C", arg.build, *programs], check=True, stdout=subprocess.DEVNULL)
    draw, fit = (os.path.join(arg.build, p) for p in programs)
    with tempfile.TemporaryDirectory() as folder:
        folder = arg.keep or folder
        os.makedirs(folder, exist_ok=True)
        held = render(draw, folder, arg.jobs, "held", JUDGED)
        if arg.judge:
            subprocess.run([fit, "judge", TEMPERATURE, held], check=True)
            return
        learnt, net = render(draw, folder, arg.jobs, "learnt", LEARNT), os.path.join(folder, "net")
        with open(net + ".part", "wb") as out:
            wait(subprocess.Popen([fit, "learn", str(SEED), str(ROUNDS), learnt], stdout=out), net)
        subprocess.run([fit, "judge", TEMPERATURE, held, net], check=True)
        with open(net, encoding="utf-8") as f:
            words = f.read().split()
    if arg.out:
        write_net(os.path.join(arg.out, "key_net_model.c"), words)


if __name__ == "__main__":
    main()
