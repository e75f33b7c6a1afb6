/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/plan/pieces.h"
#include "lib/util/cleanup.h"
#include "lib/findings/findings.h"

/* The splices of one axis value, by place. */
struct edits {
    struct splice *items;
    size_t count;
};

struct compiler {
    const struct yaml_doc *doc;
    const struct spec *spec;
    struct sweep_findings *findings;
    struct sweep_error *error;
    struct layout *out;
    enum sweep_code code;
};

static void fail(struct compiler *c, enum sweep_code code)
{
    if (code == SWEEP_NO_MEMORY || c->code == SWEEP_OK)
        c->code = code;
}

static void edits_deinit(struct edits *edits)
{
    splices_free(edits->items, edits->count);
    *edits = (struct edits){0};
}

/* Puts splices in, keeping the order by place; those at the same place stay in order of arrival. */
static bool edits_insert(struct edits *edits, struct splice *more, size_t n)
{
    struct splice *items = realloc(edits->items, (edits->count + n + 1) * sizeof *items);
    if (items == NULL)
        return false;
    edits->items = items;
    for (size_t k = 0; k < n; k++) {
        size_t at = edits->count++;
        for (; at > 0 && splice_is_behind(&items[at - 1], &more[k]); at--)
            items[at] = items[at - 1];
        items[at] = more[k];
    }
    return true;
}

/* Whether two values of an axis change the same places. */
static bool same_places(const struct edits *a, const struct edits *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->items[i].start != b->items[i].start || a->items[i].end != b->items[i].end)
            return false;
    return true;
}

/* Whether a string, as it is written, reads back as itself: in a document of its own, between
 * brackets and without. */
static bool string_reads_back(const json_t *value)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    struct yaml_doc *doc = NULL;
    strbuf_puts(&text, "b: ");
    value_write(&text, value, SCALAR_IN_BLOCK);
    strbuf_puts(&text, "\nf: [");
    value_write(&text, value, SCALAR_IN_FLOW);
    strbuf_puts(&text, "]\n");
    bool same = !text.oom && yaml_parse(text.data, text.length, "", NULL, &doc) == SWEEP_OK &&
                json_equal(json_object_get(doc->tree, "b"), value) &&
                json_equal(json_array_get(json_object_get(doc->tree, "f"), 0), value);
    yaml_doc_free(doc);
    return same;
}

/* The first value of an axis is applied and read back. So is every other one, unless it is one
 * scalar in the same places: then only the scalar is new, and numbers, bools and null are written
 * in forms that the tests of value_write() prove. */
static bool needs_proof(
    const struct choice *choice, const struct edits *edits, const struct edits *proven)
{
    if (proven == NULL || !same_places(edits, proven))
        return true;
    for (size_t i = 0; i < choice->operations.count; i++) {
        const json_t *value = choice->operations.items[i].value;
        if (json_is_object(value) || json_is_array(value) ||
            (json_is_string(value) && !string_reads_back(value)))
            return true;
    }
    return false;
}

/* Whether the edits can be made together, and read as `expected` then. */
static enum sweep_code prove(struct compiler *c, const struct edits *edits, const json_t *expected,
    struct sweep_error *error)
{
    struct yaml_doc *changed = NULL;
    for (size_t i = 1; i < edits->count; i++)
        if (edits->items[i].start < edits->items[i - 1].end)
            return SWEEP_IO;
    enum sweep_code code =
        document_verify(c->doc, edits->items, edits->count, expected, &changed, error);
    yaml_doc_free(changed);
    return code;
}

/* Each operation as small a change of the text as can be. */
static enum sweep_code edit_finely(
    struct compiler *c, const struct choice *choice, struct edits *out)
{
    for (size_t i = 0; i < choice->operations.count; i++) {
        const struct operation *operation = &choice->operations.items[i];
        struct splice *splices = NULL;
        size_t n = 0;
        if (strcmp(operation->path, "output_dir") == 0)
            continue;
        enum sweep_code code = document_splices(c->doc, operation, &splices, &n);
        if (code != SWEEP_OK)
            return code;
        if (!edits_insert(out, splices, n)) {
            splices_free(splices, n);
            return SWEEP_NO_MEMORY;
        }
        free(splices); /* the splices themselves belong to *out now */
    }
    return SWEEP_OK;
}

/* For operations that get into each other's way: two that make the same mapping, or remove
 * neighbours. Every top-level value that they touch is written anew. */
static enum sweep_code edit_coarsely(
    struct compiler *c, const struct choice *choice, const json_t *expected, struct edits *out)
{
    edits_deinit(out);
    for (size_t i = 0; i < choice->operations.count; i++) {
        struct path path;
        struct splice splice = {0};
        if (!path_parse(choice->operations.items[i].path, &path) ||
            strcmp(path.parts[0], "output_dir") == 0)
            continue;
        bool done = false;
        for (size_t k = 0; k < i; k++)
            done |= strncmp(choice->operations.items[k].path, path.parts[0],
                        strlen(path.parts[0])) == 0 &&
                    strchr(".", choice->operations.items[k].path[strlen(path.parts[0])]) != NULL;
        const json_t *value = json_object_get(expected, path.parts[0]);
        if (done)
            continue;
        enum sweep_code code = value != NULL ? edit_set(c->doc, path.parts[0], value, &splice)
                                             : edit_delete(c->doc, path.parts[0], &splice);
        if (code == SWEEP_NOT_FOUND)
            continue;
        if (code == SWEEP_OK && !edits_insert(out, &splice, 1))
            code = SWEEP_NO_MEMORY;
        if (code != SWEEP_OK) {
            splice_deinit(&splice);
            return code;
        }
    }
    return SWEEP_OK;
}

/* What one value of an axis does to the text. `proven`: the edits of one that was read back, or
 * NULL. */
static void edit_choice(
    struct compiler *c, const struct choice *choice, const struct edits *proven, struct edits *out)
{
    enum sweep_code code = edit_finely(c, choice, out);
    if (code == SWEEP_OK && !needs_proof(choice, out, proven))
        return;
    bool in_place = code == SWEEP_OK;
    CLEANUP_JSON json_t *expected = json_deep_copy(c->doc->tree);
    code = expected == NULL || code == SWEEP_NO_MEMORY ? SWEEP_NO_MEMORY : SWEEP_OK;
    for (size_t i = 0; code == SWEEP_OK && i < choice->operations.count; i++)
        if (strcmp(choice->operations.items[i].path, "output_dir") != 0)
            code = merge_operation(expected, &choice->operations.items[i]);
    if (code == SWEEP_OK)
        code = in_place ? prove(c, out, expected, NULL) : SWEEP_IO;
    if (code == SWEEP_IO) {
        code = edit_coarsely(c, choice, expected, out);
        if (code == SWEEP_OK)
            code = prove(c, out, expected, c->error);
        else if (code == SWEEP_INVALID) /* not even so: the caller writes the base anew */
            code = SWEEP_IO;
    }
    fail(c, code);
}

/* Puts in the splices whose place is not there yet: most values of an axis change the same few. */
static bool insert_new_places(struct edits *all, const struct edits *more)
{
    for (size_t i = 0; i < more->count; i++) {
        size_t k = 0;
        while (k < all->count && (all->items[k].start != more->items[i].start ||
                                     all->items[k].end != more->items[i].end))
            k++;
        if (k == all->count && !edits_insert(all, &more->items[i], 1))
            return false;
    }
    return true;
}

/* The places that any value of an axis changes, those that overlap joined: appended to the layout
 * as slots without texts. */
static bool add_slots(struct layout *layout, int axis, const struct edits *edits, size_t n)
{
    struct edits all = {0};
    for (size_t i = 0; i < n; i++)
        if (!insert_new_places(&all, &edits[i])) {
            free(all.items);
            return false;
        }
    struct slot *slots = realloc(layout->slots, (layout->n_slots + all.count + 1) * sizeof *slots);
    if (slots == NULL) {
        free(all.items);
        return false;
    }
    layout->slots = slots;
    size_t first = layout->n_slots;
    for (size_t i = 0; i < all.count; i++) {
        const struct splice *s = &all.items[i];
        struct slot *last = layout->n_slots > first ? &slots[layout->n_slots - 1] : NULL;
        bool same = last != NULL && last->start == s->start && last->end == s->end;
        if (last != NULL && (s->start < last->end || same)) {
            if (s->end > last->end)
                last->end = s->end;
        } else
            slots[layout->n_slots++] = (struct slot){s->start, s->end, s->depth, axis, NULL, 0};
    }
    free(all.items); /* the texts stay with their choices */
    return true;
}

/* What stands in a slot for one value: the text of the slot with the splices that lie in it. */
static bool slot_text(const struct yaml_doc *doc, const struct slot *slot,
    const struct edits *edits, struct splice *out)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    size_t first = 0, n = 0;
    for (size_t i = 0; i < edits->count; i++) {
        const struct splice *s = &edits->items[i];
        bool inside = slot->start == slot->end ? s->start == slot->start && s->end == slot->end
                                               : s->start >= slot->start && s->end <= slot->end &&
                                                     s->start < slot->end && s->end > slot->start;
        if (inside && n++ == 0)
            first = i;
    }
    splices_apply(&text, doc->text, slot->start, slot->end, edits->items + first, n);
    out->length = text.length;
    out->text = strbuf_steal(&text);
    return out->text != NULL;
}

static bool fill_slots(struct compiler *c, size_t first, const struct edits *edits, size_t n)
{
    for (size_t i = first; i < c->out->n_slots; i++) {
        struct slot *slot = &c->out->slots[i];
        slot->texts = calloc(n, sizeof *slot->texts);
        if (slot->texts == NULL)
            return false;
        slot->n_texts = n;
        for (size_t k = 0; k < n; k++)
            if (!slot_text(c->doc, slot, &edits[k], &slot->texts[k]))
                return false;
    }
    return true;
}

static void compile_axis(struct compiler *c, size_t axis)
{
    const struct setting *setting = &c->spec->axes.items[axis];
    size_t n = setting->n_choices, first = c->out->n_slots;
    struct edits *edits = calloc(n + 1, sizeof *edits);
    if (edits == NULL) {
        fail(c, SWEEP_NO_MEMORY);
        return;
    }
    for (size_t i = 0; i < n && c->code != SWEEP_NO_MEMORY; i++)
        edit_choice(c, &setting->choices[i], i > 0 ? &edits[0] : NULL, &edits[i]);
    if (c->code == SWEEP_OK &&
        !(add_slots(c->out, (int)axis, edits, n) && fill_slots(c, first, edits, n)))
        fail(c, SWEEP_NO_MEMORY);
    for (size_t i = 0; i < n; i++)
        edits_deinit(&edits[i]);
    free(edits);
}

static void add_output_slot(struct compiler *c)
{
    struct splice splice = {0};
    CLEANUP_JSON json_t *value = json_string("x");
    enum sweep_code code =
        value == NULL ? SWEEP_NO_MEMORY : edit_set(c->doc, "output_dir", value, &splice);
    struct slot *slots = realloc(c->out->slots, (c->out->n_slots + 1) * sizeof *slots);
    if (slots == NULL || code != SWEEP_OK)
        fail(c, slots == NULL ? SWEEP_NO_MEMORY : code);
    if (slots != NULL)
        c->out->slots = slots;
    if (c->code == SWEEP_OK)
        slots[c->out->n_slots++] =
            (struct slot){splice.start, splice.end, 0, SLOT_OUTPUT_DIR, NULL, 0};
    splice_deinit(&splice);
    c->out->output_context = c->doc->root->flow ? SCALAR_IN_FLOW : SCALAR_IN_BLOCK;
}

static int by_place(const void *a, const void *b)
{
    const struct slot *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    if (x->depth != y->depth)
        return x->depth > y->depth ? -1 : 1;
    return x->axis - y->axis;
}

/* Two axes that change the same bytes: both make the same missing mapping, for one. */
static void check_overlaps(struct compiler *c)
{
    struct layout *layout = c->out;
    for (size_t i = 1; i < layout->n_slots; i++) {
        const struct slot *a = &layout->slots[i - 1], *b = &layout->slots[i];
        if (b->start >= a->end)
            continue;
        const struct setting *axes = c->spec->axes.items;
        const struct setting *x = &axes[a->axis < 0 ? 0 : a->axis];
        const struct setting *y = &axes[b->axis < 0 ? 0 : b->axis];
        fail(c, FINDING_ERROR(c->findings, "axes-overlap", y->place, NULL,
                    "give what they have in common in \"fixed\"",
                    "axes \"%s\" and \"%s\" change the same part of the base", x->key, y->key));
        return;
    }
}

enum sweep_code layout_compile(const struct yaml_doc *doc, const struct spec *spec,
    struct sweep_findings *findings, struct layout *out, struct sweep_error *error)
{
    *out = (struct layout){.doc = doc};
    struct compiler c = {doc, spec, findings, error, out, SWEEP_OK};
    for (size_t i = 0; i < spec->axes.count && c.code != SWEEP_NO_MEMORY; i++)
        compile_axis(&c, i);
    if (c.code == SWEEP_OK)
        add_output_slot(&c);
    if (c.code == SWEEP_OK) {
        qsort(out->slots, out->n_slots, sizeof *out->slots, by_place);
        check_overlaps(&c);
    }
    if (c.code != SWEEP_OK)
        layout_deinit(out);
    return c.code;
}

void layout_deinit(struct layout *layout)
{
    for (size_t i = 0; i < layout->n_slots; i++)
        splices_free(layout->slots[i].texts, layout->slots[i].n_texts);
    free(layout->slots);
    *layout = (struct layout){0};
}

void layout_render(const struct layout *layout, const size_t *choices, const char *output_dir,
    size_t output_length, struct strbuf *out)
{
    const struct yaml_doc *doc = layout->doc;
    size_t from = 0;
    for (size_t i = 0; i < layout->n_slots; i++) {
        const struct slot *slot = &layout->slots[i];
        strbuf_append(out, doc->text + from, slot->start - from);
        if (slot->axis == SLOT_OUTPUT_DIR)
            string_write(out, output_dir, output_length, layout->output_context);
        else {
            const struct splice *text = &slot->texts[choices[slot->axis]];
            strbuf_append(out, text->text, text->length);
        }
        from = slot->end;
    }
    strbuf_append(out, doc->text + from, doc->length - from);
}
