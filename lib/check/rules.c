/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/file_checks.h"
#include "lib/check/rule_message.h"
#include "lib/check/rule_names.h"
#include "lib/check/rules.h"
#include "lib/doc/path.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

enum { MAX_MESSAGE = 1024, MAX_COMPONENTS = 256 };

/* A rule is compiled when it is applied for the first time: most never are. */
struct compiled_rule {
    const struct rule *rule;
    struct expr *when; /* NULL: it has no condition (rules for files), or could not be compiled */
    bool compiled;
};

/* The rules for one component. */
struct component_rules {
    char *component; /* owned */
    size_t *indices; /* in struct rules; owned */
    size_t count;
};

struct rules {
    const struct profile *profile;
    struct check_options options;
    struct rule_names names;
    struct compiled_rule *items;
    size_t count;
    struct expr **inert; /* conditions of the profile's inert paths; NULL: not compiled yet */
    struct component_rules *components;
    size_t n_components;
    struct contents_cache contents; /* of the files that were read */
    char inert_message[MAX_MESSAGE];
    bool oom;
};

/* --- compiling ---------------------------------------------------------------------------- */

static struct expr *rules_compile(struct rule_names *names, const char *text, const char *id,
    enum sweep_code *code, struct sweep_error *error)
{
    struct expr_error expr_error = {0};
    struct expr_scope scope = {names, rule_names_resolve};
    struct expr *expr = expr_compile(text, strlen(text), &scope, &expr_error);
    if (expr != NULL)
        return expr;
    if (expr_error.column == 0) {
        *code = sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
        return NULL;
    }
    *code = sweep_error_set(error, SWEEP_INVALID,
        "rule %s of the profile: column %u of \"%s\": %s%s%s", id, expr_error.column, text,
        expr_error.message, expr_error.hint[0] != '\0' ? "; " : "", expr_error.hint);
    return NULL;
}

static bool rules_needs_it(const struct rule *rule)
{
    return rule->components != NULL || rule->keys != NULL;
}

/* The condition of a rule, or NULL. */
static const struct expr *rules_condition(struct rules *rules, struct compiled_rule *one)
{
    const struct rule *rule = one->rule;
    enum sweep_code code = SWEEP_OK;
    if (one->compiled || rule->when == NULL)
        return one->when;
    one->compiled = true;
    if (rule->frozen != NULL) {
        struct expr_names names = {&rules->names, rule_names_thaw};
        one->when = expr_thaw((const unsigned char *)rule->frozen, &names);
        if (one->when == NULL)
            rules->oom = true;
        return one->when;
    }
    rules->names.allow_it = rules_needs_it(rule);
    one->when = rules_compile(&rules->names, rule->when, rule->id, &code, NULL);
    if (code == SWEEP_NO_MEMORY)
        rules->oom = true;
    return one->when;
}

static void rules_select(struct rules *rules)
{
    for (size_t i = 0; i < rules->profile->n_rules; i++) {
        const struct rule *rule = &rules->profile->rules[i];
        if (profile_recipe_is_in(rules->profile, rules->options.recipe, rule->recipes) &&
            (rule->file == NULL || rules->options.check_paths))
            rules->items[rules->count++] = (struct compiled_rule){.rule = rule};
    }
}

enum sweep_code rules_new(const struct profile *profile, const struct check_options *options,
    struct rules **out, struct sweep_error *error)
{
    struct rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    rules->profile = profile;
    rules->options = *options;
    rules->names.profile = profile;
    rules->names.options = &rules->options;
    rules->items = calloc(profile->n_rules + 1, sizeof *rules->items);
    rules->inert = calloc(profile->n_inert + 1, sizeof(struct expr *));
    if (rules->items == NULL || rules->inert == NULL) {
        rules_free(rules);
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    }
    rules_select(rules);
    *out = rules;
    return SWEEP_OK;
}

static void rules_forget_components(struct rules *rules)
{
    for (size_t i = 0; i < rules->n_components; i++) {
        free(rules->components[i].component);
        free(rules->components[i].indices);
    }
    rules->n_components = 0;
}

void rules_free(struct rules *rules)
{
    if (rules == NULL)
        return;
    for (size_t i = 0; i < rules->count; i++)
        expr_free(rules->items[i].when);
    for (size_t i = 0; rules->inert != NULL && i < rules->profile->n_inert; i++)
        expr_free(rules->inert[i]);
    rules_forget_components(rules);
    rule_names_deinit(&rules->names);
    contents_cache_deinit(&rules->contents);
    free(rules->items);
    free(rules->inert);
    free(rules->components);
    free(rules);
}

enum sweep_code rules_verify(const struct profile *profile, struct sweep_error *error)
{
    struct rule_names names = {.profile = profile};
    enum sweep_code code = SWEEP_OK;
    for (size_t i = 0; code == SWEEP_OK && i < profile->n_rules; i++) {
        const struct rule *rule = &profile->rules[i];
        names.allow_it = rules_needs_it(rule);
        if (rule->when != NULL)
            expr_free(rules_compile(&names, rule->when, rule->id, &code, error));
    }
    names.allow_it = false;
    for (size_t i = 0; code == SWEEP_OK && i < profile->n_inert; i++) {
        const struct inert *inert = &profile->inert[i];
        expr_free(rules_compile(&names, inert->when, inert->id, &code, error));
    }
    rule_names_deinit(&names);
    return code;
}

void rules_begin(struct rules *rules, const struct resolved_config *config, bool few_rules)
{
    rule_names_begin(&rules->names, config, few_rules);
}

/* --- reports ------------------------------------------------------------------------------ */

/* A rule that is being applied. */
struct applied_rule {
    const struct rule *rule;
    const struct check_subject *it; /* NULL: the config as a whole */
    const struct diagnostic_sink *sink;
};

/* The path to blame is rule->at, with `it` replaced by its path: it.lr → optimizer.lr. */
static void rules_blame(
    const struct rule *rule, const struct check_subject *it, char path[PATH_MAX_BYTES])
{
    if (it == NULL) {
        snprintf(path, PATH_MAX_BYTES, "%s", rule->at != NULL ? rule->at : "");
        return;
    }
    if (rule->at == NULL || strcmp(rule->at, "it") == 0)
        snprintf(path, PATH_MAX_BYTES, "%s", it->path);
    else if (strncmp(rule->at, "it.", 3) != 0)
        snprintf(path, PATH_MAX_BYTES, "%s", rule->at);
    else if (it->path[0] == '\0')
        snprintf(path, PATH_MAX_BYTES, "%s", rule->at + 3);
    else
        snprintf(path, PATH_MAX_BYTES, "%s.%s", it->path, rule->at + 3);
}

/* `detail` is NULL, or says which file is wrong, and how. */
static void rules_report(
    struct rules *rules, const struct applied_rule *applied, const char *detail)
{
    const struct rule *rule = applied->rule;
    const struct check_subject *it = applied->it;
    CLEANUP_STRBUF struct strbuf message = {0}, hint = {0};
    char path[PATH_MAX_BYTES];
    rule_message_fill(&rules->names, it, rule->message, &message);
    if (detail != NULL)
        strbuf_printf(&message, ": %s", detail);
    if (rule->hint != NULL)
        rule_message_fill(&rules->names, it, rule->hint, &hint);
    if (rule->severity == SWEEP_ERROR)
        rule_message_consequence(rule, &hint);
    rules_blame(rule, it, path);
    if (message.oom || hint.oom)
        rules->oom = true;
    if (rules->oom)
        return;
    struct diagnostic diagnostic = {rule->severity, rule->code, path, "", NULL, rule, NULL};
    if (message.length > 0)
        diagnostic.message = message.data;
    if (hint.length > 0)
        diagnostic.hint = hint.data;
    if (it != NULL)
        diagnostic.it_path = it->path;
    applied->sink->emit(applied->sink->context, &diagnostic);
}

/* --- files -------------------------------------------------------------------------------- */

/* A rule that is being applied to files. */
struct rules_file_report {
    struct rules *rules;
    const struct applied_rule *applied;
};

static void rules_report_file(void *context, const char *detail)
{
    const struct rules_file_report *report = context;
    rules_report(report->rules, report->applied, detail);
}

static void rules_note_unreadable(void *context, const char *file, int failure)
{
    const struct rules_file_report *report = context;
    const struct applied_rule *applied = report->applied;
    char path[PATH_MAX_BYTES];
    rules_blame(applied->rule, applied->it, path);
    diagnostic_note(applied->sink, "unchecked-path", path,
        "check it as a user who may read it: sweepctl validate --check-paths",
        "%s was not looked into: %s", file, strerror(failure));
}

static void rules_check_file(struct rules *rules, const struct applied_rule *applied)
{
    struct rules_file_report report = {rules, applied};
    struct file_check check = {.names = &rules->names,
        .options = &rules->options,
        .cache = &rules->contents,
        .rule = applied->rule,
        .it = applied->it,
        .report = rules_report_file,
        .unreadable = rules_note_unreadable,
        .context = &report};
    file_check_apply(&check);
    if (check.oom)
        rules->oom = true;
}

/* --- applying ----------------------------------------------------------------------------- */

static void rules_apply_one(struct rules *rules, struct compiled_rule *one,
    const struct check_subject *it, const struct diagnostic_sink *sink)
{
    const struct applied_rule applied = {one->rule, it, sink};
    if (one->rule->when != NULL) {
        const struct expr *when = rules_condition(rules, one);
        if (when == NULL)
            return;
        rule_names_read(&rules->names, when, it);
        if (!expr_holds(when, rules->names.values))
            return;
    }
    if (one->rule->file != NULL)
        rules_check_file(rules, &applied);
    else
        rules_report(rules, &applied, NULL);
}

void rules_apply(struct rules *rules, const struct rule *rule, const struct check_subject *it,
    const struct diagnostic_sink *sink)
{
    for (size_t i = 0; i < rules->count; i++)
        if (rules->items[i].rule == rule)
            rules_apply_one(rules, &rules->items[i], it, sink);
}

static const char *rules_component(const struct rules *rules, const json_t *node)
{
    const json_t *name = json_object_get(node, rules->profile->component_key);
    return json_string_value(resolved_value(rules->names.config, name));
}

static void rules_apply_to_value(struct rules *rules, struct compiled_rule *one, const char *key,
    const json_t *value, const struct diagnostic_sink *sink)
{
    const json_t *node = resolved_value(rules->names.config, value);
    if (json_is_object(node) && list_matches(one->rule->keys, key) &&
        list_matches(one->rule->components, rules_component(rules, node)))
        rules_apply_one(rules, one, &(struct check_subject){node, key}, sink);
}

/* Applies a rule to each top-level mapping that it is for. */
static void rules_apply_to_keys(
    struct rules *rules, struct compiled_rule *one, const struct diagnostic_sink *sink)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)rules->names.config->tree, key, value)
        rules_apply_to_value(rules, one, key, value, sink);
}

void rules_apply_to_key(struct rules *rules, const struct rule *rule, const char *key,
    const struct diagnostic_sink *sink)
{
    const json_t *value = json_object_get(rules->names.config->tree, key);
    for (size_t i = 0; i < rules->count; i++)
        if (rules->items[i].rule == rule)
            rules_apply_to_value(rules, &rules->items[i], key, value, sink);
}

void rules_check_config(struct rules *rules, const struct diagnostic_sink *sink)
{
    for (size_t i = 0; i < rules->count; i++) {
        struct compiled_rule *one = &rules->items[i];
        if (one->rule->keys != NULL)
            rules_apply_to_keys(rules, one, sink);
        else if (one->rule->components == NULL)
            rules_apply_one(rules, one, NULL, sink);
    }
}

static struct component_rules *rules_add_component(struct rules *rules, const char *component)
{
    if (rules->n_components == MAX_COMPONENTS) /* no real config has so many */
        rules_forget_components(rules);
    struct component_rules *all =
        realloc(rules->components, (rules->n_components + 1) * sizeof *all);
    if (all == NULL)
        return NULL;
    rules->components = all;
    struct component_rules *new = &all[rules->n_components];
    *new = (struct component_rules){
        strdup(component), calloc(rules->count + 1, sizeof *new->indices), 0};
    if (new->component == NULL || new->indices == NULL) {
        free(new->component);
        free(new->indices);
        return NULL;
    }
    rules->n_components++;
    return new;
}

/* The rules for a component; NULL if it has no name, or memory ran out. */
static const struct component_rules *rules_find_component(
    struct rules *rules, const char *component)
{
    if (component == NULL)
        return NULL;
    for (size_t i = 0; i < rules->n_components; i++)
        if (strcmp(rules->components[i].component, component) == 0)
            return &rules->components[i];
    struct component_rules *new = rules_add_component(rules, component);
    if (new == NULL) {
        rules->oom = true;
        return NULL;
    }
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = rules->items[i].rule;
        if (rule->components != NULL && rule->keys == NULL &&
            list_matches(rule->components, component))
            new->indices[new->count++] = i;
    }
    return new;
}

void rules_check_component(
    struct rules *rules, const struct check_subject *component, const struct diagnostic_sink *sink)
{
    const struct component_rules *found =
        rules_find_component(rules, rules_component(rules, component->node));
    if (found == NULL)
        return;
    for (size_t i = 0; i < found->count; i++)
        rules_apply_one(rules, &rules->items[found->indices[i]], component, sink);
}

/* --- paths that make no difference -------------------------------------------------------- */

/* The condition of the profile's inert path `index`; NULL if it is another path, or for another
 * recipe. */
static const struct expr *rules_inert_condition(struct rules *rules, size_t index, const char *path)
{
    const struct inert *inert = &rules->profile->inert[index];
    enum sweep_code code = SWEEP_OK;
    if (strcmp(inert->path, path) != 0 ||
        !profile_recipe_is_in(rules->profile, rules->options.recipe, inert->recipes))
        return NULL;
    rules->names.allow_it = false;
    if (rules->inert[index] == NULL)
        rules->inert[index] = rules_compile(&rules->names, inert->when, inert->id, &code, NULL);
    if (code == SWEEP_NO_MEMORY)
        rules->oom = true;
    return rules->inert[index];
}

/* True if the path is in a component that the profile does not know, and may be used there. */
static bool rules_is_in_unknown(const struct rules *rules, const char *path)
{
    const json_t *node = rules->names.config->tree;
    while (*path != '\0') {
        size_t length = strcspn(path, ".");
        node = resolved_value(rules->names.config, json_object_getn(node, path, length));
        if (json_object_get(node, rules->profile->component_key) != NULL) {
            const char *name = rules_component(rules, node);
            if (name == NULL || profile_component(rules->profile, name) == NULL)
                return true;
        }
        path += length;
        if (*path == '.')
            path++;
    }
    return false;
}

const char *rules_inert(struct rules *rules, const char *path)
{
    if (rules_is_in_unknown(rules, path))
        return NULL;
    for (size_t i = 0; i < rules->profile->n_inert; i++) {
        CLEANUP_STRBUF struct strbuf message = {0};
        const struct expr *when = rules_inert_condition(rules, i, path);
        if (when == NULL)
            continue;
        rule_names_read(&rules->names, when, NULL);
        if (!expr_holds(when, rules->names.values))
            continue;
        rule_message_fill(&rules->names, NULL, rules->profile->inert[i].message, &message);
        if (message.oom)
            rules->oom = true;
        text_copy(rules->inert_message, sizeof rules->inert_message,
            message.data != NULL ? message.data : path);
        return rules->inert_message;
    }
    return NULL;
}

/* --- what rules depend on ----------------------------------------------------------------- */

void rules_visit(struct rules *rules, const struct check_subject *component,
    check_rule_visitor *visit, void *context)
{
    if (component != NULL) {
        const struct component_rules *found =
            rules_find_component(rules, rules_component(rules, component->node));
        for (size_t i = 0; found != NULL && i < found->count; i++)
            visit(context, rules->items[found->indices[i]].rule, component->path);
        return;
    }
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = rules->items[i].rule;
        const char *key;
        json_t *value;
        if (!rules_needs_it(rule))
            visit(context, rule, NULL);
        else if (rule->keys != NULL)
            json_object_foreach ((json_t *)rules->names.config->tree, key, value)
                if (list_matches(rule->keys, key))
                    visit(context, rule, key);
    }
}

static void rules_visit_names(const struct rules *rules, const struct expr *expr,
    const char *it_path, check_path_visitor *visit, void *context)
{
    size_t count;
    const size_t *slots = expr_slots(expr, &count);
    for (size_t i = 0; i < count; i++)
        rule_names_paths(&rules->names, slots[i], it_path, visit, context);
}

void rules_inert_reads(
    struct rules *rules, const char *path, check_path_visitor *visit, void *context)
{
    for (size_t i = 0; i < rules->profile->n_inert; i++) {
        const struct expr *when = rules_inert_condition(rules, i, path);
        if (when != NULL)
            rules_visit_names(rules, when, NULL, visit, context);
    }
}

/* A visit of the texts of one rule. */
struct rules_text_visit {
    struct rules *rules;
    const char *it_path;
    check_path_visitor *visit;
    void *context;
};

/* Visits what the {expressions} of a text read. */
static void rules_visit_text(void *context, const char *text)
{
    const struct rules_text_visit *texts = context;
    struct rules *rules = texts->rules;
    rules->names.allow_it = texts->it_path != NULL;
    while ((text = strchr(text, '{')) != NULL) {
        struct expr_scope scope = {&rules->names, rule_names_resolve};
        size_t length = strcspn(++text, "}");
        struct expr *expr = expr_compile(text, length, &scope, NULL);
        if (expr != NULL)
            rules_visit_names(rules, expr, texts->it_path, texts->visit, texts->context);
        expr_free(expr);
        text += length;
    }
}

void rules_reads(struct rules *rules, const struct rule *rule, const char *it_path,
    check_path_visitor *visit, void *context)
{
    for (size_t i = 0; i < rules->count; i++) {
        if (rules->items[i].rule != rule)
            continue;
        const struct expr *when = rules_condition(rules, &rules->items[i]);
        if (when != NULL)
            rules_visit_names(rules, when, it_path, visit, context);
        struct rules_text_visit texts = {rules, it_path, visit, context};
        file_check_texts(rule, rules_visit_text, &texts);
    }
}

bool rules_oom(const struct rules *rules)
{
    return rules->oom;
}
