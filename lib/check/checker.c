/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/check/checker.h"
#include "lib/check/components.h"
#include "lib/check/consequences.h"
#include "lib/check/keys.h"
#include "lib/doc/path.h"

enum sweep_code checker_init(struct checker *checker, const struct profile *profile,
    const struct check_options *options, struct sweep_error *error)
{
    *checker = (struct checker){.profile = profile,
        .recipe = profile_recipe(profile, options->recipe),
        .refuse_unknown = options->refuse_unknown,
        .config = {.rules = profile->dialect.interpolation}};
    checker->own_recipe = options->recipe != NULL && checker->recipe == NULL;
    return rules_new(profile, options, &checker->rules, error);
}

void checker_deinit(struct checker *checker)
{
    rules_free(checker->rules);
    resolved_deinit(&checker->config);
    *checker = (struct checker){0};
}

/* --- components --------------------------------------------------------------------------- */

/* What to do with each component. */
struct checker_walk {
    const struct profile *profile;
    void (*visit)(const struct checker_walk *walk, const struct check_subject *component);
    struct rules *rules;
    const struct check *check;      /* for the first two */
    check_rule_visitor *visit_rule; /* for checker_visit_rules() */
    void *context;
};

/* Calls walk->visit() for each mapping below `node` that names a component. `path` is that of
 * `node` and has `length` bytes. */
static void checker_walk(
    const struct checker_walk *walk, const json_t *node, char *path, size_t length)
{
    const char *key;
    json_t *value;
    size_t index, longer;
    if (json_is_object(node) && json_object_get(node, walk->profile->component_key) != NULL)
        walk->visit(walk, &(struct check_subject){node, path});
    json_object_foreach ((json_t *)node, key, value) {
        if (!json_is_object(value) && !json_is_array(value))
            continue;
        longer = path_append(path, length, key);
        if (longer > 0)
            checker_walk(walk, value, path, longer);
    }
    json_array_foreach (node, index, value) {
        if (!json_is_object(value) && !json_is_array(value))
            continue;
        longer = path_append_index(path, length, index);
        if (longer > 0)
            checker_walk(walk, value, path, longer);
    }
    path[length] = '\0';
}

static void checker_check_component(
    const struct checker_walk *walk, const struct check_subject *component)
{
    check_component(walk->check, component);
}

static void checker_apply_rules(
    const struct checker_walk *walk, const struct check_subject *component)
{
    rules_check_component(walk->rules, component, walk->check->sink);
}

static void checker_visit_rules(
    const struct checker_walk *walk, const struct check_subject *component)
{
    rules_visit(walk->rules, component, walk->visit_rule, walk->context);
}

void checker_check_below(
    const struct checker *checker, const struct check *check, const json_t *node, char *path)
{
    const struct checker_walk walk = {
        .profile = checker->profile, .visit = checker_check_component, .check = check};
    checker_walk(&walk, node, path, strlen(path));
}

void checker_apply_below(
    const struct checker *checker, const struct check *check, const json_t *node, char *path)
{
    const struct checker_walk walk = {.profile = checker->profile,
        .visit = checker_apply_rules,
        .rules = checker->rules,
        .check = check};
    checker_walk(&walk, node, path, strlen(path));
}

void checker_visit_below(const struct checker *checker, const json_t *node, char *path,
    check_rule_visitor *visit, void *context)
{
    const struct checker_walk walk = {.profile = checker->profile,
        .visit = checker_visit_rules,
        .rules = checker->rules,
        .visit_rule = visit,
        .context = context};
    checker_walk(&walk, node, path, strlen(path));
}

/* --- runs --------------------------------------------------------------------------------- */

struct check checker_check(const struct checker *checker, const struct diagnostic_sink *sink)
{
    return (struct check){.config = &checker->config,
        .profile = checker->profile,
        .recipe = checker->recipe,
        .refuse_unknown = checker->refuse_unknown,
        .sink = sink};
}

struct check checker_begin(
    struct checker *checker, const json_t *tree, const struct diagnostic_sink *sink, bool few_rules)
{
    resolved_build(&checker->config, tree, sink);
    rules_begin(checker->rules, &checker->config, few_rules);
    return checker_check(checker, sink);
}

enum sweep_code checker_run_into(
    struct checker *checker, const json_t *tree, struct consequences *consequences)
{
    char path[PATH_MAX_BYTES] = "";
    struct check check = checker_begin(checker, tree, &consequences->filtered, false);
    if (!checker->own_recipe && !check_keys(&check))
        checker->config.oom = true;
    checker_check_below(checker, &check, tree, path);
    checker_apply_below(checker, &check, tree, path);
    rules_check_config(checker->rules, check.sink);
    if (consequences->oom)
        checker->config.oom = true;
    return checker_oom(checker) ? SWEEP_NO_MEMORY : SWEEP_OK;
}

enum sweep_code checker_run(
    struct checker *checker, const json_t *tree, const struct diagnostic_sink *sink)
{
    struct consequences consequences;
    const struct check check = checker_check(checker, sink);
    consequences_init(&consequences, &check, checker->rules);
    enum sweep_code code = checker_run_into(checker, tree, &consequences);
    consequences_deinit(&consequences);
    return code;
}

bool checker_oom(const struct checker *checker)
{
    return checker->config.oom || rules_oom(checker->rules);
}

void checker_visit(struct checker *checker, check_rule_visitor *visit, void *context)
{
    char path[PATH_MAX_BYTES] = "";
    checker_visit_below(checker, checker->config.tree, path, visit, context);
    rules_visit(checker->rules, NULL, visit, context);
}
