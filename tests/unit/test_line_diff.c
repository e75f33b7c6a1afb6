/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/util/cleanup.h"
#include "lib/util/line_diff.h"
#include "tests/unit/check_main.h"

static const struct {
    const char *from, *to, *diff;
} cases[] = {
    {"", "", ""},
    {"a\n", "a\n", ""},
    {"a\n", "b\n", "@@ -1 +1 @@\n-a\n+b\n"},
    {"", "a\n", "@@ -0,0 +1 @@\n+a\n"},
    {"a\n", "", "@@ -1 +0,0 @@\n-a\n"},
    {"a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
    {"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
        "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n"},
    /* Six equal lines between two edits are the context of both; seven are two hunks. */
    {"a\n1\n2\n3\n4\n5\n6\nb\n", "1\n2\n3\n4\n5\n6\n",
        "@@ -1,8 +1,6 @@\n-a\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n"},
    {"a\n1\n2\n3\n4\n5\n6\n7\nb\n", "1\n2\n3\n4\n5\n6\n7\n",
        "@@ -1,4 +1,3 @@\n-a\n 1\n 2\n 3\n@@ -6,4 +5,3 @@\n 5\n 6\n 7\n-b\n"},
    {"a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n",
        "@@ -1,7 +1,6 @@\n-a\n-b\n c\n+b\n a\n b\n-b\n a\n+c\n"},
};

START_TEST(difference)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    line_diff(cases[_i].from, cases[_i].to, &out);
    ck_assert(!out.oom);
    ck_assert_str_eq(strbuf_string(&out), cases[_i].diff);
}
END_TEST

/* --- against applying it ------------------------------------------------------------------- */

static void put_random_lines(uint64_t *state, size_t n, unsigned kinds, struct strbuf *out)
{
    for (size_t i = 0; i < n; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        strbuf_printf(out, "line %u\n", (unsigned)(*state >> 40) % kinds);
    }
}

/* Applies a difference to a text; every line of it must be where it says. */
static void apply(const char *from, const char *diff, struct strbuf *out)
{
    size_t line = 1;
    while (*diff != '\0') {
        const char *end = strchr(diff, '\n') + 1;
        if (strncmp(diff, "@@", 2) == 0) {
            size_t first = strtoul(diff + 4, NULL, 10);
            const char *comma = strpbrk(diff + 4, ", ");
            if (*comma == ',' && comma[1] == '0')
                first++;
            for (; line < first; line++) {
                const char *next = strchr(from, '\n') + 1;
                strbuf_append(out, from, (size_t)(next - from));
                from = next;
            }
        } else {
            size_t length = (size_t)(end - diff) - 1;
            if (*diff != '+') {
                ck_assert(strncmp(from, diff + 1, length) == 0);
                from += length;
                line++;
            }
            if (*diff != '-')
                strbuf_append(out, diff + 1, length);
        }
        diff = end;
    }
    strbuf_puts(out, from);
}

START_TEST(applied)
{
    uint64_t state = (uint64_t)_i + 1;
    CLEANUP_STRBUF struct strbuf from = {0}, to = {0}, diff = {0}, result = {0};
    size_t n = (size_t)_i % 40;
    if (_i == 0)
        n = 3000; /* more edits than are looked for */
    put_random_lines(&state, n, 2 + (unsigned)_i % 7, &from);
    put_random_lines(&state, n + (size_t)_i % 3, 2 + (unsigned)_i % 7, &to);
    line_diff(strbuf_string(&from), strbuf_string(&to), &diff);
    apply(strbuf_string(&from), strbuf_string(&diff), &result);
    ck_assert_str_eq(strbuf_string(&result), strbuf_string(&to));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("line_diff");
    TCase *tc = add_case(suite, "line_diff");
    tcase_add_loop_test(tc, difference, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tc, applied, 0, 200);
    return check_main(suite);
}
