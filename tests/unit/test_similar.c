/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/similar.h"
#include "tests/unit/check_main.h"

static struct similar *similar;

static void tear_down(void)
{
    similar_free(similar);
    similar = NULL;
}

static void know(const char *text)
{
    struct yaml_doc *doc = NULL;
    ck_assert_int_eq(yaml_parse(text, strlen(text), "f", NULL, &doc), SWEEP_OK);
    similar_free(similar);
    similar = similar_new(doc);
}

static const json_t *read_text(const char *text)
{
    return similar_read(similar, text, strlen(text));
}

#define KNOWN "epochs: 1\nopt: {lr: 3e-4, name: x/y.z}\nlist:\n  - a\n  - b  # c\nlast: end\n"

static const struct {
    const char *known, *given, *tree; /* tree NULL: it has to be parsed */
} cases[] = {
    {KNOWN, KNOWN,
        "{\"epochs\": 1, \"opt\": {\"lr\": 0.0003, \"name\": \"x/y.z\"}, \"list\": [\"a\", \"b\"],"
        " \"last\": \"end\"}"},
    {KNOWN, "epochs: 20\nopt: {lr: 1, name: q}\nlist:\n  - longer_word\n  - b  # c\nlast: e\n",
        "{\"epochs\": 20, \"opt\": {\"lr\": 1, \"name\": \"q\"}, \"list\": [\"longer_word\","
        " \"b\"], \"last\": \"e\"}"},
    {KNOWN, "epochs: 1\nopt: {lr: 3e-4, name: x/y.z}\nlist:\n  - b\n  - a  # c\nlast: end\n",
        "{\"epochs\": 1, \"opt\": {\"lr\": 0.0003, \"name\": \"x/y.z\"}, \"list\": [\"b\", \"a\"],"
        " \"last\": \"end\"}"},
    /* a word of any type replaces another */
    {"a: 1\n", "a: text\n", "{\"a\": \"text\"}"},
    {"a: 1\n", "a: null\n", "{\"a\": null}"},
    {"a: 1\n", "a: True\n", "{\"a\": true}"},
    {"a: 1\n", "a: no\n", "{\"a\": false}"},
    {"a: 1\n", "a: 2e-5\n", "{\"a\": 2e-05}"},
    {"a: 1\n", "a: 017\n", "{\"a\": 15}"},
    {"a: 1\n", "a: 1_0\n", "{\"a\": 10}"},
    {"a: 1\n", "a: -\n", NULL},
    {"a: 1\n", "a: -1\n", "{\"a\": -1}"},
    {"a: 1\n", "a: --\n", "{\"a\": \"--\"}"},
    {"a: 1\n", "a: .\n", "{\"a\": \".\"}"},
    {"a: 1\n", "a: 9223372036854775807\n", "{\"a\": 9223372036854775807}"},
    /* at the end of the text */
    {"a: 1", "a: 23", "{\"a\": 23}"},
    {"a: 1", "a: 1\n", NULL},
    {"a: 1\n", "a: 1", NULL},
    {"a: 1", "a: ", NULL},
    {"a: 1\n", "a: 1\nb: 2\n", NULL},
    {"a: 1\nb: 2\n", "a: 1\n", NULL},
    /* what only a parser can tell */
    {"a: 1\n", "a: --- \n", NULL},
    {"a: 1\n", "a: ---x\n", NULL},
    {"a: 1\n", "a: ...\n", NULL},
    {"a: 1\n", "a: x y\n", NULL},
    {"a: 1\n", "a: 'x'\n", NULL},
    {"a: 1\n", "a: [1]\n", NULL},
    {"a: 1\n", "a: 1 # c\n", NULL},
    {"a: 1\n", "a: &x 1\n", NULL},
    {"a: 1\n", "a: x:\n", NULL},
    {"a: 1\n", "a: ~\n", NULL},
    {"a: 1\n", "a:\n", NULL},
    {"a: 1\n", "a:  1\n", NULL},
    {"a: 1\n", "b: 1\n", NULL},
    {"a: 1\n", "a: .inf\n", NULL},
    {"a: 1\n", "a: 1e999\n", NULL},
    {"a: 1\n", "a: 9223372036854775808\n", NULL},
    {"a: 1\n", "", NULL},
    {"a: 'q'\n", "a: 'r'\n", NULL},
    {"a: x # one\n", "a: x # two\n", NULL},
    {"a:\n", "a: 1\n", NULL},
    {"a: x y\n", "a: x z\n", NULL},
    {"a: x\n  y\n", "a: z\n  y\n", NULL},
    {"a: |\n  x\n", "a: |\n  y\n", NULL},
    {"a: 12:30\n", "a: 12:31\n", NULL},
    /* nested, and next to each other */
    {"a: [[1, 2], {b: 3}]\n", "a: [[4, 2], {b: 55}]\n", "{\"a\": [[4, 2], {\"b\": 55}]}"},
    {"a: [\nx,\ny]\n", "a: [\nz,\ny]\n", "{\"a\": [\"z\", \"y\"]}"},
    {"a: [\nx,\ny]\n", "a: [\n---,\ny]\n", NULL},
    {"a: [1,2]\n", "a: [12,2]\n", "{\"a\": [12, 2]}"},
    {"a: [1,2]\n", "a: [1,22]\n", "{\"a\": [1, 22]}"},
    {"a: [11,2]\n", "a: [1,2]\n", "{\"a\": [1, 2]}"},
    {"a: [1, 1]\n", "a: [1, 1, 1]\n", NULL},
    {"a: 11\nb: 11\n", "a: 1\nb: 111\n", "{\"a\": 1, \"b\": 111}"},
    {"a: 1\r\nb: 2\r\n", "a: 3\r\nb: 4\r\n", "{\"a\": 3, \"b\": 4}"},
    {"\xef\xbb\xbf"
     "a: 1\n",
        "\xef\xbb\xbf"
        "a: 2\n",
        "{\"a\": 2}"},
    {"\xc3\xa9: 1\nb: 2\n", "\xc3\xa9: 1\nb: 3\n", "{\"\xc3\xa9\": 1, \"b\": 3}"},
    {"{a: 1, 'b': 2}\n", "{a: 1, 'b': 3}\n", "{\"a\": 1, \"b\": 3}"},
    {"", "", "{}"},
    {"# c\n", "# c\n", "{}"},
    {"# c\n", "# d\n", NULL},
    {"~\n", "~\n", "{}"},
};

START_TEST(reads)
{
    know(cases[_i].known);
    ck_assert_ptr_nonnull(similar);
    const json_t *tree = read_text(cases[_i].given);
    if (cases[_i].tree == NULL) {
        ck_assert_msg(tree == NULL, "%s, %s", cases[_i].known, cases[_i].given);
        return;
    }
    ck_assert_msg(tree != NULL, "%s, %s", cases[_i].known, cases[_i].given);
    assert_json(tree, cases[_i].tree);
}
END_TEST

/* Changes of one call, even if it fails half-way, are not visible in the next. */
START_TEST(one_after_the_other)
{
    know("a: 1\nb: 2\nc: 3\n");
    for (int i = 0; i < 3; i++) {
        assert_json(read_text("a: 4\nb: 2\nc: 6\n"), "{\"a\": 4, \"b\": 2, \"c\": 6}");
        assert_json(read_text("a: 1\nb: 5\nc: 3\n"), "{\"a\": 1, \"b\": 5, \"c\": 3}");
        ck_assert_ptr_null(read_text("a: 7\nb: x\nd: 3\n"));
        assert_json(read_text("a: 1\nb: 2\nc: 3\n"), "{\"a\": 1, \"b\": 2, \"c\": 3}");
        ck_assert_ptr_null(read_text(""));
    }
}
END_TEST

START_TEST(the_known_document)
{
    know("a: 1\nb: {c: 2}\n");
    ck_assert_ptr_nonnull(read_text("a: 100\nb: {c: 200}\n"));
    const struct yaml_doc *doc = similar_doc(similar);
    ck_assert_str_eq(doc->text, "a: 1\nb: {c: 2}\n");
    ck_assert_uint_eq(yaml_place(doc, "f", "b.c").line, 2);
}
END_TEST

/* Documents whose text and tree differ in shape are not supported. */
START_TEST(exotic)
{
    static const char *const texts[] = {"a: &x 1\nb: *x\n", "a: !!str 1\n", "a: {<<: {b: 1}}\n"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        know(texts[i]);
        ck_assert_ptr_null(similar);
    }
    similar_free(NULL);
}
END_TEST

/* A text above the size limit is not accepted here either. */
START_TEST(too_large)
{
    CLEANUP_STRBUF struct strbuf text = {0}, longer = {0};
    struct yaml_doc *doc = NULL;
    strbuf_puts(&text, "a: x\n#");
    strbuf_repeat(&text, 'c', YAML_MAX_BYTES - text.length);
    know(text.data);
    ck_assert_ptr_nonnull(read_text(text.data));
    strbuf_puts(&longer, "a: xx");
    strbuf_puts(&longer, text.data + 4);
    ck_assert_int_eq(yaml_parse(longer.data, longer.length, "f", NULL, &doc), SWEEP_INVALID);
    ck_assert_ptr_null(read_text(longer.data));
}
END_TEST

/* The text is not read beyond its length. */
START_TEST(no_byte_too_many)
{
    know("a: 12345\nb: 2\n");
    const char given[] = "a: 777\nb: 2\n";
    for (size_t n = 0; n < sizeof given - 1; n++) {
        CLEANUP_FREE char *exact = malloc(n + 1);
        memcpy(exact, given, n);
        exact[n] = '9';
        ck_assert_ptr_null(similar_read(similar, exact, n));
    }
    ck_assert_ptr_nonnull(similar_read(similar, given, sizeof given - 1));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("similar");
    TCase *tc = add_case(suite, "similar");
    tcase_add_checked_fixture(tc, NULL, tear_down);
    tcase_add_loop_test(tc, reads, 0, (int)COUNT(cases));
    tcase_add_test(tc, one_after_the_other);
    tcase_add_test(tc, the_known_document);
    tcase_add_test(tc, exotic);
    tcase_add_test(tc, too_large);
    tcase_add_test(tc, no_byte_too_many);
    return check_main(suite);
}
