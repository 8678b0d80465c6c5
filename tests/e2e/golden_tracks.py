"""The tracks of tests/golden: how each is made, analysed, and shortened for keeping.

With an argument this writes them anew: MG_BUILD=BUILD python3 tests/e2e/golden_tracks.py tests/golden
"""
import json
import os
import subprocess
import sys
import tempfile
import wave

BUILD = os.environ["MG_BUILD"]
MIXGAUGE = os.path.join(BUILD, "mixgauge")
MAKE_TRACK = os.path.join(BUILD, "bench", "make-track")

# What ffmpeg does to a premaster: mud at 340 Hz, and a bass whose right side comes 5 ms late.
MUD = "equalizer=f=340:t=q:w=1.2:g=10"
WIDE_BASS = ("asplit[a][b];[a]lowpass=f=150,lowpass=f=150,adelay=0|5[low];"
             "[b]highpass=f=150,highpass=f=150[high];"
             "[low][high]amix=inputs=2:normalize=0:duration=first")

NAMES = ("club", "premaster", "mono", "pads", "moving", "silent", "blip")


def make(*args):
    subprocess.run([MAKE_TRACK, *map(str, args)], check=True, stdout=subprocess.DEVNULL)


def ffmpeg(source, graph, target, *more):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", source, "-filter_complex",
                    graph, "-c:a", "pcm_s24le", *more, target], check=True)


def zeros(path, channels, frames):
    with wave.open(path, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(bytes(2 * channels * frames))


def render(folder):
    """The audio files of all tracks."""
    def path(name):
        return os.path.join(folder, name + ".wav")
    make("house", "--seconds", 60, "--seed", 12, path("club"))
    make("four-on-floor", "--seconds", 40, "--lufs", -18, "--bits", 24, path("clean"))
    ffmpeg(path("clean"), f"{MUD},{WIDE_BASS}", path("earlier"))
    ffmpeg(path("clean"), "equalizer=f=340:t=q:w=1.2:g=8,volume=5dB", path("premaster"))
    make("hip-hop", "--seconds", 30, "--seed", 3, path("stereo"))
    ffmpeg(path("stereo"), "volume=-3dB", path("mono"), "-ac", "1")
    make("pads", "--seconds", 30, "--seed", 5, path("pads"))
    make("techno", "--seconds", 60, "--seed", 2, "--twist", "tempo-change", path("moving"))
    zeros(path("silent"), 2, 5 * 44100)
    make("drum-loop", "--seconds", 2, path("loop"))
    ffmpeg(path("loop"), "atrim=0:0.3", path("blip"), "-ac", "1")


def options(folder, name):
    """How a track is analysed."""
    if name == "club":
        return ["--profile", "house/club"]
    if name == "premaster":
        return ["--profile", "house/premaster", "--reference", os.path.join(folder, "club.wav"),
                "--since", os.path.join(folder, "earlier.json")]
    return []


def analyse(folder, name):
    """The result of a track, as text."""
    command = [MIXGAUGE, "analyze", "-q", "--json"]
    if name == "premaster":
        earlier = subprocess.run([*command, "--profile", "house/premaster",
                                  os.path.join(folder, "earlier.wav")], check=True,
                                 capture_output=True).stdout
        with open(os.path.join(folder, "earlier.json"), "wb") as file:
            file.write(earlier)
    return subprocess.run([*command, *options(folder, name), os.path.join(folder, name + ".wav")],
                          check=True, capture_output=True, text=True).stdout


def shorten(result):
    """Thins what is long and alike, in the form that it has: outline, timeline, beats."""
    outline, line = result["waveform"], result["loudness"]["timeline"]
    if outline["length"] > 256:
        by = outline["length"] // 256
        data = outline["data"]
        outline["data"] = [f(data[i + side:i + 2 * by:2]) for i in range(0, len(data), 2 * by)
                           for side, f in ((0, min), (1, max))]
        outline["length"] = len(outline["data"]) // 2
        outline["samples_per_pixel"] *= by
    if len(line["momentary_lufs"]) > 100:
        for values in ("momentary_lufs", "short_term_lufs"):
            line[values] = line[values][::5]
        line["step_s"] *= 5
    result["technical"]["clipped_runs"] = result["technical"]["clipped_runs"][:25]
    return result


def freeze(target):
    with tempfile.TemporaryDirectory(prefix="mg-golden.") as folder:
        render(folder)
        for name in NAMES:
            result = shorten(json.loads(analyse(folder, name)))
            with open(os.path.join(target, name + ".json"), "w", encoding="utf-8") as file:
                json.dump(result, file, ensure_ascii=False, separators=(",", ":"))
                file.write("\n")


if __name__ == "__main__":
    freeze(sys.argv[1])
