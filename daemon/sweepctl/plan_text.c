/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/layout_hint.h"
#include "daemon/sweepctl/plan_text.h"
#include "lib/util/text.h"

/* In the table of axes: the columns that several paths or values of an axis may take. A single one
 * may take more: all of a path, and PLAN_TEXT_VALUE of a value. */
enum { PLAN_TEXT_PATHS = 34, PLAN_TEXT_VALUES = 24, PLAN_TEXT_VALUE = 40 };

/* Appends to a string. False if it was cut off. */
__attribute__((format(printf, 3, 4))) static bool plan_text_append(
    char *out, size_t size, const char *format, ...)
{
    size_t used = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(out + used, size - used, format, arguments);
    va_end(arguments);
    return length >= 0 && (size_t)length < size - used;
}

struct plan_text_widths {
    size_t key, paths, values; /* columns */
};

static size_t plan_text_width(const char *text)
{
    return utf8_count(text, strlen(text));
}

/* Pads with spaces, which printf() cannot do for text that is not ASCII. */
static void plan_text_put_cell(const char *text, size_t width)
{
    size_t used = plan_text_width(text);
    printf("  %s%*s", text, used < width ? (int)(width - used) : 0, "");
}

/* Paths are not shown if the key is the only one. */
static bool plan_text_shows_paths(const struct sweep_setting_info *axis)
{
    return axis->n_paths > 1 || strcmp(axis->key, axis->paths[0]) != 0;
}

/* Joins the paths from *next on that fit into the column. */
static void plan_text_join_paths(
    const struct sweep_setting_info *axis, size_t *next, size_t width, char *out, size_t size)
{
    *out = '\0';
    for (size_t first = *next; *next < axis->n_paths; ++*next) {
        const char *path = cli_escaped(axis->paths[*next]);
        bool last = *next + 1 == axis->n_paths;
        size_t needed = plan_text_width(out) + plan_text_width(path) + (*next > first) + !last;
        if (*next > first && needed > width)
            break;
        if (*next > first)
            plan_text_append(out, size, " ");
        plan_text_append(out, size, "%s", path);
        if (!last)
            plan_text_append(out, size, ",");
    }
}

/* Appends a value, cut off after PLAN_TEXT_VALUE columns. */
static void plan_text_append_value(char *out, size_t size, const char *value)
{
    size_t length = strlen(value), shown = 0, columns = 0;
    if (utf8_count(value, length) <= PLAN_TEXT_VALUE) {
        plan_text_append(out, size, "%s", value);
        return;
    }
    for (; columns + 1 < PLAN_TEXT_VALUE; columns++)
        shown += utf8_next(value + shown, length - shown);
    plan_text_append(out, size, "%.*s…", (int)shown, value);
}

static void plan_text_join_values(
    const struct sweep_plan *plan, size_t index, size_t count, char *out, size_t size)
{
    *out = '\0';
    for (size_t i = 0; i < count; i++) {
        char value[4 * PLAN_TEXT_VALUE + 8] = "";
        plan_text_append_value(value, sizeof value, sweep_plan_axis_value(plan, index, i));
        bool fits = plan_text_width(out) + 2 + plan_text_width(value) <= PLAN_TEXT_VALUES + 2;
        if (i > 0 && !fits) {
            plan_text_append(out, size, "  …");
            return;
        }
        plan_text_append(out, size, "%s%s", i > 0 ? "  " : "", value);
    }
}

static size_t plan_text_max(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The column of paths takes the widest single path, or else as many together as have
 * PLAN_TEXT_PATHS. */
static size_t plan_text_paths_width(const struct sweep_setting_info *axis)
{
    char line[1024];
    size_t widest = 0, width = 0, next = 0;
    for (size_t i = 0; i < axis->n_paths; i++)
        widest = plan_text_max(widest, plan_text_width(cli_escaped(axis->paths[i])) + 1);
    while (next < axis->n_paths) {
        plan_text_join_paths(
            axis, &next, plan_text_max(widest, PLAN_TEXT_PATHS), line, sizeof line);
        width = plan_text_max(width, plan_text_width(line));
    }
    return width;
}

static struct plan_text_widths plan_text_measure(const struct sweep_plan *plan)
{
    struct plan_text_widths widths = {0};
    struct sweep_setting_info axis;
    char values[256];
    for (size_t i = 0; sweep_plan_axis(plan, i, &axis); i++) {
        widths.key = plan_text_max(widths.key, plan_text_width(cli_escaped(axis.key)));
        if (plan_text_shows_paths(&axis))
            widths.paths = plan_text_max(widths.paths, plan_text_paths_width(&axis));
        plan_text_join_values(plan, i, axis.n_values, values, sizeof values);
        widths.values = plan_text_max(widths.values, plan_text_width(values));
    }
    return widths;
}

/* One line, and further ones for paths that do not fit. */
static void plan_text_print_axis(
    const struct sweep_plan *plan, size_t index, const struct plan_text_widths *widths)
{
    struct sweep_setting_info axis;
    char paths[1024] = "", values[256];
    size_t next = 0;
    sweep_plan_axis(plan, index, &axis);
    if (!plan_text_shows_paths(&axis))
        next = axis.n_paths;
    plan_text_join_paths(&axis, &next, widths->paths, paths, sizeof paths);
    plan_text_join_values(plan, index, axis.n_values, values, sizeof values);
    plan_text_put_cell(cli_escaped(axis.key), widths->key);
    if (widths->paths > 0)
        plan_text_put_cell(paths, widths->paths);
    plan_text_put_cell(values, widths->values);
    printf(" %5zu\n", axis.n_values);
    while (next < axis.n_paths) {
        plan_text_join_paths(&axis, &next, widths->paths, paths, sizeof paths);
        printf("  %*s  %s\n", (int)widths->key, "", paths);
    }
}

/* "2 × 2 × 3 = 12 runs", below the numbers of values. */
static void plan_text_print_product(
    const struct sweep_plan_info *info, uint64_t total, const struct plan_text_widths *widths)
{
    const char *equals = "";
    if (info->formula[0] != '\0')
        equals = " =";
    int indent = (int)(widths->key + widths->values) + 2;
    if (widths->paths > 0)
        indent += (int)widths->paths + 2;
    indent -= (int)(plan_text_width(info->formula) + strlen(equals));
    if (indent < 0)
        indent = 0;
    printf("  %*s%s%s %5llu run%s\n", indent, "", info->formula, equals, (unsigned long long)total,
        cli_plural(total));
}

static void plan_text_print_fixed(const struct sweep_plan *plan)
{
    struct sweep_setting_info fixed;
    const char *separator = "  fixed   ";
    for (size_t i = 0; sweep_plan_fixed(plan, i, &fixed); i++) {
        printf("%s%s %s", separator, cli_escaped(fixed.key), sweep_plan_fixed_value(plan, i));
        separator = ", ";
    }
    putchar('\n');
}

/* Prints " KEY=VALUE" unless there is no value, and frees the value. */
static void plan_text_print_value(const char *key, char *value)
{
    if (value != NULL)
        printf(" %s=%s", cli_escaped(key), cli_escaped(value));
    free(value);
}

/* The values of axes, and fixed ones that are computed. */
static void plan_text_print_run(const struct sweep_plan *plan, uint64_t index)
{
    struct sweep_setting_info setting;
    char name[32];
    sweep_plan_run(plan, index, name, NULL);
    printf("  %s", name);
    for (size_t i = 0; sweep_plan_axis(plan, i, &setting); i++)
        plan_text_print_value(setting.key, sweep_plan_run_value(plan, index, i));
    for (size_t i = 0; sweep_plan_fixed(plan, i, &setting); i++)
        plan_text_print_value(setting.key, sweep_plan_run_fixed_value(plan, index, i));
    putchar('\n');
}

/* The runs that were asked for by number, or all if there are up to four, otherwise the first two
 * and the last. `offset`: the number of the first run. */
static void plan_text_print_runs(const struct sweep_plan *plan, const struct sweep_plan_info *info,
    uint64_t offset, const struct plan_runs *runs)
{
    uint64_t first = 0, last = info->runs - 1;
    if (info->runs == 0 || (runs->given && runs->last < offset))
        return;
    if (runs->given) {
        if (runs->first > offset)
            first = runs->first - offset;
        last = runs->last - offset;
    } else if (info->runs > 4) {
        last = 1;
    }
    for (uint64_t i = first; i < info->runs && i <= last; i++)
        plan_text_print_run(plan, i);
    if (runs->given || last + 1 == info->runs)
        return;
    printf("  …\n");
    plan_text_print_run(plan, info->runs - 1);
}

/* The points that each filter drops. */
static void plan_text_print_dropped(const json_t *summary)
{
    const json_t *filter;
    size_t i;
    json_array_foreach (json_object_get(summary, "dropped"), i, filter) {
        json_int_t points = json_integer_value(json_object_get(filter, "points"));
        printf("  %s drops %lld point%s: %s\n", json_string_value(json_object_get(filter, "by")),
            (long long)points, cli_plural((unsigned long long)points),
            cli_escaped(json_string_value(json_object_get(filter, "text"))));
    }
}

static unsigned long long plan_text_count(const json_t *object, const char *name)
{
    return (unsigned long long)json_integer_value(json_object_get(object, name));
}

/* The cost of what `generate` would write: of the new runs, if the queue is known. */
static const json_t *plan_text_cost(const json_t *summary)
{
    const json_t *cost = json_object_get(summary, "new_cost");
    if (cost != NULL)
        return cost;
    return json_object_get(summary, "cost");
}

/* `has_made`: the queue has other runs of the spec. */
static void plan_text_print_hours(const json_t *summary, bool has_made)
{
    const json_t *hours = json_object_get(plan_text_cost(summary), "gpu_hours");
    const json_t *all = json_object_get(json_object_get(summary, "cost"), "gpu_hours");
    if (!json_is_real(hours))
        return;
    printf("  at most %.*f GPU hours", json_real_value(hours) < 10 ? 1 : 0, json_real_value(hours));
    if (has_made)
        printf(" for the new runs; %.*f for all of the spec", json_real_value(all) < 10 ? 1 : 0,
            json_real_value(all));
    putchar('\n');
}

static void plan_text_print_cost(
    const json_t *summary, const struct sweep_plan_info *info, bool has_made)
{
    const json_t *cost = plan_text_cost(summary);
    const json_t *limits = json_object_get(summary, "limits");
    char configs[32], disk[32], max[32];
    cli_size(info->bytes, configs);
    cli_size(plan_text_count(cost, "bytes"), disk);
    cli_size(plan_text_count(limits, "output_bytes"), max);
    printf("\n  %s of configs in %s; %llu job array%s", configs, info->directory,
        (unsigned long long)info->n_arrays, cli_plural(info->n_arrays));
    if (info->array_parallelism > 0)
        printf(
            ", %u task%s at a time", info->array_parallelism, cli_plural(info->array_parallelism));
    printf("\n  up to %llu files, %llu inodes and %s on disk; limits: %llu runs, %s of configs\n",
        plan_text_count(cost, "files"), plan_text_count(cost, "inodes"), disk,
        plan_text_count(limits, "runs"), max);
    plan_text_print_hours(summary, has_made);
}

/* Runs that ask Slurm for the same: "2 runs with time 120, mem 16G". */
static void plan_text_print_groups(const struct sweep_plan *plan)
{
    enum { SHOWN = 12 };
    struct sweep_group_info group;
    size_t n = 0;
    for (size_t i = 0; sweep_plan_group(plan, i, &group); i++) {
        const char *name, *separator = " with";
        json_t *value;
        if (group.runs == 0 || ++n > SHOWN)
            continue;
        printf("  %6llu run%s", (unsigned long long)group.runs, cli_plural(group.runs));
        json_object_foreach ((json_t *)group.options, name, value) {
            char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
            if (json_is_string(value))
                printf("%s %s %s", separator, name, cli_escaped(json_string_value(value)));
            else if (text != NULL)
                printf("%s %s %s", separator, name, text);
            separator = ",";
            free(text);
        }
        putchar('\n');
    }
    if (n > SHOWN)
        printf("  … and %zu more groups of runs that ask Slurm for the same\n", n - SHOWN);
}

int plan_text_print(const struct spec_input *input, const char *path, const char *queue,
    const struct plan_runs *runs)
{
    static const char *const origins[] = {"file", "embedded", "installed"};
    const struct sweep_plan *plan = input->plan;
    struct sweep_plan_info info;
    sweep_plan_describe(plan, &info);
    printf("%s   %s (%s, %s %s), %s\n\n", info.name, cli_escaped(info.base), origins[info.origin],
        cli_escaped(sweep_trainer_name(input->trainer)),
        cli_escaped(sweep_trainer_version(input->trainer)), cli_escaped(info.recipe));
    const struct plan_text_widths widths = plan_text_measure(plan);
    for (size_t i = 0; i < info.n_axes; i++)
        plan_text_print_axis(plan, i, &widths);
    plan_text_print_product(&info, info.runs + input->growth.n_made, &widths);
    if (info.n_fixed > 0)
        plan_text_print_fixed(plan);
    plan_text_print_dropped(input->summary);
    putchar('\n');
    if (input->growth.n_made > 0)
        printf("  new runs %llu, already made %llu, the newest of them in %s\n",
            (unsigned long long)info.runs, (unsigned long long)input->growth.n_made,
            cli_escaped(input->growth.newest));
    if (input->growth.n_made > 0 && info.runs == 0)
        return cli_flush();
    plan_text_print_runs(plan, &info, input->growth.first, runs);
    plan_text_print_cost(input->summary, &info, input->growth.n_made > 0);
    plan_text_print_groups(plan);
    if (info.then != NULL)
        printf("  then %s, in %llu more job array%s: after each run that succeeds\n",
            cli_escaped(info.then), (unsigned long long)info.n_arrays, cli_plural(info.n_arrays));
    layout_hint_print(&info, plan_text_count(plan_text_cost(input->summary), "inodes"), queue);
    printf("Nothing was written. To write it:  sweepctl generate %s", cli_escaped(path));
    if (queue != NULL)
        printf(" -o %s", cli_escaped(queue));
    putchar('\n');
    return cli_flush();
}
