/* SPDX-License-Identifier: Apache-2.0
 *
 * Properties of every edit of every document:
 *
 *   - the value of the edited text equals the merge of the same operation into the old value;
 *   - an operation that cannot be merged is rejected before;
 *   - lines that the operation does not affect are unchanged;
 *   - changing a plain scalar and changing it back restores the text;
 *   - several operations at once give the text that they give one after the other; with merge keys,
 *     at least the same value.
 *
 * SWEEP_SEED and SWEEP_CASES select the cases. Case i of seed S is the first case of seed S + i, so
 * a failure is reproduced with the seed in its message and SWEEP_CASES=1.
 */
#include "lib/config/document.h"
#include "lib/trainer/embedded.h"
#include "sweep/trainer.h"
#include "tests/property/documents.h"
#include "tests/unit/check_main.h"
#include "tests/property/cases.h"

/* The current case, for messages. */
static struct current {
    uint64_t seed;
    const char *before; /* text before the operation */
    const struct operation *operation;
} current;

static void fail_case(const char *what, const char *after)
{
    CLEANUP_FREE char *value = json_dumps(current.operation->value, JSON_ENCODE_ANY);
    ck_abort_msg(
        "%s\n# SWEEP_SEED=%llu SWEEP_CASES=1\n# %s = %s\n# --- before\n%s\n# --- after\n%s", what,
        (unsigned long long)current.seed, current.operation->path,
        value != NULL ? value : "(deleted)", current.before, after);
}

static struct yaml_doc *read_document(const char *text, size_t length)
{
    struct sweep_findings *findings = sweep_findings_new();
    struct yaml_doc *doc = NULL;
    enum sweep_code code = yaml_parse(text, length, "f", findings, &doc);
    ck_assert_msg(code == SWEEP_OK, "seed %llu: the document itself is wrong: %s\n%s",
        (unsigned long long)current.seed, message_at(findings, 0), text);
    sweep_findings_free(findings);
    return doc;
}

/* An embedded base, or a random document. */
static struct yaml_doc *random_base(struct random *random)
{
    size_t n = 0, which;
    while (embedded_files[n].name != NULL)
        n++;
    which = (size_t)random_below(random, n);
    if (random_one_in(random, 4) && strncmp(embedded_files[which].name, "bases/", 6) == 0)
        return read_document(embedded_files[which].data, embedded_files[which].size);
    CLEANUP_STRBUF struct strbuf text = {0};
    random_document(random, &text);
    return read_document(text.data, text.length);
}

/* The operation applied to values: a new tree, or NULL if it is rejected. */
static json_t *merged(const json_t *tree, const struct operation *operation)
{
    struct operations flat = {0};
    json_t *result = json_deep_copy(tree);
    enum sweep_code code = operations_flatten(tree, operation, &flat);
    for (size_t i = 0; code == SWEEP_OK && i < flat.count; i++) {
        const struct operation *one = &flat.items[i];
        if (one->value != NULL &&
            !merge_allows(&dialect_omegaconf, path_get(result, one->path), one->value))
            code = SWEEP_INVALID;
        else
            code = merge_apply(result, one);
    }
    operations_deinit(&flat);
    if (code == SWEEP_OK)
        return result;
    json_decref(result);
    return NULL;
}

/* --- lines -------------------------------------------------------------------------------- */

/* The next line of a text without its line break; false after the last. */
static bool next_line(const char **text, const char **line, size_t *length)
{
    if (**text == '\0')
        return false;
    *line = *text;
    *length = strcspn(*text, "\n");
    *text += *length + ((*text)[*length] == '\n');
    if (*length > 0 && (*line)[*length - 1] == '\r')
        --*length;
    return true;
}

/* True if `all` contains all lines of `some`, in the same order. */
static bool holds_lines(const char *all, const char *some)
{
    const char *line, *other;
    size_t length, other_length;
    while (next_line(&some, &line, &length)) {
        do
            if (!next_line(&all, &other, &other_length))
                return false;
        while (length != other_length || memcmp(line, other, length) != 0);
    }
    return true;
}

/* The number of lines that differ; SIZE_MAX if the texts have different numbers of lines. */
static size_t changed_lines(const char *a, const char *b)
{
    const char *line, *other;
    size_t length, other_length, changed = 0;
    for (;;) {
        bool more = next_line(&a, &line, &length), others = next_line(&b, &other, &other_length);
        if (!more && !others)
            return changed;
        if (more != others)
            return SIZE_MAX;
        changed += length != other_length || memcmp(line, other, length) != 0;
    }
}

static bool is_scalar(const json_t *value)
{
    return value != NULL && !json_is_object(value) && !json_is_array(value);
}

static bool on_one_line(const struct yaml_doc *doc, const struct yaml_node *node)
{
    return memchr(doc->text + node->start, '\n', node->end - node->start) == NULL;
}

/* The mapping node that contains the last part of a path, or NULL. */
static const struct yaml_node *parent_node(const struct yaml_doc *doc, const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot == NULL)
        return doc->root;
    CLEANUP_FREE char *up = strndup(path, (size_t)(dot - path));
    return yaml_find(doc, up);
}

/* True for a mapping that begins after a dash, on the same line: if its first key is deleted, the
 * next one moves there. */
static bool is_item(const struct yaml_doc *doc, const struct yaml_node *mapping)
{
    size_t at = mapping->start;
    while (at > 0 && doc->text[at - 1] == ' ')
        at--;
    return at > 0 && doc->text[at - 1] == '-';
}

static void check_lines(
    const struct yaml_doc *before, const struct yaml_doc *after, const struct operation *operation)
{
    const struct yaml_node *node = yaml_find(before, operation->path);
    const struct yaml_node *parent = parent_node(before, operation->path);
    bool block = parent != NULL && parent->kind == YAML_MAPPING && !parent->flow;
    if (node != NULL && node->kind == YAML_SCALAR && on_one_line(before, node) &&
        is_scalar(operation->value) && changed_lines(before->text, after->text) > 1)
        fail_case("more than one line changed with one scalar", after->text);
    if (node == NULL && block && !holds_lines(after->text, before->text))
        fail_case("an added key changed other lines", after->text);
    bool moves_up =
        node != NULL && block && yaml_value(parent, 0) == node && is_item(before, parent);
    if (operation->value == NULL && block && !moves_up &&
        (parent == before->root || parent->n_children > 2) &&
        !holds_lines(before->text, after->text))
        fail_case("a deletion changed other lines", after->text);
    if (operation->value == NULL && node == NULL && strcmp(before->text, after->text) != 0)
        fail_case("the deletion of nothing changed something", after->text);
}

/* --- changing back ------------------------------------------------------------------------ */

/* Whether the value at a path is inside brackets or braces. */
static enum scalar_context context_of(const struct yaml_doc *doc, const char *path)
{
    bool flow = doc->root->flow;
    for (const char *dot = strchr(path, '.'); dot != NULL && !flow; dot = strchr(dot + 1, '.')) {
        CLEANUP_FREE char *up = strndup(path, (size_t)(dot - path));
        flow = yaml_find(doc, up)->flow;
    }
    return flow ? SCALAR_IN_FLOW : SCALAR_IN_BLOCK;
}

/* True if a scalar is spelled as value_write() would write it. */
static bool is_own_spelling(const struct yaml_doc *doc, const char *path, const json_t *value)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    const struct yaml_node *node = yaml_find(doc, path);
    value_write(&text, value, context_of(doc, path));
    return text.length == node->end - node->start && text.length > 0 &&
           memcmp(text.data, doc->text + node->start, text.length) == 0;
}

static void check_way_back(
    const struct yaml_doc *before, const struct yaml_doc *after, const struct operation *operation)
{
    const struct yaml_node *node = yaml_find(before, operation->path);
    json_t *old = path_get(before->tree, operation->path);
    if (node == NULL || node->kind != YAML_SCALAR || !is_scalar(operation->value) ||
        !is_own_spelling(before, operation->path, old) ||
        !merge_allows(&dialect_omegaconf, operation->value, old))
        return;
    struct yaml_doc *doc = read_document(after->text, after->length);
    struct operation back = {operation->path, old};
    struct sweep_error error = {0};
    if (document_apply(&doc, &back, &error) != SWEEP_OK)
        fail_case("cannot be changed back", after->text);
    if (strcmp(doc->text, before->text) != 0)
        fail_case("changed back, the text is another", doc->text);
    yaml_doc_free(doc);
}

/* --- cases -------------------------------------------------------------------------------- */

/* The splices of an axis value: computed for the same text, applied together. */
static void check_splices(
    const struct yaml_doc *original, const struct operation *operation, const json_t *expected)
{
    struct splice *splices = NULL;
    size_t n = 0;
    struct yaml_doc *doc = read_document(original->text, original->length), *after = NULL;
    struct sweep_error error = {0};
    if (document_separate(&doc, operation, &error) != SWEEP_OK)
        fail_case(error.message, doc->text);
    if (!json_equal(doc->tree, original->tree))
        fail_case("document_separate() changed the value", doc->text);
    enum sweep_code made = document_splices(doc, operation, &splices, &n);
    if (made ==
        SWEEP_INVALID) { /* not possible in place; document_apply() rewrites the text instead */
        yaml_doc_free(doc);
        return;
    }
    if (made != SWEEP_OK)
        fail_case("document_splices() fails", doc->text);
    for (size_t i = 1; i < n; i++)
        if (splices[i].start < splices[i - 1].end)
            fail_case("splices overlap", doc->text);
    if (document_verify(doc, splices, n, expected, &after) != SWEEP_OK) {
        CLEANUP_STRBUF struct strbuf text = {0};
        splices_apply(&text, doc->text, (struct edit_range){0, doc->length}, splices, n);
        fail_case("the splices together do not read as the merge", text.data);
    }
    yaml_doc_free(after);
    yaml_doc_free(doc);
    splices_free(splices, n);
}

/* Fails with the text of an edit whose value is wrong. */
static void fail_apply(const struct yaml_doc *before, const char *message)
{
    struct splice *splices = NULL;
    size_t n = 0;
    CLEANUP_STRBUF struct strbuf text = {0};
    if (document_splices(before, current.operation, &splices, &n) == SWEEP_OK)
        splices_apply(&text, before->text, (struct edit_range){0, before->length}, splices, n);
    fail_case(message, strbuf_string(&text));
}

static void check_operation(struct yaml_doc **doc, const struct operation *operation)
{
    struct yaml_doc *before = read_document((*doc)->text, (*doc)->length);
    CLEANUP_JSON json_t *expected = merged(before->tree, operation);
    struct mismatch mismatch;
    struct sweep_error error = {0};
    current.before = before->text;
    current.operation = operation;
    enum sweep_code code = merge_check(&dialect_omegaconf, before->tree, operation, &mismatch);
    if (code != (expected != NULL ? SWEEP_OK : SWEEP_INVALID))
        fail_case("merge_check() does not agree with the merge", before->text);
    if (code == SWEEP_OK) {
        if (document_apply(doc, operation, &error) != SWEEP_OK)
            fail_apply(before, error.message);
        if (!json_equal((*doc)->tree, expected))
            fail_case("does not read as the merge", (*doc)->text);
        if (!before->exotic) {
            check_lines(before, *doc, operation);
            check_way_back(before, *doc, operation);
        }
        check_splices(before, operation, expected);
    }
    yaml_doc_free(before);
}

static void run_case(uint64_t seed)
{
    struct random random = {seed};
    current.seed = seed;
    struct yaml_doc *doc = random_base(&random);
    for (uint64_t n = 1 + random_below(&random, 4); n > 0; n--) {
        struct operations list = {0};
        random_operation(&random, doc->tree, &list);
        check_operation(&doc, &list.items[0]);
        operations_deinit(&list);
    }
    yaml_doc_free(doc);
}

/* --- several operations ------------------------------------------------------------------- */

static bool overlaps_any(const struct operations *list, const struct operations *more)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < more->count; k++)
            if (path_overlaps(list->items[i].path, more->items[k].path))
                return true;
    return false;
}

/* Random operations that fit a document one after the other, flattened. As those of a spec, they do
 * not overlap. */
static void random_operations(
    struct random *random, const struct yaml_doc *doc, struct operations *out)
{
    CLEANUP_JSON json_t *tree = json_deep_copy(doc->tree);
    for (uint64_t n = 2 + random_below(random, 9); n > 0; n--) {
        struct operations list = {0}, flat = {0};
        struct mismatch mismatch;
        random_operation(random, tree, &list);
        const struct operation *one = &list.items[0];
        if (merge_check(&dialect_omegaconf, tree, one, &mismatch) == SWEEP_OK &&
            operations_flatten(tree, one, &flat) == SWEEP_OK && !overlaps_any(out, &flat)) {
            ck_assert_int_eq(merge_operation(tree, one), SWEEP_OK);
            for (size_t i = 0; i < flat.count; i++)
                operations_add(out, flat.items[i].path, flat.items[i].value);
        }
        operations_deinit(&flat);
        operations_deinit(&list);
    }
}

static void run_case_of_several(uint64_t seed)
{
    struct random random = {seed};
    struct operations list = {0};
    struct sweep_error error = {0};
    current.seed = seed;
    struct yaml_doc *doc = random_base(&random);
    random_operations(&random, doc, &list);
    struct yaml_doc *each = read_document(doc->text, doc->length);
    CLEANUP_FREE char *before = strdup(doc->text);
    current.before = before;
    for (size_t i = 0; i < list.count; i++) {
        current.operation = &list.items[i];
        if (document_apply_flat(&each, &list.items[i], &error) != SWEEP_OK)
            fail_case(error.message, each->text);
    }
    if (document_apply_all(&doc, &list, &error) != SWEEP_OK)
        fail_case(error.message, doc->text);
    if (!json_equal(doc->tree, each->tree))
        fail_case("several operations at once give another value", doc->text);
    if (strcmp(doc->text, each->text) != 0 && strstr(before, "<<") == NULL) {
        fprintf(stderr, "# one after the other\n%s\n", each->text);
        fail_case("several operations at once give another text", doc->text);
    }
    yaml_doc_free(doc);
    yaml_doc_free(each);
    operations_deinit(&list);
}

START_TEST(several)
{
    for (uint64_t i = 0; i < n_cases; i++)
        run_case_of_several(first_seed + i);
}
END_TEST

START_TEST(edits)
{
    for (uint64_t i = 0; i < n_cases; i++)
        run_case(first_seed + i);
}
END_TEST

/* Changing any scalar of any embedded base changes one line. */
START_TEST(every_scalar_of_the_bases)
{
    struct sweep_trainer *trainer = NULL;
    struct sweep_base_info base;
    size_t seen = 0;
    ck_assert_int_eq(sweep_trainer_new(NULL, &trainer, NULL), SWEEP_OK);
    for (size_t i = 0; sweep_trainer_base(trainer, i, &base); i++) {
        CLEANUP_FREE char *text = NULL;
        size_t length;
        enum sweep_origin origin;
        if (base.origin != SWEEP_BASE_EMBEDDED)
            continue;
        ck_assert_int_eq(
            sweep_trainer_base_text(trainer, base.name, &text, &length, &origin, NULL), SWEEP_OK);
        struct yaml_doc *doc = read_document(text, length);
        const char *key, *inner;
        json_t *value, *item;
        json_object_foreach (doc->tree, key, value)
            json_object_foreach (value, inner, item) {
                char path[256];
                struct yaml_doc *copy = read_document(text, length);
                CLEANUP_JSON json_t *string = json_string("${x}");
                snprintf(path, sizeof path, "%s.%s", key, inner);
                struct operation operation = {path, string};
                check_operation(&copy, &operation);
                yaml_doc_free(copy);
                seen++;
            }
        yaml_doc_free(doc);
    }
    sweep_trainer_free(trainer);
    ck_assert_uint_ge(seen, 200);
}
END_TEST

int main(void)
{
    choose_cases(5000);
    Suite *suite = suite_create("property edit");
    TCase *tc = add_case(suite, "bases");
    tcase_add_test(tc, every_scalar_of_the_bases);
    tc = add_case(suite, "edit");
    tcase_set_timeout(tc, 280);
    tcase_add_test(tc, edits);
    tcase_add_test(tc, several);
    return check_main(suite);
}
