/* SPDX-License-Identifier: Apache-2.0
 *
 * sweepd: watches a directory for sweep specs and runs `sweepctl generate` on each. This file
 * translates the settings (daemon/settings/) for the daemon itself (service.c).
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/common/exit_codes.h"
#include "daemon/common/fileat.h"
#include "daemon/common/log.h"
#include "daemon/common/output.h"
#include "daemon/common/runtime.h"
#include "daemon/common/trust.h"
#include "daemon/settings/help.h"
#include "daemon/sweepd/notify.h"
#include "daemon/sweepd/service.h"
#include "sweep/generate.h"

static const char help_before_options[] =
    "Usage: sweepd --specs DIR --queue DIR [OPTION]...\n"
    "\n"
    "Watches a directory for sweep specs (*.json) and turns each into a sweep\n"
    "directory in the queue, with sweepctl. Specs move to DIR/done/ or, with a\n"
    "report, to DIR/failed/.\n"
    "\n"
    "Each option is also a setting in a file and in the environment: --child-memory\n"
    "is child.memory in sweepd.yaml(5), and SWEEPD_CHILD_MEMORY. Options override the\n"
    "environment, which overrides ~/.config/sweepd/sweepd.yaml, which overrides\n"
    "/etc/sweepd/sweepd.yaml. `sweepctl config` shows the result.\n"
    "\n";

static const char help_after_options[] =
    "\n"
    "SIZE is bytes, or has a unit: 64 KiB, 2 GiB, 10MB. TIME is seconds, or has one:\n"
    "500ms, 5m, 2h, 1d. SIGHUP reloads the settings and rescans. SIGTERM and SIGINT\n"
    "stop sweepd when the running generators have finished, after at most 30 s.\n"
    "Exit status: 0 stopped, 1 failure, 2 usage error, 7 stdout could not be written.\n";

/* The settings in use, and what has been derived from them. */
struct sweepd {
    struct settings *settings;
    struct settings *initial; /* service_run() keeps strings of those that need a restart */
    char *specs, *queue;      /* absolute paths */
    char **generator_args;
    char sweepctl_path[PATH_MAX + 16]; /* of the installed sweepctl */
    const char *sweepctl;              /* that or the setting */
};

/* --- the command line ----------------------------------------------------------------------- */

static int main_print_help(void)
{
    fputs(help_before_options, stdout);
    settings_help_options(stdout);
    putchar('\n');
    settings_help_others(stdout);
    fputs(help_after_options, stdout);
    return output_flush();
}

static int main_print_version(void)
{
    printf("sweepd %s\n", sweep_version());
    return output_flush();
}

/* Prints the findings, of which there are none when memory ran out. Returns the exit status. */
static int main_refuse(struct sweep_findings *findings)
{
    char *text = NULL;
    if (findings != NULL && sweep_findings_count(findings, SWEEP_ERROR) > 0)
        text = sweep_findings_text(findings, false);
    if (text == NULL) {
        fputs("sweepd: out of memory\n", stderr);
        return EXIT_FAILED;
    }
    fprintf(stderr, "%sTry 'sweepd --help'.\n", text);
    free(text);
    return EXIT_USAGE;
}

/* Returns -1 with *settings if sweepd is to start, else the exit status. */
static int main_read_settings(
    int argc, char **argv, struct settings **settings, struct sweep_findings *findings)
{
    struct settings_flags flags;
    if (findings == NULL || !settings_flags_read(argc, argv, false, &flags, findings))
        return main_refuse(findings);
    if (flags.help)
        return main_print_help();
    if (flags.version)
        return main_print_version();
    if (flags.operands < argc) {
        sweep_findings_add(
            findings, &(struct sweep_finding){.code = "unknown-option",
                          .place = {.file = argv[flags.operands]},
                          .message = "unexpected argument; sweepd takes only options"});
        return main_refuse(findings);
    }
    *settings = settings_read(&flags, NULL, NULL, findings);
    if (*settings == NULL || !settings_complete(*settings, findings))
        return main_refuse(findings);
    return flags.check ? EXIT_DONE : -1;
}

/* --- settings ------------------------------------------------------------------------------- */

/* The sweepctl in the directory of this program; without one, that in PATH. */
static const char *main_find_sweepctl(char path[PATH_MAX + 16])
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
    if (length <= 0)
        return "sweepctl";
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return "sweepctl";
    strcpy(slash + 1, "sweepctl");
    if (access(path, X_OK) != 0)
        return "sweepctl";
    return path;
}

/* The group whose members may drop specs: the directory's, if that is to be shared. */
static gid_t main_shared_group(const struct settings *settings)
{
    struct stat status;
    if (settings->group && stat(settings->specs, &status) == 0)
        return status.st_gid;
    return TRUST_NO_GROUP;
}

/* Paths in the status and in reports are read in other working directories. The result is the
 * caller's; NULL: out of memory. */
static char *main_absolute_path(const char *path)
{
    char here[PATH_MAX], *absolute;
    if (path[0] == '/' || getcwd(here, sizeof here) == NULL)
        return strdup(path);
    if (asprintf(&absolute, "%s/%s", here, path) < 0)
        return NULL;
    return absolute;
}

/* False when out of memory. */
static bool main_translate_settings(struct sweepd *sweepd, struct service_settings *out)
{
    static const enum log_priority levels[] = {LOG_ERROR, LOG_WARN, LOG_NOTE, LOG_INFO};
    const struct settings *settings = sweepd->settings;
    sweepd->generator_args = settings_generator_args(settings);
    if (sweepd->generator_args == NULL)
        return false;
    sweepd->sweepctl = settings->sweepctl;
    if (sweepd->sweepctl == NULL)
        sweepd->sweepctl = main_find_sweepctl(sweepd->sweepctl_path);
    log_set_level(levels[settings->log_level]);
    *out = (struct service_settings){
        .engine =
            {
                .specs = sweepd->specs,
                .queue = sweepd->queue,
                .environment = {sweepd->queue, settings->torchtune, settings->profile,
                    settings->bases},
                .sweepctl = sweepd->sweepctl,
                .child_args = (const char *const *)sweepd->generator_args,
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
                        .submit = settings->submit,
                    },
                .jobs = (unsigned)settings->jobs,
                .attempts = (unsigned)settings->attempts,
                .group = main_shared_group(settings),
            },
        .control = settings->control,
        .metrics = settings->metrics,
        .no_inotify = !settings->inotify,
        .once = settings->flags.once,
    };
    return true;
}

static void main_log_findings(const struct sweep_findings *findings)
{
    char *text = sweep_findings_text(findings, false);
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (*line != '\0')
            log_line(LOG_WARN, "%s", line);
    }
    free(text);
}

static bool main_reload(void *data, struct service_settings *settings)
{
    struct sweepd *sweepd = data, before = *sweepd;
    struct sweep_findings *findings = sweep_findings_new();
    sweepd->settings = NULL;
    if (findings != NULL) {
        sweepd->settings = settings_reload(before.settings, findings);
        main_log_findings(findings);
        sweep_findings_free(findings);
    }
    if (sweepd->settings == NULL || !main_translate_settings(sweepd, settings)) {
        log_line(LOG_ERROR, "reload failed; keeping the previous settings");
        settings_free(sweepd->settings);
        *sweepd = before;
        return false;
    }
    settings_generator_args_free(before.generator_args);
    if (before.settings != before.initial)
        settings_free(before.settings);
    return true;
}

/* --- start and end -------------------------------------------------------------------------- */

/* False (logged) if it does not exist and cannot be created. */
static bool main_make_directory(const char *path)
{
    struct stat status;
    struct fileat_path made;
    int failure = fileat_make_path(path, &made);
    if (failure == 0) {
        log_line(LOG_NOTE, "%s: created the directory", path);
        return true;
    }
    if (stat(path, &status) != 0) {
        log_line(LOG_ERROR, "%s: cannot create the directory: %s", path, strerror(failure));
        return false;
    }
    if (!S_ISDIR(status.st_mode)) {
        log_line(LOG_ERROR, "%s: not a directory", path);
        return false;
    }
    return true;
}

/* Creates the directory of the control socket, unless systemd has. False (logged) if the socket
 * must not be created there; other failures are reported when it is created. */
static bool main_make_control_directory(const char *control)
{
    char directory[PATH_MAX], own[RUNTIME_SIZE];
    const char *slash = strrchr(control, '/');
    if (slash == NULL || slash == control || slash - control >= PATH_MAX)
        return true;
    snprintf(directory, sizeof directory, "%.*s", (int)(slash - control), control);
    runtime_directory(own);
    if (strcmp(directory, own) != 0) {
        (void)mkdir(directory, 0700);
        return true;
    }
    int failure = runtime_make(own);
    if (failure == EPERM)
        log_line(LOG_WARN,
            "%s: other users own it or have access to it, so there is no control socket, and "
            "sweepctl status does not find this sweepd; set XDG_RUNTIME_DIR or --control PATH",
            own);
    else if (failure != 0)
        log_line(LOG_WARN,
            "%s: cannot create the directory (%s), so there is no control socket, and sweepctl "
            "status does not find this sweepd; set XDG_RUNTIME_DIR or --control PATH",
            own, strerror(failure));
    return failure == 0;
}

static void main_on_distrust(void *data, const struct trust_diagnostic *diagnostic)
{
    (void)data;
    log_line(LOG_ERROR, "%s; run: %s", diagnostic->message, diagnostic->command);
}

static int main_serve(struct sweepd *sweepd)
{
    struct service_settings service;
    const struct settings *settings = sweepd->settings;
    log_init();
    notify_init();
    /* Writing to a log whose reader has gone must not kill us. */
    signal(SIGPIPE, SIG_IGN);
    if (trust_check_root(settings->allow_root, main_on_distrust, NULL) > 0)
        return EXIT_FAILED;
    trust_set_umask(settings->group);
    sweepd->specs = main_absolute_path(settings->specs);
    sweepd->queue = main_absolute_path(settings->queue);
    if (sweepd->specs == NULL || sweepd->queue == NULL ||
        !main_translate_settings(sweepd, &service)) {
        log_line(LOG_ERROR, "out of memory");
        return EXIT_FAILED;
    }
    if (strchr(sweepd->sweepctl, '/') != NULL && access(sweepd->sweepctl, X_OK) != 0) {
        log_line(LOG_ERROR, "%s: cannot run it: %s", sweepd->sweepctl, strerror(errno));
        return EXIT_FAILED;
    }
    if (!main_make_directory(settings->specs) || !main_make_directory(settings->queue))
        return EXIT_FAILED;
    if (settings->control != NULL && !main_make_control_directory(settings->control))
        service.control = NULL;
    /* The directory may be new. */
    service.engine.group = main_shared_group(settings);
    return service_run(&service, main_reload, sweepd);
}

int main(int argc, char **argv)
{
    output_start();
    struct sweep_findings *findings = sweep_findings_new();
    static struct sweepd sweepd;
    int status = main_read_settings(argc, argv, &sweepd.settings, findings);
    sweep_findings_free(findings);
    sweepd.initial = sweepd.settings;
    if (status < 0)
        status = main_serve(&sweepd);
    free(sweepd.specs);
    free(sweepd.queue);
    settings_generator_args_free(sweepd.generator_args);
    if (sweepd.settings != sweepd.initial)
        settings_free(sweepd.settings);
    settings_free(sweepd.initial);
    return output_finish("sweepd", status);
}
