/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells the service manager how we are: the datagrams that sd_notify(3) describes, without its
 * library. All calls do nothing when no one asked ($NOTIFY_SOCKET is not set).
 */
#ifndef DAEMON_SWEEPD_NOTIFY_H
#define DAEMON_SWEEPD_NOTIFY_H

#include <stdint.h>

/* Takes $NOTIFY_SOCKET and $WATCHDOG_* out of the environment, so that children do not speak in our
 * name. */
void notify_init(void);

void notify_ready(void);
void notify_stopping(void);

/* A notify_ready() has to follow. */
void notify_reloading(void);

/* How often notify_watchdog() should be called, in milliseconds: twice in the time after which the
 * manager takes us for hung. 0: there is no watchdog. */
uint64_t notify_watchdog_ms(void);

/* Still well. */
void notify_watchdog(void);

/* One line for `systemctl status`; any text, it is escaped here. */
void notify_status(const char *text);

#endif
