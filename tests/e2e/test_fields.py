"""Levels, dynamics and stereo: faults of known strength, planted in music by sox, and the algebra
that must hold between a track and what was made of it. Loudness and spectra against other meters
stand in test_conformance.py.
"""
import array
import json
import math
import os
import re

from harness import Case, Tracks, run
from test_conformance import wav

BANDS = {"sub": (20, 60), "bass": (60, 250), "low_mid": (250, 500), "mid": (500, 2000),
         "high_mid": (2000, 6000), "high": (6000, 20000)}


def db(ratio):
    return 10 * math.log10(ratio)


def ratio(level_db):
    return 10 ** (level_db / 10)


class Fields(Case):
    def path(self, name):
        return os.path.join(self.dir, name + ".wav")

    def sox(self, name, *args):
        """Runs sox with `...` as the place of the new file; its path."""
        path = self.path(name)
        done = run("sox", *[path if a is ... else a for a in args])
        self.assertEqual(done.returncode, 0, done.stderr)
        return path

    def float_copy(self, path, name, *effects):
        return self.sox(name, path, "-e", "float", "-b", 32, ..., *effects)

    def analyze(self, path):
        return json.loads(self.ok("analyze", "--json", "--excerpt", "-q", path))

    def channels(self, path):
        """The channels as arrays of float, decoded by sox."""
        raw = os.path.join(self.dir, "raw.f32")
        done = run("sox", path, "-t", "raw", "-e", "float", "-b", 32, raw)
        self.assertEqual(done.returncode, 0, done.stderr)
        values = array.array("f")
        with open(raw, "rb") as file:
            values.frombytes(file.read())
        return values[0::2], values[1::2]


class Dynamics(Fields):
    def dr(self, channels, rate):
        """The DR14 method, written down once more from its description."""
        block, figures = 3 * rate, []
        for samples in channels:
            rms, peaks = [], []
            for start in range(0, len(samples) - block + 1, block):
                part = samples[start:start + block]
                rms.append(2 * math.fsum(x * x for x in part) / block)
                peaks.append(max(max(part), -min(part)))
            top = sorted(rms, reverse=True)[:max(1, len(rms) // 5)]
            figures.append(db(sorted(peaks)[-2] ** 2 / (sum(top) / len(top))))
        return sum(figures) / len(figures)

    def test_dr_of_a_case_worked_out_by_hand(self):
        # ten blocks of sines; a block's single high sample is its peak and adds nothing to its RMS
        rate, values = 8000, array.array("f")
        left = [0.10, 0.20, 0.05, 0.10, 0.30, 0.10, 0.02, 0.10, 0.10, 0.10]
        for k, level in enumerate(left):
            for n in range(3 * rate):
                x = level * math.sin(2 * math.pi * 1000 * n / rate + math.pi / 8)
                values.extend((0.9 - 0.1 * k if n == 5 else x, x / 2))
        result = self.analyze(wav(self.path("dr"), rate, 2, values.tobytes(), 32, 3))
        # left: loudest two 0.30 and 0.20, second peak 0.8; right: half the levels, peaks of sines
        loudest = math.sqrt((0.30 ** 2 + 0.20 ** 2) / 2)
        crest = math.cos(math.pi / 8)  # the samples nearest to the sine's crest
        by_hand = (20 * math.log10(0.8 / loudest) + 20 * math.log10(0.20 * crest / loudest)) / 2
        self.assertAlmostEqual(result["dynamics"]["dr"], by_hand, delta=0.051)

    def test_dr_of_music(self):
        for kind in ("four-on-floor", "drum-and-bass", "ambient"):
            path = Tracks.get(kind, seconds=30)[0]
            self.assertAlmostEqual(self.analyze(path)["dynamics"]["dr"],
                                   self.dr(self.channels(path), 44100), delta=0.051)

    def test_psr_of_music_against_other_meters(self):
        """Short-term loudness by ffmpeg, true peak from eight times the rate by sox."""
        for kind in ("four-on-floor", "half-time"):
            path = self.float_copy(Tracks.get(kind, seconds=30)[0], "band-limited", "gain", "-6",
                                   "sinc", "-t", 900, "-18500")
            loudness = self.analyze(path)["loudness"]
            done = run("ffmpeg", "-nostdin", "-v", "error", "-i", path, "-af",
                       "ebur128=metadata=1,ametadata=print:file=-", "-f", "null", "-")
            self.assertEqual(done.returncode, 0, done.stderr)
            short_term = [float(v) for v in re.findall(r"r128\.S=(\S+)", done.stdout)]
            self.assertGreater(len(short_term), 290)
            dense = self.channels(self.sox("dense", path, "-e", "float", "-b", 32, ..., "rate",
                                           "-v", 8 * 44100))
            step = 8 * 4410
            peaks = [max(max(max(c[i:i + step]), -min(c[i:i + step])) for c in dense)
                     for i in range(0, len(dense[0]), step)]
            least = min(20 * math.log10(max(peaks[i - 29:i + 1])) - s
                        for i, s in enumerate(short_term[:len(peaks)])
                        if i >= 29 and s >= loudness["integrated_lufs"] - 10)
            self.assertAlmostEqual(loudness["psr_min_lu"], least, delta=0.1)

    def test_gain_moves_levels_and_nothing_else(self):
        source = Tracks.get("drum-and-bass", seconds=30)[0]
        loud = self.analyze(self.float_copy(source, "loud"))
        soft = self.analyze(self.float_copy(source, "soft", "vol", 0.25))
        moved = 20 * math.log10(0.25)
        for name in ("integrated_lufs", "momentary_max_lufs", "short_term_max_lufs",
                     "true_peak_dbtp", "sample_peak_dbfs"):
            self.assertAlmostEqual(soft["loudness"][name], loud["loudness"][name] + moved,
                                   delta=0.0101, msg=name)
        for part, names in (("loudness", ("range_lu", "plr_lu", "psr_min_lu")),
                            ("dynamics", ("dr", "crest_factor_db")),
                            ("spectrum", ("tilt_db_per_octave", "centroid_hz", "rolloff_hz")),
                            ("stereo", ("correlation", "width", "balance_db", "mono_loss_db")),
                            ("tempo", ("bpm",)), ("key", ("name", "tuning_cents")),
                            ("structure", ("energy",))):
            for name in names:
                if isinstance(loud[part][name], str):
                    self.assertEqual(soft[part][name], loud[part][name], name)
                else:
                    digit = 1.01 if name.endswith("_hz") else 0.11 if name == "dr" else 0.0201
                    self.assertAlmostEqual(soft[part][name], loud[part][name], delta=digit,
                                           msg=name)
        for a, b in zip(loud["spectrum"]["third_octave"], soft["spectrum"]["third_octave"]):
            self.assertAlmostEqual(b["level_db"], a["level_db"] + moved, delta=0.101, msg=a["hz"])

    def test_platform_gains(self):
        source = Tracks.get("four-on-floor", seconds=30)[0]
        for name, gain in (("loud", 0), ("quiet", -20)):
            loudness = self.analyze(self.float_copy(source, name, "gain", gain))["loudness"]
            raised = 0
            for service in loudness["platforms"]:
                wanted = service["target_lufs"] - loudness["integrated_lufs"]
                given = service["gain_db"]
                raised += given > 0
                self.assertAlmostEqual(service["peak_after_dbtp"],
                                       loudness["true_peak_dbtp"] + given, delta=0.011)
                if name == "loud":  # turned down, exactly to the target
                    self.assertAlmostEqual(given, wanted, delta=0.011)
                else:  # turned up by no more than the target asks and the peak allows, or not at all
                    self.assertTrue(0 <= given <= wanted + 0.011)
                    self.assertLess(service["peak_after_dbtp"], 0)
            self.assertEqual(raised > 0, name == "quiet")

    def test_one_music_in_one_and_two_channels(self):
        source = Tracks.get("four-on-floor", seconds=30)[0]
        mono = self.analyze(self.float_copy(source, "mono", "remix", "-"))
        both = self.analyze(self.float_copy(self.path("mono"), "both", "remix", "1", "1"))
        self.assertEqual(mono["loudness"]["integrated_dual_mono_lufs"],
                         both["loudness"]["integrated_lufs"])
        self.assertEqual(mono["stereo"]["reasons"]["correlation"], "mono")
        self.assertTrue(both["stereo"]["dual_mono"])
        self.assertEqual((both["stereo"]["correlation"], both["stereo"]["width"]), (1, 0))
        for part in ("tempo", "key", "dynamics"):
            for name in ("bpm", "name", "dr", "rms_dbfs", "crest_factor_db"):
                if name in mono[part]:
                    self.assertEqual(mono[part][name], both[part][name], name)

    def test_one_music_at_all_rates(self):
        source = Tracks.get("four-on-floor", seconds=30)[0]
        base = self.analyze(self.float_copy(source, "base", "gain", "-4"))
        for rate in (48000, 96000, 192000):
            other = self.analyze(self.float_copy(source, str(rate), "gain", "-4", "rate", "-v", rate))
            # the K filter is designed anew for each rate: its shelf bends a little at the top
            self.assertAlmostEqual(other["loudness"]["integrated_lufs"],
                                   base["loudness"]["integrated_lufs"], delta=0.1)
            self.assertAlmostEqual(other["tempo"]["grid"]["period_s"],
                                   base["tempo"]["grid"]["period_s"], delta=1e-6)
            self.assertEqual(other["key"]["name"], base["key"]["name"])
            for part in ("third_octave", "bands"):
                for a, b in zip(base["spectrum"][part], other["spectrum"][part]):
                    if a.get("hz", 0) < 16000:  # resamplers differ at the very top
                        self.assertAlmostEqual(a["level_db"], b["level_db"], delta=0.201)
            for a, b in zip(base["stereo"]["bands"], other["stereo"]["bands"]):
                self.assertAlmostEqual(a["correlation"], b["correlation"], delta=0.01)


class Stereo(Fields):
    def test_bands_of_known_correlation(self):
        wanted = dict(zip(BANDS, (1.0, 0.9, 0.5, 0.0, -0.5, 0.7)))
        noise = self.sox("noise", "-n", "-r", 44100, "-c", 2, "-e", "float", "-b", 32, ..., "synth",
                         20, "whitenoise", "whitenoise", "gain", "-18")
        parts = []
        for band, (low, high) in BANDS.items():
            rho = wanted[band]
            # edges inside the band, so that nothing reaches its neighbours
            width = (high - low) / 10
            parts.append(self.sox(band, noise, ..., "remix", "1",
                                  f"1v{rho:.6f},2v{math.sqrt(1 - rho * rho):.6f}", "sinc", "-t",
                                  width, f"{low + width}-{high - width}"))
        result = self.analyze(self.sox("mixed", "-m", *parts, ...))
        for band in result["stereo"]["bands"]:
            rho = wanted[band["band"]]
            self.assertAlmostEqual(band["correlation"], rho, delta=0.03, msg=band)
            self.assertAlmostEqual(band["width"], (1 - rho) / 2, delta=0.02, msg=band)
            self.assertAlmostEqual(band["mono_loss_db"], db(2 / (1 + rho)), delta=0.2, msg=band)

    def test_side_gain_and_balance_in_music(self):
        source = Tracks.get("four-on-floor", seconds=30)[0]
        base = self.analyze(self.float_copy(source, "base", "gain", "-12"))["stereo"]
        for side_db in (-15, 9):
            g = 10 ** (side_db / 20)
            same, other = (1 + g) / 2, (1 - g) / 2
            made = self.analyze(self.float_copy(
                source, "side", "gain", "-12", "remix", f"1v{same},2v{other}",
                f"1v{other},2v{same}"))["stereo"]
            for before, after in zip([base] + base["bands"], [made] + made["bands"]):
                if before["width"] >= 0.01:
                    power = g * g * before["width"]
                    # gates may move a little with the louder side
                    self.assertAlmostEqual(after["width"], power / (1 - before["width"] + power),
                                           delta=0.02 + 0.05 * before["width"])
        for side_db in (4, 1.5):
            made = self.analyze(self.float_copy(source, "left", "gain", "-12", "remix", "1",
                                                f"2v{10 ** (-side_db / 20)}"))["stereo"]
            self.assertAlmostEqual(made["balance_db"], base["balance_db"] + side_db, delta=0.02)
            self.assertAlmostEqual(made["correlation"], base["correlation"], delta=0.01)

    def test_one_channel_upside_down(self):
        source = Tracks.get("four-on-floor", seconds=30)[0]
        base = self.analyze(source)["stereo"]
        made = self.analyze(self.sox("turned", source, ..., "remix", "1", "2v-1"))["stereo"]
        self.assertFalse(base["polarity_inverted"])
        self.assertTrue(made["polarity_inverted"])
        self.assertFalse(made["low_end_mono"])
        self.assertAlmostEqual(made["correlation"], -base["correlation"], delta=0.0011)
        self.assertAlmostEqual(made["width"], 1 - base["width"], delta=0.0011)
        for before, after in zip(base["bands"], made["bands"]):
            self.assertAlmostEqual(after["correlation"], -before["correlation"], delta=0.0011)
        # K-weighted powers of mid and side change places
        mid = 1 / ratio(base["mono_loss_db"])
        self.assertAlmostEqual(made["mono_loss_db"], min(-db(1 - mid), 40), delta=0.3)

    def test_the_worst_moment_is_where_it_was_planted(self):
        source = Tracks.get("four-on-floor", seconds=30)[0]
        parts = [self.sox("head", source, ..., "trim", 0, 18),
                 self.sox("turned", source, ..., "trim", 18, 5, "remix", "1", "2v-1"),
                 self.sox("tail", source, ..., "trim", 23)]
        result = self.analyze(self.sox("planted", *parts, ...))["stereo"]
        self.assertLess(result["correlation_min"], -0.7)
        self.assertTrue(18 <= result["correlation_min_at_s"] <= 20)
        self.assertEqual(len(result["phase_sections"]), 1)
        self.assertAlmostEqual(result["phase_sections"][0]["start_s"], 18, delta=0.41)
        self.assertAlmostEqual(result["phase_sections"][0]["end_s"], 23, delta=0.41)
        self.assertFalse(result["polarity_inverted"])
        self.assertEqual(self.analyze(source)["stereo"]["phase_sections"], [])

    def test_low_end(self):
        source = Tracks.get("four-on-floor", seconds=30)[0]
        self.assertTrue(self.analyze(source)["stereo"]["low_end_mono"])
        # the right channel late by half a period of 50 Hz, below 120 Hz only
        low = self.sox("low", source, ..., "remix", "1", "2", "sinc", "-t", 20, "-120", "gain", "-6")
        late = self.sox("late", low, ..., "delay", "0", "0.010", "trim", 0, 30)
        high = self.sox("high", source, ..., "sinc", "-t", 20, "120", "gain", "-6")
        stereo = self.analyze(self.sox("wide-low", "-m", late, high, ..., "gain", "6"))["stereo"]
        self.assertFalse(stereo["low_end_mono"])
        self.assertGreater(stereo["bands"][0]["mono_loss_db"], 3)
        self.assertLess(stereo["bands"][4]["mono_loss_db"], 1)

    def test_channels_alike_and_channels_missing(self):
        source = Tracks.get("four-on-floor", seconds=30)[0]
        alike = self.sox("alike", source, ..., "remix", "1", "1")
        coded = os.path.join(self.dir, "alike.mp3")
        self.assertEqual(run("lame", "--quiet", "-b", "192", alike, coded).returncode, 0)
        for path in (alike, coded):
            stereo = self.analyze(path)["stereo"]
            self.assertTrue(stereo["dual_mono"], path)
            self.assertEqual(stereo["width"], 0)
        self.assertFalse(self.analyze(source)["stereo"]["dual_mono"])
        for left, right, missing in ((1, 0, 1), (0, 2, 0)):
            result = self.analyze(self.sox("one-sided", source, ..., "remix", left, right))
            stereo = result["stereo"]
            self.assertEqual(stereo["silent_channel"], missing)
            self.assertIsNone(stereo["correlation"])
            self.assertEqual(stereo["reasons"]["correlation"], "silent")
            self.assertIn("stereo.channel_silent", [i["code"] for i in result["feedback"]])
            self.assertIsNone(result["loudness"]["true_peak_channels_dbtp"][missing])
