"""The tracks that planted.py and advice.py plant faults in, rendered ones and the files below a
folder; and how both go through them."""
import concurrent.futures
import json
import os
import random
import subprocess
import tempfile

import generator
from planted_faults import STRENGTHS
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


def rendered(args, folder):
    """For the profile's genre: fixed kinds twice, genres with as many seeds as were asked for."""
    fixed, genres = (generator.listed(args.build, head) for head in ("Kinds", "Genres"))
    mine = KINDS.get(args.profile.partition("/")[0], fixed + genres)
    orders = [(kind, seed, ("--key", key)) for kind in fixed for key, seed in FIXED]
    orders += [(kind, args.seed * 1000 + n, ()) for kind in genres for n in range(args.seeds)]
    for kind, seed, options in orders:
        if kind not in mine:
            continue
        name = f"{kind}-{seed}-{args.seconds}"
        path = os.path.join(folder, name + ".wav")
        if not os.path.exists(path):
            generator.render(args.build, path, kind, *options, "--seed", seed, "--seconds",
                             args.seconds)
        yield Track(name, path, os.path.join(folder, name + ".f32.wav"))


def from_corpus(corpus, folder):
    for root, folders, names in os.walk(corpus):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(AUDIO):
                yield Track(name, os.path.join(root, name), os.path.join(folder, name + ".f32.wav"))


def tracks_of(args, folder, pool):
    """Those of the profile, ready to have faults planted in them."""
    tracks = list(rendered(args, folder))
    for corpus in args.corpus:
        tracks += from_corpus(corpus, folder)
    list(pool.map(Track.prepare, tracks))
    return tracks


def try_on(args, fault, tracks, pool, one):
    """What one(track) says of tracks in an order drawn for the fault, until args.files of them said
    something."""
    order, done = list(tracks), 0
    random.Random(f"{args.seed}/{fault.code}").shuffle(order)
    while order and done < args.files:
        batch = [order.pop() for _ in range(min(args.files - done, len(order)))]
        for said in pool.map(one, batch):
            done += bool(said)
            yield said


def add_options(parser, seeds, files):
    """Those of both commands; the defaults differ."""
    parser.add_argument("--build", required=True)
    parser.add_argument("--corpus", action="append", default=[])
    parser.add_argument("--seeds", type=int, default=seeds,
                        help=f"rendered tracks of each genre ({seeds})")
    parser.add_argument("--profile", action="append", help="may be repeated (electronic/streaming)")
    parser.add_argument("--strength", action="append", choices=STRENGTHS)
    parser.add_argument("--files", type=int, default=files, help=f"tried for each fault ({files})")
    parser.add_argument("--seconds", type=int, default=40, help="length of rendered tracks (40)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--cache", help="keep rendered and decoded bases in this folder, and what "
                        "was found out about them")


def by_profile(args, judge):
    """judge(folder, working, pool) with each profile in args.profile; working is temporary."""
    args.strength = [s for s in STRENGTHS if not args.strength or s in args.strength]
    profiles, ret = args.profile or ["electronic/streaming"], []
    with tempfile.TemporaryDirectory(prefix="mg.") as folder, \
            concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        bases = args.cache or folder
        os.makedirs(bases, exist_ok=True)
        for args.profile in profiles:
            ret.append(judge(bases, folder, pool))
    return ret
