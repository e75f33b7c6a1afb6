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

void work_tell(enum log_priority priority, const struct log_field *fields, const char *format, ...)
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

void work_pause_for(struct work *work, const char *why)
{
    struct work_pause *pause = &work->pause;
    int64_t now = clock_ms();
    if (pause->until_ms > now)
        return; /* several were hindered by the same */
    pause->last_ms = pause->why[0] == '\0' ? work->settings->backoff_ms : 2 * pause->last_ms;
    if (pause->last_ms > PAUSE_MS)
        pause->last_ms = PAUSE_MS;
    pause->until_ms = now + pause->last_ms;
    static const struct log_field paused[] = {{LOG_ID, LOG_ID_PAUSED}, {NULL, NULL}};
    if (strcmp(pause->why, why) != 0)
        work_tell(LOG_WARN, paused, "paused: %s; goes on by itself", why);
    snprintf(pause->why, sizeof pause->why, "%s", why);
    pause->probing = true;
}

void work_end_pause(struct work *work)
{
    static const struct log_field resumed[] = {{LOG_ID, LOG_ID_RESUMED}, {NULL, NULL}};
    if (work->pause.why[0] != '\0')
        work_tell(LOG_NOTE, resumed, "goes on (it was paused: %s)", work->pause.why);
    work->pause = (struct work_pause){0};
}

bool work_paused(const struct work *work)
{
    return work->pause.until_ms > clock_ms();
}

void work_raise_alarm(struct work *work, const char *why)
{
    if (work->alarm[0] != '\0')
        return;
    snprintf(work->alarm, sizeof work->alarm, "%s", why);
    work_tell(LOG_FAILURE, NULL,
        "the storage fails: %s. Repair it, then restart sweepd or tell it to reload; until then no "
        "spec is taken, and all stay where they are",
        why);
    for (struct spec *spec = work->specs, *next; spec != NULL; spec = next) {
        next = spec->next;
        if (spec->state == SPEC_CLAIMED || spec->state == SPEC_RESTING || spec->state == SPEC_HELD)
            work_apply(work, spec, SPEC_STOP);
    }
}

/* --- one step of one spec ------------------------------------------------------------------- */

static void remember(struct work *work, const struct spec *spec)
{
    struct work_result *result = &work->results[work->n_results++ % WORK_RESULTS];
    snprintf(result->name, sizeof result->name, "%s", spec->claim.name);
    snprintf(result->line, sizeof result->line, "%.150s", spec->told);
    bool done = spec->state == SPEC_TO_DONE && spec->text != NULL;
    snprintf(result->directory, sizeof result->directory, "%s", done ? spec->text : "");
    result->unix_s = (int64_t)time(NULL);
}

static void filed(struct work *work, const struct spec *spec)
{
    remember(work, spec);
    if (spec->state == SPEC_TO_DONE) {
        const struct work_result *result = &work->results[(work->n_results - 1) % WORK_RESULTS];
        const struct log_field fields[] = {{LOG_ID, LOG_ID_DONE}, {LOG_SPEC, spec->claim.name},
            {LOG_SWEEP, result->directory}, {LOG_RESULT, "done"}, {NULL, NULL}};
        work->metrics.done++;
        work->metrics.runs += spec->runs;
        metrics_observe(&work->metrics, (double)(clock_ms() - spec->found_ms) / 1000);
        work_tell(LOG_FACT, fields, "%s: %s", spec->claim.name, spec->told);
        return;
    }
    const struct log_field fields[] = {{LOG_ID, LOG_ID_FAILED}, {LOG_SPEC, spec->claim.name},
        {LOG_RESULT, "failed"}, {LOG_REPORT, spec->text}, {NULL, NULL}};
    work->metrics.failed++;
    work_tell(LOG_WARN, fields, "%s: %s (failed/%s" NAMES_REPORT ")%s%s", spec->claim.name,
        spec->told, spec->placed, spec->detail[0] != '\0' ? ": " : "", spec->detail);
}

static int64_t rest_ms(const struct work *work, const struct spec *spec)
{
    unsigned doublings = spec->claim.attempt > 1 ? spec->claim.attempt - 1 : 0;
    return work->settings->backoff_ms << (doublings < 10 ? doublings : 10);
}

/* The report of a spec that no child has judged. */
void work_refuse(struct spec *spec, const char *line, const char *code, const char *why)
{
    snprintf(spec->told, sizeof spec->told, "%s", line);
    snprintf(spec->detail, sizeof spec->detail, "%s: error[%s]: %s", spec->claim.name, code, why);
    free(spec->text);
    if (asprintf(&spec->text, "%s\n", spec->detail) < 0)
        spec->text = NULL;
}

void work_apply(struct work *work, struct spec *spec, enum spec_event event)
{
    struct spec_transition step = spec_step(spec->state, event);
    if (event == SPEC_FILED)
        filed(work, spec);
    if (event == SPEC_VANISHED)
        log_line(LOG_WARN, "%s: somebody took it from .claimed/", spec->claim.name);
    spec->state = step.next;
    switch (step.action) {
    case SPEC_OPEN:
    case SPEC_FILE:
    case SPEC_LAY_BACK:
        spec->wanted = true; /* by the next turn */
        break;
    case SPEC_START:
        work_start_soon(work);
        break;
    case SPEC_REST:
        spec->counted = false; /* the next one is another attempt */
        spec->due_ms = clock_ms() + rest_ms(work, spec);
        break;
    case SPEC_PAUSE:
        spec->hindered++;
        work_pause_for(work, spec->why != NULL ? spec->why : "the file system does not let us");
        spec->due_ms = work->pause.until_ms;
        break;
    case SPEC_ALARM:
        work_raise_alarm(work, spec->why != NULL ? spec->why : "input/output error");
        work_forget(work, spec);
        break;
    case SPEC_FORGET:
        work_forget(work, spec);
        break;
    case SPEC_WRONG:
        log_line(LOG_FAILURE, "%s: \"%s\" cannot happen while it is %s", spec->claim.name,
            spec_event_name(event), spec_state_name(spec->state));
        break;
    case SPEC_CLAIM:
    case SPEC_NOTHING:
    case SPEC_ACTIONS:
        break;
    }
}
