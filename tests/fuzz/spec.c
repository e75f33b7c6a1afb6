/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold of every text that is taken for a sweep spec:
 *
 *   - it is good, or there is an error that says why not, at a place within it;
 *   - the plan of a good one has a directory of its own name, and a text for every run;
 *   - what was found can be shown on a terminal, and as JSON;
 *   - all of it is the same the second time.
 */
#include <string.h>

#include "sweep/generate.h"
#include "sweep/trainer.h"
#include "tests/fuzz/bytes.h"

const uint64_t fuzz_cases = 4000;
uint64_t fuzz_good;

#define BASE "\"base\": \"llama3_1/8B_lora_single_device\""

const char *const fuzz_texts[] = {
    "{\"name\": \"a\", " BASE ", \"grid\": {\"seed\": [1, 2], \"lr\": [1e-4, 3e-4]}}",
    "{\"name\": \"b\", " BASE ", \"fixed\": {\"epochs\": 2, \"optimizer.weight_decay\": 0.1,\n"
    "  \"lora_params\": {\"rank\": 32, \"alpha\": 64}}, \"output_dir\": \"out/{name}/{run}\"}",
    "{\"name\": \"c\", " BASE ", \"grid\": {\"lora\": [{\"rank\": 8, \"alpha\": 16}]},\n"
    "  \"slurm\": {\"time\": \"24:00:00\", \"gres\": \"gpu:v100:1\", \"array_parallelism\": 4}}",
    "{\"name\": \"d\", \"base\": {\"file\": \"nothing.yaml\"}, \"recipe\": \"lora_finetune\"}",
    "// why\n{\"name\": \"e\", /* the \"base\" */ " BASE
    ", \"description\": \"d\", \"tags\": [\"t\",],\n"
    "  \"grid\": {\"lr\": {\"logspace\": [1e-5, 1e-3, 5], \"digits\": 3}, // five\n"
    "    \"seed\": {\"range\": [5, 1, -2]}, \"optimizer.weight_decay\": {\"linspace\": [0, 0.1, "
    "3]},}}",
    "{\"name\": \"f\", " BASE
    ", \"grid\": {\"seed\": {\"file\": \"none.csv\", \"column\": \"a\"}}}",
    NULL,
};

static const struct sweep_limits limits = {.runs = 200, .keys = 200, .string = 512, .depth = 16};

static bool is_text(const char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < 0x20 && *text != '\n') || *text == 0x7f)
            return false;
    return true;
}

static void check_findings(struct sweep_findings *findings, size_t size)
{
    sweep_findings_sort(findings);
    const struct sweep_finding *finding;
    for (size_t i = 0; (finding = sweep_findings_get(findings, i)) != NULL; i++) {
        REQUIRE(finding->code[0] != '\0' && finding->message[0] != '\0');
        REQUIRE(finding->place.line <= size + 1);
    }
    char *text = sweep_findings_text(findings, false);
    REQUIRE(text != NULL && is_text(text));
    free(text);
    json_t *json = sweep_findings_json(findings, true);
    REQUIRE(json != NULL);
    json_decref(json);
}

static void check_plan(const struct sweep_plan *plan)
{
    struct sweep_plan_info info;
    char name[32];
    sweep_plan_describe(plan, &info);
    REQUIRE(strncmp(info.directory, info.name, strlen(info.name)) == 0);
    REQUIRE(strchr(info.directory, '/') == NULL && info.directory[0] != '.');
    REQUIRE(info.runs >= 1 && info.runs <= limits.runs);
    REQUIRE(sweep_plan_run(plan, info.runs - 1, name, NULL));
    REQUIRE(!sweep_plan_run(plan, info.runs, name, NULL));
    size_t length;
    char *config = sweep_plan_config(plan, info.runs - 1, &length);
    REQUIRE(config != NULL && length > 0);
    free(config);
}

/* Whether it is good; `text` is what was found, the caller's. */
static bool plan(const struct sweep_trainer *trainer, const char *bytes, size_t size, char **text)
{
    struct sweep_request request = {.spec = bytes,
        .spec_length = size,
        .spec_file = "spec.json",
        .spec_directory = "/nowhere",
        .limits = &limits};
    struct sweep_findings *findings = sweep_findings_new();
    struct sweep_plan *made = NULL;
    struct sweep_error error = {0};
    REQUIRE(findings != NULL);
    enum sweep_code code = sweep_plan_new(trainer, &request, findings, &made, &error);
    size_t errors = sweep_findings_count(findings, SWEEP_ERROR);
    REQUIRE(code == SWEEP_OK || code == SWEEP_INVALID);
    REQUIRE((code == SWEEP_OK) == (made != NULL) && (code == SWEEP_OK) == (errors == 0));
    check_findings(findings, size);
    if (made != NULL)
        check_plan(made);
    *text = sweep_findings_text(findings, false);
    sweep_plan_free(made);
    sweep_findings_free(findings);
    return code == SWEEP_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sweep_trainer *trainer = NULL;
    struct sweep_error error = {0};
    char *first, *second;
    REQUIRE(sweep_trainer_new(NULL, &trainer, &error) == SWEEP_OK);
    bool good = plan(trainer, (const char *)data, size, &first);
    REQUIRE(plan(trainer, (const char *)data, size, &second) == good);
    REQUIRE(first != NULL && second != NULL && strcmp(first, second) == 0);
    fuzz_good += good;
    free(first);
    free(second);
    sweep_trainer_free(trainer);
    return 0;
}
