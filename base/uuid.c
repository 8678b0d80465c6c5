#include "base/uuid.h"

#include "base/clock.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

bool mg_uuid_parse(const char *text, char ret[MG_UUID_SIZE])
{
    char lower[MG_UUID_SIZE];
    for (int i = 0; i < MG_UUID_SIZE - 1; i++) {
        char c = text[i];
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-')
                return false;
        } else if (c >= 'A' && c <= 'F') {
            c = (char)(c - 'A' + 'a');
        } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false; /* also ends here at the NUL of a short text */
        }
        lower[i] = c;
    }
    if (text[MG_UUID_SIZE - 1])
        return false;
    lower[MG_UUID_SIZE - 1] = '\0';
    memcpy(ret, lower, sizeof lower);
    return true;
}

bool mg_uuid_v7(char ret[MG_UUID_SIZE])
{
    uint8_t b[16];
    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
        return false;
    uint64_t now = (uint64_t)mg_wall_ms();
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)(now >> (40 - 8 * i));
    b[6] = (uint8_t)(0x70 | (b[6] & 0x0f));
    b[8] = (uint8_t)(0x80 | (b[8] & 0x3f));
    char *out = ret;
    for (int i = 0; i < 16; i++) {
        out += snprintf(out, 3, "%02x", b[i]);
        if (i == 3 || i == 5 || i == 7 || i == 9)
            *out++ = '-';
    }
    return true;
}
