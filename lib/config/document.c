/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/document.h"
#include "lib/doc/alias.h"
#include "lib/util/cleanup.h"

void splices_free(struct splice *splices, size_t n_splices)
{
    for (size_t i = 0; i < n_splices; i++)
        splice_deinit(&splices[i]);
    free(splices);
}

/* Whether a value stands there already, in a form that every reader takes for it: `2e-5` is a float
 * to OmegaConf and a string to PyYAML. */
static bool stands_there(const struct yaml_doc *doc, const struct operation *operation)
{
    const json_t *old = path_get(doc->tree, operation->path);
    if (old == NULL || operation->value == NULL || !json_equal(old, operation->value))
        return false;
    const struct yaml_node *node = yaml_find(doc, operation->path);
    return !json_is_real(old) || node == NULL || node->text == NULL ||
           strchr(node->text, '.') != NULL;
}

/* The splice of one flattened operation. *used is false when there is nothing to do. */
static enum sweep_code one_splice(
    const struct yaml_doc *doc, const struct operation *operation, struct splice *out, bool *used)
{
    *used = true;
    if (operation->value == NULL) {
        enum sweep_code code = edit_delete(doc, operation->path, out);
        *used = code == SWEEP_OK;
        return code == SWEEP_NOT_FOUND ? SWEEP_OK : code;
    }
    *used = !stands_there(doc, operation);
    return *used ? edit_set(doc, operation->path, operation->value, out) : SWEEP_OK;
}

/* Sorts; splices that neither is behind the other stay in order. */
static void sort_splices(struct splice *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct splice one = list[i];
        size_t at = i;
        for (; at > 0 && splice_is_after(&list[at - 1], &one); at--)
            list[at] = list[at - 1];
        list[at] = one;
    }
}

enum sweep_code document_splices(const struct yaml_doc *doc, const struct operation *operation,
    struct splice **splices, size_t *n_splices)
{
    struct operations flat = {0};
    size_t n = 0;
    enum sweep_code code = operations_flatten(doc->tree, operation, &flat);
    struct splice *list = calloc(flat.count + 1, sizeof *list);
    if (list == NULL)
        code = SWEEP_NO_MEMORY;
    for (size_t i = 0; code == SWEEP_OK && i < flat.count; i++) {
        bool used = false;
        code = one_splice(doc, &flat.items[i], &list[n], &used);
        n += code == SWEEP_OK && used;
    }
    operations_deinit(&flat);
    if (code != SWEEP_OK) {
        splices_free(list, list == NULL ? 0 : n);
        return code;
    }
    sort_splices(list, n);
    *splices = list;
    *n_splices = n;
    return SWEEP_OK;
}

enum sweep_code document_verify(const struct yaml_doc *doc, const struct splice *splices,
    size_t n_splices, const json_t *expected, struct yaml_doc **out, struct sweep_error *error)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    splices_apply(&text, doc->text, (struct edit_range){0, doc->length}, splices, n_splices);
    strbuf_append(&text, "", 0);
    if (text.oom)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    struct yaml_doc *changed = NULL;
    enum sweep_code code = yaml_reparse(text.data, text.length, doc, &changed);
    if (code == SWEEP_NO_MEMORY)
        return sweep_error_set(error, code, "out of memory");
    if (code != SWEEP_OK || !json_equal(changed->tree, expected)) {
        yaml_doc_free(changed);
        return sweep_error_set(error, SWEEP_IO,
            "internal error: the edited config does not read as intended; please report it");
    }
    *out = changed;
    return SWEEP_OK;
}

/* Separates one path. */
static enum sweep_code separate_one(
    struct yaml_doc **doc, const char *path, bool removing, struct sweep_error *error)
{
    for (;;) {
        struct splice *splices;
        size_t n;
        struct yaml_doc *changed = NULL;
        enum sweep_code code = alias_separate(*doc, path, removing, &splices, &n);
        if (code != SWEEP_OK)
            return sweep_error_set(error, code, "out of memory");
        if (n > 0)
            code = document_verify(*doc, splices, n, (*doc)->tree, &changed, error);
        splices_free(splices, n);
        if (n == 0 || code != SWEEP_OK)
            return code;
        yaml_doc_free(*doc);
        *doc = changed;
    }
}

enum sweep_code document_separate(
    struct yaml_doc **doc, const struct operation *operation, struct sweep_error *error)
{
    struct operations flat = {0};
    if (!(*doc)->exotic)
        return SWEEP_OK;
    enum sweep_code code = operations_flatten((*doc)->tree, operation, &flat);
    for (size_t i = 0; code == SWEEP_OK && i < flat.count; i++)
        code = separate_one(doc, flat.items[i].path, flat.items[i].value == NULL, error);
    operations_deinit(&flat);
    return code == SWEEP_OK ? code : sweep_error_set(error, code, "out of memory");
}

enum sweep_code document_rewrite(const json_t *tree, const struct yaml_doc *like,
    struct yaml_doc **out, struct sweep_error *error)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    value_write_document(&text, tree);
    strbuf_append(&text, "", 0);
    enum sweep_code code =
        text.oom ? SWEEP_NO_MEMORY : yaml_reparse(text.data, text.length, like, out);
    return code == SWEEP_OK ? code : sweep_error_set(error, code, "cannot write the config");
}

/* For a text that cannot be edited in place: what holds the path is written out anew, from the
 * smallest part that then reads as intended to the whole. */
static enum sweep_code apply_coarsely(const struct yaml_doc *doc, const char *path,
    const json_t *expected, struct yaml_doc **out, struct sweep_error *error)
{
    char part[PATH_MAX_BYTES];
    snprintf(part, sizeof part, "%s", path);
    for (char *dot; (dot = strrchr(part, '.')) != NULL;) {
        struct splice splice = {0};
        *dot = '\0';
        const json_t *value = path_get(expected, part);
        enum sweep_code code = value == NULL ? SWEEP_INVALID : edit_set(doc, part, value, &splice);
        if (code == SWEEP_OK)
            code = document_verify(doc, &splice, 1, expected, out, NULL);
        splice_deinit(&splice);
        if (code == SWEEP_OK || code == SWEEP_NO_MEMORY)
            return code == SWEEP_OK ? code : sweep_error_set(error, code, "out of memory");
    }
    return document_rewrite(expected, doc, out, error);
}

/* Applies one flattened operation to *doc, which the caller owns alone. */
static enum sweep_code apply_one(
    struct yaml_doc **doc, const struct operation *operation, struct sweep_error *error)
{
    struct splice splice = {0};
    struct yaml_doc *changed = NULL;
    bool used = false;
    if (stands_there(*doc, operation))
        return SWEEP_OK;
    enum sweep_code code = document_separate(doc, operation, NULL);
    CLEANUP_JSON json_t *expected = json_deep_copy((*doc)->tree);
    if (code == SWEEP_NO_MEMORY || expected == NULL)
        return SWEEP_NO_MEMORY;
    enum sweep_code merged = merge_apply(expected, operation);
    if (merged != SWEEP_OK)
        return merged;
    if (code == SWEEP_OK)
        code = one_splice(*doc, operation, &splice, &used);
    if (code == SWEEP_OK && !used)
        return SWEEP_OK;
    if (code == SWEEP_OK)
        code = document_verify(*doc, &splice, 1, expected, &changed, NULL);
    splice_deinit(&splice);
    if (code != SWEEP_OK && code != SWEEP_NO_MEMORY)
        code = apply_coarsely(*doc, operation->path, expected, &changed, error);
    if (changed != NULL) {
        yaml_doc_free(*doc);
        *doc = changed;
    }
    return code;
}

enum sweep_code document_apply(
    struct yaml_doc **doc, const struct operation *operation, struct sweep_error *error)
{
    struct operations flat = {0};
    struct yaml_doc *copy = NULL;
    enum sweep_code code = operations_flatten((*doc)->tree, operation, &flat);
    if (code == SWEEP_OK)
        code = yaml_reparse((*doc)->text, (*doc)->length, *doc, &copy);
    /* One at a time: two additions to one mapping would be inserted in the same place. */
    for (size_t i = 0; code == SWEEP_OK && i < flat.count; i++)
        code = apply_one(&copy, &flat.items[i], error);
    operations_deinit(&flat);
    if (code != SWEEP_OK) {
        yaml_doc_free(copy);
        return sweep_error_set(error, code, "cannot edit \"%s\"", operation->path);
    }
    yaml_doc_free(*doc);
    *doc = copy;
    return SWEEP_OK;
}
