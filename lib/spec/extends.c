/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/spec/extends.h"
#include "lib/spec/is_object.h"
#include "lib/util/cleanup.h"

/* One file on the way from the spec to what it inherits. */
struct extends_link {
    const char *path; /* NULL for the spec itself */
    const struct extends_link *from;
    int depth;
};

struct extends_reader {
    const struct spec_context *context;
    struct extends *out;
};

static enum sweep_code extends_add_source(const struct extends_reader *r,
    const struct json_source *source, const struct extends_link *link);

/* --- members ------------------------------------------------------------------------------ */

/* Where the member is linked in its list, or the end of the list. */
static struct json_place **extends_find(struct json_place *object, const char *name)
{
    struct json_place **at = &object->first;
    while (*at != NULL && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    return at;
}

/* The end of a list that members are appended to one after the other. */
static struct json_place **extends_end(struct extends *out, struct json_place *object)
{
    if (out->end_of != object)
        out->end = &object->first;
    out->end_of = object;
    while (*out->end != NULL)
        out->end = &(*out->end)->next;
    return out->end;
}

/* The lists of merged members are copies; what is in the members is not. */
static void extends_free_list(struct json_place *object)
{
    while (object->first != NULL) {
        struct json_place *next = object->first->next;
        free(object->first);
        object->first = next;
    }
}

static bool extends_is_merged(const char *name)
{
    return strcmp(name, "fixed") == 0 || strcmp(name, "slurm") == 0 || strcmp(name, "setup") == 0;
}

static void extends_remove(struct extends *out, struct json_place **at)
{
    struct json_place *old = *at;
    out->end_of = NULL;
    *at = old->next;
    if (extends_is_merged(old->name))
        extends_free_list(old);
    free(old);
}

/* Sets a member of `object`, in its old place if it has one. Null removes what is inherited. */
static enum sweep_code extends_set(struct extends *out, json_t *object, struct json_place *list,
    const struct json_place *member, json_t *value)
{
    struct json_place **at;
    if (json_object_get(object, member->name) != NULL)
        at = extends_find(list, member->name);
    else
        at = extends_end(out, list);
    if (*at != NULL && json_is_null(value)) {
        extends_remove(out, at);
        json_object_del(object, member->name);
        return SWEEP_OK;
    }
    struct json_place *copy = malloc(sizeof *copy);
    if (copy == NULL || json_object_set(object, member->name, value) != 0) {
        free(copy);
        return SWEEP_NO_MEMORY;
    }
    *copy = *member;
    copy->next = NULL;
    if (*at != NULL) {
        copy->next = (*at)->next;
        free(*at);
        out->end_of = NULL;
    }
    *at = copy;
    return SWEEP_OK;
}

/* Sets each member of "fixed", "slurm" or "setup". */
static enum sweep_code extends_merge_object(
    struct extends *out, const struct json_place *member, json_t *value)
{
    struct json_place **at = extends_find(&out->root, member->name);
    json_t *merged = json_object_get(out->merged.value, member->name);
    enum sweep_code code = SWEEP_OK;
    if (*at == NULL) {
        CLEANUP_JSON json_t *empty = json_object();
        struct json_place bare = *member;
        bare.first = NULL;
        if (empty == NULL)
            return SWEEP_NO_MEMORY;
        code = extends_set(out, out->merged.value, &out->root, &bare, empty);
        at = extends_find(&out->root, member->name);
        merged = json_object_get(out->merged.value, member->name);
    }
    for (const struct json_place *one = member->first; one != NULL && code == SWEEP_OK;
         one = one->next)
        code = extends_set(out, merged, *at, one, json_object_get(value, one->name));
    return code;
}

static enum sweep_code extends_set_member(
    struct extends *out, const struct json_place *member, json_t *value)
{
    const json_t *inherited = json_object_get(out->merged.value, member->name);
    bool can_merge = inherited == NULL || json_is_object(inherited);
    if (extends_is_merged(member->name) && json_is_object(value) && can_merge)
        return extends_merge_object(out, member, value);
    if (!extends_is_merged(member->name) || json_is_null(value) || inherited == NULL)
        return extends_set(out, out->merged.value, &out->root, member, value);
    /* A mistake, which is reported where it is read. */
    struct json_place **at = extends_find(&out->root, member->name);
    extends_remove(out, at);
    json_object_del(out->merged.value, member->name);
    return extends_set(out, out->merged.value, &out->root, member, value);
}

/* --- files -------------------------------------------------------------------------------- */

/* "spec ► a.json ► b.json", the file that is extended last. */
static void extends_put_chain(const struct extends_link *link, struct strbuf *out)
{
    if (link->from != NULL) {
        extends_put_chain(link->from, out);
        strbuf_puts(out, " ► ");
    }
    strbuf_puts(out, link->path != NULL ? link->path : "the spec");
}

static enum sweep_code extends_refuse(const struct extends_reader *r,
    const struct sweep_place *place, const struct extends_link *link, const char *message)
{
    CLEANUP_STRBUF struct strbuf chain = {0};
    extends_put_chain(link, &chain);
    if (chain.oom)
        return SWEEP_NO_MEMORY;
    return FINDING_ERROR(r->context->findings, "bad-extends", *place, "/extends", NULL, "%s: %s",
        message, chain.data);
}

/* A path in a file is relative to the directory of that file. */
static char *extends_join(const struct extends_link *from, const char *path)
{
    struct strbuf joined = {0};
    const char *slash = NULL;
    if (path[0] != '/' && from->path != NULL)
        slash = strrchr(from->path, '/');
    if (slash != NULL)
        strbuf_append(&joined, from->path, (size_t)(slash - from->path) + 1);
    strbuf_puts(&joined, path);
    return strbuf_steal(&joined);
}

static enum sweep_code extends_add_file(
    const struct extends_reader *r, const struct placed_value *at, const struct extends_link *from)
{
    const struct sweep_place *place = &at->place->value;
    if (!json_is_string(at->value) || json_string_length(at->value) == 0)
        return FINDING_ERROR(r->context->findings, "wrong-type", *place, "/extends",
            "write \"extends\": \"common.json\"",
            "extends must be a file or a list of files, "
            "got %s",
            value_type_name(at->value));
    CLEANUP_FREE char *path = extends_join(from, json_string_value(at->value));
    if (path == NULL)
        return SWEEP_NO_MEMORY;
    const struct extends_link link = {path, from, from->depth + 1};
    for (const struct extends_link *one = from; one != NULL; one = one->from)
        if (one->path != NULL && strcmp(one->path, path) == 0)
            return extends_refuse(r, place, &link, "these files extend each other in a circle");
    if (link.depth > EXTENDS_MAX_DEPTH)
        return extends_refuse(r, place, &link, "more than 8 files extend each other");
    const struct json_source *source = NULL;
    enum sweep_code code = input_files_read_json(r->context, "/extends", path, place, &source);
    if (code != SWEEP_OK)
        return code;
    code = spec_check_is_object(source, r->context->findings);
    if (code != SWEEP_OK)
        return code;
    return extends_add_source(r, source, &link);
}

/* Adds what the source extends. */
static enum sweep_code extends_add_inherited(const struct extends_reader *r,
    const struct json_source *source, const struct extends_link *link)
{
    const struct json_place *place = json_place_member(source->root, "extends");
    json_t *value = json_object_get(source->value, "extends");
    if (place == NULL)
        return SWEEP_OK;
    const struct placed_value whole = {value, place};
    if (!json_is_array(value))
        return extends_add_file(r, &whole, link);
    enum sweep_code result = SWEEP_OK;
    const struct json_place *item = place->first;
    for (size_t i = 0; item != NULL && result != SWEEP_NO_MEMORY; i++) {
        const struct placed_value one = {json_array_get(value, i), item};
        enum sweep_code code = extends_add_file(r, &one, link);
        if (code != SWEEP_OK)
            result = code;
        item = item->next;
    }
    return result;
}

/* Adds a source on top of what it extends. */
static enum sweep_code extends_add_source(const struct extends_reader *r,
    const struct json_source *source, const struct extends_link *link)
{
    enum sweep_code result = extends_add_inherited(r, source, link);
    const struct json_place *member = source->root->first;
    for (; member != NULL && result != SWEEP_NO_MEMORY; member = member->next) {
        if (strcmp(member->name, "extends") == 0 || json_place_is_comment(member))
            continue;
        enum sweep_code code =
            extends_set_member(r->out, member, json_object_get(source->value, member->name));
        if (code != SWEEP_OK)
            result = code;
    }
    return result;
}

/* What every spec extends; findings about the file as a whole are at the start of the spec. */
static enum sweep_code extends_add_defaults(
    const struct extends_reader *r, const struct json_source *spec, const struct extends_link *link)
{
    CLEANUP_JSON json_t *path = json_string(r->context->defaults);
    const struct placed_value at = {path, spec->root};
    if (path == NULL)
        return SWEEP_NO_MEMORY;
    return extends_add_file(r, &at, link);
}

/* --- entry -------------------------------------------------------------------------------- */

enum sweep_code extends_read(
    const struct json_source *spec, const struct spec_context *context, struct extends *out)
{
    *out = (struct extends){.merged = *spec};
    if (!json_is_object(spec->value)) {
        out->merged.value = json_incref(spec->value);
        return SWEEP_OK;
    }
    out->merged.value = json_object();
    out->merged.root = &out->root;
    out->root = *spec->root;
    out->root.first = NULL;
    if (out->merged.value == NULL)
        return SWEEP_NO_MEMORY;
    const struct extends_reader reader = {context, out};
    const struct extends_link link = {0};
    enum sweep_code code = SWEEP_OK;
    if (context->defaults != NULL)
        code = extends_add_defaults(&reader, spec, &link);
    if (code != SWEEP_OK)
        return code;
    return extends_add_source(&reader, spec, &link);
}

void extends_deinit(struct extends *extends)
{
    for (struct json_place *member = extends->root.first; member != NULL; member = member->next)
        if (extends_is_merged(member->name) &&
            json_is_object(json_object_get(extends->merged.value, member->name)))
            extends_free_list(member);
    extends_free_list(&extends->root);
    json_decref(extends->merged.value);
    *extends = (struct extends){0};
}
