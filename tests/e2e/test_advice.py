"""Advice that is followed to the letter: the tool, frequency and amount of the sentence, applied by
ffmpeg, make the item go (or no more than a remark), and the measure lands where the sentence said.
bench/run advice does the same with many tracks."""
import fnmatch
import os
import sys
import types

from harness import BUILD, ROOT, Case, Tracks

sys.path.insert(0, os.path.join(ROOT, "bench"))

from advice import follow, item_of  # noqa: E402
from advice_actions import ACTIONS, found  # noqa: E402
from planted_faults import FAULTS, STRENGTHS  # noqa: E402
from planted_tools import Base, Skip, ffmpeg, read_meter  # noqa: E402
from planted_tracks import analyze  # noqa: E402

# a track of 16 s for each fault, on which it can be planted
KINDS = {
    "tonal.sub_low": "four-on-floor", "tonal.sub_high": "synthwave", "stereo.mono_loss": "trance",
    "stereo.*": "synthwave", "technical.hum": "synthwave", "technical.silence_*": "four-on-floor",
    "key.detuned": "synthwave", "tempo.not_integer": "four-on-floor",
}
# what the bench does not plant
LIMITER = "alimiter=limit=%f:attack=%g:release=%g:level=disabled"
OTHERS = {
    "loudness.codec_over": ("house", "volume=4dB,aresample=176400," + LIMITER % (0.85, 5, 100) +
                            ",aresample=44100"),
    # a side of its own under a bass that stays in the middle
    "stereo.low_end_wide": ("house", "asplit[a][b];[a]lowpass=f=100,adelay=5:all=1,"
                            "pan=stereo|c0=0.6*c0|c1=-0.6*c0[c];"
                            "[c][b]amix=normalize=0,volume=-6dB"),
}


class Advice(Case):
    def setUp(self):
        super().setUp()
        self.args = types.SimpleNamespace(build=BUILD, profile="electronic/streaming")

    def base(self, code):
        kind = next((k for p, k in KINDS.items() if fnmatch.fnmatch(code, p)), "house")
        seconds = 36 if code.startswith("tempo.") else 16
        wav, _ = Tracks.get(kind, seconds=seconds, seed=3)
        path = os.path.join(self.dir, f"{kind}-{seconds}.wav")
        if not os.path.exists(path):
            # a level at which neither peaks nor loudness are a matter
            ffmpeg(wav, path, "-af", "volume=-5dB")
        return path

    def delivers(self, code, path, whole=False):
        before, = analyze(self.args, [path], whole)
        self.assertIsNotNone(item_of(before, code), [i["code"] for i in before["feedback"]])
        outcome = follow(self.args, code, "track", path, before, whole, self.dir)
        self.assertIsNotNone(outcome, item_of(before, code)["advice"])
        told = f"{outcome.item['message']} {outcome.item['advice']} -> {outcome.said}"
        self.assertTrue(outcome.gone, told)
        self.assertTrue(outcome.landed, told)

    def test_what_the_advice_says_is_what_it_does(self):
        for fault in FAULTS:
            if fault.code not in ACTIONS:
                continue
            with self.subTest(code=fault.code):
                path = self.base(fault.code)
                if fault.prepare:
                    plain, = analyze(self.args, [path])
                    fault.prepare(Base(path, plain, 0), path + ".prepared.wav")
                    path += ".prepared.wav"
                before, = analyze(self.args, [path], fault.whole)
                out = os.path.join(self.dir, "planted.wav")
                try:
                    fault.plant(Base(path, before, fault.code), out, STRENGTHS.index("medium"))
                except Skip:
                    self.fail("cannot be planted here")
                self.delivers(fault.code, out, fault.whole)

    def test_what_the_bench_does_not_plant(self):
        for code, (kind, graph) in OTHERS.items():
            with self.subTest(code=code):
                wav, _ = Tracks.get(kind, seconds=16, seed=3)
                out = os.path.join(self.dir, "planted.wav")
                ffmpeg(wav, out, "-filter_complex", graph)
                self.delivers(code, out)

    def test_less_drive_into_the_limiter_gives_the_peaks_their_room(self):
        """In steps of 2 dB until the three seconds are as much softer as was said."""
        wav, _ = Tracks.get("hip-hop", seconds=16, seed=3)
        out = os.path.join(self.dir, "driven.wav")

        def driven(drive):
            ffmpeg(wav, out, "-af", f"volume={drive}dB," + LIMITER % (0.9, 0.2, 5))
            report, = analyze(self.args, [out])
            return report, dict((round(t, 1), s) for t, s in read_meter(out)["s"])
        before, loudness = driven(14)
        item = item_of(before, "dynamics.over_compressed")
        softer, psr = found("are N LU softer at the same ceiling; expect a PSR of N LU",
                            item["advice"])
        step, = found("in steps of N dB", item["advice"])
        end = round(item["where"][0]["end_s"], 1)
        goal, drive = loudness[end] - softer, 14.0
        while loudness[end] > goal and drive > -20.0:
            drive -= step
            after, loudness = driven(drive)
        self.assertGreater(14.0 - drive, 2.0 * softer)  # "it gives back most of each"
        self.assertLess(abs(after["loudness"]["psr_min_lu"] - psr), 0.8)
