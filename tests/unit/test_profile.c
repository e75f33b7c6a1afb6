/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "lib/trainer/embedded.h"
#include "lib/trainer/profile.h"
#include "tests/unit/check_main.h"

static const struct profile *const profile = &profile_builtin;

START_TEST(names)
{
    ck_assert_str_eq(profile->trainer, "torchtune");
    ck_assert_str_eq(profile->version, "0.6.1");
    ck_assert_str_eq(profile->component_key, "_component_");
    struct profile zero = {0};
    profile_deinit(&zero);
}
END_TEST

START_TEST(recipes_of_configs)
{
    static const char *const pairs[][2] = {
        {"llama3_1/8B_lora_single_device", "lora_finetune_single_device"},
        {"llama3_1/8B_lora", "lora_finetune_distributed"},
        {"llama2/7B_full", "full_finetune_distributed"},
        {"mistral/7B_full_ppo_low_memory", "ppo_full_finetune_single_device"},
        {"generation", "generate"},
        {"llama3_1/8B_lora_single_devic", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT(pairs); i++)
        ck_assert_pstr_eq(profile_recipe_of(profile, pairs[i][0]), pairs[i][1]);
}
END_TEST

START_TEST(distributed)
{
    ck_assert(profile_is_distributed(profile, "lora_finetune_distributed"));
    ck_assert(!profile_is_distributed(profile, "lora_finetune_single_device"));
    ck_assert(!profile_is_distributed(profile, "my/recipe.py"));
}
END_TEST

START_TEST(keys_of_recipes)
{
    ck_assert(profile_recipe_reads(profile, "lora_finetune_single_device", "seed"));
    ck_assert(!profile_recipe_reads(profile, "lora_finetune_single_device", "fsdp_cpu_offload"));
    ck_assert(profile_recipe_reads(profile, "full_finetune_distributed", "fsdp_cpu_offload"));
    /* unknown recipes read what any reads */
    ck_assert(profile_recipe_reads(profile, NULL, "fsdp_cpu_offload"));
    ck_assert(profile_recipe_reads(profile, "my/recipe.py", "fsdp_cpu_offload"));
    ck_assert(!profile_recipe_reads(profile, NULL, "no_such_key"));
    ck_assert(!profile_recipe_reads(profile, "my/recipe.py", "no_such_key"));
}
END_TEST

START_TEST(arguments)
{
    const struct component *adam = profile_component(profile, "torch.optim.AdamW");
    ck_assert_ptr_nonnull(adam);
    ck_assert(!adam->extra);
    ck_assert_uint_eq(component_argument(adam, "lr")->type.kinds, TYPE_FLOAT);
    ck_assert_str_eq(component_argument(adam, "lr")->fallback, "0.001");
    ck_assert_int_eq(component_argument(adam, "params")->supplied, SUPPLIED_POSITIONAL);
    ck_assert_ptr_null(component_argument(adam, "params")->fallback);
    ck_assert_ptr_null(component_argument(adam, "l"));
    ck_assert(profile_component(profile, "torchtune.datasets.alpaca_dataset")->extra);
    ck_assert_ptr_null(profile_component(profile, "no.such.thing"));
    const struct component *lora =
        profile_component(profile, "torchtune.models.llama3_1.lora_llama3_1_8b");
    const struct argument *modules = component_argument(lora, "lora_attn_modules");
    ck_assert_uint_eq(modules->type.kinds, TYPE_LIST);
    ck_assert_uint_eq(modules->type.items, TYPE_STRING);
    ck_assert_str_eq(modules->type.item_words, "q_proj|k_proj|v_proj|output_proj");
    ck_assert_int_eq(component_fact(lora, "max_seq_len")->number, 131072);
    ck_assert_ptr_null(component_fact(lora, "no_such_fact"));
    ck_assert_ptr_null(component_fact(NULL, "max_seq_len"));
}
END_TEST

START_TEST(lists)
{
    static const char *const globs[] = {"full_*", "qat", NULL};
    ck_assert(list_matches(globs, "full_finetune"));
    ck_assert(!list_matches(globs, "lora"));
    ck_assert(!list_matches(globs, NULL));
    ck_assert(list_matches(NULL, NULL));
    ck_assert(list_holds(globs, "qat"));
    ck_assert(!list_holds(globs, "full_finetune"));
    ck_assert(!list_holds(NULL, "x"));
}
END_TEST

/* The data itself: no config belongs to two recipes, and components are sorted. */
START_TEST(data_is_whole)
{
    for (size_t i = 0; i < profile->n_recipes; i++) {
        const struct recipe *recipe = &profile->recipes[i];
        ck_assert_ptr_nonnull(recipe->required[0]);
        for (size_t c = 0; recipe->configs[c] != NULL; c++)
            ck_assert_str_eq(profile_recipe_of(profile, recipe->configs[c]), recipe->name);
    }
    for (size_t i = 1; i < profile->n_components; i++)
        ck_assert_str_lt(profile->components[i - 1].path, profile->components[i].path);
    ck_assert_uint_gt(profile->n_rules, 0);
}
END_TEST

/* --- profiles from files ------------------------------------------------------------------ */

static enum sweep_code read_text(const char *text, struct profile *out, struct sweep_error *error)
{
    char path[] = "/tmp/profile_XX"
                  "XXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    enum sweep_code code = profile_read(path, out, error);
    unlink(path);
    return code;
}

START_TEST(own_components)
{
    struct profile own;
    ck_assert_int_eq(read_text("{\"extends\": \"torchtune-0.6.1\", \"complete\": [\"mine\"],"
                               "\"components\": {\"mine.loss\": {\"arguments\": {\"a\":"
                               "{\"type\": \"int|null|'auto'\", \"required\": true}}},"
                               "\"torch.optim.AdamW\": {\"arguments\": {}, \"extra\": true}}}",
                         &own, NULL),
        SWEEP_OK);
    ck_assert_uint_eq(own.n_components, profile->n_components + 1);
    ck_assert_uint_eq(own.n_rules, profile->n_rules);
    const struct argument *a = component_argument(profile_component(&own, "mine.loss"), "a");
    ck_assert_uint_eq(a->type.kinds, TYPE_INT | TYPE_NULL | TYPE_STRING);
    ck_assert_str_eq(a->type.words, "auto");
    ck_assert(profile_component(&own, "torch.optim.AdamW")->extra); /* the newer one wins */
    ck_assert(list_holds(own.complete, "mine"));
    ck_assert(list_holds(own.complete, "torchtune"));
    profile_deinit(&own);
}
END_TEST

/* What a profile that is not right is refused with. `PARAMETER` stands for one with a hole. */
#define EXTEND(members) "{\"extends\": \"torchtune-0.6.1\", " members "}"
#define PARAMETER(members)                                                                         \
    EXTEND("\"parameters\": [{\"name\": \"mine\", \"category\": \"scientific\", " members "}]")
#define FIELD "{\"name\": \"x\", \"path\": \"a.x\", \"type\": \"int\", \"range\": \"any\"}"
#define TEXT "{\"name\": \"x\", \"path\": \"a.x\", \"type\": \"str\", \"range\": \"any\"}"

static const struct {
    const char *text, *why;
} bad[] = {
    {"{", "not a profile"},
    {"[]", "it is not a JSON object"},
    {"{}", "profile: \"trainer\" is missing"},
    {"{\"trainer\": \"t\"}", "profile: \"version\" is missing"},
    {"{\"trainer\": 1, \"version\": \"1\"}", "\"trainer\" must be a string"},
    {EXTEND("\"trainer\": \"\""), "\"trainer\" cannot be empty"},
    {"{\"extends\": \"no-such\"}", "no-such.json"},
    {EXTEND("\"ouputs\": []"), "unknown key \"ouputs\"; did you mean \"outputs\"?"},
    {EXTEND("\"whatever\": []"), "unknown key \"whatever\""},
    {EXTEND("\"rules\": {}"), "rules: \"rules\" must be a list"},
    {EXTEND("\"components\": []"), "components: \"components\" must be an object"},
    {EXTEND("\"components\": {\"a.b\": {\"arguments\": {\"x\": \"integer\"}}}"),
        "components: a.b: unknown type \"integer\""},
    {EXTEND("\"rules\": [{\"id\": \"M1\"}]"), "rules: M1: \"code\" is missing"},
    {EXTEND("\"keys\": {\"x\": \"int]\"}"), "keys: x: unknown type \"int]\""},
    {EXTEND("\"keys\": {\"x\": 1}"), "keys: x: the type must be a string"},
    /* single members */
    {EXTEND("\"component_key\": 1"), "\"component_key\" must be a key, or null"},
    {EXTEND("\"component_key\": null"), "\"components\" need \"component_key\""},
    {"{\"trainer\": \"t\", \"version\": \"1\", \"keys\": {\"x\": \"component\"}}",
        "\"keys\": the type of \"x\" needs \"component_key\""},
    {EXTEND("\"scalars\": \"yaml\""),
        "\"scalars\" cannot be \"yaml\"; expected \"omegaconf\", \"yaml-1.1\""},
    {EXTEND("\"interpolation\": \"jinja\""),
        "\"interpolation\" cannot be \"jinja\"; expected \"omegaconf\", \"none\""},
    {EXTEND("\"outputs\": [1]"), "\"outputs\" must be a list of strings or objects"},
    {EXTEND("\"outputs\": {}"), "\"outputs\" must be a list"},
    {EXTEND("\"outputs\": [{}]"), "\"path\" is missing"},
    {EXTEND("\"outputs\": [{\"path\": \"a.\"}]"), "\"a.\" is not a config path"},
    {EXTEND("\"outputs\": [{\"path\": \"a\", \"wen\": \"b\"}]"),
        "unknown key \"wen\"; did you mean \"when\"?"},
    {EXTEND("\"outputs\": [{\"path\": \"a\", \"is\": 1}]"), "\"is\""},
    {EXTEND("\"outputs\": [\"a..b\"]"), "\"a..b\" is not a config path"},
    {EXTEND("\"outputs\": [\"a\", \"b\", \"a\"]"), "\"outputs\" lists \"a\" twice"},
    {EXTEND("\"volatile\": [\".a\"]"), "\".a\" is not a config path"},
    {EXTEND("\"seed\": \"sed\""), "\"seed\": \"sed\" is not a parameter"},
    {EXTEND("\"seed\": \"dtype\""), "\"seed\": parameter \"dtype\" is not one int"},
    {EXTEND("\"config_directories\": [\"/etc\"]"), "\"/etc\" is not a relative path"},
    {EXTEND("\"config_directories\": [\"a/../..\"]"), "\"a/../..\" is not a relative path"},
    {EXTEND("\"results\": {\"format\": \"step-lines\", \"output\": \"x\", \"files\": \"*\","
            "\"step\": \"s\"}"),
        "results: \"output\" must be one of \"outputs\", not \"x\""},
    {EXTEND("\"results\": {\"format\": \"binary\"}"), "results"},
    {EXTEND("\"results\": {\"formt\": \"step-lines\"}"), "results: unknown key \"formt\""},
    {EXTEND("\"launch\": {\"singel\": [\"x\"]}"), "launch: unknown key \"singel\""},
    {EXTEND("\"launch\": {\"single\": []}"), "launch: \"single\" is empty"},
    {EXTEND("\"launch\": {\"single\": [\"a b\"]}"), "\"a b\" cannot be a word of a command"},
    /* parameters */
    {EXTEND("\"parameters\": [{}]"), "parameters: \"name\" is missing"},
    {PARAMETER("\"feilds\": []"), "parameters: mine: unknown key \"feilds\""},
    {PARAMETER("\"fields\": []"), "parameters: mine: \"fields\" must list 1 to 8 fields"},
    {PARAMETER("\"fields\": [{\"name\": \"x\"}]"), "parameters: mine: \"path\" is missing"},
    {PARAMETER("\"fields\": [" FIELD ", " FIELD "]"), "two fields are called \"x\""},
    {PARAMETER("\"fields\": [" FIELD ", {\"name\": \"y\", \"path\": \"a\", \"type\": \"int\","
               "\"range\": \"any\"}]"),
        "two fields set \"a\""},
    {PARAMETER("\"fields\": [{\"name\": \"x\", \"path\": \"x.\", \"type\": \"int\","
               "\"range\": \"any\"}]"),
        "\"x.\" is not a config path"},
    {PARAMETER("\"fields\": [{\"name\": \"x\", \"path\": \"x\", \"type\": \"integer\","
               "\"range\": \"any\"}]"),
        "\"type\" cannot be \"integer\"; expected \"int\", \"float\", \"bool\", \"str\""},
    {PARAMETER("\"fields\": [{\"name\": \"x\", \"path\": \"x\", \"type\": \"str\","
               "\"range\": \"positive\"}]"),
        "range \"positive\" is for numbers"},
    {PARAMETER("\"fields\": [{\"name\": \"x\", \"path\": \"x\", \"type\": \"bool\","
               "\"range\": \"not-empty\"}]"),
        "range \"not-empty\" is for strings"},
    {PARAMETER("\"alias\": \"Mine\", \"fields\": [" FIELD "]"), "\"Mine\" is not a name"},
    {PARAMETER("\"alias\": \"lr\", \"fields\": [" FIELD "]"),
        "learning_rate: \"lr\" is also a name of \"mine\""},
    {PARAMETER("\"successor\": \"nothing\", \"fields\": [" FIELD "]"),
        "its successor \"nothing\" is not a parameter"},
    {EXTEND("\"parameters\": [{\"name\": \"a.b\", \"category\": \"scientific\", "
            "\"fields\": [" FIELD "]}]"),
        "\"a.b\" is not a name"},
    /* data */
    {PARAMETER("\"data\": {}, \"fields\": [" TEXT "]"), "mine: \"files\" is missing"},
    {PARAMETER("\"data\": {\"files\": \"f\", \"directory\": \"d\", \"default_loader\": \"j\"},"
               "\"fields\": [" TEXT "]"),
        "\"loaders\" must map extensions to loaders"},
    {PARAMETER("\"data\": {\"files\": \"f\", \"directory\": \"d\", \"default_loader\": \"j\","
               "\"loaders\": {\"json\": \"j\"}}, \"fields\": [" TEXT "]"),
        "\"json\" is not an extension such as \".json\""},
    {PARAMETER("\"data\": {\"files\": \"f\", \"directory\": \"d\", \"default_loader\": \"j\","
               "\"loaders\": {\".json\": {\"name\": \"j\", \"set\": {}}}}, \"fields\": [" TEXT "]"),
        "\"loaders\": \"set\" of \".json\" must be one config path and a string"},
    {PARAMETER("\"data\": {\"files\": \"f\", \"directory\": \"d\", \"default_loader\": \"j\","
               "\"loaders\": {\".json\": {\"set\": {\"a\": \"b\"}}}}, \"fields\": [" TEXT "]"),
        "\"loaders\": the loader of \".json\" must be a string"},
    {PARAMETER("\"data\": {\"files\": \"f\", \"directory\": \"d\", \"default_loader\": \"j\","
               "\"loaders\": {\".json\": \"j\"}}, \"fields\": [" FIELD "]"),
        "\"data\" needs one field of type \"str\""},
    /* groups */
    {EXTEND("\"groups\": [{\"paths\": [\"a\"]}]"), "groups: \"paths\" must list two or more"},
    {EXTEND("\"groups\": [{\"paths\": [\"a\", \"b\"], \"label\": \"x\"}]"),
        "groups: unknown key \"label\""},
};

START_TEST(bad_profile)
{
    struct profile own;
    struct sweep_error error = {0};
    ck_assert_int_ne(read_text(bad[_i].text, &own, &error), SWEEP_OK);
    ck_assert_msg(
        strstr(error.message, bad[_i].why) != NULL, "%s: %s", bad[_i].text, error.message);
    ck_assert_ptr_null(own.memory);
}
END_TEST

/* --- what is the trainer's own ------------------------------------------------------------ */

static const char invented[] =
    "{\"$schema\": \"profile.schema.json\", \"trainer\": \"brew\", \"version\": \"2\","
    " \"component_key\": null, \"scalars\": \"yaml-1.1\", \"interpolation\": \"none\","
    " \"outputs\": [\"cellar.path\", \"cellar.log\"], \"volatile\": [\"cellar.label\"],"
    " \"results\": {\"format\": \"step-lines\", \"output\": \"cellar.log\", \"files\": \"*.l\","
    "  \"step\": \"Day\", \"loss\": \"sugar\"},"
    " \"seed\": \"yeast\", \"config_directories\": [\"recipes\"], \"recipe_comment\": \"start\","
    " \"launch\": {\"single\": [\"brew\", \"{config}\"]},"
    " \"parameters\": ["
    "  {\"name\": \"yeast\", \"category\": \"scientific\", \"fields\":"
    "   [{\"name\": \"yeast\", \"path\": \"y\", \"type\": \"int\", \"range\": \"any\"}]},"
    "  {\"name\": \"malt\", \"alias\": \"m\", \"category\": \"scientific\", \"fields\":"
    "   [{\"name\": \"source\", \"path\": \"malt.kind\", \"type\": \"str\","
    "     \"range\": \"not-empty\"}],"
    "   \"data\": {\"files\": \"malt.sacks\", \"directory\": \"malt.silo\","
    "    \"loaders\": {\".grain\": \"miller\", \".rice\": {\"name\": \"miller\", \"set\":"
    "     {\"malt.grind\": \"fine\"}}}, \"compressions\": [\".bag\"],"
    "    \"default_loader\": \"shovel\"}}],"
    " \"groups\": [{\"paths\": [\"hops.amount\", \"hops.alpha\", \"hops.time\"]},"
    "  {\"paths\": [\"a\", \"b\"], \"code\": \"both\", \"hint\": \"set both\"}]}";

START_TEST(invented_trainer)
{
    struct profile own;
    struct sweep_error error = {0};
    ck_assert_msg(read_text(invented, &own, &error) == SWEEP_OK, "%s", error.message);
    ck_assert_ptr_null(own.component_key);
    ck_assert(!profile_is_component_key(&own, "_component_"));
    ck_assert_int_eq(own.dialect.scalars, SCALARS_YAML_1_1);
    ck_assert_int_eq(own.dialect.interpolation, INTERPOLATION_NONE);
    ck_assert_str_eq(profile_output(&own), "cellar.path");
    ck_assert_uint_eq(own.n_outputs, 2);
    ck_assert_str_eq(own.outputs[1].path, "cellar.log");
    ck_assert_str_eq(own.volatile_paths[0], "cellar.label");
    ck_assert_ptr_null(own.volatile_paths[1]);
    ck_assert_str_eq(own.log.output, "cellar.log");
    ck_assert_str_eq(own.log.step, "Day");
    ck_assert_str_eq(own.log.loss, "sugar");
    ck_assert_ptr_null(own.log.speed);
    ck_assert_ptr_null(own.log.gpu_memory);
    ck_assert_str_eq(own.seed, "yeast");
    ck_assert_str_eq(own.config_directories[0], "recipes");
    ck_assert_str_eq(own.recipe_comment, "start");
    ck_assert(!own.has_bases);
    ck_assert_str_eq(own.launch[0], "brew");
    ck_assert_ptr_null(own.launch_distributed);
    ck_assert_uint_eq(own.n_parameters, 2);
    const struct parameter *malt = profile_parameter(&own, "m");
    ck_assert_str_eq(malt->name, "malt");
    ck_assert_ptr_eq(profile_field(&own, "malt.kind"), &malt->fields[0]);
    ck_assert_str_eq(malt->data->files, "malt.sacks");
    ck_assert_str_eq(malt->data->directory, "malt.silo");
    ck_assert_str_eq(malt->data->loaders[0].extension, ".grain");
    ck_assert_str_eq(malt->data->loaders[0].name, "miller");
    ck_assert_ptr_null(malt->data->loaders[0].path);
    ck_assert_str_eq(malt->data->loaders[1].name, "miller");
    ck_assert_str_eq(malt->data->loaders[1].path, "malt.grind");
    ck_assert_str_eq(malt->data->loaders[1].value, "fine");
    ck_assert_str_eq(malt->data->compressions[0], ".bag");
    ck_assert_str_eq(malt->data->default_loader, "shovel");
    ck_assert_ptr_null(profile_parameter(&own, "yeast")->data);
    ck_assert_str_eq(profile_group(&own, "hops.alpha")->code, "set-together");
    ck_assert_ptr_null(profile_group(&own, "hops.alpha")->hint);
    ck_assert_str_eq(profile_group(&own, "b")->code, "both");
    ck_assert_ptr_null(profile_group(&own, "hops"));
    profile_deinit(&own);
}
END_TEST

/* What a profile that adds to another takes over, and what takes the place of the other's. */
START_TEST(extending)
{
    struct profile own;
    struct sweep_error error = {0};
    enum sweep_code code = read_text(
        EXTEND("\"outputs\": [\"mine\"], \"volatile\": [\"tag\"],"
               "\"groups\": [{\"paths\": [\"a\", \"b\"]}], \"launch\": {\"single\": [\"go\"]},"
               "\"parameters\": [{\"name\": \"seed\", \"category\": \"engineering\","
               "\"fields\": [" FIELD "]}]"),
        &own, &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
    ck_assert_str_eq(profile_output(&own), "mine");
    ck_assert_uint_eq(own.n_outputs, 1);
    ck_assert_str_eq(own.volatile_paths[0], "tag");
    ck_assert_str_eq(own.volatile_paths[1], profile->volatile_paths[0]);
    ck_assert_str_eq(profile_group(&own, "a")->code, "set-together");
    ck_assert_str_eq(profile_group(&own, "model.lora_rank")->code, "lora-pair");
    ck_assert_str_eq(own.launch[0], "go");
    ck_assert_ptr_eq(own.launch_distributed, profile->launch_distributed);
    ck_assert_uint_eq(own.n_parameters, profile->n_parameters);
    ck_assert_str_eq(profile_parameter(&own, "seed")->fields[0].path, "a.x");
    ck_assert_str_eq(profile_parameter(&own, "lr")->name, "learning_rate");
    ck_assert_str_eq(own.seed, "seed");
    ck_assert_str_eq(own.component_key, "_component_");
    ck_assert(own.has_bases);
    ck_assert_ptr_eq(own.config_directories, profile->config_directories);
    profile_deinit(&own);
}
END_TEST

static void assert_lists(const char *const *a, const char *const *b)
{
    size_t i = 0;
    if (a == NULL || b == NULL) {
        ck_assert_ptr_eq(a, b);
        return;
    }
    for (; a[i] != NULL; i++)
        ck_assert_pstr_eq(a[i], b[i]);
    ck_assert_ptr_null(b[i]);
}

/* The tables that are compiled in say what the files say. */
START_TEST(built_in_is_the_file)
{
    struct profile read;
    struct sweep_error error = {0};
    ck_assert_msg(profile_read(PROFILE_FILE, &read, &error) == SWEEP_OK, "%s", error.message);
    ck_assert_uint_eq(read.n_components, profile->n_components);
    ck_assert_uint_eq(read.n_rules, profile->n_rules);
    ck_assert_uint_eq(read.n_keys, profile->n_keys);
    ck_assert_uint_eq(read.n_parameters, profile->n_parameters);
    ck_assert_uint_eq(read.n_groups, profile->n_groups);
    ck_assert_uint_eq(read.n_outputs, profile->n_outputs);
    for (size_t i = 0; i < read.n_outputs; i++) {
        const struct output *a = &read.outputs[i], *b = &profile->outputs[i];
        ck_assert_str_eq(a->path, b->path);
        ck_assert_pstr_eq(a->when, b->when);
        ck_assert_pstr_eq(a->fallback, b->fallback);
        ck_assert_int_eq(a->is, b->is);
        assert_lists(a->recipes, b->recipes);
        assert_lists(a->components, b->components);
        assert_lists(a->file, b->file);
    }
    assert_lists(read.volatile_paths, profile->volatile_paths);
    assert_lists(read.config_directories, profile->config_directories);
    assert_lists(read.base_order, profile->base_order);
    assert_lists(read.groups[0].paths, profile->groups[0].paths);
    ck_assert_str_eq(read.groups[0].hint, profile->groups[0].hint);
    ck_assert_str_eq(read.seed, profile->seed);
    ck_assert_str_eq(read.recipe_comment, profile->recipe_comment);
    for (size_t i = 0; i < read.n_components; i++) {
        const struct component *a = &read.components[i], *b = &profile->components[i];
        ck_assert_str_eq(a->path, b->path);
        ck_assert_uint_eq(a->n_arguments, b->n_arguments);
        ck_assert_uint_eq(a->n_facts, b->n_facts);
        for (size_t k = 0; k < a->n_arguments; k++) {
            ck_assert_str_eq(a->arguments[k].name, b->arguments[k].name);
            ck_assert_uint_eq(a->arguments[k].type.kinds, b->arguments[k].type.kinds);
            ck_assert_uint_eq(a->arguments[k].type.items, b->arguments[k].type.items);
            ck_assert_pstr_eq(a->arguments[k].type.words, b->arguments[k].type.words);
            ck_assert_pstr_eq(a->arguments[k].fallback, b->arguments[k].fallback);
        }
    }
    for (size_t i = 0; i < read.n_rules; i++) {
        ck_assert_str_eq(read.rules[i].id, profile->rules[i].id);
        ck_assert_pstr_eq(read.rules[i].when, profile->rules[i].when);
        ck_assert_pstr_eq(read.rules[i].at, profile->rules[i].at);
        ck_assert_int_eq(read.rules[i].phase, profile->rules[i].phase);
    }
    profile_deinit(&read);
}
END_TEST

START_TEST(embedded)
{
    const struct embedded_file *file = embedded_find("bases/llama3_1/8B_lora_single_device.yaml");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(strlen(file->data), file->size);
    ck_assert_ptr_null(embedded_find("bases/llama3_1"));
    ck_assert_ptr_null(embedded_find(""));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("profile");
    TCase *tc = add_case(suite, "profile");
    tcase_add_test(tc, names);
    tcase_add_test(tc, recipes_of_configs);
    tcase_add_test(tc, distributed);
    tcase_add_test(tc, keys_of_recipes);
    tcase_add_test(tc, arguments);
    tcase_add_test(tc, lists);
    tcase_add_test(tc, data_is_whole);
    tcase_add_test(tc, own_components);
    tcase_add_loop_test(tc, bad_profile, 0, (int)COUNT(bad));
    tcase_add_test(tc, invented_trainer);
    tcase_add_test(tc, extending);
    tcase_add_test(tc, built_in_is_the_file);
    tcase_add_test(tc, embedded);
    return check_main(suite);
}
