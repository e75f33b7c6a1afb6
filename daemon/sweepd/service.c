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
#include "daemon/control/server.h"
#include "daemon/common/log.h"
#include "daemon/sweepd/engine.h"
#include "daemon/sweepd/entries.h"
#include "daemon/sweepd/loop_time.h"
#include "daemon/sweepd/notify.h"
#include "daemon/sweepd/service.h"
#include "daemon/sweepd/status.h"
#include "daemon/sweepd/watcher.h"

/* How long running children may go on after we were told to stop. */
#define STOP_MS 30000

struct service {
    struct service_settings settings;
    service_reload *reload;
    void *reload_data;
    uv_loop_t loop;
    uv_signal_t terminate, interrupt, hangup;
    uv_timer_t stop_over; /* the end of STOP_MS */
    uv_timer_t alive;     /* the next notify_watchdog() */
    struct loop_time loop_time;
    struct watcher watcher;
    struct control_server control;
    struct engine engine;
    uv_work_t metrics_request; /* writes `metrics`, on another thread */
    char *metrics;             /* NULL: nothing is being written */
    bool metrics_old;          /* something has changed since they were rendered */
    int64_t started_ms;
    bool ready;    /* it was said that we are */
    bool finished; /* all handles are closing */
    int status;    /* of the process */
};

/* With the last handle closed the loop ends. */
static void finish(struct service *service)
{
    if (service->finished)
        return;
    service->finished = true;
    uv_close((uv_handle_t *)&service->terminate, NULL);
    uv_close((uv_handle_t *)&service->interrupt, NULL);
    uv_close((uv_handle_t *)&service->hangup, NULL);
    uv_close((uv_handle_t *)&service->stop_over, NULL);
    engine_close(&service->engine);
    uv_close((uv_handle_t *)&service->alive, NULL);
    loop_time_close(&service->loop_time);
    watcher_close(&service->watcher);
    control_server_close(&service->control);
}

/* --- being asked ---------------------------------------------------------------------------- */

static double loop_max_s(const struct service *service)
{
    return (double)service->loop_time.longest_ns / 1e9;
}

static void reload(struct service *service)
{
    notify_reloading();
    if (service->reload(service->reload_data, &service->settings))
        engine_reload(&service->engine);
    else
        engine_rescan(&service->engine);
    notify_ready();
}

static json_t *on_asked(void *data, enum control_verb verb)
{
    struct service *service = data;
    switch (verb) {
    case CONTROL_RELOAD:
        log_line(LOG_FACT, "reading the settings, and looking at everything again (reload)");
        reload(service);
        return json_object();
    case CONTROL_RESCAN:
        engine_rescan(&service->engine);
        return json_object();
    case CONTROL_DRAIN:
        log_line(LOG_FACT, "draining: what is claimed is done, nothing else is taken");
        engine_drain(&service->engine);
        return json_object();
    case CONTROL_PING:
        return json_object();
    case CONTROL_STATUS:
        break;
    }
    return status_make(&service->engine, service->started_ms, loop_max_s(service) * 1e3);
}

static void write_metrics(uv_work_t *request)
{
    struct service *service = request->data;
    static bool complained;
    int failure = metrics_write(service->settings.metrics, service->metrics);
    if (failure != 0 && !complained)
        log_line(
            LOG_WARN, "%s: cannot be written: %s", service->settings.metrics, strerror(failure));
    complained = failure != 0;
}

static void tell_metrics(struct service *service);

static void on_metrics_written(uv_work_t *request, int status)
{
    struct service *service = request->data;
    (void)status;
    free(service->metrics);
    service->metrics = NULL;
    if (service->metrics_old)
        tell_metrics(service);
}

/* After each change, but not before the last file was written. */
static void tell_metrics(struct service *service)
{
    struct metrics *metrics = &service->engine.metrics;
    if (service->settings.metrics == NULL || service->finished)
        return;
    service->metrics_old = service->metrics != NULL;
    if (service->metrics_old)
        return;
    metrics->waiting = service->engine.waiting;
    metrics->children = entries_busy(&service->engine);
    metrics->loop_block_max = loop_max_s(service);
    service->metrics = metrics_render(metrics);
    service->metrics_request.data = service;
    if (service->metrics != NULL && uv_queue_work(&service->loop, &service->metrics_request,
                                        write_metrics, on_metrics_written) != 0) {
        free(service->metrics);
        service->metrics = NULL;
    }
}

static void on_alive(uv_timer_t *timer)
{
    (void)timer;
    notify_watchdog();
}

/* Something has changed: are we ready, or done? */
static void on_changed(struct engine *engine)
{
    struct service *service = engine->data;
    if (service->finished)
        return;
    control_server_changed(&service->control);
    if (engine->batch_running)
        return;
    tell_metrics(service);
    if (!service->ready && !engine->scan) {
        service->ready = true;
        if (engine->attached == ATTACH_GONE) {
            /* Later it may come back; at the start it is a mistake. */
            service->status = EXIT_FAILED;
            finish(service);
            return;
        }
        notify_ready();
        notify_status("waiting for specs");
    }
    bool stuck = engine->pause.why[0] != '\0' || engine->alarm[0] != '\0';
    if (engine->stopping && engine_idle(engine)) {
        finish(service);
    } else if (!engine->stopping && service->settings.once && engine_finished(engine)) {
        service->status = stuck ? 1 : 0;
        engine_stop(engine);
    } else if (!engine->stopping && engine->draining && engine_idle(engine)) {
        log_line(LOG_FACT, "drained");
        engine_stop(engine);
    }
}

static void on_event(void *data, const char *name)
{
    struct service *service = data;
    engine_hint(&service->engine, name);
}

static void on_events(void *data)
{
    struct service *service = data;
    engine_advance(&service->engine);
}

/* --- signals -------------------------------------------------------------------------------- */

static void on_stop_over(uv_timer_t *timer)
{
    struct service *service = timer->data;
    engine_stop_children(&service->engine);
}

static void on_stop(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;
    if (service->finished)
        return;
    if (service->engine.stopping) {
        engine_stop_children(&service->engine); /* somebody is in a hurry */
        return;
    }
    notify_stopping();
    size_t children = entries_count_in(&service->engine, ENTRY_WORKING);
    if (children == 0)
        log_line(LOG_FACT, "stopping (signal %d)", number);
    else
        log_line(LOG_FACT, "stopping (signal %d) when %zu %s done, in at most %d s", number,
            children, children == 1 ? "spec is" : "specs are", STOP_MS / 1000);
    uv_timer_start(&service->stop_over, on_stop_over, STOP_MS, 0);
    engine_stop(&service->engine);
}

static void on_hangup(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;
    (void)number;
    if (service->engine.stopping)
        return;
    log_line(LOG_FACT, "reading the settings, and looking at everything again (SIGHUP)");
    reload(service);
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

static bool start(struct service *service)
{
    uv_timer_init(&service->loop, &service->stop_over);
    service->stop_over.data = service;
    start_signal(service, &service->terminate, on_stop, SIGTERM);
    start_signal(service, &service->interrupt, on_stop, SIGINT);
    start_signal(service, &service->hangup, on_hangup, SIGHUP);
    uv_timer_init(&service->loop, &service->alive);
    uint64_t alive_ms = notify_watchdog_ms();
    if (alive_ms > 0)
        uv_timer_start(&service->alive, on_alive, alive_ms, alive_ms);
    loop_time_start(&service->loop_time, &service->loop);
    service->control.fd = service->watcher.fd = -1;
    if (!service->settings.no_inotify)
        watcher_init(&service->watcher, &service->loop, on_event, on_events, service);
    bool begun = engine_init(&service->engine, &service->settings.engine, &service->loop,
        service->watcher.fd, on_changed);
    service->engine.data = service;
    service->watcher.spool = service->engine.spool;
    if (begun && service->settings.control != NULL)
        control_server_start(
            &service->control, &service->loop, service->settings.control, on_asked, service);
    return begun;
}

int service_run(const struct service_settings *settings, service_reload *reload, void *reload_data)
{
    struct service service = {.settings = *settings,
        .reload = reload,
        .reload_data = reload_data,
        .started_ms = clock_ms()};
    /* Turns of the spool come one at a time, and so do starts of children. And a file that is
     * opened while we hold its lease is no reason to end (see fileat_being_written()). */
    setenv("UV_THREADPOOL_SIZE", "2", 0);
    signal(SIGIO, SIG_IGN);
    int failure = uv_loop_init(&service.loop);
    if (failure != 0) {
        log_line(LOG_FAILURE, "no event loop: %s", uv_strerror(failure));
        return EXIT_FAILED;
    }
    if (start(&service)) {
        engine_advance(&service.engine);
    } else {
        service.status = EXIT_FAILED;
        finish(&service);
    }
    uv_run(&service.loop, UV_RUN_DEFAULT);
    engine_free(&service.engine);
    failure = uv_loop_close(&service.loop);
    assert(failure == 0);
    return failure == 0 ? service.status : EXIT_FAILED;
}
