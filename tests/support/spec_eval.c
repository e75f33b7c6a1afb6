/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: spec_eval PROFILE DIRECTORY [QUEUES] < LINES
 *
 * Plans specs, to be compared with another implementation. A line is the text of a spec, whose
 * files are relative to DIRECTORY. PROFILE is a file, or "" for the built-in one. Prints a line of
 * JSON for each:
 *
 *     {"findings": [["CODE", "MESSAGE"], ...], "runs": [["RUN", "ID", CONFIG], ...]}
 *
 * with the findings that are errors and the runs in their order; the configs are read back from
 * their YAML. An invalid spec has no runs. With QUEUES, each spec is generated into a queue of two
 * lines, QUEUES/0, QUEUES/1, …, and the runs are those that the queue did not have before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/doc/yaml.h"
#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"
#include "sweep/generate.h"

static void put_json(const json_t *value)
{
    CLEANUP_FREE char *text = json_dumps(
        value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(17));
    fputs(text != NULL ? text : "null", stdout);
}

static void put_string(const char *text)
{
    CLEANUP_JSON json_t *value = json_string(text);
    put_json(value);
}

static void put_findings(const struct sweep_findings *findings)
{
    const struct sweep_finding *finding;
    const char *separator = "";
    for (size_t i = 0; (finding = sweep_findings_get(findings, i)) != NULL; i++) {
        if (finding->severity != SWEEP_ERROR)
            continue;
        printf("%s[", separator);
        put_string(finding->code);
        fputs(", ", stdout);
        put_string(finding->message);
        putchar(']');
        separator = ", ";
    }
}

/* False if the config cannot be read back. */
static bool put_run(const struct sweep_plan *plan, struct run_id_cursor *cursor, uint64_t index)
{
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    struct run_names names;
    struct yaml_doc *doc = NULL;
    size_t length = 0;
    CLEANUP_FREE char *text = sweep_plan_config(plan, index, &length);
    if (choices == NULL || text == NULL)
        return false;
    plan_choices(plan, index, choices);
    const struct run run = run_id_next(cursor, index, choices, &names);
    if (run.id == NULL || yaml_parse(text, length, "config", NULL, &doc) != SWEEP_OK)
        return false;
    printf("%s[\"%s\", \"%s\", ", index > 0 ? ", " : "", run.name, run.id);
    put_json(doc->tree);
    putchar(']');
    yaml_doc_free(doc);
    return true;
}

static bool put_runs(const struct sweep_plan *plan)
{
    struct run_id_cursor cursor;
    bool done = run_id_begin(&cursor, plan);
    for (uint64_t i = 0; done && i < plan->spec.runs; i++)
        done = put_run(plan, &cursor, i);
    run_id_end(&cursor);
    return done;
}

/* Generates what the queue does not have. */
static enum sweep_code generate(struct sweep_plan *plan, const char *queue,
    struct sweep_findings *findings, struct sweep_error *error)
{
    struct sweep_growth *growth = NULL;
    struct sweep_result result = {0};
    mkdir(queue, 0700);
    enum sweep_code code = sweep_growth_new(plan, queue, false, &growth, error);
    if (code == SWEEP_OK)
        code = sweep_plan_grow(plan, growth, error);
    if (code == SWEEP_OK)
        code = sweep_plan_check_queue(plan, queue, findings, error);
    if (code == SWEEP_OK)
        code = sweep_generate(plan, queue, findings, -1, &result, error);
    free(result.directory);
    return code;
}

/* `queue` may be NULL. */
static bool evaluate(
    const struct sweep_trainer *trainer, const char *directory, const char *queue, const char *line)
{
    struct sweep_findings *findings = sweep_findings_new();
    struct sweep_plan *plan = NULL;
    struct sweep_error error = {0};
    const struct sweep_request request = {.spec = line,
        .spec_length = strlen(line),
        .spec_file = "spec.json",
        .spec_directory = directory};
    enum sweep_code code = sweep_plan_new(trainer, &request, findings, &plan, &error);
    if (code == SWEEP_OK && queue != NULL)
        code = generate(plan, queue, findings, &error);
    bool done = code == SWEEP_OK || code == SWEEP_INVALID;
    fputs("{\"findings\": [", stdout);
    put_findings(findings);
    fputs("], \"runs\": [", stdout);
    if (code == SWEEP_OK)
        done = put_runs(plan);
    puts("]}");
    if (!done)
        fprintf(stderr, "%s: %s\n", line, error.message);
    sweep_plan_free(plan);
    sweep_findings_free(findings);
    return done;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* after a crash it is known where */
    CLEANUP_FREE char *line = NULL;
    size_t size = 0;
    struct sweep_trainer *trainer = NULL;
    struct sweep_error error = {0};
    bool done = true;
    if (argc != 3 && argc != 4)
        return 2;
    const char *profile = argv[1][0] != '\0' ? argv[1] : NULL;
    if (sweep_trainer_open(NULL, profile, &trainer, &error) != SWEEP_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    for (int i = 0; done && getline(&line, &size, stdin) > 0; i++) {
        char queue[4096];
        line[strcspn(line, "\n")] = '\0';
        snprintf(queue, sizeof queue, "%s/%d", argc == 4 ? argv[3] : "", i / 2);
        done = evaluate(trainer, argv[2], argc == 4 ? queue : NULL, line);
    }
    sweep_trainer_free(trainer);
    return done ? 0 : 1;
}
