"""What the feedback advises, done with ffmpeg: for each code the tool, frequency and amount are
read from the sentence, never from elsewhere, and so is what the sentence expects afterwards."""
import os
import re

from planted_tools import ffmpeg, read_meter

NUMBER = r"([+-]?\d+(?:\.\d+)?)"


class Unreadable(Exception):
    """The sentence does not name tool, amount or outcome."""


def found(pattern, text):
    """The numbers of a sentence; `N` in the pattern stands for one."""
    match = re.search(pattern.replace("N", NUMBER), text)
    if not match:
        raise Unreadable(f"no '{pattern}' in: {text}")
    return [float(x) for x in match.groups()]


def near(what, read, value, tolerance):
    """Expected: `read(report)` within the tolerance of what the sentence says."""
    return lambda report, out: [(what, read(report), value - tolerance, value + tolerance)]


def at_most(what, read, value):
    return lambda report, out: [(what, read(report), -1e9, value)]


def nothing(report, out):
    """The sentence names no figure."""
    return []


def sides(source, out, gain_db, high_pass=""):
    """The side signal by `gain_db`, or through a filter."""
    g = 10.0 ** (gain_db / 20.0)
    ffmpeg(source, out, "-filter_complex",
           "pan=stereo|c0=0.5*c0+0.5*c1|c1=0.5*c0-0.5*c1,channelsplit[m][s];"
           f"[s]{high_pass}volume={g}[t];[m][t]join=inputs=2:channel_layout=stereo:"
           "map=0.0-FL|1.0-FR,pan=stereo|c0=c0+c1|c1=c0-c1")


# ---- loudness, dynamics ----

def true_peak_over(source, out, report, item):
    """A ceiling is a limiter's; a fader moved by as much shows the same figure."""
    if "fader" in item["advice"]:
        gain, expected = found("by N dB.*expect N dBTP", item["advice"])
        ffmpeg(source, out, "-af", f"volume={-gain}dB")
    else:
        expected, = found("ceiling to N dBTP", item["advice"])
        rate = report["audio"]["sample_rate_hz"]
        level = 10.0 ** (expected / 20.0)
        ffmpeg(source, out, "-af", f"aresample={4 * rate},alimiter=limit={level}:attack=5:"
               f"release=100:level=disabled,aresample={rate}")
    return near("dBTP", lambda r: r["loudness"]["true_peak_dbtp"], expected, 0.3)


def too_quiet(source, out, report, item):
    if "without a limiter" in item["advice"]:
        gain, expected, peak = found("by N dB.*expect N LUFS and N dBTP", item["advice"])
        ffmpeg(source, out, "-af", f"volume={gain}dB")
        return lambda r, path: [
            ("LUFS", r["loudness"]["integrated_lufs"], expected - 0.1, expected + 0.1),
            ("dBTP", r["loudness"]["true_peak_dbtp"], peak - 0.1, peak + 0.1)]
    gain, expected = found("by N dB.*?expect about N LUFS", item["advice"])
    rate = report["audio"]["sample_rate_hz"]
    ffmpeg(source, out, "-af", f"volume={gain}dB,aresample={4 * rate},alimiter=limit=0.891:"
           f"attack=2:release=60:level=disabled,aresample={rate}")
    return near("LUFS", lambda r: r["loudness"]["integrated_lufs"], expected, 0.7)


def codec_over(source, out, report, item):
    """The limiter's output turned down by as much has the same ceiling."""
    gain, expected = found("ceiling by N dB to N dBTP", item["advice"])
    rate, limit = found("an MP3 of N kbit/s to stay under N dBTP", item["advice"])
    ffmpeg(source, out, "-af", f"volume={-gain}dB")

    def of_mp3():
        ffmpeg(out, out + ".mp3", "-b:a", f"{rate:.0f}k", codec="libmp3lame")
        peak = read_meter(out + ".mp3")["peak"]
        os.unlink(out + ".mp3")
        return peak
    return lambda r, path: [
        ("dBTP", r["loudness"]["true_peak_dbtp"], expected - 0.1, expected + 0.1),
        ("dBTP as MP3", of_mp3(), -9.0, limit)]


# ---- tone ----

def band(source, out, report, item):
    """The advice speaks of tracks; a mix offers only its sum."""
    advice, name = item["advice"], item["code"][len("tonal."):].rpartition("_")[0]
    if "if the track wants it" in advice or "can do without" in advice:
        return None
    if "Leave it unless" in advice:
        sign = -1.0 if " less at " in advice else 1.0
        gain, low, high, expected = found("N dB (?:less|more) at N-N Hz.*give N %", advice)
    else:
        sign = -1.0 if advice.startswith("Cut") else 1.0
        low, high, gain, expected = found("N-N Hz by about N dB.*expect N %", advice)
    shelf = re.search(r"high shelf(?: from (\d+) Hz)?", advice)
    low_shelf = re.search(r"low shelf(?: below (\d+) Hz)?", advice)
    if shelf:
        graph = f"highshelf=f={shelf[1] or low}:t=q:w=0.707:g={sign * gain}"
    elif low_shelf:
        graph = f"lowshelf=f={low_shelf[1] or high}:t=q:w=0.707:g={sign * gain}"
    else:
        centre = re.search(r"bell at (\d+) Hz", advice)
        hz = float(centre[1]) if centre else (low * high) ** 0.5
        q, = found("Q N", advice)
        graph = f"equalizer=f={hz}:t=q:w={q}:g={sign * gain}"
    ffmpeg(source, out, "-af", graph + ",volume=-9dB")
    bands = [b["band"] for b in report["spectrum"]["bands"]]

    def read(after):
        return 100.0 * after["spectrum"]["bands"][bands.index(name)]["loudest_share"]
    return near("%", read, expected, max(0.15 * expected, 0.05))


def resonance(source, out, report, item):
    hz, gain, q = found("Cut N Hz by N dB with a bell of Q N", item["advice"])
    limit, = found("expect it under N dB", item["advice"])
    ffmpeg(source, out, "-af", f"equalizer=f={hz}:t=q:w={q}:g={-gain}")

    def level(after):
        return max([r["level_db"] for r in after["spectrum"]["resonances"]
                    if abs(r["hz"] / hz - 1.0) < 0.06], default=0.0)
    return at_most("dB there", level, limit)


# ---- stereo ----

def invert_right(source, out, report, item):
    if "Invert the polarity of the right channel" not in item["advice"]:
        raise Unreadable(item["advice"])
    expected, = found("expect a correlation near N", item["advice"])
    ffmpeg(source, out, "-af", "pan=stereo|c0=c0|c1=-1*c1")
    return near("correlation", lambda r: r["stereo"]["correlation"], expected, 0.02)


def mono_loss(source, out, report, item):
    if "polarity of the right" in item["advice"]:
        return invert_right(source, out, report, item)
    gain, expected = found("by about N dB.*expect a loss of N dB", item["advice"])
    sides(source, out, -gain)
    return near("dB lost", lambda r: r["stereo"]["mono_loss_db"], expected, 0.15)


def low_end_wide(source, out, report, item):
    limit, = found("expect a loss under N dB", item["advice"])
    if "take its left channel" in item["advice"]:
        hz, = found("below N Hz", item["advice"])
        ffmpeg(source, out, "-filter_complex",
               f"acrossover=split={hz * 1.25}:order=8th[low][high];"
               "[low]pan=stereo|c0=c0|c1=c0[a];[a][high]amix=normalize=0")
    else:
        hz, slope = found("high-pass the side at N Hz with N dB/oct", item["advice"])
        # Butterworth: two stages of second order
        sides(source, out, 0.0, "".join(f"highpass=f={hz}:t=q:w={q}," for q in (0.541, 1.307)))
        if slope != 24.0:
            raise Unreadable("another slope")
    return at_most("dB lost", lambda r: r["stereo"]["low_end_mono_loss_db"] or 0.0, limit)


def unbalanced(source, out, report, item):
    gain, limit = found("by N dB; expect a balance within N dB", item["advice"])
    left = "the left channel by" in item["advice"]
    g = 10.0 ** (-gain / 20.0)
    ffmpeg(source, out, "-af", f"pan=stereo|c0={g if left else 1}*c0|c1={1 if left else g}*c1")
    return near("balance", lambda r: r["stereo"]["balance_db"], 0.0, limit)


def too_wide(source, out, report, item):
    gain, expected = found("by N dB.*expect N %", item["advice"])
    sides(source, out, -gain)
    return near("%", lambda r: 100.0 * r["stereo"]["width"], expected, 1.5)


# ---- the file ----

def offset(report):
    return max(abs(x) for x in report["technical"]["dc_offset"])


def dc_offset(source, out, report, item):
    hz, = found("high-pass (?:of 24 dB/oct )?at N", item["advice"])
    headroom, = found("N dB (?:of|more) headroom", item["advice"])
    ffmpeg(source, out, "-af", f"highpass=f={hz}:p=2,highpass=f={hz}:p=2")
    return lambda r, path: [("offset", offset(r), 0.0, 0.002)]


def trim(source, out, report, item):
    edge = item["where"][0]
    if item["code"].endswith("head"):
        ffmpeg(source, out, "-af", f"atrim=start={edge['end_s']}")
    else:
        ffmpeg(source, out, "-af", f"atrim=end={edge['start_s']}")
    return nothing


def hum(source, out, report, item):
    hz, = found("notch N Hz", item["advice"])
    ffmpeg(source, out, "-af", ",".join(f"bandreject=f={n * hz}:t=q:w=10" for n in range(1, 6)))
    return nothing


# ---- pitch and time ----

def detuned(source, out, report, item):
    cents, = found("by N cents", item["advice"])
    rate = report["audio"]["sample_rate_hz"]
    ffmpeg(source, out, "-af", f"asetrate={rate * 2 ** (cents / 1200):.0f},aresample={rate}")
    return near("cents", lambda r: r["key"]["tuning_cents"], 0.0, 5.0)


def not_integer(source, out, report, item):
    bpm, percent = found("as N, .* N % speed", item["advice"])
    rate = report["audio"]["sample_rate_hz"]
    ffmpeg(source, out, "-af", f"aresample={rate * 16},asetrate={rate * 16 * percent / 100:.0f},"
           f"aresample={rate}")
    return near("BPM", lambda r: r["tempo"]["bpm"], bpm, 0.02)


# `action(source, out, report, item)` writes `out`. It returns a function of the report of `out` and
# its path that lists (what, value, least, most), or None where the advice leaves all to the ear.
ACTIONS = {
    "loudness.true_peak_over": true_peak_over,
    "loudness.too_quiet": too_quiet,
    "loudness.codec_over": codec_over,
    **{f"tonal.{b}_{side}": band
       for b in ("sub", "bass", "low_mid", "mid", "high_mid", "high") for side in ("high", "low")},
    "tonal.resonance": resonance,
    "stereo.polarity_inverted": invert_right,
    "stereo.mono_loss": mono_loss,
    "stereo.low_end_wide": low_end_wide,
    "stereo.unbalanced": unbalanced,
    "stereo.too_wide": too_wide,
    "technical.dc_offset": dc_offset,
    "technical.silence_head": trim,
    "technical.silence_tail": trim,
    "technical.hum": hum,
    "key.detuned": detuned,
    "tempo.not_integer": not_integer,
}
