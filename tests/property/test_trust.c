/* SPDX-License-Identifier: Apache-2.0
 *
 * A directory that is called safe has to be safe. Random chains of directories and symbolic links,
 * with random owners, groups and modes, are checked; then three users try to write into the last
 * directory or to replace any part of the chain. If nothing was reported, no attack may succeed;
 * and if the rule is kept, nothing may be reported.
 *
 * SWEEP_SEED and SWEEP_CASES choose the cases. Case i of seed S is the only case of seed S + i.
 * Needs root to become these users, otherwise the exit status is 77.
 */
#include <grp.h>
#include <sys/wait.h>

#include "daemon/common/trust.h"
#include "tests/property/documents.h"
#include "tests/unit/check_main.h"
#include "tests/property/cases.h"

static uint64_t n_safe, n_broken;

/* sweepd's user, its group, and the attackers: one in the group, and two in none. */
enum { OURS = 64001, SHARED = 64002 };
static const struct {
    uid_t user;
    gid_t group;
} attackers[] = {{64010, SHARED}, {64011, 64011}, {64012, 64012}};

enum { MAX_PARTS = 16 };

static struct chain {
    char path[1024];               /* what is checked */
    char parts[MAX_PARTS][1024];   /* all that it goes through, links as well */
    struct stat status[MAX_PARTS]; /* links have the mode of the directory that they are in */
    size_t n;
} chain;

#define PICK(random, array) ((array)[random_below((random), COUNT(array))])

static void set_random_owner(struct random *random, const char *path)
{
    static const uid_t users[] = {0, 0, OURS, OURS, OURS, OURS, 64010, 64011};
    static const gid_t groups[] = {0, OURS, SHARED, 64011};
    ck_assert_int_eq(lchown(path, PICK(random, users), PICK(random, groups)), 0);
}

static void set_random_mode(struct random *random, const char *path)
{
    static const mode_t modes[] = {
        0700, 0755, 0755, 0755, 0711, 0750, 0770, 0775, 0777, 01777, 01775, 03770, 0757, 01757};
    ck_assert_int_eq(chmod(path, PICK(random, modes)), 0);
}

static void add_part(const char *path)
{
    ck_assert_uint_lt(chain.n, MAX_PARTS);
    snprintf(chain.parts[chain.n++], sizeof chain.parts[0], "%s", path);
}

/* Directories below one another, each now and then behind a link to a place beside the chain. */
static void make_chain(struct random *random)
{
    char real[512];
    chain = (struct chain){0};
    snprintf(chain.path, sizeof chain.path, "%s", scratch);
    snprintf(real, sizeof real, "%s", scratch);
    size_t depth = 1 + random_below(random, 3);
    for (size_t i = 0; i < depth; i++) {
        char name[32], directory[560], link[560];
        snprintf(name, sizeof name, "/%zu", i);
        strcat(chain.path, name);
        snprintf(directory, sizeof directory, "%s%s", real, name);
        if (random_one_in(random, 3)) {
            snprintf(link, sizeof link, "%s", directory);
            snprintf(directory, sizeof directory, "%s/at%zu", scratch, i);
            ck_assert_int_eq(symlink(directory, link), 0);
            set_random_owner(random, link);
            add_part(link);
        }
        ck_assert_int_eq(mkdir(directory, 0700), 0);
        set_random_owner(random, directory);
        set_random_mode(random, directory);
        add_part(directory);
        snprintf(real, sizeof real, "%.*s", (int)sizeof real - 1, directory);
    }
}

/* Tries to attack the chain; 0 if nothing succeeded, else 1 + the index of the part that could be
 * replaced or, for the last one, written to. */
static int attack(void)
{
    for (size_t i = 0; i < chain.n; i++) {
        char aside[1100];
        (void)!chmod(chain.parts[i], 0777);
        snprintf(aside, sizeof aside, "%s.aside", chain.parts[i]);
        if (rename(chain.parts[i], aside) == 0) {
            (void)!rename(aside, chain.parts[i]);
            return 1 + (int)i;
        }
    }
    char evil[1100];
    snprintf(evil, sizeof evil, "%s/evil.json", chain.parts[chain.n - 1]);
    int fd = open(evil, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd >= 0 ? (int)chain.n : 0;
}

static int attack_as(uid_t user, gid_t group)
{
    pid_t child = fork();
    if (child == 0) {
        if (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0 ||
            setresuid(user, user, user) != 0)
            _exit(99);
        _exit(attack());
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WIFEXITED(status), 1);
    ck_assert_int_ne(WEXITSTATUS(status), 99);
    return WEXITSTATUS(status);
}

static char reported[1200];

static void hear(void *data, const struct trust_diagnostic *heard)
{
    (void)data;
    snprintf(reported, sizeof reported, "%s", heard->message);
}

/* The same rule, without a walk: for all parts of the chain. */
static bool keeps_the_rule(gid_t group)
{
    mode_t above = 0755; /* the scratch directory's */
    for (size_t i = 0; i < chain.n; i++) {
        const struct stat *status = &chain.status[i];
        bool foreign = status->st_uid != 0 && status->st_uid != OURS;
        bool by_group = (status->st_mode & S_IWGRP) != 0 && status->st_gid != group;
        bool by_others = (status->st_mode & S_IWOTH) != 0;
        bool excused = (status->st_mode & S_ISVTX) != 0 && i + 1 < chain.n;
        if (S_ISLNK(status->st_mode) ? foreign && (above & S_ISVTX) != 0
                                     : foreign || ((by_group || by_others) && !excused))
            return false;
        if (!S_ISLNK(status->st_mode))
            above = status->st_mode;
    }
    return true;
}

static void run_case(uint64_t seed)
{
    struct random random = {seed};
    scratch_make();
    ck_assert_int_eq(chmod(scratch, 0755), 0);
    make_chain(&random);
    for (size_t i = 0; i < chain.n; i++)
        ck_assert_int_eq(lstat(chain.parts[i], &chain.status[i]), 0);
    gid_t group = random_one_in(&random, 2) ? SHARED : TRUST_NO_GROUP;
    struct trust_policy policy = {.user = OURS, .group = group};
    reported[0] = '\0';
    bool safe = trust_check(chain.path, &policy, hear, NULL) == 0;
    if (safe != keeps_the_rule(group))
        ck_abort_msg("%s is called %s: %s\n# SWEEP_SEED=%llu SWEEP_CASES=1", chain.path,
            safe ? "safe" : "unsafe", reported, (unsigned long long)seed);
    /* A member of the trusted group is not an attacker. */
    for (size_t i = group == SHARED; i < COUNT(attackers); i++) {
        int broken = attack_as(attackers[i].user, attackers[i].group);
        n_broken += broken != 0;
        if (safe && broken != 0)
            ck_abort_msg("user %u changed %s\n# SWEEP_SEED=%llu SWEEP_CASES=1",
                (unsigned)attackers[i].user, chain.parts[broken - 1], (unsigned long long)seed);
    }
    n_safe += safe;
}

START_TEST(safe_is_safe)
{
    /* Every user can reach the scratch directory. */
    ck_assert_int_eq(chmod(scratch_root, 0755), 0);
    for (uint64_t i = 0; i < n_cases; i++)
        run_case(first_seed + i);
    if (n_cases < 1000)
        return;
    /* the cases are worth something: some are safe, and the attackers can do something */
    ck_assert_msg(n_safe * 20 > n_cases && n_broken * 5 > n_cases,
        "%llu cases, %llu safe, %llu attacks succeeded", (unsigned long long)n_cases,
        (unsigned long long)n_safe, (unsigned long long)n_broken);
}
END_TEST

int main(void)
{
    if (geteuid() != 0) {
        puts("skipped: needs root, to become other users");
        return 77;
    }
    choose_cases(1500);
    umask(022);
    Suite *suite = suite_create("property trust");
    TCase *tc = add_case(suite, "trust");
    tcase_add_unchecked_fixture(tc, scratch_make_root, scratch_remove_root);
    tcase_set_timeout(tc, 280);
    tcase_add_test(tc, safe_is_safe);
    return check_main(suite);
}
