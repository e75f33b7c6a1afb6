/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check/keys.h"
#include "tests/unit/check_helper.h"

static struct resolved_config resolved;
static struct profile profile;

static const char profile_text[] =
    "{\"trainer\": \"tr\", \"version\": \"2\", \"component_key\": \"_component_\","
    " \"recipes\": {"
    "  \"train\": {\"distributed\": false,"
    "    \"required\": [\"batch_size\", \"model\", \"model.rank\", \"checkpointer\"],"
    "    \"optional\": [\"compile\", \"clip\", \"dataset.packed\", \"dataset\", \"profiler.on\"]},"
    "  \"train_many\": {\"distributed\": true, \"required\": [\"batch_size\"],"
    "    \"optional\": [\"shards\", \"clip\"]},"
    "  \"quiet\": {\"distributed\": false, \"required\": [], \"optional\": [\"seed\"]}},"
    " \"keys\": {\"batch_size\": \"int\", \"compile\": \"bool|null\", \"seed\": \"int|null\","
    "   \"train_*:clip\": \"int\", \"clip\": \"float|null\", \"train:dataset\": \"mapping\","
    "   \"dataset\": \"list\"},"
    " \"dead\": [{\"key\": \"loss\", \"why\": \"it has its own\", \"recipes\": [\"tr*\"]},"
    "   {\"key\": \"note\", \"why\": \"it is for people\"}]}";

/* Everything that `train` needs. */
#define NEEDED "batch_size: 1\nmodel: {rank: 1}\ncheckpointer: {}\n"

static void set_up(void)
{
    profile = profile_from(profile_text);
}

static void tear_down(void)
{
    resolved_deinit(&resolved);
    profile_deinit(&profile);
    diagnostics_clear();
}

static void check(const char *config, const char *recipe)
{
    CLEANUP_JSON json_t *tree = tree_from(config);
    const struct recipe *known = profile_recipe(&profile, recipe);
    ck_assert(recipe == NULL || known != NULL);
    resolved_build(&resolved, tree, &diagnostics_sink);
    struct check check = {
        .config = &resolved, .profile = &profile, .recipe = known, .sink = &diagnostics_sink};
    check_keys(&check);
}

static const struct {
    const char *recipe, *config, *diagnostics;
} cases[] = {
    {"train", NEEDED, ""},
    {"train", NEEDED "compile:\nclip: 1.5\ndataset: {packed: true}\nprofiler: {}\n", ""},
    /* missing */
    {"train", "model: {rank: 1}\ncheckpointer: {}\n",
        "error missing-key at batch_size: train needs the key \"batch_size\"\n"},
    {"train", "batch_size: 1\nmodel: {}\ncheckpointer: {}\n",
        "error missing-key at model: train reads \"model.rank\" directly, so it is required even"
        " if the component has a default\n"},
    {"train", "batch_size: 1\nmodel: 5\ncheckpointer: {}\n", ""}, /* for another check to report */
    {"train", "batch_size: 1\nmodel: '${m}'\nm: {}\ncheckpointer: {}\n",
        "error missing-key at model: train reads \"model.rank\" directly, so it is required even"
        " if the component has a default\n"},
    {"train", "batch_size: 1\nmodel: '${m}'\nm: {rank: 1}\ncheckpointer: {}\n", ""},
    {"train", "batch_size: null\nmodel: {rank: null}\ncheckpointer:\n",
        "error wrong-type at batch_size: batch_size of train must be int, got NoneType null\n"},
    {"train", "",
        "error missing-key at batch_size: train needs the keys \"batch_size\", \"model\","
        " \"checkpointer\"\n"},
    /* misspelled: the existing key is blamed, once */
    {"train", "batchsize: 1\nmodel: {rank: 1}\ncheckpointer: {}\n",
        "error missing-key at batchsize: train needs the key \"batch_size\"; is \"batchsize\""
        " a misspelling of it?\n"},
    {"train", "batch_size: 1\nmodle: {rank: 1}\ncheckpoint: {}\n",
        "error missing-key at modle: train needs the key \"model\"; is \"modle\" a misspelling of"
        " it?\n"
        "error missing-key at checkpoint: train needs the key \"checkpointer\"; is \"checkpoint\""
        " a misspelling of it?\n"},
    {"train", NEEDED "complie: true\n",
        "warning dead-key at complie: train never reads \"complie\" (did you mean"
        " \"compile\"?)\n"},
    {"train", NEEDED "complie: true\ncompile: true\n", /* compile exists, so it is not suggested */
        "warning dead-key at complie: train never reads \"complie\"\n"},
    /* never read */
    {"train", NEEDED "shards: 2\n", "warning dead-key at shards: train never reads \"shards\"\n"},
    {"train", NEEDED "out: /x\ncompile: '${own}'\nown: true\n",
        "warning dead-key at out: train never reads \"out\"\n"},
    {"train", NEEDED "out: /x\ndataset: {a: '${out}/y'}\n", ""},
    {"train", NEEDED "out: {a: {b: 1}}\ndataset: {a: '${out.a.b}'}\n", ""},
    {"train", NEEDED "loss: 1\n",
        "note dead-key at loss: train never reads \"loss\": it has its own\n"},
    {"train_many", "batch_size: 1\nloss: 1\n",
        "note dead-key at loss: train_many never reads \"loss\": it has its own\n"},
    {"quiet", "loss: 1\n", "warning dead-key at loss: quiet never reads \"loss\"\n"},
    {"quiet", "note: 1\n", "note dead-key at note: quiet never reads \"note\": it is for people\n"},
    /* types, of keys that are read */
    {"train", NEEDED "compile: 1\n",
        "error wrong-type at compile: compile of train must be bool|null, got int 1\n"},
    {"quiet", "seed: x\ncompile: 1\n",
        "error wrong-type at seed: seed of quiet must be int|null, got str x\n"
        "warning dead-key at compile: quiet never reads \"compile\"\n"},
    {"quiet", "", ""},
    /* a recipe's own type has priority */
    {"train", NEEDED "clip: 1.5\ndataset: {}\n", ""},
    {"train_many", "batch_size: 1\nclip: 1.5\n",
        "error wrong-type at clip: clip of train_many must be int, got float 1.5\n"},
    {"train", NEEDED "dataset: []\n",
        "error wrong-type at dataset: dataset of train must be mapping, got list []\n"},
    /* without a recipe: only types, of any recipe */
    {NULL, "", ""},
    {NULL, "anything: 1\nshards: 1\n", ""},
    {NULL, "batch_size: x\nclip: [1]\n",
        "error wrong-type at batch_size: batch_size of tr must be int, got str x\n"
        "error wrong-type at clip: clip of tr must be float|null, got list [1]\n"},
    {NULL, "clip: 1.5\n", ""},
    {NULL, "seed: '${batch_size}'\nbatch_size: 1\n", ""},
};

START_TEST(config)
{
    check(cases[_i].config, cases[_i].recipe);
    assert_diagnostics(cases[_i].diagnostics);
}
END_TEST

START_TEST(dead_keys)
{
    ck_assert_str_eq(check_dead_key(&profile, "train", "loss")->why, "it has its own");
    ck_assert_ptr_null(check_dead_key(&profile, "quiet", "loss"));
    ck_assert_ptr_null(check_dead_key(&profile, NULL, "loss"));
    ck_assert_ptr_nonnull(check_dead_key(&profile, NULL, "note"));
    ck_assert_ptr_null(check_dead_key(&profile, "train", "lossy"));
}
END_TEST

/* More misspelled keys than are remembered: all are reported, no buffer is overrun. */
START_TEST(many_typos)
{
    CLEANUP_STRBUF struct strbuf text = {0}, config = {0};
    strbuf_puts(&text, "{\"trainer\": \"tr\", \"version\": \"2\", \"component_key\": \"c\","
                       " \"recipes\": {\"r\": {\"required\": [\"key_number_0_0_0\"");
    for (int i = 1; i < 40; i++)
        strbuf_printf(&text, ", \"key_number_%d_%d_%d\"", i, i, i);
    strbuf_puts(&text, "]}}}");
    for (int i = 0; i < 40; i++)
        strbuf_printf(&config, "key_nummer_%d_%d_%d: 1\n", i, i, i);
    profile_deinit(&profile);
    profile = profile_from(text.data);
    check(config.data, "r");
    for (int i = 0; i < 40; i++) {
        char key[40];
        snprintf(key, sizeof key, "\"key_number_%d_%d_%d\"", i, i, i);
        ck_assert_msg(strstr(diagnostics_text(), key) != NULL, "%s: %s", key, diagnostics_text());
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keys");
    TCase *tc = add_case(suite, "keys");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, config, 0, (int)COUNT(cases));
    tcase_add_test(tc, dead_keys);
    tcase_add_test(tc, many_typos);
    return check_main(suite);
}
