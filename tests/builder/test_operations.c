/* SPDX-License-Identifier: Apache-2.0
 *
 * The general operations: override by the merge rules, delete, their order, and what a builder
 * shares with its caller, which is nothing.
 */
#include "tests/builder/common.h"

/* A small config with every kind of value. */
static const char *const little =
    "{'int': 1, 'float': 0.5, 'bool': true, 'string': 'text', 'nothing': null, 'list': [1, [2]],"
    " 'map': {'a': 1, 'b': {'c': 2}}, 'empty': {}, 'open': '${map.a}'}";

static struct sweep_builder *from_json(const char *json)
{
    AUTO_JSON json_t *object = value_of(json);
    struct sweep_builder *builder = sweep_builder_from_object(trainer, object);
    ck_assert_ptr_nonnull(builder);
    assert_fine(builder);
    return builder;
}

/* Overrides with JSON; the caller's object must come out of it as it went in. */
static struct sweep_builder *change_by(struct sweep_builder *builder, const char *json)
{
    AUTO_JSON json_t *object = value_of(json), *before = value_of(json);
    ck_assert_ptr_eq(sweep_builder_override(builder, object), builder);
    assert_same_value(object, before);
    return builder;
}

/* --- override ----------------------------------------------------------------------------- */

START_TEST(merges)
{
    static const char *const cases[][2] = {
        /* scalars are replaced; int and float mix */
        {"{'int': 2}", "{'int': 2}"},
        {"{'int': 2.5}", "{'int': 2.5}"},
        {"{'float': 2}", "{'float': 2}"},
        {"{'bool': false}", "{'bool': false}"},
        {"{'string': ''}", "{'string': ''}"},
        {"{'string': 'null'}", "{'string': 'null'}"},
        /* null may become anything, and anything null */
        {"{'nothing': 7}", "{'nothing': 7}"},
        {"{'nothing': true}", "{'nothing': true}"},
        {"{'nothing': [1]}", "{'nothing': [1]}"},
        {"{'nothing': {'x': {'y': 1}}}", "{'nothing': {'x': {'y': 1}}}"},
        {"{'int': null, 'bool': null, 'string': null}",
            "{'int': null, 'bool': null, 'string': null}"},
        {"{'list': null, 'map': null}", "{'list': null, 'map': null}"},
        /* lists are replaced whole, whatever is in them */
        {"{'list': []}", "{'list': []}"},
        {"{'list': ['a', null, {'x': 1}, [true]]}", "{'list': ['a', null, {'x': 1}, [true]]}"},
        /* mappings merge key by key */
        {"{'map': {'a': 5}}", "{'map': {'a': 5}}"},
        {"{'map': {'b': {'d': [3]}, 'e': 'new'}}", "{'map': {'b': {'d': [3]}, 'e': 'new'}}"},
        {"{'map': {'b': {'c': 9, 'd': {'e': {'f': 1}}}}}",
            "{'map': {'b': {'c': 9, 'd': {'e': {'f': 1}}}}}"},
        {"{'empty': {'x': 1}}", "{'empty': {'x': 1}}"},
        {"{'map': {}}", "{}"},
        {"{}", "{}"},
        /* keys that are new */
        {"{'new': 1, 'more': {'deep': {'down': null}}}",
            "{'new': 1, 'more': {'deep': {'down': null}}}"},
        {"{'new': {}}", "{'new': {}}"},
        /* an interpolation has no type yet */
        {"{'open': 3}", "{'open': 3}"},
        {"{'int': '${map.a}', 'bool': '${map.a}'}", "{'int': '${map.a}', 'bool': '${map.a}'}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_BUILDER struct sweep_builder *builder = from_json(little);
        AUTO_JSON json_t *before = built(builder), *change = value_of(cases[i][1]);
        change_by(builder, cases[i][0]);
        AUTO_JSON json_t *after = built(builder), *wanted = merged(before, change);
        assert_same_value(after, wanted);
        assert_text_is_values(builder);
    }
}
END_TEST

START_TEST(items_of_lists)
{
    AUTO_BUILDER struct sweep_builder *builder =
        from_json("{'data': [{'packed': true, 'x': 1}, {'packed': true}], 'files': ['a', 'b']}");
    change_by(builder, "{'data': {'0': {'packed': false}, '1': {'y': 2}}, 'files': {'1': 'c'}}");
    sweep_builder_delete(builder, "data.0.x");
    AUTO_JSON json_t *
        after = built(builder),
       *wanted =
           value_of("{'data': [{'packed': false}, {'packed': true, 'y': 2}], 'files': ['a', 'c']}");
    assert_same_value(after, wanted);
    assert_text_is_values(builder);
    change_by(builder, "{'files': {'2': 'd'}}");
    assert_failure(builder, SWEEP_INVALID,
        "ValueError: \"files.2\" cannot be set: a list or a value is in its way, or it is not a "
        "config path");
}
END_TEST

/* Of a list only the items that change are edited: comments and style of the others stay. */
START_TEST(text_of_items)
{
    const char *file = in_scratch("items.yaml");
    write_text(file, "files:\n- \"a\"   # first\n- b   # second\n"
                     "data:\n  - {x: 1, y: 'q'} # one\n  - x: 0x10\n    y: [1,  2]\n");
    AUTO_BUILDER struct sweep_builder *builder = sweep_builder_from_file(trainer, file);
    change_by(
        builder, "{'files': ['a', 'c'], 'data': [{'x': 2, 'y': 'q'}, {'x': 16, 'y': [1, 3]}]}");
    AUTO_FREE char *text = text_of(builder);
    ck_assert_str_eq(text, "files:\n- \"a\"   # first\n- c   # second\n"
                           "data:\n  - {x: 2, y: 'q'} # one\n  - x: 0x10\n    y: [1,  3]\n");
    change_by(builder, "{'files': ['a', 'c', 'd']}");
    assert_text_is_values(builder);
}
END_TEST

/* Every pair of types that do not go together, at the top and in a mapping. */
START_TEST(type_changes)
{
    static const struct {
        const char *key, *type, *json;
    } values[] = {{"int", "int", "1"}, {"float", "float", "0.5"}, {"bool", "bool", "true"},
        {"string", "str", "'text'"}, {"list", "list", "[1]"}, {"map", "dict", "{'a': 1}"}};
    for (size_t i = 0; i < COUNT(values); i++)
        for (size_t j = 0; j < COUNT(values); j++) {
            char json[128], message[128];
            if (i == j || (i < 2 && j < 2))
                continue;
            for (int deep = 0; deep < 2; deep++) {
                AUTO_BUILDER struct sweep_builder *builder = from_json(little);
                AUTO_BUILDER struct sweep_builder *inner = from_json("{}");
                snprintf(json, sizeof json, "{'in': {'side': %s}}", values[i].json);
                change_by(inner, json);
                snprintf(json, sizeof json, deep ? "{'in': {'side': %s}}" : "{'%s': %s}",
                    deep ? values[j].json : values[i].key, values[j].json);
                change_by(deep ? inner : builder, json);
                snprintf(message, sizeof message, "TypeError: %s is %s; %s cannot take its place",
                    deep ? "in.side" : values[i].key, values[i].type, values[j].type);
                assert_failure(deep ? inner : builder, SWEEP_INVALID, message);
            }
        }
}
END_TEST

/* What is no config path. Nothing of such an override is applied, not even what comes before. */
START_TEST(refused_keys)
{
    static const char *const dotted[][2] = {
        {"{'optimizer.lr': 1}", "optimizer.lr"},
        {"{'.': 1}", "."},
        {"{'a.': 1}", "a."},
        {"{'': 1}", ""},
        {"{'seed': 1, 'model.lora_rank': 8}", "model.lora_rank"},
    };
    for (size_t i = 0; i < COUNT(dotted); i++) {
        AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
        char message[128];
        change_by(builder, dotted[i][0]);
        snprintf(message, sizeof message,
            "ValueError: \"%s\" is not a key: paths are written as nested mappings", dotted[i][1]);
        assert_failure(builder, SWEEP_INVALID, message);
    }
    static const char *const inner[] = {
        "{'optimizer': {'param.groups': 1}}",
        "{'optimizer': {'': 1}}",
    };
    for (size_t i = 0; i < COUNT(inner); i++) {
        AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
        change_by(builder, inner[i]);
        ck_assert_int_eq(
            strncmp(failure(builder, SWEEP_INVALID), "ValueError: \"optimizer", 22), 0);
    }
}
END_TEST

/* An operation that is accepted must not come back to haunt: the text can be had, or the operation
 * is refused. Keys with dots hide in mappings that are new. */
START_TEST(accepted_means_writable)
{
    static const char *const steps[][3] = {
        {"{'new': {'a.b': 1}}", NULL, NULL},
        {"{'nothing': {'a.b': 1}}", NULL, NULL},
        {"{'new': {'': 1}}", NULL, NULL},
        {"{'new': [{'a.b': 1}]}", NULL, NULL},
        {"{'new': {'in': {'a.b': 1}}}", NULL, NULL},
        {"", "map", "{'map': {'a.b': 1}}"},
        {"", "map.b", "{'map': {'b': {'x.y': {'z': 1}}}}"},
        {"{'map': null}", NULL, "{'map': {'a.b': 1}}"},
    };
    for (size_t i = 0; i < COUNT(steps); i++) {
        AUTO_BUILDER struct sweep_builder *builder = from_json(little);
        struct sweep_error error = {0};
        if (steps[i][0][0] != '\0')
            change_by(builder, steps[i][0]);
        if (steps[i][1] != NULL)
            sweep_builder_delete(builder, steps[i][1]);
        if (steps[i][2] != NULL)
            change_by(builder, steps[i][2]);
        if (sweep_builder_status(builder, NULL) == SWEEP_OK) {
            char *text = NULL;
            size_t length;
            enum sweep_code code = sweep_builder_text(builder, &text, &length, &error);
            free(text);
            ck_assert_msg(code == SWEEP_OK, "case %zu: accepted, but %s", i, error.message);
            assert_text_is_values(builder);
        }
    }
}
END_TEST

START_TEST(not_an_object)
{
    static const char *const values[][2] = {{"null", "NoneType"}, {"true", "bool"}, {"1", "int"},
        {"1.5", "float"}, {"'seed: 1'", "str"}, {"[{'seed': 1}]", "list"}};
    for (size_t i = 0; i < COUNT(values); i++) {
        AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
        char message[80];
        change_by(builder, values[i][0]);
        snprintf(
            message, sizeof message, "TypeError: overrides must be dict, got %s", values[i][1]);
        assert_failure(builder, SWEEP_INVALID, message);
    }
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    ck_assert_ptr_eq(sweep_builder_override(builder, NULL), builder);
    assert_failure(builder, SWEEP_INVALID, "TypeError: overrides must be dict, got nothing");
}
END_TEST

/* A value that cannot be written must be refused when it is given, as nothing else fits it. */
START_TEST(unwritable_values)
{
    AUTO_JSON json_t *object = json_object();
    json_object_set_new(object, "device", json_stringn("a\0b", 3));
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    sweep_builder_override(builder, object);
    if (sweep_builder_status(builder, NULL) == SWEEP_OK) {
        struct sweep_error error = {0};
        char *text = NULL;
        size_t length;
        enum sweep_code code = sweep_builder_text(builder, &text, &length, &error);
        free(text);
        ck_assert_msg(code == SWEEP_OK, "accepted, but %s", error.message);
        AUTO_JSON json_t *config = built(builder);
        ck_assert_uint_eq(json_string_length(json_object_get(config, "device")), 3);
    }
}
END_TEST

/* --- delete ------------------------------------------------------------------------------- */

START_TEST(deletes)
{
    static const char *const cases[][2] = {
        {"int", "{'int': '(deleted)'}"},
        {"map", "{'map': '(deleted)'}"},
        {"map.a", "{'map': {'a': '(deleted)'}}"},
        {"map.b", "{'map': {'b': '(deleted)'}}"},
        {"map.b.c", "{'map': {'b': {'c': '(deleted)'}}}"}, /* the last key: an empty mapping */
        {"list", "{'list': '(deleted)'}"},
        {"nothing", "{'nothing': '(deleted)'}"},
        {"empty", "{'empty': '(deleted)'}"},
        /* nothing there: no error, no change */
        {"absent", "{}"},
        {"map.absent", "{}"},
        {"absent.at.all", "{}"},
        {"int.part", "{}"},
        {"list.9", "{}"},
        {"nothing.x", "{}"},
        {"empty.x", "{}"},
        {"MAP", "{}"},
        {" map", "{}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_BUILDER struct sweep_builder *builder = from_json(little);
        AUTO_JSON json_t *before = built(builder), *change = value_of(cases[i][1]);
        AUTO_FREE char *text = text_of(builder);
        ck_assert_ptr_eq(sweep_builder_delete(builder, cases[i][0]), builder);
        AUTO_JSON json_t *after = built(builder), *wanted = merged(before, change);
        assert_same_value(after, wanted);
        assert_text_is_values(builder);
        AUTO_FREE char *text_after = text_of(builder);
        ck_assert((strcmp(cases[i][1], "{}") == 0) == (strcmp(text, text_after) == 0));
    }
}
END_TEST

/* `levels` mappings around 1. */
static json_t *nested(int levels)
{
    json_t *object = json_integer(1);
    for (int i = 0; i < levels; i++)
        object = json_pack("{s:o}", "x", object);
    return object;
}

/* What a config cannot contain is an error of the call. */
START_TEST(refused_values)
{
    static const struct {
        const char *key, *value, *message;
    } cases[] = {{"a", "b\xff", "ValueError: the override contains a string that is not UTF-8"},
        {"a\xff", "b", "ValueError: the override contains a key that is not UTF-8"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_BUILDER struct sweep_builder *builder = from_json(little);
        AUTO_JSON json_t *inner = json_object(),
                         *outer = json_pack("{s:[{s:O}]}", "list", "x", inner);
        json_object_set_new_nocheck(inner, cases[i].key, json_string_nocheck(cases[i].value));
        sweep_builder_override(builder, outer);
        assert_failure(builder, SWEEP_INVALID, cases[i].message);
    }
}
END_TEST

/* jansson frees recursively, too: the objects are taken apart level by level. */
static void free_nested(json_t *object)
{
    while (object != NULL) {
        json_t *inner = json_incref(json_object_get(object, "x"));
        json_decref(object);
        object = inner;
    }
}

START_TEST(too_many_levels)
{
    static const int levels[] = {65, 200000};
    for (size_t i = 0; i < COUNT(levels); i++) {
        json_t *object = nested(levels[i]);
        AUTO_BUILDER struct sweep_builder *builder =
            sweep_builder_override(from_json(little), object);
        assert_failure(builder, SWEEP_INVALID, "ValueError: the override has too many levels");
        AUTO_BUILDER struct sweep_builder *with =
            sweep_with(from_base(BASE), "prompt_template", object);
        assert_failure(with, SWEEP_INVALID, "ValueError: prompt_template has too many levels");
        AUTO_BUILDER struct sweep_builder *made = sweep_builder_from_object(trainer, object);
        ck_assert_int_eq(sweep_builder_status(made, NULL), SWEEP_INVALID);
        free_nested(object);
    }
    /* 2^40 values that share their memory */
    json_t *shared = json_pack("[i]", 1);
    for (int i = 0; i < 40; i++)
        shared = json_pack("[O, o]", shared, shared);
    AUTO_JSON json_t *object = json_pack("{s:o}", "list", shared);
    AUTO_BUILDER struct sweep_builder *builder = sweep_builder_override(from_json(little), object);
    assert_failure(builder, SWEEP_INVALID, "ValueError: the override has too many values");
}
END_TEST

START_TEST(refused_paths)
{
    static const char *const paths[] = {"", ".", ".map", "map.", "map..a",
        "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v."
        "w.x.y.z.a.b.c.d.e.f.g.h.i.j"};
    for (size_t i = 0; i < COUNT(paths); i++) {
        AUTO_BUILDER struct sweep_builder *builder = from_json(little);
        char message[256];
        ck_assert_ptr_eq(sweep_builder_delete(builder, paths[i]), builder);
        snprintf(message, sizeof message,
            "ValueError: \"%s\" is not a config path: names joined by single dots", paths[i]);
        assert_failure(builder, SWEEP_INVALID, message);
    }
    AUTO_BUILDER struct sweep_builder *item = from_json(little);
    sweep_builder_delete(item, "list.0");
    assert_failure(item, SWEEP_INVALID,
        "ValueError: \"list.0\" is an item of a list, which cannot be deleted, because that would "
        "renumber the others; set the whole list instead");
    AUTO_BUILDER struct sweep_builder *line = sweep_builder_delete(from_json(little), "map.\n");
    assert_failure(line, SWEEP_INVALID,
        "ValueError: \"map.\\n\" is not a config path: names joined by single dots");
    AUTO_BUILDER struct sweep_builder *none = from_json(little), *bytes = from_json(little);
    ck_assert_ptr_eq(sweep_builder_delete(none, NULL), none);
    assert_failure(
        none, SWEEP_INVALID, "ValueError: \"\" is not a config path: names joined by single dots");
    /* Wrong input, and not a lack of memory. */
    sweep_builder_delete(bytes, "map.\xff");
    ck_assert_int_eq(sweep_builder_status(bytes, NULL), SWEEP_INVALID);
}
END_TEST

/* Until nothing is left, in all orders that matter: front to back and back to front. */
START_TEST(deletes_everything)
{
    for (size_t i = 0; i < COUNT(embedded_bases); i++)
        for (int backward = 0; backward < 2; backward++) {
            AUTO_BUILDER struct sweep_builder *builder = from_base(embedded_bases[i]);
            for (;;) {
                const char *key, *chosen = NULL;
                json_t *value;
                AUTO_JSON json_t *config = built(builder);
                json_object_foreach (config, key, value)
                    chosen = backward || chosen == NULL ? key : chosen;
                if (chosen == NULL)
                    break;
                sweep_builder_delete(builder, chosen);
            }
            assert_text_is_values(builder);
        }
}
END_TEST

/* --- order -------------------------------------------------------------------------------- */

START_TEST(call_order)
{
    AUTO_BUILDER struct sweep_builder *last = from_base(BASE), *gone = from_base(BASE),
                                      *back = from_base(BASE);
    sweep_with_seed(change_by(sweep_with_seed(last, 1), "{'seed': 2}"), 3);
    AUTO_JSON json_t *a = built(last);
    assert_value(json_object_get(a, "seed"), "3");
    sweep_builder_delete(sweep_with_seed(gone, 1), "seed");
    AUTO_JSON json_t *b = built(gone);
    ck_assert_ptr_null(json_object_get(b, "seed"));
    sweep_with_seed(sweep_builder_delete(back, "seed"), 1);
    AUTO_JSON json_t *c = built(back);
    assert_value(json_object_get(c, "seed"), "1");
    /* A deleted value has no type any more. */
    change_by(sweep_builder_delete(back, "model"), "{'model': 'none'}");
    AUTO_JSON json_t *d = built(back);
    assert_value(json_object_get(d, "model"), "'none'");
    assert_text_is_values(back);
}
END_TEST

/* What was changed and changed back leaves no trace in the text. */
START_TEST(there_and_back)
{
    for (size_t i = 0; i < COUNT(embedded_bases); i++) {
        const char *key;
        json_t *value;
        AUTO_BUILDER struct sweep_builder *builder = from_base(embedded_bases[i]);
        AUTO_JSON json_t *base = built(builder);
        AUTO_FREE char *before = base_text(embedded_bases[i]);
        json_object_foreach (base, key, value) {
            sweep_builder_delete(builder, key);
            AUTO_JSON json_t *one = json_pack("{s:O}", key, value);
            sweep_builder_override(builder, one);
        }
        change_by(builder, "{'seed': 1, 'model': {'lora_rank': 99, 'extra': {'x': 1}}}");
        change_by(builder, "{'metric_logger': null, 'batch_size': 77, 'added': [1]}");
        sweep_builder_delete(builder, "added");
        sweep_builder_delete(builder, "model.extra");
        sweep_builder_delete(builder, "profiler.with_flops");
        if (value_at(base, "model.lora_rank") == NULL)
            sweep_builder_delete(builder, "model.lora_rank");
        sweep_builder_override(builder, base);
        AUTO_FREE char *after = text_of(builder);
        ck_assert_str_eq(after, before);
    }
}
END_TEST

/* A failed operation changes nothing, and says nothing: what the findings hold comes from what was
 * done. */
START_TEST(failure_leaves_no_finding)
{
    AUTO_BUILDER struct sweep_builder *builder =
        from_json("{'dataset': {'_component_': 'torchtune.datasets.alpaca_dataset'}}");
    sweep_with_dataset_template(builder, "some.Template");
    ck_assert_uint_eq(sweep_findings_count(sweep_builder_findings(builder), SWEEP_WARNING), 1);
    AUTO_BUILDER struct sweep_builder *wrong = from_json("{'dataset': 'just a name'}");
    sweep_with_dataset_template(wrong, "some.Template");
    ck_assert_int_eq(sweep_builder_status(wrong, NULL), SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(sweep_builder_findings(wrong), SWEEP_WARNING), 0);
}
END_TEST

/* --- sharing ------------------------------------------------------------------------------ */

/* The results and the arguments belong to the caller, who may do with them what he likes. */
START_TEST(shares_nothing)
{
    AUTO_JSON json_t *source = value_of(little),
                     *change = value_of("{'map': {'z': [1, {'y': 2}]}}");
    AUTO_BUILDER struct sweep_builder *builder = sweep_builder_from_object(trainer, source);
    sweep_builder_override(builder, change);
    AUTO_JSON json_t *wanted = built(builder), *other = built(builder);
    AUTO_FREE char *text = text_of(builder);
    /* Deep inside all three: a shallow copy would show here. */
    json_array_append_new(value_at(change, "map.z"), json_integer(3));
    json_object_set_new(json_array_get(value_at(change, "map.z"), 1), "y", json_integer(3));
    json_object_clear(value_at(source, "map.b"));
    json_array_clear(value_at(other, "map.z"));
    json_object_set_new(value_at(other, "map.b"), "c", json_string("changed"));
    json_object_clear(other);
    AUTO_JSON json_t *again = built(builder);
    AUTO_FREE char *text_again = text_of(builder);
    assert_same_value(again, wanted);
    ck_assert_str_eq(text_again, text);
    text_again[0] = '?';
    AUTO_FREE char *third = text_of(builder);
    ck_assert_str_eq(third, text);
    ck_assert_uint_eq(again->refcount, 1);
}
END_TEST

/* --- no builder --------------------------------------------------------------------------- */

START_TEST(no_builder)
{
    AUTO_JSON json_t *object = value_of("{'seed': 1}"), *config = NULL;
    AUTO_FINDINGS struct sweep_findings *findings = sweep_findings_new();
    char *text = NULL;
    size_t length = 7;
    struct sweep_error error = {0};
    struct sweep_source source;
    sweep_builder_free(NULL);
    ck_assert_ptr_null(sweep_builder_override(NULL, object));
    ck_assert_ptr_null(sweep_builder_delete(NULL, "seed"));
    ck_assert_ptr_null(sweep_with(NULL, "seed", json_object_get(object, "seed")));
    ck_assert_ptr_null(sweep_builder_findings(NULL));
    ck_assert_int_eq(sweep_builder_status(NULL, &error), SWEEP_NO_MEMORY);
    ck_assert_str_eq(error.message, "out of memory");
    ck_assert_int_eq(sweep_builder_status(NULL, NULL), SWEEP_NO_MEMORY);
    ck_assert_int_eq(sweep_builder_validate(NULL, NULL, findings), SWEEP_NO_MEMORY);
    ck_assert_int_eq(sweep_builder_build(NULL, &config, NULL), SWEEP_NO_MEMORY);
    ck_assert_int_eq(sweep_builder_text(NULL, &text, &length, NULL), SWEEP_NO_MEMORY);
    ck_assert_int_eq(sweep_builder_save(NULL, in_scratch("run.yaml"), NULL, NULL), SWEEP_NO_MEMORY);
    ck_assert(config == NULL && text == NULL && length == 7 && !exists(in_scratch("run.yaml")));
    /* Not said by the header; but a chain that began with no memory may well end here. */
    sweep_builder_source(NULL, &source);
    ck_assert(source.origin == NULL && source.sha256 == NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("operations");
    TCase *tc = new_case(suite, "override");
    tcase_add_test(tc, merges);
    tcase_add_test(tc, items_of_lists);
    tcase_add_test(tc, text_of_items);
    tcase_add_test(tc, type_changes);
    tcase_add_test(tc, refused_keys);
    tcase_add_test(tc, accepted_means_writable);
    tcase_add_test(tc, not_an_object);
    tcase_add_test(tc, unwritable_values);
    tc = new_case(suite, "delete");
    tcase_add_test(tc, deletes);
    tcase_add_test(tc, refused_paths);
    tcase_add_test(tc, refused_values);
    tcase_add_test(tc, too_many_levels);
    tcase_add_test(tc, deletes_everything);
    tc = new_case(suite, "order");
    tcase_add_test(tc, call_order);
    tcase_add_test(tc, there_and_back);
    tcase_add_test(tc, failure_leaves_no_finding);
    tc = new_case(suite, "sharing");
    tcase_add_test(tc, shares_nothing);
    tc = new_case(suite, "no builder");
    tcase_add_test(tc, no_builder);
    return run_suite(suite);
}
