/* Settings: one table feeds parsing, --help, the man page and doctor.
 *
 * Flag > environment MIXGAUGE_NAME > file (KEY=VALUE lines, MIXGAUGE_CONFIG or
 * $XDG_CONFIG_HOME/mixgauge/config). A secret also as NAME_FILE. An unknown MIXGAUGE_* variable is
 * an error that names it, except what Kubernetes injects for a service of that name and
 * MIXGAUGE_X_*; MIXGAUGE_STRICT=0 turns it into a warning.
 */
#ifndef MG_WORKER_CONFIG_H
#define MG_WORKER_CONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum mg_setting_type {
    MG_SETTING_TEXT,
    MG_SETTING_SECRET_URL, /* shown without user and password; also as NAME_FILE */
    MG_SETTING_INT,
    MG_SETTING_SIZE,     /* bytes, with K M G */
    MG_SETTING_DURATION, /* seconds, with s m h d */
    MG_SETTING_CHOICE,   /* one of `choices` */
} mg_setting_type;

/* X(field, "NAME", "--flag", type, "default", min, max, choices or NULL, "help")
 * Numeric fields are int64_t, all others char *. An empty default is "not set". Flags are accepted
 * by every command; --help lists those that the command uses. */
#define MG_SETTING_LIST(X)                                                                         \
    X(store_url, STORE_URL, "store-url", MG_SETTING_SECRET_URL, "", 0, 0, NULL,                    \
      "ledger: sqlite:/PATH or postgres://... (default: SQLite in the data directory)")            \
    X(queue_url, QUEUE_URL, "queue-url", MG_SETTING_SECRET_URL, "", 0, 0, NULL,                    \
      "stream of new jobs: redis://... or unix:///PATH (default: none, the ledger alone)")         \
    X(queue_prefix, QUEUE_PREFIX, "queue-prefix", MG_SETTING_TEXT, "mixgauge", 1, 64, NULL,        \
      "prefix of every key in Redis")                                                              \
    X(audio_url, AUDIO_URL, "audio-url", MG_SETTING_TEXT, "", 0, 0, NULL,                          \
      "audio store: file:/PATH (default: audio/ in the data directory)")                           \
    X(data_dir, DATA_DIR, "data-dir", MG_SETTING_TEXT, "", 0, 0, NULL,                             \
      "data directory (default: $XDG_DATA_HOME/mixgauge)")                                         \
    X(concurrency, CONCURRENCY, "concurrency", MG_SETTING_INT, "0", 0, 256, NULL,                  \
      "jobs at once (0: one per usable CPU)")                                                      \
    X(lease_s, LEASE_S, "lease-s", MG_SETTING_DURATION, "60", 3, 3600, NULL,                       \
      "a job whose worker is not heard of for this long is given to another")                      \
    X(heartbeat_s, HEARTBEAT_S, "heartbeat-s", MG_SETTING_DURATION, "15", 1, 1200, NULL,           \
      "leases are renewed this often; at most a third of the lease")                               \
    X(drain_s, DRAIN_S, "drain-s", MG_SETTING_DURATION, "25", 0, 86400, NULL,                      \
      "after SIGTERM running jobs may take this long, then they are given back")                   \
    X(user_inflight, USER_INFLIGHT, "user-inflight", MG_SETTING_INT, "2", 0, 10000, NULL,          \
      "running jobs of one user (0: no cap)")                                                      \
    X(retention_days, RETENTION_DAYS, "retention-days", MG_SETTING_INT, "7", 0, 3650, NULL,        \
      "raw audio is deleted this long after the latest end of its jobs")                           \
    X(retention_cap_days, RETENTION_CAP_DAYS, "retention-cap-days", MG_SETTING_INT, "14", 0, 3650, \
      NULL, "and never later than this after the upload")                                          \
    X(limit_bytes, LIMIT_BYTES, "limit-bytes", MG_SETTING_SIZE, "4G", 1024, 1099511627776, NULL,   \
      "largest file")                                                                              \
    X(limit_seconds, LIMIT_SECONDS, "limit-seconds", MG_SETTING_DURATION, "12h", 1, 86400, NULL,   \
      "longest decoded audio")                                                                     \
    X(limit_memory, LIMIT_MEMORY, "limit-memory", MG_SETTING_SIZE, "512M", 67108864, 68719476736,  \
      NULL, "address space of an analyser")                                                        \
    X(limit_channels, LIMIT_CHANNELS, "limit-channels", MG_SETTING_INT, "8", 1, 8, NULL,           \
      "most channels")                                                                             \
    X(log_level, LOG_LEVEL, "log-level", MG_SETTING_CHOICE, "info", 0, 0, "debug|info|warn|error", \
      "least important log line to print")                                                         \
    X(log_format, LOG_FORMAT, "log-format", MG_SETTING_CHOICE, "text", 0, 0, "text|json",          \
      "form of the log on standard error")                                                         \
    X(profile, PROFILE, "profile", MG_SETTING_TEXT, "electronic/streaming", 1, 4000, NULL,         \
      "target profile: GENRE/PURPOSE, or for commands a FILE.json")

/* One number per setting, in the order of the table. */
enum mg_setting_id {
#define MG_SETTING_ENUM(f, name, flag, type, def, min, max, choices, help) MG_SETTING_ID_##name,
    MG_SETTING_LIST(MG_SETTING_ENUM)
#undef MG_SETTING_ENUM
        MG_SETTING_COUNT
};

typedef enum mg_setting_origin {
    MG_FROM_DEFAULT,
    MG_FROM_FILE,
    MG_FROM_ENVIRONMENT,
    MG_FROM_FLAG,
    MG_FROM_OTHERS, /* worked out from other settings by mg_config_complete() */
} mg_setting_origin;

/* Texts are never NULL once mg_config_load() has succeeded; "" is "not set". */
typedef struct mg_config {
#define MG_FIELD_MG_SETTING_TEXT(f) char *f;
#define MG_FIELD_MG_SETTING_SECRET_URL(f) char *f;
#define MG_FIELD_MG_SETTING_CHOICE(f) char *f;
#define MG_FIELD_MG_SETTING_INT(f) int64_t f;
#define MG_FIELD_MG_SETTING_SIZE(f) int64_t f;
#define MG_FIELD_MG_SETTING_DURATION(f) int64_t f;
#define MG_CONFIG_FIELD(f, name, flag, type, def, min, max, choices, help) MG_FIELD_##type(f)
    MG_SETTING_LIST(MG_CONFIG_FIELD)
#undef MG_CONFIG_FIELD
    mg_setting_origin origin[MG_SETTING_COUNT];
    char *file;     /* the settings file that was read; NULL: none */
    char *warnings; /* sentences for people, '\n' between (MIXGAUGE_STRICT=0); NULL: none */
} mg_config;

/** Start from the defaults, then the file, then the environment. The flags of a command follow
 *  with mg_config_set(), then mg_config_complete() fills what depends on other settings.
 *  An empty value in the file or the environment means the default.
 *  @return MG_OK; MG_E_CONFIG with the setting or variable named in *err; MG_E_NOMEM. After a
 *          failure *ret holds nothing that must be freed */
mg_err mg_config_load(mg_config *ret, mg_errinfo *err);
/** @param flag  without dashes; @return MG_E_USAGE for an unknown flag or a bad value */
mg_err mg_config_set(mg_config *config, const char *flag, const char *value, mg_errinfo *err);
/** data_dir becomes absolute; store_url and audio_url get their defaults below it (all three stay
 *  "" where there is no home directory); a heartbeat nobody set becomes at most a third of the
 *  lease. @return MG_OK; MG_E_CONFIG (settings that contradict each other, s3://); MG_E_NOMEM */
mg_err mg_config_complete(mg_config *config, mg_errinfo *err);
/* Zeroed or loaded or done before: all fine. */
void mg_config_done(mg_config *config);

/* CPUs this process may run on (its affinity), at least 1: what concurrency 0 stands for. */
unsigned mg_usable_cpus(void);

/** Is there a setting with this flag? */
bool mg_config_has_flag(const char *flag);

/* A setting for display. */
typedef struct mg_setting_view {
    const char *name;   /* "MIXGAUGE_STORE_URL"; static */
    const char *flag;   /* "store-url"; static */
    const char *origin; /* "default", "file", "environment", "flag", "other settings"; static */
    char value[512];    /* printable; secrets redacted; "" when not set */
} mg_setting_view;
/** @param id  0..MG_SETTING_COUNT-1 */
void mg_config_view(const mg_config *config, unsigned id, mg_setting_view *ret);
/** A URL without user, password and query; anything that is not a URL becomes "(set)".
 *  "sqlite:" and "file:" are shown as they are. */
void mg_config_redact_url(const char *url, char *out, size_t size);
/** Name, value (secrets redacted) and where it came from, one per line; for doctor. */
void mg_config_print(const mg_config *config, FILE *out);
/** The option lines of --help for these flags (NULL-terminated list). */
void mg_config_help(FILE *out, const char *const flags[]);

#endif
