/* SPDX-License-Identifier: Apache-2.0
 *
 * NULL for each pointer that a header does not allow it for: caught by an assertion, not by chance.
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "sweep/generate.h"
#include "sweep/report.h"
#include "sweep/validate.h"
#include "tests/builder/common.h"

/* True if `statement` aborts, in a process of its own and without a core file or a message. */
#define ABORTS(statement)                                                                          \
    do {                                                                                           \
        int status_;                                                                               \
        pid_t child_ = fork();                                                                     \
        ck_assert_int_ge(child_, 0);                                                               \
        if (child_ == 0) {                                                                         \
            setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});                                        \
            (void)!freopen("/dev/null", "w", stderr);                                              \
            statement;                                                                             \
            _exit(0);                                                                              \
        }                                                                                          \
        ck_assert_int_eq(waitpid(child_, &status_, 0), child_);                                    \
        ck_assert_msg(WIFSIGNALED(status_) && WTERMSIG(status_) == SIGABRT, "%s", #statement);     \
    } while (0)

START_TEST(findings_and_reports)
{
    AUTO_FINDINGS struct sweep_findings *findings = sweep_findings_new();
    char text[16];
    ABORTS(sweep_error_set(NULL, SWEEP_IO, NULL));
    ABORTS(sweep_escape(NULL, 1, "", 0));
    ABORTS(sweep_escape(text, sizeof text, NULL, 0));
    ABORTS(sweep_findings_add(findings, NULL));
    ABORTS(sweep_findings_source(findings, NULL, "", 0));
    ABORTS(sweep_findings_source(findings, "a", NULL, 0));
    ABORTS((void)!sweep_findings_text(NULL, false));
    ABORTS((void)!sweep_findings_json(NULL, false));
    ABORTS(sweep_nearest(NULL, (const char *const[]){NULL}));
    ABORTS(sweep_nearest("a", NULL));
    ABORTS(sweep_report_add(NULL, "a", NULL, findings));
    ABORTS((void)!sweep_report_text(NULL, true));
    ABORTS((void)!sweep_report_format_named(NULL, &(enum sweep_report_format){0}));
    ABORTS((void)!sweep_report_format_named("json", NULL));
    ABORTS(sweep_limit(0, NULL));
    ABORTS(sweep_limit_in(NULL, 0));
    ck_assert_uint_eq(sweep_findings_count(NULL, SWEEP_ERROR), 0);
    ck_assert_ptr_null(sweep_findings_get(NULL, 0));
    sweep_findings_sort(NULL);
    sweep_findings_free(NULL);
    sweep_report_free(NULL);
}
END_TEST

START_TEST(trainers_and_checks)
{
    AUTO_FINDINGS struct sweep_findings *findings = sweep_findings_new();
    struct sweep_base_info info;
    struct sweep_explanation explanation;
    const char *how;
    char *text;
    size_t length;
    ABORTS((void)!sweep_trainer_new(NULL, NULL, NULL));
    ABORTS((void)!sweep_trainer_open(NULL, NULL, NULL, NULL));
    ABORTS(sweep_trainer_name(NULL));
    ABORTS(sweep_trainer_version(NULL));
    ABORTS(sweep_trainer_directory(NULL));
    ABORTS(sweep_trainer_base(NULL, 0, &info));
    ABORTS(sweep_trainer_base(trainer, 0, NULL));
    ABORTS((void)!sweep_trainer_base_text(trainer, NULL, &text, &length, NULL, NULL));
    ABORTS((void)!sweep_validate(NULL, "a: 1", 4, "a", NULL, findings));
    ABORTS((void)!sweep_validate(trainer, NULL, 0, "a", NULL, findings));
    ABORTS((void)!sweep_validator_new(NULL, NULL, NULL, NULL));
    ABORTS((void)!sweep_validator_check(NULL, "a: 1", 4, "a", NULL, findings));
    ABORTS(sweep_recipe_of(NULL, "a", "", 0, &how));
    ABORTS(sweep_recipe_of(trainer, "a", "", 0, NULL));
    ABORTS(sweep_recipes_named(trainer, NULL, 0, &how, 1));
    ABORTS(sweep_explain(NULL, NULL, 0, &explanation));
    ABORTS(sweep_explain(trainer, NULL, 0, NULL));
    ABORTS(sweep_explain_nearest(trainer, NULL));
    ck_assert_int_eq(sweep_validate(trainer, "a: 1", 4, "a", NULL, NULL), SWEEP_OK);
    sweep_trainer_free(NULL);
    sweep_validator_free(NULL);
}
END_TEST

START_TEST(plans_and_builders)
{
    AUTO_FINDINGS struct sweep_findings *findings = sweep_findings_new();
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    struct sweep_request request = {.spec = "{}", .spec_length = 2, .spec_file = "s.json"};
    struct sweep_plan *plan = NULL;
    struct sweep_plan_info info;
    struct sweep_result result;
    size_t length;
    char *text;
    ABORTS((void)!sweep_plan_new(NULL, &request, findings, &plan, NULL));
    ABORTS((void)!sweep_plan_new(trainer, NULL, findings, &plan, NULL));
    ABORTS((void)!sweep_plan_new(trainer, &request, NULL, &plan, NULL));
    ABORTS((void)!sweep_plan_new(trainer, &request, findings, NULL, NULL));
    ABORTS(sweep_plan_describe(NULL, &info));
    ABORTS((void)!sweep_plan_config(NULL, 0, &length));
    ABORTS((void)!sweep_generate(NULL, "q", findings, -1, &result, NULL));
    ABORTS((void)!sweep_stage_new(NULL, NULL, NULL));
    ABORTS((void)!sweep_builder_from_base(NULL, BASE));
    ABORTS((void)!sweep_builder_from_object(NULL, NULL));
    ABORTS(sweep_builder_source(builder, NULL));
    ABORTS((void)!sweep_builder_validate(builder, NULL, NULL));
    ABORTS((void)!sweep_builder_build(builder, NULL, NULL));
    ABORTS((void)!sweep_builder_text(builder, NULL, &length, NULL));
    ABORTS((void)!sweep_builder_text(builder, &text, NULL, NULL));
    ABORTS((void)!sweep_builder_save(builder, NULL, NULL, NULL));
    sweep_plan_free(NULL);
    sweep_stage_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("null");
    TCase *tc = new_case(suite, "null");
#ifndef NDEBUG
    tcase_add_test(tc, findings_and_reports);
    tcase_add_test(tc, trainers_and_checks);
    tcase_add_test(tc, plans_and_builders);
#endif
    return run_suite(suite);
}
