#!/usr/bin/env python3
"""Levels and decoding of any files against programs that we did not write.

usage: references.py --build BUILD FILE|DIR ...

For each file: integrated loudness and loudness range against ffmpeg's ebur128 (the range formed
here from its short-term values by nearest rank), true peak against sox at 32 times the rate, number
of frames and RMS against what ffmpeg decodes.
Prints the largest deviation of each and every file beyond its bound; exits 1 if there is one.
"""
import argparse
import array
import json
import math
import os
import re
import subprocess
import sys

BOUNDS = {"I": 0.05, "LRA": 0.05, "TP": 0.15, "frames": 0, "RMS": 0.01}
ENDINGS = (".wav", ".mp3", ".flac", ".aif", ".aiff")


def output(*command, binary=False):
    done = subprocess.run([str(c) for c in command], capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout if binary else done.stdout.decode()


def decoded(path):
    """All samples, interleaved, by ffmpeg."""
    values = array.array("f")
    values.frombytes(output("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-f", "f32le", "-",
                            binary=True))
    return values


def ebur128(path):
    text = output("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-af",
                  "ebur128=metadata=1,ametadata=print:file=-", "-f", "null", "-")
    found = {key: [float(v) for v in re.findall(rf"^lavfi\.r128\.{key}=(\S+)$", text, re.M)]
             for key in ("I", "S")}
    values = [s for s in found["S"] if s > -70]
    if not values:
        return found["I"][-1], None
    gate = 10 * math.log10(sum(10 ** (s / 10) for s in values) / len(values)) - 20
    values = sorted(s for s in values if s > gate)
    low, high = (math.floor((len(values) - 1) * p + 0.5) for p in (0.1, 0.95))
    return found["I"][-1], values[high] - values[low]


def true_peak(samples, rate, channels):
    """By sox at 32 times the rate; 18 dB of room, because sox clips at full scale, at once."""
    room = array.array("f", (x * 0.125 for x in samples))
    done = subprocess.run(["sox", "-t", "f32", "-r", str(rate), "-c", str(channels), "-", "-n",
                           "rate", "-v", str(32 * rate), "stat"],
                          input=room.tobytes(), capture_output=True, check=False)
    text = done.stderr.decode()
    peaks = [abs(float(v)) for v in re.findall(r"(?:Max|Min)imum amplitude:\s*(\S+)", text)]
    if done.returncode or not peaks:
        sys.exit(f"sox: {text.strip()[-300:]}")
    return 20 * math.log10(max(peaks) / 0.125)


def around_peak(samples, rate, channels, at_s):
    """A second around the highest true peak: enough to judge its height."""
    first = max(0, int((at_s - 0.5) * rate)) * channels
    return samples[first:first + rate * channels]


def compare(result, path):
    audio, loudness = result["audio"], result["loudness"]
    rate, channels = audio["sample_rate_hz"], audio["channels"]
    samples = decoded(path)
    integrated, span = ebur128(path)
    found = {"frames": audio["frames"] - len(samples) // channels}
    if loudness["integrated_lufs"] is not None:
        found["I"] = loudness["integrated_lufs"] - integrated
    if loudness["range_lu"] is not None and span is not None:
        found["LRA"] = loudness["range_lu"] - span
    if loudness["true_peak_dbtp"] is not None:
        piece = around_peak(samples, rate, channels, loudness["true_peak_at_s"])
        found["TP"] = loudness["true_peak_dbtp"] - true_peak(piece, rate, channels)
        power = math.fsum(x * x for x in samples) / len(samples)
        found["RMS"] = result["dynamics"]["rms_dbfs"] - 10 * math.log10(power)
    return found


def audio_files(names):
    for name in names:
        if os.path.isdir(name):
            for entry in sorted(os.listdir(name)):
                if entry.lower().endswith(ENDINGS):
                    yield os.path.join(name, entry)
        else:
            yield name


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", required=True, help="build folder")
    parser.add_argument("files", nargs="+", metavar="FILE|DIR")
    options = parser.parse_args()
    mixgauge = os.path.join(options.build, "mixgauge")
    worst, beyond, count = {}, 0, 0
    for path in audio_files(options.files):
        result = json.loads(output(mixgauge, "analyze", "--json", "--excerpt", "-q", path))
        count += 1
        for name, deviation in compare(result, path).items():
            if abs(deviation) > abs(worst.get(name, (0, ""))[0]):
                worst[name] = (deviation, os.path.basename(path))
            if abs(deviation) > BOUNDS[name] + 1e-9:
                beyond += 1
                print(f"{os.path.basename(path)}: {name} {deviation:+.3f}")
    print(f"{count} files; largest deviations:")
    for name, bound in BOUNDS.items():
        deviation, where = worst.get(name, (0, "none"))
        print(f"  {name:7} {deviation:+.3f}  (bound {bound}; {where})")
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
