/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/service.h"
#include "daemon/watcher.h"
#include "daemon/work.h"

/* How long running children may go on after we were told to stop. */
#define STOP_MS 30000

struct service {
    const struct service_settings *settings;
    uv_loop_t loop;
    uv_signal_t terminate, interrupt, hangup;
    uv_timer_t stop_over; /* the end of STOP_MS */
    struct watcher watcher;
    struct work work;
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
    uv_close((uv_handle_t *)&service->work.wake, NULL);
    watcher_close(&service->watcher);
}

/* Something has changed: are we ready, or done? */
static void on_changed(void *data)
{
    struct service *service = data;
    struct work *work = &service->work;
    if (service->finished || work->turning)
        return;
    if (!service->ready && !work->look) {
        service->ready = true;
        if (work->attached == SPOOL_GONE) {
            /* Later it may come back; at the start it is a mistake. */
            service->status = 1;
            finish(service);
            return;
        }
        notify_ready();
        notify_status("waiting for specs");
    }
    bool stuck = work->pause.why[0] != '\0' || work->alarm[0] != '\0';
    if (work->stopping && work_idle(work)) {
        finish(service);
    } else if (!work->stopping && service->settings->once && work_finished(work)) {
        service->status = stuck ? 1 : 0;
        work_stop(work);
    } else if (!work->stopping && work->draining && work_idle(work)) {
        log_line(LOG_FACT, "drained");
        work_stop(work);
    }
}

static void on_event(void *data, const char *name)
{
    struct service *service = data;
    work_hint(&service->work, name);
}

static void on_events(void *data)
{
    struct service *service = data;
    work_advance(&service->work);
}

/* --- signals -------------------------------------------------------------------------------- */

static void on_stop_over(uv_timer_t *timer)
{
    struct service *service = timer->data;
    work_stop_children(&service->work);
}

static void on_stop(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;
    if (service->finished)
        return;
    if (service->work.stopping) {
        work_stop_children(&service->work); /* somebody is in a hurry */
        return;
    }
    notify_stopping();
    size_t children = work_count(&service->work, SPEC_WORKING);
    if (children == 0)
        log_line(LOG_FACT, "stopping (signal %d)", number);
    else
        log_line(LOG_FACT, "stopping (signal %d) when %zu %s done, in at most %d s", number,
            children, children == 1 ? "spec is" : "specs are", STOP_MS / 1000);
    uv_timer_start(&service->stop_over, on_stop_over, STOP_MS, 0);
    work_stop(&service->work);
}

static void on_hangup(uv_signal_t *handle, int number)
{
    struct service *service = handle->data;
    (void)number;
    if (service->work.stopping)
        return;
    notify_reloading();
    log_line(LOG_FACT, "looking at everything again (SIGHUP)");
    work_again(&service->work);
    notify_ready();
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
    service->watcher.fd = -1;
    if (!service->settings->no_inotify)
        watcher_init(&service->watcher, &service->loop, on_event, on_events, service);
    bool begun = work_init(&service->work, service->settings, &service->loop, service->watcher.fd,
        on_changed, service);
    service->watcher.spool = service->work.spool;
    return begun;
}

int service_run(const struct service_settings *settings)
{
    struct service service = {.settings = settings};
    /* Turns come one at a time; and a file that is opened while we hold its lease is no reason to
     * end (see place_being_written()). */
    setenv("UV_THREADPOOL_SIZE", "1", 0);
    signal(SIGIO, SIG_IGN);
    int failure = uv_loop_init(&service.loop);
    if (failure != 0) {
        log_line(LOG_FAILURE, "no event loop: %s", uv_strerror(failure));
        return 1;
    }
    if (start(&service)) {
        work_advance(&service.work);
    } else {
        service.status = 1;
        finish(&service);
    }
    uv_run(&service.loop, UV_RUN_DEFAULT);
    work_free(&service.work);
    failure = uv_loop_close(&service.loop);
    assert(failure == 0);
    return failure == 0 ? service.status : 1;
}
