/* SPDX-License-Identifier: Apache-2.0
 *
 * Small configs: a case is run twice as often as it allocates, and every edit reads its text anew.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sweep/generate.h"
#include "sweep/validate.h"
#include "tests/builder/torture.h"

struct sweep_trainer *trainer;
char scratch[64];

/* Everything that a text can hold: anchors, merge keys, tags, characters of several bytes. */
static const char small[] =
    "# sm\xc3\xa4ll\n"
    "defaults: &d {lr: 3e-4, fused: True}\n"
    "optimizer:\n  <<: *d\n  weight_decay: 0.01\n"
    "model:\n  _component_: torchtune.models.llama3_1.lora_llama3_1_8b\n  lora_rank: 8  # low\n"
    "copy: *d\n"
    "seed: null\n"
    "list: ['a', \"b\", !!str 1]\n"
    "dataset:\n  _component_: torchtune.datasets.alpaca_dataset\n";

static const char *const bad[] = {"a: [1, 2\nb: 3\n", "a: 1\nb: 2\na: 3\n", "- x\n",
    "a: &x {b: *x, c: *none}\n", "a: .inf\n1: 2\nb: 99999999999999999999\n", "a: \xff\n",
    "a: !!python/none x\n---\nb: 1\n", "<<: 1\n"};

static const char spec[] =
    "{\"name\": \"small\", \"base\": {\"file\": \"spec_base.yaml\"},"
    " \"recipe\": \"lora_finetune_single_device\", \"fixed\": {\"seed\": 1},"
    " \"grid\": {\"lr\": [1e-4, 3e-4], \"lora\": [{\"rank\": 8, \"alpha\": 16}]},"
    " \"output_dir\": \"out/{run}\"}";

/* Every kind of points that a sweep can have. */
static const char structures[] =
    "{\"name\": \"structures\", \"extends\": \"common.json\","
    " \"zip\": {\"lr\": [1e-4, 3e-4], \"seed\": [1, 2]}, \"cases\": {\"file\": \"points.csv\"},"
    " \"sweep\": {\"union\": ["
    "  {\"model.lora_rank\": [8], \"model.lora_alpha\": [\"=2*model.lora_rank\"]},"
    "  {\"lora\": [{\"rank\": 16, \"alpha\": \"=lora.rank\"}], \"where\": \"lora.rank > 1\"}]},"
    " \"where\": \"lr * epochs < 1\", \"exclude\": [{\"seed\": [2], \"epochs\": 2}],"
    " \"include\": [{\"lr\": 1e-3}], \"order\": \"shuffled\"}";
static const char samples[] =
    "{\"name\": \"samples\", \"extends\": \"common.json\","
    " \"grid\": {\"lr\": {\"loguniform\": [1e-5, 1e-3]}, \"epochs\": {\"randint\": [1, 9]},"
    "  \"optimizer.weight_decay\": {\"linspace\": [0, 0.1, 3]}},"
    " \"where\": \"epochs < 9\", \"sample\": {\"n\": 3, \"method\": \"lhs\"}, \"repeat\": 2}";

static const char packed[] =
    "{\"name\": \"packed\", \"extends\": \"common.json\", \"layout\": \"packed\","
    " \"grid\": {\"lr\": [1e-4, 0.25], \"seed\": [1, 200]}}";

/* Arguments, made once. */
static json_t *object, *change, *methods, *wrong;
static char *packed_sweep; /* a directory */

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
}

static json_t *parse(const char *json)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    if (value == NULL)
        abort();
    return value;
}

static void prepare_runs(void)
{
    static const struct sweep_save_options options = {.metadata = true};
    struct sweep_builder *b = sweep_builder_from_file(trainer, "small.yaml");
    sweep_builder_delete(sweep_with_seed(b, 3), "copy");
    sweep_builder_override(b, change);
    if (sweep_builder_save(b, "before.yaml", &options, NULL) != SWEEP_OK)
        abort();
    sweep_builder_free(b);
    write_file("alone.yaml", small);
    write_file("damaged.yaml", small);
    write_file("damaged.meta.yaml", "metadata_version: '1.0'\nextra: 1\ndeletions: {}\n");
    write_file("newer.yaml", small);
    write_file("newer.meta.yaml", "metadata_version: '9'\n");
    write_file("broken.yaml", small);
    write_file("broken.meta.yaml", "metadata_version: [\n");
}

static void prepare_packed(void)
{
    const struct sweep_request request = {.spec = packed,
        .spec_length = strlen(packed),
        .spec_file = "sweep.json",
        .spec_directory = "."};
    struct sweep_findings *findings = sweep_findings_new();
    struct sweep_plan *plan = NULL;
    struct sweep_result result = {0};
    if (findings == NULL || mkdir("packed", 0755) != 0 ||
        sweep_plan_new(trainer, &request, findings, &plan, NULL) != SWEEP_OK ||
        sweep_generate(plan, "packed", findings, -1, &result, NULL) != SWEEP_OK)
        abort();
    packed_sweep = result.directory;
    sweep_plan_free(plan);
    sweep_findings_free(findings);
}

void torture_prepare(void)
{
    snprintf(scratch, sizeof scratch, "/tmp/sweep-torture-XXXXXX");
    json_object_seed(1); /* the same hash tables in every process */
    if (mkdtemp(scratch) == NULL || chdir(scratch) != 0 || mkdir("data", 0755) != 0 ||
        mkdir("queue", 0755) != 0 ||
        system("mkdir -p venv/lib/python3.11/site-packages/recipes/configs") != 0 ||
        sweep_trainer_new(NULL, &trainer, NULL) != SWEEP_OK)
        abort();
    write_file("small.yaml", small);
    write_file("data/train.csv", "a,b\n");
    write_file("venv/lib/python3.11/site-packages/recipes/configs/mine.yaml", small);
    write_file("spec_base.yaml", "output_dir: x\noptimizer: {lr: 1e-3}\nseed: null\n"
                                 "model: {lora_rank: 1, lora_alpha: 1}\n");
    write_file("common.json", "{\"base\": \"qwen2_5/0.5B_lora_single_device\", // shared\n"
                              " \"output_dir\": \"out/{run}\"}");
    write_file("points.csv", "epochs\n1\n2\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char name[32];
        snprintf(name, sizeof name, "bad%zu.yaml", i);
        write_file(name, bad[i]);
    }
    object = parse("{\"a\": {\"b\": [1, {\"c\": null}], \"d\": \"x: y\"}, \"e\": 1.5, \"f\": {}}");
    change = parse("{\"model\": {\"lora_rank\": 16, \"new\": {\"deep\": [1, \"\\n\"]}},"
                   " \"optimizer\": {\"lr\": 1e-3}, \"list\": []}");
    methods = parse(
        "{\"dataset\": \"data/\", \"output_dir\": \"o\", \"lr\": 1, \"batch_size\": 1,"
        " \"epochs\": 1, \"gradient_accumulation_steps\": 1, \"lora\": {\"rank\": 1, \"alpha\": 2},"
        " \"max_seq_length\": 1, \"seed\": 1, \"dtype\": \"bf16\", \"packed\": true,"
        " \"activation_checkpointing\": true, \"compile\": true, \"dataset_template\": \"a.B\","
        " \"weight_decay\": 0.5, \"warmup_steps\": 1, \"lora_dropout\": 0.5,"
        " \"clip_grad_norm\": 1, \"checkpoint_dir\": \"c\", \"device\": \"cpu\","
        " \"activation_offloading\": true, \"prompt_template\": {\"user\": [\"\", \"\"]}}");
    wrong = parse("{\"dataset\": \"\", \"lr\": -1.5, \"seed\": true, \"lora\": {\"rank\": 1},"
                  " \"packed\": [1], \"lora_dropout\": 1, \"no_such\": 1}");
    prepare_runs();
    prepare_packed();
}

void torture_release(void)
{
    json_decref(object);
    json_decref(change);
    json_decref(methods);
    json_decref(wrong);
    free(packed_sweep);
    sweep_trainer_free(trainer);
}

/* --- observations ------------------------------------------------------------------------- */

static void observe_builder(const struct sweep_builder *b, bool with_text)
{
    struct sweep_error error = {0};
    struct sweep_source source = {0};
    enum sweep_code code = sweep_builder_status(b, &error);
    json_t *config = NULL;
    char *text = NULL;
    size_t length = 0;
    if (b != NULL)
        sweep_builder_source(b, &source);
    observe(code, source.origin, code == SWEEP_OK && source.origin ? strlen(source.origin) : 0);
    observe(code, source.sha256, code == SWEEP_OK && source.sha256 ? strlen(source.sha256) : 0);
    size_t counts[3] = {0};
    for (int i = 0; i < 3 && b != NULL; i++)
        counts[i] = sweep_findings_count(sweep_builder_findings(b), (enum sweep_severity)i);
    observe(code, counts, code == SWEEP_OK ? sizeof counts : 0);
    code = sweep_builder_build(b, &config, &error);
    require((code == SWEEP_OK) == (config != NULL), "build: a result, or an error");
    alloc_pause();
    char *values = config != NULL ? json_dumps(config, JSON_ENCODE_ANY) : NULL;
    observe(code, values, values != NULL ? strlen(values) : 0);
    free(values);
    json_decref(config);
    alloc_resume();
    if (!with_text)
        return;
    code = sweep_builder_text(b, &text, &length, &error);
    require((code == SWEEP_OK) == (text != NULL), "text: a result, or an error");
    observe(code, text, length);
    free(text);
}

/* A file is whole: the one that a save makes, or none. */
static void observe_file(enum sweep_code code, const char *name)
{
    alloc_pause();
    char text[8192];
    FILE *file = fopen(name, "r");
    size_t length = file != NULL ? fread(text, 1, sizeof text, file) : 0;
    require(code != SWEEP_OK || file != NULL, "save: a file after success");
    if (file != NULL) {
        observe(SWEEP_OK, text, length);
        fclose(file);
    } else
        observe(SWEEP_NO_MEMORY, NULL, 0);
    unlink(name);
    alloc_resume();
}

static void require_no_hidden(const char *directory)
{
    alloc_pause();
    DIR *stream = opendir(directory);
    for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;)
        require(entry->d_name[0] != '.' || strcmp(entry->d_name, ".") == 0 ||
                    strcmp(entry->d_name, "..") == 0,
            "nothing unfinished is left behind");
    closedir(stream);
    alloc_resume();
}

/* A directory that holds one thing after success. After a failure it is empty, unless there was no
 * memory for cleaning up either. */
static void require_whole(const char *directory, bool success)
{
    alloc_pause();
    struct dirent **entries;
    int n = scandir(directory, &entries, NULL, NULL);
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    require(n == (success ? 3 : 2) || (!success && torture_sticky), "all is made, or nothing");
    if (n > 2 && system("rm -rf queue && mkdir queue") != 0)
        abort();
    alloc_resume();
}

/* --- cases -------------------------------------------------------------------------------- */

static void run_base(void)
{
    struct sweep_builder *b = sweep_builder_from_base(trainer, "qwen2_5/0.5B_lora_single_device");
    observe_builder(b, true);
    sweep_builder_free(b);
}

static void run_unknown_base(void)
{
    static const char *const names[] = {"no/such", "llama3_1/70B_lora", ""};
    for (size_t i = 0; i < 3; i++) {
        struct sweep_builder *b = sweep_builder_from_base(trainer, names[i]);
        observe_builder(sweep_with_seed(b, 1), true);
        sweep_builder_free(b);
    }
}

static void run_file(void)
{
    struct sweep_builder *b = sweep_builder_from_file(trainer, "small.yaml");
    sweep_builder_override(b, change);
    sweep_builder_delete(b, "defaults.fused");
    sweep_builder_delete(b, "copy");
    observe_builder(b, true);
    sweep_builder_free(b);
}

static void run_bad_files(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char name[32];
        snprintf(name, sizeof name, "bad%zu.yaml", i);
        struct sweep_builder *b = sweep_builder_from_file(trainer, name);
        observe(sweep_builder_status(b, NULL), NULL, 0);
        sweep_builder_free(b);
    }
}

static void run_object(void)
{
    struct sweep_builder *b = sweep_builder_from_object(trainer, object);
    sweep_builder_override(b, change);
    sweep_builder_delete(b, "a.d");
    sweep_builder_delete(b, "absent");
    observe_builder(b, true);
    sweep_builder_free(b);
}

static void run_methods(void)
{
    const char *method;
    json_t *argument;
    struct sweep_builder *b = sweep_builder_from_object(trainer, object);
    json_object_foreach (methods, method, argument)
        sweep_with(b, method, argument);
    sweep_with_lora_params(sweep_with_dataset(b, "org/name"), 8, 16);
    sweep_with_prompt_template(sweep_builder_delete(b, "tokenizer"), "a.B");
    sweep_with_packed(sweep_with_weight_decay(b, 0.1), false);
    observe_builder(b, false);
    sweep_builder_free(b);
}

/* The loader for a directory is chosen by the files in it: never by guess, because it could not be
 * opened for lack of memory. */
static void run_directory(void)
{
    struct sweep_builder *b = sweep_builder_from_object(trainer, object);
    sweep_with_dataset(b, "./data/");
    observe_builder(b, true);
    sweep_builder_free(b);
}

static void run_refused(void)
{
    const char *method;
    json_t *argument;
    json_object_foreach (wrong, method, argument) {
        struct sweep_builder *b = sweep_builder_from_object(trainer, object);
        observe(sweep_builder_status(sweep_with(b, method, argument), NULL), NULL, 0);
        sweep_builder_free(b);
    }
    struct sweep_builder *b = sweep_builder_from_object(trainer, object);
    sweep_builder_override(sweep_builder_override(b, change), methods);
    sweep_builder_delete(b, "a..b");
    sweep_builder_override(b, wrong);
    observe_builder(b, true);
    sweep_builder_free(b);
}

static void run_validate(void)
{
    struct sweep_findings *findings = sweep_findings_new();
    struct sweep_builder *b = sweep_builder_from_file(trainer, "small.yaml");
    sweep_with_dataset_template(b, "a.B");
    observe(findings == NULL ? SWEEP_NO_MEMORY : SWEEP_OK, NULL, 0);
    if (findings != NULL) {
        observe(sweep_builder_validate(b, NULL, findings), NULL, 0);
        observe(sweep_builder_validate(b, "no_such", findings), NULL, 0);
        char *text = sweep_findings_text(findings, true);
        json_t *json = sweep_findings_json(findings, true);
        free(text);
        json_decref(json);
    }
    sweep_findings_free(findings);
    sweep_builder_free(b);
}

static void run_save(void)
{
    const struct sweep_save_options options = {.metadata = true,
        .home = scratch,
        .generated_at = "now",
        .provenance = true,
        .git_commit = "abc",
        .git_dirty = true};
    struct sweep_builder *b = sweep_builder_from_file(trainer, "small.yaml");
    sweep_builder_delete(sweep_with_dataset(sweep_with_seed(b, 1), "data/train.csv"), "copy");
    enum sweep_code code = sweep_builder_save(b, "saved.yaml", &options, NULL);
    observe(code, NULL, 0);
    observe_file(code, "saved.yaml");
    observe_file(code, "saved.meta.yaml");
    require_no_hidden(".");
    sweep_builder_free(b);
}

static void run_previous(void)
{
    struct sweep_builder *b = sweep_builder_from_previous(trainer, "before.yaml", scratch, 0);
    observe_builder(b, true);
    sweep_builder_free(b);
}

static void run_previous_refused(void)
{
    static const char *const names[] = {
        "alone.yaml", "damaged.yaml", "newer.yaml", "broken.yaml", "none.yaml"};
    for (size_t i = 0; i < 5; i++)
        for (unsigned flags = 0; flags < 2; flags++) {
            struct sweep_builder *b = sweep_builder_from_previous(trainer, names[i], NULL, flags);
            observe(sweep_builder_status(b, NULL), NULL, 0);
            sweep_builder_free(b);
        }
}

static void sweep_of(const char *text)
{
    const struct sweep_request request = {.spec = text,
        .spec_length = strlen(text),
        .spec_file = "sweep.json",
        .spec_directory = "."};
    struct sweep_findings *findings = sweep_findings_new();
    if (findings == NULL) {
        observe(SWEEP_NO_MEMORY, NULL, 0);
        return;
    }
    struct sweep_plan *plan = NULL;
    struct sweep_result result = {0};
    struct sweep_plan_info info = {0};
    enum sweep_code code = sweep_plan_new(trainer, &request, findings, &plan, NULL);
    require((code == SWEEP_OK) == (plan != NULL), "plan: a result, or an error");
    if (plan != NULL)
        sweep_plan_describe(plan, &info);
    observe(code, info.directory, code == SWEEP_OK ? strlen(info.directory) : 0);
    for (uint64_t i = 0; plan != NULL && i < info.runs; i++) {
        size_t length = 0;
        char *config = sweep_plan_config(plan, i, &length);
        observe(config != NULL ? SWEEP_OK : SWEEP_NO_MEMORY, config, config != NULL ? length : 0);
        free(config);
    }
    if (plan != NULL)
        code = sweep_generate(plan, "queue", findings, -1, &result, NULL);
    observe(code, &result.bytes, code == SWEEP_OK ? sizeof result.bytes : 0);
    free(result.directory);
    sweep_plan_free(plan);
    sweep_findings_free(findings);
    require_whole("queue", code == SWEEP_OK);
}

static void run_sweep(void)
{
    sweep_of(spec);
}

static void run_structures(void)
{
    sweep_of(structures);
}

static void run_samples(void)
{
    sweep_of(samples);
}

/* Reads the configs of `packed_sweep`, and makes files of them. */
static void run_unpacked(void)
{
    char *text = NULL;
    size_t length = 0;
    uint64_t files = 0;
    enum sweep_code code = sweep_extract(packed_sweep, "run_002", &text, &length, NULL);
    require((code == SWEEP_OK) == (text != NULL), "extract: a result, or an error");
    observe(code, text, length);
    free(text);
    code = sweep_unpack(packed_sweep, &files, NULL);
    observe(code, &files, code == SWEEP_OK ? sizeof files : 0);
    alloc_pause();
    if (!torture_sticky)
        require_no_hidden(packed_sweep);
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s/configs %s/.stage.*", packed_sweep, packed_sweep);
    if (system(command) != 0)
        abort();
    alloc_resume();
}

static void run_packed(void)
{
    sweep_of(packed);
}

/* An installed trainer is found by glob(), which must not fail to find it for lack of memory. */
static void run_trainer(void)
{
    struct sweep_trainer *installed = NULL;
    enum sweep_code code = sweep_trainer_new("venv", &installed, NULL);
    observe(code, NULL, 0);
    sweep_trainer_free(installed);
}

const struct torture_case torture_cases[] = {
    {"base", run_base, 0},
    {"unknown base", run_unknown_base, 0},
    {"file", run_file, 0},
    {"bad files", run_bad_files, 0},
    {"object", run_object, 0},
    {"methods", run_methods, 0},
    {"directory", run_directory, 0},
    {"refused", run_refused, 0},
    {"validate", run_validate, 0},
    {"save", run_save, 0},
    {"previous", run_previous, 0},
    {"previous refused", run_previous_refused, 0},
    {"sweep", run_sweep, 0},
    {"structures", run_structures, 23},
    {"samples", run_samples, 19},
    {"packed", run_packed, 11},
    {"unpacked", run_unpacked, 0},
    {"trainer", run_trainer, 0},
    {0},
};
