/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon says: one line per event on standard error. Under systemd a line carries its
 * priority (`<4>`), elsewhere the program's name.
 *
 * This is the one place where text of users and of the file system leaves the daemon, so this is
 * where it is escaped: callers pass names and messages as they are.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdarg.h>
#include <stddef.h>

/* syslog's numbers, which systemd reads */
enum log_priority { LOG_FAILURE = 3, LOG_WARN = 4, LOG_NOTE = 5, LOG_FACT = 6 };

/* The longest text of a line, in bytes after escaping; what is beyond is cut off. */
#define LOG_TEXT_MAX 2048

/* Looks at the environment, once. Before this call lines carry the program's name. */
void log_init(void);

void log_line(enum log_priority priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes `text` to `out` so that a terminal and a line-based log stay unharmed: control characters,
 * characters that turn the writing direction, and bytes that are not UTF-8 become \xNN. Always ends
 * `out`, which has room for `size` bytes (at least 1), and never cuts a character in two. */
void log_escape(char *out, size_t size, const char *text);

#endif
