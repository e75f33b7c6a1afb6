/* SPDX-License-Identifier: Apache-2.0
 *
 * sweepd: watches a directory for sweep specs and runs `sweepctl generate` on each. This file
 * starts and stops it; daemon/settings/settings.c reads its settings, service.c is the daemon.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/common/log.h"
#include "daemon/sweepd/notify.h"
#include "daemon/common/exit_codes.h"
#include "daemon/common/fileat.h"
#include "daemon/sweepd/service.h"
#include "daemon/settings/help.h"
#include "daemon/common/trust.h"
#include "sweep/generate.h"

static const char before_options[] =
    "Usage: sweepd --specs DIR --queue DIR [OPTION]...\n"
    "\n"
    "Watches a directory for sweep specs (*.json) and turns each into a sweep\n"
    "directory in the queue, with sweepctl. Specs move to DIR/done/ or, with a\n"
    "report beside them, to DIR/failed/.\n"
    "\n"
    "Each option is also a setting in a file and in the environment: --child-memory\n"
    "is child.memory in sweepd.yaml(5), and SWEEPD_CHILD_MEMORY. Options win over the\n"
    "environment, which wins over ~/.config/sweepd/sweepd.yaml, which wins over\n"
    "/etc/sweepd/sweepd.yaml. `sweepctl config` shows what comes of it.\n"
    "\n";

static const char after_options[] =
    "\n"
    "  --config FILE           read this file of settings instead of the two\n"
    "  --once                  do what is there, then end\n"
    "  --check                 only look whether all settings are good: exit status\n"
    "                          0, or 2 and what is wrong\n"
    "  --help                  show this and exit\n"
    "  --version               show the version and exit\n"
    "\n"
    "SIZE is bytes, or with a unit: 64 KiB, 2 GiB, 10MB. TIME is seconds, or 500ms,\n"
    "5m, 2h, 1d. SIGHUP looks at everything again. SIGTERM and SIGINT stop after the\n"
    "spec that is being worked on. Exit status: 0 stopped, 1 failure, 2 wrong usage.\n";

static int print_help(void)
{
    fputs(before_options, stdout);
    settings_help_options(stdout);
    fputs(after_options, stdout);
    return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* What is wrong on stderr. Returns the exit status for it. */
static int refuse(struct sweep_findings *findings)
{
    char *text = findings != NULL && sweep_findings_count(findings, SWEEP_ERROR) > 0
                     ? sweep_findings_text(findings, false)
                     : NULL;
    fputs(text != NULL ? text : "sweepd: out of memory\n", stderr);
    if (text != NULL)
        fputs("Try 'sweepd --help'.\n", stderr);
    int status = text != NULL ? EXIT_USAGE : EXIT_FAILED;
    free(text);
    return status;
}

/* -1 with *settings to go on, else the exit status. */
static int read_settings(
    int argc, char **argv, struct settings **settings, struct sweep_findings *findings)
{
    struct settings_flags flags;
    if (findings == NULL || !settings_flags_read(argc, argv, false, &flags, findings))
        return refuse(findings);
    if (flags.help)
        return print_help();
    if (flags.version)
        return printf("sweepd %s\n", sweep_version()) > 0 && fflush(stdout) == 0 ? EXIT_DONE
                                                                                 : EXIT_FAILED;
    if (flags.operands < argc) {
        sweep_findings_add(findings, &(struct sweep_finding){.code = "unknown-option",
                                         .place = {.file = argv[flags.operands]},
                                         .message = "sweepd takes options only"});
        return refuse(findings);
    }
    *settings = settings_read(&flags, NULL, NULL, findings);
    if (*settings == NULL || !settings_complete(*settings, findings))
        return refuse(findings);
    return flags.check ? 0 : -1;
}

/* The sweepctl that was installed with this program, else the one that PATH leads to. */
static const char *find_sweepctl(char path[PATH_MAX + 16])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
    if (length > 0) {
        path[length] = '\0';
        char *slash = strrchr(path, '/');
        if (slash != NULL) {
            strcpy(slash + 1, "sweepctl");
            if (access(path, X_OK) == 0)
                return path;
        }
    }
    return "sweepctl";
}

static bool make_directory(const char *path)
{
    struct stat status;
    int failure = fileat_make_path(path);
    if (failure == 0)
        log_line(LOG_NOTE, "%s was missing and has been made", path);
    else if (stat(path, &status) != 0)
        log_line(LOG_FAILURE, "%s: cannot be made: %s", path, strerror(failure));
    else if (!S_ISDIR(status.st_mode))
        log_line(LOG_FAILURE, "%s is not a directory", path);
    else
        failure = 0;
    return failure == 0;
}

/* The directory of the control socket, unless systemd has made it. Whether it can be used is found
 * out by whoever uses it. */
static void make_control_directory(const char *control)
{
    char directory[PATH_MAX];
    const char *slash = control != NULL ? strrchr(control, '/') : NULL;
    if (slash == NULL || slash == control || slash - control >= PATH_MAX)
        return;
    snprintf(directory, sizeof directory, "%.*s", (int)(slash - control), control);
    (void)mkdir(directory, 0700);
}

/* The group whose members may drop specs: that of the directory, when it is to be shared. */
static gid_t shared_group(const struct settings *settings)
{
    struct stat status;
    return settings->group && stat(settings->specs, &status) == 0 ? status.st_gid : (gid_t)-1;
}

/* What the settings come to, and what has to live as long as somebody uses it. */
struct sweepd {
    struct settings *settings;
    struct settings *first; /* those of the start: what cannot change is taken from here for good */
    char *specs, *queue;    /* absolute */
    char **arguments;       /* of every generator */
    char beside[PATH_MAX + 16];
    const char *sweepctl;
};

/* What others are told (by sweepctl status, by what lies beside a spec) has to hold wherever they
 * are. The caller's; NULL: no memory. */
static char *absolute(const char *path)
{
    char here[PATH_MAX], *whole;
    if (path[0] == '/' || getcwd(here, sizeof here) == NULL)
        return strdup(path);
    return asprintf(&whole, "%s/%s", here, path) < 0 ? NULL : whole;
}

static bool translate(struct sweepd *sweepd, struct service_settings *out)
{
    static const enum log_priority levels[] = {LOG_FAILURE, LOG_WARN, LOG_NOTE, LOG_FACT};
    const struct settings *settings = sweepd->settings;
    sweepd->arguments = settings_generator_args(settings);
    sweepd->sweepctl =
        settings->sweepctl != NULL ? settings->sweepctl : find_sweepctl(sweepd->beside);
    if (sweepd->arguments == NULL)
        return false;
    log_limit(levels[settings->log_level]);
    *out = (struct service_settings){
        .engine =
            {
                .specs = sweepd->specs,
                .queue = sweepd->queue,
                .sweepctl = sweepd->sweepctl,
                .child_args = (const char *const *)sweepd->arguments,
                .child_output = (size_t)settings->child_output,
                .deadline_ms = settings->deadline_ms,
                .backoff_ms = settings->backoff_ms,
                .rescan_ms = settings->rescan_ms,
                .policy =
                    {
                        .settle = {settings->settle_ms, settings->patience_ms,
                            settings->limits.spec_bytes},
                        .owner = {settings->waiting, settings->rate},
                        .any_owner = settings->owner == SETTINGS_OWNER_ANY,
                    },
                .jobs = (unsigned)settings->jobs,
                .attempts = (unsigned)settings->attempts,
                .group = shared_group(settings),
            },
        .control = settings->control,
        .metrics = settings->metrics,
        .no_inotify = !settings->inotify,
        .once = settings->flags.once,
    };
    return true;
}

static void log_findings(const struct sweep_findings *findings)
{
    char *text = sweep_findings_text(findings, false);
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (*line != '\0')
            log_line(LOG_WARN, "%s", line);
    }
    free(text);
}

static bool reload(void *data, struct service_settings *settings)
{
    struct sweepd *sweepd = data, before = *sweepd;
    struct sweep_findings *findings = sweep_findings_new();
    sweepd->settings = findings != NULL ? settings_reload(before.settings, findings) : NULL;
    if (findings != NULL)
        log_findings(findings);
    sweep_findings_free(findings);
    if (sweepd->settings == NULL || !translate(sweepd, settings)) {
        log_line(LOG_FAILURE, "the settings stay as they were");
        settings_free(sweepd->settings);
        *sweepd = before;
        return false;
    }
    settings_generator_args_free(before.arguments);
    if (before.settings != before.first)
        settings_free(before.settings);
    return true;
}

static void on_distrust(void *data, const struct trust_complaint *complaint)
{
    (void)data;
    log_line(LOG_FAILURE, "%s; run: %s", complaint->message, complaint->command);
}

static int serve(struct sweepd *sweepd)
{
    struct service_settings service;
    const struct settings *settings = sweepd->settings;
    log_init();
    notify_init();
    /* A log that nobody reads any more must not end us. */
    signal(SIGPIPE, SIG_IGN);
    if (trust_check_root(settings->allow_root, on_distrust, NULL) > 0)
        return EXIT_FAILED;
    trust_set_umask(settings->group);
    sweepd->specs = absolute(settings->specs);
    sweepd->queue = absolute(settings->queue);
    if (sweepd->specs == NULL || sweepd->queue == NULL || !translate(sweepd, &service))
        return EXIT_FAILED;
    const char *sweepctl = sweepd->sweepctl;
    if (strchr(sweepctl, '/') != NULL && access(sweepctl, X_OK) != 0) {
        log_line(LOG_FAILURE, "%s: %s", sweepctl, strerror(errno));
        return EXIT_FAILED;
    }
    if (!make_directory(settings->specs) || !make_directory(settings->queue))
        return EXIT_FAILED;
    make_control_directory(settings->control);
    service.engine.group = shared_group(settings);
    return service_run(&service, reload, sweepd);
}

int main(int argc, char **argv)
{
    struct sweep_findings *findings = sweep_findings_new();
    static struct sweepd sweepd;
    int status = read_settings(argc, argv, &sweepd.settings, findings);
    sweep_findings_free(findings);
    sweepd.first = sweepd.settings;
    if (status < 0)
        status = serve(&sweepd);
    free(sweepd.specs);
    free(sweepd.queue);
    settings_generator_args_free(sweepd.arguments);
    if (sweepd.settings != sweepd.first)
        settings_free(sweepd.settings);
    settings_free(sweepd.first);
    return status;
}
