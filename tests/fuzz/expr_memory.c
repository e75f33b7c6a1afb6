/* SPDX-License-Identifier: Apache-2.0
 *
 * Every allocation of a compilation fails once: the error must be "out of memory", and nothing may
 * leak. An evaluation must not allocate.
 */
#include <stdio.h>
#include <string.h>

#include "lib/expr/expr.h"
#include "tests/builder/alloc.h"

static bool resolve(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint)
{
    (void)context;
    (void)hint;
    *slot = (size_t)(*name - 'a') % 8;
    *kinds = EXPR_ANY;
    return name[1] == '\0';
}

static const char *const good[] = {
    "1",
    "a",
    "'text' if a == null else \"it's\" if b else `c`",
    "a in [1, [2, 'x', null], 3.5] and not b is null or min(a, b, 3) // 0 == c",
    "[[[1]], ['a'], -2] == a",
    "inside(a, '/x/../y') or matches('abc', '*c') or type(a) == 'int' or subset([1], [2])",
    "1 // 0",
    "-9223372036854775808 // -1",
    "0 < a < b < c < d if e else f if g else h + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11",
};

/* Errors whose messages need memory. */
static const char *const bad[] = {"sqrt(1)", "x.len(1)", "lne(1)", "name", "[1, a]", "[[1", "1 +"};

static const struct expr_scope scope = {NULL, resolve};

/* Returns the number of allocations; counts failures in *failed. */
static size_t compile_once(const char *text, size_t fail_at, bool *compiled, size_t *failed)
{
    struct expr_error error = {0};
    alloc_watch(fail_at, false);
    struct expr *expr = expr_compile(text, strlen(text), &scope, &error);
    size_t count = alloc_count();
    *compiled = expr != NULL;
    if (expr == NULL && error.message[0] == '\0')
        ++*failed;
    if (fail_at != 0 && expr == NULL && strcmp(error.message, "out of memory") == 0 &&
        error.column != 0)
        ++*failed;
    expr_free(expr);
    if (alloc_live() != 0)
        ++*failed;
    alloc_pause();
    return count;
}

static size_t check_failures(const char *text, bool must_compile)
{
    bool compiled;
    size_t failed = 0, count = compile_once(text, 0, &compiled, &failed);
    if (compiled != must_compile)
        failed++;
    for (size_t i = 1; i <= count; i++) {
        compile_once(text, i, &compiled, &failed);
        if (compiled) /* no part may be skipped silently */
            failed++;
    }
    if (failed > 0)
        printf("%zu of %zu failures of memory go wrong in %s\n", failed, count, text);
    return failed;
}

static size_t check_evaluation(const char *text)
{
    struct expr_error error;
    struct expr_value out, slots[8];
    for (size_t i = 0; i < 8; i++)
        slots[i] = (struct expr_value){.kind = EXPR_INT, .integer = (int64_t)i};
    slots[4] = (struct expr_value){.kind = EXPR_STRING, .text = "/a/b", .length = 4};
    struct expr *expr = expr_compile(text, strlen(text), &scope, NULL);
    if (expr == NULL)
        return 1;
    alloc_watch(0, false);
    (void)expr_eval(expr, slots, &out, &error);
    (void)expr_holds(expr, slots);
    size_t count = alloc_count();
    alloc_pause();
    expr_free(expr);
    if (count > 0)
        printf("%zu allocations to evaluate %s\n", count, text);
    return count;
}

int main(void)
{
    size_t failed = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        failed += check_failures(good[i], true) + check_evaluation(good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        failed += check_failures(bad[i], false);
    printf("%zu failed\n", failed);
    return failed == 0 ? 0 : 1;
}
