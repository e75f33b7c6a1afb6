/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/plan/runs.h"
#include "tests/unit/plan_helper.h"

#define BASE "\"base\": \"llama3_1/8B_lora_single_device\""
#define FILE_BASE "\"base\": {\"file\": \"b.yaml\"}, \"recipe\": \"my/recipe.py\""

static const char grid[] =
    "{\"name\": \"g\", " BASE ", \"fixed\": {\"epochs\": 3, \"optimizer.weight_decay\": 0},"
    "\"grid\": {\"lr\": [1e-4, 3e-4],"
    "\"lora\": [{\"rank\": 4, \"alpha\": 8}, {\"rank\": 16, \"alpha\": 32}], \"seed\": [1, 2, 3]},"
    "\"output_dir\": \"out/{name}/{lr}/{run}\", \"slurm\": {\"array_size\": 5,"
    "\"array_parallelism\": 2}}";

/* --- axes that change nothing ------------------------------------------------------------- */

#define FULL "\"base\": \"llama3_1/8B_full_single_device\", "
#define SEEDS FULL "\"grid\": {\"seed\": [1, 2]}, "
#define LOGS FULL "\"grid\": {\"metric_logger.log_dir\": [\"a\", \"b\"]}, "

/* Only of what is known it is said that an axis changes nothing. */
static const struct {
    const char *spec;
    bool is_dead;
} dead[] = {
    {SEEDS "\"fixed\": {\"epochs\": 2}", true},
    {SEEDS "\"fixed\": {\"model._component_\": \"my_pkg.model_with_new_head\"}", false},
    {SEEDS "\"fixed\": {\"dataset._component_\": \"my_pkg.noisy\"}", false},
    {SEEDS "\"fixed\": {\"loss._component_\": \"my_pkg.loss\"}", false},
    {SEEDS "\"fixed\": {\"optimizer._component_\": \"my_pkg.sgld\"}", false},
    {SEEDS "\"recipe\": \"full_finetune_mine.py\"", false},
    {SEEDS "\"recipe\": \"full_finetune_mine/recipe.py\"", false},
    {LOGS "\"fixed\": {\"epochs\": 2}", true},
    {LOGS "\"fixed\": {\"metric_logger._component_\": \"my_pkg.Logger\"}", false},
};

START_TEST(dead_axis)
{
    CLEANUP_STRBUF struct strbuf spec = {0};
    bool is_dead = false;
    strbuf_printf(&spec, "{\"name\": \"g\", %s}", dead[_i].spec);
    enum sweep_code code = plan_with(spec.data, NULL);
    for (size_t i = 0; sweep_findings_get(findings, i) != NULL; i++)
        if (strcmp(code_at(findings, i), "dead-axis") == 0)
            is_dead = true;
    CLEANUP_FREE char *all = sweep_findings_text(findings, false);
    ck_assert_msg(is_dead == dead[_i].is_dead, "%s: %s", spec.data, all);
    ck_assert_msg(is_dead == (code == SWEEP_INVALID), "%s: %s", spec.data, all);
}
END_TEST

/* --- positions ---------------------------------------------------------------------------- */

#define PLACED "{\"base\": \"llama3_1/8B_lora_single_device\",\n\"name\": \"n\",\n"

/* All findings of a spec stand in it, at what brings them about. The base is not wrong. */
static const struct {
    const char *spec, *code;
    unsigned line;
} positions[] = {
    {PLACED "\"output_dir\": \"~/out/{run}\",\n\"grid\": {\"lr\": [1e-4, 2e-4]}}",
        "unexpanded-output-dir", 3},
    {PLACED "\"grid\": {\"lr\": [1e-4, 2e-4]},\n\"recipe\": \"full_finetune_single_device\"}",
        "missing-key", 4},
    {PLACED "\"fixed\": {\n\"tokenizer.max_seq_len\": 200000}}", "longer-than-model", 4},
    {PLACED "\"fixed\": {\"epochs\": 2,\n\"model._component_\":"
            " \"torchtune.models.llama3_1.llama3_1_8b\"}}",
        "unknown-argument", 4},
    {PLACED "\"fixed\": {\"epochs\": 2,\n\"checkpointer.checkpoint_dir\": \"/o\"},\n"
            "\"output_dir\": \"/o/{run}\"}",
        "output-in-checkpoint-dir", 5},
};

START_TEST(position)
{
    bool found = false;
    const struct sweep_finding *finding;
    plan_with(positions[_i].spec, NULL);
    CLEANUP_FREE char *all = sweep_findings_text(findings, false);
    for (size_t i = 0; (finding = sweep_findings_get(findings, i)) != NULL; i++) {
        ck_assert_msg(strcmp(finding->place.file, "s.json") == 0, "%s", all);
        if (strcmp(finding->code, positions[_i].code) == 0)
            found = finding->place.line == positions[_i].line;
    }
    ck_assert_msg(found, "%s: %s", positions[_i].spec, all);
}
END_TEST

/* --- types of config paths ---------------------------------------------------------------- */

/* The component decides what a path takes, the parameter keeps its ints. */
static const struct {
    const char *fixed;
    bool valid;
} types[] = {
    {"{\"model.lora_rank\": 8, \"model.lora_alpha\": 16.5}", true},
    {"{\"model.lora_rank\": 8, \"model.lora_alpha\": -16.5}", false},
    {"{\"model.lora_rank\": 8.5, \"model.lora_alpha\": 16}", false},
    {"{\"lora\": {\"rank\": 8, \"alpha\": 16.5}}", false},
    {"{\"batch_size\": 2.5}", false},
    {"{\"seed\": 2.5}", false},
};

START_TEST(path_type)
{
    CLEANUP_STRBUF struct strbuf spec = {0};
    strbuf_printf(&spec, "{\"name\": \"n\", " BASE ", \"fixed\": %s}", types[_i].fixed);
    bool valid = plan_with(spec.data, NULL) == SWEEP_OK;
    CLEANUP_FREE char *all = sweep_findings_text(findings, false);
    ck_assert_msg(valid == types[_i].valid, "%s: %s", types[_i].fixed, all);
}
END_TEST

/* --- description -------------------------------------------------------------------------- */

START_TEST(description)
{
    struct sweep_plan_info info;
    plan_good(grid);
    sweep_plan_describe(plan, &info);
    ck_assert_str_eq(info.name, "g");
    ck_assert_str_eq(info.base, "llama3_1/8B_lora_single_device");
    ck_assert_str_eq(info.recipe, "lora_finetune_single_device");
    ck_assert_int_eq(info.origin, SWEEP_BASE_EMBEDDED);
    ck_assert_uint_eq(info.runs, 12);
    ck_assert_uint_eq(info.n_axes, 3);
    ck_assert_uint_eq(info.n_fixed, 2);
    ck_assert_uint_eq(info.n_arrays, 3);
    ck_assert_uint_eq(info.array_parallelism, 2);
    ck_assert_uint_eq(strlen(info.directory), 2 + 8);
    ck_assert_mem_eq(info.directory, "g-", 2);
    ck_assert_uint_eq(strspn(info.directory + 2, "0123456789abcdef"), 8);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_WARNING), 0);
    ck_assert_str_eq(sweep_version(), SWEEP_VERSION);
}
END_TEST

START_TEST(axes_and_fixed)
{
    struct sweep_setting_info info;
    plan_good(grid);
    ck_assert(sweep_plan_axis(plan, 1, &info));
    ck_assert_str_eq(info.key, "lora");
    ck_assert_uint_eq(info.n_paths, 2);
    ck_assert_str_eq(info.paths[1], "model.lora_alpha");
    ck_assert_uint_eq(info.n_values, 2);
    ck_assert(!sweep_plan_axis(plan, 3, &info));
    ck_assert(sweep_plan_fixed(plan, 1, &info));
    ck_assert_str_eq(info.key, "optimizer.weight_decay");
    ck_assert_uint_eq(info.n_values, 1);
    ck_assert(!sweep_plan_fixed(plan, 2, &info));
    ck_assert_str_eq(sweep_plan_axis_value(plan, 0, 1), "3e-4");
    ck_assert_str_eq(sweep_plan_axis_value(plan, 1, 0), "4/8");
    ck_assert_ptr_null(sweep_plan_axis_value(plan, 1, 2));
    ck_assert_ptr_null(sweep_plan_axis_value(plan, 3, 0));
    ck_assert_str_eq(sweep_plan_fixed_value(plan, 0), "3");
    ck_assert_ptr_null(sweep_plan_fixed_value(plan, 2));
}
END_TEST

START_TEST(last_axis_is_fastest)
{
    size_t at[3] = {0}, n = 0;
    char name[32], wanted[32];
    plan_good(grid);
    for (size_t lr = 0; lr < 2; lr++)
        for (size_t lora = 0; lora < 2; lora++)
            for (size_t seed = 0; seed < 3; seed++, n++) {
                ck_assert(sweep_plan_run(plan, n, name, at));
                snprintf(wanted, sizeof wanted, "run_%03zu", n);
                ck_assert_str_eq(name, wanted);
                ck_assert(at[0] == lr && at[1] == lora && at[2] == seed);
            }
    ck_assert(sweep_plan_run(plan, 11, name, NULL));
    ck_assert(!sweep_plan_run(plan, 12, name, at));
    size_t length;
    ck_assert_ptr_null(sweep_plan_config(plan, 12, &length));
}
END_TEST

START_TEST(configs_are_the_base_with_the_values)
{
    plan_good(grid);
    CLEANUP_FREE char *text = NULL;
    size_t length, bytes = 0;
    enum sweep_origin origin;
    struct yaml_doc *base = NULL;
    struct sweep_plan_info info;
    ck_assert_int_eq(sweep_trainer_base_text(
                         trainer, "llama3_1/8B_lora_single_device", &text, &length, &origin, NULL),
        SWEEP_OK);
    ck_assert_int_eq(yaml_parse(text, length, "f", NULL, &base), SWEEP_OK);
    for (size_t run = 0; run < 12; run++) {
        static const double rates[] = {1e-4, 3e-4};
        static const int ranks[] = {4, 16};
        char output[100];
        snprintf(output, sizeof output, "out/g/%s/run_%03zu", run < 6 ? "0.0001" : "0.0003", run);
        CLEANUP_JSON json_t *wanted = json_deep_copy(base->tree);
        json_t *model = json_object_get(wanted, "model");
        json_t *optimizer = json_object_get(wanted, "optimizer");
        json_object_set_new(wanted, "epochs", json_integer(3));
        json_object_set_new(optimizer, "weight_decay", json_real(0.0));
        json_object_set_new(optimizer, "lr", json_real(rates[run / 6]));
        json_object_set_new(model, "lora_rank", json_integer(ranks[run / 3 % 2]));
        json_object_set_new(model, "lora_alpha", json_integer(2 * ranks[run / 3 % 2]));
        json_object_set_new(wanted, "seed", json_integer((json_int_t)(run % 3 + 1)));
        json_object_set_new(wanted, "output_dir", json_string(output));
        CLEANUP_JSON json_t *got = config_of(run);
        ck_assert_msg(json_equal(got, wanted), "run %zu", run);
        free(sweep_plan_config(plan, run, &length));
        bytes += length;
    }
    sweep_plan_describe(plan, &info);
    ck_assert_uint_eq(info.bytes, bytes);
    yaml_doc_free(base);
}
END_TEST

START_TEST(untouched_text_stays)
{
    plan_good("{\"name\": \"g\", " BASE ", \"grid\": {\"lr\": [0.001]}, \"output_dir\": \"o\"}");
    size_t length;
    CLEANUP_FREE char *text = sweep_plan_config(plan, 0, &length);
    ck_assert_ptr_nonnull(strstr(text, "\n  lr: 0.001  # the value most worth sweeping\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n# Optimizer\n"));
    ck_assert_ptr_nonnull(strstr(text, "\noutput_dir: o\n"));
}
END_TEST

/* A recipe of one's own is a path to a Python file, however it is written. */
START_TEST(recipes_by_path)
{
    static const char *const recipes[] = {
        "_r.py", "r.py", "my/recipe.py", "opt/a-b/_x/r_2.py", "./r.py", "././my/recipe.py"};
    /* The trainer starts them as modules. */
    static const char *const refused[] = {"/home/me/r.py", "../r.py", "my/../r.py", "a.b/r.py"};
    for (size_t i = 0; i < COUNT(recipes); i++) {
        struct sweep_plan_info info;
        char spec[256];
        snprintf(spec, sizeof spec, "{\"name\": \"g\", " BASE ", \"recipe\": \"%s\"}", recipes[i]);
        plan_good(spec);
        sweep_plan_describe(plan, &info);
        const char *recipe = recipes[i];
        while (strncmp(recipe, "./", 2) == 0)
            recipe += 2;
        ck_assert_str_eq(info.recipe, recipe);
        sweep_plan_free(plan);
        plan = NULL;
    }
    for (size_t i = 0; i < COUNT(refused); i++) {
        char spec[256];
        snprintf(spec, sizeof spec, "{\"name\": \"g\", " BASE ", \"recipe\": \"%s\"}", refused[i]);
        ck_assert_int_eq(plan_with(spec, NULL), SWEEP_INVALID);
        ck_assert_str_eq(code_at(findings, i), "bad-recipe");
    }
}
END_TEST

/* --- identity ----------------------------------------------------------------------------- */

#define NAMED(rest) "{\"name\": \"g\", " FILE_BASE ", \"grid\": {\"seed\": [1, 2]}" rest "}"

/* Inputs that decide the directory's name. NULL: as in the first row. */
static const struct {
    const char *spec, *base, *override, *profile;
} identities[] = {
    {NAMED(""), "epochs: 1\nseed: 1\noutput_dir: o\n", NULL, "\"version\": \"0.6.1\""},
    {.spec = NAMED("\n")},
    {.spec = NAMED(", \"output_dir\": \"o\"")},
    {.spec = NAMED(", \"slurm\": {\"time\": 5}")},
    {.spec = "{\"name\": \"g\", \"base\": {\"file\": \"b.yaml\"}, \"recipe\": \"my/other.py\","
             "\"grid\": {\"seed\": [1, 2]}}"},
    {.base = "epochs: 1\nseed: 1\noutput_dir: o\n# c\n"},
    {.base = "epochs: 1\nseed: 1\noutput_dir: p\n"},
    {.base = "epochs: 1\nseed:  1\noutput_dir: o\n"},
    {.override = "epochs=5"},
    {.override = "epochs=6"},
    {.override = "output_dir=o"},
    {.profile = "\"version\": \"0.6.2\""},
    {.profile = "\"trainer\": \"torchtunes\""},
    {.profile = "\"launch\": {\"single\": [\"tune\", \"run\", \"{recipe}\", \"{config}\"]}"},
};

/* The directory that row `index` gives; the caller's. */
static char *directory_of(size_t index)
{
    CLEANUP_STRBUF struct strbuf profile = {0};
    struct sweep_plan_info info;
    const char *spec = identities[index].spec, *base = identities[index].base;
    const char *changed = identities[index].profile;
    write_file(in_scratch("b.yaml"), base != NULL ? base : identities[0].base);
    strbuf_printf(&profile, "{\"extends\": \"torchtune-0.6.1\", %s}",
        changed != NULL ? changed : identities[0].profile);
    write_file(in_scratch("p.json"), profile.data);
    error = (struct sweep_error){0};
    ck_assert_msg(sweep_trainer_use_profile(trainer, in_scratch("p.json"), &error) == SWEEP_OK,
        "%s", error.message);
    if (spec == NULL)
        spec = identities[0].spec;
    ck_assert_int_eq(plan_with(spec, identities[index].override), SWEEP_OK);
    sweep_plan_describe(plan, &info);
    return strdup(info.directory);
}

START_TEST(every_input_names_another_directory)
{
    char *names[COUNT(identities)];
    for (size_t i = 0; i < COUNT(identities); i++) {
        names[i] = directory_of(i);
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(strcmp(names[i], names[k]) != 0, "rows %zu and %zu: %s", k, i, names[i]);
    }
    CLEANUP_FREE char *again = directory_of(0);
    ck_assert_str_eq(again, names[0]);
    for (size_t i = 0; i < COUNT(identities); i++)
        free(names[i]);
}
END_TEST

/* The name must stay the same in every release, unless the release writes other bytes for this
 * input (lib/plan/identity.h). A new version alone must not change it. */
START_TEST(a_release_renames_no_sweep)
{
    struct sweep_plan_info info;
    write_file(in_scratch("b.yaml"), identities[0].base);
    plan_good(identities[0].spec);
    sweep_plan_describe(plan, &info);
    ck_assert_str_eq(info.directory, "g-30873de0");
}
END_TEST

/* Limits, the directory of the input files, and an override that sets the value that is already
 * there do not change the output, so they do not change the name. */
START_TEST(other_inputs_do_not_change_the_name)
{
    struct sweep_plan_info info;
    struct sweep_limits limits = {.runs = 7, .base_bytes = 1000};
    char b[300];
    CLEANUP_FREE char *name = directory_of(0);
    struct sweep_request request = {.spec = identities[0].spec,
        .spec_length = strlen(identities[0].spec),
        .spec_file = "other.json",
        .limits = &limits};
    snprintf(b, sizeof b, "%s/d", scratch);
    ck_assert_int_eq(mkdir(b, 0700), 0);
    request.spec_directory = b;
    write_file(in_scratch("d/b.yaml"), identities[0].base);
    sweep_plan_free(plan);
    ck_assert_int_eq(sweep_plan_new(trainer, &request, findings, &plan, &error), SWEEP_OK);
    sweep_plan_describe(plan, &info);
    ck_assert_str_eq(info.directory, name);
    ck_assert_int_eq(plan_with(identities[0].spec, "epochs=1"), SWEEP_OK);
    sweep_plan_describe(plan, &info);
    ck_assert_str_eq(info.directory, name);
}
END_TEST

/* --- sizes -------------------------------------------------------------------------------- */

START_TEST(a_hundred_thousand_runs)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    struct sweep_plan_info info;
    char name[32], path[64];
    strbuf_puts(&text, "{\"name\": \"big\", " BASE ", \"grid\": {\"seed\": [");
    for (int i = 0; i < 1000; i++)
        strbuf_printf(&text, "%s%d", i > 0 ? "," : "", i);
    strbuf_puts(&text, "], \"batch_size\": [");
    for (int i = 1; i <= 100; i++)
        strbuf_printf(&text, "%s%d", i > 1 ? "," : "", i);
    strbuf_puts(&text, "]}}");
    plan_good(text.data);
    sweep_plan_describe(plan, &info);
    ck_assert_uint_eq(info.runs, 100000);
    ck_assert_uint_eq(info.n_arrays, 100);
    ck_assert_uint_gt(info.bytes, 100000 * 3000ull);
    ck_assert(sweep_plan_run(plan, 99999, name, NULL));
    ck_assert_str_eq(name, "run_99999");
    plan_config_path(plan, 99999, path);
    ck_assert_str_eq(path, "configs/099/run_99999.yaml");
    CLEANUP_JSON json_t *config = config_of(54321);
    ck_assert_int_eq(json_integer_value(json_object_get(config, "seed")), 543);
    ck_assert_int_eq(json_integer_value(json_object_get(config, "batch_size")), 22);
}
END_TEST

START_TEST(no_grid_is_one_run)
{
    struct sweep_plan_info info;
    plan_good("{\"name\": \"one\", " BASE "}");
    sweep_plan_describe(plan, &info);
    ck_assert_uint_eq(info.runs, 1);
    ck_assert_uint_eq(info.n_axes, 0);
    CLEANUP_JSON json_t *config = config_of(0);
    ck_assert_str_eq(json_string_value(json_object_get(config, "output_dir")),
        "/tmp/torchtune/llama3_1_8B/lora_single_device/one/run_000");
}
END_TEST

/* --- bases of all shapes ------------------------------------------------------------------ */

/* Plans against b.yaml in the scratch directory; run 0 and the last one must read as wanted. */
static const struct {
    const char *base, *settings, *first, *last;
} shapes[] = {
    {"seed: 1\n", "\"grid\": {\"seed\": [1, 2]}",
        "{\"seed\": 1, \"output_dir\": \"output/g/run_000\"}",
        "{\"seed\": 2, \"output_dir\": \"output/g/run_001\"}"},
    {"{seed: 1, output_dir: o}\n", "\"grid\": {\"seed\": [1, 2]}",
        "{\"seed\": 1, \"output_dir\": \"o/g/run_000\"}",
        "{\"seed\": 2, \"output_dir\": \"o/g/run_001\"}"},
    {"", "\"grid\": {\"seed\": [1, 2]}", "{\"seed\": 1, \"output_dir\": \"output/g/run_000\"}",
        "{\"seed\": 2, \"output_dir\": \"output/g/run_001\"}"},
    {"output_dir: o\r\nseed: 1\r\n", "\"grid\": {\"seed\": [1, 2], \"epochs\": [5, 6]}",
        "{\"output_dir\": \"o/g/run_000\", \"seed\": 1, \"epochs\": 5}",
        "{\"output_dir\": \"o/g/run_003\", \"seed\": 2, \"epochs\": 6}"},
    /* parameters of two paths, where their mapping is empty or null */
    {"output_dir: o\nmodel: {}\n", "\"grid\": {\"lora\": [{\"rank\": 1, \"alpha\": 2}]}",
        "{\"output_dir\": \"o/g/run_000\", \"model\": {\"lora_rank\": 1, \"lora_alpha\": 2}}",
        NULL},
    {"output_dir: o\nmodel:\n", "\"grid\": {\"lora\": [{\"rank\": 1, \"alpha\": 2}]}",
        "{\"output_dir\": \"o/g/run_000\", \"model\": {\"lora_rank\": 1, \"lora_alpha\": 2}}",
        NULL},
    {"output_dir: o\nmodel: {x: 1}\n", "\"grid\": {\"lora\": [{\"rank\": 1, \"alpha\": 2}]}",
        "{\"output_dir\": \"o/g/run_000\", \"model\": {\"x\": 1, \"lora_rank\": 1,"
        "\"lora_alpha\": 2}}",
        NULL},
    /* deletions side by side */
    {"output_dir: o\ndataset: {source: a, data_files: b, data_dir: c}\n",
        "\"grid\": {\"dataset\": [\"x/y\", \"/z.csv\"]}",
        "{\"output_dir\": \"o/g/run_000\", \"dataset\": {\"source\": \"x/y\"}}",
        "{\"output_dir\": \"o/g/run_001\", \"dataset\": {\"source\": \"csv\","
        "\"data_files\": \"/z.csv\"}}"},
    {"output_dir: o\ndataset:\n  source: a\n  data_files: b\n  data_dir: c\n",
        "\"grid\": {\"dataset\": [\"x/y\", \"/z.csv\"]}",
        "{\"output_dir\": \"o/g/run_000\", \"dataset\": {\"source\": \"x/y\"}}",
        "{\"output_dir\": \"o/g/run_001\", \"dataset\": {\"source\": \"csv\","
        "\"data_files\": \"/z.csv\"}}"},
    {"output_dir: o\ndataset:\n  data_files: b\n", "\"grid\": {\"dataset\": [\"x/y\", \"u/v\"]}",
        "{\"output_dir\": \"o/g/run_000\", \"dataset\": {\"source\": \"x/y\"}}",
        "{\"output_dir\": \"o/g/run_001\", \"dataset\": {\"source\": \"u/v\"}}"},
    /* mappings as values */
    {"output_dir: o\nfree: {}\n", "\"grid\": {\"free\": [{\"a\": 1, \"b\": 2}, {}]}",
        "{\"output_dir\": \"o/g/run_000\", \"free\": {\"a\": 1, \"b\": 2}}",
        "{\"output_dir\": \"o/g/run_001\", \"free\": {}}"},
    {"output_dir: o\nfree:\n  x: 1\n", "\"grid\": {\"free\": [{\"a\": 1}, {\"x\": 2, \"b\": {}}]}",
        "{\"output_dir\": \"o/g/run_000\", \"free\": {\"x\": 1, \"a\": 1}}",
        "{\"output_dir\": \"o/g/run_001\", \"free\": {\"x\": 2, \"b\": {}}}"},
    /* two axes that add to the same mapping */
    {"output_dir: o\nfree: {}\n", "\"grid\": {\"free.a\": [1, 2], \"free.b\": [3, 4]}",
        "{\"output_dir\": \"o/g/run_000\", \"free\": {\"a\": 1, \"b\": 3}}",
        "{\"output_dir\": \"o/g/run_003\", \"free\": {\"a\": 2, \"b\": 4}}"},
    {"output_dir: o\nfree:\n  x: 1\n", "\"grid\": {\"free.a\": [1, 2], \"free.b\": [3, 4]}",
        "{\"output_dir\": \"o/g/run_000\", \"free\": {\"x\": 1, \"a\": 1, \"b\": 3}}",
        "{\"output_dir\": \"o/g/run_003\", \"free\": {\"x\": 1, \"a\": 2, \"b\": 4}}"},
    /* anchors: an axis changes only what it names */
    {"output_dir: o\ns: &m {r: 1}\nt: *m\n", "\"grid\": {\"s.r\": [2, 3]}",
        "{\"output_dir\": \"o/g/run_000\", \"s\": {\"r\": 2}, \"t\": {\"r\": 1}}",
        "{\"output_dir\": \"o/g/run_001\", \"s\": {\"r\": 3}, \"t\": {\"r\": 1}}"},
    {"output_dir: o\ns: &m {r: 1}\nt: *m\n", "\"grid\": {\"t\": [{\"r\": 2}, {\"q\": 3}]}",
        "{\"output_dir\": \"o/g/run_000\", \"s\": {\"r\": 1}, \"t\": {\"r\": 2}}",
        "{\"output_dir\": \"o/g/run_001\", \"s\": {\"r\": 1}, \"t\": {\"r\": 1, \"q\": 3}}"},
    {"output_dir: &o out\ns: *o\n", "\"grid\": {\"seed\": [1, 2]}",
        "{\"output_dir\": \"out/g/run_000\", \"s\": \"out\", \"seed\": 1}",
        "{\"output_dir\": \"out/g/run_001\", \"s\": \"out\", \"seed\": 2}"},
};

START_TEST(shape)
{
    CLEANUP_STRBUF struct strbuf spec = {0};
    struct sweep_plan_info info;
    write_file(in_scratch("b.yaml"), shapes[_i].base);
    strbuf_printf(&spec, "{\"name\": \"g\", " FILE_BASE ", %s}", shapes[_i].settings);
    plan_good(spec.data);
    sweep_plan_describe(plan, &info);
    CLEANUP_JSON json_t *first = config_of(0);
    assert_json(first, shapes[_i].first);
    CLEANUP_JSON json_t *last = config_of(info.runs - 1);
    if (shapes[_i].last != NULL)
        assert_json(last, shapes[_i].last);
}
END_TEST

/* --- refusals ----------------------------------------------------------------------------- */

static const struct {
    const char *rest, *override, *code; /* rest: of the spec, after name and base */
} refusals[] = {
    {"\"grid\": {\"lerning_rate\": [1]}", NULL, "unknown-parameter"},
    {"\"grid\": {\"model.lora_rnak\": [1], \"x\": [1]}", NULL, "unknown-argument"},
    {"\"grid\": {\"epochs.x\": [1]}", NULL, "not-a-mapping"},
    {"\"grid\": {\"optimizer.fused\": [1]}", NULL, "type-change"},
    {"\"fixed\": {\"optimizer.fused\": 1}", NULL, "type-change"},
    {"\"fixed\": {\"optimizer\": [1]}", NULL, "type-change"},
    {"\"recipe\": \"lora_finetune_single_devic\"", NULL, "unknown-recipe"},
    {"\"grid\": {\"seed\": [1, 2]}, \"output_dir\": \"{rnu}\"", NULL, "bad-template"},
    {"\"grid\": {\"dtype\": [\"a b\", \"a/b\"]}, \"output_dir\": \"{dtype}\"", NULL,
        "output-collision"},
    {"\"grid\": {\"lr\": [1]}", "lr=2", "set-twice"},
    {"\"fixed\": {\"lr\": 1}", "lr=x", "wrong-type"},
    {"\"fixed\": {\"lr\": 1}", "nonsense", "bad-value"},
};

START_TEST(refused)
{
    CLEANUP_STRBUF struct strbuf spec = {0};
    strbuf_printf(&spec, "{\"name\": \"g\", " BASE ", %s}", refusals[_i].rest);
    enum sweep_code code = plan_with(spec.data, refusals[_i].override);
    ck_assert_int_eq(code, SWEEP_INVALID);
    ck_assert_ptr_null(plan);
    bool found = false;
    for (size_t i = 0; sweep_findings_get(findings, i) != NULL; i++)
        if (strcmp(code_at(findings, i), refusals[_i].code) == 0)
            found = true;
    ck_assert_msg(found, "%s %s", code_at(findings, 0), message_at(findings, 0));
}
END_TEST

START_TEST(bases_that_cannot_be_read)
{
    static const char spec[] = "{\"name\": \"g\", " FILE_BASE "}";
    ck_assert_int_eq(plan_with(spec, NULL), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "base-file");
    ck_assert_int_eq(mkfifo(in_scratch("b.yaml"), 0600), 0);
    ck_assert_int_eq(plan_with(spec, NULL), SWEEP_INVALID); /* at once */
    ck_assert_int_eq(
        plan_with("{\"name\": \"g\", \"base\": \"llama3_1/8B_lora_singl_device\"}", NULL),
        SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 2), "unknown-base");
    ck_assert_ptr_nonnull(strstr(hint_at(findings, 2), "llama3_1/8B_lora_single_device"));
}
END_TEST

/* A key that is too long for YAML's short form: fine or refused, but no error of our own. */
START_TEST(very_long_keys)
{
    CLEANUP_STRBUF struct strbuf spec = {0};
    strbuf_puts(
        &spec, "{\"name\": \"g\", " BASE ", \"fixed\": {\"tokenizer.prompt_template\": {\"");
    strbuf_repeat(&spec, 'k', 1200);
    strbuf_puts(&spec, "\": 1}}}");
    enum sweep_code code = plan_with(spec.data, NULL);
    ck_assert_msg(code == SWEEP_OK || code == SWEEP_INVALID, "%s", error.message);
}
END_TEST

/* A value that would climb out of its directory, or stay in it, is no name for one. */
START_TEST(output_directories_stay_apart)
{
    ck_assert_int_eq(
        plan_with("{\"name\": \"g\", " BASE ", \"grid\": {\"tokenizer.path\": [\".\", \"..\"]},"
                  "\"output_dir\": \"o/p/{tokenizer.path}\"}",
            NULL),
        SWEEP_OK);
    for (uint64_t i = 0; i < 2; i++) {
        CLEANUP_JSON json_t *config = config_of(i);
        const char *output = json_string_value(json_object_get(config, "output_dir"));
        ck_assert_msg(strcmp(output, "o/p/.") != 0 && strcmp(output, "o/p/..") != 0, "%s", output);
    }
}
END_TEST

static TCase *add_plans(Suite *suite, const char *name)
{
    TCase *tc = add_case(suite, name);
    use_scratch(tc);
    tcase_add_checked_fixture(tc, plan_set_up, plan_tear_down);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *tc = add_plans(suite, "plan");
    tcase_add_loop_test(tc, dead_axis, 0, (int)COUNT(dead));
    tcase_add_loop_test(tc, position, 0, (int)COUNT(positions));
    tcase_add_loop_test(tc, path_type, 0, (int)COUNT(types));
    tcase_add_test(tc, description);
    tcase_add_test(tc, recipes_by_path);
    tcase_add_test(tc, axes_and_fixed);
    tcase_add_test(tc, last_axis_is_fastest);
    tcase_add_test(tc, configs_are_the_base_with_the_values);
    tcase_add_test(tc, untouched_text_stays);
    tcase_add_test(tc, no_grid_is_one_run);
    tc = add_plans(suite, "identity");
    tcase_add_test(tc, every_input_names_another_directory);
    tcase_add_test(tc, a_release_renames_no_sweep);
    tcase_add_test(tc, other_inputs_do_not_change_the_name);
    tc = add_plans(suite, "size");
    tcase_set_timeout(tc, 20); /* planned, not made: a fraction of a second on any machine */
    tcase_add_test(tc, a_hundred_thousand_runs);
    tc = add_plans(suite, "shapes");
    tcase_add_loop_test(tc, shape, 0, (int)COUNT(shapes));
    tc = add_plans(suite, "refusals");
    tcase_add_loop_test(tc, refused, 0, (int)COUNT(refusals));
    tcase_add_test(tc, bases_that_cannot_be_read);
    tcase_add_test(tc, very_long_keys);
    tcase_add_test(tc, output_directories_stay_apart);
    return check_main(suite);
}
