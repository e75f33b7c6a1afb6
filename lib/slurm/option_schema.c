/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/doc/schema.h"
#include "lib/slurm/option_schema.h"
#include "lib/slurm/options.h"
#include "lib/slurm/table.h"
#include "lib/slurm/values.h"
#include "lib/util/cleanup.h"

/* --- patterns ------------------------------------------------------------------------------ */

static const char option_word[] = "^(?!-)[A-Za-z0-9_.,:;@+=/&|*%?!\\[\\]()-]{1,256}$";
static const char option_time[] =
    "^(([0-9]{1,6}-)?[0-9]{1,6}(:[0-9]{1,6}){0,2}|[Uu][Nn][Ll][Ii][Mm][Ii][Tt][Ee][Dd]"
    "|[Ii][Nn][Ff][Ii][Nn][Ii][Tt][Ee])$";
static const char option_size[] = "^[0-9]{1,11}([kmgtKMGT][bB]?)?$";
static const char option_nodes[] =
    "^([0-9]{1,9}[kmKM]?(-[0-9]{1,9}[kmKM]?)?"
    "|[1-9][0-9]*(-[1-9][0-9]*(:[1-9][0-9]*)?)?(,[1-9][0-9]*(-[1-9][0-9]*(:[1-9][0-9]*)?)?)*)$";

/* A letter in both cases. */
static void option_put_letter(struct strbuf *out, char c)
{
    strbuf_putc(out, (char)toupper((unsigned char)c));
    strbuf_putc(out, (char)tolower((unsigned char)c));
}

/* Writes the bracket expression at `p`; returns what follows it. */
static const char *option_put_bracket(struct strbuf *out, const char *p)
{
    const char *start = p + 1;
    strbuf_putc(out, '[');
    for (p = start; *p != '\0' && (*p != ']' || p == start); p++) {
        if (isalpha((unsigned char)p[0]) && p[1] == '-' && isalpha((unsigned char)p[2])) {
            strbuf_printf(
                out, "%c-%c%c-%c", tolower(p[0]), tolower(p[2]), toupper(p[0]), toupper(p[2]));
            p += 2;
        } else if (isalpha((unsigned char)*p)) {
            option_put_letter(out, *p);
        } else {
            if (strchr("[]\\", *p) != NULL)
                strbuf_putc(out, '\\');
            strbuf_putc(out, *p);
        }
    }
    strbuf_putc(out, ']');
    return p + 1;
}

/* A POSIX expression that ignores case, as ECMA-262 writes it: JSON Schema has no such option. */
static void option_put_pattern(struct strbuf *out, const char *p)
{
    while (*p != '\0') {
        if (*p == '[') {
            p = option_put_bracket(out, p);
        } else if (isalpha((unsigned char)*p)) {
            strbuf_putc(out, '[');
            option_put_letter(out, *p++);
            strbuf_putc(out, ']');
        } else {
            strbuf_putc(out, *p++);
        }
    }
}

/* One of the words of a list that is separated by spaces; with `several`, some, with commas. */
static void option_put_words(struct strbuf *out, const char *list, bool several)
{
    CLEANUP_STRBUF struct strbuf words = {0};
    for (; *list != '\0'; list++)
        strbuf_putc(&words, (char)(*list == ' ' ? '|' : *list));
    const char *all = strbuf_string(&words);
    strbuf_puts(out, "^(");
    option_put_pattern(out, all);
    if (several) {
        strbuf_puts(out, ")(,(");
        option_put_pattern(out, all);
        strbuf_puts(out, ")");
    }
    strbuf_puts(out, several ? ")*$" : ")$");
    if (words.oom)
        out->oom = true;
}

/* --- values -------------------------------------------------------------------------------- */

static json_t *option_string(const char *pattern)
{
    return json_pack("{s:s, s:s}", "type", "string", "pattern", pattern);
}

/* A string, which may also be given as a list of its parts. */
static json_t *option_list(json_t *string)
{
    return schema_any(string, schema_list(option_string("^[^,]+$")));
}

/* Takes the pattern over. */
static json_t *option_string_of(struct strbuf *pattern)
{
    json_t *schema = NULL;
    if (!pattern->oom)
        schema = option_string(strbuf_string(pattern));
    strbuf_deinit(pattern);
    return schema;
}

/* The words as they are documented, which editors offer, or in any case. */
static json_t *option_words(const struct slurm_option *option)
{
    struct strbuf pattern = {0};
    json_t *words = json_array();
    for (const char *p = option->values; *p != '\0'; p += strspn(p, " ")) {
        size_t length = strcspn(p, " ");
        schema_add(&words, json_stringn(p, length));
        p += length;
    }
    bool several = option->form == FORM_SOME_OF;
    option_put_words(&pattern, option->values, several);
    json_t *strings = schema_any(json_pack("{s:o}", "enum", words), option_string_of(&pattern));
    return several ? option_list(strings) : strings;
}

static json_t *option_pattern(const struct slurm_option *option)
{
    struct strbuf pattern = {0};
    option_put_pattern(&pattern, option->values);
    return option_list(option_string_of(&pattern));
}

static json_t *option_value(const struct slurm_option *option)
{
    switch (option->form) {
    case FORM_FLAG:
        break;
    case FORM_ARRAY:
        return schema_int(1, SLURM_ARRAY_MAX);
    case FORM_INT:
        return schema_int(option->min, option->max);
    case FORM_WORD:
        return schema_any(option_list(option_string(option_word)), schema_int(0, -1));
    case FORM_TIME:
        return schema_any(option_string(option_time), schema_int(option->min, 999999));
    case FORM_SIZE:
        return schema_any(option_string(option_size), schema_int(0, -1));
    case FORM_ONE_OF:
    case FORM_SOME_OF:
        return option_words(option);
    case FORM_PATTERN:
        return schema_any(option_pattern(option), schema_int(0, -1));
    case FORM_NODES:
        return schema_any(option_string(option_nodes), schema_int(1, -1));
    case FORM_GPUS:
        return schema_any(option_list(option_string(option_word)), schema_int(0, -1));
    case FORM_GRES:
        return option_list(option_string(option_word));
    }
    return json_pack("{s:s}", "type", "boolean");
}

static json_t *option_schema(const struct slurm_option *option)
{
    char wanted[240], since[40] = "";
    slurm_value_wanted(option, wanted, sizeof wanted);
    if (option->since != NULL && option->newer == NULL)
        snprintf(since, sizeof since, "; Slurm %s or newer", option->since);
    json_t *value = option_value(option);
    if (option->flag && option->form != FORM_FLAG)
        value = schema_any(value, json_pack("{s:s}", "type", "boolean"));
    if (option->form != FORM_ARRAY)
        value = schema_any(value, option_string("^="));            /* computed for each run */
    value = schema_any(value, json_pack("{s:s}", "type", "null")); /* removes what is inherited */
    if (option->form == FORM_ARRAY)
        return schema_describe(value, "Shapes the job arrays: %s", wanted);
    return schema_describe(value, "sbatch --%s: %s%s", option->name, wanted, since);
}

/* --- names --------------------------------------------------------------------------------- */

/* Other spellings of a name, "_" for "-" or the other way round; its own is a property. */
static void option_add_spellings(json_t **patterns, const char *pointer, const char *name)
{
    CLEANUP_STRBUF struct strbuf key = {0};
    if (strpbrk(name, "-_") == NULL)
        return;
    strbuf_printf(&key, "^(?!%s$)", name);
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '-' || *p == '_')
            strbuf_puts(&key, "[-_]");
        else
            strbuf_putc(&key, *p);
    }
    strbuf_putc(&key, '$');
    json_t *reference = NULL;
    if (!key.oom)
        reference = json_pack("{s:s++}", "$ref", pointer, "/properties/", name);
    schema_put(patterns, strbuf_string(&key), reference);
}

json_t *slurm_schema(const char *pointer)
{
    json_t *options = json_object(), *patterns = json_pack("{s:b}", "^//", 1);
    for (size_t i = 0; i < slurm_option_count; i++) {
        const struct slurm_option *option = &slurm_option_table[i];
        schema_put(&options, option->name, option_schema(option));
        option_add_spellings(&patterns, pointer, option->name);
    }
    json_t *schema = schema_object(options, json_false());
    schema_put(&schema, "patternProperties", patterns);
    return schema;
}
