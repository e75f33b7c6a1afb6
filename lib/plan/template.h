/* SPDX-License-Identifier: Apache-2.0
 *
 * A string of a run, from a template: {name} is the sweep's name, {run} the run's (run_007),
 * {index} its number (7), {id} its identity, {lr} and {lora.rank} its values of parameters, and
 * {optimizer.lr} that of a config path, which may be a template itself. `${…}` is kept if the
 * trainer resolves it.
 */
#ifndef LIB_PLAN_TEMPLATE_H
#define LIB_PLAN_TEMPLATE_H

#include "lib/doc/path_list.h"
#include "lib/spec/spec.h"

enum part_kind { PART_LITERAL, PART_RUN, PART_INDEX, PART_AXIS, PART_VALUE, PART_ID, PART_OUTPUT };

struct part {
    enum part_kind kind;
    const char *text; /* PART_LITERAL: `length` bytes, borrowed */
    size_t length;
    size_t axis;   /* PART_AXIS: its index; PART_VALUE: the first that sets the path, or SIZE_MAX */
    char *path;    /* PART_VALUE: a config path; owned */
    json_t *token; /* PART_VALUE: that of an expression (lib/spec/computed.h), instead; owned */
    size_t *setters; /* PART_VALUE: all axes that set the path, in their order; owned */
    size_t n_setters;
};

enum { TEMPLATE_MAX_PARTS = 64 };

struct template
{
    struct part parts[TEMPLATE_MAX_PARTS];
    size_t n_parts;
    struct sweep_place place;
    bool has_name;     /* {name} is in it */
    bool has_output;   /* the run's own directory is in it, as an interpolation */
    bool is_directory; /* a value cannot add or leave a directory level */
};

/* What a template is read from; all borrowed. The text and the spec must outlive the template. */
struct template_source {
    const char *text;
    const char *path; /* the config path that it is for */
    struct sweep_place place;
    const struct spec *spec;
    struct path_list *setters;            /* of template_list_setters() */
    const struct computed_list *computed; /* NULL: none */
    const json_t *tree;                   /* the config, with all fixed assignments */
    const char *recipe;                   /* or NULL */
    bool is_directory;
    bool is_then; /* {output_dir} is written out; see lib/spec/computed.h */
};

/* The run that a template is filled in for. */
struct run {
    uint64_t index;        /* its number */
    const char *name;      /* "run_007" */
    const size_t *choices; /* of each axis */
    const json_t *tree;    /* the config, for values that no axis sets */
    const char *number;    /* what to write for {index}; NULL: the index */
    const char *id;        /* for {id}; NULL if no template has it */
    const char *output;    /* its own directory, for PART_OUTPUT */
    /* What is computed, and how to append such a value; NULL: nothing is. */
    const struct computed_list *computed;
    bool (*put_computed)(const struct run *run, size_t index, struct strbuf *out);
    const void *context; /* for that */
};

/* The value of a PART_VALUE in the run with these choices. A choice that the axis does not have, as
 * SIZE_MAX, leaves its path alone. */
const json_t *template_run_value(
    const struct part *part, const struct spec *spec, const size_t *choices, const json_t *tree);

/* Goes through all values that a PART_VALUE can have; starts as zeros. `value` is NULL where it has
 * none. */
struct template_values {
    bool has_begun;
    size_t setter, choice; /* the next ones */
    const json_t *value;
};
bool template_next_value(const struct part *part, const struct spec *spec, const json_t *tree,
    struct template_values *values);

bool template_has(const struct template *template, enum part_kind kind);

/* Replaces a list by the paths of the axes, each with the number of its axis, for all templates of
 * a spec. The list borrows them. */
enum sweep_code template_list_setters(const struct spec *spec, struct path_list *out);

/* Reads a template. Findings are at the place of the source. To be released with
 * template_deinit(), also on failure. */
enum sweep_code template_parse(
    const struct template_source *source, struct sweep_findings *findings, struct template *out);
void template_deinit(struct template *template);

/* Makes sure that no two runs share a directory: appends /{run} unless the template has
 * {run}, {index}, {id}, or every axis of more than one value. `own_axis` is the axis whose values
 * the templates are, or SIZE_MAX. */
void template_separate(struct template *template, const struct spec *spec, size_t own_axis);

/* True if two runs can never get the same text. */
bool template_is_unique(const struct template *template);

/* Appends the text for one run. In a directory, letters, digits and "._-" of a value are kept; each
 * other character becomes "_", and so do dots if there is nothing else, so that a value never adds
 * or leaves a directory level. */
void template_fill(const struct template *template, const struct spec *spec, const struct run *run,
    struct strbuf *out);

#endif
