/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "daemon/common/fileat.h"
#include "tests/unit/check_main.h"

enum { MAX_BYTES = 100 };

static int directory = -1;

static void set_up(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char bytes[MAX_BYTES + 2] = {0};
    memset(bytes, 'x', MAX_BYTES + 1);
    ck_assert_int_eq(mkdir(in_scratch("in"), 0700), 0);
    ck_assert_int_eq(mkdir(in_scratch("in/directory"), 0700), 0);
    write_file(in_scratch("secret"), "secret");
    write_file(in_scratch("in/good"), "good");
    write_file(in_scratch("in/empty"), "");
    write_file(in_scratch("in/large"), bytes);
    bytes[MAX_BYTES] = '\0';
    write_file(in_scratch("in/just"), bytes);
    write_file(in_scratch("in/linked"), "x");
    ck_assert_int_eq(link(in_scratch("in/linked"), in_scratch("other")), 0);
    ck_assert_int_eq(symlink("../secret", in_scratch("in/link")), 0);
    ck_assert_int_eq(symlink("good", in_scratch("in/inner")), 0);
    ck_assert_int_eq(symlink("nowhere", in_scratch("in/dangling")), 0);
    ck_assert_int_eq(mkfifo(in_scratch("in/fifo"), 0600), 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", in_scratch("in/socket"));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    directory = open(in_scratch("in"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(directory, 0);
}

static void tear_down(void)
{
    close(directory);
}

static const struct {
    const char *name;
    int failure;
} cases[] = {
    {"good", 0},
    {"empty", 0},
    {"just", 0},
    {"large", EFBIG},
    {"linked", EMLINK},
    {"link", ELOOP},
    {"inner", ELOOP},
    {"dangling", ELOOP},
    {"fifo", EINVAL},
    {"socket", EINVAL},
    {"directory", EINVAL},
    {"..", EXDEV},
    {"../secret", EXDEV},
    {"/etc/passwd", EXDEV},
    {"none", ENOENT},
};

/* 1 + the index of the first case with another result, or 0. */
static int first_wrong(void)
{
    for (size_t i = 0; i < COUNT(cases); i++) {
        int fd = -1;
        if (fileat_open((struct file_at){directory, cases[i].name}, MAX_BYTES, geteuid(), &fd) !=
                cases[i].failure ||
            (fd >= 0) != (cases[i].failure == 0))
            return (int)i + 1;
        if (fd >= 0)
            close(fd);
    }
    return 0;
}

START_TEST(only_what_it_must_be)
{
    int wrong = first_wrong();
    ck_assert_msg(wrong == 0, "%s", cases[wrong - 1].name);
}
END_TEST

/* The same before Linux 5.6, which has no openat2(). */
START_TEST(without_openat2)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNT(filter), filter};
    int status;
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        bool filtered = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 &&
                        syscall(SYS_openat2, directory, "good", NULL, 0) < 0 && errno == ENOSYS;
        _exit(filtered ? first_wrong() : 100);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(only_of_its_owner)
{
    int fd = -1;
    struct file_at good = {directory, "good"};
    ck_assert_int_eq(fileat_open(good, MAX_BYTES, geteuid() + 1, &fd), EPERM);
    ck_assert_int_eq(fd, -1);
    ck_assert_int_eq(fileat_open(good, MAX_BYTES, FILEAT_ANY_OWNER, &fd), 0);
    close(fd);
}
END_TEST

START_TEST(every_refusal_has_its_reason)
{
    static const int failures[] = {ELOOP, EXDEV, EINVAL, EMLINK, EPERM, EFBIG, EACCES, ENOENT, EIO};
    for (size_t i = 0; i < COUNT(failures); i++)
        for (size_t k = 0; k < i; k++) {
            CLEANUP_FREE char *one = strdup(fileat_refusal(failures[i]));
            ck_assert_str_ne(one, fileat_refusal(failures[k]));
        }
}
END_TEST

START_TEST(whole_content)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    ck_assert_int_eq(fileat_read((struct file_at){directory, "just"}, MAX_BYTES, &text), 0);
    ck_assert_uint_eq(text.length, MAX_BYTES);
    ck_assert_int_eq(fileat_read((struct file_at){directory, "large"}, MAX_BYTES, &text), EFBIG);
    ck_assert_int_eq(fileat_read((struct file_at){directory, "link"}, MAX_BYTES, &text), ELOOP);
}
END_TEST

/* A file is created whole, and never over another one. */
START_TEST(writes_and_moves_only_new_files)
{
    struct file_at one = {directory, "one"}, two = {directory, "two"}, good = {directory, "good"};
    ck_assert_int_eq(fileat_write(one, "1", 1), 0);
    ck_assert_int_eq(fileat_write(good, "1", 1), EEXIST);
    ck_assert_int_eq(fileat_move(one, good), EEXIST);
    ck_assert_int_eq(fileat_move(one, two), 0);
    ck_assert_int_eq(fileat_move(one, two), ENOENT);
    CLEANUP_FREE char *left = slurp(in_scratch("in/good")), *moved = slurp(in_scratch("in/two"));
    ck_assert_str_eq(left, "good");
    ck_assert_str_eq(moved, "1");
    ck_assert_int_eq(fileat_sync(directory), 0);
}
END_TEST

/* Twice, because the stream has a position of its own. */
START_TEST(lists_a_directory)
{
    int fd = -1;
    ck_assert_int_eq(fileat_directory((struct file_at){directory, "new"}, &fd), 0);
    ck_assert_int_eq(fileat_write((struct file_at){fd, "a"}, "", 0), 0);
    ck_assert_int_eq(fileat_write((struct file_at){fd, ".b"}, "", 0), 0);
    for (int i = 0; i < 2; i++) {
        const char *name;
        char seen[8] = "";
        DIR *stream = fileat_list(fd);
        ck_assert_ptr_nonnull(stream);
        while (fileat_next(stream, &name) == 0 && name != NULL)
            strcat(seen, name);
        ck_assert(strcmp(seen, "a.b") == 0 || strcmp(seen, ".ba") == 0);
        closedir(stream);
    }
    fileat_close(&fd);
    ck_assert_int_eq(fd, -1);
    fileat_close(&fd);
    ck_assert_ptr_null(fileat_list(fd));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fileat");
    TCase *tc = add_case(suite, "fileat");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, only_what_it_must_be);
    tcase_add_test(tc, without_openat2);
    tcase_add_test(tc, only_of_its_owner);
    tcase_add_test(tc, every_refusal_has_its_reason);
    tcase_add_test(tc, whole_content);
    tcase_add_test(tc, writes_and_moves_only_new_files);
    tcase_add_test(tc, lists_a_directory);
    return check_main(suite);
}
