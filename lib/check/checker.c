/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/check/checker.h"
#include "lib/check/components.h"
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

/* --- one mistake, one diagnostic ---------------------------------------------------------- */

enum { CHECKER_MAX_WRONG = 64 };

/* The paths whose values are wrong in themselves: nothing further is concluded from them. */
struct checker_filter {
    struct checker *checker;
    const struct diagnostic_sink *sink;
    char *wrong[CHECKER_MAX_WRONG]; /* owned */
    size_t n_wrong;
    bool follows; /* the diagnostic at hand follows from one of them */
};

/* True if the top-level key of a path is missing, and is reported as such. */
static bool checker_is_missing(const struct checker *checker, const char *path)
{
    size_t length = strcspn(path, ".");
    if (checker->recipe == NULL)
        return false;
    for (const char *const *key = checker->recipe->required; *key != NULL; key++)
        if (strncmp(*key, path, length) == 0 && (*key)[length] == '\0')
            return json_object_get(checker->config.tree, *key) == NULL;
    return false;
}

/* True if a component needs the argument at a path and does not have it: reported as missing, or as
 * misspelled. */
static bool checker_lacks_argument(const struct checker *checker, const char *path)
{
    char component_path[PATH_MAX_BYTES];
    const char *dot = strrchr(path, '.');
    if (dot == NULL || checker->profile->component_key == NULL)
        return false;
    snprintf(component_path, sizeof component_path, "%.*s", (int)(dot - path), path);
    const json_t *node = path_get(checker->config.tree, component_path);
    const json_t *written = json_object_get(node, checker->profile->component_key);
    const char *name = json_string_value(resolved_value(&checker->config, written));
    const struct component *component = NULL;
    if (name != NULL)
        component = profile_component(checker->profile, name);
    if (component == NULL)
        return false;
    const struct argument *argument = component_argument(component, dot + 1);
    return argument != NULL && argument->fallback == NULL && argument->supplied == SUPPLIED_NOT;
}

static void checker_compare_wrong(void *context, const char *path)
{
    struct checker_filter *filter = context;
    for (size_t i = 0; i < filter->n_wrong; i++)
        if (path_overlaps(filter->wrong[i], path))
            filter->follows = true;
    const struct checker *checker = filter->checker;
    if (path_get(checker->config.tree, path) != NULL)
        return;
    if (checker_is_missing(checker, path) || checker_lacks_argument(checker, path))
        filter->follows = true;
}

static bool checker_is_about_value(const struct diagnostic *diagnostic)
{
    return diagnostic->rule != NULL || strcmp(diagnostic->code, "wrong-type") == 0 ||
           strcmp(diagnostic->code, "wrong-value") == 0 ||
           strcmp(diagnostic->code, "wrong-item") == 0;
}

/* True if the string at a path refers to a wrong top-level key: "${output_dir}/logs". What is wrong
 * inside a component depends on the component, and is reported again. */
static bool checker_refers_to_wrong(struct checker_filter *filter, const char *path)
{
    const struct resolved_config *config = &filter->checker->config;
    if (config->rules == INTERPOLATION_NONE)
        return false;
    const char *text = json_string_value(path_get(config->tree, path));
    while (text != NULL && (text = strstr(text, "${")) != NULL) {
        char target[PATH_MAX_BYTES];
        text += strlen("${");
        snprintf(target, sizeof target, "%.*s", (int)strcspn(text, "}"), text);
        if (strchr(target, '.') == NULL)
            for (size_t i = 0; i < filter->n_wrong; i++)
                if (strcmp(filter->wrong[i], target) == 0)
                    filter->follows = true;
    }
    return filter->follows;
}

/* True if the string at a path refers to a top-level key that is reported as missing. */
static bool checker_refers_to_missing(const struct checker *checker, const char *path)
{
    const char *text = json_string_value(path_get(checker->config.tree, path));
    while (text != NULL && (text = strstr(text, "${")) != NULL) {
        char target[PATH_MAX_BYTES];
        text += strlen("${");
        snprintf(target, sizeof target, "%.*s", (int)strcspn(text, "}"), text);
        if (checker_is_missing(checker, target))
            return true;
    }
    return false;
}

/* A component that cannot be found is wrong as a whole. What is missing in a mapping says nothing
 * about the values that are there. */
static void checker_remember_wrong(
    struct checker_filter *filter, const struct diagnostic *diagnostic)
{
    if (diagnostic->severity != SWEEP_ERROR || filter->n_wrong == CHECKER_MAX_WRONG ||
        strcmp(diagnostic->code, "missing-argument") == 0 ||
        strcmp(diagnostic->code, "missing-key") == 0)
        return;
    size_t length = strlen(diagnostic->path);
    const char *dot = strrchr(diagnostic->path, '.');
    if (dot != NULL && profile_is_component_key(filter->checker->profile, dot + 1))
        length = (size_t)(dot - diagnostic->path);
    char *path = strndup(diagnostic->path, length);
    if (path == NULL) {
        filter->checker->config.oom = true;
        return;
    }
    filter->wrong[filter->n_wrong++] = path;
}

/* True for a rule about what a component is, if the component is not known. */
static bool checker_is_about_unknown(
    const struct checker *checker, const struct diagnostic *diagnostic)
{
    const char *dot = strrchr(diagnostic->path, '.');
    if (diagnostic->rule == NULL || diagnostic->it_path == NULL || dot == NULL ||
        !profile_is_component_key(checker->profile, dot + 1))
        return false;
    const json_t *written = path_get(checker->config.tree, diagnostic->path);
    const char *name = json_string_value(resolved_value(&checker->config, written));
    return name != NULL && profile_component(checker->profile, name) == NULL;
}

static void checker_filter_emit(void *context, const struct diagnostic *diagnostic)
{
    struct checker_filter *filter = context;
    filter->follows = false;
    if (diagnostic->rule != NULL)
        rules_reads(filter->checker->rules, diagnostic->rule, diagnostic->it_path,
            checker_compare_wrong, filter);
    if (filter->n_wrong > 0 && !filter->follows && checker_is_about_value(diagnostic))
        checker_refers_to_wrong(filter, diagnostic->path);
    if (filter->follows || checker_is_about_unknown(filter->checker, diagnostic))
        return;
    if (strcmp(diagnostic->code, "unresolved-interpolation") == 0 &&
        checker_refers_to_missing(filter->checker, diagnostic->path))
        return;
    if (diagnostic->rule == NULL)
        checker_remember_wrong(filter, diagnostic);
    filter->sink->emit(filter->sink->context, diagnostic);
}

static bool checker_filter_is_only_counting(void *context, enum sweep_severity severity)
{
    const struct checker_filter *filter = context;
    return diagnostic_is_only_counted(filter->sink, severity);
}

static void checker_filter_deinit(struct checker_filter *filter)
{
    for (size_t i = 0; i < filter->n_wrong; i++)
        free(filter->wrong[i]);
}

/* --- components --------------------------------------------------------------------------- */

/* What to do with each component. */
struct checker_walk {
    const struct profile *profile;
    void (*visit)(const struct checker_walk *walk, const struct check_subject *component);
    struct rules *rules;
    const struct check *check;      /* for the first two visits */
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

/* Adds the component to diagnostics. */
struct checker_about {
    const struct diagnostic_sink *sink;
    const char *it_path;
};

static void checker_emit_about(void *context, const struct diagnostic *diagnostic)
{
    const struct checker_about *about = context;
    struct diagnostic copy = *diagnostic;
    copy.it_path = about->it_path;
    about->sink->emit(about->sink->context, &copy);
}

static bool checker_about_is_only_counting(void *context, enum sweep_severity severity)
{
    const struct checker_about *about = context;
    return diagnostic_is_only_counted(about->sink, severity);
}

static void checker_check_component(
    const struct checker_walk *walk, const struct check_subject *component)
{
    struct checker_about about = {walk->check->sink, component->path};
    struct diagnostic_sink sink = {checker_emit_about, &about, checker_about_is_only_counting};
    struct check check = *walk->check;
    check.sink = &sink;
    check_component(&check, component);
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

/* --- runs --------------------------------------------------------------------------------- */

struct check checker_begin(
    struct checker *checker, const json_t *tree, const struct diagnostic_sink *sink, bool few_rules)
{
    resolved_build(&checker->config, tree, sink);
    rules_begin(checker->rules, &checker->config, few_rules);
    return (struct check){.config = &checker->config,
        .profile = checker->profile,
        .recipe = checker->recipe,
        .refuse_unknown = checker->refuse_unknown,
        .sink = sink};
}

enum sweep_code checker_run(
    struct checker *checker, const json_t *tree, const struct diagnostic_sink *sink)
{
    char path[PATH_MAX_BYTES] = "";
    struct checker_filter filter = {.checker = checker, .sink = sink};
    struct diagnostic_sink filtered = {
        checker_filter_emit, &filter, checker_filter_is_only_counting};
    struct check check = checker_begin(checker, tree, &filtered, false);
    struct checker_walk walk = {.profile = checker->profile,
        .visit = checker_check_component,
        .rules = checker->rules,
        .check = &check};
    if (!checker->own_recipe && !check_keys(&check))
        checker->config.oom = true;
    checker_walk(&walk, tree, path, 0);
    walk.visit = checker_apply_rules;
    checker_walk(&walk, tree, path, 0);
    rules_check_config(checker->rules, &filtered);
    checker_filter_deinit(&filter);
    return checker_oom(checker) ? SWEEP_NO_MEMORY : SWEEP_OK;
}

bool checker_oom(const struct checker *checker)
{
    return checker->config.oom || rules_oom(checker->rules);
}

void checker_visit(struct checker *checker, check_rule_visitor *visit, void *context)
{
    char path[PATH_MAX_BYTES] = "";
    struct checker_walk walk = {.profile = checker->profile,
        .visit = checker_visit_rules,
        .rules = checker->rules,
        .visit_rule = visit,
        .context = context};
    checker_walk(&walk, checker->config.tree, path, 0);
    rules_visit(checker->rules, NULL, visit, context);
}
