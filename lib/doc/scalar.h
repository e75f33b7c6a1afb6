/* SPDX-License-Identifier: Apache-2.0
 *
 * What a YAML scalar means, and how to write one.
 *
 * Reading follows OmegaConf, which trainers load their configs with: the YAML 1.1 rules of PyYAML,
 * in PyYAML's order, without timestamps, plus OmegaConf's own rule for floats, which accepts
 * exponents without a dot (`2e-5`, a string for PyYAML). So `yes` is a bool, `017` is 15, `08` is a
 * string and `12:30:45` is the int 45045.
 *
 * Writing is narrower: only forms to which OmegaConf, PyYAML and a YAML 1.2 core reader give the
 * same type.
 */
#ifndef LIB_DOC_SCALAR_H
#define LIB_DOC_SCALAR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/util/strbuf.h"

/* How a trainer reads its configs; all zeros is OmegaConf. */
enum scalar_rules {
    SCALARS_OMEGACONF,
    SCALARS_YAML_1_1, /* PyYAML's safe_load(): a float needs a dot, and its exponent a sign */
};
enum interpolation_rules {
    INTERPOLATION_OMEGACONF,
    INTERPOLATION_NONE, /* `${…}` is text */
};
struct dialect {
    enum scalar_rules scalars;
    enum interpolation_rules interpolation;
};

extern const struct dialect dialect_omegaconf;

enum scalar_kind {
    SCALAR_NULL,
    SCALAR_BOOL,
    SCALAR_INT,
    SCALAR_FLOAT,
    SCALAR_STRING,
    SCALAR_MERGE,   /* a plain `<<`: a merge key; an error anywhere else */
    SCALAR_INVALID, /* a plain `=`, or a text that does not fit its explicit tag */
};

struct scalar {
    enum scalar_kind kind;
    bool truth;     /* SCALAR_BOOL */
    bool too_large; /* SCALAR_INT that does not fit into 64 bits; `integer` is then 0 */
    int64_t integer;
    double number; /* SCALAR_FLOAT; can be infinite or NaN */
};

/* The meaning of a plain scalar without a tag. */
struct scalar scalar_resolve(const char *text, size_t length);
/* The same by the rules of a trainer. */
struct scalar scalar_resolve_as(enum scalar_rules rules, const char *text, size_t length);

/* The meaning of a scalar with an explicit core tag: "null", "bool", "int", "float" or "str"
 * (without the prefix). Other tags give SCALAR_INVALID. */
struct scalar scalar_resolve_tagged(const char *tag, const char *text, size_t length);

/* Where a scalar is written: inside a flow collection, `,`, brackets and braces end a plain one. */
enum scalar_context { SCALAR_IN_BLOCK, SCALAR_IN_FLOW };

/* Appends a value on one line: a scalar, or a collection in flow style, `[a, b]`, `{k: 1}`. Strings
 * are only quoted where necessary. */
void value_write(struct strbuf *out, const json_t *value, enum scalar_context context);

/* Appends a string as value_write() does; also for mapping keys. */
void string_write(struct strbuf *out, const char *text, size_t length, enum scalar_context context);

/* Appends the shortest decimal number that reads back as the same double, as Python's repr() does
 * but always with a dot: 0.0003, 1.0e-05, 1.0e+16. `number` must be finite. */
void scalar_write_float(struct strbuf *out, double number);

/* True if the string contains an OmegaConf interpolation, `${…}`: its type is only known once it is
 * resolved. */
bool scalar_is_interpolation(const json_t *value);
/* True if it is one to a trainer. */
static inline bool dialect_is_interpolation(const struct dialect *dialect, const json_t *value)
{
    return dialect->interpolation == INTERPOLATION_OMEGACONF && scalar_is_interpolation(value);
}

/* Python's name for the type of a value, which users of trainers know: NoneType, bool, int, float,
 * str, list or dict. */
const char *value_type_name(const json_t *value);

#endif
