/* SPDX-License-Identifier: Apache-2.0
 *
 * A node of the config (a value at some path) has a base, which is its value without the axes, and
 * for each axis its variants, one for each choice. An axis touches a node if a variant differs from
 * the base. What no axis touches has one text, and what one axis touches has a text for each of its
 * choices. A mapping that several axes touch is cut into its members, in the same way; of another
 * node that several axes touch, each run has the text of the one that it sets.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/canonical.h"
#include "lib/doc/path.h"
#include "lib/plan/id_pieces.h"
#include "lib/plan/id_strip.h"
#include "lib/plan/runs.h"
#include "lib/plan/values.h"
#include "lib/util/cleanup.h"

/* --- nodes -------------------------------------------------------------------------------- */

/* The value of a node for each choice of one axis; NULL where it is missing. */
struct id_variants {
    size_t axis;
    const json_t **values; /* owned */
    size_t count;
};

struct id_node {
    const json_t *base;           /* NULL: missing */
    struct id_variants *variants; /* of the axes that touch it; owned */
    size_t count;
};

static void id_node_deinit(struct id_node *node)
{
    for (size_t i = 0; i < node->count; i++)
        free(node->variants[i].values);
    free(node->variants);
    *node = (struct id_node){0};
}

static bool id_node_same(const json_t *a, const json_t *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a == b || json_equal(a, b);
}

/* Adds the variants of an axis unless they all are the base. Takes `values` over. */
static void id_node_add(struct id_node *node, size_t axis, const json_t **values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!id_node_same(values[i], node->base)) {
            node->variants[node->count++] = (struct id_variants){axis, values, count};
            return;
        }
    free(values);
}

/* The member `key` of a mapping. False if memory is exhausted. */
static bool id_node_member(const struct id_node *node, const char *key, struct id_node *out)
{
    *out = (struct id_node){.base = json_object_get(node->base, key)};
    out->variants = calloc(node->count + 1, sizeof *out->variants);
    if (out->variants == NULL)
        return false;
    for (size_t i = 0; i < node->count; i++) {
        const struct id_variants *from = &node->variants[i];
        const json_t **values = calloc(from->count, sizeof *values);
        if (values == NULL)
            return false;
        for (size_t k = 0; k < from->count; k++)
            values[k] = json_object_get(from->values[k], key);
        id_node_add(out, from->axis, values, from->count);
    }
    return true;
}

/* True if the node is in every run. */
static bool id_node_is_always(const struct id_node *node)
{
    for (size_t i = 0; i < node->count; i++)
        for (size_t k = 0; k < node->variants[i].count; k++)
            if (node->variants[i].values[k] == NULL)
                return false;
    return node->count > 0 || node->base != NULL;
}

/* True if the node is a mapping in every run. Without the axes it may be null or missing. */
static bool id_node_is_mapping(const struct id_node *node)
{
    for (size_t i = 0; i < node->count; i++)
        for (size_t k = 0; k < node->variants[i].count; k++)
            if (!json_is_object(node->variants[i].values[k]))
                return false;
    return node->base == NULL || json_is_null(node->base) || json_is_object(node->base);
}

/* --- cutting ------------------------------------------------------------------------------ */

struct id_cutter {
    const struct sweep_plan *plan;
    struct run_ids *out;
    struct strbuf common; /* the text for all runs since the last piece of an axis */
    json_t *base;         /* the config without axes */
    json_t ***variants;   /* [axis][choice]: its top-level keys that the axis changes */
    bool oom;
};

/* Appends a piece with room for `n_axes` axes. */
static struct id_piece *id_cutter_add(struct id_cutter *c, size_t n_axes)
{
    struct id_piece *pieces = realloc(c->out->pieces, (c->out->count + 1) * sizeof *pieces);
    if (pieces != NULL)
        c->out->pieces = pieces;
    struct id_texts *axes = calloc(n_axes + 1, sizeof *axes);
    if (pieces == NULL || axes == NULL) {
        free(axes);
        c->oom = true;
        return NULL;
    }
    pieces[c->out->count] = (struct id_piece){.axes = axes};
    return &pieces[c->out->count++];
}

/* Removes the quotes of tokens, which values of any type will replace. False if there is none. */
static bool id_cutter_unquote(struct id_cutter *c, struct strbuf *text)
{
    CLEANUP_STRBUF struct strbuf old = *text;
    const char *from = strbuf_string(&old), *token;
    size_t index;
    bool has_tokens = false;
    *text = (struct strbuf){.oom = old.oom};
    while ((token = computed_find(&c->plan->computed, from, &index)) != NULL) {
        has_tokens = true;
        strbuf_append(text, from, (size_t)(token - from) - 1);
        strbuf_append(text, token, COMPUTED_BYTES);
        from = token + COMPUTED_BYTES + 1;
    }
    strbuf_puts(text, from);
    return has_tokens;
}

/* Takes the content of `text` over. */
static void id_cutter_set(
    struct id_cutter *c, struct id_piece *piece, struct id_text *out, struct strbuf *text)
{
    if (c->plan->n_values > 0 && id_cutter_unquote(c, text))
        out->is_computed = piece->is_computed = true;
    out->length = text->length;
    out->text = strbuf_steal(text);
    if (out->text == NULL)
        c->oom = true;
}

/* Makes a piece of the text that all runs have in common so far. */
static void id_cutter_flush(struct id_cutter *c)
{
    if (c->common.length == 0 && !c->common.oom)
        return;
    struct id_piece *piece = id_cutter_add(c, 0);
    if (piece != NULL)
        id_cutter_set(c, piece, &piece->common, &c->common);
    strbuf_deinit(&c->common);
    c->common = (struct strbuf){0};
}

/* What is written before and after a member's value. */
struct id_frame {
    const char *key; /* NULL: it is not a member */
    bool comma_before, comma_after;
};

static void id_frame_open(const struct id_frame *frame, struct strbuf *out)
{
    if (frame->comma_before)
        strbuf_putc(out, ',');
    if (frame->key != NULL) {
        canonical_write_string(out, frame->key, strlen(frame->key));
        strbuf_putc(out, ':');
    }
}

static void id_frame_close(const struct id_frame *frame, struct strbuf *out)
{
    if (frame->comma_after)
        strbuf_putc(out, ',');
}

static bool id_cutter_put(
    struct id_cutter *c, const struct id_node *node, const struct id_frame *frame);

static void id_cutter_put_value(struct id_cutter *c, struct id_piece *piece, struct id_text *out,
    const json_t *value, const struct id_frame *frame)
{
    struct strbuf text = {0};
    if (value != NULL) {
        id_frame_open(frame, &text);
        canonical_write(&text, value);
        id_frame_close(frame, &text);
    }
    id_cutter_set(c, piece, out, &text);
}

/* A node of which each run sets one of the axes at most. */
static void id_cutter_put_choices(
    struct id_cutter *c, const struct id_node *node, const struct id_frame *frame)
{
    id_cutter_flush(c);
    struct id_piece *piece = id_cutter_add(c, node->count);
    if (piece == NULL)
        return;
    id_cutter_put_value(c, piece, &piece->common, node->base, frame);
    for (size_t i = 0; i < node->count; i++) {
        const struct id_variants *variants = &node->variants[i];
        struct id_texts *texts = &piece->axes[piece->n_axes++];
        texts->axis = variants->axis;
        texts->items = calloc(variants->count, sizeof *texts->items);
        if (texts->items == NULL) {
            c->oom = true;
            return;
        }
        texts->count = variants->count;
        for (size_t k = 0; k < variants->count; k++)
            id_cutter_put_value(c, piece, &texts->items[k], variants->values[k], frame);
    }
}

/* json_object_update_missing() does not tell that memory is exhausted. */
static bool id_cutter_add_missing(json_t *all, json_t *more)
{
    const char *key;
    json_t *value;
    json_object_foreach (more, key, value)
        if (json_object_get(all, key) == NULL && json_object_set(all, key, value) != 0)
            return false;
    return true;
}

/* The keys that a mapping has in any run, as an object; NULL if memory is exhausted. */
static json_t *id_cutter_collect_keys(const struct id_node *node)
{
    json_t *all = json_object();
    bool good = all != NULL;
    if (good && node->base != NULL && json_is_object(node->base))
        good = json_object_update(all, (json_t *)node->base) == 0;
    for (size_t i = 0; i < node->count; i++)
        for (size_t k = 0; good && k < node->variants[i].count; k++)
            good = id_cutter_add_missing(all, (json_t *)node->variants[i].values[k]);
    if (good)
        return all;
    json_decref(all);
    return NULL;
}

/* Writes the members. Commas are on the side of one that is in every run; if there is none, they
 * would depend on several axes. */
static bool id_cutter_put_members(
    struct id_cutter *c, struct id_node *members, const char **keys, size_t n)
{
    size_t always = 0;
    while (always < n && !id_node_is_always(&members[always]))
        always++;
    if (always == n && n > 1)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct id_frame frame = {keys[i], i > always, i < always && n > 1};
        if (!id_cutter_put(c, &members[i], &frame))
            return false;
    }
    return true;
}

static bool id_cutter_put_mapping(struct id_cutter *c, const struct id_node *node)
{
    CLEANUP_JSON json_t *all = id_cutter_collect_keys(node);
    CLEANUP_FREE const char **keys = NULL;
    if (all != NULL)
        keys = canonical_keys(all);
    size_t n = json_object_size(all);
    struct id_node *members = calloc(n + 1, sizeof *members);
    bool good = keys != NULL && members != NULL;
    for (size_t i = 0; good && i < n; i++)
        good = id_node_member(node, keys[i], &members[i]);
    if (!good)
        c->oom = true;
    strbuf_putc(&c->common, '{');
    if (good)
        good = id_cutter_put_members(c, members, keys, n);
    strbuf_putc(&c->common, '}');
    for (size_t i = 0; members != NULL && i < n; i++)
        id_node_deinit(&members[i]);
    free(members);
    return good;
}

/* Writes a node; false if it cannot be cut. */
static bool id_cutter_put(
    struct id_cutter *c, const struct id_node *node, const struct id_frame *frame)
{
    if (node->count == 1 || (node->count > 1 && !id_node_is_mapping(node))) {
        id_cutter_put_choices(c, node, frame);
        return true;
    }
    id_frame_open(frame, &c->common);
    if (node->count > 1) {
        if (!id_cutter_put_mapping(c, node))
            return false;
    } else {
        canonical_write(&c->common, node->base);
    }
    id_frame_close(frame, &c->common);
    return true;
}

/* --- the config --------------------------------------------------------------------------- */

/* The top-level keys that a choice changes, with its values; a new reference. */
static enum sweep_code id_cutter_apply(
    struct id_cutter *c, const struct choice *choice, json_t **out)
{
    const json_t *tree = c->plan->doc->tree;
    const struct operations *operations = &choice->operations;
    CLEANUP_JSON json_t *part = json_object();
    struct path path;
    if (part == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < operations->count; i++) {
        if (!path_parse(operations->items[i].path, &path))
            return SWEEP_INVALID;
        const json_t *old = json_object_get(tree, path.parts[0]);
        if (old != NULL && json_object_get(part, path.parts[0]) == NULL &&
            json_object_set_new(part, path.parts[0], json_deep_copy(old)) != 0)
            return SWEEP_NO_MEMORY;
    }
    for (size_t i = 0; i < operations->count; i++) {
        enum sweep_code code = merge_operation(part, &operations->items[i]);
        if (code != SWEEP_OK)
            return code;
    }
    *out = part;
    part = NULL;
    return id_strip(c->plan, *out, NULL);
}

static bool id_cutter_begins(const char *path, const char *key)
{
    size_t length = strcspn(path, ".");
    return strlen(key) == length && strncmp(path, key, length) == 0;
}

/* True if the axis has operations on this top-level key. */
static bool id_cutter_sets(const struct assignment *axis, const char *key)
{
    for (size_t i = 0; i < axis->n_paths; i++)
        if (id_cutter_begins(axis->paths[i], key))
            return true;
    return false;
}

/* The same of one choice, as axes may set other paths with each. */
static bool id_cutter_choice_sets(const struct choice *choice, const char *key)
{
    for (size_t i = 0; i < choice->operations.count; i++)
        if (id_cutter_begins(choice->operations.items[i].path, key))
            return true;
    return false;
}

/* The variants of a top-level key. */
static bool id_cutter_top(struct id_cutter *c, const char *key, struct id_node *out)
{
    const struct assignments *axes = &c->plan->spec.axes;
    *out = (struct id_node){.base = json_object_get(c->base, key)};
    out->variants = calloc(axes->count + 1, sizeof *out->variants);
    if (out->variants == NULL)
        return false;
    for (size_t i = 0; i < axes->count; i++) {
        if (!id_cutter_sets(&axes->items[i], key))
            continue;
        size_t n = axes->items[i].n_choices;
        const json_t **values = calloc(n, sizeof *values);
        if (values == NULL)
            return false;
        for (size_t k = 0; k < n; k++) {
            values[k] = out->base;
            if (id_cutter_choice_sets(&axes->items[i].choices[k], key))
                values[k] = json_object_get(c->variants[i][k], key);
        }
        id_node_add(out, i, values, n);
    }
    return true;
}

static enum sweep_code id_cutter_prepare(struct id_cutter *c)
{
    const struct assignments *axes = &c->plan->spec.axes;
    c->base = json_deep_copy(c->plan->doc->tree);
    c->variants = calloc(axes->count + 1, sizeof *c->variants);
    if (c->base == NULL || c->variants == NULL)
        return SWEEP_NO_MEMORY;
    enum sweep_code code = id_strip(c->plan, c->base, NULL);
    for (size_t i = 0; i < axes->count; i++) {
        c->variants[i] = calloc(axes->items[i].n_choices + 1, sizeof **c->variants);
        if (c->variants[i] == NULL)
            return SWEEP_NO_MEMORY;
        for (size_t k = 0; code == SWEEP_OK && k < axes->items[i].n_choices; k++)
            code = id_cutter_apply(c, &axes->items[i].choices[k], &c->variants[i][k]);
    }
    return code;
}

/* The keys that the config has at its top level in any run. */
static json_t *id_cutter_top_keys(const struct id_cutter *c)
{
    const struct assignments *axes = &c->plan->spec.axes;
    json_t *all = json_object(); /* json_copy() does not tell either */
    bool good = all != NULL && id_cutter_add_missing(all, c->base);
    for (size_t i = 0; i < axes->count; i++)
        for (size_t k = 0; good && k < axes->items[i].n_choices; k++)
            good = id_cutter_add_missing(all, c->variants[i][k]);
    if (good)
        return all;
    json_decref(all);
    return NULL;
}

static bool id_cutter_put_config(struct id_cutter *c)
{
    CLEANUP_JSON json_t *all = id_cutter_top_keys(c);
    CLEANUP_FREE const char **keys = NULL;
    if (all != NULL)
        keys = canonical_keys(all);
    size_t n = json_object_size(all);
    struct id_node *members = calloc(n + 1, sizeof *members);
    bool good = keys != NULL && members != NULL;
    for (size_t i = 0; good && i < n; i++)
        good = id_cutter_top(c, keys[i], &members[i]);
    if (!good)
        c->oom = true;
    id_pieces_put_head(&c->common);
    strbuf_putc(&c->common, '{');
    if (good)
        good = id_cutter_put_members(c, members, keys, n);
    strbuf_putc(&c->common, '}');
    id_pieces_put_tail(c->plan, &c->common);
    id_cutter_flush(c);
    for (size_t i = 0; members != NULL && i < n; i++)
        id_node_deinit(&members[i]);
    free(members);
    return good;
}

static void id_cutter_deinit(struct id_cutter *c)
{
    const struct assignments *axes = &c->plan->spec.axes;
    for (size_t i = 0; c->variants != NULL && i < axes->count; i++) {
        for (size_t k = 0; c->variants[i] != NULL && k < axes->items[i].n_choices; k++)
            json_decref(c->variants[i][k]);
        free(c->variants[i]);
    }
    free(c->variants);
    json_decref(c->base);
    strbuf_deinit(&c->common);
}

static bool id_pieces_sets(
    const struct sweep_plan *plan, const struct id_texts *texts, const size_t *choices)
{
    return choices[texts->axis] != plan->spec.axes.items[texts->axis].unset;
}

const struct id_text *id_piece_text(
    const struct sweep_plan *plan, const struct id_piece *piece, const size_t *choices)
{
    for (size_t i = 0; i < piece->n_axes; i++)
        if (id_pieces_sets(plan, &piece->axes[i], choices))
            return &piece->axes[i].items[choices[piece->axes[i].axis]];
    return &piece->common;
}

/* SWEEP_NOT_FOUND if a run sets several axes of one piece: each has only a part of its text. */
static enum sweep_code id_pieces_check_axes(
    const struct sweep_plan *plan, const struct run_ids *ids)
{
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    if (choices == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t i = 0; i < ids->count; i++) {
        const struct id_piece *piece = &ids->pieces[i];
        for (uint64_t run = 0; piece->n_axes > 1 && run < plan->spec.runs; run++) {
            size_t n = 0;
            plan_choices(plan, run, choices);
            for (size_t k = 0; k < piece->n_axes; k++)
                if (id_pieces_sets(plan, &piece->axes[k], choices))
                    n++;
            if (n > 1)
                return SWEEP_NOT_FOUND;
        }
    }
    return SWEEP_OK;
}

enum sweep_code id_pieces_cut(const struct sweep_plan *plan, struct run_ids **out)
{
    struct run_ids *ids = calloc(1, sizeof *ids);
    struct id_cutter c = {.plan = plan, .out = ids};
    *out = ids;
    if (ids == NULL)
        return SWEEP_NO_MEMORY;
    enum sweep_code code = id_cutter_prepare(&c);
    if (code == SWEEP_OK && !id_cutter_put_config(&c))
        code = SWEEP_NOT_FOUND;
    if (code == SWEEP_OK && !c.oom)
        code = id_pieces_check_axes(plan, ids);
    if (c.oom)
        code = SWEEP_NO_MEMORY;
    id_cutter_deinit(&c);
    if (code == SWEEP_NO_MEMORY)
        return code;
    ids->is_whole = code != SWEEP_OK;
    return SWEEP_OK;
}

void id_pieces_free(struct run_ids *ids)
{
    if (ids == NULL)
        return;
    for (size_t i = 0; i < ids->count; i++) {
        struct id_piece *piece = &ids->pieces[i];
        for (size_t k = 0; k < piece->n_axes; k++) {
            for (size_t t = 0; t < piece->axes[k].count; t++)
                free(piece->axes[k].items[t].text);
            free(piece->axes[k].items);
        }
        free(piece->axes);
        free(piece->common.text);
    }
    free(ids->pieces);
    free(ids);
}

/* --- around it ---------------------------------------------------------------------------- */

void id_pieces_put_head(struct strbuf *out)
{
    strbuf_puts(out, "{\"config\":");
}

void id_pieces_put_tail(const struct sweep_plan *plan, struct strbuf *out)
{
    const char *trainer = sweep_trainer_name(plan->trainer);
    strbuf_puts(out, ",\"recipe\":");
    if (plan->recipe != NULL)
        canonical_write_string(out, plan->recipe, strlen(plan->recipe));
    else
        strbuf_puts(out, "null");
    strbuf_puts(out, ",\"trainer\":");
    canonical_write_string(out, trainer, strlen(trainer));
    strbuf_putc(out, '}');
}

struct run id_pieces_run(
    const struct sweep_plan *plan, uint64_t index, const size_t *choices, char *name)
{
    plan_run_name(plan, index, name);
    return (struct run){.index = plan->first + index,
        .name = name,
        .choices = choices,
        .tree = plan->doc->tree,
        .computed = &plan->computed,
        .put_computed = values_put_text,
        .context = plan};
}
