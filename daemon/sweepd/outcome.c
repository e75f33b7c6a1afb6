/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/exit_codes.h"
#include "daemon/sweepd/outcome.h"

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* Number of findings of a severity. */
static uint64_t count(const json_t *result, const char *severity)
{
    uint64_t n = 0;
    size_t index;
    json_t *finding;
    json_array_foreach (json_object_get(result, "findings"), index, finding) {
        const char *its = json_string_value(json_object_get(finding, "severity"));
        n += its != NULL && strcmp(its, severity) == 0;
    }
    return n;
}

static const char *last_part(const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static void describe_success(const struct ending *ending, const json_t *result, struct outcome *out)
{
    const char *path = json_string_value(json_object_get(result, "directory"));
    const char *directory = last_part(path);
    json_t *number = json_object_get(result, "runs");
    uint64_t warnings = count(result, "warning");
    char made[400] = "done", hints[64] = "";
    out->runs = (uint64_t)json_integer_value(number);
    if (directory != NULL && json_is_integer(number))
        snprintf(made, sizeof made, "%" PRIu64 " run%s in %.300s", out->runs, plural(out->runs),
            directory);
    if (warnings > 0)
        snprintf(hints, sizeof hints, ", %" PRIu64 " warning%s", warnings, plural(warnings));
    snprintf(out->line, sizeof out->line, "%s%s, %" PRIu64 " ms", made, hints, ending->elapsed_ms);
    out->text = path != NULL ? strdup(path) : NULL;
}

/* Copies the first error of `text` and returns how many there are; without one, its first line. */
static uint64_t first_error(const char *text, char *out, size_t size)
{
    static const char mark[] = ": error[";
    uint64_t errors = 0;
    out[0] = '\0';
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        bool is_error = memmem(line, length, mark, sizeof mark - 1) != NULL;
        if ((is_error && errors == 0) || (out[0] == '\0' && length > 0))
            snprintf(out, size, "%.*s", (int)(length < size ? length : size - 1), line);
        errors += is_error;
        line += length + (line[length] == '\n');
    }
    return errors;
}

static void describe_failure(const struct ending *ending, const json_t *result, struct outcome *out)
{
    uint64_t errors = first_error(ending->errors, out->detail, sizeof out->detail);
    if (result != NULL && count(result, "error") > 0)
        errors = count(result, "error");
    if (ending->timed_out)
        snprintf(out->line, sizeof out->line, "failed, not finished after %" PRIu64 " s",
            ending->elapsed_ms / 1000);
    else if (ending->signal != 0)
        snprintf(out->line, sizeof out->line, "failed, the generator was killed by signal %d (%s)",
            ending->signal, strsignal(ending->signal));
    else if (out->event == ENTRY_REFUSED && errors > 0)
        snprintf(
            out->line, sizeof out->line, "refused, %" PRIu64 " error%s", errors, plural(errors));
    else if (out->event == ENTRY_REFUSED)
        snprintf(out->line, sizeof out->line, "refused");
    else
        snprintf(out->line, sizeof out->line, "failed, the generator's exit status was %" PRId64,
            ending->status);
}

/* What the child said, and what it could not say. */
static char *make_report(const struct ending *ending, const char *name, const struct outcome *out)
{
    char *report = NULL;
    size_t length = ending->errors_length;
    const char *said = ending->errors;
    const char *line_end = length > 0 && said[length - 1] != '\n' ? "\n" : "";
    const char *cut = ending->errors_cut ? "[there was more; this is the beginning]\n" : "";
    bool explained = out->event == ENTRY_REFUSED && length > 0;
    int written = explained
                      ? asprintf(&report, "%s%s%s", said, line_end, cut)
                      : asprintf(&report, "%s%s%s%s: %s\n", said, line_end, cut, name, out->line);
    return written < 0 ? NULL : report;
}

static enum entry_event event_of(const struct ending *ending)
{
    if (ending->signal != 0 || ending->timed_out)
        return ENTRY_CHILD_FAILED;
    switch (ending->status) {
    case EXIT_DONE:
        return ENTRY_MADE;
    case EXIT_INVALID:
        return ENTRY_REFUSED;
    case EXIT_NO_SPACE:
        return ENTRY_BLOCKED;
    case EXIT_STORAGE:
        return ENTRY_STORAGE_FAILED;
    default:
        return ENTRY_CHILD_FAILED;
    }
}

void outcome_read(const struct ending *ending, const char *name, struct outcome *out)
{
    json_t *result = json_loadb(ending->output, ending->output_length, 0, NULL);
    *out = (struct outcome){.event = event_of(ending)};
    if (out->event == ENTRY_MADE) {
        describe_success(ending, result, out);
    } else {
        describe_failure(ending, result, out);
        out->text = make_report(ending, name, out);
    }
    json_decref(result);
}
