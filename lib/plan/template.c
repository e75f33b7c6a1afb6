/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/plan/names.h"
#include "lib/plan/template.h"
#include "lib/util/array.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* --- parsing ------------------------------------------------------------------------------ */

struct template_parser {
    const struct template_source *source;
    struct sweep_findings *findings;
    struct template *out;
};

static enum sweep_code template_refuse(const struct template_parser *parser, const char *hint,
    const char *format, ...) SWEEP_PRINTF(3, 4);

static enum sweep_code template_refuse(
    const struct template_parser *parser, const char *hint, const char *format, ...)
{
    const struct template_source *source = parser->source;
    char message[256];
    CLEANUP_STRBUF struct strbuf named = {0};
    va_list args;
    va_start(args, format);
    text_vformat(message, sizeof message, format, args);
    va_end(args);
    text_put_named(&named, source->path, message);
    if (named.oom)
        return SWEEP_NO_MEMORY;
    return FINDING_ERROR(
        parser->findings, "bad-template", source->place, source->path, hint, "%s", named.data);
}

static void template_part_deinit(struct part *part)
{
    free(part->path);
    free(part->setters);
    json_decref(part->token);
}

/* Takes the part over. */
static enum sweep_code template_add_part(struct template_parser *parser, struct part *part)
{
    struct template *template = parser->out;
    /* template_separate() may add two more. */
    if (template->n_parts + 2 >= TEMPLATE_MAX_PARTS) {
        template_part_deinit(part);
        return template_refuse(parser, NULL, "%s has too many placeholders", parser->source->path);
    }
    template->parts[template->n_parts++] = *part;
    return SWEEP_OK;
}

static enum sweep_code template_add_literal(
    struct template_parser *parser, const char *text, size_t length)
{
    struct part part = {.kind = PART_LITERAL, .text = text, .length = length};
    if (length == 0)
        return SWEEP_OK;
    return template_add_part(parser, &part);
}

/* The axis of this key, by any of its parameter's names; SIZE_MAX if there is none. */
static size_t template_find_axis(const struct spec *spec, const char *key)
{
    const struct parameter *parameter = profile_parameter(spec->profile, key);
    for (size_t i = 0; i < spec->axes.count; i++) {
        const struct assignment *axis = &spec->axes.items[i];
        if (strcmp(axis->key, key) == 0 || (parameter != NULL && axis->parameter == parameter))
            return i;
    }
    return SIZE_MAX;
}

/* --- the axes that set a path --------------------------------------------------------------- */

enum sweep_code template_list_setters(const struct spec *spec, struct path_list *out)
{
    path_list_deinit(out);
    for (size_t i = 0; i < spec->axes.count; i++)
        for (size_t p = 0; p < spec->axes.items[i].n_paths; p++)
            if (!path_list_add(out, spec->axes.items[i].paths[p], i))
                return SWEEP_NO_MEMORY;
    return SWEEP_OK;
}

/* An array that grows. */
struct template_setters {
    size_t *items, count, capacity;
};

static bool template_add_setter(void *context, size_t axis)
{
    struct template_setters *setters = context;
    size_t *items = array_grow(setters->items, setters->count, &setters->capacity, sizeof *items);
    if (items == NULL)
        return false;
    setters->items = items;
    setters->items[setters->count++] = axis;
    return true;
}

static int template_compare_axes(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* Finds the axes that set the part's path or a mapping around it, each once. No run sets several of
 * them. */
static enum sweep_code template_find_setters(struct path_list *list, struct part *part)
{
    struct template_setters found = {0};
    size_t kept = 0;
    if (!path_list_visit(list, part->path, template_add_setter, &found)) {
        free(found.items);
        return SWEEP_NO_MEMORY;
    }
    if (found.count == 0)
        return SWEEP_OK;
    qsort(found.items, found.count, sizeof *found.items, template_compare_axes);
    for (size_t i = 0; i < found.count; i++)
        if (kept == 0 || found.items[i] != found.items[kept - 1])
            found.items[kept++] = found.items[i];
    part->setters = found.items;
    part->n_setters = kept;
    part->axis = part->setters[0];
    return SWEEP_OK;
}

/* --- values --------------------------------------------------------------------------------- */

static enum sweep_code template_report_unknown(
    const struct template_parser *parser, const char *key)
{
    static const char *const known[] = {"name", "run", "index", "id"};
    const struct spec *spec = parser->source->spec;
    struct suggestion suggestion = {.word = key};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        suggestion_offer(&suggestion, known[i]);
    for (size_t i = 0; i < spec->axes.count; i++)
        suggestion_offer(&suggestion, spec->axes.items[i].key);
    char hint[200] = "{name}, {run}, {index}, {id}, parameters and config paths are known";
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"{%s}\"?", suggestion.best);
    return template_refuse(
        parser, hint, "%s has no placeholder \"{%s}\"", parser->source->path, key);
}

/* Refuses values that are no text: mappings and lists. */
static enum sweep_code template_check_value(
    const struct template_parser *parser, const char *key, const json_t *value)
{
    if (json_is_object(value) || json_is_array(value))
        return template_refuse(parser, "name a value in it", "{%s} is a %s", key,
            json_is_object(value) ? "mapping" : "list");
    return SWEEP_OK;
}

/* The value that a choice gives to a path, or else the one that the config has. */
static const json_t *template_value(
    const struct part *part, const struct choice *choice, const json_t *tree)
{
    if (part->token != NULL)
        return part->token;
    for (size_t i = 0; choice != NULL && i < choice->operations.count; i++) {
        const struct operation *operation = &choice->operations.items[i];
        size_t length = strlen(operation->path);
        if (operation->value == NULL || strncmp(operation->path, part->path, length) != 0)
            continue;
        if (part->path[length] == '\0')
            return operation->value;
        const json_t *inner = NULL;
        if (part->path[length] == '.')
            inner = path_get(operation->value, part->path + length + 1);
        if (inner != NULL)
            return inner;
    }
    return path_get(tree, part->path);
}

const json_t *template_run_value(
    const struct part *part, const struct spec *spec, const size_t *choices, const json_t *tree)
{
    for (size_t i = 0; i < part->n_setters; i++) {
        const struct assignment *axis = &spec->axes.items[part->setters[i]];
        size_t choice = choices[part->setters[i]];
        if (choice < axis->n_choices && choice != axis->unset)
            return template_value(part, &axis->choices[choice], tree);
    }
    return template_value(part, NULL, tree);
}

bool template_next_value(const struct part *part, const struct spec *spec, const json_t *tree,
    struct template_values *values)
{
    if (!values->has_begun) {
        *values = (struct template_values){.has_begun = true};
        if (part->n_setters == 0) {
            values->value = template_value(part, NULL, tree);
            return true;
        }
    }
    /* The values of a distribution are drawn later. */
    while (values->setter < part->n_setters &&
           spec->axes.items[part->setters[values->setter]].n_choices == 0)
        values->setter++;
    if (values->setter >= part->n_setters)
        return false;
    const struct assignment *axis = &spec->axes.items[part->setters[values->setter]];
    values->value = template_value(part, &axis->choices[values->choice], tree);
    values->choice++;
    if (values->choice == axis->n_choices) {
        values->choice = 0;
        values->setter++;
    }
    return true;
}

static enum sweep_code template_add_value(struct template_parser *parser, const char *key)
{
    const struct template_source *source = parser->source;
    struct part part = {.kind = PART_VALUE, .axis = SIZE_MAX};
    const char *path = names_path_of(source->spec->profile, source->recipe, key);
    struct path parsed;
    if (!path_parse(path, &parsed))
        return template_report_unknown(parser, key);
    part.path = strdup(path);
    if (part.path == NULL)
        return SWEEP_NO_MEMORY;
    enum sweep_code code = template_find_setters(source->setters, &part);
    struct template_values values = {0};
    while (code == SWEEP_OK && template_next_value(&part, source->spec, source->tree, &values))
        if (values.value != NULL)
            code = template_check_value(parser, key, values.value);
        else if (part.axis != SIZE_MAX)
            code = template_refuse(parser, "give the other runs a value for it, too",
                "%s uses {%s}, which some runs do not have", source->path, key);
        else
            code = template_report_unknown(parser, key);
    if (code == SWEEP_OK)
        return template_add_part(parser, &part);
    template_part_deinit(&part);
    return code;
}

/* Adds the value of an expression, if the spec's reader has found it to be one. */
static enum sweep_code template_add_expression(
    struct template_parser *parser, const char *key, bool *found)
{
    const struct template_source *source = parser->source;
    const struct computed item = {
        (char *)key, NULL, (char *)source->path, source->place, NULL, source->is_then};
    struct part part = {.kind = PART_VALUE, .axis = SIZE_MAX};
    if (source->computed != NULL)
        part.token = computed_token(source->computed, &item);
    *found = part.token != NULL;
    if (part.token == NULL)
        return SWEEP_OK;
    return template_add_part(parser, &part);
}

/* The run's own directory is written as an interpolation. */
static enum sweep_code template_add_output(struct template_parser *parser)
{
    const char *output = profile_output(parser->source->spec->profile);
    enum sweep_code code = template_add_literal(parser, "${", 2);
    parser->out->has_output = true;
    if (code == SWEEP_OK)
        code = template_add_literal(parser, output, strlen(output));
    if (code == SWEEP_OK)
        code = template_add_literal(parser, "}", 1);
    return code;
}

/* A list or mapping has a label only. */
static bool template_has_scalars(const struct assignment *axis)
{
    for (size_t i = 0; i < axis->n_choices; i++) {
        const struct operations *operations = &axis->choices[i].operations;
        for (size_t k = 0; k < operations->count; k++)
            if (operations->items[k].value == NULL || json_is_object(operations->items[k].value) ||
                json_is_array(operations->items[k].value))
                return false;
    }
    return true;
}

static enum sweep_code template_add_placeholder(struct template_parser *parser, const char *key)
{
    const struct template_source *source = parser->source;
    const struct profile *profile = source->spec->profile;
    const char *output = profile_output(profile);
    struct part part = {.kind = PART_AXIS};
    if (strcmp(key, "name") == 0) {
        const char *name = source->spec->name;
        parser->out->has_name = true;
        if (name == NULL)
            return SWEEP_OK;
        return template_add_literal(parser, name, strlen(name));
    }
    if (strcmp(key, "run") == 0) {
        part.kind = PART_RUN;
        return template_add_part(parser, &part);
    }
    if (strcmp(key, "index") == 0) {
        part.kind = PART_INDEX;
        return template_add_part(parser, &part);
    }
    if (strcmp(key, "id") == 0) {
        part.kind = PART_ID;
        return template_add_part(parser, &part);
    }
    bool resolves = profile->dialect.interpolation == INTERPOLATION_OMEGACONF;
    if (output != NULL && strcmp(key, output) == 0 && source->is_then) {
        part.kind = PART_OUTPUT;
        return template_add_part(parser, &part);
    }
    if (output != NULL && strcmp(key, output) == 0) {
        if (source->is_directory || !resolves)
            return template_report_unknown(parser, key);
        return template_add_output(parser);
    }
    bool is_expression;
    enum sweep_code code = template_add_expression(parser, key, &is_expression);
    if (is_expression || code != SWEEP_OK)
        return code;
    part.axis = template_find_axis(source->spec, key);
    const struct parameter *parameter = profile_parameter(profile, key);
    bool has_one_value = parameter == NULL || (parameter->n_fields == 1 && parameter->data == NULL);
    if (source->is_directory && part.axis != SIZE_MAX &&
        !template_has_scalars(&source->spec->axes.items[part.axis]))
        has_one_value = false;
    if (part.axis != SIZE_MAX && !has_one_value)
        return template_add_part(parser, &part);
    return template_add_value(parser, key);
}

/* The end of what starts with a brace at `p`: of an interpolation, a placeholder or an escaped
 * brace; NULL if it is text. */
static const char *template_end(const struct template_parser *parser, const char *p)
{
    const struct template_source *source = parser->source;
    bool resolves = source->spec->profile->dialect.interpolation == INTERPOLATION_OMEGACONF;
    if (resolves && strncmp(p, "${", 2) == 0)
        return strchr(p, '}');
    if (strncmp(p, "{{", 2) == 0 || strncmp(p, "}}", 2) == 0)
        return p + 1;
    if (*p == '{')
        return strchr(p, '}');
    return NULL;
}

enum sweep_code template_parse(
    const struct template_source *source, struct sweep_findings *findings, struct template *out)
{
    struct template_parser parser = {source, findings, out};
    enum sweep_code code, result = SWEEP_OK;
    const char *literal = source->text, *p = source->text;
    *out = (struct template){.is_directory = source->is_directory, .place = source->place};
    while (*p != '\0') {
        const char *close = template_end(&parser, p);
        if (close == NULL && *p == '{' && !source->is_directory)
            return template_refuse(
                &parser, "a brace itself is written \"{{\"", "\"%.100s\" has no closing brace", p);
        if (close == NULL || *p == '$') {
            p = close == NULL ? p + 1 : close + 1;
            continue;
        }
        char key[PATH_MAX_BYTES];
        snprintf(key, sizeof key, "%.*s", (int)(close - p - 1), p + 1);
        code = template_add_literal(&parser, literal, (size_t)(p - literal));
        literal = close + 1;
        if (close == p + 1 && *close == *p) /* an escaped brace */
            literal = close;
        else if (code == SWEEP_OK)
            code = template_add_placeholder(&parser, key);
        if (code != SWEEP_OK)
            result = code;
        p = close + 1;
    }
    code = template_add_literal(&parser, literal, (size_t)(p - literal));
    if (code != SWEEP_OK)
        return code;
    return result;
}

void template_deinit(struct template *template)
{
    for (size_t i = 0; i < template->n_parts; i++)
        template_part_deinit(&template->parts[i]);
    template->n_parts = 0;
}

/* --- using -------------------------------------------------------------------------------- */

bool template_has(const struct template *template, enum part_kind kind)
{
    for (size_t i = 0; i < template->n_parts; i++)
        if (template->parts[i].kind == kind)
            return true;
    return false;
}

/* True if two values of the axis always give different texts. */
static bool template_has_axis(const struct template *template, const struct spec *spec, size_t axis)
{
    for (size_t i = 0; i < template->n_parts; i++) {
        const struct part *part = &template->parts[i];
        bool is_whole = part->kind == PART_AXIS ||
                        (part->kind == PART_VALUE && spec->axes.items[axis].n_paths == 1);
        if (is_whole && part->axis == axis)
            return true;
    }
    return false;
}

static bool template_has_all_axes(
    const struct template *template, const struct spec *spec, size_t own_axis)
{
    for (size_t i = 0; i < spec->axes.count; i++)
        if (i != own_axis && spec->axes.items[i].n_choices > 1 &&
            !template_has_axis(template, spec, i))
            return false;
    return true;
}

void template_separate(struct template *template, const struct spec *spec, size_t own_axis)
{
    if (template_has(template, PART_RUN) || template_has(template, PART_INDEX) ||
        template_has(template, PART_ID) || template_has_all_axes(template, spec, own_axis))
        return;
    if (template->n_parts > 0) {
        struct part *last = &template->parts[template->n_parts - 1];
        while (
            last->kind == PART_LITERAL && last->length > 1 && last->text[last->length - 1] == '/')
            last->length--;
    }
    template->parts[template->n_parts++] =
        (struct part){.kind = PART_LITERAL, .text = "/", .length = 1};
    template->parts[template->n_parts++] = (struct part){.kind = PART_RUN};
}

bool template_is_unique(const struct template *template)
{
    return template_has(template, PART_RUN);
}

/* Dots alone would be the directory itself or the one above. */
static void template_put_label(struct strbuf *out, const char *label)
{
    bool is_dots = label[strspn(label, ".")] == '\0';
    size_t n;
    for (const char *p = label; *p != '\0'; p += n) {
        n = utf8_next(p, strlen(p));
        bool is_kept = n == 1 && (isalnum((unsigned char)*p) || strchr("_-", *p) != NULL ||
                                     (*p == '.' && !is_dots));
        if (is_kept)
            strbuf_putc(out, *p);
        else
            strbuf_putc(out, '_');
    }
}

static bool template_is_computed(const struct run *run, const json_t *value, size_t *index)
{
    return json_is_string(value) && run->computed != NULL &&
           computed_find(run->computed, json_string_value(value), index) != NULL;
}

/* A value as it is written in the config, without quotes. */
static void template_put_value(
    const struct template *template, const struct run *run, const json_t *value, struct strbuf *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    size_t index;
    if (template_is_computed(run, value, &index)) {
        if (!run->put_computed(run, index, &text))
            text.oom = true;
    } else if (json_is_string(value))
        strbuf_puts(&text, json_string_value(value));
    else if (value != NULL)
        value_write(&text, value, SCALAR_IN_BLOCK);
    if (text.oom)
        out->oom = true;
    else if (template->is_directory)
        template_put_label(out, strbuf_string(&text));
    else
        strbuf_puts(out, strbuf_string(&text));
}

/* The label of the choice that the run has of an axis. */
static void template_put_choice(const struct template *template, const struct spec *spec,
    const struct run *run, size_t index, struct strbuf *out)
{
    const struct assignment *axis = &spec->axes.items[index];
    size_t choice = run->choices[index];
    if (choice >= axis->n_choices)
        choice = axis->unset;
    if (choice >= axis->n_choices)
        return;
    if (template->is_directory)
        template_put_label(out, axis->choices[choice].label);
    else
        strbuf_puts(out, axis->choices[choice].label);
}

void template_fill(const struct template *template, const struct spec *spec, const struct run *run,
    struct strbuf *out)
{
    for (size_t i = 0; i < template->n_parts; i++) {
        const struct part *part = &template->parts[i];
        switch (part->kind) {
        case PART_LITERAL:
            strbuf_append(out, part->text, part->length);
            break;
        case PART_RUN:
            strbuf_puts(out, run->name);
            break;
        case PART_INDEX:
            if (run->number != NULL)
                strbuf_puts(out, run->number);
            else
                strbuf_printf(out, "%llu", (unsigned long long)run->index);
            break;
        case PART_AXIS:
            template_put_choice(template, spec, run, part->axis, out);
            break;
        case PART_VALUE:
            template_put_value(
                template, run, template_run_value(part, spec, run->choices, run->tree), out);
            break;
        case PART_ID:
            strbuf_puts(out, run->id);
            break;
        case PART_OUTPUT:
            strbuf_puts(out, run->output);
            break;
        }
    }
}
