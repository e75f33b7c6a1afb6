/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/slurm/cluster.h"
#include "lib/slurm/cluster_check.h"
#include "lib/slurm/values.h"
#include "lib/util/cleanup.h"

/* --- partitions ---------------------------------------------------------------------------- */

/* Sets `names`; false if a partition is not there, or none is known. */
static bool cluster_find_partitions(struct cluster_check *c)
{
    const struct slurm_given *given = cluster_get(c, "partition");
    const char *known[CLUSTER_MAX_NAMES], *key, *list;
    char word[CLUSTER_NAME], message[240];
    json_t *partition;
    if (given == NULL) {
        json_object_foreach ((json_t *)c->partitions, key, partition) {
            if (strcmp(cluster_fact(partition, "Default"), "YES") == 0)
                snprintf(c->names, sizeof c->names, "%s", key);
        }
        return *c->names != '\0';
    }
    snprintf(c->names, sizeof c->names, "%s", given->text);
    bool found = true;
    for (list = given->text; cluster_next(&list, word);) {
        if (json_object_get(c->partitions, word) != NULL)
            continue;
        cluster_keys(c->partitions, known);
        snprintf(message, sizeof message, "the cluster has no partition \"%s\"", word);
        cluster_report_name(c, given->at, message, word, known);
        found = false;
    }
    return found;
}

/* A test of a partition; true if the job can run there. Writes why not. */
typedef bool cluster_test(
    const struct cluster_check *c, const char *name, const json_t *partition, char reason[200]);

/* Reports the last reason if no partition passes. */
static void cluster_test_partitions(
    struct cluster_check *c, const struct json_place *at, cluster_test *test)
{
    char word[CLUSTER_NAME], reason[200] = "";
    for (const char *list = c->names; cluster_next(&list, word);)
        if (test(c, word, json_object_get(c->partitions, word), reason))
            return;
    if (*reason != '\0')
        cluster_report_limit(c, at, reason);
}

static bool cluster_has_time(
    const struct cluster_check *c, const char *name, const json_t *partition, char reason[200])
{
    const struct slurm_given *time = cluster_get(c, "time");
    long long wanted = -1, max;
    const char *limit = cluster_fact(partition, "MaxTime");
    if (!slurm_time_parse(limit, &max) || max < 0)
        return true;
    if (time == NULL) {
        /* Without enforced limits, jobs get MaxTime instead. */
        const json_t *config = json_object_get(c->facts, "config");
        if (!cluster_has_word(cluster_fact(config, "AccountingStorageEnforce"), "limits"))
            return true;
        const char *usual = cluster_fact(partition, "DefaultTime");
        snprintf(reason, 200,
            "partition %s allows %s and has no default: without \"time\", jobs wait for ever", name,
            limit);
        return *usual != '\0' && strcmp(usual, "NONE") != 0;
    }
    if (!slurm_time_parse(time->text, &wanted))
        return true;
    snprintf(reason, 200, "time %.40s exceeds the %s of partition %s: jobs would wait for ever",
        time->text, limit, name);
    return wanted > 0 && wanted <= max;
}

static bool cluster_has_nodes(
    const struct cluster_check *c, const char *name, const json_t *partition, char reason[200])
{
    const struct slurm_given *nodes = cluster_get(c, "nodes");
    long long min, max, limit = cluster_number(partition, "TotalNodes");
    const char *most = cluster_fact(partition, "MaxNodes");
    if (nodes == NULL || !slurm_nodes_parse(nodes->text, &min, &max))
        return true;
    if (*most >= '0' && *most <= '9' && strtoll(most, NULL, 10) < limit)
        limit = strtoll(most, NULL, 10);
    snprintf(reason, 200, "%lld nodes exceed the %lld of partition %s", min, limit, name);
    return limit == 0 || min <= limit;
}

/* AllowAccounts or AllowQos; `option` is the spec's. */
static bool cluster_allows(const struct cluster_check *c, const char *option, const char *name,
    const char *allowed, char reason[200])
{
    const struct slurm_given *given = cluster_get(c, option);
    if (given == NULL || *allowed == '\0' || strcmp(allowed, "ALL") == 0)
        return true;
    snprintf(reason, 200, "partition %s does not allow %s %.40s: it allows %.80s", name, option,
        given->text, allowed);
    return cluster_has_word(allowed, given->text);
}

static bool cluster_allows_account(
    const struct cluster_check *c, const char *name, const json_t *partition, char reason[200])
{
    return cluster_allows(c, "account", name, cluster_fact(partition, "AllowAccounts"), reason);
}

static bool cluster_allows_qos(
    const struct cluster_check *c, const char *name, const json_t *partition, char reason[200])
{
    return cluster_allows(c, "qos", name, cluster_fact(partition, "AllowQos"), reason);
}

/* A partition that is down may come up again. */
static void cluster_check_states(struct cluster_check *c, const struct json_place *at)
{
    char word[CLUSTER_NAME];
    for (const char *list = c->names; cluster_next(&list, word);) {
        const char *state = cluster_fact(json_object_get(c->partitions, word), "State");
        if (*state == '\0' || strcmp(state, "UP") == 0)
            continue;
        FINDING_WARNING(c->findings, "cluster-limit", at->value, "/slurm", NULL,
            "partition %s is %s: jobs wait until an administrator changes that", word, state);
    }
}

/* The place of an option, of the partition, or of all options. */
static const struct json_place *cluster_place(const struct cluster_check *c, const char *option)
{
    const struct slurm_given *given = cluster_get(c, option);
    if (given == NULL)
        given = cluster_get(c, "partition");
    return given != NULL ? given->at : c->slurm;
}

static void cluster_check_partitions(struct cluster_check *c)
{
    cluster_check_states(c, cluster_place(c, "partition"));
    cluster_test_partitions(c, cluster_place(c, "time"), cluster_has_time);
    cluster_test_partitions(c, cluster_place(c, "nodes"), cluster_has_nodes);
    cluster_test_partitions(c, cluster_place(c, "account"), cluster_allows_account);
    cluster_test_partitions(c, cluster_place(c, "qos"), cluster_allows_qos);
}

/* --- nodes --------------------------------------------------------------------------------- */

/* What a job asks of one node. */
struct cluster_need {
    const char *option;      /* of the GPUs */
    char type[CLUSTER_NAME]; /* of the GPUs; "": any */
    long long gpus, cpus, megabytes;
    const char *memory;  /* the option of the memory */
    const char *feature; /* NULL: none, or an expression */
};

static long long cluster_megabytes(const char *text)
{
    char *unit;
    long long n = strtoll(text, &unit, 10);
    switch (*unit) {
    case 'k':
    case 'K':
        return n / 1024;
    case 'g':
    case 'G':
        return n * 1024;
    case 't':
    case 'T':
        return n * 1024 * 1024;
    default:
        return n;
    }
}

/* Reads "gpu:a100:4" or "gpu:4" without the "gpu:". */
static void cluster_parse_gpus(const char *text, char type[CLUSTER_NAME], long long *count)
{
    const char *colon = strchr(text, ':'), *number = colon != NULL ? colon + 1 : text;
    *type = '\0';
    if (*number >= '0' && *number <= '9')
        *count = strtoll(number, NULL, 10);
    else
        *count = 1;
    if (colon != NULL)
        snprintf(type, CLUSTER_NAME, "%.*s", (int)(colon - text), text);
    else if (*text < '0' || *text > '9')
        snprintf(type, CLUSTER_NAME, "%s", text);
}

static void cluster_read_gpus(const struct cluster_check *c, struct cluster_need *need)
{
    static const char *const options[] = {"gres", "gpus-per-node", "gpus"};
    char word[CLUSTER_NAME];
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const struct slurm_given *given = cluster_get(c, options[i]);
        if (given == NULL)
            continue;
        for (const char *list = given->text; cluster_next(&list, word);) {
            const char *text = word;
            bool is_gres = strcmp(options[i], "gres") == 0;
            if (is_gres && strncmp(word, "gpu:", 4) != 0)
                continue;
            if (is_gres)
                text += 4;
            cluster_parse_gpus(text, need->type, &need->gpus);
            need->option = options[i];
        }
    }
    /* Of several nodes, unless the spec asks for one. */
    const struct slurm_given *nodes = cluster_get(c, "nodes");
    if (need->option != NULL && strcmp(need->option, "gpus") == 0 &&
        (nodes == NULL || strcmp(nodes->text, "1") != 0))
        need->gpus = need->gpus > 0 ? 1 : 0;
}

static void cluster_read_need(const struct cluster_check *c, struct cluster_need *need)
{
    const struct slurm_given *cpus = cluster_get(c, "cpus-per-task");
    const struct slurm_given *feature = cluster_get(c, "constraint"), *memory;
    *need = (struct cluster_need){.cpus = 1, .memory = "mem"};
    cluster_read_gpus(c, need);
    if (cpus != NULL)
        need->cpus = strtoll(cpus->text, NULL, 10);
    if (feature != NULL && strpbrk(feature->text, "&|*[](),!") == NULL)
        need->feature = feature->text;
    if ((memory = cluster_get(c, "mem")) != NULL) {
        need->megabytes = cluster_megabytes(memory->text);
    } else if ((memory = cluster_get(c, "mem-per-cpu")) != NULL) {
        need->megabytes = need->cpus * cluster_megabytes(memory->text);
        need->memory = "mem-per-cpu";
    } else if ((memory = cluster_get(c, "mem-per-gpu")) != NULL) {
        need->megabytes = need->gpus * cluster_megabytes(memory->text);
        need->memory = "mem-per-gpu";
    }
}

/* The GPUs of a type that a node has; of all types if it is "". */
static long long cluster_node_gpus(const json_t *node, const char *type)
{
    char word[CLUSTER_NAME], own[CLUSTER_NAME];
    long long sum = 0, count;
    for (const char *list = cluster_fact(node, "gres"); cluster_next(&list, word);) {
        if (strncmp(word, "gpu:", 4) != 0)
            continue;
        cluster_parse_gpus(word + 4, own, &count);
        if (*type == '\0' || strcmp(type, own) == 0)
            sum += count;
    }
    return sum;
}

static long long cluster_node_memory(const struct cluster_check *c, const json_t *node)
{
    const json_t *partition = json_object_get(c->partitions, cluster_fact(node, "partition"));
    long long own = cluster_number(node, "memory"),
              max = cluster_number(partition, "MaxMemPerNode");
    return max > 0 && max < own ? max : own;
}

/* The most that a node of the job's partitions has. */
struct cluster_most {
    long long gpus, cpus, megabytes;
    bool has_feature, fits, any; /* any: there is a node */
};

static void cluster_look_at_nodes(
    const struct cluster_check *c, const struct cluster_need *need, struct cluster_most *most)
{
    size_t i;
    json_t *node;
    *most = (struct cluster_most){0};
    json_array_foreach (c->nodes, i, node) {
        if (!cluster_has_word(c->names, cluster_fact(node, "partition")))
            continue;
        long long gpus = cluster_node_gpus(node, need->type);
        long long cpus = cluster_number(node, "cpus"), megabytes = cluster_node_memory(c, node);
        bool has_feature = need->feature == NULL ||
                           cluster_has_word(cluster_fact(node, "features"), need->feature);
        most->any = true;
        if (gpus > most->gpus)
            most->gpus = gpus;
        if (cpus > most->cpus)
            most->cpus = cpus;
        if (megabytes > most->megabytes)
            most->megabytes = megabytes;
        if (has_feature)
            most->has_feature = true;
        if (has_feature && gpus >= need->gpus && cpus >= need->cpus &&
            (megabytes >= need->megabytes || megabytes == 0))
            most->fits = true;
    }
}

/* Adds the words of `key` of all nodes to a list of names, which are allocated in `text`. */
static void cluster_collect(const struct cluster_check *c, const char *key, struct strbuf *text,
    const char *names[CLUSTER_MAX_NAMES])
{
    size_t i, n = 0;
    json_t *node;
    char word[CLUSTER_NAME], type[CLUSTER_NAME];
    long long count;
    json_array_foreach (c->nodes, i, node) {
        for (const char *list = cluster_fact(node, key); cluster_next(&list, word);) {
            snprintf(type, sizeof type, "%s", word);
            if (strcmp(key, "gres") == 0 && strncmp(word, "gpu:", 4) == 0)
                cluster_parse_gpus(word + 4, type, &count);
            else if (strcmp(key, "gres") == 0)
                continue;
            if (*type != '\0' && !cluster_has_word(strbuf_string(text), type))
                strbuf_printf(text, "%s%s", text->length > 0 ? "," : "", type);
        }
    }
    for (char *p = text->data; p != NULL && n + 1 < CLUSTER_MAX_NAMES;) {
        names[n++] = p;
        p = strchr(p, ',');
        if (p != NULL)
            *p++ = '\0';
    }
    names[n] = NULL;
}

static void cluster_report_gpus(
    struct cluster_check *c, const struct cluster_need *need, const struct cluster_most *most)
{
    const struct json_place *at = cluster_place(c, need->option);
    CLEANUP_STRBUF struct strbuf text = {0};
    const char *known[CLUSTER_MAX_NAMES];
    char message[240];
    if (most->gpus == 0 && *need->type != '\0') {
        cluster_collect(c, "gres", &text, known);
        snprintf(message, sizeof message, "no node of partition %.80s has GPUs of type \"%s\"",
            c->names, need->type);
        cluster_report_name(c, at, message, need->type, known);
        return;
    }
    snprintf(message, sizeof message, "%lld GPUs%s%s: a node of partition %.80s has at most %lld",
        need->gpus, *need->type != '\0' ? " of type " : "", need->type, c->names, most->gpus);
    cluster_report_limit(c, at, message);
}

static void cluster_report_feature(struct cluster_check *c, const struct cluster_need *need)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const char *known[CLUSTER_MAX_NAMES];
    char message[240];
    cluster_collect(c, "features", &text, known);
    snprintf(message, sizeof message, "no node of partition %.80s has the feature \"%.80s\"",
        c->names, need->feature);
    cluster_report_name(c, cluster_place(c, "constraint"), message, need->feature, known);
}

static void cluster_check_nodes(struct cluster_check *c)
{
    struct cluster_need need;
    struct cluster_most most;
    char message[240] = "";
    cluster_read_need(c, &need);
    cluster_look_at_nodes(c, &need, &most);
    if (most.fits || !most.any)
        return;
    if (most.gpus < need.gpus) {
        cluster_report_gpus(c, &need, &most);
        return;
    }
    if (!most.has_feature) {
        cluster_report_feature(c, &need);
        return;
    }
    const char *option = "mem";
    if (most.megabytes < need.megabytes) {
        option = need.memory;
        snprintf(message, sizeof message, "%lld MB: a node of partition %.80s has at most %lld MB",
            need.megabytes, c->names, most.megabytes);
    } else if (most.cpus < need.cpus) {
        option = "cpus-per-task";
        snprintf(message, sizeof message, "%lld CPUs: a node of partition %.80s has at most %lld",
            need.cpus, c->names, most.cpus);
    } else {
        snprintf(message, sizeof message,
            "no node of partition %.80s has %lld GPUs, %lld CPUs and %lld MB at the same time",
            c->names, need.gpus, need.cpus, need.megabytes);
    }
    cluster_report_limit(c, cluster_place(c, option), message);
}

enum sweep_code slurm_cluster_check(const struct slurm_given given[],
    const struct json_place *slurm, const json_t *facts, struct sweep_findings *findings)
{
    struct cluster_check c = {.given = given,
        .slurm = slurm,
        .facts = facts,
        .partitions = json_object_get(facts, "partitions"),
        .nodes = json_object_get(facts, "nodes"),
        .findings = findings};
    if (cluster_find_partitions(&c)) {
        cluster_check_partitions(&c);
        cluster_check_nodes(&c);
    }
    cluster_check_accounts(&c);
    return c.code;
}
