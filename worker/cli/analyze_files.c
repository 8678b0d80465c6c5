#include "worker/cli/analyze_files.h"

#include "base/cleanup.h"
#include "base/utf8.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 64 };

static bool is_audio_name(const char *name)
{
    static const char *const endings[] = {".wav", ".wave", ".mp3", ".flac",
                                          ".aif", ".aiff", ".aifc"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof endings[0]; i++) {
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    }
    return false;
}

static mg_err no_memory(mg_errinfo *err)
{
    return mg_fail(err, MG_E_NOMEM, 0, "out of memory");
}

/* Takes over `name`, which may be NULL: no memory. */
static mg_err add_take(mg_file_list *list, char *name, mg_errinfo *err)
{
    /* grows at powers of two */
    if (name != NULL && (list->count & (list->count - 1)) == 0) {
        const size_t room = list->count == 0 ? 1 : 2 * list->count;
        char **grown = reallocarray(list->names, room, sizeof *grown);
        if (grown == NULL) {
            free(name);
            name = NULL;
        } else {
            list->names = grown;
        }
    }
    if (name == NULL)
        return no_memory(err);
    list->names[list->count++] = name;
    return MG_OK;
}

static mg_err cannot_list(const char *directory, mg_errinfo *err)
{
    char shown[200];
    const int number = errno;
    mg_utf8_printable(directory, shown, sizeof shown);
    return mg_fail(err, number == EACCES ? MG_E_PERMISSION : MG_E_IO, number, "cannot list %s: %s",
                   shown, strerror(number));
}

static mg_err list_directory(mg_file_list *list, const char *directory, bool recursive,
                             unsigned depth, mg_errinfo *err);

static mg_err list_entry(mg_file_list *list, const char *directory, const char *name,
                         bool recursive, unsigned depth, mg_errinfo *err)
{
    struct stat info;
    char *path = NULL;
    const size_t len = strlen(directory);
    const char *slash = len > 0 && directory[len - 1] == '/' ? "" : "/";
    if (asprintf(&path, "%s%s%s", directory, slash, name) < 0)
        return no_memory(err);
    mg_err result = MG_OK;
    const bool there = lstat(path, &info) == 0;
    if (there && S_ISDIR(info.st_mode) && recursive && depth < DEPTH_MAX)
        result = list_directory(list, path, recursive, depth + 1, err);
    else if (is_audio_name(name) && stat(path, &info) == 0 && S_ISREG(info.st_mode))
        return add_take(list, path, err);
    free(path);
    return result;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static mg_err list_directory(mg_file_list *list, const char *directory, bool recursive,
                             unsigned depth, mg_errinfo *err)
{
    struct dirent **entries = NULL;
    const int count = scandir(directory, &entries, not_hidden, by_bytes);
    if (count < 0)
        return cannot_list(directory, err);
    mg_err result = MG_OK;
    for (int i = 0; i < count; i++) {
        if (result == MG_OK)
            result = list_entry(list, directory, entries[i]->d_name, recursive, depth, err);
        free(entries[i]);
    }
    free(entries);
    return result;
}

static mg_err add_operand(mg_file_list *list, const char *operand, bool recursive, mg_errinfo *err)
{
    struct stat info;
    if (stat(operand, &info) != 0 || !S_ISDIR(info.st_mode))
        return add_take(list, strdup(operand), err);
    const size_t before = list->count;
    list->has_directory = true;
    const mg_err result = list_directory(list, operand, recursive, 0, err);
    if (result != MG_OK || list->count > before)
        return result;
    char shown[200];
    mg_utf8_printable(operand, shown, sizeof shown);
    return mg_fail(err, MG_E_NOT_FOUND, 0, "there is no audio file in the directory %s%s", shown,
                   recursive ? "" : " (-r looks below it too)");
}

mg_err mg_file_list_expand(char *const *operands, size_t count, bool recursive, mg_file_list *ret,
                           mg_errinfo *err)
{
    mg_file_list list = {0};
    for (size_t i = 0; i < count; i++) {
        const mg_err result = add_operand(&list, operands[i], recursive, err);
        if (result != MG_OK) {
            mg_file_list_done(&list);
            return result;
        }
    }
    *ret = list;
    return MG_OK;
}

void mg_file_list_done(mg_file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    *list = (mg_file_list){0};
}
