/* SPDX-License-Identifier: Apache-2.0
 *
 * Saves the config of a builder, and its metadata next to it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/builder.h"
#include "lib/config/metadata.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/text.h"

/* The metadata being collected. */
struct saving {
    json_t *object;
    bool oom;
};

/* Adds a member and takes the value over; NULL is a lack of memory. */
static void save_add(struct saving *s, const char *key, json_t *value)
{
    if (value == NULL || json_object_set_new(s->object, key, value) != 0)
        s->oom = true;
}

static void save_add_string(struct saving *s, const char *key, const char *value)
{
    save_add(s, key, json_string(value));
}

static void save_add_path(struct saving *s, const char *key, const char *path, const char *home)
{
    CLEANUP_FREE char *shown = metadata_hide_home(path, home);
    if (shown == NULL)
        s->oom = true;
    else
        save_add_string(s, key, shown);
}

/* "file", "dict", "previous", or for a base config of the trainer "torchtune_shipped". */
static void save_add_kind(struct saving *s, const char *key, const struct sweep_builder *builder,
    enum sweep_source_kind kind)
{
    CLEANUP_STRBUF struct strbuf shipped = {0};
    switch (kind) {
    case SWEEP_SOURCE_BASE:
        strbuf_printf(&shipped, "%s" METADATA_SHIPPED, sweep_trainer_name(builder->trainer));
        if (shipped.oom)
            s->oom = true;
        else
            save_add_string(s, key, shipped.data);
        break;
    case SWEEP_SOURCE_FILE:
        save_add_string(s, key, "file");
        break;
    case SWEEP_SOURCE_OBJECT:
        save_add_string(s, key, "dict");
        break;
    case SWEEP_SOURCE_PREVIOUS:
        save_add_string(s, key, "previous");
        break;
    }
}

/* What the config was made from. */
static void save_add_source(
    struct saving *s, const struct sweep_builder *builder, const struct sweep_save_options *options)
{
    save_add_kind(s, "source_type", builder, builder->kind);
    if (builder->kind == SWEEP_SOURCE_FILE || builder->kind == SWEEP_SOURCE_PREVIOUS)
        save_add_path(s, "source_file", builder->origin, options->home);
    save_add_kind(s, "base_type", builder, builder->base_kind);
    if (builder->base_kind == SWEEP_SOURCE_BASE)
        save_add_string(s, "base_config", builder->base_origin);
    else if (builder->base_kind == SWEEP_SOURCE_FILE)
        save_add_path(s, "base_file", builder->base_origin, options->home);
    else
        save_add(s, "base_object", json_deep_copy(builder->base->tree));
    save_add_string(s, "base_sha256", builder->sha256);
}

static void save_add_program(
    struct saving *s, const struct sweep_builder *builder, const struct sweep_save_options *options)
{
    CLEANUP_STRBUF struct strbuf profile = {0};
    strbuf_printf(&profile, "%s %s", sweep_trainer_name(builder->trainer),
        sweep_trainer_version(builder->trainer));
    save_add_string(s, "sweepd_version", SWEEP_VERSION);
    if (profile.oom)
        s->oom = true;
    else
        save_add_string(s, "profile", profile.data);
    if (options->generated_at != NULL)
        save_add_string(s, "generated_at", options->generated_at);
    if (options->git_commit != NULL)
        save_add(s, "git",
            json_pack(
                "{s:s, s:b}", "commit", options->git_commit, "dirty", (int)options->git_dirty));
}

/* All operations together: a nested mapping of what they set, a list of what they remove. */
static enum sweep_code save_add_changes(struct saving *s, const struct sweep_builder *builder)
{
    struct operations changes = {0};
    enum sweep_code code =
        merge_difference(builder->base->tree, builder->tree, MERGE_WHOLE_LISTS, &changes);
    json_t *overrides = json_object(), *deletions = json_array();
    if (overrides == NULL || deletions == NULL)
        code = SWEEP_NO_MEMORY;
    for (size_t i = 0; code == SWEEP_OK && i < changes.count; i++) {
        const struct operation *change = &changes.items[i];
        if (change->value != NULL)
            code = merge_apply(overrides, change);
        else if (json_array_append_new(deletions, json_string(change->path)) != 0)
            code = SWEEP_NO_MEMORY;
    }
    operations_deinit(&changes);
    save_add(s, "overrides", overrides);
    save_add(s, "deletions", deletions);
    save_add(s, "operations", json_deep_copy(builder->operations));
    return code;
}

/* The local data file that the config names, or NULL. */
static const char *save_data_file(const struct sweep_builder *builder)
{
    const struct profile *profile = &builder->trainer->profile;
    for (size_t i = 0; i < profile->n_parameters; i++) {
        const struct data_paths *data = profile->parameters[i].data;
        if (data == NULL)
            continue;
        const json_t *value = path_get(builder->tree, data->files);
        const char *file = json_string_value(value);
        if (file != NULL && strstr(file, "://") == NULL &&
            !dialect_is_interpolation(&profile->dialect, value))
            return file;
    }
    return NULL;
}

/* Size and digest of the data file. */
static enum sweep_code save_add_provenance(struct saving *s, const struct sweep_builder *builder,
    const struct sweep_save_options *options, struct sweep_error *error)
{
    const char *path = save_data_file(builder);
    char hex[DIGEST_HEX];
    uint64_t size;
    if (!options->provenance || path == NULL)
        return SWEEP_OK;
    enum sweep_code code = file_digest(path, &size, hex, error);
    if (code != SWEEP_OK)
        return code;
    struct saving data = {json_pack("{s:I, s:s}", "bytes", (json_int_t)size, "sha256", hex), false};
    if (data.object == NULL)
        return SWEEP_NO_MEMORY;
    save_add_path(&data, "file", path, options->home);
    save_add(s, "data_provenance", data.object);
    return data.oom ? SWEEP_NO_MEMORY : SWEEP_OK;
}

/* Writes the metadata of a config whose text has the digest `sha256`. */
static enum sweep_code save_write_metadata(const struct sweep_builder *builder,
    const struct sweep_save_options *options, const char *sha256, struct strbuf *out,
    struct sweep_error *error)
{
    CLEANUP_JSON json_t *object = json_pack("{s:s}", "metadata_version", METADATA_VERSION);
    struct saving s = {object, object == NULL};
    save_add_source(&s, builder, options);
    save_add_string(&s, "config_sha256", sha256);
    save_add_program(&s, builder, options);
    enum sweep_code code = save_add_changes(&s, builder);
    if (code == SWEEP_OK)
        code = save_add_provenance(&s, builder, options, error);
    if (code == SWEEP_OK && s.oom)
        code = SWEEP_NO_MEMORY;
    if (code != SWEEP_OK)
        return sweep_error_set(error, code, "out of memory");
    strbuf_puts(out, "# What the config of this name was made from, and how.\n");
    value_write_document(out, object);
    if (out->oom)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    return SWEEP_OK;
}

/* Metadata is YAML, which is UTF-8; paths need not be. */
static enum sweep_code save_check_strings(const struct sweep_builder *builder,
    const struct sweep_save_options *options, struct sweep_error *error)
{
    const char *strings[] = {
        builder->origin, builder->base_origin, options->generated_at, options->git_commit};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        size_t length = strings[i] != NULL ? strlen(strings[i]) : 0;
        if (length > 0 && utf8_valid_prefix(strings[i], length) != length)
            return sweep_error_set(
                error, SWEEP_INVALID, "cannot write metadata: \"%s\" is not UTF-8", strings[i]);
    }
    return SWEEP_OK;
}

enum sweep_code sweep_builder_save(const struct sweep_builder *builder, const char *path,
    const struct sweep_save_options *options, struct sweep_error *error)
{
    assert(path != NULL);
    static const struct sweep_save_options defaults = {0};
    if (options == NULL)
        options = &defaults;
    CLEANUP_FREE char *text = NULL;
    CLEANUP_FREE char *metadata_file = metadata_path(path), *metadata_target = NULL;
    CLEANUP_STRBUF struct strbuf metadata = {0};
    size_t length;
    char hex[DIGEST_HEX];
    enum sweep_code code = sweep_builder_text(builder, &text, &length, error);
    if (code != SWEEP_OK)
        return code;
    if (metadata_file == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    digest_of(text, length, hex);
    if (options->metadata)
        code = save_check_strings(builder, options, error);
    if (code == SWEEP_OK && options->metadata)
        code = save_write_metadata(builder, options, hex, &metadata, error);
    if (code == SWEEP_OK && options->metadata) /* not only after the config was replaced */
        code = file_target(metadata_file, &metadata_target, error);
    /* The config first: metadata of an older config is recognised by its digest. */
    if (code == SWEEP_OK)
        code = file_replace(path, text, length, error);
    if (code == SWEEP_OK && options->metadata)
        code = file_replace(metadata_file, metadata.data, metadata.length, error);
    return code;
}
