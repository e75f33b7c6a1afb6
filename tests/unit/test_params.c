/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "lib/config/data_source.h"
#include "lib/config/params.h"
#include "lib/doc/scalar.h"
#include "tests/unit/check_main.h"

/* What every parameter shall be; the messages follow from it. `range` is the word of the message,
 * "not empty", or NULL. */
static const struct row {
    const char *name, *alias;
    enum category category;
    size_t index;
    const char *field, *path, *type, *range;
} rows[] = {
    {"dataset", NULL, SCIENTIFIC, 0, "path", "dataset.source", "str", "not empty"},
    {"output_dir", NULL, ENGINEERING, 0, "path", "output_dir", "str", "not empty"},
    {"learning_rate", "lr", SCIENTIFIC, 0, "lr", "optimizer.lr", "float", "positive"},
    {"batch_size", NULL, ENGINEERING, 0, "batch_size", "batch_size", "int", "positive"},
    {"epochs", NULL, SCIENTIFIC, 0, "epochs", "epochs", "int", "positive"},
    {"gradient_accumulation_steps", NULL, SCIENTIFIC, 0, "steps", "gradient_accumulation_steps",
        "int", "positive"},
    {"lora_params", "lora", SCIENTIFIC, 0, "rank", "model.lora_rank", "int", "positive"},
    {"lora_params", "lora", SCIENTIFIC, 1, "alpha", "model.lora_alpha", "int", "positive"},
    {"max_seq_length", NULL, SCIENTIFIC, 0, "length", "tokenizer.max_seq_len", "int", "positive"},
    {"seed", NULL, SCIENTIFIC, 0, "seed", "seed", "int", "non-negative"},
    {"dtype", NULL, ENGINEERING, 0, "dtype", "dtype", "str", "not empty"},
    {"packed", NULL, ENGINEERING, 0, "enabled", "dataset.packed", "bool", NULL},
    {"activation_checkpointing", NULL, ENGINEERING, 0, "enabled", "enable_activation_checkpointing",
        "bool", NULL},
    {"compile", NULL, ENGINEERING, 0, "enabled", "compile", "bool", NULL},
    {"dataset_template", NULL, SCIENTIFIC, 0, "template", "dataset.template", "str", "not empty"},
    {"weight_decay", NULL, SCIENTIFIC, 0, "weight_decay", "optimizer.weight_decay", "float",
        "non-negative"},
    {"warmup_steps", NULL, SCIENTIFIC, 0, "steps", "lr_scheduler.num_warmup_steps", "int",
        "non-negative"},
    {"lora_dropout", NULL, SCIENTIFIC, 0, "dropout", "model.lora_dropout", "float", "in [0, 1)"},
    {"clip_grad_norm", NULL, SCIENTIFIC, 0, "max_norm", "clip_grad_norm", "float", "positive"},
    {"checkpoint_dir", NULL, ENGINEERING, 0, "path", "checkpointer.checkpoint_dir", "str",
        "not empty"},
    {"device", NULL, ENGINEERING, 0, "device", "device", "str", "not empty"},
    {"activation_offloading", NULL, ENGINEERING, 0, "enabled", "enable_activation_offloading",
        "bool", NULL},
    {"prompt_template", NULL, SCIENTIFIC, 0, "template", "tokenizer.prompt_template", "str or dict",
        "not empty"},
};

static const struct field *field_of(const struct row *row)
{
    const struct parameter *parameter = profile_parameter(&profile_builtin, row->name);
    ck_assert_msg(parameter != NULL && row->index < parameter->n_fields, "no %s", row->name);
    return &parameter->fields[row->index];
}

START_TEST(parameter)
{
    const struct row *row = &rows[_i];
    const struct parameter *found = profile_parameter(&profile_builtin, row->name);
    ck_assert_ptr_nonnull(found);
    ck_assert_str_eq(found->name, row->name);
    ck_assert_pstr_eq(found->alias, row->alias);
    ck_assert_int_eq(found->category, row->category);
    if (row->alias != NULL)
        ck_assert_ptr_eq(profile_parameter(&profile_builtin, row->alias), found);
    const struct field *field = field_of(row);
    ck_assert_str_eq(field->name, row->field);
    ck_assert_str_eq(field->path, row->path);
    ck_assert_ptr_eq(profile_field(&profile_builtin, row->path), field);
}
END_TEST

START_TEST(every_parameter_is_known_here)
{
    size_t n = 0;
    for (const struct parameter *p = profile_builtin.parameters; p->name != NULL; p++)
        n += p->n_fields;
    ck_assert_uint_eq(n, COUNT(rows));
    ck_assert_ptr_null(profile_parameter(&profile_builtin, "nothing"));
    ck_assert_ptr_null(profile_parameter(&profile_builtin, ""));
    ck_assert_ptr_null(profile_field(&profile_builtin, "optimizer"));
    ck_assert_ptr_null(profile_field(&profile_builtin, "model.lora"));
}
END_TEST

/* Checks one value; `wanted` NULL: it is fine. */
static void assert_checked(
    const struct row *row, const char *json, const char *code, const char *wanted)
{
    CLEANUP_JSON json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    char message[256] = "(untouched)";
    const char *got = field_check(field_of(row), value, message, sizeof message);
    ck_assert_msg((got == NULL) == (wanted == NULL), "%s = %s: %s", row->field, json, message);
    if (wanted == NULL)
        return;
    ck_assert_str_eq(message, wanted);
    ck_assert_str_eq(got, code);
}

static bool takes(const char *type, const char *given)
{
    return strcmp(type, given) == 0 || (strcmp(type, "float") == 0 && strcmp(given, "int") == 0) ||
           (strcmp(type, "str or dict") == 0 &&
               (strcmp(given, "str") == 0 || strcmp(given, "dict") == 0));
}

START_TEST(types)
{
    static const struct {
        const char *json, *type;
    } samples[] = {{"null", "NoneType"}, {"true", "bool"}, {"false", "bool"}, {"1", "int"},
        {"0.5", "float"}, {"1.0", "float"}, {"\"x\"", "str"}, {"\"1\"", "str"}, {"[1]", "list"},
        {"{\"a\": 1}", "dict"}};
    const struct row *row = &rows[_i];
    for (size_t i = 0; i < COUNT(samples); i++) {
        char message[200];
        bool fits = takes(row->type, samples[i].type);
        if (fits && row->range != NULL && strcmp(row->range, "in [0, 1)") == 0)
            continue;
        snprintf(message, sizeof message, "%s must be %s, got %s", row->field, row->type,
            samples[i].type);
        assert_checked(row, samples[i].json, "wrong-type", fits ? NULL : message);
    }
}
END_TEST

static void assert_range(const struct row *row, const char *json, const char *code, bool good)
{
    char message[200];
    snprintf(message, sizeof message, "%s must be %s, got %s", row->field, row->range, json);
    assert_checked(row, json, code, good ? NULL : message);
}

START_TEST(ranges)
{
    const struct row *row = &rows[_i];
    char message[100];
    snprintf(message, sizeof message, "%s cannot be empty", row->field);
    if (row->range == NULL)
        return;
    bool real = strcmp(row->type, "float") == 0;
    if (strcmp(row->range, "not empty") == 0) {
        assert_checked(row, "\"\"", "empty", message);
        if (strcmp(row->type, "str or dict") == 0)
            assert_checked(row, "{}", "empty", message);
        assert_checked(row, "\" \"", NULL, NULL);
        return;
    }
    bool positive = strcmp(row->range, "positive") == 0;
    bool fraction = strcmp(row->range, "in [0, 1)") == 0;
    const char *code = positive ? "not-positive" : fraction ? "not-fraction" : "negative";
    assert_range(row, "0", code, !positive);
    assert_range(row, "-8", code, false);
    assert_range(row, "1", code, !fraction);
    if (!real)
        assert_range(row, "9223372036854775807", code, true);
    else {
        assert_range(row, "-0.5", code, false);
        assert_range(row, "0.0", code, !positive);
        assert_range(row, "1.0e-05", code, true);
        assert_range(row, "0.999", code, true);
        assert_range(row, "1.5", code, !fraction);
    }
}
END_TEST

START_TEST(messages_are_cut_not_overrun)
{
    CLEANUP_JSON json_t *value = json_string("x");
    char message[8];
    ck_assert_str_eq(
        field_check(profile_field(&profile_builtin, "seed"), value, message, sizeof message),
        "wrong-type");
    ck_assert_str_eq(message, "seed mu");
}
END_TEST

START_TEST(widening)
{
    CLEANUP_JSON json_t *integer = json_integer(3);
    CLEANUP_JSON json_t *real = json_real(0.5);
    CLEANUP_JSON json_t *wide =
        field_value(profile_field(&profile_builtin, "optimizer.lr"), integer);
    CLEANUP_JSON json_t *same = field_value(profile_field(&profile_builtin, "optimizer.lr"), real);
    CLEANUP_JSON json_t *kept = field_value(profile_field(&profile_builtin, "seed"), integer);
    ck_assert(json_is_real(wide) && json_real_value(wide) == 3.0);
    ck_assert(json_real_value(same) == 0.5);
    ck_assert_ptr_eq(kept, integer);
}
END_TEST

/* --- arguments ---------------------------------------------------------------------------- */

/* Operations as text: path=value, a deletion as path=-. */
static void assert_operations(const struct operations *list, const char *wanted)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    for (size_t i = 0; i < list->count; i++) {
        strbuf_printf(&text, "%s%s=", i > 0 ? " " : "", list->items[i].path);
        if (list->items[i].value == NULL)
            strbuf_putc(&text, '-');
        else
            value_write(&text, list->items[i].value, SCALAR_IN_FLOW);
    }
    assert_buffer(text, wanted);
}

static const struct {
    const char *name, *argument, *operations; /* operations NULL: a diagnostic */
    const char *code, *message;
} arguments[] = {
    {"lr", "1", "optimizer.lr=1.0", NULL, NULL},
    {"learning_rate", "3e-4", "optimizer.lr=0.0003", NULL, NULL},
    {"seed", "42", "seed=42", NULL, NULL},
    {"packed", "true", "dataset.packed=True", NULL, NULL},
    {"lora", "{\"alpha\": 16, \"rank\": 8}", "model.lora_rank=8 model.lora_alpha=16", NULL, NULL},
    {"prompt_template", "{\"user\": [\"a\", \"b\"]}", "tokenizer.prompt_template={user: [a, b]}",
        NULL, NULL},
    {"dataset", "\"tatsu-lab/alpaca\"",
        "dataset.source=tatsu-lab/alpaca dataset.data_files=- dataset.data_dir=-", NULL, NULL},
    {"dataset", "\"data/x.csv\"",
        "dataset.source=csv dataset.data_files=data/x.csv dataset.data_dir=-", NULL, NULL},
    {"dataset", "\"/no/such/\"",
        "dataset.source=json dataset.data_files=- dataset.data_dir=/no/such/", NULL, NULL},
    {"seed", "1.0", NULL, "wrong-type", "seed must be int, got float"},
    {"lora", "{\"rank\": 8.0, \"alpha\": 16}", NULL, "wrong-type", "rank must be int, got float"},
    {"lora", "{\"rank\": 8, \"alpha\": 0}", NULL, "not-positive", "alpha must be positive, got 0"},
    {"lora", "{\"rank\": 8}", NULL, "wrong-type", "lora_params needs alpha too"},
    {"lora", "{\"rank\": 8, \"alpha\": 1, \"x\": 1}", NULL, "wrong-type",
        "lora_params has no \"x\""},
    {"lora", "8", NULL, "wrong-type", "lora_params takes rank and alpha together, got int"},
    {"dataset", "\"\"", NULL, "empty", "path cannot be empty"},
};

START_TEST(argument)
{
    CLEANUP_JSON json_t *value = json_loads(arguments[_i].argument, JSON_DECODE_ANY, NULL);
    struct operations list = {0};
    struct argument_diagnostic diagnostic;
    enum sweep_code code = parameter_operations(
        profile_parameter(&profile_builtin, arguments[_i].name), value, "/", &list, &diagnostic);
    if (arguments[_i].operations != NULL) {
        ck_assert_msg(code == SWEEP_OK, "%s", diagnostic.message);
        assert_operations(&list, arguments[_i].operations);
    } else {
        ck_assert_int_eq(code, SWEEP_INVALID);
        ck_assert_str_eq(diagnostic.code, arguments[_i].code);
        ck_assert_str_eq(diagnostic.message, arguments[_i].message);
        ck_assert_uint_eq(list.count, 0);
    }
    operations_deinit(&list);
}
END_TEST

/* --- datasets ----------------------------------------------------------------------------- */

static const struct {
    const char *path, *loader, *key;
    bool relative, guessed;
} datasets[] = {
    {"tatsu-lab/alpaca", NULL, NULL, false, false},
    {"alpaca", NULL, NULL, false, false},
    {"name.v2", NULL, NULL, false, false},
    {"a.json", "json", "data_files", true, false},
    {"data/a.jsonl", "json", "data_files", true, false},
    {"./a.csv", "csv", "data_files", true, false},
    {"../a.CSV", "csv", "data_files", true, false},
    {"/data/a.parquet", "parquet", "data_files", false, false},
    {"/data/a.txt", "text", "data_files", false, false},
    {"a.json.gz", "json", "data_files", true, false},
    {"/data/a.jsonl.zst", "json", "data_files", false, false},
    {"a.csv.BZ2", "csv", "data_files", true, false},
    {"a.tsv", "csv", "data_files", true, false},
    {"a.tsv.xz", "csv", "data_files", true, false},
    {"a.ndjson", "json", "data_files", true, false},
    {"/data/a.arrow", "arrow", "data_files", false, false},
    {"org/name.gz", NULL, NULL, false, false},
    {"org/tsv", NULL, NULL, false, false},
    {"https://host/a.json", "json", "data_files", false, false},
    {"hf://datasets/x/y.parquet", "parquet", "data_files", false, false},
    {"s3://bucket/dir/", NULL, NULL, false, false},
    /* directories: what is in them decides, by the first name */
    {"csvs/", "csv", "data_dir", true, false},
    {"./csvs", "csv", "data_dir", true, false},
    {"mixed/", "json", "data_dir", true, false},
    {"hidden/", "json", "data_dir", true, true},
    {"empty/", "json", "data_dir", true, true},
    {"./missing", "json", "data_dir", true, true},
    {"/no/such/directory", "json", "data_dir", false, true},
};

static const struct data_paths *paths_of_data(void)
{
    return profile_parameter(&profile_builtin, "dataset")->data;
}

static void assert_source(struct data_source got, const char *loader, const char *key)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    if (key != NULL)
        strbuf_printf(&path, "dataset.%s", key);
    ck_assert_pstr_eq(got.loader, loader);
    ck_assert_pstr_eq(got.path, path.data);
}

START_TEST(dataset)
{
    static const char *const directories[] = {"csvs", "mixed", "hidden", "empty"};
    for (size_t i = 0; i < COUNT(directories); i++)
        ck_assert_int_eq(mkdir(in_scratch(directories[i]), 0700), 0);
    write_file(in_scratch("csvs/README.md"), "");
    write_file(in_scratch("csvs/b.csv"), "");
    write_file(in_scratch("mixed/b.txt"), "");
    write_file(in_scratch("mixed/a.jsonl"), "");
    write_file(in_scratch("mixed/c.csv"), "");
    write_file(in_scratch("hidden/.a.csv"), "");
    struct data_source got = data_source_of(paths_of_data(), datasets[_i].path, scratch);
    assert_source(got, datasets[_i].loader, datasets[_i].key);
    ck_assert(got.relative == datasets[_i].relative);
    ck_assert(got.guessed == datasets[_i].guessed);
}
END_TEST

START_TEST(absolute_directory)
{
    write_file(in_scratch("x.parquet"), "");
    struct data_source got = data_source_of(paths_of_data(), scratch, "/elsewhere");
    assert_source(got, "parquet", "data_dir");
    ck_assert(!got.relative && !got.guessed);
}
END_TEST

/* --- values that belong together ---------------------------------------------------------- */

START_TEST(together)
{
    static const char *const paths[] = {"a", "b", "c", NULL};
    static const struct field fields[] = {
        {.name = "x", .path = "a"}, {.name = "y", .path = "b"}, {.name = "z", .path = "c"}};
    const struct parameter three = {.name = "three", .n_fields = 3, .fields = fields};
    struct path_group group = {.code = "set-together", .paths = paths};
    struct profile own = {0};
    struct together got;
    char names[100];
    group_together(&group, &got);
    ck_assert_str_eq(got.code, "set-together");
    ck_assert_str_eq(got.hint, "set all of a, b, c");
    parameter_together(&own, &three, &got);
    ck_assert_str_eq(got.code, "set-together");
    ck_assert_str_eq(got.hint, "write \"three\": {\"x\": …, \"y\": …, \"z\": …}");
    group.code = "mine";
    group.hint = "all three";
    own.groups = &group;
    own.n_groups = 1;
    parameter_together(&own, &three, &got);
    ck_assert_str_eq(got.code, "mine");
    ck_assert_str_eq(got.hint, "all three");
    parameter_field_names(&three, "\"", names, sizeof names);
    ck_assert_str_eq(names, "\"x\", \"y\" and \"z\"");
    parameter_field_names(&three, "", names, 6);
    ck_assert_uint_lt(strlen(names), 6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("params");
    TCase *tc = add_case(suite, "table");
    tcase_add_loop_test(tc, parameter, 0, (int)COUNT(rows));
    tcase_add_test(tc, every_parameter_is_known_here);
    tc = add_case(suite, "checks");
    tcase_add_loop_test(tc, types, 0, (int)COUNT(rows));
    tcase_add_loop_test(tc, ranges, 0, (int)COUNT(rows));
    tcase_add_test(tc, messages_are_cut_not_overrun);
    tcase_add_test(tc, widening);
    tcase_add_loop_test(tc, argument, 0, (int)COUNT(arguments));
    tcase_add_test(tc, together);
    tc = add_case(suite, "datasets");
    use_scratch(tc);
    tcase_add_loop_test(tc, dataset, 0, (int)COUNT(datasets));
    tcase_add_test(tc, absolute_directory);
    return check_main(suite);
}
