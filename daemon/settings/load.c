/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/settings/file.h"
#include "daemon/settings/value.h"

static const char settings_system_file[] = "/etc/sweepd/sweepd.yaml";

/* The path of the user's file; NULL if there is no home directory. False if memory ran out. */
static bool settings_user_file(char **path)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    *path = NULL;
    /* The XDG specification says to ignore a relative path. */
    if (config != NULL && *config == '/')
        return asprintf(path, "%s/sweepd/sweepd.yaml", config) >= 0;
    if (home != NULL && *home == '/')
        return asprintf(path, "%s/.config/sweepd/sweepd.yaml", home) >= 0;
    return true;
}

struct settings_reader {
    struct settings *settings;
    struct sweep_findings *findings;
    bool failed; /* a finding was added, or memory ran out */
};

/* Sets a setting from elsewhere than a file. `where` is the variable or flag, or NULL. */
static void settings_set(struct settings_reader *reader, size_t index, enum setting_origin origin,
    const char *where, const char *text)
{
    struct setting_state state = {.origin = origin};
    struct setting_message message;
    if (where != NULL) {
        state.where = strdup(where);
        if (state.where == NULL) {
            reader->failed = true;
            return;
        }
    }
    enum setting_result result = setting_set(reader->settings, index, text, &state, &message);
    if (result != SETTING_OK)
        reader->failed = true;
    if (result == SETTING_INVALID)
        sweep_findings_add(reader->findings,
            &(struct sweep_finding){
                .code = "bad-value", .place = {.file = where}, .message = message.text});
}

static void settings_read_defaults(struct settings_reader *reader)
{
    static const char *const no_paths[] = {NULL};
    struct setting setting;
    reader->settings->bases = no_paths;
    reader->settings->prologs = no_paths;
    for (size_t i = 0; setting_at(i, &setting); i++)
        if (setting.default_text[0] != '\0')
            settings_set(reader, i, SETTING_DEFAULT, NULL, setting.default_text);
}

static void settings_read_files(struct settings_reader *reader)
{
    struct settings *settings = reader->settings;
    const char *config = settings->flags.config;
    if (config != NULL) {
        if (!settings_file_read(settings, config, true, reader->findings))
            reader->failed = true;
        return;
    }
    if (!settings_file_read(settings, settings->system_file, false, reader->findings))
        reader->failed = true;
    if (settings->user_file != NULL &&
        !settings_file_read(settings, settings->user_file, false, reader->findings))
        reader->failed = true;
}

static void settings_read_environment(struct settings_reader *reader)
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        char variable[40];
        setting_variable(&setting, variable);
        const char *text = getenv(variable);
        if (text != NULL && *text != '\0')
            settings_set(reader, i, SETTING_ENVIRONMENT, variable, text);
    }
}

static void settings_read_flags(struct settings_reader *reader)
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        const char *text = reader->settings->flags.values[i];
        char flag[48] = "--";
        setting_flag(&setting, flag + 2);
        if (text != NULL)
            settings_set(reader, i, SETTING_FLAG, flag, text);
    }
}

/* Empty settings; NULL if memory ran out. */
static struct settings *settings_new(
    const struct settings_flags *flags, const char *system, const char *user)
{
    struct settings *settings = calloc(1, sizeof *settings);
    bool good;
    if (settings == NULL)
        return NULL;
    settings->flags = *flags;
    settings->states = calloc(SETTINGS_MAX, sizeof *settings->states);
    settings->system_file = strdup(system != NULL ? system : settings_system_file);
    if (user != NULL) {
        settings->user_file = strdup(user);
        good = settings->user_file != NULL;
    } else {
        good = settings_user_file(&settings->user_file);
    }
    if (good && settings->states != NULL && settings->system_file != NULL)
        return settings;
    settings_free(settings);
    return NULL;
}

struct settings *settings_read(const struct settings_flags *flags, const char *system,
    const char *user, struct sweep_findings *findings)
{
    struct settings_reader reader = {.findings = findings};
    reader.settings = settings_new(flags, system, user);
    if (reader.settings == NULL)
        return NULL;
    settings_read_defaults(&reader);
    settings_read_files(&reader);
    settings_read_environment(&reader);
    settings_read_flags(&reader);
    if (!reader.failed && settings_resolve(reader.settings))
        return reader.settings;
    settings_free(reader.settings);
    return NULL;
}

/* --- reload ------------------------------------------------------------------------------- */

/* Compares values, not how they are written. False if memory ran out. */
static bool settings_compare(
    const struct settings *a, const struct settings *b, size_t index, bool *equal)
{
    char *x = setting_text(a, index), *y = setting_text(b, index);
    bool good = x != NULL && y != NULL;
    *equal = good && strcmp(x, y) == 0;
    free(x);
    free(y);
    return good;
}

/* Copies a setting from `old`. False if memory ran out. */
static bool settings_restore(struct settings *settings, const struct settings *old, size_t index)
{
    const struct setting_state *from = &old->states[index];
    struct setting_state state = {.origin = from->origin, .line = from->line};
    struct setting_message message;
    if (from->where != NULL) {
        state.where = strdup(from->where);
        if (state.where == NULL)
            return false;
    }
    return setting_set(settings, index, from->text, &state, &message) == SETTING_OK;
}

/* Restores what cannot change while sweepd runs. False if memory ran out. */
static bool settings_restore_fixed(
    struct settings *settings, const struct settings *old, struct sweep_findings *findings)
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++) {
        const struct setting_state *state = &settings->states[i];
        char message[80];
        bool equal;
        if (!setting.needs_restart || old->states[i].text == NULL)
            continue;
        if (!settings_compare(settings, old, i, &equal))
            return false;
        if (equal)
            continue;
        snprintf(
            message, sizeof message, "a change of %s takes effect after a restart", setting.name);
        sweep_findings_add(findings, &(struct sweep_finding){.severity = SWEEP_WARNING,
                                         .code = "needs-restart",
                                         .place = {state->where, state->line, state->line > 0, 1},
                                         .message = message});
        if (!settings_restore(settings, old, i))
            return false;
    }
    return true;
}

struct settings *settings_reload(const struct settings *old, struct sweep_findings *findings)
{
    struct settings *settings =
        settings_read(&old->flags, old->system_file, old->user_file, findings);
    if (settings == NULL)
        return NULL;
    if (settings_restore_fixed(settings, old, findings) && settings_resolve(settings) &&
        settings_check_trust(settings, findings))
        return settings;
    settings_free(settings);
    return NULL;
}

/* --- checks ------------------------------------------------------------------------------- */

/* The file to put a setting in. */
static const char *settings_preferred_file(const struct settings *settings)
{
    if (settings->flags.config != NULL)
        return settings->flags.config;
    if (settings->user_file != NULL)
        return settings->user_file;
    return settings->system_file;
}

/* Jobs run as our account, whoever wrote the spec. */
static bool settings_check_submit(const struct settings *settings, struct sweep_findings *findings)
{
    if (!settings->submit || settings->owner != SETTINGS_OWNER_ANY)
        return true;
    sweep_findings_add(findings,
        &(struct sweep_finding){.code = "bad-value",
            .message = "submit: yes would run the specs of all users as jobs of this account, "
                       "because owner is any",
            .hint = "each user can run a sweepd: systemctl --user enable --now sweepd"});
    return false;
}

bool settings_complete(const struct settings *settings, struct sweep_findings *findings)
{
    static const char *const names[] = {"specs", "queue"};
    const char *const values[] = {settings->specs, settings->queue};
    const char *file = settings_preferred_file(settings);
    bool complete = true;
    for (size_t i = 0; i < 2; i++) {
        char message[80], hint[120];
        if (values[i] != NULL)
            continue;
        complete = false;
        snprintf(message, sizeof message, "%s is not set", names[i]);
        snprintf(
            hint, sizeof hint, "use --%s DIR, or put \"%s: DIR\" in %s", names[i], names[i], file);
        sweep_findings_add(findings,
            &(struct sweep_finding){.code = "missing-key", .message = message, .hint = hint});
    }
    if (complete && !settings_check_apart(settings, findings))
        complete = false;
    if (!settings_check_submit(settings, findings))
        complete = false;
    if (!settings_check_trust(settings, findings))
        complete = false;
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
