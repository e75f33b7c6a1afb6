/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/doc/similar.h"

/* A value that is one plain word. */
struct word {
    size_t start, end; /* in the known text */
    json_t *parent;    /* object or array; borrowed from the tree */
    const char *key;   /* of an object; borrowed from the node */
    size_t index;      /* of an array */
    json_t *value;     /* in the known document; a reference */
    char *path;        /* owned */
};

struct similar {
    struct yaml_doc *doc;
    struct word *words; /* by place */
    size_t count, capacity;
    size_t *changes; /* the words whose value in the tree is another now */
    size_t n_changes;
    bool failed;
};

/* Whatever is made of these is one plain scalar wherever one can stand, but for the markers that
 * is_word() excludes. */
static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '+' || c == '-';
}

static size_t word_length(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && is_word_char(text[n]))
        n++;
    return n;
}

/* A lone dash begins a list; three dashes or dots may end a document. */
static bool is_word(const char *text, size_t length)
{
    return length > 0 && !(length == 1 && *text == '-') &&
           !(length >= 3 && (strncmp(text, "---", 3) == 0 || strncmp(text, "...", 3) == 0));
}

static void add_word(
    struct similar *s, const struct yaml_node *node, struct word word, const char *path)
{
    if (s->count == s->capacity) {
        size_t capacity = s->capacity == 0 ? 64 : 2 * s->capacity;
        struct word *words = realloc(s->words, capacity * sizeof *words);
        s->failed |= words == NULL;
        if (words == NULL)
            return;
        s->words = words;
        s->capacity = capacity;
    }
    word.start = node->start;
    word.end = node->end;
    word.path = strdup(path);
    s->failed |= word.path == NULL;
    json_incref(word.value);
    s->words[s->count++] = word;
}

static bool is_plain_word(const struct similar *s, const struct yaml_node *node)
{
    size_t length = node->end - node->start;
    return node->plain && length > 0 && word_length(s->doc->text + node->start, length) == length;
}

/* Collects the words below a node, whose value is `tree`; `path` has `length` bytes. */
static void collect(
    struct similar *s, const struct yaml_node *node, json_t *tree, char *path, size_t length)
{
    bool mapping = node->kind == YAML_MAPPING;
    size_t count = mapping ? node->n_children / 2 : node->n_children;
    for (size_t i = 0; i < count && !s->failed; i++) {
        const struct yaml_node *child = mapping ? yaml_value(node, i) : node->children[i];
        const char *key = mapping ? yaml_key(node, i)->text : NULL;
        json_t *value = mapping ? json_object_get(tree, key) : json_array_get(tree, i);
        size_t longer =
            mapping ? path_append(path, length, key) : path_append_index(path, length, i);
        if (longer == 0)
            continue; /* what is there cannot change without being parsed */
        if (child->kind != YAML_SCALAR)
            collect(s, child, value, path, longer);
        else if (is_plain_word(s, child))
            add_word(s, child,
                (struct word){.parent = tree, .key = key, .index = i, .value = value}, path);
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
        collect(s, doc->root, doc->tree, path, 0);
    s->changes = calloc(s->count + 1, sizeof *s->changes);
    s->failed |= s->changes == NULL;
    if (s->failed) {
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

static bool put(const struct word *word, json_t *value)
{
    return word->key != NULL ? json_object_set_new(word->parent, word->key, value) == 0
                             : json_array_set_new(word->parent, word->index, value) == 0;
}

static json_t *value_of(const char *text, size_t length)
{
    struct scalar scalar = scalar_resolve(text, length);
    switch (scalar.kind) {
    case SCALAR_NULL:
        return json_null();
    case SCALAR_BOOL:
        return json_boolean(scalar.truth);
    case SCALAR_INT:
        return scalar.too_large ? NULL : json_integer(scalar.integer);
    case SCALAR_FLOAT:
        return isfinite(scalar.number) ? json_real(scalar.number) : NULL;
    case SCALAR_STRING:
        return json_stringn(text, length);
    default:
        return NULL;
    }
}

/* How many bytes two texts have in common at their beginnings. */
static size_t common(const char *a, const char *b, size_t most)
{
    size_t n = 0;
    for (; n + sizeof(uint64_t) <= most; n += sizeof(uint64_t))
        if (memcmp(a + n, b + n, sizeof(uint64_t)) != 0)
            break;
    while (n < most && a[n] == b[n])
        n++;
    return n;
}

/* The first word from index `from` that ends at or behind `offset`. */
static struct word *word_at(struct similar *s, size_t from, size_t offset)
{
    size_t low = from, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->words[middle].end < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->count && s->words[low].start <= offset ? &s->words[low] : NULL;
}

const json_t *similar_read(struct similar *s, const char *text, size_t length)
{
    const char *known = s->doc->text;
    size_t at = 0, in = 0, next = 0; /* in the known text, in the given one, word */
    for (; s->n_changes > 0; s->n_changes--) {
        const struct word *word = &s->words[s->changes[s->n_changes - 1]];
        if (!put(word, json_incref(word->value)))
            return NULL;
    }
    if (length > YAML_MAX_BYTES)
        return NULL;
    for (;;) {
        size_t left = s->doc->length - at, more = length - in;
        size_t same = common(known + at, text + in, left < more ? left : more);
        if (same == left && same == more)
            return s->doc->tree;
        struct word *word = word_at(s, next, at + same);
        if (word == NULL || word->start < at)
            return NULL;
        in += word->start - at;
        size_t given = word_length(text + in, length - in);
        bool ends = word->end == s->doc->length
                        ? in + given == length
                        : in + given < length && text[in + given] == known[word->end];
        json_t *value = ends && is_word(text + in, given) ? value_of(text + in, given) : NULL;
        if (value == NULL || !put(word, value))
            return NULL;
        next = (size_t)(word - s->words) + 1;
        s->changes[s->n_changes++] = next - 1;
        at = word->end;
        in += given;
    }
}
