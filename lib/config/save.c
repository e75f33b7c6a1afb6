/* SPDX-License-Identifier: Apache-2.0
 *
 * A builder's config on disk, with its metadata beside it.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/config/builder.h"
#include "lib/config/metadata.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/text.h"

/* Adds a member that must not fail; takes the value over. */
static bool add(json_t *object, const char *key, json_t *value)
{
    return value != NULL && json_object_set_new(object, key, value) == 0;
}

static bool add_path(json_t *object, const char *key, const char *path, const char *home)
{
    CLEANUP_FREE char *shown = metadata_hide_home(path, home);
    return shown != NULL && add(object, key, json_string(shown));
}

/* What the config was made from. */
static bool add_source(
    json_t *object, const struct sweep_builder *builder, const struct sweep_save_options *options)
{
    static const char *const types[] = {"torchtune_shipped", "file", "dict", "previous"};
    bool good = add(object, "source_type", json_string(types[builder->kind]));
    if (builder->kind == SWEEP_SOURCE_FILE || builder->kind == SWEEP_SOURCE_PREVIOUS)
        good = good && add_path(object, "source_file", builder->origin, options->home);
    good = good && add(object, "base_type", json_string(types[builder->base_kind]));
    if (builder->base_kind == SWEEP_SOURCE_BASE)
        good = good && add(object, "base_config", json_string(builder->base_origin));
    else if (builder->base_kind == SWEEP_SOURCE_FILE)
        good = good && add_path(object, "base_file", builder->base_origin, options->home);
    else
        good = good && add(object, "base_object", json_deep_copy(builder->base->tree));
    return good && add(object, "base_sha256", json_string(builder->sha256));
}

/* The sum of the operations: a nested mapping of what is set, a list of what is gone. */
static enum sweep_code add_changes(json_t *object, const struct sweep_builder *builder)
{
    struct operations changes = {0};
    enum sweep_code code = merge_difference(builder->base->tree, builder->tree, &changes);
    CLEANUP_JSON json_t *overrides = json_object(), *deletions = json_array();
    bool good = overrides != NULL && deletions != NULL;
    for (size_t i = 0; code == SWEEP_OK && good && i < changes.count; i++)
        good = changes.items[i].value != NULL
                   ? merge_apply(overrides, &changes.items[i]) == SWEEP_OK
                   : json_array_append_new(deletions, json_string(changes.items[i].path)) == 0;
    operations_deinit(&changes);
    good = good && add(object, "overrides", json_incref(overrides)) &&
           add(object, "deletions", json_incref(deletions)) &&
           add(object, "operations", json_deep_copy(builder->operations));
    return code != SWEEP_OK ? code : good ? SWEEP_OK : SWEEP_NO_MEMORY;
}

/* Size and digest of a local data file that the config names. */
static enum sweep_code add_provenance(json_t *object, const struct sweep_builder *builder,
    const struct sweep_save_options *options, struct sweep_error *error)
{
    const char *path = json_string_value(path_get(builder->tree, "dataset.data_files"));
    char hex[DIGEST_HEX];
    uint64_t size;
    if (!options->provenance || path == NULL || strstr(path, "://") != NULL ||
        strstr(path, "${") != NULL)
        return SWEEP_OK;
    enum sweep_code code = file_digest(path, &size, hex, error);
    if (code != SWEEP_OK)
        return code;
    CLEANUP_JSON json_t *data = json_pack("{s:I, s:s}", "bytes", (json_int_t)size, "sha256", hex);
    bool good = data != NULL && add_path(data, "file", path, options->home) &&
                add(object, "data_provenance", json_incref(data));
    return good ? SWEEP_OK : sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
}

/* The metadata as a text. */
static enum sweep_code write_metadata(const struct sweep_builder *builder,
    const struct sweep_save_options *options, const char *config_sha256, struct strbuf *out,
    struct sweep_error *error)
{
    const struct sweep_trainer *trainer = builder->trainer;
    CLEANUP_STRBUF struct strbuf profile = {0};
    strbuf_printf(&profile, "%s %s", sweep_trainer_name(trainer), sweep_trainer_version(trainer));
    CLEANUP_JSON json_t *object = json_pack("{s:s}", "metadata_version", METADATA_VERSION);
    bool good = object != NULL && !profile.oom && add_source(object, builder, options) &&
                add(object, "config_sha256", json_string(config_sha256)) &&
                add(object, "sweepd_version", json_string(SWEEP_VERSION)) &&
                add(object, "profile", json_string(profile.data));
    if (options->generated_at != NULL)
        good = good && add(object, "generated_at", json_string(options->generated_at));
    if (options->git_commit != NULL)
        good = good && add(object, "git",
                           json_pack("{s:s, s:b}", "commit", options->git_commit, "dirty",
                               options->git_dirty));
    enum sweep_code code = good ? add_changes(object, builder) : SWEEP_NO_MEMORY;
    if (code == SWEEP_OK)
        code = add_provenance(object, builder, options, error);
    if (code != SWEEP_OK)
        return sweep_error_set(error, code, "out of memory");
    strbuf_puts(out, "# What the config of this name was made from, and how.\n");
    value_write_document(out, object);
    return out->oom ? sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory") : SWEEP_OK;
}

/* Metadata is YAML, which is UTF-8; paths need not be. */
static enum sweep_code check_texts(const struct sweep_builder *builder,
    const struct sweep_save_options *options, struct sweep_error *error)
{
    const char *texts[] = {
        builder->origin, builder->base_origin, options->generated_at, options->git_commit};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i] != NULL && utf8_valid_prefix(texts[i], strlen(texts[i])) != strlen(texts[i]))
            return sweep_error_set(
                error, SWEEP_INVALID, "cannot write metadata: \"%s\" is not UTF-8", texts[i]);
    return SWEEP_OK;
}

enum sweep_code sweep_builder_save(const struct sweep_builder *builder, const char *path,
    const struct sweep_save_options *options, struct sweep_error *error)
{
    static const struct sweep_save_options none = {0};
    options = options != NULL ? options : &none;
    CLEANUP_FREE char *text = NULL, *beside = metadata_path(path);
    CLEANUP_STRBUF struct strbuf metadata = {0};
    size_t length;
    char hex[DIGEST_HEX];
    enum sweep_code code = sweep_builder_text(builder, &text, &length, error);
    if (code != SWEEP_OK)
        return code;
    if (beside == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    digest_of(text, length, hex);
    if (options->metadata)
        code = check_texts(builder, options, error);
    if (code == SWEEP_OK && options->metadata)
        code = write_metadata(builder, options, hex, &metadata, error);
    /* The config first: metadata that is not its own yet is recognised by the digest. */
    if (code == SWEEP_OK)
        code = file_replace(path, text, length, error);
    if (code == SWEEP_OK && options->metadata)
        code = file_replace(beside, metadata.data, metadata.length, error);
    return code;
}
