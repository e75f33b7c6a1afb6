/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/spec/assignment.h"
#include "lib/util/cleanup.h"
#include "lib/findings/findings.h"
#include "lib/util/text.h"

const char lora_hint[] = "LoRA rank and alpha are set together: "
                         "\"lora\": [{\"rank\": 8, \"alpha\": 16}, …]  or  "
                         "\"lora\": {\"rank\": [8, 16], \"alpha\": [16, 32]}";

/* --- memory ------------------------------------------------------------------------------- */

static void choice_deinit(struct choice *choice)
{
    operations_deinit(&choice->operations);
    free(choice->label);
}

/* Replaces an owned string that equals `from`. */
static bool replace(char **text, const char *from, const char *to)
{
    if (strcmp(*text, from) != 0)
        return true;
    char *copy = strdup(to);
    if (copy == NULL)
        return false;
    free(*text);
    *text = copy;
    return true;
}

enum sweep_code assignment_redirect(struct assignment *assignment, const char *from, const char *to)
{
    bool good = true;
    for (size_t i = 0; i < assignment->n_paths; i++)
        good &= replace(&assignment->paths[i], from, to);
    for (size_t i = 0; i < assignment->n_choices; i++)
        for (size_t k = 0; k < assignment->choices[i].operations.count; k++)
            good &= replace(&assignment->choices[i].operations.items[k].path, from, to);
    return good ? SWEEP_OK : SWEEP_NO_MEMORY;
}

void assignment_deinit(struct assignment *assignment)
{
    for (size_t i = 0; i < assignment->n_choices; i++)
        choice_deinit(&assignment->choices[i]);
    for (size_t i = 0; i < assignment->n_paths; i++)
        free(assignment->paths[i]);
    free(assignment->choices);
    free(assignment->paths);
    free(assignment->key);
    *assignment = (struct assignment){0};
}

void assignments_deinit(struct assignments *assignments)
{
    for (size_t i = 0; i < assignments->count; i++)
        assignment_deinit(&assignments->items[i]);
    free(assignments->items);
    *assignments = (struct assignments){0};
}

enum sweep_code assignments_append(struct assignments *assignments, struct assignment *assignment)
{
    struct assignment *items =
        realloc(assignments->items, (assignments->count + 1) * sizeof *assignments->items);
    if (items == NULL) {
        assignment_deinit(assignment);
        return SWEEP_NO_MEMORY;
    }
    assignments->items = items;
    items[assignments->count++] = *assignment;
    return SWEEP_OK;
}

/* Remembers the paths that a new choice sets, and keeps the choice. Room was made before. */
static enum sweep_code keep_choice(struct assignment *assignment, struct choice *choice)
{
    for (size_t i = 0; i < choice->operations.count; i++) {
        const char *path = choice->operations.items[i].path;
        size_t known = 0;
        while (known < assignment->n_paths && strcmp(assignment->paths[known], path) != 0)
            known++;
        if (known < assignment->n_paths || choice->operations.items[i].value == NULL)
            continue;
        char **paths = realloc(assignment->paths, (assignment->n_paths + 1) * sizeof(char *));
        if (paths == NULL)
            return SWEEP_NO_MEMORY;
        assignment->paths = paths;
        paths[assignment->n_paths] = strdup(path);
        if (paths[assignment->n_paths] == NULL)
            return SWEEP_NO_MEMORY;
        assignment->n_paths++;
    }
    assignment->choices[assignment->n_choices++] = *choice;
    *choice = (struct choice){0};
    return SWEEP_OK;
}

static enum sweep_code reserve_choices(struct assignment *assignment, size_t n)
{
    assignment->choices = calloc(n == 0 ? 1 : n, sizeof *assignment->choices);
    return assignment->choices != NULL ? SWEEP_OK : SWEEP_NO_MEMORY;
}

/* --- one value ---------------------------------------------------------------------------- */

static void pointer_to(const struct assignment *assignment, char *out, size_t size)
{
    snprintf(out, size, "/%s/%s", assignment->where, assignment->key);
}

static enum sweep_code complain(const struct spec_context *context,
    const struct assignment *assignment, const struct sweep_place *place, const char *code,
    const char *hint, const char *message)
{
    char pointer[200];
    pointer_to(assignment, pointer, sizeof pointer);
    return FINDING_ERROR(context->findings, code, *place, pointer, hint, "%s", message);
}

/* A value for people: strings as they are, the rest as it was written, long ones cut. */
static char *label_of(const json_t *value, const struct json_place *place)
{
    enum { MOST = 60 };
    const char *text = json_is_string(value) ? json_string_value(value) : place->text;
    size_t length = json_is_string(value) ? json_string_length(value) : place->length;
    struct strbuf label = {0};
    size_t shown = length;
    if (length > MOST)
        for (shown = MOST; shown > 0 && ((unsigned char)text[shown] & 0xc0) == 0x80;)
            shown--;
    text_escape(&label, text, shown);
    if (length > MOST)
        strbuf_puts(&label, "…");
    return strbuf_steal(&label);
}

/* Checks one value of a field and appends what it does. */
static enum sweep_code add_field(const struct spec_context *context,
    const struct assignment *assignment, const struct field *field, const json_t *value,
    const struct sweep_place *place, struct choice *out)
{
    char message[256];
    const char *code = field_check(field, value, message, sizeof message);
    if (code != NULL)
        return complain(context, assignment, place, code, NULL, message);
    CLEANUP_JSON json_t *final = field_value(field, value);
    return final == NULL ? SWEEP_NO_MEMORY : operations_add(&out->operations, field->path, final);
}

static enum sweep_code add_dataset(const struct spec_context *context,
    const struct assignment *assignment, const json_t *value, const struct sweep_place *place,
    struct choice *out)
{
    const char *path = json_string_value(value);
    struct dataset dataset = dataset_of(path, context->directory);
    char pointer[200];
    pointer_to(assignment, pointer, sizeof pointer);
    if (dataset.relative)
        FINDING_WARNING(context->findings, "relative-path", *place, pointer, NULL,
            "dataset \"%s\" is looked up where the job starts", path);
    if (dataset.guessed)
        FINDING_WARNING(context->findings, "unknown-data", *place, pointer, NULL,
            "no data file was found in \"%s\": it is taken to hold JSON", path);
    return dataset_operations(&dataset, path, &out->operations);
}

/* A value for a config path. Paths that a parameter owns are checked as the parameter is; an
 * interpolation has no type before torchtune resolves it. */
static enum sweep_code add_path(const struct spec_context *context,
    const struct assignment *assignment, json_t *value, const struct sweep_place *place,
    struct choice *out)
{
    const struct field *field = profile_field(context->profile, assignment->key);
    if (field != NULL && !scalar_is_interpolation(value) && !json_is_null(value))
        return add_field(context, assignment, field, value, place, out);
    return operations_add(&out->operations, assignment->key, value);
}

static enum sweep_code add_value(const struct spec_context *context,
    const struct assignment *assignment, json_t *value, const struct json_place *place,
    struct choice *out)
{
    const struct parameter *parameter = assignment->parameter;
    out->place = place->value;
    out->label = label_of(value, place);
    if (out->label == NULL)
        return SWEEP_NO_MEMORY;
    /* A key like "seed" is a config path as well, and a path may be set to null or ${…}. */
    bool path = parameter == NULL || ((json_is_null(value) || scalar_is_interpolation(value)) &&
                                         strcmp(assignment->key, parameter->fields[0].path) == 0);
    if (path)
        return add_path(context, assignment, value, &place->value, out);
    if (strcmp(parameter->name, "dataset") == 0 && json_string_length(value) > 0)
        return add_dataset(context, assignment, value, &place->value, out);
    return add_field(context, assignment, &parameter->fields[0], value, &place->value, out);
}

/* --- parameters of several fields --------------------------------------------------------- */

/* Checks that an object has exactly the parameter's fields. */
static enum sweep_code check_fields(const struct spec_context *context,
    const struct assignment *assignment, const json_t *value, const struct json_place *place)
{
    const struct parameter *parameter = assignment->parameter;
    char message[256];
    enum sweep_code code = SWEEP_OK;
    if (!json_is_object(value)) {
        snprintf(message, sizeof message, "%s takes \"%s\" and \"%s\" together, got %s",
            assignment->key, parameter->fields[0].name, parameter->fields[1].name,
            value_type_name(value));
        return complain(context, assignment, &place->value, "lora-pair", lora_hint, message);
    }
    for (size_t i = 0; i < parameter->n_fields; i++)
        if (json_object_get(value, parameter->fields[i].name) == NULL) {
            snprintf(message, sizeof message, "%s needs \"%s\" too", assignment->key,
                parameter->fields[i].name);
            code = complain(context, assignment, &place->value, "lora-pair", lora_hint, message);
        }
    for (const struct json_place *member = place->first; member != NULL; member = member->next) {
        struct suggestion suggestion = {.word = member->name};
        bool known = false;
        for (size_t i = 0; i < parameter->n_fields; i++) {
            known |= strcmp(parameter->fields[i].name, member->name) == 0;
            suggestion_offer(&suggestion, parameter->fields[i].name);
        }
        if (known)
            continue;
        char hint[64] = "";
        if (suggestion.best != NULL)
            snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
        snprintf(message, sizeof message, "%s has no \"%s\"", assignment->key, member->name);
        code = complain(
            context, assignment, &member->key, "unknown-key", hint[0] ? hint : NULL, message);
    }
    return code;
}

/* One value for every field: {"rank": 8, "alpha": 16}. */
static enum sweep_code add_fields(const struct spec_context *context,
    const struct assignment *assignment, const json_t *value, const struct json_place *place,
    struct choice *out)
{
    CLEANUP_STRBUF struct strbuf label = {0};
    enum sweep_code code = check_fields(context, assignment, value, place);
    out->place = place->value;
    for (size_t i = 0; code != SWEEP_NO_MEMORY && i < assignment->parameter->n_fields; i++) {
        const struct field *field = &assignment->parameter->fields[i];
        const struct json_place *at =
            json_is_object(value) ? json_place_member(place, field->name) : NULL;
        if (at == NULL)
            continue;
        enum sweep_code one = add_field(
            context, assignment, field, json_object_get(value, field->name), &at->value, out);
        strbuf_puts(&label, i > 0 ? "/" : "");
        strbuf_append(&label, at->text, at->length);
        code = one != SWEEP_OK ? one : code;
    }
    out->label = strbuf_steal(&label);
    return out->label == NULL ? SWEEP_NO_MEMORY : code;
}

/* Reads every value of one field of a product, and reports each wrong one once. */
static enum sweep_code check_product_field(const struct spec_context *context,
    const struct assignment *assignment, const struct field *field, const json_t *list,
    const struct json_place *place)
{
    enum sweep_code code = SWEEP_OK;
    struct choice ignored = {0};
    if (json_is_array(list) && json_array_size(list) == 0) {
        char message[100];
        snprintf(
            message, sizeof message, "%s of axis \"%s\" is empty", field->name, assignment->key);
        code = complain(context, assignment, &place->value, "empty-axis", NULL, message);
    }
    const struct json_place *at = json_is_array(list) ? place->first : place;
    for (size_t i = 0; at != NULL && (i == 0 || json_is_array(list)); at = at->next, i++) {
        const json_t *value = json_is_array(list) ? json_array_get(list, i) : list;
        enum sweep_code one = add_field(context, assignment, field, value, &at->value, &ignored);
        code = code == SWEEP_OK ? one : code;
    }
    operations_deinit(&ignored.operations);
    return code;
}

/* {"rank": [8, 16], "alpha": [16, 32]}: the product of both, alpha fastest. */
static enum sweep_code add_product(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct assignment *out)
{
    const struct field *fields = out->parameter->fields;
    enum sweep_code code = check_fields(context, out, value, place);
    if (code != SWEEP_OK)
        return code;
    const json_t *lists[PARAMETER_MAX_FIELDS];
    const struct json_place *places[PARAMETER_MAX_FIELDS];
    size_t sizes[PARAMETER_MAX_FIELDS];
    for (size_t f = 0; f < PARAMETER_MAX_FIELDS; f++) {
        lists[f] = json_object_get(value, fields[f].name);
        places[f] = json_place_member(place, fields[f].name);
        sizes[f] = json_is_array(lists[f]) ? json_array_size(lists[f]) : 1;
        enum sweep_code one = check_product_field(context, out, &fields[f], lists[f], places[f]);
        code = code == SWEEP_OK ? one : code;
    }
    if (code != SWEEP_OK)
        return code;
    if (sizes[0] > context->limits->runs / sizes[1]) {
        char message[80];
        snprintf(message, sizeof message, "rank and alpha make more than %llu pairs",
            (unsigned long long)context->limits->runs);
        return complain(context, out, &place->value, "too-many-runs", NULL, message);
    }
    code = reserve_choices(out, sizes[0] * sizes[1]);
    const struct json_place *rank = json_is_array(lists[0]) ? places[0]->first : places[0];
    for (size_t i = 0; code == SWEEP_OK && i < sizes[0]; i++, rank = rank->next) {
        const struct json_place *alpha = json_is_array(lists[1]) ? places[1]->first : places[1];
        for (size_t j = 0; code == SWEEP_OK && j < sizes[1]; j++, alpha = alpha->next) {
            CLEANUP_STRBUF struct strbuf label = {0};
            struct choice choice = {.place = alpha->value};
            strbuf_printf(&label, "%.*s/%.*s", (int)rank->length, rank->text, (int)alpha->length,
                alpha->text);
            choice.label = strbuf_steal(&label);
            code = choice.label == NULL ? SWEEP_NO_MEMORY : SWEEP_OK;
            for (int f = 0; code == SWEEP_OK && f < 2; f++) {
                json_t *list = (json_t *)lists[f];
                code = operations_add(&choice.operations, fields[f].path,
                    json_is_array(list) ? json_array_get(list, f == 0 ? i : j) : list);
            }
            if (code == SWEEP_OK)
                code = keep_choice(out, &choice);
            choice_deinit(&choice);
        }
    }
    return code;
}

/* --- assignments ----------------------------------------------------------------------------- */

static enum sweep_code begin(const struct spec_context *context, const struct json_place *place,
    const char *where, struct assignment *out)
{
    *out = (struct assignment){.where = where, .place = place->key};
    out->key = strdup(place->name);
    out->parameter = profile_parameter(context->profile, place->name);
    return out->key != NULL ? SWEEP_OK : SWEEP_NO_MEMORY;
}

/* Reads one value into a new choice of `out`, for which there is room. */
static enum sweep_code read_choice(const struct spec_context *context, json_t *value,
    const struct json_place *place, struct assignment *out)
{
    struct choice choice = {0};
    bool several = out->parameter != NULL && out->parameter->n_fields > 1;
    enum sweep_code code = several ? add_fields(context, out, value, place, &choice)
                                   : add_value(context, out, value, place, &choice);
    if (code == SWEEP_OK)
        code = keep_choice(out, &choice);
    choice_deinit(&choice);
    return code;
}

enum sweep_code assignment_read_fixed(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct assignment *out)
{
    enum sweep_code code = begin(context, place, "fixed", out);
    if (code == SWEEP_OK)
        code = reserve_choices(out, 1);
    return code != SWEEP_OK ? code : read_choice(context, (json_t *)value, place, out);
}

/* Two equal values would make two equal runs. */
static enum sweep_code check_distinct(
    const struct spec_context *context, const struct assignment *assignment)
{
    enum sweep_code code = SWEEP_OK;
    CLEANUP_JSON json_t *seen = json_object();
    for (size_t i = 0; i < assignment->n_choices; i++) {
        CLEANUP_STRBUF struct strbuf key = {0};
        const struct operations *operations = &assignment->choices[i].operations;
        for (size_t k = 0; k < operations->count; k++) {
            const json_t *value = operations->items[k].value;
            CLEANUP_FREE char *text =
                value == NULL ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
            strbuf_printf(&key, "%s=%s\n", operations->items[k].path, text != NULL ? text : "-");
        }
        if (key.oom || seen == NULL)
            return SWEEP_NO_MEMORY;
        if (json_object_get(seen, key.data != NULL ? key.data : "") == NULL) {
            if (json_object_set_new(seen, key.data, json_true()) != 0)
                return SWEEP_NO_MEMORY;
            continue;
        }
        char message[200];
        snprintf(message, sizeof message, "%s stands in axis \"%s\" twice: the runs would be equal",
            assignment->choices[i].label, assignment->key);
        code = complain(
            context, assignment, &assignment->choices[i].place, "duplicate-value", NULL, message);
    }
    return code;
}

enum sweep_code assignment_read_axis(const struct spec_context *context, const json_t *value,
    const struct json_place *place, struct assignment *out)
{
    char message[200];
    enum sweep_code code = begin(context, place, "grid", out);
    if (code != SWEEP_OK)
        return code;
    bool several = out->parameter != NULL && out->parameter->n_fields > 1;
    if (several && json_is_object(value)) {
        code = add_product(context, value, place, out);
        return code == SWEEP_OK ? check_distinct(context, out) : code;
    }
    if (!json_is_array(value)) {
        snprintf(message, sizeof message, "axis \"%s\" must be a list of values, got %s", out->key,
            value_type_name(value));
        return complain(context, out, &place->value, several ? "lora-pair" : "wrong-type",
            several ? lora_hint : "one value that stays belongs into \"fixed\"", message);
    }
    if (json_array_size(value) == 0) {
        snprintf(message, sizeof message, "axis \"%s\" is empty", out->key);
        return complain(context, out, &place->value, "empty-axis", NULL, message);
    }
    if (json_array_size(value) > context->limits->runs) {
        snprintf(message, sizeof message, "axis \"%s\" has %zu values; the limit is %llu runs",
            out->key, json_array_size(value), (unsigned long long)context->limits->runs);
        return complain(context, out, &place->value, "too-many-runs", NULL, message);
    }
    if (several && !json_is_object(json_array_get(value, 0))) /* ranks alone: say it once */
        return check_fields(context, out, json_array_get(value, 0), place->first);
    code = reserve_choices(out, json_array_size(value));
    const struct json_place *at = place->first;
    for (size_t i = 0; at != NULL && code != SWEEP_NO_MEMORY; at = at->next, i++) {
        enum sweep_code one = read_choice(context, json_array_get(value, i), at, out);
        code = one != SWEEP_OK ? one : code;
    }
    if (code != SWEEP_NO_MEMORY) {
        enum sweep_code distinct = check_distinct(context, out);
        code = code == SWEEP_OK ? distinct : code;
    }
    return code;
}
