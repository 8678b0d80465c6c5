/* --help: everything comes from the tables of commands, options and settings. */
#include "worker/cli/command.h"
#include "worker/cli/text_width.h"
#include "worker/config_table.h"

#include <string.h>

enum {
    WIDTH = 79,
    WIDTH_MIN = 40,
    INDENT = 31,
    BESIDE_MIN = 60, /* columns from which the help of an option stands beside it */
    INDENT_BELOW = 8,
    INDENT_SUMMARY = 13,
};

static int width_of(FILE *out)
{
    const int columns = mg_terminal_columns(out, WIDTH);
    return columns > WIDTH ? WIDTH : columns < WIDTH_MIN ? WIDTH_MIN : columns;
}

/* Words of `text` between the columns `indent` and the terminal's, at most WIDTH; the cursor stands
 * at `column`. A newline in the text stays one. */
static void print_wrapped(FILE *out, const char *text, int column, int indent)
{
    const int width = width_of(out);
    while (*text != '\0') {
        const int len = (int)strcspn(text, " \n");
        if (column > indent && column + 1 + len > width) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", len, text);
        column += len;
        text += len;
        if (*text == '\n') {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        }
        text += *text != '\0';
    }
    fputc('\n', out);
}

void mg_help_overview(FILE *out)
{
    fputs("Usage: mixgauge COMMAND [OPTIONS]\n", out);
    print_wrapped(out, "Measures how good a mix is: loudness, dynamics, balance, stereo, tempo, "
                       "key.\n\nCommands:", 0, 0);
    for (size_t i = 0; mg_commands[i] != NULL; i++) {
        const int column = fprintf(out, "  %-10s ", mg_commands[i]->name);
        print_wrapped(out, mg_commands[i]->summary, column, INDENT_SUMMARY);
    }
    fputc('\n', out);
    print_wrapped(out, "\"mixgauge help COMMAND\" or \"mixgauge COMMAND --help\" tells more. To "
                       "begin with:", 0, 0);
    fputs("  mixgauge analyze song.wav\n", out);
}

static void print_option(FILE *out, char letter, const char *name, const char *arg,
                         const char *help)
{
    char left[64], short_form[8] = "    ";
    if (letter != 0)
        snprintf(short_form, sizeof short_form, "-%c, ", letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", short_form, name, arg != NULL ? " " : "",
             arg != NULL ? arg : "");
    const int indent = width_of(out) < BESIDE_MIN ? INDENT_BELOW : INDENT;
    const int column = fprintf(out, "%-*s", indent, left);
    if (column > indent) /* too long for its column: the help begins on the next line */
        fprintf(out, "\n%*s", indent, "");
    print_wrapped(out, help, indent, indent);
}

/* Defaults of durations are plain seconds in the table. */
static const char *default_unit(const mg_setting *row)
{
    const size_t len = strlen(row->def);
    const bool bare = len > 0 && row->def[len - 1] >= '0' && row->def[len - 1] <= '9';
    return row->type == MG_SETTING_DURATION && bare ? "s" : "";
}

static void print_setting(FILE *out, const mg_setting *row)
{
    static const char *const words[] = {
        [MG_SETTING_TEXT] = "TEXT", [MG_SETTING_SECRET_URL] = "URL", [MG_SETTING_INT] = "N",
        [MG_SETTING_SIZE] = "SIZE", [MG_SETTING_DURATION] = "TIME",  [MG_SETTING_CHOICE] = "WORD",
    };
    char help[512];
    int len = snprintf(help, sizeof help, "%s", row->help);
    if (row->choices != NULL)
        len += snprintf(help + len, sizeof help - (size_t)len, ": %s", row->choices);
    if (row->def[0] != '\0')
        len += snprintf(help + len, sizeof help - (size_t)len, " (default: %s%s)", row->def,
                        default_unit(row));
    snprintf(help + len, sizeof help - (size_t)len, "\n%s", row->variable);
    print_option(out, 0, row->flag, words[row->type], help);
}

void mg_config_help(FILE *out, const char *const flags[])
{
    for (size_t i = 0; flags[i] != NULL; i++) {
        for (size_t id = 0; id < MG_SETTING_COUNT; id++) {
            if (strcmp(mg_settings[id].flag, flags[i]) == 0)
                print_setting(out, &mg_settings[id]);
        }
    }
}

void mg_help_command(FILE *out, const mg_command *command)
{
    const int column = fprintf(out, "Usage: mixgauge %s ", command->name);
    print_wrapped(out, command->synopsis, column, INDENT_BELOW);
    if (command->text != NULL) {
        fputc('\n', out);
        print_wrapped(out, command->text, 0, 0);
    }
    fputs("\nOptions:\n", out);
    for (const mg_option *o = command->options; o != NULL && o->name != NULL; o++)
        print_option(out, o->letter, o->name, o->arg, o->help);
    if (command->takes_json)
        print_option(out, 0, "json", NULL, "JSON for programs instead of text for people");
    print_option(out, 'h', "help", NULL, "show this text");
    if (command->setting_flags != NULL && command->setting_flags[0] != NULL) {
        fputc('\n', out);
        print_wrapped(out, "Settings (flag, or environment variable, or line of the settings "
                           "file):", 0, 0);
        mg_config_help(out, command->setting_flags);
    }
}
