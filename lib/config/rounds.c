/* SPDX-License-Identifier: Apache-2.0
 *
 * Applies many operations to a document. To read the text back after each of them would cost the
 * size of the document every time. So they are made in rounds: each round makes, in one go, all
 * operations that change different parts of the text, and reads it back once. The text becomes the
 * same as if they were made one by one; only where merge keys are expanded may keys get another
 * order.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/document.h"
#include "lib/doc/alias.h"
#include "lib/util/array.h"
#include "lib/util/cleanup.h"
#include "lib/util/index.h"

/* A splice and the operation that it is for. */
struct round_splice {
    struct splice splice;
    size_t operation;
    bool separates; /* it replaces an alias that is in the way of the operation */
};

struct rounds {
    struct yaml_doc *original, *doc; /* what there was, and what was made of it so far */
    const struct operation *operations;
    size_t count;
    bool *done; /* of each operation */
    size_t n_left;
    size_t limit; /* of the operations in a round; lower after one that does not read as intended */
    /* Of the current round: */
    size_t n_considered; /* operations */
    struct round_splice *splices;
    size_t n_splices, capacity;
    /* Sets of paths; see lib/util/index.h. */
    json_t *targets; /* what the operations change */
    json_t *added;   /* mappings that get keys */
    json_t *waiting; /* mappings that an operation that is left to a later round may add keys to */
};

static void rounds_replace(struct rounds *r, struct yaml_doc *doc)
{
    if (r->doc != r->original && r->doc != doc)
        yaml_doc_free(r->doc);
    r->doc = doc;
}

static void rounds_done(struct rounds *r, size_t index)
{
    r->done[index] = true;
    r->n_left--;
}

/* --- collecting the splices of a round ---------------------------------------------------- */

static void rounds_clear(struct rounds *r)
{
    for (size_t i = 0; i < r->n_splices; i++)
        splice_deinit(&r->splices[i].splice);
    r->n_splices = 0;
    json_decref(r->targets);
    json_decref(r->added);
    json_decref(r->waiting);
    r->targets = r->added = r->waiting = NULL;
    r->n_considered = 0;
}

/* Takes the splice over. */
static enum sweep_code rounds_add(struct rounds *r, struct round_splice *new)
{
    struct round_splice *splices =
        array_grow(r->splices, r->n_splices, &r->capacity, sizeof *splices);
    if (splices == NULL) {
        splice_deinit(&new->splice);
        return SWEEP_NO_MEMORY;
    }
    r->splices = splices;
    new->splice.order = r->n_splices;
    r->splices[r->n_splices++] = *new;
    return SWEEP_OK;
}

/* The length of the path that `path` is directly in; SIZE_MAX for the path of the root, "". */
static size_t rounds_parent(const char *path, size_t length)
{
    if (length == 0)
        return SIZE_MAX;
    do
        length--;
    while (length > 0 && path[length] != '.');
    return length;
}

static bool rounds_has(const json_t *set, const char *path, size_t length)
{
    return index_find(set, path, length) != SIZE_MAX;
}

/* Leaves an operation to a later round. Until then, no keys are added to the mappings around it,
 * or they would come before its own; it adds none to mappings outside the one at the first `inner`
 * bytes of its path. */
static enum sweep_code rounds_wait(struct rounds *r, const char *path, size_t inner)
{
    size_t length = rounds_parent(path, strlen(path));
    for (; length != SIZE_MAX && length >= inner; length = rounds_parent(path, length))
        if (!index_add(&r->waiting, path, length, 0))
            return SWEEP_NO_MEMORY;
    return SWEEP_OK;
}

/* True if a mapping around the path gets a key in this round. */
static bool rounds_adds_around(const struct rounds *r, const char *path)
{
    size_t length = strlen(path);
    while ((length = rounds_parent(path, length)) != SIZE_MAX)
        if (rounds_has(r->added, path, length))
            return true;
    return false;
}

/* Adds what separates the operation from other uses of its value; *separates is false if nothing
 * has to. The operation itself is left to a later round. */
static enum sweep_code rounds_separate(struct rounds *r, size_t index, bool *separates)
{
    const struct operation *operation = &r->operations[index];
    struct splice *splices = NULL;
    size_t n = 0;
    *separates = false;
    if (!r->doc->exotic)
        return SWEEP_OK;
    enum sweep_code code =
        alias_separate(r->doc, operation->path, operation->value == NULL, &splices, &n);
    *separates = n > 0;
    /* A mapping that gets a key in this round may merge that key. */
    bool possible = n == 0 || !rounds_adds_around(r, operation->path);
    for (size_t i = 0; i < n; i++) {
        struct round_splice one = {splices[i], index, true};
        if (code == SWEEP_OK && possible)
            code = rounds_add(r, &one);
        else
            splice_deinit(&one.splice);
    }
    free(splices);
    if (code == SWEEP_OK && n > 0)
        code = rounds_wait(r, operation->path, 0);
    return code;
}

/* Adds the splice of an operation, unless it has to wait for others. */
static enum sweep_code rounds_edit(struct rounds *r, size_t index)
{
    const struct operation *operation = &r->operations[index];
    struct round_splice new = {.operation = index};
    struct edit_target target;
    bool used = false;
    if (!edit_find_target(r->doc, operation->path, &target))
        return SWEEP_INVALID;
    size_t length = strlen(target.path), parent = rounds_parent(target.path, length);
    if (rounds_has(r->targets, target.path, length))
        return rounds_wait(r, operation->path, length);
    if (target.adds && rounds_has(r->waiting, target.path, parent))
        return rounds_wait(r, operation->path, parent);
    enum sweep_code code = document_splice(r->doc, operation, &new.splice, &used);
    if (code != SWEEP_OK)
        return code;
    if (!used) {
        rounds_done(r, index);
        return SWEEP_OK;
    }
    code = rounds_add(r, &new);
    if (code == SWEEP_OK && !index_add(&r->targets, target.path, length, 0))
        code = SWEEP_NO_MEMORY;
    if (code == SWEEP_OK && target.adds && !index_add(&r->added, target.path, parent, 0))
        code = SWEEP_NO_MEMORY;
    return code;
}

/* Collects the splices of a round, of operations that all set or all delete: what is deleted
 * decides where a key is added. Stops at an operation that is not possible in place: when it is the
 * first that is left, there are no splices. */
static enum sweep_code rounds_collect(struct rounds *r)
{
    bool deletes = false;
    for (size_t i = 0; i < r->count && r->n_considered < r->limit; i++) {
        bool separates;
        if (r->done[i])
            continue;
        if (r->n_considered == 0)
            deletes = r->operations[i].value == NULL;
        if (deletes != (r->operations[i].value == NULL))
            return SWEEP_OK;
        r->n_considered++;
        if (document_has(r->doc, &r->operations[i])) {
            rounds_done(r, i);
            continue;
        }
        enum sweep_code code = rounds_separate(r, i, &separates);
        if (code == SWEEP_OK && !separates)
            code = rounds_edit(r, i);
        if (code == SWEEP_NO_MEMORY)
            return code;
        if (code != SWEEP_OK)
            return SWEEP_OK;
    }
    return SWEEP_OK;
}

/* --- making a round ----------------------------------------------------------------------- */

static int rounds_compare(const void *a, const void *b)
{
    const struct round_splice *x = a, *y = b;
    return splice_compare(&x->splice, &y->splice);
}

/* Sorts the splices. Of two that overlap, that of the later operation is left to another round. */
static void rounds_sort(struct rounds *r)
{
    size_t kept = 0;
    qsort(r->splices, r->n_splices, sizeof *r->splices, rounds_compare);
    for (size_t i = 0; i < r->n_splices; i++) {
        struct round_splice one = r->splices[i];
        while (kept > 0 && one.splice.start < r->splices[kept - 1].splice.end &&
               one.operation < r->splices[kept - 1].operation)
            splice_deinit(&r->splices[--kept].splice);
        if (kept > 0 && one.splice.start < r->splices[kept - 1].splice.end)
            splice_deinit(&one.splice);
        else
            r->splices[kept++] = one;
    }
    r->n_splices = kept;
}

/* Applies the operations of which `made` is true, or all if it is NULL, to a copy of a tree. */
static enum sweep_code rounds_expect(
    const struct rounds *r, const json_t *tree, const bool *made, json_t **out)
{
    enum sweep_code code = SWEEP_OK;
    *out = json_deep_copy(tree);
    if (*out == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < r->count && code == SWEEP_OK; i++)
        if (made == NULL || made[i])
            code = merge_apply(*out, &r->operations[i]);
    return code;
}

/* Makes the splices of the round, and marks their operations as done. SWEEP_INVALID if the text
 * then does not read as intended. */
static enum sweep_code rounds_make(struct rounds *r)
{
    struct yaml_doc *changed = NULL;
    CLEANUP_JSON json_t *expected = NULL;
    CLEANUP_FREE bool *made = calloc(r->count, sizeof *made);
    CLEANUP_FREE struct splice *splices = calloc(r->n_splices, sizeof *splices);
    if (made == NULL || splices == NULL)
        return SWEEP_NO_MEMORY;
    rounds_sort(r);
    for (size_t i = 0; i < r->n_splices; i++) {
        splices[i] = r->splices[i].splice;
        if (!r->splices[i].separates)
            made[r->splices[i].operation] = true;
    }
    enum sweep_code code = rounds_expect(r, r->doc->tree, made, &expected);
    if (code == SWEEP_OK)
        code = document_verify(r->doc, splices, r->n_splices, expected, &changed);
    if (code != SWEEP_OK)
        return code;
    rounds_replace(r, changed);
    for (size_t i = 0; i < r->count; i++)
        if (made[i])
            rounds_done(r, i);
    return SWEEP_OK;
}

/* Makes the first operation that is left by itself. */
static enum sweep_code rounds_make_one(struct rounds *r, struct sweep_error *error)
{
    size_t first = 0;
    while (r->done[first])
        first++;
    if (r->doc == r->original) {
        enum sweep_code code = yaml_reparse(r->doc->text, r->doc->length, r->doc, &r->doc);
        if (code != SWEEP_OK)
            return code;
    }
    rounds_done(r, first);
    return document_apply_flat(&r->doc, &r->operations[first], error);
}

static enum sweep_code rounds_make_all(struct rounds *r, struct sweep_error *error)
{
    enum sweep_code code = SWEEP_OK;
    while (r->n_left > 0 && code == SWEEP_OK) {
        rounds_clear(r);
        code = rounds_collect(r);
        if (code != SWEEP_OK || r->n_left == 0)
            return code;
        if (r->n_splices > 0)
            code = rounds_make(r);
        else
            code = rounds_make_one(r, error);
        if (code == SWEEP_OK) {
            if (r->limit < r->count)
                r->limit = 2 * r->limit;
        } else if (code == SWEEP_INVALID && r->n_splices > 0 && r->n_considered > 1) {
            r->limit = r->n_considered / 2;
            code = SWEEP_OK;
        } else if (code == SWEEP_INVALID && r->n_splices > 0) {
            code = rounds_make_one(r, error);
        }
    }
    return code;
}

/* Makes the operations one after the other. */
static enum sweep_code rounds_make_each(struct rounds *r, struct sweep_error *error)
{
    enum sweep_code code = SWEEP_OK;
    rounds_replace(r, r->original);
    memset(r->done, 0, r->count * sizeof *r->done);
    for (r->n_left = r->count; r->n_left > 0 && code == SWEEP_OK;)
        code = rounds_make_one(r, error);
    return code;
}

enum sweep_code document_apply_all(
    struct yaml_doc **doc, const struct operations *operations, struct sweep_error *error)
{
    struct rounds r = {.doc = *doc,
        .original = *doc,
        .operations = operations->items,
        .count = operations->count,
        .n_left = operations->count,
        .limit = operations->count};
    CLEANUP_JSON json_t *expected = NULL;
    if (operations->count == 0)
        return SWEEP_OK;
    r.done = calloc(r.count, sizeof *r.done);
    if (r.done == NULL)
        return SWEEP_NO_MEMORY;
    enum sweep_code code = rounds_expect(&r, r.doc->tree, NULL, &expected);
    if (code == SWEEP_OK)
        code = rounds_make_all(&r, error);
    /* Operations that overlap may have been made in another order. */
    if (code == SWEEP_INVALID || (code == SWEEP_OK && !json_equal(r.doc->tree, expected)))
        code = rounds_make_each(&r, error);
    rounds_clear(&r);
    free(r.splices);
    free(r.done);
    if (code != SWEEP_OK) {
        rounds_replace(&r, r.original);
        return sweep_error_set(error, code, "cannot edit the config");
    }
    if (r.doc != r.original) {
        yaml_doc_free(r.original);
        *doc = r.doc;
    }
    return SWEEP_OK;
}

enum sweep_code document_apply(
    struct yaml_doc **doc, const struct operation *operation, struct sweep_error *error)
{
    struct operations flat = {0};
    enum sweep_code code = operations_flatten((*doc)->tree, operation, &flat);
    if (code == SWEEP_OK)
        code = document_apply_all(doc, &flat, error);
    operations_deinit(&flat);
    if (code != SWEEP_OK)
        return sweep_error_set(error, code, "cannot edit \"%s\"", operation->path);
    return SWEEP_OK;
}
