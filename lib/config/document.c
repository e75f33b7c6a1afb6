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

bool document_has(const struct yaml_doc *doc, const struct operation *operation)
{
    const json_t *old = path_get(doc->tree, operation->path);
    if (old == NULL || operation->value == NULL || !json_equal(old, operation->value))
        return false;
    const struct yaml_node *node = yaml_find(doc, operation->path);
    return !json_is_real(old) || node == NULL || node->text == NULL ||
           strchr(node->text, '.') != NULL;
}

enum sweep_code document_splice(
    const struct yaml_doc *doc, const struct operation *operation, struct splice *out, bool *used)
{
    enum sweep_code code = SWEEP_OK;
    *used = false;
    if (operation->value == NULL) {
        code = edit_delete(doc, operation->path, out);
        if (code == SWEEP_NOT_FOUND)
            return SWEEP_OK;
    } else if (document_has(doc, operation)) {
        return SWEEP_OK;
    } else {
        code = edit_set(doc, operation->path, operation->value, out);
    }
    *used = code == SWEEP_OK;
    return code;
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
        code = document_splice(doc, &flat.items[i], &list[n], &used);
        if (used)
            n++;
    }
    operations_deinit(&flat);
    if (code != SWEEP_OK) {
        splices_free(list, n);
        return code;
    }
    splices_sort(list, n);
    *splices = list;
    *n_splices = n;
    return SWEEP_OK;
}

enum sweep_code document_verify(const struct yaml_doc *doc, const struct splice *splices,
    size_t n_splices, const json_t *expected, struct yaml_doc **out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    struct yaml_doc *changed = NULL;
    splices_apply(&text, doc->text, (struct edit_range){0, doc->length}, splices, n_splices);
    strbuf_append(&text, "", 0);
    if (text.oom)
        return SWEEP_NO_MEMORY;
    enum sweep_code code = yaml_reparse(text.data, text.length, doc, &changed);
    if (code == SWEEP_NO_MEMORY)
        return code;
    if (code != SWEEP_OK || !json_equal(changed->tree, expected)) {
        yaml_doc_free(changed);
        return SWEEP_INVALID;
    }
    *out = changed;
    return SWEEP_OK;
}

/* --- separating --------------------------------------------------------------------------- */

/* Each step of the separation changes the text; the last one has nothing left to do. */
static enum sweep_code document_separate_path(struct yaml_doc **doc, const char *path, bool deletes)
{
    for (;;) {
        struct splice *splices;
        size_t n;
        struct yaml_doc *changed = NULL;
        enum sweep_code code = alias_separate(*doc, path, deletes, &splices, &n);
        if (code != SWEEP_OK)
            return code;
        if (n > 0)
            code = document_verify(*doc, splices, n, (*doc)->tree, &changed);
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
        code = document_separate_path(doc, flat.items[i].path, flat.items[i].value == NULL);
    operations_deinit(&flat);
    if (code == SWEEP_OK)
        return code;
    if (code == SWEEP_NO_MEMORY)
        return sweep_error_set(error, code, "out of memory");
    return sweep_error_set(error, SWEEP_IO,
        "internal error: the edited config does not read as intended; please report it");
}

/* --- applying ----------------------------------------------------------------------------- */

enum sweep_code document_rewrite(const json_t *tree, const struct yaml_doc *like,
    struct yaml_doc **out, struct sweep_error *error)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    enum sweep_code code = SWEEP_NO_MEMORY;
    value_write_document(&text, tree);
    strbuf_append(&text, "", 0);
    if (!text.oom)
        code = yaml_reparse(text.data, text.length, like, out);
    if (code != SWEEP_OK)
        return sweep_error_set(error, code, "cannot write the config");
    return SWEEP_OK;
}

/* Rewrites the value at `path`, and compares the result. */
static enum sweep_code document_rewrite_value(
    const struct yaml_doc *doc, const char *path, const json_t *expected, struct yaml_doc **out)
{
    struct splice splice = {0};
    const json_t *value = path_get(expected, path);
    if (value == NULL)
        return SWEEP_INVALID;
    enum sweep_code code = edit_set(doc, path, value, &splice);
    if (code == SWEEP_OK)
        code = document_verify(doc, &splice, 1, expected, out);
    splice_deinit(&splice);
    return code;
}

/* For a text that cannot be edited in place: rewrites the smallest mapping around the path with
 * which the text reads as intended, or else the whole config. */
static enum sweep_code document_rewrite_part(const struct yaml_doc *doc, const char *path,
    const json_t *expected, struct yaml_doc **out, struct sweep_error *error)
{
    char part[PATH_MAX_BYTES];
    snprintf(part, sizeof part, "%s", path);
    for (;;) {
        char *dot = strrchr(part, '.');
        if (dot == NULL)
            return document_rewrite(expected, doc, out, error);
        *dot = '\0';
        enum sweep_code code = document_rewrite_value(doc, part, expected, out);
        if (code == SWEEP_OK)
            return code;
        if (code == SWEEP_NO_MEMORY)
            return sweep_error_set(error, code, "out of memory");
    }
}

/* Makes a flattened operation the smallest possible change of the text; *out stays NULL if nothing
 * has to change. */
static enum sweep_code document_edit(const struct yaml_doc *doc, const struct operation *operation,
    const json_t *expected, struct yaml_doc **out)
{
    struct splice splice = {0};
    bool used;
    enum sweep_code code = document_splice(doc, operation, &splice, &used);
    if (code == SWEEP_OK && used)
        code = document_verify(doc, &splice, 1, expected, out);
    splice_deinit(&splice);
    return code;
}

enum sweep_code document_apply_flat(
    struct yaml_doc **doc, const struct operation *operation, struct sweep_error *error)
{
    struct yaml_doc *changed = NULL;
    if (document_has(*doc, operation))
        return SWEEP_OK;
    enum sweep_code separated = document_separate(doc, operation, NULL);
    CLEANUP_JSON json_t *expected = json_deep_copy((*doc)->tree);
    if (separated == SWEEP_NO_MEMORY || expected == NULL)
        return SWEEP_NO_MEMORY;
    enum sweep_code code = merge_apply(expected, operation);
    if (code != SWEEP_OK)
        return code;
    if (separated == SWEEP_OK)
        code = document_edit(*doc, operation, expected, &changed);
    if (code == SWEEP_NO_MEMORY)
        return code;
    if (separated != SWEEP_OK || code != SWEEP_OK)
        code = document_rewrite_part(*doc, operation->path, expected, &changed, error);
    if (changed != NULL) {
        yaml_doc_free(*doc);
        *doc = changed;
    }
    return code;
}
