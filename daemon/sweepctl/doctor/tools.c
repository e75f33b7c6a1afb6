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
#include "daemon/sweepctl/doctor/doctor.h"
#include "sweep/trainer.h"

/* --- torchtune ------------------------------------------------------------------------------ */

/* Where sweepctl looks, in its order; `how` says which it was. NULL with `error` filled. */
static struct sweep_trainer *find(
    const char *torchtune, const char **how, struct sweep_error *error)
{
    const char *variable = getenv("SWEEPD_TORCHTUNE"), *active = getenv("VIRTUAL_ENV");
    struct sweep_trainer *trainer = NULL;
    *how = "given";
    if (torchtune == NULL && variable != NULL && *variable != '\0') {
        torchtune = variable;
        *how = "SWEEPD_TORCHTUNE";
    }
    if (torchtune == NULL && active != NULL &&
        sweep_trainer_new(active, &trainer, NULL) == SWEEP_OK) {
        *how = "VIRTUAL_ENV";
        return trainer;
    }
    if (torchtune == NULL)
        *how = NULL;
    return sweep_trainer_new(torchtune, &trainer, error) == SWEEP_OK ? trainer : NULL;
}

void doctor_torchtune(struct doctor *doctor)
{
    struct sweep_error error = {0};
    struct sweep_base_info base;
    const char *how;
    size_t counts[3] = {0};
    struct sweep_trainer *trainer = find(doctor->torchtune, &how, &error);
    if (trainer == NULL) {
        doctor_say(doctor, DOCTOR_FAIL, "torchtune",
            "name its virtual environment, with SWEEPD_TORCHTUNE or --torchtune", "%s (%s)",
            error.message, how != NULL ? how : "embedded");
        return;
    }
    for (size_t i = 0; sweep_trainer_base(trainer, i, &base); i++)
        counts[base.origin]++;
    if (how != NULL)
        doctor_say(doctor, DOCTOR_OK, "torchtune", NULL, "%s %s, by %s: %zu base configs installed",
            sweep_trainer_name(trainer), sweep_trainer_version(trainer), how,
            counts[SWEEP_BASE_INSTALLED]);
    else
        doctor_say(doctor, DOCTOR_OK, "torchtune", NULL,
            "%s %s, as it is compiled in: %zu base configs; for the other %zu name an installed "
            "one with SWEEPD_TORCHTUNE or --torchtune",
            sweep_trainer_name(trainer), sweep_trainer_version(trainer),
            counts[SWEEP_BASE_EMBEDDED], counts[SWEEP_BASE_ABSENT]);
    sweep_trainer_free(trainer);
}

/* --- Slurm ---------------------------------------------------------------------------------- */

/* How long a command may take. A controller that is down lets its clients wait for longer. */
enum { PATIENCE_MS = 5000, MAX_OUTPUT = 65536 };

/* Starts a program whose output and errors can be read from *fd, the caller's. 0 or an errno value.
 */
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

/* Reads to the end, also what exceeds the limit. False when time is up or reading fails. */
static bool tools_collect(int fd, struct spawn_output *output)
{
    int64_t end_ms = clock_ms() + PATIENCE_MS;
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

enum answer { ANSWERED, NOT_FOUND, REFUSED, TOO_LATE };

/* Runs a program; *text is what it printed, the caller's, or NULL. */
static enum answer tools_ask(const char *const argv[], char **text)
{
    struct spawn_output output = {.max = MAX_OUTPUT};
    int fd = -1, status = 0;
    pid_t child;
    *text = NULL;
    int failure = tools_start(argv, &child, &fd);
    if (failure != 0)
        return failure == ENOENT ? NOT_FOUND : REFUSED;
    bool complete = tools_collect(fd, &output);
    close(fd);
    /* One that has closed its output and goes on is of no use either. */
    if (!complete)
        kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    *text = strbuf_steal(&output.text);
    if (!complete)
        return TOO_LATE;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && *text != NULL)
        return ANSWERED;
    return REFUSED;
}

/* The number behind "MaxArraySize =" in what `scontrol show config` prints; 0: not found. */
static unsigned long max_array_size(const char *config)
{
    const char *line = strstr(config, "\nMaxArraySize");
    const char *equals = line != NULL ? strchr(line, '=') : NULL;
    return equals != NULL ? strtoul(equals + 1, NULL, 10) : 0;
}

static void say_array_size(struct doctor *doctor, const char *config)
{
    /* What "array_size" is when a spec does not say. */
    enum { ARRAY_SIZE = 1000 };
    char todo[96];
    unsigned long most = max_array_size(config);
    snprintf(todo, sizeof todo, "in specs: \"slurm\": {\"array_size\": %lu}", most);
    if (most == 0)
        doctor_say(
            doctor, DOCTOR_WARN, "slurm-arrays", NULL, "scontrol does not know MaxArraySize");
    else if (most < ARRAY_SIZE)
        doctor_say(doctor, DOCTOR_WARN, "slurm-arrays", todo,
            "MaxArraySize is %lu: sbatch refuses arrays of %d tasks", most, ARRAY_SIZE);
    else
        doctor_say(doctor, DOCTOR_OK, "slurm-arrays", NULL, "MaxArraySize is %lu", most);
}

static void say_no_answer(
    struct doctor *doctor, const char *command, enum answer answer, char *text)
{
    if (text != NULL)
        text[strcspn(text, "\n")] = '\0';
    if (answer == NOT_FOUND)
        doctor_say(doctor, DOCTOR_WARN, "slurm", "run submit.sh on a machine that has it",
            "%s: not on PATH", command);
    else if (answer == TOO_LATE)
        doctor_say(
            doctor, DOCTOR_WARN, "slurm", "scontrol ping", "%s: no answer within 5 s", command);
    else
        doctor_say(doctor, DOCTOR_WARN, "slurm", "scontrol ping", "%s fails: %s", command,
            text != NULL && text[0] != '\0' ? text : "it says nothing");
}

void doctor_slurm(struct doctor *doctor)
{
    static const char *const version[] = {"sbatch", "--version", NULL};
    static const char *const config[] = {"scontrol", "show", "config", NULL};
    char *text;
    enum answer answer = tools_ask(version, &text);
    if (answer == ANSWERED) {
        text[strcspn(text, "\n")] = '\0';
        doctor_say(doctor, DOCTOR_OK, "slurm", NULL, "%s", text);
    } else {
        say_no_answer(doctor, "sbatch --version", answer, text);
    }
    free(text);
    if (answer != ANSWERED)
        return;
    answer = tools_ask(config, &text);
    if (answer == ANSWERED)
        say_array_size(doctor, text);
    else
        say_no_answer(doctor, "scontrol show config", answer, text);
    free(text);
}
