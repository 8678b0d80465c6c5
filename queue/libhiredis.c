#include "queue/libhiredis.h"

#include "base/library.h"

/* Its number changes with every release: the one of the header. */
#define TEXT(x) #x
#define SONAME(version) "libhiredis.so." TEXT(version)

#define NAME(name) #name,
static const char *const names[] = {MG_LIBHIREDIS(NAME)};

mg_libhiredis mg_hiredis;
_Static_assert(sizeof mg_hiredis == sizeof names, "a function for each name");

mg_err mg_libhiredis_load(mg_errinfo *err)
{
    static mg_library library = MG_LIBRARY_INIT(SONAME(HIREDIS_SONAME), "Redis", names, mg_hiredis);
    return mg_library_load(&library, err);
}
