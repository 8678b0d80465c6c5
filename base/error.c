#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *id;
    const char *sentence;
    int exit_code;
} table[MG_ERR_COUNT] = {
    [MG_OK] = {"ok", "ok", MG_EXIT_OK},
#define MG_ERR_ROW(name, id, exit_code, text) [MG_E_##name] = {id, text, exit_code},
    MG_ERR_LIST(MG_ERR_ROW)
#undef MG_ERR_ROW
};

static mg_err clamp(mg_err err)
{
    return (unsigned)err < MG_ERR_COUNT ? err : MG_E_INTERNAL;
}

const char *mg_err_id(mg_err err)
{
    return table[clamp(err)].id;
}

const char *mg_err_sentence(mg_err err)
{
    return table[clamp(err)].sentence;
}

int mg_err_exit_code(mg_err err)
{
    return table[clamp(err)].exit_code;
}

bool mg_err_from_id(const char *id, mg_err *ret)
{
    for (int i = 0; i < MG_ERR_COUNT; i++) {
        if (strcmp(table[i].id, id) == 0) {
            *ret = (mg_err)i;
            return true;
        }
    }
    return false;
}

bool mg_err_is_reason(mg_err err)
{
    return err > MG_OK && err <= MG_ERR_LAST_REASON;
}

mg_err mg_fail(mg_errinfo *info, mg_err err, int sys_errno, const char *format, ...)
{
    if (!info || info->code != MG_OK)
        return err;
    info->code = err;
    info->sys_errno = sys_errno;
    va_list args;
    va_start(args, format);
    vsnprintf(info->text, sizeof info->text, format, args);
    va_end(args);
    for (char *c = info->text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    }
    return err;
}

const char *mg_errinfo_text(const mg_errinfo *info, mg_err err)
{
    return info && info->code != MG_OK && info->text[0] ? info->text : mg_err_sentence(err);
}
