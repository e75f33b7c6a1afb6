/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: compile PROFILE.json OUT.c
 *
 * Writes a profile as C tables, so that a program has it without reading anything. The reader is
 * the one for users' profiles (lib/trainer/profile_read.c), so both mean the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/trainer/profile.h"
#include "lib/expr/expr.h"

/* Nothing is built in yet: a profile that extends another has it as a file beside it. */
const struct profile profile_builtin = {0};

static FILE *out;

/* A C string, or NULL; octal where a letter could be misread. */
static void string(const char *text)
{
    if (text == NULL) {
        fputs("NULL", out);
        return;
    }
    putc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p < 32 || *p > 126 || *p == '?')
            fprintf(out, "\\%03o", *p);
        else
            putc(*p, out);
    }
    putc('"', out);
}

static void strings(const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fputs(i > 0 ? ", " : "", out);
        string(texts[i]);
    }
}

/* An array without a name: only its address is needed. */
static void list(const char *const *items)
{
    if (items == NULL) {
        fputs("NULL", out);
        return;
    }
    fputs("(const char *const[]){", out);
    for (; *items != NULL; items++) {
        string(*items);
        fputs(", ", out);
    }
    fputs("NULL}", out);
}

static void type(const struct value_type *t)
{
    fprintf(out, "{%u, %u, ", t->kinds, t->items);
    strings((const char *const[]){t->words, t->item_words, t->notation}, 3);
    putc('}', out);
}

static void arguments(const struct argument *items, size_t count)
{
    if (count == 0) {
        fputs("NULL", out);
        return;
    }
    fputs("(const struct argument[]){", out);
    for (size_t i = 0; i < count; i++) {
        fputs("\n      {", out);
        string(items[i].name);
        fputs(", ", out);
        type(&items[i].type);
        fputs(", ", out);
        string(items[i].fallback);
        fprintf(out, ", %d, %d},", (int)items[i].supplied, items[i].positional_only);
    }
    putc('}', out);
}

static void recipes(const struct profile *p)
{
    fputs("static const struct recipe recipes[] = {\n", out);
    for (size_t i = 0; i < p->n_recipes; i++) {
        const struct recipe *r = &p->recipes[i];
        fputs("  {", out);
        string(r->name);
        fprintf(out, ", %d,\n   ", r->distributed);
        list(r->required);
        fputs(",\n   ", out);
        list(r->optional);
        fputs(",\n   ", out);
        list(r->configs);
        fputs("},\n", out);
    }
    fputs("  {0}};\n\nstatic const struct component components[] = {\n", out);
    for (size_t i = 0; i < p->n_components; i++) {
        const struct component *c = &p->components[i];
        fputs("  {", out);
        string(c->path);
        fputs(", ", out);
        arguments(c->arguments, c->n_arguments);
        fprintf(out, ", %zu, ", c->n_arguments);
        fputs(c->n_facts > 0 ? "(const struct fact[]){" : "NULL", out);
        for (size_t f = 0; f < c->n_facts; f++) {
            putc('{', out);
            strings((const char *const[]){c->facts[f].name, c->facts[f].text}, 2);
            fprintf(out, ", %lld, %d}, ", (long long)c->facts[f].number, c->facts[f].is_truth);
        }
        fprintf(out, "%s, %zu, %d},\n", c->n_facts > 0 ? "}" : "", c->n_facts, c->extra);
    }
    fputs("  {0}};\n\n", out);
}

static void keys(const struct profile *p)
{
    fputs("static const struct config_key keys[] = {\n", out);
    for (size_t i = 0; i < p->n_keys; i++) {
        fputs("  {", out);
        strings((const char *const[]){p->keys[i].recipe, p->keys[i].name}, 2);
        fputs(", ", out);
        type(&p->keys[i].type);
        fputs("},\n", out);
    }
    fputs("  {0}};\n\n", out);
}

static void parameters(const struct profile *p)
{
    fputs("static const struct parameter parameters[] = {\n", out);
    for (size_t i = 0; i < p->n_parameters; i++) {
        const struct parameter *one = &p->parameters[i];
        fputs("  {", out);
        strings((const char *const[]){one->name, one->alias}, 2);
        fprintf(out, ", %d, ", (int)one->category);
        string(one->successor);
        fprintf(out, ", %zu, {", one->n_fields);
        for (size_t k = 0; k < one->n_fields; k++) {
            fputs("\n    {", out);
            strings((const char *const[]){one->fields[k].name, one->fields[k].path}, 2);
            fprintf(out, ", %d, %d, (const struct elsewhere[]){", (int)one->fields[k].type,
                (int)one->fields[k].range);
            for (const struct elsewhere *e = one->fields[k].elsewhere; e->path != NULL; e++) {
                fputs("{", out);
                list(e->recipes);
                fputs(", ", out);
                string(e->path);
                fputs("}, ", out);
            }
            fputs("{0}}},", out);
        }
        fputs("}},\n", out);
    }
    fputs("  {0}};\n\n", out);
}

/* --- conditions of rules ------------------------------------------------------------------ */

enum { MAX_NAMES = 2000 };

static char *names[MAX_NAMES];
static size_t n_names;

/* For struct expr_scope: every name is one, and gets the next number. What is not known to rules is
 * found when they are verified (lib/check/rules.c), or in the tests. */
static bool number_of(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint)
{
    (void)context, (void)hint;
    *kinds = EXPR_ANY;
    for (*slot = 0; *slot < n_names; ++*slot)
        if (strcmp(names[*slot], name) == 0)
            return true;
    if (n_names == MAX_NAMES || (names[n_names] = strdup(name)) == NULL)
        return false;
    n_names++;
    return true;
}

/* A string of the bytes that a condition is compiled to. */
static void frozen(const struct rule *rule)
{
    struct expr_scope scope = {NULL, number_of};
    struct expr_error error = {0};
    struct strbuf bytes = {0};
    if (rule->when == NULL) {
        fputs("NULL", out);
        return;
    }
    struct expr *expr = expr_compile(rule->when, strlen(rule->when), &scope, &error);
    if (expr == NULL) {
        fprintf(stderr, "compile: rule %s, \"%s\", column %u: %s\n", rule->id, rule->when,
            error.column, error.message);
        exit(1);
    }
    expr_freeze(expr, &bytes);
    if (bytes.oom)
        exit(1);
    fputs("\n   \"", out);
    for (size_t i = 0; i < bytes.length; i++)
        fprintf(out, "\\%03o", (unsigned char)bytes.data[i]);
    putc('"', out);
    expr_free(expr);
    strbuf_deinit(&bytes);
}

static void rules(const struct profile *p)
{
    fputs("static const struct rule rules[] = {\n", out);
    for (size_t i = 0; i < p->n_rules; i++) {
        const struct rule *r = &p->rules[i];
        fputs("  {", out);
        strings((const char *const[]){r->id, r->code}, 2);
        fprintf(out, ", %d, %d, ", (int)r->severity, (int)r->phase);
        list(r->recipes);
        fputs(", ", out);
        list(r->components);
        fputs(", ", out);
        list(r->keys);
        fputs(",\n   ", out);
        strings((const char *const[]){r->when, r->at, r->message, r->hint, r->raises, r->source,
                    r->why},
            7);
        fprintf(out, ", %d, ", r->executed);
        string(r->file);
        fprintf(out, ", %d, ", r->directory);
        frozen(r);
        fputs("},\n", out);
    }
    fputs("  {0}};\n\nstatic const char *const names[] = {\n", out);
    strings((const char *const *)names, n_names);
    fputs(", NULL};\n\n", out);
}

static void others(const struct profile *p)
{
    fputs("static const struct inert inert[] = {\n", out);
    for (size_t i = 0; i < p->n_inert; i++) {
        const struct inert *n = &p->inert[i];
        fputs("  {", out);
        strings((const char *const[]){n->id, n->path, n->when, n->message, n->source}, 5);
        fputs(", ", out);
        list(n->recipes);
        fputs("},\n", out);
    }
    fputs("  {0}};\n\nstatic const struct dead_key dead[] = {\n", out);
    for (size_t i = 0; i < p->n_dead; i++) {
        fputs("  {", out);
        strings((const char *const[]){p->dead[i].name, p->dead[i].why}, 2);
        fputs(", ", out);
        list(p->dead[i].recipes);
        fputs("},\n", out);
    }
    fputs("  {0}};\n\nstatic const struct handed_on handed_on[] = {\n", out);
    for (size_t i = 0; i < p->n_handed_on; i++) {
        fputs("  {", out);
        list(p->handed_on[i].components);
        fputs(", ", out);
        string(p->handed_on[i].function);
        fputs(", ", out);
        arguments(p->handed_on[i].arguments, p->handed_on[i].n_arguments);
        fprintf(out, ", %zu},\n", p->handed_on[i].n_arguments);
    }
    fputs("  {0}};\n\n", out);
}

static void profile(const struct profile *p)
{
    fputs("/* Made by specs/profiles/compile.c. */\n#include \"lib/trainer/profile.h\"\n\n", out);
    recipes(p);
    keys(p);
    parameters(p);
    rules(p);
    others(p);
    fputs("const struct profile profile_builtin = {", out);
    strings((const char *const[]){p->trainer, p->version, p->component_key}, 3);
    fputs(",\n    ", out);
    list(p->complete);
    fputs(",\n    ", out);
    list(p->launch);
    fputs(", ", out);
    list(p->launch_distributed);
    fprintf(out,
        ",\n    recipes, %zu, components, %zu, keys, %zu, parameters, %zu, rules, %zu, inert, %zu, "
        "dead, %zu,\n"
        "    handed_on, %zu, names, %zu, NULL};\n",
        p->n_recipes, p->n_components, p->n_keys, p->n_parameters, p->n_rules, p->n_inert,
        p->n_dead, p->n_handed_on, n_names);
}

int main(int argc, char **argv)
{
    struct profile read;
    struct sweep_error error = {0};
    if (argc != 3) {
        fprintf(stderr, "usage: compile PROFILE.json OUT.c\n");
        return 2;
    }
    if (profile_read(argv[1], &read, &error) != SWEEP_OK) {
        fprintf(stderr, "compile: %s\n", error.message);
        return 1;
    }
    out = fopen(argv[2], "w");
    if (out == NULL) {
        perror(argv[2]);
        return 1;
    }
    profile(&read);
    profile_deinit(&read);
    return fclose(out) == 0 ? 0 : 1;
}
