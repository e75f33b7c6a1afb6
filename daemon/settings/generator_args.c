/* SPDX-License-Identifier: Apache-2.0
 *
 * What the settings mean to a generator: the options that every `sweepctl generate` gets.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/settings/settings.h"

struct arguments {
    char **items; /* ended by NULL */
    size_t count;
    bool failed;
};

static __attribute__((format(printf, 2, 3))) void add(
    struct arguments *arguments, const char *format, ...)
{
    char **items = realloc(arguments->items, (arguments->count + 2) * sizeof *items);
    va_list args;
    if (items == NULL) {
        arguments->failed = true;
        return;
    }
    arguments->items = items;
    va_start(args, format);
    if (vasprintf(&items[arguments->count], format, args) < 0)
        arguments->failed = true;
    else
        arguments->count++;
    va_end(args);
    items[arguments->count] = NULL;
}

/* Those that differ from the generator's own. */
static void add_limits(struct arguments *arguments, const struct settings *settings)
{
    struct sweep_limits limits = settings->limits;
    struct sweep_limit_info limit;
    for (size_t i = 0; sweep_limit(i, &limit); i++)
        if (*sweep_limit_in(&limits, i) != limit.default_value)
            add(arguments, "--limit=%s=%llu", limit.name,
                (unsigned long long)*sweep_limit_in(&limits, i));
}

char **settings_child_arguments(const struct settings *settings)
{
    static const char *const modes[] = {"no", "try", "yes"};
    struct arguments arguments = {0};
    add(&arguments,
        "--confined=confine=%s,memory=%llu,cpu=%lld,file_size=%llu,open_files=%llu,umask=%s",
        modes[settings->confine], (unsigned long long)settings->child_memory,
        (long long)(settings->child_cpu_ms + 999) / 1000,
        (unsigned long long)settings->child_file_size, (unsigned long long)settings->child_files,
        settings->group ? "027" : "077");
    if (settings->queue_free > 0)
        add(&arguments, "--keep-free=%llu", (unsigned long long)settings->queue_free);
    if (settings->torchtune != NULL)
        add(&arguments, "--torchtune=%s", settings->torchtune);
    if (settings->profile != NULL)
        add(&arguments, "--profile=%s", settings->profile);
    for (size_t i = 0; settings->bases[i] != NULL; i++)
        add(&arguments, "--bases=%s", settings->bases[i]);
    add_limits(&arguments, settings);
    if (!arguments.failed)
        return arguments.items;
    settings_child_free(arguments.items);
    return NULL;
}

void settings_child_free(char **arguments)
{
    for (char **argument = arguments; argument != NULL && *argument != NULL; argument++)
        free(*argument);
    free(arguments);
}
