/* SPDX-License-Identifier: Apache-2.0
 *
 * sweepd: watches a directory for sweep specs and runs `sweepctl generate` on each. This file reads
 * the command line; daemon/service.c is the daemon.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/place.h"
#include "daemon/service.h"
#include "sweep/generate.h"

enum { EXIT_USAGE = 2 };

static const char help[] =
    "Usage: sweepd --specs DIR --queue DIR [OPTION]...\n"
    "\n"
    "Watches a directory for sweep specs (*.json) and turns each into a sweep\n"
    "directory in the queue, with sweepctl. Specs move to DIR/done/ or, with a\n"
    "report beside them, to DIR/failed/.\n"
    "\n"
    "  --specs DIR         where specs are dropped; made when it is missing\n"
    "  --queue DIR         where sweep directories appear; made when it is missing\n"
    "  --torchtune DIR     the torchtune to generate for (default: sweepctl's)\n"
    "  --rescan SECONDS    look at the whole directory this often (30)\n"
    "  --settle SECONDS    a file that nobody announced is complete when it has not\n"
    "                      changed for this long (2)\n"
    "  --deadline SECONDS  the time that one spec may take (600)\n"
    "  --jobs N            specs that are worked on at once (2)\n"
    "  --backoff SECONDS   before a spec whose generator broke is tried again (5)\n"
    "  --once              do what is there, then end\n"
    "  --no-inotify        do not use file events, only look\n"
    "  --sweepctl PATH     the generator (default: beside this program, else PATH)\n"
    "  --help              show this and exit\n"
    "  --version           show the version and exit\n"
    "\n"
    "SIGHUP looks at everything again. SIGTERM and SIGINT stop after the spec that\n"
    "is being worked on. Exit status: 0 stopped, 1 failure, 2 wrong usage.\n";

static int usage(const char *what, const char *which)
{
    fprintf(stderr, "sweepd: %s%s\nTry 'sweepd --help'.\n", what, which);
    return EXIT_USAGE;
}

/* Seconds as people write them, to milliseconds. */
static bool read_seconds(const char *text, double least, int64_t *ms)
{
    char *end;
    errno = 0;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || errno != 0 || !isfinite(seconds) || seconds < least ||
        seconds > 365.0 * 24 * 3600)
        return false;
    *ms = llround(seconds * 1000);
    return true;
}

/* Paths of messages and children read better without the slash that completion adds. */
static void trim_slashes(char *path)
{
    for (size_t length = strlen(path); length > 1 && path[length - 1] == '/';)
        path[--length] = '\0';
}

enum {
    SPECS = 256,
    QUEUE,
    TORCHTUNE,
    RESCAN,
    SETTLE,
    DEADLINE,
    BACKOFF,
    JOBS,
    ONCE,
    NO_INOTIFY,
    SWEEPCTL
};

static const char *child_args[4] = {"--confined"};

/* False for a value that cannot be. */
static bool set_option(struct service_settings *settings, int option, char *value)
{
    switch (option) {
    case SPECS:
        trim_slashes(value);
        settings->specs = value;
        return *value != '\0';
    case QUEUE:
        trim_slashes(value);
        settings->queue = value;
        return *value != '\0';
    case TORCHTUNE:
        child_args[1] = "--torchtune";
        child_args[2] = value;
        return *value != '\0';
    case SWEEPCTL:
        settings->sweepctl = value;
        return *value != '\0';
    case RESCAN:
        return read_seconds(value, 0.01, &settings->rescan_ms);
    case SETTLE:
        return read_seconds(value, 0, &settings->rules.settle_ms);
    case DEADLINE:
        return read_seconds(value, 0.01, &settings->deadline_ms);
    case BACKOFF:
        return read_seconds(value, 0, &settings->backoff_ms);
    case JOBS:
        settings->jobs = (unsigned)atoi(value);
        return settings->jobs >= 1 && settings->jobs <= 64;
    case ONCE:
        settings->once = true;
        return true;
    default:
        settings->no_inotify = true;
        return true;
    }
}

/* -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, struct service_settings *settings)
{
    static const struct option options[] = {
        {"specs", required_argument, NULL, SPECS},
        {"queue", required_argument, NULL, QUEUE},
        {"torchtune", required_argument, NULL, TORCHTUNE},
        {"rescan", required_argument, NULL, RESCAN},
        {"settle", required_argument, NULL, SETTLE},
        {"deadline", required_argument, NULL, DEADLINE},
        {"backoff", required_argument, NULL, BACKOFF},
        {"jobs", required_argument, NULL, JOBS},
        {"once", no_argument, NULL, ONCE},
        {"no-inotify", no_argument, NULL, NO_INOTIFY},
        {"sweepctl", required_argument, NULL, SWEEPCTL},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {0},
    };
    for (int option, index = 0; (option = getopt_long(argc, argv, "", options, &index)) != -1;) {
        if (option == 'h')
            return fputs(help, stdout) >= 0 && fflush(stdout) == 0 ? 0 : 1;
        if (option == 'V')
            return printf("sweepd %s\n", sweep_version()) > 0 && fflush(stdout) == 0 ? 0 : 1;
        if (option == '?') {
            fputs("Try 'sweepd --help'.\n", stderr);
            return EXIT_USAGE;
        }
        if (!set_option(settings, option, optarg)) {
            fprintf(stderr, "sweepd: --%s cannot be '%s'\n", options[index].name, optarg);
            return EXIT_USAGE;
        }
    }
    if (optind < argc)
        return usage("what is this for: ", argv[optind]);
    if (settings->specs == NULL || settings->queue == NULL)
        return usage("--specs and --queue are needed", "");
    return -1;
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
    int failure = place_make_path(path);
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

int main(int argc, char **argv)
{
    char beside[PATH_MAX + 16];
    struct service_settings settings = {.rescan_ms = -1,
        .rules = {.settle_ms = 2000, .patience_ms = 60000, .most_bytes = 1 << 20},
        .deadline_ms = 600000,
        .child_args = child_args,
        .backoff_ms = 5000,
        .jobs = 2,
        .attempts = 3,
        .group = (gid_t)-1,
        .child_output = 256 * 1024};
    int status = read_options(argc, argv, &settings);
    if (status >= 0)
        return status;
    log_init();
    notify_init();
    /* A log that nobody reads any more must not end us. */
    signal(SIGPIPE, SIG_IGN);
    if (settings.sweepctl == NULL)
        settings.sweepctl = find_sweepctl(beside);
    if (strchr(settings.sweepctl, '/') != NULL && access(settings.sweepctl, X_OK) != 0) {
        log_line(LOG_FAILURE, "%s: %s", settings.sweepctl, strerror(errno));
        return 1;
    }
    if (!make_directory(settings.specs) || !make_directory(settings.queue))
        return 1;
    return service_run(&settings);
}
