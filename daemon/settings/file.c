/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "daemon/settings/file.h"
#include "daemon/settings/value.h"
#include "lib/util/file.h"

enum { MAX_BYTES = 1 << 20, MAX_DEPTH = 8, MAX_NAME = 100 };

struct reader {
    struct settings *settings;
    const char *file, *text;
    struct sweep_findings *findings;
    yaml_parser_t parser;
    size_t seen[SETTINGS_MAX]; /* the line that a setting stands in, from 1; 0 for none */
    size_t seen_groups[2];     /* of child and limits */
    bool failed, stop;         /* something is wrong; there is no sense in going on */
};

/* --- findings ----------------------------------------------------------------------------- */

static struct sweep_place place_of(
    const struct reader *r, const yaml_mark_t *start, const yaml_mark_t *end)
{
    return (struct sweep_place){r->file, (unsigned)start->line + 1, (unsigned)start->column + 1,
        end->line == start->line ? (unsigned)(end->column - start->column) : 1};
}

static __attribute__((format(printf, 5, 6))) void complain(struct reader *r,
    const yaml_event_t *event, const char *code, const char *hint, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    sweep_findings_add(r->findings, &(struct sweep_finding){.code = code,
                                        .place = place_of(r, &event->start_mark, &event->end_mark),
                                        .message = message,
                                        .hint = hint});
    r->failed = true;
}

static void complain_of_syntax(struct reader *r)
{
    const yaml_parser_t *parser = &r->parser;
    char message[256];
    snprintf(message, sizeof message, "%s%s%s", parser->context != NULL ? parser->context : "",
        parser->context != NULL ? ": " : "",
        parser->problem != NULL ? parser->problem : "not YAML");
    struct sweep_place place = {r->file, (unsigned)parser->problem_mark.line + 1,
        (unsigned)parser->problem_mark.column + 1, 1};
    /* Where the text is no text, libyaml knows only the byte. All before it is UTF-8. */
    if (parser->error == YAML_READER_ERROR) {
        place = (struct sweep_place){r->file, 1, 1, 1};
        for (size_t i = 0; i < parser->problem_offset; i++) {
            bool line_end = r->text[i] == '\n', inside = (r->text[i] & 0xc0) == 0x80;
            place.line += line_end;
            place.column = line_end ? 1 : place.column + !inside;
        }
    }
    sweep_findings_add(r->findings,
        &(struct sweep_finding){.code = "yaml-syntax", .place = place, .message = message});
    r->failed = r->stop = true;
}

/* --- events ------------------------------------------------------------------------------- */

/* False when there is none to come; otherwise it is to be deleted. */
static bool next_event(struct reader *r, yaml_event_t *event)
{
    if (r->stop)
        return false;
    if (yaml_parser_parse(&r->parser, event))
        return true;
    if (r->parser.error == YAML_MEMORY_ERROR)
        r->failed = r->stop = true;
    else
        complain_of_syntax(r);
    return false;
}

static bool begins(const yaml_event_t *event)
{
    return event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT;
}

static bool ends(const yaml_event_t *event)
{
    return event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT;
}

/* Anchors, aliases and tags have no use here, and much abuse. */
static bool is_plain(struct reader *r, const yaml_event_t *event)
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
    if (event->type == YAML_ALIAS_EVENT || anchor != NULL)
        complain(r, event, "bad-value", "write the value itself",
            "a file of settings has no anchors and aliases");
    else if (tag != NULL)
        complain(r, event, "bad-tag", "take it out", "a file of settings has no tags");
    else
        return true;
    return false;
}

/* Moves behind a value whose first event was read. */
static void skip(struct reader *r, const yaml_event_t *first)
{
    yaml_event_t event;
    for (int depth = begins(first); depth > 0 && next_event(r, &event);) {
        depth += begins(&event) - ends(&event);
        if (depth > MAX_DEPTH) {
            complain(r, &event, "too-deep", NULL, "nested deeper than %d levels", MAX_DEPTH);
            r->stop = true;
        }
        yaml_event_delete(&event);
    }
}

/* The text of a scalar event, or NULL after a complaint. */
static const char *scalar_text(struct reader *r, const yaml_event_t *event, const char *what)
{
    const char *text = (const char *)event->data.scalar.value;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (strlen(text) != event->data.scalar.length)
        complain(r, event, "bad-value", NULL, "%s holds a NUL character", what);
    else if (plain && (*text == '\0' || setting_word("~|null|Null|NULL", text) >= 0))
        complain(r, event, "bad-value", NULL, "%s has no value", what);
    else
        return text;
    return NULL;
}

/* --- settings ----------------------------------------------------------------------------- */

static void take(struct reader *r, size_t index, const yaml_event_t *at, const char *text)
{
    struct setting_state state = {.origin = SETTING_FILE,
        .where = strdup(r->file),
        .line = (unsigned)at->start_mark.line + 1};
    char message[320] = "";
    if (state.where == NULL) {
        r->failed = r->stop = true;
        return;
    }
    if (setting_take(r->settings, index, text, true, &state, message, sizeof message))
        return;
    r->failed = true;
    if (message[0] == '\0')
        r->stop = true;
    else
        complain(r, at, "bad-value", NULL, "%s", message);
}

/* A list of directories becomes one text, with colons. `first` began it. */
static void take_list(struct reader *r, size_t index, const char *name, const yaml_event_t *first)
{
    char text[16384] = "";
    size_t used = 0;
    bool good = true, end = false;
    yaml_event_t event;
    while (!end && next_event(r, &event)) {
        end = ends(&event);
        const char *item = NULL;
        if (!end && !is_plain(r, &event))
            skip(r, &event);
        else if (!end && event.type != YAML_SCALAR_EVENT) {
            complain(r, &event, "wrong-type", NULL, "%s is a list of directories", name);
            skip(r, &event);
        } else if (!end)
            item = scalar_text(r, &event, name);
        if (item != NULL && strchr(item, ':') != NULL) {
            complain(r, &event, "bad-value", NULL, "%s: a colon separates directories", name);
            item = NULL;
        }
        good &= end || item != NULL;
        if (item != NULL && used < sizeof text)
            used += (size_t)snprintf(
                text + used, sizeof text - used, "%s%s", used > 0 ? ":" : "", item);
        yaml_event_delete(&event);
    }
    if (used >= sizeof text)
        complain(r, first, "too-long", NULL, "%s is too long", name);
    else if (good && end)
        take(r, index, first, used > 0 ? text : "no");
}

/* Whether a name stood in this file before, in line `seen`; complains then. */
static bool is_twice(struct reader *r, const yaml_event_t *key, const char *name, size_t *seen)
{
    bool twice = *seen > 0;
    if (twice)
        complain(r, key, "duplicate-key", NULL,
            "%s stands here a second time; the first is in line %zu", name, *seen);
    else
        *seen = key->start_mark.line + 1;
    return twice;
}

static void take_value(
    struct reader *r, size_t index, const yaml_event_t *key, const yaml_event_t *value)
{
    struct setting setting;
    char wanted[160];
    setting_at(index, &setting);
    if (is_twice(r, key, setting.name, &r->seen[index])) {
        skip(r, value);
        return;
    }
    if (!is_plain(r, value)) {
        skip(r, value);
    } else if (value->type == YAML_SCALAR_EVENT) {
        const char *text = scalar_text(r, value, setting.name);
        if (text != NULL)
            take(r, index, value, text);
    } else if (value->type == YAML_SEQUENCE_START_EVENT && setting.type == SETTING_PATHS) {
        take_list(r, index, setting.name, value);
    } else {
        setting_describe(&setting, wanted, sizeof wanted);
        complain(r, value, "wrong-type", NULL, "%s takes %s, not a %s", setting.name, wanted,
            value->type == YAML_SEQUENCE_START_EVENT ? "list" : "mapping");
        skip(r, value);
    }
}

static void read_mapping(struct reader *r, const char *group);

static void unknown(struct reader *r, const yaml_event_t *key, const char *name)
{
    char nearest[32], hint[80];
    setting_nearest(name, nearest);
    snprintf(hint, sizeof hint, "did you mean %s?", nearest);
    complain(r, key, "unknown-key",
        nearest[0] != '\0' ? hint : "`sweepctl config` lists the settings",
        "there is no setting \"%s\"", name);
}

/* One key, and its value. */
static void read_member(
    struct reader *r, const char *group, const yaml_event_t *key, const yaml_event_t *value)
{
    char name[MAX_NAME];
    if (!is_plain(r, key)) {
        skip(r, value);
        return;
    }
    const char *word = (const char *)key->data.scalar.value;
    snprintf(name, sizeof name, "%s%s%s", group, *group != '\0' ? "." : "", word);
    size_t index = setting_find(name);
    bool is_group = setting_is_group(name);
    if (index == SIZE_MAX && !is_group) {
        unknown(r, key, name);
        skip(r, value);
    } else if (!is_group) {
        take_value(r, index, key, value);
    } else if (is_twice(r, key, name, &r->seen_groups[*name == 'l']) || !is_plain(r, value)) {
        skip(r, value);
    } else if (value->type == YAML_MAPPING_START_EVENT) {
        read_mapping(r, name);
    } else {
        complain(r, value, "wrong-type", NULL,
            "%s is a group: its settings stand below it, one a line", name);
        skip(r, value);
    }
}

/* What stands between the beginning of a mapping, which was read, and its end. */
static void read_mapping(struct reader *r, const char *group)
{
    yaml_event_t key, value;
    while (next_event(r, &key)) {
        bool end = ends(&key);
        if (!end && key.type != YAML_SCALAR_EVENT) {
            complain(r, &key, "bad-key", NULL, "a name of a setting is a word");
            skip(r, &key);
        }
        if (!end && next_event(r, &value)) {
            if (key.type == YAML_SCALAR_EVENT)
                read_member(r, group, &key, &value);
            else
                skip(r, &value);
            yaml_event_delete(&value);
        }
        yaml_event_delete(&key);
        if (end)
            return;
    }
}

static void read_stream(struct reader *r)
{
    yaml_event_t event;
    int documents = 0;
    for (bool end = false; !end && next_event(r, &event);) {
        end = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT && documents++ > 0) {
            complain(r, &event, "several-documents", NULL,
                "a file of settings is one document; a second one begins here");
            r->stop = true;
        } else if (event.type == YAML_MAPPING_START_EVENT && is_plain(r, &event)) {
            read_mapping(r, "");
        } else if (event.type == YAML_SCALAR_EVENT && *event.data.scalar.value == '\0') {
            ; /* an empty file, or one of comments */
        } else if (event.type == YAML_SCALAR_EVENT || event.type == YAML_SEQUENCE_START_EVENT) {
            complain(
                r, &event, "not-a-mapping", NULL, "a file of settings has lines \"name: value\"");
            r->stop = true;
        }
        yaml_event_delete(&event);
    }
}

/* --- the file ----------------------------------------------------------------------------- */

static bool refuse_file(
    const char *file, const char *code, const char *why, struct sweep_findings *findings)
{
    sweep_findings_add(
        findings, &(struct sweep_finding){.code = code, .place = {.file = file}, .message = why});
    return false;
}

/* The whole text in *text, the caller's. */
static bool read_text(
    const char *file, int fd, struct strbuf *text, struct sweep_findings *findings)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return refuse_file(file, "settings-file", strerror(errno), findings);
    if (!S_ISREG(status.st_mode))
        return refuse_file(file, "settings-file", "not a regular file", findings);
    int failure = file_read_all(fd, MAX_BYTES + 1, text);
    if (failure != 0)
        return refuse_file(file, "settings-file", strerror(failure), findings);
    if (text->length > MAX_BYTES)
        return refuse_file(file, "too-large", "larger than the limit of 1 MiB", findings);
    return true;
}

bool settings_file_read(
    struct settings *settings, const char *file, bool required, struct sweep_findings *findings)
{
    /* O_NONBLOCK: a FIFO must not stop us before fstat() has seen that it is one. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && !required && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (fd < 0)
        return refuse_file(file, "settings-file", strerror(errno), findings);
    struct strbuf text = {0};
    struct reader r = {.settings = settings, .file = file, .findings = findings};
    if (!read_text(file, fd, &text, findings) || !yaml_parser_initialize(&r.parser)) {
        r.failed = true;
    } else {
        r.text = text.data;
        sweep_findings_source(findings, file, text.data, text.length);
        yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.data, text.length);
        read_stream(&r);
        yaml_parser_delete(&r.parser);
    }
    strbuf_deinit(&text);
    close(fd);
    return !r.failed;
}
