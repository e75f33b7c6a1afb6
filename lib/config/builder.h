/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_CONFIG_BUILDER_H
#define LIB_CONFIG_BUILDER_H

#include "lib/config/document.h"
#include "lib/trainer/trainer.h"
#include "lib/util/digest.h"
#include "sweep/builder.h"

struct sweep_builder {
    const struct sweep_trainer *trainer; /* borrowed */
    enum sweep_source_kind kind;
    char *origin; /* as the caller named it; NULL for objects */
    /* What the operations apply to: the source itself, or the base of an earlier run. */
    enum sweep_source_kind base_kind;
    char *base_origin;
    struct yaml_doc *base;
    char sha256[DIGEST_HEX]; /* of base->text */
    json_t *tree;            /* the current config; shares nothing with the base */
    json_t *operations;      /* as in metadata (lib/config/metadata.h) */
    struct sweep_findings *findings;
    struct sweep_error error;
};

/* Sets the builder's error, unless it has one. Returns the builder. */
struct sweep_builder *builder_fail(struct sweep_builder *builder, enum sweep_code code,
    const char *format, ...) SWEEP_PRINTF(3, 4);

/* What a config cannot contain, in a value of the caller: strings or keys that are not UTF-8, more
 * than `max_depth` levels, more values than a base may have. NULL if there is nothing like that,
 * else the end of a sentence. Called before anything walks the value without a limit. */
const char *builder_refusal(const json_t *value, unsigned max_depth);

/* Levels of an object that becomes a base. Of those with more than YAML_MAX_DEPTH the parser says
 * where they are. */
enum { BUILDER_MAX_LEVELS = 1000 };

/* True if there is a builder, without an error. */
bool builder_is_usable(const struct sweep_builder *builder);

/* Applies operations, all or, after an error, none. `record` becomes part of the metadata; the
 * reference is taken over. NULL is a lack of memory. */
void builder_apply(
    struct sweep_builder *builder, const struct operations *operations, json_t *record);

/* Sets what is at a path, or with NULL removes it, without a check of types. Metadata keeps it as
 * an override or deletion. SWEEP_INVALID if a list or scalar is in the way. */
enum sweep_code builder_change(
    struct sweep_builder *builder, const char *path, const json_t *value);

/* The current config as a document, with the text of the base where nothing changed. */
enum sweep_code builder_document(
    const struct sweep_builder *builder, struct yaml_doc **out, struct sweep_error *error);

#endif
