/* SPDX-License-Identifier: Apache-2.0
 *
 *     build-release/tests/bench/bench-points [DIR]
 *
 * What planning costs for each point: a million points filtered, 10^12 counted, and the runs'
 * identities as a part of generating. CPU time of this process, the median of several rounds. What
 * is planned without the points, a sweep of one run, is measured too and subtracted.
 *
 * Nothing passes or fails by its time: the exit status is 1 only when something cannot be done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/plan/run_id.h"
#include "lib/plan/runs.h"
#include "lib/util/cleanup.h"
#include "sweep/generate.h"
#include "tests/bench/common.h"

#define BASE "\"name\": \"points\", \"base\": \"llama3_1/8B_lora_single_device\""

enum { ROUNDS = 11 };

static struct sweep_trainer *trainer;

/* CPU milliseconds of planning; the plan is the caller's, NULL if the spec is refused. */
static double plan_spec(const char *text, struct sweep_plan **plan)
{
    const struct sweep_limits limits = {.runs = 1000000};
    const struct sweep_request request = {.spec = text,
        .spec_length = strlen(text),
        .spec_file = "bench.json",
        .spec_directory = ".",
        .limits = &limits};
    struct sweep_findings *findings = sweep_findings_new();
    struct sweep_error error = {0};
    double start = cpu_ms();
    enum sweep_code code = sweep_plan_new(trainer, &request, findings, plan, &error);
    double end = cpu_ms();
    if (code != SWEEP_OK && code != SWEEP_INVALID)
        die("plan", error.message);
    if (code != SWEEP_OK)
        *plan = NULL;
    sweep_findings_free(findings);
    return end - start;
}

static double measure_plan(const char *text, uint64_t *runs)
{
    double ms[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        struct sweep_plan *plan;
        struct sweep_plan_info info = {0};
        ms[i] = plan_spec(text, &plan);
        if (plan != NULL)
            sweep_plan_describe(plan, &info);
        *runs = info.runs;
        sweep_plan_free(plan);
    }
    return median(ms, ROUNDS);
}

static void measure_points(void)
{
    uint64_t runs;
    double one = measure_plan("{" BASE "}", &runs);
    printf("%9.3f ms  a sweep of one run\n", one);
    double filtered =
        measure_plan("{" BASE ", \"grid\": {\"lr\": {\"logspace\": [1e-6, 1e-3, 100]}, "
                     "\"batch_size\": {\"range\": [1, 100]}, "
                     "\"gradient_accumulation_steps\": {\"range\": [1, 100]}}, \"where\": "
                     "\"batch_size * gradient_accumulation_steps == 64 and lr < 1e-4\"}",
            &runs);
    printf("%9.3f ms  1,000,000 points filtered to %llu runs: %.1f million points/s\n", filtered,
        (unsigned long long)runs, 1e3 / (filtered - one));
    double counted = measure_plan("{" BASE ", \"grid\": {\"lr\": {\"linspace\": [1, 2, 1000]}, "
                                  "\"batch_size\": {\"range\": [1, 1000]}, \"epochs\": "
                                  "{\"range\": [1, 1000]}, \"seed\": {\"range\": [1, 1000]}}}",
        &runs);
    printf("%9.3f ms  4 axes with 4,000 values read; 10^12 points counted, and refused\n", counted);
    counted = measure_plan(
        "{" BASE ", \"grid\": {\"lr\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "
        "\"batch_size\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "
        "\"epochs\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], \"seed\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "
        "\"warmup_steps\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "
        "\"weight_decay\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "
        "\"gradient_accumulation_steps\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "
        "\"max_steps_per_epoch\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "
        "\"log_every_n_steps\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "
        "\"max_seq_length\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "
        "\"lora_dropout\": [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], "
        "\"clip_grad_norm\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}}",
        &runs);
    printf("%9.3f ms  12 axes of 10 values; 10^12 points counted, and refused\n", counted);
}

/* What every run takes before its identity: its choices and its name. */
static double measure_names(const struct sweep_plan *plan, uint64_t runs)
{
    struct run_names names;
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    must(choices != NULL, "identities");
    double start = cpu_ms();
    for (uint64_t i = 0; i < runs; i++) {
        plan_choices(plan, i, choices);
        if (plan_run(plan, i, choices, &names).name == NULL)
            die("identities", "no name");
    }
    return cpu_ms() - start;
}

/* The identities of all runs, once more. */
static double measure_ids(const struct sweep_plan *plan, uint64_t runs)
{
    struct run_id_cursor cursor;
    struct run_names names;
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    must(choices != NULL && run_id_begin(&cursor, plan), "identities");
    double start = cpu_ms();
    for (uint64_t i = 0; i < runs; i++) {
        plan_choices(plan, i, choices);
        if (run_id_next(&cursor, i, choices, &names).id == NULL)
            die("identities", "out of memory");
    }
    double end = cpu_ms();
    run_id_end(&cursor);
    return end - start;
}

/* A sweep of 10,000 runs is generated in `scratch`; `order` are its axes. */
static void measure_generate(const char *scratch, const char *layout, const char *order)
{
    CLEANUP_STRBUF struct strbuf spec = {0};
    double total[ROUNDS], ids[ROUNDS], share[ROUNDS];
    strbuf_printf(&spec, "{" BASE ", \"layout\": \"%s\", \"grid\": {%s}}", layout, order);
    for (int i = 0; i < ROUNDS; i++) {
        char queue[4200];
        struct sweep_plan *plan;
        struct sweep_plan_info info;
        struct sweep_result result;
        struct sweep_error error = {0};
        snprintf(queue, sizeof queue, "%s/%s%d-%zu", scratch, layout, i, strlen(order));
        must(mkdir(queue, 0777) == 0, queue);
        total[i] = plan_spec(spec.data, &plan);
        if (plan == NULL)
            die("plan", "refused");
        double start = cpu_ms();
        if (sweep_generate(plan, queue, NULL, -1, &result, &error) != SWEEP_OK)
            die("generate", error.message);
        total[i] += cpu_ms() - start;
        sweep_plan_describe(plan, &info);
        ids[i] = measure_ids(plan, info.runs) - measure_names(plan, info.runs);
        share[i] = 100 * ids[i] / (total[i] - ids[i]);
        free(result.directory);
        sweep_plan_free(plan);
    }
    printf("%9.3f ms  10,000 runs, %s; %.3f ms of it identities, which add %.1f %%\n",
        median(total, ROUNDS), layout, median(ids, ROUNDS), median(share, ROUNDS));
}

int main(int argc, char **argv)
{
    static const char last[] = "\"lr\": {\"linspace\": [1e-5, 1e-3, 100]}, "
                               "\"seed\": {\"range\": [1, 100]}";
    static const char first[] = "\"lr\": {\"linspace\": [1e-5, 1e-3, 100]}, "
                                "\"batch_size\": {\"range\": [1, 100]}";
    struct sweep_error error = {0};
    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
        fprintf(stderr, "usage: %s [DIR]\n", argv[0]);
        return 2;
    }
    const char *scratch = scratch_make(argc == 2 ? argv[1] : ".");
    if (sweep_trainer_new(NULL, &trainer, &error) != SWEEP_OK)
        die("trainer", error.message);
    printf("CPU time, median of %d\n", ROUNDS);
    measure_points();
    printf("a key varies fastest that is near the end of the config's canonical JSON, seed:\n");
    measure_generate(scratch, "files", last);
    measure_generate(scratch, "packed", last);
    printf("one that is near its beginning, batch_size:\n");
    measure_generate(scratch, "files", first);
    measure_generate(scratch, "packed", first);
    sweep_trainer_free(trainer);
    return EXIT_SUCCESS;
}
