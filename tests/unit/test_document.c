/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/document.h"
#include "lib/doc/alias.h"
#include "tests/unit/check_main.h"

static struct yaml_doc *read_document(const char *text)
{
    struct sweep_findings *findings = sweep_findings_new();
    struct yaml_doc *doc = NULL;
    enum sweep_code code = yaml_parse(text, strlen(text), "f", findings, &doc);
    ck_assert_msg(code == SWEEP_OK, "%s: %s", text, message_at(findings, 0));
    sweep_findings_free(findings);
    return doc;
}

struct change {
    const char *before, *path;
    const char *value; /* JSON; NULL deletes */
    const char *after;
};

static json_t *value_of(const struct change *change)
{
    return change->value != NULL ? json_loads(change->value, JSON_DECODE_ANY, NULL) : NULL;
}

/* --- applying ----------------------------------------------------------------------------- */

static const struct change changes[] = {
    {"a: 1  # c\n", "a", "2", "a: 2  # c\n"},
    {"a: 1  # c\n", "b", NULL, "a: 1  # c\n"},
    /* what has the value already keeps its spelling, unless PyYAML takes it for a string */
    {"a: 3.0e-4\nb: 'x'\n", "a", "0.0003", "a: 3.0e-4\nb: 'x'\n"},
    {"a: 3e-4\nb: 'x'\n", "a", "0.0003", "a: 0.0003\nb: 'x'\n"},
    {"a: {b: 'x',   c: 0x10}\n", "a", "{\"b\": \"x\", \"c\": 17}", "a: {b: 'x',   c: 17}\n"},
    {"a: 1\n", "a", "1.0", "a: 1.0\n"},
    /* a block scalar without a final line break has none in its value */
    {"k: |\n  x", "b", "2", NULL},
    {"m:\n  k: >\n    x", "m.b", "2", NULL},
    {"k: |+\n  x\n\n", "b", "2", NULL},
    /* several values at once */
    {"o:\n  lr: 1  # c\n  x: 2\n", "o", "{\"lr\": 3, \"wd\": 0.1, \"b\": [1]}",
        "o:\n  lr: 3  # c\n  x: 2\n  wd: 0.1\n  b: [1]\n"},
    {"f: {}\n", "f", "{\"a\": 1, \"b\": 2}", "f:\n  a: 1\n  b: 2\n"},
    {"f: {a: 1}\n", "f", "{\"b\": 2, \"c\": 3}", "f: {a: 1, b: 2, c: 3}\n"},
    /* anchors, aliases, merge keys: only what the edit must not change is written out */
    {"s: &m\n  r: 8\n  k: v\nt: *m\n", "s.r", "16", "s: &m\n  r: 16\n  k: v\nt:\n  r: 8\n  k: v\n"},
    {"s: &m\n  r: 8\nt: *m\n", "t.r", "16", "s: &m\n  r: 8\nt:\n  r: 16\n"},
    {"s: &m\n  r: 8\nt: *m\nu: 1\n", "u", "2", "s: &m\n  r: 8\nt: *m\nu: 2\n"},
    {"s: &m {r: 8}\nt: *m\n", "s.r", "16", "s: &m {r: 16}\nt:\n  r: 8\n"},
    {"s: &m {r: 8}\nt: [*m, 1]\n", "s.r", "16", "s: &m {r: 16}\nt: [{r: 8}, 1]\n"},
    {"s: &n 5\nt: *n\n", "t", "6", "s: &n 5\nt: 6\n"},
    {"s: &m {r: 8, q: 1}\nt:\n  <<: *m\n  q: 2\n", "t.r", "9",
        "s: &m {r: 8, q: 1}\nt:\n  <<: *m\n  q: 2\n  r: 9\n"},
    {"s: &m {r: 8, q: 1}\nt:\n  <<: *m\n  q: 2\n", "t.r", NULL, NULL},
    {"s: &m {r: 8, q: 1}\nt:\n  <<: *m\n  q: 2\n", "s.r", "9", NULL},
    {"s: &m {r: 8}\nt: *m\n", "s", NULL, NULL},
    {"s: !!int '3'\nt: 1\n", "t", "2", "s: !!int '3'\nt: 2\n"},
    {"s: !!int '3'\n", "s", "4", NULL},
    {"s: !!str 3\n", "s", "\"4\"", NULL},
    {"s: !!float 3\n", "s", "4.5", NULL},
    {"s: !!map {a: 1}\n", "s.b", "2", NULL},
    {"s: &m {}\n", "s.b", "2", NULL},
    {"s: &m\n  a: 1\n", "s.a", NULL, NULL},
    {"s: &m\nt: 1\n", "s.a", "1", NULL},
    {"s: &m\nt: *m\n", "s", "1", NULL},
    {"x: &a\n  y: &b 1\nz: [*b, *a]\n", "x", "5", NULL},
    {"x: &a {p: {q: 1}}\ny: {<<: *a}\nz: *a\n", "y.p.q", "2", NULL},
    {"x: &a {p: {q: 1}}\ny: {<<: *a}\nz: *a\n", "x.p.q", NULL, NULL},
    {"x: &a {p: {q: 1}}\ny: {<<: *a}\n", "y.p", "{\"r\": 2}", NULL},
    {"x: &a {p: {q: 1}}\ny: {z: *a}\n", "y.z", "{\"p\": {\"r\": 2}}", NULL},
};

/* Whatever the text is, the document reads as the merge of the values says. */
START_TEST(apply)
{
    const struct change *change = &changes[_i];
    struct yaml_doc *doc = read_document(change->before);
    CLEANUP_JSON json_t *value = value_of(change);
    CLEANUP_JSON json_t *expected = json_deep_copy(doc->tree);
    struct operation operation = {(char *)change->path, value};
    struct sweep_error error = {0};
    ck_assert_int_eq(merge_operation(expected, &operation), SWEEP_OK);
    enum sweep_code code = document_apply(&doc, &operation, &error);
    ck_assert_msg(code == SWEEP_OK, "%s: %s", change->before, error.message);
    if (change->after != NULL)
        ck_assert_str_eq(doc->text, change->after);
    ck_assert_msg(json_equal(doc->tree, expected), "%s", doc->text);
    yaml_doc_free(doc);
}
END_TEST

START_TEST(failure_leaves_the_document)
{
    struct yaml_doc *doc = read_document("a: 1\nb: {c: 2}\n"), *before = doc;
    CLEANUP_JSON json_t *value = json_pack("{s:i, s:{s:i}}", "c", 3, "x", "y", 1);
    struct operation operation = {(char *)"a.b", value};
    ck_assert_int_ne(document_apply(&doc, &operation, NULL), SWEEP_OK);
    ck_assert_ptr_eq(doc, before);
    ck_assert_str_eq(doc->text, "a: 1\nb: {c: 2}\n");
    yaml_doc_free(doc);
}
END_TEST

/* --- splices ------------------------------------------------------------------------------ */

static const struct change together[] = {
    /* two mappings that end in the same place */
    {"k:\n  i:\n    x: 1\nz: 0\n", "k", "{\"a\": 1, \"i\": {\"b\": 2}}", NULL},
    {"k:\n  i:\n    x: 1\nz: 0\n", "k", "{\"i\": {\"b\": 2}, \"a\": 1}", NULL},
    {"f: {}\n", "f", "{\"a\": 1, \"b\": 2}", NULL},
    {"{}\n", "f", "{\"a\": 1, \"b\": 2}", NULL},
    {"f: {a: 1}\n", "f", "{\"a\": 2, \"b\": 3, \"c\": 4}", NULL},
    {"o:\n  a: 1\nz: 0\n", "o", "{\"b\": 2, \"a\": 3, \"c\": {\"d\": 4}}", NULL},
    {"o:\n  a: |\n    x\nz: 0\n", "o", "{\"b\": 2, \"a\": \"y\"}", NULL},
    {"o:\n  p:\n    a: 1\n", "o", "{\"p\": {\"b\": 1}, \"q\": 2}", NULL},
    {"s: &m {r: 8}\nt: *m\n", "t", "{\"r\": 9, \"x\": 1}", NULL},
    {"s: &m {r: {p: 8}}\nt: *m\n", "t.r", "{\"p\": 9}", NULL},
    {"s: &m {r: {p: 8}}\nt: {<<: *m}\n", "t", "{\"r\": {\"p\": 9}}", NULL},
};

/* The way axes use them: all splices of one operation against one text. */
START_TEST(splices_together)
{
    const struct change *change = &together[_i];
    struct yaml_doc *doc = read_document(change->before), *after = NULL;
    CLEANUP_JSON json_t *value = value_of(change);
    CLEANUP_JSON json_t *expected = json_deep_copy(doc->tree);
    struct operation operation = {(char *)change->path, value};
    struct splice *splices = NULL;
    size_t n = 0;
    struct sweep_error error = {0};
    ck_assert_int_eq(merge_operation(expected, &operation), SWEEP_OK);
    ck_assert_int_eq(document_separate(&doc, &operation, &error), SWEEP_OK);
    ck_assert_int_eq(document_splices(doc, &operation, &splices, &n), SWEEP_OK);
    for (size_t i = 1; i < n; i++)
        ck_assert_uint_le(splices[i - 1].end, splices[i].start);
    enum sweep_code code = document_verify(doc, splices, n, expected, &after);
    CLEANUP_STRBUF struct strbuf text = {0};
    splices_apply(&text, doc->text, (struct edit_range){0, doc->length}, splices, n);
    ck_assert_msg(code == SWEEP_OK, "%s: %s", error.message, text.data);
    splices_free(splices, n);
    yaml_doc_free(after);
    yaml_doc_free(doc);
}
END_TEST

START_TEST(no_splice_for_the_same_value)
{
    struct yaml_doc *doc = read_document("a: 3.0e-4\nb: [1, x]\n");
    CLEANUP_JSON json_t *lr = json_real(0.0003);
    CLEANUP_JSON json_t *list = json_pack("[i, s]", 1, "x");
    struct operation same[] = {{(char *)"a", lr}, {(char *)"b", list}, {(char *)"c", NULL}};
    for (size_t i = 0; i < COUNT(same); i++) {
        struct splice *splices = NULL;
        size_t n = 7;
        ck_assert_int_eq(document_splices(doc, &same[i], &splices, &n), SWEEP_OK);
        ck_assert_uint_eq(n, 0);
        splices_free(splices, n);
    }
    yaml_doc_free(doc);
}
END_TEST

/* --- verifying ---------------------------------------------------------------------------- */

START_TEST(verify)
{
    struct yaml_doc *doc = read_document("a: 1\n"), *after = NULL;
    CLEANUP_JSON json_t *two = json_pack("{s:i}", "a", 2);
    CLEANUP_JSON json_t *other = json_pack("{s:i}", "a", 3);
    char good[] = "2", broken[] = "[2", same[] = "2.0";
    struct splice splice = {3, 4, good, 1, 0, 0};
    ck_assert_int_eq(document_verify(doc, &splice, 1, two, &after), SWEEP_OK);
    ck_assert_str_eq(after->text, "a: 2\n");
    yaml_doc_free(after);
    after = NULL;
    ck_assert_int_eq(document_verify(doc, &splice, 1, other, &after), SWEEP_INVALID);
    splice = (struct splice){3, 4, broken, 2, 0, 0};
    ck_assert_int_eq(document_verify(doc, &splice, 1, two, &after), SWEEP_INVALID);
    splice = (struct splice){3, 4, same, 3, 0, 0}; /* an int is no float */
    ck_assert_int_eq(document_verify(doc, &splice, 1, two, &after), SWEEP_INVALID);
    ck_assert_ptr_null(after);
    yaml_doc_free(doc);
}
END_TEST

START_TEST(rewrite)
{
    struct yaml_doc *doc = read_document("# c\na: &x {b: [1, {c: 'd'}]}\ne: *x\n"), *out = NULL;
    struct sweep_error error = {0};
    ck_assert_int_eq(document_rewrite(doc->tree, doc, &out, &error), SWEEP_OK);
    ck_assert(json_equal(out->tree, doc->tree));
    ck_assert(!out->exotic);
    ck_assert_str_eq(out->text, "a:\n"
                                "  b:\n"
                                "    - 1\n"
                                "    - {c: d}\n"
                                "e:\n"
                                "  b:\n"
                                "    - 1\n"
                                "    - {c: d}\n");
    yaml_doc_free(out);
    yaml_doc_free(doc);
}
END_TEST

/* --- separating --------------------------------------------------------------------------- */

static const struct {
    const char *before, *path;
    bool removing;
    const char *after;
} separations[] = {
    {"a: 1\n", "a", false, "a: 1\n"},
    {"s: &m {r: 8}\nt: *m\nu: 1\n", "u", false, "s: &m {r: 8}\nt: *m\nu: 1\n"},
    {"s: &m\n  r: 8\nt: *m\n", "t.r", false, "s: &m\n  r: 8\nt:\n  r: 8\n"},
    {"s: &m\n  r: 8\nt: *m\n", "s.r", true, "s: &m\n  r: 8\nt:\n  r: 8\n"},
    {"s: &m {r: 8}\nt:\n  <<: *m\n  x: 1\n", "t.r", false, "s: &m {r: 8}\nt:\n  <<: *m\n  x: 1\n"},
    {"s: &m {r: 8}\nt:\n  <<: *m\n  x: 1\n", "t.r", true, "s: &m {r: 8}\nt:\n  r: 8\n  x: 1\n"},
    {"", "a", false, ""},
    {"s: &m 1\nt: *m\n", "..", false, "s: &m 1\nt: *m\n"},
};

START_TEST(separate)
{
    struct yaml_doc *doc = read_document(separations[_i].before);
    CLEANUP_JSON json_t *tree = json_deep_copy(doc->tree);
    CLEANUP_JSON json_t *value = separations[_i].removing ? NULL : json_string("x");
    struct operation operation = {(char *)separations[_i].path, value};
    struct sweep_error error = {0};
    enum sweep_code code = document_separate(&doc, &operation, &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
    ck_assert(json_equal(doc->tree, tree));
    ck_assert_str_eq(doc->text, separations[_i].after);
    yaml_doc_free(doc);
}
END_TEST

/* An edited document is read as the first one was. */
START_TEST(dialect_is_kept)
{
    static const char text[] = "lr: 1e-4\nwd: 0.1\n";
    const struct yaml_input input = {.text = text,
        .length = strlen(text),
        .file = "f",
        .dialect = {SCALARS_YAML_1_1, INTERPOLATION_NONE}};
    struct yaml_doc *doc = NULL;
    CLEANUP_JSON json_t *value = json_real(1e-5);
    struct operation operation = {(char *)"wd", value};
    ck_assert_int_eq(yaml_parse_input(&input, NULL, &doc), SWEEP_OK);
    ck_assert_str_eq(json_string_value(json_object_get(doc->tree, "lr")), "1e-4");
    ck_assert_int_eq(document_apply(&doc, &operation, NULL), SWEEP_OK);
    ck_assert_str_eq(doc->text, "lr: 1e-4\nwd: 1.0e-05\n");
    ck_assert(json_is_string(json_object_get(doc->tree, "lr")));
    ck_assert(json_real_value(json_object_get(doc->tree, "wd")) == 1e-5);
    yaml_doc_free(doc);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("document");
    TCase *tc = add_case(suite, "apply");
    tcase_add_loop_test(tc, apply, 0, (int)COUNT(changes));
    tcase_add_test(tc, failure_leaves_the_document);
    tc = add_case(suite, "splices");
    tcase_add_loop_test(tc, splices_together, 0, (int)COUNT(together));
    tcase_add_test(tc, no_splice_for_the_same_value);
    tc = add_case(suite, "verify");
    tcase_add_test(tc, verify);
    tcase_add_test(tc, rewrite);
    tc = add_case(suite, "separate");
    tcase_add_loop_test(tc, separate, 0, (int)COUNT(separations));
    tcase_add_test(tc, dialect_is_kept);
    return check_main(suite);
}
