/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/settings/value.h"

static const char config_help[] =
    "usage: sweepctl config [NAME…] [--json] [--config FILE] [SWEEPD-OPTION…]\n"
    "\n"
    "Shows the settings that sweepd would run with, and where each comes from:\n"
    "a default, a file, the environment, or an option that is given here. NAMEs\n"
    "are the settings to show (default: all).\n"
    "\n"
    "      --json             print one JSON object: each name with value (sizes in\n"
    "                         bytes, times in seconds), source (default, file,\n"
    "                         environment or flag), and where and line of that\n"
    "      --config FILE      read this file instead of /etc/sweepd/sweepd.yaml and\n"
    "                         ~/.config/sweepd/sweepd.yaml\n"
    "\n"
    "`sweepd --help` lists its options; sweepd.yaml(5) describes the settings.\n"
    "\n"
    "Exit codes: 0 done; 1 failed; 2 wrong usage, also of a setting.\n";

/* The settings that were asked for, all if none was; false after a message. */
static bool select_names(int n, char **names, bool selected[SETTINGS_MAX])
{
    bool good = true;
    for (size_t i = 0; i < SETTINGS_MAX; i++)
        selected[i] = n == 0;
    for (int i = 0; i < n; i++) {
        char nearest[32];
        size_t index = setting_find(names[i]);
        if (index != SIZE_MAX) {
            selected[index] = true;
            continue;
        }
        setting_nearest(names[i], nearest);
        fputs("sweepctl config: there is no setting \"", stderr);
        fputs(cli_escaped(names[i]), stderr);
        fprintf(stderr, "\"%s%s%s\n", nearest[0] != '\0' ? "; did you mean " : "", nearest,
            nearest[0] != '\0' ? "?" : "");
        good = false;
    }
    return good;
}

static int print_text(const struct settings *settings, const bool selected[SETTINGS_MAX])
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        const struct setting_state *state = &settings->states[i];
        if (!selected[i])
            continue;
        char *text = setting_text(settings, i);
        if (text == NULL)
            return EXIT_FAILED;
        printf("%-22s", setting.name);
        fputs(cli_escaped(text), stdout);
        printf("%*s", strlen(text) < 24 ? 24 - (int)strlen(text) : 2, "");
        fputs(cli_escaped(state->where != NULL ? state->where : "default"), stdout);
        if (state->line > 0)
            printf(":%u", state->line);
        putchar('\n');
        free(text);
    }
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int print_json(const struct settings *settings, const bool selected[SETTINGS_MAX])
{
    static const char *const sources[] = {"default", "file", "environment", "flag"};
    struct setting setting;
    json_t *all = json_object();
    for (size_t i = 0; all != NULL && setting_at(i, &setting); i++) {
        const struct setting_state *state = &settings->states[i];
        if (!selected[i])
            continue;
        json_t *one = json_pack("{s:o, s:s, s:s?}", "value", setting_json(settings, i), "source",
            sources[state->origin], "where", state->where);
        if (one != NULL && state->line > 0)
            json_object_set_new(one, "line", json_integer(state->line));
        if (one == NULL || json_object_set_new(all, setting.name, one) != 0) {
            json_decref(all);
            all = NULL;
        }
    }
    return cli_print_json(all);
}

static int print(
    const struct settings_flags *flags, int n, char **names, struct sweep_findings *findings)
{
    bool selected[SETTINGS_MAX];
    struct settings *settings = settings_read(flags, NULL, NULL, findings);
    int code = settings != NULL                                  ? EXIT_DONE
               : sweep_findings_count(findings, SWEEP_ERROR) > 0 ? EXIT_USAGE
                                                                 : EXIT_FAILED;
    if (!select_names(n, names, selected))
        code = EXIT_USAGE;
    if (code == EXIT_DONE)
        code = flags->json ? print_json(settings, selected) : print_text(settings, selected);
    settings_free(settings);
    return code;
}

static int config_run(const struct command *command, int argc, char **argv)
{
    struct settings_flags flags;
    struct sweep_findings *findings = sweep_findings_new();
    int code = EXIT_FAILED;
    if (findings == NULL)
        return code;
    if (!settings_flags_read(argc, argv, true, &flags, findings))
        code = EXIT_USAGE;
    else
        code = flags.help ? cli_help(command)
                          : print(&flags, argc - flags.operands, argv + flags.operands, findings);
    cli_print_findings(findings);
    if (code == EXIT_USAGE)
        cli_usage(command);
    sweep_findings_free(findings);
    return code;
}

const struct command cmd_config = {
    "config", "show the settings of sweepd", config_help, config_run};
