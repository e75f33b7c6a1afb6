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
    const struct slurm_reading reading = {.findings = findings};
    return slurm_options_parse(source->value, source->root, &reading, &options);
}

START_TEST(absent)
{
    const struct slurm_reading reading = {.findings = findings};
    ck_assert_int_eq(slurm_options_parse(NULL, NULL, &reading, &options), SWEEP_OK);
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
    {"time", "\"unlimited\"", "=unlimited"},
    {"time", "\"25:00:00\"", "=25:00:00"},
    {"time", "\"90:00\"", "=90:00"},
    {"time", "\"25:99:99\"", NULL},
    {"time", "\"90:90\"", NULL},
    {"time", "\"1-24:00:00\"", NULL},
    {"time", "\"1-25\"", NULL},
    {"time", "\"0\"", NULL},
    {"time", "\"0:00\"", NULL},
    {"delay-boot", "0", "=0"},
    {"time", "null", NULL},
    /* sizes */
    {"mem", "\"64G\"", "=64G"},
    {"mem", "\"0\"", "=0"},
    {"mem", "\"512\"", "=512"},
    {"mem", "1024", "=1024"},
    {"mem", "\"1T\"", "=1T"},
    {"mem-per-cpu", "\"80000M\"", "=80000M"},
    {"mem", "\"64GB\"", "=64GB"},
    {"mem", "\"64g\"", "=64g"},
    {"mem", "\"32gb\"", "=32gb"},
    {"mem", "\"64GiB\"", NULL},
    {"mem", "\"64P\"", NULL},
    {"mem", "\"64B\"", NULL},
    {"mem", "\"\"", NULL},
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
    {"nodes", "\"abc\"", NULL},
    {"nodes", "\"4-2\"", NULL},
    {"nodes", "\"0-2\"", NULL},
    {"nodes", "\"1.5\"", NULL},
    {"nodes", "\"2k\"", "=2k"},
    {"nodes", "\"1,2,4\"", "=1,2,4"},
    /* GPUs */
    {"gpus", "4", "=4"},
    {"gpus", "0", "=0"},
    {"gpus", "\"a100\"", "=a100"},
    {"gpus", "\"a100:2\"", "=a100:2"},
    {"gpus", "\"a100:2,h100:1\"", "=a100:2,h100:1"},
    {"gpus", "[\"a100:2\", \"h100:1\"]", "=a100:2,h100:1"},
    {"gpus", "\"1g.5gb:1\"", "=1g.5gb:1"},
    {"gpus", "\"one\"", NULL},
    {"gpus", "\"gpu:1\"", NULL},
    {"gpus", "\"a100:two\"", NULL},
    {"gpus", "\"a100:\"", NULL},
    {"gpus", "\"1.5\"", NULL},
    {"gpus", "\"8gpus\"", NULL},
    {"gpus", "\"gpu:a100:1\"", NULL},
    {"gpus", "-1", NULL},
    {"gpus", "true", NULL},
    {"gpus-per-node", "\"all\"", NULL},
    {"gres", "\"gpu\"", "=gpu"},
    {"gres", "\"gpu:1,shard:2\"", "=gpu:1,shard:2"},
    {"gres", "\"tmp:10G\"", "=tmp:10G"},
    {"gres", "[\"gpu:1\", \"nvme\"]", "=gpu:1,nvme"},
    {"gres", "\"GPU:1\"", NULL},
    {"gres", "\"gpus:1\"", NULL},
    {"gres", "\"gpu:one\"", NULL},
    {"gres", "\"gpu:\"", NULL},
    {"gres", "\"gpu=1\"", NULL},
    {"gres", "\"gpu:a100:1:2\"", NULL},
    {"gres", "\"gpu:-1\"", NULL},
    {"gres", "1", NULL},
    /* words of a list, in any case */
    {"mail-type", "\"END,FAIL\"", "=END,FAIL"},
    {"mail-type", "\"end\"", "=end"},
    {"mail-type", "[\"END\", \"TIME_LIMIT_80\"]", "=END,TIME_LIMIT_80"},
    {"mail-type", "\"ENDD\"", NULL},
    {"mail-type", "\"END,FOO\"", NULL},
    {"mail-type", "\"END,,FAIL\"", NULL},
    {"mail-type", "[]", NULL},
    {"mail-type", "[\"END,FAIL\"]", NULL},
    {"mail-type", "[\"\"]", NULL},
    {"mail-type", "[1]", NULL},
    {"exclusive", "\"user\"", "=user"},
    {"exclusive", "\"mcs\"", "=mcs"},
    {"exclusive", "\"topo\"", "=topo"},
    {"exclusive", "\"\"", NULL},
    {"exclusive", "[\"user\"]", NULL},
    {"open-mode", "\"append\"", "=append"},
    {"open-mode", "\"write\"", NULL},
    {"hint", "\"nomultithread\"", "=nomultithread"},
    {"hint", "\"help\"", NULL},
    {"profile", "\"energy,task\"", "=energy,task"},
    {"propagate", "true", ""},
    {"propagate", "\"STACK,NOFILE\"", "=STACK,NOFILE"},
    /* patterns */
    {"export", "\"ALL\"", "=ALL"},
    {"export", "\"NONE\"", "=NONE"},
    {"export", "\"ALL,HF_HOME=/scratch/hf\"", "=ALL,HF_HOME=/scratch/hf"},
    {"export", "\"A-B=c\"", NULL},
    {"nice", "true", ""},
    {"nice", "-5", "=-5"},
    {"nice", "2147483646", NULL},
    {"nice", "\"foo\"", NULL},
    {"gpu-bind", "\"verbose,map_gpu:0,1\"", "=verbose,map_gpu:0,1"},
    {"gpu-bind", "\"foo\"", NULL},
    {"sockets-per-node", "2", "=2"},
    {"gpus-per-socket", "\"2.5\"", NULL},
    {"signal", "\"USR1\"", "=USR1"},
    {"signal", "10", "=10"},
    {"signal", "\"SIGTERM@65535\"", "=SIGTERM@65535"},
    {"signal", "\"B:TERM@65536\"", NULL},
    {"signal", "\"foo\"", NULL},
    {"signal", "\"@60\"", NULL},
    {"begin", "\"now+2hours\"", "=now+2hours"},
    {"begin", "\"2030-01-31T20:30\"", "=2030-01-31T20:30"},
    {"begin", "\"16:00\"", "=16:00"},
    {"begin", "\"tomorrow\"", "=tomorrow"},
    {"begin", "\"yesterday\"", NULL},
    {"begin", "\"2030-13-01\"", NULL},
    {"deadline", "\"25:00\"", NULL},
    {"dependency", "\"singleton\"", "=singleton"},
    {"dependency", "\"afterok:12:13,afterany:14_[1-3]\"", "=afterok:12:13,afterany:14_[1-3]"},
    {"dependency", "\"afterok:1?afterok:2\"", "=afterok:1?afterok:2"},
    {"dependency", "\"afterok\"", NULL},
    {"dependency", "\"foo:1\"", NULL},
    {"distribution", "\"block:cyclic,Pack\"", "=block:cyclic,Pack"},
    {"distribution", "\"fcyclic\"", NULL},
    {"switches", "\"1@60\"", "=1@60"},
    {"switches", "\"1@foo\"", NULL},
    {"priority", "\"TOP\"", "=TOP"},
    {"priority", "0", NULL},
    {"kill-on-invalid-dep", "\"yes\"", "=yes"},
    {"wait-all-nodes", "2", NULL},
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
    "wrap", "hold", "parsable", "no-such", "", "TIME", "partition ",
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

/* `other` is the option that the message names, NULL: sbatch takes them together. */
static const struct {
    const char *options, *other;
} together[] = {
    {"\"mem\": 1, \"mem-per-gpu\": 1, \"gpus\": 1", "mem-per-gpu"},
    {"\"mem\": 1, \"mem-per-cpu\": 1", "mem-per-cpu"},
    {"\"mem-per-gpu\": 1, \"gres\": \"gpu:1\"", NULL},
    {"\"mem-per-gpu\": 1", "mem-per-gpu"},
    {"\"mem-per-gpu\": 1, \"gres\": \"shard:1\"", "mem-per-gpu"},
    {"\"requeue\": true, \"no-requeue\": true", "no-requeue"},
    {"\"requeue\": false, \"no-requeue\": true", NULL},
    {"\"requeue\": true, \"no-requeue\": false", NULL},
    {"\"cpus-per-gpu\": 1, \"cpus-per-task\": 1, \"gpus\": 1", "cpus-per-gpu"},
    {"\"gpus\": 4, \"gres\": \"gpu:2\"", "gres"},
    {"\"gpus\": 4, \"gres\": \"gpu:2\", \"nodes\": 2", NULL},
    {"\"gpus\": 4, \"gres\": \"gpu:2\", \"nodes\": 1", "gres"},
    {"\"gpus\": 4, \"gres\": \"gpu:2\", \"nodes\": \"1-4\"", NULL},
    {"\"gpus\": 2, \"gres\": \"gpu:2\"", NULL},
    {"\"gpus\": 1, \"gres\": \"gpu:2\"", "gres"},
    {"\"gpus\": 2, \"gres\": \"shard:1\"", NULL},
    {"\"gpus\": 4, \"gpus-per-node\": 2", NULL},
    {"\"gpus\": 3, \"gpus-per-node\": 2", "gpus-per-node"},
    {"\"gres\": \"gpu:1\", \"gpus-per-node\": 2", "gpus-per-node"},
    {"\"gres\": \"gpu:a100:2\", \"gpus\": 2", "gres"},
    {"\"gres\": \"gpu:a100:2\", \"gpus\": \"a100:2\"", NULL},
    {"\"gres\": \"gpu:a100:1,gpu:1\"", "gres"},
    {"\"gpus-per-task\": 1", "gpus-per-task"},
    {"\"gpus-per-task\": 1, \"ntasks\": 1", NULL},
    {"\"gpus-per-task\": 2, \"ntasks\": 4, \"gpus\": 4", "tasks"},
    {"\"ntasks-per-gpu\": 1", "ntasks-per-gpu"},
    {"\"ntasks-per-gpu\": 1, \"gpus\": 1", NULL},
    {"\"gpus-per-socket\": 1", "gpus-per-socket"},
    {"\"gpus-per-socket\": 1, \"sockets-per-node\": 1", NULL},
    {"\"time\": 10, \"time-min\": 20", "time-min"},
    {"\"time\": \"1:00:00\", \"time-min\": \"60\"", NULL},
    {"\"time\": \"UNLIMITED\", \"time-min\": \"60\"", NULL},
    {"\"time\": 10, \"time-min\": \"UNLIMITED\"", "time-min"},
    {"\"ntasks\": 4, \"nodes\": 1, \"ntasks-per-node\": 2", "tasks"},
    {"\"ntasks\": 4, \"nodes\": 2, \"ntasks-per-node\": 2", NULL},
    {"\"distribution\": \"arbitrary\"", "distribution"},
    {"\"distribution\": \"arbitrary\", \"nodelist\": \"n1\"", NULL},
};

START_TEST(options_together)
{
    char text[200];
    snprintf(text, sizeof text, "{%s}", together[_i].options);
    enum sweep_code code = parse(text);
    if (together[_i].other == NULL) {
        ck_assert_msg(code == SWEEP_OK, "%s", text);
        return;
    }
    ck_assert_msg(code == SWEEP_INVALID, "%s", text);
    size_t i = 0;
    while (sweep_findings_get(findings, i) != NULL &&
           strcmp(code_at(findings, i), "option-conflict") != 0)
        i++;
    ck_assert_str_eq(code_at(findings, i), "option-conflict");
    ck_assert_ptr_nonnull(strstr(message_at(findings, i), together[_i].other));
}
END_TEST

/* Valid values that are often meant otherwise. */
static const struct {
    const char *options, *note;
} meanings[] = {
    {"\"time\": \"24\"", "slurm option time: 24 is 24 minutes"},
    {"\"time\": 1", "slurm option time: 1 is 1 minute"},
    {"\"time\": \"24:00\"", "slurm option time: 24:00 is 24 minutes"},
    {"\"time\": \"1:30\"", "slurm option time: 1:30 is 1 minute and 30 seconds"},
    {"\"time\": \"24:00:00\"", NULL},
    {"\"time\": \"2-12\"", NULL},
    {"\"time\": \"UNLIMITED\"", NULL},
    {"\"gpus\": \"volta\"", "slurm option gpus: \"volta\" is one GPU of that type"},
    {"\"gpus\": \"a100\"", NULL},
    {"\"exclusive\": \"topo\"", "slurm option exclusive: topo needs Slurm 24.05 or newer"},
    {"\"segment\": 4", "slurm option segment needs Slurm 24.05 or newer"},
};

START_TEST(meaning)
{
    char text[200];
    snprintf(text, sizeof text, "{%s}", meanings[_i].options);
    ck_assert_int_eq(parse(text), SWEEP_OK);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_NOTE), meanings[_i].note != NULL);
    if (meanings[_i].note != NULL) {
        ck_assert_str_eq(code_at(findings, 0), "option-meaning");
        ck_assert_str_eq(message_at(findings, 0), meanings[_i].note);
    }
}
END_TEST

/* What Slurm would make of a bad value, and how to write what was meant. */
START_TEST(says_what_slurm_makes_of_it)
{
    parse("{\"time\": \"25:99:99\", \"gpus\": \"one\", \"ntasks\": \"4\","
          "\"exclusive\": \"true\", \"hold\": true, \"p\": \"gpu\", \"walltime\": 5}");
    ck_assert_ptr_nonnull(strstr(message_at(findings, 0), "(Slurm would take it as 1-02:41:00)"));
    ck_assert_ptr_nonnull(
        strstr(message_at(findings, 1), "(Slurm would look for GPUs of the type \"one\")"));
    ck_assert_str_eq(hint_at(findings, 2), "remove the quotes");
    ck_assert_str_eq(hint_at(findings, 3), "remove the quotes");
    ck_assert_str_eq(message_at(findings, 4),
        "slurm option \"hold\" cannot be given in a spec: type `./submit.sh --hold` for that");
    ck_assert_str_eq(hint_at(findings, 5), "did you mean \"partition\"?");
    ck_assert_str_eq(hint_at(findings, 6), "did you mean \"time\"?");
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
    tcase_add_loop_test(tc, options_together, 0, (int)COUNT(together));
    tcase_add_loop_test(tc, meaning, 0, (int)COUNT(meanings));
    tcase_add_test(tc, says_what_slurm_makes_of_it);
    tcase_add_test(tc, the_same_option_twice);
    tcase_add_test(tc, no_object);
    return check_main(suite);
}
