/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the parts of a profile from JSON: memory, members of objects, notations of types, and one
 * function for each section. Only the profile_*.c files use this header.
 */
#ifndef LIB_TRAINER_PROFILE_READER_H
#define LIB_TRAINER_PROFILE_READER_H

#include "lib/trainer/profile.h"

/* A block that a profile points into, or a document that its strings belong to. */
struct profile_memory {
    struct profile_memory *next;
    json_t *document; /* a reference, or NULL */
    char block[];
};

struct profile_reader {
    struct profile_memory *memory;
    struct sweep_error *error;
    const char *file;
    char where[128];      /* the section and entry being read: "parameters: lr" */
    enum sweep_code code; /* the first failure; what follows it is ignored */
};

/* Zeroed memory that lives as long as the profile; NULL after a failure. */
void *reader_alloc(struct profile_reader *r, size_t count, size_t size);

/* Sets the place that errors name: a section, and an entry in it unless that is NULL. */
void reader_enter(struct profile_reader *r, const char *section, const char *entry);

/* Fails with "FILE: WHERE: …". */
void reader_fail(struct profile_reader *r, const char *format, ...) SWEEP_PRINTF(2, 3);

/* Fails if the object has a key that is not in `keys`, which end with NULL. */
void reader_check_keys(struct profile_reader *r, const json_t *object, const char *const *keys);

/* A member of an object, which must have the type. NULL if it is absent. */
const json_t *reader_member(
    struct profile_reader *r, const json_t *object, const char *key, json_type type);

/* A string member; NULL if it is absent. */
const char *reader_string(struct profile_reader *r, const json_t *object, const char *key);
/* The same, for one that must be there and not be empty. */
const char *reader_need(struct profile_reader *r, const json_t *object, const char *key);

/* An array of strings, or one string, as a list that ends with NULL; NULL if it is absent. */
const char *const *reader_strings(struct profile_reader *r, const json_t *object, const char *key);
/* The same for config paths, each of which must be one, and none twice. */
const char *const *reader_paths(struct profile_reader *r, const json_t *object, const char *key);
/* Fails unless `path` is a config path. */
void reader_check_path(struct profile_reader *r, const char *path);

bool reader_bool(struct profile_reader *r, const json_t *object, const char *key);

/* The index of a word among `words`, which end with NULL; 0 if `word` is NULL. */
size_t reader_choose(
    struct profile_reader *r, const char *word, const char *const *words, const char *key);

/* The type that a notation describes, such as "int|null"; NULL is an unknown type. */
struct value_type reader_type(struct profile_reader *r, const char *notation);

/* A list of "outputs" replaces that of the base. */
void reader_outputs(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out);

/* "results" replaces that of the base. Follows reader_outputs(). */
void reader_results(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out);

/* What the file of a path check must contain; NULL if that is not stated. */
const struct file_contents *reader_contents(struct profile_reader *r, const json_t *entry);

/* One function for each section. Entries of `base` come after the document's own, but for those
 * that the document has an entry of the same name for. */
void reader_recipes(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out);
void reader_components(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out);
void reader_keys(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out);
void reader_rules(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out);
void reader_inert(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out);
void reader_dead(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out);
void reader_handed_on(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out);
void reader_parameters(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out);
void reader_groups(struct profile_reader *r, const json_t *document, const struct profile *base,
    struct profile *out);

#endif
