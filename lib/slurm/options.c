/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/slurm/options.h"
#include "lib/findings/findings.h"
#include "lib/util/text.h"

enum option_form { FORM_WORD, FORM_COUNT, FORM_TIME, FORM_MEMORY, FORM_FLAG, FORM_ARRAY };

/* What a value must be, as messages say it. */
static const char *const options_wanted[] = {
    [FORM_WORD] = "a word without spaces or quotes",
    [FORM_COUNT] = "an int above 0",
    [FORM_TIME] = "a time such as \"24:00:00\", \"2-12\" or minutes",
    [FORM_MEMORY] = "a size such as \"64G\" or megabytes",
    [FORM_FLAG] = "true or false",
    [FORM_ARRAY] = "an int from 1 to 4000000",
};

/* sbatch's own names (Slurm 22.05 and newer) of the options that make sense for a training run, and
 * two of this program's for its job arrays. Left out on purpose: what the generated scripts set
 * themselves (array, job-name, output, error, chdir) and what would run something (wrap). */
static const struct option {
    const char *name;
    enum option_form form;
} options_known[] = {{"account", FORM_WORD}, {"array_parallelism", FORM_ARRAY},
    {"array_size", FORM_ARRAY}, {"begin", FORM_WORD}, {"clusters", FORM_WORD},
    {"constraint", FORM_WORD}, {"cpus-per-gpu", FORM_COUNT}, {"cpus-per-task", FORM_COUNT},
    {"deadline", FORM_WORD}, {"dependency", FORM_WORD}, {"exclude", FORM_WORD},
    {"exclusive", FORM_FLAG}, {"gpus", FORM_WORD}, {"gpus-per-node", FORM_WORD},
    {"gpus-per-task", FORM_WORD}, {"gres", FORM_WORD}, {"licenses", FORM_WORD},
    {"mail-type", FORM_WORD}, {"mail-user", FORM_WORD}, {"mem", FORM_MEMORY},
    {"mem-per-cpu", FORM_MEMORY}, {"mem-per-gpu", FORM_MEMORY}, {"no-requeue", FORM_FLAG},
    {"nodelist", FORM_WORD}, {"nodes", FORM_WORD}, {"ntasks", FORM_COUNT},
    {"ntasks-per-node", FORM_COUNT}, {"partition", FORM_WORD}, {"qos", FORM_WORD},
    {"requeue", FORM_FLAG}, {"reservation", FORM_WORD}, {"signal", FORM_WORD}, {"time", FORM_TIME},
    {"time-min", FORM_TIME}, {"tmp", FORM_MEMORY}, {"wckey", FORM_WORD}};

enum { N_OPTIONS = sizeof options_known / sizeof *options_known };

/* A member of the spec's "slurm" object, where its findings go, and what it is added to. */
struct option_reader {
    const struct option *option;
    const json_t *value;
    const struct json_place *at;
    struct sweep_findings *findings;
    struct slurm_options *out;
};

/* True if two names are the same; people write `_` for `-`, so these two are equal. */
static bool options_same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if (*a != *b && !(strchr("-_", *a) != NULL && strchr("-_", *b) != NULL))
            return false;
    return *a == *b;
}

static const struct option *options_find(const char *key)
{
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (options_same_name(options_known[i].name, key))
            return &options_known[i];
    return NULL;
}

/* --- forms -------------------------------------------------------------------------------- */

/* Only characters that are special neither to sbatch's parser of directives nor to a shell that
 * reads a comment. */
static bool options_is_word(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= 256 && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "_.,:;@+=/&|*%[]()-") == length;
}

static bool options_is_memory(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    return digits > 0 && digits < 12 &&
           (*unit == '\0' || (strchr("KMGT", *unit) != NULL && unit[1] == '\0'));
}

/* Minutes, minutes:seconds, hours:minutes:seconds, days-hours[:minutes[:seconds]]. */
static bool options_is_time(const char *text)
{
    if (strcmp(text, "UNLIMITED") == 0 || strcmp(text, "INFINITE") == 0)
        return true;
    bool days = false;
    int colons = 0;
    for (const char *p = text;; p++) {
        size_t digits = strspn(p, "0123456789");
        if (digits == 0 || digits > 6)
            return false;
        p += digits;
        if (*p == '\0')
            return true;
        if (*p == '-' && !days && colons == 0)
            days = true;
        else if (*p != ':' || ++colons > 2)
            return false;
    }
}

/* --- reading ------------------------------------------------------------------------------ */

static enum sweep_code options_refuse(const struct option_reader *r)
{
    size_t length = r->at->length < 60 ? r->at->length : 60;
    return FINDING_ERROR(r->findings, "bad-option", r->at->value, "/slurm", NULL,
        "slurm option %s must be %s, got %.*s", r->option->name, options_wanted[r->option->form],
        (int)length, r->at->text);
}

static enum sweep_code options_read_flag(const struct option_reader *r)
{
    if (!json_is_boolean(r->value))
        return options_refuse(r);
    /* Of these flags, sbatch can only turn off requeue; the others are left out instead. */
    if (json_is_true(r->value))
        strbuf_printf(&r->out->directives, "#SBATCH --%s\n", r->option->name);
    else if (strcmp(r->option->name, "requeue") == 0)
        strbuf_puts(&r->out->directives, "#SBATCH --no-requeue\n");
    return SWEEP_OK;
}

static enum sweep_code options_read_array(const struct option_reader *r)
{
    json_int_t number = json_integer_value(r->value);
    if (!json_is_integer(r->value) || number < 1 || number > SLURM_ARRAY_MAX)
        return options_refuse(r);
    if (strcmp(r->option->name, "array_size") == 0)
        r->out->array_size = (unsigned)number;
    else
        r->out->array_parallelism = (unsigned)number;
    return SWEEP_OK;
}

/* A string of the option's form. Counts are ints only. */
static bool options_takes_string(enum option_form form, const char *text)
{
    switch (form) {
    case FORM_WORD:
        return options_is_word(text);
    case FORM_TIME:
        return options_is_time(text);
    case FORM_MEMORY:
        return options_is_memory(text);
    default:
        return false;
    }
}

/* The limits are those of the same number as a string. */
static bool options_takes_int(enum option_form form, json_int_t number)
{
    switch (form) {
    case FORM_TIME:
        return number > 0 && number < 1000000;
    case FORM_MEMORY: /* 0: the whole memory of a node */
        return number >= 0 && number < 100000000000;
    default:
        return number > 0;
    }
}

static enum sweep_code options_read_value(const struct option_reader *r)
{
    enum option_form form = r->option->form;
    if (form == FORM_FLAG)
        return options_read_flag(r);
    if (form == FORM_ARRAY)
        return options_read_array(r);
    json_int_t number = json_integer_value(r->value);
    if (json_is_integer(r->value) && options_takes_int(form, number))
        strbuf_printf(&r->out->directives, "#SBATCH --%s=%" JSON_INTEGER_FORMAT "\n",
            r->option->name, number);
    else if (json_is_string(r->value) && options_takes_string(form, json_string_value(r->value)))
        strbuf_printf(
            &r->out->directives, "#SBATCH --%s=%s\n", r->option->name, json_string_value(r->value));
    else
        return options_refuse(r);
    return SWEEP_OK;
}

static enum sweep_code options_report_unknown(const struct option_reader *r)
{
    struct suggestion suggestion = {.word = r->at->name};
    for (size_t i = 0; i < N_OPTIONS; i++)
        suggestion_offer(&suggestion, options_known[i].name);
    char hint[96] = "see `sweepctl generate --help` for the list";
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
    return FINDING_ERROR(r->findings, "unknown-option", r->at->key, "/slurm", hint,
        "no slurm option \"%s\"", r->at->name);
}

/* Reads one member. `seen` has the places of those that were read, by option. */
static enum sweep_code options_read(
    struct option_reader *r, const struct json_place *seen[N_OPTIONS])
{
    r->option = options_find(r->at->name);
    if (r->option == NULL)
        return options_report_unknown(r);
    size_t index = (size_t)(r->option - options_known);
    const struct json_place *before = seen[index];
    seen[index] = r->at;
    if (before != NULL)
        return FINDING_ERROR(r->findings, "set-twice", r->at->key, "/slurm", NULL,
            "\"%s\" is the same slurm option as \"%s\" in line %u", r->at->name, before->name,
            before->key.line);
    return options_read_value(r);
}

enum sweep_code slurm_options_parse(const json_t *object, const struct json_place *place,
    struct sweep_findings *findings, struct slurm_options *out)
{
    *out = (struct slurm_options){.array_size = SLURM_ARRAY_DEFAULT};
    if (object == NULL)
        return SWEEP_OK;
    if (!json_is_object(object))
        return FINDING_ERROR(findings, "wrong-type", place->value, "/slurm", NULL,
            "slurm must be an object of sbatch options, got %s", value_type_name(object));
    enum sweep_code result = SWEEP_OK;
    const struct json_place *seen[N_OPTIONS] = {0};
    struct option_reader reader = {.findings = findings, .out = out};
    for (reader.at = place->first; reader.at != NULL; reader.at = reader.at->next) {
        reader.value = json_object_get(object, reader.at->name);
        enum sweep_code code = options_read(&reader, seen);
        if (code != SWEEP_OK)
            result = code;
    }
    return out->directives.oom ? SWEEP_NO_MEMORY : result;
}

void slurm_options_deinit(struct slurm_options *options)
{
    strbuf_deinit(&options->directives);
}
