/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/findings/findings.h"
#include "lib/plan/base.h"
#include "lib/plan/processes.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/text.h"

enum { BASE_MAX_FILE = 512 };

/* Sets the path of the base's file to DIRECTORY/NAME; the directory may be NULL. */
static bool base_set_path(struct planner *p, const char *directory, const char *name)
{
    struct strbuf path = {0};
    if (directory != NULL && name[0] != '/' && strcmp(directory, ".") != 0)
        strbuf_printf(&path, "%s/", directory);
    strbuf_puts(&path, name);
    p->plan->base_path = strbuf_steal(&path);
    if (p->plan->base_path == NULL)
        planner_note(p, SWEEP_NO_MEMORY);
    return p->plan->base_path != NULL;
}

static void base_read_file(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    struct sweep_error why = {0};
    const char *kept = INPUT_FILES_KEPT_BASE;
    bool is_named;
    if (plan->spec.is_then)
        kept = INPUT_FILES_KEPT_THEN;
    if (p->request->sweep_directory != NULL)
        is_named = base_set_path(p, p->request->sweep_directory, kept);
    else
        is_named = base_set_path(p, p->request->spec_directory, plan->spec.base_file);
    if (!is_named)
        return;
    enum sweep_code code = file_read(
        plan->base_path, p->limits.base_bytes, &plan->base_text, &plan->base_length, &why);
    if (code != SWEEP_OK && code != SWEEP_NO_MEMORY)
        code = FINDING_ERROR(p->findings, "base-file", plan->spec.base_place, "/base",
            "a relative path starts at the spec's directory", "%s", why.message);
    planner_note(p, code);
}

static void base_read_by_name(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    struct sweep_error why = {0};
    const char *name = plan->spec.base_name;
    enum sweep_code code = sweep_trainer_base_text(
        plan->trainer, name, &plan->base_text, &plan->base_length, &plan->origin, &why);
    if (code == SWEEP_OK && plan->origin == SWEEP_BASE_INSTALLED) {
        char file[BASE_MAX_FILE];
        snprintf(file, sizeof file, "%s.yaml", name);
        base_set_path(p, sweep_trainer_directory(plan->trainer), file);
    }
    if (code == SWEEP_OK || code == SWEEP_NO_MEMORY) {
        planner_note(p, code);
        return;
    }
    const char *nearest = trainer_suggest_base(plan->trainer, name);
    char hint[200] = "`sweepctl bases` lists the names; a file is {\"file\": \"base.yaml\"}";
    if (nearest != NULL && strcmp(nearest, name) != 0)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", nearest);
    else if (nearest != NULL)
        snprintf(hint, sizeof hint, "give --torchtune DIR, or activate its virtual environment");
    planner_note(p, FINDING_ERROR(p->findings, "unknown-base", plan->spec.base_place, "/base", hint,
                        "%s", why.message));
}

/* The recipe is the spec's own, or the one that the base's name belongs to. */
static void base_choose_recipe(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    const struct spec *spec = &plan->spec;
    const struct profile *profile = &plan->trainer->profile;
    plan->recipe = spec->recipe;
    if (plan->recipe == NULL && spec->base_name != NULL)
        plan->recipe = profile_recipe_of(profile, spec->base_name);
    if (plan->recipe != NULL || spec->base_file == NULL)
        return;
    if (profile->n_recipes > 1)
        planner_note(p, FINDING_ERROR(p->findings, "missing-recipe", spec->base_place, "/recipe",
                            "`sweepctl bases` lists the recipes",
                            "a base from a file needs \"recipe\": which recipe runs it"));
    else if (profile->n_recipes == 1)
        plan->recipe = profile->recipes[0].name;
    else
        plan->recipe = profile->trainer; /* it has no recipes: for messages and scripts */
}

/* The recipe that a name is the beginning of: preferably that of the base. */
static const char *base_complete_recipe(const struct planner *p, const char *name)
{
    const struct profile *profile = &p->plan->trainer->profile;
    const char *base = p->plan->spec.base_name;
    const char *usual = base != NULL ? profile_recipe_of(profile, base) : NULL;
    size_t length = strlen(name);
    if (length < 4)
        return NULL;
    if (usual != NULL && strncmp(usual, name, length) == 0)
        return usual;
    for (size_t i = 0; i < profile->n_recipes; i++)
        if (strncmp(profile->recipes[i].name, name, length) == 0)
            return profile->recipes[i].name;
    return NULL;
}

/* True for a path that Python can import where the job starts: parts of letters, digits and _. */
static bool base_is_module(const char *path)
{
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".py") == 0)
        length -= 3;
    if (path[0] == '/' || length == 0)
        return false;
    for (size_t i = 0; i < length; i++)
        if (path[i] == '.' || (path[i] == '/' && path[i + 1] == '/'))
            return false;
    return true;
}

/* A recipe by name must be one of the trainer's; a path is the user's own. */
static void base_check_recipe(struct planner *p)
{
    const struct spec *spec = &p->plan->spec;
    const struct profile *profile = &p->plan->trainer->profile;
    if (spec->recipe == NULL || profile_recipe(profile, spec->recipe) != NULL)
        return;
    if (strpbrk(spec->recipe, "./") != NULL) {
        if (profile->launch_modules && !base_is_module(spec->recipe))
            planner_note(
                p, FINDING_ERROR(p->findings, "bad-recipe", spec->recipe_place, "/recipe",
                       "give it relative to where the jobs start: \"recipes/mine.py\"",
                       "%s starts a recipe of one's own as a module, which \"%.100s\" cannot be",
                       profile->trainer, spec->recipe));
        return;
    }
    struct suggestion suggestion = {.word = spec->recipe};
    for (size_t i = 0; i < profile->n_recipes; i++)
        suggestion_offer(&suggestion, profile->recipes[i].name);
    char hint[200] = "a recipe of your own is given as a path: \"my/recipe.py\"";
    if (suggestion.best == NULL)
        suggestion.best = base_complete_recipe(p, spec->recipe);
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
    planner_note(p, FINDING_ERROR(p->findings, "unknown-recipe", spec->recipe_place, "/recipe",
                        hint, "%s has no recipe \"%s\"", profile->trainer, spec->recipe));
}

/* Options that are computed for each run are checked when the runs are known: resources_find(). */
static void base_check_processes(struct planner *p)
{
    const struct sweep_plan *plan = p->plan;
    const struct slurm_options *slurm = &plan->spec.slurm;
    if (plan->recipe == NULL)
        return;
    if (slurm->n_computed == 0)
        planner_note(p, processes_check(plan, slurm, p->findings));
    planner_note(p, processes_check_resume(plan, p->findings));
    if (slurm->n_computed == 0)
        planner_note(p, processes_check_launch(plan, slurm, p->findings));
}

static void base_parse(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    const char *file = plan->base_path;
    if (file == NULL)
        file = plan->spec.base_name;
    const struct yaml_limits limits = {
        p->limits.base_bytes, p->limits.base_depth, p->limits.base_values};
    const struct yaml_input input = {.text = plan->base_text,
        .length = plan->base_length,
        .file = file,
        .limits = &limits,
        .dialect = plan->trainer->profile.dialect};
    if (!planner_note(p, yaml_parse_input(&input, p->findings, &plan->doc)))
        return;
    /* The assignments may add to a base that is already as large as the limits allow. */
    plan->doc->limits.bytes += yaml_default_limits.bytes;
    plan->doc->limits.depth += yaml_default_limits.depth;
    plan->doc->limits.values += yaml_default_limits.values;
}

void base_read(struct planner *p)
{
    const struct spec *spec = &p->plan->spec;
    if (spec->base_file != NULL)
        base_read_file(p);
    else if (spec->base_name != NULL)
        base_read_by_name(p);
    base_choose_recipe(p);
    base_check_recipe(p);
    base_check_processes(p);
    if (p->plan->base_text != NULL)
        base_parse(p);
}
