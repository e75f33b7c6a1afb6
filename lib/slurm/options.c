/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/slurm/options.h"
#include "lib/findings/findings.h"
#include "lib/util/text.h"

enum form { FORM_WORD, FORM_COUNT, FORM_TIME, FORM_MEMORY, FORM_FLAG, FORM_OURS };

/* sbatch's own names (Slurm 22.05 and newer) of the options that make sense for a training run.
 * Left out on purpose: what the generated scripts set themselves (array, job-name, output, error,
 * chdir) and what would run something (wrap). */
static const struct option {
    const char *name;
    enum form form;
} options[] = {{"account", FORM_WORD}, {"array_parallelism", FORM_OURS}, {"array_size", FORM_OURS},
    {"begin", FORM_WORD}, {"clusters", FORM_WORD}, {"constraint", FORM_WORD},
    {"cpus-per-gpu", FORM_COUNT}, {"cpus-per-task", FORM_COUNT}, {"deadline", FORM_WORD},
    {"dependency", FORM_WORD}, {"exclude", FORM_WORD}, {"exclusive", FORM_FLAG},
    {"gpus", FORM_WORD}, {"gpus-per-node", FORM_WORD}, {"gpus-per-task", FORM_WORD},
    {"gres", FORM_WORD}, {"licenses", FORM_WORD}, {"mail-type", FORM_WORD},
    {"mail-user", FORM_WORD}, {"mem", FORM_MEMORY}, {"mem-per-cpu", FORM_MEMORY},
    {"mem-per-gpu", FORM_MEMORY}, {"no-requeue", FORM_FLAG}, {"nodelist", FORM_WORD},
    {"nodes", FORM_WORD}, {"ntasks", FORM_COUNT}, {"ntasks-per-node", FORM_COUNT},
    {"partition", FORM_WORD}, {"qos", FORM_WORD}, {"requeue", FORM_FLAG},
    {"reservation", FORM_WORD}, {"signal", FORM_WORD}, {"time", FORM_TIME}, {"time-min", FORM_TIME},
    {"tmp", FORM_MEMORY}, {"wckey", FORM_WORD}};

enum { N_OPTIONS = sizeof options / sizeof *options };

/* Whether two names are the same; `_` and `-` count as one, as people write both. */
static bool same_name(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if (*a != *b && !(strchr("-_", *a) != NULL && strchr("-_", *b) != NULL))
            return false;
    return *a == *b;
}

static const struct option *find_option(const char *key)
{
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (same_name(options[i].name, key))
            return &options[i];
    return NULL;
}

/* Characters that mean nothing to sbatch's directive parser or a shell that reads a comment. */
static bool is_word(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= 256 && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "_.,:;@+=/&|*%[]()-") == length;
}

static bool is_memory(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    return digits > 0 && digits < 12 &&
           (*unit == '\0' || (strchr("KMGT", *unit) && unit[1] == '\0'));
}

/* Minutes, minutes:seconds, hours:minutes:seconds, days-hours[:minutes[:seconds]]. */
static bool is_time(const char *text)
{
    if (strcmp(text, "UNLIMITED") == 0 || strcmp(text, "INFINITE") == 0)
        return true;
    bool days = false;
    int colons = 0, most = 2;
    for (const char *p = text;; p++) {
        size_t digits = strspn(p, "0123456789");
        if (digits == 0 || digits > 6)
            return false;
        p += digits;
        if (*p == '\0')
            return true;
        if (*p == '-' && !days && colons == 0)
            days = true;
        else if (*p != ':' || ++colons > most)
            return false;
    }
}

static enum sweep_code bad_value(struct sweep_findings *findings, const struct json_place *at,
    const char *name, const char *wanted)
{
    return FINDING_ERROR(findings, "bad-option", at->value, "/slurm", NULL,
        "slurm option %s must be %s, got %.*s", name, wanted,
        (int)(at->length < 60 ? at->length : 60), at->text);
}

static enum sweep_code parse_flag(const struct option *option, const json_t *value,
    const struct json_place *at, struct sweep_findings *findings, struct slurm_options *out)
{
    if (!json_is_boolean(value))
        return bad_value(findings, at, option->name, "true or false");
    /* sbatch has a word for the contrary of one flag; the others are simply not given. */
    bool requeue = strcmp(option->name, "requeue") == 0;
    if (json_is_true(value) || requeue)
        strbuf_printf(
            &out->directives, "#SBATCH --%s%s\n", json_is_true(value) ? "" : "no-", option->name);
    return SWEEP_OK;
}

static enum sweep_code parse_ours(const struct option *option, const json_t *value,
    const struct json_place *at, struct sweep_findings *findings, struct slurm_options *out)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 1 || number > SLURM_ARRAY_MAX)
        return bad_value(findings, at, option->name, "an int from 1 to 4000000");
    *(strcmp(option->name, "array_size") == 0 ? &out->array_size : &out->array_parallelism) =
        (unsigned)number;
    return SWEEP_OK;
}

static enum sweep_code parse_option(const struct option *option, const json_t *value,
    const struct json_place *at, struct sweep_findings *findings, struct slurm_options *out)
{
    static const char *const wanted[] = {"a word without blanks and quotes", "an int above 0",
        "a time such as \"24:00:00\", \"2-12\" or minutes", "a size such as \"64G\" or megabytes"};
    if (option->form == FORM_FLAG)
        return parse_flag(option, value, at, findings, out);
    if (option->form == FORM_OURS)
        return parse_ours(option, value, at, findings, out);
    char number[32];
    const char *text = json_string_value(value);
    if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        text = number;
    }
    json_int_t count = json_integer_value(value);
    bool positive = json_is_integer(value) && count > 0;
    bool all = option->form == FORM_MEMORY && count == 0; /* a node's whole memory */
    bool good = text != NULL && (!json_is_integer(value) || positive || all) &&
                (option->form == FORM_WORD        ? is_word(text)
                    : option->form == FORM_TIME   ? is_time(text)
                    : option->form == FORM_MEMORY ? is_memory(text)
                                                  : positive);
    if (!good)
        return bad_value(findings, at, option->name, wanted[option->form]);
    strbuf_printf(&out->directives, "#SBATCH --%s=%s\n", option->name, text);
    return SWEEP_OK;
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
    enum sweep_code code = SWEEP_OK;
    const struct json_place *seen[N_OPTIONS] = {0};
    for (const struct json_place *at = place->first; at != NULL; at = at->next) {
        const struct option *option = find_option(at->name);
        const struct json_place **before = option != NULL ? &seen[option - options] : NULL;
        enum sweep_code one = SWEEP_OK;
        if (option != NULL && *before != NULL)
            one = FINDING_ERROR(findings, "set-twice", at->key, "/slurm", NULL,
                "\"%s\" is the same slurm option as \"%s\" in line %u", at->name, (*before)->name,
                (*before)->key.line);
        else if (option != NULL)
            one = parse_option(option, json_object_get(object, at->name), at, findings, out);
        else {
            struct suggestion suggestion = {.word = at->name};
            for (size_t i = 0; i < N_OPTIONS; i++)
                suggestion_offer(&suggestion, options[i].name);
            char hint[96] = "see `sweepctl generate --help` for the list";
            if (suggestion.best != NULL)
                snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
            one = FINDING_ERROR(findings, "unknown-option", at->key, "/slurm", hint,
                "no slurm option \"%s\"", at->name);
        }
        if (option != NULL)
            *before = at;
        code = code == SWEEP_OK ? one : code;
    }
    return out->directives.oom ? SWEEP_NO_MEMORY : code;
}

void slurm_options_deinit(struct slurm_options *options_)
{
    strbuf_deinit(&options_->directives);
}
