/* SPDX-License-Identifier: Apache-2.0
 *
 * One config, from a base to a file: take a source, change it, look at it, save it.
 *
 *     struct sweep_builder *b = sweep_builder_from_base(trainer, "llama3_1/8B_lora_single_device");
 *     sweep_with_learning_rate(b, 3e-4);
 *     sweep_with_lora_params(b, 32, 64);
 *     sweep_with_seed(b, 42);
 *     code = sweep_builder_save(b, "configs/run.yaml", NULL, &error);
 *     sweep_builder_free(b);
 *
 * Every change is an operation, applied in call order. One that fails leaves the builder as it was;
 * the first error sticks, later operations do nothing, and build, text and save return it. So a
 * chain of calls needs one check, at its end.
 *
 * The with_* methods are checked wrappers around sweep_builder_override(). *Scientific* parameters
 * change what the model learns; *engineering* parameters change how the hardware does it. Their
 * messages begin with the kind of mistake: "TypeError: rank must be int, got float",
 * "ValueError: rank must be positive, got -8".
 *
 * Threads: a builder belongs to one thread at a time; builders that share a trainer may be used in
 * different threads at once. Since 0.1.0, all of this header.
 *
 * A pointer must not be NULL unless its comment says that it may. Builds with assertions (without
 * NDEBUG) abort if one is.
 */
#ifndef SWEEP_BUILDER_H
#define SWEEP_BUILDER_H

#include <stdint.h>

#include "sweep/error.h"
#include "sweep/trainer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sweep_builder;

/* --- sources ------------------------------------------------------------------------------ */

enum sweep_source_kind {
    SWEEP_SOURCE_BASE,     /* a base config of the trainer, by name */
    SWEEP_SOURCE_FILE,     /* a YAML file */
    SWEEP_SOURCE_OBJECT,   /* a JSON object */
    SWEEP_SOURCE_PREVIOUS, /* an earlier run: its base, with its operations applied again */
};

/* What a builder started from. Strings are the builder's. */
struct sweep_source {
    enum sweep_source_kind kind;
    const char *origin; /* the base's name, or the absolute path of the file; NULL for objects */
    const char *sha256; /* 64 hex digits: of the text that the operations apply to */
};

/* All return NULL only when out of memory; any other problem with the source becomes the builder's
 * error. The builder is the caller's (sweep_builder_free()); `trainer` is borrowed and
 * must outlive it. A name, path or object that is NULL is a problem with the source. */

/* A base config by name, as `tune ls` prints it. */
SWEEP_API struct sweep_builder *sweep_builder_from_base(
    const struct sweep_trainer *trainer, const char *name) SWEEP_MUST_CHECK;

/* A config file of at most 1 MiB. Errors in it also become findings of the builder. */
SWEEP_API struct sweep_builder *sweep_builder_from_file(
    const struct sweep_trainer *trainer, const char *path) SWEEP_MUST_CHECK;

/* An object, which is copied. */
SWEEP_API struct sweep_builder *sweep_builder_from_object(
    const struct sweep_trainer *trainer, const json_t *config) SWEEP_MUST_CHECK;

/* What to accept in an earlier run. */
enum sweep_previous_flags {
    SWEEP_PREVIOUS_STRICT = 0,
    /* No metadata file, or one of another text: take the config as a plain file. */
    SWEEP_PREVIOUS_WITHOUT_METADATA = 1,
    /* The base has changed since: apply the operations to the new text. */
    SWEEP_PREVIOUS_NEW_BASE = 2,
};

/* An earlier run: the config at `path`, whose metadata file ("run.meta.yaml" for "run.yaml") says
 * what it was made from. `home` is what ~ in the metadata stands for, or NULL. Refused unless
 * `flags` allow it: metadata that is missing or not of this config, and a base whose digest has
 * changed; refused always: metadata that is damaged, or newer than this library. */
SWEEP_API struct sweep_builder *sweep_builder_from_previous(const struct sweep_trainer *trainer,
    const char *path, const char *home, unsigned flags) SWEEP_MUST_CHECK;

/* Accepts NULL. */
SWEEP_API void sweep_builder_free(struct sweep_builder *builder);

SWEEP_API void sweep_builder_source(const struct sweep_builder *builder, struct sweep_source *out);

/* --- operations --------------------------------------------------------------------------- */

/* All return the builder. All accept NULL for it and then do nothing. An object, path or method
 * that is NULL, has strings that are not UTF-8, or more levels or values than a config may have, is
 * an error of the builder. */

/* Merges an object into the config: mappings merge key by key, scalars and lists are replaced. A
 * null may become anything and anything null, int and float mix; every other change of type is an
 * error that names the path and both types. `object` is borrowed. */
SWEEP_API struct sweep_builder *sweep_builder_override(
    struct sweep_builder *builder, const json_t *object);

/* Removes the value at a dotted path, names joined by single dots; it is no error if there is
 * none. An item of a list cannot be removed, because that would renumber the others. */
SWEEP_API struct sweep_builder *sweep_builder_delete(
    struct sweep_builder *builder, const char *path);

/* A method by its name without with_ ("seed"; aliases count) and its argument as JSON, as specs
 * have it: "lora_params" takes {"rank": 8, "alpha": 16}. */
SWEEP_API struct sweep_builder *sweep_with(
    struct sweep_builder *builder, const char *method, const json_t *argument);

/* dataset.source: a name on the Hugging Face hub; or for a data file (.json .jsonl .csv .tsv .txt
 * .parquet and more, see sweep-spec(5)) or directory the loader's name, with the path in
 * dataset.data_files or dataset.data_dir.
 * Not empty. Scientific. */
SWEEP_API struct sweep_builder *sweep_with_dataset(struct sweep_builder *builder, const char *path);
/* output_dir. Not empty. Engineering. */
SWEEP_API struct sweep_builder *sweep_with_output_dir(
    struct sweep_builder *builder, const char *path);
/* optimizer.lr, finite, > 0. Scientific. */
SWEEP_API struct sweep_builder *sweep_with_learning_rate(struct sweep_builder *builder, double lr);
/* batch_size, samples per step and device, > 0. Engineering. */
SWEEP_API struct sweep_builder *sweep_with_batch_size(
    struct sweep_builder *builder, int64_t batch_size);
/* epochs > 0. Scientific. */
SWEEP_API struct sweep_builder *sweep_with_epochs(struct sweep_builder *builder, int64_t epochs);
/* gradient_accumulation_steps, batches per optimizer step, > 0. Scientific. */
SWEEP_API struct sweep_builder *sweep_with_gradient_accumulation_steps(
    struct sweep_builder *builder, int64_t steps);
/* model.lora_rank and model.lora_alpha, both > 0, always together; any ratio. Scientific. */
SWEEP_API struct sweep_builder *sweep_with_lora_params(
    struct sweep_builder *builder, int64_t rank, int64_t alpha);
/* tokenizer.max_seq_len, tokens, > 0. Scientific. */
SWEEP_API struct sweep_builder *sweep_with_max_seq_length(
    struct sweep_builder *builder, int64_t length);
/* seed >= 0. Scientific. */
SWEEP_API struct sweep_builder *sweep_with_seed(struct sweep_builder *builder, int64_t seed);
/* dtype: "bf16", "fp32"…, not empty; the name itself is for torchtune to check. Engineering. */
SWEEP_API struct sweep_builder *sweep_with_dtype(struct sweep_builder *builder, const char *dtype);
/* dataset.packed. Engineering. */
SWEEP_API struct sweep_builder *sweep_with_packed(struct sweep_builder *builder, bool enabled);
/* enable_activation_checkpointing. Engineering. */
SWEEP_API struct sweep_builder *sweep_with_activation_checkpointing(
    struct sweep_builder *builder, bool enabled);
/* compile. Engineering. */
SWEEP_API struct sweep_builder *sweep_with_compile(struct sweep_builder *builder, bool enabled);
/* dataset.template, an import path, not empty. torchtune 0.6.1 has no such argument: where the
 * dataset would pass it on to load_dataset(), which fails, a warning names its successor.
 * Scientific. */
SWEEP_API struct sweep_builder *sweep_with_dataset_template(
    struct sweep_builder *builder, const char *path);
/* optimizer.weight_decay >= 0. Scientific. */
SWEEP_API struct sweep_builder *sweep_with_weight_decay(
    struct sweep_builder *builder, double weight_decay);
/* lr_scheduler.num_warmup_steps, optimizer steps, >= 0. Scientific. */
SWEEP_API struct sweep_builder *sweep_with_warmup_steps(
    struct sweep_builder *builder, int64_t steps);
/* model.lora_dropout in [0, 1). Scientific. */
SWEEP_API struct sweep_builder *sweep_with_lora_dropout(
    struct sweep_builder *builder, double dropout);
/* clip_grad_norm > 0. Scientific. */
SWEEP_API struct sweep_builder *sweep_with_clip_grad_norm(
    struct sweep_builder *builder, double max_norm);
/* checkpointer.checkpoint_dir, not empty. Engineering. */
SWEEP_API struct sweep_builder *sweep_with_checkpoint_dir(
    struct sweep_builder *builder, const char *path);
/* device: "cuda", "cpu"…, not empty. Engineering. */
SWEEP_API struct sweep_builder *sweep_with_device(
    struct sweep_builder *builder, const char *device);
/* enable_activation_offloading. Engineering. */
SWEEP_API struct sweep_builder *sweep_with_activation_offloading(
    struct sweep_builder *builder, bool enabled);
/* tokenizer.prompt_template, an import path, not empty; a mapping of roles to [before, after] goes
 * through sweep_with(). Scientific. */
SWEEP_API struct sweep_builder *sweep_with_prompt_template(
    struct sweep_builder *builder, const char *path);

/* --- results ------------------------------------------------------------------------------ */

/* The results, too, accept NULL for the builder: SWEEP_NO_MEMORY. */

/* SWEEP_OK, or the code of the first error, which fills `error`. */
SWEEP_API enum sweep_code sweep_builder_status(
    const struct sweep_builder *builder, struct sweep_error *error);

/* Warnings about the source and the methods so far, and the errors in a source that could not be
 * read. The builder's; NULL for a NULL builder. */
SWEEP_API const struct sweep_findings *sweep_builder_findings(const struct sweep_builder *builder);

/* Checks the current config, adding to `findings`. `recipe` is what it is for; NULL takes the
 * one that the base belongs to, if any. SWEEP_INVALID when there are errors. */
SWEEP_API enum sweep_code sweep_builder_validate(const struct sweep_builder *builder,
    const char *recipe, struct sweep_findings *findings) SWEEP_MUST_CHECK;

/* The config as values: a new object that shares nothing with the builder. */
SWEEP_API enum sweep_code sweep_builder_build(
    const struct sweep_builder *builder, json_t **out, struct sweep_error *error) SWEEP_MUST_CHECK;

/* The config as text: the source's, edited where its values changed and nowhere else. *text is the
 * caller's (free()), with a NUL after its *length bytes. */
SWEEP_API enum sweep_code sweep_builder_text(const struct sweep_builder *builder, char **text,
    size_t *length, struct sweep_error *error) SWEEP_MUST_CHECK;

/* What to write next to a config. Zero-initialize it; all strings are borrowed. */
struct sweep_save_options {
    bool metadata;            /* write NAME.meta.yaml too, for sweep_builder_from_previous() */
    const char *generated_at; /* the time, as the caller wants it written; or NULL */
    const char *home;         /* home directory, written as ~ in paths; or NULL to keep them */
    bool provenance;          /* size and SHA-256 of the local data file, if there is one */
    const char *git_commit;   /* of the caller's work tree, or NULL */
    bool git_dirty;           /* with uncommitted changes */
};

/* Writes the config to `path`, and the metadata next to it, each by an atomic replacement. An
 * existing file is replaced. A symbolic link stays, and the file that it leads to is replaced, if
 * the link belongs to root or to this user. SWEEP_IO for any other link, and for what is not a
 * regular file: a device, a FIFO, a socket. `options` may be NULL. */
SWEEP_API enum sweep_code sweep_builder_save(const struct sweep_builder *builder, const char *path,
    const struct sweep_save_options *options, struct sweep_error *error) SWEEP_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
