/* SPDX-License-Identifier: Apache-2.0
 *
 * One daemon a directory: against a living process, a dead one, another boot, another machine.
 */
#include <signal.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "daemon/spool/lock.h"
#include "tests/unit/check_main.h"

static int directory;
static char said[400];

static void open_directory(void)
{
    directory = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void close_directory(void)
{
    close(directory);
}

static void leave_line(const char *host, const char *boot, long process)
{
    int fd = openat(directory, ".lock", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dprintf(fd, "%s %s %ld\n", host, boot, process);
    close(fd);
}

static enum lock_result take(bool shared, int *fd)
{
    struct lock_request request = {
        .directory = directory, .name = ".lock", .path = "SPECS/.claimed", .shared = shared};
    return lock_take(&request, fd, said, sizeof said);
}

START_TEST(taken_and_given_back)
{
    int fd;
    ck_assert_int_eq(take(true, &fd), LOCK_OURS);
    ck_assert_str_eq(said, "");
    lock_give(&fd);
    ck_assert_int_eq(fd, -1);
    ck_assert_int_eq(take(true, &fd), LOCK_OURS);
    ck_assert_str_eq(said, "");
    lock_give(&fd);
}
END_TEST

START_TEST(a_living_one_keeps_it)
{
    int pipes[2], fd;
    char byte;
    ck_assert_int_eq(pipe(pipes), 0);
    pid_t other = fork();
    if (other == 0) {
        (void)!write(pipes[1], take(false, &fd) == LOCK_OURS ? "y" : "n", 1);
        pause();
        _exit(0);
    }
    ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
    ck_assert_int_eq(byte, 'y');
    ck_assert_int_eq(take(false, &fd), LOCK_OTHERS);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "another sweepd, process %ld on ", (long)other);
    ck_assert_msg(strstr(said, wanted) != NULL, "%s", said);
    /* Killed, it leaves its line, which is reported but does not prevent taking the lock. */
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    ck_assert_int_eq(take(false, &fd), LOCK_OURS);
    ck_assert_msg(strstr(said, "did not shut down cleanly") != NULL, "%s", said);
    ck_assert_msg(strstr(said, "rebooted") == NULL, "%s", said);
    lock_give(&fd);
}
END_TEST

/* Any process of the same user can lock the file. */
START_TEST(a_holder_that_is_not_a_sweepd)
{
    int fd;
    char wanted[64];
    leave_line("", "", 0);
    int held = openat(directory, ".lock", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(flock(held, LOCK_SH), 0);
    ck_assert_int_eq(take(false, &fd), LOCK_OTHERS);
    snprintf(wanted, sizeof wanted, "process %ld keeps its lock", (long)getpid());
    ck_assert_msg(
        strstr(said, wanted) != NULL && strstr(said, "another sweepd") == NULL, "%s", said);
    close(held);
    ck_assert_int_eq(unlinkat(directory, ".lock", 0), 0);
    ck_assert_int_eq(mkfifoat(directory, ".lock", 0600), 0);
    ck_assert_int_eq(take(false, &fd), LOCK_FAILED);
    ck_assert_int_eq(unlinkat(directory, ".lock", 0), 0);
}
END_TEST

START_TEST(another_boot)
{
    int fd;
    struct utsname us;
    uname(&us);
    leave_line(us.nodename, "00000000-0000-0000-0000-000000000000", 1);
    ck_assert_int_eq(take(true, &fd), LOCK_OURS);
    ck_assert_msg(strstr(said, "the machine has rebooted since") != NULL, "%s", said);
    lock_give(&fd);
}
END_TEST

START_TEST(another_machine)
{
    int fd;
    leave_line("login2.elsewhere", "00000000-0000-0000-0000-000000000000", 7);
    ck_assert_int_eq(take(true, &fd), LOCK_OTHERS);
    ck_assert_msg(strstr(said, "process 7 on login2.elsewhere") != NULL &&
                      strstr(said, "run: rm SPECS/.claimed/.lock") != NULL,
        "%s", said);
    /* On a local file system its process cannot be alive. */
    ck_assert_int_eq(take(false, &fd), LOCK_OURS);
    ck_assert_msg(strstr(said, "on login2.elsewhere") != NULL, "%s", said);
    lock_give(&fd);
}
END_TEST

START_TEST(an_invalid_line_names_no_holder)
{
    static const char *const lines[] = {"", "\n", "x\n", "a b c\n", "\x1b[31m"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        int fd = openat(directory, ".lock", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        ck_assert_int_eq(write(fd, lines[i], strlen(lines[i])), (ssize_t)strlen(lines[i]));
        close(fd);
        ck_assert_int_eq(take(true, &fd), LOCK_OURS);
        ck_assert_str_eq(said, "");
        lock_give(&fd);
    }
}
END_TEST

START_TEST(a_link_is_not_followed)
{
    int fd;
    ck_assert_int_eq(symlinkat("elsewhere", directory, ".lock"), 0);
    ck_assert_int_eq(take(true, &fd), LOCK_FAILED);
    ck_assert_int_ne(faccessat(directory, "elsewhere", F_OK, 0), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lock");
    TCase *tc = add_case(suite, "lock");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, open_directory, close_directory);
    tcase_add_test(tc, taken_and_given_back);
    tcase_add_test(tc, a_living_one_keeps_it);
    tcase_add_test(tc, a_holder_that_is_not_a_sweepd);
    tcase_add_test(tc, another_boot);
    tcase_add_test(tc, another_machine);
    tcase_add_test(tc, an_invalid_line_names_no_holder);
    tcase_add_test(tc, a_link_is_not_followed);
    return check_main(suite);
}
