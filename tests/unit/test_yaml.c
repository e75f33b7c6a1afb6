/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/yaml.h"
#include "tests/unit/check_main.h"

static struct sweep_findings *findings;
static struct yaml_doc *doc;

static void set_up(void)
{
    findings = sweep_findings_new();
    doc = NULL;
}

static void tear_down(void)
{
    yaml_doc_free(doc);
    sweep_findings_free(findings);
}

static enum sweep_code parse(const char *text)
{
    return yaml_parse(text, strlen(text), "f", findings, &doc);
}

static void parse_good(const char *text)
{
    enum sweep_code code = parse(text);
    ck_assert_msg(code == SWEEP_OK, "%s: %s", text, message_at(findings, 0));
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 0);
}

/* The bytes that a node came from. */
static void assert_source(const char *path, const char *wanted)
{
    const struct yaml_node *node = yaml_find(doc, path);
    ck_assert_msg(node != NULL, "no %s", path);
    ck_assert_msg(node->end <= doc->length && node->end - node->start == strlen(wanted) &&
                      memcmp(doc->text + node->start, wanted, strlen(wanted)) == 0,
        "%s is \"%.*s\"", path, (int)(node->end - node->start), doc->text + node->start);
}

/* --- trees -------------------------------------------------------------------------------- */

static const struct {
    const char *text, *tree;
    bool exotic;
} trees[] = {
    {"a: 1\nb: {c: [x, 2.5, null, True]}\nd:\n  - e\n  - f: g\n",
        "{\"a\": 1, \"b\": {\"c\": [\"x\", 2.5, null, true]}, \"d\": [\"e\", {\"f\": \"g\"}]}",
        false},
    {"a:\nb: ''\nc: \"\"\n", "{\"a\": null, \"b\": \"\", \"c\": \"\"}", false},
    {"'1': 2\n\"true\": 3\n", "{\"1\": 2, \"true\": 3}", false},
    {"a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{\"a\": \"x\\ny\\n\", \"b\": \"x y\"}", false},
    {"a: x\n  y\n", "{\"a\": \"x y\"}", false},
    {"a: \"x\\\n  y\"\n", "{\"a\": \"xy\"}", false},
    {"{a: 1, b: [2, 3,], }\n", "{\"a\": 1, \"b\": [2, 3]}", false},
    {"---\na: 1\n...\n", "{\"a\": 1}", false},
    {"%YAML 1.1\n---\na: yes\n", "{\"a\": true}", false},
    /* no document, or one that is null */
    {"", "{}", false},
    {"\n\n", "{}", false},
    {"# only a comment\n", "{}", false},
    {"---\n", "{}", false},
    {"~\n", "{}", false},
    {"{}\n", "{}", false},
    /* a byte order mark, CRLF */
    {"\xef\xbb\xbf"
     "a: 1\n",
        "{\"a\": 1}", false},
    {"a: 1\r\nb: |\r\n  x\r\n  y\r\n", "{\"a\": 1, \"b\": \"x\\ny\\n\"}", false},
    {"caf\xc3\xa9: \xf0\x9f\x98\x80\n", "{\"caf\xc3\xa9\": \"\xf0\x9f\x98\x80\"}", false},
    /* anchors and aliases: each use is a copy */
    {"a: &x {b: 1}\nc: *x\nd: [*x, *x]\n",
        "{\"a\": {\"b\": 1}, \"c\": {\"b\": 1}, \"d\": [{\"b\": 1}, {\"b\": 1}]}", true},
    {"a: &x 5\nb: *x\n", "{\"a\": 5, \"b\": 5}", true},
    {"a: &x\nb: *x\n", "{\"a\": null, \"b\": null}", true},
    /* merge keys: a key of the mapping itself takes precedence, then the first source */
    {"a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n",
        "{\"a\": {\"p\": 1, \"q\": 2}, \"b\": {\"q\": 3, \"p\": 1}}", true},
    {"a: &x {p: 1, q: 2}\nb:\n  q: 3\n  <<: *x\n",
        "{\"a\": {\"p\": 1, \"q\": 2}, \"b\": {\"q\": 3, \"p\": 1}}", true},
    {"a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y]}\n",
        "{\"a\": {\"p\": 1}, \"b\": {\"p\": 2, \"q\": 2}, \"c\": {\"p\": 1, \"q\": 2}}", true},
    {"a: {<<: {p: 1}, q: 2}\n", "{\"a\": {\"p\": 1, \"q\": 2}}", true},
    {"a: &x {p: 1}\nb: &y {<<: *x, q: 2}\nc: {<<: *y}\n",
        "{\"a\": {\"p\": 1}, \"b\": {\"p\": 1, \"q\": 2}, \"c\": {\"p\": 1, \"q\": 2}}", true},
    {"a: {'<<': 1}\n", "{\"a\": {\"<<\": 1}}", false},
    /* tags */
    {"a: !!str 1\nb: !!int '2'\nc: !!float 3\nd: !!map {}\ne: !!seq []\nf: ! 4\n",
        "{\"a\": \"1\", \"b\": 2, \"c\": 3.0, \"d\": {}, \"e\": [], \"f\": \"4\"}", true},
    {"!!map\na: 1\n", "{\"a\": 1}", true},
};

START_TEST(tree)
{
    parse_good(trees[_i].text);
    assert_json(doc->tree, trees[_i].tree);
    ck_assert(doc->exotic == trees[_i].exotic);
    ck_assert_str_eq(doc->text, trees[_i].text);
}
END_TEST

START_TEST(nothing_is_shared)
{
    parse_good("a: &x {p: [1]}\nb: *x\nc: {<<: *x}\n");
    json_t *a = json_object_get(doc->tree, "a"), *b = json_object_get(doc->tree, "b");
    ck_assert_ptr_ne(a, b);
    json_t *lists[] = {json_object_get(a, "p"), json_object_get(b, "p"),
        json_object_get(json_object_get(doc->tree, "c"), "p")};
    ck_assert(lists[0] != lists[1] && lists[1] != lists[2] && lists[0] != lists[2]);
    json_array_clear(lists[0]);
    ck_assert_uint_eq(json_array_size(lists[2]), 1);
}
END_TEST

/* --- what is refused ---------------------------------------------------------------------- */

static const struct {
    const char *text, *code;
    unsigned line, column;
} refusals[] = {
    {"a: 1\nb: [1\nc: 2\n", "yaml-syntax", 2, 4},
    {"a: 1\n  b: 2\n", "yaml-syntax", 2, 3},
    {"a: 1\n\tb: 2\n", "yaml-syntax", 2, 1},
    {"a: \"x\n", "yaml-syntax", 1, 4},
    {"a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1},
    {"k:\n  a: 1\n  'a': 3\n", "duplicate-key", 3, 3},
    {"k: {a: 1, b: 2, a: 3}\n", "duplicate-key", 1, 17},
    {"caf\xc3\xa9: {\xc3\xa9: 1, \xc3\xa9: 2}\n", "duplicate-key", 1, 14},
    {"1: a\n", "bad-key", 1, 1},
    {"a: {true: 1}\n", "bad-key", 1, 5},
    {"a:\n  ~: 1\n", "bad-key", 2, 3},
    {"? [a]\n: 1\n", "bad-key", 1, 3},
    {"\"a\\0b\": 1\n", "bad-key", 1, 1},
    {"a: 1\n---\nb: 2\n", "several-documents", 2, 1},
    {"a: 1\n...\n---\nb: 2\n", "several-documents", 3, 1},
    {"- a\n", "not-a-mapping", 1, 1},
    {"text\n", "not-a-mapping", 1, 1},
    {"7\n", "not-a-mapping", 1, 1},
    {"''\n", "not-a-mapping", 1, 1},
    {"a: 9223372036854775808\n", "int-range", 1, 4},
    {"a: [1, -.inf]\n", "not-finite", 1, 8},
    {"a: .nan\n", "not-finite", 1, 4},
    {"a: 1e999\n", "not-finite", 1, 4},
    {"a: =\n", "bad-scalar", 1, 4},
    {"a: <<\n", "bad-scalar", 1, 4},
    {"a: *x\n", "unknown-alias", 1, 4},
    {"a: *x\nb: &x 1\n", "unknown-alias", 1, 4},
    {"a: &x 1\nb: &x 2\n", "duplicate-anchor", 2, 4},
    {"a: !!int x\n", "bad-tag", 1, 4},
    {"a: !x 1\n", "bad-tag", 1, 4},
    {"a: !!python/object:os.system {}\n", "bad-tag", 1, 4},
    {"a: !!str [1]\n", "bad-tag", 1, 4},
    {"a: !!seq {}\n", "bad-tag", 1, 4},
    {"a: {<<: 1}\n", "bad-merge", 1, 9},
    {"a: {<<: [{b: 1}, 2]}\n", "bad-merge", 1, 18},
    {"ab: 1\ncaf\xc3\xa9 \xff\n", "not-utf8", 2, 6},
    {"\xed\xa0\x80: 1\n", "not-utf8", 1, 1},
    {"a: &x [*x]\n", "too-large", 1, 7},
};

START_TEST(refused)
{
    ck_assert_int_eq(parse(refusals[_i].text), SWEEP_INVALID);
    ck_assert_ptr_null(doc);
    ck_assert_str_eq(code_at(findings, 0), refusals[_i].code);
    if (strcmp(refusals[_i].code, "too-large") != 0)
        assert_place(findings, 0, refusals[_i].line, refusals[_i].column);
    ck_assert_str_eq(sweep_findings_get(findings, 0)->place.file, "f");
}
END_TEST

START_TEST(duplicate_names_the_first_line)
{
    parse("x: 0\nk:\n  a: 1\n  b: 2\n  a: 3\n");
    ck_assert_ptr_nonnull(strstr(message_at(findings, 0), "line 3"));
    ck_assert_ptr_nonnull(strstr(message_at(findings, 0), "\"a\""));
}
END_TEST

START_TEST(all_findings_at_once)
{
    ck_assert_int_eq(parse("a: 1\na: 2\nb: .inf\nc: {1: 2}\n"), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "duplicate-key");
    ck_assert_str_eq(code_at(findings, 1), "not-finite");
    ck_assert_str_eq(code_at(findings, 2), "bad-key");
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 3);
}
END_TEST

START_TEST(without_findings)
{
    ck_assert_int_eq(yaml_parse("a: [", 4, "f", NULL, &doc), SWEEP_INVALID);
    ck_assert_ptr_null(doc);
    ck_assert_int_eq(yaml_parse("a: 1", 4, "f", NULL, &doc), SWEEP_OK);
}
END_TEST

/* --- limits ------------------------------------------------------------------------------- */

static void nested(struct strbuf *out, size_t depth)
{
    strbuf_puts(out, "a: ");
    strbuf_repeat(out, '[', depth);
    strbuf_repeat(out, ']', depth);
    strbuf_putc(out, '\n');
}

START_TEST(depth)
{
    CLEANUP_STRBUF struct strbuf text = {0}, deeper = {0}, deepest = {0};
    nested(&text, YAML_MAX_DEPTH - 1);
    parse_good(text.data);
    yaml_doc_free(doc);
    doc = NULL;
    nested(&deeper, YAML_MAX_DEPTH);
    ck_assert_int_eq(parse(deeper.data), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-deep");
    nested(&deepest, 100000); /* and the stack does not overflow */
    ck_assert_int_eq(parse(deepest.data), SWEEP_INVALID);
}
END_TEST

START_TEST(size)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "a: 1\n#");
    strbuf_repeat(&text, 'x', YAML_MAX_BYTES - text.length);
    parse_good(text.data);
    strbuf_putc(&text, 'x');
    yaml_doc_free(doc);
    doc = NULL;
    ck_assert_int_eq(parse(text.data), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-large");
}
END_TEST

START_TEST(bomb)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++) {
        strbuf_printf(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            strbuf_printf(&text, "%s*a%d", k > 0 ? ", " : "", i - 1);
        strbuf_puts(&text, "]\n");
    }
    ck_assert_int_eq(parse(text.data), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-large");
}
END_TEST

START_TEST(merge_bomb)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "a0: &a0 {x: 1}\n");
    for (int i = 1; i < 25; i++)
        strbuf_printf(&text, "a%d: &a%d {<<: [*a%d, *a%d], y: *a%d}\n", i, i, i - 1, i - 1, i - 1);
    ck_assert_int_eq(parse(text.data), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-large");
}
END_TEST

/* --- places and sources ------------------------------------------------------------------- */

static const char sample[] = "# \xc3\xa9\xe2\x82\xac\n"
                             "\xc3\xa9t\xc3\xa9: '\xf0\x9f\x98\x80'  # c\n"
                             "block:\n"
                             "  one: 1  # first\n"
                             "  list:\n"
                             "    - a\n"
                             "    - b   # last\n"
                             "\n"
                             "# between\n"
                             "flow: {x: [1,\n"
                             "  2], y: \"q\"}  # f\n"
                             "text: |\n"
                             "  line\n"
                             "  line\n"
                             "\n"
                             "empty:\n"
                             "last: x y";

START_TEST(sources)
{
    parse_good(sample);
    assert_source("\xc3\xa9t\xc3\xa9", "'\xf0\x9f\x98\x80'");
    assert_source("block.one", "1");
    assert_source("block.list", "- a\n    - b");
    assert_source("block", "one: 1  # first\n  list:\n    - a\n    - b");
    assert_source("flow", "{x: [1,\n  2], y: \"q\"}");
    assert_source("flow.x", "[1,\n  2]");
    assert_source("flow.y", "\"q\"");
    assert_source("last", "x y");
    const struct yaml_node *text = yaml_find(doc, "text");
    ck_assert_mem_eq(doc->text + text->start, "|\n  line\n  line\n", 16);
    ck_assert_str_eq(text->text, "line\nline\n");
    const struct yaml_node *empty = yaml_find(doc, "empty");
    ck_assert_uint_eq(empty->start, empty->end);
    ck_assert(yaml_find(doc, "flow")->flow && !yaml_find(doc, "block")->flow);
    ck_assert(yaml_find(doc, "last")->plain && !yaml_find(doc, "flow.y")->plain);
    ck_assert_ptr_null(yaml_find(doc, "block.two"));
    ck_assert_ptr_null(yaml_find(doc, "block.one.x"));
    ck_assert_ptr_null(yaml_find(doc, ""));
}
END_TEST

START_TEST(sources_behind_a_mark)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "\xef\xbb\xbf");
    strbuf_puts(&text, sample);
    parse_good(text.data);
    assert_source("block.one", "1");
    assert_source("flow", "{x: [1,\n  2], y: \"q\"}");
    assert_source("last", "x y");
}
END_TEST

START_TEST(sources_of_ascii_behind_a_mark)
{
    parse_good("\xef\xbb\xbf"
               "a: 1\nb: two");
    assert_source("a", "1");
    assert_source("b", "two");
}
END_TEST

START_TEST(sources_with_crlf)
{
    parse_good("a: 1\r\nb:\r\n  c: x  # y\r\n  d: [1,\r\n  2]\r\ne: |\r\n  t\r\n");
    assert_source("a", "1");
    assert_source("b", "c: x  # y\r\n  d: [1,\r\n  2]");
    assert_source("b.c", "x");
    assert_source("b.d", "[1,\r\n  2]");
}
END_TEST

static void assert_at(const char *path, unsigned line, unsigned column, unsigned length)
{
    struct sweep_place place = yaml_place(doc, "g", path);
    ck_assert_str_eq(place.file, "g");
    ck_assert_msg(place.line == line && place.column == column && place.length == length,
        "%s is at %u:%u+%u", path, place.line, place.column, place.length);
}

START_TEST(places)
{
    parse_good(sample);
    assert_at("block.one", 4, 3, 3);
    assert_at("block.list", 5, 3, 4);
    assert_at("flow.y", 11, 7, 1);
    assert_at("last", 17, 1, 4);
    assert_at("block.missing.deeper", 3, 1, 5); /* the closest parent */
    assert_at("\xc3\xa9t\xc3\xa9", 2, 1, 3);    /* characters, not bytes */
    ck_assert_uint_eq(yaml_place(doc, "g", "missing").line, 1);
    ck_assert_uint_eq(yaml_place(doc, "g", "..").line, 1);
}
END_TEST

/* Keys of a mapping that is large enough for an index. */
START_TEST(large_mapping)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    for (int i = 0; i < 200; i++)
        strbuf_printf(&text, "k%d: v%d\n", i, i);
    strbuf_puts(&text, "<<: {k7: merged, other: 1}\n");
    parse_good(text.data);
    assert_source("k0", "v0");
    assert_source("k199", "v199");
    ck_assert_ptr_null(yaml_find(doc, "k200"));
    ck_assert_ptr_null(yaml_find(doc, "other"));
    ck_assert_uint_eq(yaml_place(doc, "g", "k120.x").line, 121);
    yaml_doc_free(doc);
    doc = NULL;
    strbuf_puts(&text, "k150: again\nk3: again\n");
    ck_assert_int_eq(parse(text.data), SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 2);
    ck_assert_str_eq(
        message_at(findings, 0), "duplicate key \"k150\"; the first is in line 151, column 1");
    ck_assert_str_eq(
        message_at(findings, 1), "duplicate key \"k3\"; the first is in line 4, column 1");
}
END_TEST

START_TEST(lines_and_columns_count_characters)
{
    parse_good(sample);
    const struct yaml_node *node = yaml_find(doc, "\xc3\xa9t\xc3\xa9");
    ck_assert_uint_eq(node->line, 2);
    ck_assert_uint_eq(node->column, 6);
    ck_assert_uint_eq(yaml_find(doc, "flow.y")->line, 11);
    ck_assert_uint_eq(yaml_find(doc, "flow.y")->column, 10);
}
END_TEST

START_TEST(aliases_are_not_followed)
{
    parse_good("a: &x {b: 1}\nc: *x\n");
    const struct yaml_node *alias = yaml_find(doc, "c");
    ck_assert_int_eq(alias->kind, YAML_ALIAS);
    ck_assert_ptr_eq(alias->target, yaml_find(doc, "a"));
    ck_assert_str_eq(alias->target->anchor, "x");
    ck_assert_ptr_null(yaml_find(doc, "c.b"));
    yaml_doc_free(NULL);
}
END_TEST

static TCase *add_parsing(Suite *suite, const char *name)
{
    TCase *tc = add_case(suite, name);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("yaml");
    TCase *tc = add_parsing(suite, "trees");
    tcase_add_loop_test(tc, tree, 0, (int)COUNT(trees));
    tcase_add_test(tc, nothing_is_shared);
    tc = add_parsing(suite, "refusals");
    tcase_add_loop_test(tc, refused, 0, (int)COUNT(refusals));
    tcase_add_test(tc, duplicate_names_the_first_line);
    tcase_add_test(tc, all_findings_at_once);
    tcase_add_test(tc, without_findings);
    tc = add_parsing(suite, "limits");
    tcase_add_test(tc, depth);
    tcase_add_test(tc, size);
    tcase_add_test(tc, bomb);
    tcase_add_test(tc, merge_bomb);
    tc = add_parsing(suite, "places");
    tcase_add_test(tc, sources);
    tcase_add_test(tc, sources_behind_a_mark);
    tcase_add_test(tc, sources_of_ascii_behind_a_mark);
    tcase_add_test(tc, sources_with_crlf);
    tcase_add_test(tc, places);
    tcase_add_test(tc, large_mapping);
    tcase_add_test(tc, lines_and_columns_count_characters);
    tcase_add_test(tc, aliases_are_not_followed);
    return check_main(suite);
}
