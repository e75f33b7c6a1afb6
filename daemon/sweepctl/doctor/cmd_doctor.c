/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/doctor/doctor.h"
#include "daemon/settings/settings.h"

static const char doctor_help[] =
    "usage: sweepctl doctor [--specs DIR] [--queue DIR] [OPTION]…\n"
    "\n"
    "Looks whether sweepd can work here, and how well: as this user, on this machine,\n"
    "with these directories. Every line is ok, warn or FAIL; below it is what to do.\n"
    "Without options it looks at what sweepd would do: see `sweepctl config`.\n"
    "Most is really tried, in hidden directories that are removed again.\n"
    "\n"
    "      --specs DIR        where specs are dropped\n"
    "      --queue DIR        where sweep directories appear\n"
    "      --group            they are shared with the group that they belong to\n"
    "      --allow-root       sweepd is to run as root\n"
    "      --torchtune DIR    an installed torchtune: its virtual environment or\n"
    "                         site-packages\n"
    "      --json             print one JSON object: ok, warnings, failures, and\n"
    "                         checks, each with check, level, text and todo\n"
    "\n"
    "Exit codes: 0 nothing failed; 1 something did; 2 wrong usage.\n";

static int end(struct doctor *doctor)
{
    unsigned warnings = doctor->counts[DOCTOR_WARN], failures = doctor->counts[DOCTOR_FAIL];
    int code = failures > 0 ? EXIT_FAILED : EXIT_DONE;
    if (doctor->checks == NULL) {
        printf("%u ok, %u warning%s, %u failure%s\n", doctor->counts[DOCTOR_OK], warnings,
            cli_plural(warnings), failures, cli_plural(failures));
        return fflush(stdout) == 0 ? code : EXIT_FAILED;
    }
    int printed = cli_print_json(json_pack("{s:b, s:i, s:i, s:O}", "ok", failures == 0, "warnings",
        (int)warnings, "failures", (int)failures, "checks", doctor->checks));
    json_decref(doctor->checks);
    return printed == EXIT_DONE ? code : printed;
}

/* What sweepd would do without options. NULL when the settings are wrong, which was said. */
static struct settings *usual_settings(struct doctor *doctor)
{
    const struct settings_flags none = {0};
    struct sweep_findings *findings = sweep_findings_new();
    struct settings *settings =
        findings != NULL ? settings_read(&none, NULL, NULL, findings) : NULL;
    if (settings == NULL)
        doctor_say(doctor, DOCTOR_FAIL, "settings", "sweepctl config",
            "sweepd does not start: its settings are wrong");
    sweep_findings_free(findings);
    return settings;
}

static void take_settings(struct doctor *doctor, const struct settings *settings)
{
    if (doctor->specs == NULL)
        doctor->specs = settings->specs;
    if (doctor->queue == NULL)
        doctor->queue = settings->queue;
    if (doctor->torchtune == NULL)
        doctor->torchtune = settings->torchtune;
    doctor->group |= settings->group;
    doctor->allow_root |= settings->allow_root;
}

static int doctor_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"specs", required_argument, NULL, 's'},
        {"queue", required_argument, NULL, 'o'}, {"group", no_argument, NULL, 'g'},
        {"allow-root", no_argument, NULL, 'r'}, {"torchtune", required_argument, NULL, 't'},
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct doctor doctor = {0};
    bool json = false;
    for (int c; (c = getopt_long(argc, argv, "h", long_options, NULL)) != -1;) {
        if (c == 's')
            doctor.specs = optarg;
        else if (c == 'o')
            doctor.queue = optarg;
        else if (c == 't')
            doctor.torchtune = optarg;
        else if (c == 'r')
            doctor.allow_root = true;
        else if (c == 'j')
            json = true;
        else if (c == 'g')
            doctor.group = true;
        else
            return c == 'h' ? cli_help(command) : cli_usage(command);
    }
    if (optind < argc) {
        fprintf(stderr, "sweepctl doctor: too many arguments\n");
        return cli_usage(command);
    }
    setlocale(LC_CTYPE, "");
    doctor.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (json && (doctor.checks = json_array()) == NULL)
        return EXIT_FAILED;
    struct settings *settings = usual_settings(&doctor);
    if (settings != NULL)
        take_settings(&doctor, settings);
    doctor_user(&doctor);
    doctor_directories(&doctor);
    doctor_inotify(&doctor);
    doctor_kernel(&doctor);
    doctor_torchtune(&doctor);
    doctor_slurm(&doctor);
    settings_free(settings);
    return end(&doctor);
}

const struct command cmd_doctor = {
    "doctor", "look whether sweepd can work here", doctor_help, doctor_run};
