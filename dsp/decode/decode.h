/* From bytes to float frames. The only input of the measuring library.
 *
 * The format is found by content, never by name. WAV, RF64, BW64, AIFF and AIFC headers are parsed
 * by our own bounded reader and their samples converted where it read them. FLAC goes to libsndfile
 * after a check of STREAMINFO. MP3 is parsed by our own frame scanner for tags and gapless data and
 * decoded by libmpg123 (feed interface, float output, decoder "x86-64" or "generic": the same bits
 * on every CPU).
 *
 * Not thread-safe; one object per file. Reads with read/pread in order; never maps the file and
 * never trusts a length from a header: `duration` is what came out.
 */
#ifndef MG_DSP_DECODE_DECODE_H
#define MG_DSP_DECODE_DECODE_H

#include "base/error.h"
#include "dsp/block.h"
#include "dsp/measures.h"

typedef struct mg_decoder mg_decoder;

typedef struct mg_decode_limits {
    int64_t bytes;       /* of the file; more is MG_E_TOO_LARGE */
    double seconds;      /* decoded; more is MG_E_TOO_LONG */
    unsigned channels;   /* more is MG_E_LIMITS_EXCEEDED */
    unsigned min_rate_hz, max_rate_hz; /* outside is MG_E_LIMITS_EXCEEDED */
} mg_decode_limits;

/* 4 GiB, 12 hours, 8 channels, 8000..192000 Hz. */
extern const mg_decode_limits mg_decode_default_limits;

/** Open from a descriptor (read-only use, must be seekable; not closed) or from memory (borrowed).
 *  @param limits  NULL for the defaults
 *  @return MG_OK; MG_E_UNSUPPORTED_FORMAT, MG_E_CORRUPT_AUDIO, MG_E_EMPTY_AUDIO, MG_E_TOO_LARGE,
 *          MG_E_LIMITS_EXCEEDED; MG_E_IO when reading failed; MG_E_NOMEM. *err says what was found.
 */
mg_err mg_decoder_open_fd(mg_decoder **ret, int fd, const mg_decode_limits *limits,
                          mg_errinfo *err);
mg_err mg_decoder_open_memory(mg_decoder **ret, const void *data, size_t len,
                              const mg_decode_limits *limits, mg_errinfo *err);
void mg_decoder_free(mg_decoder *decoder);

/** Rate, channels and roles. Valid from open to free. */
const mg_stream_info *mg_decoder_info(const mg_decoder *decoder);

/** Read up to `frames` interleaved frames into out (frames * channels floats, full scale 1.0;
 *  values beyond 1.0 are kept, float files may hold NaN and infinities).
 *  @param ret_frames  frames delivered; 0 at the end of the audio
 *  @return MG_OK, also at the end; MG_E_TOO_LONG; MG_E_CORRUPT_AUDIO when nothing useful could be
 *          decoded; MG_E_IO; damage that can be passed over only sets a warning */
mg_err mg_decoder_read(mg_decoder *decoder, float *out, size_t frames, size_t *ret_frames,
                       mg_errinfo *err);

/** Share of the file's bytes consumed so far, 0..1, for progress. */
double mg_decoder_progress(const mg_decoder *decoder);

/** After the end: fill `audio` (container, codec, delays, warnings, duration, sha256 of the whole
 *  file) and the effective bits of integer samples. At the end of the audio only.
 *  @return MG_OK; MG_E_EMPTY_AUDIO when no frame came out; MG_E_REFUSED before the end;
 *          MG_E_IO */
mg_err mg_decoder_finish(mg_decoder *decoder, mg_audio_result *audio, mg_value *effective_bits,
                         mg_errinfo *err);

#endif
