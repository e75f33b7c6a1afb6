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
    char *origin; /* what the caller named; NULL for objects */
    /* What the operations apply to: the same as the source, or an earlier run's base. */
    enum sweep_source_kind base_kind;
    char *base_origin;
    struct yaml_doc *base;
    char sha256[DIGEST_HEX]; /* of base->text */
    json_t *tree;            /* the config as it stands; shares nothing with the base */
    json_t *operations;      /* as in metadata (lib/config/metadata.h) */
    struct sweep_findings *findings;
    struct sweep_error error;
};

/* Makes an error stick, unless there is one. Returns the builder. */
struct sweep_builder *builder_fail(struct sweep_builder *builder, enum sweep_code code,
    const char *format, ...) SWEEP_PRINTF(3, 4);

/* Sets (or, with NULL, removes) what is at a path, without asking about types. Metadata keeps it as
 * an override or deletion. SWEEP_INVALID when something is in the way. */
enum sweep_code builder_change(
    struct sweep_builder *builder, const char *path, const json_t *value);

/* The text of the config as it stands, as a document. */
enum sweep_code builder_document(
    const struct sweep_builder *builder, struct yaml_doc **out, struct sweep_error *error);

#endif
