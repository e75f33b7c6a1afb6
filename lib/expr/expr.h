/* SPDX-License-Identifier: Apache-2.0
 *
 * The expression language: conditions and arithmetic over the values of a config. An expression is
 * compiled once, against a set of names, and can then be evaluated any number of times.
 *
 *     expr        or ["if" or "else" expr]
 *     or, and     "or", "and", "not" as in Python, but only for bools
 *     comparison  == != < <= > >= in, not in; chained as in Python: 0 <= x < 1
 *                 is null, is not null, is set, is not set (cannot be chained)
 *     arithmetic  + - * / // %, unary -, only for numbers
 *     literals    12, 1.5, 3e-4, "text" or 'text' (\\ \" \' \n \t), true, false, null, and lists
 *                 of literals: [1, "a", null]
 *     names       config paths, optimizer.lr; a part that is not an identifier is written in
 *                 backquotes
 *     functions   min max abs floor ceil round log2 len startswith endswith subset inside type
 *                 matches
 *
 * Values are null, bool, int (64 bits), float (finite), str, list and mapping. A bool is never an
 * int. Values of different types are never equal, except that an int and a float are compared
 * exactly. Integer arithmetic is exact; overflow is an error. / gives a float,
 * // an int; // and % round down.
 *
 * Null propagates: arithmetic, orderings (<), functions and `in` give null if an operand is null.
 * For == and !=, for type(), and as the item that is searched in a list, null is an ordinary value.
 * `and`, `or` and `not` use Kleene's logic: `false and null` is false, `true and null` is null. A
 * condition whose result is null counts as false. A missing path is null; only `is set` can tell
 * the two apart.
 *
 * Type errors are found at compile time if none of the possible kinds of an operand, except null,
 * fits; otherwise during evaluation.
 */
#ifndef LIB_EXPR_EXPR_H
#define LIB_EXPR_EXPR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/util/strbuf.h"

enum { EXPR_MAX_BYTES = 4096, EXPR_MAX_DEPTH = 64, EXPR_MAX_NODES = 1024 };

/* Bits, so that a set of kinds is one number. EXPR_ABSENT equals null for everything but `is set`;
 * no expression results in it. EXPR_FAILED is for slots whose value could not be computed: reading
 * one is an evaluation error without a message, so that only what is needed has to have a value. */
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
    EXPR_FAILED = 256,
};

struct expr_value {
    enum expr_kind kind;
    union {
        bool truth;
        int64_t integer;
        double number; /* finite */
        struct {
            const char *text; /* borrowed; UTF-8, not NUL-terminated */
            size_t length;
        };
        const json_t *json; /* list or mapping, borrowed */
    };
};

/* Converts a JSON value, which the result borrows; NULL gives EXPR_ABSENT. */
struct expr_value expr_from_json(const json_t *value);

/* Converts to a new JSON value; NULL when memory is exhausted. Absent gives null. */
json_t *expr_to_json(const struct expr_value *value);

/* Resolves names while an expression is compiled. */
struct expr_scope {
    void *context;
    /* Finds the slot of a name, which is its index in the array passed to expr_eval(), and the
     * kinds it can have; a value of another kind is an evaluation error. Where floats are accepted,
     * ints usually are too, and an optional path can be EXPR_ABSENT: include them. `name` is the
     * path without backquotes. Returns false for an unknown name; *hint, which is NULL, can then be
     * set to a hint for the error, borrowed until the next call. */
    bool (*resolve)(
        void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint);
};

/* An error in an expression. Columns count code points from 1. If something is missing at the end,
 * the column is the one after the text. */
struct expr_error {
    unsigned column, length;
    char message[200];
    char hint[120]; /* what to write instead; may be empty */
};

/* A compiled expression. Immutable, so threads may share it. */
struct expr;

/* Compiles `text`. Returns NULL and fills *error (unless it is NULL) if it is not valid, or when
 * memory is exhausted (the column is then 0). Without a scope there are no names. */
struct expr *expr_compile(
    const char *text, size_t length, const struct expr_scope *scope, struct expr_error *error);
void expr_free(struct expr *expr);

/* Appends a compiled expression as bytes, which expr_thaw() reads much faster than the text can be
 * compiled. They contain the scope's slots. */
void expr_freeze(const struct expr *expr, struct strbuf *out);

/* Maps frozen slots to current ones; false when memory is exhausted. */
struct expr_names {
    void *context;
    bool (*slot)(void *context, size_t number, size_t *slot);
};

/* Restores a frozen expression, which borrows its strings from the bytes; NULL when memory is
 * exhausted. The bytes must come from expr_freeze() of the same version: they are not checked. */
struct expr *expr_thaw(const unsigned char *bytes, const struct expr_names *names);

/* The kinds that the result can have. */
unsigned expr_kinds(const struct expr *expr);

/* The slots that the expression reads, without duplicates. In ascending order, except that those of
 * a thawed expression are in the order of the frozen numbers. */
const size_t *expr_slots(const struct expr *expr, size_t *count);

/* Evaluates an expression. Returns false and fills *error (unless it is NULL) on an evaluation
 * error. Allocates nothing, and takes time linear in the size of the expression and of the values,
 * except for subset(), which takes the product of the sizes of its lists, up to a limit. Strings
 * and lists in the result are borrowed from the expression or from the slots. */
bool expr_eval(const struct expr *expr, const struct expr_value *slots, struct expr_value *out,
    struct expr_error *error);

/* True if the result is true; false for anything else, including null and errors. */
bool expr_holds(const struct expr *expr, const struct expr_value *slots);

/* Appends two lines: the text, or the part of it around the error, and below it a mark, the message
 * and the hint. There is no newline after the second one. */
void expr_show_error(
    struct strbuf *out, const char *text, size_t length, const struct expr_error *error);

/* Writes Python's names of a set of kinds: "int", "int or float"; absent counts as null. Always
 * NUL-terminated; a `size` of 64 is enough. */
void expr_name_kinds(char *out, size_t size, unsigned kinds);

#endif
