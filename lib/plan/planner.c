/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/trainer/known_paths.h"
#include "lib/plan/identity.h"
#include "lib/plan/output_dir.h"
#include "lib/plan/render.h"
#include "lib/plan/runs.h"
#include "lib/spec/assignment.h"
#include "lib/plan/verify.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/findings/findings.h"
#include "lib/util/text.h"

struct planner {
    const struct sweep_request *request;
    struct sweep_findings *findings;
    struct sweep_error *error;
    struct sweep_plan *plan;
    struct sweep_limits limits;
    enum sweep_code code; /* the first failure; anything but SWEEP_INVALID ends the work */
};

static bool note(struct planner *p, enum sweep_code code)
{
    if (code != SWEEP_OK && (p->code == SWEEP_OK || p->code == SWEEP_INVALID))
        p->code = code;
    return code == SWEEP_OK;
}

static bool broken(const struct planner *p)
{
    return p->code != SWEEP_OK && p->code != SWEEP_INVALID;
}

/* --- base --------------------------------------------------------------------------------- */

static void read_base_file(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    const char *file = plan->spec.base_file;
    struct sweep_error why = {0};
    CLEANUP_STRBUF struct strbuf path = {0};
    if (file[0] != '/')
        strbuf_printf(&path, "%s/", p->request->spec_directory);
    strbuf_puts(&path, file);
    enum sweep_code code = path.oom ? SWEEP_NO_MEMORY
                                    : file_read(path.data, p->limits.base_bytes, &plan->base_text,
                                          &plan->base_length, &why);
    if (code == SWEEP_NO_MEMORY)
        note(p, code);
    else if (code != SWEEP_OK)
        note(p, FINDING_ERROR(p->findings, "base-file", plan->spec.base_place, "/base",
                    "a relative path starts at the spec's directory", "%s", why.message));
}

static void read_base_by_name(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    struct sweep_error why = {0};
    const char *name = plan->spec.base_name;
    enum sweep_code code = sweep_trainer_base_text(
        plan->trainer, name, &plan->base_text, &plan->base_length, &plan->origin, &why);
    if (code == SWEEP_OK || code == SWEEP_NO_MEMORY) {
        note(p, code);
        return;
    }
    const char *nearest = trainer_suggest_base(plan->trainer, name);
    char hint[200] = "`sweepctl bases` lists the names; a file is {\"file\": \"base.yaml\"}";
    if (nearest != NULL && strcmp(nearest, name) != 0)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", nearest);
    else if (nearest != NULL)
        snprintf(hint, sizeof hint, "give --torchtune DIR, or activate its virtual environment");
    note(p, FINDING_ERROR(p->findings, "unknown-base", plan->spec.base_place, "/base", hint, "%s",
                why.message));
}

/* The recipe is the spec's, or the one that the base's name belongs to. */
static void choose_recipe(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    const struct spec *spec = &plan->spec;
    const struct profile *profile = &plan->trainer->profile;
    plan->recipe = spec->recipe;
    if (plan->recipe == NULL && spec->base_name != NULL)
        plan->recipe = profile_recipe_of(profile, spec->base_name);
    if (plan->recipe == NULL && spec->base_file != NULL)
        note(p, FINDING_ERROR(p->findings, "missing-recipe", spec->base_place, "/recipe",
                    "for example \"recipe\": \"lora_finetune_single_device\"",
                    "a base from a file needs \"recipe\": which recipe runs it"));
    if (spec->recipe == NULL || profile_recipe(profile, spec->recipe) != NULL ||
        strpbrk(spec->recipe, "./") != NULL)
        return;
    struct suggestion suggestion = {.word = spec->recipe};
    for (size_t i = 0; i < profile->n_recipes; i++)
        suggestion_offer(&suggestion, profile->recipes[i].name);
    char hint[200] = "a recipe of your own is given as a path: \"my/recipe.py\"";
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
    note(p, FINDING_ERROR(p->findings, "unknown-recipe", spec->recipe_place, "/recipe", hint,
                "%s has no recipe \"%s\"", profile->trainer, spec->recipe));
}

static void read_base(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    const char *file = plan->spec.base_file != NULL ? plan->spec.base_file : plan->spec.base_name;
    if (plan->spec.base_file != NULL)
        read_base_file(p);
    else if (plan->spec.base_name != NULL)
        read_base_by_name(p);
    choose_recipe(p);
    struct yaml_limits limits = {p->limits.base_bytes, p->limits.base_depth, p->limits.base_values};
    const struct yaml_input input = {
        .text = plan->base_text, .length = plan->base_length, .file = file, .limits = &limits};
    if (plan->base_text != NULL)
        note(p, yaml_parse_input(&input, p->findings, &plan->doc));
    if (plan->doc == NULL)
        return;
    /* Settings may add to a base that is as large as it may be. */
    plan->doc->limits.bytes += yaml_default_limits.bytes;
    plan->doc->limits.depth += yaml_default_limits.depth;
    plan->doc->limits.values += yaml_default_limits.values;
}

/* A parameter may set another path in the configs of some recipes. */
static void relocate(struct planner *p, struct assignment *assignment)
{
    const struct parameter *parameter = assignment->parameter;
    for (size_t i = 0; parameter != NULL && i < parameter->n_fields; i++) {
        const struct field *field = &parameter->fields[i];
        const char *path = field_path(field, p->plan->recipe);
        if (strcmp(path, field->path) != 0)
            note(p, assignment_redirect(assignment, field->path, path));
    }
}

/* --- assignments against the base ------------------------------------------------------------ */

/* A key that is neither a parameter nor, without a dot, a key of the config. */
static void report_unknown_parameter(struct planner *p, const struct assignment *assignment)
{
    const struct sweep_plan *plan = p->plan;
    struct suggestion suggestion = {.word = assignment->key};
    const struct profile *profile = &plan->trainer->profile;
    for (size_t i = 0; i < profile->n_parameters; i++) {
        suggestion_offer(&suggestion, profile->parameters[i].name);
        if (profile->parameters[i].alias != NULL)
            suggestion_offer(&suggestion, profile->parameters[i].alias);
    }
    const char *near_key = known_paths_suggest(
        &plan->trainer->profile, plan->recipe, plan->doc->tree, assignment->key);
    if (near_key != NULL)
        suggestion_offer(&suggestion, near_key);
    char hint[200] = "";
    if (suggestion.best != NULL)
        snprintf(hint, sizeof hint, "did you mean \"%s\"?", suggestion.best);
    bool lora = strncmp(assignment->key, "lora", 4) == 0 || strcmp(assignment->key, "rank") == 0 ||
                strcmp(assignment->key, "alpha") == 0;
    note(p, FINDING_ERROR(p->findings, "unknown-parameter", assignment->place, assignment->key,
                lora              ? lora_hint
                : hint[0] != '\0' ? hint
                                  : NULL,
                "no parameter or config path \"%s\"", assignment->key));
}

static void check_paths(struct planner *p, const struct assignment *assignment)
{
    const struct sweep_plan *plan = p->plan;
    for (size_t i = 0; i < assignment->n_paths; i++) {
        struct path_diagnostic diagnostic;
        known_paths_check(&plan->trainer->profile, plan->recipe, plan->doc->tree,
            assignment->paths[i], &diagnostic);
        const char *hint = diagnostic.hint[0] != '\0' ? diagnostic.hint : NULL;
        char successor[80];
        if (assignment->parameter != NULL && assignment->parameter->successor != NULL) {
            snprintf(successor, sizeof successor, "%s %s takes \"%s\" instead",
                sweep_trainer_name(plan->trainer), sweep_trainer_version(plan->trainer),
                assignment->parameter->successor);
            hint = successor;
        }
        if (diagnostic.verdict == PATH_KNOWN)
            continue;
        if (diagnostic.verdict == PATH_UNCHECKED && hint != successor)
            continue; /* checked with its value, later */
        if (diagnostic.verdict == PATH_UNCHECKED)
            FINDING_WARNING(p->findings, diagnostic.code, assignment->place, assignment->paths[i],
                hint, "%s", diagnostic.message);
        else if (assignment->parameter == NULL && strchr(assignment->key, '.') == NULL &&
                 strcmp(diagnostic.code, "unknown-path") == 0)
            report_unknown_parameter(p, assignment);
        else
            note(p, FINDING_ERROR(p->findings, diagnostic.code, assignment->place,
                        assignment->paths[i], hint, "%s", diagnostic.message));
        if (diagnostic.verdict == PATH_REFUSED)
            return; /* the other paths of a parameter fail for the same reason */
    }
}

/* Reports an operation that does not fit; true when it does. */
static bool check_fit(
    struct planner *p, const struct operation *operation, const struct choice *choice)
{
    struct mismatch mismatch;
    enum sweep_code code = merge_check(p->plan->doc->tree, operation, &mismatch);
    if (code == SWEEP_INVALID && mismatch.old_type != NULL)
        code = FINDING_ERROR(p->findings, "type-change", choice->place, mismatch.path, NULL,
            "%s is %s in the base; %s cannot take its place", mismatch.path, mismatch.old_type,
            mismatch.new_type);
    else if (code == SWEEP_INVALID)
        code = FINDING_ERROR(p->findings, "bad-path", choice->place, mismatch.path, NULL,
            "\"%s\" cannot be set in this base", mismatch.path);
    return note(p, code);
}

static void apply_fixed(struct planner *p, const struct assignment *assignment)
{
    const struct choice *choice = &assignment->choices[0];
    for (size_t i = 0; assignment->n_choices > 0 && i < choice->operations.count && !broken(p);
         i++) {
        const struct operation *operation = &choice->operations.items[i];
        if (strcmp(operation->path, "output_dir") != 0 && check_fit(p, operation, choice))
            note(p, document_apply(&p->plan->doc, operation, p->error));
    }
}

/* Checks every value of an axis, and prepares the document for being cut at its paths. */
static void prepare_axis(struct planner *p, const struct assignment *axis)
{
    for (size_t i = 0; i < axis->n_choices && !broken(p); i++) {
        const struct choice *choice = &axis->choices[i];
        for (size_t k = 0; k < choice->operations.count && !broken(p); k++) {
            const struct operation *operation = &choice->operations.items[k];
            if (strcmp(operation->path, "output_dir") != 0 && check_fit(p, operation, choice))
                note(p, document_separate(&p->plan->doc, operation, p->error));
        }
    }
}

/* Whether an axis sets something in the mapping at `parent`. */
static bool adds_to(const struct assignment *axis, const char *parent)
{
    size_t length = strlen(parent);
    for (size_t i = 0; i < axis->n_paths; i++)
        if (strncmp(axis->paths[i], parent, length) == 0 && axis->paths[i][length] == '.')
            return true;
    return false;
}

/* Two axes that both fill a mapping that is empty or missing would both have to begin it. So the
 * first value of one is put there to begin with; all its values replace it. */
static void begin_shared_mappings(struct planner *p)
{
    const struct assignments *axes = &p->plan->spec.axes;
    for (size_t i = 0; i < axes->count; i++)
        for (size_t k = 0; k < axes->items[i].n_paths && !broken(p); k++) {
            char parent[PATH_MAX_BYTES];
            snprintf(parent, sizeof parent, "%s", axes->items[i].paths[k]);
            char *dot = strrchr(parent, '.');
            if (dot == NULL)
                continue;
            *dot = '\0';
            bool shared = false;
            for (size_t other = i + 1; other < axes->count; other++)
                shared |= adds_to(&axes->items[other], parent);
            if (!shared || json_object_size(path_get(p->plan->doc->tree, parent)) > 0)
                continue;
            const struct operations *first = &axes->items[i].choices[0].operations;
            for (size_t o = 0; o < first->count && !broken(p); o++)
                note(p, document_apply(&p->plan->doc, &first->items[o], p->error));
        }
}

/* An output_dir to cut out, also in a base that has none. */
static void ensure_output_dir(struct planner *p)
{
    CLEANUP_JSON json_t *value = json_string("output");
    struct operation operation = {(char *)"output_dir", value};
    if (value == NULL)
        note(p, SWEEP_NO_MEMORY);
    else if (json_object_get(p->plan->doc->tree, "output_dir") != NULL)
        note(p, document_separate(&p->plan->doc, &operation, p->error));
    else
        note(p, document_apply(&p->plan->doc, &operation, p->error));
}

/* --- the whole ---------------------------------------------------------------------------- */

/* Writes the document anew in plain block style: a text that can be edited everywhere. */
static bool rewrite_document(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    struct yaml_doc *plain = NULL;
    if (!note(p, document_rewrite(plan->doc->tree, &plan->doc->limits, &plain, p->error)))
        return false;
    FINDING_WARNING(p->findings, "rewritten", plan->spec.base_place, "/base", NULL,
        "the base cannot be edited in place: the configs are written anew, without its comments");
    yaml_doc_free(plan->doc);
    plan->doc = plain;
    return true;
}

/* Cuts the document at the axes' paths. */
static void compile(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    enum pieces_result result = pieces_compile(plan->doc, &plan->spec, p->findings, &plan->pieces);
    if (result == PIECES_CANNOT_CUT && rewrite_document(p))
        result = pieces_compile(plan->doc, &plan->spec, p->findings, &plan->pieces);
    switch (result) {
    case PIECES_OK:
        break;
    case PIECES_OVERLAP:
        note(p, SWEEP_INVALID);
        break;
    case PIECES_NO_MEMORY:
        note(p, SWEEP_NO_MEMORY);
        break;
    case PIECES_CANNOT_CUT:
        note(p, sweep_error_set(p->error, SWEEP_IO,
                    "internal error: the base cannot be edited, not even rewritten; please report "
                    "it"));
        break;
    }
}

/* Total size of the configs: what varies only by axis is added up by axis. */
static void count_bytes(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    uint64_t runs = plan->spec.runs, fixed = plan->doc->length;
    for (size_t i = 0; i < plan->pieces.count; i++) {
        const struct piece *piece = &plan->pieces.items[i];
        fixed -= piece->end - piece->start;
        for (size_t k = 0; k < piece->n_texts; k++)
            plan->bytes += piece->texts[k].length * (runs / piece->n_texts);
    }
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    CLEANUP_STRBUF struct strbuf text = {0}, scalar = {0};
    for (uint64_t i = 0; choices != NULL && i < runs; i++) {
        plan_choices(plan, i, choices);
        output_fill(plan, i, choices, &text);
        scalar.length = 0;
        if (!text.oom)
            string_write(&scalar, text.data, text.length, plan->pieces.output_context);
        plan->bytes += scalar.length;
        if (scalar.length > plan->longest_output)
            plan->longest_output = scalar.length;
    }
    plan->bytes += fixed * runs;
    if (choices == NULL || text.oom || scalar.oom)
        note(p, SWEEP_NO_MEMORY);
    else if (plan->bytes > p->limits.output_bytes) {
        const struct json_place *grid = json_place_member(plan->source->root, "grid");
        note(p, FINDING_ERROR(p->findings, "too-large",
                    grid != NULL ? grid->key : plan->spec.base_place, NULL, NULL,
                    "the configs of %llu runs are %llu bytes together; the limit is %llu",
                    (unsigned long long)runs, (unsigned long long)plan->bytes,
                    (unsigned long long)p->limits.output_bytes));
    }
}

/* Parses the config of a run and compares it with the intended value. */
static enum sweep_code prove_run(struct planner *p, uint64_t index)
{
    const struct sweep_plan *plan = p->plan;
    CLEANUP_FREE size_t *choices = calloc(plan->spec.axes.count + 1, sizeof *choices);
    if (choices == NULL)
        return SWEEP_NO_MEMORY;
    plan_choices(plan, index, choices);
    size_t length;
    CLEANUP_JSON json_t *expected = NULL;
    enum sweep_code code = plan_config_value(plan, choices, &expected);
    CLEANUP_FREE char *text = sweep_plan_config(plan, index, &length);
    if (text == NULL || code == SWEEP_NO_MEMORY)
        return SWEEP_NO_MEMORY;
    struct yaml_doc *doc = NULL;
    if (code == SWEEP_OK)
        code = yaml_reparse(text, length, &plan->doc->limits, &doc);
    bool same = code == SWEEP_OK && json_equal(doc->tree, expected);
    yaml_doc_free(doc);
    if (same || code == SWEEP_NO_MEMORY)
        return code;
    return sweep_error_set(p->error, SWEEP_IO,
        "internal error: a generated config does not read as intended; please report it");
}

static void make_plan(struct planner *p)
{
    struct sweep_plan *plan = p->plan;
    struct spec *spec = &plan->spec;
    const struct sweep_request *request = p->request;
    const struct spec_context context = {
        &plan->trainer->profile, request->spec_directory, &p->limits, p->findings};
    note(p, spec_parse(plan->source, &context, spec));
    for (size_t i = 0; i < request->n_overrides && !broken(p); i++)
        note(p, spec_override(spec, request->overrides[i], &context));
    if (!broken(p))
        note(p, spec_check(spec, p->findings));
    if (!broken(p))
        read_base(p);
    for (size_t i = 0; i < spec->fixed.count && !broken(p); i++)
        relocate(p, &spec->fixed.items[i]);
    for (size_t i = 0; i < spec->axes.count && !broken(p); i++)
        relocate(p, &spec->axes.items[i]);
    if (broken(p) || plan->doc == NULL)
        return;
    /* In the written order: an assignment may bring the component that a later one belongs to. */
    for (size_t i = 0; i < spec->fixed.count && !broken(p); i++) {
        check_paths(p, &spec->fixed.items[i]);
        if (p->code == SWEEP_OK)
            apply_fixed(p, &spec->fixed.items[i]);
    }
    for (size_t i = 0; i < spec->axes.count && !broken(p); i++)
        check_paths(p, &spec->axes.items[i]);
    for (size_t i = 0; i < spec->axes.count && p->code == SWEEP_OK; i++)
        prepare_axis(p, &spec->axes.items[i]);
    if (p->code == SWEEP_OK)
        begin_shared_mappings(p);
    if (broken(p) || p->code == SWEEP_INVALID)
        return;
    plan->name_width = spec->runs > 100000 ? 6 : spec->runs > 10000 ? 5 : spec->runs > 1000 ? 4 : 3;
    ensure_output_dir(p);
    if (p->code == SWEEP_OK)
        note(p, output_read(plan, p->findings));
    if (p->code == SWEEP_OK)
        compile(p);
    if (p->code == SWEEP_OK)
        count_bytes(p);
    if (p->code == SWEEP_OK)
        note(p, output_check(plan, p->findings));
    if (p->code == SWEEP_OK)
        note(p, verify_runs(plan, p->findings, p->error));
    if (p->code == SWEEP_OK)
        note(p, prove_run(p, 0));
    if (p->code == SWEEP_OK)
        note(p, prove_run(p, spec->runs - 1));
    if (p->code == SWEEP_OK)
        identity_set(plan);
}

enum sweep_code sweep_plan_new(const struct sweep_trainer *trainer,
    const struct sweep_request *request, struct sweep_findings *findings, struct sweep_plan **out,
    struct sweep_error *error)
{
    struct sweep_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    plan->trainer = trainer;
    struct planner p = {request, findings, error, plan, limits_of(request->limits), SWEEP_OK};
    const struct json_input input = {.text = request->spec,
        .length = request->spec_length,
        .file = request->spec_file,
        .limits = &p.limits};
    if (note(&p, json_source_parse_input(&input, findings, &plan->source)))
        make_plan(&p);
    if (findings_oom(findings))
        note(&p, SWEEP_NO_MEMORY);
    if (p.code != SWEEP_OK) {
        sweep_plan_free(plan);
        if (p.code == SWEEP_INVALID)
            sweep_error_set(error, p.code, "the sweep spec is not valid");
        return sweep_error_set(error, p.code, "out of memory");
    }
    *out = plan;
    return SWEEP_OK;
}
