/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "lib/queue/stage_stream.h"
#include "lib/util/digest.h"
#include "lib/util/file.h"
#include "tests/unit/check_main.h"

static struct sweep_error error;

static void set_up(void)
{
    error = (struct sweep_error){0};
}

/* Counts the entries of the queue whose names start with `prefix`. */
static size_t count_entries(const char *prefix)
{
    DIR *stream = opendir(scratch);
    size_t n = 0;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
             strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
    closedir(stream);
    return n;
}

static void open_stage(struct stage *stage)
{
    enum sweep_code code = stage_open(stage, scratch, NULL, &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
}

static enum sweep_code write_to(struct stage *stage, const char *name, const char *text)
{
    struct stage_file file = {name, text, strlen(text), false, NULL};
    return stage_write(stage, &file, &error);
}

static enum sweep_code write_script(struct stage *stage, const char *name, const char *text)
{
    struct stage_file file = {name, text, strlen(text), true, NULL};
    return stage_write(stage, &file, &error);
}

START_TEST(whole_or_not_at_all)
{
    struct stage stage;
    open_stage(&stage);
    ck_assert_int_eq(stage_mkdir(&stage, "d", &error), SWEEP_OK);
    ck_assert_int_eq(write_to(&stage, "d/a", "abc"), SWEEP_OK);
    ck_assert_int_eq(write_script(&stage, "run.sh", ""), SWEEP_OK);
    /* Until it is committed there is only the hidden directory. */
    ck_assert_uint_eq(count_entries(""), 1);
    ck_assert_uint_eq(count_entries("."), 1);
    ck_assert_uint_eq(stage.files, 2);
    ck_assert_uint_eq(stage.bytes, 3);
    ck_assert_int_eq(stage_commit(&stage, "s-1", NULL, &error), SWEEP_OK);
    ck_assert_uint_eq(count_entries(""), 1);
    CLEANUP_FREE char *text = slurp(in_scratch("s-1/d/a"));
    ck_assert_str_eq(text, "abc");
    struct stat data, script;
    ck_assert_int_eq(stat(in_scratch("s-1/d/a"), &data), 0);
    ck_assert_int_eq(stat(in_scratch("s-1/run.sh"), &script), 0);
    ck_assert_int_eq(data.st_mode & 0111, 0);
    ck_assert_int_ne(script.st_mode & 0100, 0);
}
END_TEST

START_TEST(digests_of_what_was_written)
{
    struct stage stage;
    char hex[DIGEST_HEX];
    open_stage(&stage);
    write_to(&stage, "a", "abc");
    write_to(&stage, "b", "");
    digest_of("abc", 3, hex);
    ck_assert_ptr_nonnull(strstr(stage.digests.data, hex));
    digest_of("", 0, hex);
    ck_assert_ptr_nonnull(strstr(stage.digests.data, hex));
    ck_assert_ptr_nonnull(strstr(stage.digests.data, "\"a\": \"ba7816bf"));
    stage_abandon(&stage);
}
END_TEST

/* A stream gives the same as a file that is written at once. */
START_TEST(a_file_in_parts)
{
    struct stage stage;
    struct stage_stream stream;
    CLEANUP_STRBUF struct strbuf whole = {0};
    char hex[DIGEST_HEX];
    open_stage(&stage);
    ck_assert_int_eq(stage_stream_open(&stream, &stage, "parts", &error), SWEEP_OK);
    for (int i = 0; i < 100000; i++) {
        strbuf_printf(&stream.text, "%d\n", i);
        strbuf_printf(&whole, "%d\n", i);
        ck_assert_int_eq(stage_stream_pass(&stream, &error), SWEEP_OK);
        ck_assert_uint_lt(stream.text.length, 256 * 1024);
    }
    ck_assert_int_eq(stage_stream_close(&stream, NULL, &error), SWEEP_OK);
    stage_stream_deinit(&stream);
    ck_assert_uint_eq(stage.files, 1);
    ck_assert_uint_eq(stage.bytes, whole.length);
    digest_of(whole.data, whole.length, hex);
    ck_assert_ptr_nonnull(strstr(stage.digests.data, hex));
    ck_assert_int_eq(stage_commit(&stage, "s-1", NULL, &error), SWEEP_OK);
    CLEANUP_FREE char *text = slurp(in_scratch("s-1/parts"));
    ck_assert_str_eq(text, whole.data);
}
END_TEST

START_TEST(a_stream_whose_digest_is_known)
{
    struct stage stage;
    struct stage_stream stream;
    char hex[DIGEST_HEX];
    digest_of("abc", 3, hex);
    open_stage(&stage);
    ck_assert_int_eq(stage_stream_open(&stream, &stage, "known", &error), SWEEP_OK);
    stream.has_digest = true;
    strbuf_puts(&stream.text, "abc");
    ck_assert_int_eq(stage_stream_close(&stream, hex, &error), SWEEP_OK);
    stage_stream_deinit(&stream);
    ck_assert_ptr_nonnull(strstr(stage.digests.data, hex));
    stage_abandon(&stage);
}
END_TEST

START_TEST(a_stream_that_fails)
{
    struct stage stage;
    struct stage_stream stream;
    open_stage(&stage);
    ck_assert_int_eq(write_to(&stage, "a", "abc"), SWEEP_OK);
    ck_assert_int_eq(stage_stream_open(&stream, &stage, "a", &error), SWEEP_EXISTS);
    stage_stream_deinit(&stream);
    error = (struct sweep_error){0};
    ck_assert_int_eq(stage_stream_open(&stream, &stage, "b", &error), SWEEP_OK);
    close(stream.fd);
    stream.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    strbuf_puts(&stream.text, "text");
    ck_assert_int_eq(stage_stream_close(&stream, NULL, &error), SWEEP_NO_SPACE);
    ck_assert_ptr_nonnull(strstr(error.message, "cannot write b in "));
    stage_stream_deinit(&stream);
    stage_abandon(&stage);
}
END_TEST

START_TEST(an_existing_name_is_kept)
{
    struct stage stage;
    ck_assert_int_eq(mkdir(in_scratch("s-1"), 0700), 0);
    write_file(in_scratch("s-1/mine"), "kept");
    open_stage(&stage);
    write_to(&stage, "a", "abc");
    ck_assert_int_eq(stage_commit(&stage, "s-1", NULL, &error), SWEEP_EXISTS);
    ck_assert_uint_eq(count_entries(""), 1); /* and the stage is gone */
    CLEANUP_FREE char *text = slurp(in_scratch("s-1/mine"));
    ck_assert_str_eq(text, "kept");
    ck_assert(!exists(in_scratch("s-1/a")));
}
END_TEST

/* An empty directory, a file and a link are not replaced. */
START_TEST(anything_of_that_name_is_kept)
{
    for (int kind = 0; kind < 3; kind++) {
        struct stage stage;
        const char *path = in_scratch("s-1");
        if (kind == 0)
            ck_assert_int_eq(mkdir(path, 0700), 0);
        else if (kind == 1)
            write_file(path, "file");
        else
            ck_assert_int_eq(symlink("nowhere", path), 0);
        error = (struct sweep_error){0};
        open_stage(&stage);
        write_to(&stage, "a", "abc");
        ck_assert_msg(stage_commit(&stage, "s-1", NULL, &error) == SWEEP_EXISTS, "kind %d", kind);
        ck_assert_uint_eq(count_entries(""), 1);
        ck_assert(!exists(in_scratch("s-1/a")));
        ck_assert_int_eq(remove(path), 0);
    }
}
END_TEST

START_TEST(abandoned_leaves_nothing)
{
    struct stage stage;
    open_stage(&stage);
    stage_mkdir(&stage, "d", &error);
    stage_mkdir(&stage, "d/e", &error);
    write_to(&stage, "d/e/a", "abc");
    stage_abandon(&stage);
    ck_assert_uint_eq(count_entries(""), 0);
    stage_abandon(&stage); /* again: no effect */
}
END_TEST

/* A process that crashed left its stage, and this one may have the same process id. */
START_TEST(leftovers_are_no_obstacle)
{
    struct stage first, second;
    open_stage(&first);
    open_stage(&second);
    ck_assert_str_ne(first.name, second.name);
    write_to(&second, "a", "2");
    ck_assert_int_eq(stage_commit(&second, "s-1", NULL, &error), SWEEP_OK);
    ck_assert_uint_eq(count_entries("."), 1);
    stage_abandon(&first);
    ck_assert_uint_eq(count_entries(""), 1);
}
END_TEST

START_TEST(failures)
{
    struct stage stage;
    ck_assert_int_eq(stage_open(&stage, in_scratch("missing"), NULL, &error), SWEEP_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.message, "missing"));
    stage_abandon(&stage);
    write_file(in_scratch("file"), "");
    error = (struct sweep_error){0};
    ck_assert_int_eq(stage_open(&stage, in_scratch("file"), NULL, &error), SWEEP_IO);
    stage_abandon(&stage);
    error = (struct sweep_error){0};
    open_stage(&stage);
    ck_assert_int_eq(write_to(&stage, "no/a", "x"), SWEEP_NOT_FOUND);
    ck_assert_int_eq(write_to(&stage, "a", "x"), SWEEP_OK);
    ck_assert_int_eq(write_to(&stage, "a", "x"), SWEEP_EXISTS);
    ck_assert_int_ne(stage_mkdir(&stage, "a", NULL), SWEEP_OK);
    ck_assert_uint_eq(stage.files, 1);
    stage_abandon(&stage);
    ck_assert_uint_eq(count_entries("."), 0);
}
END_TEST

/* --- a given name ------------------------------------------------------------------------- */

START_TEST(a_given_name_replaces_what_was_left)
{
    struct stage stage;
    ck_assert_int_eq(mkdir(in_scratch(".stage.7-1"), 0700), 0);
    ck_assert_int_eq(mkdir(in_scratch(".stage.7-1/d"), 0700), 0);
    write_file(in_scratch(".stage.7-1/d/old"), "half");
    write_file(in_scratch(".stage.7-1/new"), "half");
    ck_assert_int_eq(stage_open(&stage, scratch, ".stage.7-1", &error), SWEEP_OK);
    ck_assert_str_eq(stage.name, ".stage.7-1");
    ck_assert(!exists(in_scratch(".stage.7-1/d")));
    ck_assert_int_eq(write_to(&stage, "new", "whole"), SWEEP_OK);
    ck_assert_int_eq(stage_commit(&stage, "s-1", NULL, &error), SWEEP_OK);
    CLEANUP_FREE char *text = slurp(in_scratch("s-1/new"));
    ck_assert_str_eq(text, "whole");
    ck_assert_uint_eq(count_entries("."), 0);
}
END_TEST

/* Only names that a stage can have are accepted, so nothing else is ever removed. */
START_TEST(names_that_no_stage_has)
{
    static const char *const names[] = {
        "", ".", "..", "s-1", ".stage", ".stage./../keep", "../.stage.x", ".stage.a/b"};
    struct stage stage;
    ck_assert_int_eq(mkdir(in_scratch("keep"), 0700), 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        error = (struct sweep_error){0};
        ck_assert_msg(
            stage_open(&stage, scratch, names[i], &error) == SWEEP_INVALID, "%s", names[i]);
        stage_abandon(&stage);
    }
    ck_assert_uint_eq(count_entries(""), 1);
    /* A file or a link of that name is not ours either. */
    for (int kind = 0; kind < 2; kind++) {
        const char *path = in_scratch(".stage.x");
        if (kind == 0)
            write_file(path, "file");
        else
            ck_assert_int_eq(symlink("keep", path), 0);
        ck_assert_int_eq(stage_open(&stage, scratch, ".stage.x", NULL), SWEEP_EXISTS);
        stage_abandon(&stage);
        ck_assert_int_eq(unlink(path), 0);
    }
    ck_assert(exists(in_scratch("keep")));
}
END_TEST

/* Another process still uses the stage of that name: stage_open() waits for it. */
START_TEST(a_stage_in_use_is_waited_for)
{
    struct stage first, second;
    int ready[2], go[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    ck_assert_int_eq(pipe(go), 0);
    ck_assert_int_eq(stage_open(&first, scratch, ".stage.1", &error), SWEEP_OK);
    ck_assert_int_eq(write_to(&first, "a", "first"), SWEEP_OK);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        /* The lock belongs to the open file, so the child closes its copies. */
        close(first.fd);
        close(first.queue_fd);
        if (write(ready[1], "r", 1) != 1 ||
            stage_open(&second, scratch, ".stage.1", NULL) != SWEEP_OK)
            _exit(1);
        /* stage_open() returns after the other process has finished. */
        if (!exists(in_scratch("s-1/a")))
            _exit(2);
        stage_abandon(&second);
        _exit(0);
    }
    ck_assert_int_eq((int)read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(stage_commit(&first, "s-1", NULL, &error), SWEEP_OK);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    CLEANUP_FREE char *text = slurp(in_scratch("s-1/a"));
    ck_assert_str_eq(text, "first");
    ck_assert_uint_eq(count_entries(""), 1);
}
END_TEST

/* The lock belongs to the open file, so a second stage of that name would wait for itself. */
START_TEST(a_stage_is_opened_once_in_a_process)
{
    struct stage first, second;
    ck_assert_int_eq(stage_open(&first, scratch, ".stage.1", &error), SWEEP_OK);
    ck_assert_int_eq(stage_open(&second, scratch, ".stage.1", &error), SWEEP_IO);
    ck_assert_msg(strstr(error.message, "/.stage.1 is already open in this process") != NULL, "%s",
        error.message);
    stage_abandon(&second);
    ck_assert_int_eq(write_to(&first, "a", "x"), SWEEP_OK);
    error = (struct sweep_error){0};
    ck_assert_int_eq(stage_commit(&first, "s-1", NULL, &error), SWEEP_OK);
    ck_assert_uint_eq(count_entries("."), 0);
}
END_TEST

/* Forks a process that runs `body` until it is killed; it has written a byte when this returns. */
static pid_t start_locker(void (*body)(int ready))
{
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        body(ready[1]);
        _exit(1);
    }
    ck_assert_int_eq((int)read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

static void stop_locker(pid_t child)
{
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

static void lock_the_leftover(int ready)
{
    int fd = open(in_scratch(".stage.1"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_SH) != 0 || write(ready, "r", 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

/* Any process that can open a leftover can lock it, and keep it locked. */
START_TEST(the_wait_for_a_lock_ends)
{
    struct stage stage;
    char who[64];
    ck_assert_int_eq(mkdir(in_scratch(".stage.1"), 0755), 0);
    pid_t child = start_locker(lock_the_leftover);
    ck_assert_int_eq(stage_open(&stage, scratch, ".stage.1", &error), SWEEP_IO);
    snprintf(who, sizeof who, "/.stage.1 is locked by process %ld, which", (long)child);
    ck_assert_msg(strstr(error.message, who) != NULL, "%s", error.message);
    stage_abandon(&stage);
    ck_assert(exists(in_scratch(".stage.1")));
    stop_locker(child);
}
END_TEST

/* Locks every stage that it sees, as another user. */
static void lock_every_stage(int ready)
{
    if (setuid(65534) != 0 || write(ready, "r", 1) != 1)
        _exit(1);
    for (;;) {
        int fd = open(in_scratch(".stage.1"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
            pause();
        if (fd >= 0)
            close(fd);
    }
}

/* With a umask of 022 a stage can be opened by others once it is locked, and not before. */
START_TEST(other_users_cannot_lock_a_stage)
{
    if (geteuid() != 0)
        return;
    mode_t before = umask(022);
    ck_assert_int_eq(chmod(scratch, 0755), 0);
    ck_assert_int_eq(chmod(scratch_root, 0755), 0);
    pid_t child = start_locker(lock_every_stage);
    for (int i = 0; i < (under_valgrind() ? 20 : 200); i++) {
        struct stage stage;
        struct stat status;
        enum sweep_code code = stage_open(&stage, scratch, ".stage.1", &error);
        ck_assert_msg(code == SWEEP_OK, "%s", error.message);
        ck_assert_int_eq(fstat(stage.fd, &status), 0);
        ck_assert_uint_eq(status.st_mode & 07777, 0755);
        stage_abandon(&stage);
    }
    stop_locker(child);
    umask(before);
}
END_TEST

/* --- storage ------------------------------------------------------------------------------ */

/* Without syncfs() every file is fsynced, in batches, also if the process may open fewer files than
 * a batch has. */
START_TEST(file_by_file)
{
    static const rlim_t descriptors[] = {1024, 40};
    /* Valgrind notices too many open files only after the file was created. */
    for (size_t k = 0; k < (under_valgrind() ? 1 : COUNT(descriptors)); k++) {
        struct stage stage;
        char name[32];
        struct rlimit limit = {descriptors[k], 1024}, before;
        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
        open_stage(&stage);
        stage.barrier.use_syncfs = false;
        ck_assert_int_eq(
            setrlimit(RLIMIT_NOFILE, &(struct rlimit){limit.rlim_cur, before.rlim_max}), 0);
        ck_assert_int_eq(stage_mkdir(&stage, "d", &error), SWEEP_OK);
        for (int i = 0; i < 2 * BARRIER_BATCH + 7; i++) {
            snprintf(name, sizeof name, "d/%d", i);
            enum sweep_code code = write_to(&stage, name, name);
            ck_assert_msg(code == SWEEP_OK, "%s", error.message);
        }
        ck_assert_uint_gt(stage.barrier.n_files, 0);
        snprintf(name, sizeof name, "s-%zu", k);
        ck_assert_int_eq(stage_commit(&stage, name, NULL, &error), SWEEP_OK);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
        char path[64];
        snprintf(path, sizeof path, "%s/d/%d", name, 2 * BARRIER_BATCH);
        CLEANUP_FREE char *text = slurp(in_scratch(path));
        ck_assert_ptr_nonnull(strstr(path, text));
    }
}
END_TEST

/* A descriptor that cannot be synced simulates broken storage. */
START_TEST(a_failed_sync_is_final)
{
    for (int use_syncfs = 0; use_syncfs < 2; use_syncfs++) {
        struct stage stage;
        error = (struct sweep_error){0};
        open_stage(&stage);
        stage.barrier.use_syncfs = use_syncfs;
        ck_assert_int_eq(write_to(&stage, "a", "x"), SWEEP_OK);
        if (use_syncfs) {
            close(stage.fd);
            stage.fd = -1;
        } else {
            int file = stage.barrier.files[0];
            ck_assert_int_eq(dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), file), file);
        }
        ck_assert_int_eq(stage_commit(&stage, "s-1", NULL, &error), SWEEP_STORAGE);
        ck_assert_ptr_nonnull(strstr(error.message, "cannot sync"));
        ck_assert_uint_eq(count_entries(""), 0);
    }
}
END_TEST

/* As on a network file system: the rename fails because it was already done. */
START_TEST(a_rename_that_has_happened)
{
    struct stage stage;
    open_stage(&stage);
    ck_assert_int_eq(write_to(&stage, "a", "x"), SWEEP_OK);
    ck_assert_int_eq(renameat(stage.queue_fd, stage.name, stage.queue_fd, "s-1"), 0);
    ck_assert_int_eq(stage_commit(&stage, "s-1", NULL, &error), SWEEP_OK);
    ck_assert(exists(in_scratch("s-1/a")));
    /* To another name: that is a failure. */
    open_stage(&stage);
    ck_assert_int_eq(renameat(stage.queue_fd, stage.name, stage.queue_fd, "other"), 0);
    ck_assert_int_eq(stage_commit(&stage, "s-2", NULL, &error), SWEEP_NOT_FOUND);
    ck_assert(!exists(in_scratch("s-2")));
}
END_TEST

START_TEST(modes_follow_the_umask)
{
    static const mode_t masks[] = {0077, 0027, 0022};
    for (size_t i = 0; i < COUNT(masks); i++) {
        struct stage stage;
        struct stat top, directory, data, script;
        mode_t before = umask(masks[i]);
        open_stage(&stage);
        ck_assert_int_eq(stage_mkdir(&stage, "d", &error), SWEEP_OK);
        ck_assert_int_eq(write_to(&stage, "d/a", "x"), SWEEP_OK);
        ck_assert_int_eq(write_script(&stage, "run.sh", "x"), SWEEP_OK);
        ck_assert_int_eq(stage_commit(&stage, "s-1", NULL, &error), SWEEP_OK);
        umask(before);
        ck_assert_int_eq(stat(in_scratch("s-1"), &top), 0);
        ck_assert_int_eq(stat(in_scratch("s-1/d"), &directory), 0);
        ck_assert_int_eq(stat(in_scratch("s-1/d/a"), &data), 0);
        ck_assert_int_eq(stat(in_scratch("s-1/run.sh"), &script), 0);
        ck_assert_uint_eq(top.st_mode & 07777, 0777 & ~masks[i]);
        ck_assert_uint_eq(directory.st_mode & 07777, 0777 & ~masks[i]);
        ck_assert_uint_eq(data.st_mode & 07777, 0666 & ~masks[i]);
        ck_assert_uint_eq(script.st_mode & 07777, 0777 & ~masks[i]);
        int queue = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        file_remove_tree(queue, "s-1");
        close(queue);
    }
}
END_TEST

/* Callers act on the difference between full, broken and other failures. */
START_TEST(codes_of_failures)
{
    static const struct {
        int failure;
        enum sweep_code code;
    } cases[] = {{ENOSPC, SWEEP_NO_SPACE}, {EDQUOT, SWEEP_NO_SPACE}, {EIO, SWEEP_STORAGE},
        {EROFS, SWEEP_STORAGE}, {ESTALE, SWEEP_STORAGE}, {ENOENT, SWEEP_NOT_FOUND},
        {EEXIST, SWEEP_EXISTS}, {ENOMEM, SWEEP_NO_MEMORY}, {EACCES, SWEEP_IO}, {EFBIG, SWEEP_IO}};
    for (size_t i = 0; i < COUNT(cases); i++)
        ck_assert_msg(
            file_code(cases[i].failure) == cases[i].code, "%s", strerror(cases[i].failure));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stage");
    TCase *tc = add_case(suite, "stage");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, whole_or_not_at_all);
    tcase_add_test(tc, digests_of_what_was_written);
    tcase_add_test(tc, a_file_in_parts);
    tcase_add_test(tc, a_stream_whose_digest_is_known);
    tcase_add_test(tc, a_stream_that_fails);
    tcase_add_test(tc, an_existing_name_is_kept);
    tcase_add_test(tc, anything_of_that_name_is_kept);
    tcase_add_test(tc, abandoned_leaves_nothing);
    tcase_add_test(tc, leftovers_are_no_obstacle);
    tcase_add_test(tc, failures);
    tcase_add_test(tc, a_given_name_replaces_what_was_left);
    tcase_add_test(tc, names_that_no_stage_has);
    tcase_add_test(tc, a_stage_in_use_is_waited_for);
    tcase_add_test(tc, a_stage_is_opened_once_in_a_process);
    tcase_add_test(tc, the_wait_for_a_lock_ends);
    tcase_add_test(tc, other_users_cannot_lock_a_stage);
    tcase_add_test(tc, file_by_file);
    tcase_add_test(tc, a_failed_sync_is_final);
    tcase_add_test(tc, a_rename_that_has_happened);
    tcase_add_test(tc, modes_follow_the_umask);
    tcase_add_test(tc, codes_of_failures);
    return check_main(suite);
}
