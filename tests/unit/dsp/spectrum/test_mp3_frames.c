/* The frame grid of MP3s, on what LAME and ffmpeg encode and sox changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dsp/spectrum/mp3_frames.h"
#include "dsp/spectrum/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RATE = 44100, FRAMES = 8 * RATE };

static char folder[64];

/* sox plays notes with noise in them, and the same darkened to 3 kHz. */
static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/mg-mp3-frames.XXXXXX");
    return !mkdtemp(folder) || chdir(folder) != 0 ||
           system("sox -R -r 44100 -c 2 -b 24 -n bright.wav synth 8 pinknoise synth 8 saw mix 220 "
                  "saw mix 330 tremolo 3 80 gain -n -3") != 0 ||
           system("sox -R bright.wav -b 24 dark.wav lowpass 3000 lowpass 3000 gain -n -9") != 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[96];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return chdir("/") != 0 || system(command) != 0;
}

/* Of what `command` makes of the file named in it, as b.wav. */
static mg_mp3_trace trace_after(const char *command)
{
    if (command)
        assert_int_equal(system(command), 0);
    FILE *pipe = popen("ffmpeg -v error -nostdin -i b.wav -f f32le -ac 2 -", "r");
    assert_non_null(pipe);
    mg_mp3_frames *frames = NULL;
    assert_int_equal(mg_mp3_frames_new(&frames), MG_OK);
    float in[2 * MG_BLOCK_FRAMES], left[MG_BLOCK_FRAMES], right[MG_BLOCK_FRAMES];
    mg_block block = {.left = left, .right = right};
    while ((block.frames = fread(in, 2 * sizeof *in, MG_BLOCK_FRAMES, pipe)) > 0) {
        for (size_t i = 0; i < block.frames; i++) {
            left[i] = in[2 * i];
            right[i] = in[2 * i + 1];
        }
        mg_mp3_frames_push(frames, &block);
        block.start_frame += block.frames;
    }
    assert_int_equal(pclose(pipe), 0);
    mg_mp3_trace trace = mg_mp3_frames_find(frames);
    mg_mp3_frames_free(frames);
    return trace;
}

#define LAME(options, name) "lame --quiet " options " " name ".wav a.mp3 && " DECODE
#define DECODE "ffmpeg -v error -nostdin -y -i a.mp3 b.wav"

static void test_what_was_an_mp3_is_found(void **state)
{
    (void)state;
    static const char *const commands[] = {
        LAME("-b 128", "bright"),
        LAME("-b 128", "dark"),
        LAME("-b 192", "bright"),
        LAME("-b 192", "dark"),
        LAME("-V 4 -m s", "bright"),
        LAME("-b 160 --lowpass 20", "bright"),
        "lame --quiet -b 128 dark.wav a.mp3 && lame --quiet --decode a.mp3 b.wav",
        LAME("-b 128", "dark") " && mv b.wav c.wav && sox -G c.wav -b 24 b.wav gain -7.3",
        LAME("-b 128", "dark") " && mv b.wav c.wav && sox -G c.wav -b 16 b.wav gain -2 dither",
        ("ffmpeg -v error -nostdin -y -i dark.wav -c:a libshine -b:a 128k a.mp3 && " DECODE),
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        mg_mp3_trace trace = trace_after(commands[i]);
        if (mg_mp3_probability(trace.contrast) < 0.9)
            fail_msg("%s: %.1f in %u blocks", commands[i], trace.contrast, trace.blocks);
    }
}

static void test_other_audio_has_no_grid(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "cp bright.wav b.wav",
        "cp dark.wav b.wav",
        "sox -R bright.wav -b 16 b.wav lowpass 16000 lowpass 16000 lowpass 16000 lowpass 16000",
        "sox -R bright.wav -b 16 b.wav rate -h 48000 rate -h 44100",
        ("ffmpeg -v error -nostdin -y -i bright.wav -b:a 128k a.m4a && "
         "ffmpeg -v error -nostdin -y -i a.m4a b.wav"),
        "sox -R -n -r 44100 -c 2 b.wav synth 8 square 55 gain -6",
        "sox -R -n -r 44100 -c 2 b.wav synth 8 sine 3000 gain -6",
        "sox -R -n -r 44100 -c 2 b.wav synth 8 whitenoise tremolo 76.5625 100 gain -6",
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        mg_mp3_trace trace = trace_after(commands[i]);
        assert_true(trace.blocks > 0);
        if (mg_mp3_probability(trace.contrast) > 0.2)
            fail_msg("%s: %.1f", commands[i], trace.contrast);
    }
}

static void test_the_place_moves_with_the_audio(void **state)
{
    (void)state;
    mg_mp3_trace first = trace_after(LAME("-b 128", "bright"));
    mg_mp3_trace later = trace_after("mv b.wav c.wav && sox c.wav b.wav trim 1000s");
    assert_int_equal((later.place + 1000) % MG_MP3_GRANULE, first.place);
}

static void test_silence_is_not_looked_at(void **state)
{
    (void)state;
    mg_mp3_trace trace = trace_after("sox -n -r 44100 -c 2 b.wav synth 4 sine 1000 gain -60");
    assert_int_equal(trace.blocks, 0);
    assert_true(trace.contrast == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_an_mp3_is_found),
        cmocka_unit_test(test_other_audio_has_no_grid),
        cmocka_unit_test(test_the_place_moves_with_the_audio),
        cmocka_unit_test(test_silence_is_not_looked_at),
    };
    return cmocka_run_group_tests_name("mp3_frames", tests, set_up, tear_down);
}
