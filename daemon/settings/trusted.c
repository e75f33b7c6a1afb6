/* SPDX-License-Identifier: Apache-2.0
 *
 * Can others change what the daemon obeys: settings files, the profile, torchtune, base configs,
 * and the program that it runs? The rules are those for the directory of specs (common/trust.h).
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/common/accounts.h"
#include "daemon/common/trust.h"
#include "daemon/settings/settings.h"

struct trusted {
    struct sweep_findings *findings;
    const char *role; /* of the path that is being checked: "profile" */
    bool oom;
};

static void trusted_report(void *data, const struct trust_diagnostic *diagnostic)
{
    struct trusted *trusted = data;
    char *message = NULL, *hint = NULL;
    if (asprintf(&message, "%s is not trusted: %s", trusted->role, diagnostic->message) < 0)
        message = NULL;
    if (asprintf(&hint, "run: %s", diagnostic->command) < 0)
        hint = NULL;
    if (message == NULL || hint == NULL)
        trusted->oom = true;
    else
        sweep_findings_add(trusted->findings,
            &(struct sweep_finding){.code = "untrusted", .message = message, .hint = hint});
    free(message);
    free(hint);
}

/* `group` may write there, too. */
static bool trusted_check(struct trusted *trusted, const char *role, const char *path, gid_t group)
{
    const struct trust_policy policy = {.user = geteuid(),
        .group = group,
        .own = account_own_group(geteuid()),
        .missing = true,
        .file = true};
    trusted->role = role;
    return trust_check(path, &policy, trusted_report, trusted) == 0;
}

bool settings_check_file_trust(const char *path, struct sweep_findings *findings)
{
    struct trusted trusted = {.findings = findings};
    return trusted_check(&trusted, "settings file", path, TRUST_NO_GROUP);
}

/* A program without a slash in its name is the first in PATH. False if it is not there. */
static bool trusted_find_program(const char *name, char path[PATH_MAX])
{
    const char *directories = getenv("PATH");
    if (strchr(name, '/') != NULL)
        return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
    while (directories != NULL && *directories != '\0') {
        int length = (int)strcspn(directories, ":");
        if (length > 0 &&
            snprintf(path, PATH_MAX, "%.*s/%s", length, directories, name) < PATH_MAX &&
            access(path, X_OK) == 0)
            return true;
        directories += length;
        directories += strspn(directories, ":");
    }
    return false;
}

bool settings_check_trust(const struct settings *settings, struct sweep_findings *findings)
{
    struct trusted trusted = {.findings = findings};
    char program[PATH_MAX];
    struct stat status;
    bool good = true;
    gid_t group = TRUST_NO_GROUP;
    if (settings->profile != NULL &&
        !trusted_check(&trusted, "profile", settings->profile, TRUST_NO_GROUP))
        good = false;
    if (settings->torchtune != NULL &&
        !trusted_check(&trusted, "torchtune", settings->torchtune, TRUST_NO_GROUP))
        good = false;
    if (settings->defaults != NULL &&
        !trusted_check(&trusted, "defaults", settings->defaults, TRUST_NO_GROUP))
        good = false;
    for (size_t i = 0; settings->prologs[i] != NULL; i++) {
        if (!trusted_check(&trusted, "prologs", settings->prologs[i], TRUST_NO_GROUP))
            good = false;
    }
    /* Those who may drop specs may write what specs are based on. */
    if (settings->group && settings->specs != NULL && stat(settings->specs, &status) == 0)
        group = status.st_gid;
    for (size_t i = 0; settings->bases[i] != NULL; i++) {
        if (!trusted_check(&trusted, "bases", settings->bases[i], group))
            good = false;
    }
    /* The default is next to sweepd: whoever can replace it can replace sweepd. */
    if (settings->sweepctl != NULL && trusted_find_program(settings->sweepctl, program) &&
        !trusted_check(&trusted, "sweepctl", program, TRUST_NO_GROUP))
        good = false;
    return good;
}
