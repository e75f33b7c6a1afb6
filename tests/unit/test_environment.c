/* SPDX-License-Identifier: Apache-2.0
 *
 * What is wrong with the paths that all generators need. Mounts are tested by tests/crash/run
 * outages.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/spool/environment.h"
#include "tests/unit/check_main.h"

static struct environment environment;
static char queue[128], torchtune[128], profile[128], base[128], elsewhere[128];

static void begin(void)
{
    const char *const bases[] = {base, NULL};
    const struct environment_settings settings = {queue, torchtune, profile, bases};
    snprintf(queue, sizeof queue, "%s", in_scratch("queue"));
    snprintf(torchtune, sizeof torchtune, "%s", in_scratch("torchtune"));
    snprintf(profile, sizeof profile, "%s", in_scratch("profile.json"));
    snprintf(base, sizeof base, "%s", in_scratch("base"));
    snprintf(elsewhere, sizeof elsewhere, "%s", in_scratch("elsewhere"));
    ck_assert_int_eq(mkdir(queue, 0700), 0);
    ck_assert_int_eq(mkdir(torchtune, 0700), 0);
    ck_assert_int_eq(mkdir(base, 0700), 0);
    write_file(profile, "{}");
    ck_assert(environment_set(&environment, &settings));
}

static void end(void)
{
    environment_deinit(&environment);
}

static void works(void)
{
    struct environment_state state;
    ck_assert(environment_check(&environment, true, &state));
    ck_assert_int_eq(state.failure, 0);
    ck_assert_str_eq(state.why, "");
}

/* With and without creating a file. */
static void fails(int failure, const char *why, const char *path)
{
    for (int create = 0; create < 2; create++) {
        struct environment_state state;
        ck_assert(!environment_check(&environment, create != 0, &state));
        ck_assert_int_eq(state.failure, failure);
        ck_assert_ptr_nonnull(strstr(state.why, why));
        ck_assert_ptr_nonnull(strstr(state.why, path));
    }
}

START_TEST(each_path_can_be_missing)
{
    static const struct {
        const char *path, *why;
    } cases[] = {
        {queue, "cannot open the queue"},
        {torchtune, "cannot open the torchtune"},
        {profile, "cannot open the profile"},
        {base, "cannot open the bases"},
    };
    works();
    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_int_eq(rename(cases[i].path, elsewhere), 0);
        fails(ENOENT, cases[i].why, cases[i].path);
        ck_assert_int_eq(symlink("nowhere", cases[i].path), 0);
        fails(ENOENT, cases[i].why, cases[i].path);
        ck_assert_int_eq(unlink(cases[i].path), 0);
        ck_assert_int_eq(rename(elsewhere, cases[i].path), 0);
        works();
    }
}
END_TEST

START_TEST(a_file_is_no_directory)
{
    const char *const paths[] = {queue, torchtune, base};
    for (size_t i = 0; i < COUNT(paths); i++) {
        ck_assert_int_eq(rmdir(paths[i]), 0);
        write_file(paths[i], "");
        fails(ENOTDIR, "cannot open", paths[i]);
        ck_assert_int_eq(unlink(paths[i]), 0);
        ck_assert_int_eq(mkdir(paths[i], 0700), 0);
    }
    works();
}
END_TEST

START_TEST(the_queue_is_written_to)
{
    ck_assert_int_eq(chmod(queue, 0500), 0);
    if (geteuid() == 0) /* root may write */
        works();
    else
        fails(EACCES, "cannot write to the queue", queue);
    ck_assert_int_eq(chmod(queue, 0700), 0);
    works();
}
END_TEST

/* A directory may be replaced by an empty one, unless that is on another file system. */
START_TEST(a_new_directory_is_used)
{
    works();
    ck_assert_int_eq(rename(queue, elsewhere), 0);
    ck_assert_int_eq(mkdir(queue, 0700), 0);
    works();
}
END_TEST

START_TEST(optional_paths)
{
    const struct environment_settings settings = {queue, NULL, NULL, NULL};
    ck_assert(environment_set(&environment, &settings));
    ck_assert_uint_eq(environment.count, 1);
    ck_assert_int_eq(rmdir(torchtune), 0);
    works();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("environment");
    TCase *tc = add_case(suite, "environment");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, begin, end);
    tcase_add_test(tc, each_path_can_be_missing);
    tcase_add_test(tc, a_file_is_no_directory);
    tcase_add_test(tc, the_queue_is_written_to);
    tcase_add_test(tc, a_new_directory_is_used);
    tcase_add_test(tc, optional_paths);
    return check_main(suite);
}
