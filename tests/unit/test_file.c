/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lib/util/file.h"
#include "tests/unit/check_main.h"

/* Opens the scratch directory; the caller closes it. */
static int open_scratch(void)
{
    int fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    return fd;
}

/* Writes a new file; 0 or a negative errno value. */
static int create(int directory, const char *name, const void *bytes, size_t length, int mode)
{
    int fd = file_write_new(directory, name, bytes, length, mode);
    if (fd < 0)
        return fd;
    return close(fd);
}

static void assert_unreadable(const char *path, size_t most, enum sweep_code wanted)
{
    struct sweep_error error = {0};
    char *text = NULL;
    size_t length = 0;
    enum sweep_code code = file_read(path, most, &text, &length, &error);
    ck_assert_msg(code == wanted, "%s: code %d", path, (int)code);
    ck_assert_int_eq(error.code, wanted);
    ck_assert_msg(strstr(error.message, path) != NULL, "\"%s\" names no file", error.message);
    ck_assert_ptr_null(text);
}

START_TEST(reads_all_bytes)
{
    const char *path = in_scratch("file"), *link = in_scratch("link");
    CLEANUP_FD int fd = open_scratch();
    CLEANUP_STRBUF struct strbuf data = {0};
    for (int i = 0; i < 50000; i++)
        strbuf_putc(&data, (char)i); /* NULs and all others */
    ck_assert_int_eq(create(fd, "file", data.data, data.length, 0600), 0);
    ck_assert_int_eq(symlink("file", link), 0);
    const char *names[] = {path, link};
    for (size_t i = 0; i < 2; i++) {
        CLEANUP_FREE char *text = NULL;
        size_t length = 0;
        ck_assert_int_eq(file_read(names[i], 50000, &text, &length, NULL), SWEEP_OK);
        ck_assert_uint_eq(length, 50000);
        ck_assert_mem_eq(text, data.data, 50001); /* with the NUL behind */
    }
}
END_TEST

START_TEST(reads_an_empty_file)
{
    CLEANUP_FREE char *text = NULL;
    size_t length = 7;
    write_file(in_scratch("empty"), "");
    ck_assert_int_eq(file_read(in_scratch("empty"), 10, &text, &length, NULL), SWEEP_OK);
    ck_assert_uint_eq(length, 0);
    ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(size_cap_is_exact)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    write_file(in_scratch("ten"), "0123456789");
    ck_assert_int_eq(file_read(in_scratch("ten"), 10, &text, &length, NULL), SWEEP_OK);
    assert_unreadable(in_scratch("ten"), 9, SWEEP_IO);
    assert_unreadable(in_scratch("ten"), 0, SWEEP_IO);
}
END_TEST

START_TEST(refuses_what_is_no_file)
{
    const char *fifo = in_scratch("fifo"), *loop = in_scratch("loop");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_int_eq(symlink("loop", loop), 0);
    assert_unreadable(fifo, 100, SWEEP_IO); /* and does not wait for a writer */
    assert_unreadable(loop, 100, SWEEP_IO);
    assert_unreadable(scratch, 100, SWEEP_IO);
    assert_unreadable("/dev/zero", 100, SWEEP_IO);
    assert_unreadable(in_scratch("missing"), 100, SWEEP_NOT_FOUND);
    assert_unreadable(in_scratch("missing/file"), 100, SWEEP_NOT_FOUND);
}
END_TEST

START_TEST(creates_only_what_is_new)
{
    CLEANUP_FD int fd = open_scratch();
    ck_assert_int_eq(create(fd, "a", "one", 3, 0640), 0);
    ck_assert_int_eq(create(fd, "a", "two", 3, 0640), -EEXIST);
    CLEANUP_FREE char *text = slurp(in_scratch("a"));
    ck_assert_str_eq(text, "one");
    struct stat status;
    ck_assert_int_eq(stat(in_scratch("a"), &status), 0);
    ck_assert_int_eq(status.st_mode & 0777 & ~0640, 0);
    /* A link in the place is no invitation to write where it leads. */
    ck_assert_int_eq(symlink("elsewhere", in_scratch("link")), 0);
    ck_assert_int_eq(create(fd, "link", "x", 1, 0600), -EEXIST);
    ck_assert(!exists(in_scratch("elsewhere")));
    ck_assert_int_eq(create(fd, "no/such", "x", 1, 0600), -ENOENT);
    ck_assert_int_eq(create(fd, "empty", "", 0, 0600), 0);
}
END_TEST

/* A pipe has no size, and yields its content in pieces. */
START_TEST(reads_a_pipe_up_to_a_limit)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    ck_assert_int_eq(file_write_all(ends[1], "0123456789", 10), 0);
    ck_assert_int_eq(file_read_all(ends[0], 4, &text), 0);
    ck_assert_str_eq(text.data, "0123");
    ck_assert_int_eq(file_read_all(ends[0], 0, &text), 0);
    ck_assert_uint_eq(text.length, 4);
    close(ends[1]);
    ck_assert_int_eq(file_read_all(ends[0], 100, &text), 0);
    ck_assert_str_eq(text.data, "0123456789");
    close(ends[0]);
    ck_assert_int_eq(file_read_all(ends[0], 100, &text), EBADF);
    ck_assert_int_eq(file_write_all(ends[1], "x", 1), EBADF);
}
END_TEST

static int rename_in(int fd, const char *from, const char *to)
{
    struct stat status = {0};
    (void)fstatat(fd, from, &status, AT_SYMLINK_NOFOLLOW);
    return file_rename_new(&status, fd, from, fd, to);
}

START_TEST(renames_without_replacing)
{
    CLEANUP_FD int fd = open_scratch();
    write_file(in_scratch("a"), "a");
    write_file(in_scratch("b"), "b");
    ck_assert_int_eq(mkdir(in_scratch("d"), 0700), 0);
    ck_assert_int_eq(mkdir(in_scratch("e"), 0700), 0);
    ck_assert_int_eq(rename_in(fd, "a", "b"), EEXIST);
    ck_assert_int_eq(rename_in(fd, "d", "e"), EEXIST);
    ck_assert_int_eq(rename_in(fd, "none", "c"), ENOENT);
    ck_assert_int_eq(rename_in(fd, "a", "c"), 0);
    ck_assert_int_eq(rename_in(fd, "d", "f"), 0);
    ck_assert(!exists(in_scratch("a")) && !exists(in_scratch("d")));
    CLEANUP_FREE char *b = slurp(in_scratch("b")), *c = slurp(in_scratch("c"));
    ck_assert_str_eq(b, "b");
    ck_assert_str_eq(c, "a");
}
END_TEST

/* As over a network: the rename has happened, and the repeated request fails. */
START_TEST(a_rename_whose_reply_was_lost)
{
    CLEANUP_FD int fd = open_scratch();
    struct stat status;
    write_file(in_scratch("a"), "a");
    ck_assert_int_eq(stat(in_scratch("a"), &status), 0);
    ck_assert_int_eq(rename(in_scratch("a"), in_scratch("b")), 0);
    ck_assert_int_eq(file_rename_new(&status, fd, "a", fd, "b"), 0);
    ck_assert_int_eq(file_rename_new(&status, fd, "a", fd, "c"), ENOENT);
    /* The name is taken, but not by this file. */
    write_file(in_scratch("c"), "c");
    ck_assert_int_eq(file_rename_new(&status, fd, "a", fd, "c"), ENOENT);
}
END_TEST

/* Runs a check in a process for which renameat2() is not implemented; its exit status. */
static int without_renameat2(int (*run)(int fd), int fd)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNT(filter), filter};
    int status;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        bool filtered = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
        _exit(filtered ? run(fd) : 100);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

static int rename_all(int fd)
{
    if (rename_in(fd, "a", "b") != EEXIST || rename_in(fd, "d", "e") != EEXIST)
        return 1;
    if (rename_in(fd, "a", "c") != 0)
        return 2;
    /* A plain rename of a directory would replace an empty one. */
    if (rename_in(fd, "d", "empty") != EEXIST)
        return 3;
    return rename_in(fd, "d", "f") == 0 ? 0 : 4;
}

START_TEST(renames_without_renameat2)
{
    CLEANUP_FD int fd = open_scratch();
    static const char *const directories[] = {"d", "e", "e/full", "empty"};
    write_file(in_scratch("a"), "a");
    write_file(in_scratch("b"), "b");
    for (size_t i = 0; i < COUNT(directories); i++)
        ck_assert_int_eq(mkdir(in_scratch(directories[i]), 0700), 0);
    ck_assert_int_eq(without_renameat2(rename_all, fd), 0);
    struct stat status;
    ck_assert_int_eq(stat(in_scratch("c"), &status), 0);
    ck_assert_uint_eq(status.st_nlink, 1);
    ck_assert(!exists(in_scratch("a")) && !exists(in_scratch("d")) && exists(in_scratch("f")));
}
END_TEST

START_TEST(removes_a_whole_tree)
{
    CLEANUP_FD int fd = open_scratch();
    static const char *const names[] = {"d", "d/e", "d/e/f", "d/.hidden"};
    for (size_t i = 0; i < COUNT(names); i++)
        ck_assert_int_eq(mkdir(in_scratch(names[i]), 0700), 0);
    for (int i = 0; i < 300; i++) {
        char name[32];
        snprintf(name, sizeof name, "d/e/f/%d", i);
        write_file(in_scratch(name), "x");
    }
    ck_assert_int_eq(mkfifo(in_scratch("d/fifo"), 0600), 0);
    write_file(in_scratch("beside"), "kept");
    file_remove_tree(fd, "d");
    ck_assert(!exists(in_scratch("d")));
    ck_assert(exists(in_scratch("beside")));
    file_remove_tree(fd, "missing"); /* best effort: no complaint */
    file_remove_tree(fd, "beside");
    ck_assert(exists(in_scratch("beside"))); /* no directory */
}
END_TEST

START_TEST(removal_follows_no_link)
{
    CLEANUP_FD int fd = open_scratch();
    ck_assert_int_eq(mkdir(in_scratch("precious"), 0700), 0);
    write_file(in_scratch("precious/data"), "kept");
    ck_assert_int_eq(mkdir(in_scratch("d"), 0700), 0);
    ck_assert_int_eq(symlink("../precious", in_scratch("d/link")), 0);
    ck_assert_int_eq(symlink("../precious/data", in_scratch("d/file")), 0);
    ck_assert_int_eq(symlink("precious", in_scratch("outer")), 0);
    file_remove_tree(fd, "d");
    ck_assert(!exists(in_scratch("d")));
    file_remove_tree(fd, "outer");
    CLEANUP_FREE char *text = slurp(in_scratch("precious/data"));
    ck_assert_str_eq(text, "kept");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file");
    TCase *tc = add_case(suite, "file");
    use_scratch(tc);
    tcase_add_test(tc, reads_all_bytes);
    tcase_add_test(tc, reads_an_empty_file);
    tcase_add_test(tc, size_cap_is_exact);
    tcase_add_test(tc, refuses_what_is_no_file);
    tcase_add_test(tc, creates_only_what_is_new);
    tcase_add_test(tc, reads_a_pipe_up_to_a_limit);
    tcase_add_test(tc, renames_without_replacing);
    tcase_add_test(tc, a_rename_whose_reply_was_lost);
    tcase_add_test(tc, renames_without_renameat2);
    tcase_add_test(tc, removes_a_whole_tree);
    tcase_add_test(tc, removal_follows_no_link);
    return check_main(suite);
}
