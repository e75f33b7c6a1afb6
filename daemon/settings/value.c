/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/common/quantity.h"
#include "daemon/common/runtime.h"
#include "daemon/settings/value.h"
#include "lib/util/cleanup.h"
#include "lib/util/strbuf.h"
#include "lib/util/text.h"

static void *value_field(struct settings *settings, const struct setting *setting)
{
    return (char *)settings + setting->offset;
}

static const void *value_const_field(const struct settings *settings, const struct setting *setting)
{
    return (const char *)settings + setting->offset;
}

static void value_free_list(char **list)
{
    for (char **item = list; item != NULL && *item != NULL; item++)
        free(*item);
    free(list);
}

void setting_state_deinit(struct setting_state *state)
{
    value_free_list(state->list);
    free(state->where);
    free(state->text);
    free(state->path);
    *state = (struct setting_state){0};
}

static __attribute__((format(printf, 2, 3))) enum setting_result value_invalid(
    struct setting_message *message, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vformat(message->text, sizeof message->text, format, args);
    va_end(args);
    return SETTING_INVALID;
}

/* --- paths -------------------------------------------------------------------------------- */

static bool value_has_controls(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return true;
    return false;
}

/* What is wrong with a path, as the end of a sentence; NULL if nothing. */
static const char *value_path_problem(const char *path, size_t length, bool in_file)
{
    bool in_home = length >= 2 && strncmp(path, "~/", 2) == 0;
    if (length == 0)
        return "cannot be empty";
    if (length >= 4000)
        return "is too long for a path";
    if (in_home && getenv("HOME") == NULL)
        return "cannot begin with ~: HOME is not set";
    if (in_file && *path != '/' && !in_home)
        return "must begin with / or ~/ in a file";
    return NULL;
}

/* A copy with ~/ expanded and without trailing slashes, which look odd in messages. NULL if memory
 * ran out. */
static char *value_copy_path(const char *path, size_t length)
{
    char *copy;
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length < 2 || strncmp(path, "~/", 2) != 0)
        return strndup(path, length);
    if (asprintf(&copy, "%s%.*s", getenv("HOME"), (int)length - 1, path + 1) < 0)
        return NULL;
    return copy;
}

static enum setting_result value_parse_path(const struct setting *setting,
    struct setting_state *state, const char **out, struct setting_message *message)
{
    const char *text = state->text, *problem;
    bool in_file = state->origin == SETTING_FILE;
    if (setting->type == SETTING_PROGRAM && strchr(text, '/') == NULL)
        in_file = false; /* a name to search for in PATH */
    if (value_has_controls(text))
        problem = "contains a control character";
    else
        problem = value_path_problem(text, strlen(text), in_file);
    if (problem != NULL)
        return value_invalid(message, "%s %s", setting->name, problem);
    state->path = value_copy_path(text, strlen(text));
    if (state->path == NULL)
        return SETTING_OOM;
    *out = state->path;
    return SETTING_OK;
}

/* A list whose items are separated by colons. */
static enum setting_result value_parse_paths(const struct setting *setting,
    struct setting_state *state, const char *const **out, struct setting_message *message)
{
    size_t n = 1;
    if (value_has_controls(state->text))
        return value_invalid(message, "%s contains a control character", setting->name);
    for (const char *p = state->text; *p != '\0'; p++)
        if (*p == ':')
            n++;
    state->list = calloc(n + 1, sizeof *state->list);
    if (state->list == NULL)
        return SETTING_OOM;
    const char *p = state->text;
    for (size_t i = 0; i < n; i++) {
        size_t length = strcspn(p, ":");
        const char *problem = value_path_problem(p, length, state->origin == SETTING_FILE);
        if (problem != NULL)
            return value_invalid(message, "%s %s", setting->name, problem);
        state->list[i] = value_copy_path(p, length);
        if (state->list[i] == NULL)
            return SETTING_OOM;
        p += length + 1;
    }
    *out = (const char *const *)state->list;
    return SETTING_OK;
}

/* --- from text ---------------------------------------------------------------------------- */

/* 0 or 1; -1 if it is neither. */
static int value_parse_yes_no(const char *text)
{
    static const char words[] = "no|yes|false|true|off|on|False|True|FALSE|TRUE";
    int index = setting_word(words, text);
    if (index < 0)
        return -1;
    return index % 2;
}

/* The index of a word. In a choice with yes and no, true and false mean the same. */
static int value_parse_choice(const char *words, const char *text)
{
    int index = setting_word(words, text), yes = value_parse_yes_no(text);
    if (index >= 0 || yes < 0)
        return index;
    return setting_word(words, yes ? "yes" : "no");
}

/* False if it is not a valid value. */
static bool value_parse_scalar(const struct setting *setting, const char *text, void *out)
{
    uint64_t number;
    int64_t ms;
    int word;
    switch (setting->type) {
    case SETTING_COUNT:
    case SETTING_SIZE:
        if (setting->type == SETTING_COUNT && !quantity_count(text, &number))
            return false;
        if (setting->type == SETTING_SIZE && !quantity_size(text, &number))
            return false;
        if (number < setting->min || number > setting->max)
            return false;
        *(uint64_t *)out = number;
        return true;
    case SETTING_TIME:
        if (!quantity_time(text, &ms))
            return false;
        if (ms < (int64_t)setting->min || ms > (int64_t)setting->max)
            return false;
        *(int64_t *)out = ms;
        return true;
    case SETTING_YES_NO:
        word = value_parse_yes_no(text);
        if (word < 0)
            return false;
        *(bool *)out = word;
        return true;
    default:
        word = value_parse_choice(setting->words, text);
        if (word < 0)
            return false;
        *(int *)out = word;
        return true;
    }
}

/* `auto` and `no` of types other than a choice. */
static void value_set_word(const struct setting *setting, void *out)
{
    static const char *const no_paths[] = {NULL};
    switch (setting->type) {
    case SETTING_TIME:
        *(int64_t *)out = SETTINGS_AUTO;
        break;
    case SETTING_COUNT:
        *(uint64_t *)out = 0;
        break;
    case SETTING_PATHS:
        *(const char *const **)out = no_paths;
        break;
    default:
        *(const char **)out = NULL;
    }
}

/* Parses the text of `state` into the setting's field, `out`. */
static enum setting_result value_parse(const struct setting *setting, struct setting_state *state,
    void *out, struct setting_message *message)
{
    char expected[160];
    if (setting->type != SETTING_CHOICE && setting_word(setting->words, state->text) >= 0) {
        value_set_word(setting, out);
        return SETTING_OK;
    }
    switch (setting->type) {
    case SETTING_PATH:
    case SETTING_PROGRAM:
        return value_parse_path(setting, state, out, message);
    case SETTING_PATHS:
        return value_parse_paths(setting, state, out, message);
    default:
        break;
    }
    if (value_parse_scalar(setting, state->text, out))
        return SETTING_OK;
    setting_describe(setting, expected, sizeof expected);
    return value_invalid(
        message, "%s must be %s, not \"%.80s\"", setting->name, expected, state->text);
}

enum setting_result setting_set(struct settings *settings, size_t index, const char *text,
    struct setting_state *state, struct setting_message *message)
{
    struct setting setting;
    enum setting_result result = SETTING_OOM;
    setting_at(index, &setting);
    state->text = strdup(text);
    if (state->text != NULL)
        result = value_parse(&setting, state, value_field(settings, &setting), message);
    if (result != SETTING_OK) {
        setting_state_deinit(state);
        return result;
    }
    setting_state_deinit(&settings->states[index]);
    settings->states[index] = *state;
    return SETTING_OK;
}

/* --- auto --------------------------------------------------------------------------------- */

static bool value_is_auto(const struct settings *settings, const char *name)
{
    const char *text = settings->states[setting_find(name)].text;
    return text != NULL && strcmp(text, "auto") == 0;
}

/* The default path of the control socket. */
static bool value_resolve_control(struct settings *settings)
{
    struct setting_state *state = &settings->states[setting_find("control")];
    const char *runtime = getenv("RUNTIME_DIRECTORY"), *user = getenv("XDG_RUNTIME_DIR");
    char *path = NULL;
    int length = 0;
    /* systemd sets this for a service; several directories are separated by colons. */
    if (runtime != NULL && *runtime == '/') {
        length = asprintf(&path, "%.*s/control", (int)strcspn(runtime, ":"), runtime);
    } else if (user != NULL && *user == '/') {
        length = asprintf(&path, "%s/sweepd/control", user);
    } else {
        char own[RUNTIME_SIZE];
        runtime_directory(own);
        length = asprintf(&path, "%s/control", own);
    }
    if (length < 0)
        return false;
    free(state->path);
    state->path = path;
    settings->control = path;
    return true;
}

/* Two per CPU: a generator waits for the disk about half of the time. */
static uint64_t value_default_jobs(void)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (cpus < 1)
        return 1;
    if (cpus > 32)
        return 64;
    return 2 * (uint64_t)cpus;
}

bool settings_resolve(struct settings *settings)
{
    if (value_is_auto(settings, "jobs"))
        settings->jobs = value_default_jobs();
    if (value_is_auto(settings, "child.cpu")) {
        settings->child_cpu_ms = settings->deadline_ms;
        if (settings->child_cpu_ms < 1000)
            settings->child_cpu_ms = 1000;
    }
    if (value_is_auto(settings, "control"))
        return value_resolve_control(settings);
    return true;
}

/* --- to text ------------------------------------------------------------------------------ */

/* "2 GiB"; "2 (auto)"; "auto" if it is not resolved yet. */
static char *value_number_text(const struct setting *setting, const void *value, bool is_auto)
{
    char number[32], *text;
    switch (setting->type) {
    case SETTING_TIME:
        if (*(const int64_t *)value == SETTINGS_AUTO)
            return strdup("auto");
        quantity_write_time(*(const int64_t *)value, number);
        break;
    case SETTING_SIZE:
        quantity_write_size(*(const uint64_t *)value, number);
        break;
    default:
        snprintf(number, sizeof number, "%llu", (unsigned long long)*(const uint64_t *)value);
    }
    if (!is_auto)
        return strdup(number);
    if (asprintf(&text, "%s (auto)", number) < 0)
        return NULL;
    return text;
}

/* `word` is auto or no if the setting was set to it, else NULL. */
static char *value_path_text(const char *path, const char *word)
{
    char *text;
    if (path == NULL)
        return strdup(word);
    if (word == NULL)
        return strdup(path);
    if (asprintf(&text, "%s (auto)", path) < 0)
        return NULL;
    return text;
}

static char *value_list_text(const char *const *list)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    if (*list == NULL)
        return strdup("no");
    for (size_t i = 0; list[i] != NULL; i++) {
        if (i > 0)
            strbuf_putc(&text, ':');
        strbuf_puts(&text, list[i]);
    }
    return strbuf_steal(&text);
}

static char *value_choice_text(const char *words, int index)
{
    for (; index > 0; index--)
        words += strcspn(words, "|") + 1;
    return strndup(words, strcspn(words, "|"));
}

char *setting_text(const struct settings *settings, size_t index)
{
    struct setting setting;
    setting_at(index, &setting);
    const void *value = value_const_field(settings, &setting);
    const char *text = settings->states[index].text, *word = NULL;
    if (text == NULL)
        return strdup("(not set)");
    if (setting_word(setting.words, text) >= 0)
        word = text;
    switch (setting.type) {
    case SETTING_PATH:
    case SETTING_PROGRAM:
        return value_path_text(*(const char *const *)value, word);
    case SETTING_PATHS:
        return value_list_text(*(const char *const *const *)value);
    case SETTING_YES_NO:
        return strdup(*(const bool *)value ? "yes" : "no");
    case SETTING_CHOICE:
        return value_choice_text(setting.words, *(const int *)value);
    case SETTING_COUNT:
        if (word != NULL && strcmp(word, "no") == 0)
            return strdup("no");
        break;
    default:
        break;
    }
    return value_number_text(&setting, value, word != NULL);
}

/* --- to JSON ------------------------------------------------------------------------------ */

/* null if there is none, and for a path that is not UTF-8, which JSON cannot represent. */
static json_t *value_path_json(const char *path)
{
    json_t *string = NULL;
    if (path != NULL)
        string = json_string(path);
    if (string == NULL)
        return json_null();
    return string;
}

static json_t *value_list_json(const char *const *list)
{
    json_t *array = json_array();
    for (; *list != NULL; list++)
        json_array_append_new(array, value_path_json(*list));
    return array;
}

static json_t *value_choice_json(const struct setting *setting, int index)
{
    CLEANUP_FREE char *word = value_choice_text(setting->words, index);
    if (word == NULL)
        return NULL;
    return json_string(word);
}

json_t *setting_json(const struct settings *settings, size_t index)
{
    struct setting setting;
    setting_at(index, &setting);
    const void *value = value_const_field(settings, &setting);
    switch (setting.type) {
    case SETTING_PATH:
    case SETTING_PROGRAM:
        return value_path_json(*(const char *const *)value);
    case SETTING_PATHS:
        return value_list_json(*(const char *const *const *)value);
    case SETTING_YES_NO:
        return json_boolean(*(const bool *)value);
    case SETTING_TIME:
        if (*(const int64_t *)value == SETTINGS_AUTO)
            return json_string("auto");
        return json_real((double)*(const int64_t *)value / 1000);
    case SETTING_COUNT:
    case SETTING_SIZE:
        return json_integer((json_int_t) * (const uint64_t *)value);
    case SETTING_CHOICE:
        break;
    }
    return value_choice_json(&setting, *(const int *)value);
}
