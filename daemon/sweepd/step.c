/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/common/clock.h"
#include "daemon/common/log.h"
#include "daemon/sweepd/notify.h"
#include "daemon/sweepd/engine.h"

/* The longest pause. */
#define PAUSE_MS 60000

/* --- telling -------------------------------------------------------------------------------- */

void engine_tell(
    enum log_priority priority, const struct log_field *fields, const char *format, ...)
{
    char line[LOG_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (fields != NULL)
        log_event(priority, fields, "%s", line);
    else
        log_line(priority, "%s", line);
    notify_status(line);
}

/* --- pauses and alarms ---------------------------------------------------------------------- */

void engine_pause_for(struct engine *engine, const char *why)
{
    struct engine_pause *pause = &engine->pause;
    int64_t now = clock_ms();
    if (pause->until_ms > now)
        return; /* several were hindered by the same */
    pause->last_ms = pause->why[0] == '\0' ? engine->settings->backoff_ms : 2 * pause->last_ms;
    if (pause->last_ms > PAUSE_MS)
        pause->last_ms = PAUSE_MS;
    pause->until_ms = now + pause->last_ms;
    static const struct log_field paused[] = {{LOG_ID, LOG_ID_PAUSED}, {NULL, NULL}};
    if (strcmp(pause->why, why) != 0)
        engine_tell(LOG_WARN, paused, "paused: %s; goes on by itself", why);
    snprintf(pause->why, sizeof pause->why, "%s", why);
    pause->probing = true;
}

void engine_end_pause(struct engine *engine)
{
    static const struct log_field resumed[] = {{LOG_ID, LOG_ID_RESUMED}, {NULL, NULL}};
    if (engine->pause.why[0] != '\0')
        engine_tell(LOG_NOTE, resumed, "goes on (it was paused: %s)", engine->pause.why);
    engine->pause = (struct engine_pause){0};
}

bool engine_paused(const struct engine *engine)
{
    return engine->pause.until_ms > clock_ms();
}

void engine_raise_alarm(struct engine *engine, const char *why)
{
    if (engine->alarm[0] != '\0')
        return;
    snprintf(engine->alarm, sizeof engine->alarm, "%s", why);
    engine_tell(LOG_FAILURE, NULL,
        "the storage fails: %s. Repair it, then restart sweepd or tell it to reload; until then no "
        "spec is taken, and all stay where they are",
        why);
    for (struct entry *entry = engine->entries, *next; entry != NULL; entry = next) {
        next = entry->next;
        if (entry->state == ENTRY_CLAIMED || entry->state == ENTRY_RESTING ||
            entry->state == ENTRY_HELD)
            engine_apply(engine, entry, ENTRY_STOP);
    }
}

/* --- one step of one spec ------------------------------------------------------------------- */

static void remember(struct engine *engine, const struct entry *entry)
{
    struct engine_result *result = &engine->results[engine->n_results++ % ENGINE_RESULTS];
    snprintf(result->name, sizeof result->name, "%s", entry->claim.name);
    snprintf(result->line, sizeof result->line, "%.150s", entry->told);
    bool done = entry->state == ENTRY_TO_DONE && entry->text != NULL;
    snprintf(result->directory, sizeof result->directory, "%s", done ? entry->text : "");
    result->unix_s = (int64_t)time(NULL);
}

static void filed(struct engine *engine, const struct entry *entry)
{
    remember(engine, entry);
    if (entry->state == ENTRY_TO_DONE) {
        const struct engine_result *result =
            &engine->results[(engine->n_results - 1) % ENGINE_RESULTS];
        const struct log_field fields[] = {{LOG_ID, LOG_ID_DONE}, {LOG_SPEC, entry->claim.name},
            {LOG_SWEEP, result->directory}, {LOG_RESULT, "done"}, {NULL, NULL}};
        engine->metrics.done++;
        engine->metrics.runs += entry->runs;
        metrics_observe(&engine->metrics, (double)(clock_ms() - entry->found_ms) / 1000);
        engine_tell(LOG_FACT, fields, "%s: %s", entry->claim.name, entry->told);
        return;
    }
    const struct log_field fields[] = {{LOG_ID, LOG_ID_FAILED}, {LOG_SPEC, entry->claim.name},
        {LOG_RESULT, "failed"}, {LOG_REPORT, entry->text}, {NULL, NULL}};
    engine->metrics.failed++;
    engine_tell(LOG_WARN, fields, "%s: %s (failed/%s" NAMES_REPORT ")%s%s", entry->claim.name,
        entry->told, entry->placed, entry->detail[0] != '\0' ? ": " : "", entry->detail);
}

static int64_t rest_ms(const struct engine *engine, const struct entry *entry)
{
    unsigned doublings = entry->claim.attempt > 1 ? entry->claim.attempt - 1 : 0;
    return engine->settings->backoff_ms << (doublings < 10 ? doublings : 10);
}

/* The report of a spec that no child has judged. */
void engine_refuse(struct entry *entry, const char *line, const char *code, const char *why)
{
    snprintf(entry->told, sizeof entry->told, "%s", line);
    snprintf(
        entry->detail, sizeof entry->detail, "%s: error[%s]: %s", entry->claim.name, code, why);
    free(entry->text);
    if (asprintf(&entry->text, "%s\n", entry->detail) < 0)
        entry->text = NULL;
}

void engine_apply(struct engine *engine, struct entry *entry, enum entry_event event)
{
    struct entry_transition step = entry_transition_for(entry->state, event);
    if (event == ENTRY_FILED)
        filed(engine, entry);
    if (event == ENTRY_VANISHED)
        log_line(LOG_WARN, "%s: somebody took it from .claimed/", entry->claim.name);
    entry->state = step.next;
    switch (step.action) {
    case ENTRY_OPEN:
    case ENTRY_FILE:
    case ENTRY_LAY_BACK:
        entry->wanted = true; /* by the next turn */
        break;
    case ENTRY_START:
        engine_start_soon(engine);
        break;
    case ENTRY_REST:
        entry->counted = false; /* the next one is another attempt */
        entry->due_ms = clock_ms() + rest_ms(engine, entry);
        break;
    case ENTRY_PAUSE:
        entry->hindered++;
        engine_pause_for(
            engine, entry->why != NULL ? entry->why : "the file system does not let us");
        entry->due_ms = engine->pause.until_ms;
        break;
    case ENTRY_ALARM:
        engine_raise_alarm(engine, entry->why != NULL ? entry->why : "input/output error");
        engine_forget(engine, entry);
        break;
    case ENTRY_FORGET:
        engine_forget(engine, entry);
        break;
    case ENTRY_WRONG:
        log_line(LOG_FAILURE, "%s: \"%s\" cannot happen while it is %s", entry->claim.name,
            entry_event_name(event), entry_state_name(entry->state));
        break;
    case ENTRY_CLAIM:
    case ENTRY_NOTHING:
    case ENTRY_ACTIONS:
        break;
    }
}
