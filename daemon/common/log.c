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

static _Atomic int least_important = LOG_FACT;
static bool to_journal;     /* a journal reads what is written to standard error */
static int journal_fd = -1; /* … and takes entries at this address, by this socket */
static struct sockaddr_un journal;

void log_limit(enum log_priority least)
{
    least_important = (int)least;
}

void log_init_to(const char *path)
{
    to_journal = true;
    journal = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (journal_fd >= 0)
        close(journal_fd);
    journal_fd = -1;
    if (strlen(path) < sizeof journal.sun_path)
        journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(journal.sun_path, sizeof journal.sun_path, "%s", path);
}

void log_init(void)
{
    /* The variable is inherited by everything below a service, also by programs whose stderr is
     * redirected. It names device and inode of the journal's stream, which tells the two apart. */
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    char here[64];
    to_journal = false;
    if (stream == NULL || fstat(STDERR_FILENO, &status) != 0)
        return;
    snprintf(here, sizeof here, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    to_journal = strcmp(stream, here) == 0;
    /* The journal's stream is a socket; others let it name a file and read that. */
    if (to_journal && S_ISSOCK(status.st_mode))
        log_init_to("/run/systemd/journal/socket");
}

void log_escape(char *out, size_t size, const char *text)
{
    sweep_escape(out, size, text, strlen(text));
}

/* --- the journal ---------------------------------------------------------------------------- */

/* An entry is lines of NAME=value, or, when the value has several lines, NAME, its length in 8
 * bytes (least first) and the value, each on a line. */
static void put_field(FILE *entry, const char *name, const char *value)
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

/* In a sealed file instead, which the journal reads without fear that it changes. */
static bool send_file(const char *entry, size_t length)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_name = &journal,
        .msg_namelen = sizeof journal,
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
        sendmsg(journal_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
    close(fd);
    return sent;
}

/* False when the journal does not take it, now or at all. */
static bool send_entry(enum log_priority priority, const struct log_field *fields, const char *text)
{
    char *entry = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&entry, &length);
    if (stream == NULL)
        return false;
    fprintf(stream, "PRIORITY=%d\nSYSLOG_IDENTIFIER=sweepd\n", (int)priority);
    put_field(stream, "MESSAGE", text);
    for (; fields != NULL && fields->name != NULL; fields++)
        if (fields->value != NULL)
            put_field(stream, fields->name, fields->value);
    bool sent = !ferror(stream);
    sent = fclose(stream) == 0 && sent;
    if (sent && sendto(journal_fd, entry, length, MSG_DONTWAIT | MSG_NOSIGNAL,
                    (const struct sockaddr *)&journal, sizeof journal) < 0)
        sent = (errno == EMSGSIZE || errno == ENOBUFS) && send_file(entry, length);
    free(entry);
    return sent;
}

/* --- lines ---------------------------------------------------------------------------------- */

/* `text` is escaped. */
static void write_line(enum log_priority priority, const char *text)
{
    char line[LOG_TEXT_MAX + 16];
    int length = to_journal ? snprintf(line, sizeof line, "<%d>%s\n", (int)priority, text)
                            : snprintf(line, sizeof line, "sweepd: %s\n", text);
    /* One write, so that lines of several processes do not mix. Where it cannot be written there is
     * no better place to say so. */
    ssize_t written;
    do
        written = write(STDERR_FILENO, line, (size_t)length);
    while (written < 0 && errno == EINTR);
}

__attribute__((format(printf, 3, 0))) static void log_arguments(enum log_priority priority,
    const struct log_field *fields, const char *format, va_list arguments)
{
    char text[LOG_TEXT_MAX], safe[LOG_TEXT_MAX];
    if ((int)priority > least_important)
        return;
    vsnprintf(text, sizeof text, format, arguments);
    log_escape(safe, sizeof safe, text);
    if (journal_fd < 0 || !send_entry(priority, fields, safe))
        write_line(priority, safe);
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
