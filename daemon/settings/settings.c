/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/settings/file.h"
#include "daemon/settings/value.h"

static const char system_place[] = "/etc/sweepd/sweepd.yaml";

/* The user's own file; NULL when there is no home, or no memory, which `failed` tells apart. */
static char *user_place(bool *failed)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char *path = NULL;
    int length = 0;
    /* By its specification a relative path there counts as none. */
    if (config != NULL && *config == '/')
        length = asprintf(&path, "%s/sweepd/sweepd.yaml", config);
    else if (home != NULL && *home == '/')
        length = asprintf(&path, "%s/.config/sweepd/sweepd.yaml", home);
    *failed = length < 0;
    return length < 0 ? NULL : path;
}

/* A text that is no part of a file. `where` is the variable or flag that it is from, or NULL. */
static bool take(struct settings *settings, size_t index, enum setting_origin origin,
    const char *where, const char *text, struct sweep_findings *findings)
{
    struct setting_state state = {.origin = origin, .where = where != NULL ? strdup(where) : NULL};
    char message[320] = "";
    if (where != NULL && state.where == NULL)
        return false;
    if (setting_take(settings, index, text, false, &state, message, sizeof message))
        return true;
    if (message[0] != '\0')
        sweep_findings_add(
            findings, &(struct sweep_finding){
                          .code = "bad-value", .place = {.file = where}, .message = message});
    return false;
}

static bool take_defaults(struct settings *settings, struct sweep_findings *findings)
{
    static const char *const nothing[] = {NULL};
    struct setting setting;
    bool good = true;
    settings->bases = nothing;
    for (size_t i = 0; setting_at(i, &setting); i++)
        if (setting.standard[0] != '\0')
            good &= take(settings, i, SETTING_DEFAULT, NULL, setting.standard, findings);
    return good;
}

static bool take_environment(struct settings *settings, struct sweep_findings *findings)
{
    struct setting setting;
    bool good = true;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        char variable[40];
        setting_variable(&setting, variable);
        const char *text = getenv(variable);
        if (text != NULL && *text != '\0')
            good &= take(settings, i, SETTING_ENVIRONMENT, variable, text, findings);
    }
    return good;
}

static bool take_flags(struct settings *settings, struct sweep_findings *findings)
{
    struct setting setting;
    bool good = true;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        char flag[48] = "--";
        setting_flag(&setting, flag + 2);
        if (settings->flags.values[i] != NULL)
            good &= take(settings, i, SETTING_FLAG, flag, settings->flags.values[i], findings);
    }
    return good;
}

static bool take_files(struct settings *settings, struct sweep_findings *findings)
{
    if (settings->flags.config != NULL)
        return settings_file_read(settings, settings->flags.config, true, findings);
    bool good = settings_file_read(settings, settings->system_file, false, findings);
    if (settings->user_file != NULL)
        good &= settings_file_read(settings, settings->user_file, false, findings);
    return good;
}

struct settings *settings_read(const struct settings_flags *flags, const char *system,
    const char *user, struct sweep_findings *findings)
{
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings == NULL)
        return NULL;
    bool failed = false;
    settings->flags = *flags;
    settings->states = calloc(SETTINGS_MAX, sizeof *settings->states);
    settings->system_file = strdup(system != NULL ? system : system_place);
    settings->user_file = user != NULL ? strdup(user) : user_place(&failed);
    bool good = settings->states != NULL && settings->system_file != NULL && !failed &&
                (user == NULL || settings->user_file != NULL) && take_defaults(settings, findings);
    if (good) {
        good = take_files(settings, findings);
        good &= take_environment(settings, findings);
        good &= take_flags(settings, findings);
    }
    if (good && settings_resolve(settings))
        return settings;
    settings_free(settings);
    return NULL;
}

/* Gives a setting back what it was before a reload. */
static bool keep(struct settings *settings, const struct settings *old, size_t index)
{
    const struct setting_state *before = &old->states[index];
    struct setting_state state = {.origin = before->origin,
        .line = before->line,
        .where = before->where != NULL ? strdup(before->where) : NULL};
    char message[320];
    if (before->where != NULL && state.where == NULL)
        return false;
    return setting_take(settings, index, before->text, before->origin == SETTING_FILE, &state,
        message, sizeof message);
}

/* Whether both have the same value, however it was written. */
static bool is_same(const struct settings *a, const struct settings *b, size_t index, bool *failed)
{
    char *x = setting_text(a, index), *y = setting_text(b, index);
    *failed |= x == NULL || y == NULL;
    bool same = x != NULL && y != NULL && strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

struct settings *settings_reload(const struct settings *old, struct sweep_findings *findings)
{
    struct settings *settings =
        settings_read(&old->flags, old->system_file, old->user_file, findings);
    struct setting setting;
    bool failed = false;
    for (size_t i = 0; settings != NULL && setting_at(i, &setting); i++) {
        if (!setting.restart || old->states[i].text == NULL || is_same(settings, old, i, &failed) ||
            failed)
            continue;
        char message[80];
        snprintf(message, sizeof message, "%s changes only when sweepd starts anew", setting.name);
        const struct setting_state *state = &settings->states[i];
        sweep_findings_add(findings, &(struct sweep_finding){.severity = SWEEP_WARNING,
                                         .code = "needs-restart",
                                         .place = {state->where, state->line, state->line > 0, 1},
                                         .message = message});
        failed |= !keep(settings, old, i);
    }
    if (settings == NULL || (!failed && settings_resolve(settings)))
        return settings;
    settings_free(settings);
    return NULL;
}

bool settings_complete(const struct settings *settings, struct sweep_findings *findings)
{
    const char *const values[] = {settings->specs, settings->queue};
    static const char *const names[] = {"specs", "queue"};
    bool complete = true;
    for (size_t i = 0; i < 2; i++) {
        char message[80], hint[120];
        snprintf(message, sizeof message, "%s is not set", names[i]);
        snprintf(hint, sizeof hint, "give --%s DIR, or write \"%s: DIR\" into %s", names[i],
            names[i],
            settings->flags.config != NULL ? settings->flags.config
            : settings->user_file != NULL  ? settings->user_file
                                           : settings->system_file);
        if (values[i] == NULL)
            sweep_findings_add(findings,
                &(struct sweep_finding){.code = "missing-key", .message = message, .hint = hint});
        complete &= values[i] != NULL;
    }
    return complete;
}

void settings_free(struct settings *settings)
{
    if (settings == NULL)
        return;
    for (size_t i = 0; settings->states != NULL && i < SETTINGS_MAX; i++)
        setting_state_deinit(&settings->states[i]);
    free(settings->states);
    free(settings->system_file);
    free(settings->user_file);
    free(settings);
}
