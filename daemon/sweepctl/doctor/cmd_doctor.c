/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "daemon/settings/table.h"
#include "daemon/slurm/facts.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/doctor/doctor.h"

static const char doctor_help[] =
    "usage: sweepctl doctor [--specs DIR] [--queue DIR] [OPTION]…\n"
    "\n"
    "Checks whether sweepd can work here, and how well: as this user, on this\n"
    "machine, with these directories. Every line is ok, warn or FAIL, and below it is\n"
    "what to do. Without options it checks what sweepd would use (see `sweepctl\n"
    "config`). Most checks try the real operation, in hidden directories that are\n"
    "removed again.\n"
    "\n"
    "      --specs DIR        where specs are dropped\n"
    "      --queue DIR        where sweep directories appear\n"
    "      --group            the directories are shared with their group\n"
    "      --allow-root       sweepd is to run as root\n"
    "      --torchtune DIR    an installed torchtune: its virtual environment or\n"
    "                         site-packages\n"
    "      --facts            only print what is known of the Slurm cluster here, as\n"
    "                         JSON, for `plan --cluster=FILE` on another machine\n"
    "      --json             print one JSON object: ok, warnings, failures, and\n"
    "                         checks, each with check, level, text and todo\n"
    "\n"
    "Exit codes: 0 no check failed; 1 a check failed; 2 usage error.\n";

/* Prints the totals, or everything as JSON. Returns an exit code. */
static int doctor_finish(struct doctor *doctor)
{
    unsigned ok = doctor->counts[DOCTOR_OK], warnings = doctor->counts[DOCTOR_WARN];
    unsigned failures = doctor->counts[DOCTOR_FAIL];
    int printed;
    if (doctor->checks == NULL) {
        printf("%u ok, %u warning%s, %u failure%s\n", ok, warnings, cli_plural(warnings), failures,
            cli_plural(failures));
        printed = cli_flush();
    } else {
        printed = cli_print_json(json_pack("{s:b, s:i, s:i, s:o}", "ok", failures == 0, "warnings",
            (int)warnings, "failures", (int)failures, "checks", doctor->checks));
    }
    if (failures > 0)
        return EXIT_FAILED;
    return printed;
}

/* sweepd refuses specs and queue that are not apart. */
static void doctor_check_apart(struct doctor *doctor)
{
    const struct settings settings = {.specs = doctor->specs, .queue = doctor->queue};
    struct sweep_findings *findings = sweep_findings_new();
    if (findings != NULL && !settings_check_apart(&settings, findings)) {
        const struct sweep_finding *finding = sweep_findings_get(findings, 0);
        doctor_say(doctor, DOCTOR_FAIL, "apart", finding->hint, "%s", finding->message);
    }
    sweep_findings_free(findings);
}

static void doctor_report_settings(struct doctor *doctor, const struct sweep_findings *findings)
{
    const struct sweep_finding *finding;
    for (size_t i = 0; (finding = sweep_findings_get(findings, i)) != NULL; i++) {
        const char *file = finding->place.file, *todo = finding->hint;
        if (finding->severity != SWEEP_ERROR)
            continue;
        if (todo != NULL && strncmp(todo, "run: ", 5) == 0)
            todo += 5;
        if (file != NULL && finding->place.line > 0)
            doctor_say(doctor, DOCTOR_FAIL, "settings", todo, "%s:%u: %s", file,
                finding->place.line, finding->message);
        else if (file != NULL)
            doctor_say(doctor, DOCTOR_FAIL, "settings", todo, "%s: %s", file, finding->message);
        else
            doctor_say(doctor, DOCTOR_FAIL, "settings", todo, "%s", finding->message);
    }
}

/* sweepd does not start if others can change what it obeys. */
static void doctor_check_settings_trust(struct doctor *doctor, const struct settings *found)
{
    struct settings settings = *found;
    struct sweep_findings *findings = sweep_findings_new();
    settings.specs = doctor->specs;
    settings.group = doctor->group;
    settings.torchtune = doctor->torchtune;
    if (findings != NULL && !settings_check_trust(&settings, findings))
        doctor_report_settings(doctor, findings);
    sweep_findings_free(findings);
}

/* The settings that sweepd would use with these directories; NULL after a finding if they are
 * invalid. */
static struct settings *doctor_read_settings(struct doctor *doctor)
{
    struct settings_flags flags = {0};
    struct settings *settings = NULL;
    struct sweep_findings *findings = sweep_findings_new();
    flags.values[setting_find("specs")] = doctor->specs;
    flags.values[setting_find("queue")] = doctor->queue;
    if (findings != NULL)
        settings = settings_read(&flags, NULL, NULL, findings);
    if (settings == NULL) {
        doctor_say(doctor, DOCTOR_FAIL, "settings", "sweepctl config",
            "sweepd would not start: its settings are invalid");
        doctor_report_settings(doctor, findings);
    }
    sweep_findings_free(findings);
    return settings;
}

/* Options of the command line win. */
static void doctor_use_settings(struct doctor *doctor, const struct settings *settings)
{
    if (doctor->specs == NULL)
        doctor->specs = settings->specs;
    if (doctor->queue == NULL)
        doctor->queue = settings->queue;
    if (doctor->torchtune == NULL)
        doctor->torchtune = settings->torchtune;
    if (settings->group)
        doctor->group = true;
    if (settings->allow_root)
        doctor->allow_root = true;
}

static int doctor_check(struct doctor *doctor)
{
    struct settings *settings = doctor_read_settings(doctor);
    if (settings != NULL)
        doctor_use_settings(doctor, settings);
    doctor_user(doctor);
    if (settings != NULL)
        doctor_check_settings_trust(doctor, settings);
    if (doctor->specs != NULL && doctor->queue != NULL)
        doctor_check_apart(doctor);
    doctor_directories(doctor);
    doctor_inotify(doctor);
    doctor_kernel(doctor);
    doctor_torchtune(doctor);
    doctor_slurm(doctor);
    settings_free(settings);
    return doctor_finish(doctor);
}

/* For `plan --cluster=FILE` on a machine without Slurm. */
static int doctor_print_facts(void)
{
    struct facts_error error;
    json_t *facts = facts_ask(true, &error);
    if (facts == NULL)
        return cli_error(EXIT_FAILED, "%s", error.message);
    return cli_print_json(facts);
}

static int doctor_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"specs", required_argument, NULL, 's'},
        {"queue", required_argument, NULL, 'o'}, {"group", no_argument, NULL, 'g'},
        {"allow-root", no_argument, NULL, 'r'}, {"torchtune", required_argument, NULL, 't'},
        {"json", no_argument, NULL, 'j'}, {"facts", no_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'}, {0}};
    struct doctor doctor = {0};
    bool json = false;
    int option;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        switch (option) {
        case 's':
            doctor.specs = optarg;
            break;
        case 'o':
            doctor.queue = optarg;
            break;
        case 'g':
            doctor.group = true;
            break;
        case 'r':
            doctor.allow_root = true;
            break;
        case 't':
            doctor.torchtune = optarg;
            break;
        case 'j':
            json = true;
            break;
        case 'f':
            return doctor_print_facts();
        case 'h':
            return cli_help(command);
        default:
            return cli_usage(command);
        }
    }
    if (optind < argc)
        return cli_usage_error(command, "too many arguments");
    setlocale(LC_CTYPE, "");
    doctor.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (json) {
        doctor.checks = json_array();
        if (doctor.checks == NULL)
            return cli_oom();
    }
    return doctor_check(&doctor);
}

const struct command cmd_doctor = {
    "doctor", "check whether sweepd can work here", doctor_help, doctor_run};
