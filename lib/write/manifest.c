/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "lib/plan/growth.h"
#include "lib/util/cleanup.h"
#include "lib/write/manifest.h"

/* Which part of the spec's runs the sweep holds. */
static bool manifest_add_growth(json_t *head, const struct sweep_plan *plan)
{
    uint64_t inherited = plan->growth->n_runs - plan->growth->n_new;
    return json_object_set_new(head, "input", json_string(plan->input_digest)) == 0 &&
           json_object_set_new(head, "first", json_integer((json_int_t)plan->first)) == 0 &&
           json_object_set_new(head, "inherited", json_integer((json_int_t)inherited)) == 0;
}

/* Everything except the list of files; a new reference, NULL if memory is exhausted. */
static json_t *manifest_head(const struct writer *w, int64_t created)
{
    const struct sweep_plan *plan = w->plan;
    const struct spec *spec = &plan->spec;
    char base_digest[DIGEST_HEX];
    digest_of(plan->base_text, plan->base_length, base_digest);
    json_t *head = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:{s:s, s:s}, s:{s:s, s:s}, s:I, s:I}",
        "format", "sweepd-manifest-1", "sweepd", SWEEP_VERSION, "name", spec->name, "digest",
        plan->digest, "runs", (json_int_t)spec->runs, "recipe", plan->recipe, "trainer", "name",
        sweep_trainer_name(plan->trainer), "version", sweep_trainer_version(plan->trainer), "base",
        "name", plan_base(plan), "sha256", base_digest, "n_files", (json_int_t)w->stage->files,
        "n_bytes", (json_int_t)w->stage->bytes);
    if (head == NULL)
        return NULL;
    bool oom = false;
    if (spec->description != NULL &&
        json_object_set_new(head, "description", json_string(spec->description)) != 0)
        oom = true;
    if (spec->tags != NULL && json_object_set(head, "tags", spec->tags) != 0)
        oom = true;
    if (plan->then != NULL && json_object_set_new(head, "then",
                                  json_pack("{s:s, s:s}", "recipe", plan->then->recipe, "base",
                                      plan_base(plan->then))) != 0)
        oom = true;
    if (spec->is_packed && json_object_set_new(head, "layout", json_string("packed")) != 0)
        oom = true;
    if (growth_is_partial(plan) && !manifest_add_growth(head, plan))
        oom = true;
    if (created >= 0 && json_object_set_new(head, "created", json_integer(created)) != 0)
        oom = true;
    if (oom) {
        json_decref(head);
        return NULL;
    }
    return head;
}

enum sweep_code manifest_write(struct writer *w, int64_t created)
{
    CLEANUP_JSON json_t *head = manifest_head(w, created);
    if (head == NULL)
        return writer_no_memory(w);
    CLEANUP_FREE char *text = json_dumps(head, JSON_INDENT(1) | JSON_ENSURE_ASCII);
    /* json_dumps() may leave something out when memory is exhausted, and not tell. */
    CLEANUP_JSON json_t *again = NULL;
    if (text != NULL)
        again = json_loads(text, 0, NULL);
    if (again == NULL || !json_equal(again, head))
        return writer_no_memory(w);
    /* The list of files goes in front of the closing brace as text, in the form that json_dumps()
     * would give it: a tree of it would take most of the memory of a large sweep. The stage ends
     * each line with a comma; the last one must not have it. */
    const struct strbuf *files = &w->stage->digests;
    strbuf_append(&w->text, text, strlen(text) - strlen("\n}"));
    strbuf_puts(&w->text, ",\n \"files\": {\n");
    strbuf_append(&w->text, files->data, files->length - strlen(",\n"));
    strbuf_puts(&w->text, "\n }\n}\n");
    return writer_flush(w, "manifest.json");
}

json_t *manifest_load(const char *path, bool *oom)
{
    CLEANUP_STRBUF struct strbuf file = {0};
    json_error_t reason;
    strbuf_printf(&file, "%s/manifest.json", path);
    if (file.oom) {
        *oom = true;
        return NULL;
    }
    errno = 0;
    json_t *manifest = json_load_file(file.data, 0, &reason);
    /* jansson does not always say that it ran out of memory: then its message is empty. */
    if (manifest == NULL && (reason.text[0] == '\0' || errno == ENOMEM))
        *oom = true;
    return manifest;
}

bool manifest_is_same_sweep(const char *path, const struct sweep_plan *plan)
{
    bool oom = false;
    CLEANUP_JSON json_t *manifest = manifest_load(path, &oom);
    const char *digest = json_string_value(json_object_get(manifest, "digest"));
    return digest != NULL && strcmp(digest, plan->digest) == 0;
}

enum sweep_code manifest_read_recipe(const char *path, char **recipe)
{
    bool oom = false;
    CLEANUP_JSON json_t *manifest = manifest_load(path, &oom);
    const char *name = json_string_value(json_object_get(manifest, "recipe"));
    *recipe = NULL;
    if (name != NULL) {
        *recipe = strdup(name);
        if (*recipe == NULL)
            oom = true;
    }
    if (oom)
        return SWEEP_NO_MEMORY;
    return SWEEP_OK;
}
