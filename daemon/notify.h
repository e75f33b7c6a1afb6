/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells the service manager how we are: the datagrams that sd_notify(3) describes, without its
 * library. All calls do nothing when no one asked ($NOTIFY_SOCKET is not set).
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/* Takes $NOTIFY_SOCKET out of the environment, so that children do not speak in our name. */
void notify_init(void);

void notify_ready(void);
void notify_stopping(void);

/* A notify_ready() has to follow. */
void notify_reloading(void);

/* One line for `systemctl status`; any text, it is escaped here. */
void notify_status(const char *text);

#endif
