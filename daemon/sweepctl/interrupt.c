/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/sweepctl/interrupt.h"

enum {
    INTERRUPT_MAX_DEPTH = 4,    /* a stage has directories, but none in these */
    INTERRUPT_MAX_PASSES = 100, /* over a directory that changes while it is read */
};

static const int interrupt_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
static char interrupt_stage[PATH_MAX]; /* empty: none */
static struct fileat_path *interrupt_made;

/* What getdents64(2) fills; opendir() may allocate memory, which a signal handler must not. */
struct interrupt_dirent {
    uint64_t inode;
    int64_t offset;
    unsigned short size;
    unsigned char type;
    char name[];
};

/* --- in the handler: only functions that are async-signal-safe ------------------------------- */

static void interrupt_remove(int directory, const char *name, int depth);

/* Removes what is in the directory. False if that was nothing. */
static bool interrupt_empty(int fd, int depth)
{
    _Alignas(struct interrupt_dirent) char buffer[4096];
    bool found = false;
    long n;
    while ((n = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < n;) {
            const struct interrupt_dirent *entry = (const void *)(buffer + at);
            at += entry->size;
            if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
                continue;
            found = true;
            if (unlinkat(fd, entry->name, 0) != 0)
                interrupt_remove(fd, entry->name, depth + 1);
        }
    }
    return found;
}

static void interrupt_remove(int directory, const char *name, int depth)
{
    int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || depth > INTERRUPT_MAX_DEPTH)
        return;
    for (int pass = 0; pass < INTERRUPT_MAX_PASSES && interrupt_empty(fd, depth); pass++)
        (void)lseek(fd, 0, SEEK_SET);
    close(fd);
    (void)unlinkat(directory, name, AT_REMOVEDIR);
}

static void interrupt_on_signal(int number)
{
    struct sigaction as_usual = {.sa_handler = SIG_DFL};
    if (interrupt_stage[0] != '\0')
        interrupt_remove(AT_FDCWD, interrupt_stage, 0);
    if (interrupt_made != NULL)
        fileat_unmake_path(interrupt_made);
    sigaction(number, &as_usual, NULL);
    raise(number); /* blocked until the handler returns */
}

/* --- outside of it -------------------------------------------------------------------------- */

static void interrupt_set_handler(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler}, before;
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof interrupt_signals / sizeof *interrupt_signals; i++) {
        int number = interrupt_signals[i];
        if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(number, &action, NULL);
    }
}

void interrupt_guard(const char *queue, const char *stage, struct fileat_path *made)
{
    interrupt_release();
    int length = snprintf(interrupt_stage, sizeof interrupt_stage, "%s/%s", queue, stage);
    if (length >= (int)sizeof interrupt_stage) {
        interrupt_stage[0] = '\0';
        return;
    }
    interrupt_made = made;
    interrupt_set_handler(interrupt_on_signal);
}

void interrupt_release(void)
{
    interrupt_set_handler(SIG_DFL);
    interrupt_stage[0] = '\0';
    interrupt_made = NULL;
}
