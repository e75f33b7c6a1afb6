/* SPDX-License-Identifier: Apache-2.0
 *
 * Plans from the text of a spec, through the public interface.
 */
#ifndef TESTS_UNIT_PLAN_HELPER_H
#define TESTS_UNIT_PLAN_HELPER_H

#include "lib/doc/path.h"
#include "lib/doc/yaml.h"
#include "sweep/generate.h"
#include "tests/unit/check_main.h"

static struct sweep_trainer *trainer;
static struct sweep_findings *findings;
static struct sweep_plan *plan;
static struct sweep_error error;

static inline void plan_set_up(void)
{
    error = (struct sweep_error){0};
    plan = NULL;
    findings = sweep_findings_new();
    ck_assert_int_eq(sweep_trainer_new(NULL, &trainer, NULL), SWEEP_OK);
}

static inline void plan_tear_down(void)
{
    sweep_plan_free(plan);
    sweep_findings_free(findings);
    sweep_trainer_free(trainer);
}

/* Plans a spec, in the scratch directory if there is one, with up to one override. */
static inline enum sweep_code plan_with(const char *text, const char *override)
{
    struct sweep_request request = {.spec = text,
        .spec_length = strlen(text),
        .spec_file = "s.json",
        .spec_directory = scratch[0] != '\0' ? scratch : ".",
        .overrides = &override,
        .n_overrides = override != NULL};
    sweep_plan_free(plan);
    plan = NULL;
    return sweep_plan_new(trainer, &request, findings, &plan, &error);
}

static inline void plan_good(const char *text)
{
    enum sweep_code code = plan_with(text, NULL);
    CLEANUP_FREE char *all = sweep_findings_text(findings, false);
    ck_assert_msg(code == SWEEP_OK, "%s\n%s", error.message, all);
}

/* The config of a run as a value; the caller's. */
static inline json_t *config_of(uint64_t index)
{
    struct yaml_doc *doc = NULL;
    size_t length = 0;
    CLEANUP_FREE char *text = sweep_plan_config(plan, index, &length);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(length, strlen(text));
    ck_assert_int_eq(yaml_parse(text, length, "f", NULL, &doc), SWEEP_OK);
    json_t *tree = json_incref(doc->tree);
    yaml_doc_free(doc);
    return tree;
}

#endif
