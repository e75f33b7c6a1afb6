/* SPDX-License-Identifier: Apache-2.0
 *
 * From a sweep spec to a sweep directory, in two steps: sweep_plan_new() reads and checks
 * everything without writing anything; sweep_generate() writes what was planned.
 *
 *     NAME-DIGEST/
 *       sweep.json               the spec, byte for byte
 *       sweep.extends/00-NAME …  the files that it refers to, if any: specs, data, base.yaml
 *       configs/run_000.yaml …   one complete config per run; or, if they are packed,
 *       configs.packed           all of them in one file, and
 *       configs.index            where each is
 *       sweep.sbatch             the script of all job arrays
 *       submit.sh                submits all arrays
 *       run_mapping.csv          index,run,id,config and one column per swept path
 *       inherited.csv            id,run,directory of runs that earlier sweeps have, if any
 *       validation_report.txt    what was checked, and every warning
 *       logs/                    the runs' output goes here
 *       manifest.json            versions, digests of everything above, counts
 *
 * DIGEST is taken from everything that decides what these files hold: the spec, the base, the
 * overrides, the trainer's name, version and launch command, and a number for the form of the
 * files. The version of this library is not part of it: a release renames a sweep only if it writes
 * other bytes for it. The same input always gives the same name and the same bytes, except for the
 * manifest's "created" and "sweepd" and the warnings in the report.
 *
 * A pointer must not be NULL unless its comment says that it may. Builds with assertions (without
 * NDEBUG) abort if one is.
 */
#ifndef SWEEP_GENERATE_H
#define SWEEP_GENERATE_H

#include <stdint.h>

#include "sweep/error.h"
#include "sweep/limits.h"
#include "sweep/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
SWEEP_API const char *sweep_version(void);

/* The input of a plan. All strings are borrowed for the duration of sweep_plan_new(). */
struct sweep_request {
    const char *spec; /* JSON text */
    size_t spec_length;
    const char *spec_file;      /* its name in findings: "sweep.json" */
    const char *spec_directory; /* for relative file names in it: "." */
    /* NULL, or the sweep directory that the spec is from, which keeps the files that it refers to:
     * these are read instead. */
    const char *sweep_directory;
    const char *const *overrides; /* `path=value`, as given to --set */
    size_t n_overrides;
    const struct sweep_limits *limits; /* NULL: the defaults */
    bool check_paths; /* check that the files that runs name exist and fit; relative to the cwd */
    bool absolute_paths;        /* with check_paths: skip relative paths */
    bool strict_json;           /* refuse comments and trailing commas in the spec */
    const char *const *prologs; /* files that "prolog" may name; ends with NULL; NULL: any */
    /* A spec that this one extends without naming it; defaults_file is its name. NULL: none */
    const char *defaults, *defaults_file;
    size_t defaults_length;
    const json_t *cluster; /* NULL, or facts of a Slurm cluster that options of sbatch are compared
                            * with; what it does not have is not checked */
    json_t **summary; /* NULL, or gets a new reference to how the runs are counted and what they
                       * cost (specs/schema/sweep-plan.schema.json); also if a limit refuses the
                       * spec; NULL without memory */
};

/* Checks only that a text is a JSON object as specs are: without a trainer, and with the highest
 * limits that can be set. SWEEP_INVALID after findings, which call it `file`. */
SWEEP_API enum sweep_code sweep_spec_check_json(const char *text, size_t length, const char *file,
    struct sweep_findings *findings) SWEEP_MUST_CHECK;

/* The JSON Schema (2020-12) of specs for the trainer, for editors. It accepts every spec that
 * sweep_plan_new() accepts; not everything that is wrong with a spec can be said in a schema. *text
 * is the caller's (free()). */
SWEEP_API enum sweep_code sweep_spec_schema(
    const struct sweep_trainer *trainer, char **text, struct sweep_error *error) SWEEP_MUST_CHECK;

/* The JSON Schema (2020-12) of other JSON: "plan" for the summary of a plan, "explain" for what
 * sweep_plan_explain() makes, "status" for a line of `sweepctl status SWEEP --json`. NULL for an
 * unknown name. */
SWEEP_API const char *sweep_output_schema(const char *name);

struct sweep_plan;

/* Reads and checks a spec and its base, and prepares every run. Every error (SWEEP_INVALID) and
 * every warning is a finding. The trainer must outlive the plan. Memory grows with the base and the
 * axes' values. It grows with the runs for an output_dir template without {run}, whose directories
 * have to be compared, and for a sweep that is not a plain grid: 8 bytes for each point that a
 * filter keeps, or that a sample draws in one factor; 8 for each run if equal ones were left out or
 * the order is shuffled; about 60 for each point while equal ones are looked for. */
SWEEP_API enum sweep_code sweep_plan_new(const struct sweep_trainer *trainer,
    const struct sweep_request *request, struct sweep_findings *findings, struct sweep_plan **out,
    struct sweep_error *error) SWEEP_MUST_CHECK;
SWEEP_API void sweep_plan_free(struct sweep_plan *plan); /* accepts NULL */

/* The properties of a plan. All strings belong to the plan. */
struct sweep_plan_info {
    const char *name;      /* the spec's name */
    const char *directory; /* NAME-DIGEST, the name of its directory */
    const char *base;      /* base config by name, or the file as written */
    const char *recipe;
    enum sweep_origin origin; /* of a base by name; SWEEP_BASE_ABSENT for a file */
    uint64_t runs;
    const char *formula; /* how they are counted: "4 × (3 zipped) × 2"; "" for one list of values */
    uint64_t bytes;      /* of all configs together */
    size_t n_axes, n_fixed;
    uint64_t n_arrays;          /* job arrays */
    unsigned array_parallelism; /* max running tasks of one array; 0: no limit */
    bool is_packed;             /* the layout is packed */
    const char *then;           /* recipe of what is done after each run, in as many more arrays;
                                 * NULL: nothing */
};
SWEEP_API void sweep_plan_describe(const struct sweep_plan *plan, struct sweep_plan_info *out);

/* One axis, or one fixed setting (which has exactly one value). */
struct sweep_setting_info {
    const char *key;          /* as written: "lr" */
    const char *const *paths; /* the config paths that it sets */
    size_t n_paths;
    size_t n_values;
};
SWEEP_API bool sweep_plan_axis(
    const struct sweep_plan *plan, size_t index, struct sweep_setting_info *out);
SWEEP_API bool sweep_plan_fixed(
    const struct sweep_plan *plan, size_t index, struct sweep_setting_info *out);
/* Value `value` of an axis, or the value of a fixed setting, for display: "1e-4", "8/16". One that
 * is computed from other axes is as the spec has it: "=32 // batch_size". NULL for an index past
 * the end. */
SWEEP_API const char *sweep_plan_axis_value(
    const struct sweep_plan *plan, size_t axis, size_t value);
SWEEP_API const char *sweep_plan_fixed_value(const struct sweep_plan *plan, size_t index);

/* Runs that ask Slurm for the same, if options of sbatch are computed for each run. */
struct sweep_group_info {
    uint64_t runs;         /* 0 if the plan has grown, and earlier sweeps have them all */
    const json_t *options; /* the values of the computed options; belongs to the plan */
};
/* Group `index`; false after the last one. */
SWEEP_API bool sweep_plan_group(
    const struct sweep_plan *plan, size_t index, struct sweep_group_info *out);

/* Fills in the name of run `index` ("run_000") and, unless `values` is NULL, the index of its value
 * for each axis (n_axes numbers), or its n_values if the run leaves the axis as in the base. Runs
 * count from 0; the last axis of a grid varies fastest. False for an index past the end. */
SWEEP_API bool sweep_plan_run(
    const struct sweep_plan *plan, uint64_t index, char name[32], size_t *values);

/* The value that run `index` gives an axis, for display, with what is computed in it: "8/16". The
 * caller's (free()). NULL if the run leaves the axis as in the base, for an index past the end, or
 * if memory is exhausted. */
SWEEP_API char *sweep_plan_run_value(
    const struct sweep_plan *plan, uint64_t index, size_t axis) SWEEP_MUST_CHECK;
/* The same for a fixed setting that an expression computes; NULL for all others. */
SWEEP_API char *sweep_plan_run_fixed_value(
    const struct sweep_plan *plan, uint64_t index, size_t fixed) SWEEP_MUST_CHECK;

/* Why run `index` is as it is: every value that is not the base's and where it comes from, the
 * filters that kept the run, and the difference to the base. *out is a new reference to an object
 * that specs/schema/sweep-explain.schema.json describes. SWEEP_NOT_FOUND for an index past the
 * end. */
SWEEP_API enum sweep_code sweep_plan_explain(const struct sweep_plan *plan, uint64_t index,
    json_t **out, struct sweep_error *error) SWEEP_MUST_CHECK;

/* Finds the run with this `id`, as in run_mapping.csv. SWEEP_NOT_FOUND if there is none. */
SWEEP_API enum sweep_code sweep_plan_find_id(const struct sweep_plan *plan, const char *id,
    uint64_t *index, struct sweep_error *error) SWEEP_MUST_CHECK;

/* Calls run `index` run_NUMBER, with at least `width` digits, as it is called in a sweep directory
 * whose runs begin with another number. The numbers of the other runs follow. */
SWEEP_API void sweep_plan_name_run(
    struct sweep_plan *plan, uint64_t index, uint64_t number, int width);

enum sweep_points_format { SWEEP_POINTS_CSV, SWEEP_POINTS_JSONL };

/* What a plan costs, as "cost" of sweep_request.summary; after sweep_plan_grow() that of the new
 * runs. A new reference; NULL without memory. */
SWEEP_API json_t *sweep_plan_cost(const struct sweep_plan *plan) SWEEP_MUST_CHECK;

/* Gets the points of a plan line by line; false from `put` ends the export. */
struct sweep_points {
    enum sweep_points_format format;
    bool (*put)(void *context, const char *line, size_t length);
    void *context;
};

/* Passes on the values that the axes have in each run, computed ones as they are in the run: as CSV
 * with a line of names, or a JSON object a line. "cases": {"file": …} of a spec reads both.
 * SWEEP_INVALID if a value is a list or mapping, which a CSV cell cannot hold; SWEEP_IO if `put`
 * returned false. */
SWEEP_API enum sweep_code sweep_plan_points(const struct sweep_plan *plan,
    const struct sweep_points *points, struct sweep_error *error) SWEEP_MUST_CHECK;

/* The text of a run's config; the caller's (free()). NULL if memory is exhausted. */
SWEEP_API char *sweep_plan_config(
    const struct sweep_plan *plan, uint64_t index, size_t *length) SWEEP_MUST_CHECK;

/* --- sweeps that grow --------------------------------------------------------------------- */

/* Which runs of a plan the sweeps of the same name in a queue have: those with the same identity,
 * `id` in run_mapping.csv. */
struct sweep_growth;

struct sweep_growth_info {
    uint64_t n_new;     /* runs of the plan that none of these sweeps has */
    uint64_t n_made;    /* runs of the plan that one of them has */
    uint64_t first;     /* number of the first new run, after the last of all these sweeps */
    const char *newest; /* directory, in the queue, of the newest sweep with a run of the plan, or
                         * NULL; belongs to the struct sweep_growth */
    bool same_input;    /* a sweep with a run of the plan was made from the same spec, base and
                         * overrides */
};

/* Reads the manifests and run_mapping.csv of the sweeps of the plan's name. `all`: as if they had
 * none of the runs, which still get other numbers than theirs. The queue need not exist. Takes 16
 * bytes for each run of these sweeps while it reads, and 16 for each run of the plan.
 * SWEEP_INVALID: one of these files was changed or is missing; the error says which. */
SWEEP_API enum sweep_code sweep_growth_new(const struct sweep_plan *plan, const char *queue,
    bool all, struct sweep_growth **out, struct sweep_error *error) SWEEP_MUST_CHECK;
SWEEP_API void sweep_growth_free(struct sweep_growth *growth); /* accepts NULL */
SWEEP_API void sweep_growth_describe(
    const struct sweep_growth *growth, struct sweep_growth_info *out);

/* Fills in the name that run `index` of the plan has in a sweep, or that it gets as a new one.
 * *directory: the name of that sweep's directory, which belongs to the struct sweep_growth; NULL
 * for a new run. False for an index past the end. */
SWEEP_API bool sweep_growth_run(
    const struct sweep_growth *growth, uint64_t index, char name[32], const char **directory);

/* Leaves only the new runs in the plan, with numbers that go on: sweep_generate() then writes
 * these, and inherited.csv, which says where the others are. Takes `growth` over, also on failure;
 * it must be from a plan with all its runs. NULL gives the plan all runs of its spec again. */
SWEEP_API enum sweep_code sweep_plan_grow(struct sweep_plan *plan, struct sweep_growth *growth,
    struct sweep_error *error) SWEEP_MUST_CHECK;

/* Compares the sweeps whose runs are not made again with their manifests, after sweep_plan_grow();
 * sweep_generate() does the same. SWEEP_INVALID: a file was changed or is missing; the error says
 * which. */
SWEEP_API enum sweep_code sweep_plan_check_made(const struct sweep_plan *plan, const char *queue,
    struct sweep_error *error) SWEEP_MUST_CHECK;

/* --- writing ------------------------------------------------------------------------------ */

/* What was written. */
struct sweep_result {
    char *directory; /* its path: QUEUE/NAME-DIGEST; the caller's (free()) */
    uint64_t files;
    uint64_t bytes;
    bool existed; /* already, made from the same input: nothing was written */
};

/* Writes a planned sweep into the directory `queue`, which must exist. Everything is written to a
 * hidden directory next to the final one, which is renamed once it is complete and on stable
 * storage: the sweep directory exists completely or not at all. `findings` go into the report;
 * NULL: none. `created` is the time for the manifest in seconds since 1970, or -1 to leave it out.
 *
 * SWEEP_INVALID: another sweep of the queue writes to the same places, as sweep_plan_check_queue()
 * says; of two processes that write such sweeps at the same time, one gets it. Or the sweep exists
 * already, or has runs of a plan that has grown, and sweep_verify() finds that its files are not as
 * they were generated.
 * SWEEP_CHANGED: the plan has grown, and the queue has other sweeps of its name now. Let it grow
 * again; a stage can be used again, too.
 * SWEEP_NO_SPACE: the plan needs more space than is free, or space ran out; nothing is left behind.
 * SWEEP_STORAGE: something could not be synced. Syncing is never retried, because the second try
 * may report success after the first has lost data: write the plan again instead. */
SWEEP_API enum sweep_code sweep_generate(const struct sweep_plan *plan, const char *queue,
    const struct sweep_findings *findings, int64_t created, struct sweep_result *out,
    struct sweep_error *error) SWEEP_MUST_CHECK;

/* Looks in the queue for other sweeps whose runs write to the same places as the plan's, such as
 * directories of checkpoints and logs, and adds an error for the first: SWEEP_INVALID. Sweeps of
 * the same name are read, and all others only if the plan's runs write to a directory without the
 * name in it. The plan's own sweep directory may exist already, and the queue need not exist.
 * SWEEP_CHANGED: the plan has grown, and the queue has another sweep of its name now. */
SWEEP_API enum sweep_code sweep_plan_check_queue(const struct sweep_plan *plan, const char *queue,
    struct sweep_findings *findings, struct sweep_error *error) SWEEP_MUST_CHECK;

/* --- later -------------------------------------------------------------------------------- */

/* What sweep_verify() calls for each file that differs: `path` is relative to the directory,
 * `difference` a phrase: "is missing", "was changed". Both are valid during the call. */
struct sweep_verify_report {
    void (*differs)(void *context, const char *path, const char *difference);
    void *context;
};

/* Compares the files of a sweep directory with the digests in its manifest; files that the manifest
 * does not list, such as logs, are not looked at. *n_files is the number of those that it lists.
 * SWEEP_INVALID if one differs, SWEEP_NOT_FOUND if there is no sweep directory. No pointer may be
 * NULL, except `context` and `error`. */
SWEEP_API enum sweep_code sweep_verify(const char *directory,
    const struct sweep_verify_report *report, uint64_t *n_files,
    struct sweep_error *error) SWEEP_MUST_CHECK;

/* Compares the directives of an sbatch script of a sweep directory with facts of a Slurm cluster.
 * Findings call it `file`; an error is something that can never run there, and the result is then
 * SWEEP_INVALID. */
SWEEP_API enum sweep_code sweep_check_cluster(const char *script, const char *file,
    const json_t *cluster, struct sweep_findings *findings) SWEEP_MUST_CHECK;
/* Compares a queue with what the plan gives: whether all its runs have been made, whether the
 * newest sweep that was made from the same spec has the files that sweep_generate() would write,
 * byte for byte except for the time in the manifest, and whether the files of the sweeps that have
 * the other runs are those that their manifests list. Nothing is written. SWEEP_INVALID if
 * something differs, which was reported: `path` is relative to the queue, or the name of a run.
 * `findings` as for sweep_generate(). Afterwards the plan has all its runs only after
 * sweep_plan_grow() with NULL. */
SWEEP_API enum sweep_code sweep_check(struct sweep_plan *plan, const char *queue,
    const struct sweep_findings *findings, const struct sweep_verify_report *report,
    struct sweep_error *error) SWEEP_MUST_CHECK;

/* The runs of a sweep, by their identities, and the values that all their configs have in common.
 */
struct sweep_run_set;

/* The runs of a plan, or of a sweep directory with those in its inherited.csv. Memory grows with
 * them: about 300 bytes each. SWEEP_INVALID: files of the directory are not as they were generated.
 */
SWEEP_API enum sweep_code sweep_run_set_of_plan(const struct sweep_plan *plan,
    struct sweep_run_set **out, struct sweep_error *error) SWEEP_MUST_CHECK;
SWEEP_API enum sweep_code sweep_run_set_of_directory(
    const char *directory, struct sweep_run_set **out, struct sweep_error *error) SWEEP_MUST_CHECK;
SWEEP_API void sweep_run_set_free(struct sweep_run_set *set); /* accepts NULL */

/* How `b` differs from `a`: a new object {"format": "sweepd-diff-1", "new": [RUN, …], "removed":
 * [RUN, …], "common": N, "fixed": [{"path": …, "from": …, "to": …}, …]}. A RUN has "id", "run" and,
 * if it is in another directory, "directory". `fixed` has the config paths with one value in all
 * runs of `a` and another one in all runs of `b`. NULL if memory is exhausted. */
SWEEP_API json_t *sweep_run_set_diff(
    const struct sweep_run_set *a, const struct sweep_run_set *b) SWEEP_MUST_CHECK;

/* Reads the config of a run of a sweep directory of either layout. `run` is its name ("run_012") or
 * number ("12"). *text is the caller's (free()) and NUL-terminated after its *length bytes.
 * SWEEP_NOT_FOUND: there is no such sweep directory or run; SWEEP_INVALID: the packed configs are
 * damaged. */
SWEEP_API enum sweep_code sweep_extract(const char *directory, const char *run, char **text,
    size_t *length, struct sweep_error *error) SWEEP_MUST_CHECK;

/* Writes the configs of a packed sweep directory as files, as "layout": "files" has them, into its
 * subdirectory configs/, which appears completely or not at all. *n_files is their number.
 * SWEEP_EXISTS: there is a configs/ already; SWEEP_NOT_FOUND: it is not a packed sweep directory;
 * SWEEP_INVALID: the packed configs are not as they were generated. */
SWEEP_API enum sweep_code sweep_unpack(
    const char *directory, uint64_t *n_files, struct sweep_error *error) SWEEP_MUST_CHECK;

/* --- in two steps ------------------------------------------------------------------------- */

/* The hidden directory. A process that creates it before it reads the spec can give up the right to
 * write anywhere else. */
struct sweep_stage;

/* Prefix of its name. */
#define SWEEP_STAGE_PREFIX ".stage."

struct sweep_stage_request {
    const char *queue;  /* the directory to create it in */
    const char *name;   /* starts with SWEEP_STAGE_PREFIX; NULL: a name that is not in use */
    uint64_t keep_free; /* bytes that must stay free on the queue's file system */
};

/* Creates a stage. A leftover of that name is removed; if another process is still writing to it,
 * the call waits for that process for up to 10 s. SWEEP_IO: it did not finish, or this process has
 * the stage open already. The stage is locked as long as it is open. */
SWEEP_API enum sweep_code sweep_stage_new(const struct sweep_stage_request *request,
    struct sweep_stage **out, struct sweep_error *error) SWEEP_MUST_CHECK;

/* Removes the stage and everything in it, unless it has become a sweep directory. */
SWEEP_API void sweep_stage_free(struct sweep_stage *stage); /* accepts NULL */

/* Like sweep_generate(), in a stage that nothing was written to yet. */
SWEEP_API enum sweep_code sweep_generate_staged(const struct sweep_plan *plan,
    struct sweep_stage *stage, const struct sweep_findings *findings, int64_t created,
    struct sweep_result *out, struct sweep_error *error) SWEEP_MUST_CHECK;

/* The space that a plan needs on a file system. */
struct sweep_space {
    uint64_t bytes; /* in whole blocks */
    uint64_t files; /* and directories: inodes */
    uint64_t directories;
};

/* Computes the space that the plan needs in the stage's queue. sweep_generate_staged() compares it
 * with the free space before it writes. */
SWEEP_API void sweep_stage_needs(
    const struct sweep_stage *stage, const struct sweep_plan *plan, struct sweep_space *out);

#ifdef __cplusplus
}
#endif
#endif
