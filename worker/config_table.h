/* For config.c and config_file.c only: the rows of the table of settings. */
#ifndef MG_WORKER_CONFIG_TABLE_H
#define MG_WORKER_CONFIG_TABLE_H

#include "worker/config.h"

#define MG_CONFIG_PREFIX "MIXGAUGE_"

typedef struct mg_setting {
    const char *name; /* without the prefix */
    const char *variable; /* with it */
    const char *flag;
    mg_setting_type type;
    const char *def;
    int64_t min, max;
    const char *choices;
    const char *help;
    size_t offset; /* of the field in mg_config */
} mg_setting;

extern const mg_setting mg_settings[MG_SETTING_COUNT];

/** Check a value and store it.
 *  @param called  how the person wrote the setting ("--lease-s", "MIXGAUGE_LEASE_S"), for *err
 *  @return MG_OK; MG_E_USAGE for a flag or MG_E_CONFIG for any other origin; MG_E_NOMEM */
mg_err mg_setting_assign(mg_config *config, unsigned id, const char *value,
                         mg_setting_origin origin, const char *called, mg_errinfo *err);

/** The settings file, then the environment. @return as mg_config_load() */
mg_err mg_config_read_file(mg_config *config, mg_errinfo *err);
mg_err mg_config_read_environment(mg_config *config, mg_errinfo *err);

/** PATH below $VARIABLE if that is an absolute path, else below FALLBACK in the home directory.
 *  @return owned by the caller; NULL when there is no home directory either, or no memory */
char *mg_config_home_path(const char *variable, const char *fallback, const char *path);

#endif
