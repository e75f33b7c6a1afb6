/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "daemon/jobs/log_tail.h"
#include "tests/unit/check_main.h"

#define STEPD "slurmstepd: error: "
#define ON "*** JOB 12 ON n1 CANCELLED AT 2026-11-22T11:00:01 "

static const struct log_phrases phrases = {
    .gpu_memory = (const char *const[]){"torch.OutOfMemoryError", "CUDA out of memory", NULL},
    .host_memory = (const char *const[]){"can't allocate memory", NULL},
    .killed = (const char *const[]){"exitcode : -", NULL},
};

static struct log_tail end_of(const char *text)
{
    struct log_tail tail;
    log_tail_read(text, strlen(text), 0, &phrases, &tail);
    return tail;
}

START_TEST(lines)
{
    static const struct {
        const char *text;
        enum log_end end;
    } cases[] = {
        {"", LOG_SILENT},
        {"epoch 1\nall fine", LOG_SILENT},
        {STEPD ON "***\n", LOG_CANCELLED},
        {"x\n" STEPD ON "DUE TO TIME LIMIT ***\n", LOG_TIME_LIMIT},
        {STEPD ON "DUE TO TIME LIMIT ***", LOG_TIME_LIMIT},
        {STEPD ON "DUE TO PREEMPTION ***\n", LOG_PREEMPTED},
        {"slurmstepd-n1: error: " ON "DUE TO PREEMPTION ***\n", LOG_PREEMPTED},
        {"slurmstepd-n 1: error: " ON "DUE TO PREEMPTION ***\n", LOG_SILENT},
        {"slurmstepdx: error: " ON "DUE TO PREEMPTION ***\n", LOG_SILENT},
        {STEPD ON "DUE TO JOB REQUEUE ***\n", LOG_REQUEUED},
        {STEPD ON "DUE TO NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS ***\n", LOG_NODE_FAILED},
        {STEPD "Detected 1 oom-kill event(s) in StepId=12.batch. Some of your processes may have "
               "been killed by the cgroup out-of-memory handler.\n",
            LOG_HOST_MEMORY},
        {STEPD "Detected 1 oom_kill event in StepId=12.0. Some of the step tasks have been OOM "
               "Killed.\n",
            LOG_HOST_MEMORY},
        /* srun cancels a step of which a task failed */
        {STEPD "*** STEP 12.0 ON n1 CANCELLED AT 2026-11-22T11:00:01 ***\n", LOG_SILENT},
        {STEPD "*** STEP 12.0 ON n1 CANCELLED AT 2026-11-22T11:00:01 DUE TO TIME LIMIT ***\n",
            LOG_TIME_LIMIT},
        /* what a program prints is not slurmstepd's word */
        {"I saw " STEPD ON "***\n", LOG_SILENT},
        {STEPD "couldn't chdir to /x: No such file or directory: going to /tmp instead\n",
            LOG_SILENT},
        {"[rank0]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB\nbye\n",
            LOG_GPU_MEMORY},
        {"torch.OutOfMemoryError: x\n  exitcode  : 1 (pid: 5)\n", LOG_GPU_MEMORY},
        {"torch.OutOfMemoryError: x\n  exitcode  : -9 (pid: 5)\n", LOG_GPU_MEMORY},
        {"RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes\n"
         "  exitcode  : -9 (pid: 5)\n",
            LOG_HOST_MEMORY},
        {"  exitcode  : -9 (pid: 5)\n", LOG_KILLED},
        {"  exitcode : -11\n", LOG_KILLED},
        {"  exitcode  : 1 (pid: 5)\n", LOG_SILENT},
        {"  exitcode : -x\n", LOG_SILENT},
        /* slurmstepd's word, whatever was printed around it */
        {"torch.OutOfMemoryError: x\n" STEPD ON "DUE TO TIME LIMIT ***\n", LOG_TIME_LIMIT},
        {STEPD "Detected 1 oom-kill event(s) in StepId=12.batch.\n" STEPD ON "***\n",
            LOG_HOST_MEMORY},
        {STEPD ON "DUE TO JOB REQUEUE ***\nagain\n" STEPD ON "DUE TO TIME LIMIT ***\n",
            LOG_TIME_LIMIT},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        ck_assert_msg(end_of(cases[i].text).end == cases[i].end, "\"%s\": %d", cases[i].text,
            (int)end_of(cases[i].text).end);
    ck_assert_int_eq(end_of("exitcode : -11\n").signal, 11);
}
END_TEST

/* All restarts of a task share its log. */
START_TEST(earlier_attempts)
{
    static const char text[] = STEPD ON "DUE TO JOB REQUEUE ***\n";
    struct log_tail tail;
    setenv("TZ", "UTC", 1);
    tzset();
    const int64_t then = 1795345201; /* 2026-11-22T11:00:01Z */
    log_tail_read(text, sizeof text - 1, then, NULL, &tail);
    ck_assert_int_eq(tail.end, LOG_REQUEUED);
    log_tail_read(text, sizeof text - 1, then + 1, NULL, &tail);
    ck_assert_int_eq(tail.end, LOG_SILENT);
}
END_TEST

START_TEST(long_and_binary_lines)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_repeat(&text, 'x', 100000);
    strbuf_append(&text, "\0\xff\n", 3);
    strbuf_puts(&text, STEPD ON "DUE TO PREEMPTION ***");
    strbuf_repeat(&text, 'x', 5000);
    struct log_tail tail;
    log_tail_read(text.data, text.length, 0, &phrases, &tail);
    ck_assert_int_eq(tail.end, LOG_PREEMPTED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log tail");
    TCase *tc = add_case(suite, "logs");
    tcase_add_test(tc, lines);
    tcase_add_test(tc, earlier_attempts);
    tcase_add_test(tc, long_and_binary_lines);
    return check_main(suite);
}
