"""Scores of music in which ffmpeg plants one fault ever more strongly, through the whole program:
the score of the fault never rises, nor falls by leaps, and the overall score never rises where none
of the six does. The formulas alone are tested in tests/unit/verdict/test_score.c."""
import json
import os

from harness import Case, Tracks, run

KINDS = ("drum-and-bass", "half-time")
HELD = ("chord-pad",)  # without rests that a hole would melt into
PROFILE = "electronic/streaming"


def sides(db):
    g = 10 ** (db / 20)
    m, s = 0.5 * (1 + g), 0.5 * (1 - g)
    return f"pan=stereo|c0={m}*c0+{s}*c1|c1={s}*c0+{m}*c1"


def steps(count, last, text):
    """`text` with the strength in it, from none to `last`."""
    return [text % (last * i / count) for i in range(count + 1)]


# fault: its score, what is planted, and the least that it costs in the end
WALKS = {
    "too quiet": ("loudness", steps(24, -24, "volume=%fdB"), 40),
    "true peak": ("loudness", steps(16, 12, "volume=%fdB"), 15),
    "limited": ("dynamics", steps(12, 48, "volume=%fdB,alimiter=limit=0.7:attack=0.1:release=1:"
                                  "level=disabled"), 3),
    "mids": ("tonal_balance", steps(16, 24, "equalizer=f=1000:t=q:w=0.7:g=%f"), 10),
    "no highs": ("tonal_balance", steps(16, -36, "highshelf=f=6000:t=q:w=0.9:g=%f"), 10),
    "sub": ("low_end", steps(20, 30, "equalizer=f=50:t=q:w=3:g=%f"), 15),
    "no bass": ("low_end", steps(16, -24, "lowshelf=f=250:t=q:w=0.7:g=%f"), 15),
    "wide": ("stereo", [sides(12 + i) for i in range(24)], 40),
    "one-sided": ("stereo", [f"pan=stereo|c0=c0|c1={10 ** (-i / 20)}*c1" for i in range(17)], 10),
    "offset": ("technical", steps(16, 0.08, "dcshift=shift=%f"), 5),
    "late": ("technical", [f"adelay={500 * i + 1}:all=1" for i in range(17)], 4),
}
HOLES = [f"volume=0:enable='between(t,8.03,{8.03 + 0.02 * i})'" for i in range(17)]


class Scores(Case):
    def planted(self, source, effects):
        """All strengths from one call of ffmpeg, as float WAV; the results in their order."""
        names = [os.path.join(self.dir, f"{i}.wav") for i in range(len(effects))]
        heads = "".join(f"[i{i}]" for i in range(len(effects)))
        graph = [f"[0]volume=-3dB,asplit={len(effects)}{heads}"]
        graph += [f"[i{i}]{effect}[o{i}]" for i, effect in enumerate(effects)]
        outs = [x for i, name in enumerate(names) for x in ("-map", f"[o{i}]", "-c:a", "pcm_f32le",
                                                            name)]
        done = run("ffmpeg", "-v", "error", "-nostdin", "-y", "-i", source, "-filter_complex",
                   ";".join(graph), *outs)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.ok("analyze", "--json", "--profile", PROFILE, *names)
        return [json.loads(line)["result"] for line in text.splitlines()]

    def falls(self, results, score, cost):
        values = [r["scores"][score]["value"] for r in results]
        self.assertGreaterEqual(values[0], 95)
        self.assertGreaterEqual(values[0] - values[-1], cost, values)
        for before, after in zip(results, results[1:]):
            self.assertTrue(0 <= before["scores"][score]["value"] -
                            after["scores"][score]["value"] <= 20, values)
            exact = [[part["measured"] for part in r["scores"]["overall"]["parts"]]
                     for r in (before, after)]
            if all(was >= now for was, now in zip(*exact)):
                self.assertGreaterEqual(before["scores"]["overall"]["value"],
                                        after["scores"]["overall"]["value"], exact)

    def test_each_score_falls_with_what_is_planted(self):
        for kind in KINDS:
            source, _ = Tracks.get(kind, seconds=20, lufs=-10)
            for fault, (score, effects, cost) in WALKS.items():
                with self.subTest(kind=kind, fault=fault):
                    self.falls(self.planted(source, effects), score, cost)
        self.assertEqual({score for score, _, _ in WALKS.values()},
                         {"loudness", "dynamics", "tonal_balance", "low_end", "stereo",
                          "technical"})

    def test_a_growing_hole_costs_ever_more(self):
        for kind in HELD:
            source, _ = Tracks.get(kind, seconds=20, lufs=-20)
            technical = [r["scores"]["technical"] for r in self.planted(source, HOLES)]
            holes = [part["score"] for score in technical for part in score["parts"]
                     if part["name"] == "gaps_s"]
            self.assertEqual(holes, sorted(holes, reverse=True))
            self.assertLess(technical[-1]["value"], technical[0]["value"] - 10)
