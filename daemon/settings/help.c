/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "daemon/settings/help.h"

enum { HELP_COLUMN = 26, HELP_WIDTH = 79 };

/* " (default: 60)", or "" if the setting has none. */
static void help_default(const struct setting *setting, char out[64])
{
    *out = '\0';
    if (setting->default_text[0] != '\0')
        snprintf(out, 64, " (default: %s)", setting->default_text);
}

/* Prints words in lines that start at HELP_COLUMN; `column` is where the output is now. */
static void help_wrap(FILE *out, const char *text, int column)
{
    if (column > HELP_COLUMN - 2) {
        putc('\n', out);
        column = 0;
    }
    fprintf(out, "%*s", HELP_COLUMN - column, "");
    column = HELP_COLUMN;
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (column > HELP_COLUMN && column + 1 + length > HELP_WIDTH) {
            fprintf(out, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            putc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", length, text);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    putc('\n', out);
}

void settings_help_options(FILE *out)
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        char flag[40], text[512], end[64];
        int column;
        setting_flag(&setting, flag);
        help_default(&setting, end);
        if (setting.type == SETTING_YES_NO)
            column = fprintf(out, "  --[no-]%s", flag);
        else
            column = fprintf(out, "  --%s %s", flag, setting_placeholder(&setting));
        snprintf(text, sizeof text, "%s%s", setting.help, end);
        help_wrap(out, text, column);
    }
}

void settings_help_others(FILE *out)
{
    fputs("  --config FILE           read this settings file instead of the two above\n"
          "  --once                  process what is there, then exit\n"
          "  --check                 only check the settings: exit status 0, or 2 after\n"
          "                          printing the errors\n"
          "  --help                  print this help and exit\n"
          "  --version               print the version and exit\n",
        out);
}

/* --- manual pages ------------------------------------------------------------------------- */

static void help_page_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\*_`", *text) != NULL)
            putc('\\', out);
        putc(*text, out);
    }
}

/* An indented paragraph: `text` with its first letter capitalized, `rest`, and a full stop. */
static void help_page_paragraph(FILE *out, const char *text, const char *rest)
{
    putc('\t', out);
    putc(toupper((unsigned char)*text), out);
    help_page_text(out, text + 1);
    help_page_text(out, rest);
    fputs(".\n\n", out);
}

static void help_page_name(FILE *out, const char *name)
{
    putc('*', out);
    help_page_text(out, name);
    fputs("*\n", out);
}

/* What a setting is, its values and its default. */
static void help_page_values(FILE *out, const struct setting *setting)
{
    char values[160], rest[400], end[64];
    const char *restart = "";
    if (setting->needs_restart)
        restart = "; a change takes effect after a restart";
    setting_describe(setting, values, sizeof values);
    help_default(setting, end);
    snprintf(rest, sizeof rest, ". Value: %s%s%s", values, end, restart);
    help_page_paragraph(out, setting->help, rest);
}

void settings_help_page_options(FILE *out)
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        char flag[40], end[64];
        setting_flag(&setting, flag);
        help_default(&setting, end);
        if (setting.type == SETTING_YES_NO)
            fprintf(out, "*--%s*, *--no-%s*\n", flag, flag);
        else
            fprintf(out, "*--%s* _%s_\n", flag, setting_placeholder(&setting));
        help_page_paragraph(out, setting.help, end);
    }
}

void settings_help_page_names(FILE *out)
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        help_page_name(out, setting.name);
        help_page_values(out, &setting);
    }
}

void settings_help_page_limits(FILE *out)
{
    const size_t begin = offsetof(struct settings, limits);
    const size_t end = begin + sizeof(struct sweep_limits);
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        if (setting.offset >= begin && setting.offset < end) {
            help_page_name(out, setting.name + strlen("limits."));
            help_page_values(out, &setting);
        }
    }
}
