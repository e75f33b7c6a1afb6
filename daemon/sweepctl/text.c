/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/sweepctl/text.h"
#include "lib/util/text.h"
#include "sweep/error.h"

struct text_position {
    size_t indent, column;
};

static void text_put_word(
    struct text_position *at, const char *word, size_t length, const char *suffix)
{
    char shown[8192];
    size_t escaped = sweep_escape(shown, sizeof shown, word, length);
    size_t width = utf8_count(shown, escaped) + strlen(suffix);
    bool first = at->column == at->indent;
    if (!first && at->column + 1 + width > TEXT_COLUMNS) {
        printf("\n%*s", (int)at->indent, "");
        at->column = at->indent;
    } else if (!first) {
        putchar(' ');
        at->column++;
    }
    printf("%s%s", shown, suffix);
    at->column += width;
}

void text_put_words(size_t indent, const char *text)
{
    static const char separators[] = " \n";
    struct text_position at = {indent, indent};
    text += strspn(text, separators);
    while (*text != '\0') {
        size_t length = strcspn(text, separators);
        text_put_word(&at, text, length, "");
        text += length;
        text += strspn(text, separators);
    }
    putchar('\n');
}

void text_put_list(size_t indent, const char *const *items)
{
    struct text_position at = {indent, indent};
    for (; *items != NULL; items++) {
        bool last = items[1] == NULL;
        text_put_word(&at, *items, strlen(*items), last ? "" : ",");
    }
    putchar('\n');
}
