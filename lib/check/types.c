/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/check/types.h"
#include "lib/doc/path.h"
#include "lib/doc/scalar.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

static bool is_component(const struct profile *profile, const json_t *value)
{
    return json_object_get(value, profile->component_key) != NULL;
}

static unsigned kinds_of(const struct profile *profile, const json_t *value)
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
    return TYPE_MAPPING | (is_component(profile, value) ? TYPE_COMPONENT : 0u);
}

/* Whether a word is one of "a|b|c". */
static bool among(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *p = strchr(word, '|') == NULL ? words : NULL; p != NULL;
         p = strchr(p, '|'), p = p != NULL ? p + 1 : NULL)
        if (strncmp(p, word, length) == 0 && (p[length] == '|' || p[length] == '\0'))
            return true;
    return false;
}

static bool takes(
    const struct profile *profile, unsigned kinds, const char *words, const json_t *value)
{
    if (kinds == 0 || value == NULL)
        return true;
    if ((kinds & kinds_of(profile, value)) == 0)
        return false;
    return !json_is_string(value) || words == NULL || among(words, json_string_value(value));
}

static void suggest(const char *words, const char *word, char *hint, size_t size)
{
    struct suggestion suggestion = {.word = word};
    char copy[512];
    snprintf(copy, sizeof copy, "%s", words);
    for (char *save = NULL, *one = strtok_r(copy, "|", &save); one != NULL;
         one = strtok_r(NULL, "|", &save))
        suggestion_offer(&suggestion, one);
    if (suggestion.best != NULL)
        snprintf(hint, size, "did you mean \"%s\"?", suggestion.best);
}

/* "2e-5" as a string and "False" are what people write by accident. */
static void hint_at_quotes(
    const struct value_type *type, const json_t *value, char *hint, size_t size)
{
    struct scalar scalar = scalar_resolve(json_string_value(value), json_string_length(value));
    bool fits = (scalar.kind == SCALAR_BOOL && (type->kinds & TYPE_BOOL)) ||
                (scalar.kind == SCALAR_INT && (type->kinds & (TYPE_INT | TYPE_FLOAT))) ||
                (scalar.kind == SCALAR_FLOAT && (type->kinds & TYPE_FLOAT));
    if (fits)
        snprintf(hint, size, "write it without quotes");
    else if (strcmp(json_string_value(value), "None") == 0 && (type->kinds & TYPE_NULL))
        snprintf(hint, size, "write null");
}

static void show(const json_t *value, char *out, size_t size)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    value_write(&text, value, SCALAR_IN_FLOW);
    text_copy(out, size, text.data != NULL ? text.data : "");
}

/* What is wrong with a value that is of none of the kinds. */
static void complain_of_value(const struct view *view, const struct profile *profile,
    const struct value_type *type, const struct given *what, const char *path,
    const struct sink *sink)
{
    char hint[160] = "", shown[80];
    const json_t *value = view_value(view, what->value);
    unsigned kinds = kinds_of(profile, value);
    if ((type->kinds & TYPE_COMPONENT) && !(type->kinds & TYPE_MAPPING) && (kinds & TYPE_MAPPING)) {
        complain(sink, SWEEP_ERROR, "no-component", path, NULL, "%s has no \"%s\"", path,
            profile->component_key);
        return;
    }
    show(value, shown, sizeof shown);
    if (json_is_string(value) && type->words != NULL)
        suggest(type->words, json_string_value(value), hint, sizeof hint);
    else if (json_is_string(value))
        hint_at_quotes(type, value, hint, sizeof hint);
    bool wrong_word = (type->kinds & kinds) != 0;
    complain(sink, SWEEP_ERROR, wrong_word ? "wrong-value" : "wrong-type", path,
        hint[0] != '\0' ? hint : NULL, "%s of %s must be %s, got %s%s%s", what->name, what->owner,
        type->notation, wrong_word ? "" : value_type_name(value), wrong_word ? "" : " ", shown);
}

static void complain_of_item(const struct value_type *type, const struct given *what,
    const json_t *item, const char *path, size_t index, const struct sink *sink)
{
    char at[PATH_MAX_BYTES], hint[160] = "", shown[80];
    snprintf(at, sizeof at, "%s", path);
    path_append_index(at, strlen(at), index);
    show(item, shown, sizeof shown);
    if (json_is_string(item) && type->item_words != NULL)
        suggest(type->item_words, json_string_value(item), hint, sizeof hint);
    complain(sink, SWEEP_ERROR, "wrong-item", at, hint[0] != '\0' ? hint : NULL,
        "%s of %s must be %s, got an item %s", what->name, what->owner, type->notation, shown);
}

/* A variable of the environment gives a text, also where it looks like a number. */
static void complain_of_text(const struct value_type *type, const struct given *what,
    const char *path, const struct sink *sink)
{
    complain(sink, SWEEP_ERROR, "wrong-type", path, "write ${oc.decode:${oc.env:NAME}}",
        "%s of %s must be %s, and what ${oc.env:…} gives is a text", what->name, what->owner,
        type->notation);
}

bool check_type(const struct view *view, const struct profile *profile,
    const struct value_type *type, const struct given *given, const struct sink *sink)
{
    const json_t *value = view_value(view, given->value);
    char path[PATH_MAX_BYTES];
    bool text = value == NULL && view_is_text(view, given->value);
    if (type->kinds == 0 || (value == NULL && (!text || (type->kinds & TYPE_STRING))))
        return true;
    bool good = !text && takes(profile, type->kinds, type->words, value);
    if (good && (!json_is_array(value) || type->items == 0))
        return true;
    snprintf(path, sizeof path, "%s", given->path);
    path_append(path, strlen(path), given->name);
    if (text) {
        complain_of_text(type, given, path, sink);
        return false;
    }
    if (!good) {
        complain_of_value(view, profile, type, given, path, sink);
        return false;
    }
    size_t index;
    json_t *item;
    json_array_foreach (value, index, item) {
        const json_t *one = view_value(view, item);
        if (takes(profile, type->items, type->item_words, one))
            continue;
        complain_of_item(type, given, one, path, index, sink);
        good = false;
    }
    return good;
}
