/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/clock.h"
#include "daemon/common/log.h"
#include "daemon/sweepd/children.h"
#include "daemon/sweepd/entries.h"
#include "daemon/sweepd/outcome.h"
#include "daemon/sweepd/step.h"

/* --- commands ------------------------------------------------------------------------------- */

bool children_make_command(struct engine *engine)
{
    const struct engine_settings *settings = engine->settings;
    const char *const first[] = {
        settings->sweepctl, "generate", "--tell-environment", "--json", "-o", settings->queue};
    enum { N_FIRST = sizeof first / sizeof *first };
    size_t n_args = 0;
    while (settings->child_args != NULL && settings->child_args[n_args] != NULL)
        n_args++;
    const char **command = calloc(N_FIRST + n_args, sizeof *command);
    if (command == NULL)
        return false;
    memcpy(command, first, sizeof first);
    for (size_t i = 0; i < n_args; i++)
        command[N_FIRST + i] = settings->child_args[i];
    free(engine->command);
    engine->command = command;
    engine->n_command = N_FIRST + n_args;
    return true;
}

/* Appends a copy of `arg` at `end`; returns the byte after it. */
static char *children_put_arg(char **argv, size_t *n, char *end, const char *arg)
{
    argv[(*n)++] = end;
    return stpcpy(end, arg) + 1;
}

/* A copy of the whole command in one block of memory, pointers first, because another thread reads
 * it and the settings may change meanwhile. NULL: out of memory. */
static char *const *children_copy_command(
    const struct engine *engine, const char *stage, const char *known_as)
{
    const char *const last[] = {"--stage", stage, "--as", known_as, "-"};
    enum { N_LAST = sizeof last / sizeof *last };
    size_t bytes = (engine->n_command + N_LAST + 1) * sizeof(char *);
    size_t pointers = bytes, n = 0;
    for (size_t i = 0; i < engine->n_command; i++)
        bytes += strlen(engine->command[i]) + 1;
    for (size_t i = 0; i < N_LAST; i++)
        bytes += strlen(last[i]) + 1;
    char **argv = malloc(bytes);
    if (argv == NULL)
        return NULL;
    char *end = (char *)argv + pointers;
    for (size_t i = 0; i < engine->n_command; i++)
        end = children_put_arg(argv, &n, end, engine->command[i]);
    for (size_t i = 0; i < N_LAST; i++)
        end = children_put_arg(argv, &n, end, last[i]);
    argv[n] = NULL;
    return argv;
}

/* --- the end of a child --------------------------------------------------------------------- */

/* Stops what the entry has to do with its child; the next batch decides about it. */
static void children_end(struct engine *engine, struct entry *entry, enum entry_event verdict)
{
    entry->verdict = verdict;
    step_apply(engine, entry, ENTRY_ENDED);
}

static void children_handle_outcome(struct engine *engine, struct entry *entry,
    const struct child_exit *exited, const struct outcome *outcome)
{
    free(entry->text);
    entry->text = outcome->text;
    entry->runs = outcome->runs;
    entry->blames_environment = outcome->blames_environment;
    snprintf(entry->summary, sizeof entry->summary, "%s", outcome->line);
    snprintf(entry->detail, sizeof entry->detail, "%s", outcome->detail);
    if (outcome->event == ENTRY_MADE) {
        step_generator_works(engine);
        step_apply(engine, entry, ENTRY_MADE);
    } else if (outcome->event == ENTRY_CHILD_FAILED && engine->stopping && exited->signal != 0) {
        log_line(
            LOG_NOTE, "%s: interrupted; it will be resumed at the next start", entry->claim.name);
        step_apply(engine, entry, ENTRY_STOP);
    } else {
        children_end(engine, entry, outcome->event);
    }
}

static void children_on_done(void *data, int failure, const struct child_exit *exited)
{
    struct engine_child *child = data;
    struct engine *engine = child->engine;
    struct entry *entry = child->entry;
    child->entry = NULL;
    entry->child = NULL;
    free((void *)child->argv);
    child->argv = NULL;
    if (failure == 0) {
        struct outcome outcome;
        outcome_read(exited, entry->claim.name, &outcome);
        children_handle_outcome(engine, entry, exited, &outcome);
    } else {
        snprintf(entry->detail, sizeof entry->detail, "cannot start %.900s: %s",
            engine->settings->sweepctl, uv_strerror(failure));
        entry->blames_environment = false;
        children_end(engine, entry, ENTRY_BLOCKED);
    }
    engine->advance(engine);
}

/* --- starting and stopping ------------------------------------------------------------------ */

/* NULL: out of memory. */
static struct engine_child *children_find_free(struct engine *engine)
{
    size_t i = 0;
    while (engine->children[i] != NULL && engine->children[i]->entry != NULL)
        i++;
    if (engine->children[i] != NULL)
        return engine->children[i];
    struct engine_child *child = calloc(1, sizeof *child);
    if (child == NULL)
        return NULL;
    child->engine = engine;
    runner_init(&child->runner, engine->loop, children_on_done, child);
    engine->children[i] = child;
    return child;
}

/* False: out of memory. */
static bool children_start(struct engine *engine, struct entry *entry)
{
    char known_as[PATH_MAX], stage[NAMES_SIZE];
    struct engine_child *child = children_find_free(engine);
    if (child == NULL)
        return false;
    snprintf(known_as, sizeof known_as, "%s/%s", engine->settings->specs, entry->claim.name);
    names_stage(stage, &entry->claim);
    child->argv = children_copy_command(engine, stage, known_as);
    if (child->argv == NULL)
        return false;
    child->entry = entry;
    entry->child = child;
    runner_start(&child->runner, child->argv, entry->fd, engine->settings->child_output,
        (uint64_t)engine->settings->deadline_ms);
    entry->fd = -1; /* the runner's now */
    return true;
}

static void children_on_start(uv_timer_t *timer)
{
    struct engine *engine = timer->data;
    struct entry *entry = entries_next_to_start(engine);
    if (entry == NULL)
        return;
    if (engine->stopping || engine->alarm[0] != '\0') {
        step_apply(engine, entry, ENTRY_STOP);
    } else if (!children_start(engine, entry)) {
        strcpy(entry->detail, "out of memory");
        entry->blames_environment = false;
        children_end(engine, entry, ENTRY_BLOCKED);
    }
    engine->advance(engine);
}

void children_start_soon(struct engine *engine)
{
    if (entries_next_to_start(engine) != NULL)
        uv_timer_start(&engine->start_child, children_on_start, 0, 0);
}

void children_stop(struct engine *engine)
{
    for (size_t i = 0; i < ENGINE_MAX_CHILDREN; i++) {
        if (engine->children[i] != NULL)
            runner_stop(&engine->children[i]->runner);
    }
}

void children_free(struct engine *engine)
{
    for (size_t i = 0; i < ENGINE_MAX_CHILDREN; i++)
        free(engine->children[i]);
    free(engine->command);
}
