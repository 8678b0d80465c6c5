#!/usr/bin/env python3
"""Peak memory of the largest process of `mixgauge analyze` on very long files.

usage: bench/run memory [HOURS ...], or memory.py --build BUILD [HOURS ...]

Files of 3 and 12 hours (or HOURS) as 64 kbit/s MP3 at 44.1 kHz, stereo and mono, are made of one
ten-minute set - house, drum and bass, half-time, ambient, at different tempi, so that the tempo
does not hold still - which is encoded once and written over and over. Prints the peak resident set
of each and exits with 1 where it exceeds 32 MiB (to 3 hours) or 48 MiB (to 12).
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import wave

SET = (("four-on-floor", 124, 150), ("drum-and-bass", 174, 150), ("half-time", 140, 150),
       ("ambient", 90, 150))


def limit_mib(hours):
    return 32 if hours <= 3 else 48


def render(build, folder):
    """The ten-minute set as a WAV file; its seconds."""
    path, seconds = os.path.join(folder, "set.wav"), 0
    with wave.open(path, "wb") as out:
        out.setparams((2, 2, 44100, 0, "NONE", ""))
        for kind, bpm, length in SET:
            wav = os.path.join(folder, kind + ".wav")
            subprocess.run([f"{build}/bench/make-track", kind, "--bpm", str(bpm), "--seconds",
                            str(length), wav], check=True, stdout=subprocess.DEVNULL)
            with wave.open(wav, "rb") as part:
                while frames := part.readframes(1 << 16):
                    out.writeframes(frames)
            os.unlink(wav)
            seconds += length
    return path, seconds


def encode(wav, mode, path):
    """Frames without an info tag, each copy of which can follow the one before."""
    down = ["-a"] if mode == "m" else []
    subprocess.run(["lame", "--quiet", "-t", "--nores", *down, "-m", mode, "--resample", "44.1",
                    "-b", "64", wav, path], check=True)


def repeat(part, times, path):
    """In pieces: a child's peak begins with what this process holds when it starts it."""
    with open(path, "wb") as out:
        for _ in range(times):
            with open(part, "rb") as f:
                shutil.copyfileobj(f, out)


def analyse(build, path):
    """Peak MiB of the largest process, seconds of processor time, seconds of audio."""
    with tempfile.TemporaryFile() as out:
        begin = time.monotonic()
        argv = [f"{build}/mixgauge", "analyze", "--json", "--quiet", "--limit-seconds", "24h", path]
        child = subprocess.Popen(argv, stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"memory.py: analyze failed with {child.returncode} on {path}")
        out.seek(0)
        audio = json.load(out)["audio"]
    cpu, wall = usage.ru_utime + usage.ru_stime, time.monotonic() - begin
    return usage.ru_maxrss / 1024, cpu, audio["duration_s"], wall


def main():
    parser = argparse.ArgumentParser(description="Peak memory on very long files.")
    parser.add_argument("--build", required=True)
    parser.add_argument("hours", nargs="*", type=float, default=[3, 12])
    args = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="mg.", dir=os.environ.get("TMPDIR", "/tmp")) as folder:
        whole, seconds = render(args.build, folder)
        print(f"{'file':<12} {'hours':>6} {'peak MiB':>9} {'limit':>6} {'CPU s':>7} {'wall s':>7}",
              flush=True)
        for name, mode in (("stereo", "j"), ("mono", "m")):
            part, path = os.path.join(folder, "part.mp3"), os.path.join(folder, "long.mp3")
            encode(whole, mode, part)
            for hours in args.hours or [3, 12]:
                repeat(part, max(1, round(hours * 3600 / seconds)), path)
                peak, cpu, length, wall = analyse(args.build, path)
                limit = limit_mib(hours)
                failed |= peak > limit
                over = "  OVER" if peak > limit else ""
                print(f"{name:<12} {length / 3600:6.2f} {peak:9.1f} {limit:6} {cpu:7.1f} "
                      f"{wall:7.1f}{over}", flush=True)
    sys.exit(1 if failed else 0)


main()
