/* SPDX-License-Identifier: Apache-2.0
 *
 * Every method: what it does, what it leaves alone, and what it refuses, with the exact words. Each
 * has a test case of its name.
 */
#include <math.h>

#include "tests/builder/methods.h"

/* "error: MESSAGE" as a method's error begins. */
static const char *with_kind(const char *kind, const char *message)
{
    static char text[512];
    snprintf(text, sizeof text, "%s: %s", kind, message);
    return text;
}

/* Calls a method with JSON, as specs have it. */
static struct sweep_builder *with(
    struct sweep_builder *builder, const char *method, const char *argument)
{
    AUTO_JSON json_t *value = value_of(argument);
    AUTO_JSON json_t *before = json_deep_copy(value);
    ck_assert_ptr_eq(sweep_with(builder, method, value), builder);
    assert_same_value(value, before);
    ck_assert_uint_eq(value->refcount, json_is_boolean(value) ? (size_t)-1 : 1);
    return builder;
}

/* That a call with this argument is refused in these words, and that nothing comes of it. */
static void assert_refused(
    const char *method, const char *argument, const char *kind, const char *message)
{
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    json_t *config = NULL;
    char *text = NULL;
    size_t length = 7;
    AUTO_JSON json_t *value = value_of(argument);
    ck_assert_ptr_eq(sweep_with(builder, method, value), builder);
    assert_failure(builder, SWEEP_INVALID, with_kind(kind, message));
    struct sweep_error error = {0};
    ck_assert_int_eq(sweep_builder_build(builder, &config, &error), SWEEP_INVALID);
    ck_assert_str_eq(error.message, with_kind(kind, message));
    ck_assert_int_eq(sweep_builder_text(builder, &text, &length, NULL), SWEEP_INVALID);
    ck_assert_int_eq(
        sweep_builder_save(builder, in_scratch("run.yaml"), NULL, NULL), SWEEP_INVALID);
    ck_assert(config == NULL && text == NULL && length == 7 && !exists(in_scratch("run.yaml")));
    ck_assert_ptr_null(sweep_findings_get(sweep_builder_findings(builder), 0));
}

/* --- one method --------------------------------------------------------------------------- */

/* The values are the base's with the change; of the text only the lines of the change differ. */
START_TEST(valid)
{
    const struct method *method = &methods[_i];
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    AUTO_JSON json_t *before = built(builder), *change = value_of(method->change);
    AUTO_FREE char *text_before = base_text(BASE);
    ck_assert_ptr_eq(method->call(builder), builder);
    AUTO_JSON json_t *after = built(builder), *wanted = merged(before, change);
    assert_same_value(after, wanted);
    AUTO_FREE char *text = text_of(builder);
    AUTO_FREE char *diff = line_diff(text_before, text);
    ck_assert_str_eq(diff, method->diff);
    assert_text_is_values(builder);
}
END_TEST

/* The method by name and JSON does the same as the C function, under each of its names. */
START_TEST(by_name)
{
    const struct method *method = &methods[_i];
    AUTO_BUILDER struct sweep_builder *called = method->call(from_base(BASE));
    AUTO_FREE char *wanted = text_of(called);
    const char *names[] = {method->name, method->alias};
    for (size_t i = 0; i < COUNT(names) && names[i] != NULL; i++) {
        AUTO_BUILDER struct sweep_builder *named = from_base(BASE);
        with(named, names[i], method->argument);
        AUTO_FREE char *text = text_of(named);
        ck_assert_str_eq(text, wanted);
    }
}
END_TEST

/* In every base: the rest is preserved, and the library finds nothing wrong with the result. */
START_TEST(integration)
{
    const struct method *method = &methods[_i];
    for (size_t i = 0; i < COUNT(embedded_bases); i++) {
        const char *base = embedded_bases[i];
        AUTO_BUILDER struct sweep_builder *builder = from_base(base);
        AUTO_FINDINGS struct sweep_findings *findings = sweep_findings_new();
        AUTO_JSON json_t *before = built(builder), *change = value_of(method->change);
        method->call(builder);
        AUTO_JSON json_t *after = built(builder), *wanted = merged(before, change);
        assert_same_value(after, wanted);
        assert_text_is_values(builder);
        if (method->companion != NULL) {
            AUTO_JSON json_t *companion = value_of(method->companion);
            sweep_builder_override(builder, companion);
        }
        enum sweep_code code = sweep_builder_validate(builder, NULL, findings);
        if (method->integration != NULL && strstr(base, method->integration) == NULL)
            continue;
        AUTO_FREE char *found = sweep_findings_text(findings, false);
        ck_assert_msg(code == SWEEP_OK, "%s in %s: %s", method->name, base, found);
        ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 0);
    }
}
END_TEST

/* Every JSON type but the right one, the bool that C takes for an int among them. */
START_TEST(type_errors)
{
    static const struct {
        const char *json, *type;
    } wrong[] = {{"null", "NoneType"}, {"true", "bool"}, {"false", "bool"}, {"1", "int"},
        {"0", "int"}, {"1.5", "float"}, {"8.0", "float"}, {"'1'", "str"}, {"'true'", "str"},
        {"[]", "list"}, {"[1]", "list"}, {"{}", "dict"}, {"{'a': 1}", "dict"}};
    const struct method *method = &methods[_i];
    for (size_t i = 0; i < COUNT(wrong); i++)
        for (size_t f = 0; f < 2 && method->fields[f] != NULL; f++) {
            char argument[128], message[128];
            if (strstr(method->type, wrong[i].type) != NULL ||
                (method->widens && strcmp(wrong[i].type, "int") == 0))
                continue;
            snprintf(message, sizeof message, "%s must be %s, got %s", method->fields[f],
                method->type, wrong[i].type);
            snprintf(argument, sizeof argument,
                method->fields[1] == NULL ? "%s"
                : f == 0                  ? "{'rank': %s, 'alpha': 16}"
                                          : "{'rank': 8, 'alpha': %s}",
                wrong[i].json);
            assert_refused(method->name, argument, "TypeError", message);
        }
}
END_TEST

START_TEST(value_errors)
{
    const struct method *method = &methods[_i];
    for (size_t i = 0; i < MAX_VALUE_ERRORS && method->value_errors[i].argument != NULL; i++)
        assert_refused(method->name, method->value_errors[i].argument, "ValueError",
            method->value_errors[i].message);
}
END_TEST

/* The first error sticks: later calls change neither it nor anything else. */
START_TEST(chaining)
{
    const struct method *method = &methods[_i];
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    ck_assert_ptr_null(method->call(NULL));
    ck_assert_ptr_eq(method->call(method->call(builder)), builder);
    AUTO_FREE char *once = text_of(builder);
    ck_assert_ptr_eq(sweep_with_seed(method->call(builder), 7), builder);
    assert_fine(builder);
    size_t n = 0;
    while (sweep_findings_get(sweep_builder_findings(builder), n) != NULL)
        n++;
    ck_assert_ptr_eq(sweep_with_seed(builder, -7), builder);
    ck_assert_ptr_eq(method->call(builder), builder);
    ck_assert_ptr_eq(sweep_with(builder, method->name, NULL), builder);
    assert_failure(builder, SWEEP_INVALID, "ValueError: seed must be non-negative, got -7");
    ck_assert_ptr_null(sweep_findings_get(sweep_builder_findings(builder), n));
}
END_TEST

/* --- all methods -------------------------------------------------------------------------- */

/* Forward and backward: no two methods set the same value, so their order does not matter. */
START_TEST(all_in_a_chain)
{
    for (size_t i = 0; i < COUNT(embedded_bases); i++) {
        AUTO_BUILDER struct sweep_builder *forward = from_base(embedded_bases[i]);
        AUTO_BUILDER struct sweep_builder *backward = from_base(embedded_bases[i]);
        AUTO_JSON json_t *wanted = built(forward);
        for (size_t m = 0; m < N_METHODS; m++) {
            AUTO_JSON json_t *change = value_of(methods[m].change);
            json_t *next = merged(wanted, change);
            json_decref(wanted);
            wanted = next;
            methods[m].call(forward);
            methods[N_METHODS - 1 - m].call(backward);
        }
        AUTO_JSON json_t *one = built(forward), *other = built(backward);
        assert_same_value(one, wanted);
        assert_same_value(other, wanted);
        assert_text_is_values(forward);
        assert_text_is_values(backward);
    }
}
END_TEST

START_TEST(names)
{
    static const char *const unknown[][2] = {{"", ""}, {"with_seed", ""},
        {"Seed", "; did you mean \"seed\"?"}, {"seed ", "; did you mean \"seed\"?"},
        {"learning-rate", "; did you mean \"learning_rate\"?"}, {"rank", ""}, {"lora_rank", ""},
        {"override", ""}};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
        AUTO_JSON json_t *value = json_integer(1);
        char message[200];
        sweep_with(builder, unknown[i][0], value);
        snprintf(message, sizeof message,
            "ValueError: there is no method with_%s: torchtune 0.6.1 has no parameter \"%s\"%s",
            unknown[i][0], unknown[i][0], unknown[i][1]);
        assert_failure(builder, SWEEP_INVALID, message);
    }
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    ck_assert_ptr_eq(sweep_with(builder, NULL, NULL), builder);
    assert_failure(builder, SWEEP_INVALID,
        "ValueError: there is no method with_: torchtune 0.6.1 has no parameter \"\"");
}
END_TEST

/* Where JSON cannot say it, C can. */
START_TEST(arguments_of_c)
{
    static const struct {
        double value;
        const char *text;
    } numbers[] = {{NAN, "nan"}, {-NAN, "nan"}, {INFINITY, "inf"}, {-INFINITY, "-inf"}};
    static const struct {
        struct sweep_builder *(*with)(struct sweep_builder *, double);
        const char *field;
    } takers[] = {{sweep_with_learning_rate, "lr"}, {sweep_with_weight_decay, "weight_decay"},
        {sweep_with_lora_dropout, "dropout"}, {sweep_with_clip_grad_norm, "max_norm"}};
    for (size_t t = 0; t < COUNT(takers); t++)
        for (size_t i = 0; i < COUNT(numbers); i++) {
            AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
            char message[80];
            snprintf(message, sizeof message, "ValueError: %s must be finite, got %s",
                takers[t].field, numbers[i].text);
            ck_assert_ptr_eq(takers[t].with(builder, numbers[i].value), builder);
            assert_failure(builder, SWEEP_INVALID, message);
        }
}
END_TEST

START_TEST(strings_of_c)
{
    static const struct {
        struct sweep_builder *(*with)(struct sweep_builder *, const char *);
        const char *method, *field, *type;
    } takers[] = {{sweep_with_dataset, "dataset", "path", "str"},
        {sweep_with_output_dir, "output_dir", "path", "str"},
        {sweep_with_dtype, "dtype", "dtype", "str"},
        {sweep_with_dataset_template, "dataset_template", "template", "str"},
        {sweep_with_checkpoint_dir, "checkpoint_dir", "path", "str"},
        {sweep_with_device, "device", "device", "str"},
        {sweep_with_prompt_template, "prompt_template", "template", "str or dict"}};
    for (size_t t = 0; t < COUNT(takers); t++) {
        AUTO_BUILDER struct sweep_builder *none = from_base(BASE), *bytes = from_base(BASE);
        char message[80];
        ck_assert_ptr_eq(takers[t].with(none, NULL), none);
        snprintf(message, sizeof message, "TypeError: %s must be %s, got NoneType", takers[t].field,
            takers[t].type);
        assert_failure(none, SWEEP_INVALID, message);
        takers[t].with(bytes, "not UTF-8: \xff");
        snprintf(message, sizeof message, "ValueError: %s is not UTF-8", takers[t].method);
        assert_failure(bytes, SWEEP_INVALID, message);
    }
}
END_TEST

/* An object that is not exactly rank and alpha. */
START_TEST(lora_objects)
{
    static const char *const cases[][2] = {
        {"16", "lora_params takes rank and alpha together, got int"},
        {"null", "lora_params takes rank and alpha together, got NoneType"},
        {"true", "lora_params takes rank and alpha together, got bool"},
        {"[8, 16]", "lora_params takes rank and alpha together, got list"},
        {"'8/16'", "lora_params takes rank and alpha together, got str"},
        {"{}", "lora_params needs rank too"},
        {"{'alpha': 16}", "lora_params needs rank too"},
        {"{'rank': 16}", "lora_params needs alpha too"},
        {"{'rank': 8, 'alpha': 16, 'dropout': 0.1}", "lora_params has no \"dropout\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused("lora_params", cases[i][0], "TypeError", cases[i][1]);
}
END_TEST

/* Numbers at the ends of their ranges, and ints where a float is meant. */
START_TEST(limits)
{
    static const struct {
        const char *method, *argument, *change;
    } cases[] = {
        {"seed", "0", "{'seed': 0}"},
        {"seed", "9223372036854775807", "{'seed': 9223372036854775807}"},
        {"batch_size", "1", "{'batch_size': 1}"},
        {"lr", "1", "{'optimizer': {'lr': 1.0}}"},
        {"lr", "5e-324", "{'optimizer': {'lr': 5e-324}}"},
        {"lr", "1.7976931348623157e308", "{'optimizer': {'lr': 1.7976931348623157e308}}"},
        {"lr", "0.30000000000000004", "{'optimizer': {'lr': 0.30000000000000004}}"},
        {"weight_decay", "0", "{'optimizer': {'weight_decay': 0.0}}"},
        {"weight_decay", "-0.0", "{'optimizer': {'weight_decay': -0.0}}"},
        {"lora_dropout", "0", "{'model': {'lora_dropout': 0.0}}"},
        {"lora_dropout", "0.9999999999999999", "{'model': {'lora_dropout': 0.9999999999999999}}"},
        {"clip_grad_norm", "2", "{'clip_grad_norm': 2.0}"},
        {"lora", "{'alpha': 1, 'rank': 512}", "{'model': {'lora_rank': 512, 'lora_alpha': 1}}"},
        {"prompt_template", "{'user': ['Q: ', ' A: '], 'system': ['', '']}",
            "{'tokenizer': {'prompt_template': {'user': ['Q: ', ' A: '], 'system': ['', '']}}}"},
        {"device", "'null'", "{'device': 'null'}"},
        {"dtype", "'1e3'", "{'dtype': '1e3'}"},
        {"output_dir", "' a\\n: \\u00e4 # \\u0001 \\u2028 \\ud83d\\ude00 '",
            "{'output_dir': ' a\\n: \\u00e4 # \\u0001 \\u2028 \\ud83d\\ude00 '}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
        AUTO_JSON json_t *before = built(builder), *change = value_of(cases[i].change);
        with(builder, cases[i].method, cases[i].argument);
        AUTO_JSON json_t *after = built(builder), *wanted = merged(before, change);
        assert_same_value(after, wanted);
        assert_text_is_values(builder);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("methods");
    for (int i = 0; i < N_METHODS; i++) {
        TCase *tc = new_case(suite, methods[i].name);
        tcase_add_loop_test(tc, valid, i, i + 1);
        tcase_add_loop_test(tc, by_name, i, i + 1);
        tcase_add_loop_test(tc, integration, i, i + 1);
        tcase_add_loop_test(tc, type_errors, i, i + 1);
        tcase_add_loop_test(tc, value_errors, i, i + 1);
        tcase_add_loop_test(tc, chaining, i, i + 1);
    }
    TCase *all = new_case(suite, "all");
    tcase_add_test(all, all_in_a_chain);
    tcase_add_test(all, names);
    tcase_add_test(all, arguments_of_c);
    tcase_add_test(all, strings_of_c);
    tcase_add_test(all, lora_objects);
    tcase_add_test(all, limits);
    return run_suite(suite);
}
