/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/jobs/attempt.h"
#include "tests/unit/check_main.h"

#define START "1795973132 start 77.12 restart=1 job=89 host=n1 output=a b/run 1\n"

static struct attempt parse(const char *text)
{
    struct attempt attempt;
    attempt_parse(text, strlen(text), &attempt);
    return attempt;
}

START_TEST(whole)
{
    struct attempt a = parse(START "1795973190 signal TERM\n"
                                   "1795973195 end class=stopped rc=143 signal=TERM note=x\n");
    ck_assert_int_eq(a.state, ATTEMPT_STOPPED);
    ck_assert(!a.damaged);
    ck_assert_int_eq(a.started, 1795973132);
    ck_assert_int_eq(a.ended, 1795973195);
    ck_assert_uint_eq(a.task.job, 77);
    ck_assert_int_eq(a.task.index, 12);
    ck_assert_uint_eq(a.job, 89);
    ck_assert_uint_eq(a.restarts, 1);
    ck_assert_int_eq(a.exit_code, 143);
    ck_assert_str_eq(a.signal, "TERM");
    ck_assert_str_eq(a.host, "n1");
    ck_assert_uint_eq(a.output_length, strlen("a b/run 1"));
    ck_assert(strncmp(a.output, "a b/run 1", a.output_length) == 0);
}
END_TEST

START_TEST(ends)
{
    static const struct {
        const char *line;
        enum attempt_state state;
        bool damaged;
    } cases[] = {
        {"", ATTEMPT_STARTED, false},
        {"5 end class=done rc=0 signal=\n", ATTEMPT_DONE, false},
        {"5 end class=failed rc=1 signal=\n", ATTEMPT_FAILED, false},
        {"5 end class=setup rc=78\n", ATTEMPT_SETUP, false},
        {"5 end class=sleeping rc=0\n", ATTEMPT_STARTED, true},
        {"5 end rc=0\n", ATTEMPT_STARTED, true},
        {"5 end class=done rc=no\n", ATTEMPT_STARTED, true},
        {"5 end class=done rc=0", ATTEMPT_STARTED, true}, /* not a whole line */
        {"5 stage evaluation\n", ATTEMPT_STARTED, false}, /* of a newer script */
        {"5\n", ATTEMPT_STARTED, true},
        {"\n", ATTEMPT_STARTED, true},
        {START, ATTEMPT_STARTED, true}, /* two writers */
        {"5 end class=failed rc=1\n6 end class=done rc=0\n", ATTEMPT_DONE, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        strbuf_printf(&text, "%s%s", START, cases[i].line);
        struct attempt a = parse(text.data);
        ck_assert_msg(a.state == cases[i].state && a.damaged == cases[i].damaged, "\"%s\": %d, %d",
            cases[i].line, (int)a.state, a.damaged);
    }
}
END_TEST

START_TEST(damaged)
{
    static const char *const texts[] = {"", "\n", "17959", "1795973132 start\n",
        "1795973132 start x\n", "1795973132 start 7.\n", "1795973132 start 7.1", "start 7.1\n",
        "1795973132 end class=done rc=0\n",
        "\x7f"
        "ELF\n\n\n",
        "1795973132\n", "end\n", "99999999999999999999 start 1.1\n"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct attempt a = parse(texts[i]);
        ck_assert_msg(a.state == ATTEMPT_DAMAGED && a.damaged, "\"%s\"", texts[i]);
        ck_assert_int_eq(a.started, 0);
    }
    struct attempt zeros;
    attempt_parse("\0\0\0\0\n\0", 6, &zeros);
    ck_assert_int_eq(zeros.state, ATTEMPT_DAMAGED);
}
END_TEST

START_TEST(without_an_array)
{
    struct attempt a = parse("5 start 77\n");
    ck_assert_int_eq(a.state, ATTEMPT_STARTED);
    ck_assert_uint_eq(a.task.job, 77);
    ck_assert_int_eq(a.task.index, -1);
    ck_assert_ptr_null(a.output);
    ck_assert_str_eq(a.host, "");
}
END_TEST

START_TEST(long_words_are_cut)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "5 start 77.1 host=");
    strbuf_repeat(&text, 'h', 500);
    strbuf_puts(&text, "\n6 signal ");
    strbuf_repeat(&text, 'S', 500);
    strbuf_puts(&text, "\n");
    struct attempt a = parse(text.data);
    ck_assert_uint_eq(strlen(a.host), sizeof a.host - 1);
    ck_assert_uint_eq(strlen(a.signal), sizeof a.signal - 1);
}
END_TEST

START_TEST(names)
{
    static const char *const wrong[] = {"run_012", "run_012.", "run_012.0", "run_012.01", ".1",
        "run_012.x", "run_012.-1", "run_012.1~", "run_012.99999999"};
    size_t length;
    unsigned number;
    ck_assert(attempt_name("run_012.10", &length, &number));
    ck_assert_uint_eq(length, 7);
    ck_assert_uint_eq(number, 10);
    for (size_t i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(!attempt_name(wrong[i], &length, &number), "%s", wrong[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("attempt");
    TCase *tc = add_case(suite, "files");
    tcase_add_test(tc, whole);
    tcase_add_test(tc, ends);
    tcase_add_test(tc, damaged);
    tcase_add_test(tc, without_an_array);
    tcase_add_test(tc, long_words_are_cut);
    tcase_add_test(tc, names);
    return check_main(suite);
}
