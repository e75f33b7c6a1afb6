/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/jobs/queue.h"
#include "tests/unit/check_main.h"

#define S "\x1f"

static const struct queue_row *parsed(struct queue *queue, const char *text, int64_t index)
{
    struct strbuf buffer = {0};
    strbuf_puts(&buffer, text);
    queue_deinit(queue);
    ck_assert(queue_parse(queue, &buffer));
    ck_assert(queue->answered);
    return queue_find(queue, (struct jobs_task){77, index});
}

START_TEST(rows)
{
    static const struct {
        const char *fields;
        enum queue_state state;
        int exit_code;
    } cases[] = {
        {"PENDING" S "Priority" S "0", QUEUE_PENDING, -1},
        {"PENDING" S "JobHeldUser" S "0", QUEUE_HELD, -1},
        {"PENDING" S "JobHeldAdmin" S "0", QUEUE_HELD, -1},
        {"PENDING" S "launch failed requeued held" S "0", QUEUE_HELD, -1},
        {"PENDING" S "job requeued in held state" S "0", QUEUE_HELD, -1},
        {"RUNNING" S "None" S "0", QUEUE_LIVE, -1},
        {"COMPLETING" S "None" S "0", QUEUE_LIVE, -1},
        {"COMPLETED" S "None" S "0", QUEUE_COMPLETED, 0},
        {"FAILED" S "NonZeroExitCode" S "256", QUEUE_FAILED, 1},
        {"FAILED" S "JobLaunchFailure" S "53", QUEUE_NO_LAUNCH, -1},
        {"FAILED" S "JobLaunchFailure" S "9", QUEUE_FAILED, 137},
        {"TIMEOUT" S "TimeLimit" S "15", QUEUE_TIMEOUT, -1},
        {"NODE_FAIL" S "None" S "15", QUEUE_NODE_FAIL, -1},
        {"OUT_OF_MEMORY" S "OutOfMemory" S "125", QUEUE_OUT_OF_MEMORY, -1},
        {"PREEMPTED" S "None" S "15", QUEUE_PREEMPTED, -1},
        {"CANCELLED" S "None" S "15", QUEUE_CANCELLED, -1},
    };
    struct queue queue = {0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP_STRBUF struct strbuf line = {0};
        strbuf_printf(&line, "77" S "3" S "%s" S "token" S "\n", cases[i].fields);
        const struct queue_row *row = parsed(&queue, line.data, 3);
        ck_assert_msg(
            row != NULL && row->state == cases[i].state && row->exit_code == cases[i].exit_code,
            "%s", cases[i].fields);
        ck_assert_str_eq(row->comment, "token");
    }
    queue_deinit(&queue);
}
END_TEST

START_TEST(many)
{
    struct queue queue = {0};
    const struct queue_row *row = parsed(&queue,
        "80" S "N/A" S "RUNNING" S "None" S "0" S "\n"
        "77" S "10" S "RUNNING" S "None" S "0" S "\n"
        "nonsense\n\n"
        "77" S "2" S "PENDING" S "Job's account not permitted to use this partition (a b)" S "0" S
        "\n"
        "77" S "3" S "DREAMING" S "None" S "0" S "\n",
        2);
    ck_assert_uint_eq(queue.n_rows, 3);
    ck_assert_ptr_nonnull(row);
    ck_assert(queue_is_hopeless(row->reason));
    ck_assert_ptr_nonnull(queue_find(&queue, (struct jobs_task){80, -1}));
    ck_assert_ptr_nonnull(queue_find(&queue, (struct jobs_task){77, 10}));
    ck_assert_ptr_null(queue_find(&queue, (struct jobs_task){77, 3}));
    queue_deinit(&queue);
    ck_assert_ptr_null(queue_find(&queue, (struct jobs_task){77, 10}));
}
END_TEST

START_TEST(accounting)
{
    struct queue queue = {0};
    struct strbuf text = {0};
    strbuf_puts(&text, "77_0" S "COMPLETED" S "0:0\n"
                       "77_1" S "CANCELLED by 1000" S "0:15\n"
                       "77_2" S "FAILED" S "0:53\n"
                       "77_3" S "FAILED" S "3:0\n"
                       "77_[4-9]" S "PENDING" S "0:0\n"
                       "77_4" S "RUNNING" S "0:0\n"
                       "78" S "NODE_FAIL" S "1:0\n");
    ck_assert(queue_parse_accounting(&queue, &text));
    static const enum queue_state wanted[] = {
        QUEUE_COMPLETED, QUEUE_CANCELLED, QUEUE_NO_LAUNCH, QUEUE_FAILED};
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(queue_find(&queue, (struct jobs_task){77, i})->state, wanted[i]);
    ck_assert_int_eq(queue_find(&queue, (struct jobs_task){77, 3})->exit_code, 3);
    ck_assert_ptr_null(queue_find(&queue, (struct jobs_task){77, 4}));
    ck_assert_int_eq(queue_find(&queue, (struct jobs_task){78, -1})->state, QUEUE_NODE_FAIL);
    queue_deinit(&queue);
}
END_TEST

START_TEST(hopeless)
{
    ck_assert(queue_is_hopeless("BadConstraints"));
    ck_assert(queue_is_hopeless("AssocMaxWallDurationPerJobLimit"));
    ck_assert(queue_is_hopeless("QOSMaxWallDurationPerJobLimit"));
    ck_assert(queue_is_hopeless("ReqNodeNotAvail, UnavailableNodes:n1"));
    ck_assert(queue_is_hopeless("launch failed requeued held"));
    ck_assert(!queue_is_hopeless("Priority"));
    ck_assert(!queue_is_hopeless("Resources"));
    ck_assert(!queue_is_hopeless("BeginTime"));
    ck_assert(!queue_is_hopeless("JobHeldUser"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("queue");
    TCase *tc = add_case(suite, "rows");
    tcase_add_test(tc, rows);
    tcase_add_test(tc, many);
    tcase_add_test(tc, accounting);
    tcase_add_test(tc, hopeless);
    return check_main(suite);
}
