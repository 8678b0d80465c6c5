#include "tests/unit/test.h"
#include "tests/unit/verdict/fixture.h"

#include "verdict/reference.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static const mg_reference_measure *find(const mg_reference *r, const char *name)
{
    for (unsigned i = 0; i < r->measure_count; i++) {
        if (strcmp(r->measures[i].name, name) == 0)
            return &r->measures[i];
    }
    fail_msg("no measure %s", name);
    return NULL;
}

static void is(mg_value value, double wanted)
{
    assert_true(mg_has(value));
    if (!(fabs(value.v - wanted) < 1e-9))
        fail_msg("%.9f instead of %.9f", value.v, wanted);
}

/* A mix with levels where the fixture has none. */
static void mix(mg_measures *m)
{
    good_mix(m);
    m->dynamics.rms_dbfs = mg_some(-9.5);
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++)
        m->spectrum.third_octave_db[t] = mg_some(-20.0 - t);
    for (unsigned b = 0; b < MG_BANDS; b++)
        m->spectrum.band_db[b] = mg_some(-10.0 - b);
}

static void the_same_gives_zeros(void **state)
{
    (void)state;
    mg_measures m;
    mg_reference r;
    mix(&m);
    mg_reference_compare(&m, &m, &r);
    is(r.gain_db, 0.0);
    for (unsigned i = 0; i < r.measure_count; i++) {
        const mg_reference_measure *one = &r.measures[i];
        assert_int_equal(mg_has(one->difference), mg_has(one->track));
        assert_true(mg_or(one->difference, 0.0) == 0.0);
        assert_int_equal(one->difference.why, one->track.why);
    }
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++)
        is(r.third_octave_db[t], 0.0);
    for (unsigned b = 0; b < MG_BANDS; b++) {
        is(r.bands[b].level_db, 0.0);
        is(r.bands[b].width, 0.0);
    }
    assert_string_equal(r.key, "A minor");
}

/* A louder copy differs in nothing but the gain. */
static void gain_alone_vanishes(void **state)
{
    (void)state;
    mg_measures track, reference;
    mg_reference r;
    mix(&track);
    mix(&reference);
    static const double gain = 3.2;
    mg_loudness_result *l = &reference.loudness;
    mg_value *const levels[] = {&l->integrated_lufs, &l->momentary_max_lufs,
                                &l->short_term_max_lufs, &l->true_peak_dbtp,
                                &l->sample_peak_dbfs, &reference.dynamics.rms_dbfs,
                                &reference.technical.noise_floor_dbfs,
                                &reference.technical.infrasonic_dbfs};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        levels[i]->v += gain;
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++)
        reference.spectrum.third_octave_db[t].v += gain;
    for (unsigned b = 0; b < MG_BANDS; b++)
        reference.spectrum.band_db[b].v += gain;
    mg_reference_compare(&track, &reference, &r);
    is(r.gain_db, -gain);
    for (unsigned i = 0; i < r.measure_count; i++)
        assert_true(fabs(mg_or(r.measures[i].difference, 0.0)) < 1e-9);
    for (unsigned t = 0; t < MG_THIRD_OCTAVES; t++)
        is(r.third_octave_db[t], 0.0);
    is(r.bands[3].level_db, 0.0);
    is(find(&r, "loudness.true_peak_dbtp")->reference, -1.2 + gain); /* as measured */
}

static void differences_have_the_tracks_sign(void **state)
{
    (void)state;
    mg_measures track, reference;
    mg_reference r;
    mix(&track);
    mix(&reference);
    track.loudness.range_lu = mg_some(8.0);
    track.stereo.bands[0].width = mg_some(0.3);
    track.spectrum.third_octave_db[20] = mg_some(-30.0);
    mg_reference_compare(&track, &reference, &r);
    is(find(&r, "loudness.range_lu")->difference, 2.0);
    is(r.bands[0].width, 0.2);
    is(r.third_octave_db[20], 10.0);
}

/* A mono file is measured 3 LU lower than it is heard. */
static void mono_counts_as_heard_from_two(void **state)
{
    (void)state;
    mg_measures track, reference;
    mg_reference r;
    mix(&track);
    mix(&reference);
    reference.audio.channels = 1;
    reference.loudness.integrated_dual_mono_lufs = mg_some(-8.0);
    reference.loudness.integrated_lufs = mg_some(-11.01);
    mg_reference_compare(&track, &reference, &r);
    is(r.gain_db, 0.0);
    is(r.integrated_lufs, -8.0);
}

static void what_is_missing_is_null_with_its_reason(void **state)
{
    (void)state;
    mg_measures track, reference;
    mg_reference r;
    mix(&track);
    mix(&reference);
    track.tempo.bpm = mg_none(MG_WHY_NO_BEAT);
    reference.loudness.integrated_lufs = mg_none(MG_WHY_SILENT);
    reference.key.why = MG_WHY_NO_KEY;
    mg_reference_compare(&track, &reference, &r);
    assert_int_equal(r.gain_db.why, MG_WHY_SILENT);
    assert_int_equal(find(&r, "tempo.bpm")->difference.why, MG_WHY_NO_BEAT);
    assert_int_equal(find(&r, "loudness.true_peak_dbtp")->difference.why, MG_WHY_SILENT);
    is(find(&r, "loudness.range_lu")->difference, 0.0); /* needs no gain */
    assert_int_equal(r.third_octave_db[0].why, MG_WHY_SILENT);

    mg_buf out = MG_BUF_INIT(1 << 16);
    mg_json json = MG_JSON_INIT(&out);
    mg_reference_write(&json, NULL, &r);
    json_t *root = json_loads(mg_buf_text(&out), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_true(json_is_null(json_object_get(root, "gain_db")));
    const json_t *reasons = json_object_get(root, "reasons");
    assert_string_equal(json_string_value(json_object_get(reasons, "gain_db")), "silent");
    assert_string_equal(json_string_value(json_object_get(reasons, "key")), "no_key");
    assert_int_equal(json_array_size(json_object_get(root, "third_octave")), MG_THIRD_OCTAVES);
    json_decref(root);
    mg_buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_gives_zeros),
        cmocka_unit_test(gain_alone_vanishes),
        cmocka_unit_test(differences_have_the_tracks_sign),
        cmocka_unit_test(mono_counts_as_heard_from_two),
        cmocka_unit_test(what_is_missing_is_null_with_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
