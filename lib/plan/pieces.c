/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/plan/piece_proof.h"
#include "lib/plan/pieces.h"
#include "lib/util/cleanup.h"

struct compiler {
    const struct yaml_doc *doc;
    const struct spec *spec;
    struct sweep_findings *findings;
    struct pieces *out;
    bool proven; /* the first values of all axes were read back together */
};

/* The result of an edit that failed: it is out of memory or not possible. */
static enum pieces_result pieces_result_of(enum sweep_code code)
{
    switch (code) {
    case SWEEP_OK:
        return PIECES_OK;
    case SWEEP_NO_MEMORY:
        return PIECES_NO_MEMORY;
    default:
        return PIECES_CANNOT_CUT;
    }
}

static bool pieces_is_output_dir(const struct compiler *c, const struct operation *operation)
{
    return spec_is_output(c->spec, operation->path);
}

/* --- the edits of one value --------------------------------------------------------------- */

static void pieces_free_edits(struct edits *edits)
{
    splices_free(edits->items, edits->count);
    *edits = (struct edits){0};
}

/* Appends splices, to be sorted when all are there. Takes their texts over. */
static bool pieces_add_edits(struct edits *edits, const struct splice *more, size_t n)
{
    struct splice *items = realloc(edits->items, (edits->count + n + 1) * sizeof *items);
    if (items == NULL)
        return false;
    edits->items = items;
    memcpy(items + edits->count, more, n * sizeof *more);
    edits->count += n;
    return true;
}

/* Applies the edits and compares the result with `expected`. */
static enum pieces_result pieces_prove(
    const struct compiler *c, const struct edits *edits, const json_t *expected)
{
    struct yaml_doc *changed = NULL;
    for (size_t i = 1; i < edits->count; i++)
        if (edits->items[i].start < edits->items[i - 1].end)
            return PIECES_CANNOT_CUT;
    enum sweep_code code = document_verify(c->doc, edits->items, edits->count, expected, &changed);
    yaml_doc_free(changed);
    return pieces_result_of(code);
}

/* Makes each operation the smallest possible change of the text. The caller sorts *out. */
static enum pieces_result pieces_edit_finely(
    const struct compiler *c, const struct choice *choice, struct edits *out)
{
    for (size_t i = 0; i < choice->operations.count; i++) {
        const struct operation *operation = &choice->operations.items[i];
        struct splice *splices = NULL;
        size_t n = 0;
        if (pieces_is_output_dir(c, operation))
            continue;
        enum sweep_code code = document_splices(c->doc, operation, &splices, &n);
        if (code != SWEEP_OK)
            return pieces_result_of(code);
        if (!pieces_add_edits(out, splices, n)) {
            splices_free(splices, n);
            return PIECES_NO_MEMORY;
        }
        free(splices); /* the splices themselves belong to *out now */
    }
    return PIECES_OK;
}

/* True if one of the first `n` operations changes something below the top-level key. */
static bool pieces_touch(const struct operations *operations, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (path_overlaps(operations->items[i].path, key))
            return true;
    return false;
}

/* Writes every top-level value that the operations change as a whole. For operations that interfere
 * with each other: two that add the same mapping, or remove neighbours. */
static enum pieces_result pieces_edit_coarsely(const struct compiler *c,
    const struct choice *choice, const json_t *expected, struct edits *out)
{
    const struct operations *operations = &choice->operations;
    pieces_free_edits(out);
    for (size_t i = 0; i < operations->count; i++) {
        struct path path;
        struct splice splice = {0};
        enum sweep_code code;
        if (pieces_is_output_dir(c, &operations->items[i]) ||
            !path_parse(operations->items[i].path, &path) ||
            pieces_touch(operations, i, path.parts[0]))
            continue;
        const json_t *value = json_object_get(expected, path.parts[0]);
        if (value != NULL)
            code = edit_set(c->doc, path.parts[0], value, &splice);
        else
            code = edit_delete(c->doc, path.parts[0], &splice);
        if (code == SWEEP_NOT_FOUND)
            continue;
        if (code == SWEEP_OK && !pieces_add_edits(out, &splice, 1))
            code = SWEEP_NO_MEMORY;
        if (code != SWEEP_OK) {
            splice_deinit(&splice);
            return pieces_result_of(code);
        }
    }
    splices_sort(out->items, out->count);
    return PIECES_OK;
}

/* Puts one axis value into a tree. */
static enum sweep_code pieces_merge(
    const struct compiler *c, const struct choice *choice, json_t *tree)
{
    enum sweep_code code = SWEEP_OK;
    for (size_t i = 0; i < choice->operations.count && code == SWEEP_OK; i++)
        if (!pieces_is_output_dir(c, &choice->operations.items[i]))
            code = merge_operation(tree, &choice->operations.items[i]);
    return code;
}

/* The document's value with one axis value in it; a new reference. */
static enum pieces_result pieces_expect(
    const struct compiler *c, const struct choice *choice, json_t **out)
{
    CLEANUP_JSON json_t *tree = json_deep_copy(c->doc->tree);
    if (tree == NULL)
        return PIECES_NO_MEMORY;
    enum sweep_code code = pieces_merge(c, choice, tree);
    if (code != SWEEP_OK)
        return pieces_result_of(code);
    *out = tree;
    tree = NULL;
    return PIECES_OK;
}

/* Finds the edits for one value of an axis, and adds them to `proofs` if they were read back.
 * `is_proven`: they were already, if they are fine ones. */
static enum pieces_result pieces_edit_choice(const struct compiler *c, const struct choice *choice,
    bool is_proven, struct piece_proofs *proofs, struct edits *out)
{
    const struct piece_edit one = {choice, out};
    enum pieces_result edited = pieces_edit_finely(c, choice, out);
    splices_sort(out->items, out->count);
    if (edited == PIECES_NO_MEMORY)
        return edited;
    if (edited == PIECES_OK && is_proven)
        piece_proof_keep(proofs, &one);
    if (edited == PIECES_OK && (is_proven || !piece_proof_is_needed(proofs, &one)))
        return edited;
    CLEANUP_JSON json_t *expected = NULL;
    enum pieces_result result = pieces_expect(c, choice, &expected);
    if (result != PIECES_OK)
        return result;
    if (edited == PIECES_OK)
        edited = pieces_prove(c, out, expected);
    if (edited == PIECES_OK)
        piece_proof_keep(proofs, &one);
    if (edited != PIECES_CANNOT_CUT)
        return edited;
    result = pieces_edit_coarsely(c, choice, expected, out);
    if (result != PIECES_OK)
        return result;
    return pieces_prove(c, out, expected);
}

/* --- the pieces of one axis --------------------------------------------------------------- */

/* The index of the first edit that does not start before an offset. */
static size_t pieces_first_edit(const struct edits *edits, size_t start)
{
    size_t low = 0, high = edits->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (edits->items[middle].start < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds a piece for each position; positions that overlap become one piece. */
static bool pieces_add(struct pieces *pieces, int axis, const struct edits *positions)
{
    size_t max = pieces->count + positions->count;
    struct piece *items = realloc(pieces->items, (max + 1) * sizeof *items);
    if (items == NULL)
        return false;
    pieces->items = items;
    struct piece *last = NULL; /* of this axis */
    for (size_t i = 0; i < positions->count; i++) {
        const struct splice *s = &positions->items[i];
        bool same = last != NULL && last->start == s->start && last->end == s->end;
        if (last == NULL || (s->start >= last->end && !same)) {
            last = &items[pieces->count++];
            *last = (struct piece){s->start, s->end, s->depth, axis, NULL, 0};
        } else if (s->end > last->end) {
            last->end = s->end;
        }
    }
    return true;
}

static bool pieces_contain(const struct piece *piece, const struct splice *s)
{
    if (piece->start == piece->end)
        return s->start == piece->start && s->end == piece->end;
    return s->start >= piece->start && s->end <= piece->end && s->start < piece->end &&
           s->end > piece->start;
}

/* The text of a piece for one value: the document's text with the splices inside the piece. */
static bool pieces_make_text(const struct yaml_doc *doc, const struct piece *piece,
    const struct edits *edits, struct splice *out)
{
    struct strbuf text = {0};
    size_t first = 0, n = 0;
    for (size_t i = pieces_first_edit(edits, piece->start);
         i < edits->count && edits->items[i].start <= piece->end; i++) {
        if (!pieces_contain(piece, &edits->items[i]))
            continue;
        if (n == 0)
            first = i;
        n++;
    }
    splices_apply(
        &text, doc->text, (struct edit_range){piece->start, piece->end}, edits->items + first, n);
    out->length = text.length;
    out->text = strbuf_steal(&text);
    return out->text != NULL;
}

static bool pieces_fill(
    const struct compiler *c, struct piece *piece, const struct edits *edits, size_t n)
{
    piece->texts = calloc(n, sizeof *piece->texts);
    if (piece->texts == NULL)
        return false;
    piece->n_texts = n;
    for (size_t i = 0; i < n; i++)
        if (!pieces_make_text(c->doc, piece, &edits[i], &piece->texts[i]))
            return false;
    return true;
}

/* By position, then in order of arrival. */
static int pieces_compare_positions(const void *a, const void *b)
{
    struct splice x = *(const struct splice *)a, y = *(const struct splice *)b;
    x.depth = y.depth = 0;
    return splice_compare(&x, &y);
}

/* The positions that any of the values changes, each once; the texts still belong to `edits`. */
static bool pieces_collect_positions(const struct edits *edits, size_t n, struct edits *out)
{
    size_t total = 0, kept = 0;
    for (size_t i = 0; i < n; i++)
        total += edits[i].count;
    out->items = calloc(total + 1, sizeof *out->items);
    if (out->items == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < edits[i].count; k++) {
            out->items[out->count] = edits[i].items[k];
            out->items[out->count].order = out->count;
            out->count++;
        }
    qsort(out->items, out->count, sizeof *out->items, pieces_compare_positions);
    for (size_t i = 0; i < out->count; i++) {
        const struct splice *one = &out->items[i], *last = &out->items[kept > 0 ? kept - 1 : 0];
        if (kept == 0 || one->start != last->start || one->end != last->end)
            out->items[kept++] = *one;
    }
    out->count = kept;
    return true;
}

static bool pieces_add_axis(struct compiler *c, int axis, const struct edits *edits, size_t n)
{
    struct edits positions = {0};
    size_t first = c->out->count;
    bool good =
        pieces_collect_positions(edits, n, &positions) && pieces_add(c->out, axis, &positions);
    free(positions.items);
    for (size_t i = first; good && i < c->out->count; i++)
        good = pieces_fill(c, &c->out->items[i], edits, n);
    return good;
}

/* Applies the first values of all axes together and reads the text back once, instead of once for
 * each of them. If that is not possible, c->proven stays false. False when memory is exhausted. */
static bool pieces_prove_first(struct compiler *c)
{
    const struct assignments *axes = &c->spec->axes;
    struct edits all = {0};
    CLEANUP_JSON json_t *expected = json_deep_copy(c->doc->tree);
    enum pieces_result result = expected != NULL ? PIECES_OK : PIECES_NO_MEMORY;
    for (size_t i = 0; i < axes->count && result == PIECES_OK; i++) {
        if (axes->items[i].n_choices == 0)
            continue;
        result = pieces_edit_finely(c, &axes->items[i].choices[0], &all);
        if (result == PIECES_OK)
            result = pieces_result_of(pieces_merge(c, &axes->items[i].choices[0], expected));
    }
    splices_sort(all.items, all.count);
    if (result == PIECES_OK)
        result = pieces_prove(c, &all, expected);
    pieces_free_edits(&all);
    c->proven = result == PIECES_OK;
    return result != PIECES_NO_MEMORY;
}

static enum pieces_result pieces_compile_axis(struct compiler *c, size_t axis)
{
    const struct assignment *assignment = &c->spec->axes.items[axis];
    size_t n = assignment->n_choices;
    enum pieces_result result = PIECES_OK;
    struct edits *edits = calloc(n + 1, sizeof *edits);
    if (edits == NULL)
        return PIECES_NO_MEMORY;
    struct piece_proofs proofs = {0};
    for (size_t i = 0; i < n && result == PIECES_OK; i++)
        result =
            pieces_edit_choice(c, &assignment->choices[i], c->proven && i == 0, &proofs, &edits[i]);
    if (result == PIECES_OK && !pieces_add_axis(c, (int)axis, edits, n))
        result = PIECES_NO_MEMORY;
    for (size_t i = 0; i < n; i++)
        pieces_free_edits(&edits[i]);
    free(edits);
    return result;
}

/* --- all pieces --------------------------------------------------------------------------- */

/* Where the value at an existing path is written. */
static enum scalar_context pieces_context(const struct yaml_doc *doc, const char *text)
{
    struct path path;
    struct edit_location at = {.node = doc->root};
    if (!path_parse(text, &path))
        return SCALAR_IN_BLOCK;
    for (size_t i = 0; i < path.n_parts; i++)
        if (!edit_step(&at, path.parts[i]))
            break;
    return at.flow ? SCALAR_IN_FLOW : SCALAR_IN_BLOCK;
}

static enum pieces_result pieces_add_output_dir(struct compiler *c)
{
    const char *path = profile_output(c->spec->profile);
    if (path == NULL)
        return PIECES_OK;
    struct pieces *pieces = c->out;
    struct splice splice = {0};
    CLEANUP_JSON json_t *value = json_string("x");
    struct piece *items = realloc(pieces->items, (pieces->count + 1) * sizeof *items);
    if (items != NULL)
        pieces->items = items;
    if (items == NULL || value == NULL)
        return PIECES_NO_MEMORY;
    enum sweep_code code = edit_set(c->doc, path, value, &splice);
    if (code == SWEEP_OK)
        items[pieces->count++] =
            (struct piece){splice.start, splice.end, 0, PIECE_OUTPUT_DIR, NULL, 0};
    splice_deinit(&splice);
    pieces->output_context = pieces_context(c->doc, path);
    return pieces_result_of(code);
}

static int pieces_compare_sizes(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

/* By position; of insertions at the same position, the deeper one first. */
static int pieces_compare(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    int order = pieces_compare_sizes(x->start, y->start);
    if (order == 0)
        order = pieces_compare_sizes(x->end, y->end);
    if (order == 0)
        order = pieces_compare_sizes(y->depth, x->depth);
    if (order == 0)
        order = x->axis - y->axis;
    return order;
}

static const char *pieces_axis_key(const struct compiler *c, const struct piece *piece)
{
    if (piece->axis == PIECE_OUTPUT_DIR)
        return profile_output(c->spec->profile);
    return c->spec->axes.items[piece->axis].key;
}

/* True if some run has both pieces. */
static bool pieces_meet(const struct compiler *c, const struct piece *a, const struct piece *b)
{
    if (a->axis == PIECE_OUTPUT_DIR || b->axis == PIECE_OUTPUT_DIR)
        return true;
    return a->axis == b->axis ||
           structure_combines(c->spec->points, (size_t)a->axis, (size_t)b->axis);
}

static enum pieces_result pieces_report_overlap(
    const struct compiler *c, const struct piece *a, const struct piece *b)
{
    int axis = b->axis;
    if (axis == PIECE_OUTPUT_DIR)
        axis = a->axis;
    FINDING_ERROR(c->findings, "axes-overlap", c->spec->axes.items[axis].place, NULL,
        "give what they have in common in \"fixed\"",
        "axes \"%s\" and \"%s\" change the same part of the base", pieces_axis_key(c, a),
        pieces_axis_key(c, b));
    return PIECES_OVERLAP;
}

/* Two axes may change the same bytes: for example, both add the same missing mapping. */
static enum pieces_result pieces_check_overlaps(const struct compiler *c)
{
    const struct piece *items = c->out->items;
    size_t end = 0; /* of all pieces before the current one */
    for (size_t i = 0; i < c->out->count; i++) {
        if (items[i].start >= end) {
            end = items[i].end;
            continue;
        }
        for (size_t k = 0; k < i; k++)
            if (items[i].start < items[k].end && pieces_meet(c, &items[k], &items[i]))
                return pieces_report_overlap(c, &items[k], &items[i]);
        if (items[i].end > end)
            end = items[i].end;
    }
    return PIECES_OK;
}

enum pieces_result pieces_compile(const struct yaml_doc *doc, const struct spec *spec,
    struct sweep_findings *findings, struct pieces *out)
{
    *out = (struct pieces){.doc = doc, .axes = &spec->axes};
    struct compiler c = {doc, spec, findings, out, false};
    enum pieces_result result = PIECES_OK;
    if (spec->axes.count > 1 && !pieces_prove_first(&c))
        result = PIECES_NO_MEMORY;
    for (size_t i = 0; i < spec->axes.count && result == PIECES_OK; i++)
        result = pieces_compile_axis(&c, i);
    if (result == PIECES_OK)
        result = pieces_add_output_dir(&c);
    if (result == PIECES_OK) {
        qsort(out->items, out->count, sizeof *out->items, pieces_compare);
        result = pieces_check_overlaps(&c);
    }
    if (result != PIECES_OK)
        pieces_deinit(out);
    return result;
}

void pieces_deinit(struct pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++)
        splices_free(pieces->items[i].texts, pieces->items[i].n_texts);
    free(pieces->items);
    *pieces = (struct pieces){0};
}

/* The text that a run has for a piece; NULL if its axis is not set. */
static const struct splice *pieces_text(
    const struct pieces *pieces, const struct piece *piece, const size_t *choices)
{
    size_t choice = choices[piece->axis];
    if (choice == pieces->axes->items[piece->axis].unset)
        return NULL;
    return &piece->texts[choice];
}

size_t pieces_length(const struct pieces *pieces, const size_t *choices)
{
    size_t length = pieces->doc->length;
    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *piece = &pieces->items[i];
        const struct splice *text = NULL;
        if (piece->axis != PIECE_OUTPUT_DIR)
            text = pieces_text(pieces, piece, choices);
        if (piece->axis == PIECE_OUTPUT_DIR || text != NULL)
            length -= piece->end - piece->start;
        if (text != NULL)
            length += text->length;
    }
    return length;
}

void pieces_render(const struct pieces *pieces, const size_t *choices,
    const struct strbuf *output_dir, struct strbuf *out)
{
    const struct yaml_doc *doc = pieces->doc;
    size_t from = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *piece = &pieces->items[i];
        const struct splice *text = NULL;
        if (piece->axis != PIECE_OUTPUT_DIR) {
            text = pieces_text(pieces, piece, choices);
            if (text == NULL)
                continue;
        }
        strbuf_append(out, doc->text + from, piece->start - from);
        if (text != NULL)
            strbuf_append(out, text->text, text->length);
        else
            string_write(out, output_dir->data, output_dir->length, pieces->output_context);
        from = piece->end;
    }
    strbuf_append(out, doc->text + from, doc->length - from);
}
