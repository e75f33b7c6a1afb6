/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/common/clock.h"
#include "daemon/common/spawn.h"
#include "daemon/slurm/ask.h"
#include "lib/util/cleanup.h"

/* --- environment ---------------------------------------------------------------------------- */

static bool ask_keeps_variable(const char *variable)
{
    static const char *const prefixes[] = {"SBATCH_", "SLURM_", "SQUEUE_", "SINFO_", "SACCT_",
        "SCANCEL_", "SALLOC_", "SCONTROL_", "SLURMD_"};
    if (strncmp(variable, "SLURM_CONF=", 11) == 0)
        return true;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0)
            return false;
    return true;
}

/* The array is the caller's, its strings are not; NULL if memory ran out. */
static char **ask_environment(void)
{
    size_t n = 0, kept = 0;
    while (environ[n] != NULL)
        n++;
    char **environment = malloc((n + 1) * sizeof *environment);
    if (environment == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (ask_keeps_variable(environ[i]))
            environment[kept++] = environ[i];
    environment[kept] = NULL;
    return environment;
}

/* --- running a program ---------------------------------------------------------------------- */

struct ask_child {
    pid_t pid;
    int out_fd, err_fd; /* ends of pipes, ours */
    struct spawn_output out, err;
    bool complete; /* false: it took too long and was killed */
    int exit_status;
};

/* 0, or an errno value. */
static int ask_start(const char *const argv[], struct ask_child *child)
{
    CLEANUP_FREE char **environment = ask_environment();
    CLEANUP_FD int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out[2] = {-1, -1}, err[2] = {-1, -1}, failure = ENOMEM;
    if (environment != NULL) {
        if (input < 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
            failure = errno;
        else
            failure = spawn_with_environment((char *const *)argv, environment,
                (const int[]){input, out[1], err[1]}, &child->pid);
    }
    if (out[1] >= 0)
        close(out[1]);
    if (err[1] >= 0)
        close(err[1]);
    child->out_fd = out[0];
    child->err_fd = err[0];
    return failure;
}

/* Keeps what is ready to be read. False at the end of the file. */
static bool ask_read(int fd, struct spawn_output *output)
{
    char block[65536];
    ssize_t n = read(fd, block, sizeof block);
    if (n > 0)
        spawn_keep(output, block, (size_t)n);
    return n > 0 || (n < 0 && errno == EINTR);
}

/* Reads both pipes to their end. False if that takes too long. */
static bool ask_collect(struct ask_child *child, int timeout_ms)
{
    struct pollfd files[2] = {
        {.fd = child->out_fd, .events = POLLIN}, {.fd = child->err_fd, .events = POLLIN}};
    struct spawn_output *outputs[2] = {&child->out, &child->err};
    int64_t end_ms = clock_ms() + timeout_ms;
    while (files[0].fd >= 0 || files[1].fd >= 0) {
        int64_t left_ms = end_ms - clock_ms();
        if (left_ms <= 0 || poll(files, 2, (int)left_ms) == 0)
            return false;
        for (int i = 0; i < 2; i++)
            if (files[i].fd >= 0 && files[i].revents != 0 && !ask_read(files[i].fd, outputs[i]))
                files[i].fd = -1; /* poll() skips it */
    }
    return true;
}

/* Waits for a program that has closed its output, or was killed. */
static int ask_wait(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    return 128 + WTERMSIG(status);
}

/* Runs a program to its end. 0, or an errno value if it could not be started. */
static int ask_capture(const char *const argv[], int timeout_ms, struct ask_child *child)
{
    child->out.max = ASK_MAX_OUTPUT;
    child->err.max = ASK_MAX_ERRORS;
    int failure = ask_start(argv, child);
    if (failure == 0) {
        child->complete = ask_collect(child, timeout_ms);
        if (!child->complete)
            kill(-child->pid, SIGKILL);
        child->exit_status = ask_wait(child->pid);
    }
    if (child->out_fd >= 0)
        close(child->out_fd);
    if (child->err_fd >= 0)
        close(child->err_fd);
    return failure;
}

static void ask_free_child(struct ask_child *child)
{
    strbuf_deinit(&child->out.text);
    strbuf_deinit(&child->err.text);
}

/* --- what the answer means ------------------------------------------------------------------ */

/* The first error message, without the "sbatch: error: " that it begins with. */
static void ask_set_reason(struct ask_reply *reply, const char *errors)
{
    static const char *const prefixes[] = {"sbatch: ", "squeue: ", "scontrol: ", "sinfo: ",
        "sacct: ", "scancel: ", "error: ", "fatal: "};
    errors += strspn(errors, "\n ");
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(errors, prefixes[i], strlen(prefixes[i])) == 0)
            errors += strlen(prefixes[i]);
    snprintf(reply->reason, sizeof reply->reason, "%.*s", (int)strcspn(errors, "\n"), errors);
}

/* True if the client did not reach the controller, or the controller its database. */
static bool ask_is_unreachable(const char *errors)
{
    static const char *const texts[] = {"Unable to contact slurm controller",
        "Socket timed out on send/recv", "Munge encode failed", "Munge decode failed",
        "Protocol authentication error", "Connection refused", "Zero Bytes were transmitted",
        "Unable to establish controller machine", "Slurm temporarily unable to accept job",
        "Resource temporarily unavailable", "Slurm backup controller in standby mode",
        "Problem talking to the database", "Unable to contact slurmdbd",
        "slurm_persist_conn_open_without_init", "Unexpected message received"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcasestr(errors, texts[i]) != NULL)
            return true;
    return false;
}

static enum ask_answer ask_judge(
    const struct spawn_output *out, const char *errors, struct ask_reply *reply)
{
    if (reply->exit_status == 0 && !out->cut)
        return ASK_DONE;
    if (reply->exit_status == 0) {
        snprintf(reply->reason, sizeof reply->reason, "it printed too much, or memory ran out");
        return ASK_CANNOT_RUN;
    }
    if (*errors != '\0')
        ask_set_reason(reply, errors);
    else
        ask_set_reason(reply, strbuf_string(&out->text));
    if (*reply->reason == '\0')
        snprintf(reply->reason, sizeof reply->reason, "exit status %d", reply->exit_status);
    if (ask_is_unreachable(errors))
        return ASK_NO_ANSWER;
    if (strstr(errors, "Invalid job id specified") == NULL)
        return ASK_REFUSED;
    /* A controller that is just starting says this of every job. */
    return ask_ping() ? ASK_NO_JOB : ASK_NO_ANSWER;
}

static enum ask_answer ask_start_failed(const char *program, int failure, struct ask_reply *reply)
{
    if (failure == ENOENT) {
        snprintf(reply->reason, sizeof reply->reason, "%s is not on PATH", program);
        return ASK_NOT_FOUND;
    }
    snprintf(reply->reason, sizeof reply->reason, "cannot run %s: %s", program, strerror(failure));
    return ASK_CANNOT_RUN;
}

enum ask_answer ask_run(const char *const argv[], int timeout_ms, struct ask_reply *reply)
{
    struct ask_child child = {0};
    enum ask_answer answer;
    ask_reply_deinit(reply);
    *reply = (struct ask_reply){0};
    int failure = ask_capture(argv, timeout_ms, &child);
    reply->exit_status = child.exit_status;
    if (failure != 0) {
        answer = ask_start_failed(argv[0], failure, reply);
    } else if (child.complete) {
        answer = ask_judge(&child.out, strbuf_string(&child.err.text), reply);
    } else {
        answer = ASK_NO_ANSWER;
        snprintf(reply->reason, sizeof reply->reason, "no answer within %g s", timeout_ms / 1000.0);
    }
    reply->output = child.out.text; /* ours now */
    child.out.text = (struct strbuf){0};
    ask_free_child(&child);
    return answer;
}

void ask_reply_deinit(struct ask_reply *reply)
{
    strbuf_deinit(&reply->output);
}

bool ask_ping(void)
{
    static const char *const argv[] = {"scontrol", "ping", NULL};
    struct ask_child child = {0};
    bool is_up = false;
    /* Its exit status does not count: it is 1 if only the backup controller is up. */
    if (ask_capture(argv, ASK_TIMEOUT_MS, &child) == 0 && child.complete)
        is_up = strstr(strbuf_string(&child.out.text), "is UP") != NULL;
    ask_free_child(&child);
    return is_up;
}

bool ask_next_row(char **rest, char *fields[], size_t n)
{
    char *line = *rest;
    if (*line == '\0')
        return false;
    char *end = line + strcspn(line, "\n");
    *rest = *end == '\n' ? end + 1 : end;
    *end = '\0';
    for (size_t i = 0; i < n; i++) {
        fields[i] = line;
        char *separator = line + strcspn(line, ASK_SEPARATOR);
        line = separator;
        if (*separator != '\0')
            *line++ = '\0';
    }
    return true;
}
