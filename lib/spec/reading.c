/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/config/data_source.h"
#include "lib/config/params.h"
#include "lib/doc/json_token.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/spec/reading.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"
#include "lib/spec/other_tools.h"

enum { READING_MAX_LABEL = 60, READING_MAX_MESSAGE = 256 };

static void reading_pointer(const struct reading *r, char *out, size_t size)
{
    snprintf(out, size, "/%s/%s", r->assignment->where, r->assignment->key);
}

enum sweep_code reading_refuse(const struct reading *r, const struct sweep_place *place,
    const char *code, const char *hint, const char *format, ...)
{
    char pointer[200], message[READING_MAX_MESSAGE];
    CLEANUP_STRBUF struct strbuf named = {0};
    va_list args;
    va_start(args, format);
    text_vformat(message, sizeof message, format, args);
    va_end(args);
    text_put_named(&named, r->assignment->key, message);
    if (named.oom)
        return SWEEP_NO_MEMORY;
    reading_pointer(r, pointer, sizeof pointer);
    return FINDING_ERROR(r->context->findings, code, *place, pointer, hint, "%s", named.data);
}

enum sweep_code reading_worse(enum sweep_code first, enum sweep_code second)
{
    if (first == SWEEP_OK || second == SWEEP_NO_MEMORY)
        return second;
    return first;
}

bool reading_has_fields(const struct reading *r)
{
    return r->assignment->parameter != NULL && r->assignment->parameter->n_fields > 1;
}

static enum sweep_code reading_take_string(const struct reading *r, const json_t *value,
    const struct sweep_place *place, const struct field *field, json_t **out);

/* --- one value ---------------------------------------------------------------------------- */

/* A value for people: strings as they are, others as they were written; long ones are cut. */
static char *reading_label(const struct placed_value *at)
{
    const char *text = at->place->text;
    size_t length = at->place->length;
    if (json_is_string(at->value)) {
        text = json_string_value(at->value);
        length = json_string_length(at->value);
    }
    struct strbuf label = {0};
    if (length <= READING_MAX_LABEL) {
        text_escape(&label, text, length);
        return strbuf_steal(&label);
    }
    size_t shown = READING_MAX_LABEL;
    while (shown > 0 && ((unsigned char)text[shown] & 0xc0) == 0x80) /* not inside a character */
        shown--;
    text_escape(&label, text, shown);
    strbuf_puts(&label, "…");
    return strbuf_steal(&label);
}

void reading_put_label(struct strbuf *out, const struct json_place *place)
{
    const char *text = place->text;
    size_t length = place->length;
    if (length >= 2 && text[0] == '"') {
        text++;
        length -= 2;
    }
    strbuf_append(out, text, length);
}

enum sweep_code reading_take_field(
    const struct reading *r, const struct field *field, const struct placed_value *at, json_t **out)
{
    if (r->context->computed != NULL && computed_is_special(at->value))
        return reading_take_string(r, at->value, &at->place->value, field, out);
    *out = json_incref(at->value);
    return SWEEP_OK;
}

enum sweep_code reading_add_field(const struct reading *r, const struct field *field,
    const struct placed_value *at, struct operations *out)
{
    /* The result is checked in the runs that it arises in. */
    if (r->context->computed != NULL &&
        computed_expression(r->context->computed, at->value) != SIZE_MAX)
        return operations_add(out, field->path, at->value);
    char message[READING_MAX_MESSAGE];
    const char *code = field_check(field, at->value, message, sizeof message);
    if (code != NULL) {
        const char *hint = json_token_quotes_hint(at->value);
        if (hint == NULL && json_is_string(at->value))
            hint = other_tools_text(json_string_value(at->value));
        return reading_refuse(r, &at->place->value, code, hint, "%s", message);
    }
    CLEANUP_JSON json_t *final = field_value(field, at->value);
    if (final == NULL)
        return SWEEP_NO_MEMORY;
    return operations_add(out, field->path, final);
}

/* --- strings that begin with "=" ---------------------------------------------------------- */

/* The value of the assignment at a string that begins with "=": a token, or the string without the
 * first of two "=". `field`: what it is a value of, or NULL. */
static enum sweep_code reading_take_string(const struct reading *r, const json_t *value,
    const struct sweep_place *place, const struct field *field, json_t **out)
{
    const char *text = json_string_value(value) + 1;
    if (text[0] == '=') {
        *out = json_string(text);
    } else if (text[strspn(text, " ")] == '\0') {
        return reading_refuse(r, place, "bad-template",
            "write an expression, \"=2*lora.rank\", or a template, \"={name}-{run}\"; the string "
            "\"=\" itself is written \"==\"",
            "nothing follows \"=\"");
    } else {
        char path[PATH_MAX_BYTES];
        snprintf(path, sizeof path, "%s", r->assignment->key);
        if (reading_has_fields(r) && field != NULL)
            path_append(path, strlen(path), field->name);
        const struct computed item = {(char *)text, field, path, *place, NULL, r->context->is_then};
        if (strchr(text, '{') != NULL && !computed_add_braces(r->context->computed, &item))
            return SWEEP_NO_MEMORY;
        *out = computed_add(r->context->computed, &item);
    }
    return *out != NULL ? SWEEP_OK : SWEEP_NO_MEMORY;
}

/* Replaces such strings anywhere in a value that belongs to the caller. */
static enum sweep_code reading_take_members(
    const struct reading *r, json_t *node, const struct sweep_place *place)
{
    enum sweep_code code = SWEEP_OK;
    const char *key;
    json_t *value;
    size_t index;
    void *next;
    json_object_foreach_safe(node, next, key, value)
    {
        CLEANUP_JSON json_t *taken = NULL;
        if (!computed_is_special(value)) {
            code = reading_worse(code, reading_take_members(r, value, place));
            continue;
        }
        code = reading_worse(code, reading_take_string(r, value, place, NULL, &taken));
        if (taken != NULL && json_object_set(node, key, taken) != 0)
            return SWEEP_NO_MEMORY;
    }
    json_array_foreach (node, index, value) {
        CLEANUP_JSON json_t *taken = NULL;
        if (!computed_is_special(value)) {
            code = reading_worse(code, reading_take_members(r, value, place));
            continue;
        }
        code = reading_worse(code, reading_take_string(r, value, place, NULL, &taken));
        if (taken != NULL && json_array_set(node, index, taken) != 0)
            return SWEEP_NO_MEMORY;
    }
    return code;
}

/* True if the assignment sets the run's own directory, which always is a template. */
static bool reading_is_output(const struct reading *r)
{
    const char *output = profile_output(r->context->profile);
    const char *path = r->assignment->key;
    if (r->assignment->parameter != NULL)
        path = r->assignment->parameter->fields[0].path;
    return output != NULL && strcmp(path, output) == 0 && !r->context->is_then;
}

/* What an expression that is the assignment's value has to give; NULL: anything. */
static const struct field *reading_own_field(const struct reading *r)
{
    if (r->assignment->parameter != NULL)
        return &r->assignment->parameter->fields[0];
    const struct field *field = profile_field(r->context->profile, r->assignment->key);
    /* Of a path the component decides: it may take a float where the parameter takes an int. */
    if (field != NULL && field->type == FIELD_INT)
        return NULL;
    return field;
}

/* A copy of a value with tokens for the strings that are computed for each run. */
static enum sweep_code reading_take(
    const struct reading *r, const struct placed_value *at, json_t **out)
{
    *out = NULL;
    if (r->context->computed == NULL || reading_is_output(r))
        *out = json_incref(at->value);
    else if (computed_is_special(at->value))
        return reading_take_string(r, at->value, &at->place->value, reading_own_field(r), out);
    else
        *out = json_deep_copy(at->value);
    if (*out == NULL)
        return SWEEP_NO_MEMORY;
    if (r->context->computed == NULL || reading_is_output(r))
        return SWEEP_OK;
    return reading_take_members(r, *out, &at->place->value);
}

/* --- values ------------------------------------------------------------------------------- */

/* The value of a parameter that names data. `written`: the name as it is in the spec. */
static enum sweep_code reading_add_data(const struct reading *r, const struct placed_value *at,
    const json_t *written, struct operations *out)
{
    const struct parameter *parameter = r->assignment->parameter;
    struct sweep_findings *findings = r->context->findings;
    const char *name = json_string_value(written);
    if (computed_is_special(written))
        name++;
    const struct data_source source = data_source_of(parameter->data, name, r->context->directory);
    char pointer[200];
    reading_pointer(r, pointer, sizeof pointer);
    if (source.relative)
        FINDING_WARNING(findings, "relative-path", at->place->value, pointer, NULL,
            "%s \"%s\" is looked up where the job starts", parameter->name, name);
    if (source.guessed)
        FINDING_WARNING(findings, "unknown-data", at->place->value, pointer, NULL,
            "%s: no data file was found in \"%s\": it is read with loader \"%s\"", parameter->name,
            name, source.loader);
    return data_source_operations(parameter, &source, json_string_value(at->value), out);
}

/* True for values that a path can have before its type is known. */
static bool reading_is_untyped(const struct reading *r, const json_t *value)
{
    return json_is_null(value) || dialect_is_interpolation(&r->context->profile->dialect, value);
}

/* True for a positive float where a parameter takes ints. What a config path takes is decided by
 * its component: lora_alpha is a float, although the parameter lora takes ints. */
static bool reading_is_left_to_component(const struct field *field, const json_t *value)
{
    return field->type == FIELD_INT && json_is_real(value) && json_real_value(value) > 0;
}

/* The value of a config path. If a parameter sets that path too, it is checked the same way. */
static enum sweep_code reading_add_path(
    const struct reading *r, const struct placed_value *at, struct operations *out)
{
    const struct field *field = profile_field(r->context->profile, r->assignment->key);
    if (field != NULL && !reading_is_untyped(r, at->value) &&
        (r->assignment->parameter != NULL || !reading_is_left_to_component(field, at->value)))
        return reading_add_field(r, field, at, out);
    return operations_add(out, r->assignment->key, at->value);
}

/* --- deletions ---------------------------------------------------------------------------- */

/* Reads the value of `"~path"`: true deletes; on an axis, false keeps what the base has. */
static enum sweep_code reading_add_deletion(const struct reading *r, const char *path,
    const struct json_place *place, const json_t *value, struct choice *out)
{
    if (r->is_axis && json_is_false(value))
        return SWEEP_OK;
    if (!json_is_true(value)) {
        char got[32];
        snprintf(got, sizeof got, "%s", value_type_name(value));
        if (json_is_false(value))
            snprintf(got, sizeof got, "false");
        return reading_refuse(r, &place->value, "bad-deletion",
            r->is_axis ? "false keeps it" : "to keep it, remove this key from the spec",
            "%s \"~%s\" takes true, got %s", r->is_axis ? "axis" : "the deletion", path, got);
    }
    out->n_deletions++;
    return operations_add(&out->operations, path, NULL);
}

/* Moves the members `"~key": true` of a mapping, at any depth, to the choice's deletions. `path` is
 * the mapping's. */
static enum sweep_code reading_take_deletions(const struct reading *r, const char *path,
    const struct json_place *place, json_t *object, struct choice *out)
{
    const char *key;
    json_t *value;
    void *next;
    const struct json_place *next_place = place->first;
    enum sweep_code code = SWEEP_OK;
    json_object_foreach_safe(object, next, key, value)
    {
        char inner[PATH_MAX_BYTES];
        const struct json_place *member = next_place; /* both are in the order of the text */
        if (member == NULL || strcmp(member->name, key) != 0)
            member = json_place_member(place, key);
        next_place = member != NULL ? member->next : NULL;
        bool deletes = key[0] == '~';
        snprintf(inner, sizeof inner, "%s", path);
        if (path_append(inner, strlen(inner), deletes ? key + 1 : key) == 0)
            continue;
        if (member == NULL) /* a value of --set */
            member = place;
        if (deletes)
            code = reading_worse(code, reading_add_deletion(r, inner, member, value, out));
        else if (json_is_object(value))
            code = reading_worse(code, reading_take_deletions(r, inner, member, value, out));
        if (deletes)
            json_object_del(object, key);
    }
    return code;
}

/* A mapping, which may hold deletions. */
static enum sweep_code reading_add_mapping(
    const struct reading *r, const struct placed_value *at, struct choice *out)
{
    struct choice deletions = {0};
    CLEANUP_JSON json_t *copy = json_deep_copy(at->value);
    if (copy == NULL)
        return SWEEP_NO_MEMORY;
    enum sweep_code code =
        reading_take_deletions(r, r->assignment->key, at->place, copy, &deletions);
    if (code == SWEEP_OK)
        code = operations_add(&out->operations, r->assignment->key, copy);
    for (size_t i = 0; code == SWEEP_OK && i < deletions.operations.count; i++)
        code = operations_add(&out->operations, deletions.operations.items[i].path, NULL);
    out->n_deletions = deletions.n_deletions;
    choice_deinit(&deletions);
    return code;
}

static enum sweep_code reading_add_value(
    const struct reading *r, const struct placed_value *written, struct choice *out)
{
    const struct parameter *parameter = r->assignment->parameter;
    CLEANUP_JSON json_t *taken = NULL;
    out->place = written->place->value;
    out->label = reading_label(written);
    if (out->label == NULL)
        return SWEEP_NO_MEMORY;
    if (parameter == NULL && r->assignment->key[0] == '~')
        return reading_add_deletion(r, r->assignment->key + 1, written->place, written->value, out);
    enum sweep_code code = reading_take(r, written, &taken);
    if (code != SWEEP_OK)
        return code;
    const struct placed_value value = {taken, written->place}, *at = &value;
    if (parameter == NULL && json_is_object(at->value) &&
        profile_field(r->context->profile, r->assignment->key) == NULL)
        return reading_add_mapping(r, at, out);
    if (parameter == NULL)
        return reading_add_path(r, at, &out->operations);
    const struct field *field = &parameter->fields[0];
    /* A key such as "seed" is a config path too, and a path can be set to null. */
    if (reading_is_untyped(r, at->value) && strcmp(r->assignment->key, field->path) == 0)
        return reading_add_path(r, at, &out->operations);
    if (parameter->data != NULL && json_string_length(at->value) > 0)
        return reading_add_data(r, at, written->value, &out->operations);
    return reading_add_field(r, field, at, &out->operations);
}

/* --- parameters of several fields --------------------------------------------------------- */

/* Refuses a member that is neither one of the parameter's fields nor a comment. */
static enum sweep_code reading_check_member(
    const struct reading *r, const struct json_place *member)
{
    const struct parameter *parameter = r->assignment->parameter;
    struct suggestion suggestion = {.word = member->name};
    char did_you_mean[80];
    const char *hint = NULL;
    if (json_place_is_comment(member))
        return SWEEP_OK;
    for (size_t i = 0; i < parameter->n_fields; i++) {
        if (strcmp(parameter->fields[i].name, member->name) == 0)
            return SWEEP_OK;
        suggestion_offer(&suggestion, parameter->fields[i].name);
    }
    if (suggestion.best != NULL) {
        snprintf(did_you_mean, sizeof did_you_mean, "did you mean \"%s\"?", suggestion.best);
        hint = did_you_mean;
    }
    return reading_refuse(
        r, &member->key, "unknown-key", hint, "%s has no \"%s\"", r->assignment->key, member->name);
}

enum sweep_code reading_check_fields(const struct reading *r, const struct placed_value *at)
{
    const struct parameter *parameter = r->assignment->parameter;
    const struct sweep_place *place = &at->place->value;
    const char *key = r->assignment->key;
    struct together together;
    parameter_together(r->context->profile, parameter, &together);
    if (!json_is_object(at->value)) {
        char names[160];
        parameter_field_names(parameter, "\"", names, sizeof names);
        return reading_refuse(r, place, together.code, together.hint,
            "%s takes %s together, got %s", key, names, value_type_name(at->value));
    }
    enum sweep_code code = SWEEP_OK;
    for (size_t i = 0; i < parameter->n_fields; i++) {
        const char *name = parameter->fields[i].name;
        if (json_object_get(at->value, name) == NULL)
            code = reading_refuse(
                r, place, together.code, together.hint, "%s needs \"%s\" too", key, name);
    }
    for (const struct json_place *member = at->place->first; member != NULL; member = member->next)
        code = reading_worse(code, reading_check_member(r, member));
    return code;
}

/* One value of each field: {"rank": 8, "alpha": 16}. */
static enum sweep_code reading_add_fields(
    const struct reading *r, const struct placed_value *at, struct choice *out)
{
    const struct parameter *parameter = r->assignment->parameter;
    CLEANUP_STRBUF struct strbuf label = {0};
    enum sweep_code code = reading_check_fields(r, at);
    out->place = at->place->value;
    for (size_t i = 0; code != SWEEP_NO_MEMORY && i < parameter->n_fields; i++) {
        const struct field *field = &parameter->fields[i];
        const struct placed_value member = {json_object_get(at->value, field->name),
            json_is_object(at->value) ? json_place_member(at->place, field->name) : NULL};
        if (member.place == NULL)
            continue;
        CLEANUP_JSON json_t *taken = NULL;
        code = reading_worse(code, reading_take_field(r, field, &member, &taken));
        if (taken == NULL)
            continue;
        const struct placed_value value = {taken, member.place};
        code = reading_worse(code, reading_add_field(r, field, &value, &out->operations));
        if (i > 0)
            strbuf_putc(&label, '/');
        reading_put_label(&label, member.place);
    }
    out->label = strbuf_steal(&label);
    return out->label == NULL ? SWEEP_NO_MEMORY : code;
}

enum sweep_code reading_keep_choice(const struct reading *r, struct choice *choice, size_t *index)
{
    if (r->is_axis)
        return assignment_intern(r->assignment, choice, index);
    *index = r->assignment->n_choices;
    return assignment_keep(r->assignment, choice);
}

/* Counts a value of an axis. That there are too many is said once. */
static enum sweep_code reading_count(const struct reading *r, const struct sweep_place *place)
{
    const struct spec_context *context = r->context;
    if (context->n_values == NULL || strcmp(r->assignment->where, "fixed") == 0)
        return SWEEP_OK;
    if (++*context->n_values <= context->limits->values)
        return SWEEP_OK;
    if (*context->n_values > context->limits->values + 1)
        return SWEEP_INVALID;
    return FINDING_ERROR(context->findings, "too-large", *place, NULL,
        "--limit values=… allows more", "the axes have more than %llu values together",
        (unsigned long long)context->limits->values);
}

enum sweep_code reading_add_choice(
    const struct reading *r, const struct placed_value *at, size_t *index)
{
    struct choice choice = {0};
    enum sweep_code code = reading_count(r, &at->place->value);
    if (code != SWEEP_OK)
        return code;
    if (reading_has_fields(r))
        code = reading_add_fields(r, at, &choice);
    else
        code = reading_add_value(r, at, &choice);
    if (code == SWEEP_OK)
        code = reading_keep_choice(r, &choice, index);
    choice_deinit(&choice);
    return code;
}

/* Two equal values in a list would make two equal runs. */
enum sweep_code reading_list_choice(
    const struct reading *r, size_t index, const struct sweep_place *place)
{
    struct choice *choice = &r->assignment->choices[index];
    if (choice->listed == r->list)
        return reading_refuse(r, place, "duplicate-value", NULL,
            "axis \"%s\" lists %s twice; those runs would be identical", r->assignment->key,
            choice->label);
    choice->listed = r->list;
    return structure_add_choice(r->list, index);
}
