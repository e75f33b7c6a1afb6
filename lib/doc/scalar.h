/* SPDX-License-Identifier: Apache-2.0
 *
 * What a YAML scalar means, and how to write one.
 *
 * Reading follows OmegaConf, because that is what torchtune loads configs with: PyYAML's YAML 1.1
 * rules in PyYAML's order, without timestamps, plus OmegaConf's own float rule, which takes
 * exponents without a dot (`2e-5`, a string to PyYAML). So `yes` is a bool, `017` is 15, `08` a
 * string and `12:30:45` the int 45045.
 *
 * Writing is narrower: only forms that OmegaConf, PyYAML and a YAML 1.2 core reader type alike.
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

enum scalar_kind {
    SCALAR_NULL,
    SCALAR_BOOL,
    SCALAR_INT,
    SCALAR_FLOAT,
    SCALAR_STRING,
    SCALAR_MERGE,   /* a plain `<<`: a merge key, an error anywhere else */
    SCALAR_INVALID, /* a plain `=`, or a text that its explicit tag does not allow */
};

struct scalar {
    enum scalar_kind kind;
    bool truth;     /* SCALAR_BOOL */
    bool too_large; /* SCALAR_INT that does not fit into 64 bits; `integer` is then 0 */
    int64_t integer;
    double number; /* SCALAR_FLOAT; may be infinite or not a number */
};

/* The meaning of an untagged plain scalar. */
struct scalar scalar_resolve(const char *text, size_t length);

/* The meaning of a scalar with an explicit core tag: "null", "bool", "int", "float" or "str"
 * (without the prefix). Other tags give SCALAR_INVALID. */
struct scalar scalar_resolve_tagged(const char *tag, const char *text, size_t length);

/* Where the text is written: `,`, `[` and braces end a plain scalar inside a flow collection. */
enum scalar_context { SCALAR_IN_BLOCK, SCALAR_IN_FLOW };

/* Appends a value on one line: a scalar, or a collection in flow style, `[a, b]`, `{k: 1}`. Strings
 * stay plain where that is safe. */
void value_write(struct strbuf *out, const json_t *value, enum scalar_context context);

/* Appends a string as value_write() does; also right for mapping keys. */
void string_write(struct strbuf *out, const char *text, size_t length, enum scalar_context context);

/* Appends the shortest decimal text that reads back as the same double, as Python's repr() writes
 * it but always with a dot: 0.0003, 1.0e-05, 1.0e+16. `number` must be finite. */
void scalar_write_float(struct strbuf *out, double number);

/* True when the string holds an OmegaConf interpolation, `${…}`, so that its type is not known
 * before it is resolved. */
bool scalar_is_interpolation(const json_t *value);

/* Python's name for the type of a value: NoneType, bool, int, float, str, list or dict. Users of
 * torchtune know these words. */
const char *value_type_name(const json_t *value);

#endif
