/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads settings as sweepd does, from a command line and the two files of a scratch directory.
 */
#ifndef TESTS_UNIT_SETTINGS_HELPER_H
#define TESTS_UNIT_SETTINGS_HELPER_H

#include "daemon/settings/table.h"
#include "daemon/settings/value.h"
#include "tests/unit/check_main.h"

static struct sweep_findings *findings;
static struct settings *settings;

static void set_up(void)
{
    struct setting setting;
    findings = sweep_findings_new();
    settings = NULL;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        char variable[40];
        setting_variable(&setting, variable);
        unsetenv(variable);
    }
    setenv("HOME", "/home/somebody", 1);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_RUNTIME_DIR");
    unsetenv("RUNTIME_DIRECTORY");
}

static void tear_down(void)
{
    settings_free(settings);
    sweep_findings_free(findings);
}

/* Replaces `settings` and `findings` by what a command line (ends with NULL) and the two files of
 * the scratch directory give. False after an error. */
static bool read_with(const char *const *arguments)
{
    char *argv[16] = {(char *)"sweepd"};
    struct settings_flags flags;
    int argc = 1;
    for (; *arguments != NULL; arguments++)
        argv[argc++] = (char *)*arguments;
    settings_free(settings);
    sweep_findings_free(findings);
    findings = sweep_findings_new();
    settings = NULL;
    if (!settings_flags_read(argc, argv, false, &flags, findings))
        return false;
    ck_assert_int_eq(flags.operands, argc);
    settings = settings_read(&flags, in_scratch("system.yaml"), in_scratch("user.yaml"), findings);
    return settings != NULL;
}

#define read_good(...)                                                                             \
    do {                                                                                           \
        const char *const arguments_[] = {__VA_ARGS__};                                            \
        ck_assert_msg(read_with(arguments_), "%s", message_at(findings, 0));                       \
    } while (0)

#define read_bad(...)                                                                              \
    do {                                                                                           \
        const char *const arguments_[] = {__VA_ARGS__};                                            \
        ck_assert(!read_with(arguments_));                                                         \
    } while (0)

#endif
