/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/surprise.h"
#include "lib/findings/findings.h"

enum { SURPRISE_MAX_BYTES = 40 };

static bool surprise_set(struct surprise *out, const char *hint, const char *format, ...)
    SWEEP_PRINTF(3, 4);

static bool surprise_set(struct surprise *out, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(out->message, sizeof out->message, format, args);
    va_end(args);
    snprintf(out->hint, sizeof out->hint, "%s", hint);
    return true;
}

/* 010: digits after a zero are octal. 00 and 07 are what they look like. */
static bool surprise_octal(const char *text, const struct scalar *scalar, struct surprise *out)
{
    const char *digits = text + strspn(text, "+-");
    if (digits[0] != '0' || !isdigit((unsigned char)digits[1]) || scalar->too_large ||
        scalar->integer == strtoll(text, NULL, 10))
        return false;
    return surprise_set(out, "write it without the zero, or in quotes if it is a string",
        "%s is octal, and read as %" PRId64, text, scalar->integer);
}

/* 1:30: parts between colons are digits to the base 60. */
static bool surprise_sexagesimal(
    const char *text, const struct scalar *scalar, struct surprise *out)
{
    const char *hint = "put it in quotes if it is a string, such as a time";
    if (strchr(text, ':') == NULL)
        return false;
    if (scalar->kind == SCALAR_FLOAT)
        return surprise_set(
            out, hint, "%s is to the base 60, and read as %g", text, scalar->number);
    if (scalar->too_large)
        return false;
    return surprise_set(
        out, hint, "%s is to the base 60, and read as %" PRId64, text, scalar->integer);
}

/* Numbers in a form that YAML 1.1 does not have, and Python's None. */
static bool surprise_string(const char *text, struct surprise *out)
{
    const char *rest = text + strspn(text, "+-");
    size_t digits = strspn(rest, "0123456789_");
    if (strcmp(text, "None") == 0)
        return surprise_set(out, "write null, or \"None\"", "None is read as a string");
    if (rest[0] == '0' && rest[1] != '\0' && rest[digits] == '\0')
        return surprise_set(out, "write it without the zero, or in quotes if it is a string",
            "%s is read as a string: after a zero, digits are octal", text);
    bool has_prefix = rest[0] == '0' && rest[1] != '\0' && strchr("oOXB", rest[1]) != NULL;
    if (has_prefix && isxdigit((unsigned char)rest[2]) &&
        rest[2 + strspn(rest + 2, "0123456789abcdefABCDEF_")] == '\0')
        return surprise_set(out, "write a decimal number, or quotes if it is a string",
            "%s is read as a string: YAML 1.1 has only 0x1f, 0b11 and 017", text);
    if (rest > text && rest[0] == '.' && isdigit((unsigned char)rest[1]))
        return surprise_set(out, "write a digit before the dot", "%s is read as a string", text);
    return false;
}

bool surprise_find(enum scalar_rules rules, const char *text, size_t length, struct surprise *out)
{
    char copy[SURPRISE_MAX_BYTES];
    if (length == 0 || length >= sizeof copy || strchr("+-.0123456789N", *text) == NULL ||
        memchr(text, '\0', length) != NULL)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    const struct scalar scalar = scalar_resolve_as(rules, copy, length);
    if (scalar.kind == SCALAR_STRING)
        return surprise_string(copy, out);
    if (scalar.kind == SCALAR_INT && surprise_octal(copy, &scalar, out))
        return true;
    bool is_number = scalar.kind == SCALAR_INT || scalar.kind == SCALAR_FLOAT;
    return is_number && surprise_sexagesimal(copy, &scalar, out);
}

/* --- documents ---------------------------------------------------------------------------- */

struct surprise_walk {
    const struct yaml_doc *doc;
    const char *file;
    struct sweep_findings *findings;
};

static void surprise_visit(const struct surprise_walk *walk, const struct yaml_node *node)
{
    struct surprise surprise;
    size_t first = 0, step = 1;
    if (node->kind == YAML_MAPPING) { /* keys have a check of their own */
        first = 1;
        step = 2;
    }
    for (size_t i = first; i < node->n_children; i += step)
        surprise_visit(walk, node->children[i]);
    if (node->kind != YAML_SCALAR || !node->plain)
        return;
    enum scalar_rules rules = walk->doc->dialect.scalars;
    if (!surprise_find(rules, node->text, node->length, &surprise))
        return;
    /* With a tag, it is what was asked for. */
    if (node->scalar.kind != scalar_resolve_as(rules, node->text, node->length).kind)
        return;
    FINDING_NOTE(walk->findings, "read-otherwise", yaml_node_place(walk->doc, walk->file, node),
        NULL, surprise.hint, "%s", surprise.message);
}

void surprise_report(const struct yaml_doc *doc, const char *file, struct sweep_findings *findings)
{
    const struct surprise_walk walk = {doc, file, findings};
    if (findings != NULL && doc->root != NULL)
        surprise_visit(&walk, doc->root);
}
