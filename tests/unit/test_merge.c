/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/merge.h"
#include "tests/unit/check_main.h"

static json_t *json(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    ck_assert_msg(value != NULL, "the test's JSON is wrong: %s", text);
    return value;
}

/* The keys of an object in their order, which assert_json() does not look at. */
static void assert_keys(const json_t *object, const char *wanted)
{
    CLEANUP_STRBUF struct strbuf keys = {0};
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)object, key, value)
        strbuf_printf(&keys, "%s%s", keys.length > 0 ? " " : "", key);
    assert_buffer(keys, wanted);
}

/* --- the whole merge ---------------------------------------------------------------------- */

static const struct {
    const char *tree, *path, *value, *result; /* value NULL deletes */
} merges[] = {
    {"{\"a\": 1}", "a", "2", "{\"a\": 2}"},
    {"{\"a\": 1}", "b", "2", "{\"a\": 1, \"b\": 2}"},
    {"{}", "a.b.c", "[1]", "{\"a\": {\"b\": {\"c\": [1]}}}"},
    {"{\"a\": null}", "a.b", "1", "{\"a\": {\"b\": 1}}"},
    {"{\"a\": {\"b\": 1, \"c\": 2}}", "a", "{\"c\": 3, \"d\": 4}",
        "{\"a\": {\"b\": 1, \"c\": 3, \"d\": 4}}"},
    {"{\"a\": {\"b\": {\"x\": 1}}}", "a", "{\"b\": {\"y\": {\"z\": 2}}}",
        "{\"a\": {\"b\": {\"x\": 1, \"y\": {\"z\": 2}}}}"},
    {"{\"a\": [1, 2, 3]}", "a", "[4]", "{\"a\": [4]}"},
    {"{\"a\": [{\"b\": 1}]}", "a", "[{\"c\": 2}]", "{\"a\": [{\"c\": 2}]}"},
    {"{\"a\": {\"b\": 1}}", "a", "null", "{\"a\": null}"},
    {"{\"a\": {\"b\": 1}}", "a.b", "null", "{\"a\": {\"b\": null}}"},
    {"{\"a\": null}", "a", "{\"b\": {}}", "{\"a\": {\"b\": {}}}"},
    /* an empty mapping replaces, as there is nothing to merge */
    {"{\"a\": {\"b\": 1}}", "a", "{}", "{\"a\": {\"b\": 1}}"},
    {"{\"a\": {\"b\": 1}}", "a", NULL, "{}"},
    {"{\"a\": {\"b\": 1, \"c\": 2}}", "a.b", NULL, "{\"a\": {\"c\": 2}}"},
    {"{\"a\": {\"b\": 1}}", "a.b", NULL, "{\"a\": {}}"},
    {"{\"a\": 1}", "b", NULL, "{\"a\": 1}"},
    {"{\"a\": 1}", "b.c.d", NULL, "{\"a\": 1}"},
    {"{\"a\": 1}", "a.b", NULL, "{\"a\": 1}"},
    {"{\"a\": null}", "a.b", NULL, "{\"a\": null}"},
};

START_TEST(merge)
{
    CLEANUP_JSON json_t *tree = json(merges[_i].tree);
    CLEANUP_JSON json_t *value = merges[_i].value != NULL ? json(merges[_i].value) : NULL;
    CLEANUP_JSON json_t *kept = json_deep_copy(value);
    struct operation operation = {(char *)merges[_i].path, value};
    struct mismatch mismatch;
    ck_assert_int_eq(merge_check(&dialect_omegaconf, tree, &operation, &mismatch), SWEEP_OK);
    ck_assert_int_eq(merge_operation(tree, &operation), SWEEP_OK);
    assert_json(tree, merges[_i].result);
    /* Once more changes nothing, and the operand is as it was. */
    ck_assert_int_eq(merge_operation(tree, &operation), SWEEP_OK);
    assert_json(tree, merges[_i].result);
    ck_assert(value == NULL || json_equal(value, kept));
}
END_TEST

START_TEST(order_is_kept_and_additions_come_last)
{
    CLEANUP_JSON json_t *tree = json("{\"z\": 1, \"a\": {\"q\": 1, \"b\": 2}, \"m\": 3}");
    CLEANUP_JSON json_t *value = json("{\"c\": 1, \"q\": 2}");
    struct operation operation = {(char *)"a", value};
    merge_operation(tree, &operation);
    assert_keys(tree, "z a m");
    assert_keys(json_object_get(tree, "a"), "q b c");
}
END_TEST

START_TEST(nothing_is_shared)
{
    CLEANUP_JSON json_t *tree = json("{\"a\": {\"b\": 1}}");
    CLEANUP_JSON json_t *value = json("{\"l\": [1, {\"k\": 2}], \"o\": {\"p\": {}}}");
    struct operation operation = {(char *)"a", value};
    ck_assert_int_eq(merge_operation(tree, &operation), SWEEP_OK);
    json_array_clear(json_object_get(value, "l"));
    json_object_set_new(json_object_get(value, "o"), "x", json_true());
    assert_json(tree, "{\"a\": {\"b\": 1, \"l\": [1, {\"k\": 2}], \"o\": {\"p\": {}}}}");
    json_t *list = json_object_get(json_object_get(tree, "a"), "l");
    ck_assert_uint_eq(list->refcount, 1);
}
END_TEST

START_TEST(last_operation_wins)
{
    CLEANUP_JSON json_t *tree = json_object();
    CLEANUP_JSON json_t *one = json_integer(1);
    CLEANUP_JSON json_t *two = json_integer(2);
    struct operation operations[] = {
        {(char *)"a.b", one}, {(char *)"a", NULL}, {(char *)"a.c", two}, {(char *)"a.c", one}};
    for (size_t i = 0; i < COUNT(operations); i++)
        ck_assert_int_eq(merge_operation(tree, &operations[i]), SWEEP_OK);
    assert_json(tree, "{\"a\": {\"c\": 1}}");
}
END_TEST

/* --- what does not fit -------------------------------------------------------------------- */

static const char *const samples[] = {
    "null", "true", "1", "1.5", "\"x\"", "[1]", "{\"k\": 1}", "\"${x}\""};

/* Rows: what is there; columns: what comes. In the order of the samples. */
static const char *const allowed[] = {
    "11111111", /* null may become anything */
    "11000001", /* bool */
    "10110001", /* int */
    "10110001", /* float */
    "10001001", /* str */
    "10000101", /* list */
    "10000011", /* dict */
    "11111111", /* an interpolation has no type yet */
};

START_TEST(type_rules)
{
    for (size_t i = 0; i < COUNT(samples); i++)
        for (size_t k = 0; k < COUNT(samples); k++) {
            CLEANUP_JSON json_t *old = json(samples[i]);
            CLEANUP_JSON json_t *new = json(samples[k]);
            ck_assert_msg(merge_allows(&dialect_omegaconf, old, new) == (allowed[i][k] == '1'),
                "%s -> %s", samples[i], samples[k]);
            ck_assert(merge_allows(&dialect_omegaconf, NULL, new));
        }
    CLEANUP_JSON json_t *yes = json_true();
    CLEANUP_JSON json_t *no = json_false();
    ck_assert(merge_allows(&dialect_omegaconf, yes, no));
    const struct dialect none = {.interpolation = INTERPOLATION_NONE};
    CLEANUP_JSON json_t *text = json("\"${x}\"");
    ck_assert(!merge_allows(&none, text, yes));
    ck_assert(!merge_allows(&none, yes, text));
}
END_TEST

static const struct {
    const char *tree, *path, *value, *mismatch, *old_type, *new_type;
} misfits[] = {
    {"{\"a\": 1}", "a", "\"x\"", "a", "int", "str"},
    {"{\"a\": true}", "a", "1", "a", "bool", "int"},
    {"{\"a\": {\"b\": [1]}}", "a", "{\"b\": {\"c\": 1}}", "a.b", "list", "dict"},
    {"{\"a\": {\"b\": 1.5}}", "a", "[1]", "a", "dict", "list"},
    {"{\"a\": {\"b\": 1, \"c\": \"x\"}}", "a", "{\"b\": 2, \"c\": false}", "a.c", "str", "bool"},
    /* the way is blocked, or there is none */
    {"{\"a\": 1}", "a.b", "1", "a.b", NULL, NULL},
    {"{\"a\": [1]}", "a.0", "\"x\"", "a.0", "int", "str"},
    {"{\"a\": [1]}", "a.1", "1", "a.1", NULL, NULL},
    {"{\"a\": [1]}", "a.-1", "1", "a.-1", NULL, NULL},
    {"{\"a\": [1]}", "a.01", "1", "a.01", NULL, NULL},
    {"{\"a\": [1]}", "a.b", "1", "a.b", NULL, NULL},
    {"{\"a\": [1]}", "a.0.b", "1", "a.0.b", NULL, NULL},
    {"{\"a\": [1]}", "a", "{\"0\": 1}", "a", "list", "dict"},
    {"{\"a\": \"x\"}", "a.b.c", "1", "a.b.c", NULL, NULL},
    {"{}", "", "1", "", NULL, NULL},
    {"{}", "a..b", "1", "a..b", NULL, NULL},
    {"{}", ".", NULL, ".", NULL, NULL},
    {"{\"a\": {\"b\": 1}}", "a", "{\"\": 1}", "a", NULL, NULL},
    {"{\"a\": {\"b\": 1}}", "a", "{\"x.y\": 1}", "a", NULL, NULL},
};

START_TEST(mismatch)
{
    CLEANUP_JSON json_t *tree = json(misfits[_i].tree);
    CLEANUP_JSON json_t *value = misfits[_i].value != NULL ? json(misfits[_i].value) : NULL;
    struct operation operation = {(char *)misfits[_i].path, value};
    struct mismatch mismatch;
    ck_assert_int_eq(merge_check(&dialect_omegaconf, tree, &operation, &mismatch), SWEEP_INVALID);
    ck_assert_str_eq(mismatch.path, misfits[_i].mismatch);
    ck_assert_pstr_eq(mismatch.old_type, misfits[_i].old_type);
    ck_assert_pstr_eq(mismatch.new_type, misfits[_i].new_type);
    assert_json(tree, misfits[_i].tree);
}
END_TEST

START_TEST(blocked_way_leaves_the_tree)
{
    CLEANUP_JSON json_t *tree = json("{\"a\": {\"b\": 1}}");
    CLEANUP_JSON json_t *one = json_integer(1);
    struct operation operation = {(char *)"a.b.c.d", one};
    ck_assert_int_eq(merge_apply(tree, &operation), SWEEP_INVALID);
    assert_json(tree, "{\"a\": {\"b\": 1}}");
}
END_TEST

/* --- flattening, and differences ---------------------------------------------------------- */

static void assert_flat(const struct operations *flat, const char *wanted)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    for (size_t i = 0; i < flat->count; i++) {
        CLEANUP_FREE char *value = flat->items[i].value == NULL
                                       ? strdup("-")
                                       : json_dumps(flat->items[i].value, JSON_ENCODE_ANY);
        strbuf_printf(&text, "%s=%s;", flat->items[i].path, value);
    }
    assert_buffer(text, wanted);
}

static const struct {
    const char *tree, *path, *value, *flat;
} flattenings[] = {
    {"{\"a\": {\"b\": 1}}", "a", "{\"b\": 2, \"c\": {\"d\": 3}}", "a.b=2;a.c={\"d\": 3};"},
    {"{\"a\": {\"b\": {\"c\": 1}}}", "a", "{\"b\": {\"c\": 2, \"d\": []}}", "a.b.c=2;a.b.d=[];"},
    {"{}", "a.b", "{\"c\": 1}", "a.b={\"c\": 1};"},
    {"{\"a\": null}", "a", "{\"c\": 1}", "a={\"c\": 1};"},
    {"{\"a\": {\"b\": 1}}", "a", "{}", ""},
    {"{\"a\": 1}", "a", "7", "a=7;"},
    {"{\"a\": {\"b\": 1}}", "a", NULL, "a=-;"},
};

START_TEST(flatten)
{
    CLEANUP_JSON json_t *tree = json(flattenings[_i].tree);
    CLEANUP_JSON json_t *value = flattenings[_i].value != NULL ? json(flattenings[_i].value) : NULL;
    struct operation operation = {(char *)flattenings[_i].path, value};
    struct operations flat = {0};
    ck_assert_int_eq(operations_flatten(tree, &operation, &flat), SWEEP_OK);
    assert_flat(&flat, flattenings[_i].flat);
    operations_deinit(&flat);
    ck_assert_uint_eq(flat.count, 0);
}
END_TEST

static const struct {
    const char *from, *to, *operations;
} differences[] = {
    {"{}", "{}", ""},
    {"{\"a\": {\"b\": [1, null]}}", "{\"a\": {\"b\": [1, null]}}", ""},
    {"{\"a\": 1}", "{\"a\": 2, \"b\": 3}", "a=2;b=3;"},
    {"{\"a\": 1, \"b\": 2}", "{\"b\": 2}", "a=-;"},
    {"{\"a\": {\"b\": 1, \"c\": 2}}", "{\"a\": {\"c\": 3}}", "a.b=-;a.c=3;"},
    {"{\"a\": {\"b\": 1}}", "{\"a\": 5}", "a=5;"},
    {"{\"a\": 5}", "{\"a\": {\"b\": 1}}", "a={\"b\": 1};"},
    {"{\"a\": 1}", "{\"a\": 1.0}", "a=1.0;"},
    {"{\"a\": [1]}", "{\"a\": [2]}", "a=[2];"},
};

START_TEST(difference)
{
    CLEANUP_JSON json_t *from = json(differences[_i].from);
    CLEANUP_JSON json_t *to = json(differences[_i].to);
    struct operations list = {0};
    ck_assert_int_eq(merge_difference(from, to, MERGE_WHOLE_LISTS, &list), SWEEP_OK);
    assert_flat(&list, differences[_i].operations);
    for (size_t i = 0; i < list.count; i++)
        ck_assert_int_eq(merge_apply(from, &list.items[i]), SWEEP_OK);
    ck_assert(json_equal(from, to));
    operations_deinit(&list);
}
END_TEST

static const struct {
    const char *from, *to, *operations;
} item_differences[] = {
    {"{\"a\": [1, 2]}", "{\"a\": [1, 3]}", "a.1=3;"},
    {"{\"a\": [1, 2]}", "{\"a\": [1]}", "a=[1];"},
    {"{\"a\": [{\"b\": 1, \"c\": 2}, 0]}", "{\"a\": [{\"b\": 3}, 0]}", "a.0.c=-;a.0.b=3;"},
    {"{\"a\": [[1], [2]]}", "{\"a\": [[1], [3]]}", "a.1.0=3;"},
};

START_TEST(difference_of_items)
{
    CLEANUP_JSON json_t *from = json(item_differences[_i].from);
    CLEANUP_JSON json_t *to = json(item_differences[_i].to);
    struct operations list = {0};
    ck_assert_int_eq(merge_difference(from, to, MERGE_LIST_ITEMS, &list), SWEEP_OK);
    assert_flat(&list, item_differences[_i].operations);
    for (size_t i = 0; i < list.count; i++)
        ck_assert_int_eq(merge_apply(from, &list.items[i]), SWEEP_OK);
    ck_assert(json_equal(from, to));
    operations_deinit(&list);
}
END_TEST

/* A mapping that becomes empty is no list of deletions of which the last leaves nothing to say. */
START_TEST(difference_to_an_empty_mapping)
{
    CLEANUP_JSON json_t *from = json("{\"a\": {\"b\": 1, \"c\": 2}}");
    CLEANUP_JSON json_t *to = json("{\"a\": {}}");
    struct operations list = {0};
    ck_assert_int_eq(merge_difference(from, to, MERGE_WHOLE_LISTS, &list), SWEEP_OK);
    for (size_t i = 0; i < list.count; i++)
        ck_assert_int_eq(merge_operation(from, &list.items[i]), SWEEP_OK);
    ck_assert(json_equal(from, to));
    operations_deinit(&list);
}
END_TEST

START_TEST(difference_without_a_path)
{
    CLEANUP_JSON json_t *empty = json_object();
    CLEANUP_JSON json_t *dotted = json("{\"a.b\": 1}");
    struct operations list = {0};
    ck_assert_int_eq(merge_difference(empty, dotted, MERGE_WHOLE_LISTS, &list), SWEEP_INVALID);
    operations_deinit(&list);
    ck_assert_int_eq(merge_difference(dotted, empty, MERGE_WHOLE_LISTS, &list), SWEEP_INVALID);
    operations_deinit(&list);
    ck_assert_int_eq(merge_difference(dotted, dotted, MERGE_WHOLE_LISTS, &list), SWEEP_OK);
    operations_deinit(&list);
}
END_TEST

START_TEST(lists_of_operations)
{
    struct operations list = {0};
    CLEANUP_JSON json_t *value = json_integer(1);
    char path[] = "a.b";
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(operations_add(&list, path, i % 2 == 0 ? value : NULL), SWEEP_OK);
    path[0] = '#';
    ck_assert_uint_eq(list.count, 20);
    ck_assert_str_eq(list.items[19].path, "a.b");
    ck_assert_ptr_null(list.items[19].value);
    ck_assert_ptr_eq(list.items[18].value, value);
    ck_assert_uint_eq(value->refcount, 11);
    operations_deinit(&list);
    ck_assert_uint_eq(value->refcount, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("merge");
    TCase *tc = add_case(suite, "merge");
    tcase_add_loop_test(tc, merge, 0, (int)COUNT(merges));
    tcase_add_test(tc, order_is_kept_and_additions_come_last);
    tcase_add_test(tc, nothing_is_shared);
    tcase_add_test(tc, last_operation_wins);
    tc = add_case(suite, "misfits");
    tcase_add_test(tc, type_rules);
    tcase_add_loop_test(tc, mismatch, 0, (int)COUNT(misfits));
    tcase_add_test(tc, blocked_way_leaves_the_tree);
    tc = add_case(suite, "operations");
    tcase_add_loop_test(tc, flatten, 0, (int)COUNT(flattenings));
    tcase_add_loop_test(tc, difference, 0, (int)COUNT(differences));
    tcase_add_loop_test(tc, difference_of_items, 0, (int)COUNT(item_differences));
    tcase_add_test(tc, difference_to_an_empty_mapping);
    tcase_add_test(tc, difference_without_a_path);
    tcase_add_test(tc, lists_of_operations);
    return check_main(suite);
}
