/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/util/file.h"
#include "tests/unit/check_main.h"

/* Opens the scratch directory; the caller closes it. */
static int open_scratch(void)
{
    int fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    return fd;
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
    ck_assert_int_eq(file_create(fd, "file", data.data, data.length, 0600, NULL), SWEEP_OK);
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
    struct sweep_error error = {0};
    ck_assert_int_eq(file_create(fd, "a", "one", 3, 0640, NULL), SWEEP_OK);
    ck_assert_int_eq(file_create(fd, "a", "two", 3, 0640, &error), SWEEP_EXISTS);
    ck_assert_ptr_nonnull(strstr(error.message, "a"));
    CLEANUP_FREE char *text = slurp(in_scratch("a"));
    ck_assert_str_eq(text, "one");
    struct stat status;
    ck_assert_int_eq(stat(in_scratch("a"), &status), 0);
    ck_assert_int_eq(status.st_mode & 0777 & ~0640, 0);
    /* A link in the place is no invitation to write where it leads. */
    ck_assert_int_eq(symlink("elsewhere", in_scratch("link")), 0);
    ck_assert_int_eq(file_create(fd, "link", "x", 1, 0600, NULL), SWEEP_EXISTS);
    ck_assert(!exists(in_scratch("elsewhere")));
    ck_assert_int_eq(file_create(fd, "no/such", "x", 1, 0600, NULL), SWEEP_NOT_FOUND);
    ck_assert_int_eq(file_create(fd, "empty", "", 0, 0600, NULL), SWEEP_OK);
}
END_TEST

START_TEST(removes_a_directory_with_all_in_it)
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
    directory_remove(fd, "d");
    ck_assert(!exists(in_scratch("d")));
    ck_assert(exists(in_scratch("beside")));
    directory_remove(fd, "missing"); /* best effort: no complaint */
    directory_remove(fd, "beside");
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
    directory_remove(fd, "d");
    ck_assert(!exists(in_scratch("d")));
    directory_remove(fd, "outer");
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
    tcase_add_test(tc, removes_a_directory_with_all_in_it);
    tcase_add_test(tc, removal_follows_no_link);
    return check_main(suite);
}
