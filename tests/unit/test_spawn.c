/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "daemon/common/spawn.h"
#include "lib/util/file.h"
#include "tests/unit/check_main.h"

/* Runs a shell command to its end. Its output and errors go to `out`; its wait status. */
static int run(const char *command, struct strbuf *out)
{
    int ends[2], status;
    pid_t pid, group;
    char *const argv[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(input, 0);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_eq(spawn_program(argv, (const int[]){input, ends[1], ends[1]}, &pid), 0);
    group = getpgid(pid);
    close(input);
    close(ends[1]);
    ck_assert_int_eq(file_read_all(ends[0], 1000, out), 0);
    close(ends[0]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(group, pid);
    return status;
}

START_TEST(its_files_and_its_exit_status)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    int status = run("echo out; echo err >&2; cat; exit 7", &out);
    ck_assert_str_eq(out.data, "out\nerr\n");
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}
END_TEST

/* Signals that we ignore or block must not be ignored or blocked in the program. */
START_TEST(its_signals)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
    void (*handler)(int) = signal(SIGTERM, SIG_IGN);
    int status = run("kill -TERM $$; echo survived", &out);
    signal(SIGTERM, handler);
    sigprocmask(SIG_SETMASK, &before, NULL);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    ck_assert_str_eq(out.data, "");
}
END_TEST

START_TEST(a_missing_program)
{
    pid_t pid;
    char *const argv[] = {(char *)"/nonexistent", NULL};
    ck_assert_int_eq(spawn_program(argv, (const int[]){0, 1, 2}, &pid), ENOENT);
}
END_TEST

START_TEST(output_up_to_a_limit)
{
    struct spawn_output output = {.max = 5};
    spawn_keep(&output, "abc", 3);
    ck_assert_str_eq(output.text.data, "abc");
    spawn_keep(&output, "de", 2);
    ck_assert(!output.cut);
    spawn_keep(&output, "f", 1);
    ck_assert_str_eq(output.text.data, "abcde");
    ck_assert(output.cut);
    strbuf_deinit(&output.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spawn");
    TCase *tc = add_case(suite, "spawn");
    tcase_add_test(tc, its_files_and_its_exit_status);
    tcase_add_test(tc, its_signals);
    /* valgrind replaces vfork() by fork(), so that posix_spawn() does not see the failed exec. */
    if (!under_valgrind())
        tcase_add_test(tc, a_missing_program);
    tcase_add_test(tc, output_up_to_a_limit);
    return check_main(suite);
}
