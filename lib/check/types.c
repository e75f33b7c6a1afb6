/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/check/types.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/doc/surprise.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

static unsigned types_kinds_of(const struct profile *profile, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_NULL:
        return TYPE_NULL;
    case JSON_TRUE:
    case JSON_FALSE:
        return TYPE_BOOL;
    case JSON_INTEGER:
        return TYPE_INT | TYPE_FLOAT;
    case JSON_REAL:
        return TYPE_FLOAT;
    case JSON_STRING:
        return TYPE_STRING;
    case JSON_ARRAY:
        return TYPE_LIST;
    case JSON_OBJECT:
        break;
    }
    if (json_object_get(value, profile->component_key) != NULL)
        return TYPE_MAPPING | TYPE_COMPONENT;
    return TYPE_MAPPING;
}

/* True if `word` is one of "a|b|c". */
static bool types_allow_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    if (strchr(word, '|') != NULL)
        return false;
    for (const char *p = words;; p++) {
        if (strncmp(p, word, length) == 0 && (p[length] == '|' || p[length] == '\0'))
            return true;
        p = strchr(p, '|');
        if (p == NULL)
            return false;
    }
}

static bool types_fit(
    const struct profile *profile, unsigned kinds, const char *words, const json_t *value)
{
    if (kinds == 0 || value == NULL)
        return true;
    if ((kinds & types_kinds_of(profile, value)) == 0)
        return false;
    return !json_is_string(value) || words == NULL ||
           types_allow_word(words, json_string_value(value));
}

/* --- reports ------------------------------------------------------------------------------ */

/* Suggests the most similar one of "a|b|c". */
static void types_suggest_word(const char *words, const char *word, char *hint, size_t size)
{
    struct suggestion suggestion = {.word = word};
    char copy[512], *save = NULL;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *one = strtok_r(copy, "|", &save); one != NULL; one = strtok_r(NULL, "|", &save))
        suggestion_offer(&suggestion, one);
    if (suggestion.best != NULL)
        snprintf(hint, size, "did you mean \"%s\"?", suggestion.best);
}

/* True if the string would be of the type without its quotes: "2e-5", "False". */
static bool types_fit_unquoted(
    enum scalar_rules rules, const struct value_type *type, const json_t *string)
{
    struct scalar scalar =
        scalar_resolve_as(rules, json_string_value(string), json_string_length(string));
    switch (scalar.kind) {
    case SCALAR_BOOL:
        return (type->kinds & TYPE_BOOL) != 0;
    case SCALAR_INT:
        return (type->kinds & (TYPE_INT | TYPE_FLOAT)) != 0;
    case SCALAR_FLOAT:
        return (type->kinds & TYPE_FLOAT) != 0;
    default:
        return false;
    }
}

void check_suggest_float(const json_t *string, char *hint, size_t size)
{
    CLEANUP_STRBUF struct strbuf number = {0};
    if (!json_is_string(string))
        return;
    struct scalar scalar = scalar_resolve(json_string_value(string), json_string_length(string));
    if (scalar.kind != SCALAR_FLOAT || !isfinite(scalar.number))
        return;
    scalar_write_float(&number, scalar.number);
    if (!number.oom)
        snprintf(hint, size, "YAML 1.1 reads it as a string; write %s", number.data);
}

static void types_hint(enum scalar_rules rules, const struct value_type *type, const json_t *value,
    char *hint, size_t size)
{
    struct surprise surprise;
    hint[0] = '\0';
    if (json_is_boolean(value) && (type->kinds & TYPE_STRING))
        snprintf(hint, size, "quote it if it is a string: yes, no, on and off are bools");
    if (!json_is_string(value))
        return;
    const char *string = json_string_value(value);
    if ((type->kinds & TYPE_NULL) && strcmp(string, "None") == 0)
        snprintf(hint, size, "write null");
    else if (type->words != NULL)
        types_suggest_word(type->words, string, hint, size);
    else if (types_fit_unquoted(rules, type, value))
        snprintf(hint, size, "write it without quotes");
    else if (types_fit_unquoted(SCALARS_OMEGACONF, type, value))
        check_suggest_float(value, hint, size);
    else if (surprise_find(rules, string, json_string_length(value), &surprise))
        snprintf(hint, size, "%s", surprise.message);
}

static void types_show(const json_t *value, char *out, size_t size)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    diagnostic_put_value(&text, value);
    text_copy(out, size, text.data != NULL ? text.data : "");
}

/* A mapping where a component has to be. */
static void types_report_no_component(
    const struct check *check, const json_t *mapping, const char *path)
{
    const char *key;
    json_t *value;
    char inner[PATH_MAX_BYTES];
    struct suggestion suggestion = {.word = check->profile->component_key};
    json_object_foreach ((json_t *)mapping, key, value)
        suggestion_offer(&suggestion, key);
    snprintf(inner, sizeof inner, "%s", path);
    if (suggestion.best != NULL && path_append(inner, strlen(inner), suggestion.best) > 0)
        diagnostic_error(check->sink, "no-component", inner, NULL,
            "%s has no \"%s\"; is \"%s\" a misspelling of it?", path, check->profile->component_key,
            suggestion.best);
    else
        diagnostic_error(check->sink, "no-component", path, NULL, "%s has no \"%s\"", path,
            check->profile->component_key);
}

static void types_report(const struct check *check, const struct value_type *type,
    const struct named_value *named, const json_t *value, const char *path)
{
    char hint[160], shown[80];
    unsigned kinds = types_kinds_of(check->profile, value);
    bool component_only = (type->kinds & TYPE_COMPONENT) && !(type->kinds & TYPE_MAPPING);
    if (component_only && (kinds & TYPE_MAPPING) && check->profile->component_key != NULL) {
        types_report_no_component(check, value, path);
        return;
    }
    types_show(value, shown, sizeof shown);
    types_hint(check->profile->dialect.scalars, type, value, hint, sizeof hint);
    if ((type->kinds & kinds) != 0)
        diagnostic_error(check->sink, "wrong-value", path, hint, "%s of %s must be %s, got %s",
            named->name, named->owner, type->notation, shown);
    else
        diagnostic_error(check->sink, "wrong-type", path, hint, "%s of %s must be %s, got %s %s",
            named->name, named->owner, type->notation, value_type_name(value), shown);
}

static void types_check_items(const struct check *check, const struct value_type *type,
    const struct named_value *named, const json_t *list, const char *path)
{
    size_t index;
    json_t *item;
    json_array_foreach (list, index, item) {
        const json_t *value = resolved_value(check->config, item);
        if (types_fit(check->profile, type->items, type->item_words, value))
            continue;
        char item_path[PATH_MAX_BYTES], hint[160] = "", shown[80];
        snprintf(item_path, sizeof item_path, "%s", path);
        path_append_index(item_path, strlen(item_path), index);
        types_show(value, shown, sizeof shown);
        if (json_is_string(value) && type->item_words != NULL)
            types_suggest_word(type->item_words, json_string_value(value), hint, sizeof hint);
        diagnostic_error(check->sink, "wrong-item", item_path, hint,
            "%s of %s must be %s, got an item %s", named->name, named->owner, type->notation,
            shown);
    }
}

void check_type(
    const struct check *check, const struct value_type *type, const struct named_value *named)
{
    const json_t *value = resolved_value(check->config, named->value);
    char path[PATH_MAX_BYTES];
    if (type->kinds == 0)
        return;
    bool unknown_string = value == NULL && resolved_is_unknown_string(check->config, named->value);
    bool fits = value == NULL || types_fit(check->profile, type->kinds, type->words, value);
    if (unknown_string && !(type->kinds & TYPE_STRING))
        fits = false;
    if (fits && (type->items == 0 || !json_is_array(value)))
        return;
    snprintf(path, sizeof path, "%s", named->path);
    path_append(path, strlen(path), named->name);
    if (fits)
        types_check_items(check, type, named, value, path);
    else if (unknown_string)
        diagnostic_error(check->sink, "wrong-type", path, "write ${oc.decode:${oc.env:NAME}}",
            "%s of %s must be %s, but ${oc.env:…} gives a string", named->name, named->owner,
            type->notation);
    else
        types_report(check, type, named, value, path);
}
