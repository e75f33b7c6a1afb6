/* SPDX-License-Identifier: Apache-2.0
 *
 * Feeds the fuzz target of expressions: texts made by the grammar, most of them well typed, texts
 * that were mutated, and bytes. SWEEP_SEED and SWEEP_CASES choose what is tried: case i of seed S
 * is the only case of seed S + i, so that a failure is repeated with the seed that it names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/expr/expr.h"
#include "lib/util/strbuf.h"
#include "tests/fuzz/fuzz.h"

struct writer {
    uint64_t random;
    struct strbuf out;
};

static uint64_t below(struct writer *w, uint64_t n)
{
    uint64_t z = w->random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % n;
}

#define PICK(w, array) ((array)[below((w), sizeof(array) / sizeof *(array))])

static const char *const literals[][8] = {
    {"true", "false", "true", "false", "null", "true", "false", "not true"},
    {"0", "1", "-1", "2", "9223372036854775807", "-9223372036854775808", "9007199254740993", "12"},
    {"0.5", "1.0", "-2.5", "3e-4", "1e308", "9007199254740992.0", "0.0", "1E+2"},
    {"\"\"", "'a'", "\"ab\"", "'\\'\\n'", "\"/a/b\"", "'a*'", "\"äö\"", "'../x'"},
    {"[]", "[1]", "[1, 2.0]", "['a', \"ab\", null]", "[[], [[1]]]", "[true,]", "[-1, 'x']",
        "[null]"},
    {"m", "m", "any", "m", "m", "m", "m", "m"},
};
static const unsigned literal_kinds[] = {
    EXPR_BOOL, EXPR_INT, EXPR_FLOAT, EXPR_STRING, EXPR_LIST, EXPR_MAPPING};

static void write_name(struct writer *w, unsigned kinds)
{
    size_t i = below(w, n_fuzz_names);
    for (int tries = 0; tries < 50 && (fuzz_names[i].kinds & kinds) == 0; tries++)
        i = below(w, n_fuzz_names);
    strbuf_puts(&w->out, strchr(fuzz_names[i].name, '-') != NULL ? "a.`b-c`" : fuzz_names[i].name);
}

static void write_leaf(struct writer *w, unsigned kinds)
{
    if (below(w, 2) == 0) {
        write_name(w, kinds);
        return;
    }
    size_t i = below(w, 6);
    for (int tries = 0; tries < 50 && (literal_kinds[i] & kinds) == 0; tries++)
        i = below(w, 6);
    strbuf_puts(&w->out, PICK(w, literals[i]));
}

static void write_expr(struct writer *w, unsigned kinds, int depth);

static void write_call(struct writer *w, const char *name, unsigned a, unsigned b, int depth)
{
    strbuf_printf(&w->out, "%s(", name);
    write_expr(w, a, depth);
    if (b != 0) {
        strbuf_puts(&w->out, ", ");
        write_expr(w, b, depth);
    }
    strbuf_putc(&w->out, ')');
}

static void write_infix(struct writer *w, const char *symbol, unsigned a, unsigned b, int depth)
{
    write_expr(w, a, depth);
    strbuf_printf(&w->out, " %s ", symbol);
    write_expr(w, b, depth);
}

static void write_condition(struct writer *w, int depth)
{
    static const char *const orders[] = {"<", "<=", ">", ">=", "==", "!="};
    static const char *const tests[] = {
        " is null", " is not null", " is set", " is not set", " is  not  null"};
    enum { NUMBER = EXPR_INT | EXPR_FLOAT };
    unsigned kinds = below(w, 3) == 0 ? EXPR_STRING : NUMBER;
    switch (below(w, 9)) {
    case 0:
    case 1:
        write_infix(w, PICK(w, orders), kinds, kinds, depth);
        for (uint64_t n = below(w, 3); n > 0; n--) {
            strbuf_printf(&w->out, " %s ", PICK(w, orders));
            write_expr(w, kinds, depth);
        }
        return;
    case 2:
        write_infix(w, below(w, 2) == 0 ? "in" : "not in", EXPR_STRING,
            PICK(w, ((const unsigned[]){EXPR_STRING, EXPR_LIST, EXPR_MAPPING})), depth);
        return;
    case 3:
        write_name(w, EXPR_ANY);
        strbuf_puts(&w->out, PICK(w, tests));
        return;
    case 4:
        write_infix(w, below(w, 2) == 0 ? "and" : "or", EXPR_BOOL, EXPR_BOOL, depth);
        return;
    case 5:
        strbuf_puts(&w->out, "not ");
        write_expr(w, EXPR_BOOL, depth);
        return;
    case 6:
        write_call(w,
            PICK(w, ((const char *const[]){"startswith", "endswith", "inside", "matches"})),
            EXPR_STRING, EXPR_STRING, depth);
        return;
    case 7:
        write_call(w, "subset", EXPR_LIST, EXPR_LIST, depth);
        return;
    default:
        write_infix(w, below(w, 2) == 0 ? "==" : "!=", EXPR_ANY, EXPR_ANY, depth);
        return;
    }
}

static void write_number(struct writer *w, int depth)
{
    static const char *const symbols[] = {"+", "-", "*", "/", "//", "%"};
    static const char *const functions[] = {"abs", "floor", "ceil", "round", "log2"};
    enum { NUMBER = EXPR_INT | EXPR_FLOAT };
    switch (below(w, 6)) {
    case 0:
        strbuf_puts(&w->out, "-");
        write_expr(w, NUMBER, depth);
        return;
    case 1:
        write_call(w, PICK(w, functions), NUMBER, 0, depth);
        return;
    case 2:
        write_call(w, below(w, 2) == 0 ? "min" : "max", NUMBER, NUMBER, depth);
        return;
    case 3:
        write_call(w, "len", PICK(w, ((const unsigned[]){EXPR_STRING, EXPR_LIST, EXPR_MAPPING})), 0,
            depth);
        return;
    default:
        write_infix(w, PICK(w, symbols), NUMBER, NUMBER, depth);
        return;
    }
}

/* Mostly of one of the kinds. Precedence is left to chance: parentheses are rare enough. */
static void write_expr(struct writer *w, unsigned kinds, int depth)
{
    if (below(w, 60) == 0)
        kinds = EXPR_ANY;
    bool grouped = below(w, 3) == 0;
    if (depth <= 0 || below(w, 4) == 0) {
        write_leaf(w, kinds);
        return;
    }
    strbuf_puts(&w->out, grouped ? "(" : "");
    if (below(w, 12) == 0) {
        write_expr(w, kinds, depth - 1);
        strbuf_puts(&w->out, " if ");
        write_expr(w, EXPR_BOOL, depth - 1);
        strbuf_puts(&w->out, " else ");
        write_expr(w, kinds, depth - 1);
    } else if ((kinds & EXPR_BOOL) != 0 && (kinds & EXPR_INT) == 0)
        write_condition(w, depth - 1);
    else if ((kinds & (EXPR_INT | EXPR_FLOAT)) != 0)
        write_number(w, depth - 1);
    else if (kinds == EXPR_STRING && below(w, 3) == 0)
        write_call(w, "type", EXPR_ANY, 0, depth - 1);
    else
        write_leaf(w, kinds);
    strbuf_puts(&w->out, grouped ? ")" : "");
}

/* --- inputs ------------------------------------------------------------------------------- */

static void mutate(struct writer *w)
{
    static const char *const pieces[] = {"(", ")", "[", "]", ",", "'", "\"", "`", ".", "-", "not ",
        " is ", " in ", " if ", " else ", "==", "=", "&&", "**", "\\", "\n", "\xc3", "ä", "1e", "0",
        "9223372036854775808", "min(", "x.len(", "None", " and ", "set", "\x01", "≤"};
    for (uint64_t n = 1 + below(w, 3); n > 0; n--) {
        struct strbuf *out = &w->out;
        size_t at = below(w, out->length + 1), drop = below(w, 4);
        const char *piece = PICK(w, pieces);
        drop = drop < out->length - at ? drop : out->length - at;
        struct strbuf made = {0};
        strbuf_append(&made, out->data, at);
        if (below(w, 3) > 0)
            strbuf_puts(&made, piece);
        strbuf_append(&made, out->data + at + drop, out->length - at - drop);
        strbuf_deinit(out);
        *out = made;
        strbuf_puts(out, "");
    }
}

/* Deep, long or wide: what the limits are for. */
static void write_large(struct writer *w)
{
    static const char *const forms[][3] = {{"(", "1", ")"}, {"-", "1", ""}, {"not ", "b", ""},
        {"abs(", "1", ")"}, {"[", "", "]"}, {"", "1", " + 1"}, {"", "b", " and b"},
        {"", "1", " < i"}, {"", "1", " if b else 1"}, {"1 if b else ", "1", ""}, {"", "any", ".x"},
        {"(1 if ", "b", " else 2)"}, {"min(1, ", "2", ", 3)"}};
    const char *const *form = PICK(w, forms);
    uint64_t n = below(w, 8) == 0 ? 400 + below(w, 400) : 50 + below(w, 30);
    for (uint64_t i = 0; i < n; i++)
        strbuf_puts(&w->out, form[0]);
    strbuf_puts(&w->out, form[1]);
    for (uint64_t i = 0; i < n; i++)
        strbuf_puts(&w->out, form[2]);
}

static void write_bytes(struct writer *w)
{
    for (uint64_t n = below(w, 60); n > 0; n--)
        strbuf_putc(&w->out, (char)(below(w, 3) == 0 ? below(w, 256) : 32 + below(w, 95)));
}

static void one_case(uint64_t seed)
{
    struct writer w = {.random = seed};
    fuzz_seed = seed;
    strbuf_puts(&w.out, "");
    uint64_t form = below(&w, 100);
    if (form < 4)
        write_bytes(&w);
    else if (form < 7)
        write_large(&w);
    else
        write_expr(&w, 1u << below(&w, 8), (int)below(&w, 7));
    if (form >= 70)
        mutate(&w);
    /* An exact copy: a byte read behind it is noticed. */
    uint8_t *copy = malloc(w.out.length > 0 ? w.out.length : 1);
    if (w.out.oom || copy == NULL)
        abort();
    memcpy(copy, w.out.data, w.out.length);
    LLVMFuzzerTestOneInput(copy, w.out.length);
    if (getenv("SWEEP_SHOW") != NULL)
        printf("%s\n", w.out.data);
    free(copy);
    strbuf_deinit(&w.out);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 10) : otherwise;
}

int main(void)
{
    uint64_t seed = setting("SWEEP_SEED", 1), cases = setting("SWEEP_CASES", 20000);
    for (uint64_t i = 0; i < cases; i++)
        one_case(seed + i);
    printf("%llu cases: %llu compile, %llu of %llu evaluations give a value\n",
        (unsigned long long)cases, (unsigned long long)fuzz_counts.compiled,
        (unsigned long long)fuzz_counts.results, (unsigned long long)fuzz_counts.evaluations);
    /* Inputs that hardly ever compile would prove little. */
    return cases < 1000 || fuzz_counts.compiled > cases / 4 ? 0 : 1;
}
