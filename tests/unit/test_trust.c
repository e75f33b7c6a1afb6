/* SPDX-License-Identifier: Apache-2.0
 *
 * Real directories with real owners and modes. The command of a diagnostic is run by a shell, and
 * afterwards there must be nothing left to report.
 */
#include <errno.h>
#include <pwd.h>
#include <sys/wait.h>

#include "daemon/common/accounts.h"
#include "daemon/common/trust.h"
#include "tests/unit/check_main.h"

enum { NOBODY = 65534, MAX_DIAGNOSTICS = 8 };

/* What was reported. */
static struct diagnostics {
    size_t n;
    char message[MAX_DIAGNOSTICS][1024], command[MAX_DIAGNOSTICS][1024],
        path[MAX_DIAGNOSTICS][1024];
} heard;

static void hear(void *data, const struct trust_diagnostic *diagnostic)
{
    ck_assert_ptr_eq(data, &heard);
    ck_assert_uint_lt(heard.n, MAX_DIAGNOSTICS);
    snprintf(heard.message[heard.n], sizeof heard.message[0], "%s", diagnostic->message);
    snprintf(heard.command[heard.n], sizeof heard.command[0], "%s", diagnostic->command);
    snprintf(heard.path[heard.n++], sizeof heard.path[0], "%s", diagnostic->path);
}

static struct trust_policy policy;

static void set_up(void)
{
    umask(022);
    policy = (struct trust_policy){.user = geteuid(), .group = TRUST_NO_GROUP};
}

static size_t check(const char *name)
{
    heard = (struct diagnostics){0};
    size_t n = trust_check(name[0] == '/' ? name : in_scratch(name), &policy, hear, &heard);
    ck_assert_uint_eq(n, heard.n);
    return n;
}

/* Makes a directory with exactly this mode, whatever the umask. */
static const char *make(const char *name, mode_t mode)
{
    const char *path = in_scratch(name);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
    return path;
}

/* Gives a file or link to another user: by its owner if we are root, else by a policy for another
 * user, to whom all our files are foreign. */
static void give_away(const char *name)
{
    if (geteuid() == 0)
        ck_assert_int_eq(lchown(in_scratch(name), NOBODY, (gid_t)-1), 0);
    else
        policy.user = geteuid() + 1;
}

static void expect(size_t index, const char *name, const char *what)
{
    char message[1024];
    snprintf(message, sizeof message, "%s/%s %s", scratch, name, what);
    ck_assert_uint_lt(index, heard.n);
    ck_assert_str_eq(heard.message[index], message);
    ck_assert_str_eq(heard.path[index], in_scratch(name));
}

/* Runs the command of a diagnostic. */
static void obey(size_t index)
{
    ck_assert_msg(system(heard.command[index]) == 0, "%s", heard.command[index]);
}

START_TEST(a_directory_of_ours)
{
    make("a", 0755);
    make("a/specs", 0700);
    ck_assert_uint_eq(check("a/specs"), 0);
    ck_assert_uint_eq(check("a/specs/"), 0);
    ck_assert_uint_eq(check("a//./specs/."), 0);
    ck_assert_uint_eq(check("/"), 0);
    ck_assert_int_eq(chdir(in_scratch("a")), 0);
    heard = (struct diagnostics){0};
    ck_assert_uint_eq(trust_check("specs", &policy, hear, &heard), 0);
    ck_assert_uint_eq(trust_check("../a/specs", &policy, hear, &heard), 0);
    ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

static const struct {
    mode_t mode;
    const char *what, *command;
} writable[] = {
    {0770, "is writable by its group (mode 0770)", "chmod g-w "},
    {0777, "is writable by its group and others (mode 0777)", "chmod go-w "},
    {0757, "is writable by others (mode 0757)", "chmod o-w "},
    {02775, "is writable by its group (mode 2775)", "chmod g-w "},
};

START_TEST(others_can_write)
{
    make("above", writable[_i].mode);
    make("above/it", writable[_i].mode);
    ck_assert_uint_eq(check("above/it"), 2);
    expect(0, "above", writable[_i].what);
    expect(1, "above/it", writable[_i].what);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(strncmp(heard.command[i], writable[_i].command, 9), 0);
        obey(i);
    }
    ck_assert_uint_eq(check("above/it"), 0);
}
END_TEST

START_TEST(sticky_is_good_enough_above_only)
{
    make("sticky", 01777);
    make("sticky/mine", 0700);
    ck_assert_uint_eq(check("sticky/mine"), 0);
    ck_assert_uint_eq(check("sticky"), 1);
    expect(0, "sticky", "is writable by its group and others (mode 1777)");
    /* It is the last directory, however the path is written. */
    ck_assert_uint_eq(check("sticky/."), 1);
    ck_assert_uint_eq(check("sticky/mine/.."), 1);
    ck_assert_uint_eq(check("sticky/mine/../mine"), 0);
    obey(0);
}
END_TEST

START_TEST(somebody_elses)
{
    make("theirs", 0755);
    make("theirs/mine", 0700);
    give_away("theirs");
    ck_assert_uint_ge(check("theirs/mine"), 1);
    size_t at = 0;
    while (at + 1 < heard.n && strcmp(heard.path[at], in_scratch("theirs")) != 0)
        at++;
    ck_assert_str_eq(heard.path[at], in_scratch("theirs"));
    ck_assert_ptr_nonnull(strstr(heard.message[at], " belongs to user "));
    ck_assert_int_eq(strncmp(heard.command[at], "chown ", 6), 0);
    if (geteuid() != 0)
        return;
    obey(at);
    ck_assert_uint_eq(check("theirs/mine"), 0);
}
END_TEST

START_TEST(a_group_that_may)
{
    make("shared", 0770);
    make("shared/specs", 0770);
    policy.group = getegid();
    ck_assert_uint_eq(check("shared/specs"), 0);
    policy.group = getegid() + 1;
    ck_assert_uint_eq(check("shared/specs"), 2);
    policy.group = getegid();
    ck_assert_int_eq(chmod(in_scratch("shared/specs"), 0777), 0);
    ck_assert_uint_eq(check("shared/specs"), 1);
    expect(0, "shared/specs", "is writable by others (mode 0777)");
    obey(0);
    ck_assert_uint_eq(check("shared/specs"), 0);
}
END_TEST

static void ignore(void *data, const struct trust_diagnostic *diagnostic)
{
    (void)data;
    (void)diagnostic;
}

/* As Debian makes them: the account `proxy` has a group of its own name. */
START_TEST(the_own_group_of_a_user)
{
    const struct passwd *proxy = getpwnam("proxy");
    if (proxy == NULL)
        return;
    ck_assert_uint_eq(account_own_group(0), 0);
    ck_assert_uint_eq(account_own_group(proxy->pw_uid), proxy->pw_gid);
    ck_assert_uint_eq(account_own_group(4294967000u), 0);
    char name[ACCOUNT_NAME];
    ck_assert(account_name(proxy->pw_uid, name));
    ck_assert_str_eq(name, "proxy");
    ck_assert(!account_name(4294967000u, name));
    ck_assert_str_eq(name, "user 4294967000");
    if (geteuid() != 0)
        return;
    const char *path = in_scratch("theirs");
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(chown(path, 0, proxy->pw_gid), 0);
    ck_assert_int_eq(chmod(path, 0770), 0);
    const struct trust_policy plain = {.group = TRUST_NO_GROUP},
                              own = {.group = TRUST_NO_GROUP, .own = proxy->pw_gid};
    ck_assert_uint_eq(trust_check(path, &plain, ignore, NULL), 1);
    ck_assert_uint_eq(trust_check(path, &own, ignore, NULL), 0);
    ck_assert_int_eq(chmod(path, 0772), 0);
    ck_assert_uint_eq(trust_check(path, &own, ignore, NULL), 1);
}
END_TEST

START_TEST(where_links_lead)
{
    make("good", 0755);
    make("bad", 0777);
    make("bad/place", 0700);
    ck_assert_int_eq(symlink("../bad/place", in_scratch("good/specs")), 0);
    ck_assert_int_eq(symlink(in_scratch("bad/place"), in_scratch("good/absolute")), 0);
    ck_assert_int_eq(symlink("good", in_scratch("link")), 0);
    ck_assert_uint_eq(check("good/specs"), 1);
    expect(0, "bad", "is writable by its group and others (mode 0777)");
    ck_assert_uint_eq(check("good/absolute"), 1);
    ck_assert_uint_eq(check("link/specs"), 1);
    obey(0);
    ck_assert_uint_eq(check("good/specs"), 0);
    ck_assert_uint_eq(check("good/absolute"), 0);
    ck_assert_uint_eq(check("link/specs"), 0);
    /* A link is as safe as the directory that holds it. */
    ck_assert_int_eq(chmod(in_scratch("good"), 0775), 0);
    ck_assert_uint_eq(check("good/specs"), 1);
    expect(0, "good", "is writable by its group (mode 0775)");
}
END_TEST

START_TEST(links_that_others_can_replace)
{
    make("sticky", 01777);
    make("mine", 0700);
    ck_assert_int_eq(symlink("../mine", in_scratch("sticky/link")), 0);
    ck_assert_uint_eq(check("sticky/link"), 0);
    give_away("sticky/link");
    ck_assert_uint_ge(check("sticky/link"), 1);
    if (geteuid() != 0)
        return;
    ck_assert_ptr_nonnull(strstr(heard.message[0], "sticky/link is a symbolic link that belongs"));
    ck_assert_int_eq(strncmp(heard.command[0], "chown -h ", 9), 0);
    obey(0);
    ck_assert_uint_eq(check("sticky/link"), 0);
}
END_TEST

START_TEST(links_in_a_circle)
{
    ck_assert_int_eq(symlink("b", in_scratch("a")), 0);
    ck_assert_int_eq(symlink("a", in_scratch("b")), 0);
    ck_assert_uint_eq(check("a"), 1);
    ck_assert_ptr_nonnull(strstr(heard.message[0], strerror(ELOOP)));
}
END_TEST

START_TEST(what_is_missing)
{
    make("above", 0777);
    ck_assert_uint_eq(check("above/none/of/these"), 2);
    expect(1, "above/none", "does not exist");
    ck_assert_int_eq(strncmp(heard.command[1], "mkdir -p -m 0700 ", 17), 0);
    /* The missing ones are not reported, but those above them are. */
    policy.missing = true;
    ck_assert_uint_eq(check("above/none/of/these"), 1);
    expect(0, "above", "is writable by its group and others (mode 0777)");
}
END_TEST

START_TEST(what_is_not_a_directory)
{
    write_file(in_scratch("file"), "");
    ck_assert_uint_eq(check("file"), 1);
    expect(0, "file", "is not a directory");
    ck_assert_uint_eq(check("file/below"), 1);
    char longest[4200];
    memset(longest, 'x', sizeof longest - 1);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    ck_assert_uint_eq(check(longest), 1);
    ck_assert_ptr_nonnull(strstr(heard.message[0], strerror(ENAMETOOLONG)));
}
END_TEST

/* A file, if one may be meant, has the same rules. */
START_TEST(files)
{
    make("d", 0755);
    write_file(in_scratch("d/file"), "");
    ck_assert_uint_eq(check("d/file"), 1);
    policy.file = true;
    ck_assert_uint_eq(check("d/file"), 0);
    ck_assert_uint_eq(check("d"), 0);
    ck_assert_uint_eq(check("d/file/x"), 1);
    ck_assert_ptr_nonnull(strstr(heard.message[0], "is not a directory"));
    ck_assert_int_eq(chmod(in_scratch("d/file"), 01646), 0);
    ck_assert_uint_eq(check("d/file"), 1);
    ck_assert_ptr_nonnull(strstr(heard.message[0], "d/file is writable by others (mode 1646)"));
    ck_assert_int_eq(symlink("d/file", in_scratch("link")), 0);
    ck_assert_uint_eq(check("link"), 1);
    ck_assert_int_eq(chmod(in_scratch("d/file"), 0644), 0);
    ck_assert_uint_eq(check("link"), 0);
    give_away("d/file");
    ck_assert_uint_ge(check("d/file"), 1);
    ck_assert_int_eq(mkfifo(in_scratch("fifo"), 0600), 0);
    policy.user = geteuid();
    ck_assert_uint_eq(check("fifo"), 1);
    ck_assert_ptr_nonnull(strstr(heard.message[0], "is not a regular file"));
}
END_TEST

START_TEST(a_directory_is_reported_once)
{
    struct trust_seen seen = {0};
    make("above", 0777);
    make("above/specs", 0700);
    make("above/queue", 0770);
    policy.seen = &seen;
    ck_assert_uint_eq(check("above/specs"), 1);
    heard = (struct diagnostics){0};
    ck_assert_uint_eq(trust_check(in_scratch("above/queue"), &policy, hear, &heard), 1);
    ck_assert_uint_eq(heard.n, 1);
    expect(0, "above/queue", "is writable by its group (mode 0770)");
    ck_assert_uint_eq(trust_check(in_scratch("above/specs"), &policy, hear, &heard), 1);
    ck_assert_uint_eq(heard.n, 1);
}
END_TEST

START_TEST(names_that_a_shell_would_read)
{
    static const char *const names[] = {
        "two words", "it's", "$(touch here)", "a;b", "`x`", "'", "*"};
    make(names[_i], 0777);
    ck_assert_uint_eq(check(names[_i]), 1);
    obey(0);
    ck_assert_uint_eq(check(names[_i]), 0);
}
END_TEST

START_TEST(one_open_directory)
{
    make("above", 0777);
    int fd = open(make("above/it", 0775), O_PATH | O_CLOEXEC);
    heard = (struct diagnostics){0};
    ck_assert_uint_eq(trust_check_open(fd, "it", &policy, hear, &heard), 1);
    ck_assert_str_eq(heard.message[0], "it is writable by its group (mode 0775)");
    ck_assert_str_eq(heard.command[0], "chmod g-w it");
    ck_assert_int_eq(chmod(in_scratch("above/it"), 0755), 0);
    ck_assert_uint_eq(trust_check_open(fd, "it", &policy, hear, &heard), 0);
    close(fd);
    ck_assert_uint_eq(trust_check_open(fd, "it", &policy, hear, &heard), 1);
}
END_TEST

/* Runs `body` in a process that has no privileges; its exit status. */
static int unprivileged(int (*body)(void))
{
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
            _exit(99);
        _exit(body());
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static int cannot_enter(void)
{
    policy.user = geteuid();
    if (check("open/closed/specs") < 1)
        return 1;
    return strstr(heard.message[heard.n - 1], "open/closed cannot be entered by this user") == NULL
               ? 2
               : 0;
}

static int is_not_root(void)
{
    heard = (struct diagnostics){0};
    return (int)trust_check_root(false, hear, &heard);
}

START_TEST(what_we_cannot_enter)
{
    ck_assert_int_eq(chmod(scratch_root, 0755), 0);
    ck_assert_int_eq(chmod(scratch, 0755), 0);
    make("open", 0755);
    make("open/closed", 0000);
    ck_assert_int_eq(unprivileged(cannot_enter), 0);
    ck_assert_int_eq(chmod(in_scratch("open/closed"), 0700), 0);
}
END_TEST

START_TEST(running_as_root)
{
    heard = (struct diagnostics){0};
    ck_assert_uint_eq(trust_check_root(false, hear, &heard), geteuid() == 0 ? 1 : 0);
    ck_assert_uint_eq(trust_check_root(true, hear, &heard), 0);
    ck_assert_int_eq(unprivileged(is_not_root), 0);
}
END_TEST

START_TEST(masks)
{
    ck_assert_uint_eq(trust_set_umask(false), 0077);
    ck_assert_uint_eq(umask(022), 0077);
    ck_assert_uint_eq(trust_set_umask(true), 0007);
    ck_assert_uint_eq(umask(022), 0007);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trust");
    TCase *tc = add_case(suite, "trust");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, a_directory_of_ours);
    tcase_add_loop_test(tc, others_can_write, 0, COUNT(writable));
    tcase_add_test(tc, sticky_is_good_enough_above_only);
    tcase_add_test(tc, somebody_elses);
    tcase_add_test(tc, a_group_that_may);
    tcase_add_test(tc, the_own_group_of_a_user);
    tcase_add_test(tc, where_links_lead);
    tcase_add_test(tc, links_that_others_can_replace);
    tcase_add_test(tc, links_in_a_circle);
    tcase_add_test(tc, what_is_missing);
    tcase_add_test(tc, what_is_not_a_directory);
    tcase_add_test(tc, files);
    tcase_add_test(tc, a_directory_is_reported_once);
    tcase_add_loop_test(tc, names_that_a_shell_would_read, 0, 7);
    tcase_add_test(tc, one_open_directory);
    tcase_add_test(tc, what_we_cannot_enter);
    tcase_add_test(tc, running_as_root);
    tcase_add_test(tc, masks);
    return check_main(suite);
}
