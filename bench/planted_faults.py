"""The faults that planted.py plants: one row each, at three strengths, made by ffmpeg (and lame).

Python writes samples only where those cannot: a few of them at exact places (gap, click), masked
bits, and a speed that drifts. Every plant reads the base as a float WAV and writes a file of its
own; how strong a plant must be is taken from ffmpeg's meter, and for tonal balance from the base's
report.
"""
import array
import math
import os
import random
import re

from planted_tools import (Float32, Skip, ffmpeg, filtered, kept, loud_time, meter, read_meter, run,
                           seconds_of)

STRENGTHS = ("slight", "medium", "clear")
EDGES_HZ = (20, 60, 250, 500, 2000, 6000, 20000)
BANDS = ("sub", "bass", "low_mid", "mid", "high_mid", "high")
TONAL = "tonal.*"


# ---- loudness and dynamics ----

def true_peak_over(base, out, level):
    over = (0.2, 1.2, 2.5)[level]
    ffmpeg(base.path, out, "-af", f"volume={over - meter(base.path)['peak']:.3f}dB")


def clipping(base, out, level):
    gain = (1.5, 3.0, 6.0)[level] - meter(base.path)["peak"]
    ffmpeg(base.path, out, "-af", f"volume={gain:.3f}dB", codec="pcm_s16le")


def limiter(drive):
    return f"volume={drive:.2f}dB,alimiter=limit=0.985:attack=0.2:release=5:level=disabled"


def loudest_window(loudness):
    return max((s for _, s in loudness["s"]), default=math.nan)


def under_peak(loudness):
    """How far the loudest window lies under the true peak: -PSR."""
    return loudest_window(loudness) - loudness["peak"]


def drive_for(base, out, measure, goal):
    reached = measure(meter(base.path))
    drive, slope = 0.0, 0.6
    for _ in range(9):
        step = min((goal - reached) / slope, 15.0)
        drive += step
        if not abs(drive) <= 60.0:
            break
        ffmpeg(base.path, out, "-af", limiter(drive))
        before, reached = reached, measure(read_meter(out))
        if abs(goal - reached) < 0.15:
            return drive
        slope = min(max((reached - before) / step, 0.05), 1.0)
    return None


def limited(base, out, measure, goal):
    """Driven into a limiter with a ceiling of 0 until the measure is there."""
    drive = kept(base.path, f"{measure.__name__}{goal:.2f}",
                 lambda: drive_for(base, out, measure, goal))
    if drive is None:
        raise Skip
    ffmpeg(base.path, out, "-af", limiter(drive))


def over_compressed(base, out, level):
    floor = base.part("dynamics", "psr_min_lu")["target"]["low"]
    limited(base, out, under_peak, -(floor - 0.5, floor - 1.0, min(3.0, floor - 1.5))[level])


def too_loud(base, out, level):
    high = base.part("loudness", "integrated_lufs")["target"]["high"]
    spread = loudest_window(meter(base.path)) - meter(base.path)["i"]
    loudest = high + (0.5, 1.0, 2.0)[level] + spread
    if not loudest <= -1.5:
        raise Skip  # not even a square wave gets there
    limited(base, out, loudest_window, loudest)


def too_quiet(base, out, level):
    low = base.part("loudness", "integrated_lufs")["target"]["low"]
    ffmpeg(base.path, out, "-af",
           f"volume={low - (1.0, 4.0, 8.0)[level] - meter(base.path)['i']:.3f}dB")


# ---- tone ----

def band_powers(path):
    """Of the six bands, with sox' filters."""
    powers = []
    for low, high in zip(EDGES_HZ, EDGES_HZ[1:]):
        text = run("sox", "-v", "0.25", path, "-n", "sinc", "-a", "60", "-t", "8", f"{low}-{high}",
                   "stat").stderr
        powers.append(float(re.search(r"RMS\s+amplitude:\s+([\d.]+)", text)[1]) ** 2 + 1e-12)
    return powers


def balance_db(powers, number):
    """Level of a band over that of the five others together."""
    return 10.0 * math.log10(powers[number] / (sum(powers) - powers[number]))


def tonal(band, side):
    """Shelf or bell so that the band leaves its target. How far it must move is taken from the
    report; that it has moved that far, from sox."""
    number = BANDS.index(band)
    shape = {"sub": "equalizer=f=38:t=q:w=1.2", "bass": "equalizer=f=122:t=q:w=0.67",
             "low_mid": "equalizer=f=354:t=q:w=1.41", "mid": "equalizer=f=1000:t=q:w=0.67",
             "high_mid": "equalizer=f=3464:t=q:w=0.86", "high": "highshelf=f=6000:t=q:w=0.9"}[band]

    def gain_for(base, out, way):
        before = balance_db(kept(base.path, "bands", lambda: band_powers(base.path)), number)
        gain = 1.15 * way
        for _ in range(6):
            if abs(gain) > 45.0:
                break
            ffmpeg(base.path, out, "-af", f"{shape}:g={gain:.2f},volume={-abs(gain):.2f}dB")
            moved = balance_db(band_powers(out), number) - before
            if abs(way - moved) < 0.5:
                return gain
            gain += (way - moved) / min(max(moved / gain, 0.2), 1.2)
        return None

    def plant(base, out, level):
        part = base.part("low_end" if number < 2 else "tonal_balance", f"{band}_balance_db")
        edge = part["target"]["high" if side > 0 else "low"]
        way = edge - part["measured"] + side * (1.5, 3.0, 6.0)[level]
        gain = kept(base.path, f"{band}{way:+.2f}", lambda: gain_for(base, out, way))
        if gain is None:
            raise Skip
        filtered(base, out, "-af", f"{shape}:g={gain:.2f}")
    return plant


def resonance(base, out, level):
    chance = random.Random(base.chance.random())
    hz = 150.0 * (8000.0 / 150.0) ** chance.random()
    filtered(base, out, "-af", f"equalizer=f={hz:.1f}:t=q:w=12:g={(6, 9, 12)[level]}")


# ---- stereo ----

def two_channels(base):
    if base.report["audio"]["channels"] != 2:
        raise Skip


def polarity_inverted(base, out, level):
    two_channels(base)
    ffmpeg(base.path, out, "-af", f"pan=stereo|c0=c0|c1={(-0.5, -0.75, -1.0)[level]}*c1")


def sides(base, out, gain_db):
    two_channels(base)
    g = 10.0 ** (gain_db / 20.0)
    m, s = 0.5 * (1.0 + g), 0.5 * (1.0 - g)
    filtered(base, out, "-af", f"pan=stereo|c0={m}*c0+{s}*c1|c1={s}*c0+{m}*c1")


def mono_loss(base, out, level):
    """S +9 dB; more where the sides are so low that this loses nothing, up to a loss of 4 dB."""
    width = base.report["stereo"]["width"]
    if not width:
        raise Skip
    ratio_db = 10.0 * math.log10(width / max(1.0 - width, 1e-3))
    needed = 10.0 * math.log10(10.0 ** ((3.3, 3.6, 4.0)[level] / 10.0) - 1.0) - ratio_db
    if needed > 24.0:
        raise Skip
    sides(base, out, max((5.0, 7.0, 9.0)[level], needed))


def low_end_loss(path):
    """What 20-120 Hz lose in mono, dB, as sox hears it."""
    powers = []
    for channels in ("1", "2", "1,2"):
        text = run("sox", "-v", "0.5", path, "-n", "remix", channels, "sinc", "-a", "60", "-t", "8",
                   "20-120", "stat").stderr
        powers.append(float(re.search(r"RMS\s+amplitude:\s+([\d.]+)", text)[1]) ** 2)
    return 10.0 * math.log10((powers[0] + powers[1]) / (2.0 * powers[2])) if powers[2] else 0.0


def low_end_wide(base, out, level):
    """The right channel's phase turned around 60 Hz by an all-pass; clear: a loss of 3 dB."""
    two_channels(base)
    filtered(base, out, "-af", f"pan=stereo|c0=c0|c1=c1,channelsplit[a][b];"
             f"[b]allpass=f=60:t=q:w={(4.0, 1.5, 0.6)[level]}:order=2[c];[a][c]join=inputs=2:"
             "channel_layout=stereo:map=0.0-FL|1.0-FR")
    if level == 2 and low_end_loss(out) < 3.0:
        os.unlink(out)
        raise Skip


def unbalanced(base, out, level):
    two_channels(base)
    gain = 10.0 ** (-(1.5, 2.5, 4.0)[level] / 20.0)
    ffmpeg(base.path, out, "-af", f"pan=stereo|c0=c0|c1={gain}*c1")


def narrow(base, out, level):
    if (base.report["stereo"]["width"] or 0.0) > 0.45:
        raise Skip  # this makes a usual width of one that is too large
    sides(base, out, -(9.0, 12.0, 15.0)[level])


def dual_mono(base, out, level):
    two_channels(base)
    if level < 2:
        raise Skip  # there is no less of it
    ffmpeg(base.path, out, "-af", "pan=stereo|c0=0.5*c0+0.5*c1|c1=0.5*c0+0.5*c1")


# ---- the file ----

def dc_offset(base, out, level):
    ffmpeg(base.path, out, "-af", f"dcshift=shift={(0.004, 0.01, 0.02)[level]}")


def silence_head(base, out, level):
    ffmpeg(base.path, out, "-af", f"adelay={(700, 2000, 4000)[level]}:all=1")


def silence_tail(base, out, level):
    ffmpeg(base.path, out, "-af", f"apad=pad_dur={(3.5, 4.5, 6.0)[level]}")


def gap(base, out, level):
    wave = Float32(base.path)
    seconds = wave.frames / wave.rate
    first = int(loud_time(base, 2.0, seconds - 2.0) * wave.rate) * wave.channels
    count = int((0.02, 0.04, 0.08)[level] * wave.rate) * wave.channels
    wave.samples[first:first + count] = array.array("f", bytes(4 * count))
    wave.write(out)


def cut_start(base, out, level):
    """Trimmed into the music; the weaker strengths keep a fade of 20 and 5 ms."""
    at = loud_time(base, 2.0, seconds_of(base) / 2.0)
    fade = (0.02, 0.005, 0.0)[level]
    ffmpeg(base.path, out, "-af", f"atrim=start={at:.4f},asetpts=PTS-STARTPTS" +
           (f",afade=t=in:d={fade}" if fade else ""))


def cut_end(base, out, level):
    at = loud_time(base, seconds_of(base) / 2.0, seconds_of(base) - 1.0)
    fade = (0.02, 0.005, 0.0)[level]
    ffmpeg(base.path, out, "-af", f"atrim=end={at:.4f}" +
           (f",afade=t=out:st={at - fade:.4f}:d={fade}" if fade else ""))


def lossy_source(base, out, level):
    wav, mp3 = out + ".s16.wav", out + ".mp3"
    ffmpeg(base.path, wav, codec="pcm_s16le")
    run("lame", "--quiet", "-b", ("256", "192", "128")[level], wav, mp3)
    ffmpeg(mp3, out, codec="pcm_s16le")
    os.unlink(wav)
    os.unlink(mp3)


def low_resolution(base, out, level):
    wav = out + ".s16.wav"
    ffmpeg(base.path, wav, codec="pcm_s16le")
    wave = Float32(wav)
    mask = ~((1 << (2, 4, 6)[level]) - 1)
    samples = array.array("h", bytes(wave.data[wave.first:]))
    wave.samples = array.array("h", [v & mask for v in samples])
    wave.write(out)
    os.unlink(wav)


def click(base, out, level):
    """Five impulses of three samples."""
    wave = Float32(base.path)
    peak = 10.0 ** (-(18.0, 12.0, 6.0)[level] / 20.0)
    for _ in range(5):
        at = base.chance.randrange(wave.rate, wave.frames - wave.rate)
        channel = base.chance.randrange(wave.channels)
        for k, share in enumerate((1.0, -1.0, 1.0)):
            wave.samples[(at + k) * wave.channels + channel] = share * peak
    wave.write(out)


def quiet_end(base, out):
    """The last 6 s 60 dB down: a part in which hum can be heard."""
    if seconds_of(base) < 12.0:
        raise Skip
    start = seconds_of(base) - 6.0
    ffmpeg(base.path, out, "-af", f"volume=enable='gte(t,{start:.2f})':volume=-60dB")


def hum(base, out, level):
    amplitude = 10.0 ** (((-52.0, -46.0, -40.0)[level] + 1.7) / 20.0)
    harmonics = ((1, 1.0), (2, 0.5), (3, 0.4), (4, 0.25))
    tones = "+".join(f"{a}*sin({50 * n}*2*PI*t)" for n, a in harmonics)
    seconds, rate = seconds_of(base), base.report["audio"]["sample_rate_hz"]
    layout = "|".join(f"c{c}=c0" for c in range(base.report["audio"]["channels"]))
    graph = (f"aevalsrc='{amplitude}*({tones})':s={rate}:d={seconds},"
             f"pan={base.report['audio']['channels']}c|{layout}[h];"
             "[0][h]amix=normalize=0:duration=first[o]")
    ffmpeg(base.path, out, "-filter_complex", graph, "-map", "[o]")


# ---- pitch and time ----

def detuned(base, out, level):
    tuning = base.report["key"]["tuning_cents"]
    if tuning is None:
        raise Skip
    cents = math.copysign((18.0, 25.0, 35.0)[level], tuning)
    if abs(tuning + cents) > 45.0:
        raise Skip  # wraps to the next note
    rate = base.report["audio"]["sample_rate_hz"]
    ffmpeg(base.path, out, "-af", f"volume=-1dB,asetrate={rate * 2 ** (cents / 1200):.0f},"
           f"aresample={rate}")


def not_integer(base, out, level):
    """Sped up to a tempo between whole and half ones."""
    bpm, rate = base.report["tempo"]["bpm"], base.report["audio"]["sample_rate_hz"]
    if bpm is None or not base.report["tempo"]["constant"]:
        raise Skip
    factor = (math.floor(2.0 * bpm + 0.5) / 2.0 + (0.06, 0.12, 0.25)[level]) / bpm
    ffmpeg(base.path, out, "-af", f"volume=-1dB,aresample={rate * 16},"
           f"asetrate={rate * 16 * factor:.0f},aresample={rate}")


def unstable(base, out, level):
    """The speed swings with a period of 30 s: read at a moving place, between samples straight."""
    if base.report["tempo"]["bpm"] is None or seconds_of(base) < 20.0:
        raise Skip
    wave = Float32(base.path)
    depth, channels = (0.004, 0.008, 0.015)[level], wave.channels
    turn = 2.0 * math.pi / (30.0 * wave.rate)
    ret, place = array.array("f"), 0.0
    for i in range(wave.frames):
        k = int(place)
        if k + 1 >= wave.frames:
            break
        x, at = place - k, k * channels
        for c in range(channels):
            a = wave.samples[at + c]
            ret.append(a + x * (wave.samples[at + channels + c] - a))
        place += 1.0 + depth * math.sin(turn * i)
    ret.extend([0.0] * (wave.frames * channels - len(ret)))
    wave.samples = ret
    wave.write(out)


class Fault:
    """`implies`: patterns of codes that may come with it. `whole`: analysed without --excerpt."""

    def __init__(self, code, plant, implies=(), whole=False, prepare=None):
        self.code, self.plant, self.implies = code, plant, (code, *implies)
        self.whole, self.prepare = whole, prepare


FAULTS = [
    Fault("loudness.true_peak_over", true_peak_over, ("technical.clipping", "loudness.too_loud",
                                                      "loudness.codec_over")),
    Fault("technical.clipping", clipping, ("loudness.*", "dynamics.over_compressed")),
    Fault("loudness.too_loud", too_loud, ("dynamics.*", "technical.clipping", TONAL, "loudness.*")),
    Fault("dynamics.over_compressed", over_compressed, ("loudness.*", "technical.clipping", TONAL)),
    Fault("loudness.too_quiet", too_quiet),
    *(Fault(f"tonal.{band}_{word}", tonal(band, side), (TONAL,))
      for band in BANDS for word, side in (("high", 1), ("low", -1))),
    Fault("tonal.resonance", resonance, (TONAL,)),
    Fault("stereo.polarity_inverted", polarity_inverted,
          ("stereo.mono_loss", "stereo.low_end_wide", "stereo.phase_section", "stereo.too_wide",
           "stereo.unbalanced")),  # the weaker strengths lower the channel
    Fault("stereo.mono_loss", mono_loss, ("stereo.too_wide", "stereo.low_end_wide")),
    Fault("stereo.low_end_wide", low_end_wide, ("stereo.mono_loss",)),
    Fault("stereo.unbalanced", unbalanced),
    Fault("stereo.narrow", narrow, ("stereo.dual_mono",)),
    Fault("stereo.dual_mono", dual_mono, ("stereo.narrow",)),
    Fault("technical.dc_offset", dc_offset),
    Fault("technical.silence_head", silence_head, whole=True),
    Fault("technical.silence_tail", silence_tail, whole=True),
    Fault("technical.gap", gap),
    Fault("technical.cut_start", cut_start, whole=True),
    Fault("technical.cut_end", cut_end, whole=True),
    Fault("technical.lossy_source", lossy_source, ("tonal.high_low",)),
    Fault("technical.low_resolution", low_resolution, ("technical.noise_floor",)),
    Fault("technical.click", click),
    Fault("technical.hum", hum, prepare=quiet_end),
    Fault("key.detuned", detuned, ("tempo.not_integer",)),
    Fault("tempo.unstable", unstable, ("tempo.not_integer",)),
    Fault("tempo.not_integer", not_integer, ("key.detuned",)),
]
