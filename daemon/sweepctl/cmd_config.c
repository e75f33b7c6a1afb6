/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/settings/value.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"

static const char config_help[] =
    "usage: sweepctl config [NAME…] [--json] [--config FILE] [SWEEPD-OPTION…]\n"
    "\n"
    "Shows the settings that sweepd would run with, and where each comes from: a\n"
    "default, a file, the environment, or an option given here. NAME is a setting to\n"
    "show (default: all).\n"
    "\n"
    "      --json             print one JSON object: for each name value (sizes in\n"
    "                         bytes, times in seconds), source (default, file,\n"
    "                         environment or flag), and where and line of the source\n"
    "      --config FILE      read this file instead of /etc/sweepd/sweepd.yaml and\n"
    "                         ~/.config/sweepd/sweepd.yaml\n"
    "\n"
    "`sweepd --help` lists its options; sweepd.yaml(5) describes the settings.\n"
    "\n"
    "Exit codes: 0 done; 1 failed; 2 usage error, or a setting is invalid.\n";

/* Width of the columns before the source. */
enum { CONFIG_NAME_WIDTH = 22, CONFIG_VALUE_WIDTH = 22 };

static void config_report_unknown(const char *name)
{
    char nearest[32];
    setting_nearest(name, nearest);
    if (nearest[0] != '\0')
        cli_error(EXIT_USAGE, "sweepctl config: there is no setting \"%s\"; did you mean %s?", name,
            nearest);
    else
        cli_error(EXIT_USAGE, "sweepctl config: there is no setting \"%s\"", name);
}

/* Marks the settings with these names, or all if there are no names. False, with messages, if a
 * name is unknown. */
static bool config_select(int n, char **names, bool selected[SETTINGS_MAX])
{
    bool known = true;
    for (size_t i = 0; i < SETTINGS_MAX; i++)
        selected[i] = n == 0;
    for (int i = 0; i < n; i++) {
        size_t index = setting_find(names[i]);
        if (index != SIZE_MAX) {
            selected[index] = true;
        } else {
            config_report_unknown(names[i]);
            known = false;
        }
    }
    return known;
}

static int config_print_text(const struct settings *settings, const bool selected[SETTINGS_MAX])
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        const struct setting_state *state = &settings->states[i];
        if (!selected[i])
            continue;
        char *value = setting_text(settings, i);
        if (value == NULL)
            return cli_oom();
        printf(
            "%-*s%-*s  ", CONFIG_NAME_WIDTH, setting.name, CONFIG_VALUE_WIDTH, cli_escaped(value));
        free(value);
        if (state->where == NULL)
            printf("default\n");
        else if (state->line > 0)
            printf("%s:%u\n", cli_escaped(state->where), state->line);
        else
            printf("%s\n", cli_escaped(state->where));
    }
    return cli_flush();
}

static int config_print_json(const struct settings *settings, const bool selected[SETTINGS_MAX])
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
        if (json_object_set_new(all, setting.name, one) != 0) {
            json_decref(all);
            all = NULL;
        }
    }
    return cli_print_json(all);
}

static int config_print(
    const struct settings_flags *flags, int n, char **names, struct sweep_findings *findings)
{
    bool selected[SETTINGS_MAX];
    int code = EXIT_DONE;
    struct settings *settings = settings_read(flags, NULL, NULL, findings);
    if (settings == NULL && sweep_findings_count(findings, SWEEP_ERROR) == 0)
        code = cli_oom();
    else if (settings == NULL)
        code = EXIT_USAGE;
    if (!config_select(n, names, selected))
        code = EXIT_USAGE;
    if (code == EXIT_DONE && flags->json)
        code = config_print_json(settings, selected);
    else if (code == EXIT_DONE)
        code = config_print_text(settings, selected);
    settings_free(settings);
    return code;
}

static int config_run(const struct command *command, int argc, char **argv)
{
    struct settings_flags flags;
    struct sweep_findings *findings = sweep_findings_new();
    int code;
    if (findings == NULL)
        return cli_oom();
    if (!settings_flags_read(argc, argv, true, &flags, findings))
        code = EXIT_USAGE;
    else if (flags.help)
        code = cli_help(command);
    else
        code = config_print(&flags, argc - flags.operands, argv + flags.operands, findings);
    cli_print_findings(findings);
    if (code == EXIT_USAGE)
        cli_usage(command);
    sweep_findings_free(findings);
    return code;
}

const struct command cmd_config = {
    "config", "show the settings of sweepd", config_help, config_run};
