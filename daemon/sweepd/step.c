/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/common/clock.h"
#include "daemon/sweepd/entries.h"
#include "daemon/sweepd/notify.h"
#include "daemon/sweepd/step.h"
#include "lib/util/text.h"

/* Upper bound of a pause. */
#define STEP_PAUSE_MAX_MS 60000

/* The wait between attempts doubles no more often than this. */
#define STEP_MAX_DOUBLINGS 10

void step_tell(enum log_priority priority, const struct log_field *fields, const char *format, ...)
{
    char line[LOG_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    text_vformat(line, sizeof line, format, arguments);
    va_end(arguments);
    if (fields != NULL)
        log_event(priority, fields, "%s", line);
    else
        log_line(priority, "%s", line);
    notify_status(line);
}

/* --- pauses and alarms ---------------------------------------------------------------------- */

void step_pause(struct engine *engine, const char *why)
{
    static const struct log_field fields[] = {{LOG_ID, LOG_ID_PAUSED}, {NULL, NULL}};
    struct engine_pause *pause = &engine->pause;
    int64_t now = clock_ms();
    if (pause->until_ms > now)
        return; /* several entries met the same obstacle */
    if (pause->why[0] == '\0')
        pause->last_ms = engine->settings->backoff_ms;
    else
        pause->last_ms *= 2;
    if (pause->last_ms > STEP_PAUSE_MAX_MS)
        pause->last_ms = STEP_PAUSE_MAX_MS;
    pause->until_ms = now + pause->last_ms;
    if (strcmp(pause->why, why) != 0)
        step_tell(LOG_WARN, fields, "paused: %s; resumes automatically", why);
    snprintf(pause->why, sizeof pause->why, "%s", why);
    pause->probing = true;
}

void step_end_pause(struct engine *engine)
{
    static const struct log_field fields[] = {{LOG_ID, LOG_ID_RESUMED}, {NULL, NULL}};
    if (engine->pause.why[0] != '\0')
        step_tell(LOG_NOTE, fields, "resumed (was paused: %s)", engine->pause.why);
    engine->pause = (struct engine_pause){0};
}

bool step_paused(const struct engine *engine)
{
    return engine->pause.until_ms > clock_ms();
}

void step_raise_alarm(struct engine *engine, const char *why)
{
    if (engine->alarm[0] != '\0')
        return;
    snprintf(engine->alarm, sizeof engine->alarm, "%s", why);
    engine->probing = false;
    step_tell(LOG_ERROR, NULL,
        "storage error: %s. sweepd has stopped picking up specs. Fix it, then run "
        "`sweepctl reload`",
        why);
    step_stop_waiting(engine);
}

void step_retry_all(struct engine *engine)
{
    engine->scan = true;
    engine->rebuild = engine->alarm[0] != '\0' || engine->was_unreachable;
    engine->alarm[0] = '\0';
    engine->probing = engine->was_unreachable = false;
    step_end_pause(engine);
    for (struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->state == ENTRY_HELD || entry->state == ENTRY_BACKING_OFF)
            entry->due_ms = 1;
    }
}

void step_generator_works(struct engine *engine)
{
    engine->doubted[0] = '\0';
    if (!engine->probing) /* it may have been started before the environment broke */
        step_end_pause(engine);
}

void step_environment_works(struct engine *engine)
{
    if (engine->probing)
        step_retry_all(engine);
}

void step_stop_waiting(struct engine *engine)
{
    for (struct entry *entry = engine->entries, *next; entry != NULL; entry = next) {
        next = entry->next;
        if (entry->state == ENTRY_CLAIMED || entry->state == ENTRY_BACKING_OFF ||
            entry->state == ENTRY_HELD)
            step_apply(engine, entry, ENTRY_STOP);
    }
}

/* --- filed entries -------------------------------------------------------------------------- */

static void step_add_result(struct engine *engine, const struct entry *entry, const char *directory)
{
    struct engine_result *result = &engine->results[engine->n_results % ENGINE_RESULTS];
    snprintf(result->name, sizeof result->name, "%s", entry->claim.name);
    snprintf(result->line, sizeof result->line, "%.150s", entry->summary);
    snprintf(result->directory, sizeof result->directory, "%s", directory);
    result->unix_s = (int64_t)time(NULL);
    engine->n_results++;
}

static void step_tell_done(struct engine *engine, const struct entry *entry)
{
    const char *directory = entry->text;
    if (directory == NULL) /* out of memory */
        directory = "";
    const struct log_field fields[] = {{LOG_ID, LOG_ID_DONE}, {LOG_SPEC, entry->claim.name},
        {LOG_SWEEP, directory}, {LOG_RESULT, "done"}, {NULL, NULL}};
    step_add_result(engine, entry, directory);
    if (engine->settings->policy.submit && directory[0] != '\0')
        submitter_add(&engine->submitter, directory);
    engine->metrics.done++;
    engine->metrics.runs += entry->runs;
    metrics_observe(&engine->metrics, (double)(clock_ms() - entry->found_ms) / 1000);
    step_tell(LOG_INFO, fields, "%s: %s", entry->claim.name, entry->summary);
}

static void step_tell_failed(struct engine *engine, const struct entry *entry)
{
    const char *separator = entry->detail[0] != '\0' ? ": " : "";
    const struct log_field fields[] = {{LOG_ID, LOG_ID_FAILED}, {LOG_SPEC, entry->claim.name},
        {LOG_RESULT, "failed"}, {LOG_REPORT, entry->text}, {NULL, NULL}};
    step_add_result(engine, entry, "");
    engine->metrics.failed++;
    step_tell(LOG_WARN, fields, "%s: %s (" NAMES_FAILED "/%s" NAMES_REPORT ")%s%s",
        entry->claim.name, entry->summary, entry->filed_as, separator, entry->detail);
}

void step_refuse(struct entry *entry, const char *line, const char *code, const char *why)
{
    snprintf(entry->summary, sizeof entry->summary, "%s", line);
    snprintf(
        entry->detail, sizeof entry->detail, "%s: error[%s]: %s", entry->claim.name, code, why);
    free(entry->text);
    if (asprintf(&entry->text, "%s\n", entry->detail) < 0)
        entry->text = NULL;
}

/* --- transitions ---------------------------------------------------------------------------- */

/* The wait after so many attempts. */
static int64_t step_backoff_ms(const struct engine *engine, unsigned attempts)
{
    int64_t wait = engine->settings->backoff_ms;
    for (unsigned i = 1; i < attempts && i <= STEP_MAX_DOUBLINGS; i++)
        wait *= 2;
    return wait;
}

/* True if only the entry's own child says that no generator can work: the first one that does is
 * not believed. */
static bool step_doubts(struct engine *engine, const struct entry *entry)
{
    char stage[NAMES_SIZE];
    if (!entry->doubted)
        return false;
    names_stage(stage, &entry->claim);
    if (engine->doubted[0] != '\0' && strcmp(engine->doubted, stage) != 0)
        return false;
    strcpy(engine->doubted, stage);
    return true;
}

static void step_hold(struct engine *engine, struct entry *entry)
{
    entry->times_blocked++;
    if (!step_doubts(engine, entry)) {
        step_pause(engine, entry->why);
        entry->due_ms = engine->pause.until_ms;
        return;
    }
    int64_t wait = step_backoff_ms(engine, entry->times_blocked);
    if (wait > STEP_PAUSE_MAX_MS)
        wait = STEP_PAUSE_MAX_MS;
    entry->due_ms = clock_ms() + wait;
    if (entry->times_blocked == 1)
        log_line(LOG_WARN, "%s: waits: %s; it will be retried", entry->claim.name, entry->why);
}

static void step_back_off(struct engine *engine, struct entry *entry)
{
    const struct log_field fields[] = {{LOG_ID, LOG_ID_RETRIED}, {LOG_SPEC, entry->claim.name},
        {LOG_RESULT, "retried"}, {NULL, NULL}};
    const char *separator = entry->detail[0] != '\0' ? ": " : "";
    int64_t wait = step_backoff_ms(engine, entry->claim.attempt);
    entry->due_ms = clock_ms() + wait;
    engine->metrics.retried++;
    step_tell(LOG_WARN, fields, "%s: %s (attempt %u of %u; next in %.1f s)%s%s", entry->claim.name,
        entry->summary, entry->claim.attempt, engine->settings->attempts, (double)wait / 1000,
        separator, entry->detail);
}

void step_apply(struct engine *engine, struct entry *entry, enum entry_event event)
{
    struct entry_transition transition = entry_transition_for(entry->state, event);
    if (event == ENTRY_FILED && entry->state == ENTRY_TO_DONE)
        step_tell_done(engine, entry);
    else if (event == ENTRY_FILED)
        step_tell_failed(engine, entry);
    else if (event == ENTRY_VANISHED)
        log_line(LOG_WARN,
            "%s: vanished from " NAMES_CLAIMED "/ (moved or removed by another program)",
            entry->claim.name);
    entry->state = transition.next;
    switch (transition.action) {
    case ENTRY_OPEN:
    case ENTRY_JUDGE:
    case ENTRY_FILE:
    case ENTRY_RELEASE:
        entry->wanted = true;
        break;
    case ENTRY_BACK_OFF:
        step_back_off(engine, entry);
        break;
    case ENTRY_PAUSE:
        step_hold(engine, entry);
        break;
    case ENTRY_ALARM:
        step_raise_alarm(engine, entry->why);
        entries_forget(engine, entry);
        break;
    case ENTRY_FORGET:
        entries_forget(engine, entry);
        break;
    case ENTRY_IMPOSSIBLE:
        log_line(LOG_ERROR, "%s: internal error: event \"%s\" in state \"%s\"", entry->claim.name,
            entry_event_name(event), entry_state_name(entry->state));
        break;
    case ENTRY_START: /* by engine_advance() */
    case ENTRY_CLAIM: /* has happened in the batch */
    case ENTRY_NOTHING:
    case ENTRY_ACTIONS:
        break;
    }
}
