"""The tracks of docs/stories.md: generated music, its faults planted with ffmpeg.

With an argument this leaves them in that folder, to play the stories there:
MG_BUILD=BUILD python3 tests/e2e/story_tracks.py FOLDER
"""
import os
import sys

from golden_tracks import WIDE_BASS, ffmpeg, make

MUD = "equalizer=f=340:t=q:w=1.2:g=11"
PRESENCE = "equalizer=f=3500:t=q:w=0.6:g=4"


def premasters(folder):
    """One mix in three versions: mud and a wide bass; mud; neither."""
    clean = os.path.join(folder, "clean.wav")
    make("four-on-floor", "--seconds", 90, "--bpm", 124, "--lufs", -20, "--bits", 24, clean)
    for number, graph in ((1, f"{MUD},{WIDE_BASS}"), (2, MUD), (3, PRESENCE)):
        ffmpeg(clean, graph, os.path.join(folder, f"premaster-{number}.wav"))
    os.remove(clean)


def crate(folder):
    """Five masters; one has its right channel upside down, one is quiet."""
    friday = os.path.join(folder, "friday")
    os.mkdir(friday)

    def path(name):
        return os.path.join(friday, name + ".wav")
    make("four-on-floor", "--seconds", 60, "--bpm", 124, "--lufs", -8.5, path("opener"))
    make("four-on-floor", "--seconds", 60, "--bpm", 126, "--key", "E minor", "--lufs", -9,
         "--seed", 2, path("second"))
    make("four-on-floor", "--seconds", 60, "--bpm", 128, "--key", "B minor", "--lufs", -13.5,
         "--seed", 3, path("promo"))
    make("drum-and-bass", "--seconds", 60, "--bpm", 174, "--key", "G minor", "--lufs", -7.5,
         path("closer"))
    make("four-on-floor", "--seconds", 60, "--bpm", 125, "--lufs", -8, "--seed", 4, path("plain"))
    ffmpeg(path("plain"), "pan=stereo|c0=c0|c1=-1*c1", path("edit"))
    os.remove(path("plain"))


if __name__ == "__main__":
    premasters(sys.argv[1])
    crate(sys.argv[1])
