/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/scalar.h"
#include "lib/findings/findings.h"
#include "lib/slurm/cluster.h"
#include "lib/slurm/conflicts.h"
#include "lib/slurm/options.h"
#include "lib/slurm/values.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* A member of the spec's "slurm" object, where its findings go, and what it is added to. */
struct option_reader {
    const struct slurm_option *option;
    const json_t *value;
    const struct json_place *at;
    struct sweep_findings *findings;
    const json_t *computed; /* slurm_reading */
    bool is_computed;       /* the value is from there */
    struct slurm_options *out;
    const struct json_place *seen[SLURM_MAX_OPTIONS]; /* by option; also those with bad values */
    struct slurm_given given[SLURM_MAX_OPTIONS];
    char *texts[SLURM_MAX_OPTIONS]; /* of the values in `given`; owned */
};

/* --- values -------------------------------------------------------------------------------- */

enum { OPTIONS_SHOWN = 60 }; /* bytes of a bad value in its message */

/* The value as written, or as it is computed. */
static void options_show(const struct option_reader *r, char out[OPTIONS_SHOWN + 1])
{
    if (!r->is_computed) {
        snprintf(out, OPTIONS_SHOWN + 1, "%.*s", (int)r->at->length, r->at->text);
        return;
    }
    CLEANUP_STRBUF struct strbuf text = {0};
    value_write(&text, r->value, SCALAR_IN_BLOCK);
    snprintf(out, OPTIONS_SHOWN + 1, "%s", strbuf_string(&text));
}

/* `reason` may be empty; it says what Slurm makes of the value. */
static enum sweep_code options_refuse(
    const struct option_reader *r, const char *reason, const char *hint)
{
    char wanted[240], why[140] = "", shown[OPTIONS_SHOWN + 1];
    slurm_value_wanted(r->option, wanted, sizeof wanted);
    options_show(r, shown);
    if (reason[0] != '\0')
        snprintf(why, sizeof why, " (%s)", reason);
    if (r->is_computed && json_is_real(r->value))
        hint = "round it: ceil(…), floor(…) and // give ints";
    else if (r->is_computed)
        hint = NULL; /* it is about what is written */
    return FINDING_ERROR(r->findings, "bad-option", r->at->value, "/slurm", hint,
        "slurm option %s must be %s, got %s%s", r->option->name, wanted, shown, why);
}

static void options_write(struct option_reader *r, const char *text)
{
    strbuf_printf(&r->out->directives, "#SBATCH --%s", r->option->name);
    if (text != NULL)
        strbuf_printf(&r->out->directives, "=%s", text);
    strbuf_putc(&r->out->directives, '\n');
}

static enum sweep_code options_read_bool(struct option_reader *r)
{
    struct slurm_given *given = &r->given[r->option - slurm_option_table];
    given->at = r->at;
    given->off = json_is_false(r->value);
    /* Of all flags, sbatch can only turn off requeue; the others are left out instead. */
    if (!given->off)
        options_write(r, NULL);
    else if (strcmp(r->option->name, "requeue") == 0)
        strbuf_puts(&r->out->directives, "#SBATCH --no-requeue\n");
    return SWEEP_OK;
}

static enum sweep_code options_read_array(const struct option_reader *r)
{
    json_int_t number = json_integer_value(r->value);
    if (!json_is_integer(r->value) || number < 1 || number > SLURM_ARRAY_MAX)
        return options_refuse(r, "", NULL);
    if (strcmp(r->option->name, "array_size") == 0) {
        r->out->array_size = (unsigned)number;
        r->out->array_size_given = true;
    } else {
        r->out->array_parallelism = (unsigned)number;
    }
    return SWEEP_OK;
}

/* An item with a comma would become two, and an empty one none. */
static bool options_is_item(const json_t *item)
{
    const char *text = json_string_value(item);
    return text != NULL && text[0] != '\0' && strchr(text, ',') == NULL;
}

/* Appends the value as sbatch gets it: a list with commas. False if it is no value of an option. */
static bool options_append(const json_t *value, struct strbuf *out)
{
    const json_t *item;
    size_t i;
    if (json_is_integer(value))
        strbuf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_string(value))
        strbuf_puts(out, json_string_value(value));
    json_array_foreach (value, i, item) {
        if (!options_is_item(item))
            return false;
        if (i > 0)
            strbuf_putc(out, ',');
        strbuf_puts(out, json_string_value(item));
    }
    return true;
}

/* Only strings of the words and patterns have items. */
static bool options_takes_list(const struct slurm_option *option)
{
    enum option_form form = option->form;
    return form == FORM_WORD || form == FORM_SOME_OF || form == FORM_PATTERN || form == FORM_GPUS ||
           form == FORM_GRES;
}

static bool options_takes_type(const struct option_reader *r)
{
    enum option_form form = r->option->form;
    if (json_is_integer(r->value))
        return form != FORM_FLAG && form != FORM_ONE_OF && form != FORM_SOME_OF;
    if (json_is_string(r->value))
        return form != FORM_FLAG && form != FORM_INT;
    return json_is_array(r->value) && json_array_size(r->value) > 0 &&
           options_takes_list(r->option);
}

/* Most often the value is right but for its quotes. */
static const char *options_quotes_hint(const struct option_reader *r)
{
    const char *text = json_string_value(r->value);
    struct slurm_verdict verdict = {0};
    if (text == NULL)
        return NULL;
    if (r->option->form == FORM_INT)
        slurm_value_judge(r->option, text, &verdict);
    bool boolean = r->option->flag && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0);
    return verdict.good || boolean ? "remove the quotes" : NULL;
}

static enum sweep_code options_read_value(struct option_reader *r)
{
    if (r->option->form == FORM_ARRAY)
        return options_read_array(r);
    if (json_is_boolean(r->value) && r->option->flag)
        return options_read_bool(r);
    if (!options_takes_type(r))
        return options_refuse(r, "", options_quotes_hint(r));
    struct strbuf buffer = {0};
    bool joined = options_append(r->value, &buffer);
    char *text = strbuf_steal(&buffer);
    if (text == NULL)
        return SWEEP_NO_MEMORY;
    if (!r->is_computed && strncmp(text, "==", 2) == 0)
        memmove(text, text + 1, strlen(text));
    size_t index = (size_t)(r->option - slurm_option_table);
    r->texts[index] = text;
    struct slurm_verdict verdict;
    slurm_value_judge(r->option, text, &verdict);
    if (verdict.oom)
        return SWEEP_NO_MEMORY;
    if (!joined || !verdict.good)
        return options_refuse(r, verdict.reason, options_quotes_hint(r));
    if (verdict.remark[0] != '\0')
        FINDING_NOTE(
            r->findings, "option-meaning", r->at->value, "/slurm", NULL, "%s", verdict.remark);
    r->given[index] = (struct slurm_given){r->at, text, false};
    options_write(r, text);
    return SWEEP_OK;
}

/* --- options ------------------------------------------------------------------------------- */

static enum sweep_code options_report_unknown(const struct option_reader *r)
{
    const char *reason = slurm_option_reserved(r->at->name);
    if (reason != NULL)
        return FINDING_ERROR(r->findings, "unknown-option", r->at->key, "/slurm", NULL,
            "slurm option \"%s\" cannot be given in a spec: %s", r->at->name, reason);
    struct suggestion suggestion = {.word = r->at->name};
    for (size_t i = 0; i < slurm_option_count; i++)
        suggestion_offer(&suggestion, slurm_option_table[i].name);
    const char *better = slurm_option_alias(r->at->name);
    if (better == NULL)
        better = suggestion.best;
    char hint[96] = "sweep-spec(5) lists the options";
    if (better != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", better);
    return FINDING_ERROR(r->findings, "unknown-option", r->at->key, "/slurm", hint,
        "no slurm option \"%s\"", r->at->name);
}

/* Those that are not about a task: every array of the sweep has the same. */
static const char *options_why_not_computed(const struct slurm_option *option)
{
    if (option->form == FORM_ARRAY)
        return "it is about all runs of the sweep";
    if (strcmp(option->name, "clusters") == 0)
        return "all arrays of a sweep are on one cluster";
    return NULL;
}

/* Takes the value of a computed option, or leaves the option out. */
static enum sweep_code options_read_computed(struct option_reader *r)
{
    const char *reason = options_why_not_computed(r->option);
    r->out->n_computed++;
    if (reason != NULL)
        return FINDING_ERROR(r->findings, "bad-option", r->at->value, "/slurm", "write its value",
            "slurm option %s cannot be computed: %s", r->option->name, reason);
    r->value = json_object_get(r->computed, r->at->name);
    if (r->value == NULL || json_is_null(r->value))
        return SWEEP_OK;
    r->is_computed = true;
    return options_read_value(r);
}

bool slurm_option_is_computed(const json_t *value)
{
    const char *text = json_string_value(value);
    return text != NULL && text[0] == '=' && text[1] != '=';
}

static enum sweep_code options_read(struct option_reader *r)
{
    r->is_computed = false;
    r->option = slurm_option_find(r->at->name);
    if (r->option == NULL)
        return options_report_unknown(r);
    size_t index = (size_t)(r->option - slurm_option_table);
    const struct json_place *before = r->seen[index];
    r->seen[index] = r->at;
    if (before != NULL)
        return FINDING_ERROR(r->findings, "set-twice", r->at->key, "/slurm", NULL,
            "\"%s\" is the same slurm option as \"%s\" in line %u", r->at->name, before->name,
            before->key.line);
    if (r->option->since != NULL && r->option->newer == NULL)
        FINDING_NOTE(r->findings, "option-meaning", r->at->key, "/slurm", NULL,
            "slurm option %s needs Slurm %s or newer", r->option->name, r->option->since);
    if (slurm_option_is_computed(r->value))
        return options_read_computed(r);
    return options_read_value(r);
}

/* The largest number of GPUs that an option asks for. */
static long long options_count_gpus(const struct option_reader *r)
{
    long long most = 0;
    for (size_t i = 0; i < slurm_option_count; i++) {
        enum option_form form = slurm_option_table[i].form;
        if (r->given[i].text == NULL || (form != FORM_GPUS && form != FORM_GRES))
            continue;
        struct slurm_gpus gpus = slurm_gpus_parse(&slurm_option_table[i], r->given[i].text);
        if (gpus.count > most)
            most = gpus.count;
    }
    return most;
}

/* The value of an option as sbatch gets it, or NULL. */
static const char *options_text(const struct option_reader *r, const char *name)
{
    return r->given[slurm_option_find(name) - slurm_option_table].text;
}

/* A number, or the larger one of a range; 0 if the option is not given. */
static long long options_count(const struct option_reader *r, const char *name)
{
    long long min, max;
    const char *text = options_text(r, name);
    if (text == NULL || !slurm_nodes_parse(text, &min, &max))
        return 0;
    return max;
}

/* 0 if Slurm chooses: several tasks may get a node each. */
static long long options_max_nodes(const struct option_reader *r)
{
    if (options_text(r, "nodes") != NULL)
        return options_count(r, "nodes");
    if (options_text(r, "ntasks") != NULL)
        return options_count(r, "ntasks");
    return 1;
}

static long long options_gpus_of(const struct option_reader *r, const char *name)
{
    const char *text = options_text(r, name);
    if (text == NULL)
        return 0;
    return slurm_gpus_parse(slurm_option_find(name), text).count;
}

/* The GPUs of a job, of all its nodes; 0 if that cannot be told from the options. */
static long long options_max_gpus(const struct option_reader *r)
{
    long long nodes = options_max_nodes(r);
    const long long counts[] = {options_gpus_of(r, "gpus"),
        options_gpus_of(r, "gpus-per-node") * nodes, options_gpus_of(r, "gres") * nodes,
        options_gpus_of(r, "gpus-per-task") * options_count(r, "ntasks")};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (counts[i] > 0)
            return counts[i];
    return 0;
}

static long long options_seconds(const struct option_reader *r)
{
    long long seconds;
    const char *text = options_text(r, "time");
    if (text == NULL || !slurm_time_parse(text, &seconds) || seconds < 0)
        return 0;
    return seconds;
}

/* Sets what the plan compares with the processes of a run. */
static void options_sum_up(const struct option_reader *r)
{
    struct slurm_options *out = r->out;
    const struct slurm_given *nodes = &r->given[slurm_option_index("nodes")];
    const struct slurm_given *tasks = &r->given[slurm_option_index("ntasks")];
    long long per_task = options_gpus_of(r, "gpus-per-task");
    out->gpus = options_count_gpus(r);
    for (size_t i = 0; i < slurm_option_count; i++) {
        enum option_form form = slurm_option_table[i].form;
        if (r->given[i].text != NULL && (form == FORM_GPUS || form == FORM_GRES))
            out->gpus_place = r->given[i].at->value;
    }
    if (per_task > 0 && tasks->text != NULL)
        out->gpus_in_all = per_task * atoll(tasks->text);
    long long in_all = options_gpus_of(r, "gpus");
    if (in_all > 0)
        out->gpus_in_all = in_all;
    out->gpus_per_node = options_gpus_of(r, "gres");
    long long per_node = options_gpus_of(r, "gpus-per-node");
    if (per_node > 0)
        out->gpus_per_node = per_node;
    if (nodes->text == NULL)
        return;
    out->nodes_place = nodes->at->value;
    if (!slurm_nodes_parse(nodes->text, &out->nodes_min, &out->nodes_max)) { /* a list of sizes */
        out->nodes_min = 1;
        out->nodes_max = 2;
    }
}

static void options_note(enum sweep_code *result, enum sweep_code code)
{
    if (code == SWEEP_NO_MEMORY || *result == SWEEP_OK)
        *result = code;
}

enum sweep_code slurm_options_parse(const json_t *object, const struct json_place *place,
    const struct slurm_reading *reading, struct slurm_options *out)
{
    *out = (struct slurm_options){.array_size = SLURM_ARRAY_DEFAULT};
    if (object == NULL)
        return SWEEP_OK;
    struct sweep_findings *findings = reading->findings;
    if (!json_is_object(object))
        return FINDING_ERROR(findings, "wrong-type", place->value, "/slurm", NULL,
            "slurm must be an object of sbatch options, got %s", value_type_name(object));
    enum sweep_code result = SWEEP_OK;
    struct option_reader reader = {.findings = findings, .computed = reading->computed, .out = out};
    for (reader.at = place->first; reader.at != NULL; reader.at = reader.at->next) {
        if (json_place_is_comment(reader.at))
            continue;
        reader.value = json_object_get(object, reader.at->name);
        options_note(&result, options_read(&reader));
    }
    bool is_complete = out->n_computed == 0 || reading->computed != NULL;
    if (is_complete)
        options_note(&result, slurm_conflicts_check(reader.given, findings));
    if (reading->cluster != NULL && is_complete && result == SWEEP_OK)
        result = slurm_cluster_check(reader.given, place, reading->cluster, findings);
    options_sum_up(&reader);
    out->max_gpus = options_max_gpus(&reader);
    out->seconds = options_seconds(&reader);
    for (size_t i = 0; i < slurm_option_count; i++)
        free(reader.texts[i]);
    if (out->directives.oom)
        return SWEEP_NO_MEMORY;
    return result;
}

void slurm_options_deinit(struct slurm_options *options)
{
    strbuf_deinit(&options->directives);
}
