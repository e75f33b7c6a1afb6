/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of `sweepctl generate` that follow from the settings.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/settings/settings.h"

struct generator_args {
    char **items; /* ends with NULL */
    size_t count;
    bool oom;
};

static __attribute__((format(printf, 2, 3))) void generator_args_add(
    struct generator_args *args, const char *format, ...)
{
    char **items = realloc(args->items, (args->count + 2) * sizeof *items);
    va_list values;
    if (items == NULL) {
        args->oom = true;
        return;
    }
    args->items = items;
    va_start(values, format);
    if (vasprintf(&items[args->count], format, values) < 0)
        args->oom = true;
    else
        args->count++;
    va_end(values);
    items[args->count] = NULL;
}

/* Only limits that differ from the generator's defaults. */
static void generator_args_add_limits(struct generator_args *args, const struct settings *settings)
{
    struct sweep_limits limits = settings->limits;
    struct sweep_limit_info info;
    for (size_t i = 0; sweep_limit(i, &info); i++) {
        uint64_t value = *sweep_limit_in(&limits, i);
        if (value != info.default_value)
            generator_args_add(args, "--limit=%s=%llu", info.name, (unsigned long long)value);
    }
}

char **settings_generator_args(const struct settings *settings)
{
    static const char *const modes[] = {"no", "try", "yes"};
    struct generator_args args = {0};
    generator_args_add(&args,
        "--confined=confine=%s,memory=%llu,cpu=%lld,file_size=%llu,open_files=%llu,umask=%s",
        modes[settings->confine], (unsigned long long)settings->child_memory,
        (long long)(settings->child_cpu_ms + 999) / 1000,
        (unsigned long long)settings->child_file_size, (unsigned long long)settings->child_files,
        settings->group ? "027" : "077");
    if (settings->queue_free > 0)
        generator_args_add(&args, "--keep-free=%llu", (unsigned long long)settings->queue_free);
    if (settings->torchtune != NULL)
        generator_args_add(&args, "--torchtune=%s", settings->torchtune);
    if (settings->profile != NULL)
        generator_args_add(&args, "--profile=%s", settings->profile);
    for (size_t i = 0; settings->bases[i] != NULL; i++)
        generator_args_add(&args, "--bases=%s", settings->bases[i]);
    if (settings->defaults != NULL)
        generator_args_add(&args, "--defaults=%s", settings->defaults);
    for (size_t i = 0; settings->prologs[i] != NULL; i++)
        generator_args_add(&args, "--prologs=%s", settings->prologs[i]);
    if (settings->check_paths)
        generator_args_add(&args, "--check-paths=absolute");
    generator_args_add_limits(&args, settings);
    if (!args.oom)
        return args.items;
    settings_generator_args_free(args.items);
    return NULL;
}

void settings_generator_args_free(char **args)
{
    for (char **arg = args; arg != NULL && *arg != NULL; arg++)
        free(*arg);
    free(args);
}
