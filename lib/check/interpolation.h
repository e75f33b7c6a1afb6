/* SPDX-License-Identifier: Apache-2.0
 *
 * Evaluates one string with `${…}` in it, by OmegaConf's grammar. What a path refers to is looked
 * up by the caller (resolved.c).
 */
#ifndef LIB_CHECK_INTERPOLATION_H
#define LIB_CHECK_INTERPOLATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/check/diagnostic.h"
#include "lib/util/strbuf.h"

struct interpolation;
struct resolved_config;

/* The path between the braces of `${a.b}`. */
struct interpolation_path {
    size_t dots;         /* leading ones: how many levels up it starts; 0: at the root */
    struct strbuf parts; /* each NUL-terminated */
    size_t n_parts;
    bool open; /* followed by parts that are known only when the run starts */
};

/* State of resolving a whole config. */
struct interpolator {
    /* The value at a path: a new reference, or NULL with `code` or `oom` set. */
    json_t *(*look_up)(struct interpolation *c, const struct interpolation_path *path);
    struct resolved_config *config; /* for look_up() */
    const struct diagnostic_sink *sink;
    size_t written;   /* bytes of resolved strings */
    const char *code; /* of the first mistake in the current string, or NULL */
    char message[256], hint[128];
    bool absent;      /* the mistake is only that a key does not exist */
    bool environment; /* the current string reads an environment variable */
    bool oom;
};

/* The string being evaluated. */
struct interpolation {
    struct interpolator *state;
    const char *at; /* the rest of it */
    const json_t *source;
    const char *path; /* of the string, dotted; for messages */
    int depth;
};

/* Values that are known only when the run starts: a string; a string that is no dotted name,
 * whatever its unknown parts are; and a value of any type. They are JSON nulls that are told apart
 * by their addresses. */
extern json_t interpolation_unknown_string, interpolation_unknown_phrase, interpolation_unknown;
bool interpolation_is_unknown(const json_t *value);

/* Evaluates the string at `c->at`: a lone interpolation gives its own value, anything else a
 * string. Returns a new reference, or NULL with `code` or `oom` of the interpolator set. */
json_t *interpolation_evaluate(struct interpolation *c);

/* Records a mistake in the current string, unless one was recorded before. */
void interpolation_fail(struct interpolator *state, const char *code, const char *format, ...)
    SWEEP_PRINTF(3, 4);

#endif
