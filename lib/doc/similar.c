/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/doc/similar.h"
#include "lib/util/array.h"

/* A scalar of the known document that is one plain word. */
struct similar_word {
    size_t start, end; /* in the known text */
    json_t *parent;    /* object or array; borrowed from the tree */
    const char *key;   /* in an object; borrowed from the node */
    size_t index;      /* in an array */
    json_t *value;     /* in the known document; a reference */
    char *path;        /* owned */
};

struct similar {
    struct yaml_doc *doc;
    struct similar_word *words; /* in the order of the text */
    size_t count, capacity;
    size_t *changes; /* the words whose value in the tree is not that of the known document */
    size_t n_changes;
    bool oom;
};

/* --- collecting words --------------------------------------------------------------------- */

/* Any sequence of these is one plain scalar, except the markers that similar_is_word() excludes. */
static bool similar_is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '+' || c == '-';
}

static size_t similar_word_length(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && similar_is_word_char(text[n]))
        n++;
    return n;
}

/* A single dash starts a list item; three dashes or dots can end a document. */
static bool similar_is_word(const char *text, size_t length)
{
    if (length == 0 || (length == 1 && *text == '-'))
        return false;
    return length < 3 || (strncmp(text, "---", 3) != 0 && strncmp(text, "...", 3) != 0);
}

static bool similar_is_plain_word(const struct similar *s, const struct yaml_node *node)
{
    size_t length = node->end - node->start;
    return node->plain && length > 0 &&
           similar_word_length(s->doc->text + node->start, length) == length;
}

/* Completes `word` and adds it. */
static void similar_add_word(
    struct similar *s, const struct yaml_node *node, struct similar_word word, const char *path)
{
    struct similar_word *words = array_grow(s->words, s->count, &s->capacity, sizeof *words);
    if (words == NULL) {
        s->oom = true;
        return;
    }
    s->words = words;
    word.start = node->start;
    word.end = node->end;
    word.path = strdup(path);
    if (word.path == NULL)
        s->oom = true;
    json_incref(word.value);
    s->words[s->count++] = word;
}

static void similar_collect(
    struct similar *s, const struct yaml_node *node, json_t *tree, char *path, size_t length);

/* Collects the words at or below `child`; `path`, of `length` bytes, is its path. */
static void similar_collect_child(struct similar *s, const struct yaml_node *child,
    struct similar_word word, char *path, size_t length)
{
    if (child->kind != YAML_SCALAR)
        similar_collect(s, child, word.value, path, length);
    else if (similar_is_plain_word(s, child))
        similar_add_word(s, child, word, path);
}

/* Collects the words below a node, whose value is `tree` and whose path is `path`. Children whose
 * path is too long are left out, so that a text that differs in them is parsed. */
static void similar_collect(
    struct similar *s, const struct yaml_node *node, json_t *tree, char *path, size_t length)
{
    if (node->kind == YAML_MAPPING) {
        for (size_t i = 0; i < node->n_children / 2 && !s->oom; i++) {
            const char *key = yaml_key(node, i)->text;
            size_t end = path_append(path, length, key);
            struct similar_word word = {.parent = tree, .key = key};
            word.value = json_object_get(tree, key);
            if (end > 0)
                similar_collect_child(s, yaml_value(node, i), word, path, end);
            path[length] = '\0';
        }
        return;
    }
    for (size_t i = 0; i < node->n_children && !s->oom; i++) {
        size_t end = path_append_index(path, length, i);
        struct similar_word word = {.parent = tree, .index = i};
        word.value = json_array_get(tree, i);
        if (end > 0)
            similar_collect_child(s, node->children[i], word, path, end);
        path[length] = '\0';
    }
}

struct similar *similar_new(struct yaml_doc *doc)
{
    struct similar *s = calloc(1, sizeof *s);
    if (s == NULL || doc->exotic) {
        free(s);
        yaml_doc_free(doc);
        return NULL;
    }
    s->doc = doc;
    char path[PATH_MAX_BYTES] = "";
    if (doc->root != NULL && doc->root->kind == YAML_MAPPING)
        similar_collect(s, doc->root, doc->tree, path, 0);
    s->changes = calloc(s->count + 1, sizeof *s->changes);
    if (s->changes == NULL || s->oom) {
        similar_free(s);
        return NULL;
    }
    return s;
}

void similar_free(struct similar *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->count; i++) {
        json_decref(s->words[i].value);
        free(s->words[i].path);
    }
    free(s->words);
    free(s->changes);
    yaml_doc_free(s->doc);
    free(s);
}

const size_t *similar_changes(const struct similar *s, size_t *count)
{
    *count = s->n_changes;
    return s->changes;
}

size_t similar_count(const struct similar *s)
{
    return s->count;
}

const char *similar_path(const struct similar *s, size_t word)
{
    return s->words[word].path;
}

const struct yaml_doc *similar_doc(const struct similar *s)
{
    return s->doc;
}

/* --- reading ------------------------------------------------------------------------------ */

/* Changes the value of a word in the tree; takes ownership of `value`. */
static bool similar_set(const struct similar_word *word, json_t *value)
{
    if (word->key != NULL)
        return json_object_set_new(word->parent, word->key, value) == 0;
    return json_array_set_new(word->parent, word->index, value) == 0;
}

/* The value of a plain scalar; NULL if only the parser can tell, or memory is exhausted. */
static json_t *similar_value_of(enum scalar_rules rules, const char *text, size_t length)
{
    struct scalar scalar = scalar_resolve_as(rules, text, length);
    switch (scalar.kind) {
    case SCALAR_NULL:
        return json_null();
    case SCALAR_BOOL:
        return json_boolean(scalar.truth);
    case SCALAR_STRING:
        return json_stringn(text, length);
    case SCALAR_INT:
        if (!scalar.too_large)
            return json_integer(scalar.integer);
        break;
    case SCALAR_FLOAT:
        if (isfinite(scalar.number))
            return json_real(scalar.number);
        break;
    default:
        break;
    }
    return NULL;
}

/* The length of the common prefix of the first `max` bytes of two texts. */
static size_t similar_common_prefix(const char *a, const char *b, size_t max)
{
    size_t n = 0;
    for (; n + sizeof(uint64_t) <= max; n += sizeof(uint64_t))
        if (memcmp(a + n, b + n, sizeof(uint64_t)) != 0)
            break;
    while (n < max && a[n] == b[n])
        n++;
    return n;
}

/* The first word from index `from` that ends at or after `offset`, if it starts there or before. */
static struct similar_word *similar_word_at(struct similar *s, size_t from, size_t offset)
{
    size_t low = from, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->words[middle].end < offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == s->count || s->words[low].start > offset)
        return NULL;
    return &s->words[low];
}

/* Restores the values of the known document. */
static bool similar_reset(struct similar *s)
{
    for (; s->n_changes > 0; s->n_changes--) {
        const struct similar_word *word = &s->words[s->changes[s->n_changes - 1]];
        if (!similar_set(word, json_incref(word->value)))
            return false;
    }
    return true;
}

/* True if the text, from a word of `given` bytes on, continues as the known text does after `word`,
 * so that neither word goes on. */
static bool similar_ends_alike(const struct similar *s, const struct similar_word *word,
    const char *text, size_t length, size_t given)
{
    if (word->end == s->doc->length)
        return given == length;
    return given < length && text[given] == s->doc->text[word->end];
}

const json_t *similar_read(struct similar *s, const char *text, size_t length)
{
    const char *known = s->doc->text;
    size_t at = 0, in = 0, next = 0; /* offsets in the known and the given text; a word's index */
    if (!similar_reset(s) || length > YAML_MAX_BYTES)
        return NULL;
    for (;;) {
        size_t known_left = s->doc->length - at, left = length - in;
        size_t same =
            similar_common_prefix(known + at, text + in, known_left < left ? known_left : left);
        if (same == known_left && same == left)
            return s->doc->tree;
        struct similar_word *word = similar_word_at(s, next, at + same);
        if (word == NULL || word->start < at)
            return NULL;
        in += word->start - at;
        size_t given = similar_word_length(text + in, length - in);
        if (!similar_ends_alike(s, word, text + in, length - in, given) ||
            !similar_is_word(text + in, given))
            return NULL;
        json_t *value = similar_value_of(s->doc->dialect.scalars, text + in, given);
        if (value == NULL || !similar_set(word, value))
            return NULL;
        next = (size_t)(word - s->words) + 1;
        s->changes[s->n_changes++] = next - 1;
        at = word->end;
        in += given;
    }
}
