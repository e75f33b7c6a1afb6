/* SPDX-License-Identifier: Apache-2.0
 *
 * The expression language: conditions and small sums over the values of a config. A text is
 * compiled once, against the names that there are, and then evaluated any number of times.
 *
 *     expr        or ["if" or "else" expr]
 *     or, and     "or", "and", "not" as in Python, but of bools only
 *     comparison  == != < <= > >= in, not in; chains as in Python: 0 <= x < 1
 *                 is null, is not null, is set, is not set (these do not chain)
 *     sum         + - * / // %, unary -, of numbers only
 *     literals    12, 1.5, 3e-4, "text" or 'text' (\\ \" \' \n \t), true, false, null, and lists
 *                 of literals: [1, "a", null]
 *     names       config paths, optimizer.lr; a part that is no identifier stands in backquotes
 *     functions   min max abs floor ceil round log2 len startswith endswith subset inside type
 *                 matches
 *
 * Values are null, bool, int (64 bits), float (finite), str, list and mapping. A bool is never an
 * int. Values of different types are never equal, but an int and a float are compared exactly.
 * Sums of ints are exact, and an error when they overflow; / gives a float; // and % round down.
 *
 * Null goes through: sums, orderings (<), functions and `in` give null when an operand is null.
 * To == and !=, to type(), and as what is looked for in a list, null is a value like others. `and`,
 * `or` and `not` are Kleene's: `false and null` is false, `true and null` is null. A condition that
 * ends as null counts as false. An absent path is null; only `is set` tells the two apart.
 *
 * Wrong types are found at compile time where the kinds of an operand, null aside, leave nothing
 * that fits; otherwise at evaluation.
 */
#ifndef LIB_EXPR_EXPR_H
#define LIB_EXPR_EXPR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/util/strbuf.h"

enum { EXPR_MAX_BYTES = 4096, EXPR_MAX_DEPTH = 64, EXPR_MAX_NODES = 1024 };

/* Bits, so that a set of possible types is one number. EXPR_ABSENT is null to everything but
 * `is set`; no expression gives it. */
enum expr_kind {
    EXPR_ABSENT = 1,
    EXPR_NULL = 2,
    EXPR_BOOL = 4,
    EXPR_INT = 8,
    EXPR_FLOAT = 16,
    EXPR_STRING = 32,
    EXPR_LIST = 64,
    EXPR_MAPPING = 128,
    EXPR_ANY = 255,
};

struct expr_value {
    enum expr_kind kind;
    union {
        bool truth;
        int64_t integer;
        double number; /* finite */
        struct {
            const char *text; /* borrowed; UTF-8 without a NUL behind */
            size_t length;
        };
        const json_t *json; /* list or mapping, borrowed */
    };
};

/* The value of a JSON value (borrowed by the result); NULL gives EXPR_ABSENT. */
struct expr_value expr_from_json(const json_t *value);

/* A new JSON value of a value; NULL when memory is exhausted. Absent gives null. */
json_t *expr_to_json(const struct expr_value *value);

/* Looks names up while an expression is compiled. */
struct expr_scope {
    void *context;
    /* The slot of a name in the array that expr_eval() is given, and the kinds that it can have:
     * a value of another kind is an evaluation error. Where floats go, ints mostly go too, and a
     * path that need not be there can be EXPR_ABSENT: say so. `name` is the path without
     * backquotes. False when there is no such name; then *hint, NULL before, may be set to a text
     * for the error, borrowed until the next call. */
    bool (*resolve)(
        void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint);
};

/* What is wrong with an expression, and where: column and length count code points, the column
 * from 1. What is missing at the end is one column behind the text. */
struct expr_error {
    unsigned column, length;
    char message[200];
    char hint[120]; /* what to write instead; may be empty */
};

/* A compiled expression; never changes, so threads may share one. */
struct expr;

/* NULL on a mistake (*error tells, unless it is NULL) or when memory is exhausted (the message is
 * then "out of memory" and the column 0). Without a scope there are no names. */
struct expr *expr_compile(
    const char *text, size_t length, const struct expr_scope *scope, struct expr_error *error);
void expr_free(struct expr *expr);

/* Appends a compiled expression as bytes, which expr_thaw() reads much faster than the text is
 * compiled. In them slots are the numbers that the scope gave. */
void expr_freeze(const struct expr *expr, struct strbuf *out);

/* What became of slots, by their numbers in the bytes; false when there is no memory. */
struct expr_names {
    void *context;
    bool (*slot)(void *context, size_t number, size_t *slot);
};

/* The expression again, which borrows its texts from the bytes; NULL when memory is exhausted. They
 * must be those of expr_freeze(), by the same version: nothing is checked. */
struct expr *expr_thaw(const unsigned char *bytes, const struct expr_names *names);

/* The kinds that the result can have. */
unsigned expr_kinds(const struct expr *expr);

/* The slots that it reads, without repeats, in ascending order; if it was thawed, of the numbers.
 * */
const size_t *expr_slots(const struct expr *expr, size_t *count);

/* False on an evaluation error (*error tells, unless it is NULL). Allocates nothing, and takes
 * time linear in the size of the expression and of the values; only subset() takes the product of
 * its lists, up to a limit. Texts and lists of the result are borrowed from the expression or from
 * the slots. */
bool expr_eval(const struct expr *expr, const struct expr_value *slots, struct expr_value *out,
    struct expr_error *error);

/* True only for a true result: null, errors and all else are false. */
bool expr_holds(const struct expr *expr, const struct expr_value *slots);

/* Appends two lines: the text, or the part of it around the error, and below it a mark, the
 * message and the hint. The second line has no newline behind. */
void expr_show_error(
    struct strbuf *out, const char *text, size_t length, const struct expr_error *error);

/* Python's names of the kinds in a set: "int", "int or float"; absent counts as null. Always
 * terminated; `size` 64 is enough. */
void expr_name_kinds(char *out, size_t size, unsigned kinds);

#endif
