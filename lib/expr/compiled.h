/* SPDX-License-Identifier: Apache-2.0
 *
 * The compiled form of an expression: instructions for a stack machine, in the order in which they
 * run. Jumps only go forward, so an evaluation always ends, after at most as many instructions as
 * there are. Every instruction adds at most one value to the stack, so EXPR_MAX_NODES values are
 * enough.
 */
#ifndef LIB_EXPR_COMPILED_H
#define LIB_EXPR_COMPILED_H

#include <stdarg.h>
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
    OP_IS_NULL,     /* pop a value, push a bool; `negated` */
    OP_NEGATE,      /* pop a number, push its negation */
    OP_NOT,         /* pop a bool, push the other one */
    OP_ARITHMETIC,  /* pop two numbers, push one; `symbol` */
    OP_COMPARE,     /* pop two values, push a bool; `symbol`, `joined`, `chained`, `jump` */
    OP_CALL,        /* pop `count` arguments, push the result of `function` */
    OP_AND_IF,      /* jump if the top is false, and keep it */
    OP_OR_IF,       /* jump if the top is true, and keep it */
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

/* How each symbol is written. */
extern const char *const expr_symbols[];

/* The left operand of `in`, in messages. */
#define IN_LEFT "the left side of in"

struct node {
    enum operation_code op;
    uint16_t column, length; /* of the part of the text that this node computes */
    uint16_t jump;           /* instructions to skip; relative, because code is moved */
    uint16_t count;          /* OP_CALL: number of arguments */
    enum symbol symbol;
    bool negated;
    bool joined;    /* OP_COMPARE: the result of the chain so far is below the two operands */
    bool chained;   /* OP_COMPARE: the chain continues, so the right operand is kept */
    unsigned kinds; /* of the result; for OP_SLOT also EXPR_ABSENT, as the scope says */
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
    char *strings;     /* storage of string constants; owned */
    bool single_block; /* nodes and slots are in the same allocation as this struct */
};

/* --- values.c ----------------------------------------------------------------------------- */

static inline bool expr_is_null(const struct expr_value *value)
{
    return (value->kind & KINDS_NULL) != 0;
}

static inline bool expr_is_number(const struct expr_value *value)
{
    return (value->kind & KINDS_NUMBER) != 0;
}

static inline struct expr_value expr_make_null(void)
{
    return (struct expr_value){.kind = EXPR_NULL};
}

static inline struct expr_value expr_make_bool(bool truth)
{
    return (struct expr_value){.kind = EXPR_BOOL, .truth = truth};
}

static inline struct expr_value expr_make_int(int64_t integer)
{
    return (struct expr_value){.kind = EXPR_INT, .integer = integer};
}

bool values_equal(const struct expr_value *a, const struct expr_value *b);

/* Negative, zero or positive, as `a` is less than, equal to or greater than `b`. Both must be
 * numbers or both strings. */
int values_order(const struct expr_value *a, const struct expr_value *b);

/* Python's name of a kind, "int"; "null" for null. */
const char *expr_kind_name(enum expr_kind kind);

/* The same with an article: "an int", "null". */
const char *expr_kind_phrase(enum expr_kind kind);

/* --- error.c ------------------------------------------------------------------------------ */

/* Sets the message and the hint, cut at a code point if they are too long. `error` and `hint` may
 * be NULL. Returns false, so that a function can end with it. */
bool expr_error_set(struct expr_error *error, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool expr_error_vset(struct expr_error *error, const char *hint, const char *format,
    va_list arguments) __attribute__((format(printf, 3, 0)));

/* Part of an expression for a message: escaped, and cut if it is long. */
struct expr_quoted {
    char text[64];
};
struct expr_quoted expr_quote(const char *text, size_t length);

/* --- arithmetic.c ------------------------------------------------------------------------- */

/* Applies an operator to two numbers. False on division by zero and overflow. */
bool arithmetic_apply(enum symbol symbol, const struct expr_value *a, const struct expr_value *b,
    struct expr_value *out, struct expr_error *error);
bool arithmetic_negate(
    const struct expr_value *a, struct expr_value *out, struct expr_error *error);

/* The kinds that the result can have, given those of the operands. */
unsigned arithmetic_kinds(enum symbol symbol, unsigned a, unsigned b);

/* Makes a float the result; false if it is infinite or NaN. */
bool arithmetic_float_result(double number, struct expr_value *out, struct expr_error *error);

/* --- functions.c -------------------------------------------------------------------------- */

enum { FUNCTION_MAX_PARAMETERS = 2 };

struct function_call {
    const struct expr_value *arguments;
    size_t count;
    struct expr_error *error; /* may be NULL */
};

struct function {
    const char *name;
    const char *usage; /* "min(a, b, …)" */
    size_t n_parameters;
    bool variadic;                           /* the last parameter can be repeated */
    bool takes_null;                         /* otherwise a null argument makes the result null */
    unsigned takes[FUNCTION_MAX_PARAMETERS]; /* kinds of each parameter */
    unsigned gives;                          /* kinds of the result; 0: those of the arguments */
    /* Only called with arguments that fit `takes` and `takes_null`. */
    bool (*apply)(const struct function_call *call, struct expr_value *out);
};

/* Returns NULL for an unknown name; *near is then a similar name, or NULL. */
const struct function *function_find(const char *name, const char **near);

/* Functions by number, for expr_freeze(). */
size_t function_number(const struct function *function);
const struct function *function_at(size_t number);

/* Appends all names, each with a space before it. */
void function_list(struct strbuf *out);

unsigned function_takes(const struct function *function, size_t argument);

#endif
