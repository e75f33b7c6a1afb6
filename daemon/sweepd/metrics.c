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
#include "lib/util/file.h"
#include "sweep/generate.h"

static const double bounds[] = {METRICS_BOUNDS};

void metrics_observe(struct metrics *metrics, double seconds)
{
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS - 1 && seconds > bounds[bucket])
        bucket++;
    metrics->buckets[bucket]++;
    metrics->seconds += seconds;
}

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void single(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
    head(out, name, type, help);
    fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void render_specs(FILE *out, const struct metrics *metrics)
{
    head(out, "sweepd_specs_total", "counter",
        "Specs by what became of them; retried counts further attempts.");
    fprintf(out, "sweepd_specs_total{result=\"done\"} %" PRIu64 "\n", metrics->done);
    fprintf(out, "sweepd_specs_total{result=\"failed\"} %" PRIu64 "\n", metrics->failed);
    fprintf(out, "sweepd_specs_total{result=\"retried\"} %" PRIu64 "\n", metrics->retried);
    single(out, "sweepd_runs_generated_total", "counter", "Runs in the sweeps that were made.",
        metrics->runs);
    single(out, "sweepd_specs_waiting", "gauge", "Specs that were found and not claimed yet.",
        metrics->waiting);
    single(out, "sweepd_children", "gauge", "Generators that run.", metrics->children);
}

static void render_histogram(FILE *out, const struct metrics *metrics)
{
    uint64_t count = 0;
    head(out, "sweepd_spec_seconds", "histogram",
        "Time from finding a spec to its sweep being in the queue for good.");
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        char bound[32] = "+Inf";
        if (i < METRICS_BUCKETS - 1)
            snprintf(bound, sizeof bound, "%g", bounds[i]);
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
    render_specs(out, metrics);
    render_histogram(out, metrics);
    head(out, "sweepd_queue_bytes", "gauge",
        "The file system that the queue is on: what may still be written, and what is in use.");
    fprintf(out, "sweepd_queue_bytes{state=\"free\"} %" PRIu64 "\n", metrics->queue_free);
    fprintf(out, "sweepd_queue_bytes{state=\"used\"} %" PRIu64 "\n", metrics->queue_used);
    head(out, "sweepd_loop_block_seconds_max", "gauge",
        "The longest time since the start that the event loop did not come round.");
    fprintf(out, "sweepd_loop_block_seconds_max %.9g\n", metrics->loop_block_max);
    head(out, "sweepd_build_info", "gauge", "Always 1; the version is in the label.");
    fprintf(out, "sweepd_build_info{version=\"%s\"} 1\n", sweep_version());
    bool whole = !ferror(out);
    if (fclose(out) != 0 || !whole) {
        free(text);
        text = NULL;
    }
    return text;
}

/* 0 or an errno value. */
static int write_file(const char *path, const char *text)
{
    /* What a process that was killed has left; a link that somebody put there is not followed. */
    if (unlink(path) != 0 && errno != ENOENT)
        return errno;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), failure = 0;
    if (fd < 0)
        return errno;
    /* The collector is another user, and nothing in it is secret: whatever the umask is. */
    if (fchmod(fd, 0644) != 0)
        failure = errno;
    if (failure == 0)
        failure = file_write_all(fd, text, strlen(text));
    if (close(fd) != 0 && failure == 0)
        failure = errno;
    return failure;
}

int metrics_write(const char *path, const char *text)
{
    char *new;
    /* The collector takes names that end in .prom. */
    if (asprintf(&new, "%s.new", path) < 0)
        return ENOMEM;
    int failure = write_file(new, text);
    if (failure == 0 && rename(new, path) != 0)
        failure = errno;
    if (failure != 0)
        unlink(new);
    free(new);
    return failure;
}
