/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/quantity.h"
#include "daemon/slurm/facts.h"
#include "daemon/sweepctl/spec_input.h"

/* jansson's parser reports a failed allocation as a syntax error, or crashes. So while it parses a
 * spec, the first failed allocation exits the program. */
static bool spec_input_parsing;

static void *spec_input_allocate(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL && spec_input_parsing)
        _Exit(cli_oom());
    return memory;
}

static void spec_input_guard(void)
{
    json_set_alloc_funcs(spec_input_allocate, free);
}

bool spec_input_init(struct spec_input *input, int argc)
{
    spec_input_guard();
    *input = (struct spec_input){0};
    input->overrides = calloc((size_t)argc + 1, sizeof *input->overrides);
    return input->overrides != NULL;
}

/* --- limits --------------------------------------------------------------------------------- */

/* The index of the limit with this name; SIZE_MAX with a message if there is none. */
static size_t spec_input_find_limit(const char *name, struct sweep_limit_info *limit)
{
    const char *names[32] = {NULL}; /* ends with NULL */
    for (size_t i = 0; i < 31 && sweep_limit(i, limit); i++) {
        if (strcmp(limit->name, name) == 0)
            return i;
        names[i] = limit->name;
    }
    const char *nearest = sweep_nearest(name, names);
    if (nearest != NULL)
        cli_error(
            EXIT_USAGE, "sweepctl: --limit: unknown limit \"%s\"; did you mean %s?", name, nearest);
    else
        cli_error(
            EXIT_USAGE, "sweepctl: --limit: unknown limit \"%s\"; sweepctl(1) lists them", name);
    return SIZE_MAX;
}

static void spec_input_report_range(const struct sweep_limit_info *limit, const char *value)
{
    char min[32], max[32];
    const char *kind = "number";
    if (limit->is_size) {
        kind = "size";
        quantity_write_size(limit->min, min);
        quantity_write_size(limit->max, max);
    } else {
        snprintf(min, sizeof min, "%llu", (unsigned long long)limit->min);
        snprintf(max, sizeof max, "%llu", (unsigned long long)limit->max);
    }
    cli_error(EXIT_USAGE, "sweepctl: --limit: %s must be a %s from %s to %s, not \"%s\"",
        limit->name, kind, min, max, value);
}

/* --limit NAME=VALUE; false with a message. */
static bool spec_input_set_limit(struct sweep_limits *limits, const char *argument)
{
    struct sweep_limit_info limit;
    char name[80];
    uint64_t value;
    bool valid;
    const char *equals = strchr(argument, '=');
    if (equals == NULL) {
        cli_error(EXIT_USAGE, "sweepctl: --limit must be NAME=VALUE, such as runs=500");
        return false;
    }
    snprintf(name, sizeof name, "%.*s", (int)(equals - argument), argument);
    size_t index = spec_input_find_limit(name, &limit);
    if (index == SIZE_MAX)
        return false;
    if (limit.is_size)
        valid = quantity_size(equals + 1, &value);
    else
        valid = quantity_count(equals + 1, &value);
    if (!valid || value < limit.min || value > limit.max) {
        spec_input_report_range(&limit, equals + 1);
        return false;
    }
    *sweep_limit_in(limits, index) = value;
    return true;
}

static size_t spec_input_max_bytes(const struct sweep_limits *limits)
{
    struct sweep_limit_info limit;
    if (limits->spec_bytes > 0)
        return (size_t)limits->spec_bytes;
    sweep_limit(0, &limit);
    return (size_t)limit.default_value;
}

/* --check-paths or --check-paths=absolute; false with a message. */
static bool spec_input_is_absolute(const char *argument)
{
    if (argument == NULL || strcmp(argument, "absolute") == 0)
        return true;
    cli_error(EXIT_USAGE, "sweepctl: --check-paths takes only =absolute, not \"%s\"", argument);
    return false;
}

/* --- the spec ------------------------------------------------------------------------------- */

bool spec_input_option(struct spec_input *input, int option, const char *argument)
{
    switch (option) {
    case 'l':
        return spec_input_set_limit(&input->limits, argument);
    case 's':
        input->overrides[input->n_overrides++] = argument;
        return true;
    case 't':
        input->torchtune = argument;
        return true;
    case 'p':
        input->profile = argument;
        return true;
    case 'a':
        input->as = argument;
        return true;
    case 'k':
        input->check_paths = true;
        input->absolute_paths = argument != NULL;
        return spec_input_is_absolute(argument);
    case 'D':
        input->defaults = argument;
        return true;
    case 'C':
        input->check_cluster = true;
        input->cluster_file = argument;
        return true;
    case 'J':
        input->strict_json = true;
        return true;
    default:
        return false;
    }
}

const char *spec_input_name(const struct spec_input *input, const char *path)
{
    return input->as != NULL ? input->as : cli_input_name(path);
}

/* The directory part of a path. The caller's. */
static char *spec_input_directory_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    if (slash == NULL)
        return strdup(".");
    if (slash == name)
        return strdup("/");
    return strndup(name, (size_t)(slash - name));
}

/* Learns what the options of sbatch are compared with. */
static int spec_input_ask_cluster(struct spec_input *input)
{
    struct facts_error error;
    if (!input->check_cluster || input->cluster != NULL)
        return EXIT_DONE;
    if (input->cluster_file != NULL)
        input->cluster = facts_read(input->cluster_file, &error);
    else
        input->cluster = facts_ask(false, &error);
    if (input->cluster == NULL)
        return cli_error(EXIT_FAILED, "--cluster: %s", error.message);
    return EXIT_DONE;
}

int spec_input_prepare(struct spec_input *input, const char *path)
{
    input->directory = spec_input_directory_of(spec_input_name(input, path));
    input->findings = sweep_findings_new();
    if (input->directory == NULL || input->findings == NULL)
        return cli_oom();
    if (input->defaults != NULL) {
        size_t max = spec_input_max_bytes(&input->limits);
        input->defaults_text = cli_read(input->defaults, max, &input->defaults_length);
        if (input->defaults_text == NULL)
            return EXIT_FAILED;
    }
    int code = spec_input_ask_cluster(input);
    if (code != EXIT_DONE || input->trainer != NULL)
        return code;
    return cli_trainer(input->torchtune, input->profile, &input->trainer);
}

int spec_input_plan(struct spec_input *input, const char *path)
{
    struct sweep_error error = {0};
    size_t length;
    if (input->findings == NULL) {
        int code = spec_input_prepare(input, path);
        if (code != EXIT_DONE)
            return code;
    }
    input->text = cli_read(path, spec_input_max_bytes(&input->limits), &length);
    if (input->text == NULL)
        return EXIT_FAILED;
    const char *file = spec_input_name(input, path);
    /* sweepd passes the spec under another path; its users know it by the name of the file. */
    if (input->as != NULL && strrchr(file, '/') != NULL)
        file = strrchr(file, '/') + 1;
    struct sweep_request request = {
        .spec = input->text,
        .spec_length = length,
        .spec_file = file,
        .spec_directory = input->directory,
        .sweep_directory = input->sweep,
        .overrides = input->overrides,
        .n_overrides = input->n_overrides,
        .limits = &input->limits,
        .check_paths = input->check_paths,
        .absolute_paths = input->absolute_paths,
        .strict_json = input->strict_json,
        .prologs = input->prologs,
        .defaults = input->defaults_text,
        .defaults_file = input->defaults,
        .defaults_length = input->defaults_length,
        .cluster = input->cluster,
        .summary = &input->summary,
    };
    spec_input_parsing = true;
    enum sweep_code code =
        sweep_plan_new(input->trainer, &request, input->findings, &input->plan, &error);
    spec_input_parsing = false;
    sweep_findings_sort(input->findings);
    if (code == SWEEP_OK)
        return EXIT_DONE;
    if (code == SWEEP_INVALID)
        return EXIT_INVALID;
    return cli_fail(&error);
}

int spec_input_grow(struct spec_input *input, const char *queue, bool all)
{
    struct sweep_error error = {0};
    struct sweep_growth *growth = NULL;
    enum sweep_code code = sweep_plan_grow(input->plan, NULL, &error);
    if (code == SWEEP_OK)
        code = sweep_growth_new(input->plan, queue, all, &growth, &error);
    if (code == SWEEP_OK) {
        sweep_growth_describe(growth, &input->growth);
        input->has_grown = true;
        code = sweep_plan_grow(input->plan, growth, &error);
    }
    if (code == SWEEP_INVALID)
        return cli_error(EXIT_INVALID, "sweepctl: %s", error.message);
    if (code != SWEEP_OK)
        return cli_fail(&error);
    return EXIT_DONE;
}

int spec_input_check_queue(struct spec_input *input, const char *queue, bool all)
{
    struct sweep_error error = {0};
    enum sweep_code code = sweep_plan_check_queue(input->plan, queue, input->findings, &error);
    /* Another process has made a sweep of this name since the plan has grown. */
    for (int i = 0; code == SWEEP_CHANGED && i < SPEC_INPUT_MAX_TRIES; i++) {
        int grown = spec_input_grow(input, queue, all);
        if (grown != EXIT_DONE)
            return grown;
        error = (struct sweep_error){0};
        code = sweep_plan_check_queue(input->plan, queue, input->findings, &error);
    }
    switch (code) {
    case SWEEP_OK:
        return EXIT_DONE;
    case SWEEP_INVALID:
        return EXIT_INVALID;
    default:
        return cli_fail(&error);
    }
}

int spec_input_check_made(const struct spec_input *input, const char *queue)
{
    struct sweep_error error = {0};
    enum sweep_code code = sweep_plan_check_made(input->plan, queue, &error);
    if (code == SWEEP_INVALID)
        return cli_error(EXIT_INVALID, "sweepctl: %s", error.message);
    if (code != SWEEP_OK)
        return cli_fail(&error);
    return EXIT_DONE;
}

int spec_input_check(const struct sweep_trainer *trainer, const struct spec_text *spec,
    struct sweep_findings *findings, uint64_t *runs)
{
    struct sweep_error error = {0};
    struct sweep_plan *plan = NULL;
    struct sweep_plan_info info = {0};
    const char *name = cli_input_name(spec->path);
    char *directory = spec_input_directory_of(name);
    if (directory == NULL)
        return cli_oom();
    const struct sweep_request request = {.spec = spec->text,
        .spec_length = spec->length,
        .spec_file = name,
        .spec_directory = directory,
        .strict_json = spec->strict_json};
    spec_input_guard();
    spec_input_parsing = true;
    enum sweep_code code = sweep_plan_new(trainer, &request, findings, &plan, &error);
    spec_input_parsing = false;
    sweep_findings_sort(findings);
    if (plan != NULL)
        sweep_plan_describe(plan, &info);
    *runs = info.runs;
    sweep_plan_free(plan);
    free(directory);
    if (code == SWEEP_OK)
        return EXIT_DONE;
    if (code == SWEEP_INVALID)
        return EXIT_INVALID;
    return cli_fail(&error);
}

void spec_input_forget(struct spec_input *input)
{
    sweep_plan_free(input->plan);
    sweep_findings_free(input->findings);
    json_decref(input->summary);
    free(input->defaults_text);
    free(input->text);
    free(input->directory);
    input->plan = NULL;
    input->has_grown = false;
    input->growth = (struct sweep_growth_info){0};
    input->findings = NULL;
    input->summary = NULL;
    input->text = NULL;
    input->directory = NULL;
}

void spec_input_deinit(struct spec_input *input)
{
    spec_input_forget(input);
    sweep_trainer_free(input->trainer);
    free(input->overrides);
    json_decref(input->cluster);
}
