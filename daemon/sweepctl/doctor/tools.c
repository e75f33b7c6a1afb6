/* SPDX-License-Identifier: Apache-2.0
 *
 * What sweepd works with: an installed torchtune, and Slurm.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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
enum { PATIENCE_MS = 5000, OUTPUT_SIZE = 65536 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Starts a program of PATH, in a process group of its own; its output and errors go to `fd`. */
static int start(const char *const argv[], int fd, pid_t *child)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fd, STDERR_FILENO);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    int failure = posix_spawnp(child, argv[0], &actions, &attributes, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

/* What the program prints, cut off where `out` ends; the rest is read all the same. False when time
 * is up. */
static bool collect(int fd, char out[OUTPUT_SIZE])
{
    int64_t end_ms = now_ms() + PATIENCE_MS;
    size_t used = 0;
    char rest[4096];
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        int64_t left_ms = end_ms - now_ms();
        if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) == 0)
            break;
        bool room = used < OUTPUT_SIZE - 1;
        ssize_t n = read(fd, room ? out + used : rest, room ? OUTPUT_SIZE - 1 - used : sizeof rest);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            out[used] = '\0';
            return n == 0;
        }
        used += room ? (size_t)n : 0;
    }
    out[used] = '\0';
    return false;
}

enum answer { ANSWERED, NOT_FOUND, REFUSED, TOO_LATE };

static enum answer ask(const char *const argv[], char out[OUTPUT_SIZE])
{
    int ends[2], status = 0;
    pid_t child;
    out[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0)
        return REFUSED;
    int failure = start(argv, ends[1], &child);
    close(ends[1]);
    if (failure != 0) {
        close(ends[0]);
        return failure == ENOENT ? NOT_FOUND : REFUSED;
    }
    bool complete = collect(ends[0], out);
    close(ends[0]);
    /* One that has closed its output and goes on is of no use either. */
    if (!complete)
        kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return !complete                                       ? TOO_LATE
           : WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ANSWERED
                                                           : REFUSED;
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
    struct doctor *doctor, const char *command, enum answer answer, char out[OUTPUT_SIZE])
{
    out[strcspn(out, "\n")] = '\0';
    if (answer == NOT_FOUND)
        doctor_say(doctor, DOCTOR_WARN, "slurm", "run submit.sh on a machine that has it",
            "%s: not on PATH", command);
    else if (answer == TOO_LATE)
        doctor_say(
            doctor, DOCTOR_WARN, "slurm", "scontrol ping", "%s: no answer within 5 s", command);
    else
        doctor_say(doctor, DOCTOR_WARN, "slurm", "scontrol ping", "%s fails: %s", command,
            out[0] != '\0' ? out : "it says nothing");
}

void doctor_slurm(struct doctor *doctor)
{
    static const char *const version[] = {"sbatch", "--version", NULL};
    static const char *const config[] = {"scontrol", "show", "config", NULL};
    static char out[OUTPUT_SIZE];
    enum answer answer = ask(version, out);
    if (answer != ANSWERED) {
        say_no_answer(doctor, "sbatch --version", answer, out);
        return;
    }
    out[strcspn(out, "\n")] = '\0';
    doctor_say(doctor, DOCTOR_OK, "slurm", NULL, "%s", out);
    answer = ask(config, out);
    if (answer == ANSWERED)
        say_array_size(doctor, out);
    else
        say_no_answer(doctor, "scontrol show config", answer, out);
}
