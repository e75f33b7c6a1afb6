/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/plan/axis_reads.h"
#include "tests/unit/check_helper.h"
#include "tests/unit/spec_helper.h"

static struct axis_reads reads;

static void tear_down(void)
{
    axis_reads_deinit(&reads);
    spec_tear_down();
}

/* The axes that a path depends on, by their keys: "a b". */
static void assert_depends(const char *path, const char *wanted)
{
    struct axis_set set;
    CLEANUP_STRBUF struct strbuf found = {0};
    ck_assert(axis_set_init(&set, spec.axes.count));
    axis_reads_collect(&reads, path, &set);
    size_t count = 0;
    for (size_t i = 0; i < set.size; i++)
        if (set.has[i]) {
            strbuf_printf(&found, "%s%s", count > 0 ? " " : "", spec.axes.items[i].key);
            count++;
        }
    ck_assert_uint_eq(set.count, count);
    ck_assert_msg(strcmp(found.data != NULL ? found.data : "", wanted) == 0, "%s depends on \"%s\"",
        path, found.data != NULL ? found.data : "");
    axis_set_deinit(&set);
}

/* A config and the grid of a spec. */
static void depend(const char *config, const char *grid)
{
    CLEANUP_STRBUF struct strbuf part = {0};
    CLEANUP_JSON json_t *tree = tree_from(config);
    strbuf_printf(&part, "\"grid\": {%s}", grid);
    ck_assert_msg(read_part(part.data) == SWEEP_OK, "%s", message_at(findings, 0));
    axis_reads_init(&reads, &spec.axes, tree);
    ck_assert(!reads.oom);
}

static const struct {
    const char *config, *grid, *path, *axes;
} cases[] = {
    /* the path of an axis, paths inside it, and paths that contain it */
    {"a: 1\nb: 2\n", "\"a\": [1, 2], \"b\": [1, 2]", "a", "a"},
    {"a: 1\n", "\"a\": [1, 2], \"b\": [1, 2]", "c", ""},
    {"a: {x: 1}\n", "\"a.x\": [1, 2], \"a.y\": [1, 2]", "a.x", "a.x"},
    {"a: {x: 1}\n", "\"a.x\": [1, 2], \"a.y\": [1, 2]", "a", "a.x a.y"},
    {"a: {x: 1}\n", "\"a.x\": [1, 2]", "a.x.z", "a.x"},
    {"a: {x: 1}\n", "\"a.x\": [1, 2]", "a.xx", ""},
    {"a: {x: 1}\n", "\"a\": [{\"x\": 1}, {\"x\": 2}]", "a.x", "a"},
    /* an axis of one value does not count */
    {"a: 1\n", "\"a\": [1], \"b\": [1, 2]", "a", ""},
    /* several paths of one axis */
    {"", "\"lora\": [{\"rank\": 1, \"alpha\": 2}, {\"rank\": 2, \"alpha\": 4}]", "model.lora_alpha",
        "lora"},
    /* references, one after the other, and in text */
    {"a: ${b}\nb: 1\n", "\"b\": [1, 2]", "a", "b"},
    {"a: x${b}-${c.d}\n", "\"b\": [1, 2], \"c.d\": [1, 2], \"e\": [1, 2]", "a", "b c.d"},
    {"a: ${b}\nb: ${c}\nc: ${d}\n", "\"d\": [1, 2]", "a", "d"},
    {"a: ${b}\nb: ${c}\nc: ${d}\n", "\"d\": [1, 2], \"b\": [1, 2]", "c", "d"},
    {"a: ${b}\n", "\"b.x\": [1, 2], \"bx\": [1, 2]", "a", "b.x"},
    {"a: ${b.x.y}\n", "\"b\": [{\"x\": 1}, {\"x\": 2}]", "a", "b"},
    {"a: {m: [1, {n: '${b}'}]}\n", "\"b\": [1, 2]", "a.m.1.n", "b"},
    {"a: {m: [1, {n: '${b}'}]}\n", "\"b\": [1, 2]", "a.m", "b"},
    {"a: {m: [1, {n: '${b}'}]}\n", "\"b\": [1, 2]", "a.m.0", ""},
    /* relative ones */
    {"a: {x: '${.y}', y: 1}\n", "\"a.y\": [1, 2], \"y\": [1, 2]", "a.x", "a.y"},
    {"a: {x: '${..y}', y: 1}\n", "\"a.y\": [1, 2], \"y\": [1, 2]", "a.x", "y"},
    {"a: [1, '${.0}', '${..y}']\n", "\"y\": [1, 2]", "a.2", "y"},
    {"a: {x: ['${..y}']}\n", "\"a.y\": [1, 2]", "a.x.0", "a.y"},
    /* brackets, and references inside references: the part before them */
    {"a: ${b[0].x}\n", "\"b\": [[1], [2]]", "a", "b"},
    {"a: ${b.${c}}\n", "\"b.x\": [1, 2], \"c\": [\"x\", \"y\"]", "a", "b.x c"},
    {"a: ${b[${c}]}\n", "\"b.x\": [1, 2], \"c\": [\"x\", \"y\"]", "a", "b.x c"},
    {"a: ${${c}}\n", "\"c\": [\"x\", \"y\"]", "a", "c"},
    {"a: ${ b }\n", "\"b\": [1, 2]", "a", "b"},
    {"a: ${\tb}\n", "\"b\": [1, 2]", "a", "b"},
    {"a: ${[b].c}\n", "\"b\": [{\"c\": 1}, {\"c\": 2}]", "a", "b"},
    {"a: ${oc.env:${b}}\n", "\"b\": [\"x\", \"y\"]", "a", "b"},
    /* the value of an axis may be a reference */
    {"a: 1\n", "\"a\": [1, \"${b}\"], \"b\": [1, 2]", "a", "a b"},
    {"a: 1\nc: ${a}\n", "\"a\": [1, \"${b}\"], \"b\": [1, 2]", "c", "a b"},
    {"a: {}\n", "\"a\": [{\"x\": \"${b}\"}, {\"x\": 1}], \"b\": [1, 2]", "a.x", "a b"},
    {"a: 1\n", "\"a\": [\"${b}\"], \"b\": [1, 2]", "a", "b"},
    /* cycles end */
    {"a: ${b}\nb: ${a}\n", "\"b\": [1, 2]", "a", "b"},
    {"a: ${a}\n", "\"b\": [1, 2]", "a", ""},
    /* escaped, or none */
    {"a: $b\n", "\"b\": [1, 2]", "a", ""},
};

START_TEST(path)
{
    depend(cases[_i].config, cases[_i].grid);
    for (int i = 0; i < 2; i++) /* a search does not affect the next one */
        assert_depends(cases[_i].path, cases[_i].axes);
}
END_TEST

/* Which mapping a relative reference starts from is not known before it is followed: a node that is
 * taken from elsewhere keeps its own place. */
START_TEST(through_nodes)
{
    depend("q: ${a.r}\na: ${b}\nb: {r: '${.s}', s: 1}\n", "\"b.s\": [1, 2], \"c\": [1, 2]");
    assert_depends("q", "b.s");
    assert_depends("a", "b.s");
}
END_TEST

START_TEST(links)
{
    depend("a: 1\n", "\"a\": [1, 2], \"b\": [1, 2]");
    assert_depends("output_dir", "");
    axis_reads_link(&reads, "output_dir", "b");
    assert_depends("output_dir", "b");
    axis_reads_link(&reads, "output_dir", "a");
    assert_depends("output_dir", "a b");
}
END_TEST

/* With too many references, every path depends on every axis. */
START_TEST(many_references)
{
    CLEANUP_STRBUF struct strbuf config = {0};
    for (int i = 0; i < 2000; i++)
        strbuf_printf(&config, "k%d: ${k%d}\n", i, i + 1);
    strbuf_puts(&config, "k2000: 1\n");
    depend(config.data, "\"k2000\": [1, 2]");
    assert_depends("k1999", "k2000");
    assert_depends("k0", "k2000");
}
END_TEST

START_TEST(sets)
{
    struct axis_set a, b;
    ck_assert(axis_set_init(&a, 3));
    ck_assert(axis_set_init(&b, 3));
    ck_assert(axis_set_equal(&a, &b));
    axis_set_add(&a, 1);
    axis_set_add(&a, 1);
    ck_assert_uint_eq(a.count, 1);
    ck_assert(!axis_set_equal(&a, &b));
    axis_set_add(&b, 2);
    ck_assert(!axis_set_equal(&a, &b));
    axis_set_add(&a, 2);
    axis_set_add(&b, 1);
    ck_assert(axis_set_equal(&a, &b));
    axis_set_clear(&b);
    ck_assert_uint_eq(b.count, 0);
    ck_assert(!b.has[1] && !b.has[2]);
    axis_set_add(&b, 1);
    ck_assert(axis_set_is_within(&b, &a));
    ck_assert(!axis_set_is_within(&a, &b));
    axis_set_copy(&b, &a);
    ck_assert(axis_set_equal(&a, &b) && axis_set_is_within(&a, &b));
    axis_set_deinit(&a);
    axis_set_deinit(&b);
    ck_assert(axis_set_init(&a, 0));
    axis_set_deinit(&a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("axis_reads");
    TCase *tc = add_case(suite, "axis_reads");
    tcase_add_checked_fixture(tc, spec_set_up, tear_down);
    tcase_add_loop_test(tc, path, 0, (int)COUNT(cases));
    tcase_add_test(tc, through_nodes);
    tcase_add_test(tc, links);
    tcase_add_test(tc, many_references);
    tcase_add_test(tc, sets);
    return check_main(suite);
}
