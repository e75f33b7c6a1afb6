/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/common/clock.h"
#include "daemon/common/log.h"
#include "daemon/sweepd/outcome.h"
#include "daemon/sweepd/engine.h"

/* --- children ------------------------------------------------------------------------------- */

size_t work_busy(const struct work *work)
{
    return work_count(work, SPEC_OPENING) + work_count(work, SPEC_WORKING);
}

static unsigned its_children(const struct work *work, uid_t owner)
{
    unsigned count = 0;
    for (const struct spec *spec = work->specs; spec != NULL; spec = spec->next)
        count +=
            spec->owner == owner && (spec->state == SPEC_OPENING || spec->state == SPEC_WORKING);
    return count;
}

/* Whose turn it is before: of the less hindered, of the user with fewer children, the older. */
static bool before(const struct work *work, const struct spec *a, const struct spec *b)
{
    if (b == NULL || a->hindered != b->hindered)
        return b == NULL || a->hindered < b->hindered;
    unsigned left = its_children(work, a->owner), right = its_children(work, b->owner);
    return left != right ? left < right : a->changed_ns < b->changed_ns;
}

struct spec *work_next_claimed(struct work *work)
{
    struct spec *best = NULL;
    for (struct spec *spec = work->specs; spec != NULL; spec = spec->next) {
        if (spec->state == SPEC_CLAIMED && before(work, spec, best))
            best = spec;
    }
    return best;
}

bool work_make_command(struct work *work)
{
    const struct service_settings *settings = work->settings;
    const char *const first[] = {settings->sweepctl, "generate", "--json", "-o", settings->queue};
    size_t more = 0, n = 0;
    while (settings->child_args != NULL && settings->child_args[more] != NULL)
        more++;
    const char **command = calloc(sizeof first / sizeof *first + more, sizeof *command);
    if (command == NULL)
        return false;
    for (; n < sizeof first / sizeof *first; n++)
        command[n] = first[n];
    for (size_t i = 0; i < more; i++)
        command[n++] = settings->child_args[i];
    free(work->command);
    work->command = command;
    work->n_command = n;
    return true;
}

/* One that has nothing to do; NULL: no memory. */
static struct work_child *free_child(struct work *work)
{
    size_t i = 0;
    while (work->children[i] != NULL && work->children[i]->spec != NULL)
        i++;
    if (work->children[i] != NULL)
        return work->children[i];
    struct work_child *child = calloc(1, sizeof *child);
    if (child != NULL) {
        child->work = work;
        runner_init(&child->runner, work->loop, work_on_generated, child);
    }
    return work->children[i] = child;
}

/* The whole command as one block of memory, pointers first: it is read on another thread, and the
 * settings may change meanwhile. */
static char *const *copy_command(const struct work *work, const char *stage, const char *known_as)
{
    const char *const last[] = {"--stage", stage, "--as", known_as, "-"};
    enum { N_LAST = sizeof last / sizeof *last };
    size_t count = work->n_command + N_LAST, bytes = (count + 1) * sizeof(char *);
    for (size_t i = 0; i < count; i++)
        bytes += strlen(i < work->n_command ? work->command[i] : last[i - work->n_command]) + 1;
    char **argv = malloc(bytes);
    char *text = (char *)(argv + count + 1);
    if (argv == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        argv[i] = text;
        text = stpcpy(text, i < work->n_command ? work->command[i] : last[i - work->n_command]) + 1;
    }
    argv[count] = NULL;
    return argv;
}

static bool start_child(struct work *work, struct spec *spec)
{
    char known_as[4096], stage[NAMES_SIZE];
    struct work_child *child = free_child(work);
    if (child == NULL)
        return false;
    snprintf(known_as, sizeof known_as, "%s/%s", work->settings->specs, spec->claim.name);
    names_stage(stage, &spec->claim);
    child->argv = copy_command(work, stage, known_as);
    if (child->argv == NULL)
        return false;
    child->spec = spec;
    spec->child = child;
    runner_start(&child->runner, child->argv, spec->fd, work->settings->child_output,
        (uint64_t)work->settings->deadline_ms);
    spec->fd = -1; /* the runner's now */
    return true;
}

static void on_start(uv_timer_t *timer)
{
    struct work *work = timer->data;
    struct spec *next = work->specs;
    while (next != NULL && (next->state != SPEC_WORKING || next->child != NULL))
        next = next->next;
    if (next == NULL)
        return;
    next->why = "out of memory";
    if (work->stopping || work->alarm[0] != '\0')
        work_apply(work, next, SPEC_STOP);
    else if (!start_child(work, next))
        work_apply(work, next, SPEC_HINDERED);
    work_start_soon(work);
    work_advance(work);
}

void work_start_soon(struct work *work)
{
    uv_timer_start(&work->start, on_start, 0, 0);
}

static void broke(struct work *work, struct spec *spec, const struct outcome *outcome)
{
    unsigned most = work->settings->attempts;
    bool last = spec->claim.attempt >= most;
    if (!last) {
        work->metrics.retried++;
        work_apply(work, spec, SPEC_BROKE);
        const struct log_field fields[] = {{LOG_ID, LOG_ID_RETRIED}, {LOG_SPEC, spec->claim.name},
            {LOG_RESULT, "retried"}, {NULL, NULL}};
        work_tell(LOG_WARN, fields, "%s: %s (attempt %u of %u; the next in %.1f s)%s%s",
            spec->claim.name, outcome->line, spec->claim.attempt, most,
            (double)(spec->due_ms - clock_ms()) / 1000, outcome->detail[0] != '\0' ? ": " : "",
            outcome->detail);
        return;
    }
    snprintf(spec->told, sizeof spec->told, "%s in attempt %u of %u", outcome->line,
        spec->claim.attempt, most);
    work_apply(work, spec, SPEC_BROKE_LAST);
}

void work_on_generated(void *data, int failure, const struct ending *ending)
{
    struct work_child *child = data;
    struct work *work = child->work;
    struct spec *spec = child->spec;
    struct outcome outcome;
    char why[256];
    child->spec = NULL;
    spec->child = NULL;
    free((void *)child->argv);
    child->argv = NULL;
    if (failure != 0) {
        /* Nothing is wrong with the spec. */
        snprintf(why, sizeof why, "%s cannot be started: %s", work->settings->sweepctl,
            uv_strerror(failure));
        spec->why = why;
        work_apply(work, spec, SPEC_HINDERED);
        work_advance(work);
        return;
    }
    outcome_read(ending, spec->claim.name, &outcome);
    free(spec->text);
    spec->text = outcome.text;
    spec->runs = outcome.runs;
    spec->why = outcome.detail[0] != '\0' ? outcome.detail : outcome.line;
    snprintf(spec->told, sizeof spec->told, "%s", outcome.line);
    snprintf(spec->detail, sizeof spec->detail, "%s", outcome.detail);
    if (outcome.event == SPEC_BROKE && work->stopping && ending->signal != 0) {
        log_line(LOG_NOTE, "%s: interrupted; it is done again at the next start", spec->claim.name);
        work_apply(work, spec, SPEC_STOP);
    } else if (outcome.event == SPEC_BROKE) {
        broke(work, spec, &outcome);
    } else {
        if (outcome.event == SPEC_MADE || outcome.event == SPEC_REFUSED)
            work_end_pause(work);
        work_apply(work, spec, outcome.event);
    }
    work_advance(work);
}
