/* Stands in for the analyser in the tests of the worker. What it does is written in the "audio":
 *
 *     ok               a small valid result
 *     ok SHA           the same with this SHA-256
 *     sleep MS         progress every 50 ms for so long, then a result
 *     error REASON     an error frame
 *     crash            SIGSEGV
 *     flaky PATH       crashes when PATH does not exist (and makes it), else a result
 */
#include "worker/analyser/analyser_protocol.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char result_head[] =
    "{\"engine\":{\"name\":\"stand-in\",\"version\":\"9.9\",\"schema\":\"mixgauge.result/1\","
    "\"params_hash\":\"abc\"},\"audio\":{\"container\":\"wav\",\"codec\":\"pcm\","
    "\"sample_rate_hz\":44100,\"channels\":2,\"duration_s\":1.5,\"sha256\":\"";
static const char result_tail[] =
    "\",\"warnings\":[]},\"loudness\":{\"integrated_lufs\":-9.5,\"range_lu\":3.0,"
    "\"short_term_max_lufs\":-8.0,\"momentary_max_lufs\":-7.0,\"true_peak_dbtp\":-0.3,"
    "\"timeline\":{\"momentary_lufs\":[],\"short_term_lufs\":[]},\"platforms\":[]},"
    "\"dynamics\":{},\"spectrum\":{\"third_octave\":[],\"bands\":[],\"resonances\":[]},"
    "\"stereo\":{\"correlation\":0.5,\"width\":0.25},\"tempo\":{\"bpm\":128.00,"
    "\"confidence\":0.9,\"tempo_map\":[],\"beats_s\":[]},\"key\":{\"name\":\"A minor\","
    "\"camelot\":\"8A\",\"confidence\":0.8,\"segments\":[]},\"structure\":{\"sections\":[],"
    "\"energy\":7},\"technical\":{\"clipped_runs\":[],\"gaps\":[],\"clicks\":[]},"
    "\"waveform\":{\"samples_per_pixel\":256,\"data\":[]},"
    "\"scores\":{\"overall\":{\"value\":81},\"loudness\":{\"value\":90},"
    "\"dynamics\":{\"value\":70},\"tonal_balance\":{\"value\":null},"
    "\"low_end\":{\"value\":60},\"stereo\":{\"value\":50},\"technical\":{\"value\":100}},"
    "\"feedback\":[],\"feedback_total\":0,\"reference\":null}";

static void put(const void *data, size_t len)
{
    const char *from = data;
    while (len > 0) {
        ssize_t n = write(MG_ANALYSER_FD_PIPE, from, len);
        if (n <= 0)
            _exit(3);
        from += n;
        len -= (size_t)n;
    }
}

static void frame(uint32_t type, const void *data, size_t len)
{
    uint8_t header[MG_FRAME_HEADER_BYTES];
    for (int i = 0; i < 4; i++) {
        header[i] = (uint8_t)(type >> (8 * i));
        header[4 + i] = (uint8_t)(len >> (8 * i));
    }
    put(header, sizeof header);
    put(data, len);
}

static void result(const char *sha256)
{
    char text[4096];
    int len = snprintf(text, sizeof text, "%s%s%s", result_head, sha256, result_tail);
    frame(MG_FRAME_RESULT, text, (size_t)len);
}

static void progress_for(int ms)
{
    for (int done = 0; done < ms; done += 50) {
        uint8_t percent = (uint8_t)(done * 100 / ms);
        frame(MG_FRAME_PROGRESS, &percent, 1);
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
}

static void crash(void)
{
    static const char words[] = "about to crash";
    frame(MG_FRAME_LOG, words, sizeof words - 1);
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

int main(void)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    char what[512] = "", word[16] = "", argument[256] = "";
    ssize_t len = pread(MG_ANALYSER_FD_AUDIO, what, sizeof what - 1, 0);
    if (len <= 0 || sscanf(what, "%15s %255s", word, argument) < 1)
        return 4;
    if (strcmp(word, "crash") == 0)
        crash();
    if (strcmp(word, "flaky") == 0 && access(argument, F_OK) != 0) {
        close(open(argument, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        crash();
    }
    if (strcmp(word, "error") == 0) {
        strcat(argument, "\nthe stand-in was told so");
        frame(MG_FRAME_ERROR, argument, strlen(argument));
        return 0;
    }
    if (strcmp(word, "sleep") == 0)
        progress_for(atoi(argument));
    result(strcmp(word, "ok") == 0 && argument[0] ? argument : zeros);
    return 0;
}
