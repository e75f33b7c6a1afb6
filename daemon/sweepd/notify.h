/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports our state to the service manager with the datagrams of sd_notify(3), without libsystemd.
 * Unless $NOTIFY_SOCKET was set, nothing is sent.
 */
#ifndef DAEMON_SWEEPD_NOTIFY_H
#define DAEMON_SWEEPD_NOTIFY_H

#include <stdint.h>

/* Reads and unsets $NOTIFY_SOCKET and $WATCHDOG_*, so that child processes do not inherit them. */
void notify_init(void);

void notify_ready(void);
void notify_stopping(void);

/* Must be followed by notify_ready(). */
void notify_reloading(void);

/* The interval at which to call notify_watchdog(): half of the watchdog's timeout. 0: there is no
 * watchdog. */
uint64_t notify_watchdog_ms(void);
void notify_watchdog(void);

/* One line for `systemctl status`; escaped here. */
void notify_status(const char *text);

#endif
