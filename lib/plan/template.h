/* SPDX-License-Identifier: Apache-2.0
 *
 * The directory of a run, from a template: {name} is the sweep's name, {run} the run's (run_007),
 * {index} its number (7), and {lr} its value of the axis "lr". `${…}` is kept if the
 * trainer resolves it.
 */
#ifndef LIB_PLAN_TEMPLATE_H
#define LIB_PLAN_TEMPLATE_H

#include "lib/spec/spec.h"

enum part_kind { PART_LITERAL, PART_RUN, PART_INDEX, PART_AXIS };

struct part {
    enum part_kind kind;
    const char *text; /* PART_LITERAL: `length` bytes, borrowed */
    size_t length;
    size_t axis; /* PART_AXIS: its index */
};

enum { TEMPLATE_MAX_PARTS = 64 };

struct template
{
    struct part parts[TEMPLATE_MAX_PARTS];
    size_t n_parts;
};

/* The run that a template is filled in for. */
struct run {
    uint64_t index;
    const char *name;      /* "run_007" */
    const size_t *choices; /* of each axis */
};

/* Parses `text`, which must outlive the template, as must `spec`. Findings are at `place`. */
enum sweep_code template_parse(const char *text, const struct spec *spec,
    const struct sweep_place *place, struct sweep_findings *findings, struct template *out);

/* Makes sure that no two runs share a directory: appends /{run} unless the template has
 * {run}, {index}, or every axis of more than one value. `own_axis` is the axis whose values the
 * templates are, or SIZE_MAX. */
void template_separate(struct template *template, const struct spec *spec, size_t own_axis);

/* True if two runs can never get the same text. */
bool template_is_unique(const struct template *template);

/* Appends the text for one run. Of an axis value, letters, digits and "._+-" are kept; other
 * characters, and a leading dot, become "-", so that a value never adds or leaves a directory
 * level. */
void template_fill(const struct template *template, const struct spec *spec, const struct run *run,
    struct strbuf *out);

#endif
