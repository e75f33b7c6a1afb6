/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/doc/scalar.h"
#include "lib/doc/schema.h"
#include "lib/findings/findings.h"
#include "lib/slurm/setup.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

enum { SETUP_MAX_TEXT = 4096 };

/* A member of "setup", or an item of a list in it. */
struct setup_reader {
    const struct setup_context *context;
    const json_t *value;
    const struct json_place *at;
    const char *pointer; /* of the finding: "/setup" */
    const char *name;    /* in messages: "setup.venv" */
    struct setup *out;
};

#define SETUP_REFUSE(r, place, hint, ...)                                                          \
    FINDING_ERROR((r)->context->findings, "bad-setup", (place), (r)->pointer, (hint), __VA_ARGS__)

/* --- quoting ------------------------------------------------------------------------------ */

/* Appends a word of bash that stands for exactly this text, but for "~/" at its start. */
static void setup_put_word(struct strbuf *out, const char *text)
{
    if (text[0] == '~' && (text[1] == '/' || text[1] == '\0')) {
        strbuf_puts(out, "\"$HOME\"");
        text++;
        if (*text == '\0')
            return;
    }
    bool is_plain = text[0] != '\0';
    for (const char *p = text; *p != '\0'; p++)
        if (!isalnum((unsigned char)*p) && strchr("_./:@%+,-", *p) == NULL)
            is_plain = false;
    if (is_plain) {
        strbuf_puts(out, text);
        return;
    }
    strbuf_putc(out, '\'');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\'')
            strbuf_puts(out, "'\\''");
        else
            strbuf_putc(out, *p);
    }
    strbuf_putc(out, '\'');
}

static void setup_put_item(struct strbuf *list, const char *text)
{
    if (list->length > 0)
        strbuf_putc(list, ' ');
    setup_put_word(list, text);
}

/* --- values ------------------------------------------------------------------------------- */

static bool setup_has_hazard(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length;) {
        uint32_t c = 0;
        size_t n = utf8_decode(text + i, length - i, &c);
        if (n == 0 || code_point_is_hazardous(c))
            return true;
        i += n;
    }
    return false;
}

/* A string that is not empty and has no control characters; NULL with a finding. */
static const char *setup_read_text(const struct setup_reader *r)
{
    const char *text = json_string_value(r->value);
    if (text == NULL)
        SETUP_REFUSE(
            r, r->at->value, NULL, "%s must be str, got %s", r->name, value_type_name(r->value));
    else if (text[0] == '\0')
        SETUP_REFUSE(r, r->at->value, NULL, "%s cannot be empty", r->name);
    else if (strlen(text) > SETUP_MAX_TEXT)
        SETUP_REFUSE(r, r->at->value, NULL, "%s is longer than 4096 bytes", r->name);
    else if (setup_has_hazard(text))
        SETUP_REFUSE(r, r->at->value, NULL,
            "%s cannot contain newlines or other control characters", r->name);
    else
        return text;
    return NULL;
}

/* A name or path of a program's own: nothing that it could take for an option. */
static const char *setup_read_name(const struct setup_reader *r, const char *others)
{
    const char *text = setup_read_text(r);
    if (text == NULL)
        return NULL;
    bool is_good = text[0] != '-';
    for (const char *p = text; *p != '\0'; p++)
        if (!isalnum((unsigned char)*p) && strchr(others, *p) == NULL)
            is_good = false;
    if (is_good)
        return text;
    SETUP_REFUSE(r, r->at->value, NULL, "%s must be letters, digits and \"%s\", got \"%.60s\"",
        r->name, others, text);
    return NULL;
}

static enum sweep_code setup_warn_literal(const struct setup_reader *r, const char *text)
{
    if (strchr(text, '$') == NULL)
        return SWEEP_OK;
    return FINDING_WARNING(r->context->findings, "bad-setup", r->at->value, r->pointer,
        "write the value, or set the variable in a prolog",
        "%s, %.60s, is used as written: $VARIABLES are not expanded", r->name, text);
}

/* --- members ------------------------------------------------------------------------------ */

/* Calls `read` for each item of a list of strings. */
static enum sweep_code setup_read_list(
    const struct setup_reader *r, enum sweep_code (*read)(const struct setup_reader *item))
{
    enum sweep_code result = SWEEP_OK;
    size_t i = 0;
    if (!json_is_array(r->value))
        return SETUP_REFUSE(r, r->at->value, "write a list: [\"…\"]",
            "%s must be a list of strings, got %s", r->name, value_type_name(r->value));
    for (const struct json_place *at = r->at->first; at != NULL; at = at->next) {
        struct setup_reader item = *r;
        item.value = json_array_get(r->value, i++);
        item.at = at;
        enum sweep_code code = read(&item);
        if (code != SWEEP_OK)
            result = code;
    }
    return result;
}

static enum sweep_code setup_read_module(const struct setup_reader *r)
{
    const char *text = setup_read_name(r, "._/+@:-");
    if (text == NULL)
        return SWEEP_INVALID;
    setup_put_item(&r->out->modules, text);
    return SWEEP_OK;
}

static enum sweep_code setup_read_modules(const struct setup_reader *r)
{
    return setup_read_list(r, setup_read_module);
}

static enum sweep_code setup_read_venv(const struct setup_reader *r)
{
    const char *text = setup_read_text(r);
    if (text == NULL)
        return SWEEP_INVALID;
    r->out->venv_path = strdup(text);
    r->out->venv_place = r->at->value;
    if (r->out->venv_path == NULL)
        return SWEEP_NO_MEMORY;
    setup_put_word(&r->out->venv, text);
    return setup_warn_literal(r, text);
}

static enum sweep_code setup_read_conda(const struct setup_reader *r)
{
    const char *text = setup_read_name(r, "._/~+-");
    if (text == NULL)
        return SWEEP_INVALID;
    setup_put_word(&r->out->conda, text);
    return SWEEP_OK;
}

/* The admitted file that has this path, or this name. */
static const char *setup_admitted(const struct setup_context *context, const char *text)
{
    if (context->prologs == NULL)
        return text;
    for (const char *const *file = context->prologs; *file != NULL; file++) {
        const char *slash = strrchr(*file, '/');
        if (strcmp(*file, text) == 0 || (slash != NULL && strcmp(slash + 1, text) == 0))
            return *file;
    }
    return NULL;
}

static enum sweep_code setup_read_prolog(const struct setup_reader *r)
{
    const char *text = setup_read_text(r);
    if (text == NULL)
        return SWEEP_INVALID;
    const char *file = setup_admitted(r->context, text);
    if (file == NULL)
        return SETUP_REFUSE(r, r->at->value, "the setting prologs lists the files that are allowed",
            "%s names a file that sweepd's settings do not allow: \"%.100s\"", r->name, text);
    setup_put_word(&r->out->prolog, file);
    return setup_warn_literal(r, file);
}

/* Why a variable cannot be set; NULL: it can. */
static const char *setup_reserved(const char *name)
{
    static const struct {
        const char *pattern, *reason;
    } table[] = {
        {"PATH", "use venv, conda, modules or a prolog"},
        {"SLURM_*", "Slurm sets it"},
        {"SBATCH_*", "it is only read at submission; use \"slurm\""},
        {"CUDA_VISIBLE_DEVICES", "Slurm sets it to the GPUs of the job"},
        {"ROCR_VISIBLE_DEVICES", "Slurm sets it to the GPUs of the job"},
        {"BASH*", "it belongs to bash"},
        {"SHELLOPTS", "it belongs to bash"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (text_matches(table[i].pattern, name))
            return table[i].reason;
    return NULL;
}

static bool setup_is_variable(const char *name)
{
    if (!isalpha((unsigned char)name[0]) && name[0] != '_')
        return false;
    for (const char *p = name; *p != '\0'; p++)
        if (!isalnum((unsigned char)*p) && *p != '_')
            return false;
    return strlen(name) <= 128;
}

static enum sweep_code setup_read_variable(const struct setup_reader *r)
{
    const char *name = r->at->name, *text = "";
    char number[32];
    if (!setup_is_variable(name))
        return SETUP_REFUSE(r, r->at->key, NULL,
            "setup.env has no variable names such as \"%.60s\": letters, digits and \"_\", the "
            "first no digit",
            name);
    const char *reserved = setup_reserved(name);
    if (reserved != NULL)
        return SETUP_REFUSE(r, r->at->key, NULL, "setup.env cannot set %s: %s", name, reserved);
    if (json_is_integer(r->value)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(r->value));
        text = number;
    } else if (!json_is_string(r->value) || json_string_length(r->value) > 0) {
        text = setup_read_text(r);
    }
    if (text == NULL)
        return SWEEP_INVALID;
    struct strbuf *list = &r->out->environment;
    strbuf_printf(list, "%s%s=", list->length > 0 ? " " : "", name);
    setup_put_word(list, text);
    return setup_warn_literal(r, text);
}

static enum sweep_code setup_read_env(const struct setup_reader *r)
{
    enum sweep_code result = SWEEP_OK;
    if (!json_is_object(r->value))
        return SETUP_REFUSE(r, r->at->value, "write {\"HF_HOME\": \"/scratch/hf\"}",
            "%s must be an object of variables, got %s", r->name, value_type_name(r->value));
    for (const struct json_place *at = r->at->first; at != NULL; at = at->next) {
        if (json_place_is_comment(at))
            continue;
        char name[160];
        snprintf(name, sizeof name, "setup.env.%.128s", at->name);
        struct setup_reader item = *r;
        item.value = json_object_get(r->value, at->name);
        item.at = at;
        item.name = name;
        enum sweep_code code = setup_read_variable(&item);
        if (code != SWEEP_OK)
            result = code;
    }
    return result;
}

static const struct setup_member {
    const char *key;
    enum sweep_code (*read)(const struct setup_reader *r);
    const char *about;
} setup_members[] = {
    {"modules", setup_read_modules, "Environment modules to load, in this order."},
    {"venv", setup_read_venv, "A Python virtual environment to use, by its directory."},
    {"conda", setup_read_conda, "A conda environment to activate, by name or path."},
    {"env", setup_read_env, "Variables for the run; values are not expanded."},
    {"prolog", setup_read_prolog, "A file of bash that is sourced last."},
};

enum { SETUP_MEMBERS = sizeof setup_members / sizeof *setup_members };

static enum sweep_code setup_refuse_key(const struct setup_reader *r)
{
    struct suggestion suggestion = {.word = r->at->name};
    char hint[80] = "setup has modules, venv, conda, env and prolog";
    for (size_t i = 0; i < SETUP_MEMBERS; i++)
        suggestion_offer(&suggestion, setup_members[i].key);
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
    return FINDING_ERROR(r->context->findings, "unknown-key", r->at->key, "/setup", hint,
        "setup has no \"%.100s\"", r->at->name);
}

static enum sweep_code setup_read_member(struct setup_reader *r)
{
    char name[32];
    for (size_t i = 0; i < SETUP_MEMBERS; i++) {
        if (strcmp(setup_members[i].key, r->at->name) != 0)
            continue;
        snprintf(name, sizeof name, "setup.%s", setup_members[i].key);
        r->name = name;
        return setup_members[i].read(r);
    }
    return setup_refuse_key(r);
}

static enum sweep_code setup_read_word(const struct setup_reader *r)
{
    const char *text = setup_read_text(r);
    if (text == NULL)
        return SWEEP_INVALID;
    if (r->out->run_with.length == 0 && text[0] == '-')
        return SETUP_REFUSE(r, r->at->value, NULL,
            "run_with begins with a program, not with the option \"%.60s\"", text);
    setup_put_item(&r->out->run_with, text);
    return setup_warn_literal(r, text);
}

/* true, false or "force" */
static enum sweep_code setup_read_resume(const struct setup_reader *r)
{
    const char *word = json_string_value(r->value);
    r->out->resume_place = r->at->value;
    if (json_is_true(r->value))
        r->out->resume = SETUP_RESUME_EXACT;
    else if (word != NULL && strcmp(word, "force") == 0)
        r->out->resume = SETUP_RESUME_FORCED;
    else if (!json_is_false(r->value))
        return FINDING_ERROR(r->context->findings, "bad-resume", r->at->value, "/resume", NULL,
            "resume must be true, false or \"force\", got %.*s",
            (int)(r->at->length < 60 ? r->at->length : 60), r->at->text);
    return SWEEP_OK;
}

enum sweep_code setup_read(const struct setup_context *context, const json_t *value,
    const struct json_place *place, struct setup *out)
{
    struct setup_reader reader = {context, value, place, "/setup", "setup", out};
    enum sweep_code result = SWEEP_OK;
    if (strcmp(place->name, "resume") == 0) {
        reader.pointer = "/resume";
        return setup_read_resume(&reader);
    }
    if (strcmp(place->name, "run_with") == 0) {
        reader.pointer = "/run_with";
        reader.name = "run_with";
        return setup_read_list(&reader, setup_read_word);
    }
    if (!json_is_object(value))
        return SETUP_REFUSE(&reader, place->value, "write {\"venv\": \"~/envs/train\"}",
            "setup must be an object, got %s", value_type_name(value));
    for (const struct json_place *at = place->first; at != NULL; at = at->next) {
        if (json_place_is_comment(at))
            continue;
        reader.at = at;
        reader.value = json_object_get(value, at->name);
        enum sweep_code code = setup_read_member(&reader);
        if (code != SWEEP_OK)
            result = code;
    }
    if (out->venv.length > 0 && out->conda.length > 0)
        result = SETUP_REFUSE(
            &reader, place->value, "remove one of the two", "setup has both venv and conda");
    return result;
}

/* --- use ---------------------------------------------------------------------------------- */

enum sweep_code setup_check_paths(const struct setup *setup, struct sweep_findings *findings)
{
    struct stat status;
    if (setup->venv_path == NULL || setup->venv_path[0] != '/')
        return SWEEP_OK;
    CLEANUP_STRBUF struct strbuf python = {0};
    strbuf_printf(&python, "%s/bin/python", setup->venv_path);
    if (python.oom)
        return SWEEP_NO_MEMORY;
    if (stat(python.data, &status) == 0)
        return SWEEP_OK;
    return FINDING_ERROR(findings, "bad-setup", setup->venv_place, "/setup",
        "correct the path, or make it: python3 -m venv DIR",
        "setup.venv is not a virtual environment: there is no %s", python.data);
}

static void setup_write_word(const char *name, const struct strbuf *word, struct strbuf *out)
{
    strbuf_printf(out, "%s=%s\n", name, word->length > 0 ? word->data : "''");
}

void setup_write(const struct setup *setup, struct strbuf *out)
{
    strbuf_puts(out, "# shellcheck disable=SC2016  # values are used as written\n{\n");
    strbuf_printf(out, "modules=(%s)\n", strbuf_string(&setup->modules));
    setup_write_word("venv", &setup->venv, out);
    setup_write_word("conda", &setup->conda, out);
    setup_write_word("prolog", &setup->prolog, out);
    strbuf_printf(out, "environment=(%s)\nrun_with=(%s)\n}\n", strbuf_string(&setup->environment),
        strbuf_string(&setup->run_with));
    if (setup->modules.oom || setup->venv.oom || setup->conda.oom || setup->prolog.oom ||
        setup->environment.oom || setup->run_with.oom)
        out->oom = true;
}

void setup_deinit(struct setup *setup)
{
    strbuf_deinit(&setup->modules);
    strbuf_deinit(&setup->environment);
    strbuf_deinit(&setup->run_with);
    strbuf_deinit(&setup->venv);
    strbuf_deinit(&setup->conda);
    strbuf_deinit(&setup->prolog);
    free(setup->venv_path);
    *setup = (struct setup){0};
}

/* --- schema ------------------------------------------------------------------------------- */

static json_t *setup_schema_strings(void)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", schema_string());
}

json_t *setup_schema(void)
{
    json_t *members = json_object();
    for (size_t i = 0; i < SETUP_MEMBERS; i++) {
        json_t *value = NULL;
        if (setup_members[i].read == setup_read_modules)
            value = setup_schema_strings();
        else if (setup_members[i].read == setup_read_env)
            value = json_pack("{s:s, s:{s:[s, s]}}", "type", "object", "additionalProperties",
                "type", "string", "integer");
        else
            value = schema_string();
        value = schema_any(value, json_pack("{s:s}", "type", "null"));
        schema_put(
            &members, setup_members[i].key, schema_describe(value, "%s", setup_members[i].about));
    }
    return schema_object(members, json_false());
}

json_t *setup_resume_schema(void)
{
    return json_pack("{s:[b, b, s]}", "enum", 1, 0, "force");
}

json_t *setup_run_with_schema(void)
{
    return setup_schema_strings();
}
