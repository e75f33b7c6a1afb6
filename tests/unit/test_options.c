/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/slurm/options.h"
#include "tests/unit/check_main.h"

static struct sweep_findings *findings;
static struct json_source *source;
static struct slurm_options options;

static void set_up(void)
{
    findings = sweep_findings_new();
    source = NULL;
}

static void tear_down(void)
{
    slurm_options_deinit(&options);
    json_source_free(source);
    sweep_findings_free(findings);
}

static enum sweep_code parse(const char *text)
{
    ck_assert_int_eq(json_source_parse(text, strlen(text), "s.json", findings, &source), SWEEP_OK);
    return slurm_options_parse(source->value, source->root, findings, &options);
}

START_TEST(absent)
{
    ck_assert_int_eq(slurm_options_parse(NULL, NULL, findings, &options), SWEEP_OK);
    assert_buffer(options.directives, "");
    ck_assert_uint_eq(options.array_parallelism, 0);
    ck_assert_uint_eq(options.array_size, 1000);
}
END_TEST

START_TEST(directives_in_written_order)
{
    ck_assert_int_eq(parse("{\"time\": \"24:00:00\", \"partition\": \"gpu\", \"array_size\": 7,"
                           "\"cpus_per_task\": 8, \"requeue\": true, \"exclusive\": false,"
                           "\"mem\": 64000, \"gres\": \"gpu:a100:1\", \"array_parallelism\": 3}"),
        SWEEP_OK);
    assert_buffer(options.directives, "#SBATCH --time=24:00:00\n"
                                      "#SBATCH --partition=gpu\n"
                                      "#SBATCH --cpus-per-task=8\n"
                                      "#SBATCH --requeue\n"
                                      "#SBATCH --mem=64000\n"
                                      "#SBATCH --gres=gpu:a100:1\n");
    ck_assert_uint_eq(options.array_size, 7);
    ck_assert_uint_eq(options.array_parallelism, 3);
}
END_TEST

/* One option; `good` is the directive after the option's name, or NULL if the value is refused. */
static const struct {
    const char *name, *value, *good;
} values[] = {
    /* times: minutes, minutes:seconds, hours:minutes:seconds, days-hours[:minutes[:seconds]] */
    {"time", "\"30\"", "=30"},
    {"time", "30", "=30"},
    {"time", "\"30:00\"", "=30:00"},
    {"time", "\"24:00:00\"", "=24:00:00"},
    {"time", "\"2-12\"", "=2-12"},
    {"time", "\"2-12:30\"", "=2-12:30"},
    {"time", "\"2-12:30:15\"", "=2-12:30:15"},
    {"time", "\"UNLIMITED\"", "=UNLIMITED"},
    {"time-min", "\"1:00:00\"", "=1:00:00"},
    {"time", "\"\"", NULL},
    {"time", "\"-5\"", NULL},
    {"time", "-5", NULL},
    {"time", "0", NULL},
    {"time", "1.5", NULL},
    {"time", "\"1h\"", NULL},
    {"time", "\"1:2:3:4\"", NULL},
    {"time", "\"1-2-3\"", NULL},
    {"time", "\"1:2-3\"", NULL},
    {"time", "\"1-\"", NULL},
    {"time", "\"1:\"", NULL},
    {"time", "\":30\"", NULL},
    {"time", "\"1 \"", NULL},
    {"time", "\"unlimited please\"", NULL},
    {"time", "true", NULL},
    {"time", "null", NULL},
    /* sizes */
    {"mem", "\"64G\"", "=64G"},
    {"mem", "\"0\"", "=0"},
    {"mem", "\"512\"", "=512"},
    {"mem", "1024", "=1024"},
    {"mem", "\"1T\"", "=1T"},
    {"mem-per-gpu", "\"80000M\"", "=80000M"},
    {"mem", "\"64GB\"", NULL},
    {"mem", "\"64g\"", NULL},
    {"mem", "\"1.5G\"", NULL},
    {"mem", "\"G\"", NULL},
    {"mem", "\"-1G\"", NULL},
    {"mem", "\"1 G\"", NULL},
    {"mem", "-1", NULL},
    {"mem", "[1]", NULL},
    /* counts */
    {"ntasks", "4", "=4"},
    {"ntasks", "0", NULL},
    {"ntasks", "-1", NULL},
    {"ntasks", "1.0", NULL},
    {"ntasks", "\"4\"", NULL},
    /* words */
    {"partition", "\"gpu,gpu-long\"", "=gpu,gpu-long"},
    {"gres", "\"gpu:a100:2\"", "=gpu:a100:2"},
    {"constraint", "\"[rack1|rack2]&ib\"", "=[rack1|rack2]&ib"},
    {"nodelist", "\"node[01-04,7]\"", "=node[01-04,7]"},
    {"mail-user", "\"me+x@host.org\"", "=me+x@host.org"},
    {"signal", "\"B:USR1@300\"", "=B:USR1@300"},
    {"nodes", "2", "=2"},
    {"nodes", "\"2-4\"", "=2-4"},
    {"account", "\"\"", NULL},
    {"account", "\"a b\"", NULL},
    {"account", "\"a\\nb\"", NULL},
    {"account", "\"a\\n#SBATCH --wrap=x\"", NULL},
    {"account", "\"--x\"", NULL},
    {"account", "\"-x\"", NULL},
    {"account", "\"$(id)\"", NULL},
    {"account", "\"`id`\"", NULL},
    {"account", "\"'x'\"", NULL},
    {"account", "\"x#y\"", NULL},
    {"account", "\"x\\\\y\"", NULL},
    {"account", "\"\\u00e9\"", NULL},
    {"account", "true", NULL},
    {"account", "1.5", NULL},
    {"nodes", "0", NULL},
    /* flags */
    {"exclusive", "true", ""},
    {"no-requeue", "true", ""},
    {"exclusive", "\"yes\"", NULL},
    {"exclusive", "1", NULL},
    {"exclusive", "null", NULL},
};

START_TEST(value)
{
    char text[300], wanted[300] = "";
    snprintf(text, sizeof text, "{\"%s\": %s}", values[_i].name, values[_i].value);
    enum sweep_code code = parse(text);
    ck_assert_msg(code == (values[_i].good != NULL ? SWEEP_OK : SWEEP_INVALID), "%s", text);
    if (values[_i].good != NULL) {
        snprintf(wanted, sizeof wanted, "#SBATCH --%s%s\n", values[_i].name, values[_i].good);
    } else {
        ck_assert_str_eq(code_at(findings, 0), "bad-option");
        ck_assert_ptr_nonnull(strstr(message_at(findings, 0), values[_i].name));
        assert_place(findings, 0, 1, (unsigned)strlen(values[_i].name) + 6);
    }
    assert_buffer(options.directives, wanted);
}
END_TEST

static const struct {
    const char *name, *value;
    bool good;
} ours[] = {
    {"array_size", "1", true},
    {"array_size", "4000000", true},
    {"array_size", "0", false},
    {"array_size", "4000001", false},
    {"array_size", "-1", false},
    {"array_size", "\"7\"", false},
    {"array_size", "1.0", false},
    {"array_size", "9223372036854775807", false},
    {"array_parallelism", "1", true},
    {"array_parallelism", "0", false},
    {"array_parallelism", "true", false},
    {"array-size", "5", true},
};

START_TEST(our_own)
{
    char text[100];
    snprintf(text, sizeof text, "{\"%s\": %s}", ours[_i].name, ours[_i].value);
    ck_assert_msg(parse(text) == (ours[_i].good ? SWEEP_OK : SWEEP_INVALID), "%s", text);
    if (!ours[_i].good)
        ck_assert_uint_eq(options.array_size, 1000);
    assert_buffer(options.directives, "");
}
END_TEST

static const char *const reserved[] = {"array", "job-name", "job_name", "output", "error", "chdir",
    "wrap", "export", "parsable", "no-such", "", "TIME", "partition ",
    "a-name-longer-than-any-sane"
    "-option-name-could-ever-be-and-then-some-more"};

START_TEST(not_ours_to_give)
{
    char text[200];
    snprintf(text, sizeof text, "{\"%s\": \"x\"}", reserved[_i]);
    ck_assert_int_eq(parse(text), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "unknown-option");
    assert_place(findings, 0, 1, 2);
    assert_buffer(options.directives, "");
}
END_TEST

START_TEST(suggestions_and_all_findings)
{
    ck_assert_int_eq(
        parse("{\"partitoin\": \"gpu\", \"mem\": \"x\", \"time\": \"1:00\"}"), SWEEP_INVALID);
    ck_assert_str_eq(hint_at(findings, 0), "did you mean \"partition\"?");
    ck_assert_str_eq(code_at(findings, 1), "bad-option");
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 2);
    assert_buffer(options.directives, "#SBATCH --time=1:00\n");
}
END_TEST

/* Both spellings are the same option to sbatch. */
START_TEST(the_same_option_twice)
{
    ck_assert_int_eq(parse("{\"cpus-per-task\": 4, \"cpus_per_task\": 8}"), SWEEP_INVALID);
}
END_TEST

START_TEST(no_object)
{
    ck_assert_int_eq(parse("[1]"), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "wrong-type");
    ck_assert_uint_eq(options.array_size, 1000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tc = add_case(suite, "options");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, absent);
    tcase_add_test(tc, directives_in_written_order);
    tcase_add_loop_test(tc, value, 0, (int)COUNT(values));
    tcase_add_loop_test(tc, our_own, 0, (int)COUNT(ours));
    tcase_add_loop_test(tc, not_ours_to_give, 0, (int)COUNT(reserved));
    tcase_add_test(tc, suggestions_and_all_findings);
    tcase_add_test(tc, the_same_option_twice);
    tcase_add_test(tc, no_object);
    return check_main(suite);
}
