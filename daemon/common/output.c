/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/common/exit_codes.h"
#include "daemon/common/output.h"

/* Of the first flush that failed; 0 if none has, or if it is not known. */
static int output_failure;

void output_start(void)
{
    /* Opened the wrong way round, so that using one is an error as if it were closed. */
    static const int flags[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", flags[fd]); /* the lowest free descriptor: this one */
    }
}

int output_flush(void)
{
    if (fflush(stdout) != 0 && output_failure == 0)
        output_failure = errno;
    if (output_failure != 0 || ferror(stdout))
        return EXIT_OUTPUT;
    return EXIT_DONE;
}

int output_finish(const char *program, int code)
{
    if (output_flush() == EXIT_DONE)
        return code;
    /* A write between two flushes has failed: stdio does not say why. */
    const char *why = "output was lost";
    if (output_failure != 0)
        why = strerror(output_failure);
    fprintf(stderr, "%s: cannot write to stdout: %s\n", program, why);
    if (code == EXIT_DONE)
        return EXIT_OUTPUT;
    return code;
}
