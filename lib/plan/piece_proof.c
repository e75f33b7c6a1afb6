/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/doc/yaml.h"
#include "lib/plan/piece_proof.h"
#include "lib/util/cleanup.h"

static bool piece_proof_same_positions(const struct edits *a, const struct edits *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->items[i].start != b->items[i].start || a->items[i].end != b->items[i].end)
            return false;
    return true;
}

/* Reads the text of a value back, outside brackets and inside. */
static bool piece_proof_reads_back(
    const struct strbuf *block, const struct strbuf *flow, const json_t *value)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    struct yaml_doc *doc = NULL;
    strbuf_printf(&text, "b: %s\nf: [%s]\n", strbuf_string(block), strbuf_string(flow));
    bool same = !text.oom && !block->oom && !flow->oom &&
                yaml_parse(text.data, text.length, "", NULL, &doc) == SWEEP_OK &&
                json_equal(json_object_get(doc->tree, "b"), value) &&
                json_equal(json_array_get(json_object_get(doc->tree, "f"), 0), value);
    yaml_doc_free(doc);
    return same;
}

/* True if a string, as it is written, reads back as itself. */
static bool piece_proof_string_reads_back(const json_t *value)
{
    CLEANUP_STRBUF struct strbuf block = {0}, flow = {0};
    value_write(&block, value, SCALAR_IN_BLOCK);
    value_write(&flow, value, SCALAR_IN_FLOW);
    return piece_proof_reads_back(&block, &flow, value);
}

/* True if the edits replace one value by a list in brackets, on one line. */
static bool piece_proof_is_flow_list(const struct edits *edits)
{
    if (edits->count != 1 || edits->items[0].start == edits->items[0].end)
        return false;
    const struct splice *splice = &edits->items[0];
    return splice->length >= 2 && splice->text[0] == '[' &&
           splice->text[splice->length - 1] == ']' &&
           memchr(splice->text, '\n', splice->length) == NULL;
}

/* True if a list reads back as itself where another one was proven. */
static bool piece_proof_list_reads_back(
    const json_t *value, const struct edits *edits, const struct edits *proven)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    if (!piece_proof_is_flow_list(edits) || !piece_proof_is_flow_list(proven))
        return false;
    strbuf_append(&text, edits->items[0].text, edits->items[0].length);
    return piece_proof_reads_back(&text, &text, value);
}

/* True if both values are written alike but for their scalars: mappings of the same keys in the
 * same order. */
static bool piece_proof_has_shape(const json_t *value, const json_t *other)
{
    if (json_is_array(value) || json_is_array(other))
        return json_equal(value, other);
    if (!json_is_object(value) || !json_is_object(other))
        return other != NULL && !json_is_object(value) && !json_is_object(other);
    if (json_object_size(value) != json_object_size(other))
        return false;
    void *at = json_object_iter((json_t *)value), *there = json_object_iter((json_t *)other);
    while (at != NULL && there != NULL) {
        if (strcmp(json_object_iter_key(at), json_object_iter_key(there)) != 0 ||
            !piece_proof_has_shape(json_object_iter_value(at), json_object_iter_value(there)))
            return false;
        at = json_object_iter_next((json_t *)value, at);
        there = json_object_iter_next((json_t *)other, there);
    }
    return true;
}

/* True if every string of a value, outside its lists, reads back as itself. */
static bool piece_proof_strings_read_back(const json_t *value)
{
    const char *key;
    json_t *item;
    if (json_is_string(value))
        return piece_proof_string_reads_back(value);
    json_object_foreach ((json_t *)value, key, item)
        if (!piece_proof_strings_read_back(item))
            return false;
    return true;
}

static bool piece_proof_mapping_reads_back(
    const struct operation *operation, const struct operation *proven)
{
    return strcmp(operation->path, proven->path) == 0 &&
           piece_proof_has_shape(operation->value, proven->value) &&
           piece_proof_strings_read_back(operation->value);
}

static bool piece_proof_follows(const struct piece_edit *one, const struct piece_edit *proven)
{
    const struct operations *operations = &one->choice->operations;
    const struct operations *others = &proven->choice->operations;
    if (!piece_proof_same_positions(one->edits, proven->edits))
        return false;
    for (size_t i = 0; i < operations->count; i++) {
        const json_t *value = operations->items[i].value;
        if (json_is_object(value) &&
            (operations->count != others->count || proven->choice->n_deletions > 0 ||
                !piece_proof_mapping_reads_back(&operations->items[i], &others->items[i])))
            return false;
        if (json_is_array(value) && (operations->count > 1 || !piece_proof_list_reads_back(value,
                                                                  one->edits, proven->edits)))
            return false;
        if (json_is_string(value) && !piece_proof_string_reads_back(value))
            return false;
    }
    return true;
}

bool piece_proof_is_needed(const struct piece_proofs *proofs, const struct piece_edit *one)
{
    if (one->choice->operations.count == 0 && one->choice->n_deletions == 0 &&
        one->edits->count == 0)
        return false; /* the choice of runs that do not have the axis */
    if (one->choice->n_deletions > 0)
        return true;
    for (size_t i = 0; i < proofs->count; i++)
        if (piece_proof_follows(one, &proofs->items[i]))
            return false;
    return true;
}

void piece_proof_keep(struct piece_proofs *proofs, const struct piece_edit *one)
{
    if (proofs->count < PIECE_MAX_PROOFS)
        proofs->items[proofs->count++] = *one;
}
