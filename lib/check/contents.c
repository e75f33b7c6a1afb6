/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/checkpoint_contents.h"
#include "lib/check/contents.h"
#include "lib/check/json_head.h"
#include "lib/check/tokenizer_kind.h"
#include "lib/util/cleanup.h"

enum { CONTENTS_MAX_FILES = 4096, CONTENTS_MAX_KEYS = 10000 };

static void contents_clear(struct contents *contents)
{
    free(contents->key);
    free(contents->wrong);
    json_decref(contents->facts);
}

void contents_cache_deinit(struct contents_cache *cache)
{
    for (size_t i = 0; i < cache->count; i++)
        contents_clear(&cache->items[i]);
    free(cache->items);
    *cache = (struct contents_cache){0};
}

/* --- JSON objects ------------------------------------------------------------------------- */

/* The keys of an object that is being read. */
struct contents_object {
    json_t *keys;
    bool oom;
};

/* Only numbers are compared; of objects, such as "text_config", those inside. */
static bool contents_add_key(void *context, struct json_head *json, const char *key)
{
    struct contents_object *object = context;
    json_t *kept = NULL;
    /* A value that is too large to be read at once: what is inside does not matter. */
    CLEANUP_JSON json_t *value = json_head_value(json);
    if (value == NULL || json_object_size(object->keys) >= CONTENTS_MAX_KEYS)
        return false;
    if (json_is_number(value) || (json_is_object(value) && json_object_size(value) < 100))
        kept = json_incref(value);
    else
        kept = json_null();
    if (json_object_set_new(object->keys, key, kept) != 0)
        object->oom = true;
    return !object->oom;
}

static void contents_read_object(
    const struct file_head *head, struct contents *out, struct strbuf *wrong)
{
    struct json_head json = json_head_begin(head);
    const char *other = file_head_other(head);
    CLEANUP_JSON json_t *keys = json_object();
    struct contents_object object = {.keys = keys, .oom = keys == NULL};
    if (other != NULL) {
        strbuf_puts(wrong, other);
        return;
    }
    if (json_head_peek(&json) != '{') {
        strbuf_puts(wrong, "is not a JSON object: it ");
        file_head_quote(head, wrong);
        return;
    }
    out->whole = json_head_object(&json, contents_add_key, &object);
    if (json.wrong.length > 0)
        strbuf_printf(wrong, "has a mistake: %s", json.wrong.data);
    if (json.wrong.oom || object.oom)
        wrong->oom = true;
    strbuf_deinit(&json.wrong);
    out->facts = json_incref(keys);
}

/* --- files -------------------------------------------------------------------------------- */

static void contents_read_head(
    const struct contents_file *file, struct contents *out, struct strbuf *wrong)
{
    struct file_head head;
    out->failure = file_head_read(file->path, &head);
    if (out->failure != 0)
        return;
    if (file->format == FORMAT_RECORDS)
        out->facts = data_columns_read(&head, &file->data, wrong);
    else if (file->format == FORMAT_JSON)
        contents_read_object(&head, out, wrong);
    else
        tokenizer_kind_check(&head, file->format, wrong);
    file_head_deinit(&head);
}

static const char *contents_text(const char *text)
{
    return text != NULL ? text : "";
}

/* The key has everything that the result depends on. */
static char *contents_key(const struct contents_file *file)
{
    struct strbuf key = {0};
    strbuf_printf(&key, "%d\n%s\n%s\n%s\n%s", (int)file->format, contents_text(file->data.loader),
        contents_text(file->data.delimiter), contents_text(file->data.field), file->path);
    return strbuf_steal(&key);
}

/* A place for one more, or NULL. */
static struct contents *contents_add(struct contents_cache *cache)
{
    if (cache->count == CONTENTS_MAX_FILES)
        contents_cache_deinit(cache);
    struct contents *all = realloc(cache->items, (cache->count + 1) * sizeof *all);
    if (all == NULL)
        return NULL;
    cache->items = all;
    return &all[cache->count];
}

const struct contents *contents_read(struct contents_cache *cache, const struct contents_file *file)
{
    CLEANUP_STRBUF struct strbuf wrong = {0};
    CLEANUP_FREE char *key = contents_key(file);
    if (key == NULL)
        return NULL;
    for (size_t i = cache->count; i-- > 0;)
        if (strcmp(cache->items[i].key, key) == 0)
            return &cache->items[i];
    struct contents *new = contents_add(cache);
    if (new == NULL)
        return NULL;
    *new = (struct contents){0};
    if (file->format == FORMAT_WEIGHTS)
        new->facts = checkpoint_contents_read(file->path, &wrong, &new->failure);
    else
        contents_read_head(file, new, &wrong);
    if (wrong.oom || new->failure == ENOMEM) {
        contents_clear(new);
        return NULL;
    }
    if (wrong.length > 0)
        new->wrong = strbuf_steal(&wrong);
    new->key = key;
    key = NULL;
    cache->count++;
    return new;
}
