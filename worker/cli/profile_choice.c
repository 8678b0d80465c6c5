#include "worker/cli/profile_choice.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "verdict/profile.h"
#include "worker/cli/suggest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 64 * 1024, SHOWN = 200 };

/* The built-in profile, or genre where no purpose was typed, whose name comes nearest; "" when none
 * is near. */
static void nearest_profile(const char *typed, char out[65])
{
    char name[65];
    mg_suggestion best = {0};
    const bool genre_only = strchr(typed, '/') == NULL;
    out[0] = '\0';
    for (size_t i = 0; mg_profile_name_at(i, name, sizeof name) > 0; i++) {
        const mg_suggestion before = best;
        if (genre_only)
            name[strcspn(name, "/")] = '\0';
        mg_suggest(&best, typed, name);
        if (best.word != before.word || best.distance != before.distance)
            memcpy(out, name, sizeof name);
    }
}

static mg_err choose_builtin(const char *name, char **ret_json, mg_errinfo *err)
{
    char shown[80], near[65];
    const char *json = mg_profile_builtin(name);
    if (json != NULL) {
        *ret_json = strdup(json);
        return *ret_json != NULL ? MG_OK : mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    }
    mg_utf8_printable(name, shown, sizeof shown);
    nearest_profile(name, near);
    if (near[0] != '\0')
        return mg_fail(err, MG_E_NOT_FOUND, 0, "there is no profile %s; did you mean %s?", shown,
                       near);
    return mg_fail(err, MG_E_NOT_FOUND, 0,
                   "there is no profile %s; profiles are GENRE/PURPOSE, such as electronic/club, "
                   "or a file that ends in .json",
                   shown);
}

static mg_err read_whole(const char *path, char **ret, size_t *ret_len, mg_errinfo *err)
{
    char shown[SHOWN];
    mg_utf8_printable(path, shown, sizeof shown);
    /* O_NONBLOCK: a FIFO without a writer must not hold us in open() */
    mg_autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat info;
    if (fd >= 0 && fstat(fd, &info) == 0 && !S_ISREG(info.st_mode))
        return mg_fail(err, MG_E_NOT_FOUND, 0, "%s is not a file", shown);
    FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    if (file == NULL) {
        const mg_err code = errno == ENOENT || errno == ENOTDIR ? MG_E_NOT_FOUND
                            : errno == EACCES                   ? MG_E_PERMISSION
                                                                : MG_E_IO;
        return mg_fail(err, code, errno, "cannot read the profile %s: %s", shown, strerror(errno));
    }
    fd = -1; /* the stream's */
    char *text = malloc(FILE_MAX + 1);
    size_t len = text != NULL ? fread(text, 1, FILE_MAX + 1, file) : 0;
    const bool failed = ferror(file) != 0;
    fclose(file);
    if (text != NULL && !failed && len <= FILE_MAX) {
        text[len] = '\0';
        *ret = text;
        *ret_len = len;
        return MG_OK;
    }
    free(text);
    if (text == NULL)
        return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
    if (failed)
        return mg_fail(err, MG_E_IO, EIO, "cannot read the profile %s", shown);
    return mg_fail(err, MG_E_CONFIG, 0, "%s is larger than any profile", shown);
}

static mg_err choose_file(const char *path, char **ret_json, mg_errinfo *err)
{
    char shown[SHOWN];
    size_t len = 0;
    mg_errinfo inner = {0};
    mg_profile profile;
    mg_autofree char *text = NULL;
    mg_err result = read_whole(path, &text, &len, err);
    if (result != MG_OK)
        return result;
    result = mg_profile_parse(text, len, &profile, &inner);
    if (result != MG_OK) {
        mg_utf8_printable(path, shown, sizeof shown);
        return mg_fail(err, result, 0, "%s: %s", shown, mg_errinfo_text(&inner, result));
    }
    *ret_json = text;
    text = NULL;
    return MG_OK;
}

mg_err mg_profile_choose(const char *name, char **ret_json, mg_errinfo *err)
{
    const size_t len = strlen(name);
    if (len > 5 && strcmp(name + len - 5, ".json") == 0)
        return choose_file(name, ret_json, err);
    return choose_builtin(name, ret_json, err);
}
