/* SPDX-License-Identifier: Apache-2.0
 *
 * The log: one line per event. If stderr is connected to the journal, an entry with fields is sent
 * to the journal itself. If that fails, or if stderr is a stream of another manager that sets
 * $JOURNAL_STREAM, the line goes to stderr with its priority (`<4>`); otherwise with the program's
 * name.
 *
 * Callers pass names and messages of users and of the file system as they are: they are escaped
 * here.
 */
#ifndef DAEMON_COMMON_LOG_H
#define DAEMON_COMMON_LOG_H

#include <stdarg.h>
#include <stddef.h>

/* The numbers are syslog(3)'s. */
enum log_priority { LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTE = 5, LOG_INFO = 6 };

/* Lines are truncated to this many bytes, after escaping. */
#define LOG_TEXT_MAX 2048

/* A field of a journal entry. Names consist of A-Z, 0-9 and _ and begin with a letter. Values are
 * escaped like lines, but may have several lines; NULL: no such field. */
struct log_field {
    const char *name, *value;
};

/* Names of our fields, for `journalctl SWEEPD_RESULT=failed`. */
#define LOG_SPEC "SWEEPD_SPEC"     /* the spec's file name */
#define LOG_SWEEP "SWEEPD_SWEEP"   /* the sweep directory */
#define LOG_RESULT "SWEEPD_RESULT" /* done, failed, retried or submitted */
#define LOG_REPORT "SWEEPD_REPORT" /* its report */
#define LOG_ID "MESSAGE_ID"        /* one of: */

#define LOG_ID_DONE "fc5a4abbbad9403f9cf86cc7b7aa5d00"
#define LOG_ID_FAILED "962e7ae722014fb7bfa412f1ecd29128"
#define LOG_ID_RETRIED "d49f1d48519c4b3bb467249c15580d45"
#define LOG_ID_PAUSED "7254f41d46ea4e149a0163b27d76ea3d"
#define LOG_ID_RESUMED "70c6519afceb4422a76bfe1a633e024a"

/* Reads $JOURNAL_STREAM. Before this call, lines go to stderr with the program's name. */
void log_init(void);

/* Sends entries to this socket, whatever the environment says; for tests. */
void log_init_to(const char *journal);

/* Drops lines that are less important. Initially LOG_INFO: drops none. */
void log_set_level(enum log_priority level);

void log_line(enum log_priority priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line with fields; the last one has no name. */
void log_event(enum log_priority priority, const struct log_field *fields, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* sweep_escape() for a whole string. */
void log_escape(char *out, size_t size, const char *text);

#endif
