/* SPDX-License-Identifier: Apache-2.0
 *
 * The protocol of the control socket, by which sweepctl queries and controls a running sweepd.
 *
 * The socket is a UNIX stream socket of mode 0600. Both sides send JSON objects, one per line.
 * Requests are answered in order:
 *
 *   {"do":"ping"}                  {"ok":true,"version":"0.1.0","pid":812}
 *   {"do":"status"}                the same members and those listed below
 *   {"do":"status","watch":true}   the same, and again after each change, at most twice a second
 *   {"do":"reload"}                as ping; reads the settings again, then rescans
 *   {"do":"rescan"}                as ping; scans the directory and retries what waits
 *   {"do":"drain"}                 as ping; finishes what is claimed, claims no more, and exits
 *   anything else                  {"error":"unknown command \"x\"; expected ping, …"}
 *
 * After "watch" the client sends nothing more; sweepd closes the connection if it does, or if it
 * shuts down its sending side.
 *
 * A status has these members; one that does not apply is left out:
 *
 *   state          "idle", "working", "paused", "draining", "stopping" or "failed"
 *   reason         why it is "paused" or "failed"
 *   specs, queue   the directories
 *   waiting        specs that were found and are not claimed yet
 *   claimed        specs that are claimed and not running
 *   running        [{"name":"x.json","elapsed_ms":1200}, …]
 *   done, failed, retried   specs since sweepd started
 *   free_bytes     of the queue's file system
 *   loop_max_ms    longest time that the event loop was blocked
 *   uptime_ms
 *   last           [{"name":"x.json","result":"done"|"failed","time":unix seconds,
 *                  "line":"12 runs in lora-grid-4f1c09ab","directory":path or absent}, …], newest
 *                  first
 *
 * The limits below keep a client from blocking or filling sweepd. When a client exceeds one, it
 * gets an error if possible, and its connection is closed; a request that is merely wrong gets an
 * error, and the next one is answered. A client of another user than sweepd's and root is refused.
 */
#ifndef DAEMON_CONTROL_PROTOCOL_H
#define DAEMON_CONTROL_PROTOCOL_H

enum {
    CONTROL_REQUEST_MAX = 64 * 1024, /* bytes of a request line */
    CONTROL_JSON_MAX = 1024,         /* … without leading and trailing spaces */
    CONTROL_REPLY_MAX = 256 * 1024,  /* bytes of a reply line */
    CONTROL_PEERS_MAX = 16,          /* connections at once */
    CONTROL_WAIT_MS = 5000,          /* time to send a request, and to read its reply */
    CONTROL_PACE_MS = 500,           /* between two replies to a watching client */
};

/* What a request can ask for, in the order of control_verbs in request.c. */
enum control_verb { CONTROL_PING, CONTROL_STATUS, CONTROL_RELOAD, CONTROL_RESCAN, CONTROL_DRAIN };

#endif
