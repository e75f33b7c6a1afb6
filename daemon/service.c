/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything comes down to two functions. look() finds out what is in the spool: at the start, when
 * the timer says so, when events were lost, on SIGHUP. work() takes the next spec that is complete
 * and starts the generator, or finds that there is none and sets the timer. A file event is a small
 * look() at one name; the generator's end files its spec and goes back to work().
 */
#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/outcome.h"
#include "daemon/runner.h"
#include "daemon/service.h"
#include "daemon/spool.h"
#include "daemon/watcher.h"

/* How long a running generator may go on after we were told to stop. */
#define STOP_MS 30000

struct service {
    const struct service_settings *settings;
    uv_loop_t loop;
    uv_signal_t terminate, interrupt, hangup;
    uv_timer_t wake;      /* the next look() */
    uv_timer_t stop_over; /* the end of STOP_MS */
    struct watcher watcher;
    struct runner runner;
    struct spool *spool;
    struct spool_job job; /* only while the runner is busy */
    int64_t next_look_ms; /* at the latest */
    int64_t paused_ms;    /* no new work before: the generator cannot be started */
    bool watching, stopping;
    bool look_soon; /* SPECS is another directory now, but a job of the old one is out */
};

static void work(struct service *service);

static int64_t now_ms(struct service *service)
{
    uv_update_time(&service->loop);
    return (int64_t)uv_now(&service->loop);
}

/* One line for the log and for `systemctl status`. */
__attribute__((format(printf, 2, 3))) static void tell(
    enum log_priority priority, const char *format, ...)
{
    char line[LOG_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    log_line(priority, "%s", line);
    notify_status(line);
}

/* --- looking -------------------------------------------------------------------------------- */

static void on_wake(uv_timer_t *timer);

static void set_alarm(struct service *service, int64_t due_ms)
{
    int64_t now = now_ms(service);
    if (due_ms > service->next_look_ms)
        due_ms = service->next_look_ms;
    uv_timer_start(&service->wake, on_wake, due_ms > now ? (uint64_t)(due_ms - now) : 0, 0);
}

/* Arming before scanning: what happens in between is seen twice and not never. False when there is
 * nothing to look at. */
static bool look(struct service *service)
{
    const char *specs = service->settings->specs;
    enum spool_attach attached = spool_attach(service->spool);
    if (attached == SPOOL_NEW)
        log_line(LOG_FACT, "%s is watched, sweeps go to %s%s", specs, service->settings->queue,
            service->watching ? "" : " (polling only)");
    if (attached == SPOOL_NEW || attached == SPOOL_SAME) {
        if (service->watching)
            watcher_arm(&service->watcher, specs);
        spool_scan(service->spool, now_ms(service));
    }
    service->look_soon = attached == SPOOL_BUSY;
    service->next_look_ms = now_ms(service) + service->settings->rescan_ms;
    return attached != SPOOL_GONE;
}

static void on_wake(uv_timer_t *timer)
{
    struct service *service = timer->data;
    look(service);
    work(service);
}

static void on_event(void *data, const char *name)
{
    struct service *service = data;
    if (service->stopping)
        return;
    if (name != NULL)
        spool_hint(service->spool, name, now_ms(service));
    else
        look(service);
    work(service);
}

/* --- working -------------------------------------------------------------------------------- */

static void finish(struct service *service);

static void file_failure(struct service *service, const struct outcome *outcome)
{
    char placed[NAMES_SIZE], name[NAMES_SIZE];
    const char *report = outcome->report != NULL ? outcome->report : outcome->line;
    snprintf(name, sizeof name, "%s", service->job.name);
    bool filed = spool_failed(service->spool, &service->job, report, placed);
    tell(LOG_WARN, "%s: %s (failed/%s" NAMES_REPORT ")%s%s", name, outcome->line,
        filed ? placed : name, outcome->detail[0] != '\0' ? ": " : "", outcome->detail);
}

static void on_generated(void *data, int failure, const struct ending *ending)
{
    struct service *service = data;
    struct spool_job *job = &service->job;
    char placed[NAMES_SIZE], name[NAMES_SIZE];
    snprintf(name, sizeof name, "%s", job->name);
    if (failure != 0) {
        /* Nothing is wrong with the spec. */
        log_line(LOG_FAILURE, "%s cannot be started: %s; %s waits", service->settings->sweepctl,
            uv_strerror(failure), name);
        service->paused_ms = now_ms(service) + service->settings->rescan_ms;
        spool_return(service->spool, job, true);
    } else if (service->stopping && ending->signal != 0) {
        log_line(LOG_NOTE, "%s: interrupted; it is done again at the next start", name);
        spool_return(service->spool, job, false);
    } else {
        struct outcome outcome;
        outcome_read(ending, name, &outcome);
        if (!outcome.done)
            file_failure(service, &outcome);
        else if (spool_done(service->spool, job, placed))
            tell(LOG_FACT, "%s: %s", name, outcome.line);
        free(outcome.report);
    }
    if (service->stopping) {
        finish(service);
        return;
    }
    if (service->look_soon)
        look(service);
    work(service);
}

static void generate(struct service *service)
{
    const struct service_settings *settings = service->settings;
    const char *argv[12] = {settings->sweepctl, "generate", "--json", "-o", settings->queue, "--as",
        service->job.known_as};
    size_t n = 7;
    if (settings->torchtune != NULL) {
        argv[n++] = "--torchtune";
        argv[n++] = settings->torchtune;
    }
    argv[n] = service->job.source;
    runner_start(&service->runner, (char *const *)argv, (uint64_t)settings->deadline_ms);
}

static void refuse(struct service *service)
{
    struct outcome outcome = {0};
    snprintf(outcome.line, sizeof outcome.line, "refused, 1 error");
    snprintf(outcome.detail, sizeof outcome.detail, "%s: error[too-large]: the spec %s",
        service->job.name, service->job.refusal);
    if (asprintf(&outcome.report, "%s\n", outcome.detail) < 0)
        outcome.report = NULL;
    file_failure(service, &outcome);
    free(outcome.report);
}

static void work(struct service *service)
{
    int64_t due_ms = INT64_MAX;
    bool paused = service->paused_ms > now_ms(service);
    if (paused)
        due_ms = service->paused_ms;
    while (!service->stopping && !paused && !runner_busy(&service->runner) &&
           spool_next(service->spool, now_ms(service), &service->job, &due_ms)) {
        if (service->job.refusal != NULL)
            refuse(service);
        else
            generate(service);
    }
    if (!service->stopping)
        set_alarm(service, due_ms);
}

/* --- signals -------------------------------------------------------------------------------- */

/* With the last handle closed the loop ends. */
static void finish(struct service *service)
{
    uv_close((uv_handle_t *)&service->terminate, NULL);
    uv_close((uv_handle_t *)&service->interrupt, NULL);
    uv_close((uv_handle_t *)&service->hangup, NULL);
    uv_close((uv_handle_t *)&service->wake, NULL);
    uv_close((uv_handle_t *)&service->stop_over, NULL);
    watcher_close(&service->watcher);
}

static void on_stop_over(uv_timer_t *timer)
{
    struct service *service = timer->data;
    runner_stop(&service->runner);
}

static void on_stop(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;
    bool again = service->stopping;
    if (again) {
        runner_stop(&service->runner); /* somebody is in a hurry */
        return;
    }
    service->stopping = true;
    notify_stopping();
    uv_timer_stop(&service->wake);
    if (!runner_busy(&service->runner)) {
        log_line(LOG_FACT, "stopping (signal %d)", number);
        finish(service);
        return;
    }
    log_line(LOG_FACT, "stopping (signal %d) when %s is done, in at most %d s", number,
        service->job.name, STOP_MS / 1000);
    uv_timer_start(&service->stop_over, on_stop_over, STOP_MS, 0);
}

static void on_hangup(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;
    (void)number;
    if (service->stopping)
        return;
    notify_reloading();
    log_line(LOG_FACT, "looking at everything again (SIGHUP)");
    service->paused_ms = 0;
    look(service);
    notify_ready();
    work(service);
}

/* --- start and end -------------------------------------------------------------------------- */

static void start_signal(
    struct service *service, uv_signal_t *handle, uv_signal_cb call, int number)
{
    uv_signal_init(&service->loop, handle);
    handle->data = service;
    int failure = uv_signal_start(handle, call, number);
    if (failure != 0)
        log_line(LOG_WARN, "signal %d cannot be caught: %s", number, uv_strerror(failure));
}

static void start(struct service *service)
{
    uv_timer_init(&service->loop, &service->wake);
    uv_timer_init(&service->loop, &service->stop_over);
    service->wake.data = service->stop_over.data = service;
    start_signal(service, &service->terminate, on_stop, SIGTERM);
    start_signal(service, &service->interrupt, on_stop, SIGINT);
    start_signal(service, &service->hangup, on_hangup, SIGHUP);
    runner_init(&service->runner, &service->loop, on_generated, service);
    service->watcher.fd = -1;
    service->watching = !service->settings->no_inotify &&
                        watcher_init(&service->watcher, &service->loop, on_event, service);
}

int service_run(const struct service_settings *settings)
{
    struct service service = {.settings = settings};
    int failure = uv_loop_init(&service.loop);
    if (failure != 0) {
        log_line(LOG_FAILURE, "no event loop: %s", uv_strerror(failure));
        return 1;
    }
    start(&service);
    int status = 1;
    service.spool = spool_new(settings->specs, settings->settle_ms);
    if (service.spool == NULL)
        log_line(LOG_FAILURE, "out of memory");
    else
        status = look(&service) ? 0 : 1;
    if (status == 0) {
        notify_ready();
        notify_status("waiting for specs");
        work(&service);
    } else {
        finish(&service);
    }
    uv_run(&service.loop, UV_RUN_DEFAULT);
    spool_free(service.spool);
    failure = uv_loop_close(&service.loop);
    assert(failure == 0);
    return failure == 0 ? status : 1;
}
