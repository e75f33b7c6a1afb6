/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/explain.h"
#include "daemon/sweepctl/text.h"
#include "sweep/validate.h"

/* In columns. */
enum { EXPLAIN_MARGIN = 2, EXPLAIN_INDENT = 14, EXPLAIN_CODE_WIDTH = 34 };

static void explain_put_paragraph(const char *text)
{
    printf("%*s", EXPLAIN_MARGIN, "");
    text_put_words(EXPLAIN_MARGIN, text);
}

static void explain_put_label(const char *label)
{
    printf("%*s%-*s", EXPLAIN_MARGIN, "", EXPLAIN_INDENT - EXPLAIN_MARGIN, label);
}

/* Prints nothing when `text` is NULL. */
static void explain_put_text(const char *label, const char *text)
{
    if (text == NULL)
        return;
    explain_put_label(label);
    text_put_words(EXPLAIN_INDENT, text);
}

/* Prints nothing when `items` is NULL or empty. */
static void explain_put_list(const char *label, const char *const *items)
{
    if (items == NULL || *items == NULL)
        return;
    explain_put_label(label);
    text_put_list(EXPLAIN_INDENT, items);
}

/* Keeps the example's own lines and their indentation. */
static void explain_put_example(const char *example)
{
    const char *label = "Example";
    while (example != NULL && *example != '\0') {
        char line[8192];
        size_t length = strcspn(example, "\n");
        sweep_escape(line, sizeof line, example, length);
        explain_put_label(label);
        puts(line);
        example += length;
        if (*example == '\n')
            example++;
        label = "";
    }
}

static void explain_put_source(const struct sweep_explanation *e)
{
    if (e->source == NULL)
        return;
    explain_put_text("Source", e->source);
    if (e->executed)
        explain_put_text("", "seen to fail in a real run");
    else
        explain_put_text("", "read there, not seen in a run");
}

static void explain_put_page(const struct sweep_explanation *e)
{
    fputs(cli_escaped(e->code), stdout);
    if (e->id != NULL && e->severity != NULL)
        printf(" (rule %s, %s)", cli_escaped(e->id), e->severity);
    else if (e->id != NULL)
        printf(" (rule %s)", cli_escaped(e->id));
    putchar('\n');
    explain_put_paragraph(e->summary);
    if (e->why != NULL) {
        putchar('\n');
        explain_put_paragraph(e->why);
    }
    putchar('\n');
    explain_put_text("Wrong when", e->when);
    explain_put_text("Must exist", e->file);
    explain_put_text("Fails", e->fails);
    explain_put_text("With", e->raises);
    explain_put_list("Recipes", e->recipes);
    explain_put_list("Components", e->components);
    explain_put_list("Keys", e->keys);
    explain_put_source(e);
    explain_put_text("How to fix", e->hint);
    explain_put_example(e->example);
}

/* Several rules may share a code; the summary is that of the first. */
void explain_list(const struct sweep_trainer *trainer)
{
    struct sweep_explanation e, first;
    for (size_t i = 0; sweep_explain(trainer, NULL, i, &e); i++) {
        if (!sweep_explain(trainer, e.code, 0, &first) || first.summary != e.summary)
            continue;
        printf("%-*s  %s\n", EXPLAIN_CODE_WIDTH, cli_escaped(e.code), cli_escaped(e.summary));
    }
}

static int explain_unknown(const struct sweep_trainer *trainer, const char *code)
{
    const char *nearest = sweep_explain_nearest(trainer, code);
    fprintf(stderr, "sweepctl validate: no finding has the code \"%s\"", cli_escaped(code));
    if (nearest != NULL)
        fprintf(stderr, "; did you mean \"%s\"?", cli_escaped(nearest));
    fprintf(stderr, "\nTry `sweepctl validate --explain list`.\n");
    return EXIT_USAGE;
}

int explain_code(const struct sweep_trainer *trainer, const char *code)
{
    struct sweep_explanation e;
    if (strcmp(code, "list") == 0 || strcmp(code, "all") == 0) {
        explain_list(trainer);
        return cli_flush();
    }
    if (!sweep_explain(trainer, code, 0, &e))
        return explain_unknown(trainer, code);
    explain_put_page(&e);
    for (size_t i = 1; sweep_explain(trainer, code, i, &e); i++) {
        putchar('\n');
        explain_put_page(&e);
    }
    return cli_flush();
}
