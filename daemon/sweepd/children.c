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

size_t engine_busy(const struct engine *engine)
{
    return engine_count(engine, ENTRY_OPENING) + engine_count(engine, ENTRY_WORKING);
}

static unsigned its_children(const struct engine *engine, uid_t owner)
{
    unsigned count = 0;
    for (const struct entry *entry = engine->entries; entry != NULL; entry = entry->next)
        count += entry->owner == owner &&
                 (entry->state == ENTRY_OPENING || entry->state == ENTRY_WORKING);
    return count;
}

/* Whose turn it is before: of the less hindered, of the user with fewer children, the older. */
static bool before(const struct engine *engine, const struct entry *a, const struct entry *b)
{
    if (b == NULL || a->hindered != b->hindered)
        return b == NULL || a->hindered < b->hindered;
    unsigned left = its_children(engine, a->owner), right = its_children(engine, b->owner);
    return left != right ? left < right : a->changed_ns < b->changed_ns;
}

struct entry *engine_next_claimed(struct engine *engine)
{
    struct entry *best = NULL;
    for (struct entry *entry = engine->entries; entry != NULL; entry = entry->next) {
        if (entry->state == ENTRY_CLAIMED && before(engine, entry, best))
            best = entry;
    }
    return best;
}

bool engine_make_command(struct engine *engine)
{
    const struct service_settings *settings = engine->settings;
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
    free(engine->command);
    engine->command = command;
    engine->n_command = n;
    return true;
}

/* One that has nothing to do; NULL: no memory. */
static struct engine_child *free_child(struct engine *engine)
{
    size_t i = 0;
    while (engine->children[i] != NULL && engine->children[i]->entry != NULL)
        i++;
    if (engine->children[i] != NULL)
        return engine->children[i];
    struct engine_child *child = calloc(1, sizeof *child);
    if (child != NULL) {
        child->engine = engine;
        runner_init(&child->runner, engine->loop, engine_on_generated, child);
    }
    return engine->children[i] = child;
}

/* The whole command as one block of memory, pointers first: it is read on another thread, and the
 * settings may change meanwhile. */
static char *const *copy_command(
    const struct engine *engine, const char *stage, const char *known_as)
{
    const char *const last[] = {"--stage", stage, "--as", known_as, "-"};
    enum { N_LAST = sizeof last / sizeof *last };
    size_t count = engine->n_command + N_LAST, bytes = (count + 1) * sizeof(char *);
    for (size_t i = 0; i < count; i++)
        bytes +=
            strlen(i < engine->n_command ? engine->command[i] : last[i - engine->n_command]) + 1;
    char **argv = malloc(bytes);
    char *text = (char *)(argv + count + 1);
    if (argv == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        argv[i] = text;
        text =
            stpcpy(text, i < engine->n_command ? engine->command[i] : last[i - engine->n_command]) +
            1;
    }
    argv[count] = NULL;
    return argv;
}

static bool start_child(struct engine *engine, struct entry *entry)
{
    char known_as[4096], stage[NAMES_SIZE];
    struct engine_child *child = free_child(engine);
    if (child == NULL)
        return false;
    snprintf(known_as, sizeof known_as, "%s/%s", engine->settings->specs, entry->claim.name);
    names_stage(stage, &entry->claim);
    child->argv = copy_command(engine, stage, known_as);
    if (child->argv == NULL)
        return false;
    child->entry = entry;
    entry->child = child;
    runner_start(&child->runner, child->argv, entry->fd, engine->settings->child_output,
        (uint64_t)engine->settings->deadline_ms);
    entry->fd = -1; /* the runner's now */
    return true;
}

static void on_start(uv_timer_t *timer)
{
    struct engine *engine = timer->data;
    struct entry *next = engine->entries;
    while (next != NULL && (next->state != ENTRY_WORKING || next->child != NULL))
        next = next->next;
    if (next == NULL)
        return;
    next->why = "out of memory";
    if (engine->stopping || engine->alarm[0] != '\0')
        engine_apply(engine, next, ENTRY_STOP);
    else if (!start_child(engine, next))
        engine_apply(engine, next, ENTRY_HINDERED);
    engine_start_soon(engine);
    engine_advance(engine);
}

void engine_start_soon(struct engine *engine)
{
    uv_timer_start(&engine->start, on_start, 0, 0);
}

static void broke(struct engine *engine, struct entry *entry, const struct outcome *outcome)
{
    unsigned most = engine->settings->attempts;
    bool last = entry->claim.attempt >= most;
    if (!last) {
        engine->metrics.retried++;
        engine_apply(engine, entry, ENTRY_BROKE);
        const struct log_field fields[] = {{LOG_ID, LOG_ID_RETRIED}, {LOG_SPEC, entry->claim.name},
            {LOG_RESULT, "retried"}, {NULL, NULL}};
        engine_tell(LOG_WARN, fields, "%s: %s (attempt %u of %u; the next in %.1f s)%s%s",
            entry->claim.name, outcome->line, entry->claim.attempt, most,
            (double)(entry->due_ms - clock_ms()) / 1000, outcome->detail[0] != '\0' ? ": " : "",
            outcome->detail);
        return;
    }
    snprintf(entry->told, sizeof entry->told, "%s in attempt %u of %u", outcome->line,
        entry->claim.attempt, most);
    engine_apply(engine, entry, ENTRY_BROKE_LAST);
}

void engine_on_generated(void *data, int failure, const struct ending *ending)
{
    struct engine_child *child = data;
    struct engine *engine = child->engine;
    struct entry *entry = child->entry;
    struct outcome outcome;
    char why[256];
    child->entry = NULL;
    entry->child = NULL;
    free((void *)child->argv);
    child->argv = NULL;
    if (failure != 0) {
        /* Nothing is wrong with the spec. */
        snprintf(why, sizeof why, "%s cannot be started: %s", engine->settings->sweepctl,
            uv_strerror(failure));
        entry->why = why;
        engine_apply(engine, entry, ENTRY_HINDERED);
        engine_advance(engine);
        return;
    }
    outcome_read(ending, entry->claim.name, &outcome);
    free(entry->text);
    entry->text = outcome.text;
    entry->runs = outcome.runs;
    entry->why = outcome.detail[0] != '\0' ? outcome.detail : outcome.line;
    snprintf(entry->told, sizeof entry->told, "%s", outcome.line);
    snprintf(entry->detail, sizeof entry->detail, "%s", outcome.detail);
    if (outcome.event == ENTRY_BROKE && engine->stopping && ending->signal != 0) {
        log_line(
            LOG_NOTE, "%s: interrupted; it is done again at the next start", entry->claim.name);
        engine_apply(engine, entry, ENTRY_STOP);
    } else if (outcome.event == ENTRY_BROKE) {
        broke(engine, entry, &outcome);
    } else {
        if (outcome.event == ENTRY_MADE || outcome.event == ENTRY_REFUSED)
            engine_end_pause(engine);
        engine_apply(engine, entry, outcome.event);
    }
    engine_advance(engine);
}
