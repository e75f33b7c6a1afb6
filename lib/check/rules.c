/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/check/rules.h"
#include "lib/check/rule_names.h"
#include "lib/doc/scalar.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

enum { MAX_MESSAGE = 1024, MAX_PATH = 512, MAX_MATCHES = 256 };

/* Rules are compiled when they are applied for the first time: most never are. */
struct compiled {
    const struct rule *rule;
    struct expr *when; /* NULL: always (rules on files), or not compiled yet */
    bool tried;
};

/* The rules for one component, found once. */
struct matches {
    char *component; /* owned */
    size_t *rules;   /* indices; owned */
    size_t count;
};

struct rules {
    const struct profile *profile;
    struct surroundings around;
    struct slots slots;
    struct compiled *items;
    size_t count;
    struct expr **inert; /* one for each of the profile's rows; NULL until it is needed */
    struct matches *matches;
    size_t n_matches;
    char text[MAX_MESSAGE];
    bool no_memory;
};

/* --- compiling ---------------------------------------------------------------------------- */

static struct expr *compile(struct rules *rules, const char *text, const char *id,
    enum sweep_code *code, struct sweep_error *error)
{
    struct expr_error expr_error = {0};
    struct expr_scope scope = {&rules->slots, slots_resolve};
    struct expr *expr = expr_compile(text, strlen(text), &scope, &expr_error);
    if (expr == NULL && expr_error.column == 0)
        *code = sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    else if (expr == NULL)
        *code = sweep_error_set(error, SWEEP_INVALID,
            "rule %s of the profile: column %u of \"%s\": %s%s%s", id, expr_error.column, text,
            expr_error.message, expr_error.hint[0] != '\0' ? "; " : "", expr_error.hint);
    return expr;
}

/* The condition of a rule; NULL when it has none, or is no expression: rules_verify() says so. */
static const struct expr *condition(struct rules *rules, struct compiled *one)
{
    enum sweep_code code = SWEEP_OK;
    if (one->tried || one->rule->when == NULL)
        return one->when;
    rules->slots.allow_it = one->rule->components != NULL || one->rule->keys != NULL;
    one->tried = true;
    if (one->rule->frozen != NULL) {
        one->when = expr_thaw((const unsigned char *)one->rule->frozen,
            &(struct expr_names){&rules->slots, slots_named});
        rules->no_memory |= one->when == NULL;
        return one->when;
    }
    one->when = compile(rules, one->rule->when, one->rule->id, &code, NULL);
    rules->no_memory |= code == SWEEP_NO_MEMORY;
    return one->when;
}

static void collect(struct rules *rules)
{
    for (size_t i = 0; i < rules->profile->n_rules; i++) {
        const struct rule *rule = &rules->profile->rules[i];
        if (list_matches(rule->recipes, rules->around.recipe) &&
            (rule->file == NULL || rules->around.check_paths))
            rules->items[rules->count++] = (struct compiled){.rule = rule};
    }
}

enum sweep_code rules_new(const struct profile *profile, const struct surroundings *around,
    struct rules **out, struct sweep_error *error)
{
    struct rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    rules->profile = profile;
    rules->around = *around;
    rules->slots.profile = profile;
    rules->slots.around = &rules->around;
    rules->items = calloc(profile->n_rules + 1, sizeof *rules->items);
    rules->inert = calloc(profile->n_inert + 1, sizeof(struct expr *));
    if (rules->items == NULL || rules->inert == NULL) {
        rules_free(rules);
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    }
    collect(rules);
    *out = rules;
    return SWEEP_OK;
}

static void forget_matches(struct rules *rules)
{
    for (; rules->n_matches > 0; rules->n_matches--) {
        free(rules->matches[rules->n_matches - 1].component);
        free(rules->matches[rules->n_matches - 1].rules);
    }
}

void rules_free(struct rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; i < rules->count; i++)
        expr_free(rules->items[i].when);
    for (size_t i = 0; rules->inert != NULL && i < rules->profile->n_inert; i++)
        expr_free(rules->inert[i]);
    forget_matches(rules);
    slots_deinit(&rules->slots);
    free(rules->items);
    free(rules->inert);
    free(rules->matches);
    free(rules);
}

enum sweep_code rules_verify(const struct profile *profile, struct sweep_error *error)
{
    struct rules rules = {.profile = profile, .slots = {.profile = profile}};
    enum sweep_code code = SWEEP_OK;
    for (size_t i = 0; code == SWEEP_OK && i < profile->n_rules; i++) {
        const struct rule *rule = &profile->rules[i];
        rules.slots.allow_it = rule->components != NULL || rule->keys != NULL;
        if (rule->when != NULL)
            expr_free(compile(&rules, rule->when, rule->id, &code, error));
    }
    rules.slots.allow_it = false;
    for (size_t i = 0; code == SWEEP_OK && i < profile->n_inert; i++)
        expr_free(compile(&rules, profile->inert[i].when, profile->inert[i].id, &code, error));
    slots_deinit(&rules.slots);
    return code;
}

void rules_begin(struct rules *rules, const struct view *view, bool sparse)
{
    slots_begin(&rules->slots, view, sparse);
}

/* --- messages ----------------------------------------------------------------------------- */

static void put_value(struct strbuf *out, const struct expr_value *value)
{
    if (value->kind == EXPR_STRING) {
        strbuf_append(out, value->text, value->length);
        return;
    }
    CLEANUP_JSON json_t *json = expr_to_json(value);
    if (json != NULL)
        value_write(out, json, SCALAR_IN_FLOW);
}

/* The value of the expression in `{…}`; false when it is none. */
static bool placeholder(struct rules *rules, const char *text, size_t length, const json_t *it,
    const char *it_path, struct strbuf *out, const json_t **list)
{
    struct expr_scope scope = {&rules->slots, slots_resolve};
    struct expr_value value = {0};
    rules->slots.allow_it = it != NULL;
    struct expr *expr = expr_compile(text, length, &scope, NULL);
    if (expr == NULL)
        return false;
    slots_apply(&rules->slots, expr, it, it_path);
    bool good = expr_eval(expr, rules->slots.values, &value, NULL);
    if (good && list != NULL && value.kind == EXPR_LIST)
        *list = value.json;
    else if (good)
        put_value(out, &value);
    bool known = good && value.kind != EXPR_NULL && value.kind != EXPR_ABSENT;
    expr_free(expr);
    return known;
}

/* Fills in a message. False when one of its values is null. A list goes to *list, when that is
 * wanted, and leaves a NUL byte in its place. */
static bool fill_in(struct rules *rules, const char *message, const json_t *it, const char *it_path,
    struct strbuf *out, const json_t **list)
{
    bool known = true;
    while (*message != '\0') {
        size_t plain = strcspn(message, "{");
        strbuf_append(out, message, plain);
        message += plain;
        if (*message == '\0')
            break;
        size_t inner = strcspn(message + 1, "}");
        known &= placeholder(rules, message + 1, inner, it, it_path, out, list);
        if (list != NULL && *list != NULL)
            strbuf_putc(out, '\0');
        message += 1 + inner + (message[1 + inner] == '}');
    }
    rules->no_memory |= out->oom;
    return known && !out->oom;
}

/* "it.lr" → "optimizer.lr" */
static void blame(const struct rule *rule, const char *it_path, char path[MAX_PATH])
{
    const char *at = rule->at != NULL ? rule->at : it_path != NULL ? "it" : "";
    if (it_path != NULL && strcmp(at, "it") == 0)
        snprintf(path, MAX_PATH, "%s", it_path);
    else if (it_path != NULL && strncmp(at, "it.", 3) == 0)
        snprintf(path, MAX_PATH, "%s%s%s", it_path, *it_path != '\0' ? "." : "", at + 3);
    else
        snprintf(path, MAX_PATH, "%s", at);
}

/* The hint, and when the run would have failed. */
static void put_consequence(struct strbuf *out, const struct rule *rule)
{
    if (out->length > 0)
        strbuf_puts(out, "; ");
    if (rule->phase == PHASE_SILENT)
        strbuf_puts(out, "the run would not fail");
    else
        strbuf_printf(out, "the run would fail %s", phase_phrases[rule->phase]);
    if (rule->raises != NULL && rule->phase != PHASE_SILENT) {
        size_t name = strcspn(rule->raises, ": ");
        strbuf_printf(out, ": %.*s", (int)name, rule->raises);
    }
}

static void report(struct rules *rules, const struct rule *rule, const json_t *it,
    const char *it_path, const char *detail, const struct sink *sink)
{
    CLEANUP_STRBUF struct strbuf message = {0}, hint = {0};
    char path[MAX_PATH];
    fill_in(rules, rule->message, it, it_path, &message, NULL);
    if (detail != NULL)
        strbuf_printf(&message, ": %s", detail);
    if (rule->hint != NULL)
        fill_in(rules, rule->hint, it, it_path, &hint, NULL);
    if (rule->severity == SWEEP_ERROR)
        put_consequence(&hint, rule);
    blame(rule, it_path, path);
    rules->no_memory |= message.oom || hint.oom;
    if (!rules->no_memory)
        sink->take(sink->context, &(struct complaint){rule->severity, rule->code, path,
                                      message.data != NULL ? message.data : "",
                                      hint.length > 0 ? hint.data : NULL, rule, it_path});
}

/* --- files -------------------------------------------------------------------------------- */

static bool exists(const struct rules *rules, const struct rule *rule, const char *path)
{
    char full[4096];
    struct stat status;
    snprintf(full, sizeof full, "%s%s%s", path[0] != '/' ? rules->around.directory : "",
        path[0] != '/' ? "/" : "", path);
    return stat(full, &status) == 0 &&
           (rule->directory ? S_ISDIR(status.st_mode) : S_ISREG(status.st_mode));
}

/* Looks for the file, or for each of the files of a list. */
static void check_file(struct rules *rules, const struct rule *rule, const json_t *it,
    const char *it_path, const struct sink *sink)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    const json_t *list = NULL;
    if (!fill_in(rules, rule->file, it, it_path, &path, &list) || path.length == 0)
        return;
    if (list == NULL) {
        if (!exists(rules, rule, path.data))
            report(rules, rule, it, it_path, path.data, sink);
        return;
    }
    size_t index, before = strlen(path.data);
    json_t *item;
    json_array_foreach (list, index, item) {
        CLEANUP_STRBUF struct strbuf one = {0};
        const json_t *name = view_value(rules->slots.view, item);
        strbuf_puts(&one, path.data);
        strbuf_puts(&one, json_is_string(name) ? json_string_value(name) : "");
        if (before < path.length)
            strbuf_puts(&one, path.data + before + 1);
        rules->no_memory |= one.oom;
        if (!one.oom && json_is_string(name) && !exists(rules, rule, one.data))
            report(rules, rule, it, it_path, one.data, sink);
    }
}

/* --- applying ----------------------------------------------------------------------------- */

static void apply(struct rules *rules, struct compiled *one, const json_t *it, const char *it_path,
    const struct sink *sink)
{
    const struct expr *when = condition(rules, one);
    if (one->rule->when != NULL) {
        if (when == NULL)
            return;
        slots_apply(&rules->slots, when, it, it_path);
        if (!expr_holds(when, rules->slots.values))
            return;
    }
    if (one->rule->file != NULL)
        check_file(rules, one->rule, it, it_path, sink);
    else
        report(rules, one->rule, it, it_path, NULL, sink);
}

void rules_apply(struct rules *rules, const struct rule *rule, const json_t *node,
    const char *it_path, const struct sink *sink)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->items[i].rule == rule)
            apply(rules, &rules->items[i], node, it_path, sink);
}

static const char *component_of(const struct rules *rules, const json_t *node)
{
    return json_string_value(
        view_value(rules->slots.view, json_object_get(node, rules->profile->component_key)));
}

void rules_check_config(struct rules *rules, const struct sink *sink)
{
    const char *key;
    json_t *value;
    for (size_t i = 0; i < rules->count; i++) {
        struct compiled *one = &rules->items[i];
        if (one->rule->components == NULL && one->rule->keys == NULL)
            apply(rules, one, NULL, NULL, sink);
        else if (one->rule->keys != NULL)
            json_object_foreach ((json_t *)rules->slots.view->tree, key, value) {
                const json_t *node = view_value(rules->slots.view, value);
                if (json_is_object(node) && list_matches(one->rule->keys, key) &&
                    list_matches(one->rule->components, component_of(rules, node)))
                    apply(rules, one, node, key, sink);
            }
    }
}

static const struct matches *find_matches(struct rules *rules, const char *component)
{
    for (size_t i = 0; i < rules->n_matches; i++)
        if (strcmp(rules->matches[i].component, component) == 0)
            return &rules->matches[i];
    if (rules->n_matches == MAX_MATCHES) /* no config has so many: these are no real ones */
        forget_matches(rules);
    struct matches *all = realloc(rules->matches, (rules->n_matches + 1) * sizeof *all);
    if (all == NULL) {
        rules->no_memory = true;
        return NULL;
    }
    rules->matches = all;
    struct matches *new = &all[rules->n_matches];
    *new = (struct matches){strdup(component), calloc(rules->count + 1, sizeof *new->rules), 0};
    if (new->component == NULL || new->rules == NULL) {
        free(new->component);
        free(new->rules);
        rules->no_memory = true;
        return NULL;
    }
    for (size_t i = 0; i < rules->count; i++)
        if (rules->items[i].rule->components != NULL && rules->items[i].rule->keys == NULL &&
            list_matches(rules->items[i].rule->components, component))
            new->rules[new->count++] = i;
    rules->n_matches++;
    return new;
}

void rules_check_component(
    struct rules *rules, const json_t *node, const char *path, const struct sink *sink)
{
    const char *name = component_of(rules, node);
    const struct matches *matches = name != NULL ? find_matches(rules, name) : NULL;
    for (size_t i = 0; matches != NULL && i < matches->count; i++)
        apply(rules, &rules->items[matches->rules[i]], node, path, sink);
}

/* The condition of a row of `inert`, if it is about this path and applies to the recipe. */
static const struct expr *inert_condition(struct rules *rules, size_t index, const char *path)
{
    const struct inert *inert = &rules->profile->inert[index];
    enum sweep_code code = SWEEP_OK;
    if (strcmp(inert->path, path) != 0 || !list_matches(inert->recipes, rules->around.recipe))
        return NULL;
    rules->slots.allow_it = false;
    if (rules->inert[index] == NULL)
        rules->inert[index] = compile(rules, inert->when, inert->id, &code, NULL);
    rules->no_memory |= code == SWEEP_NO_MEMORY;
    return rules->inert[index];
}

const char *rules_inert(struct rules *rules, const char *path)
{
    for (size_t i = 0; i < rules->profile->n_inert; i++) {
        CLEANUP_STRBUF struct strbuf message = {0};
        const struct expr *when = inert_condition(rules, i, path);
        if (when == NULL)
            continue;
        slots_apply(&rules->slots, when, NULL, NULL);
        if (!expr_holds(when, rules->slots.values))
            continue;
        fill_in(rules, rules->profile->inert[i].message, NULL, NULL, &message, NULL);
        text_copy(rules->text, sizeof rules->text, message.data != NULL ? message.data : path);
        return rules->text;
    }
    return NULL;
}

/* --- what rules depend on ----------------------------------------------------------------- */

void rules_visit(struct rules *rules, const json_t *node, const char *path,
    void (*visit)(void *context, const struct rule *rule, const char *it_path), void *context)
{
    const char *component = node != NULL ? component_of(rules, node) : NULL;
    const struct matches *matches = component != NULL ? find_matches(rules, component) : NULL;
    for (size_t i = 0; matches != NULL && i < matches->count; i++)
        visit(context, rules->items[matches->rules[i]].rule, path);
    for (size_t i = 0; node == NULL && i < rules->count; i++) {
        const struct rule *rule = rules->items[i].rule;
        const char *key;
        json_t *value;
        if (rule->components == NULL && rule->keys == NULL)
            visit(context, rule, NULL);
        else if (rule->keys != NULL)
            json_object_foreach ((json_t *)rules->slots.view->tree, key, value)
                if (list_matches(rule->keys, key))
                    visit(context, rule, key);
    }
}

static void visit_slots(const struct rules *rules, const struct expr *expr, const char *it_path,
    void (*visit)(void *context, const char *path), void *context)
{
    size_t count;
    const size_t *read = expr_slots(expr, &count);
    for (size_t k = 0; k < count; k++)
        slots_paths(&rules->slots, read[k], it_path, visit, context);
}

void rules_inert_reads(struct rules *rules, const char *path,
    void (*visit)(void *context, const char *path), void *context)
{
    for (size_t i = 0; i < rules->profile->n_inert; i++)
        if (inert_condition(rules, i, path) != NULL)
            visit_slots(rules, rules->inert[i], NULL, visit, context);
}

void rules_reads(struct rules *rules, const struct rule *rule, const char *it_path,
    void (*visit)(void *context, const char *path), void *context)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->items[i].rule == rule && condition(rules, &rules->items[i]) != NULL)
            visit_slots(rules, rules->items[i].when, it_path, visit, context);
}

bool rules_lost(const struct rules *rules)
{
    return rules->no_memory;
}
