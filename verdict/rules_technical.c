/* Faults of the file: clipping, gaps, silence, DC, damage. */
#include "verdict/content.h"
#include "verdict/rests.h"
#include "verdict/rules.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void clipped_places(mg_rule_context *c, mg_feedback_item *item)
{
    const mg_technical_result *t = &c->m->technical;
    mg_rule_measured(item, mg_some(t->clipped_per_minute_loudest), NAN, 20.0, 600.0, "1/min", 0);
    for (unsigned i = 0; i < t->clipped_run_count; i++) {
        const mg_clipped_run *run = &t->clipped_runs[i];
        mg_rule_at(item, run->start_s,
                   run->start_s + run->samples / (double)c->m->audio.sample_rate_hz,
                   (int)run->channel);
    }
    if (item)
        item->confidence = mg_or(t->clip_confidence, 1.0);
}

/* Flat tops well under full scale: what was cut was turned down afterwards, so the fault lies
 * further back than the last stage. */
static void clipped_source(mg_rule_context *c)
{
    const mg_technical_result *t = &c->m->technical;
    bool often = t->clipped_per_minute_loudest >= 20.0 && !c->profile->clipping_intended;
    mg_feedback_item *item = mg_rule_add(c, "technical.clipped_source",
                                         often ? MG_SEVERITY_MINOR : MG_SEVERITY_INFO);
    mg_rule_message(item, "%llu samples were cut flat at %.1f dBFS and turned down afterwards.",
                    (unsigned long long)t->clipped_samples, t->clip_level_dbfs.v);
    mg_rule_advice(item, "Look for a channel, bus or sample that runs over full scale before the "
                         "fader that stands at %.1f dB, and lower it there by 1 to 2 dB, unless it "
                         "is meant.",
                   t->clip_level_dbfs.v);
    clipped_places(c, item);
}

static void clipping(mg_rule_context *c)
{
    const mg_technical_result *t = &c->m->technical;
    if (t->clipped_samples == 0)
        return;
    if (mg_or(t->clip_level_dbfs, 0.0) < -1.5) {
        clipped_source(c);
        return;
    }
    double rate = t->clipped_per_minute_loudest;
    mg_severity severity = rate >= 600.0  ? MG_SEVERITY_MAJOR
                           : rate >= 20.0 ? MG_SEVERITY_MINOR
                                          : MG_SEVERITY_INFO;
    bool premaster = strcmp(c->profile->purpose, "premaster") == 0;
    if (premaster && rate >= 20.0)
        severity = MG_SEVERITY_MAJOR; /* nothing that follows can undo it */
    if (c->profile->clipping_intended && severity > MG_SEVERITY_INFO)
        severity = MG_SEVERITY_INFO;
    mg_feedback_item *item = mg_rule_add(c, "technical.clipping", severity);
    char often[32] = "none of them";
    if (rate > 0.0)
        snprintf(often, sizeof often, rate < 0.5 ? "under one a minute" : "%.0f a minute",
                 rate);
    mg_rule_message(item, "%llu samples are clipped in %llu run%s, %s in the loudest sections.",
                    (unsigned long long)t->clipped_samples,
                    (unsigned long long)t->clipped_runs_total,
                    t->clipped_runs_total == 1 ? "" : "s", often);
    if (premaster)
        mg_rule_advice(item,
                       "Take limiter and clipper off the master bus and lower the fader until no "
                       "sample stands at full scale; expect none here.");
    else
        mg_rule_advice(item, "Lower the level before the last limiter or clipper by 1 to 2 dB, "
                             "unless the clipping is meant.");
    clipped_places(c, item);
}

static bool has_infrasound(const mg_measures *m)
{
    return mg_or(m->technical.infrasonic_dbfs, -INFINITY) > -30.0;
}

static void dc_offset(mg_rule_context *c)
{
    const mg_technical_result *t = &c->m->technical;
    unsigned worst = 0;
    for (unsigned i = 1; i < t->channels; i++) {
        if (fabs(t->dc_offset[i]) > fabs(t->dc_offset[worst]))
            worst = i;
    }
    double dc = t->channels ? t->dc_offset[worst] : 0.0;
    if (!(fabs(dc) > 0.002))
        return;
    mg_feedback_item *item = mg_rule_add(
        c, "technical.dc_offset", fabs(dc) > 0.1 ? MG_SEVERITY_MAJOR : MG_SEVERITY_MINOR);
    mg_rule_measured(item, mg_some(dc), -0.002, 0.002, 0.01, "FS", 5);
    double headroom_db = -20.0 * log10(1.0 - fmin(fabs(dc), 0.9));
    if (has_infrasound(c->m)) { /* one high-pass mends both: mg_feedback_merge() */
        mg_rule_message(item, "The waveform is offset by %.2f %% of full scale and moves slowly: "
                              "%.1f dBFS lie below 20 Hz.",
                        dc * 100.0, c->m->technical.infrasonic_dbfs.v);
        mg_rule_advice(item, "Put a high-pass of 24 dB/oct at 20 Hz before the limiter; expect "
                             "under -40 dBFS below 20 Hz and at least %.2f dB more headroom.",
                       headroom_db);
    } else {
        mg_rule_message(item, "The waveform is offset by %.2f %% of full scale.", dc * 100.0);
        mg_rule_advice(item,
                       "Put a high-pass at 5 to 20 Hz before the limiter; it gives back %.2f dB of "
                       "headroom.",
                       headroom_db);
    }
    mg_rule_at(item, 0.0, c->m->audio.duration_s, (int)worst);
}

/* Silences that are part of what is heard. */
static void rests(mg_rule_context *c, double longest_s, const char *why)
{
    const mg_technical_result *t = &c->m->technical;
    mg_feedback_item *item = mg_rule_add(c, "technical.gap", MG_SEVERITY_INFO);
    mg_rule_measured(item, mg_some(longest_s * 1000.0), NAN, 0.0, 50.0, "ms", 0);
    mg_rule_message(item, "%llu silences with hard edges, the longest %.0f ms; %s.",
                    (unsigned long long)t->gaps_total, longest_s * 1000.0, why);
    mg_rule_advice(item, "Nothing to mend if they are meant; else look for a gate or clip edges "
                         "without a fade on the tracks that play there.");
    if (item)
        item->confidence = 0.8;
}

static void gaps(mg_rule_context *c)
{
    const mg_technical_result *t = &c->m->technical;
    if (t->gap_count == 0)
        return;
    double longest = 0.0, longest_off_grid = 0.0;
    for (unsigned i = 0; i < t->gap_count; i++) {
        double length = t->gaps[i].end_s - t->gaps[i].start_s;
        longest = fmax(longest, length);
        if (!mg_gap_ends_on_grid(c->m, i))
            longest_off_grid = fmax(longest_off_grid, length);
    }
    if (mg_gaps_are_rests(c->m)) {
        rests(c, longest, "they end on the beat grid, as rests, gates and stutters do");
        return;
    }
    if (mg_gaps_are_pauses(c->m)) {
        rests(c, longest, "without a beat they may be the pauses of speech, cut by a gate");
        return;
    }
    mg_feedback_item *item = mg_rule_add(
        c, "technical.gap", longest_off_grid > 0.1 ? MG_SEVERITY_CRITICAL : MG_SEVERITY_MAJOR);
    mg_rule_measured(item, mg_some(longest * 1000.0), NAN, 0.0, 50.0, "ms", 0);
    char at[24];
    mg_rule_time(t->gaps[0].start_s, at);
    mg_rule_message(item,
                    "%llu gap%s of silence inside the music, the longest %.0f ms; the first at "
                    "%s.",
                    (unsigned long long)t->gaps_total, t->gaps_total == 1 ? "" : "s",
                    longest * 1000.0, at);
    mg_rule_advice(item, "Export again; a buffer underrun or a lost audio file leaves such holes.");
    for (unsigned i = 0; i < t->gap_count; i++)
        mg_rule_at(item, t->gaps[i].start_s, t->gaps[i].end_s, -1);
}

static void clicks(mg_rule_context *c)
{
    const mg_technical_result *t = &c->m->technical;
    if (t->click_count == 0)
        return;
    mg_feedback_item *item = mg_rule_add(c, "technical.click", MG_SEVERITY_MINOR);
    mg_rule_measured(item, mg_some((double)t->clicks_total), NAN, 0.0, 3.0, "1", 0);
    mg_rule_message(item, "%llu click%s of a few samples.", (unsigned long long)t->clicks_total,
                    t->clicks_total == 1 ? "" : "s");
    mg_rule_advice(item, "Look at the cuts in your clips at these times; fade or crossfade them.");
    for (unsigned i = 0; i < t->click_count; i++)
        mg_rule_at(item, t->clicks[i].at_s, t->clicks[i].at_s, (int)t->clicks[i].channel);
    if (item)
        item->confidence = 0.8;
}

static void hum(mg_rule_context *c)
{
    const mg_technical_result *t = &c->m->technical;
    if (!mg_has(t->hum_dbfs))
        return;
    mg_feedback_item *item = mg_rule_add(c, "technical.hum", MG_SEVERITY_MINOR);
    mg_rule_measured(item, t->hum_dbfs, NAN, -60.0, 10.0, "dBFS", 1);
    mg_rule_message(item, "Mains hum at %.0f Hz and its harmonics, %.0f dBFS, in the quiet parts.",
                    mg_or(t->hum_hz, 50.0), t->hum_dbfs.v);
    mg_rule_advice(item, "Find the recording that carries it and notch %.0f Hz and its multiples.",
                   mg_or(t->hum_hz, 50.0));
    if (item)
        item->confidence = 0.8;
}

static void infrasound(mg_rule_context *c)
{
    mg_value level = c->m->technical.infrasonic_dbfs;
    if (!has_infrasound(c->m))
        return;
    mg_feedback_item *item = mg_rule_add(c, "technical.infrasonic", MG_SEVERITY_MINOR);
    mg_rule_measured(item, level, NAN, -30.0, 6.0, "dBFS", 1);
    mg_rule_message(item, "%.1f dBFS lie below 20 Hz, where no loudspeaker plays.", level.v);
    mg_rule_advice(item, "Put a high-pass of 24 dB/oct at 20 Hz on the track that sends it, before "
                         "the limiter; under -40 dBFS it costs no headroom.");
    mg_rule_band(item, 0.0, 20.0);
}

static void hiss(mg_rule_context *c)
{
    mg_value level = c->m->technical.hiss_dbfs;
    if (!mg_has(level) || level.v < -65.0)
        return;
    mg_feedback_item *item = mg_rule_add(
        c, "technical.noise_floor", level.v >= -50.0 ? MG_SEVERITY_MINOR : MG_SEVERITY_INFO);
    mg_rule_measured(item, level, NAN, -65.0, 15.0, "dBFS", 1);
    mg_rule_message(item, "Steady noise of %.1f dBFS is heard in the quiet parts.", level.v);
    mg_rule_advice(item, "Unless it is meant, gate or mute noisy tracks where they rest; -65 dBFS "
                         "and less is not heard beside the music.");
    if (item)
        item->confidence = 0.8;
}

static void silence(mg_rule_context *c)
{
    const mg_technical_result *t = &c->m->technical;
    double duration = c->m->audio.duration_s;
    if (t->silence_head_s >= 0.5 && t->silence_head_s < duration) {
        mg_feedback_item *item = mg_rule_add(
            c, "technical.silence_head",
            t->silence_head_s >= 3.0 ? MG_SEVERITY_MINOR : MG_SEVERITY_INFO);
        mg_rule_measured(item, mg_some(t->silence_head_s), NAN, 0.5, 3.0, "s", 3);
        mg_rule_message(item, "%.1f s of silence at the start.", t->silence_head_s);
        mg_rule_advice(item, "Trim the start to the first sound.");
        mg_rule_at(item, 0.0, t->silence_head_s, -1);
    }
    if (t->silence_tail_s >= 3.0 && t->silence_tail_s < duration) {
        mg_feedback_item *item = mg_rule_add(
            c, "technical.silence_tail",
            t->silence_tail_s >= 5.0 ? MG_SEVERITY_MINOR : MG_SEVERITY_INFO);
        mg_rule_measured(item, mg_some(t->silence_tail_s), NAN, 3.0, 6.0, "s", 3);
        mg_rule_message(item, "%.1f s of silence at the end.", t->silence_tail_s);
        mg_rule_advice(item, "Trim the end after the last reverb tail.");
        mg_rule_at(item, duration - t->silence_tail_s, duration, -1);
    }
    if (t->silent_share > 0.5) {
        mg_feedback_item *item = mg_rule_add(c, "technical.mostly_silent", MG_SEVERITY_CRITICAL);
        mg_rule_measured(item, mg_some(t->silent_share * 100.0), NAN, 50.0, 10.0, "%", 0);
        mg_rule_message(item, "%.0f %% of the file is silent.", t->silent_share * 100.0);
        mg_rule_advice(item, "Check the export: wrong range, muted tracks or a missing file.");
    }
}

static void cuts(mg_rule_context *c)
{
    const mg_technical_result *t = &c->m->technical;
    if (t->cut_why != MG_WHY_PRESENT)
        return;
    if (t->cut_start) {
        bool hit = t->starts_on_hit;
        mg_feedback_item *item = mg_rule_add(c, "technical.cut_start",
                                             hit ? MG_SEVERITY_INFO : MG_SEVERITY_MINOR);
        mg_rule_message(item, "%s", hit ? "The very first sample lies in the middle of sound, "
                                          "perhaps of the first hit."
                                        : "The file starts in the middle of sound.");
        mg_rule_advice(item, "%s", hit ? "Start the export 10 ms before the first hit, so that its "
                                         "attack is whole."
                                       : "Move the export start before the first transient.");
        if (item)
            item->confidence = hit ? 0.5 : 0.9;
        mg_rule_at(item, 0.0, 0.01, -1);
    }
    if (t->cut_end) {
        mg_feedback_item *item = mg_rule_add(c, "technical.cut_end", MG_SEVERITY_MINOR);
        mg_rule_message(item, "The file ends in the middle of sound.");
        mg_rule_advice(item, "Move the export end behind the last reverb tail, or fade out.");
        mg_rule_at(item, fmax(c->m->audio.duration_s - 0.01, 0.0), c->m->audio.duration_s, -1);
    }
}

static void damage(mg_rule_context *c)
{
    if (c->m->audio.warnings & (1u << MG_WARN_TRUNCATED)) {
        mg_feedback_item *item = mg_rule_add(c, "technical.truncated", MG_SEVERITY_CRITICAL);
        mg_rule_message(item, "The file ends before its own header says.");
        mg_rule_advice(item, "Upload or export it again; this copy is incomplete.");
        mg_rule_at(item, c->m->audio.duration_s, c->m->audio.duration_s, -1);
    }
    if (c->m->technical.nonfinite_samples > 0) {
        mg_feedback_item *item = mg_rule_add(c, "technical.nonfinite", MG_SEVERITY_CRITICAL);
        mg_rule_measured(item, mg_some((double)c->m->technical.nonfinite_samples), NAN, 0.0, 1.0,
                         "1", 0);
        bool one = c->m->technical.nonfinite_samples == 1;
        mg_rule_message(item, "%llu sample%s (NaN or infinite).",
                        (unsigned long long)c->m->technical.nonfinite_samples,
                        one ? " is not a number" : "s are not numbers");
        mg_rule_advice(item, "A plug-in fails during export; freeze tracks one by one to find it.");
    }
}

/* A single sound can be clean; whether a mix is good needs more of it. */
static void too_short(mg_rule_context *c)
{
    if (!mg_rule_too_short(c))
        return;
    mg_feedback_item *item = mg_rule_add(c, "technical.too_short", MG_SEVERITY_INFO);
    mg_rule_measured(item, mg_some(c->m->audio.duration_s), 3.0, NAN, 1.0, "s", 1);
    mg_rule_message(item, "%.1f s are too short to judge a mix: loudness, dynamics, tone and low "
                          "end are taken from windows of 3 s.",
                    mg_rule_tenth(c->m->audio.duration_s));
    mg_rule_advice(item, "Analyse the whole track; of a single sound only technical faults are "
                         "looked for, and what is lost in mono.");
}

/* The ranges of a genre are those of its music. */
static void no_music(mg_rule_context *c)
{
    if (!mg_content_is_no_music(c->m))
        return;
    mg_feedback_item *item = mg_rule_add(c, "technical.no_music", MG_SEVERITY_INFO);
    mg_rule_message(item, "Neither a beat nor a key was found, as in speech, effects and noises: "
                          "tone and low end were not judged.");
    mg_rule_advice(item, "If it is music, compare it with a track of its kind (--reference).");
    if (item)
        item->confidence = fmin(c->m->tempo.confidence, c->m->key.confidence);
}

static void resolution(mg_rule_context *c)
{
    mg_value bits = c->m->technical.effective_bits;
    bool few_bits = mg_has(bits) && bits.v < 16.0;
    bool low_rate = c->m->audio.sample_rate_hz < 44100;
    if (!few_bits && !low_rate)
        return;
    mg_feedback_item *item = mg_rule_add(c, "technical.low_resolution", MG_SEVERITY_MINOR);
    if (few_bits) {
        mg_rule_measured(item, bits, 16.0, NAN, 4.0, "bit", 0);
        mg_rule_message(item, "Only %.0f bit%s used.", bits.v,
                        bits.v == 1.0 ? " is" : "s are");
        mg_rule_advice(item,
                       "Export with 24 bits; a bit crusher or an old sample may also cause it.");
    } else {
        mg_rule_measured(item, mg_some((double)c->m->audio.sample_rate_hz), 44100.0, NAN, 22050.0,
                         "Hz", 0);
        mg_rule_message(item, "The sample rate is %u Hz.", c->m->audio.sample_rate_hz);
        mg_rule_advice(item, "Export with 44.1 or 48 kHz.");
    }
}

static void lossy_source(mg_rule_context *c)
{
    const mg_spectrum_result *s = &c->m->spectrum;
    if (c->m->audio.bits_per_sample == 0 || !mg_has(s->lossy_probability) ||
        s->lossy_probability.v < 0.7)
        return;
    mg_feedback_item *item = mg_rule_add(c, "technical.lossy_source", MG_SEVERITY_MINOR);
    mg_rule_measured(item, s->cutoff_hz, 20000.0, NAN, 2000.0, "Hz", 0);
    if (mg_or(s->mp3_frames_contrast, 0.0) >= 11.0)
        mg_rule_message(item, "The samples still lie in the frames of an MP3.");
    else
        mg_rule_message(item, "The spectrum ends at %.1f kHz as if it once had been an MP3 or AAC.",
                        mg_or(s->cutoff_hz, 16000.0) / 1000.0);
    mg_rule_advice(item, "Use the original recording if you have it.");
    if (item)
        item->confidence = s->lossy_probability.v;
}

static void upsampled(mg_rule_context *c)
{
    const mg_spectrum_result *s = &c->m->spectrum;
    if (!mg_has(s->upsampled_from_hz) || mg_or(s->upsampled_confidence, 0.0) < 0.8)
        return;
    double from = s->upsampled_from_hz.v, rate = c->m->audio.sample_rate_hz;
    mg_feedback_item *item = mg_rule_add(
        c, "technical.upsampled", from < 44100.0 ? MG_SEVERITY_MINOR : MG_SEVERITY_INFO);
    mg_rule_measured(item, mg_some(from), rate, NAN, 22050.0, "Hz", 0);
    mg_rule_message(item, "The file has %.0f Hz, but its content ends as if it once had %.0f Hz.",
                    rate, from);
    if (from < 44100.0)
        mg_rule_advice(item, "Use the original recording, or sources of 44100 Hz and more.");
    else
        mg_rule_advice(item, "Deliver it with %.0f Hz: the higher rate adds size, not sound.",
                       from);
    mg_rule_band(item, 0.5 * from, 0.5 * rate);
    if (item)
        item->confidence = s->upsampled_confidence.v;
}

void mg_rules_technical(mg_rule_context *c)
{
    damage(c);
    clipping(c);
    dc_offset(c);
    gaps(c);
    clicks(c);
    hum(c);
    infrasound(c);
    hiss(c);
    if (!c->excerpt) {
        silence(c);
        cuts(c);
    }
    too_short(c);
    no_music(c);
    resolution(c);
    lossy_source(c);
    upsampled(c);
}
