/* SPDX-License-Identifier: Apache-2.0 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/common/log.h"
#include "sweep/error.h"
#include "lib/util/text.h"

static _Atomic int log_level = LOG_INFO;
static bool log_stderr_is_stream;      /* stderr wants lines with a priority */
static int log_journal_fd = -1;        /* sends entries to `log_journal`; -1: write to stderr */
static struct sockaddr_un log_journal; /* the journal's socket */

void log_set_level(enum log_priority level)
{
    log_level = (int)level;
}

void log_init_to(const char *path)
{
    log_stderr_is_stream = true;
    log_journal = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (log_journal_fd >= 0)
        close(log_journal_fd);
    log_journal_fd = -1;
    if (strlen(path) < sizeof log_journal.sun_path)
        log_journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(log_journal.sun_path, sizeof log_journal.sun_path, "%s", path);
}

void log_init(void)
{
    /* Programs whose stderr is redirected inherit the variable, too, so compare the device and
     * inode in it with those of stderr. */
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    char here[64];
    log_stderr_is_stream = false;
    if (stream == NULL || fstat(STDERR_FILENO, &status) != 0)
        return;
    snprintf(here, sizeof here, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    log_stderr_is_stream = strcmp(stream, here) == 0;
    /* The stream of the journal is a socket. Other managers use a file. */
    if (log_stderr_is_stream && S_ISSOCK(status.st_mode))
        log_init_to("/run/systemd/journal/socket");
}

void log_escape(char *out, size_t size, const char *text)
{
    sweep_escape(out, size, text, strlen(text));
}

/* --- the journal ---------------------------------------------------------------------------- */

/* An entry consists of lines NAME=value or, if the value has several lines, of NAME, a newline, the
 * length in 8 little-endian bytes, and the value. */
static void log_put_field(FILE *entry, const char *name, const char *value)
{
    size_t length = strlen(value), size = 4 * length + 1, used = 0;
    char *safe = malloc(size);
    if (safe == NULL)
        return;
    for (const char *line = value; *line != '\0';) {
        size_t part = strcspn(line, "\n");
        char *one = strndup(line, part);
        log_escape(safe + used, size - used, one != NULL ? one : "");
        used += strlen(safe + used);
        free(one);
        line += part;
        if (*line == '\n')
            safe[used++] = *line++;
    }
    if (memchr(safe, '\n', used) == NULL) {
        fprintf(entry, "%s=%.*s\n", name, (int)used, safe);
    } else {
        uint64_t little = htole64(used);
        fprintf(entry, "%s\n", name);
        fwrite(&little, sizeof little, 1, entry);
        fwrite(safe, 1, used, entry);
        fputc('\n', entry);
    }
    free(safe);
}

/* For large entries: sends a sealed file, which cannot change while the journal reads it. */
static bool log_send_file(const char *entry, size_t length)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_name = &log_journal,
        .msg_namelen = sizeof log_journal,
        .msg_control = &control,
        .msg_controllen = sizeof control.room};
    int fd = memfd_create("sweepd-log", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return false;
    control.header = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    bool sent =
        write(fd, entry, length) == (ssize_t)length &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0 &&
        sendmsg(log_journal_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
    close(fd);
    return sent;
}

/* False if the journal does not accept it. */
static bool log_send_entry(
    enum log_priority priority, const struct log_field *fields, const char *text)
{
    char *entry = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&entry, &length);
    if (stream == NULL)
        return false;
    fprintf(stream, "PRIORITY=%d\nSYSLOG_IDENTIFIER=sweepd\n", (int)priority);
    log_put_field(stream, "MESSAGE", text);
    for (; fields != NULL && fields->name != NULL; fields++)
        if (fields->value != NULL)
            log_put_field(stream, fields->name, fields->value);
    bool sent = !ferror(stream);
    if (fclose(stream) != 0)
        sent = false;
    if (sent && sendto(log_journal_fd, entry, length, MSG_DONTWAIT | MSG_NOSIGNAL,
                    (const struct sockaddr *)&log_journal, sizeof log_journal) < 0)
        sent = (errno == EMSGSIZE || errno == ENOBUFS) && log_send_file(entry, length);
    free(entry);
    return sent;
}

/* --- lines ---------------------------------------------------------------------------------- */

/* `text` is escaped. */
static void log_write_line(enum log_priority priority, const char *text)
{
    char line[LOG_TEXT_MAX + 16];
    int length;
    if (log_stderr_is_stream)
        length = snprintf(line, sizeof line, "<%d>%s\n", (int)priority, text);
    else
        length = snprintf(line, sizeof line, "sweepd: %s\n", text);
    /* One write(), so that lines of several processes do not mix. There is no place to report a
     * failure. */
    ssize_t written;
    do
        written = write(STDERR_FILENO, line, (size_t)length);
    while (written < 0 && errno == EINTR);
}

__attribute__((format(printf, 3, 0))) static void log_arguments(enum log_priority priority,
    const struct log_field *fields, const char *format, va_list arguments)
{
    char text[LOG_TEXT_MAX], safe[LOG_TEXT_MAX];
    if ((int)priority > log_level)
        return;
    text_vformat(text, sizeof text, format, arguments);
    log_escape(safe, sizeof safe, text);
    if (log_journal_fd < 0 || !log_send_entry(priority, fields, safe))
        log_write_line(priority, safe);
}

void log_event(enum log_priority priority, const struct log_field *fields, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_arguments(priority, fields, format, arguments);
    va_end(arguments);
}

void log_line(enum log_priority priority, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    log_arguments(priority, NULL, format, arguments);
    va_end(arguments);
}
