/* SPDX-License-Identifier: Apache-2.0 */
#include "sweep/trainer.h"
#include "sweep/validate.h"
#include "tests/unit/check_main.h"

static struct sweep_trainer *trainer;
static struct sweep_findings *findings;

static void set_up(void)
{
    findings = sweep_findings_new();
    ck_assert_int_eq(sweep_trainer_new(NULL, &trainer, NULL), SWEEP_OK);
}

static void tear_down(void)
{
    sweep_findings_free(findings);
    sweep_trainer_free(trainer);
}

static enum sweep_code validate(const char *text, const char *recipe)
{
    return sweep_validate(trainer, text, strlen(text), "c.yaml", recipe, findings);
}

static struct sweep_validator *validator_with(const struct sweep_validate_options *options)
{
    struct sweep_validator *validator = NULL;
    struct sweep_error error = {0};
    ck_assert_msg(
        sweep_validator_new(trainer, options, &validator, &error) == SWEEP_OK, "%s", error.message);
    return validator;
}

/* The text of a base; the caller frees it. */
static char *base_text(const char *name)
{
    char *text = NULL;
    size_t length;
    enum sweep_origin origin;
    ck_assert_int_eq(
        sweep_trainer_base_text(trainer, name, &text, &length, &origin, NULL), SWEEP_OK);
    return text;
}

/* The text with one piece replaced; the caller frees it. */
static char *replaced(const char *text, const char *old, const char *new)
{
    struct strbuf out = {0};
    const char *at = strstr(text, old);
    ck_assert_msg(at != NULL, "no \"%s\"", old);
    strbuf_append(&out, text, (size_t)(at - text));
    strbuf_puts(&out, new);
    strbuf_puts(&out, at + strlen(old));
    return strbuf_steal(&out);
}

#define BASE "llama3_1/8B_lora_single_device"
#define RECIPE "lora_finetune_single_device"

/* --- **kwargs of torchtune's components --------------------------------------------------- */

#define LOGGER "metric_logger:\n  _component_: torchtune.training.metric_logging."
#define QWEN                                                                                       \
    "tokenizer:\n  _component_: torchtune.models.qwen2_5.qwen2_5_tokenizer\n  path: v.json\n"      \
    "  merges_file: m.txt\n"
#define ALPACA "dataset:\n  _component_: torchtune.datasets.alpaca_dataset\n"

static const struct {
    const char *config, *code; /* "": nothing is found */
} kwargs[] = {
    {LOGGER "WandBLogger\n  name: a\n  tags: [b]\n  mode: offline\n  dir: d\n", ""},
    {LOGGER "WandBLogger\n  job_type: train\n  notes: n\n  resume: allow\n  id: 5\n", ""},
    {LOGGER "WandBLogger\n  nmae: a\n", "unknown-argument"},
    {LOGGER "WandBLogger\n  mode: ofline\n", "wrong-value"},
    {LOGGER "CometLogger\n  log_dir: d\n  auto_metric_logging: false\n", ""},
    {LOGGER "CometLogger\n  offline_directory: d\n  disabled: true\n", ""},
    {LOGGER "CometLogger\n  name: a\n", "supplied-argument"},
    {LOGGER "CometLogger\n  mod: get\n", "unknown-argument"},
    {LOGGER "DiskLogger\n  log_dir: d\n  project: p\n", "swallowed-argument"},
    {LOGGER "StdoutLogger\n  log_dir: d\n", "swallowed-argument"},
    {LOGGER "TensorBoardLogger\n  log_dir: d\n  flush_secs: 9\n", "swallowed-argument"},
    {LOGGER "MLFlowLogger\n  run_name: a\n  project: p\n", "unknown-argument"},
    {QWEN "  errors: strict\n  pad_token: x\n", ""},
    {QWEN "  errros: strict\n", "unknown-argument"},
    {QWEN "  special_tokens: {}\n", "supplied-argument"},
    {ALPACA "  data_files: x.json\n  trust_remote_code: true\n", ""},
    {ALPACA "  path: json\n", "supplied-argument"},
    {"optimizer:\n  _component_: torchao.optim.CPUOffloadOptimizer\n  lr: 2e-5\n", ""},
    {"optimizer:\n  _component_: torchao.optim.CPUOffloadOptimizer\n  lrr: 2e-5\n",
        "unknown-argument"},
};

START_TEST(further_arguments)
{
    validate(kwargs[_i].config, NULL);
    const char *code = sweep_findings_get(findings, 0) != NULL ? code_at(findings, 0) : "";
    ck_assert_msg(strcmp(code, kwargs[_i].code) == 0 && sweep_findings_get(findings, 1) == NULL,
        "%s: %s", kwargs[_i].config, code);
}
END_TEST

/* --- one mistake, one finding ------------------------------------------------------------- */

#define TOKENIZER "  _component_: torchtune.models.llama3.llama3_tokenizer\n"
#define CHECKPOINTER "_component_: torchtune.training.FullModelHFCheckpointer\n"

/* A base with one piece replaced has one finding. */
static const struct {
    const char *old, *new, *code;
} mistakes[] = {
    {TOKENIZER, "  _component_: torchtune.utils.llama3_tokenizer\n", "unknown-component"},
    {TOKENIZER, "  _component_: 5\n", "bad-component"},
    {CHECKPOINTER, "_component_: torchtune.utils.FullModelHFCheckpointer\n", "unknown-component"},
    {CHECKPOINTER, "_component_: torchtune.training.FullModelHFCheckpointr\n", "unknown-component"},
    {"torchtune.models.llama3_1.lora_llama3_1_8b", "torchtune.models.lora_llama3_1_8b",
        "unknown-component"},
    {"torchtune.modules.loss.CEWithChunkedOutputLoss", "torchtune.loss.CEWithChunkedOutputLoss",
        "unknown-component"},
    {"lr: 3e-4", "lr: .nan", "not-finite"},
    {"lr: 3e-4", "lr: [1]", "wrong-type"},
    {"batch_size: 2", "batch_size: -5.5", "wrong-type"},
    {"batch_size: 2", "batch_size: ${nope}", "unresolved-interpolation"},
    {"output_dir: /tmp", "output_dir: 5 # /tmp", "wrong-type"},
    {"model_type: LLAMA3", "model_type: LAMA3", "unknown-model-type"},
    {"dtype: bf16", "dtype: 16", "wrong-type"},
    {"path: /tmp/Meta-Llama-3.1-8B-Instruct/original/tokenizer.model", "path: ''",
        "no-tokenizer-file"},
    {"max_seq_len: null", "max_seq_len: .nan", "not-finite"},
    {"original/tokenizer.model", "tokenizer.json", "tokenizer-kind"},
};

START_TEST(one_finding)
{
    CLEANUP_FREE char *base = base_text(BASE);
    CLEANUP_FREE char *text = replaced(base, mistakes[_i].old, mistakes[_i].new);
    validate(text, RECIPE);
    CLEANUP_FREE char *all = sweep_findings_text(findings, false);
    ck_assert_msg(sweep_findings_get(findings, 0) != NULL, "%s", mistakes[_i].new);
    ck_assert_str_eq(code_at(findings, 0), mistakes[_i].code);
    ck_assert_msg(sweep_findings_get(findings, 1) == NULL, "%s: %s", mistakes[_i].new, all);
}
END_TEST

/* --- components inside others --------------------------------------------------------- */

#define INNER "{_component_: torch.nn.CrossEntropyLoss}"

static const struct {
    const char *text;
    bool warned;
} nested[] = {
    {"losses:\n  first: " INNER "\n  second: {deep: " INNER "}\n", false}, /* sections */
    {"losses:\n  - " INNER "\n  - " INNER "\n", false},
    {"losses: {list: [" INNER "]}\n", false},
    {"dataset:\n  - " INNER "\n", false},
    {"loss: {_component_: my.loss, inner: " INNER "}\n", true},
    {"loss: {_component_: my.loss, section: {inner: " INNER "}}\n", true},
    {"loss: {_component_: my.loss, list: [1, " INNER "]}\n", true},
    {"list:\n  - {_component_: my.loss, inner: " INNER "}\n", true},
};

START_TEST(nested_component)
{
    bool warned = false;
    validate(nested[_i].text, NULL);
    for (size_t i = 0; sweep_findings_get(findings, i) != NULL; i++)
        if (strcmp(code_at(findings, i), "nested-component") == 0)
            warned = true;
    ck_assert_msg(warned == nested[_i].warned, "%s", nested[_i].text);
}
END_TEST

/* --- one config --------------------------------------------------------------------------- */

START_TEST(embedded_bases_are_valid)
{
    struct sweep_base_info base;
    size_t seen = 0;
    for (size_t i = 0; sweep_trainer_base(trainer, i, &base); i++) {
        if (base.origin != SWEEP_BASE_EMBEDDED)
            continue;
        CLEANUP_FREE char *text = base_text(base.name);
        enum sweep_code code = validate(text, base.recipe);
        ck_assert_msg(code == SWEEP_OK && code_at(findings, 0)[0] == '(', "%s: %s", base.name,
            message_at(findings, 0));
        seen++;
    }
    ck_assert_uint_ge(seen, 8);
}
END_TEST

static const struct {
    const char *text, *recipe, *code; /* of a finding; NULL: there are none */
    unsigned line, column;
    enum sweep_severity severity;
} configs[] = {
    {"", NULL, NULL, 0, 0, 0},
    {"anything: 1\n", NULL, NULL, 0, 0, 0},
    {"anything: 1\n", "my/recipe.py", NULL, 0, 0, 0},
    {"o:\n  _component_: torch.optim.AdamW\n  lr: 1\n", NULL, NULL, 0, 0, 0},
    {"d:\n  _component_: torchtune.datasets.alpaca_dataset\n  data_files: x\n", NULL, NULL, 0, 0,
        0},
    {"anything: 1\n", RECIPE, "missing-key", 1, 1, SWEEP_ERROR},
    {"o:\n  _component_: torch.optim.AdamW\n  # c\n  rl: 1\n", NULL, "unknown-argument", 4, 3,
        SWEEP_ERROR},
    {"x:\n  y: {_component_: torch.optim.AdamW, passed_on: 1}\n", NULL, "unknown-argument", 2, 39,
        SWEEP_ERROR},
    {"model:\n  _component_: my.own\n  x: 1\n", NULL, "unchecked-component", 2, 3, SWEEP_WARNING},
    {"l:\n  - 1\n  - _component_: torch.optim.AdamW\n    fused: 3\n", NULL, "wrong-type", 4, 5,
        SWEEP_ERROR},
    {"l:\n  - 1\n  - [2, '${zz}']\n", NULL, "unresolved-interpolation", 3, 9, SWEEP_ERROR},
    {"a: 1\nb: \?\?\?\n", NULL, "missing-value", 2, 1, SWEEP_ERROR},
    {"a:\n  b: {c: '\?\?\?'}\n", NULL, "missing-value", 2, 7, SWEEP_ERROR},
    {"a: 1\nb: x${zz}\n", NULL, "unresolved-interpolation", 2, 1, SWEEP_ERROR},
    {"a: ${oc.env:HOME}\n", NULL, "environment", 1, 1, SWEEP_NOTE},
    {"a: 1\nb: [.nan]\n", NULL, "not-finite", 2, 5, SWEEP_ERROR},
    {"a: 1\nb: [-.inf]\n", NULL, "not-finite", 2, 5, SWEEP_WARNING},
    {"a: [1\n", NULL, "yaml-syntax", 1, 4, SWEEP_ERROR},
    {"a: 1\na: 2\n", NULL, "duplicate-key", 2, 1, SWEEP_ERROR},
    {"a: 1\n", "lora_finetune_singel_device", "unknown-recipe", 0, 0, SWEEP_ERROR},
};

START_TEST(config)
{
    enum sweep_code code = validate(configs[_i].text, configs[_i].recipe);
    if (configs[_i].code == NULL) {
        ck_assert_msg(code == SWEEP_OK, "%s: %s", configs[_i].text, message_at(findings, 0));
        ck_assert_ptr_null(sweep_findings_get(findings, 0));
        return;
    }
    size_t at = 0;
    while (sweep_findings_get(findings, at) != NULL &&
           strcmp(code_at(findings, at), configs[_i].code) != 0)
        at++;
    ck_assert_str_eq(code_at(findings, at), configs[_i].code);
    ck_assert_int_eq(code, configs[_i].severity == SWEEP_ERROR ? SWEEP_INVALID : SWEEP_OK);
    ck_assert_int_eq(sweep_findings_get(findings, at)->severity, configs[_i].severity);
    assert_place(findings, at, configs[_i].line, configs[_i].column);
    ck_assert_str_eq(sweep_findings_get(findings, at)->place.file, "c.yaml");
}
END_TEST

/* Without a recipe there may be nothing to check, and that is not valid. */
static const struct {
    const char *text, *recipe;
    bool is_config;
} contents[] = {
    {"", NULL, false},
    {"# nothing\n", NULL, false},
    {"anything: 1\n", NULL, false},
    {"{\"foo\": 1}\n", NULL, false},
    {"[1, 2]\n", NULL, false},
    {"just words\n", NULL, false},
    {"name: x\nbase: llama3_1/8B_lora\ngrid: {lr: [1e-4]}\n", NULL, false},
    {"anything: 1\n", "my/recipe.py", true},
    {"epochs: 1\n", NULL, true},
    {"foo: [{bar: {_component_: torch.nn.CrossEntropyLoss}}]\n", NULL, true},
    {"foo: {_component_: my.own}\n", NULL, true},
};

START_TEST(content)
{
    const struct sweep_validate_options options = {.refuse_other = true};
    struct sweep_validator *validator = validator_with(&options);
    enum sweep_code code = sweep_validator_check(validator, contents[_i].text,
        strlen(contents[_i].text), "c.yaml", contents[_i].recipe, findings);
    ck_assert_msg(
        (code == SWEEP_OK) == contents[_i].is_config, "%s: %d", contents[_i].text, (int)code);
    sweep_validator_free(validator);
}
END_TEST

START_TEST(hints_and_order)
{
    ck_assert_int_eq(validate("z: \?\?\?\n"
                              "o:\n"
                              "  weight_deacy: 1\n"
                              "  _component_: torch.optim.AdamW\n"
                              "a: \?\?\?\n",
                         NULL),
        SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 3);
    assert_place(findings, 0, 1, 1); /* sorted by position */
    assert_place(findings, 1, 3, 3);
    assert_place(findings, 2, 5, 1);
    ck_assert_str_eq(hint_at(findings, 1), "did you mean \"weight_decay\"?");
    ck_assert_str_eq(sweep_findings_get(findings, 1)->path, "o.weight_deacy");
}
END_TEST

/* One mistake for each kind of check. */
static const struct {
    const char *old, *new, *code;
} changes[] = {
    {"\nbatch_size: ", "\nbatchsize: ", "missing-key"},
    {"\nseed: null", "\nseed: x", "wrong-type"},
    {"_component_: torch.optim.AdamW", "_component_: torch.optim.Adamw", "unknown-component"},
    {"  lora_rank: 8", "  lora_rnak: 8", "unknown-argument"},
    {"\ndtype: bf16", "\ndtype: fp16", "fp16"},
    {"\nepochs: ", "\nunheard_of: 1\nepochs: ", "dead-key"},
};

START_TEST(change)
{
    CLEANUP_FREE char *base = base_text(BASE);
    CLEANUP_FREE char *text = replaced(base, changes[_i].old, changes[_i].new);
    enum sweep_code code = validate(text, RECIPE);
    bool found = false;
    for (size_t i = 0; sweep_findings_get(findings, i) != NULL; i++)
        found |= strcmp(code_at(findings, i), changes[_i].code) == 0;
    CLEANUP_FREE char *all = sweep_findings_text(findings, false);
    ck_assert_msg(found, "%s", all);
    ck_assert_int_eq(
        code, sweep_findings_count(findings, SWEEP_ERROR) > 0 ? SWEEP_INVALID : SWEEP_OK);
}
END_TEST

START_TEST(long_keys_stay_in_bounds)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    for (size_t n = 490; n <= 1000; n += 51) {
        text.length = 0;
        strbuf_repeat(&text, 'a', n);
        strbuf_puts(&text, ":\n  _component_: torch.optim.AdamW\n  ");
        strbuf_repeat(&text, 'b', n);
        strbuf_puts(&text, ": '\?\?\?'\n");
        validate(text.data, NULL);
    }
    ck_assert_uint_ge(sweep_findings_count(findings, SWEEP_ERROR), 1);
}
END_TEST

/* --- options ------------------------------------------------------------------------------ */

static enum sweep_code check_with(
    const struct sweep_validate_options *options, const char *text, const char *recipe)
{
    struct sweep_validator *validator = validator_with(options);
    sweep_findings_free(findings);
    findings = sweep_findings_new();
    enum sweep_code code =
        sweep_validator_check(validator, text, strlen(text), "c.yaml", recipe, findings);
    sweep_validator_free(validator);
    return code;
}

START_TEST(options)
{
    CLEANUP_FREE char *base = base_text(BASE);
    struct sweep_validate_options none = {0}, old = {.bf16 = SWEEP_BF16_NO},
                                  new = {.bf16 = SWEEP_BF16_YES}, strict = {.refuse_unknown = true},
                                  paths = {.check_paths = true, .directory = "/nowhere"};
    ck_assert_int_eq(check_with(NULL, base, RECIPE), SWEEP_OK);
    ck_assert_int_eq(check_with(&none, base, RECIPE), SWEEP_OK);
    ck_assert_int_eq(check_with(&new, base, RECIPE), SWEEP_OK);
    ck_assert_int_eq(check_with(&old, base, RECIPE), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "bf16-unsupported");
    ck_assert_int_eq(check_with(&paths, base, RECIPE), SWEEP_INVALID);
    ck_assert_uint_ge(sweep_findings_count(findings, SWEEP_ERROR), 2);
    ck_assert_int_eq(check_with(&none, "m: {_component_: my.own}\n", NULL), SWEEP_OK);
    ck_assert_str_eq(code_at(findings, 0), "unchecked-component");
    ck_assert_int_eq(check_with(&strict, "m: {_component_: my.own}\n", NULL), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "unknown-component");
}
END_TEST

/* --- profiles ----------------------------------------------------------------------------- */

START_TEST(own_profile)
{
    write_file(in_scratch("p.json"),
        "{\"extends\": \"torchtune-0.6.1\", \"complete\": [\"my\"],"
        " \"components\": {\"my.loss\": {\"arguments\": {\"x\": \"int\"}}},"
        " \"rules\": [{\"id\": \"M1\", \"code\": \"my-rule\", \"component\": [\"my.*\"],"
        "   \"when\": \"it.x > 1\", \"at\": \"it.x\", \"severity\": \"error\","
        "   \"phase\": \"training\", \"message\": \"{it.x} is too much\"}]}");
    ck_assert_int_eq(sweep_trainer_use_profile(trainer, in_scratch("p.json"), NULL), SWEEP_OK);
    ck_assert_int_eq(validate("l: {_component_: my.loss, x: 1}\n", NULL), SWEEP_OK);
    ck_assert_int_eq(validate("l: {_component_: my.loss, x: 2}\n", NULL), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "my-rule");
    ck_assert_str_eq(message_at(findings, 0), "2 is too much");
    ck_assert_int_eq(validate("l: {_component_: my.lose}\n", NULL), SWEEP_INVALID);
    CLEANUP_FREE char *base = base_text(BASE); /* the built-in profile still applies */
    ck_assert_int_eq(validate(base, RECIPE), SWEEP_OK);
}
END_TEST

START_TEST(bad_profile)
{
    struct sweep_validator *validator = NULL;
    struct sweep_error error = {0};
    write_file(in_scratch("p.json"),
        "{\"extends\": \"torchtune-0.6.1\","
        " \"rules\": [{\"id\": \"M1\", \"code\": \"c\", \"when\": \"a >\", \"severity\": \"error\","
        "   \"phase\": \"parse\", \"message\": \"m\", \"recipes\": [\"no_such\"]}]}");
    enum sweep_code code = sweep_trainer_use_profile(trainer, in_scratch("p.json"), &error);
    if (code == SWEEP_OK)
        code = sweep_validator_new(trainer, NULL, &validator, &error);
    ck_assert_int_eq(code, SWEEP_INVALID);
    ck_assert_ptr_null(validator);
    ck_assert_msg(strstr(error.message, "M1") != NULL, "%s", error.message);
}
END_TEST

/* --- a validator for many configs --------------------------------------------------------- */

/* The findings of a validator as text; the caller frees it. */
static char *findings_of(struct sweep_validator *validator, const char *text, const char *recipe)
{
    struct sweep_findings *own = sweep_findings_new();
    struct strbuf out = {0};
    enum sweep_code code =
        sweep_validator_check(validator, text, strlen(text), "c.yaml", recipe, own);
    CLEANUP_FREE char *all = sweep_findings_text(own, false);
    strbuf_printf(&out, "%d\n%s", (int)code, all);
    sweep_findings_free(own);
    return strbuf_steal(&out);
}

static void assert_as_fresh(struct sweep_validator *used, const char *text, const char *recipe)
{
    struct sweep_validator *fresh = validator_with(NULL);
    CLEANUP_FREE char *now = findings_of(used, text, recipe);
    CLEANUP_FREE char *wanted = findings_of(fresh, text, recipe);
    ck_assert_str_eq(now, wanted);
    sweep_validator_free(fresh);
}

/* Valid and invalid texts, similar and different, in every order of two. */
START_TEST(as_fresh)
{
    enum { TEXTS = 15 };
    CLEANUP_FREE char *base = base_text(BASE);
    char *texts[TEXTS] = {strdup(base), replaced(base, "lr: 3e-4", "lr: 5e-4"),
        replaced(base, "lr: 3e-4", "lr: fast"), replaced(base, "lr: 3e-4", "lr: -1.0"),
        replaced(base, "lr: 3e-4", "lr: 3e-4  # the same"), replaced(base, "lr: 3e-4", "lr: .inf"),
        replaced(base, "lr: 3e-4", "lr: .nan"), replaced(base, "lr: 3e-4", "lr: ["),
        replaced(base, "lr: 3e-4", "lr: ${nothing}"), replaced(base, "\nseed: null", "\nseed: 1"),
        replaced(base, "\nseed: null", "\nseed: x"), replaced(base, "\nseed: null", "\nsede: 1"),
        strdup(""), strdup("a: 1\n"), strdup("a: .nan\n")};
    struct sweep_validator *used = validator_with(NULL);
    for (size_t i = 0; i < TEXTS; i++)
        for (size_t k = 0; k < TEXTS; k++) {
            assert_as_fresh(used, texts[i], RECIPE);
            assert_as_fresh(used, texts[k], RECIPE);
            assert_as_fresh(used, texts[k], NULL);
        }
    sweep_validator_free(used);
    for (size_t i = 0; i < TEXTS; i++)
        free(texts[i]);
}
END_TEST

/* Recipes in turn: what is cached for one is not used for another. */
START_TEST(many_recipes)
{
    static const char *const recipes[] = {RECIPE, NULL, "full_finetune_distributed", "quantize",
        "my/recipe.py", "other/recipe.py", "dev/generate_v2", "no_such_recipe"};
    CLEANUP_FREE char *base = base_text(BASE);
    CLEANUP_FREE char *wrong = replaced(base, "\ndtype: bf16", "\ndtype: fp16");
    struct sweep_validator *used = validator_with(NULL);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < COUNT(recipes); i++) {
            assert_as_fresh(used, base, recipes[i]);
            assert_as_fresh(used, wrong, recipes[i]);
        }
    for (int i = 0; i < 200; i++) { /* more than there are */
        char name[32];
        snprintf(name, sizeof name, "my/recipe_%d.py", i);
        CLEANUP_FREE char *text = findings_of(used, base, name);
        ck_assert_msg(text[0] == '0', "%s: %s", name, text);
    }
    assert_as_fresh(used, wrong, RECIPE);
    sweep_validator_free(used);
}
END_TEST

START_TEST(unknown_recipe)
{
    struct sweep_validator *validator = validator_with(NULL);
    for (int round = 0; round < 3; round++) {
        CLEANUP_FREE char *text = findings_of(validator, "a: 1\n", "lora_finetune_singel_device");
        ck_assert_msg(text[0] == '1' && strstr(text, "error[unknown-recipe]") != NULL, "%s", text);
        CLEANUP_FREE char *other = findings_of(validator, "a: 1\n", NULL);
        ck_assert_str_eq(other, "0\n");
        CLEANUP_FREE char *both = findings_of(validator, "a: \?\?\?\n", "lora");
        ck_assert_msg(
            strstr(both, "unknown-recipe") != NULL && strstr(both, "missing-value"), "%s", both);
    }
    sweep_validator_free(validator);
    sweep_validator_free(NULL);
}
END_TEST

/* Findings of one file are not mixed with those of another; `findings` may be NULL. */
START_TEST(findings_of_many_files)
{
    struct sweep_validator *validator = validator_with(NULL);
    char file[32];
    for (int i = 0; i < 20; i++) {
        snprintf(file, sizeof file, "f%d.yaml", i);
        ck_assert_int_eq(sweep_validator_check(validator, "a: \?\?\?\n", 7, file, NULL, findings),
            SWEEP_INVALID);
        ck_assert_int_eq(
            sweep_validator_check(validator, "a: \?\?\?\n", 7, file, NULL, NULL), SWEEP_INVALID);
    }
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 20);
    ck_assert_str_eq(sweep_findings_get(findings, 7)->place.file, "f7.yaml");
    sweep_validator_free(validator);
}
END_TEST

/* The text need not end with a NUL. */
START_TEST(text_without_end)
{
    struct sweep_validator *validator = validator_with(NULL);
    CLEANUP_FREE char *base = base_text(BASE);
    size_t length = strlen(base);
    for (size_t n = length; n + 40 > length; n--) {
        CLEANUP_FREE char *exact = malloc(n);
        memcpy(exact, base, n);
        enum sweep_code code =
            sweep_validator_check(validator, exact, n, "c.yaml", RECIPE, findings);
        ck_assert(code == SWEEP_OK || code == SWEEP_INVALID);
    }
    sweep_validator_free(validator);
}
END_TEST

/* --- explanations ------------------------------------------------------------------------- */

START_TEST(explanations)
{
    struct sweep_explanation one;
    size_t n = 0, of_code = 0;
    for (; sweep_explain(trainer, NULL, n, &one); n++) {
        ck_assert_ptr_nonnull(one.code);
        ck_assert_ptr_nonnull(one.summary);
        ck_assert_uint_gt(strlen(one.code), 0);
    }
    ck_assert_uint_gt(n, 100);
    ck_assert(!sweep_explain(trainer, NULL, n + 5, &one));
    while (sweep_explain(trainer, "clip-with-optimizer-in-bwd", of_code, &one)) {
        ck_assert_str_eq(one.code, "clip-with-optimizer-in-bwd");
        ck_assert_ptr_nonnull(strstr(one.when, "optimizer_in_bwd"));
        ck_assert_ptr_nonnull(one.recipes);
        ck_assert_str_eq(one.fails, "when the recipe starts");
        of_code++;
    }
    ck_assert_uint_ge(of_code, 1);
    ck_assert(!sweep_explain(trainer, "no-such-code", 0, &one));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("validate");
    TCase *tc = add_case(suite, "validate");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, further_arguments, 0, COUNT(kwargs));
    tcase_add_loop_test(tc, one_finding, 0, (int)COUNT(mistakes));
    tcase_add_loop_test(tc, content, 0, (int)COUNT(contents));
    tcase_add_loop_test(tc, nested_component, 0, (int)COUNT(nested));
    tcase_add_test(tc, embedded_bases_are_valid);
    tcase_add_loop_test(tc, config, 0, (int)COUNT(configs));
    tcase_add_test(tc, hints_and_order);
    tcase_add_loop_test(tc, change, 0, (int)COUNT(changes));
    tcase_add_test(tc, long_keys_stay_in_bounds);
    tc = add_case(suite, "options");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, options);
    tcase_add_test(tc, own_profile);
    tcase_add_test(tc, bad_profile);
    tc = add_case(suite, "validator");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, as_fresh);
    tcase_add_test(tc, many_recipes);
    tcase_add_test(tc, unknown_recipe);
    tcase_add_test(tc, findings_of_many_files);
    tcase_add_test(tc, text_without_end);
    tcase_add_test(tc, explanations);
    return check_main(suite);
}
