/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/trainer/profile_reader.h"
#include "lib/util/text.h"

void *reader_alloc(struct profile_reader *r, size_t count, size_t size)
{
    if (r->code != SWEEP_OK)
        return NULL;
    struct profile_memory *memory = calloc(1, sizeof *memory + count * size);
    if (memory == NULL) {
        r->code = sweep_error_set(r->error, SWEEP_NO_MEMORY, "out of memory");
        return NULL;
    }
    memory->next = r->memory;
    r->memory = memory;
    return memory->block;
}

void reader_enter(struct profile_reader *r, const char *section, const char *entry)
{
    if (entry != NULL)
        snprintf(r->where, sizeof r->where, "%s: %s", section, entry);
    else
        snprintf(r->where, sizeof r->where, "%s", section);
}

void reader_fail(struct profile_reader *r, const char *format, ...)
{
    char what[512];
    va_list args;
    if (r->code != SWEEP_OK)
        return;
    va_start(args, format);
    text_vformat(what, sizeof what, format, args);
    va_end(args);
    r->code = sweep_error_set(r->error, SWEEP_INVALID, "%s: %s: %s", r->file, r->where, what);
}

/* --- members ------------------------------------------------------------------------------ */

void reader_check_keys(struct profile_reader *r, const json_t *object, const char *const *keys)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)object, key, value) {
        if (list_holds(keys, key))
            continue;
        struct suggestion suggestion = {.word = key};
        for (size_t i = 0; keys[i] != NULL; i++)
            suggestion_offer(&suggestion, keys[i]);
        if (suggestion.best != NULL)
            reader_fail(r, "unknown key \"%s\"; did you mean \"%s\"?", key, suggestion.best);
        else
            reader_fail(r, "unknown key \"%s\"", key);
    }
}

static const char *reader_type_name(json_type type)
{
    switch (type) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    default:
        return "true or false";
    }
}

const json_t *reader_member(
    struct profile_reader *r, const json_t *object, const char *key, json_type type)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL)
        return NULL;
    if (json_typeof(value) == type || (type == JSON_TRUE && json_is_boolean(value)))
        return value;
    reader_fail(r, "\"%s\" must be %s", key, reader_type_name(type));
    return NULL;
}

const char *reader_string(struct profile_reader *r, const json_t *object, const char *key)
{
    return json_string_value(reader_member(r, object, key, JSON_STRING));
}

const char *reader_need(struct profile_reader *r, const json_t *object, const char *key)
{
    const char *text = reader_string(r, object, key);
    if (text == NULL)
        reader_fail(r, "\"%s\" is missing", key);
    else if (text[0] == '\0')
        reader_fail(r, "\"%s\" cannot be empty", key);
    return text;
}

const char *const *reader_strings(struct profile_reader *r, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL)
        return NULL;
    size_t count = 1;
    if (json_is_array(value))
        count = json_array_size(value);
    else if (!json_is_string(value))
        reader_fail(r, "\"%s\" must be a list of strings", key);
    const char **out = reader_alloc(r, count + 1, sizeof *out);
    for (size_t i = 0; out != NULL && i < count; i++) {
        const json_t *item = json_is_string(value) ? value : json_array_get(value, i);
        out[i] = json_string_value(item);
        if (out[i] == NULL)
            reader_fail(r, "\"%s\" must be a list of strings", key);
    }
    return out;
}

void reader_check_path(struct profile_reader *r, const char *path)
{
    struct path parts;
    if (path != NULL && !path_parse(path, &parts))
        reader_fail(r, "\"%s\" is not a config path: names joined by single dots", path);
}

const char *const *reader_paths(struct profile_reader *r, const json_t *object, const char *key)
{
    const char *const *paths = reader_strings(r, object, key);
    for (size_t i = 0; r->code == SWEEP_OK && paths != NULL && paths[i] != NULL; i++) {
        reader_check_path(r, paths[i]);
        if (list_holds(&paths[i + 1], paths[i]))
            reader_fail(r, "\"%s\" lists \"%s\" twice", key, paths[i]);
    }
    return paths;
}

bool reader_bool(struct profile_reader *r, const json_t *object, const char *key)
{
    return json_is_true(reader_member(r, object, key, JSON_TRUE));
}

size_t reader_choose(
    struct profile_reader *r, const char *word, const char *const *words, const char *key)
{
    char known[160] = "";
    size_t used = 0;
    if (word == NULL)
        return 0;
    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
        int more =
            snprintf(known + used, sizeof known - used, "%s\"%s\"", used > 0 ? ", " : "", words[i]);
        if (more > 0 && used + (size_t)more < sizeof known)
            used += (size_t)more;
    }
    reader_fail(r, "\"%s\" cannot be \"%s\"; expected %s", key, word, known);
    return 0;
}

/* --- types -------------------------------------------------------------------------------- */

/* What a notation's alternatives add up to. */
struct alternatives {
    unsigned kinds;
    bool any; /* "any" is one of them */
    char *words;
};

static const struct {
    const char *name;
    unsigned kind; /* 0: any */
} reader_types[] = {{"null", TYPE_NULL}, {"bool", TYPE_BOOL}, {"int", TYPE_INT},
    {"float", TYPE_FLOAT}, {"str", TYPE_STRING}, {"list", TYPE_LIST}, {"mapping", TYPE_MAPPING},
    {"component", TYPE_COMPONENT}, {"any", 0}};

enum { READER_TYPES = sizeof reader_types / sizeof *reader_types };

static size_t reader_find_type(const char *word, size_t length)
{
    for (size_t i = 0; i < READER_TYPES; i++)
        if (strlen(reader_types[i].name) == length &&
            strncmp(reader_types[i].name, word, length) == 0)
            return i;
    return READER_TYPES;
}

/* Appends the word that begins after the quote at `p`; returns what follows its closing quote. */
static const char *reader_quoted_word(const char *p, char *words)
{
    const char *word = p + 1;
    size_t length = strcspn(word, "'"), used = strlen(words);
    if (used > 0)
        words[used++] = '|';
    memcpy(words + used, word, length);
    words[used + length] = '\0';
    p = word + length;
    return *p == '\'' ? p + 1 : p;
}

static const char *reader_alternatives(
    struct profile_reader *r, const char *p, struct alternatives *out, struct alternatives *items);

/* The alternatives between the brackets of `list[…]`. Those of lists inside lists are read over. */
static const char *reader_item_types(
    struct profile_reader *r, const char *p, struct alternatives *out, struct alternatives *items)
{
    char *words = out->words;
    struct alternatives inner = {.words = words + strlen(words) + 1};
    p = reader_alternatives(r, p + 1, items != NULL ? items : &inner, NULL);
    return *p == ']' ? p + 1 : p;
}

/* Reads alternatives up to a closing bracket or the end, which is returned. `items` gets those of
 * `list[…]`; NULL inside a list. */
static const char *reader_alternatives(
    struct profile_reader *r, const char *p, struct alternatives *out, struct alternatives *items)
{
    bool free_string = false;
    for (;;) {
        if (*p == '\'') {
            p = reader_quoted_word(p, out->words);
            out->kinds |= TYPE_STRING;
        } else {
            size_t length = strcspn(p, "|[]"), found = reader_find_type(p, length);
            if (found == READER_TYPES) {
                reader_fail(r, "unknown type \"%s\"", p);
                return p;
            }
            unsigned kind = reader_types[found].kind;
            out->kinds |= kind;
            if (kind == 0)
                out->any = true;
            if (kind == TYPE_STRING)
                free_string = true;
            p += length;
            if (*p == '[' && kind == TYPE_LIST)
                p = reader_item_types(r, p, out, items);
        }
        if (*p != '|')
            break;
        p++;
    }
    if (free_string)
        out->words[0] = '\0';
    return p;
}

struct value_type reader_type(struct profile_reader *r, const char *notation)
{
    struct value_type type = {.notation = notation};
    if (notation == NULL || r->code != SWEEP_OK)
        return type;
    /* Room for the words, those of items, and those of items of items. */
    size_t size = strlen(notation) + 1;
    char *words = reader_alloc(r, 3, size);
    if (words == NULL)
        return (struct value_type){0};
    struct alternatives all = {.words = words}, items = {.words = words + size};
    const char *end = reader_alternatives(r, notation, &all, &items);
    if (*end != '\0')
        reader_fail(r, "unknown type \"%s\"", notation);
    if (!all.any)
        type.kinds = all.kinds;
    if (!items.any)
        type.items = items.kinds;
    if (all.words[0] != '\0')
        type.words = all.words;
    if (items.words[0] != '\0')
        type.item_words = items.words;
    return type;
}
