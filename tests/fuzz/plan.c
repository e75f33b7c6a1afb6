/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sweep/generate.h"
#include "sweep/trainer.h"
#include "tests/fuzz/plan.h"

static const struct sweep_limits limits = {.runs = 200, .keys = 200, .string = 512, .depth = 16};

static bool is_text(const char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < 0x20 && *text != '\n') || *text == 0x7f)
            return false;
    return true;
}

static void check_findings(struct sweep_findings *findings, size_t max_line)
{
    sweep_findings_sort(findings);
    const struct sweep_finding *finding;
    for (size_t i = 0; (finding = sweep_findings_get(findings, i)) != NULL; i++) {
        REQUIRE(finding->code[0] != '\0' && finding->message[0] != '\0');
        REQUIRE(finding->place.line <= max_line);
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
static bool plan(const struct sweep_trainer *trainer, const struct plan_input *input, char **text)
{
    struct sweep_request request = {.spec = input->bytes,
        .spec_length = input->size,
        .spec_file = "spec.json",
        .spec_directory = input->directory,
        .limits = &limits};
    struct sweep_findings *findings = sweep_findings_new();
    struct sweep_plan *made = NULL;
    struct sweep_error error = {0};
    REQUIRE(findings != NULL);
    enum sweep_code code = sweep_plan_new(trainer, &request, findings, &made, &error);
    size_t errors = sweep_findings_count(findings, SWEEP_ERROR);
    REQUIRE(code == SWEEP_OK || code == SWEEP_INVALID);
    REQUIRE((code == SWEEP_OK) == (made != NULL) && (code == SWEEP_OK) == (errors == 0));
    check_findings(findings, input->max_line);
    if (made != NULL)
        check_plan(made);
    *text = sweep_findings_text(findings, false);
    sweep_plan_free(made);
    sweep_findings_free(findings);
    return code == SWEEP_OK;
}

bool plan_holds(const struct plan_input *input)
{
    struct sweep_trainer *trainer = NULL;
    struct sweep_error error = {0};
    char *first, *second;
    REQUIRE(sweep_trainer_new(NULL, &trainer, &error) == SWEEP_OK);
    bool good = plan(trainer, input, &first);
    REQUIRE(plan(trainer, input, &second) == good);
    REQUIRE(first != NULL && second != NULL && strcmp(first, second) == 0);
    free(first);
    free(second);
    sweep_trainer_free(trainer);
    return good;
}
