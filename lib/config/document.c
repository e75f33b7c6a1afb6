/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/document.h"
#include "lib/util/cleanup.h"
#include "lib/util/findings.h"

enum sweep_code document_read(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, struct yaml_doc **out)
{
    struct yaml_doc *doc = NULL;
    enum sweep_code code = yaml_parse(text, length, file, findings, &doc);
    if (code != SWEEP_OK || !doc->exotic) {
        *out = doc;
        return code;
    }
    FINDING_WARNING(findings, "rewritten", ((struct sweep_place){.file = file}), NULL, NULL,
        "anchors, aliases, merge keys and tags are resolved: the runs are written out in full, "
        "without the base's comments");
    CLEANUP_STRBUF struct strbuf plain = {0};
    value_write_document(&plain, doc->tree);
    yaml_doc_free(doc);
    if (plain.failed || plain.data == NULL)
        return SWEEP_NO_MEMORY;
    return yaml_parse(plain.data, plain.length, file, findings, out);
}

void splices_free(struct splice *splices, size_t n_splices)
{
    for (size_t i = 0; i < n_splices; i++)
        splice_deinit(&splices[i]);
    free(splices);
}

/* Checks one flattened operation and makes its splice. *used is false for a deletion of nothing. */
static enum sweep_code one_splice(const struct yaml_doc *doc, const struct operation *operation,
    struct splice *out, bool *used, struct misfit *misfit)
{
    snprintf(misfit->path, sizeof misfit->path, "%s", operation->path);
    misfit->old_type = misfit->new_type = NULL;
    *used = true;
    if (operation->value == NULL) {
        enum sweep_code code = edit_delete(doc, operation->path, out);
        *used = code == SWEEP_OK;
        return code == SWEEP_NOT_FOUND ? SWEEP_OK : code;
    }
    const json_t *old = path_get(doc->tree, operation->path);
    if (!merge_allows(old, operation->value)) {
        misfit->old_type = value_type_name(old);
        misfit->new_type = value_type_name(operation->value);
        return SWEEP_INVALID;
    }
    return edit_set(doc, operation->path, operation->value, out);
}

static int by_place(const void *a, const void *b)
{
    const struct splice *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

enum sweep_code document_splices(const struct yaml_doc *doc, const struct operation *operation,
    struct splice **splices, size_t *n_splices, struct misfit *misfit)
{
    struct operations flat = {0};
    size_t n = 0;
    snprintf(misfit->path, sizeof misfit->path, "%s", operation->path);
    misfit->old_type = misfit->new_type = NULL;
    enum sweep_code code = operations_flatten(doc->tree, operation, &flat);
    struct splice *list = calloc(flat.count + 1, sizeof *list);
    if (list == NULL)
        code = SWEEP_NO_MEMORY;
    for (size_t i = 0; code == SWEEP_OK && i < flat.count; i++) {
        bool used = false;
        code = one_splice(doc, &flat.items[i], &list[n], &used, misfit);
        n += code == SWEEP_OK && used;
    }
    operations_deinit(&flat);
    if (code != SWEEP_OK) {
        splices_free(list, list == NULL ? 0 : n);
        return code;
    }
    qsort(list, n, sizeof *list, by_place);
    *splices = list;
    *n_splices = n;
    return SWEEP_OK;
}

enum sweep_code document_verify(const struct yaml_doc *doc, const struct splice *splices,
    size_t n_splices, const json_t *expected, struct yaml_doc **out, struct sweep_error *error)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    splices_apply(&text, doc->text, 0, doc->length, splices, n_splices);
    strbuf_append(&text, "", 0);
    if (text.failed)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    struct yaml_doc *changed = NULL;
    enum sweep_code code = yaml_parse(text.data, text.length, "", NULL, &changed);
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

enum sweep_code document_apply(struct yaml_doc **doc, const struct operation *operation,
    struct misfit *misfit, struct sweep_error *error)
{
    struct operations flat = {0};
    struct yaml_doc *changed = NULL;
    CLEANUP_JSON json_t *expected = NULL;
    enum sweep_code code = operations_flatten((*doc)->tree, operation, &flat);
    snprintf(misfit->path, sizeof misfit->path, "%s", operation->path);
    misfit->old_type = misfit->new_type = NULL;
    /* One at a time: two additions to one mapping would be inserted in the same place. */
    for (size_t i = 0; code == SWEEP_OK && i < flat.count; i++) {
        const struct yaml_doc *now = changed != NULL ? changed : *doc;
        struct splice splice = {0};
        bool used = false;
        code = one_splice(now, &flat.items[i], &splice, &used, misfit);
        json_decref(expected);
        expected = json_deep_copy(now->tree);
        if (code == SWEEP_OK && expected == NULL)
            code = SWEEP_NO_MEMORY;
        if (code == SWEEP_OK)
            code = merge_apply(expected, &flat.items[i]);
        struct yaml_doc *next = NULL;
        if (code == SWEEP_OK && used)
            code = document_verify(now, &splice, 1, expected, &next, error);
        if (next != NULL) {
            yaml_doc_free(changed);
            changed = next;
        }
        splice_deinit(&splice);
    }
    operations_deinit(&flat);
    if (code != SWEEP_OK)
        yaml_doc_free(changed);
    else if (changed != NULL) {
        yaml_doc_free(*doc);
        *doc = changed;
    }
    return code;
}
