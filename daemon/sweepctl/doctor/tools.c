/* SPDX-License-Identifier: Apache-2.0
 *
 * What sweepd works with: an installed torchtune, and Slurm.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/slurm/ask.h"
#include "daemon/slurm/facts.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/doctor/doctor.h"
#include "lib/util/cleanup.h"

/* --- torchtune ------------------------------------------------------------------------------ */

void doctor_torchtune(struct doctor *doctor)
{
    struct sweep_error error = {0};
    struct sweep_base_info base;
    const char *source;
    size_t counts[3] = {0}; /* of base configs, by origin */
    struct sweep_trainer *trainer = cli_find_trainer(doctor->torchtune, NULL, &source, &error);
    if (trainer == NULL) {
        doctor_say(doctor, DOCTOR_FAIL, "torchtune",
            "set SWEEPD_TORCHTUNE or --torchtune to its virtual environment", "%s (%s)",
            error.message, source != NULL ? source : "built in");
        return;
    }
    for (size_t i = 0; sweep_trainer_base(trainer, i, &base); i++)
        counts[base.origin]++;
    const char *name = sweep_trainer_name(trainer), *version = sweep_trainer_version(trainer);
    if (source != NULL)
        doctor_say(doctor, DOCTOR_OK, "torchtune", NULL, "%s %s (%s): %zu base configs installed",
            name, version, source, counts[SWEEP_BASE_INSTALLED]);
    else
        doctor_say(doctor, DOCTOR_OK, "torchtune", NULL,
            "%s %s (built in): %zu base configs; for the other %zu set SWEEPD_TORCHTUNE or "
            "--torchtune to an installed one",
            name, version, counts[SWEEP_BASE_EMBEDDED], counts[SWEEP_BASE_ABSENT]);
    sweep_trainer_free(trainer);
}

/* --- Slurm ---------------------------------------------------------------------------------- */

/* Clients of a controller that is down wait for longer. */
enum { TOOLS_TIMEOUT_MS = 5000 };

/* The number after "MaxArraySize =" in the output of `scontrol show config`; 0 if not found. */
static unsigned long tools_max_array_size(const char *config)
{
    const char *line = strstr(config, "\nMaxArraySize");
    if (line == NULL)
        return 0;
    const char *equals = strchr(line, '=');
    if (equals == NULL)
        return 0;
    return strtoul(equals + 1, NULL, 10);
}

static void tools_report_array_size(struct doctor *doctor, const char *config)
{
    /* The default of "array_size" in a spec. */
    enum { ARRAY_SIZE = 1000 };
    char todo[96];
    unsigned long max = tools_max_array_size(config);
    snprintf(todo, sizeof todo, "in specs: \"slurm\": {\"array_size\": %lu}", max);
    if (max == 0)
        doctor_say(doctor, DOCTOR_WARN, "slurm-arrays", NULL,
            "scontrol show config does not print MaxArraySize");
    else if (max < ARRAY_SIZE)
        doctor_say(doctor, DOCTOR_WARN, "slurm-arrays", todo,
            "MaxArraySize is %lu: sbatch refuses arrays of %d tasks", max, ARRAY_SIZE);
    else
        doctor_say(doctor, DOCTOR_OK, "slurm-arrays", NULL, "MaxArraySize is %lu", max);
}

static void tools_report_no_answer(struct doctor *doctor, const char *command,
    enum ask_answer answer, const struct ask_reply *reply)
{
    if (answer == ASK_NOT_FOUND)
        doctor_say(doctor, DOCTOR_WARN, "slurm", "run submit.sh on a machine that has Slurm",
            "%s: not on PATH", command);
    else
        doctor_say(
            doctor, DOCTOR_WARN, "slurm", "scontrol ping", "%s failed: %s", command, reply->reason);
}

/* False after a warning. */
static bool tools_find_version(struct doctor *doctor)
{
    static const char *const argv[] = {"sbatch", "--version", NULL};
    struct ask_reply reply = {0};
    enum ask_answer answer = ask_run(argv, TOOLS_TIMEOUT_MS, &reply);
    const char *text = strbuf_string(&reply.output);
    if (answer == ASK_DONE)
        doctor_say(doctor, DOCTOR_OK, "slurm", NULL, "%.*s", (int)strcspn(text, "\n"), text);
    else
        tools_report_no_answer(doctor, "sbatch --version", answer, &reply);
    ask_reply_deinit(&reply);
    return answer == ASK_DONE;
}

/* What a partition offers: "gpu: UP, 04:00:00, 2 × gpu:a100:4". */
static void tools_report_partition(
    struct doctor *doctor, const char *name, const json_t *partition, const json_t *nodes)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    size_t i;
    json_t *node;
    const char *state = json_string_value(json_object_get(partition, "State"));
    const char *limit = json_string_value(json_object_get(partition, "MaxTime"));
    strbuf_printf(&text, "partition %s: %s, max time %s", name, state != NULL ? state : "?",
        limit != NULL ? limit : "?");
    json_array_foreach (nodes, i, node) {
        const char *own = NULL, *gres = NULL, *count = NULL, *memory = NULL, *cpus = NULL;
        json_unpack(node, "{s?s, s?s, s?s, s?s, s?s}", "partition", &own, "gres", &gres, "count",
            &count, "memory", &memory, "cpus", &cpus);
        if (own == NULL || count == NULL || strcmp(own, name) != 0)
            continue;
        if (cpus == NULL)
            cpus = "?";
        if (memory == NULL)
            memory = "?";
        strbuf_printf(&text, ", nodes: %s of %s CPUs, %s MB", count, cpus, memory);
        if (gres != NULL && *gres != '\0')
            strbuf_printf(&text, ", %s", gres);
    }
    if (!text.oom)
        doctor_say(doctor, DOCTOR_OK, "slurm-partition", NULL, "%s", text.data);
}

/* What `plan --cluster` compares options of sbatch with. */
static void tools_report_cluster(struct doctor *doctor)
{
    struct facts_error error;
    const char *name;
    json_t *partition;
    CLEANUP_JSON json_t *facts = facts_ask(true, &error);
    json_object_foreach (json_object_get(facts, "partitions"), name, partition)
        tools_report_partition(doctor, name, partition, json_object_get(facts, "nodes"));
}

void doctor_slurm(struct doctor *doctor)
{
    static const char *const config[] = {"scontrol", "show", "config", NULL};
    struct ask_reply reply = {0};
    if (!tools_find_version(doctor))
        return;
    enum ask_answer answer = ask_run(config, TOOLS_TIMEOUT_MS, &reply);
    if (answer == ASK_DONE)
        tools_report_array_size(doctor, strbuf_string(&reply.output));
    else
        tools_report_no_answer(doctor, "scontrol show config", answer, &reply);
    ask_reply_deinit(&reply);
    if (answer == ASK_DONE)
        tools_report_cluster(doctor);
}
