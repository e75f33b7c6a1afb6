/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/sweepd/metrics.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "sweep/generate.h"

static const double metrics_bounds[] = {METRICS_BOUNDS};

void metrics_observe(struct metrics *metrics, double seconds)
{
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS - 1 && seconds > metrics_bounds[bucket])
        bucket++;
    metrics->buckets[bucket]++;
    metrics->seconds += seconds;
}

/* --- rendering ------------------------------------------------------------------------------ */

static void metrics_put_head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void metrics_put(
    FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
    metrics_put_head(out, name, type, help);
    fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void metrics_put_specs(FILE *out, const struct metrics *metrics)
{
    metrics_put_head(out, "sweepd_specs_total", "counter",
        "Specs by result; retried counts additional attempts.");
    fprintf(out, "sweepd_specs_total{result=\"done\"} %" PRIu64 "\n", metrics->done);
    fprintf(out, "sweepd_specs_total{result=\"failed\"} %" PRIu64 "\n", metrics->failed);
    fprintf(out, "sweepd_specs_total{result=\"retried\"} %" PRIu64 "\n", metrics->retried);
    metrics_put(out, "sweepd_runs_generated_total", "counter", "Runs in the generated sweeps.",
        metrics->runs);
    metrics_put(out, "sweepd_specs_waiting", "gauge", "Specs that are found and not claimed yet.",
        metrics->waiting);
    metrics_put(out, "sweepd_children", "gauge", "Running generators.", metrics->children);
    metrics_put_head(out, "sweepd_submissions_total", "counter",
        "Submissions of sweeps by result; retried counts attempts that did not submit all runs.");
    fprintf(out, "sweepd_submissions_total{result=\"done\"} %" PRIu64 "\n", metrics->submitted);
    fprintf(out, "sweepd_submissions_total{result=\"retried\"} %" PRIu64 "\n",
        metrics->submit_failures);
    metrics_put(out, "sweepd_sweeps_unsubmitted", "gauge", "Sweeps that are still to be submitted.",
        metrics->unsubmitted);
    metrics_put(out, "sweepd_paused", "gauge",
        "1 while no specs are processed because of the environment; sweepctl status has the "
        "reason.",
        metrics->paused);
}

static void metrics_put_histogram(FILE *out, const struct metrics *metrics)
{
    uint64_t count = 0;
    metrics_put_head(out, "sweepd_spec_seconds", "histogram",
        "Time from finding a spec until its sweep is durably in the queue.");
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        char bound[32] = "+Inf";
        if (i < METRICS_BUCKETS - 1)
            snprintf(bound, sizeof bound, "%g", metrics_bounds[i]);
        count += metrics->buckets[i];
        fprintf(out, "sweepd_spec_seconds_bucket{le=\"%s\"} %" PRIu64 "\n", bound, count);
    }
    fprintf(out, "sweepd_spec_seconds_sum %.9g\n", metrics->seconds);
    fprintf(out, "sweepd_spec_seconds_count %" PRIu64 "\n", count);
}

char *metrics_render(const struct metrics *metrics)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL)
        return NULL;
    metrics_put_specs(out, metrics);
    metrics_put_histogram(out, metrics);
    metrics_put_head(out, "sweepd_queue_bytes", "gauge", "Bytes of the queue's file system.");
    fprintf(out, "sweepd_queue_bytes{state=\"free\"} %" PRIu64 "\n", metrics->queue_free);
    fprintf(out, "sweepd_queue_bytes{state=\"used\"} %" PRIu64 "\n", metrics->queue_used);
    metrics_put_head(out, "sweepd_loop_block_seconds_max", "gauge",
        "Longest time since the start that the event loop was blocked.");
    fprintf(out, "sweepd_loop_block_seconds_max %.9g\n", metrics->loop_block_max);
    metrics_put_head(out, "sweepd_build_info", "gauge", "Always 1; the version is a label.");
    fprintf(out, "sweepd_build_info{version=\"%s\"} 1\n", sweep_version());
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0)
        failed = true;
    if (!failed)
        return text;
    free(text);
    return NULL;
}

/* --- writing -------------------------------------------------------------------------------- */

/* 0 or an errno value. */
static int metrics_write_new(const char *path, const char *text)
{
    int failure = 0;
    /* A killed process may have left it. If it is a link, that is not followed. */
    if (unlink(path) != 0 && errno != ENOENT)
        return errno;
    int fd = file_write_new(AT_FDCWD, path, text, strlen(text), 0644);
    if (fd < 0)
        return -fd;
    /* Whatever the umask is. */
    if (fchmod(fd, 0644) != 0)
        failure = errno;
    if (close(fd) != 0 && failure == 0)
        failure = errno;
    return failure;
}

enum sweep_code metrics_write(const char *path, const char *text, struct sweep_error *error)
{
    CLEANUP_FREE char *target = NULL, *new = NULL;
    enum sweep_code code = file_target(path, &target, error);
    if (code != SWEEP_OK)
        return code;
    /* The collector reads only files whose names end in .prom. */
    if (asprintf(&new, "%s.new", target) < 0) {
        new = NULL;
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    }
    int failure = metrics_write_new(new, text);
    if (failure == 0 && rename(new, target) != 0)
        failure = errno;
    if (failure == 0)
        return SWEEP_OK;
    unlink(new);
    return sweep_error_set(
        error, file_code(failure), "cannot write %s: %s", path, strerror(failure));
}
