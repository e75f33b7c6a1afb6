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

bool piece_proof_is_needed(
    const struct choice *choice, const struct edits *edits, const struct edits *proven)
{
    const struct operations *operations = &choice->operations;
    if (operations->count == 0 && choice->n_deletions == 0 && edits->count == 0)
        return false; /* the choice of runs that do not have the axis */
    if (choice->n_deletions > 0 || !piece_proof_same_positions(edits, proven))
        return true;
    for (size_t i = 0; i < operations->count; i++) {
        const json_t *value = operations->items[i].value;
        if (json_is_object(value))
            return true;
        if (json_is_array(value) &&
            (operations->count > 1 || !piece_proof_list_reads_back(value, edits, proven)))
            return true;
        if (json_is_string(value) && !piece_proof_string_reads_back(value))
            return true;
    }
    return false;
}
