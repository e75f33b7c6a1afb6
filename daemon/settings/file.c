/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

#include "daemon/settings/file.h"
#include "daemon/settings/value.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/text.h"

enum {
    SETTINGS_FILE_MAX_BYTES = 1 << 20,
    SETTINGS_FILE_MAX_DEPTH = 8,
    SETTINGS_FILE_MAX_NAME = 100,
};

struct settings_file {
    struct settings *settings;
    const char *path, *text;
    struct sweep_findings *findings;
    yaml_parser_t parser;
    size_t lines[SETTINGS_MAX];     /* where each setting is set, from 1; 0: not set */
    size_t child_line, limits_line; /* the same for the groups */
    bool failed;                    /* a finding was added, or memory ran out */
    bool stop;                      /* do not parse the rest */
};

/* --- findings ----------------------------------------------------------------------------- */

static __attribute__((format(printf, 5, 6))) void settings_file_finding(struct settings_file *file,
    const yaml_event_t *event, const char *code, const char *hint, const char *format, ...)
{
    const yaml_mark_t *start = &event->start_mark, *end = &event->end_mark;
    char message[512];
    struct sweep_finding finding = {.code = code,
        .place = {file->path, (unsigned)start->line + 1, (unsigned)start->column + 1, 1},
        .message = message,
        .hint = hint};
    va_list args;
    va_start(args, format);
    text_vformat(message, sizeof message, format, args);
    va_end(args);
    if (end->line == start->line)
        finding.place.length = (unsigned)(end->column - start->column);
    sweep_findings_add(file->findings, &finding);
    file->failed = true;
}

/* Line and column of a byte; all before it is UTF-8. */
static struct sweep_place settings_file_position(const struct settings_file *file, size_t offset)
{
    struct sweep_place position = {file->path, 1, 1, 1};
    for (size_t i = 0; i < offset; i++) {
        bool is_continuation = (file->text[i] & 0xc0) == 0x80;
        if (file->text[i] == '\n') {
            position.line++;
            position.column = 1;
        } else if (!is_continuation) {
            position.column++;
        }
    }
    return position;
}

static void settings_file_syntax_error(struct settings_file *file)
{
    const yaml_parser_t *parser = &file->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "not YAML";
    char message[256];
    struct sweep_place place = {file->path, (unsigned)parser->problem_mark.line + 1,
        (unsigned)parser->problem_mark.column + 1, 1};
    if (parser->context != NULL)
        snprintf(message, sizeof message, "%s: %s", parser->context, problem);
    else
        snprintf(message, sizeof message, "%s", problem);
    /* For bytes that are not UTF-8, libyaml reports only an offset. */
    if (parser->error == YAML_READER_ERROR)
        place = settings_file_position(file, parser->problem_offset);
    sweep_findings_add(file->findings,
        &(struct sweep_finding){.code = "yaml-syntax", .place = place, .message = message});
    file->failed = file->stop = true;
}

/* --- events ------------------------------------------------------------------------------- */

/* The caller deletes the event. False if there is none. */
static bool settings_file_next(struct settings_file *file, yaml_event_t *event)
{
    if (file->stop)
        return false;
    if (yaml_parser_parse(&file->parser, event))
        return true;
    if (file->parser.error == YAML_MEMORY_ERROR)
        file->failed = file->stop = true;
    else
        settings_file_syntax_error(file);
    return false;
}

static bool settings_file_is_start(const yaml_event_t *event)
{
    return event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT;
}

static bool settings_file_is_end(const yaml_event_t *event)
{
    return event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT;
}

/* Rejects anchors, aliases and tags: no setting needs them, and they make a file ambiguous. */
static bool settings_file_is_plain(struct settings_file *file, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    }
    if (event->type == YAML_ALIAS_EVENT || anchor != NULL) {
        settings_file_finding(file, event, "bad-value", "write the value itself",
            "a settings file cannot have anchors and aliases");
        return false;
    }
    if (tag != NULL) {
        settings_file_finding(
            file, event, "bad-tag", "remove it", "a settings file cannot have tags");
        return false;
    }
    return true;
}

/* Skips the rest of a value after its first event. */
static void settings_file_skip(struct settings_file *file, const yaml_event_t *first)
{
    yaml_event_t event;
    int depth = 0;
    if (settings_file_is_start(first))
        depth = 1;
    while (depth > 0 && settings_file_next(file, &event)) {
        if (settings_file_is_start(&event))
            depth++;
        else if (settings_file_is_end(&event))
            depth--;
        if (depth > SETTINGS_FILE_MAX_DEPTH) {
            settings_file_finding(file, &event, "too-deep", NULL, "nested deeper than %d levels",
                SETTINGS_FILE_MAX_DEPTH);
            file->stop = true;
        }
        yaml_event_delete(&event);
    }
}

/* The value of a scalar event; NULL after a finding. */
static const char *settings_file_scalar(
    struct settings_file *file, const yaml_event_t *event, const char *name)
{
    const char *text = (const char *)event->data.scalar.value;
    bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    bool is_null = *text == '\0' || setting_word("~|null|Null|NULL", text) >= 0;
    if (strlen(text) != event->data.scalar.length) {
        settings_file_finding(file, event, "bad-value", NULL, "%s contains a NUL character", name);
        return NULL;
    }
    if (is_plain && is_null) {
        settings_file_finding(file, event, "bad-value", NULL, "%s has no value", name);
        return NULL;
    }
    return text;
}

/* --- settings ----------------------------------------------------------------------------- */

static void settings_file_set(
    struct settings_file *file, size_t index, const yaml_event_t *event, const char *text)
{
    struct setting_state state = {.origin = SETTING_FILE,
        .where = strdup(file->path),
        .line = (unsigned)event->start_mark.line + 1};
    struct setting_message message;
    enum setting_result result = SETTING_OOM;
    if (state.where != NULL)
        result = setting_set(file->settings, index, text, &state, &message);
    if (result == SETTING_OOM)
        file->failed = file->stop = true;
    else if (result == SETTING_INVALID)
        settings_file_finding(file, event, "bad-value", NULL, "%s", message.text);
}

/* The path in a list item; NULL after a finding. */
static const char *settings_file_list_item(
    struct settings_file *file, const yaml_event_t *event, const char *name)
{
    const char *item;
    if (!settings_file_is_plain(file, event)) {
        settings_file_skip(file, event);
        return NULL;
    }
    if (event->type != YAML_SCALAR_EVENT) {
        settings_file_finding(
            file, event, "wrong-type", NULL, "%s must be a list of directories", name);
        settings_file_skip(file, event);
        return NULL;
    }
    item = settings_file_scalar(file, event, name);
    if (item != NULL && strchr(item, ':') != NULL) {
        settings_file_finding(
            file, event, "bad-value", NULL, "%s: a path in a list cannot contain a colon", name);
        return NULL;
    }
    return item;
}

/* Joins a list of directories with colons. `first` is the event that starts it. */
static void settings_file_set_list(
    struct settings_file *file, size_t index, const char *name, const yaml_event_t *first)
{
    char text[16384] = "";
    size_t used = 0;
    bool good = true, end = false;
    yaml_event_t event;
    while (!end && settings_file_next(file, &event)) {
        end = settings_file_is_end(&event);
        if (!end) {
            const char *item = settings_file_list_item(file, &event, name);
            if (item == NULL)
                good = false;
            else if (used < sizeof text)
                used += (size_t)snprintf(
                    text + used, sizeof text - used, "%s%s", used > 0 ? ":" : "", item);
        }
        yaml_event_delete(&event);
    }
    if (used >= sizeof text)
        settings_file_finding(file, first, "too-long", NULL, "%s is too long", name);
    else if (good && end)
        settings_file_set(file, index, first, used > 0 ? text : "no");
}

/* Remembers the line of a key; a finding if it has one already. */
static bool settings_file_is_duplicate(
    struct settings_file *file, const yaml_event_t *key, const char *name, size_t *line)
{
    if (*line > 0) {
        settings_file_finding(
            file, key, "duplicate-key", NULL, "%s is already set in line %zu", name, *line);
        return true;
    }
    *line = key->start_mark.line + 1;
    return false;
}

static void settings_file_read_setting(
    struct settings_file *file, size_t index, const yaml_event_t *key, const yaml_event_t *value)
{
    struct setting setting;
    setting_at(index, &setting);
    if (settings_file_is_duplicate(file, key, setting.name, &file->lines[index]) ||
        !settings_file_is_plain(file, value)) {
        settings_file_skip(file, value);
    } else if (value->type == YAML_SCALAR_EVENT) {
        const char *text = settings_file_scalar(file, value, setting.name);
        if (text != NULL)
            settings_file_set(file, index, value, text);
    } else if (value->type == YAML_SEQUENCE_START_EVENT && setting.type == SETTING_PATHS) {
        settings_file_set_list(file, index, setting.name, value);
    } else {
        const char *kind = value->type == YAML_SEQUENCE_START_EVENT ? "list" : "mapping";
        char expected[160];
        setting_describe(&setting, expected, sizeof expected);
        settings_file_finding(file, value, "wrong-type", NULL, "%s must be %s, not a %s",
            setting.name, expected, kind);
        settings_file_skip(file, value);
    }
}

static void settings_file_unknown(
    struct settings_file *file, const yaml_event_t *key, const char *name)
{
    char nearest[32], hint[80] = "`sweepctl config` lists the settings";
    setting_nearest(name, nearest);
    if (nearest[0] != '\0')
        snprintf(hint, sizeof hint, "did you mean %s?", nearest);
    settings_file_finding(file, key, "unknown-key", hint, "unknown setting \"%s\"", name);
}

static void settings_file_read_mapping(struct settings_file *file, const char *group);

static void settings_file_read_group(struct settings_file *file, const char *name,
    const yaml_event_t *key, const yaml_event_t *value)
{
    size_t *line = strcmp(name, "child") == 0 ? &file->child_line : &file->limits_line;
    if (settings_file_is_duplicate(file, key, name, line) || !settings_file_is_plain(file, value)) {
        settings_file_skip(file, value);
    } else if (value->type == YAML_MAPPING_START_EVENT) {
        settings_file_read_mapping(file, name);
    } else {
        settings_file_finding(file, value, "wrong-type", NULL,
            "%s is a group: put its settings below it, one per line", name);
        settings_file_skip(file, value);
    }
}

/* `group` is that of the mapping, "" for the top level. */
static void settings_file_read_member(struct settings_file *file, const char *group,
    const yaml_event_t *key, const yaml_event_t *value)
{
    char name[SETTINGS_FILE_MAX_NAME];
    if (key->type != YAML_SCALAR_EVENT || !settings_file_is_plain(file, key)) {
        settings_file_skip(file, value);
        return;
    }
    const char *word = (const char *)key->data.scalar.value;
    snprintf(name, sizeof name, "%s%s%s", group, *group != '\0' ? "." : "", word);
    size_t index = setting_find(name);
    if (index != SIZE_MAX) {
        settings_file_read_setting(file, index, key, value);
    } else if (setting_is_group(name)) {
        settings_file_read_group(file, name, key, value);
    } else {
        settings_file_unknown(file, key, name);
        settings_file_skip(file, value);
    }
}

/* Reads a mapping after its first event. */
static void settings_file_read_mapping(struct settings_file *file, const char *group)
{
    yaml_event_t key, value;
    while (settings_file_next(file, &key)) {
        if (settings_file_is_end(&key)) {
            yaml_event_delete(&key);
            return;
        }
        if (key.type != YAML_SCALAR_EVENT) {
            settings_file_finding(
                file, &key, "bad-key", NULL, "the name of a setting must be a string");
            settings_file_skip(file, &key);
        }
        if (settings_file_next(file, &value)) {
            settings_file_read_member(file, group, &key, &value);
            yaml_event_delete(&value);
        }
        yaml_event_delete(&key);
    }
}

static void settings_file_read_root(struct settings_file *file, const yaml_event_t *event)
{
    bool is_empty = event->type == YAML_SCALAR_EVENT && *event->data.scalar.value == '\0';
    if (is_empty)
        return;
    if (!settings_file_is_plain(file, event)) {
        file->stop = true;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        settings_file_read_mapping(file, "");
    } else {
        settings_file_finding(file, event, "not-a-mapping", NULL,
            "a settings file must consist of lines \"name: value\"");
        file->stop = true;
    }
}

static void settings_file_read_stream(struct settings_file *file)
{
    yaml_event_t event;
    int documents = 0;
    for (bool end = false; !end && settings_file_next(file, &event);) {
        switch (event.type) {
        case YAML_STREAM_END_EVENT:
            end = true;
            break;
        case YAML_DOCUMENT_START_EVENT:
            documents++;
            if (documents > 1) {
                settings_file_finding(file, &event, "several-documents", NULL,
                    "a settings file must be one document; a second one starts here");
                file->stop = true;
            }
            break;
        case YAML_SCALAR_EVENT:
        case YAML_SEQUENCE_START_EVENT:
        case YAML_MAPPING_START_EVENT:
            settings_file_read_root(file, &event);
            break;
        default:
            break;
        }
        yaml_event_delete(&event);
    }
}

/* --- the file ----------------------------------------------------------------------------- */

static bool settings_file_fail(struct settings_file *file, const char *code, const char *message)
{
    sweep_findings_add(file->findings,
        &(struct sweep_finding){.code = code, .place = {.file = file->path}, .message = message});
    return false;
}

static bool settings_file_load(struct settings_file *file, int fd, struct strbuf *text)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return settings_file_fail(file, "settings-file", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return settings_file_fail(file, "settings-file", "not a regular file");
    if (!settings_check_file_trust(file->path, file->findings))
        return false;
    int failure = file_read_all(fd, SETTINGS_FILE_MAX_BYTES + 1, text);
    if (failure != 0)
        return settings_file_fail(file, "settings-file", strerror(failure));
    if (text->length > SETTINGS_FILE_MAX_BYTES)
        return settings_file_fail(file, "too-large", "larger than the limit of 1 MiB");
    return true;
}

static bool settings_file_parse(struct settings_file *file, const struct strbuf *text)
{
    if (!yaml_parser_initialize(&file->parser))
        return false;
    file->text = text->data;
    sweep_findings_source(file->findings, file->path, text->data, text->length);
    yaml_parser_set_input_string(&file->parser, (const unsigned char *)text->data, text->length);
    settings_file_read_stream(file);
    yaml_parser_delete(&file->parser);
    return !file->failed;
}

bool settings_file_read(
    struct settings *settings, const char *path, bool required, struct sweep_findings *findings)
{
    struct settings_file file = {.settings = settings, .path = path, .findings = findings};
    CLEANUP_STRBUF struct strbuf text = {0};
    /* O_NONBLOCK: opening a FIFO must not block before fstat() rejects it. */
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && !required && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (fd < 0)
        return settings_file_fail(&file, "settings-file", strerror(errno));
    return settings_file_load(&file, fd, &text) && settings_file_parse(&file, &text);
}
