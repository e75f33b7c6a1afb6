/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/quantity.h"
#include "daemon/sweepctl/spec_input.h"

/* jansson's reader does not survive a lack of memory: it takes it for a wrong text, or crashes. So
 * while a spec is read, the first allocation of its that fails is the end. */
static bool reading;

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL && reading) {
        fputs("sweepctl: out of memory\n", stderr);
        _Exit(EXIT_FAILED);
    }
    return memory;
}

bool spec_input_init(struct spec_input *input, int argc)
{
    json_set_alloc_funcs(allocate, free);
    *input = (struct spec_input){0};
    input->overrides = calloc((size_t)argc + 1, sizeof *input->overrides);
    if (input->overrides == NULL)
        fprintf(stderr, "sweepctl: out of memory\n");
    return input->overrides != NULL;
}

/* Which limit NAME of NAME=VALUE is, in *limit. SIZE_MAX with a message when there is none. */
static size_t find_limit(const char *name, size_t length, struct sweep_limit_info *limit)
{
    const char *names[32] = {NULL};
    char word[80];
    size_t n = 0;
    snprintf(word, sizeof word, "%.*s", (int)(length < 79 ? length : 79), name);
    for (; n < 31 && sweep_limit(n, limit); n++) {
        if (strcmp(limit->name, word) == 0)
            return n;
        names[n] = limit->name;
    }
    const char *nearest = sweep_nearest(word, names);
    fputs("sweepctl: --limit: no limit \"", stderr);
    fputs(cli_escaped(word), stderr);
    if (nearest != NULL)
        fprintf(stderr, "\"; did you mean %s?\n", nearest);
    else
        fputs("\"; sweepctl(1) lists them\n", stderr);
    return SIZE_MAX;
}

/* --limit NAME=VALUE; false after a message on stderr. */
static bool set_limit(struct sweep_limits *limits, const char *argument)
{
    struct sweep_limit_info limit;
    uint64_t value;
    char least[32], most[32];
    const char *equals = strchr(argument, '=');
    if (equals == NULL) {
        fputs("sweepctl: --limit takes NAME=VALUE, such as runs=500\n", stderr);
        return false;
    }
    size_t index = find_limit(argument, (size_t)(equals - argument), &limit);
    if (index == SIZE_MAX)
        return false;
    bool good =
        limit.is_size ? quantity_size(equals + 1, &value) : quantity_count(equals + 1, &value);
    if (good && value >= limit.min && value <= limit.max) {
        *sweep_limit_in(limits, index) = value;
        return true;
    }
    snprintf(least, sizeof least, "%llu", (unsigned long long)limit.min);
    snprintf(most, sizeof most, "%llu", (unsigned long long)limit.max);
    if (limit.is_size) {
        quantity_write_size(limit.min, least);
        quantity_write_size(limit.max, most);
    }
    fprintf(stderr, "sweepctl: --limit: %s takes %s from %s to %s, not \"", limit.name,
        limit.is_size ? "a size" : "a number", least, most);
    fputs(cli_escaped(equals + 1), stderr);
    fputs("\"\n", stderr);
    return false;
}

/* The size that a spec may have. */
static size_t most_bytes(const struct sweep_limits *limits)
{
    struct sweep_limit_info limit;
    sweep_limit(0, &limit);
    return (size_t)(limits->spec_bytes > 0 ? limits->spec_bytes : limit.default_value);
}

bool spec_input_option(struct spec_input *input, int option, const char *argument)
{
    if (option == 'l')
        return set_limit(&input->limits, argument);
    if (option == 's')
        input->overrides[input->n_overrides++] = argument;
    else if (option == 't')
        input->torchtune = argument;
    else if (option == 'p')
        input->profile = argument;
    else if (option == 'a')
        input->as = argument;
    else
        return false;
    return true;
}

/* What messages call the spec, and where it is. */
static const char *name_of(const struct spec_input *input, const char *path)
{
    return input->as != NULL ? input->as : strcmp(path, "-") == 0 ? "stdin" : path;
}

int spec_input_prepare(struct spec_input *input, const char *path)
{
    struct sweep_error error = {0};
    const char *name = name_of(input, path), *slash = strrchr(name, '/');
    input->directory = slash == NULL   ? strdup(".")
                       : slash == name ? strdup("/")
                                       : strndup(name, (size_t)(slash - name));
    input->findings = sweep_findings_new();
    if (input->directory == NULL || input->findings == NULL) {
        sweep_error_set(&error, SWEEP_NO_MEMORY, "out of memory");
        return cli_fail(&error);
    }
    input->trainer = cli_trainer(input->torchtune);
    if (input->trainer == NULL)
        return EXIT_FAILED;
    if (input->profile != NULL &&
        sweep_trainer_use_profile(input->trainer, input->profile, &error) != SWEEP_OK)
        return cli_fail(&error);
    return EXIT_DONE;
}

int spec_input_plan(struct spec_input *input, const char *path)
{
    struct sweep_error error = {0};
    size_t length;
    const char *name = name_of(input, path), *slash = strrchr(name, '/');
    int prepared = input->findings != NULL ? EXIT_DONE : spec_input_prepare(input, path);
    if (prepared != EXIT_DONE)
        return prepared;
    input->text = cli_read(path, most_bytes(&input->limits), &length);
    if (input->text == NULL)
        return EXIT_FAILED;
    struct sweep_request request = {
        .spec = input->text,
        .spec_length = length,
        /* The daemon hands specs over under another path; people know the file by its name. */
        .spec_file = input->as != NULL && slash != NULL ? slash + 1 : name,
        .spec_directory = input->directory,
        .overrides = input->overrides,
        .n_overrides = input->n_overrides,
        .limits = &input->limits,
    };
    reading = true;
    enum sweep_code code =
        sweep_plan_new(input->trainer, &request, input->findings, &input->plan, &error);
    reading = false;
    sweep_findings_sort(input->findings);
    if (code == SWEEP_OK || code == SWEEP_INVALID)
        return code == SWEEP_OK ? EXIT_DONE : EXIT_INVALID;
    return cli_fail(&error);
}

void spec_input_deinit(struct spec_input *input)
{
    sweep_plan_free(input->plan);
    sweep_findings_free(input->findings);
    sweep_trainer_free(input->trainer);
    free(input->text);
    free(input->directory);
    free(input->overrides);
}
