"""What the plants of planted_faults.py work with: ffmpeg, its meter, samples, a base."""
import array
import json
import os
import random
import re
import struct
import subprocess


class Skip(Exception):
    """This fault cannot be planted in this file."""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")
    return done


def ffmpeg(source, out, *middle, codec="pcm_f32le"):
    run("ffmpeg", "-v", "error", "-nostdin", "-y", "-i", source, *middle, "-c:a", codec, out)


def kept(path, name, find):
    """What `find` returns, kept beside the file."""
    beside = f"{path}.{name}"
    if not os.path.exists(beside):
        ret = find()
        with open(beside, "w", encoding="utf-8") as file:
            json.dump(ret, file)
    with open(beside, encoding="utf-8") as file:
        return json.load(file)


def read_meter(path):
    text = run("ffmpeg", "-nostdin", "-hide_banner", "-i", path, "-af", "ebur128=peak=true", "-f",
               "null", "-").stderr
    summary = text.rpartition("Summary:")[2]
    return {"i": float(re.search(r"I:\s+(-?[\d.]+|-?inf) LUFS", summary)[1]),
            "peak": float(re.search(r"Peak:\s+(-?[\d.]+|-?inf) dBFS", summary)[1]),
            "s": [(float(t), float(s)) for t, s in
                  re.findall(r"\bt:\s*([\d.]+).*?\bS:\s*(-?[\d.]+)", text) if float(t) >= 3.0]}


def meter(path):
    """Loudness and true peak of a base as ffmpeg reads them: i, peak, s: [(end of window, S)]."""
    return kept(path, "meter", lambda: read_meter(path))


class Float32:
    """A float WAV as ffmpeg writes it, to be changed sample by sample."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        at = 12
        while self.data[at:at + 4] != b"data":
            if self.data[at:at + 4] == b"fmt ":
                self.channels, self.rate = struct.unpack_from("<HI", self.data, at + 10)
            at += 8 + struct.unpack_from("<I", self.data, at + 4)[0]
        self.first = at + 8
        self.samples = array.array("f", bytes(self.data[self.first:]))
        self.frames = len(self.samples) // self.channels

    def write(self, path):
        self.data[self.first:] = self.samples.tobytes()
        with open(path, "wb") as file:
            file.write(self.data)


class Base:
    """What a plant works on: the float WAV, its report, and a source of chance of its own."""

    def __init__(self, path, report, seed):
        self.path, self.report, self.chance = path, report, random.Random(seed)

    def part(self, score, name):
        for part in self.report["scores"][score]["parts"]:
            if part["name"] == name and part["measured"] is not None:
                return part
        raise Skip


def filtered(base, out, *middle):
    """A filter's output, taken back in level where its true peak is over the base's, -1..0."""
    ffmpeg(base.path, out + ".wav", *middle)
    over = read_meter(out + ".wav")["peak"] - min(max(meter(base.path)["peak"], -1.0), 0.0)
    if over > 0.0:
        ffmpeg(out + ".wav", out, "-af", f"volume={-over:.3f}dB")
        os.unlink(out + ".wav")
    else:
        os.replace(out + ".wav", out)


def seconds_of(base):
    return base.report["audio"]["duration_s"]


def loud_time(base, first_s, last_s):
    """A time in the music around which S > I - 3."""
    loudness = meter(base.path)
    times = [t - 1.5 for t, s in loudness["s"]
             if s > loudness["i"] - 3.0 and first_s <= t - 1.5 <= last_s]
    if not times:
        raise Skip
    return base.chance.choice(times) + 0.1 * base.chance.random()
