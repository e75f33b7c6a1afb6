/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "daemon/common/clock.h"
#include "daemon/common/exit_codes.h"
#include "daemon/common/log.h"
#include "daemon/control/server.h"
#include "daemon/sweepd/engine.h"
#include "daemon/sweepd/entries.h"
#include "daemon/sweepd/loop_time.h"
#include "daemon/sweepd/notify.h"
#include "daemon/sweepd/service.h"
#include "daemon/sweepd/status.h"
#include "daemon/sweepd/watcher.h"

/* How long running generators may continue after SIGTERM. */
#define SERVICE_STOP_MS 30000

struct service {
    struct service_settings settings;
    service_reload *reload;
    void *reload_data;
    uv_loop_t loop;
    uv_signal_t terminate, interrupt, hangup;
    uv_timer_t stop_timeout; /* SERVICE_STOP_MS */
    uv_timer_t watchdog;     /* calls notify_watchdog() */
    struct loop_time loop_time;
    struct watcher watcher;
    struct control_server control;
    struct engine engine;
    uv_work_t metrics_work; /* writes metrics_text on another thread */
    char *metrics_text;     /* NULL: nothing is being written */
    bool metrics_outdated;  /* something has changed since metrics_text was rendered */
    int64_t started_ms;
    bool ready;   /* notify_ready() was called */
    bool closing; /* all handles are closing; the loop ends with the last one */
    int status;   /* exit status */
};

static void service_close(struct service *service)
{
    if (service->closing)
        return;
    service->closing = true;
    uv_close((uv_handle_t *)&service->terminate, NULL);
    uv_close((uv_handle_t *)&service->interrupt, NULL);
    uv_close((uv_handle_t *)&service->hangup, NULL);
    uv_close((uv_handle_t *)&service->stop_timeout, NULL);
    uv_close((uv_handle_t *)&service->watchdog, NULL);
    engine_close(&service->engine);
    loop_time_close(&service->loop_time);
    watcher_close(&service->watcher);
    control_server_close(&service->control);
}

/* --- the control socket --------------------------------------------------------------------- */

static double service_loop_max_s(const struct service *service)
{
    return (double)service->loop_time.longest_ns / 1e9;
}

static void service_reload_settings(struct service *service)
{
    notify_reloading();
    if (service->reload(service->reload_data, &service->settings))
        engine_reload(&service->engine);
    else
        engine_rescan(&service->engine);
    notify_ready();
}

static json_t *service_on_request(void *data, enum control_verb verb)
{
    struct service *service = data;
    switch (verb) {
    case CONTROL_STATUS:
        return status_make(
            &service->engine, service->started_ms, service_loop_max_s(service) * 1e3);
    case CONTROL_RELOAD:
        log_line(LOG_INFO, "reloading the settings and rescanning (requested by sweepctl)");
        service_reload_settings(service);
        break;
    case CONTROL_RESCAN:
        engine_rescan(&service->engine);
        break;
    case CONTROL_DRAIN:
        log_line(LOG_INFO, "draining: finishing claimed specs, claiming no more");
        engine_drain(&service->engine);
        break;
    case CONTROL_PING:
        break;
    }
    return json_object();
}

/* --- metrics -------------------------------------------------------------------------------- */

/* Runs on another thread. */
static void service_write_metrics(uv_work_t *work)
{
    struct service *service = work->data;
    static bool complained;
    struct sweep_error error = {0};
    enum sweep_code code = metrics_write(service->settings.metrics, service->metrics_text, &error);
    if (code != SWEEP_OK && !complained)
        log_line(LOG_WARN, "no metrics: %s", error.message);
    complained = code != SWEEP_OK;
}

static void service_update_metrics(struct service *service);

static void service_on_metrics_written(uv_work_t *work, int status)
{
    struct service *service = work->data;
    (void)status;
    free(service->metrics_text);
    service->metrics_text = NULL;
    if (service->metrics_outdated)
        service_update_metrics(service);
}

/* Called after each change. One file is written at a time. */
static void service_update_metrics(struct service *service)
{
    struct metrics *metrics = &service->engine.metrics;
    if (service->settings.metrics == NULL || service->closing)
        return;
    service->metrics_outdated = service->metrics_text != NULL;
    if (service->metrics_outdated)
        return;
    metrics->waiting = service->engine.waiting;
    metrics->children = entries_busy(&service->engine);
    metrics->submitted = service->engine.submitter.submitted;
    metrics->submit_failures = service->engine.submitter.failures;
    metrics->unsubmitted = submitter_count(&service->engine.submitter);
    metrics->paused = status_reason(&service->engine) != NULL;
    metrics->loop_block_max = service_loop_max_s(service);
    service->metrics_text = metrics_render(metrics);
    if (service->metrics_text == NULL)
        return;
    service->metrics_work.data = service;
    if (uv_queue_work(&service->loop, &service->metrics_work, service_write_metrics,
            service_on_metrics_written) != 0) {
        free(service->metrics_text);
        service->metrics_text = NULL;
    }
}

/* --- the engine ----------------------------------------------------------------------------- */

/* The first scan is over. False: the specs directory cannot be used. That is an error at the start;
 * later it may come back. */
static bool service_become_ready(struct service *service)
{
    service->ready = true;
    if (service->engine.attached == ATTACH_GONE)
        return false;
    notify_ready();
    notify_status("waiting for specs");
    return true;
}

static void service_stop_if_done(struct service *service)
{
    struct engine *engine = &service->engine;
    if (engine->stopping) {
        if (engine_idle(engine))
            service_close(service);
    } else if (service->settings.once && engine_finished(engine)) {
        if (engine->pause.why[0] != '\0' || engine->alarm[0] != '\0')
            service->status = EXIT_FAILED;
        engine_stop(engine);
    } else if (engine->draining && engine_idle(engine)) {
        log_line(LOG_INFO, "drained");
        engine_stop(engine);
    }
}

static void service_on_changed(struct engine *engine)
{
    struct service *service = engine->data;
    if (service->closing)
        return;
    control_server_changed(&service->control);
    if (engine->batch_running)
        return;
    service_update_metrics(service);
    if (!service->ready && !engine->scan && !service_become_ready(service)) {
        service->status = EXIT_FAILED;
        service_close(service);
        return;
    }
    service_stop_if_done(service);
}

static void service_on_file_event(void *data, const char *name)
{
    struct service *service = data;
    engine_hint(&service->engine, name);
}

static void service_on_file_events(void *data)
{
    struct service *service = data;
    engine_advance(&service->engine);
}

/* --- signals and timers --------------------------------------------------------------------- */

static void service_on_stop_timeout(uv_timer_t *timer)
{
    struct service *service = timer->data;
    engine_stop_children(&service->engine);
}

static void service_on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    notify_watchdog();
}

/* SIGTERM or SIGINT; a second one does not wait for generators. */
static void service_on_stop(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;
    if (service->closing)
        return;
    if (service->engine.stopping) {
        engine_stop_children(&service->engine);
        return;
    }
    notify_stopping();
    size_t running = entries_count_in(&service->engine, ENTRY_WORKING);
    if (running == 0)
        log_line(LOG_INFO, "stopping (signal %d)", number);
    else
        log_line(LOG_INFO, "stopping (signal %d): waiting up to %d s for %zu running spec%s",
            number, SERVICE_STOP_MS / 1000, running, running == 1 ? "" : "s");
    uv_timer_start(&service->stop_timeout, service_on_stop_timeout, SERVICE_STOP_MS, 0);
    engine_stop(&service->engine);
}

static void service_on_hangup(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;
    (void)number;
    if (service->engine.stopping)
        return;
    log_line(LOG_INFO, "reloading the settings and rescanning (SIGHUP)");
    service_reload_settings(service);
}

static void service_start_signal(
    struct service *service, uv_signal_t *handle, uv_signal_cb call, int number)
{
    uv_signal_init(&service->loop, handle);
    handle->data = service;
    int failure = uv_signal_start(handle, call, number);
    if (failure != 0)
        log_line(LOG_WARN, "cannot handle signal %d: %s", number, uv_strerror(failure));
}

/* --- start and end -------------------------------------------------------------------------- */

/* False (logged) when out of memory; service_close() is needed in any case. */
static bool service_start(struct service *service)
{
    uv_timer_init(&service->loop, &service->stop_timeout);
    service->stop_timeout.data = service;
    service_start_signal(service, &service->terminate, service_on_stop, SIGTERM);
    service_start_signal(service, &service->interrupt, service_on_stop, SIGINT);
    service_start_signal(service, &service->hangup, service_on_hangup, SIGHUP);
    uv_timer_init(&service->loop, &service->watchdog);
    uint64_t interval_ms = notify_watchdog_ms();
    if (interval_ms > 0)
        uv_timer_start(&service->watchdog, service_on_watchdog, interval_ms, interval_ms);
    loop_time_start(&service->loop_time, &service->loop);
    service->control.fd = service->watcher.fd = -1;
    if (!service->settings.no_inotify)
        watcher_init(&service->watcher, &service->loop, service_on_file_event,
            service_on_file_events, service);
    bool started = engine_init(&service->engine, &service->settings.engine, &service->loop,
        service->watcher.fd, service_on_changed);
    service->engine.data = service;
    service->watcher.spool = service->engine.spool;
    if (started && service->settings.control != NULL)
        control_server_start(&service->control, &service->loop, service->settings.control,
            service_on_request, service);
    return started;
}

int service_run(const struct service_settings *settings, service_reload *reload, void *reload_data)
{
    struct service service = {.settings = *settings,
        .reload = reload,
        .reload_data = reload_data,
        .started_ms = clock_ms()};
    /* One thread for the spool's batches, one for starting children and writing metrics. */
    setenv("UV_THREADPOOL_SIZE", "2", 0);
    /* Sent when a file is opened while fileat_being_written() has its lease. */
    signal(SIGIO, SIG_IGN);
    int failure = uv_loop_init(&service.loop);
    if (failure != 0) {
        log_line(LOG_ERROR, "cannot create the event loop: %s", uv_strerror(failure));
        return EXIT_FAILED;
    }
    if (service_start(&service)) {
        engine_advance(&service.engine);
    } else {
        service.status = EXIT_FAILED;
        service_close(&service);
    }
    uv_run(&service.loop, UV_RUN_DEFAULT);
    engine_free(&service.engine);
    failure = uv_loop_close(&service.loop);
    assert(failure == 0);
    return failure == 0 ? service.status : EXIT_FAILED;
}
