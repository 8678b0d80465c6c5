#include "base/cleanup.h"
#include "base/json_write.h"
#include "worker/cli/commands.h"

#include "queue/libhiredis.h"
#include "schema/libpq.h"
#include "schema/libsqlite.h"

#include <jansson.h>

typedef struct library {
    const char *name;
    char version[32]; /* "" when it is not installed */
} library;

enum { LIBRARIES = 8 };

static void list_libraries(library out[LIBRARIES])
{
    out[0] = (library){.name = "libpq"};
    if (mg_libpq_load(NULL) == MG_OK) {
        const int pq = mg_pq.libVersion();
        snprintf(out[0].version, sizeof out[0].version, "%d.%d", pq / 10000, pq % 10000);
    }
    out[1] = (library){.name = "sqlite"};
    if (mg_libsqlite_load(NULL) == MG_OK)
        snprintf(out[1].version, sizeof out[1].version, "%s", mg_sqlite.libversion());
    out[2] = (library){.name = "hiredis"};
    if (mg_libhiredis_load(NULL) == MG_OK)
        snprintf(out[2].version, sizeof out[2].version, "%d.%d.%d", HIREDIS_MAJOR, HIREDIS_MINOR,
                 HIREDIS_PATCH);
    out[3] = (library){.name = "jansson"};
    snprintf(out[3].version, sizeof out[3].version, "%s", jansson_version_str());
    /* linked by the analyser only: the versions that it was built with */
    out[4] = (library){"libsndfile", MG_BUILT_SNDFILE};
    out[5] = (library){"mpg123", MG_BUILT_MPG123};
    out[6] = (library){"fftw", MG_BUILT_FFTW};
    out[7] = (library){"aubio", MG_BUILT_AUBIO};
}

static int print_json(const library *libraries)
{
    mg_auto(mg_buf_done) mg_buf text = MG_BUF_INIT(4096);
    mg_json json = MG_JSON_INIT(&text);
    mg_json_object(&json, NULL);
    mg_json_str(&json, "version", MG_VERSION);
    mg_json_int(&json, "schema", MG_SCHEMA_VERSION);
    mg_json_str(&json, "result", "mixgauge.result/1");
    mg_json_object(&json, "libraries");
    for (int i = 0; i < LIBRARIES; i++) {
        if (libraries[i].version[0] != '\0')
            mg_json_str(&json, libraries[i].name, libraries[i].version);
        else
            mg_json_null(&json, libraries[i].name);
    }
    mg_json_object_end(&json);
    mg_json_object_end(&json);
    if (mg_buf_err(&text) != MG_OK)
        return mg_command_fail("version", mg_buf_err(&text), NULL);
    puts(mg_buf_text(&text));
    return MG_EXIT_OK;
}

static int run(mg_args *args)
{
    library libraries[LIBRARIES];
    list_libraries(libraries);
    if (args->json)
        return print_json(libraries);
    printf("mixgauge %s (database schema %d, result mixgauge.result/1)\n", MG_VERSION,
           MG_SCHEMA_VERSION);
    for (int i = 0; i < LIBRARIES; i++)
        printf("  %-11s %s\n", libraries[i].name,
               libraries[i].version[0] != '\0' ? libraries[i].version : "not installed");
    return MG_EXIT_OK;
}

const mg_command mg_cmd_version = {
    .name = "version",
    .synopsis = "[OPTIONS]",
    .summary = "show the versions of this program and its libraries",
    .takes_json = true,
    .without_config = true,
    .run = run,
};
