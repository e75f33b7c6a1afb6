/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/path.h"
#include "tests/unit/check_main.h"

START_TEST(parts)
{
    struct path path;
    ck_assert(path_parse("optimizer.lr", &path));
    ck_assert_uint_eq(path.n_parts, 2);
    ck_assert_str_eq(path.parts[0], "optimizer");
    ck_assert_str_eq(path.parts[1], "lr");
    ck_assert(path_parse("seed", &path));
    ck_assert_uint_eq(path.n_parts, 1);
    ck_assert_str_eq(path.parts[0], "seed");
    ck_assert(path_parse("a b.[0].\xc3\xa9. ", &path)); /* any string without a dot */
    ck_assert_uint_eq(path.n_parts, 4);
    ck_assert_str_eq(path.parts[2], "\xc3\xa9");
    ck_assert_str_eq(path.parts[3], " ");
}
END_TEST

static const char *const malformed[] = {
    "", ".", "a.", ".a", "a..b", "a.b.", "..", "a\nb", "a.\tb", "a.b\x7f", "\x01"};

START_TEST(malformed_path)
{
    struct path path;
    ck_assert_msg(!path_parse(malformed[_i], &path), "\"%s\"", malformed[_i]);
}
END_TEST

START_TEST(limits)
{
    struct path path;
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_repeat(&text, 'a', PATH_MAX_BYTES - 1);
    ck_assert(path_parse(text.data, &path));
    ck_assert_uint_eq(strlen(path.parts[0]), PATH_MAX_BYTES - 1);
    strbuf_putc(&text, 'a');
    ck_assert(!path_parse(text.data, &path));
    text.length = 0;
    for (int i = 0; i < PATH_MAX_PARTS; i++)
        strbuf_puts(&text, i == 0 ? "a" : ".a");
    ck_assert(path_parse(text.data, &path));
    ck_assert_uint_eq(path.n_parts, PATH_MAX_PARTS);
    strbuf_puts(&text, ".a");
    ck_assert(!path_parse(text.data, &path));
}
END_TEST

START_TEST(values)
{
    CLEANUP_JSON json_t *tree =
        json_pack("{s:{s:{s:i}, s:n, s:[i]}, s:i}", "a", "b", "c", 7, "null", "list", 1, "top", 3);
    ck_assert_int_eq(json_integer_value(path_get(tree, "a.b.c")), 7);
    ck_assert_int_eq(json_integer_value(path_get(tree, "top")), 3);
    ck_assert(json_is_null(path_get(tree, "a.null")));
    ck_assert_ptr_eq(path_get(tree, "a.b"), json_object_get(path_get(tree, "a"), "b"));
    static const char *const absent[] = {"b", "a.x", "a.b.c.d", "top.x", "a.null.x", "a.list.9",
        "a.list.-1", "a.list.00", "a.list.x", "", "a.", ".a"};
    for (size_t i = 0; i < COUNT(absent); i++)
        ck_assert_msg(path_get(tree, absent[i]) == NULL, "%s", absent[i]);
    ck_assert_ptr_null(path_get(NULL, "a"));
}
END_TEST

static const struct {
    const char *a, *b;
    bool overlap;
} pairs[] = {
    {"model", "model", true},
    {"model", "model.lora_rank", true},
    {"model.lora", "model.lora_rank", false},
    {"model", "modelx", false},
    {"a.b", "a.c", false},
    {"a.b.c", "a.b", true},
    {"a", "b", false},
    {"a.b", "b", false},
    {"a.bc.d", "a.b", false},
};

START_TEST(overlap)
{
    ck_assert(path_overlaps(pairs[_i].a, pairs[_i].b) == pairs[_i].overlap);
    ck_assert(path_overlaps(pairs[_i].b, pairs[_i].a) == pairs[_i].overlap);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("path");
    TCase *tc = add_case(suite, "path");
    tcase_add_test(tc, parts);
    tcase_add_loop_test(tc, malformed_path, 0, (int)COUNT(malformed));
    tcase_add_test(tc, limits);
    tcase_add_test(tc, values);
    tcase_add_loop_test(tc, overlap, 0, (int)COUNT(pairs));
    return check_main(suite);
}
