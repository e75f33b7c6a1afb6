/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold for files that jobs leave behind, whatever is in them:
 *
 *   - reading the file of an attempt, or the end of a log, twice gives the same result;
 *   - a prefix of an attempt's file that ends within the start line is damaged, and one without an
 *     end line is not ended;
 *   - of a log of steps, no line is counted before its newline is there, and the smallest loss is
 *     not above the first or the last one.
 */
#include <math.h>
#include <string.h>

#include "daemon/jobs/attempt.h"
#include "daemon/jobs/log_tail.h"
#include "daemon/results/step_log.h"
#include "tests/fuzz/bytes.h"

const uint64_t fuzz_cases = 10000;
uint64_t fuzz_good;

const char *const fuzz_texts[] = {
    "1795973132 start 77.12 restart=1 job=89 host=n1 output=/a b/run_012\n"
    "1795973190 signal TERM\n1795973195 end class=stopped rc=143 signal=TERM reason=timeout\n",
    "1 start 7 restart=0 job=7 host=x\n2 end class=done rc=0 signal=\n",
    "x\nslurmstepd: error: *** JOB 12 ON n1 CANCELLED AT 2026-11-22T11:00:01 DUE TO TIME LIMIT "
    "***\n",
    "torch.OutOfMemoryError: CUDA out of memory\n  exitcode  : -9 (pid: 5)\n",
    "Step 47 | loss:4.0193328857421875 lr:1.16e-06 speed:7287.36328125 memory:12.5 \n"
    "Step 48 | loss:nan lr:0 speed:1 \nStep 48 | loss:-1e-3 \n",
    "Step 1 | loss:5 \nhello\nStep 2 | loss:4.9",
    NULL,
};

static const char *const fuzz_phrases[] = {"OutOfMemoryError", "CUDA out of memory", NULL};
static const char *const fuzz_killed[] = {"exitcode : -", NULL};

static const struct run_log fuzz_format = {
    .step = "Step", .loss = "loss", .speed = "speed", .memory = "memory"};

static void check_attempt(const char *bytes, size_t size)
{
    struct attempt one, two;
    attempt_parse(bytes, size, &one);
    attempt_parse(bytes, size, &two);
    REQUIRE(one.state == two.state && one.damaged == two.damaged && one.ended == two.ended);
    REQUIRE(one.state > ATTEMPT_NONE && one.state < ATTEMPT_STATES);
    REQUIRE(one.state != ATTEMPT_DAMAGED || one.damaged);
    REQUIRE(strlen(one.host) < sizeof one.host && strlen(one.signal) < sizeof one.signal);
    if (one.output != NULL)
        REQUIRE(one.output >= bytes && one.output + one.output_length <= bytes + size);
    if (one.state == ATTEMPT_DAMAGED)
        return;
    fuzz_good++;
    const char *end = memchr(bytes, '\n', size);
    attempt_parse(bytes, (size_t)(end - bytes), &two);
    REQUIRE(two.state == ATTEMPT_DAMAGED);
}

static void check_log(const char *bytes, size_t size)
{
    const struct log_phrases phrases = {.gpu_memory = fuzz_phrases, .killed = fuzz_killed};
    struct log_tail one, two;
    log_tail_read(bytes, size, 0, &phrases, &one);
    log_tail_read(bytes, size, 0, &phrases, &two);
    REQUIRE(one.end == two.end && one.signal == two.signal);
    REQUIRE(one.end < LOG_ENDS);
    log_tail_read(bytes, size, 0, NULL, &two);
    REQUIRE(two.end != LOG_GPU_MEMORY && two.end != LOG_KILLED);
}

static void check_steps(const char *bytes, size_t size)
{
    struct step_log log = {0}, less = {0};
    step_log_read(bytes, size, &fuzz_format, &log);
    REQUIRE(log.least.text[0] == '\0' || isfinite(log.least.value));
    if (log.least.text[0] != '\0') {
        REQUIRE(!(log.first.value < log.least.value));
        REQUIRE(!(log.last.value < log.least.value));
    }
    REQUIRE(log.torn == (size > 0 && bytes[size - 1] != '\n'));
    if (size == 0 || log.torn)
        return;
    step_log_read(bytes, size - 1, &fuzz_format, &less);
    REQUIRE(less.lines <= log.lines);
    if (log.lines > 0)
        fuzz_good++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    check_attempt(bytes, size);
    check_log(bytes, size);
    check_steps(bytes, size);
    return 0;
}
