/* Text files compiled into the program by scripts/embed.awk: profiles, migrations, schemas. */
#ifndef MG_BASE_EMBEDDED_H
#define MG_BASE_EMBEDDED_H

typedef struct mg_embedded_text {
    const char *name; /* the file's path below its folder */
    const char *text;
} mg_embedded_text;

#endif
