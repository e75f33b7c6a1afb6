/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/jobs/queue.h"
#include "daemon/slurm/ask.h"
#include "lib/util/array.h"
#include "lib/util/text.h"

/* --- states --------------------------------------------------------------------------------- */

static const struct {
    const char *name; /* as squeue and sacct write it */
    enum queue_state state;
} queue_states[] = {
    {"PENDING", QUEUE_PENDING},
    {"REQUEUED", QUEUE_PENDING},
    {"REQUEUE_FED", QUEUE_PENDING},
    {"REQUEUE_HOLD", QUEUE_HELD},
    {"SPECIAL_EXIT", QUEUE_HELD},
    {"RUNNING", QUEUE_LIVE},
    {"COMPLETING", QUEUE_LIVE},
    {"CONFIGURING", QUEUE_LIVE},
    {"SUSPENDED", QUEUE_LIVE},
    {"STOPPED", QUEUE_LIVE},
    {"SIGNALING", QUEUE_LIVE},
    {"STAGE_OUT", QUEUE_LIVE},
    {"RESIZING", QUEUE_LIVE},
    {"COMPLETED", QUEUE_COMPLETED},
    {"FAILED", QUEUE_FAILED},
    {"BOOT_FAIL", QUEUE_NODE_FAIL},
    {"NODE_FAIL", QUEUE_NODE_FAIL},
    {"CANCELLED", QUEUE_CANCELLED}, /* of sacct: "CANCELLED by 1000" */
    {"REVOKED", QUEUE_CANCELLED},
    {"TIMEOUT", QUEUE_TIMEOUT},
    {"DEADLINE", QUEUE_TIMEOUT},
    {"OUT_OF_MEMORY", QUEUE_OUT_OF_MEMORY},
    {"PREEMPTED", QUEUE_PREEMPTED},
};

/* QUEUE_UNKNOWN for a word that is none. */
static enum queue_state queue_state_named(const char *name)
{
    size_t length = strcspn(name, " +");
    for (size_t i = 0; i < sizeof queue_states / sizeof *queue_states; i++)
        if (strncmp(queue_states[i].name, name, length) == 0 &&
            queue_states[i].name[length] == '\0')
            return queue_states[i].state;
    return QUEUE_UNKNOWN;
}

/* `patterns` ends with NULL. */
static bool queue_matches(const char *const *patterns, const char *reason)
{
    for (; *patterns != NULL; patterns++)
        if (text_matches(*patterns, reason))
            return true;
    return false;
}

bool queue_is_hopeless(const char *reason)
{
    static const char *const patterns[] = {"BadConstraints", "PartitionTimeLimit",
        "PartitionNodeLimit", "PartitionDown", "PartitionInactive", "Assoc*WallDuration*",
        "QOS*WallDuration*", "Job's account not permitted*", "Job's QOS not permitted*",
        "DependencyNeverSatisfied", "JobHeldAdmin", "JobHoldMaxRequeue", "ReqNodeNotAvail*",
        "InvalidAccount", "InvalidQOS", "AccountNotAllowed", "QOSNotAllowed", "launch failed*",
        "job requeued in held state", NULL};
    return queue_matches(patterns, reason);
}

/* True if a pending job is held; after a failed launch: "launch failed requeued held". */
static bool queue_is_held(const char *reason)
{
    static const char *const patterns[] = {
        "JobHeld*", "JobHoldMaxRequeue", "*requeued held", "*requeued in held state", NULL};
    return queue_matches(patterns, reason);
}

/* --- rows ----------------------------------------------------------------------------------- */

static bool queue_number(const char *text, int64_t *out)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    *out = strtoll(text, &end, 10);
    return *end == '\0';
}

static bool queue_add(struct queue *queue, const struct queue_row *row)
{
    struct queue_row *rows = array_grow(queue->rows, queue->n_rows, &queue->capacity, sizeof *rows);
    if (rows == NULL)
        return false;
    queue->rows = rows;
    queue->rows[queue->n_rows++] = *row;
    return true;
}

static int queue_compare(const void *a, const void *b)
{
    const struct queue_row *left = a, *right = b;
    if (left->task.job != right->task.job)
        return left->task.job < right->task.job ? -1 : 1;
    if (left->task.index != right->task.index)
        return left->task.index < right->task.index ? -1 : 1;
    return 0;
}

static void queue_sort(struct queue *queue)
{
    if (queue->n_rows > 0)
        qsort(queue->rows, queue->n_rows, sizeof *queue->rows, queue_compare);
}

/* A job that never began has the exit code 0:53; a script that was killed has 0:9, for the same
 * reason. */
static bool queue_never_began(int64_t status, const char *reason)
{
    enum { NO_LAUNCH_SIGNAL = 53 };
    return strcmp(reason, "JobLaunchFailure") == 0 && (status & 127) == NO_LAUNCH_SIGNAL;
}

/* A failure as a shell says it; other states have a class of their own. */
static int queue_exit_code(enum queue_state state, int64_t code, int64_t signal)
{
    if (signal == 0)
        return (int)code;
    return state == QUEUE_FAILED ? (int)(128 + signal) : -1;
}

/* Fields of queue_format. */
static bool queue_row_of(char *fields[], struct queue_row *row)
{
    int64_t job, status;
    if (!queue_number(fields[0], &job))
        return false;
    *row = (struct queue_row){.task = {(uint64_t)job, -1},
        .state = queue_state_named(fields[2]),
        .exit_code = -1,
        .reason = fields[3],
        .comment = fields[5]};
    if (row->state == QUEUE_UNKNOWN)
        return false;
    if (!queue_number(fields[1], &row->task.index))
        row->task.index = -1;
    row->is_completing = strcmp(fields[2], "COMPLETING") == 0;
    if (row->state == QUEUE_PENDING && queue_is_held(row->reason))
        row->state = QUEUE_HELD;
    if (row->state <= QUEUE_LIVE || !queue_number(fields[4], &status))
        return true;
    if (row->state == QUEUE_FAILED && queue_never_began(status, row->reason))
        row->state = QUEUE_NO_LAUNCH;
    else
        row->exit_code = queue_exit_code(row->state, status >> 8 & 255, status & 127);
    return true;
}

bool queue_parse(struct queue *queue, struct strbuf *text)
{
    strbuf_deinit(&queue->text);
    queue->text = *text;
    *text = (struct strbuf){0};
    char *fields[6], *rest = queue->text.data;
    struct queue_row row;
    while (rest != NULL && ask_next_row(&rest, fields, 6))
        if (queue_row_of(fields, &row) && !queue_add(queue, &row))
            return false;
    queue_sort(queue);
    queue->answered = true;
    return true;
}

/* "77_12", "FAILED", "0:53" */
static bool queue_accounting_row_of(char *fields[], struct queue_row *row)
{
    int64_t job, index = -1, code, signal;
    char *under = strchr(fields[0], '_'), *colon = strchr(fields[2], ':');
    if (under != NULL) {
        *under = '\0';
        if (!queue_number(under + 1, &index))
            return false; /* tasks that are still pending: "77_[3-9]" */
    }
    if (!queue_number(fields[0], &job))
        return false;
    *row = (struct queue_row){.task = {(uint64_t)job, index},
        .state = queue_state_named(fields[1]),
        .exit_code = -1,
        .reason = "",
        .comment = ""};
    if (row->state < QUEUE_COMPLETED)
        return false;
    if (colon == NULL)
        return true;
    *colon = '\0';
    if (!queue_number(fields[2], &code) || !queue_number(colon + 1, &signal))
        return true;
    if (row->state == QUEUE_FAILED && signal == 53)
        row->state = QUEUE_NO_LAUNCH;
    else
        row->exit_code = queue_exit_code(row->state, code, signal);
    return true;
}

bool queue_parse_accounting(struct queue *queue, struct strbuf *text)
{
    strbuf_deinit(&queue->text);
    queue->text = *text;
    *text = (struct strbuf){0};
    char *fields[3], *rest = queue->text.data;
    struct queue_row row;
    while (rest != NULL && ask_next_row(&rest, fields, 3))
        if (queue_accounting_row_of(fields, &row) && !queue_add(queue, &row))
            return false;
    queue_sort(queue);
    queue->answered = true;
    return true;
}

const struct queue_row *queue_find(const struct queue *queue, struct jobs_task task)
{
    const struct queue_row key = {.task = task};
    if (queue->n_rows == 0)
        return NULL;
    return bsearch(&key, queue->rows, queue->n_rows, sizeof key, queue_compare);
}

/* --- asking --------------------------------------------------------------------------------- */

static void queue_put_ids(struct strbuf *out, const uint64_t *jobs, size_t n_jobs)
{
    for (size_t i = 0; i < n_jobs; i++) {
        if (i > 0)
            strbuf_putc(out, ',');
        strbuf_printf(out, "%" PRIu64, jobs[i]);
    }
}

/* True if the reply is to be parsed. A controller that has no record of the job has answered, too.
 */
static bool queue_take(struct queue *queue, enum ask_answer answer, struct ask_reply *reply)
{
    if (answer == ASK_DONE)
        return true;
    queue->answered = answer == ASK_NO_JOB;
    snprintf(queue->reason, sizeof queue->reason, "%s", reply->reason);
    return false;
}

/* Fields with a separator after the colon are printed whole. \037 is ASK_SEPARATOR. */
static const char queue_format[] = "ArrayJobID:\037,ArrayTaskID:\037,State:\037,Reason:\037,"
                                   "exit_code:\037,Comment:\037";

bool queue_ask(struct queue *queue, const uint64_t *jobs, size_t n_jobs)
{
    struct strbuf ids = {0};
    struct ask_reply reply = {0};
    bool fine = true;
    if (n_jobs == 0) {
        queue->answered = true;
        return true;
    }
    queue_put_ids(&ids, jobs, n_jobs);
    const char *const argv[] = {
        "squeue", "-h", "-r", "--states=all", "-O", queue_format, "-j", strbuf_string(&ids), NULL};
    if (ids.oom)
        fine = false;
    else if (queue_take(queue, ask_run(argv, ASK_TIMEOUT_MS, &reply), &reply))
        fine = queue_parse(queue, &reply.output);
    strbuf_deinit(&ids);
    ask_reply_deinit(&reply);
    return fine;
}

bool queue_ask_accounting(struct queue *queue, const uint64_t *jobs, size_t n_jobs)
{
    struct strbuf ids = {0};
    struct ask_reply reply = {0};
    bool fine = true;
    queue_put_ids(&ids, jobs, n_jobs);
    const char *const argv[] = {"sacct", "-nPX", "--delimiter=" ASK_SEPARATOR, "-o",
        "JobID,State,ExitCode", "-j", strbuf_string(&ids), NULL};
    if (ids.oom)
        fine = false;
    else if (queue_take(queue, ask_run(argv, ASK_TIMEOUT_MS, &reply), &reply))
        fine = queue_parse_accounting(queue, &reply.output);
    strbuf_deinit(&ids);
    ask_reply_deinit(&reply);
    return fine;
}

void queue_deinit(struct queue *queue)
{
    strbuf_deinit(&queue->text);
    free(queue->rows);
    *queue = (struct queue){0};
}
