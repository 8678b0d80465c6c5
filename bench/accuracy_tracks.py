"""The generated tracks of accuracy_generated.py: which there are, and how they are rendered."""
import collections
import json
import os
import random
import subprocess

import generator

SETS = ("genres", "twists", "offbeats", "tempi", "moving", "detuned", "none", "long", "structure",
        "mixes", "leaps")
# What draws a grid between the beats; N tracks take the first N of these in turn.
OFFBEATS = (("intro",), ("hats",), ("bass",), ("stabs",), ("swell",), ("intro", "hats"),
            ("intro", "bass"), ("hats", "stabs"), ("bass", "swell"), ("intro", "hats", "bass"))
MOVING = ("tempo-change", "ritardando", "drift")
OTHER_SETS = (*MOVING, "drums-only", "offbeat-intro", "offbeat-hats", "offbeat-stabs",
              "offbeat-swell", "unpumped")
HARD_GENRES = ("house", "techno", "trance", "dnb", "breaks", "hip-hop", "electro", "synthwave")
DROPS = ("house", "tech-house", "techno", "minimal", "hard-techno", "trance", "psytrance", "dnb",
         "dubstep")
NOISES = ("white", "pink", "brown", "blue", "violet")
# Genres that are mixed with each other, and the tempo.
MIXED = ((("house", "tech-house", "disco", "afro-house"), 124),
         (("techno", "trance", "minimal", "electro"), 132),
         (("dnb", "liquid", "neurofunk", "rollers"), 174),
         (("hip-hop", "downtempo", "amapiano"), 95), (("trance", "house", "synthwave"), 128))
MIX_TRACKS, MIX_BARS, FADE_BARS = 5, 64, 16
# Genres of mixes whose tempo leaps, with the tempi at which each has one level to count at.
LEAPING = (("house", 118, 128), ("tech-house", 122, 130), ("techno", 126, 142),
           ("trance", 132, 142), ("psytrance", 138, 148), ("hardstyle", 148, 158),
           ("dnb", 168, 178), ("neurofunk", 170, 176), ("jungle", 160, 172), ("hip-hop", 82, 98),
           ("disco", 108, 124), ("breaks", 122, 138), ("reggaeton", 90, 102),
           ("synthwave", 84, 118), ("electro", 116, 134))
LEAST_LEAP = 0.05  # of the tempo, from track to track
LEAP_TRACK_S, LEAP_FADES_S = (60, 150), (0, 0, 2, 4, 8)
# Key names as make-track takes them.
MIX_KEYS = [f"{k} major" for k in "C Db D Eb E F F# G Ab A Bb B".split()] + [
    f"{k} minor" for k in "C C# D Eb E F F# G G# A Bb B".split()]
# The genres of jobs that are no track of a genre.
NOISE, MIX, LEAPS = "noise", "mix", "leaps"

# case: what makes it hard, or None; options: those of make-track, or the colour of a noise
Job = collections.namedtuple("Job", "set genre case options")


class Plan:
    """The jobs of the sets asked for; a track is the same whatever other sets are."""

    def __init__(self, build, tracks, seed, quick):
        self.tracks, self.seed, self.quick, self.jobs = tracks, seed, quick, []
        self.made = collections.Counter()
        genres = generator.listed(build, "Genres")
        self.twists = [t for t in generator.listed(build, "Twists") if t not in OTHER_SETS]
        self.beats = [g for g in genres if g != "pads"]

    def add(self, name, genre, *options, case=None, s=60):
        own = self.seed + self.made[name]
        self.made[name] += 1
        self.jobs.append(Job(name, genre, case, [
            "--seed", str(own), "--seconds", str(s), *map(str, options)]))

    def genres(self):
        for _ in range(self.tracks):
            for genre in self.beats:
                self.add("genres", genre)

    def hard(self):
        for i in range(self.tracks):
            for k, twist in enumerate(self.twists):
                self.add("twists", HARD_GENRES[(i + k) % len(HARD_GENRES)], "--twist", twist,
                         case=twist)

    def offbeats(self):
        for i in range(self.tracks):
            for k, genre in enumerate(self.beats):
                names = OFFBEATS[(i + k) % len(OFFBEATS)]
                self.add("offbeats", genre, "--first-beat", round(0.01 * (k + 1), 2),
                         *(word for n in names for word in ("--twist", f"offbeat-{n}")),
                         case=f"offbeat {'+'.join(names)}", s=36)

    def tempi(self):
        for i, bpm in enumerate(range(60, 201, 12 if self.quick else 4)):
            genre = ("techno", "synthwave", "electro", "trance")[i % 4]
            fraction = round(bpm + 0.1 + 0.37 * (i % 2) + 0.0113 * i, 4)
            self.add("tempi", genre, "--bpm", bpm, "--first-beat", round(0.1 + 0.01 * i, 2),
                     case="integer tempo")
            self.add("tempi", genre, "--bpm", fraction, "--first-beat", 0.2,
                     case="fractional tempo")

    def moving(self):
        for i in range(self.tracks):
            for twist in MOVING:
                self.add("moving", HARD_GENRES[i % len(HARD_GENRES)], "--twist", twist, case=twist,
                         s=90)

    def detuned(self):
        for i, cents in enumerate(range(-50, 51, 10 if self.quick else 5)):
            self.add("detuned", HARD_GENRES[i % 4], "--cents", cents)

    def none(self):
        for i in range(10 * self.tracks):
            self.add("none", self.beats[i % len(self.beats)], "--twist", "drums-only",
                     case="drums alone")
        for i in range(5 * self.tracks):
            self.add("none", "pads", case="pads alone")
            self.jobs.append(Job("none", NOISE, NOISE, [
                NOISES[i % len(NOISES)], "--seed", str(self.seed + i)]))

    def long(self):
        tempi = ((87, "hip-hop"), (124, "house"), (127.98, "trance"), (140, "techno"), (174, "dnb"))
        for bpm, genre in tempi[2:3] if self.quick else tempi:
            self.add("long", genre, "--bpm", bpm, "--first-beat", 0.123, s=600)

    def structure(self):
        for _ in range(self.tracks):
            for genre in DROPS:
                self.add("structure", genre, s=180)

    def mixes(self):
        for i in range(self.tracks):
            for k in range(len(MIXED)):
                self.jobs.append(Job("mixes", MIX, None, [
                    "--seed", str(self.seed + len(MIXED) * i + k), "--group", str(k)]))

    def leaps(self):
        for i in range(5 * self.tracks):
            self.jobs.append(Job("leaps", LEAPS, None, ["--seed", str(self.seed + i)]))


def jobs_of(build, sets, tracks, seed, quick=False):
    """Jobs of the sets in their order.
    @param quick  every third tempo, every second detuning, one track of ten minutes"""
    plan = Plan(build, tracks, seed, quick)
    for name in SETS:
        if name in sets:
            getattr(plan, "hard" if name == "twists" else name)()
    return plan.jobs


def next_key(dice, key):
    """Most tracks are mixed with one a fifth away or in the relative key."""
    mode = key // 12 * 12
    relative = (key + 9) % 12 + 12 if key < 12 else (key + 3) % 12
    near = [(key + 7) % 12 + mode, (key + 5) % 12 + mode, relative]
    return dice.choice(near if dice.random() < 0.6 else [k for k in range(24) if k != key])


def render_mix(build, job, path):
    """Tracks of one tempo, cross-faded with their bars on each other."""
    _, seed, _, group = job.options
    dice, (genres, bpm) = random.Random(int(seed)), MIXED[int(group)]
    bar_s, key, keys, tracks = 240 / bpm, dice.randrange(24), [], []
    for n in range(MIX_TRACKS):
        tracks.append(f"{path}.{n}.wav")
        generator.render(build, tracks[-1], dice.choice(genres), "--bpm", str(bpm), "--key",
                         MIX_KEYS[key], "--seconds", str(MIX_BARS * bar_s), "--seed",
                         str(dice.randrange(10 ** 6)))
        middle = n * (MIX_BARS - FADE_BARS) + FADE_BARS / 2 if n else 0
        keys.append({"start_s": middle * bar_s, "key": MIX_KEYS[key]})
        key = next_key(dice, key)
    join(tracks, [FADE_BARS * bar_s] * (MIX_TRACKS - 1), path)
    return json.dumps({"kind": MIX, "bpm": bpm, "constant": True, "keys": keys,
                       "tempi": [{"start_s": 0.0, "bpm": bpm}], "fade_s": FADE_BARS * bar_s})


def render_leaps(build, job, path):
    """Tracks one after the other, cut or with a short fade, as they come."""
    dice, tracks, tempi, fades, at_s, last = random.Random(int(job.options[1])), [], [], [], 0.0, 0
    for n in range(MIX_TRACKS):
        while True:
            genre, low, high = dice.choice(LEAPING)
            bpm = dice.randint(low, high) if dice.random() < 0.7 else round(
                dice.uniform(low, high), 2)
            if n == 0 or abs(bpm / last - 1) >= LEAST_LEAP:
                break
        last, seconds = bpm, round(dice.uniform(*LEAP_TRACK_S), 2)
        tracks.append(f"{path}.{n}.wav")
        truth = json.loads(generator.render(
            build, tracks[-1], genre, "--bpm", str(bpm), "--seconds", str(seconds), "--seed",
            str(dice.randrange(10 ** 6))))
        if n:
            fades.append(dice.choice(LEAP_FADES_S))
        at_s -= fades[-1] if n else 0.0
        tempi.append({"start_s": at_s + fades[-1] / 2 if n else 0.0, "bpm": truth["bpm"],
                      "kind": genre, "first_beat_s": at_s + truth["first_beat_s"]})
        at_s += seconds
    join(tracks, fades, path)
    return json.dumps({"kind": LEAPS, "constant": False, "tempi": tempi, "seconds": at_s})


def join(tracks, fades_s, path):
    """Files one after the other; they are gone then."""
    steps = ";".join(
        f"[{f'm{n - 1}' if n > 1 else 0}][{n}]" +
        (f"acrossfade=d={fade_s}" if fade_s else "concat=v=0:a=1") + f"[m{n}]"
        for n, fade_s in enumerate(fades_s, 1))
    inputs = [word for track in tracks for word in ("-i", track)]
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, "-filter_complex", steps,
                    "-map", f"[m{len(fades_s)}]", path], check=True)
    for track in tracks:
        os.unlink(track)


def render(build, job, path):
    """The truth of a track, which is rendered unless it is there."""
    if job.genre == NOISE:
        if not os.path.exists(path):
            color, _, seed = job.options
            subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i",
                            f"anoisesrc=color={color}:seed={seed}:amplitude=0.5:d=60:r=44100",
                            "-ac", "2", "-f", "wav", path + ".part"], check=True)
            os.rename(path + ".part", path)
        return {"kind": NOISE, "bpm": None, "key": None, "constant": True}
    if not os.path.exists(path + ".json"):
        truth = (render_mix(build, job, path) if job.genre == MIX else
                 render_leaps(build, job, path) if job.genre == LEAPS else
                 generator.render(build, path, job.genre, *job.options))
        with open(path + ".json.part", "w", encoding="utf-8") as f:
            f.write(truth)
        os.rename(path + ".json.part", path + ".json")
    with open(path + ".json", "rb") as f:
        return json.load(f)


def analyzed(build, folder, keep, job):
    """(job, truth, result) of a track; the result is None if there is none."""
    path = os.path.join(folder, "_".join([job.genre, *job.options]).replace("--", "") + ".wav")
    truth = render(build, job, path)
    done = subprocess.run([os.path.join(build, "mixgauge"), "analyze", "--json", "--excerpt", path],
                          capture_output=True, check=False)
    for made in [] if keep else [path, path + ".json"]:
        if os.path.exists(made):
            os.unlink(made)
    return job, truth, json.loads(done.stdout) if done.returncode == 0 else None
