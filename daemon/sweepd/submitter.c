/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/clock.h"
#include "daemon/common/exit_codes.h"
#include "daemon/common/fileat.h"
#include "daemon/common/log.h"
#include "daemon/control/server.h"
#include "daemon/spool/unsubmitted.h"
#include "daemon/sweepd/submitter.h"

/* submit.sh gives up by itself when Slurm is silent for 2 minutes. */
#define SUBMITTER_DEADLINE_MS (15 * 60 * 1000)

#define SUBMITTER_MAX_PAUSE_MS (5 * 60 * 1000)
#define SUBMITTER_MAX_OUTPUT 65536

struct submission {
    struct submission *next;
    char *sweep;     /* path of its directory */
    bool is_running; /* … or a slot is cleaning up after it */
    unsigned attempts;
    int64_t due_ms; /* of the next attempt */
    char why[400];  /* why the last one failed */
};

static const char *submitter_name(const struct submission *submission)
{
    const char *slash = strrchr(submission->sweep, '/');
    return slash != NULL ? slash + 1 : submission->sweep;
}

/* --- the list ------------------------------------------------------------------------------- */

void submitter_add(struct submitter *submitter, const char *sweep)
{
    struct submission **end = &submitter->list;
    for (; *end != NULL; end = &(*end)->next)
        if (strcmp((*end)->sweep, sweep) == 0)
            return;
    struct submission *submission = calloc(1, sizeof *submission);
    if (submission != NULL)
        submission->sweep = strdup(sweep);
    if (submission == NULL || submission->sweep == NULL) {
        free(submission);
        log_line(LOG_ERROR, "%s: out of memory; it is submitted after a restart", sweep);
        return;
    }
    *end = submission;
}

static void submitter_forget(struct submitter *submitter, struct submission *submission)
{
    struct submission **link = &submitter->list;
    while (*link != submission)
        link = &(*link)->next;
    *link = submission->next;
    free(submission->sweep);
    free(submission);
}

size_t submitter_count(const struct submitter *submitter)
{
    size_t n = 0;
    for (const struct submission *one = submitter->list; one != NULL; one = one->next)
        n++;
    return n;
}

bool submitter_is_busy(const struct submitter *submitter)
{
    for (const struct submission *one = submitter->list; one != NULL; one = one->next)
        if (one->is_running || (one->attempts == 0 && !submitter->stopping))
            return true;
    return false;
}

/* --- the end of a child --------------------------------------------------------------------- */

/* Copies the first error, or else the last line, of what a child said. */
static void submitter_explain(const char *text, char *out, size_t size)
{
    static const char mark[] = ": error[";
    out[0] = '\0';
    while (*text != '\0') {
        size_t length = strcspn(text, "\n"), kept = length < size ? length : size - 1;
        if (kept > 0) {
            memcpy(out, text, kept);
            out[kept] = '\0';
        }
        if (memmem(text, length, mark, sizeof mark - 1) != NULL)
            return;
        text += length;
        if (*text == '\n')
            text++;
    }
}

static void submitter_tell_done(const struct submission *submission, const char *jobs)
{
    const struct log_field fields[] = {
        {LOG_SWEEP, submission->sweep}, {LOG_RESULT, "submitted"}, {NULL, NULL}};
    char list[400];
    snprintf(list, sizeof list, "%s", jobs);
    for (char *p = list; *p != '\0'; p++)
        if (*p == '\n')
            *p = p[1] != '\0' ? ' ' : '\0';
    if (list[0] == '\0')
        log_event(LOG_INFO, fields, "%s: had been submitted already", submitter_name(submission));
    else
        log_event(LOG_INFO, fields, "%s: submitted, job %s", submitter_name(submission), list);
}

/* Sets when it is tried again. A reason is logged once, not with every attempt. */
static void submitter_back_off(
    struct submitter *submitter, struct submission *submission, const char *why)
{
    const struct log_field fields[] = {
        {LOG_SWEEP, submission->sweep}, {LOG_RESULT, "retried"}, {NULL, NULL}};
    int64_t wait = submitter->settings.backoff_ms;
    for (unsigned i = 1; i < submission->attempts && wait < SUBMITTER_MAX_PAUSE_MS; i++)
        wait *= 2;
    if (wait > SUBMITTER_MAX_PAUSE_MS)
        wait = SUBMITTER_MAX_PAUSE_MS;
    if (wait < 1)
        wait = 1;
    submission->due_ms = clock_ms() + wait;
    submitter->failures++;
    if (strcmp(submission->why, why) == 0)
        return;
    snprintf(submission->why, sizeof submission->why, "%s", why);
    log_event(LOG_WARN, fields,
        "%s: submission not complete: %s; it will be retried. For all messages: sweepctl submit %s",
        submitter_name(submission), submission->why, submission->sweep);
}

/* Runs on another thread. */
static void submitter_clean_up(uv_work_t *work)
{
    struct submitter_slot *slot = work->data;
    const char *sweep = slot->submission->sweep;
    slot->is_gone = !slot->is_submitted && unsubmitted_is_gone(sweep);
    if (slot->is_submitted || slot->is_gone)
        unsubmitted_remove(slot->submitter->settings.specs, sweep);
}

static void submitter_on_cleaned_up(uv_work_t *work, int status)
{
    struct submitter_slot *slot = work->data;
    struct submitter *submitter = slot->submitter;
    struct submission *submission = slot->submission;
    (void)status;
    slot->submission = NULL;
    submission->is_running = false;
    if (slot->is_gone)
        log_line(LOG_NOTE, "%s: removed before it was submitted", submission->sweep);
    if (slot->is_submitted || slot->is_gone)
        submitter_forget(submitter, submission);
    submitter->changed(submitter->data);
}

static void submitter_on_done(void *data, int failure, const struct child_exit *exited)
{
    struct submitter_slot *slot = data;
    struct submitter *submitter = slot->submitter;
    struct submission *submission = slot->submission;
    char why[400];
    free(slot->argv[0]);
    slot->argv[0] = NULL;
    slot->is_gone = false;
    slot->is_submitted = failure == 0 && exited->signal == 0 && exited->status == EXIT_DONE;
    if (slot->is_submitted) {
        submitter->submitted++;
        submitter_tell_done(submission, exited->output);
    } else if (submitter->stopping) {
        log_line(LOG_NOTE, "%s: submission interrupted; it will be finished at the next start",
            submitter_name(submission));
    } else {
        submitter_explain(exited->errors != NULL ? exited->errors : "", why, sizeof why);
        if (failure != 0)
            snprintf(why, sizeof why, "cannot start %.300s: %s", submitter->settings.sweepctl,
                uv_strerror(failure));
        else if (exited->timed_out)
            snprintf(why, sizeof why, "sweepctl submit did not end within 15 minutes");
        else if (why[0] == '\0')
            snprintf(why, sizeof why, "sweepctl submit ended with status %d, signal %d",
                exited->status, exited->signal);
        submitter_back_off(submitter, submission, why);
    }
    slot->cleanup.data = slot;
    if (uv_queue_work(
            submitter->loop, &slot->cleanup, submitter_clean_up, submitter_on_cleaned_up) != 0) {
        submitter_clean_up(&slot->cleanup);
        submitter_on_cleaned_up(&slot->cleanup, 0);
    }
}

/* --- starting and stopping ------------------------------------------------------------------ */

static struct submitter_slot *submitter_find_free(struct submitter *submitter)
{
    for (size_t i = 0; i < SUBMITTER_MAX_CHILDREN; i++)
        if (submitter->slots[i].submission == NULL)
            return &submitter->slots[i];
    return NULL;
}

static struct submission *submitter_next(const struct submitter *submitter)
{
    struct submission *first = NULL;
    for (struct submission *one = submitter->list; one != NULL; one = one->next)
        if (!one->is_running && (first == NULL || one->due_ms < first->due_ms))
            first = one;
    return first;
}

/* False if the system refuses what that takes; *why says what. */
static bool submitter_start(
    struct submitter_slot *slot, struct submission *submission, const char **why)
{
    const struct submitter_settings *settings = &slot->submitter->settings;
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0) {
        *why = strerror(errno);
        return false;
    }
    slot->argv[0] = strdup(settings->sweepctl);
    if (slot->argv[0] == NULL) {
        close(input);
        *why = strerror(ENOMEM);
        return false;
    }
    slot->argv[1] = (char *)"submit";
    slot->argv[2] = submission->sweep;
    slot->argv[3] = NULL;
    slot->submission = submission;
    submission->is_running = true;
    runner_start(&slot->runner, slot->argv, input, SUBMITTER_MAX_OUTPUT, SUBMITTER_DEADLINE_MS);
    return true;
}

static void submitter_on_wake(uv_timer_t *timer)
{
    struct submitter *submitter = timer->data;
    submitter->changed(submitter->data);
}

void submitter_advance(struct submitter *submitter)
{
    struct submitter_slot *slot;
    struct submission *next;
    const char *why;
    int64_t now = clock_ms();
    uv_timer_stop(&submitter->wake);
    if (submitter->stopping)
        return;
    while ((next = submitter_next(submitter)) != NULL && next->due_ms <= now) {
        slot = submitter_find_free(submitter);
        if (slot == NULL)
            return; /* its end comes back here */
        next->attempts++;
        if (!submitter_start(slot, next, &why))
            submitter_back_off(submitter, next, why);
    }
    if (next != NULL)
        uv_timer_start(&submitter->wake, submitter_on_wake, (uint64_t)(next->due_ms - now), 0);
}

void submitter_retry(struct submitter *submitter)
{
    for (struct submission *one = submitter->list; one != NULL; one = one->next) {
        one->due_ms = 0;
        one->why[0] = '\0'; /* log it again */
    }
}

void submitter_stop(struct submitter *submitter)
{
    submitter->stopping = true;
    uv_timer_stop(&submitter->wake);
    for (size_t i = 0; i < SUBMITTER_MAX_CHILDREN; i++)
        runner_stop(&submitter->slots[i].runner);
}

/* --- status --------------------------------------------------------------------------------- */

json_t *submitter_status(const struct submitter *submitter)
{
    json_t *list = json_array();
    for (const struct submission *one = submitter->list; one != NULL; one = one->next)
        json_array_append_new(
            list, json_pack("{s:o, s:s, s:I, s:o}", "sweep", control_text(one->sweep), "state",
                      one->is_running ? "running" : "waiting", "attempts",
                      (json_int_t)one->attempts, "reason", control_text(one->why)));
    return list;
}

/* --- start and end -------------------------------------------------------------------------- */

void submitter_init(
    struct submitter *submitter, uv_loop_t *loop, void (*changed)(void *data), void *data)
{
    *submitter = (struct submitter){.loop = loop, .changed = changed, .data = data};
    uv_timer_init(loop, &submitter->wake);
    submitter->wake.data = submitter;
    for (size_t i = 0; i < SUBMITTER_MAX_CHILDREN; i++) {
        struct submitter_slot *slot = &submitter->slots[i];
        slot->submitter = submitter;
        runner_init(&slot->runner, loop, submitter_on_done, slot);
    }
}

void submitter_configure(struct submitter *submitter, const struct submitter_settings *settings)
{
    submitter->settings = *settings;
}

void submitter_close(struct submitter *submitter)
{
    uv_close((uv_handle_t *)&submitter->wake, NULL);
}

void submitter_free(struct submitter *submitter)
{
    while (submitter->list != NULL)
        submitter_forget(submitter, submitter->list);
}
