/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a builder starts from.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/builder.h"
#include "lib/config/metadata.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/findings/findings.h"

static struct sweep_builder *source_new(
    const struct sweep_trainer *trainer, enum sweep_source_kind kind, const char *origin)
{
    struct sweep_builder *builder = calloc(1, sizeof *builder);
    if (builder == NULL)
        return NULL;
    builder->trainer = trainer;
    builder->kind = builder->base_kind = kind;
    builder->operations = json_array();
    builder->findings = sweep_findings_new();
    if (origin != NULL)
        builder->origin = strdup(origin);
    if (builder->operations == NULL || builder->findings == NULL ||
        (origin != NULL && builder->origin == NULL)) {
        sweep_builder_free(builder);
        return NULL;
    }
    return builder;
}

void sweep_builder_free(struct sweep_builder *builder)
{
    if (builder == NULL)
        return;
    yaml_doc_free(builder->base);
    json_decref(builder->tree);
    json_decref(builder->operations);
    sweep_findings_free(builder->findings);
    free(builder->origin);
    free(builder->base_origin);
    free(builder);
}

/* Makes the first error among the findings the error of the builder. */
static struct sweep_builder *source_fail_as_found(struct sweep_builder *builder, const char *file)
{
    const struct sweep_finding *first = NULL;
    if (findings_oom(builder->findings))
        return builder_fail(builder, SWEEP_NO_MEMORY, "out of memory");
    for (size_t i = 0; first == NULL || first->severity != SWEEP_ERROR; i++) {
        first = sweep_findings_get(builder->findings, i);
        if (first == NULL) /* there was no memory to keep it */
            return builder_fail(builder, SWEEP_NO_MEMORY, "out of memory");
    }
    return builder_fail(builder, SWEEP_INVALID, "%s:%u:%u: %s", file, first->place.line,
        first->place.column, first->message);
}

/* Parses the text that the operations apply to. `origin` is the base's name or path, or NULL. */
static struct sweep_builder *source_read_text(
    struct sweep_builder *builder, const char *origin, const char *text, size_t length)
{
    const char *file = origin != NULL ? origin : "config";
    const struct yaml_input input = {
        .text = text, .length = length, .file = file, .dialect = builder->trainer->profile.dialect};
    enum sweep_code code = yaml_parse_input(&input, builder->findings, &builder->base);
    if (code == SWEEP_INVALID)
        return source_fail_as_found(builder, file);
    if (origin != NULL)
        builder->base_origin = strdup(origin);
    if (code == SWEEP_OK)
        builder->tree = json_deep_copy(builder->base->tree);
    if (builder->tree == NULL || (origin != NULL && builder->base_origin == NULL) ||
        findings_oom(builder->findings))
        return builder_fail(builder, SWEEP_NO_MEMORY, "out of memory");
    digest_of(text, length, builder->sha256);
    return builder;
}

/* --- the three kinds of base -------------------------------------------------------------- */

static struct sweep_builder *source_read_base(struct sweep_builder *builder, const char *name)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    enum sweep_origin origin;
    struct sweep_error error = {0};
    enum sweep_code code =
        sweep_trainer_base_text(builder->trainer, name, &text, &length, &origin, &error);
    builder->base_kind = SWEEP_SOURCE_BASE;
    if (code != SWEEP_OK)
        return builder_fail(builder, code, "%s", error.message);
    return source_read_text(builder, name, text, length);
}

static struct sweep_builder *source_read_file(struct sweep_builder *builder, const char *path)
{
    CLEANUP_FREE char *text = NULL;
    size_t length;
    struct sweep_error error = {0};
    enum sweep_code code = file_read(path, YAML_MAX_BYTES, &text, &length, &error);
    builder->base_kind = SWEEP_SOURCE_FILE;
    if (code != SWEEP_OK)
        return builder_fail(builder, code, "%s", error.message);
    return source_read_text(builder, path, text, length);
}

static struct sweep_builder *source_read_object(struct sweep_builder *builder, const json_t *object)
{
    builder->base_kind = SWEEP_SOURCE_OBJECT;
    if (!json_is_object(object))
        return builder_fail(builder, SWEEP_INVALID, "TypeError: config must be dict, got %s",
            value_type_name(object));
    const char *refusal = builder_refusal(object, BUILDER_MAX_LEVELS);
    if (refusal != NULL)
        return builder_fail(builder, SWEEP_INVALID, "ValueError: the config %s", refusal);
    CLEANUP_STRBUF struct strbuf text = {0};
    value_write_document(&text, object);
    strbuf_append(&text, "", 0);
    if (text.oom)
        return builder_fail(builder, SWEEP_NO_MEMORY, "out of memory");
    return source_read_text(builder, NULL, text.data, text.length);
}

struct sweep_builder *sweep_builder_from_base(const struct sweep_trainer *trainer, const char *name)
{
    assert(trainer != NULL);
    struct sweep_builder *builder = source_new(trainer, SWEEP_SOURCE_BASE, name);
    if (builder == NULL)
        return NULL;
    return source_read_base(builder, name != NULL ? name : "");
}

/* The absolute path if the file exists, else a copy. The caller's. */
static char *source_absolute(const char *path)
{
    char *real = realpath(path, NULL);
    if (real != NULL || errno == ENOMEM)
        return real;
    return strdup(path);
}

struct sweep_builder *sweep_builder_from_file(const struct sweep_trainer *trainer, const char *path)
{
    assert(trainer != NULL);
    CLEANUP_FREE char *full = source_absolute(path != NULL ? path : "");
    if (full == NULL)
        return NULL;
    struct sweep_builder *builder = source_new(trainer, SWEEP_SOURCE_FILE, full);
    if (builder == NULL)
        return NULL;
    return source_read_file(builder, full);
}

struct sweep_builder *sweep_builder_from_object(
    const struct sweep_trainer *trainer, const json_t *config)
{
    assert(trainer != NULL);
    struct sweep_builder *builder = source_new(trainer, SWEEP_SOURCE_OBJECT, NULL);
    if (builder == NULL)
        return NULL;
    return source_read_object(builder, config);
}

void sweep_builder_source(const struct sweep_builder *builder, struct sweep_source *out)
{
    assert(out != NULL);
    *out = (struct sweep_source){0};
    if (builder != NULL)
        *out = (struct sweep_source){builder->kind, builder->origin, builder->sha256};
}

/* --- earlier runs ------------------------------------------------------------------------- */

static const char *source_string(const json_t *metadata, const char *key)
{
    return json_string_value(json_object_get(metadata, key));
}

/* Reads the metadata of a config. NULL without an error if there is none. */
static json_t *source_read_metadata(struct sweep_builder *builder, const char *config)
{
    CLEANUP_FREE char *path = metadata_path(config), *text = NULL;
    size_t length;
    struct sweep_error error = {0};
    json_t *metadata = NULL;
    enum sweep_code code = SWEEP_NO_MEMORY;
    if (path != NULL)
        code = file_read(path, YAML_MAX_BYTES, &text, &length, &error);
    if (code == SWEEP_NOT_FOUND)
        return NULL;
    if (code == SWEEP_OK)
        code = metadata_parse(text, length, path, builder->findings, &metadata);
    if (code == SWEEP_INVALID)
        source_fail_as_found(builder, path);
    else if (code == SWEEP_NO_MEMORY)
        builder_fail(builder, code, "out of memory");
    else if (code != SWEEP_OK)
        builder_fail(builder, code, "%s", error.message);
    return metadata;
}

/* True if the metadata was written for the config at `path` as it is now. */
static bool source_matches(struct sweep_builder *builder, const char *path, const json_t *metadata)
{
    char hex[DIGEST_HEX];
    uint64_t size;
    struct sweep_error error = {0};
    if (file_digest(path, &size, hex, &error) != SWEEP_OK) {
        builder_fail(builder, error.code, "%s", error.message);
        return false;
    }
    return strcmp(hex, source_string(metadata, "config_sha256")) == 0;
}

static void source_read_previous_base(
    struct sweep_builder *builder, const json_t *metadata, const char *home)
{
    const char *type = source_string(metadata, "base_type");
    if (metadata_is_shipped(type))
        source_read_base(builder, source_string(metadata, "base_config"));
    else if (strcmp(type, "file") == 0) {
        CLEANUP_FREE char *path = metadata_show_home(source_string(metadata, "base_file"), home);
        if (path == NULL)
            builder_fail(builder, SWEEP_NO_MEMORY, "out of memory");
        else
            source_read_file(builder, path);
    } else
        source_read_object(builder, json_object_get(metadata, "base_object"));
}

/* Repeats the calls of an earlier run, in order. */
static void source_replay_calls(struct sweep_builder *builder, const json_t *operations)
{
    size_t index;
    json_t *item;
    json_array_foreach (operations, index, item) {
        const json_t *object = json_object_get(item, "override");
        const char *path = source_string(item, "delete");
        if (object != NULL)
            sweep_builder_override(builder, object);
        else if (path != NULL)
            sweep_builder_delete(builder, path);
        else
            sweep_with(builder, source_string(item, "with"), json_object_get(item, "argument"));
    }
}

/* Applies what the calls of an earlier run changed together. One of them may have set null and the
 * next a value of another type, so types are not checked. */
static void source_replay_sum(struct sweep_builder *builder, const json_t *metadata)
{
    size_t index;
    const char *key;
    json_t *item;
    enum sweep_code code = SWEEP_OK;
    json_array_foreach (json_object_get(metadata, "deletions"), index, item)
        if (code == SWEEP_OK)
            code = builder_change(builder, json_string_value(item), NULL);
    json_object_foreach (json_object_get(metadata, "overrides"), key, item)
        if (code == SWEEP_OK)
            code = builder_change(builder, key, item);
    if (code == SWEEP_NO_MEMORY)
        builder_fail(builder, code, "out of memory");
    else if (code != SWEEP_OK)
        builder_fail(builder, code, "the overrides or deletions do not fit the base");
}

/* Repeats the operations of an earlier run and compares the result: metadata that was edited, or
 * lost a part, can be valid and still make another config. */
static void source_replay(
    struct sweep_builder *builder, const char *path, const json_t *metadata, bool same_base)
{
    const json_t *operations = json_object_get(metadata, "operations");
    CLEANUP_FREE char *text = NULL;
    size_t length;
    char hex[DIGEST_HEX];
    if (operations != NULL)
        source_replay_calls(builder, operations);
    else
        source_replay_sum(builder, metadata);
    if (builder->error.code == SWEEP_INVALID) {
        struct sweep_error inner = builder->error;
        builder->error = (struct sweep_error){0};
        builder_fail(builder, inner.code, "%.400s: its metadata cannot be applied: %.500s", path,
            inner.message);
    }
    if (builder->error.code != SWEEP_OK || !same_base)
        return;
    struct sweep_error error = {0};
    if (sweep_builder_text(builder, &text, &length, &error) != SWEEP_OK) {
        builder_fail(builder, error.code, "%s", error.message);
        return;
    }
    digest_of(text, length, hex);
    if (strcmp(hex, source_string(metadata, "config_sha256")) != 0)
        builder_fail(builder, SWEEP_INVALID,
            "the metadata next to %s is damaged: it makes another config", path);
}

/* Says why there is no metadata that can be used. */
static struct sweep_builder *source_fail_metadata(
    struct sweep_builder *builder, const char *path, const json_t *metadata)
{
    if (metadata == NULL)
        return builder_fail(builder, SWEEP_NOT_FOUND, "%s has no metadata file next to it", path);
    return builder_fail(builder, SWEEP_INVALID,
        "the metadata next to %s is of another config: this one was changed or replaced", path);
}

static struct sweep_builder *source_read_previous(
    struct sweep_builder *builder, const char *path, const char *home, unsigned flags)
{
    CLEANUP_JSON json_t *metadata = source_read_metadata(builder, path);
    if (builder->error.code != SWEEP_OK)
        return builder;
    bool is_own = metadata != NULL && source_matches(builder, path, metadata);
    if (builder->error.code != SWEEP_OK)
        return builder;
    if (!is_own && (flags & SWEEP_PREVIOUS_WITHOUT_METADATA) != 0)
        return source_read_file(builder, path);
    if (!is_own)
        return source_fail_metadata(builder, path, metadata);
    source_read_previous_base(builder, metadata, home);
    if (builder->error.code != SWEEP_OK)
        return builder;
    const char *before = source_string(metadata, "base_sha256");
    const char *base = builder->base_origin != NULL ? builder->base_origin : "object";
    bool same_base = strcmp(before, builder->sha256) == 0;
    if (!same_base && (flags & SWEEP_PREVIOUS_NEW_BASE) == 0)
        return builder_fail(builder, SWEEP_INVALID,
            "the base %s of %s has changed: its SHA-256 was %s and is %s", base, path, before,
            builder->sha256);
    source_replay(builder, path, metadata, same_base);
    return builder;
}

struct sweep_builder *sweep_builder_from_previous(
    const struct sweep_trainer *trainer, const char *path, const char *home, unsigned flags)
{
    assert(trainer != NULL);
    CLEANUP_FREE char *full = source_absolute(path != NULL ? path : "");
    if (full == NULL)
        return NULL;
    struct sweep_builder *builder = source_new(trainer, SWEEP_SOURCE_PREVIOUS, full);
    if (builder == NULL)
        return NULL;
    return source_read_previous(builder, full, home, flags);
}
