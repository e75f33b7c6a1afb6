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

/* There is no built-in profile yet: one that extends another finds it as a file next to it. */
const struct profile profile_builtin = {0};

static FILE *compile_out;

static void compile_puts(const char *code)
{
    fputs(code, compile_out);
}

/* A C string literal, or NULL. Everything but plain printable ASCII is written in octal. */
static void compile_string(const char *text)
{
    if (text == NULL) {
        compile_puts("NULL");
        return;
    }
    putc('"', compile_out);
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(compile_out, "\\%c", *p);
        else if (*p < 32 || *p > 126 || *p == '?')
            fprintf(compile_out, "\\%03o", *p);
        else
            putc(*p, compile_out);
    }
    putc('"', compile_out);
}

static void compile_strings(const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        compile_puts(i > 0 ? ", " : "");
        compile_string(texts[i]);
    }
}

/* A compound literal: only the address of the array is needed. */
static void compile_list(const char *const *items)
{
    if (items == NULL) {
        compile_puts("NULL");
        return;
    }
    compile_puts("(const char *const[]){");
    for (; *items != NULL; items++) {
        compile_string(*items);
        compile_puts(", ");
    }
    compile_puts("NULL}");
}

static void compile_type(const struct value_type *t)
{
    fprintf(compile_out, "{%u, %u, ", t->kinds, t->items);
    compile_strings((const char *const[]){t->words, t->item_words, t->notation}, 3);
    putc('}', compile_out);
}

static void compile_arguments(const struct argument *items, size_t count)
{
    if (count == 0) {
        compile_puts("NULL");
        return;
    }
    compile_puts("(const struct argument[]){");
    for (size_t i = 0; i < count; i++) {
        compile_puts("\n      {");
        compile_string(items[i].name);
        compile_puts(", ");
        compile_type(&items[i].type);
        compile_puts(", ");
        compile_string(items[i].fallback);
        fprintf(compile_out, ", %d, %d},", (int)items[i].supplied, items[i].positional_only);
    }
    putc('}', compile_out);
}

static void compile_recipes(const struct profile *p)
{
    compile_puts("static const struct recipe recipes[] = {\n");
    for (size_t i = 0; i < p->n_recipes; i++) {
        const struct recipe *r = &p->recipes[i];
        compile_puts("  {");
        compile_string(r->name);
        fprintf(compile_out, ", %d,\n   ", r->distributed);
        compile_list(r->required);
        compile_puts(",\n   ");
        compile_list(r->optional);
        compile_puts(",\n   ");
        compile_list(r->configs);
        compile_puts("},\n");
    }
    compile_puts("  {0}};\n\nstatic const struct component components[] = {\n");
    for (size_t i = 0; i < p->n_components; i++) {
        const struct component *c = &p->components[i];
        compile_puts("  {");
        compile_string(c->path);
        compile_puts(", ");
        compile_arguments(c->arguments, c->n_arguments);
        fprintf(compile_out, ", %zu, ", c->n_arguments);
        compile_puts(c->n_facts > 0 ? "(const struct fact[]){" : "NULL");
        for (size_t f = 0; f < c->n_facts; f++) {
            putc('{', compile_out);
            compile_strings((const char *const[]){c->facts[f].name, c->facts[f].text}, 2);
            fprintf(
                compile_out, ", %lld, %d}, ", (long long)c->facts[f].number, c->facts[f].is_bool);
        }
        fprintf(compile_out, "%s, %zu, %d, %d},\n", c->n_facts > 0 ? "}" : "", c->n_facts, c->extra,
            c->ignores_extra);
    }
    compile_puts("  {0}};\n\n");
}

static void compile_keys(const struct profile *p)
{
    compile_puts("static const struct config_key keys[] = {\n");
    for (size_t i = 0; i < p->n_keys; i++) {
        compile_puts("  {");
        compile_strings((const char *const[]){p->keys[i].recipe, p->keys[i].name}, 2);
        compile_puts(", ");
        compile_type(&p->keys[i].type);
        compile_puts("},\n");
    }
    compile_puts("  {0}};\n\n");
}

static void compile_fields(const struct parameter *parameter)
{
    compile_puts("(const struct field[]){");
    for (size_t i = 0; i < parameter->n_fields; i++) {
        const struct field *field = &parameter->fields[i];
        compile_puts("\n    {");
        compile_strings((const char *const[]){field->name, field->path}, 2);
        fprintf(compile_out, ", %d, %d, (const struct elsewhere[]){", (int)field->type,
            (int)field->range);
        for (const struct elsewhere *other = field->elsewhere; other->path != NULL; other++) {
            compile_puts("{");
            compile_list(other->recipes);
            compile_puts(", ");
            compile_string(other->path);
            compile_puts("}, ");
        }
        compile_puts("{0}}},");
    }
    compile_puts("}");
}

static void compile_data(const struct data_paths *paths)
{
    if (paths == NULL) {
        compile_puts("NULL");
        return;
    }
    compile_puts("&(const struct data_paths){");
    compile_strings((const char *const[]){paths->files, paths->directory}, 2);
    compile_puts(", (const struct loader[]){");
    for (const struct loader *loader = paths->loaders; loader->extension != NULL; loader++) {
        compile_puts("{");
        compile_strings(
            (const char *const[]){loader->extension, loader->name, loader->path, loader->value}, 4);
        compile_puts("}, ");
    }
    compile_puts("{0}}, ");
    compile_string(paths->default_loader);
    compile_puts(", ");
    compile_list(paths->compressions);
    compile_puts("}");
}

static void compile_parameters(const struct profile *p)
{
    compile_puts("static const struct parameter parameters[] = {\n");
    for (size_t i = 0; i < p->n_parameters; i++) {
        const struct parameter *one = &p->parameters[i];
        compile_puts("  {");
        compile_strings((const char *const[]){one->name, one->alias}, 2);
        fprintf(compile_out, ", %d, ", (int)one->category);
        compile_string(one->successor);
        fprintf(compile_out, ", %zu, ", one->n_fields);
        compile_fields(one);
        compile_puts(", ");
        compile_data(one->data);
        compile_puts("},\n");
    }
    compile_puts("  {0}};\n\nstatic const struct path_group groups[] = {\n");
    for (size_t i = 0; i < p->n_groups; i++) {
        compile_puts("  {");
        compile_strings((const char *const[]){p->groups[i].code, p->groups[i].hint}, 2);
        compile_puts(", ");
        compile_list(p->groups[i].paths);
        compile_puts("},\n");
    }
    compile_puts("  {0}};\n\n");
}

/* --- conditions of rules ------------------------------------------------------------------ */

enum { MAX_NAMES = 2000 };

static char *compile_names[MAX_NAMES];
static size_t compile_n_names;

/* For struct expr_scope: every name is one, and gets the next number. What is not known to rules is
 * found when they are verified (lib/check/rules.c), or in the tests. */
static bool compile_number_of(
    void *context, const char *name, size_t *slot, unsigned *kinds, const char **hint)
{
    (void)context, (void)hint;
    *kinds = EXPR_ANY;
    for (*slot = 0; *slot < compile_n_names; ++*slot)
        if (strcmp(compile_names[*slot], name) == 0)
            return true;
    if (compile_n_names == MAX_NAMES || (compile_names[compile_n_names] = strdup(name)) == NULL)
        return false;
    compile_n_names++;
    return true;
}

/* A string of the bytes that a condition is compiled to. */
static void compile_frozen(const struct rule *rule)
{
    struct expr_scope scope = {NULL, compile_number_of};
    struct expr_error error = {0};
    struct strbuf bytes = {0};
    if (rule->when == NULL) {
        compile_puts("NULL");
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
    compile_puts("\n   \"");
    for (size_t i = 0; i < bytes.length; i++)
        fprintf(compile_out, "\\%03o", (unsigned char)bytes.data[i]);
    putc('"', compile_out);
    expr_free(expr);
    strbuf_deinit(&bytes);
}

static void compile_contents(const struct file_contents *c)
{
    if (c == NULL) {
        compile_puts("NULL");
        return;
    }
    fprintf(compile_out, "&(const struct file_contents){%d, ", (int)c->format);
    compile_strings((const char *const[]){c->loader, c->delimiter, c->field}, 3);
    compile_puts(", (const struct file_column[]){");
    for (size_t i = 0; i < c->n_columns; i++) {
        compile_puts("{");
        compile_string(c->columns[i].name);
        compile_puts(", ");
        compile_list(c->columns[i].items);
        compile_puts("}, ");
    }
    fprintf(compile_out, "{0}}, %zu, ", c->n_columns);
    compile_list(c->keys);
    compile_puts(", (const struct file_number[]){");
    for (size_t i = 0; i < c->n_numbers; i++) {
        compile_puts("{");
        compile_strings((const char *const[]){c->numbers[i].name, c->numbers[i].value}, 2);
        compile_puts("}, ");
    }
    fprintf(compile_out, "{0}}, %zu}", c->n_numbers);
}

static void compile_rules(const struct profile *p)
{
    compile_puts("static const struct rule rules[] = {\n");
    for (size_t i = 0; i < p->n_rules; i++) {
        const struct rule *r = &p->rules[i];
        compile_puts("  {");
        compile_strings((const char *const[]){r->id, r->code}, 2);
        fprintf(compile_out, ", %d, %d, ", (int)r->severity, (int)r->phase);
        compile_list(r->recipes);
        compile_puts(", ");
        compile_list(r->components);
        compile_puts(", ");
        compile_list(r->keys);
        compile_puts(",\n   ");
        compile_strings((const char *const[]){r->when, r->at, r->message, r->hint, r->raises,
                            r->source, r->why},
            7);
        fprintf(compile_out, ", %d, ", r->executed);
        compile_string(r->file);
        fprintf(compile_out, ", %d, ", r->directory);
        compile_string(r->within);
        compile_puts(", ");
        compile_list(r->numbered);
        compile_puts(", ");
        compile_contents(r->contents);
        compile_puts(", ");
        compile_frozen(r);
        compile_puts("},\n");
    }
    compile_puts("  {0}};\n\nstatic const char *const names[] = {\n");
    compile_strings((const char *const *)compile_names, compile_n_names);
    compile_puts(", NULL};\n\n");
}

static void compile_others(const struct profile *p)
{
    compile_puts("static const struct inert inert[] = {\n");
    for (size_t i = 0; i < p->n_inert; i++) {
        const struct inert *n = &p->inert[i];
        compile_puts("  {");
        compile_strings((const char *const[]){n->id, n->path, n->when, n->message, n->source}, 5);
        compile_puts(", ");
        compile_list(n->recipes);
        compile_puts("},\n");
    }
    compile_puts("  {0}};\n\nstatic const struct dead_key dead[] = {\n");
    for (size_t i = 0; i < p->n_dead; i++) {
        compile_puts("  {");
        compile_strings((const char *const[]){p->dead[i].name, p->dead[i].why}, 2);
        compile_puts(", ");
        compile_list(p->dead[i].recipes);
        compile_puts("},\n");
    }
    compile_puts("  {0}};\n\nstatic const struct handed_on handed_on[] = {\n");
    for (size_t i = 0; i < p->n_handed_on; i++) {
        compile_puts("  {");
        compile_list(p->handed_on[i].components);
        compile_puts(", ");
        compile_string(p->handed_on[i].function);
        compile_puts(", ");
        compile_arguments(p->handed_on[i].arguments, p->handed_on[i].n_arguments);
        fprintf(compile_out, ", %zu},\n", p->handed_on[i].n_arguments);
    }
    compile_puts("  {0}};\n\n");
}

static void compile_outputs(const struct profile *p)
{
    compile_puts("static const struct output outputs[] = {\n");
    for (size_t i = 0; i < p->n_outputs; i++) {
        const struct output *o = &p->outputs[i];
        compile_puts("  {");
        compile_string(o->path);
        compile_puts(", ");
        compile_list(o->recipes);
        compile_puts(", ");
        compile_list(o->components);
        compile_puts(", ");
        compile_string(o->when);
        fprintf(compile_out, ", %d, ", o->is);
        compile_string(o->fallback);
        compile_puts(", ");
        compile_list(o->file);
        compile_puts("},\n");
    }
    compile_puts("  {0}};\n\n");
}

static void compile_log(const struct run_log *log)
{
    const char *const words[] = {log->output, log->files, log->step};
    const char *const measures[] = {log->loss, log->speed, log->memory, log->lower};
    compile_puts("{");
    compile_strings(words, 3);
    compile_puts(", ");
    compile_list(log->steps);
    compile_puts(", ");
    compile_strings(measures, 4);
    compile_puts(", ");
    compile_list(log->gpu_memory);
    compile_puts(", ");
    compile_list(log->host_memory);
    compile_puts(", ");
    compile_list(log->killed);
    compile_puts("},\n    ");
}

static void compile_resuming(const struct resuming *resuming)
{
    const char *const words[] = {resuming->changes, resuming->state, resuming->epochs};
    compile_puts("{");
    compile_list(resuming->exact);
    compile_puts(", ");
    compile_list(resuming->changed);
    compile_puts(", ");
    compile_strings(words, 3);
    compile_puts(", ");
    compile_list(resuming->words);
    compile_puts(", ");
    compile_string(resuming->files);
    compile_puts(", ");
    compile_list(resuming->files_of);
    compile_puts("},\n    ");
}

static void compile_profile(const struct profile *p)
{
    compile_puts("/* Made by specs/profiles/compile.c. */\n#include \"lib/trainer/profile.h\"\n\n");
    compile_recipes(p);
    compile_keys(p);
    compile_parameters(p);
    compile_rules(p);
    compile_others(p);
    compile_outputs(p);
    compile_puts("const struct profile profile_builtin = {");
    compile_strings((const char *const[]){p->trainer, p->version, p->component_key}, 3);
    fprintf(
        compile_out, ", {%d, %d},\n    ", (int)p->dialect.scalars, (int)p->dialect.interpolation);
    compile_list(p->complete);
    compile_puts(",\n    ");
    compile_list(p->launch);
    compile_puts(", ");
    compile_list(p->launch_distributed);
    compile_puts(", ");
    compile_list(p->launch_nodes);
    fprintf(compile_out, ", %d,\n    ", p->launch_modules);
    fprintf(compile_out, "outputs, %zu,\n    ", p->n_outputs);
    compile_log(&p->log);
    compile_resuming(&p->resuming);
    compile_list(p->volatile_paths);
    compile_puts(", ");
    compile_string(p->seed);
    compile_puts(",\n    ");
    compile_list(p->config_directories);
    compile_puts(", ");
    compile_list(p->base_order);
    compile_puts(", ");
    compile_string(p->recipe_comment);
    fprintf(compile_out,
        ", true,\n    recipes, %zu, components, %zu, keys, %zu, parameters, %zu, groups, %zu,\n"
        "    rules, %zu, inert, %zu, dead, %zu, handed_on, %zu,\n    ",
        p->n_recipes, p->n_components, p->n_keys, p->n_parameters, p->n_groups, p->n_rules,
        p->n_inert, p->n_dead, p->n_handed_on);
    compile_list(p->other_names);
    fprintf(compile_out, ", names, %zu, NULL};\n", compile_n_names);
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
    compile_out = fopen(argv[2], "w");
    if (compile_out == NULL) {
        perror(argv[2]);
        return 1;
    }
    compile_profile(&read);
    profile_deinit(&read);
    return fclose(compile_out) == 0 ? 0 : 1;
}
