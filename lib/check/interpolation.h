/* SPDX-License-Identifier: Apache-2.0
 *
 * Evaluates one string with `${…}` in it, by OmegaConf's grammar. The caller looks up what an
 * interpolation refers to (resolved.c).
 */
#ifndef LIB_CHECK_INTERPOLATION_H
#define LIB_CHECK_INTERPOLATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/check/diagnostic.h"
#include "lib/util/strbuf.h"

struct cursor;
struct reference;
struct view;

/* One call of view_resolve(). */
struct resolver {
    /* What a reference leads to: new reference, or NULL with the complaint set. */
    json_t *(*look_up)(struct cursor *c, const struct reference *reference);
    struct view *view; /* for look_up() */
    const struct sink *sink;
    size_t written;        /* bytes of resolved strings */
    const char *complaint; /* the code of the first thing wrong with the string, or NULL */
    char message[256], hint[128];
    bool absent;      /* that is only that a key is not there */
    bool environment; /* the string reads a variable of the environment */
    bool oom;
};

/* The string being read: `at` moves on. */
struct cursor {
    struct resolver *r;
    const char *at;
    const json_t *source; /* the string itself */
    const char *path;     /* its dotted path, for messages */
    int depth;
};

/* What stands between the braces of `${a.b}`. */
struct reference {
    size_t dots;         /* in front: how many levels up it starts; 0 for the root */
    struct strbuf parts; /* each NUL-terminated */
    size_t n_parts;
    bool open; /* another part follows, known only when the run starts */
};

/* Values that are known only when the run starts: a text; one that is no dotted name, whatever its
 * unknown parts are; and what could be anything. To whoever does not compare addresses they are
 * nulls. */
extern json_t unknown_text, unknown_phrase, unknown_value;
bool is_unknown(const json_t *value);

/* Whether a value is a string that OmegaConf reads by this grammar. */
bool has_interpolation(const json_t *value);

/* The value of the text at `c->at`: of an interpolation alone its own, otherwise a string. New
 * reference, or NULL with the resolver's complaint set (or no memory). */
json_t *interpolate(struct cursor *c);

/* Notes what is wrong with the string; the first thing counts. */
void interpolation_fail(struct resolver *r, const char *code, const char *format, ...)
    SWEEP_PRINTF(3, 4);

#endif
