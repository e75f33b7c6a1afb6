/* SPDX-License-Identifier: Apache-2.0
 *
 * What sweepd works with: an installed torchtune, and Slurm.
 */
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
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/doctor/doctor.h"

/* --- torchtune ------------------------------------------------------------------------------ */

void doctor_torchtune(struct doctor *doctor)
{
    struct sweep_error error = {0};
    struct sweep_base_info base;
    const char *source;
    size_t counts[3] = {0}; /* of base configs, by origin */
    struct sweep_trainer *trainer = cli_find_trainer(doctor->torchtune, NULL, &source, &error);
    if (trainer == NULL) {
        doctor_say(doctor, DOCTOR_FAIL, "torchtune",
            "set SWEEPD_TORCHTUNE or --torchtune to its virtual environment", "%s (%s)",
            error.message, source != NULL ? source : "built in");
        return;
    }
    for (size_t i = 0; sweep_trainer_base(trainer, i, &base); i++)
        counts[base.origin]++;
    const char *name = sweep_trainer_name(trainer), *version = sweep_trainer_version(trainer);
    if (source != NULL)
        doctor_say(doctor, DOCTOR_OK, "torchtune", NULL, "%s %s (%s): %zu base configs installed",
            name, version, source, counts[SWEEP_BASE_INSTALLED]);
    else
        doctor_say(doctor, DOCTOR_OK, "torchtune", NULL,
            "%s %s (built in): %zu base configs; for the other %zu set SWEEPD_TORCHTUNE or "
            "--torchtune to an installed one",
            name, version, counts[SWEEP_BASE_EMBEDDED], counts[SWEEP_BASE_ABSENT]);
    sweep_trainer_free(trainer);
}

/* --- running a command ---------------------------------------------------------------------- */

/* How long a command may take. Clients of a controller that is down wait for longer. */
enum { TOOLS_TIMEOUT_MS = 5000, TOOLS_MAX_OUTPUT = 65536 };

enum tools_answer { TOOLS_DONE, TOOLS_NOT_FOUND, TOOLS_FAILED, TOOLS_TIMEOUT };

/* Starts a program whose output and errors can be read from *fd, the caller's. 0 or an errno. */
static int tools_start(const char *const argv[], pid_t *child, int *fd)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    int failure = 0, input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0)
        failure = errno;
    else
        failure = spawn_program((char *const *)argv, (const int[]){input, ends[1], ends[1]}, child);
    if (input >= 0)
        close(input);
    close(ends[1]);
    if (failure == 0)
        *fd = ends[0];
    else
        close(ends[0]);
    return failure;
}

/* Reads to the end, also what exceeds the limit. False on a timeout, or if reading fails. */
static bool tools_collect(int fd, struct spawn_output *output)
{
    int64_t end_ms = clock_ms() + TOOLS_TIMEOUT_MS;
    char block[4096];
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int64_t left_ms = end_ms - clock_ms();
        if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) == 0)
            return false;
        ssize_t n = read(fd, block, sizeof block);
        if (n == 0)
            return true;
        if (n > 0)
            spawn_keep(output, block, (size_t)n);
        else if (errno != EINTR)
            return false;
    }
}

/* Runs a program; *text is what it printed, the caller's, or NULL. */
static enum tools_answer tools_ask(const char *const argv[], char **text)
{
    struct spawn_output output = {.max = TOOLS_MAX_OUTPUT};
    int fd = -1, status = 0;
    pid_t child;
    *text = NULL;
    int failure = tools_start(argv, &child, &fd);
    if (failure == ENOENT)
        return TOOLS_NOT_FOUND;
    if (failure != 0)
        return TOOLS_FAILED;
    bool complete = tools_collect(fd, &output);
    close(fd);
    if (!complete)
        kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    *text = strbuf_steal(&output.text);
    if (!complete)
        return TOOLS_TIMEOUT;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && *text != NULL)
        return TOOLS_DONE;
    return TOOLS_FAILED;
}

static void tools_keep_first_line(char *text)
{
    text[strcspn(text, "\n")] = '\0';
}

/* --- Slurm ---------------------------------------------------------------------------------- */

/* The number after "MaxArraySize =" in the output of `scontrol show config`; 0 if not found. */
static unsigned long tools_max_array_size(const char *config)
{
    const char *line = strstr(config, "\nMaxArraySize");
    if (line == NULL)
        return 0;
    const char *equals = strchr(line, '=');
    if (equals == NULL)
        return 0;
    return strtoul(equals + 1, NULL, 10);
}

static void tools_report_array_size(struct doctor *doctor, const char *config)
{
    /* The default of "array_size" in a spec. */
    enum { ARRAY_SIZE = 1000 };
    char todo[96];
    unsigned long max = tools_max_array_size(config);
    snprintf(todo, sizeof todo, "in specs: \"slurm\": {\"array_size\": %lu}", max);
    if (max == 0)
        doctor_say(doctor, DOCTOR_WARN, "slurm-arrays", NULL,
            "scontrol show config does not print MaxArraySize");
    else if (max < ARRAY_SIZE)
        doctor_say(doctor, DOCTOR_WARN, "slurm-arrays", todo,
            "MaxArraySize is %lu: sbatch refuses arrays of %d tasks", max, ARRAY_SIZE);
    else
        doctor_say(doctor, DOCTOR_OK, "slurm-arrays", NULL, "MaxArraySize is %lu", max);
}

/* `text` is what the command printed, or NULL. */
static void tools_report_no_answer(
    struct doctor *doctor, const char *command, enum tools_answer answer, char *text)
{
    const char *reason = "it prints nothing";
    if (answer == TOOLS_NOT_FOUND) {
        doctor_say(doctor, DOCTOR_WARN, "slurm", "run submit.sh on a machine that has Slurm",
            "%s: not on PATH", command);
        return;
    }
    if (answer == TOOLS_TIMEOUT) {
        doctor_say(doctor, DOCTOR_WARN, "slurm", "scontrol ping", "%s: no answer within %d s",
            command, TOOLS_TIMEOUT_MS / 1000);
        return;
    }
    if (text != NULL && *text != '\0') {
        tools_keep_first_line(text);
        reason = text;
    }
    doctor_say(doctor, DOCTOR_WARN, "slurm", "scontrol ping", "%s failed: %s", command, reason);
}

void doctor_slurm(struct doctor *doctor)
{
    static const char *const version[] = {"sbatch", "--version", NULL};
    static const char *const config[] = {"scontrol", "show", "config", NULL};
    char *text;
    enum tools_answer answer = tools_ask(version, &text);
    if (answer == TOOLS_DONE) {
        tools_keep_first_line(text);
        doctor_say(doctor, DOCTOR_OK, "slurm", NULL, "%s", text);
    } else {
        tools_report_no_answer(doctor, "sbatch --version", answer, text);
    }
    free(text);
    if (answer != TOOLS_DONE)
        return;
    answer = tools_ask(config, &text);
    if (answer == TOOLS_DONE)
        tools_report_array_size(doctor, text);
    else
        tools_report_no_answer(doctor, "scontrol show config", answer, text);
    free(text);
}
