/* SPDX-License-Identifier: Apache-2.0
 *
 * What the names in a spec's expressions mean: parameters, their fields ("lora.rank") and config
 * paths, with the values that they have in a run. Filters and computed values are compiled against
 * one scope, and evaluated without allocating anything.
 */
#ifndef LIB_PLAN_SCOPE_H
#define LIB_PLAN_SCOPE_H

#include "lib/expr/expr.h"
#include "lib/plan/plan.h"

/* What the base, or a choice of an axis, gives to a path. */
struct scope_value {
    bool sets; /* false: the choice leaves the path alone */
    struct expr_value value;
    size_t computed; /* index of the computed value that it is, or SIZE_MAX */
};

struct scope_axis {
    size_t axis;
    struct scope_value *choices; /* owned */
    size_t n_choices;
    unsigned kinds; /* of the choices */
};

struct scope_name {
    char *path; /* owned */
    struct scope_value base;
    struct scope_axis *axes; /* that can set the path; owned */
    size_t n_axes;
};

struct scope {
    const struct sweep_plan *plan; /* borrowed */
    struct scope_name *names;
    size_t count, capacity;
    json_t *index;          /* of the names by their paths; owned */
    struct expr **computed; /* the expression of each computed value; NULL for a template */
    size_t n_computed;
    const bool *visible; /* the axes that an expression sees, while it is compiled; NULL: all */
    char hint[160];
    bool oom;
};

/* The value of a computed value in a run. */
struct scope_result {
    uint64_t run; /* it is current if this is scope_run.run */
    struct expr_value value;
    struct strbuf text; /* of a template; the value borrows it; owned */
    bool is_busy;       /* it is being computed */
};

/* The values of one run at a time. */
struct scope_run {
    const struct scope *scope; /* borrowed; nothing may be compiled meanwhile */
    struct expr_value *values; /* of each name */
    struct scope_result *results;
    const size_t *choices; /* borrowed */
    uint64_t run;          /* counts scope_run_set() */
    size_t *busy;          /* the values that are being computed, each for the one before; owned */
    size_t n_busy;
    struct expr_error error; /* of a value in a template */
    size_t circle;           /* the value that was found to be computed from itself, or SIZE_MAX */
};

/* An expression of the spec, for findings. */
struct scope_source {
    const char *text;
    const char *where; /* "where", "exclude", or the key that is computed */
    struct sweep_place place;
    bool is_written; /* the text is at the place, after `quote` bytes */
    unsigned quote;
};

/* Compiles the spec's computed values. plan->doc must have all fixed assignments, and plan->values
 * must be read. Always to be released with scope_deinit(). */
enum sweep_code scope_init(
    struct scope *scope, const struct sweep_plan *plan, struct sweep_findings *findings);
void scope_deinit(struct scope *scope);

/* Compiles one more expression, which is the caller's. It may be limited to some axes by
 * scope->visible: the others then keep the base's values. */
enum sweep_code scope_compile(struct scope *scope, const struct scope_source *source,
    struct sweep_findings *findings, struct expr **out);

/* To be called when an axis has more choices than before; false without memory. */
bool scope_update(struct scope *scope, size_t axis);

/* Must be called after the last scope_compile(). False without memory. */
bool scope_run_init(struct scope_run *run, const struct scope *scope);
void scope_run_deinit(struct scope_run *run);

/* Chooses the run that the functions below are about, by its choices: SIZE_MAX for an axis that it
 * does not have. The choices must stay as they are until the next call. */
void scope_run_set(struct scope_run *run, const size_t *choices);

/* False and *error on an evaluation error. What *out borrows is valid until the next run is set. */
bool scope_run_eval(struct scope_run *run, const struct expr *expr, struct expr_value *out,
    struct expr_error *error);

/* The value of a computed value; a float is rounded to 15 significant digits. Of templates
 * only those that do not depend on the run's name, number or identity. */
bool scope_run_compute(
    struct scope_run *run, size_t computed, struct expr_value *out, struct expr_error *error);

/* Adds a finding about an expression. */
enum sweep_code scope_report(struct sweep_findings *findings, const struct scope_source *source,
    const struct expr_error *error);

/* The same after an evaluation, which may have found a value that is computed from itself. */
enum sweep_code scope_run_report(struct scope_run *run, struct sweep_findings *findings,
    const struct scope_source *source, const struct expr_error *error);

#endif
