/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "daemon/common/spawn.h"

static int spawn_set_up(
    posix_spawnattr_t *attributes, posix_spawn_file_actions_t *actions, const int files[3])
{
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setsigmask(attributes, &none);
    for (int fd = 0; fd < 3; fd++) {
        int failure = posix_spawn_file_actions_adddup2(actions, files[fd], fd);
        if (failure != 0)
            return failure;
    }
    return 0;
}

int spawn_program(char *const *argv, const int files[3], pid_t *pid)
{
    return spawn_with_environment(argv, environ, files, pid);
}

int spawn_with_environment(
    char *const *argv, char *const *environment, const int files[3], pid_t *pid)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int failure = posix_spawnattr_init(&attributes);
    if (failure != 0)
        return failure;
    failure = posix_spawn_file_actions_init(&actions);
    if (failure == 0) {
        failure = spawn_set_up(&attributes, &actions, files);
        if (failure == 0)
            failure = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return failure;
}

void spawn_keep(struct spawn_output *output, const char *bytes, size_t length)
{
    size_t room = output->max - output->text.length;
    if (length > room) {
        length = room;
        output->cut = true;
    }
    strbuf_append(&output->text, bytes, length);
    if (output->text.oom)
        output->cut = true;
}
