"""Measures against signals of known values and against programs that we did not write.

Every file goes through `analyze --json --excerpt`, as a user's would. EBU Tech 3341 and 3342 define
most of the signals: their levels are peak levels of sines in each channel. Cases 7 and 8 (and 5, 6
of Tech 3342) are recordings and 11 and 14 are for live meters: not here.
"""
import array
import json
import math
import os
import re
import shutil
import struct
import subprocess
import unittest

import jsonschema

from harness import BUILD, MIXGAUGE, ROOT, Case, Tracks, run

with open(os.path.join(ROOT, "schema", "result.schema.json"), encoding="utf-8") as file:
    SCHEMA = json.load(file)

# a file that collects what was measured, for tables in the docs
FIGURES = os.environ.get("MG_FIGURES")
SILENT = None  # as a level
FULL = (44100, 48000)
HIGH = (88200, 96000, 192000)


def not_json(text):
    raise ValueError(f"{text} is not JSON")


def wav(path, rate, channels, data, bits=24, code=1, mask=None):
    """Writes sample bytes with a header; with a mask as WAVE_FORMAT_EXTENSIBLE."""
    align = channels * bits // 8
    form = struct.pack("<HHIIHH", 0xFFFE if mask is not None else code, channels, rate,
                       rate * align, align, bits)
    if mask is not None:
        form += struct.pack("<HHIH", 22, bits, mask, code) + bytes.fromhex(
            "000000001000800000aa00389b71")
    with open(path, "wb") as out:
        size = len(data)
        out.write(b"RIFF" + struct.pack("<I", 20 + len(form) + size) + b"WAVE")
        out.write(b"fmt " + struct.pack("<I", len(form)) + form)
        out.write(b"data" + struct.pack("<I", size) + data)
    return path


def int24(values):
    return b"".join(round(v * 8388607).to_bytes(3, "little", signed=True) for v in values)


class Tone:
    """1 kHz in units of `unit_ms`, which hold whole periods, so that segments join smoothly."""

    def __init__(self, rate, unit_ms=10):
        self.rate, self.unit_ms = rate, unit_ms
        self.frames = rate * unit_ms // 1000
        assert self.frames * 1000 == rate * unit_ms
        self.units = {}

    def unit(self, levels):
        """Interleaved bytes of one unit; a peak level in dBFS, or SILENT, for each channel."""
        if levels not in self.units:
            gains = [0.0 if db is SILENT else 10 ** (db / 20) for db in levels]
            sine = [math.sin(2 * math.pi * 1000 * n / self.rate) for n in range(self.frames)]
            self.units[levels] = int24(g * s for s in sine for g in gains)
        return self.units[levels]

    def segments(self, *parts, channels=2):
        """parts: (level or tuple of levels, seconds)."""
        out = []
        for level, seconds in parts:
            levels = level if isinstance(level, tuple) else (level,) * channels
            count = round(seconds * 1000 / self.unit_ms)
            assert abs(count * self.unit_ms - seconds * 1000) < 1e-6
            out.append(self.unit(levels) * count)
        return b"".join(out)


def sine(rate, share, degrees, amplitude, seconds=0.5):
    """A stereo sine of share * rate, faded in and out so that its edges hold no higher peak."""
    n, fade = round(rate * seconds), round(rate * 0.1)
    values = array.array("f")
    for i in range(n):
        edge = min(i, n - 1 - i, fade) / fade
        x = math.sin(2 * math.pi * share * i + math.radians(degrees))
        x *= amplitude * (0.5 - 0.5 * math.cos(math.pi * edge))
        values.extend((x, x))
    return values.tobytes()


def burst(factor=4, frames=1200, half=12):
    """One full-scale cycle of fs/6 in a tone of half the level, at `factor` times the rate and
    band-limited to half of it. Returns the samples and the peak of the continuous signal."""
    n = frames * factor
    middle, period = n // 2 // 24 * 24, 6 * factor
    x = [0.0] * n
    for i in range(n):
        edge = min(i, n - 1 - i, n // 5) / (n // 5)
        x[i] = (0.5 - 0.5 * math.cos(math.pi * edge)) * math.sin(2 * math.pi * i / period) * (
            1.0 if middle <= i < middle + period else 0.5)
    taps = []
    for k in range(-half * factor, half * factor + 1):
        window = 0.42 + 0.5 * math.cos(math.pi * k / (half * factor)) + 0.08 * math.cos(
            2 * math.pi * k / (half * factor))
        t = 0.9 * k / factor
        taps.append(window * (1.0 if k == 0 else math.sin(math.pi * t) / (math.pi * t)))
    gain = sum(taps)
    y = [0.0] * n
    for i in range(half * factor, n - half * factor):
        y[i] = sum(t * x[i + k - half * factor] for k, t in enumerate(taps)) / gain
    peak = 0.0
    for a, b, c in zip(y, y[1:], y[2:]):
        a, b, c = (-a, -b, -c) if b < 0 else (a, b, c)
        if b >= a and b > c:
            peak = max(peak, b + (c - a) ** 2 / (8 * (2 * b - a - c)))
    return y, 20 * math.log10(peak)


class Measured(Case):
    def setUp(self):
        super().setUp()
        self.validator = jsonschema.Draft202012Validator(SCHEMA)

    def path(self, name):
        return os.path.join(self.dir, name + ".wav")

    def analyze(self, *paths, jobs=2):
        """Results in order, each valid."""
        out = self.ok("analyze", "--json", "--excerpt", "-q", "-j", jobs, *paths)
        results = [json.loads(line, parse_constant=not_json) for line in out.splitlines()]
        if len(paths) > 1:
            results = [line["result"] for line in results]
        self.assertEqual(len(results), len(paths))
        return results

    def assert_valid(self, result):
        problems = [f"{'/'.join(map(str, e.path))}: {e.message[:200]}"
                    for e in self.validator.iter_errors(result)]
        self.assertEqual(problems, [])

    def assert_within(self, value, low, high, name):
        if FIGURES:
            with open(FIGURES, "a", encoding="utf-8") as figures:
                figures.write(f"{name}\t{value:.4f}\n")
        self.assertIsNotNone(value, name)
        self.assertTrue(low - 1e-9 <= value <= high + 1e-9, f"{name}: {value}")

    def assert_near(self, value, expected, delta, name):
        self.assert_within(value, expected - delta, expected + delta, name)


class Conformance(Measured):
    """The signals of EBU Tech 3341 and Tech 3342."""

    def measure(self, rate, cases, tone=None, channels=2, mask=None):
        """cases: name -> parts. Returns name -> result."""
        tone = tone or Tone(rate)
        paths = []
        for name, parts in cases.items():
            data = tone.segments(*parts, channels=channels)
            paths.append(wav(self.path(f"{name}-{rate}"), rate, channels, data, mask=mask))
        results = self.analyze(*paths)
        for path in paths:
            os.unlink(path)
        return dict(zip(cases, results))

    def test_3341_steady_tones_and_gates(self):
        cases = {
            "1": [(-23, 20)],
            "2": [(-33, 20)],
            "3": [(-36, 10), (-23, 60), (-36, 10)],
            "4": [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
            "5": [(-26, 20), (-20, 20.1), (-26, 20)],
        }
        for rate in FULL:
            for name, result in self.measure(rate, cases).items():
                loudness, level = result["loudness"], -33 if name == "2" else -23
                where = f"3341 case {name} at {rate} Hz"
                self.assert_near(loudness["integrated_lufs"], level, 0.1, where + ", I")
                if name in "12":
                    for field in ("momentary_max_lufs", "short_term_max_lufs"):
                        self.assert_near(loudness[field], level, 0.1, where + ", " + field)
                    for curve in ("momentary_lufs", "short_term_lufs"):
                        for value in loudness["timeline"][curve]:
                            self.assertAlmostEqual(value, level, delta=0.1 + 1e-9)

    def test_3341_high_and_low_rates(self):
        cases = {"1": [(-23, 6)], "3": [(-36, 4), (-23, 24), (-36, 4)],
                 "12": [(-20, 0.18), (-30, 0.22)] * 5, "9": [(-20, 1.34), (-30, 1.66)] * 2}
        for rate in HIGH:
            results = self.measure(rate, cases)
            for name, field in (("1", "integrated_lufs"), ("3", "integrated_lufs"),
                                ("12", "momentary_max_lufs"), ("9", "short_term_max_lufs")):
                self.assert_near(results[name]["loudness"][field], -23, 0.1,
                                 f"3341 case {name} at {rate} Hz, {field}")
        for rate in (8000, 11025, 16000, 22050, 32000):
            tone = Tone(rate, 40 if rate == 11025 else 20)
            results = self.measure(rate, {k: cases[k] for k in "13"}, tone)
            for name in "13":
                self.assert_near(results[name]["loudness"]["integrated_lufs"], -23, 0.1,
                                 f"3341 case {name} at {rate} Hz, I")

    def test_3341_surround_and_mono(self):
        for rate in FULL + (96000,):
            tone = Tone(rate)
            parts = {"6": [((-28, -28, -24, -30, -30), 20)]}
            plain = self.measure(rate, parts, tone, channels=5)["6"]["loudness"]
            self.assert_near(plain["integrated_lufs"], -23, 0.1, f"3341 case 6, 5.0 at {rate} Hz")
            for lfe in (SILENT, -10):
                parts = {"6": [((-28, -28, -24, lfe, -30, -30), 20)]}
                for mask in (0x3F, 0x60F):
                    loud = self.measure(rate, parts, tone, channels=6, mask=mask)["6"]["loudness"]
                    self.assert_near(loud["integrated_lufs"], -23, 0.1,
                                     f"3341 case 6, 5.1 mask {mask:#x} LFE {lfe} at {rate} Hz")
            mono = self.measure(rate, {"1": [(-23, 20)]}, tone, channels=1)["1"]["loudness"]
            self.assert_near(mono["integrated_lufs"], -26.01, 0.1, f"mono at {rate} Hz")
            self.assert_near(mono["integrated_dual_mono_lufs"], -23, 0.1, f"dual mono at {rate} Hz")

    def test_3341_short_term_and_momentary(self):
        moving = {"9": [(-20, 1.34), (-30, 1.66)] * 5, "12": [(-20, 0.18), (-30, 0.22)] * 25}
        cases = {f"10-{i}": [(SILENT, i * 0.15), (-23, 3), (SILENT, 1)] for i in range(20)}
        cases.update({f"13-{i}": [(SILENT, i * 0.02), (-23, 0.4), (SILENT, 1)] for i in range(20)})
        for rate in FULL:
            for name, result in self.measure(rate, cases).items():
                field = "short_term_max_lufs" if name.startswith("10") else "momentary_max_lufs"
                self.assert_near(result["loudness"][field], -23, 0.1,
                                 f"3341 case {name} at {rate} Hz")
            results = self.measure(rate, moving)
            for name, field, curve in (("9", "short_term_max_lufs", "short_term_lufs"),
                                       ("12", "momentary_max_lufs", "momentary_lufs")):
                loudness = results[name]["loudness"]
                self.assert_near(loudness[field], -23, 0.1, f"3341 case {name} at {rate} Hz")
                values = loudness["timeline"][curve]
                self.assert_near(min(values), -23, 0.1, f"3341 case {name} at {rate} Hz, least")
                self.assert_near(max(values), -23, 0.1, f"3341 case {name} at {rate} Hz, most")

    def test_3342_loudness_range(self):
        cases = {"1": [(-20, 20), (-30, 20)], "2": [(-20, 20), (-15, 20)],
                 "3": [(-40, 20), (-20, 20)],
                 "4": [(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)]}
        for rate in FULL:
            results = self.measure(rate, cases)
            for name, expected in (("1", 10), ("2", 5), ("3", 20), ("4", 15)):
                self.assert_near(results[name]["loudness"]["range_lu"], expected, 1,
                                 f"3342 case {name} at {rate} Hz")
                self.assertEqual(results[name]["loudness"]["range_short"], name != "4")

    def test_3341_true_peak_of_sines(self):
        cases = {"15": (1 / 4, 0, 0.5), "16": (1 / 4, 45, 0.5), "17": (1 / 6, 60, 0.5),
                 "18": (1 / 8, 67.5, 0.5), "19": (1 / 4, 45, 1.41)}
        # beyond the standard: ours promises 0.1 dB up to 0.45 fs, in any phase
        cases.update({f"{share:.3f} fs {phase}": (share, phase, 0.5)
                      for share in (0.3, 0.41, 0.449) for phase in (0, 30, 77)})
        for rate in FULL + HIGH + (8000, 22050):
            paths = [wav(self.path(f"tp-{i}"), rate, 2, sine(rate, *case), 32, 3)
                     for i, case in enumerate(cases.values())]
            for (name, case), result in zip(cases.items(), self.analyze(*paths)):
                truth = 20 * math.log10(case[2])
                peak = result["loudness"]["true_peak_dbtp"]
                self.assert_within(peak - truth, -0.4, 0.2, f"3341 case {name} at {rate} Hz, TP")
                self.assertAlmostEqual(peak, truth, delta=0.1, msg=f"{name} at {rate} Hz")

    def test_3341_true_peak_of_a_burst(self):
        signal, truth = burst()
        for rate in FULL + HIGH:
            paths = []
            for offset in range(4):
                values = array.array("f", (v for x in signal[offset::4] for v in (x, x)))
                paths.append(wav(self.path(f"burst-{offset}"), rate, 2, values.tobytes(), 32, 3))
            for offset, result in enumerate(self.analyze(*paths)):
                name = f"3341 case {20 + offset} at {rate} Hz"
                peak = result["loudness"]["true_peak_dbtp"]
                self.assert_within(peak, -0.4, 0.2, name)
                self.assert_near(peak - truth, 0, 0.1, name + ", against the signal")


class References(Measured):
    """Programme material against ffmpeg and sox."""

    def programme(self):
        files = {}
        for kind in ("four-on-floor", "drum-and-bass", "chord-pad", "ambient"):
            files[kind] = Tracks.get(kind, seconds=60, key="C minor")[0]
        for kind in ("half-time", "drum-loop"):
            files[kind + " 48 kHz"] = Tracks.get(kind, seconds=30, rate=48000, bits=24)[0]
        for kind, rate, channels in (("pinknoise", 44100, 2), ("brownnoise", 48000, 1),
                                     ("whitenoise", 96000, 2)):
            name = f"{kind} {rate}"
            files[name] = self.path(name.replace(" ", "-"))
            done = run("sox", "-n", "-r", rate, "-c", channels, "-b", 24, files[name], "synth", 15,
                       *[kind] * channels, "gain", "-9", "fade", "t", 5)
            self.assertEqual(done.returncode, 0, done.stderr)
        return files

    def ebur128(self, path):
        """What ffmpeg's meter says: (integrated, loudness range, how far apart the values stand
        around P10 and P95). The range is formed here, from ffmpeg's short-term values at 10 Hz by
        nearest rank: its own takes the next lower rank, which in short files is another value."""
        done = run("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-af",
                   "ebur128=metadata=1,ametadata=print:file=-", "-f", "null", "-")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = {"I": [], "S": [], "LRA": []}
        for key, value in re.findall(r"^lavfi\.r128\.(I|S|LRA)=(\S+)$", done.stdout, re.M):
            found[key].append(float(value))
        values = [s for s in found["S"] if s > -70]
        gate = 10 * math.log10(sum(10 ** (s / 10) for s in values) / len(values)) - 20
        values = sorted(s for s in values if s > gate)
        low, high = (math.floor((len(values) - 1) * p + 0.5) for p in (0.1, 0.95))
        step = max(values[low + 1] - values[low - 1], values[high] - values[high - 1])
        span = values[high] - values[low]
        self.assertAlmostEqual(span, found["LRA"][-1], delta=0.05 + step)
        return found["I"][-1], span

    def sox_peak_dbtp(self, path, rate, times):
        # sox clips at full scale, so there has to be room
        done = run("sox", path, "-n", "gain", "-12", "rate", "-v", rate * times, "stat")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("clipped", done.stderr)
        peak = max(abs(float(v)) for v in re.findall(r"(?:Max|Min)imum amplitude:\s*(\S+)",
                                                     done.stderr))
        return 20 * math.log10(peak) + 12

    def test_loudness_of_programme(self):
        files = self.programme()
        for (name, path), result in zip(files.items(), self.analyze(*files.values())):
            with self.subTest(file=name):
                self.assert_valid(result)
                loudness = result["loudness"]
                integrated, span = self.ebur128(path)
                self.assert_near(loudness["integrated_lufs"] - integrated, 0, 0.05,
                                 f"{name}, I against ffmpeg")
                self.assert_near(loudness["range_lu"] - span, 0, 0.05,
                                 f"{name}, LRA against ffmpeg")

    def test_true_peak_of_band_limited_programme(self):
        """Up to 0.42 of the sampling rate; above 0.45 no two interpolators agree."""
        limited = []
        for path in self.programme().values():
            rate = int(run("soxi", "-r", path).stdout)
            limited.append(self.path(f"limited-{len(limited)}"))
            done = run("sox", path, "-b", 24, limited[-1], "trim", 0, 15, "gain", "-6", "sinc",
                       "-t", 0.02 * rate, f"-{0.42 * rate}")
            self.assertEqual(done.returncode, 0, done.stderr)
        for path, result in zip(limited, self.analyze(*limited)):
            peak = self.sox_peak_dbtp(path, result["audio"]["sample_rate_hz"], 8)
            self.assert_near(result["loudness"]["true_peak_dbtp"] - peak, 0, 0.15,
                             f"{os.path.basename(path)}, TP against sox 8x")

    def test_true_peak_of_hot_noise_against_32x(self):
        path = self.path("hot")
        done = run("sox", "-n", "-r", 44100, "-c", 2, "-e", "float", "-b", 32, path, "synth", 2,
                   "whitenoise", "whitenoise", "sinc", "-18000", "gain", "-n", "-0.5")
        self.assertEqual(done.returncode, 0, done.stderr)
        loudness = self.analyze(path)[0]["loudness"]
        peak = self.sox_peak_dbtp(path, 44100, 32)
        self.assertGreater(peak, loudness["sample_peak_dbfs"] + 0.05)
        self.assert_near(loudness["true_peak_dbtp"] - peak, 0, 0.15, "noise to 18 kHz against 32x")

    def test_third_octaves_against_filtered_noise(self):
        for rate in (44100, 48000, 192000):
            path = self.path(f"pink-{rate}")
            done = run("sox", "-n", "-r", rate, "-c", 2, "-b", 24, path, "synth", 20, "pinknoise",
                       "pinknoise", "gain", "-12")
            self.assertEqual(done.returncode, 0, done.stderr)
            result = self.analyze(path)[0]
            levels = {round(b["hz"]): b["level_db"] for b in result["spectrum"]["third_octave"]}
            for centre in (126, 398, 501, 1000, 3981, 10000):
                index = round(10 * math.log10(centre))
                low, high = 10 ** ((index - 0.5) / 10), 10 ** ((index + 0.5) / 10)
                # steep edges need a low rate; one of a thirtieth of the band loses 0.05 dB
                done = run("sox", path, "-n", "rate", "-v", min(round(12 * centre), rate), "sinc",
                           "-t", max((high - low) / 60, 1), f"{low}-{high}", "stats")
                self.assertEqual(done.returncode, 0, done.stderr)
                rms = float(re.search(r"RMS lev dB\s+(\S+)", done.stderr).group(1))
                self.assert_near(levels[centre] - (rms + 3.01), 0, 0.2,
                                 f"{centre} Hz at {rate} Hz against sox")
            self.assert_near(result["spectrum"]["tilt_db_per_octave"], -3, 0.2,
                             f"tilt of pink noise at {rate} Hz")

    def test_rms_and_offset_against_sox(self):
        path = Tracks.get("four-on-floor", seconds=30, fault="dc-offset")[0]
        result = self.analyze(path)[0]
        done = run("sox", path, "-n", "stats")
        rms = float(re.search(r"RMS lev dB\s+(\S+)", done.stderr).group(1))
        peak = float(re.search(r"Pk lev dB\s+(\S+)", done.stderr).group(1))
        offsets = re.search(r"DC offset(.*)", done.stderr).group(1).split()[1:]
        self.assert_near(result["dynamics"]["rms_dbfs"] - rms, 0, 0.01, "RMS against sox")
        self.assert_near(result["loudness"]["sample_peak_dbfs"] - peak, 0, 0.01, "peak against sox")
        for ours, theirs in zip(result["technical"]["dc_offset"], offsets):
            self.assertAlmostEqual(ours, float(theirs), delta=1.1e-6)

    def test_mp3_length_and_start_against_ffmpeg(self):
        source = Tracks.get("four-on-floor", seconds=30)[0]
        forms = {"cbr128": ["-b", "128"], "cbr320": ["-b", "320"], "vbr": ["-V", "2"],
                 "mono": ["-m", "m", "-b", "96"], "22k": ["--resample", "22.05", "-b", "64"],
                 "no-tag": ["-t", "-b", "160"]}
        paths = []
        for name, options in forms.items():
            paths.append(os.path.join(self.dir, name + ".mp3"))
            subprocess.run(["lame", "--quiet", *options, source, paths[-1]], check=True)
        truth = self.analyze(source)[0]
        for name, path, result in zip(forms, paths, self.analyze(*paths)):
            with self.subTest(form=name):
                audio = result["audio"]
                done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-f",
                                       "s16le", "-"], capture_output=True, check=True, timeout=60)
                self.assertEqual(audio["frames"], len(done.stdout) // 2 // audio["channels"])
                self.assertAlmostEqual(result["tempo"]["grid"]["period_s"],
                                       truth["tempo"]["grid"]["period_s"], delta=1e-5)
                if name == "no-tag":
                    self.assertEqual(audio["start_offset_samples"], 0)
                    self.assertIn("no_gapless_info", audio["warnings"])
                else:
                    self.assertEqual(audio["start_offset_samples"],
                                     audio["encoder_delay_samples"] + 529)
                    self.assertAlmostEqual(audio["duration_s"], truth["audio"]["duration_s"],
                                           delta=1e-4)
                if name in ("cbr128", "cbr320", "vbr"):
                    shift = abs(result["tempo"]["grid"]["first_beat_s"] -
                                truth["tempo"]["grid"]["first_beat_s"])
                    period = truth["tempo"]["grid"]["period_s"]
                    self.assertLess(min(shift, period - shift), 0.002)


class Number:
    """A JSON number as its digits, without the point."""

    def __init__(self, text):
        self.text = text
        self.digits = len(text.partition(".")[2])
        self.units = int(text.replace(".", ""))

    def __repr__(self):
        return self.text


class Repeatable(Measured):
    def test_same_bytes_for_any_jobs_and_from_a_pipe(self):
        paths = [Tracks.get(kind, form, seconds=30)[0]
                 for kind in ("four-on-floor", "chord-pad") for form in ("wav", "mp3")]
        outputs = {self.ok("analyze", "--json", "--excerpt", "-q", "-j", jobs, *paths)
                   for jobs in (1, 2, 2)}
        self.assertEqual(len(outputs), 1)
        one = outputs.pop().splitlines()
        self.assertEqual(self.ok("analyze", "--json", "--excerpt", "-q", "-j", 2,
                                 *reversed(paths)).splitlines(), one[::-1])
        for path, line in zip(paths, one):
            with open(path, "rb") as audio:
                done = subprocess.run([MIXGAUGE, "analyze", "--json", "--excerpt", "-q", "-"],
                                      stdin=audio, env=self.env, capture_output=True, check=True,
                                      timeout=60)
            self.assertIn(done.stdout.decode().strip(), line)

    def masked(self, *args):
        """The program with AVX2 and FMA masked for the C library and whoever asks it. The analyser
        starts with an empty environment, and so a script stands in its place that sets the mask."""
        place = os.path.join(self.dir, "bin")
        os.mkdir(place)
        script = os.path.join(place, "mixgauge-analyser")
        with open(script, "w", encoding="utf-8") as out:
            out.write(f"#!/bin/sh\necho started >>'{self.dir}/started'\n"
                      "export GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA\n"
                      f"exec '{BUILD}/mixgauge-analyser' \"$@\"\n")
        os.chmod(script, 0o755)
        shutil.copy(MIXGAUGE, place)
        done = run(os.path.join(place, "mixgauge"), *args, env=self.env)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(os.path.exists(os.path.join(self.dir, "started")))
        return done.stdout

    def assert_close(self, one, other, path=""):
        """Labels equal, and numbers within one in the last digit printed."""
        if isinstance(one, dict):
            self.assertEqual(one.keys(), other.keys(), path)
            for key in one:
                self.assert_close(one[key], other[key], f"{path}.{key}")
        elif isinstance(one, list):
            self.assertEqual(len(one), len(other), path)
            for i, (x, y) in enumerate(zip(one, other)):
                self.assert_close(x, y, f"{path}[{i}]")
        elif isinstance(one, Number):
            self.assertIsInstance(other, Number, path)
            self.assertEqual(one.digits, other.digits, path)
            self.assertLessEqual(abs(one.units - other.units), 1, f"{path}: {one} {other}")
        else:
            self.assertEqual(one, other, path)

    def test_other_processor(self):
        """The service runs on other kinds of processor too: without AVX2 and FMA other inner loops
        run, ours and the C library's."""
        paths = [Tracks.get("four-on-floor", seconds=30)[0], Tracks.get("chord-pad", "mp3")[0]]
        args = ["analyze", "--json", "--excerpt", "-q", *paths]
        for path, one, other in zip(paths, self.ok(*args).splitlines(),
                                    self.masked(*args).splitlines(), strict=True):
            with self.subTest(path=path):
                self.assert_close(json.loads(one, parse_float=Number, parse_int=Number),
                                  json.loads(other, parse_float=Number, parse_int=Number))


class Degenerate(Measured):
    def one(self, name, values, rate=44100, channels=2, bits=32, code=3):
        data = array.array("f", values).tobytes() if code == 3 else bytes(values)
        result = self.analyze(wav(self.path(name), rate, channels, data, bits, code))[0]
        self.assert_valid(result)
        return result

    def test_almost_nothing(self):
        for frames, name in ((1, "one-frame"), (7, "seven"), (13230, "300-ms"), (17640, "400-ms")):
            with self.subTest(name=name):
                result = self.one(name, [0.25, -0.25] * frames)
                self.assertEqual(result["audio"]["frames"], frames)
                loudness = result["loudness"]
                if frames < 17640:
                    self.assertEqual(loudness["reasons"]["integrated_lufs"], "too_short")
                self.assertEqual(loudness["sample_peak_dbfs"], -12.04)
                self.assertEqual(result["tempo"]["reasons"]["bpm"], "too_short")
        done = self.mixgauge("analyze", "--json", wav(self.path("none"), 44100, 2, b""))
        self.assertEqual(done.returncode, 65)
        self.assertEqual(json.loads(done.stdout)["reason"], "empty_audio")

    def test_silence_and_offset(self):
        for name, value in (("silence", 0.0), ("offset", 0.5), ("denormal", 1e-40)):
            for rate in (8000, 44100, 192000):
                with self.subTest(name=name, rate=rate):
                    result = self.one(name, [value, value] * (4 * rate), rate)
                    self.assertIsNone(result["tempo"]["bpm"])
                    self.assertIsNone(result["key"]["name"])
                    if name != "offset":
                        self.assertIsNone(result["loudness"]["integrated_lufs"])
                        self.assertIsNone(result["loudness"]["true_peak_dbtp"])
                        self.assertEqual(result["technical"]["silent_share"], 1)
                        self.assertIsNone(result["scores"]["overall"]["value"])
                    else:
                        self.assertEqual(result["technical"]["dc_offset"], [0.5, 0.5])

    def test_full_scale_square(self):
        period = [1.0] * 100 + [-1.0] * 100
        result = self.one("square", [v for x in period for v in (x, x)] * 1323)
        self.assertEqual(result["loudness"]["sample_peak_dbfs"], 0)
        self.assertEqual(result["dynamics"]["rms_dbfs"], 0)
        self.assertEqual(result["dynamics"]["crest_factor_db"], 0)
        self.assertEqual(len(result["technical"]["clipped_runs"]), 500)
        self.assertEqual(result["technical"]["clipped_samples"], 2 * 264600)
        self.assertTrue(0 < result["loudness"]["true_peak_dbtp"] < 3)

    def test_samples_that_are_no_numbers(self):
        values = [0.1 * math.sin(2 * math.pi * 440 * (i // 2) / 44100) for i in range(2 * 88200)]
        for i, bad in ((1000, math.nan), (50001, math.inf), (90000, -math.inf), (90002, 3e38)):
            values[i] = bad
        result = self.one("nan", values)
        self.assertEqual(result["technical"]["nonfinite_samples"], 3)
        self.assertIn("nonfinite_samples", result["audio"]["warnings"])
        codes = {i["code"]: i["severity"] for i in result["feedback"]}
        self.assertEqual(codes["technical.nonfinite"], "critical")
        for name, value in (("all-nan", math.nan), ("all-inf", math.inf)):
            result = self.one(name, [value] * 88200)
            self.assertEqual(result["technical"]["nonfinite_samples"], 88200)
            self.assertIsNone(result["loudness"]["integrated_lufs"])


if __name__ == "__main__":
    unittest.main()
