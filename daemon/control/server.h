/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket: how sweepctl asks a running daemon, and tells it things. A UNIX stream socket
 * of mode 0600. Both sides send JSON objects, one a line:
 *
 *   {"do":"ping"}                  {"ok":true,"version":"0.1.0","pid":812}
 *   {"do":"status"}                the same and the members below
 *   {"do":"status","watch":true}   that, and again after each change, at most twice a second
 *   {"do":"reload"}                settings are read again
 *   {"do":"rescan"}                everything is looked at again
 *   {"do":"drain"}                 what is claimed is finished, nothing new is taken, then the end
 *   anything else                  {"error":"what is wrong"}
 *
 * Requests are answered one after the other. A watcher sends nothing more; when it does, or closes
 * its sending side, it is closed.
 *
 * Nobody can stall the loop: a request is at most CONTROL_REQUEST_MAX bytes and has to arrive
 * within CONTROL_WAIT_MS, as has a reply to be taken; a client has at most one reply on its way;
 * one client too many, or one of another user than ours and root, gets an error and is closed.
 *
 * What status tells; members that do not apply are left out:
 *   state          "idle", "working", "paused", "draining", "stopping" or "failed"
 *   reason         why, when "paused" or "failed"
 *   specs, queue   the directories
 *   waiting        specs that were found and not claimed yet
 *   claimed        … that are claimed
 *   running        [{"name":"x.json","elapsed_ms":1200}, …], those at work
 *   done, failed, retried   specs since the start
 *   free_bytes     of the queue's file system
 *   loop_max_ms    the longest time that the loop was blocked
 *   uptime_ms
 *   last           [{"name":"x.json","result":"done"|"failed","time":unix seconds,
 *                  "line":"12 runs in lora-grid-4f1c09ab","directory":path or absent}, …], newest
 *                  first; not more than fit CONTROL_REPLY_MAX
 */
#ifndef DAEMON_CONTROL_SERVER_H
#define DAEMON_CONTROL_SERVER_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <uv.h>

#include "daemon/control/request.h"

enum {
    CONTROL_REQUEST_MAX = 64 * 1024, /* bytes of a line; 1 KiB of them not blanks at its ends */
    CONTROL_REPLY_MAX = 256 * 1024,
    CONTROL_PEERS_MAX = 16,
    CONTROL_WAIT_MS = 5000,
    CONTROL_PACE_MS = 500, /* between two objects for a watcher */
};

/* Does it, without blocking, and returns the reply, an object that becomes the caller's; NULL when
 * there is no memory. "ok", "version" and "pid" are added, unless it has a member "error", which
 * is the reason for people. May call control_changed(), and control_close(): the reply still
 * leaves. */
typedef json_t *control_handler(void *data, enum control_verb verb);

struct control_peer;

struct control {
    control_handler *handler;
    void *data;
    uv_loop_t *loop;
    uv_poll_t poll;
    uv_timer_t pace; /* running: watchers were told less than CONTROL_PACE_MS ago */
    uv_timer_t rest; /* running: connections wait, there are no descriptors */
    struct control_peer *peers[CONTROL_PEERS_MAX];
    char path[sizeof((struct sockaddr_un){0}).sun_path];
    struct stat file;        /* the socket's */
    int fd;                  /* -1: not in use */
    bool asking, close_soon; /* the handler runs, and has called control_close() */
};

/* Listens at `path`, whose directory exists and should be ours alone
 * (0700). The socket of a daemon that is gone is replaced, that of a living one is not. False
 * (logged) when it cannot; the other calls then do nothing. SIGPIPE must be ignored. */
bool control_start(struct control *control, uv_loop_t *loop, const char *path,
    control_handler *handler, void *data);

/* What status tells is different now. Cheap when nobody watches. */
void control_changed(struct control *control);

/* Removes the socket and closes all clients; replies that did not leave yet are lost. The memory is
 * in use until the loop has run once more. */
void control_close(struct control *control);

/* Any bytes, as text that people can be shown (see log_escape()). NULL: no memory. */
json_t *control_text(const char *bytes);

#endif
