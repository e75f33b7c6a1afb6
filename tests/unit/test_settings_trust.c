/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings files, and what they name, that others can change.
 */
#include "daemon/settings/table.h"
#include "tests/unit/settings_helper.h"

/* Only root and we may change what the settings name, and the group of the specs also bases. */
START_TEST(what_settings_name)
{
    static const char *const names[] = {"profile", "torchtune", "bases", "sweepctl"};
    ck_assert_int_eq(chmod(scratch, 0755), 0);
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *path = in_scratch(names[i]);
        char option[32];
        snprintf(option, sizeof option, "--%s", names[i]);
        if (strcmp(names[i], "bases") == 0)
            ck_assert_int_eq(mkdir(path, 0755), 0);
        else
            write_file(path, "");
        read_good("--specs", "/nowhere/a", "--queue", "/nowhere/b", option, path, NULL);
        ck_assert_int_eq(chmod(path, 0755), 0);
        ck_assert_msg(settings_complete(settings, findings), "%s", message_at(findings, 0));
        ck_assert_int_eq(chmod(path, 0757), 0);
        ck_assert(!settings_complete(settings, findings));
        ck_assert_str_eq(code_at(findings, 0), "untrusted");
        ck_assert_ptr_nonnull(strstr(message_at(findings, 0), "is writable by others (mode 0757)"));
        ck_assert_ptr_eq(strstr(message_at(findings, 0), names[i]), message_at(findings, 0));
        ck_assert_ptr_nonnull(strstr(hint_at(findings, 0), "run: chmod o-w /"));
        /* In a directory that others can write to. */
        ck_assert(chmod(path, 0755) == 0 && chmod(scratch, 0777) == 0);
        ck_assert(!settings_check_trust(settings, findings));
        ck_assert(chmod(scratch, 0755) == 0 && settings_check_trust(settings, findings));
    }
}
END_TEST

START_TEST(a_settings_file)
{
    write_file(in_scratch("user.yaml"), "jobs: 3\n");
    ck_assert_int_eq(chmod(in_scratch("user.yaml"), 0622), 0);
    read_bad(NULL);
    ck_assert_str_eq(code_at(findings, 0), "untrusted");
    ck_assert_int_eq(chmod(in_scratch("user.yaml"), 0644), 0);
    read_good(NULL);
    ck_assert_int_eq(chmod(scratch, 0777), 0);
    read_bad(NULL);
    ck_assert_int_eq(chmod(scratch, 0700), 0);
    if (geteuid() != 0)
        return;
    ck_assert_int_eq(chown(in_scratch("user.yaml"), 65534, 65534), 0);
    read_bad(NULL);
    ck_assert_ptr_nonnull(strstr(message_at(findings, 0), "belongs to user 65534"));
}
END_TEST

START_TEST(shared_bases)
{
    ck_assert(mkdir(in_scratch("specs"), 0700) == 0 && mkdir(in_scratch("bases"), 0700) == 0);
    ck_assert_int_eq(chmod(in_scratch("bases"), 02770), 0);
    if (geteuid() == 0) /* else it may be the user's own group */
        ck_assert(chown(in_scratch("specs"), 0, 65533) == 0 &&
                  chown(in_scratch("bases"), 0, 65533) == 0 &&
                  chmod(in_scratch("bases"), 02770) == 0);
    read_good("--specs", in_scratch("specs"), "--bases", in_scratch("bases"), "--group=yes", NULL);
    ck_assert_msg(settings_check_trust(settings, findings), "%s", message_at(findings, 0));
    read_good("--specs", in_scratch("specs"), "--bases", in_scratch("bases"), NULL);
    ck_assert(geteuid() != 0 || !settings_check_trust(settings, findings));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("settings_trust");
    TCase *tc = add_case(suite, "trust");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, what_settings_name);
    tcase_add_test(tc, a_settings_file);
    tcase_add_test(tc, shared_bases);
    return check_main(suite);
}
