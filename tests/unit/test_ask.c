/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/common/clock.h"
#include "daemon/slurm/ask.h"
#include "tests/unit/check_main.h"

/* Makes a program of Slurm's name in the scratch directory, which is first on PATH. */
static void put(const char *program, const char *script)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_printf(&text, "#!/bin/sh\n%s\n", script);
    write_file(in_scratch(program), text.data);
    ck_assert_int_eq(chmod(in_scratch(program), 0755), 0);
}

static void set_up(void)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    scratch_make();
    strbuf_printf(&path, "%s:%s", scratch, getenv("PATH"));
    ck_assert_int_eq(setenv("PATH", path.data, 1), 0);
    put("scontrol", "echo 'Slurmctld(primary) at host is UP'");
}

static enum ask_answer ask(const char *script, int timeout_ms, struct ask_reply *reply)
{
    static const char *const argv[] = {"squeue", "-h", NULL};
    put("squeue", script);
    return ask_run(argv, timeout_ms, reply);
}

START_TEST(answers)
{
    static const struct {
        const char *script;
        enum ask_answer answer;
        const char *reason;
    } cases[] = {
        {"echo 12; echo note >&2", ASK_DONE, ""},
        {"echo 'squeue: error: Invalid user: x' >&2; exit 1", ASK_REFUSED, "Invalid user: x"},
        {"exit 3", ASK_REFUSED, "exit status 3"},
        {"kill -9 $$", ASK_REFUSED, "exit status 137"},
        {"echo 'squeue: error: If munged is up, restart with --num-threads=10\n"
         "squeue: error: Munge encode failed: Failed to access' >&2; exit 1",
            ASK_NO_ANSWER, "If munged is up, restart with --num-threads=10"},
        {"echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2;"
         "exit 1",
            ASK_NO_ANSWER,
            "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"},
    };
    struct ask_reply reply = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum ask_answer answer = ask(cases[i].script, 5000, &reply);
        ck_assert_msg(answer == cases[i].answer, "%s: %d", cases[i].script, answer);
        ck_assert_str_eq(reply.reason, cases[i].reason);
    }
    ask_reply_deinit(&reply);
}
END_TEST

/* Only a controller that is up knows that there is no such job. */
START_TEST(no_such_job)
{
    static const char unknown[] =
        "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1";
    struct ask_reply reply = {0};
    ck_assert_int_eq(ask(unknown, 5000, &reply), ASK_NO_JOB);
    put("scontrol", "echo 'Slurmctld(primary) at host is DOWN'; exit 1");
    ck_assert_int_eq(ask(unknown, 5000, &reply), ASK_NO_ANSWER);
    ask_reply_deinit(&reply);
}
END_TEST

/* A client that waits for munge does so for ever, and so may what it started. */
START_TEST(a_program_that_hangs)
{
    struct ask_reply reply = {0};
    int64_t start_ms = clock_ms();
    ck_assert_int_eq(ask("sleep 60", 200, &reply), ASK_NO_ANSWER);
    ck_assert_str_eq(reply.reason, "no answer within 0.2 s");
    ck_assert_int_lt(clock_ms() - start_ms, 10000);
    ask_reply_deinit(&reply);
}
END_TEST

START_TEST(a_missing_program)
{
    static const char *const argv[] = {"squeue-that-is-not-there", NULL};
    struct ask_reply reply = {0};
    ck_assert_int_eq(ask_run(argv, 1000, &reply), ASK_NOT_FOUND);
    ck_assert_str_eq(reply.reason, "squeue-that-is-not-there is not on PATH");
    ask_reply_deinit(&reply);
}
END_TEST

/* Variables of sbatch win over the script, those of squeue change what it prints. */
START_TEST(its_environment)
{
    struct ask_reply reply = {0};
    setenv("SLURM_CONF", "/etc/slurm.conf", 1);
    setenv("SLURM_JOB_ID", "7", 1);
    setenv("SBATCH_ARRAY_INX", "0-1", 1);
    setenv("SQUEUE_FORMAT", "%i", 1);
    setenv("MY_SLURM_JOB_ID", "8", 1);
    ck_assert_int_eq(ask("env | grep -E 'SLURM_|SBATCH_|SQUEUE_' | sort", 5000, &reply), ASK_DONE);
    ck_assert_str_eq(
        strbuf_string(&reply.output), "MY_SLURM_JOB_ID=8\nSLURM_CONF=/etc/slurm.conf\n");
    ask_reply_deinit(&reply);
}
END_TEST

/* More than a pipe holds, on both at the same time. */
START_TEST(long_output)
{
    struct ask_reply reply = {0};
    ck_assert_int_eq(
        ask("head -c 300000 /dev/zero >&2; head -c 1000000 /dev/zero", 20000, &reply), ASK_DONE);
    ck_assert_uint_eq(reply.output.length, 1000000);
    ask_reply_deinit(&reply);
}
END_TEST

START_TEST(rows)
{
    char text[] = "12\x1f"
                  "0\x1fPENDING\n13\x1f\x1f"
                  "a\x1f"
                  "b\n\n14";
    char *rest = text, *fields[3];
    ck_assert(ask_next_row(&rest, fields, 3));
    ck_assert_str_eq(fields[0], "12");
    ck_assert_str_eq(fields[2], "PENDING");
    ck_assert(ask_next_row(&rest, fields, 3));
    ck_assert_str_eq(fields[1], "");
    ck_assert_str_eq(fields[2], "a");
    ck_assert(ask_next_row(&rest, fields, 3));
    ck_assert_str_eq(fields[0], "");
    ck_assert(ask_next_row(&rest, fields, 3));
    ck_assert_str_eq(fields[0], "14");
    ck_assert_str_eq(fields[2], "");
    ck_assert(!ask_next_row(&rest, fields, 3));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ask");
    TCase *tc = add_case(suite, "ask");
    tcase_add_unchecked_fixture(tc, scratch_make_root, scratch_remove_root);
    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, answers);
    tcase_add_test(tc, no_such_job);
    tcase_add_test(tc, a_program_that_hangs);
    /* valgrind replaces vfork() by fork(), so that posix_spawn() does not see the failed exec. */
    if (!under_valgrind())
        tcase_add_test(tc, a_missing_program);
    tcase_add_test(tc, its_environment);
    tcase_add_test(tc, long_output);
    tcase_add_test(tc, rows);
    return check_main(suite);
}
