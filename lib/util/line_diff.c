/* SPDX-License-Identifier: Apache-2.0
 *
 * Myers, "An O(ND) Difference Algorithm and Its Variations", 1986: the shortest script of removed
 * and added lines is a path from the beginning to the end of both texts. After d edits, the path on
 * diagonal k = x - y has reached line x of the first text. Time and memory grow with the square of
 * the number of edits, which is small for configs, and limited.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util/cleanup.h"
#include "lib/util/line_diff.h"

enum { LINE_DIFF_CONTEXT = 3, LINE_DIFF_MAX_EDITS = 1000 };

struct line_diff_text {
    const char **lines; /* each up to the beginning of the next one; one more for the end; owned */
    size_t count;
    bool *edited; /* removed from the first text, or added in the second; owned */
};

struct line_diff {
    struct line_diff_text a, b;
    size_t start;        /* lines that are equal at the beginning, */
    size_t a_end, b_end; /* and where those that are equal at the end begin */
    long **reached;      /* [d][(k + d) / 2]; owned */
};

/* --- lines -------------------------------------------------------------------------------- */

static bool line_diff_split(const char *text, struct line_diff_text *out)
{
    size_t capacity = 2;
    for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
        capacity++;
    out->lines = calloc(capacity + 1, sizeof *out->lines);
    out->edited = calloc(capacity + 1, sizeof *out->edited);
    if (out->lines == NULL || out->edited == NULL)
        return false;
    while (*text != '\0') {
        const char *end = strchr(text, '\n');
        out->lines[out->count++] = text;
        text = end != NULL ? end + 1 : text + strlen(text);
    }
    out->lines[out->count] = text;
    return true;
}

static bool line_diff_same(const struct line_diff *diff, size_t i, size_t k)
{
    const char *const *a = diff->a.lines, *const *b = diff->b.lines;
    size_t length = (size_t)(a[i + 1] - a[i]);
    return length == (size_t)(b[k + 1] - b[k]) && memcmp(a[i], b[k], length) == 0;
}

static void line_diff_trim(struct line_diff *diff)
{
    diff->a_end = diff->a.count;
    diff->b_end = diff->b.count;
    while (diff->start < diff->a_end && diff->start < diff->b_end &&
           line_diff_same(diff, diff->start, diff->start))
        diff->start++;
    while (diff->a_end > diff->start && diff->b_end > diff->start &&
           line_diff_same(diff, diff->a_end - 1, diff->b_end - 1)) {
        diff->a_end--;
        diff->b_end--;
    }
}

/* --- the shortest script ------------------------------------------------------------------ */

/* True if the path to diagonal k with d edits adds a line at its end; false if it removes one. */
static bool line_diff_adds(const struct line_diff *diff, long d, long k)
{
    const long *before = diff->reached[d - 1];
    if (k == -d)
        return true;
    return k != d && before[(k - 1 + d - 1) / 2] < before[(k + 1 + d - 1) / 2];
}

/* The line of the first text that d edits reach on diagonal k. */
static long line_diff_advance(const struct line_diff *diff, long d, long k)
{
    long n = (long)(diff->a_end - diff->start), m = (long)(diff->b_end - diff->start), x = 0;
    if (d > 0 && line_diff_adds(diff, d, k))
        x = diff->reached[d - 1][(k + 1 + d - 1) / 2];
    else if (d > 0)
        x = diff->reached[d - 1][(k - 1 + d - 1) / 2] + 1;
    while (x < n && x - k < m &&
           line_diff_same(diff, diff->start + (size_t)x, diff->start + (size_t)(x - k)))
        x++;
    return x;
}

/* Goes back from the end of both texts, and marks the lines that are edited. */
static void line_diff_mark(struct line_diff *diff, long d)
{
    long x = (long)(diff->a_end - diff->start), y = (long)(diff->b_end - diff->start);
    for (; d > 0; d--) {
        long k = x - y;
        bool adds = line_diff_adds(diff, d, k);
        k += adds ? 1 : -1;
        x = diff->reached[d - 1][(k + d - 1) / 2];
        y = x - k;
        if (adds)
            diff->b.edited[diff->start + (size_t)y] = true;
        else
            diff->a.edited[diff->start + (size_t)x] = true;
    }
}

/* Marks all lines between the equal ones. */
static void line_diff_mark_all(struct line_diff *diff)
{
    for (size_t i = diff->start; i < diff->a_end; i++)
        diff->a.edited[i] = true;
    for (size_t i = diff->start; i < diff->b_end; i++)
        diff->b.edited[i] = true;
}

/* False without memory. */
static bool line_diff_search(struct line_diff *diff)
{
    long n = (long)(diff->a_end - diff->start), m = (long)(diff->b_end - diff->start);
    for (long d = 0; d <= LINE_DIFF_MAX_EDITS; d++) {
        diff->reached[d] = calloc((size_t)d + 1, sizeof *diff->reached[d]);
        if (diff->reached[d] == NULL)
            return false;
        for (long k = -d; k <= d; k += 2) {
            long x = line_diff_advance(diff, d, k);
            diff->reached[d][(k + d) / 2] = x;
            if (x >= n && x - k >= m) {
                line_diff_mark(diff, d);
                return true;
            }
        }
    }
    line_diff_mark_all(diff);
    return true;
}

/* --- hunks -------------------------------------------------------------------------------- */

static void line_diff_put_line(
    const struct line_diff_text *text, size_t i, char sign, struct strbuf *out)
{
    size_t length = (size_t)(text->lines[i + 1] - text->lines[i]);
    strbuf_putc(out, sign);
    strbuf_append(out, text->lines[i], length);
    if (text->lines[i][length - 1] != '\n')
        strbuf_puts(out, "\n\\ No newline at end of file\n");
}

/* The first line of an empty range is the one before it. */
static void line_diff_put_range(char sign, size_t first, size_t count, struct strbuf *out)
{
    strbuf_printf(out, " %c%zu", sign, count > 0 ? first + 1 : first);
    if (count != 1)
        strbuf_printf(out, ",%zu", count);
}

/* A place in both texts. */
struct line_diff_at {
    size_t a, b;
};

static bool line_diff_is_equal(const struct line_diff *diff, struct line_diff_at at)
{
    return at.a < diff->a.count && at.b < diff->b.count && !diff->a.edited[at.a] &&
           !diff->b.edited[at.b];
}

/* The end of the hunk that begins here: LINE_DIFF_CONTEXT lines after the last edit. */
static struct line_diff_at line_diff_hunk_end(const struct line_diff *diff, struct line_diff_at at)
{
    size_t equal = 0;
    while ((at.a < diff->a.count || at.b < diff->b.count) && equal <= 2 * LINE_DIFF_CONTEXT) {
        if (line_diff_is_equal(diff, at)) {
            equal++;
            at.a++;
            at.b++;
            continue;
        }
        equal = 0;
        if (at.a < diff->a.count && diff->a.edited[at.a])
            at.a++;
        else
            at.b++;
    }
    if (equal > LINE_DIFF_CONTEXT) {
        at.a -= equal - LINE_DIFF_CONTEXT;
        at.b -= equal - LINE_DIFF_CONTEXT;
    }
    return at;
}

static void line_diff_put_hunk(const struct line_diff *diff, struct line_diff_at at,
    struct line_diff_at end, struct strbuf *out)
{
    strbuf_puts(out, "@@");
    line_diff_put_range('-', at.a, end.a - at.a, out);
    line_diff_put_range('+', at.b, end.b - at.b, out);
    strbuf_puts(out, " @@\n");
    while (at.a < end.a || at.b < end.b) {
        if (at.a < end.a && diff->a.edited[at.a]) {
            line_diff_put_line(&diff->a, at.a++, '-', out);
        } else if (at.b < end.b && diff->b.edited[at.b]) {
            line_diff_put_line(&diff->b, at.b++, '+', out);
        } else {
            line_diff_put_line(&diff->a, at.a++, ' ', out);
            at.b++;
        }
    }
}

static void line_diff_put(const struct line_diff *diff, struct strbuf *out)
{
    struct line_diff_at at = {0};
    while (at.a < diff->a.count || at.b < diff->b.count) {
        if (line_diff_is_equal(diff, at)) {
            at.a++;
            at.b++;
            continue;
        }
        size_t context = at.a < at.b ? at.a : at.b;
        if (context > LINE_DIFF_CONTEXT)
            context = LINE_DIFF_CONTEXT;
        struct line_diff_at end = line_diff_hunk_end(diff, at);
        line_diff_put_hunk(diff, (struct line_diff_at){at.a - context, at.b - context}, end, out);
        at = end;
    }
}

void line_diff(const char *from, const char *to, struct strbuf *out)
{
    CLEANUP_FREE long **reached = calloc(LINE_DIFF_MAX_EDITS + 1, sizeof *reached);
    struct line_diff diff = {.reached = reached};
    bool good = reached != NULL && line_diff_split(from, &diff.a) && line_diff_split(to, &diff.b);
    if (good) {
        line_diff_trim(&diff);
        good = line_diff_search(&diff);
    }
    if (good)
        line_diff_put(&diff, out);
    else
        out->oom = true;
    for (size_t d = 0; reached != NULL && d <= LINE_DIFF_MAX_EDITS; d++)
        free(reached[d]);
    free(diff.a.lines);
    free(diff.a.edited);
    free(diff.b.lines);
    free(diff.b.edited);
}
