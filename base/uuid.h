/* UUIDs as text. */
#ifndef MG_BASE_UUID_H
#define MG_BASE_UUID_H

#include <stdbool.h>

enum { MG_UUID_SIZE = 37 }; /* with the NUL */

/* Takes 8-4-4-4-12 hexadecimal digits of either case and any version; writes lower case. */
bool mg_uuid_parse(const char *text, char ret[MG_UUID_SIZE]);

/* A new version-7 UUID (RFC 9562): sorts by time of creation. False if the kernel has no
 * randomness to give. */
bool mg_uuid_v7(char ret[MG_UUID_SIZE]);

#endif
