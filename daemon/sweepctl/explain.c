/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/explain.h"
#include "sweep/validate.h"

/* Of a page: its width, and where text and what stands behind a label begin. */
enum { COLUMNS = 80, MARGIN = 2, BEHIND_LABEL = 14 };

/* --- text --------------------------------------------------------------------------------- */

/* A paragraph that is being printed. */
struct paragraph {
    size_t indent, column;
};

/* Columns that `length` bytes of UTF-8 take. */
static size_t columns(const char *text, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

/* Prints bytes of a profile, which may be anybody's. */
static void put_bytes(const char *text, size_t length)
{
    char shown[8192];
    sweep_escape(shown, sizeof shown, text, length);
    fputs(shown, stdout);
}

/* `label` is NULL for a paragraph without one. */
static struct paragraph begin(const char *label)
{
    size_t indent = label != NULL ? BEHIND_LABEL : MARGIN;
    printf("%*s%-*s", MARGIN, "", (int)indent - MARGIN, label != NULL ? label : "");
    return (struct paragraph){indent, indent};
}

/* Leaves room for a comma. */
static void put_word(struct paragraph *p, const char *word, size_t length)
{
    size_t width = columns(word, length);
    bool first = p->column == p->indent;
    if (!first && p->column + 2 + width > COLUMNS) {
        printf("\n%*s", (int)p->indent, "");
        p->column = p->indent;
    } else if (!first) {
        putchar(' ');
        p->column++;
    }
    put_bytes(word, length);
    p->column += width;
}

/* A paragraph of its own; nothing when there is no text. */
static void put_text(const char *label, const char *text)
{
    if (text == NULL)
        return;
    struct paragraph p = begin(label);
    while (*(text += strspn(text, " \n")) != '\0') {
        size_t length = strcspn(text, " \n");
        put_word(&p, text, length);
        text += length;
    }
    putchar('\n');
}

/* "a, b, c"; nothing when there is no list. */
static void put_list(const char *label, const char *const *list)
{
    if (list == NULL || *list == NULL)
        return;
    struct paragraph p = begin(label);
    for (; *list != NULL; list++) {
        put_word(&p, *list, strlen(*list));
        if (list[1] != NULL) {
            putchar(',');
            p.column++;
        }
    }
    putchar('\n');
}

static void put_example(const char *example)
{
    const char *label = "Example";
    while (example != NULL && *example != '\0') {
        size_t length = strcspn(example, "\n");
        begin(label);
        put_bytes(example, length);
        putchar('\n');
        example += length + (example[length] == '\n');
        label = "";
    }
}

/* --- pages -------------------------------------------------------------------------------- */

static void put_page(const struct sweep_explanation *e)
{
    put_bytes(e->code, strlen(e->code));
    if (e->id != NULL) {
        printf(" (rule ");
        put_bytes(e->id, strlen(e->id));
        printf("%s%s)", e->severity != NULL ? ", " : "", e->severity != NULL ? e->severity : "");
    }
    putchar('\n');
    put_text(NULL, e->summary);
    if (e->why != NULL)
        putchar('\n');
    put_text(NULL, e->why);
    putchar('\n');
    put_text("Wrong when", e->when);
    put_text("Must exist", e->file);
    put_text("Fails", e->fails);
    put_text("With", e->raises);
    put_list("Recipes", e->recipes);
    put_list("Components", e->components);
    put_list("Keys", e->keys);
    put_text("Source", e->source);
    if (e->source != NULL)
        put_text("", e->executed ? "seen to fail in a real run" : "read there, not seen in a run");
    put_text("How to fix", e->hint);
    put_example(e->example);
}

/* Several rules may have one code: it is listed with the first. */
static void list_codes(const struct sweep_trainer *trainer)
{
    struct sweep_explanation e, first;
    for (size_t i = 0; sweep_explain(trainer, NULL, i, &e); i++) {
        if (!sweep_explain(trainer, e.code, 0, &first) || first.summary != e.summary)
            continue;
        put_bytes(e.code, strlen(e.code));
        size_t width = columns(e.code, strlen(e.code));
        printf("%*s", width < 34 ? (int)(36 - width) : 2, "");
        put_bytes(e.summary, strlen(e.summary));
        putchar('\n');
    }
}

int explain_code(const struct sweep_trainer *trainer, const char *code)
{
    struct sweep_explanation e;
    size_t n = 0;
    if (strcmp(code, "list") == 0 || strcmp(code, "all") == 0)
        list_codes(trainer);
    else {
        for (; sweep_explain(trainer, code, n, &e); n++) {
            if (n > 0)
                putchar('\n');
            put_page(&e);
        }
        if (n == 0) {
            const char *nearest = sweep_explain_nearest(trainer, code);
            fprintf(stderr, "sweepctl validate: no finding has the code \"%s\"", cli_shown(code));
            if (nearest != NULL)
                fprintf(stderr, "; did you mean \"%s\"?", cli_shown(nearest));
            fprintf(stderr, "\nTry `sweepctl validate --explain list`.\n");
            return EXIT_USAGE;
        }
    }
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}
