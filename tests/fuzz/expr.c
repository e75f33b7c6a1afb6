/* SPDX-License-Identifier: Apache-2.0
 *
 * Properties of compiling any text as an expression:
 *
 *   - an error is inside the text, and the same if it is compiled again;
 *   - showing it takes two lines without characters that act on a terminal;
 *   - slots are listed once, in order, and no others are ever read;
 *   - an evaluation is repeatable, and its result has one of the kinds of expr_kinds();
 *   - expr_holds() is true only if the result is true.
 *
 * For libFuzzer: clang -fsanitize=fuzzer,address with this file and the library. Without clang,
 * driver.c calls it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/expr/expr.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"
#include "tests/fuzz/fuzz.h"

struct fuzz_counts fuzz_counts;
uint64_t fuzz_seed;

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fuzz_fail(#condition, __LINE__);                                                       \
    } while (0)

static struct input {
    const char *text;
    size_t length;
    uint64_t random;
} input;

static _Noreturn void fuzz_fail(const char *condition, int line)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    text_escape(&text, input.text, input.length);
    fprintf(stderr, "expr.c:%d: %s does not hold of\n%s\n", line, condition, strbuf_string(&text));
    fprintf(stderr, "SWEEP_SEED=%llu SWEEP_CASES=1\n", (unsigned long long)fuzz_seed);
    abort();
}

/* splitmix64 */
static uint64_t below(uint64_t n)
{
    uint64_t z = input.random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % n;
}

/* --- scope -------------------------------------------------------------------------------- */

const struct fuzz_name fuzz_names[] = {
    {"any", EXPR_ANY},
    {"b", EXPR_BOOL},
    {"maybe", EXPR_BOOL | EXPR_NULL | EXPR_ABSENT},
    {"i", EXPR_INT},
    {"optimizer.lr", EXPR_FLOAT | EXPR_INT},
    {"f", EXPR_FLOAT},
    {"n", EXPR_INT | EXPR_FLOAT | EXPR_ABSENT},
    {"s", EXPR_STRING},
    {"a.b-c", EXPR_STRING | EXPR_NULL},
    {"l", EXPR_LIST},
    {"m", EXPR_MAPPING | EXPR_ABSENT},
    {"nothing", EXPR_NULL},
};
enum { NAMES = sizeof fuzz_names / sizeof *fuzz_names, SLOTS = 2 * NAMES };
const size_t n_fuzz_names = NAMES;

/* Every second slot is unused. */
static bool resolve(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint)
{
    (void)context;
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(fuzz_names[i].name, name) == 0) {
            *slot = 2 * ((i + 5) % NAMES); /* not in the order of the names */
            *kinds = fuzz_names[i].kinds;
            return true;
        }
    if (strlen(name) % 2 == 0)
        *hint = "no\tname like that";
    return false;
}

/* --- values ------------------------------------------------------------------------------- */

static char *texts[32]; /* exact copies, so that reads beyond them are detected */
static size_t text_lengths[32], n_texts;
static json_t *lists, *mappings;

static void add_text(const char *text, size_t length)
{
    texts[n_texts] = malloc(length > 0 ? length : 1);
    if (texts[n_texts] == NULL)
        abort();
    memcpy(texts[n_texts], text, length);
    text_lengths[n_texts++] = length;
}

static void make_values(void)
{
    static const char *const some[] = {"", "a", "ab", "abc", "äb", "b-c", "/a", "/a/b/../c", "..",
        "../x/./y", ".", "a*", "*b?", "\xff\xc3", "𝄞 clef", "1", "int"};
    char longer[5000];
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        add_text(some[i], strlen(some[i]));
    add_text("a\0b", 3);
    memset(longer, '/', sizeof longer);
    add_text(longer, 4095);
    add_text(longer, sizeof longer);
    memset(longer, 'a', sizeof longer);
    add_text(longer, 4095);
    for (size_t i = 0; i < 4095; i++)
        longer[i] = "../"[i % 3];
    add_text(longer, 4095);
    lists = json_loads("[[], [1], [1.0, 2, 3], [\"a\", \"ab\", null], [true, [1, [2]], {\"a\": 1}],"
                       " [9007199254740993, 9007199254740992.0], [[], {}, \"\"]]",
        0, NULL);
    mappings = json_loads(
        "[{}, {\"a\": 1}, {\"a\": 1.0}, {\"a\": null, \"b\": [1]}, {\"b\": [1], \"a\": null}]", 0,
        NULL);
    if (lists == NULL || mappings == NULL)
        abort();
}

static int64_t random_int(void)
{
    static const int64_t some[] = {0, 1, -1, 2, -2, 3, 7, 10, 64, INT64_MAX, INT64_MIN,
        INT64_MAX - 1, INT64_MIN + 1, (int64_t)1 << 53, ((int64_t)1 << 53) + 1, -9007199254740993};
    if (below(4) == 0)
        return (int64_t)(below(UINT64_MAX) << below(64));
    return some[below(sizeof some / sizeof *some)];
}

static double random_float(void)
{
    static const double some[] = {0.0, -0.0, 0.5, -0.5, 1.0, 1.5, 2.5, -2.5, 1e308, -1e308, 5e-324,
        0x1p53, 0x1p63, -0x1p63, 9223372036854774784.0, 0.1, 3e-4, 1e16};
    uint64_t bits = below(UINT64_MAX);
    double number;
    memcpy(&number, &bits, sizeof number);
    if (below(4) == 0)
        return number; /* can be NaN */
    return some[below(sizeof some / sizeof *some)];
}

/* A value of one of the kinds, sometimes of another. */
static struct expr_value random_value(unsigned kinds)
{
    unsigned kind = 1u << below(8);
    for (int tries = 0; tries < 200 && (kind & kinds) == 0; tries++)
        kind = 1u << below(8);
    if (below(40) == 0)
        kind = 1u << below(8);
    struct expr_value value = {.kind = kind};
    if (kind == EXPR_BOOL)
        value.truth = below(2) == 0;
    else if (kind == EXPR_INT)
        value.integer = random_int();
    else if (kind == EXPR_FLOAT)
        value.number = random_float();
    else if (kind == EXPR_STRING) {
        size_t which = below(n_texts);
        value.text = texts[which];
        value.length = text_lengths[which];
    } else if (kind == EXPR_LIST)
        value.json = json_array_get(lists, below(json_array_size(lists)));
    else if (kind == EXPR_MAPPING)
        value.json = json_array_get(mappings, below(json_array_size(mappings)));
    return value;
}

/* Code that reads this value crashes, or returns another result. */
static struct expr_value poison(void)
{
    return (struct expr_value){
        .kind = EXPR_STRING, .text = (const char *)8, .length = SIZE_MAX / 2};
}

/* --- properties --------------------------------------------------------------------------- */

static void check_error(const struct expr_error *error)
{
    CLEANUP_STRBUF struct strbuf shown = {0};
    size_t max = utf8_count(input.text, input.length) + 1, lines = 0;
    REQUIRE(error->column >= 1 && error->column <= max);
    REQUIRE(error->length >= 1 && error->column + error->length <= max + 1);
    size_t message = strnlen(error->message, sizeof error->message);
    REQUIRE(message > 0 && message < sizeof error->message);
    REQUIRE(utf8_valid_prefix(error->message, message) == message);
    REQUIRE(strnlen(error->hint, sizeof error->hint) < sizeof error->hint);
    expr_show_error(&shown, input.text, input.length, error);
    REQUIRE(!shown.oom);
    for (size_t i = 0; i < shown.length;) {
        uint32_t c;
        size_t n = utf8_decode(shown.data + i, shown.length - i, &c);
        REQUIRE(n > 0);
        lines += c == '\n';
        REQUIRE(c == '\n' || !code_point_is_hazardous(c));
        i += n;
    }
    REQUIRE(lines == 1);
}

static bool same(const struct expr_value *a, const struct expr_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case EXPR_NULL:
        return true;
    case EXPR_BOOL:
        return a->truth == b->truth;
    case EXPR_INT:
        return a->integer == b->integer;
    case EXPR_FLOAT: /* bit for bit: 0.0 is not -0.0 */
        return memcmp(&a->number, &b->number, sizeof a->number) == 0;
    case EXPR_STRING:
        return a->text == b->text && a->length == b->length;
    default:
        return a->json == b->json;
    }
}

static void check_result(const struct expr *expr, const struct expr_value *result)
{
    REQUIRE((result->kind & expr_kinds(expr)) != 0);
    REQUIRE(result->kind != EXPR_FLOAT || (result->number - result->number) == 0); /* finite */
}

static void check_evaluation(const struct expr *expr)
{
    struct expr_value slots[SLOTS], poisoned[SLOTS], first, second;
    struct expr_error error = {0}, again = {0};
    size_t n_slots;
    const size_t *listed = expr_slots(expr, &n_slots);
    for (size_t i = 0; i < SLOTS; i++) {
        slots[i] = random_value(i % 2 == 0 ? fuzz_names[(i / 2 + NAMES - 5) % NAMES].kinds : 255);
        poisoned[i] = poison();
    }
    for (size_t i = 0; i < n_slots; i++) {
        REQUIRE(listed[i] < SLOTS && listed[i] % 2 == 0);
        REQUIRE(i == 0 || listed[i - 1] < listed[i]);
        poisoned[listed[i]] = slots[listed[i]];
    }
    bool good = expr_eval(expr, slots, &first, &error);
    REQUIRE(expr_eval(expr, poisoned, &second, &again) == good);
    fuzz_counts.evaluations++;
    fuzz_counts.results += good;
    if (good) {
        REQUIRE(same(&first, &second));
        check_result(expr, &first);
    } else {
        REQUIRE(memcmp(&error, &again, sizeof error) == 0);
        check_error(&error);
    }
    REQUIRE(expr_eval(expr, slots, &second, NULL) == good);
    REQUIRE(expr_holds(expr, slots) == (good && first.kind == EXPR_BOOL && first.truth));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct expr_scope scope = {NULL, resolve};
    struct expr_error error = {0}, again = {0};
    if (lists == NULL)
        make_values();
    input = (struct input){(const char *)data, size, size};
    for (size_t i = 0; i < size; i++)
        input.random = (input.random ^ data[i]) * 0x100000001b3u;
    struct expr *expr = expr_compile(input.text, size, &scope, &error);
    struct expr *other = expr_compile(input.text, size, &scope, &again);
    REQUIRE((expr == NULL) == (other == NULL));
    expr_free(other);
    if (expr == NULL) {
        REQUIRE(memcmp(&error, &again, sizeof error) == 0);
        REQUIRE(expr_compile(input.text, size, &scope, NULL) == NULL);
        check_error(&error);
        return 0;
    }
    fuzz_counts.compiled++;
    REQUIRE(size <= EXPR_MAX_BYTES);
    REQUIRE(expr_kinds(expr) != 0 && (expr_kinds(expr) & EXPR_ABSENT) == 0);
    for (int i = 0; i < 4; i++)
        check_evaluation(expr);
    expr_free(expr);
    return 0;
}
