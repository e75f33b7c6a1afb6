/* SPDX-License-Identifier: Apache-2.0
 *
 * What an expression is compiled to: instructions for a machine with one stack, in the order in
 * which they are run. Jumps lead forward only, so that an evaluation ends, and never runs more
 * instructions than there are. Every instruction leaves at most one value more on the stack, so
 * that EXPR_MAX_NODES values are room enough.
 */
#ifndef LIB_EXPR_COMPILED_H
#define LIB_EXPR_COMPILED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/expr/expr.h"

enum {
    KINDS_NULL = EXPR_ABSENT | EXPR_NULL,
    KINDS_NUMBER = EXPR_INT | EXPR_FLOAT,
};

enum operation_code {
    OP_CONSTANT,    /* push the value */
    OP_SLOT,        /* push a slot; absent becomes null */
    OP_IS_SET,      /* push whether a slot is not absent; `negated` */
    OP_IS_NULL,     /* pop, push; `negated` */
    OP_NEGATE,      /* pop a number, push it with the other sign */
    OP_NOT,         /* pop a bool, push the other */
    OP_ARITHMETIC,  /* pop two, push one; `symbol` */
    OP_COMPARE,     /* pop two, push a bool; `symbol`, `joined`, `chained`, `jump` */
    OP_CALL,        /* pop `count` arguments, push the result of `function` */
    OP_AND_IF,      /* jump when the top is false, and leave it */
    OP_OR_IF,       /* jump when the top is true, and leave it */
    OP_AND,         /* pop two bools, push one */
    OP_OR,          /* the same */
    OP_JUMP_UNLESS, /* pop a bool, jump unless it is true */
    OP_JUMP,
};

enum symbol {
    SYMBOL_ADD,
    SYMBOL_SUBTRACT,
    SYMBOL_MULTIPLY,
    SYMBOL_DIVIDE,
    SYMBOL_FLOOR,
    SYMBOL_REMAINDER,
    SYMBOL_EQUAL,
    SYMBOL_UNEQUAL,
    SYMBOL_LESS,
    SYMBOL_LESS_EQUAL,
    SYMBOL_MORE,
    SYMBOL_MORE_EQUAL,
    SYMBOL_IN,
    SYMBOL_NOT_IN,
};

/* How a symbol is written. */
extern const char *const symbol_texts[];

/* What is to the left of `in`, for messages. */
#define IN_LEFT "the left side of in"

struct node {
    enum operation_code op;
    uint16_t column, length; /* of the part of the text that this node computes */
    uint16_t jump;           /* how many instructions to skip; relative, as code is moved about */
    uint16_t count;          /* OP_CALL: arguments */
    enum symbol symbol;
    bool negated;
    bool joined;    /* OP_COMPARE: the result of the chain so far lies below the two operands */
    bool chained;   /* OP_COMPARE: the chain goes on, so the right operand stays as well */
    unsigned kinds; /* of the result; OP_SLOT: also EXPR_ABSENT, as the scope says */
    union {
        struct expr_value value; /* OP_CONSTANT; a list is owned */
        size_t slot;
        const struct function *function;
    };
};

struct expr {
    struct node *nodes;
    size_t n_nodes;
    unsigned kinds;
    size_t *slots;
    size_t n_slots;
    char *strings; /* what string constants borrow */
    bool whole;    /* nodes and slots are in one piece with this */
};

/* --- values.c ----------------------------------------------------------------------------- */

static inline bool is_null(const struct expr_value *value)
{
    return (value->kind & KINDS_NULL) != 0;
}

static inline bool is_number(const struct expr_value *value)
{
    return (value->kind & KINDS_NUMBER) != 0;
}

static inline struct expr_value make_null(void)
{
    return (struct expr_value){.kind = EXPR_NULL};
}

static inline struct expr_value make_bool(bool truth)
{
    return (struct expr_value){.kind = EXPR_BOOL, .truth = truth};
}

static inline struct expr_value make_int(int64_t integer)
{
    return (struct expr_value){.kind = EXPR_INT, .integer = integer};
}

bool values_equal(const struct expr_value *a, const struct expr_value *b);

/* Below, at or above 0 as `a` is less than, equal to or more than `b`: two numbers or two texts. */
int values_order(const struct expr_value *a, const struct expr_value *b);

/* --- error.c ---------------------------------------------------------------------------- */

/* Fills in the texts, cut at a code point when they are too long; returns false. `error` and
 * `hint` may be NULL. */
bool expr_error_set(struct expr_error *error, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A short piece of an expression for a message: escaped, and cut when it is long. */
struct quoted {
    char text[64];
};
struct quoted quote(const char *text, size_t length);

/* The article and name of the kind of a value: "an int", "null". */
const char *kind_phrase(enum expr_kind kind);

/* --- arithmetic.c ------------------------------------------------------------------------- */

/* Two numbers. False when there is no result: division by zero, overflow. */
bool arithmetic(enum symbol symbol, const struct expr_value *a, const struct expr_value *b,
    struct expr_value *out, struct expr_error *error);
bool arithmetic_negate(
    const struct expr_value *a, struct expr_value *out, struct expr_error *error);

/* The kinds that a result can have, from those of the operands. */
unsigned arithmetic_kinds(enum symbol symbol, unsigned a, unsigned b);

/* A float as result: false when it is infinite or not a number. */
bool finite_result(double number, struct expr_value *out, struct expr_error *error);

/* --- functions.c -------------------------------------------------------------------------- */

enum { FUNCTION_MAX_PARAMETERS = 2 };

/* Arguments reach `apply` only when all are of the kinds that `takes` has for them, and, unless
 * `takes_null`, none is null. The last parameter may take `more` arguments. */
struct function {
    const char *name;
    const char *usage; /* "min(a, b, …)" */
    size_t n_parameters;
    bool more;
    bool takes_null;
    unsigned takes[FUNCTION_MAX_PARAMETERS];
    unsigned gives; /* 0: the kinds of the arguments */
    bool (*apply)(const struct expr_value *arguments, size_t count, struct expr_value *out,
        struct expr_error *error);
};

/* NULL when there is none; then *near is the name of one that may be meant, or NULL. */
const struct function *function_find(const char *name, const char **near);

/* Functions by number. */
size_t function_number(const struct function *function);
const struct function *function_at(size_t number);

/* Appends the names of all, with a blank before each. */
void function_list(struct strbuf *out);

unsigned function_takes(const struct function *function, size_t argument);

#endif
