/* SPDX-License-Identifier: Apache-2.0
 *
 * A profile: all that is known of one trainer version, as data. Its recipes, the arguments of its
 * components, the types of its config keys, the rules that its own code enforces, and how a run is
 * launched. The built-in one is made from specs/profiles/ at build time and costs nothing to open;
 * others are read from JSON of the same form (specs/profiles/profile.schema.json).
 */
#ifndef LIB_TRAINER_PROFILE_H
#define LIB_TRAINER_PROFILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

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
    unsigned kinds;         /* 0: nothing is known, anything goes */
    unsigned items;         /* of the items of a list; 0: anything */
    const char *words;      /* the strings allowed, "full|lora"; NULL: any */
    const char *item_words; /* the same for the items of a list */
    const char *notation;   /* as the profile writes it; NULL when nothing is known */
};

/* Who gives an argument: the recipe may pass some by itself. */
enum supplied { SUPPLIED_NOT, SUPPLIED_POSITIONAL, SUPPLIED_KEYWORD };

struct argument {
    const char *name;
    struct value_type type;
    const char *fallback; /* its default as Python writes it; NULL when it is required */
    enum supplied supplied;
    bool positional_only;
};

/* A property of a component: a model's greatest length, for one. */
struct fact {
    const char *name;
    const char *text; /* NULL for a number or a bool */
    int64_t number;
    bool is_truth; /* a bool: `number` is 0 or 1 */
};

struct component {
    const char *path; /* "torchtune.models.llama3.lora_llama3_8b" */
    const struct argument *arguments;
    size_t n_arguments;
    const struct fact *facts;
    size_t n_facts;
    bool extra; /* takes any other arguments too (**kwargs) */
};

struct recipe {
    const char *name;
    bool distributed;            /* several processes, started by torchrun */
    const char *const *required; /* config paths that it fails without; end with NULL */
    const char *const *optional; /* config paths that it reads when they are there */
    const char *const *configs;  /* base configs that belong to it */
};

/* The type of a top-level key. */
struct config_key {
    const char *recipe; /* glob; NULL: any */
    const char *name;
    struct value_type type;
};

/* When a mistake comes to light in a run that is started all the same. */
enum phase {
    PHASE_PARSE,    /* while the config is read */
    PHASE_STARTUP,  /* when the recipe is created */
    PHASE_SETUP,    /* before the weights are read */
    PHASE_LOADED,   /* after they were read: minutes in */
    PHASE_TRAINING, /* in the first steps */
    PHASE_SAVING,   /* when the first checkpoint is written: hours in */
    PHASE_SILENT,   /* never: the run is just not what it looks like */
    PHASES,
};
extern const char *const phase_names[PHASES];   /* "startup" */
extern const char *const phase_phrases[PHASES]; /* "when the recipe starts" */

/* Scientific parameters change what the model learns, engineering parameters only how the hardware
 * does it. */
enum category { SCIENTIFIC, ENGINEERING };

enum field_type { FIELD_INT, FIELD_FLOAT, FIELD_BOOL, FIELD_STRING, FIELD_STRING_OR_MAPPING };
enum field_range {
    FIELD_ANY,
    FIELD_POSITIVE,
    FIELD_NON_NEGATIVE,
    FIELD_FRACTION, /* at least 0 and less than 1 */
    FIELD_NOT_EMPTY,
};

/* Another path, for some recipes. */
struct elsewhere {
    const char *const *recipes; /* globs */
    const char *path;
};

/* One value of a parameter. */
struct field {
    const char *name; /* as messages call it: "rank" */
    const char *path; /* the config path that it sets */
    enum field_type type;
    enum field_range range;
    const struct elsewhere *elsewhere; /* ends with a path of NULL */
};

enum { PARAMETER_MAX_FIELDS = 2 };

struct parameter {
    const char *name;  /* of the method without with_ */
    const char *alias; /* a second name, or NULL */
    enum category category;
    const char *successor; /* the method to use instead where torchtune no longer takes this one */
    size_t n_fields;       /* 1: the value itself; more: an object with these keys, all required */
    struct field fields[PARAMETER_MAX_FIELDS];
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
    const char *frozen; /* `when` compiled, by expr_freeze(), of the built-in profile; or NULL */
};

/* A path that the recipe reads but that cannot change what is learned while `when` holds. */
struct inert {
    const char *id, *path, *when, *message, *source;
    const char *const *recipes;
};

/* A key that configs carry although the recipe never reads it, on purpose or by tradition. */
struct dead_key {
    const char *name, *why;
    const char *const *recipes;
};

/* Arguments that components with **kwargs hand on to a function of another package. */
struct handed_on {
    const char *const *components; /* globs */
    const char *function;          /* "datasets.load_dataset" */
    const struct argument *arguments;
    size_t n_arguments;
};

struct profile {
    const char *trainer, *version; /* "torchtune", "0.6.1" */
    const char *component_key;     /* the key that names a component: "_component_" */
    const char *const *complete;   /* packages of which every public name is known */
    /* The command of a run, word by word, for one process and for several. {recipe}, {config} and
     * {processes} are put in; the words need no quotes in a shell. */
    const char *const *launch, *const *launch_distributed;
    const struct recipe *recipes;
    size_t n_recipes;
    const struct component *components; /* sorted by path */
    size_t n_components;
    const struct config_key *keys;
    size_t n_keys;
    const struct parameter *parameters;
    size_t n_parameters;
    const struct rule *rules;
    size_t n_rules;
    const struct inert *inert;
    size_t n_inert;
    const struct dead_key *dead;
    size_t n_dead;
    const struct handed_on *handed_on;
    size_t n_handed_on;
    const char *const *names; /* what slots stand for in frozen rules */
    size_t n_names;
    void *memory; /* of a profile that was read; NULL for the built-in one */
};

/* The profile that is compiled in. */
extern const struct profile profile_builtin;

/* Reads a profile from a file. On SWEEP_INVALID *error says what is wrong with it. */
enum sweep_code profile_read(const char *file, struct profile *out, struct sweep_error *error);
void profile_deinit(struct profile *profile);

const struct recipe *profile_recipe(const struct profile *profile, const char *name);

/* The recipe that a config of this name belongs to, or NULL. */
const char *profile_recipe_of(const struct profile *profile, const char *config);

/* Whether the trainer starts several processes for a recipe; false for unknown ones. */
bool profile_is_distributed(const struct profile *profile, const char *recipe);

/* Whether a recipe reads a top-level key. For an unknown recipe (or NULL): whether any does. */
bool profile_recipe_reads(const struct profile *profile, const char *recipe, const char *key);
bool recipe_reads(const struct recipe *recipe, const char *key);

const struct component *profile_component(const struct profile *profile, const char *path);
const struct argument *component_argument(const struct component *component, const char *name);
const struct fact *component_fact(const struct component *component, const char *name);

/* What the component's **kwargs are handed on to, or NULL when that is not known. */
const struct handed_on *profile_handed_on(const struct profile *profile, const char *component);

/* A parameter by name or alias, or NULL. */
const struct parameter *profile_parameter(const struct profile *profile, const char *name);

/* The field that sets exactly this config path, or NULL. A value is checked the same way whether it
 * is given to the parameter or to its path: `lr` or `optimizer.lr`. */
const struct field *profile_field(const struct profile *profile, const char *path);

/* The config path that a field sets in the configs of a recipe (NULL: unknown). */
const char *field_path(const struct field *field, const char *recipe);

/* The type of a top-level key for a recipe, or NULL when nothing is known. */
const struct value_type *profile_key_type(
    const struct profile *profile, const char *recipe, const char *key);

/* Whether a word is in a list that ends with NULL, or matches one of its globs. NULL lists hold
 * nothing and match everything. */
bool list_holds(const char *const *list, const char *word);
bool list_matches(const char *const *list, const char *word);

#endif
