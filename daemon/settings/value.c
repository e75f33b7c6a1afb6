/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/common/quantity.h"
#include "daemon/settings/value.h"

static void *field(struct settings *settings, const struct setting *setting)
{
    return (char *)settings + setting->offset;
}

static const void *const_field(const struct settings *settings, const struct setting *setting)
{
    return (const char *)settings + setting->offset;
}

static void list_free(char **list)
{
    for (char **item = list; item != NULL && *item != NULL; item++)
        free(*item);
    free(list);
}

void setting_state_deinit(struct setting_state *state)
{
    list_free(state->list);
    free(state->where);
    free(state->text);
    free(state->path);
    *state = (struct setting_state){0};
}

/* --- paths -------------------------------------------------------------------------------- */

static bool has_controls(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return true;
    return false;
}

/* Why a path cannot be one; NULL when it can. */
static const char *path_problem(const char *path, size_t length, bool in_file, bool is_program)
{
    if (length == 0)
        return "cannot be empty";
    if (length >= 4000)
        return "is too long for a path";
    if (is_program && memchr(path, '/', length) == NULL)
        return NULL;
    if (strncmp(path, "~/", 2) == 0 && getenv("HOME") == NULL)
        return "cannot begin with ~: HOME is not set";
    if (in_file && *path != '/' && strncmp(path, "~/", 2) != 0)
        return "must begin with / or ~/ in a file";
    return NULL;
}

/* A copy with ~/ as the home directory, and without slashes at the end: paths in messages read
 * better so. */
static char *path_copy(const char *path, size_t length)
{
    char *copy = NULL;
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length >= 2 && strncmp(path, "~/", 2) == 0) {
        if (asprintf(&copy, "%s%.*s", getenv("HOME"), (int)length - 1, path + 1) < 0)
            copy = NULL;
    } else
        copy = strndup(path, length);
    return copy;
}

/* Splits a list at its colons. NULL with the problem, or without one when there is no memory. */
static char **list_read(const char *text, bool in_file, const char **problem)
{
    size_t n = 1;
    for (const char *p = text; *p != '\0'; p++)
        n += *p == ':';
    char **list = calloc(n + 1, sizeof *list);
    size_t i = 0;
    for (const char *p = text; list != NULL && i < n; i++) {
        size_t length = strcspn(p, ":");
        *problem = path_problem(p, length, in_file, false);
        list[i] = *problem == NULL ? path_copy(p, length) : NULL;
        if (list[i] == NULL) {
            list_free(list);
            return NULL;
        }
        p += length + (p[length] == ':');
    }
    return list;
}

/* --- from text ---------------------------------------------------------------------------- */

static __attribute__((format(printf, 3, 4))) bool refuse(
    char *message, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(message, size, format, args);
    va_end(args);
    return false;
}

static int read_truth(const char *text)
{
    static const char words[] = "no|yes|false|true|off|on|False|True|FALSE|TRUE";
    int number = setting_word(words, text);
    return number < 0 ? -1 : number % 2;
}

/* A choice may have yes and no among its words: then true and false will do as well. */
static int read_choice(const char *words, const char *text)
{
    int number = setting_word(words, text), truth = read_truth(text);
    return number < 0 && truth >= 0 ? setting_word(words, truth ? "yes" : "no") : number;
}

/* Into `value`, the setting's field. */
static bool read_scalar(const struct setting *setting, const char *text, void *value)
{
    uint64_t number = 0;
    int64_t ms = 0;
    int word = 0;
    bool good;
    switch (setting->type) {
    case SETTING_COUNT:
        good = quantity_count(text, &number) && number >= setting->least;
        break;
    case SETTING_SIZE:
        good = quantity_size(text, &number) && number >= setting->least;
        break;
    case SETTING_TIME:
        good = quantity_time(text, &ms) && ms >= (int64_t)setting->least;
        number = (uint64_t)ms;
        break;
    case SETTING_YES_NO:
        word = read_truth(text);
        good = word >= 0;
        break;
    default:
        word = read_choice(setting->words, text);
        good = word >= 0;
    }
    if (!good || number > setting->most)
        return false;
    if (setting->type == SETTING_YES_NO)
        *(bool *)value = word;
    else if (setting->type == SETTING_CHOICE)
        *(int *)value = word;
    else if (setting->type == SETTING_TIME)
        *(int64_t *)value = ms;
    else
        *(uint64_t *)value = number;
    return true;
}

static bool read_path(const struct setting *setting, const char *text, bool in_file, void *value,
    struct setting_state *state, char *message, size_t size)
{
    bool is_list = setting->type == SETTING_PATHS;
    const char *problem =
        has_controls(text) ? "holds a control character"
        : is_list          ? NULL
                  : path_problem(text, strlen(text), in_file, setting->type == SETTING_PROGRAM);
    if (problem == NULL && is_list)
        state->list = list_read(text, in_file, &problem);
    else if (problem == NULL)
        state->path = path_copy(text, strlen(text));
    if (problem != NULL)
        return refuse(message, size, "%s %s", setting->name, problem);
    if (state->list == NULL && state->path == NULL)
        return refuse(message, size, "%s", "");
    if (is_list)
        *(char ***)value = state->list;
    else
        *(const char **)value = state->path;
    return true;
}

/* `auto` and `no`, where they are no number and no path. */
static void take_word(const struct setting *setting, void *value)
{
    static const char *const nothing[] = {NULL};
    if (setting->type == SETTING_TIME)
        *(int64_t *)value = SETTINGS_AUTO;
    else if (setting->type == SETTING_COUNT)
        *(uint64_t *)value = 0;
    else if (setting->type == SETTING_PATHS)
        *(const char *const **)value = nothing;
    else
        *(const char **)value = NULL;
}

bool setting_take(struct settings *settings, size_t index, const char *text, bool in_file,
    struct setting_state *state, char *message, size_t size)
{
    struct setting setting;
    char wanted[160];
    setting_at(index, &setting);
    state->text = strdup(text);
    bool good = state->text != NULL || refuse(message, size, "%s", "");
    if (!good)
        ;
    else if (setting.type != SETTING_CHOICE && setting_word(setting.words, text) >= 0)
        take_word(&setting, field(settings, &setting));
    else if (setting.type <= SETTING_PATHS)
        good = read_path(&setting, text, in_file, field(settings, &setting), state, message, size);
    else if (!read_scalar(&setting, text, field(settings, &setting))) {
        setting_describe(&setting, wanted, sizeof wanted);
        good = refuse(message, size, "%s takes %s, not \"%.80s\"", setting.name, wanted, text);
    }
    if (!good) {
        setting_state_deinit(state);
        return false;
    }
    setting_state_deinit(&settings->states[index]);
    settings->states[index] = *state;
    return true;
}

/* --- what is known later ------------------------------------------------------------------ */

static bool is_auto(const struct settings *settings, const char *name)
{
    const char *text = settings->states[setting_find(name)].text;
    return text != NULL && strcmp(text, "auto") == 0;
}

/* Where the socket is when nothing else is said: none when there is no directory for it. */
static bool choose_control(struct settings *settings)
{
    struct setting_state *state = &settings->states[setting_find("control")];
    const char *runtime = getenv("RUNTIME_DIRECTORY"), *user = getenv("XDG_RUNTIME_DIR");
    char *path = NULL;
    int length = 0;
    /* systemd gives a service its own directory, or several, separated by colons. */
    if (runtime != NULL && *runtime == '/')
        length = asprintf(&path, "%.*s/control", (int)strcspn(runtime, ":"), runtime);
    else if (user != NULL && *user == '/')
        length = asprintf(&path, "%s/sweepd/control", user);
    if (length < 0)
        return false;
    free(state->path);
    settings->control = state->path = path;
    return true;
}

bool settings_resolve(struct settings *settings)
{
    if (is_auto(settings, "jobs")) {
        /* Half of its time a generator waits for the disk. */
        long processors = 2 * sysconf(_SC_NPROCESSORS_ONLN);
        settings->jobs = processors < 1 ? 1 : processors > 64 ? 64 : (uint64_t)processors;
    }
    if (is_auto(settings, "child.cpu"))
        settings->child_cpu_ms = settings->deadline_ms < 1000 ? 1000 : settings->deadline_ms;
    return !is_auto(settings, "control") || choose_control(settings);
}

/* --- to text ------------------------------------------------------------------------------ */

/* "auto", or the value with "(auto)" where it is known. */
static void write_number(
    const struct setting *setting, const void *value, char *out, size_t size, bool is_auto)
{
    char number[32];
    if (setting->type == SETTING_TIME && *(const int64_t *)value == SETTINGS_AUTO) {
        snprintf(out, size, "auto");
        return;
    }
    if (setting->type == SETTING_TIME)
        quantity_write_time(*(const int64_t *)value, number);
    else if (setting->type == SETTING_SIZE)
        quantity_write_size(*(const uint64_t *)value, number);
    else
        snprintf(number, sizeof number, "%llu", (unsigned long long)*(const uint64_t *)value);
    snprintf(out, size, "%s%s", number, is_auto ? " (auto)" : "");
}

static char *list_text(const char *const *list)
{
    size_t size = 1, used = 0;
    for (size_t i = 0; list[i] != NULL; i++)
        size += strlen(list[i]) + 1;
    char *text = malloc(size + 2);
    if (text == NULL)
        return NULL;
    strcpy(text, *list == NULL ? "no" : "");
    for (size_t i = 0; list[i] != NULL; i++)
        used += (size_t)sprintf(text + used, "%s%s", i > 0 ? ":" : "", list[i]);
    return text;
}

char *setting_text(const struct settings *settings, size_t index)
{
    struct setting setting;
    char short_text[80];
    setting_at(index, &setting);
    const void *value = const_field(settings, &setting);
    const char *text = settings->states[index].text;
    bool is_word = text != NULL && setting_word(setting.words, text) >= 0;
    bool is_none = is_word && setting.type == SETTING_COUNT && strcmp(text, "no") == 0;
    const char *path = setting.type < SETTING_PATHS ? *(const char *const *)value : NULL;
    if (text == NULL)
        return strdup("(not set)");
    if (is_none)
        return strdup("no");
    if (setting.type == SETTING_PATHS)
        return list_text(*(const char *const *const *)value);
    if (setting.type == SETTING_YES_NO)
        return strdup(*(const bool *)value ? "yes" : "no");
    if (setting.type == SETTING_CHOICE) {
        const char *word = setting.words;
        for (int i = *(const int *)value; i > 0; i--)
            word += strcspn(word, "|") + 1;
        return strndup(word, strcspn(word, "|"));
    }
    if (path != NULL && is_word) {
        char *both;
        return asprintf(&both, "%s (auto)", path) < 0 ? NULL : both;
    }
    if (setting.type < SETTING_PATHS)
        return strdup(path != NULL ? path : text);
    write_number(&setting, value, short_text, sizeof short_text, is_word);
    return strdup(short_text);
}

/* File names need not be UTF-8; JSON has to be. */
static json_t *path_json(const char *path)
{
    json_t *string = path == NULL ? json_null() : json_string(path);
    return string != NULL ? string : json_null();
}

json_t *setting_json(const struct settings *settings, size_t index)
{
    struct setting setting;
    setting_at(index, &setting);
    const void *value = const_field(settings, &setting);
    json_t *list;
    switch (setting.type) {
    case SETTING_PATH:
    case SETTING_PROGRAM:
        return path_json(*(const char *const *)value);
    case SETTING_PATHS:
        list = json_array();
        for (const char *const *p = *(const char *const *const *)value; *p != NULL; p++)
            json_array_append_new(list, path_json(*p));
        return list;
    case SETTING_YES_NO:
        return json_boolean(*(const bool *)value);
    case SETTING_TIME:
        return *(const int64_t *)value == SETTINGS_AUTO
                   ? json_string("auto")
                   : json_real((double)*(const int64_t *)value / 1000);
    case SETTING_COUNT:
    case SETTING_SIZE:
        return json_integer((json_int_t) * (const uint64_t *)value);
    case SETTING_CHOICE:
        break;
    }
    char *text = setting_text(settings, index);
    json_t *word = text != NULL ? json_string(text) : NULL;
    free(text);
    return word;
}
