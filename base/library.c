#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

static mg_err find_functions(mg_library *library, mg_errinfo *err)
{
    void *handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return mg_fail(err, MG_E_CONFIG, 0, "%s is needed for %s: %s", library->soname,
                       library->purpose, dlerror());
    for (size_t i = 0; i < library->count; i++) {
        void *function = dlsym(handle, library->names[i]);
        if (!function)
            return mg_fail(err, MG_E_CONFIG, 0, "%s is too old for %s: it has no %s()",
                           library->soname, library->purpose, library->names[i]);
        memcpy((char *)library->functions + i * sizeof function, &function, sizeof function);
    }
    return MG_OK;
}

mg_err mg_library_load(mg_library *library, mg_errinfo *err)
{
    pthread_mutex_lock(&library->lock);
    mg_err result = library->loaded ? MG_OK : find_functions(library, err);
    library->loaded = result == MG_OK;
    pthread_mutex_unlock(&library->lock);
    return result;
}
