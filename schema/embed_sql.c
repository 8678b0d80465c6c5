/* Build tool: turns files into C arrays, so that the program carries its migrations.
 *
 *     embed_sql OUTPUT.h FILE...
 *
 * schema/postgres/0001_ledger.up.sql becomes
 * `static const char mg_sql_postgres_0001_ledger_up[]`, NUL-terminated. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The name of the last folder and of the file, without ".sql". */
static void print_name(FILE *out, const char *path)
{
    const char *from = path;
    for (const char *c = path, *folder = path; *c; c++) {
        if (*c == '/') {
            from = folder;
            folder = c + 1;
        }
    }
    size_t len = strlen(from);
    if (len > 4 && strcmp(from + len - 4, ".sql") == 0)
        len -= 4;
    for (size_t i = 0; i < len; i++)
        fputc(isalnum((unsigned char)from[i]) ? from[i] : '_', out);
}

static int embed(FILE *out, const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in) {
        perror(path);
        return 1;
    }
    fputs("static const char mg_sql_", out);
    print_name(out, path);
    fputs("[] = {", out);
    int c;
    for (unsigned n = 0; (c = getc(in)) != EOF; n++)
        fprintf(out, "%s%d,", n % 20 ? "" : "\n    ", c < 128 ? c : c - 256);
    fputs("\n    0};\n\n", out);
    int failed = ferror(in);
    fclose(in);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: embed_sql OUTPUT.h FILE...\n");
        return 64;
    }
    FILE *out = fopen(argv[1], "wb");
    if (!out) {
        perror(argv[1]);
        return 74;
    }
    fputs("/* Made by embed_sql from the files of schema/. */\n\n", out);
    int failed = 0;
    for (int i = 2; i < argc; i++)
        failed |= embed(out, argv[i]);
    failed |= fclose(out) != 0;
    return failed ? 74 : 0;
}
