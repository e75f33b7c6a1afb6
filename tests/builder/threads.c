/* SPDX-License-Identifier: Apache-2.0
 *
 * Builders in two threads at once over one trainer, 2000 rounds each: every result is the same as
 * without threads. Alone it shows that nothing is shared by accident; under ThreadSanitizer
 * (tests/builder/tsan) that nothing is even touched by both. Argument: the number of rounds.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/builder.h"

enum { THREADS = 2, KINDS = 12 };

static const char *const bases[] = {"llama3_1/8B_lora_single_device",
    "qwen2_5/0.5B_lora_single_device", "llama3_1/8B_full_single_device"};

/* What a round comes to: everything that can be had of a builder, as one text. */
struct result {
    char *text;
};

struct worker {
    const struct sweep_trainer *trainer;
    const struct result *wanted;
    unsigned number, rounds, wrong;
};

/* The operations of a round; some kinds end in an error or a warning. */
static void operate(struct sweep_builder *b, unsigned kind)
{
    json_t *object = json_pack(
        "{s:{s:[i,i], s:n}, s:i}", "model", "extra", 1, (int)kind, "none", "seed", (int)kind);
    sweep_with_learning_rate(b, 1e-5 * (kind + 1));
    sweep_with_dataset(b, kind % 2 == 0 ? "data/train.csv" : "org/name");
    sweep_with_dataset_template(b, "some.Template");
    sweep_builder_override(b, object);
    sweep_builder_delete(b, "profiler");
    if (kind % 4 == 3)
        sweep_with_epochs(b, -(int64_t)kind);
    json_decref(object);
}

/* The caller's; NULL when memory is exhausted. */
static char *round_of(const struct sweep_trainer *trainer, unsigned kind)
{
    struct sweep_builder *b = sweep_builder_from_base(trainer, bases[kind % 3]);
    struct sweep_findings *findings = sweep_findings_new();
    struct sweep_error error = {0};
    char *text = NULL, *all = NULL;
    size_t length, size;
    json_t *config = NULL;
    operate(b, kind);
    FILE *stream = open_memstream(&all, &size);
    if (stream == NULL || findings == NULL)
        abort();
    fprintf(stream, "%d ", sweep_builder_build(b, &config, &error));
    fprintf(stream, "%d ", sweep_builder_text(b, &text, &length, &error));
    fprintf(stream, "%d ", sweep_builder_validate(b, NULL, findings));
    char *values = config != NULL ? json_dumps(config, 0) : NULL;
    char *found = sweep_findings_text(findings, true);
    char *warned = sweep_findings_text(sweep_builder_findings(b), false);
    fprintf(stream, "%s\n%s\n%s\n%s\n%s\n", error.message, values != NULL ? values : "",
        text != NULL ? text : "", found, warned);
    fclose(stream);
    free(values);
    free(found);
    free(warned);
    free(text);
    json_decref(config);
    sweep_findings_free(findings);
    sweep_builder_free(b);
    return all;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (unsigned i = 0; i < worker->rounds; i++) {
        unsigned kind = (i + worker->number * 5) % KINDS;
        char *got = round_of(worker->trainer, kind);
        worker->wrong += strcmp(got, worker->wanted[kind].text) != 0;
        free(got);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2000, wrong = 0;
    struct sweep_trainer *trainer;
    struct result wanted[KINDS];
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    if (sweep_trainer_new(NULL, &trainer, NULL) != SWEEP_OK)
        return 1;
    for (unsigned i = 0; i < KINDS; i++)
        wanted[i].text = round_of(trainer, i);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){trainer, wanted, i, rounds, 0};
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            return 1;
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        wrong += workers[i].wrong;
    }
    for (unsigned i = 0; i < KINDS; i++)
        free(wanted[i].text);
    sweep_trainer_free(trainer);
    printf("%d threads, %u rounds each: %u results differ\n", THREADS, rounds, wrong);
    return wrong == 0 ? 0 : 1;
}
