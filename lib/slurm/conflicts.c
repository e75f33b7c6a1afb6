/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/findings/findings.h"
#include "lib/slurm/conflicts.h"
#include "lib/slurm/values.h"

struct conflicts {
    const struct slurm_given *given;
    struct sweep_findings *findings;
    enum sweep_code code;
};

/* The option of a name, or NULL if sbatch does not get it. */
static const struct slurm_given *conflicts_get(const struct conflicts *c, const char *name)
{
    const struct slurm_given *given = &c->given[slurm_option_index(name)];
    return given->at != NULL && !given->off ? given : NULL;
}

static bool conflicts_has_any(const struct conflicts *c, const char *const names[])
{
    for (size_t i = 0; names[i] != NULL; i++)
        if (conflicts_get(c, names[i]) != NULL)
            return true;
    return false;
}

/* Of two options that are given, the place of the later one: the finding goes there. */
static const struct json_place *conflicts_later(
    const struct conflicts *c, const char *one, const char *other)
{
    const struct json_place *a = c->given[slurm_option_index(one)].at;
    const struct json_place *b = c->given[slurm_option_index(other)].at;
    if (a->key.line != b->key.line)
        return a->key.line > b->key.line ? a : b;
    return a->key.column > b->key.column ? a : b;
}

static void conflicts_report(
    struct conflicts *c, const struct json_place *at, const char *message, const char *hint)
{
    c->code = FINDING_ERROR(c->findings, "option-conflict", at->key, "/slurm", hint, "%s", message);
}

/* --- pairs --------------------------------------------------------------------------------- */

static const struct {
    const char *one, *other, *hint;
} conflicts_pairs[] = {
    {"mem", "mem-per-cpu", "sbatch takes one kind of memory limit"},
    {"mem", "mem-per-gpu", "sbatch takes one kind of memory limit"},
    {"mem-per-cpu", "mem-per-gpu", "sbatch takes one kind of memory limit"},
    {"requeue", "no-requeue", "sbatch would follow the last one; remove the other"},
    {"cpus-per-gpu", "cpus-per-task", "give the CPUs per GPU or per task"},
    {"core-spec", "thread-spec", "sbatch takes one of the two"},
    {"ntasks-per-gpu", "gpus-per-task", "sbatch takes one of the two"},
    {"ntasks-per-gpu", "ntasks-per-node", "sbatch takes one of the two"},
};

static void conflicts_check_pairs(struct conflicts *c)
{
    for (size_t i = 0; i < sizeof conflicts_pairs / sizeof *conflicts_pairs; i++) {
        const char *one = conflicts_pairs[i].one, *other = conflicts_pairs[i].other;
        if (conflicts_get(c, one) == NULL || conflicts_get(c, other) == NULL)
            continue;
        char message[160];
        snprintf(message, sizeof message, "slurm options %s and %s exclude each other", one, other);
        conflicts_report(c, conflicts_later(c, one, other), message, conflicts_pairs[i].hint);
    }
}

/* --- what an option needs ------------------------------------------------------------------ */

static const char *const conflicts_gpus[] = {
    "gpus", "gpus-per-node", "gpus-per-task", "gpus-per-socket", NULL};
static const char *const conflicts_sockets[] = {"sockets-per-node", "extra-node-info", NULL};
static const char *const conflicts_tasks[] = {
    "gpus", "ntasks", "ntasks-per-node", "ntasks-per-gpu", "nodes", NULL};
static const char *const conflicts_shares[] = {
    "gpus", "gpus-per-node", "gpus-per-task", "gpus-per-socket", "gres", "nodes", "ntasks", NULL};
static const char *const conflicts_nodelist[] = {"nodelist", NULL};

/* The GPUs of an option; none if it is not given. */
static struct slurm_gpus conflicts_count(const struct conflicts *c, const char *name)
{
    const struct slurm_given *given = conflicts_get(c, name);
    if (given == NULL || given->text == NULL)
        return (struct slurm_gpus){0};
    return slurm_gpus_parse(slurm_option_find(name), given->text);
}

static bool conflicts_asks_gpus(const struct conflicts *c)
{
    for (size_t i = 0; conflicts_gpus[i] != NULL; i++)
        if (conflicts_count(c, conflicts_gpus[i]).count > 0)
            return true;
    return conflicts_count(c, "gres").count > 0;
}

static void conflicts_check_needs(struct conflicts *c)
{
    const struct slurm_given *given = conflicts_get(c, "mem-per-gpu");
    if (given != NULL && !conflicts_asks_gpus(c))
        conflicts_report(c, given->at, "slurm option mem-per-gpu without GPUs",
            "ask for GPUs, for example \"gres\": \"gpu:1\"");
    given = conflicts_get(c, "gpus-per-task");
    if (given != NULL && !conflicts_has_any(c, conflicts_tasks))
        conflicts_report(c, given->at, "slurm option gpus-per-task without a number of tasks",
            "add \"ntasks\": 1");
    given = conflicts_get(c, "ntasks-per-gpu");
    if (given != NULL && !conflicts_has_any(c, conflicts_shares))
        conflicts_report(c, given->at, "slurm option ntasks-per-gpu without a number of GPUs",
            "ask for GPUs, for example \"gpus\": 1");
    given = conflicts_get(c, "gpus-per-socket");
    if (given != NULL && !conflicts_has_any(c, conflicts_sockets))
        conflicts_report(c, given->at, "slurm option gpus-per-socket without a number of sockets",
            "add \"sockets-per-node\": 1");
    given = conflicts_get(c, "distribution");
    if (given != NULL && given->text != NULL && strncmp(given->text, "arbitrary", 9) == 0 &&
        !conflicts_has_any(c, conflicts_nodelist))
        conflicts_report(c, given->at, "slurm option distribution: arbitrary without nodelist",
            "\"block\" and \"cyclic\" need no nodelist");
}

/* --- numbers ------------------------------------------------------------------------------- */

/* sbatch takes types in all requests for GPUs, or in none. */
static void conflicts_check_types(struct conflicts *c)
{
    static const char *const names[] = {
        "gres", "gpus", "gpus-per-node", "gpus-per-task", "gpus-per-socket"};
    const char *typed = NULL, *untyped = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct slurm_gpus gpus = conflicts_count(c, names[i]);
        if (gpus.typed)
            typed = names[i];
        if (gpus.untyped)
            untyped = names[i];
    }
    if (typed == NULL || untyped == NULL)
        return;
    char message[160];
    snprintf(message, sizeof message,
        strcmp(typed, untyped) == 0 ? "slurm option %s asks for GPUs with and without a type"
                                    : "slurm option %s asks for GPUs of a type, %s for any",
        typed, untyped);
    conflicts_report(c, conflicts_later(c, typed, untyped), message,
        "give a type with every number, or with none");
}

/* The nodes that the spec asks for; false if Slurm chooses the number. */
static bool conflicts_nodes(const struct conflicts *c, long long *min, long long *max)
{
    const struct slurm_given *nodes = conflicts_get(c, "nodes");
    return nodes != NULL && nodes->text != NULL && slurm_nodes_parse(nodes->text, min, max);
}

/* gpus is the number of the whole job; the others are per node. */
static void conflicts_check_per_node(struct conflicts *c, const char *name)
{
    struct slurm_gpus all = conflicts_count(c, "gpus"), node = conflicts_count(c, name);
    if (all.count == 0 || node.count == 0)
        return;
    long long min, max, nodes = all.count / node.count;
    bool known = conflicts_nodes(c, &min, &max), good = all.count % node.count == 0;
    if (good && known)
        good = nodes >= min && nodes <= max;
    /* Two requests that agree only if Slurm takes several nodes are a mistake when both are usual
     * ways to ask for the GPUs of one node. */
    if (good && !known && strcmp(name, "gres") == 0)
        good = nodes == 1;
    if (good)
        return;
    char message[200];
    snprintf(message, sizeof message,
        "slurm option gpus asks for %lld in all, %s for %lld per node%s", all.count, name,
        node.count, known ? ", which the number of nodes does not allow" : "");
    conflicts_report(c, conflicts_later(c, "gpus", name), message,
        "remove one of the two, or make them agree with \"nodes\"");
}

static void conflicts_check_gres(struct conflicts *c)
{
    struct slurm_gpus gres = conflicts_count(c, "gres");
    struct slurm_gpus node = conflicts_count(c, "gpus-per-node");
    if (gres.count == 0 || node.count == 0 || gres.count == node.count)
        return;
    char message[160];
    snprintf(message, sizeof message,
        "slurm option gres asks for %lld GPUs per node, gpus-per-node for %lld", gres.count,
        node.count);
    conflicts_report(
        c, conflicts_later(c, "gres", "gpus-per-node"), message, "remove one of the two");
}

/* An int option, or 0. */
static long long conflicts_int(const struct conflicts *c, const char *name)
{
    const struct slurm_given *given = conflicts_get(c, name);
    long long number = 0;
    if (given != NULL && given->text != NULL)
        sscanf(given->text, "%lld", &number);
    return number;
}

static void conflicts_check_tasks(struct conflicts *c)
{
    char message[160];
    long long tasks = conflicts_int(c, "ntasks"), per_node = conflicts_int(c, "ntasks-per-node");
    long long min, max;
    if (tasks > 0 && per_node > 0 && conflicts_nodes(c, &min, &max) && tasks > max * per_node) {
        snprintf(message, sizeof message,
            "slurm options ask for %lld tasks, of which %lld nodes with %lld each have room for "
            "%lld",
            tasks, max, per_node, max * per_node);
        conflicts_report(c, conflicts_later(c, "ntasks", "ntasks-per-node"), message, NULL);
    }
    struct slurm_gpus all = conflicts_count(c, "gpus"), task = conflicts_count(c, "gpus-per-task");
    if (tasks == 0 || all.count == 0 || task.count == 0 || all.count == tasks * task.count)
        return;
    snprintf(message, sizeof message,
        "slurm options ask for %lld GPUs in all, and for %lld in each of %lld tasks", all.count,
        task.count, tasks);
    conflicts_report(
        c, conflicts_later(c, "gpus", "gpus-per-task"), message, "remove one of the three options");
}

/* --- times --------------------------------------------------------------------------------- */

static void conflicts_check_times(struct conflicts *c)
{
    const struct slurm_given *time = conflicts_get(c, "time"), *min = conflicts_get(c, "time-min");
    long long limit, least;
    if (time == NULL || min == NULL || !slurm_time_parse(time->text, &limit) ||
        !slurm_time_parse(min->text, &least) || limit < 0)
        return;
    if (least >= 0 && (least + 59) / 60 <= (limit + 59) / 60)
        return;
    char message[160];
    snprintf(message, sizeof message, "slurm option time-min, %.40s, exceeds time, %.40s",
        min->text, time->text);
    conflicts_report(c, conflicts_later(c, "time", "time-min"), message,
        "time-min is the shortest limit that the job accepts");
}

/* "now+2hours" in seconds from now; false for another form. */
static bool conflicts_seconds_from_now(const char *text, long long *seconds)
{
    static const struct {
        const char *name;
        long long seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}};
    char unit[2] = "";
    if (strncasecmp(text, "now+", 4) != 0 || sscanf(text + 4, "%9lld%1s", seconds, unit) < 1)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcasecmp(units[i].name, unit) != 0)
            continue;
        *seconds *= units[i].seconds;
        return true;
    }
    return false;
}

/* Which of two points in time is later, if both are counted from now or are dates: > 0 for `a`. */
static int conflicts_compare_times(const char *a, const char *b)
{
    long long x, y;
    if (conflicts_seconds_from_now(a, &x) && conflicts_seconds_from_now(b, &y))
        return x > y ? 1 : -1;
    /* 2030-01-31 and 2030-01-31T12:00 are in the order of their characters. */
    bool are_dates = strlen(a) >= 10 && strlen(b) >= 10 && a[4] == '-' && b[4] == '-';
    return are_dates ? strcmp(a, b) : 0;
}

static void conflicts_check_begin(struct conflicts *c)
{
    const struct slurm_given *begin = conflicts_get(c, "begin");
    const struct slurm_given *deadline = conflicts_get(c, "deadline");
    if (begin == NULL || deadline == NULL ||
        conflicts_compare_times(begin->text, deadline->text) <= 0)
        return;
    char message[160];
    snprintf(message, sizeof message, "slurm option begin, %.40s, is after deadline, %.40s",
        begin->text, deadline->text);
    conflicts_report(c, conflicts_later(c, "begin", "deadline"), message,
        "a job has to end before its deadline");
}

/* --- nodes --------------------------------------------------------------------------------- */

/* The names that "[1-3,7]" stands for; `end` is set after it. 0: not a list of numbers. */
static long long conflicts_count_range(const char *text, const char **end)
{
    long long count = 0, first, last;
    int length;
    do {
        text++;
        if (sscanf(text, "%9lld-%9lld%n", &first, &last, &length) == 2)
            count += last - first + 1;
        else if (sscanf(text, "%9lld%n", &first, &length) == 1)
            count++;
        else
            return 0;
        text += length;
    } while (*text == ',');
    *end = text + 1;
    return *text == ']' ? count : 0;
}

/* The nodes of a list, n[1-3],gpu7; 0 if they cannot be counted. */
static long long conflicts_count_nodes(const char *text)
{
    long long count = 0;
    while (*text != '\0') {
        long long names = 1;
        text += strcspn(text, "[,");
        while (*text == '[') {
            long long numbers = conflicts_count_range(text, &text);
            if (numbers <= 0)
                return 0;
            names *= numbers;
            text += strcspn(text, "[,");
        }
        count += names;
        if (*text == ',')
            text++;
    }
    return count;
}

static void conflicts_check_nodelist(struct conflicts *c)
{
    const struct slurm_given *list = conflicts_get(c, "nodelist");
    long long min, max;
    if (list == NULL || !conflicts_nodes(c, &min, &max))
        return;
    long long names = conflicts_count_nodes(list->text);
    if (names <= max)
        return;
    char message[160];
    snprintf(message, sizeof message,
        "slurm option nodelist names %lld nodes, but nodes allows at most %lld", names, max);
    conflicts_report(c, conflicts_later(c, "nodelist", "nodes"), message,
        "a job gets all nodes of nodelist; to leave the choice to Slurm, use exclude");
}

/* --- signals ------------------------------------------------------------------------------- */

/* The scripts have no step of srun, and the command of a run takes the place of the shell. */
static void conflicts_check_signal(struct conflicts *c)
{
    const struct slurm_given *given = conflicts_get(c, "signal");
    if (given == NULL)
        return;
    const char *word = given->text + strcspn(given->text, ":");
    bool to_shell = *word == ':' && memchr(given->text, 'B', (size_t)(word - given->text)) != NULL;
    if (to_shell)
        FINDING_WARNING(c->findings, "option-meaning", given->at->value, "/slurm",
            "remove it, unless the recipe handles the signal",
            "slurm option signal, %.40s, reaches the process of the run: without a handler it ends "
            "there, and nothing is saved",
            given->text);
    else
        FINDING_WARNING(c->findings, "option-meaning", given->at->value, "/slurm",
            "remove it, or write \"B:…\" if the recipe handles the signal",
            "slurm option signal, %.40s, reaches nothing: without B: it is for steps of srun, "
            "which the scripts do not have",
            given->text);
}

enum sweep_code slurm_conflicts_check(
    const struct slurm_given given[], struct sweep_findings *findings)
{
    struct conflicts c = {given, findings, SWEEP_OK};
    conflicts_check_pairs(&c);
    conflicts_check_needs(&c);
    conflicts_check_types(&c);
    conflicts_check_per_node(&c, "gres");
    conflicts_check_per_node(&c, "gpus-per-node");
    conflicts_check_gres(&c);
    conflicts_check_tasks(&c);
    conflicts_check_times(&c);
    conflicts_check_begin(&c);
    conflicts_check_nodelist(&c);
    conflicts_check_signal(&c);
    return c.code;
}
