/* SPDX-License-Identifier: Apache-2.0
 *
 * Which files of a directory are taken, when, and in which order; on real files.
 */
#include <dirent.h>

#include "daemon/spool/candidates.h"
#include "tests/unit/check_main.h"

static const struct settle_policy settle_policy = {
    .settle_ms = 2000, .patience_ms = 60000, .max_bytes = 1000};

static const struct owner_policy owner_policy = {.max_waiting = 100};

static int directory;
static struct candidates list;

static void open_directory(void)
{
    directory = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(directory, 0);
    list = (struct candidates){.settle_policy = settle_policy, .owner_policy = owner_policy};
}

static void close_directory(void)
{
    candidates_deinit(&list);
    close(directory);
}

/* A file that was changed `age` seconds before the same moment as all others. */
static void drop(const char *name, const char *text, int age)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    struct timespec times[2] = {{1700000000 - age, 0}, {1700000000 - age, 0}};
    ck_assert_int_eq(futimens(fd, times), 0);
    close(fd);
}

static void found(const char *name, int64_t now_ms)
{
    candidates_begin(&list);
    for (size_t i = 0; i < list.count; i++)
        list.all[i].found = true;
    candidates_found(&list, directory, name, now_ms);
    candidates_end(&list);
}

/* Takes everything that is offered; the names in order, each followed by a space. */
static char taken[4096];
static enum candidate_answer answer;

static enum candidate_answer take(void *data, const struct candidate *candidate)
{
    (void)data;
    strcat(taken, candidate->name);
    strcat(taken, candidate->unfit[0] != '\0' ? "! " : " ");
    return answer;
}

static const char *offered(int64_t now_ms, size_t room, int64_t *due_ms)
{
    int64_t due;
    taken[0] = '\0';
    struct candidates_request request = {
        .directory = directory, .now_ms = now_ms, .room = room, .offer = take};
    candidates_take(&list, &request, due_ms != NULL ? due_ms : &due);
    return taken;
}

START_TEST(what_was_closed_is_taken_at_once)
{
    drop("x.json", "{}", 0);
    candidates_closed(&list, directory, "x.json", 1000);
    ck_assert_str_eq(offered(1000, 9, NULL), "x.json ");
    ck_assert_str_eq(offered(1000, 9, NULL), "");
}
END_TEST

START_TEST(what_was_not_announced_has_to_settle)
{
    int64_t due;
    drop("x.json", "{}", 0);
    found("x.json", 1000);
    ck_assert_str_eq(offered(2999, 9, &due), "");
    ck_assert_int_eq(due, 3000);
    ck_assert_str_eq(offered(3000, 9, NULL), "x.json ");
}
END_TEST

START_TEST(what_is_cut_short_is_waited_for)
{
    int64_t due;
    drop("x.json", "{\"name\": ", 0);
    candidates_closed(&list, directory, "x.json", 1000);
    ck_assert_str_eq(offered(1000, 9, NULL), "");
    ck_assert_str_eq(offered(60999, 9, &due), "");
    ck_assert_int_eq(due, 61000);
    ck_assert_str_eq(offered(61000, 9, NULL), "x.json ");
}
END_TEST

START_TEST(what_is_open_for_writing_is_waited_for)
{
    drop("x.json", "{}", 0);
    int writer = openat(directory, "x.json", O_WRONLY | O_CLOEXEC);
    candidates_closed(&list, directory, "x.json", 1000);
    ck_assert_str_eq(offered(1000, 9, NULL), "");
    ck_assert_str_eq(offered(4000, 9, NULL), "");
    close(writer);
    ck_assert_str_eq(offered(7000, 9, NULL), "x.json ");
    /* … but not forever */
    drop("y.json", "{}", 0);
    writer = openat(directory, "y.json", O_WRONLY | O_CLOEXEC);
    candidates_closed(&list, directory, "y.json", 10000);
    ck_assert_str_eq(offered(10000, 9, NULL), "");
    ck_assert_str_eq(offered(70000, 9, NULL), "y.json ");
    close(writer);
}
END_TEST

START_TEST(what_is_not_a_file_is_offered_as_unfit)
{
    ck_assert_int_eq(symlinkat("/etc/passwd", directory, "link.json"), 0);
    ck_assert_int_eq(mkfifoat(directory, "fifo.json", 0600), 0);
    ck_assert_int_eq(mkdirat(directory, "dir.json", 0700), 0);
    drop("one.json", "{}", 0);
    ck_assert_int_eq(linkat(directory, "one.json", directory, "two.json", 0), 0);
    char large[1002];
    memset(large, ' ', sizeof large);
    large[1001] = '\0';
    drop("large.json", large, 0);
    static const char *const names[] = {
        "link.json", "fifo.json", "dir.json", "one.json", "two.json", "large.json"};
    for (size_t i = 0; i < COUNT(names); i++)
        candidates_closed(&list, directory, names[i], 1000);
    ck_assert_str_eq(offered(1000, 9, NULL), "");
    offered(3000, 9, NULL);
    for (size_t i = 0; i < COUNT(names); i++) {
        char with_mark[40];
        snprintf(with_mark, sizeof with_mark, "%s! ", names[i]);
        ck_assert_msg(strstr(taken, with_mark) != NULL, "%s in %s", with_mark, taken);
    }
}
END_TEST

START_TEST(the_oldest_comes_first)
{
    drop("new.json", "{}", 1);
    drop("old.json", "{}", 100);
    drop("mid.json", "{}", 50);
    candidates_closed(&list, directory, "new.json", 1000);
    candidates_closed(&list, directory, "old.json", 1000);
    candidates_closed(&list, directory, "mid.json", 1000);
    ck_assert_str_eq(offered(1000, 2, NULL), "old.json mid.json ");
    ck_assert_str_eq(offered(1000, 2, NULL), "new.json ");
}
END_TEST

START_TEST(no_user_starves)
{
    if (geteuid() != 0)
        return; /* files of other users need root; run as root this decides */
    static const char *const many[] = {"a1.json", "a2.json", "a3.json", "a4.json"};
    for (size_t i = 0; i < COUNT(many); i++) {
        drop(many[i], "{}", 1000 - (int)i);
        candidates_closed(&list, directory, many[i], 1000);
    }
    drop("b1.json", "{}", 1);
    ck_assert_int_eq(fchownat(directory, "b1.json", 65534, 65534, 0), 0);
    candidates_closed(&list, directory, "b1.json", 1000);
    ck_assert_str_eq(offered(1000, 3, NULL), "a1.json b1.json a2.json ");
}
END_TEST

/* Lists the directory, as sweepd does. */
static void scan(int64_t now_ms)
{
    DIR *stream = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ck_assert_ptr_nonnull(stream);
    candidates_begin(&list);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
        if (entry->d_name[0] != '.')
            candidates_found(&list, directory, entry->d_name, now_ms);
    candidates_end(&list);
    closedir(stream);
}

/* Also removes them from the directory, as a claim does. */
static size_t take_away(int64_t now_ms, size_t room, int64_t *due_ms)
{
    size_t count = 0;
    char names[sizeof taken];
    snprintf(names, sizeof names, "%s", offered(now_ms, room, due_ms));
    for (char *name = strtok(names, " "); name != NULL; name = strtok(NULL, " "), count++)
        ck_assert_int_eq(unlinkat(directory, name, 0), 0);
    return count;
}

START_TEST(no_user_fills_the_memory)
{
    list.owner_policy.max_waiting = 4;
    for (int i = 0; i < 11; i++) {
        char name[16];
        snprintf(name, sizeof name, "x%02d.json", i);
        drop(name, "{}", 0);
    }
    scan(1000);
    ck_assert_uint_eq(list.count, 4);
    ck_assert_uint_eq(list.n_left_out, 7);
    /* A file that was reported does not fit either, and is not lost. */
    drop("y.json", "{}", 0);
    candidates_closed(&list, directory, "y.json", 1000);
    ck_assert_uint_eq(list.count, 4);
    ck_assert_uint_eq(list.n_left_out, 8);

    size_t done = 0, scans = 1;
    int64_t now_ms = 1000;
    for (int rounds = 0; rounds < 100 && (list.count > 0 || list.n_left_out > 0); rounds++) {
        now_ms += 2000;
        done += take_away(now_ms, 1, NULL);
        if (candidates_need_rescan(&list)) {
            scan(now_ms);
            scans++;
            ck_assert_uint_le(list.count, 4);
            ck_assert_msg(!candidates_need_rescan(&list), "a scan asks for the next one");
        }
    }
    ck_assert_uint_eq(done, 12);
    ck_assert_uint_eq(scans, 4); /* after the 3rd, the 6th and the 9th */
}
END_TEST

START_TEST(a_full_list_of_vanished_names_does_not_block)
{
    list.owner_policy.max_waiting = 2;
    drop("a.json", "{}", 0);
    drop("b.json", "{}", 0);
    scan(1000);
    unlinkat(directory, "a.json", 0);
    unlinkat(directory, "b.json", 0);
    drop("c.json", "{}", 0);
    scan(2000);
    ck_assert_uint_eq(list.count, 0);
    ck_assert(candidates_need_rescan(&list));
    scan(2000);
    ck_assert_uint_eq(list.count, 1);
    ck_assert(!candidates_need_rescan(&list));
}
END_TEST

START_TEST(a_rate_allows_an_hour_s_worth_and_then_one_by_one)
{
    const int64_t minute = 60000, begin = 1000000000;
    int64_t due;
    list.owner_policy.per_hour = 4; /* one every 15 minutes */
    for (int i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "x%d.json", i);
        drop(name, "{}", 0);
        candidates_closed(&list, directory, name, begin);
    }
    ck_assert_uint_eq(take_away(begin, 3, &due), 3);
    ck_assert_uint_eq(take_away(begin, 9, &due), 1);
    ck_assert_int_eq(due, begin + 15 * minute);
    ck_assert_uint_eq(take_away(due - 1, 9, &due), 0);
    ck_assert_uint_eq(take_away(begin + 15 * minute, 9, &due), 1);
    ck_assert_int_eq(due, begin + 30 * minute);
    /* The bucket refills, but holds no more than an hour's worth. */
    ck_assert_uint_eq(take_away(begin + 45 * minute, 9, &due), 2);
    ck_assert_uint_eq(take_away(begin + 600 * minute, 9, &due), 3);
    drop("y.json", "{}", 0);
    candidates_closed(&list, directory, "y.json", begin + 600 * minute);
    ck_assert_uint_eq(take_away(begin + 600 * minute, 9, &due), 1);
    list.owner_policy.per_hour = 0;
    for (int i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "z%d.json", i);
        drop(name, "{}", 0);
        candidates_closed(&list, directory, name, begin + 600 * minute);
    }
    ck_assert_uint_eq(take_away(begin + 600 * minute, 99, &due), 10);
}
END_TEST

START_TEST(limits_are_for_each_user)
{
    list.owner_policy = (struct owner_policy){.max_waiting = 2, .per_hour = 1};
    static const char *const names[] = {"a1.json", "a2.json", "a3.json", "b1.json", "b2.json"};
    for (size_t i = 0; i < COUNT(names); i++) {
        drop(names[i], "{}", 100 - (int)i);
        if (names[i][0] == 'b' && fchownat(directory, names[i], 65534, 65534, 0) != 0)
            return; /* only root can give files away */
        candidates_closed(&list, directory, names[i], 1000);
    }
    ck_assert_uint_eq(list.count, 4);
    ck_assert_uint_eq(list.n_left_out, 1);
    ck_assert_str_eq(offered(1000, 9, NULL), "a1.json b1.json ");
}
END_TEST

START_TEST(what_could_not_be_taken_is_retried_later)
{
    int64_t due;
    drop("x.json", "{}", 0);
    candidates_closed(&list, directory, "x.json", 1000);
    answer = CANDIDATE_POSTPONED;
    ck_assert_str_eq(offered(1000, 9, &due), "x.json ");
    ck_assert_int_gt(due, 1000);
    ck_assert_str_eq(offered(due - 1, 9, NULL), "");
    answer = CANDIDATE_TAKEN;
    ck_assert_str_eq(offered(due, 9, NULL), "x.json ");
}
END_TEST

START_TEST(what_is_gone_is_forgotten)
{
    drop("x.json", "{}", 0);
    found("x.json", 1000);
    ck_assert_uint_eq(list.count, 1);
    unlinkat(directory, "x.json", 0);
    ck_assert_str_eq(offered(9000, 9, NULL), "");
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

/* `touch -d 2400-01-01`: nanoseconds since 1970 do not fit into 64 bits. */
START_TEST(times_of_any_year)
{
    static const time_t seconds[] = {
        INT64_MIN, -62135596800, -1, 0, 1795961665, 13569465600, INT64_MAX};
    struct settle_status before = {.mtime_ns = INT64_MIN, .ctime_ns = INT64_MIN};
    for (size_t i = 0; i < COUNT(seconds); i++) {
        const struct stat status = {.st_mtim = {.tv_sec = seconds[i], .tv_nsec = 999999999},
            .st_ctim = {.tv_sec = seconds[i], .tv_nsec = 999999999}};
        struct settle_status now = candidates_status(&status);
        ck_assert_int_ge(now.mtime_ns, before.mtime_ns);
        ck_assert_int_ge(now.ctime_ns, before.ctime_ns);
        ck_assert(now.mtime_ns <= INT64_MAX / 2 && now.mtime_ns >= INT64_MIN / 2);
        before = now;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("candidates");
    TCase *tc = add_case(suite, "candidates");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, open_directory, close_directory);
    answer = CANDIDATE_TAKEN;
    tcase_add_test(tc, times_of_any_year);
    tcase_add_test(tc, what_was_closed_is_taken_at_once);
    tcase_add_test(tc, what_was_not_announced_has_to_settle);
    tcase_add_test(tc, what_is_cut_short_is_waited_for);
    tcase_add_test(tc, what_is_open_for_writing_is_waited_for);
    tcase_add_test(tc, what_is_not_a_file_is_offered_as_unfit);
    tcase_add_test(tc, the_oldest_comes_first);
    tcase_add_test(tc, no_user_starves);
    tcase_add_test(tc, no_user_fills_the_memory);
    tcase_add_test(tc, a_full_list_of_vanished_names_does_not_block);
    tcase_add_test(tc, a_rate_allows_an_hour_s_worth_and_then_one_by_one);
    tcase_add_test(tc, limits_are_for_each_user);
    tcase_add_test(tc, what_could_not_be_taken_is_retried_later);
    tcase_add_test(tc, what_is_gone_is_forgotten);
    return check_main(suite);
}
