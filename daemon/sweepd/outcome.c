/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/exit_codes.h"
#include "daemon/sweepd/outcome.h"

static const char *outcome_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static uint64_t outcome_count_findings(const json_t *result, const char *severity)
{
    uint64_t n = 0;
    size_t index;
    json_t *finding;
    json_array_foreach (json_object_get(result, "findings"), index, finding) {
        const char *found = json_string_value(json_object_get(finding, "severity"));
        if (found != NULL && strcmp(found, severity) == 0)
            n++;
    }
    return n;
}

static const char *outcome_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash[1] == '\0')
        return path;
    return slash + 1;
}

/* Which runs are in the sweep directory `name`. */
static void outcome_describe_runs(
    const json_t *result, const char *name, uint64_t new_runs, char *out, size_t size)
{
    uint64_t made = (uint64_t)json_integer_value(json_object_get(result, "made"));
    if (made == 0)
        snprintf(
            out, size, "%" PRIu64 " run%s in %.300s", new_runs, outcome_plural(new_runs), name);
    else if (new_runs > 0)
        snprintf(out, size, "new runs %" PRIu64 ", already made %" PRIu64 ", in %.300s", new_runs,
            made, name);
    else
        snprintf(
            out, size, "new runs 0, already made %" PRIu64 ", the newest in %.300s", made, name);
}

/* `result`: the object that the generator printed, or NULL. */
static void outcome_describe_success(
    const struct child_exit *exited, const json_t *result, struct outcome *out)
{
    const char *path = json_string_value(json_object_get(result, "directory"));
    const json_t *runs = json_object_get(result, "new");
    uint64_t warnings = outcome_count_findings(result, "warning");
    char sweep[400] = "done", note[64] = "";
    out->runs = (uint64_t)json_integer_value(runs);
    if (path != NULL)
        out->text = strdup(path);
    if (path != NULL && json_is_integer(runs))
        outcome_describe_runs(result, outcome_base_name(path), out->runs, sweep, sizeof sweep);
    if (warnings > 0)
        snprintf(note, sizeof note, ", %" PRIu64 " warning%s", warnings, outcome_plural(warnings));
    snprintf(out->line, sizeof out->line, "%s%s, %" PRIu64 " ms", sweep, note, exited->elapsed_ms);
}

/* Copies the first error in `text`, or without one its first line; returns the number of errors. */
static uint64_t outcome_first_error(const char *text, char *out, size_t size)
{
    static const char mark[] = ": error[";
    uint64_t errors = 0;
    out[0] = '\0';
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        int shown = (int)(length < size ? length : size - 1);
        if (memmem(line, length, mark, sizeof mark - 1) != NULL) {
            if (errors == 0)
                snprintf(out, size, "%.*s", shown, line);
            errors++;
        } else if (out[0] == '\0') {
            snprintf(out, size, "%.*s", shown, line);
        }
        line += length;
        if (*line == '\n')
            line++;
    }
    return errors;
}

static void outcome_describe_failure(
    const struct child_exit *exited, const json_t *result, struct outcome *out)
{
    uint64_t errors = outcome_first_error(exited->errors, out->detail, sizeof out->detail);
    uint64_t listed = outcome_count_findings(result, "error");
    if (listed > 0)
        errors = listed;
    if (exited->timed_out)
        snprintf(out->line, sizeof out->line, "failed, not finished after %" PRIu64 " s",
            exited->elapsed_ms / 1000);
    else if (exited->signal != 0)
        snprintf(out->line, sizeof out->line, "failed, the generator was killed by signal %d (%s)",
            exited->signal, strsignal(exited->signal));
    else if (out->event == ENTRY_REFUSED && errors > 0)
        snprintf(out->line, sizeof out->line, "refused, %" PRIu64 " error%s", errors,
            outcome_plural(errors));
    else if (out->event == ENTRY_REFUSED)
        snprintf(out->line, sizeof out->line, "refused");
    else
        snprintf(out->line, sizeof out->line, "failed, the generator exited with status %d",
            exited->status);
}

/* What the generator printed, and unless that explains a refusal, how it exited. */
static char *outcome_make_report(
    const struct child_exit *exited, const char *name, const struct outcome *out)
{
    char *report = NULL;
    int written;
    size_t length = exited->errors_length;
    const char *errors = exited->errors;
    const char *newline = length > 0 && errors[length - 1] != '\n' ? "\n" : "";
    const char *cut = exited->errors_cut ? "[output truncated]\n" : "";
    if (out->event == ENTRY_REFUSED && length > 0)
        written = asprintf(&report, "%s%s%s", errors, newline, cut);
    else
        written = asprintf(&report, "%s%s%s%s: %s\n", errors, newline, cut, name, out->line);
    if (written < 0)
        return NULL;
    return report;
}

static enum entry_event outcome_event(const struct child_exit *exited)
{
    if (exited->signal != 0 || exited->timed_out)
        return ENTRY_CHILD_FAILED;
    switch (exited->status) {
    case EXIT_DONE:
        return ENTRY_MADE;
    case EXIT_INVALID:
        return ENTRY_REFUSED;
    case EXIT_NO_SPACE:
    case EXIT_ENVIRONMENT:
    case EXIT_USAGE: /* sweepctl is of another version than we are */
    case EXIT_CANNOT_RUN:
    case EXIT_NO_PROGRAM:
        return ENTRY_BLOCKED;
    case EXIT_STORAGE:
        return ENTRY_STORAGE_FAILED;
    default:
        return ENTRY_CHILD_FAILED;
    }
}

void outcome_read(const struct child_exit *exited, const char *name, struct outcome *out)
{
    json_t *result = json_loadb(exited->output, exited->output_length, 0, NULL);
    *out = (struct outcome){.event = outcome_event(exited)};
    out->blames_environment = out->event == ENTRY_BLOCKED && exited->status != EXIT_NO_SPACE;
    if (out->event == ENTRY_MADE) {
        outcome_describe_success(exited, result, out);
    } else {
        outcome_describe_failure(exited, result, out);
        out->text = outcome_make_report(exited, name, out);
    }
    json_decref(result);
}
