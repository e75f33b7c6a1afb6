/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon says: one line per event. When standard error is the journal's, an entry goes to
 * the journal itself, with fields; where that fails, and under other managers that set
 * $JOURNAL_STREAM, the line is written to standard error with its priority (`<4>`); elsewhere with
 * the program's name.
 *
 * This is the one place where text of users and of the file system leaves the daemon, so this is
 * where it is escaped: callers pass names and messages as they are.
 */
#ifndef DAEMON_COMMON_LOG_H
#define DAEMON_COMMON_LOG_H

#include <stdarg.h>
#include <stddef.h>

/* syslog's numbers, which systemd reads */
enum log_priority { LOG_FAILURE = 3, LOG_WARN = 4, LOG_NOTE = 5, LOG_FACT = 6 };

/* The longest text of a line, in bytes after escaping; what is beyond is cut off. */
#define LOG_TEXT_MAX 2048

/* A field of a journal entry. Names consist of A-Z, 0-9 and _ and begin with a letter. A value is
 * escaped as a line is, except that it may have several; NULL: the field is left out. */
struct log_field {
    const char *name, *value;
};

/* The names of our fields, for `journalctl SWEEPD_RESULT=failed`. */
#define LOG_SPEC "SWEEPD_SPEC"     /* the spec's file name */
#define LOG_SWEEP "SWEEPD_SWEEP"   /* the sweep directory */
#define LOG_RESULT "SWEEPD_RESULT" /* done, failed or retried */
#define LOG_REPORT "SWEEPD_REPORT" /* what is wrong with the spec */
#define LOG_ID "MESSAGE_ID"        /* one of: */

#define LOG_ID_DONE "fc5a4abbbad9403f9cf86cc7b7aa5d00"
#define LOG_ID_FAILED "962e7ae722014fb7bfa412f1ecd29128"
#define LOG_ID_RETRIED "d49f1d48519c4b3bb467249c15580d45"
#define LOG_ID_PAUSED "7254f41d46ea4e149a0163b27d76ea3d"
#define LOG_ID_RESUMED "70c6519afceb4422a76bfe1a633e024a"

/* Looks at the environment, once. Before this call lines carry the program's name. */
void log_init(void);

/* The same with the journal at this socket, whatever the environment says; for tests. */
void log_init_to(const char *journal);

/* Lines of less importance than this are not logged; LOG_FACT, which is all, before any call. */
void log_limit(enum log_priority least);

void log_line(enum log_priority priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line with fields, which end with one without a name. */
void log_event(enum log_priority priority, const struct log_field *fields, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* sweep_escape() of a whole string. */
void log_escape(char *out, size_t size, const char *text);

#endif
