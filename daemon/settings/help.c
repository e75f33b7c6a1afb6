/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "daemon/settings/help.h"

enum { COLUMN = 26, WIDTH = 79 };

/* "(default: 60)", or nothing. */
static const char *standard(const struct setting *setting, char out[64])
{
    snprintf(out, 64, setting->standard[0] != '\0' ? " (default: %s)" : "%s", setting->standard);
    return out;
}

/* Breaks a text into lines that all begin at COLUMN; the first begins at `column`. */
static void wrap(FILE *out, const char *text, int column)
{
    if (column > COLUMN - 2) {
        putc('\n', out);
        column = 0;
    }
    fprintf(out, "%*s", COLUMN - column, "");
    column = COLUMN;
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (column > COLUMN && column + 1 + length > WIDTH) {
            fprintf(out, "\n%*s", COLUMN, "");
            column = COLUMN;
        } else if (column > COLUMN) {
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
        setting_flag(&setting, flag);
        int column = setting.type == SETTING_YES_NO
                         ? fprintf(out, "  --[no-]%s", flag)
                         : fprintf(out, "  --%s %s", flag, setting_placeholder(&setting));
        snprintf(text, sizeof text, "%s%s", setting.help, standard(&setting, end));
        wrap(out, text, column);
    }
}

/* --- manual pages ------------------------------------------------------------------------- */

static void plain(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\*_`", *text) != NULL)
            putc('\\', out);
        putc(*text, out);
    }
}

/* The indented text below an entry, which begins with a small letter in the table. */
static void paragraph(FILE *out, const char *text, const char *rest)
{
    bool small = *text >= 'a' && *text <= 'z';
    putc('\t', out);
    putc(small ? *text - 'a' + 'A' : *text, out);
    plain(out, text + 1);
    plain(out, rest);
    fputs(".\n", out);
}

void settings_help_page_options(FILE *out)
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        char flag[40], end[64];
        setting_flag(&setting, flag);
        if (setting.type == SETTING_YES_NO)
            fprintf(out, "*--%s*, *--no-%s*\n", flag, flag);
        else
            fprintf(out, "*--%s* _%s_\n", flag, setting_placeholder(&setting));
        paragraph(out, setting.help, standard(&setting, end));
        putc('\n', out);
    }
}

void settings_help_page_names(FILE *out)
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        char wanted[160], rest[400], end[64];
        putc('*', out);
        plain(out, setting.name);
        fputs("*\n", out);
        setting_describe(&setting, wanted, sizeof wanted);
        snprintf(rest, sizeof rest, ". Takes %s%s%s", wanted, standard(&setting, end),
            setting.restart ? "; changes only when sweepd starts anew" : "");
        paragraph(out, setting.help, rest);
        putc('\n', out);
    }
}

void settings_help_page_limits(FILE *out)
{
    struct setting setting;
    size_t length = strlen("limits.");
    for (size_t i = 0; setting_at(i, &setting); i++) {
        char wanted[160], rest[400], end[64];
        size_t begin = offsetof(struct settings, limits);
        if (setting.offset < begin || setting.offset >= begin + sizeof(struct sweep_limits))
            continue;
        putc('*', out);
        plain(out, setting.name + length);
        fputs("*\n", out);
        setting_describe(&setting, wanted, sizeof wanted);
        snprintf(rest, sizeof rest, ". Takes %s%s", wanted, standard(&setting, end));
        paragraph(out, setting.help, rest);
        putc('\n', out);
    }
}
