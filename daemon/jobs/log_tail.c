/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/jobs/log_tail.h"

/* Lines are compared up to this length. */
enum { LOG_LINE_BYTES = 1024 };

/* "*** JOB 12 ON n1 CANCELLED AT 2026-11-22T11:00:01 DUE TO TIME LIMIT ***" */
static const struct {
    const char *words;
    enum log_end end;
} log_tail_reasons[] = {
    {"DUE TO TIME LIMIT", LOG_TIME_LIMIT},
    {"DUE TO PREEMPTION", LOG_PREEMPTED},
    {"DUE TO JOB REQUEUE", LOG_REQUEUED},
    {"DUE TO NODE FAILURE", LOG_NODE_FAILED},
    {"", LOG_CANCELLED},
};

/* True if slurmstepd wrote its time into the line, and that is before `since`. It is in the local
 * time of the node. */
static bool log_tail_is_older(const char *line, int64_t since)
{
    struct tm tm = {.tm_isdst = -1};
    const char *at = strstr(line, " AT ");
    if (at == NULL || strptime(at + 4, "%Y-%m-%dT%H:%M:%S", &tm) == NULL)
        return false;
    time_t when = mktime(&tm);
    return when != (time_t)-1 && (int64_t)when < since;
}

/* What slurmstepd says; LOG_SILENT if the line is something else. Programs print lines that look
 * similar, so its name must be at the beginning. */
static enum log_end log_tail_of_slurm(const char *line, int64_t since)
{
    static const char name[] = "slurmstepd", level[] = ": error: ";
    if (strncmp(line, name, sizeof name - 1) != 0)
        return LOG_SILENT;
    line += sizeof name - 1;
    /* "slurmstepd-n1" where a machine is several nodes */
    if (*line == '-')
        line += strcspn(line, ": ");
    if (strncmp(line, level, sizeof level - 1) != 0)
        return LOG_SILENT;
    line += sizeof level - 1;
    if (strncmp(line, "Detected ", 9) == 0 && strstr(line, "oom") != NULL)
        return LOG_HOST_MEMORY;
    if (strncmp(line, "*** ", 4) != 0 || strstr(line, " CANCELLED AT ") == NULL ||
        log_tail_is_older(line, since))
        return LOG_SILENT;
    size_t i = 0;
    while (strstr(line, log_tail_reasons[i].words) == NULL)
        i++;
    /* srun cancels its step when one of the tasks has failed: that is not why. */
    if (log_tail_reasons[i].end == LOG_CANCELLED && strncmp(line, "*** JOB ", 8) != 0)
        return LOG_SILENT;
    return log_tail_reasons[i].end;
}

/* The text after a phrase in the line, or NULL. Any number of spaces in the line match those of the
 * phrase. */
static const char *log_tail_after(const char *line, const char *phrase)
{
    for (line = strchr(line, *phrase); line != NULL; line = strchr(line + 1, *phrase)) {
        const char *at = line, *want = phrase;
        while (*want != '\0' && *at == *want) {
            bool is_space = *at == ' ';
            at++;
            want++;
            while (is_space && *at == ' ')
                at++;
        }
        if (*want == '\0')
            return at;
    }
    return NULL;
}

static bool log_tail_has(const char *line, const char *const *phrases)
{
    for (; phrases != NULL && *phrases != NULL; phrases++)
        if (log_tail_after(line, *phrases) != NULL)
            return true;
    return false;
}

static void log_tail_of_trainer(
    const char *line, const struct log_phrases *phrases, struct log_tail *out)
{
    const char *const *phrase;
    if (log_tail_has(line, phrases->gpu_memory))
        out->end = LOG_GPU_MEMORY;
    else if (log_tail_has(line, phrases->host_memory))
        out->end = LOG_HOST_MEMORY;
    if (out->end == LOG_GPU_MEMORY || out->end == LOG_HOST_MEMORY)
        return; /* the launcher's summary after it says less */
    for (phrase = phrases->killed; phrase != NULL && *phrase != NULL; phrase++) {
        const char *number = log_tail_after(line, *phrase);
        if (number == NULL || *number < '1' || *number > '9')
            continue;
        out->end = LOG_KILLED;
        out->signal = atoi(number);
    }
}

void log_tail_read(const char *text, size_t length, int64_t since,
    const struct log_phrases *phrases, struct log_tail *out)
{
    char line[LOG_LINE_BYTES];
    enum log_end by_slurm = LOG_SILENT;
    *out = (struct log_tail){0};
    for (const char *at = text, *end = text + length; at < end;) {
        size_t rest = (size_t)(end - at), whole = rest;
        const char *stop = memchr(at, '\n', rest);
        if (stop != NULL)
            whole = (size_t)(stop - at);
        size_t taken = whole < sizeof line - 1 ? whole : sizeof line - 1;
        memcpy(line, at, taken);
        line[taken] = '\0';
        enum log_end said = log_tail_of_slurm(line, since);
        /* After an out-of-memory kill Slurm often cancels the rest of the job, too. */
        if (said != LOG_SILENT && by_slurm != LOG_HOST_MEMORY)
            by_slurm = said;
        if (phrases != NULL)
            log_tail_of_trainer(line, phrases, out);
        at += whole < rest ? whole + 1 : rest;
    }
    if (by_slurm != LOG_SILENT)
        *out = (struct log_tail){.end = by_slurm};
}
