/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/jobs/verdict.h"
#include "tests/unit/check_main.h"

/* The table in other words: what must hold of every combination. */
static enum run_state wanted(
    enum attempt_state attempt, enum queue_state queue, enum submitted submitted)
{
    bool is_open = attempt == ATTEMPT_STARTED || attempt == ATTEMPT_DAMAGED;
    if (attempt == ATTEMPT_DONE)
        return RUN_DONE;
    if (queue == QUEUE_PENDING)
        return RUN_QUEUED;
    if (queue == QUEUE_HELD)
        return RUN_HELD;
    if (queue == QUEUE_LIVE)
        return RUN_RUNNING;
    if (attempt != ATTEMPT_NONE && !is_open)
        return RUN_FAILED;
    if (queue == QUEUE_COMPLETED)
        return RUN_UNSURE;
    if (is_open && queue == QUEUE_ABSENT)
        return RUN_LOST;
    if (is_open && queue == QUEUE_UNKNOWN)
        return RUN_UNSURE;
    if (is_open)
        return RUN_FAILED;
    if (queue == QUEUE_CANCELLED)
        return RUN_NEVER_STARTED;
    if (queue > QUEUE_LIVE)
        return RUN_FAILED;
    if (submitted == SUBMITTED_NOT)
        return RUN_NOT_SUBMITTED;
    if (submitted == SUBMITTED_YES && queue == QUEUE_ABSENT)
        return RUN_NEVER_STARTED;
    return RUN_UNSURE;
}

START_TEST(total)
{
    for (int a = 0; a < ATTEMPT_STATES; a++)
        for (int q = 0; q < QUEUE_STATES; q++)
            for (int s = 0; s < SUBMITTED_STATES; s++)
                ck_assert_msg(verdict_state(a, q, s) == wanted(a, q, s),
                    "attempt %d, queue %d, submitted %d: %d", a, q, s, (int)verdict_state(a, q, s));
}
END_TEST

/* Whatever the evidence, a class is there for failed runs and for no others. */
START_TEST(classes)
{
    for (int a = 0; a < ATTEMPT_STATES; a++)
        for (int q = 0; q < QUEUE_STATES; q++)
            for (int s = 0; s < SUBMITTED_STATES; s++)
                for (int l = 0; l < LOG_ENDS; l++) {
                    struct evidence evidence = {.attempt = a,
                        .queue = q,
                        .submitted = s,
                        .log = {l, 9},
                        .exit_code = -1,
                        .queue_exit = -1};
                    struct verdict verdict;
                    verdict_decide(&evidence, &verdict);
                    ck_assert((verdict.state == RUN_FAILED) == (verdict.class != CLASS_NONE));
                    ck_assert_ptr_nonnull(run_state_name(verdict.state));
                    if (verdict.class != CLASS_NONE)
                        ck_assert_ptr_nonnull(run_class_name(verdict.class));
                    ck_assert((verdict.class == CLASS_SIGNAL) == (verdict.signal[0] != '\0'));
                }
}
END_TEST

/* Each end of a job that was seen on a cluster. */
static const struct {
    const char *what;
    struct evidence evidence;
    enum run_state state;
    enum run_class class;
    int exit_code;
    const char *signal;
} ends[] = {
    {"exit 3", {ATTEMPT_FAILED, QUEUE_FAILED, SUBMITTED_YES, {0}, 3, "", 3}, RUN_FAILED, CLASS_EXIT,
        3, ""},
    {"exit 3, purged", {ATTEMPT_FAILED, QUEUE_ABSENT, SUBMITTED_YES, {0}, 3, "", -1}, RUN_FAILED,
        CLASS_EXIT, 3, ""},
    {"command not found", {ATTEMPT_FAILED, QUEUE_ABSENT, SUBMITTED_YES, {0}, 127, "", -1},
        RUN_FAILED, CLASS_SETUP, 127, ""},
    {"set-up", {ATTEMPT_SETUP, QUEUE_ABSENT, SUBMITTED_YES, {0}, 78, "", -1}, RUN_FAILED,
        CLASS_SETUP, 78, ""},
    {"child killed", {ATTEMPT_FAILED, QUEUE_ABSENT, SUBMITTED_YES, {0}, 137, "", -1}, RUN_FAILED,
        CLASS_SIGNAL, -1, "KILL"},
    {"child crashed", {ATTEMPT_FAILED, QUEUE_FAILED, SUBMITTED_YES, {0}, 139, "", 139}, RUN_FAILED,
        CLASS_SIGNAL, -1, "SEGV"},
    {"rank killed", {ATTEMPT_FAILED, QUEUE_ABSENT, SUBMITTED_YES, {LOG_KILLED, 9}, 1, "", -1},
        RUN_FAILED, CLASS_SIGNAL, -1, "KILL"},
    {"scancel", {ATTEMPT_STOPPED, QUEUE_ABSENT, SUBMITTED_YES, {LOG_CANCELLED, 0}, 143, "TERM", -1},
        RUN_FAILED, CLASS_CANCELLED, -1, ""},
    {"time limit",
        {ATTEMPT_STOPPED, QUEUE_ABSENT, SUBMITTED_YES, {LOG_TIME_LIMIT, 0}, 143, "TERM", -1},
        RUN_FAILED, CLASS_TIMEOUT, -1, ""},
    {"time limit, no trap", {ATTEMPT_STARTED, QUEUE_TIMEOUT, SUBMITTED_YES, {0}, -1, "", -1},
        RUN_FAILED, CLASS_TIMEOUT, -1, ""},
    {"requeued, waiting",
        {ATTEMPT_STOPPED, QUEUE_PENDING, SUBMITTED_YES, {LOG_REQUEUED, 0}, 143, "TERM", -1},
        RUN_QUEUED, CLASS_NONE, -1, ""},
    {"preempted, gone",
        {ATTEMPT_STOPPED, QUEUE_ABSENT, SUBMITTED_YES, {LOG_PREEMPTED, 0}, 143, "TERM", -1},
        RUN_FAILED, CLASS_PREEMPTED, -1, ""},
    {"node down",
        {ATTEMPT_STOPPED, QUEUE_NODE_FAIL, SUBMITTED_YES, {LOG_NODE_FAILED, 0}, 143, "TERM", -1},
        RUN_FAILED, CLASS_NODE, -1, ""},
    {"node lost, noticed", {ATTEMPT_STARTED, QUEUE_NODE_FAIL, SUBMITTED_YES, {0}, -1, "", -1},
        RUN_FAILED, CLASS_NODE, -1, ""},
    {"node lost, purged", {ATTEMPT_STARTED, QUEUE_ABSENT, SUBMITTED_YES, {0}, -1, "", -1}, RUN_LOST,
        CLASS_NONE, -1, ""},
    {"node lost, no queue", {ATTEMPT_STARTED, QUEUE_UNKNOWN, SUBMITTED_YES, {0}, -1, "", -1},
        RUN_UNSURE, CLASS_NONE, -1, ""},
    {"out of memory",
        {ATTEMPT_FAILED, QUEUE_OUT_OF_MEMORY, SUBMITTED_YES, {LOG_HOST_MEMORY, 0}, 137, "", -1},
        RUN_FAILED, CLASS_HOST_MEMORY, -1, ""},
    {"out of memory, by the queue",
        {ATTEMPT_FAILED, QUEUE_OUT_OF_MEMORY, SUBMITTED_YES, {0}, 137, "", -1}, RUN_FAILED,
        CLASS_HOST_MEMORY, -1, ""},
    {"out of memory on the GPU",
        {ATTEMPT_FAILED, QUEUE_FAILED, SUBMITTED_YES, {LOG_GPU_MEMORY, 0}, 1, "", 1}, RUN_FAILED,
        CLASS_GPU_MEMORY, -1, ""},
    {"no output directory", {ATTEMPT_NONE, QUEUE_NO_LAUNCH, SUBMITTED_YES, {0}, -1, "", -1},
        RUN_FAILED, CLASS_LAUNCH, -1, ""},
    {"exit before the attempt", {ATTEMPT_NONE, QUEUE_FAILED, SUBMITTED_YES, {0}, -1, "", 78},
        RUN_FAILED, CLASS_SETUP, 78, ""},
    {"cancelled while pending", {ATTEMPT_NONE, QUEUE_ABSENT, SUBMITTED_YES, {0}, -1, "", -1},
        RUN_NEVER_STARTED, CLASS_NONE, -1, ""},
    {"stopped by USR1", {ATTEMPT_STOPPED, QUEUE_ABSENT, SUBMITTED_YES, {0}, 138, "USR1", -1},
        RUN_FAILED, CLASS_SIGNAL, -1, "USR1"},
    {"done, requeued after that", {ATTEMPT_DONE, QUEUE_PENDING, SUBMITTED_YES, {0}, 0, "", -1},
        RUN_DONE, CLASS_NONE, -1, ""},
};

START_TEST(seen)
{
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct verdict verdict;
        verdict_decide(&ends[i].evidence, &verdict);
        ck_assert_msg(verdict.state == ends[i].state && verdict.class == ends[i].class &&
                          verdict.exit_code == ends[i].exit_code &&
                          strcmp(verdict.signal, ends[i].signal) == 0,
            "%s: state %d, class %d, exit code %d, signal \"%s\"", ends[i].what, (int)verdict.state,
            (int)verdict.class, verdict.exit_code, verdict.signal);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verdict");
    TCase *tc = add_case(suite, "table");
    tcase_add_test(tc, total);
    tcase_add_test(tc, classes);
    tcase_add_test(tc, seen);
    return check_main(suite);
}
