/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/json_source.h"
#include "tests/unit/check_main.h"

static struct sweep_findings *findings;
static struct json_source *source;

static void set_up(void)
{
    findings = sweep_findings_new();
    source = NULL;
}

static void tear_down(void)
{
    json_source_free(source);
    sweep_findings_free(findings);
}

static enum sweep_code parse(const char *text)
{
    return json_source_parse(text, strlen(text), "s.json", findings, &source);
}

static void parse_good(const char *text)
{
    enum sweep_code code = parse(text);
    ck_assert_msg(code == SWEEP_OK, "%s", message_at(findings, 0));
}

static void assert_at(
    const struct sweep_place *place, unsigned line, unsigned column, unsigned length)
{
    ck_assert_msg(place->line == line && place->column == column && place->length == length,
        "at %u:%u+%u, not at %u:%u+%u", place->line, place->column, place->length, line, column,
        length);
    ck_assert_str_eq(place->file, "s.json");
}

static void assert_text(const struct json_place *place, const char *wanted)
{
    ck_assert_uint_eq(place->length, strlen(wanted));
    ck_assert_mem_eq(place->text, wanted, place->length);
}

START_TEST(places)
{
    parse_good("{\n"
               "\t\"a\": 1e-4,\n"
               "  \"b\" :\n"
               "    [true, \"x\", {\"c\": null}] , \"d\":{}\n"
               "}\n");
    const struct json_place *root = source->root;
    assert_at(&root->value, 1, 1, 1);
    const struct json_place *a = json_place_member(root, "a");
    assert_at(&a->key, 2, 2, 3); /* a tab is one column */
    assert_at(&a->value, 2, 7, 4);
    assert_text(a, "1e-4");
    ck_assert_str_eq(a->name, "a");
    const struct json_place *b = json_place_member(root, "b");
    assert_at(&b->key, 3, 3, 3);
    assert_at(&b->value, 4, 5, 1);
    assert_text(b, "[true, \"x\", {\"c\": null}]");
    const struct json_place *item = b->first;
    assert_at(&item->value, 4, 6, 4);
    assert_at(&item->next->value, 4, 12, 3);
    assert_text(item->next, "\"x\"");
    assert_at(&json_place_member(item->next->next, "c")->value, 4, 23, 4);
    ck_assert_ptr_null(item->next->next->next);
    assert_at(&json_place_member(root, "d")->value, 4, 36, 1);
    ck_assert_ptr_null(json_place_member(root, "c"));
    ck_assert_ptr_null(json_place_member(a, "x"));
}
END_TEST

START_TEST(columns_are_characters)
{
    parse_good("{\"\xc3\xa9\": \"\xe4\xb8\xad\xf0\x9f\x98\x80\", \"b\": 1}");
    const struct json_place *first = json_place_member(source->root, "\xc3\xa9");
    assert_at(&first->key, 1, 2, 3);
    assert_at(&first->value, 1, 7, 4);
    assert_at(&json_place_member(source->root, "b")->key, 1, 13, 3);
}
END_TEST

START_TEST(keys_are_decoded)
{
    parse_good("{\"a\\u00e9\\n\\\"\\\\\": 1, \"\\ud83d\\ude00\": 2}");
    assert_text(json_place_member(source->root, "a\xc3\xa9\n\"\\"), "1");
    assert_text(json_place_member(source->root, "\xf0\x9f\x98\x80"), "2");
}
END_TEST

START_TEST(lines_of_all_kinds)
{
    parse_good("\r\n{\r\n\"a\":\r\n1}\n\n");
    assert_at(&source->root->value, 2, 1, 1);
    assert_at(&source->root->first->key, 3, 1, 3);
    assert_at(&source->root->first->value, 4, 1, 1);
}
END_TEST

START_TEST(byte_order_mark)
{
    const char text[] = "\xef\xbb\xbf{\"a\": 1}";
    parse_good(text);
    assert_at(&source->root->value, 1, 1, 1);
    assert_at(&source->root->first->key, 1, 2, 3);
    ck_assert_uint_eq(source->length, sizeof text - 1); /* the text is unchanged */
    ck_assert_str_eq(source->text, text);
}
END_TEST

START_TEST(any_value_is_a_document)
{
    static const char *const texts[] = {"1", "\"x\"", "null", "[]", " true ", "-0.5e-3"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        parse_good(texts[i]);
        assert_json(source->value, texts[i]);
        json_source_free(source);
        source = NULL;
    }
    json_source_free(NULL);
}
END_TEST

/* --- what is wrong ------------------------------------------------------------------------ */

static const struct {
    const char *text, *code;
    unsigned line, column;
    const char *hint; /* part of it; NULL: not checked */
} mistakes[] = {
    {"", "json-syntax", 1, 1, NULL},
    {"{\"a\": 1", "json-syntax", 1, 8, NULL},
    {"{\n \"a\": [1,\n", "json-syntax", 2, 10, "line 2 is not closed"},
    {"{\"a\": True}", "json-syntax", 1, 7, "write true"},
    {"{\"a\": False}", "json-syntax", 1, 7, "write false"},
    {"{\"a\": None}", "json-syntax", 1, 7, "write null"},
    {"{\"a\": NaN}", "json-syntax", 1, 7, "no NaN"},
    {"{\"a\": Infinity}", "json-syntax", 1, 7, "no Infinity"},
    {"{'a': 1}", "json-syntax", 1, 2, "double quotes"},
    {"{a: 1}", "json-syntax", 1, 2, "double quotes"},
    {"{\n# c\n  \"a\": 1}", "json-syntax", 2, 1, "write //"},
    {"{\"a\": /* \xc3\xa9 */ x}", "json-syntax", 1, 15, "double quotes"},
    {"{\"a\": 1 /* c \n }", "json-syntax", 1, 9, "add */"},
    {"{\"a\": 1 /* \x01 */}", "json-syntax", 1, 12, "remove it"},
    {"{\"a\": 1 // \xff\n}", "json-syntax", 1, 12, "UTF-8"},
    {"{\"a\": 1} /", "json-syntax", 1, 10, NULL},
    {"{\"a\": [1,,]}", "json-syntax", 1, 10, "remove this comma"},
    {"{\"a\": [,]}", "json-syntax", 1, 8, "remove this comma"},
    {"{\"a\":,}", "json-syntax", 1, 6, "write a value"},
    {"{,}", "json-syntax", 1, 2, NULL},
    {"{\"a\": 1},", "json-syntax", 1, 9, "remove it"},
    {"// only this", "json-syntax", 1, 13, NULL},
    {"{\"a\": \"// x\n\"}", "json-syntax", 1, 7, "add \""},
    {"{\"a\": 1 \"b\": 2}", "json-syntax", 1, 8, "comma is missing"},
    {"{\"\xc3\xa9\": 1 \"b\": 2}", "json-syntax", 1, 8, "comma is missing"},
    {"{\"a\": 1}\n{\"b\": 2}", "json-syntax", 2, 1, NULL},
    {"{\"a\": \"x\ty\"}", "json-syntax", 1, 9, "\\t"},
    {"{\"a\": \"\\u0000\"}", "json-syntax", 1, 8, "remove it"},
    {"{\"a\": \"\xff\"}", "json-syntax", 1, 8, "UTF-8"},
    {"{\"a\": 9223372036854775808}", "number-range", 1, 7, NULL},
    {"{\"a\": [1, 1e999]}", "number-range", 1, 11, NULL},
    {"{\"a\": -1e999, \"b\": 1}", "number-range", 1, 7, NULL},
    {"{\"a\": 1,\n \"b\": {\"c\": 1,\n  \"c\": 2}}", "duplicate-key", 3, 3, NULL},
    {"{\"a\": 1, \"\\u0061\": 2}", "duplicate-key", 1, 10, NULL},
};

START_TEST(mistake)
{
    ck_assert_int_eq(parse(mistakes[_i].text), SWEEP_INVALID);
    ck_assert_ptr_null(source);
    ck_assert_msg(strcmp(code_at(findings, 0), mistakes[_i].code) == 0, "%s: %s %s",
        mistakes[_i].text, code_at(findings, 0), message_at(findings, 0));
    if (mistakes[_i].column > 0)
        assert_place(findings, 0, mistakes[_i].line, mistakes[_i].column);
    if (mistakes[_i].hint != NULL)
        ck_assert_msg(strstr(hint_at(findings, 0), mistakes[_i].hint) != NULL, "hint: %s",
            hint_at(findings, 0));
}
END_TEST

START_TEST(duplicates_are_reported_at_each_place)
{
    parse("{\"a\": 1,\n\n\"a\": 2,\n\"a\": 3}");
    sweep_findings_sort(findings);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 3);
    assert_place(findings, 0, 1, 2);
    ck_assert_ptr_nonnull(strstr(message_at(findings, 0), "again in line 3"));
    assert_place(findings, 1, 3, 1);
    ck_assert_ptr_nonnull(strstr(message_at(findings, 1), "the first is in line 1"));
    assert_place(findings, 2, 4, 1);
    ck_assert_ptr_nonnull(strstr(message_at(findings, 2), "the first is in line 1"));
}
END_TEST

static const struct {
    const char *text, *value;
} relaxed[] = {
    {"// a \" { [ :\n{\"a\": 1}", "{\"a\": 1}"},
    {"{\"a\": /* ] \" */ 1}", "{\"a\": 1}"},
    {"{\"a\": 1, // last\r\n}\r\n// end", "{\"a\": 1}"},
    {"{\"a\"/**/:/**/[1,/***/2,/* , */],}/**/", "{\"a\": [1, 2]}"},
    {"[1 , ]", "[1]"},
    {"[[],{},\"\",null,]", "[[], {}, \"\", null]"},
    {"{\"// a\": \"/* b */ ,]\"}", "{\"// a\": \"/* b */ ,]\"}"},
    {"[\"\\\"//\", 2] // \"", "[\"\\\"//\", 2]"},
    {"[1]//", "[1]"},
    {"[1]//\r", "[1]"},
};

START_TEST(comments_and_trailing_commas)
{
    const char *text = relaxed[_i].text;
    parse_good(text);
    assert_json(source->value, relaxed[_i].value);
    ck_assert_str_eq(source->text, text); /* the text is unchanged */
    const struct json_input input = {
        .text = text, .length = strlen(text), .file = "s.json", .strict = true};
    struct json_source *strict = NULL;
    bool is_json = strstr(text, "\"// a") != NULL;
    ck_assert_int_eq(
        json_source_parse_input(&input, findings, &strict), is_json ? SWEEP_OK : SWEEP_INVALID);
    json_source_free(strict);
    if (!is_json)
        ck_assert_ptr_nonnull(strstr(hint_at(findings, 0), "remove"));
}
END_TEST

START_TEST(comments_keep_places)
{
    parse_good("/* \xc3\xa9 */ {\n"
               "/* 1\n 2 */ \"a\" /* \xe4\xb8\xad */: 7, // x\n"
               "\"b\": [1, /* z */ 2,]}");
    const struct json_place *a = json_place_member(source->root, "a");
    assert_at(&source->root->value, 1, 9, 1);
    assert_at(&a->key, 3, 7, 3);
    assert_at(&a->value, 3, 20, 1);
    const struct json_place *b = json_place_member(source->root, "b");
    assert_at(&b->first->next->value, 4, 18, 1);
    ck_assert_ptr_null(b->first->next->next);
}
END_TEST

START_TEST(comments_do_not_count_as_depth_or_keys)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "[ // ");
    strbuf_repeat(&text, '[', 2 * JSON_MAX_DEPTH);
    strbuf_repeat(&text, ':', 2 * JSON_MAX_KEYS);
    strbuf_puts(&text, "\n]");
    parse_good(text.data);
}
END_TEST

START_TEST(bytes_not_utf8_or_nul)
{
    ck_assert_int_eq(
        json_source_parse("{\"a\0b\": 1}", 10, "s.json", findings, &source), SWEEP_INVALID);
    ck_assert_int_eq(json_source_parse("{}\0", 3, "s.json", findings, &source), SWEEP_INVALID);
}
END_TEST

/* --- limits ------------------------------------------------------------------------------- */

/* Parses the buffer and frees the result. */
static enum sweep_code parse_buffer(const struct strbuf *text)
{
    enum sweep_code code = json_source_parse(text->data, text->length, "s.json", findings, &source);
    json_source_free(source);
    source = NULL;
    return code;
}

/* jansson reads a number or word with a NUL after it as if the NUL were not there. */
START_TEST(nul_after_a_value)
{
    static const struct {
        const char *text;
        size_t length;
        unsigned column;
    } cases[] = {{"{\"a\": 1\0}", 9, 8}, {"[1.5e3\0, 2]", 11, 7}, {"{\"a\": true\0}", 12, 11},
        {"1\0", 2, 2}, {"{\"a\": 1}\n\0", 11, 1}, {"{\"a\"\0: 1}", 10, 5}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sweep_findings *found = sweep_findings_new();
        struct json_source *none = NULL;
        ck_assert_int_eq(json_source_parse(cases[i].text, cases[i].length, "s.json", found, &none),
            SWEEP_INVALID);
        ck_assert_ptr_null(none);
        ck_assert_str_eq(code_at(found, 0), "json-syntax");
        ck_assert_ptr_nonnull(strstr(message_at(found, 0), "NUL character"));
        ck_assert_uint_eq(sweep_findings_get(found, 0)->place.column, cases[i].column);
        sweep_findings_free(found);
    }
}
END_TEST

START_TEST(depth)
{
    for (size_t n = JSON_MAX_DEPTH; n <= JSON_MAX_DEPTH + 1; n++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        strbuf_repeat(&text, '[', n);
        strbuf_repeat(&text, ']', n);
        ck_assert_int_eq(parse_buffer(&text), n == JSON_MAX_DEPTH ? SWEEP_OK : SWEEP_INVALID);
    }
    ck_assert_str_eq(code_at(findings, 0), "too-deep");
    CLEANUP_STRBUF struct strbuf deep = {0};
    strbuf_repeat(&deep, '[', 500000);
    ck_assert_int_eq(parse_buffer(&deep), SWEEP_INVALID);
}
END_TEST

START_TEST(size)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "{}");
    strbuf_repeat(&text, ' ', JSON_MAX_BYTES - 2);
    ck_assert_int_eq(parse_buffer(&text), SWEEP_OK);
    strbuf_putc(&text, ' ');
    ck_assert_int_eq(parse_buffer(&text), SWEEP_INVALID);
    ck_assert_str_eq(code_at(findings, 0), "too-large");
}
END_TEST

START_TEST(string_length)
{
    for (size_t n = JSON_MAX_STRING; n <= JSON_MAX_STRING + 1; n++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        strbuf_puts(&text, "{\"k\": \"");
        strbuf_repeat(&text, 'x', n);
        strbuf_puts(&text, "\"}");
        ck_assert_int_eq(parse_buffer(&text), n == JSON_MAX_STRING ? SWEEP_OK : SWEEP_INVALID);
    }
    ck_assert_str_eq(code_at(findings, 0), "too-long");
    assert_place(findings, 0, 1, 7);
}
END_TEST

START_TEST(number_of_keys)
{
    for (int n = JSON_MAX_KEYS; n <= JSON_MAX_KEYS + 1; n++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        for (int i = 0; i < n; i++)
            strbuf_printf(&text, "%c\"k%d\":%d", i == 0 ? '{' : ',', i, i);
        strbuf_putc(&text, '}');
        ck_assert_int_eq(parse_buffer(&text), n == JSON_MAX_KEYS ? SWEEP_OK : SWEEP_INVALID);
    }
    ck_assert_str_eq(code_at(findings, 0), "too-large");
}
END_TEST

/* Programs write JSON on one line, which must not take quadratic time. */
START_TEST(long_lines)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_putc(&text, '[');
    for (int i = 0; i < 100000; i++)
        strbuf_printf(&text, "%s%d", i > 0 ? "," : "", i);
    strbuf_putc(&text, ']');
    ck_assert_int_eq(parse_buffer(&text), SWEEP_OK);
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
    Suite *suite = suite_create("json_source");
    TCase *tc = add_parsing(suite, "places");
    tcase_add_test(tc, places);
    tcase_add_test(tc, columns_are_characters);
    tcase_add_test(tc, keys_are_decoded);
    tcase_add_test(tc, lines_of_all_kinds);
    tcase_add_test(tc, byte_order_mark);
    tcase_add_test(tc, any_value_is_a_document);
    tc = add_parsing(suite, "mistakes");
    tcase_add_loop_test(tc, mistake, 0, (int)COUNT(mistakes));
    tcase_add_test(tc, duplicates_are_reported_at_each_place);
    tcase_add_test(tc, bytes_not_utf8_or_nul);
    tc = add_parsing(suite, "comments");
    tcase_add_loop_test(tc, comments_and_trailing_commas, 0, (int)COUNT(relaxed));
    tcase_add_test(tc, comments_keep_places);
    tcase_add_test(tc, comments_do_not_count_as_depth_or_keys);
    tc = add_parsing(suite, "limits");
    tcase_add_test(tc, nul_after_a_value);
    tcase_add_test(tc, depth);
    tcase_add_test(tc, size);
    tcase_add_test(tc, string_length);
    tcase_add_test(tc, number_of_keys);
    tc = add_parsing(suite, "speed");
    tcase_set_timeout(tc, 10);
    tcase_add_test(tc, long_lines);
    return check_main(suite);
}
