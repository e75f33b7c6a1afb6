/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/status_sweeps.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

enum {
    STATUS_MAX_RUNNING = 20, /* running runs that are listed one by one */
    STATUS_MAX_RANGES = 6,   /* names, or ranges of names, of a group */
    STATUS_LOG_LINES = 3,    /* of the end of a failed run's log */
    STATUS_LOG_COLUMNS = 110,
    STATUS_VERSION = 1, /* of the JSON */
};

/* --- a line for each sweep ------------------------------------------------------------------ */

static bool status_sweeps_is_active(const struct jobs_sweep *sweep)
{
    for (size_t i = 0; i < sweep->n_runs; i++)
        if (sweep_view_is_active(&sweep->runs[i]))
            return true;
    return false;
}

static void status_sweeps_put_line(const struct jobs_sweep *sweep, struct strbuf *out)
{
    struct sweep_counts counts = {0};
    sweep_view_count(sweep, &counts);
    strbuf_printf(out, "  %s  ", cli_escaped(sweep->path));
    sweep_view_put_counts(&counts, out);
    strbuf_putc(out, '\n');
}

void status_sweeps_put_lines(const struct sweep_view *view, size_t max, struct strbuf *out)
{
    size_t shown = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < view->n_sweeps; i++) {
            bool is_active = status_sweeps_is_active(view->sweeps[i]);
            if (is_active != (pass == 0) || shown == max)
                continue;
            status_sweeps_put_line(view->sweeps[i], out);
            shown++;
        }
    if (shown < view->n_sweeps)
        strbuf_printf(out, "  ... and %zu more\n", view->n_sweeps - shown);
}

/* --- groups of runs ------------------------------------------------------------------------- */

/* Runs that are shown together: with the same verdict and, in the queue, the same reason. */
struct status_group {
    enum run_state state;
    enum run_class class;
    const struct verdict *verdict;
    const char *reason; /* never NULL */
    bool is_replaced;   /* retried with other values */
    size_t first, count;
};

static const char *status_sweeps_reason(const struct jobs_run *run)
{
    bool is_waiting = run->verdict.state == RUN_QUEUED || run->verdict.state == RUN_HELD;
    return is_waiting && run->row != NULL ? run->row->reason : "";
}

static bool status_sweeps_is_in(const struct status_group *group, const struct jobs_run *run)
{
    return !run->is_hidden && group->state == run->verdict.state &&
           group->class == run->verdict.class &&
           group->verdict->exit_code == run->verdict.exit_code &&
           strcmp(group->verdict->signal, run->verdict.signal) == 0 &&
           group->is_replaced == (run->replaced != NULL) &&
           strcmp(group->reason, status_sweeps_reason(run)) == 0;
}

/* "run_001, run_004 to run_009" */
static void status_sweeps_put_names(
    const struct jobs_sweep *sweep, const struct status_group *group, struct strbuf *out)
{
    size_t ranges = 0, named = 0;
    for (size_t i = group->first; i < sweep->n_runs && ranges < STATUS_MAX_RANGES; i++) {
        if (!status_sweeps_is_in(group, &sweep->runs[i]))
            continue;
        size_t last = i;
        while (last + 1 < sweep->n_runs && status_sweeps_is_in(group, &sweep->runs[last + 1]))
            last++;
        strbuf_printf(out, "%s%s", ranges > 0 ? ", " : "", cli_escaped(sweep->runs[i].name));
        if (last > i)
            strbuf_printf(out, " to %s", cli_escaped(sweep->runs[last].name));
        named += last - i + 1;
        ranges++;
        i = last;
    }
    if (named < group->count)
        strbuf_printf(out, " and %zu more", group->count - named);
}

/* ", 12 min left": if the steps go on as fast as they did until now. */
static void status_sweeps_put_left(
    const struct jobs_run *run, const struct run_result *result, struct strbuf *out)
{
    uint64_t step = result->log.last_step, steps = result->steps;
    int64_t elapsed = (int64_t)time(NULL) - run->last.started;
    if (step == 0 || steps <= step || run->last.started == 0 || elapsed <= 0)
        return;
    strbuf_puts(out, ", ");
    sweep_view_put_seconds((int64_t)((double)elapsed / (double)step * (double)(steps - step)), out);
    strbuf_puts(out, " left");
}

static void status_sweeps_put_running(
    struct results_reader *reader, const struct jobs_run *run, struct strbuf *out)
{
    struct run_result result = {0};
    strbuf_printf(out, "  %-14s%s", "running", cli_escaped(run->name));
    if (run->last.host[0] != '\0')
        strbuf_printf(out, "  on %s", cli_escaped(run->last.host));
    if (run->last.started > 0) {
        strbuf_puts(out, ", ");
        sweep_view_put_seconds((int64_t)time(NULL) - run->last.started, out);
    }
    if (run->attempts > 1)
        strbuf_printf(out, ", attempt %u", run->attempts);
    if (results_read(reader, run, true, &result) && result.log.lines > 0) {
        strbuf_printf(out, ", step %" PRIu64, result.log.last_step);
        if (result.steps > 0)
            strbuf_printf(out, " of %" PRIu64, result.steps);
        if (result.log.last.text[0] != '\0')
            strbuf_printf(out, ", loss %.6g", result.log.last.value);
        status_sweeps_put_left(run, &result, out);
    }
    results_free(&result);
    strbuf_putc(out, '\n');
}

/* False for an empty line, and for what the job script itself says at the end of an attempt. */
static bool status_sweeps_is_telling(const struct jobs_run *run, const char *line, size_t length)
{
    size_t name = strlen(run->name);
    if (strspn(line, " \r\t") >= length)
        return false;
    return length < name || strncmp(line, run->name, name) != 0 ||
           strncmp(line + name, ": attempt ", 10) != 0;
}

/* The last lines of a log that tell something. */
static void status_sweeps_put_log(
    const struct jobs_sweep *sweep, const struct jobs_run *run, struct strbuf *out)
{
    char name[NAME_MAX + 1], text[8192];
    jobs_log_name(run, run->attempts, name, sizeof name);
    ssize_t length = jobs_read_end(sweep->logs, name, text, sizeof text - 1);
    if (length <= 0 && run->last.task.job != 0) {
        jobs_slurm_log_name(sweep, run->last.task, name, sizeof name);
        length = jobs_read_end(sweep->logs, name, text, sizeof text - 1);
    }
    if (length <= 0)
        return;
    text[length] = '\0';
    const char *lines[STATUS_LOG_LINES];
    size_t lengths[STATUS_LOG_LINES], n = 0, end = (size_t)length;
    while (end > 0 && n < STATUS_LOG_LINES) {
        size_t begin = end;
        while (begin > 0 && text[begin - 1] != '\n')
            begin--;
        if (status_sweeps_is_telling(run, text + begin, end - begin)) {
            lines[n] = text + begin;
            lengths[n++] = end - begin;
        }
        end = begin > 0 ? begin - 1 : 0;
    }
    if (n == 0)
        return;
    strbuf_printf(out, "      %s/" SWEEP_LOGS_DIRECTORY "/%s ends with:\n",
        cli_escaped(sweep->path), cli_escaped(name));
    while (n-- > 0) {
        CLEANUP_FREE char *line = text_duplicate(lines[n], lengths[n]);
        char safe[STATUS_LOG_COLUMNS];
        text_copy(safe, sizeof safe, line != NULL ? cli_escaped(line) : "");
        strbuf_printf(out, "      | %s\n", safe);
    }
}

/* What helps; NULL: nothing to do. */
struct status_advice {
    enum run_state state;
    enum run_class class;
    const char *text; /* {sweep}, {runs}, {job} and {lower} are replaced */
};

static const struct status_advice status_advices[] = {
    {RUN_FAILED, CLASS_EXIT, "find the cause in the log, then: sweepctl retry {sweep} {runs}"},
    {RUN_FAILED, CLASS_SIGNAL,
        "KILL usually means that host memory ran out: sweepctl retry {sweep} {runs} --mem=MORE"},
    {RUN_FAILED, CLASS_TIMEOUT, "sweepctl retry {sweep} --timeout --time=LONGER"},
    {RUN_FAILED, CLASS_HOST_MEMORY, "sweepctl retry {sweep} {runs} --mem=MORE"},
    {RUN_FAILED, CLASS_GPU_MEMORY, "sweepctl retry {sweep} {runs} --set {lower}=SMALLER"},
    {RUN_FAILED, CLASS_NODE, "sweepctl retry {sweep} --lost"},
    {RUN_FAILED, CLASS_CANCELLED, "sweepctl retry {sweep} {runs}"},
    {RUN_FAILED, CLASS_PREEMPTED, "sweepctl retry {sweep} --lost"},
    {RUN_FAILED, CLASS_LAUNCH,
        "Slurm could not write to {sweep}/logs or enter the directory of submission: check that "
        "the nodes see both, then: sweepctl retry {sweep} {runs}"},
    {RUN_FAILED, CLASS_SETUP,
        "correct the setup that the log names, then: sweepctl retry {sweep} {runs}"},
    {RUN_LOST, CLASS_NONE,
        "killed without a word, or its node is gone: sweepctl retry {sweep} "
        "--lost"},
    {RUN_NEVER_STARTED, CLASS_NONE,
        "cancelled while it was waiting, or Slurm could not start it: "
        "sweepctl retry {sweep} --lost"},
    {RUN_NOT_SUBMITTED, CLASS_NONE, "sweepctl submit {sweep}"},
    {RUN_HELD, CLASS_NONE, "to finish an interrupted submission: sweepctl submit {sweep}"},
    {RUN_UNSURE, CLASS_NONE,
        "look again when squeue answers; after an interrupted submission: sweepctl submit "
        "{sweep}"},
};

static const char *status_sweeps_advice(const struct status_group *group)
{
    if (text_matches("launch failed*", group->reason))
        return "a node could not start it, often because the site's prolog failed: tell its "
               "administrators, then: scontrol release {job}";
    if (text_matches("*requeued in held state", group->reason))
        return "scontrol release {job}";
    if (queue_is_hopeless(group->reason))
        return "it will never start like this: sweepctl cancel {sweep} {runs}, correct what the "
               "reason names, and submit it again";
    enum run_class class = group->class;
    if (class == CLASS_SIGNAL && strcmp(group->verdict->signal, "KILL") != 0)
        class = CLASS_EXIT; /* a crash, whose cause the log shows */
    for (size_t i = 0; i < sizeof status_advices / sizeof *status_advices; i++)
        if (status_advices[i].state == group->state && status_advices[i].class == class)
            return status_advices[i].text;
    return NULL;
}

/* Up to three names as arguments; of more, the option that selects them. */
static void status_sweeps_put_arguments(
    const struct jobs_sweep *sweep, const struct status_group *group, struct strbuf *out)
{
    size_t left = group->count;
    if (left > 3 && group->state == RUN_FAILED) {
        bool is_memory = group->class == CLASS_HOST_MEMORY || group->class == CLASS_GPU_MEMORY;
        strbuf_puts(out, is_memory ? "--oom" : "--failed");
        return;
    }
    for (size_t i = group->first; i < sweep->n_runs && left > 0; i++)
        if (status_sweeps_is_in(group, &sweep->runs[i])) {
            left--;
            strbuf_printf(out, "%s%s", cli_escaped(sweep->runs[i].name), left > 0 ? " " : "");
        }
}

static void status_sweeps_put_advice(const struct sweep_view *view, const struct jobs_sweep *sweep,
    const struct status_group *group, struct strbuf *out)
{
    const char *text = status_sweeps_advice(group);
    const char *lower = results_lower(view->trainer);
    if (text == NULL)
        return;
    strbuf_puts(out, "      Next: ");
    for (; *text != '\0'; text++) {
        if (strncmp(text, "{sweep}", 7) == 0) {
            strbuf_puts(out, cli_quoted(sweep->path));
            text += 6;
        } else if (strncmp(text, "{runs}", 6) == 0) {
            status_sweeps_put_arguments(sweep, group, out);
            text += 5;
        } else if (strncmp(text, "{job}", 5) == 0) {
            strbuf_printf(out, "%" PRIu64, sweep->runs[group->first].row->task.job);
            text += 4;
        } else if (strncmp(text, "{lower}", 7) == 0) {
            strbuf_puts(out, lower != NULL ? lower : "PATH");
            text += 6;
        } else {
            strbuf_putc(out, *text);
        }
    }
    strbuf_putc(out, '\n');
}

/* "failed        run_002: exit code 1, attempt 2 on n1" */
static void status_sweeps_put_group(const struct sweep_view *view, struct jobs_sweep *sweep,
    const struct status_group *group, struct strbuf *out)
{
    const struct jobs_run *run = &sweep->runs[group->first];
    strbuf_printf(out, "  %-14s", run_state_phrase(group->state));
    status_sweeps_put_names(sweep, group, out);
    if (group->class != CLASS_NONE)
        strbuf_printf(out, ": %s", run_class_phrase(group->class));
    if (run->verdict.exit_code >= 0)
        strbuf_printf(
            out, group->class == CLASS_EXIT ? " %d" : ", exit code %d", run->verdict.exit_code);
    if (run->verdict.signal[0] != '\0')
        strbuf_printf(out, " %s", cli_escaped(run->verdict.signal));
    if (group->reason[0] != '\0')
        strbuf_printf(out, ": %s", cli_escaped(group->reason));
    if (queue_is_hopeless(group->reason))
        strbuf_puts(out, " (hopeless)");
    if (group->is_replaced) {
        strbuf_printf(out, "; replaced by %s\n", cli_escaped(run->replaced));
        return;
    }
    strbuf_putc(out, '\n');
    if (group->state == RUN_FAILED || group->state == RUN_LOST)
        status_sweeps_put_log(sweep, run, out);
    status_sweeps_put_advice(view, sweep, group, out);
}

/* True if the run is in no group that was shown before: of its group, it is the first. */
static bool status_sweeps_begin_group(
    const struct jobs_sweep *sweep, size_t run, struct status_group *group)
{
    *group = (struct status_group){.state = sweep->runs[run].verdict.state,
        .class = sweep->runs[run].verdict.class,
        .verdict = &sweep->runs[run].verdict,
        .reason = status_sweeps_reason(&sweep->runs[run]),
        .is_replaced = sweep->runs[run].replaced != NULL,
        .first = run};
    for (size_t i = 0; i < run; i++)
        if (status_sweeps_is_in(group, &sweep->runs[i]))
            return false;
    for (size_t i = run; i < sweep->n_runs; i++)
        if (status_sweeps_is_in(group, &sweep->runs[i]))
            group->count++;
    return true;
}

static void status_sweeps_put_groups(const struct sweep_view *view, struct jobs_sweep *sweep,
    enum run_state state, struct strbuf *out)
{
    struct status_group group;
    const struct status_group *last = NULL;
    for (size_t i = 0; i < sweep->n_runs; i++) {
        const struct jobs_run *run = &sweep->runs[i];
        /* The common case: a run like the one before. */
        if (run->is_hidden || run->verdict.state != state)
            continue;
        if (last != NULL && status_sweeps_is_in(last, run))
            continue;
        if (!status_sweeps_begin_group(sweep, i, &group))
            continue;
        status_sweeps_put_group(view, sweep, &group, out);
        last = &group;
    }
}

static void status_sweeps_put_all_running(
    const struct sweep_view *view, struct jobs_sweep *sweep, struct strbuf *out)
{
    struct results_reader reader;
    size_t shown = 0, total = 0;
    results_open(&reader, view->trainer, sweep);
    for (size_t i = 0; i < sweep->n_runs; i++) {
        if (sweep->runs[i].is_hidden || sweep->runs[i].verdict.state != RUN_RUNNING)
            continue;
        total++;
        if (shown == STATUS_MAX_RUNNING)
            continue;
        status_sweeps_put_running(&reader, &sweep->runs[i], out);
        shown++;
    }
    if (shown < total)
        strbuf_printf(out, "  %-14s... and %zu more\n", "running", total - shown);
    results_close(&reader);
}

/* "then          2 done, 1 failed (logs/run_002.then.1.log), 1 to do" */
static void status_sweeps_put_then(const struct jobs_sweep *sweep, struct strbuf *out)
{
    size_t done = 0, failed = 0, left = 0, started = 0;
    const struct jobs_run *first = NULL;
    for (size_t i = 0; i < sweep->n_runs; i++) {
        const struct jobs_run *run = &sweep->runs[i];
        if (run->is_hidden)
            continue;
        if (run->then_attempts == 0)
            left++;
        else if (run->then_state == ATTEMPT_DONE)
            done++;
        else if (run->then_state <= ATTEMPT_STARTED)
            started++;
        else if (failed++ == 0)
            first = run;
    }
    strbuf_printf(out, "  %-14s%zu done", "then", done);
    if (started > 0)
        strbuf_printf(out, ", %zu started", started);
    if (failed > 0)
        strbuf_printf(out, ", %zu failed (" SWEEP_LOGS_DIRECTORY "/%s.then.%u.log)", failed,
            first->name, first->then_attempts);
    if (left > 0)
        strbuf_printf(out, ", %zu not started", left);
    strbuf_putc(out, '\n');
}

static void status_sweeps_put(
    const struct sweep_view *view, struct jobs_sweep *sweep, struct strbuf *out)
{
    static const enum run_state order[] = {RUN_QUEUED, RUN_HELD, RUN_FAILED, RUN_LOST,
        RUN_NEVER_STARTED, RUN_UNSURE, RUN_NOT_SUBMITTED, RUN_DONE};
    struct sweep_counts counts = {0};
    sweep_view_count(sweep, &counts);
    strbuf_printf(out, "%s  ", cli_escaped(sweep->path));
    sweep_view_put_counts(&counts, out);
    if (sweep->n_hidden > 0)
        strbuf_printf(out, " (of %zu in this directory)", sweep->n_runs);
    strbuf_putc(out, '\n');
    status_sweeps_put_all_running(view, sweep, out);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        status_sweeps_put_groups(view, sweep, order[i], out);
    if (sweep->has_then)
        status_sweeps_put_then(sweep, out);
}

bool status_sweeps_put_all(const struct sweep_view *view, struct strbuf *out)
{
    struct sweep_counts counts = {0};
    bool is_one = view->n_sweeps > 1;
    for (size_t i = 0; i < view->n_sweeps; i++) {
        sweep_view_count(view->sweeps[i], &counts);
        if (strcmp(view->sweeps[i]->name, view->sweeps[0]->name) != 0)
            is_one = false;
    }
    if (is_one) {
        strbuf_printf(out, "%s  ", cli_escaped(view->sweeps[0]->name));
        sweep_view_put_counts(&counts, out);
        strbuf_printf(out, ", in %zu directories\n", view->n_sweeps);
    }
    for (size_t i = 0; i < view->n_sweeps; i++)
        status_sweeps_put(view, view->sweeps[i], out);
    return counts.by_state[RUN_DONE] > 0;
}

/* --- JSON ----------------------------------------------------------------------------------- */

static json_t *status_sweeps_string(const char *text)
{
    return text != NULL && text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *status_sweeps_int(int64_t value, bool is_known)
{
    return is_known ? json_integer((json_int_t)value) : json_null();
}

/* "77_12", as squeue and scancel name it. */
static json_t *status_sweeps_job(const struct jobs_run *run)
{
    struct jobs_task task = run->last.task;
    if (run->row != NULL)
        task = run->row->task;
    else if (run->attempts == 0)
        return json_null();
    if (task.job == 0)
        return json_null();
    if (task.index < 0)
        return json_sprintf("%" PRIu64, task.job);
    return json_sprintf("%" PRIu64 "_%" PRId64, task.job, task.index);
}

/* Of the training, also where something else says why it failed. */
static json_t *status_sweeps_exit(const struct jobs_run *run)
{
    int code = run->verdict.exit_code;
    if (code < 0 && run->attempts > 0 && run->last.state >= ATTEMPT_DONE)
        code = run->last.exit_code;
    return status_sweeps_int(code, code >= 0);
}

/* Slurm says "None" when there is no reason. */
static json_t *status_sweeps_queue_reason(const struct jobs_run *run)
{
    if (run->row == NULL || strcmp(run->row->reason, "None") == 0)
        return json_null();
    return status_sweeps_string(run->row->reason);
}

/* What is done after the run; NULL: nothing. */
static const char *status_sweeps_then(const struct jobs_sweep *sweep, const struct jobs_run *run)
{
    if (!sweep->has_then)
        return NULL;
    if (run->then_attempts == 0)
        return "not-started";
    if (run->then_state <= ATTEMPT_STARTED)
        return "started";
    if (run->then_state == ATTEMPT_DONE)
        return "done";
    return "failed";
}

static json_t *status_sweeps_object(
    const struct jobs_sweep *sweep, const struct jobs_run *run, const struct run_result *result)
{
    const struct verdict *verdict = &run->verdict;
    const struct attempt *last = &run->last;
    bool has_loss = result->log.last.text[0] != '\0' && isfinite(result->log.last.value);
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, "
                     "s:o, s:o, s:s?, s:s?}",
        "version", STATUS_VERSION, "sweep", sweep->path, "run", run->name, "id", run->id, "state",
        run_state_name(verdict->state), "class",
        status_sweeps_string(run_class_name(verdict->class)), "exit", status_sweeps_exit(run),
        "signal", status_sweeps_string(verdict->signal), "reason", status_sweeps_queue_reason(run),
        "attempts", (int)run->attempts, "job", status_sweeps_job(run), "host",
        status_sweeps_string(run->attempts > 0 ? last->host : NULL), "started",
        status_sweeps_int(last->started, last->started > 0), "ended",
        status_sweeps_int(last->ended, last->ended > 0), "step",
        status_sweeps_int((int64_t)result->log.last_step, result->log.lines > 0), "steps",
        status_sweeps_int((int64_t)result->steps, result->steps > 0), "loss",
        has_loss ? json_real(strtod(result->log.last.text, NULL)) : json_null(), "replaced_by",
        run->replaced, "then", status_sweeps_then(sweep, run));
}

bool status_sweeps_put_json(
    const struct sweep_view *view, struct jobs_sweep *sweep, struct strbuf *out)
{
    struct results_reader reader;
    bool fine = true;
    results_open(&reader, view->trainer, sweep);
    for (size_t i = 0; i < sweep->n_runs && fine; i++) {
        struct run_result result = {0};
        if (sweep->runs[i].is_hidden)
            continue;
        fine = results_read(&reader, &sweep->runs[i], true, &result);
        CLEANUP_JSON json_t *object = status_sweeps_object(sweep, &sweep->runs[i], &result);
        CLEANUP_FREE char *text = NULL;
        if (object != NULL)
            text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12));
        if (text == NULL)
            fine = false;
        else
            strbuf_printf(out, "%s\n", text);
        results_free(&result);
    }
    results_close(&reader);
    return fine && !out->oom;
}
