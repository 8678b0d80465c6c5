"""The tracks that planted.py plants faults in: rendered ones and the files below a folder."""
import json
import os
import re
import subprocess

from planted_tools import Base, ffmpeg

AUDIO = (".wav", ".mp3", ".flac", ".aiff", ".aif")
FIXED = (("A minor", 1), ("Eb major", 2))
# the kinds of make-track that a profile's genre is for; electronic takes all
KINDS = {
    "ambient": ("ambient", "chord-pad", "pads"),
    "drum_and_bass": ("drum-and-bass", "dnb", "neurofunk", "jungle"),
    "dubstep": ("half-time", "dubstep"),
    "hip_hop": ("hip-hop", "downtempo"),
    "house": ("four-on-floor", "house", "garage"),
    "pop": ("synthwave", "reggaeton", "shuffle"),
    "rock": ("rock",),
    "tech_house": ("tech-house",),
    "techno": ("techno",),
    "trance": ("trance", "psytrance"),
    "trap": ("trap", "future-bass"),
}


def analyze(args, paths, whole=False):
    """The results of `paths` in their order."""
    command = [os.path.join(args.build, "mixgauge"), "analyze", "--json", "--quiet", "--jobs", "1",
               "--profile", args.profile, *([] if whole else ["--excerpt"]), *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(paths)}: {done.stderr.strip()}{done.stdout[:500]}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines if len(paths) == 1 else [line["result"] for line in lines]


class Track:
    """An untouched file: where it lies as float WAV, and its reports by profile, made when first
    asked for."""

    def __init__(self, name, path, working):
        self.name, self.path, self.working, self.reports = name, path, working, {}

    def prepare(self):
        if not os.path.exists(self.working):
            ffmpeg(self.path, self.working + ".part.wav")
            os.replace(self.working + ".part.wav", self.working)

    def report(self, args, fault):
        """Path and report of this fault's base; a fault may need a base of its own."""
        path, key = self.working, (args.profile, fault.whole)
        if fault.prepare:
            path, key = f"{self.working}.{fault.prepare.__name__}.wav", (*key, fault.prepare)
        if key not in self.reports:
            if fault.prepare and not os.path.exists(path):
                plain, = analyze(args, [self.working])
                fault.prepare(Base(self.working, plain, 0), path + ".part.wav")
                os.replace(path + ".part.wav", path)
            self.reports[key], = analyze(args, [path], fault.whole)
        return path, self.reports[key]


def kinds_of(make_track):
    """Fixed kinds and genres, as the command lists them."""
    text = subprocess.run([make_track, "--help"], check=True, capture_output=True, text=True).stdout
    return [re.findall(r"^  ([a-z][\w-]*) ", re.search(head + r"(?:.*\n)*?\n", text)[0],
                       re.MULTILINE) for head in ("\nKinds, ", "\nGenres: ")]


def rendered(args, folder):
    """For the profile's genre: fixed kinds twice, genres with as many seeds as were asked for."""
    make_track = os.path.join(args.build, "bench", "make-track")
    fixed, genres = kinds_of(make_track)
    mine = KINDS.get(args.profile.partition("/")[0], fixed + genres)
    orders = [(kind, seed, ("--key", key)) for kind in fixed for key, seed in FIXED]
    orders += [(kind, args.seed * 1000 + n, ()) for kind in genres for n in range(args.seeds)]
    for kind, seed, options in orders:
        if kind not in mine:
            continue
        name = f"{kind}-{seed}-{args.seconds}"
        path = os.path.join(folder, name + ".wav")
        if not os.path.exists(path):
            subprocess.run([make_track, kind, *options, "--seed", str(seed), "--seconds",
                            str(args.seconds), path + ".part.wav"], check=True, capture_output=True)
            os.replace(path + ".part.wav", path)
        yield Track(name, path, os.path.join(folder, name + ".f32.wav"))


def from_corpus(corpus, folder):
    for root, folders, names in os.walk(corpus):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(AUDIO):
                yield Track(name, os.path.join(root, name), os.path.join(folder, name + ".f32.wav"))
