/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check/checker.h"
#include "lib/check/keys.h"
#include "lib/doc/path.h"

enum sweep_code checker_init(struct checker *checker, const struct profile *profile,
    const struct surroundings *around, enum strangers strangers, struct sweep_error *error)
{
    *checker = (struct checker){.profile = profile,
        .recipe = profile_recipe(profile, around->recipe),
        .strangers = strangers};
    checker->own_recipe = around->recipe != NULL && checker->recipe == NULL;
    return rules_new(profile, around, &checker->rules, error);
}

void checker_deinit(struct checker *checker)
{
    rules_free(checker->rules);
    view_deinit(&checker->view);
    *checker = (struct checker){0};
}

/* What to do with each component. */
struct visitor {
    const struct sink *sink; /* check it; or */
    void (*visit)(void *context, const struct rule *rule, const char *it_path);
    void *context;
};

/* Adds to complaints which component they are about. */
struct about {
    const struct sink *sink;
    const char *path;
};

static void take_about(void *context, const struct complaint *complaint)
{
    const struct about *about = context;
    struct complaint whole = *complaint;
    whole.it_path = about->path;
    about->sink->take(about->sink->context, &whole);
}

static void visit_one(
    struct checker *c, const json_t *node, const char *path, const struct visitor *visitor)
{
    if (visitor->sink == NULL) {
        rules_visit(c->rules, node, path, visitor->visit, visitor->context);
        return;
    }
    struct about about = {visitor->sink, path};
    check_component(
        &c->view, c->profile, node, path, c->strangers, &(struct sink){take_about, &about});
    rules_check_component(c->rules, node, path, visitor->sink);
}

/* Visits the mappings that name a component, at any depth; `path` has `length` bytes. */
static void visit_components(
    struct checker *c, const json_t *node, char *path, size_t length, const struct visitor *visitor)
{
    const char *key;
    json_t *value;
    size_t index;
    if (json_is_object(node)) {
        if (json_object_get(node, c->profile->component_key) != NULL)
            visit_one(c, node, path, visitor);
        json_object_foreach ((json_t *)node, key, value) {
            if (!json_is_object(value) && !json_is_array(value))
                continue;
            size_t longer = path_append(path, length, key);
            if (longer > 0)
                visit_components(c, value, path, longer, visitor);
        }
    } else if (json_is_array(node))
        json_array_foreach (node, index, value) {
            if (!json_is_object(value) && !json_is_array(value))
                continue;
            size_t longer = path_append_index(path, length, index);
            if (longer > 0)
                visit_components(c, value, path, longer, visitor);
        }
    path[length] = '\0';
}

enum sweep_code checker_run(struct checker *checker, const json_t *tree, const struct sink *sink)
{
    char path[PATH_MAX_BYTES] = "";
    view_resolve(&checker->view, tree, sink);
    if (!checker->own_recipe)
        check_keys(&checker->view, checker->profile, checker->recipe, sink);
    rules_begin(checker->rules, &checker->view, false);
    visit_components(checker, tree, path, 0, &(struct visitor){.sink = sink});
    rules_check_config(checker->rules, sink);
    return checker->view.no_memory || rules_lost(checker->rules) ? SWEEP_NO_MEMORY : SWEEP_OK;
}

void checker_visit(struct checker *checker,
    void (*visit)(void *context, const struct rule *rule, const char *it_path), void *context)
{
    char path[PATH_MAX_BYTES] = "";
    struct visitor visitor = {.visit = visit, .context = context};
    visit_components(checker, checker->view.tree, path, 0, &visitor);
    rules_visit(checker->rules, NULL, NULL, visit, context);
}
