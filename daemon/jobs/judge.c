/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/jobs/judge.h"
#include "lib/util/array.h"

/* --- the jobs to ask for -------------------------------------------------------------------- */

struct judge_ids {
    uint64_t *items;
    size_t count, capacity;
};

static bool judge_add_id(struct judge_ids *ids, uint64_t job)
{
    if (job == 0 || (ids->count > 0 && ids->items[ids->count - 1] == job))
        return true;
    uint64_t *items = array_grow(ids->items, ids->count, &ids->capacity, sizeof *items);
    if (items == NULL)
        return false;
    ids->items = items;
    ids->items[ids->count++] = job;
    return true;
}

static int judge_compare_ids(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    if (left == right)
        return 0;
    return left < right ? -1 : 1;
}

static void judge_sort_ids(struct judge_ids *ids)
{
    size_t kept = 0;
    if (ids->count == 0)
        return;
    qsort(ids->items, ids->count, sizeof *ids->items, judge_compare_ids);
    for (size_t i = 0; i < ids->count; i++)
        if (kept == 0 || ids->items[kept - 1] != ids->items[i])
            ids->items[kept++] = ids->items[i];
    ids->count = kept;
}

/* A sweep whose runs are all done has nothing to ask for. */
static bool judge_is_done(const struct jobs_sweep *sweep)
{
    for (size_t i = 0; i < sweep->n_runs; i++)
        if (sweep->runs[i].last.state != ATTEMPT_DONE)
            return false;
    return true;
}

static bool judge_collect_ids(const struct jobs_sweep *sweep, struct judge_ids *ids)
{
    if (judge_is_done(sweep))
        return true;
    for (size_t i = 0; i < sweep->submissions.count; i++)
        if (sweep->submissions.items[i].is_known &&
            !judge_add_id(ids, sweep->submissions.items[i].job))
            return false;
    for (size_t i = 0; i < sweep->n_runs; i++)
        if (sweep->runs[i].last.state != ATTEMPT_DONE &&
            !judge_add_id(ids, sweep->runs[i].last.task.job))
            return false;
    return true;
}

/* --- rows ----------------------------------------------------------------------------------- */

/* Which of several rows counts: a job that can still do the run before one that ended. */
static int judge_rank(enum queue_state state)
{
    switch (state) {
    case QUEUE_LIVE:
        return 3;
    case QUEUE_PENDING:
        return 2;
    case QUEUE_HELD:
        return 1;
    default:
        return 0;
    }
}

/* The row of a task, of the queue or else of accounting. */
static const struct queue_row *judge_row(const struct judge *judge, struct jobs_task task)
{
    const struct queue_row *row = queue_find(&judge->queue, task);
    if (row == NULL)
        row = queue_find(&judge->accounting, task);
    return row;
}

/* Ids are given again after a crash of the controller; the comment tells whose job it is. */
static bool judge_is_ours(const struct queue_row *row, const char *token)
{
    if (token == NULL || row->comment[0] == '\0')
        return true;
    return strncmp(row->comment, token, strlen(token)) == 0;
}

static void judge_take_row(struct jobs_run *run, const struct queue_row *row)
{
    if (run->row == NULL || judge_rank(row->state) >= judge_rank(run->row->state))
        run->row = row;
}

/* Rows of what was submitted. One that ended counts only for a run without an attempt: otherwise
 * the job of the last attempt does. */
static void judge_take_submission(
    const struct judge *judge, struct jobs_sweep *sweep, const struct submission *submission)
{
    enum submitted submitted = SUBMITTED_PERHAPS;
    if (submission->is_known)
        submitted = SUBMITTED_YES;
    for (size_t k = 0; k < submission->n_runs; k++) {
        if (submission->runs[k] == SIZE_MAX)
            continue;
        struct jobs_run *run = &sweep->runs[submission->runs[k]];
        if (run->submitted < submitted)
            run->submitted = submitted;
        const struct jobs_task task = {submission->job, (int64_t)k};
        const struct queue_row *row = NULL;
        if (submission->is_known)
            row = judge_row(judge, task);
        if (row == NULL || !judge_is_ours(row, submission->token))
            continue;
        if (judge_rank(row->state) > 0 || run->attempts == 0)
            judge_take_row(run, row);
    }
}

static bool judge_has_ended(const struct attempt *attempt)
{
    return attempt->state >= ATTEMPT_DONE;
}

/* The row of the last attempt's own job. */
static void judge_take_attempt(const struct judge *judge, struct jobs_run *run)
{
    if (run->attempts == 0 || run->last.task.job == 0)
        return;
    run->submitted = SUBMITTED_YES;
    const struct queue_row *row = judge_row(judge, run->last.task);
    if (row == NULL)
        return;
    bool is_over = row->is_completing && judge_has_ended(&run->last);
    if (is_over && run->row == row)
        run->row = NULL; /* the job is being cleaned up after its end */
    if (!is_over && (run->row == NULL || judge_rank(row->state) > judge_rank(run->row->state)))
        run->row = row;
}

/* --- logs ----------------------------------------------------------------------------------- */

/* The script asks the queue why it is being stopped. */
static enum log_end judge_reason(const char *reason)
{
    if (strcmp(reason, "timeout") == 0)
        return LOG_TIME_LIMIT;
    if (strcmp(reason, "requeue") == 0)
        return LOG_REQUEUED;
    if (strcmp(reason, "cancelled") == 0)
        return LOG_CANCELLED;
    return LOG_SILENT;
}

/* Where in Slurm's own file the attempt begins: after the line in which the script says that it
 * took the run. All restarts of a task share the file. */
static const char *judge_skip_earlier(
    const char *text, size_t length, const struct jobs_run *run, bool *found)
{
    char line[NAME_MAX + 64];
    const char *last = text, *end = text + length, *at = text;
    snprintf(line, sizeof line, "%s: attempt %u, output in ", run->name, run->attempts);
    *found = false;
    while ((at = memmem(at, (size_t)(end - at), line, strlen(line))) != NULL) {
        *found = true;
        last = at;
        at += strlen(line);
    }
    return last;
}

/* slurmstepd's words are in the file that Slurm writes to, the trainer's in the attempt's log. */
static void judge_read_logs(const struct judge *judge, const struct jobs_sweep *sweep,
    const struct jobs_run *run, struct log_tail *out)
{
    static char text[LOG_TAIL_BYTES];
    char name[NAME_MAX + 1];
    struct log_tail by_slurm = {0};
    *out = (struct log_tail){0};
    if (run->attempts == 0)
        return;
    jobs_log_name(run, run->attempts, name, sizeof name);
    ssize_t length = jobs_read_end(sweep->logs, name, text, sizeof text);
    if (length > 0)
        log_tail_read(text, (size_t)length, 0, judge->phrases, out);
    if (run->last.task.job == 0)
        return;
    jobs_slurm_log_name(sweep, run->last.task, name, sizeof name);
    length = jobs_read_end(sweep->logs, name, text, sizeof text);
    if (length > 0) {
        bool found;
        const char *from = judge_skip_earlier(text, (size_t)length, run, &found);
        int64_t since = 0;
        if (!found)
            since = run->last.started;
        log_tail_read(from, (size_t)(text + length - from), since, NULL, &by_slurm);
    }
    if (by_slurm.end != LOG_SILENT)
        *out = by_slurm;
    else if (out->end == LOG_SILENT)
        out->end = judge_reason(run->last.reason);
}

/* --- entry ---------------------------------------------------------------------------------- */

static void judge_run(
    const struct judge *judge, const struct jobs_sweep *sweep, struct jobs_run *run)
{
    struct evidence evidence = {.attempt = run->last.state,
        .queue = QUEUE_UNKNOWN,
        .submitted = run->submitted,
        .exit_code = run->last.exit_code,
        .signal = run->last.signal,
        .queue_exit = -1};
    if (judge->queue.answered)
        evidence.queue = QUEUE_ABSENT;
    if (run->attempts == 0) {
        evidence.attempt = ATTEMPT_NONE;
        evidence.exit_code = -1;
    }
    if (run->row != NULL) {
        evidence.queue = run->row->state;
        evidence.queue_exit = run->row->exit_code;
    }
    bool is_pending_or_live = run->row != NULL && judge_rank(run->row->state) > 0;
    if (evidence.attempt != ATTEMPT_DONE && !is_pending_or_live)
        judge_read_logs(judge, sweep, run, &evidence.log);
    verdict_decide(&evidence, &run->verdict);
}

static bool judge_needs_accounting(const struct jobs_run *run)
{
    enum run_state state = run->verdict.state;
    return state == RUN_LOST || state == RUN_UNSURE || state == RUN_NEVER_STARTED;
}

/* True if accounting may know more of a run. */
static bool judge_sweep(const struct judge *judge, struct jobs_sweep *sweep)
{
    bool needs_accounting = false;
    for (size_t i = 0; i < sweep->n_runs; i++) {
        sweep->runs[i].row = NULL;
        sweep->runs[i].submitted = SUBMITTED_NOT;
    }
    for (size_t i = 0; i < sweep->submissions.count; i++)
        judge_take_submission(judge, sweep, &sweep->submissions.items[i]);
    for (size_t i = 0; i < sweep->n_runs; i++) {
        judge_take_attempt(judge, &sweep->runs[i]);
        judge_run(judge, sweep, &sweep->runs[i]);
        if (judge_needs_accounting(&sweep->runs[i]))
            needs_accounting = true;
    }
    return needs_accounting;
}

static bool judge_all(const struct judge *judge, struct jobs_sweep *const sweeps[], size_t n_sweeps)
{
    bool needs_accounting = false;
    for (size_t i = 0; i < n_sweeps; i++)
        if (judge_sweep(judge, sweeps[i]))
            needs_accounting = true;
    return needs_accounting;
}

bool judge_sweeps(struct judge *judge, struct jobs_sweep *const sweeps[], size_t n_sweeps)
{
    struct judge_ids ids = {0};
    bool fine = true;
    for (size_t i = 0; i < n_sweeps && fine; i++)
        fine = judge_collect_ids(sweeps[i], &ids);
    judge_sort_ids(&ids);
    if (fine && !judge->offline)
        fine = queue_ask(&judge->queue, ids.items, ids.count);
    if (fine && judge_all(judge, sweeps, n_sweeps) && !judge->offline && ids.count > 0) {
        fine = queue_ask_accounting(&judge->accounting, ids.items, ids.count);
        if (fine && judge->accounting.n_rows > 0)
            judge_all(judge, sweeps, n_sweeps);
    }
    free(ids.items);
    return fine;
}

void judge_deinit(struct judge *judge)
{
    queue_deinit(&judge->queue);
    queue_deinit(&judge->accounting);
}
