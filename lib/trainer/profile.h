/* SPDX-License-Identifier: Apache-2.0
 *
 * A profile: what is known of one version of a trainer, as data. It holds the trainer's recipes,
 * the arguments of its components, the types of its config keys, the parameters of sweeps, the
 * paths that a run writes to, the rules that the trainer's code enforces, and the command of a run.
 * The built-in profile is generated from specs/profiles/ at build time and costs nothing to open;
 * others are read from JSON of the same form (specs/profiles/profile.schema.json).
 *
 * No other source knows names of a trainer: every reader is handed the profile in use.
 */
#ifndef LIB_TRAINER_PROFILE_H
#define LIB_TRAINER_PROFILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/doc/scalar.h"
#include "sweep/error.h"

/* What values an argument or key may take: "int|null", "list[str]", "'full'|'lora'". */
enum {
    TYPE_NULL = 1,
    TYPE_BOOL = 2,
    TYPE_INT = 4,
    TYPE_FLOAT = 8, /* ints are fine too */
    TYPE_STRING = 16,
    TYPE_LIST = 32,
    TYPE_MAPPING = 64,
    TYPE_COMPONENT = 128, /* a mapping that names a component */
};
struct value_type {
    unsigned kinds;         /* 0: unknown, any value is accepted */
    unsigned items;         /* kinds of the items of a list; 0: any */
    const char *words;      /* the strings allowed, "full|lora"; NULL: any */
    const char *item_words; /* the same for the items of a list */
    const char *notation;   /* as written in the profile; NULL if the type is unknown */
};

/* Whether the recipe itself passes an argument. */
enum supplied { SUPPLIED_NOT, SUPPLIED_POSITIONAL, SUPPLIED_KEYWORD };

struct argument {
    const char *name;
    struct value_type type;
    const char *fallback; /* its default as Python writes it; NULL when it is required */
    enum supplied supplied;
    bool positional_only;
};

/* A property of a component, for example the context length of a model. */
struct fact {
    const char *name;
    const char *text; /* NULL for a number or a bool */
    int64_t number;
    bool is_bool; /* `number` is 0 or 1 */
};

struct component {
    const char *path; /* its import path: "package.module.Class" */
    const struct argument *arguments;
    size_t n_arguments;
    const struct fact *facts;
    size_t n_facts;
    bool extra;         /* takes any other argument too (**kwargs) */
    bool ignores_extra; /* and never uses them */
};

struct recipe {
    const char *name;
    bool distributed; /* runs in several processes */
    /* Lists end with NULL. */
    const char *const *required; /* config paths that it fails without */
    const char *const *optional; /* config paths that it reads if they exist */
    const char *const *configs;  /* names of its base configs */
};

/* The type of a top-level key. */
struct config_key {
    const char *recipe; /* glob; NULL: any */
    const char *name;
    struct value_type type;
};

/* When a run that has the mistake would fail. */
enum phase {
    PHASE_PARSE,    /* while the config is read */
    PHASE_STARTUP,  /* when the recipe is created */
    PHASE_SETUP,    /* before the weights are read */
    PHASE_LOADED,   /* after the weights were read: minutes into the run */
    PHASE_TRAINING, /* in the first steps */
    PHASE_SAVING,   /* when the first checkpoint is written: hours into the run */
    PHASE_SILENT,   /* never: the run does something else than the config suggests */
    PHASES,
};
extern const char *const phase_phrases[PHASES]; /* "when the recipe starts" */

/* Scientific parameters change what the model learns; engineering parameters change only how the
 * hardware does it. */
enum category { SCIENTIFIC, ENGINEERING };

enum field_type { FIELD_INT, FIELD_FLOAT, FIELD_BOOL, FIELD_STRING, FIELD_STRING_OR_MAPPING };
enum field_range {
    FIELD_ANY,
    FIELD_POSITIVE,
    FIELD_NON_NEGATIVE,
    FIELD_FRACTION, /* at least 0 and less than 1 */
    FIELD_NOT_EMPTY,
};

/* The path that a field has in the configs of some recipes. */
struct elsewhere {
    const char *const *recipes; /* globs */
    const char *path;
};

/* One value of a parameter. */
struct field {
    const char *name; /* used in messages: "rank" */
    const char *path; /* the config path that it sets */
    enum field_type type;
    enum field_range range;
    const struct elsewhere *elsewhere; /* ends with a path of NULL */
};

/* The loader for files with this extension. */
struct loader {
    const char *extension; /* ".jsonl"; case is ignored */
    const char *name;      /* what the config calls it: "json" */
    const char *path;      /* a config path that such a file needs, or NULL */
    const char *value;     /* what it is set to */
};

/* How a parameter that names data is written to a config. A name that is no local path goes to the
 * field's own path; for a local file or directory the field gets the loader's name, and one of
 * these paths the file or directory. */
struct data_paths {
    const char *files;
    const char *directory;
    const struct loader *loaders;    /* ends with an extension of NULL */
    const char *default_loader;      /* for a directory without files of a known extension */
    const char *const *compressions; /* extensions that may follow, ".gz"; NULL: none */
};

enum { PARAMETER_MAX_FIELDS = 8 };

struct parameter {
    const char *name;  /* in a sweep; the builder's method is with_NAME */
    const char *alias; /* a second name, or NULL */
    enum category category;
    const char *successor; /* the parameter to use where the trainer no longer takes this one */
    size_t n_fields;       /* 1: the value itself; more: an object with these keys, all required */
    const struct field *fields;
    const struct data_paths *data; /* NULL: the fields are set to the value */
};

/* Config paths that a sweep must set together: one without the others is an error. */
struct path_group {
    const char *code; /* of its findings: "lora-pair" */
    const char *hint; /* how to set them; NULL: the paths are named */
    const char *const *paths;
};

/* What a file must be. */
enum file_format {
    FORMAT_RECORDS,       /* data in JSON or CSV */
    FORMAT_SENTENCEPIECE, /* a tokenizer model of SentencePiece */
    FORMAT_TIKTOKEN,      /* lines of a token in base64 and its rank */
    FORMAT_VOCABULARY,    /* a JSON object: token -> number */
    FORMAT_MERGES,        /* lines of two tokens */
    FORMAT_JSON,          /* a JSON object */
    FORMAT_WEIGHTS,       /* safetensors, or a file of torch.save() */
};

/* A column that records must have. */
struct file_column {
    const char *name;         /* a message with {…}; one that is null is not looked for */
    const char *const *items; /* it is a list of objects with these keys; NULL: any value */
};

/* A number in a file, and what it must be. */
struct file_number {
    const char *name;  /* a key of the object, "a.b" of one inside, "tensor[0]" of a shape */
    const char *value; /* a message with {…}; if it is null, any number is fine */
};

/* What must be in a file. Without columns, keys and numbers: it must be of the format. With some,
 * those are checked, and only of a file that is of the format. */
struct file_contents {
    enum file_format format;
    /* Of records, as messages with {…}; any may be NULL. */
    const char *loader;    /* "json", "csv" or "text"; files of others are not read */
    const char *delimiter; /* of CSV; a comma if it is null */
    const char *field;     /* the key of a JSON object that has the records */
    const struct file_column *columns;
    size_t n_columns;
    const char *const *keys; /* that a JSON object must have, or NULL */
    const struct file_number *numbers;
    size_t n_numbers;
};

/* A condition under which a config is wrong. Expressions are those of lib/expr/expr.h. */
struct rule {
    const char *id;   /* "G4" */
    const char *code; /* of its findings: "clip-with-optimizer-in-bwd" */
    enum sweep_severity severity;
    enum phase phase;
    const char *const *recipes;    /* globs that end with NULL; NULL: all */
    const char *const *components; /* applied to each component that matches; NULL: to the config */
    const char *const *keys;       /* applied to each top-level mapping of such a name */
    const char *when;              /* expression: true means wrong */
    const char *at;                /* the path to blame; may begin with "it." */
    const char *message;           /* {expression} is replaced by its value */
    const char *hint;              /* NULL for none */
    const char *raises, *source, *why; /* for people; any may be NULL */
    bool executed;                     /* seen to fail in a real run, not only read in the source */
    /* For rules on files: what must exist, as a message with {…}; NULL otherwise. */
    const char *file;
    bool directory;
    const char
        *within; /* a directory that another rule is about: if it is missing, skip this one */
    const char *const *numbered; /* the keys of a mapping that stands for numbered files, or NULL */
    const struct file_contents *contents; /* NULL: it must only exist */
    const char *frozen; /* `when` compiled, by expr_freeze(), of the built-in profile; or NULL */
};

/* A path that the recipe reads, but that does not affect training while `when` is true. */
struct inert {
    const char *id, *path, *when, *message, *source;
    const char *const *recipes;
};

/* A key that shipped configs have although the recipe never reads it. */
struct dead_key {
    const char *name, *why;
    const char *const *recipes;
};

/* Arguments that components with **kwargs pass on to another function. One that is `supplied`
 * exists too, but the component passes it itself. */
struct handed_on {
    const char *const *components; /* globs */
    const char *function;          /* "datasets.load_dataset" */
    const struct argument *arguments;
    size_t n_arguments;
};

/* A config path that a run writes to, and when it does. */
struct output {
    const char *path;
    const char *const *recipes;    /* globs; NULL: all that read the path */
    const char *const *components; /* globs for the component around the path; NULL: any */
    const char *when;              /* a config path that must be the bool `is`, or NULL */
    bool is;
    const char *fallback;    /* where the run writes if the path is null or missing, or NULL */
    const char *const *file; /* config paths that name the file in the directory, or NULL */
};

/* How a run logs its steps, and what it prints when it fails. Lists end with NULL. */
struct run_log {
    const char *output; /* the path of the output that is the directory of logs; NULL: not known */
    const char *files;  /* glob of their names */
    const char *step;   /* the word that a line begins with: "Step 47 | loss:4.01 lr:1e-06" */
    const char *const *steps; /* config paths whose product is the number of steps, or NULL */
    /* Keys of measures in a line; NULL: there is none. */
    const char *loss, *speed, *memory;
    const char *lower;              /* the parameter to lower when memory runs out, or NULL */
    const char *const *gpu_memory;  /* phrases when GPU memory runs out, or NULL */
    const char *const *host_memory; /* the same for memory of the node */
    const char *const *killed;      /* phrases before the number of a signal, or NULL */
};

/* How a run goes on where an earlier attempt has stopped. Lists end with NULL; no text needs quotes
 * in a shell. */
struct resuming {
    /* Globs of recipes that then train as if nothing had happened, and that do not. */
    const char *const *exact, *const *changed;
    const char *changes; /* what is different with the latter */
    const char *state;   /* the file that is written last, in the run's directory; NULL: no recipe
                               * can resume */
    const char *epochs;  /* the directory of an epoch's weights, without its number */
    const char *const *words;    /* added to the command */
    const char *files;           /* the config path that then names the weights, or NULL */
    const char *const *files_of; /* globs of the recipes where it must */
};

struct profile {
    const char *trainer, *version;
    const char *component_key;   /* the key that names a component; NULL: there are none */
    struct dialect dialect;      /* how the trainer reads YAML */
    const char *const *complete; /* packages whose public names are all known */
    /* The command of a run, word by word, for one process, for several on one node, and on each of
     * several nodes; NULL if not stated. {recipe}, {config}, {processes} (on a node), {nodes},
     * {job}, {head} (the host of the first node) and {port} are replaced, also within a word; no
     * word needs quotes in a shell. */
    const char *const *launch, *const *launch_distributed, *const *launch_nodes;
    /* A recipe of the user's own is started as a Python module: its path is relative to where the
     * job starts, and has no part "..". */
    bool launch_modules;
    /* What a run writes to. The first is the run's own directory, which every run of a sweep gets
     * one of. Empty: not known. */
    const struct output *outputs;
    size_t n_outputs;
    struct run_log log;
    struct resuming resuming;
    /* Config paths that do not affect training, such as names in an experiment tracker. */
    const char *const *volatile_paths;
    const char *seed; /* the parameter that seeds random numbers, or NULL */
    /* Where an installation has its base configs: globs of directories in it. */
    const char *const *config_directories;
    const char *const *base_order; /* globs: base configs in the order to list them */
    /* The words before a recipe's name in the comments of a config, "tune run"; or NULL. */
    const char *recipe_comment;
    bool has_bases; /* the base configs that are compiled in are this trainer's */
    const struct recipe *recipes;
    size_t n_recipes;
    const struct component *components; /* sorted by path */
    size_t n_components;
    const struct config_key *keys;
    size_t n_keys;
    const struct parameter *parameters;
    size_t n_parameters;
    const struct path_group *groups;
    size_t n_groups;
    const struct rule *rules;
    size_t n_rules;
    const struct inert *inert;
    size_t n_inert;
    const struct dead_key *dead;
    size_t n_dead;
    const struct handed_on *handed_on;
    size_t n_handed_on;
    /* What other tools call things: pairs of their name and the parameter, path or component that
     * it means here. Only for suggestions. */
    const char *const *other_names;
    const char *const *names; /* the names that frozen rules refer to by number */
    size_t n_names;
    void *memory; /* of a profile that was read; NULL for the built-in one */
};

/* The profile that is compiled in. */
extern const struct profile profile_builtin;

/* Reads a profile from a file. On SWEEP_INVALID *error names the first mistake in it. */
enum sweep_code profile_read(const char *file, struct profile *out, struct sweep_error *error);
void profile_deinit(struct profile *profile);

const struct recipe *profile_recipe(const struct profile *profile, const char *name);

/* The parameter, config path or component for a name that other tools use, or NULL. Case, and `-`
 * for `_`, do not matter. */
const char *profile_other_name(const struct profile *profile, const char *name);

/* The recipe that a config of this name belongs to, or NULL. */
const char *profile_recipe_of(const struct profile *profile, const char *config);

/* True if the list has the recipe, or a glob that matches it; a list that is NULL matches all.
 * Globs match only recipes of the profile: of a user's full_finetune_mine.py nothing is known. */
bool profile_recipe_is_in(
    const struct profile *profile, const char *recipe, const char *const *list);

/* True if a recipe runs in several processes; false for unknown recipes. */
bool profile_is_distributed(const struct profile *profile, const char *recipe);

/* True if a recipe reads a top-level key. For an unknown recipe or NULL: if any recipe does. */
bool profile_recipe_reads(const struct profile *profile, const char *recipe, const char *key);
bool recipe_reads(const struct recipe *recipe, const char *key);

const struct component *profile_component(const struct profile *profile, const char *path);
const struct argument *component_argument(const struct component *component, const char *name);
const struct fact *component_fact(const struct component *component, const char *name);

/* The function that the component's **kwargs are passed on to, or NULL if it is not known. */
const struct handed_on *profile_handed_on(const struct profile *profile, const char *component);

/* A parameter by name or alias, or NULL. */
const struct parameter *profile_parameter(const struct profile *profile, const char *name);

/* The field that sets exactly this config path, or NULL. A value is checked the same way whether it
 * is given to the parameter or to its path: `lr` or `optimizer.lr`. */
const struct field *profile_field(const struct profile *profile, const char *path);

/* The config path that a field sets in the configs of a recipe, which may be NULL. */
const char *field_path(const struct field *field, const char *recipe);

/* The group that a config path belongs to, or NULL. */
const struct path_group *profile_group(const struct profile *profile, const char *path);

/* The config path of a run's own directory, or NULL if the trainer has none. */
const char *profile_output(const struct profile *profile);

/* The component that a mapping names, or NULL. */
const char *profile_component_in(const struct profile *profile, const json_t *mapping);

/* True if `key` is the key that names a component. */
bool profile_is_component_key(const struct profile *profile, const char *key);

/* The type of a top-level key for a recipe, or NULL if it is not known. */
const struct value_type *profile_key_type(
    const struct profile *profile, const char *recipe, const char *key);

/* True if a list that ends with NULL has the word, or a glob that matches it. A list that is NULL
 * is empty to list_holds(), and matches every word. */
bool list_holds(const char *const *list, const char *word);
bool list_matches(const char *const *list, const char *word);

#endif
