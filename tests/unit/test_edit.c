/* SPDX-License-Identifier: Apache-2.0
 *
 * Every case compares the whole text: what an edit keeps matters as much as what it writes.
 */
#include "lib/doc/edit.h"
#include "tests/unit/check_main.h"

struct edit_case {
    const char *before, *path;
    const char *value; /* JSON; NULL deletes */
    const char *after;
};

/* The text after one edit, which the caller frees. */
static char *edited(const struct edit_case *c, enum sweep_code wanted)
{
    struct sweep_findings *findings = sweep_findings_new();
    struct yaml_doc *doc = NULL;
    struct splice splice = {0};
    CLEANUP_STRBUF struct strbuf out = {0};
    CLEANUP_JSON json_t *value =
        c->value != NULL ? json_loads(c->value, JSON_DECODE_ANY, NULL) : NULL;
    enum sweep_code code = yaml_parse(c->before, strlen(c->before), "f", findings, &doc);
    ck_assert_msg(code == SWEEP_OK, "the test's document: %s", message_at(findings, 0));
    code =
        value != NULL ? edit_set(doc, c->path, value, &splice) : edit_delete(doc, c->path, &splice);
    ck_assert_msg(code == wanted, "code %d", (int)code);
    if (code == SWEEP_OK)
        splices_apply(&out, doc->text, (struct edit_range){0, doc->length}, &splice, 1);
    splice_deinit(&splice);
    yaml_doc_free(doc);
    sweep_findings_free(findings);
    return strbuf_steal(&out);
}

static void assert_edit(const struct edit_case *c)
{
    CLEANUP_FREE char *after = edited(c, SWEEP_OK);
    ck_assert_str_eq(after, c->after);
}

/* --- setting what is there ---------------------------------------------------------------- */

static const struct edit_case replacements[] = {
    {"a: 1\nb: 2\nc: 3\n", "b", "7", "a: 1\nb: 7\nc: 3\n"},
    {"a: 1  # one\n", "a", "2.5", "a: 2.5  # one\n"},
    {"a: 'x'   # c\nb: \"y\"\n", "a", "\"it's\"", "a: \"it's\"   # c\nb: \"y\"\n"},
    {"a:   spaced   \n", "a", "true", "a:   True   \n"},
    {"a: 1", "a", "22", "a: 22"},
    {"a: 1\r\nb: 2\r\n", "a", "3", "a: 3\r\nb: 2\r\n"},
    {"o:\n  # why\n  lr: 3e-4  # best\n  wd: 0\n", "o.lr", "0.001",
        "o:\n  # why\n  lr: 0.001  # best\n  wd: 0\n"},
    {"f: {a: 1, b: 2}\n", "f.b", "\"x,y\"", "f: {a: 1, b: 'x,y'}\n"},
    {"f: {a: 1, b: 2}\n", "f.a", "[1, {\"c\": null}]", "f: {a: [1, {c: null}], b: 2}\n"},
    {"a: null  # later\n", "a", "\"x\"", "a: x  # later\n"},
    /* a missing value */
    {"a:\nb: 2\n", "a", "1", "a: 1\nb: 2\n"},
    {"a:  # c\nb: 2\n", "a", "1", "a: 1  # c\nb: 2\n"},
    {"a:", "a", "1", "a: 1"},
    {"a:\r\nb: 2\r\n", "a", "1", "a: 1\r\nb: 2\r\n"},
    {"f: {a: , b: 2}\n", "f.a", "1", "f: {a: 1, b: 2}\n"},
    {"f: {a, b: 2}\n", "f.a", "1", "f: {a: 1, b: 2}\n"},
    /* items of lists */
    {"a: [1, 2, 3]  # c\n", "a.1", "7", "a: [1, 7, 3]  # c\n"},
    {"a: [\n  x,  # one\n  y\n]\n", "a.1", "\"p, q\"", "a: [\n  x,  # one\n  'p, q'\n]\n"},
    {"a:\n- 1  # one\n- 2\n", "a.0", "5", "a:\n- 5  # one\n- 2\n"},
    {"a:\n  -\n  - 2\n", "a.0", "5", "a:\n  - 5\n  - 2\n"},
    {"a:\n  - - 1\n    - 2\n", "a.0.1", "5", "a:\n  - - 1\n    - 5\n"},
    {"a:\n  - |\n    text\n  - 2\n", "a.0", "\"x\"", "a:\n  - x\n  - 2\n"},
    {"a:\n  - b: 1  # b\n    c: 2\n  - b: 3\n", "a.0.c", "5",
        "a:\n  - b: 1  # b\n    c: 5\n  - b: 3\n"},
    {"a:\n  - b: 1\n    # why\n  - b: 3\n", "a.0.c", "5",
        "a:\n  - b: 1\n    c: 5\n    # why\n  - b: 3\n"},
    {"a:\n  - b: 1\n    c: 2\n  - b: 3\n", "a.0", "null", "a:\n  - null\n  - b: 3\n"},
    {"a: [{b: 1}, {b: 2}]\n", "a.1.c", "5", "a: [{b: 1}, {b: 2, c: 5}]\n"},
    {"a: {'0': {b: 1}}\n", "a.0.b", "5", "a: {'0': {b: 5}}\n"},
    {"a:\n  - b: 1\n    c: 2\n", "a.0.c", NULL, "a:\n  - b: 1\n"},
    {"a:\n  - b: 1\n    c: 2\n", "a.0.b", NULL, "a:\n  - c: 2\n"},
    {"a:\n  - b: 1\n  - c: 2\n", "a.0.b", NULL, "a:\n  - {}\n  - c: 2\n"},
    /* over several lines */
    {"a: one\n  two\nb: 2\n", "a", "\"x\"", "a: x\nb: 2\n"},
    {"a: \"one\n  two\"  # c\nb: 2\n", "a", "1", "a: 1  # c\nb: 2\n"},
    {"a: |\n  one\n  two\n\nb: 2\n", "a", "\"x\"", "a: x\n\nb: 2\n"},
    {"a: >-\n  one\n  two\n# c\nb: 2\n", "a", "\"x\"", "a: x\n# c\nb: 2\n"},
    {"a: |\n  one\n", "a", "\"x\"", "a: x\n"},
    {"k:\n  a: |\n    one\n  b: 2\n", "k.a", "\"x\"", "k:\n  a: x\n  b: 2\n"},
    {"a: [\n  1,  # one\n  2\n]  # end\nb: 3\n", "a", "[5]", "a: [5]  # end\nb: 3\n"},
    {"a: [\n  1,\n  2\n]\n", "a", "null", "a: null\n"},
    {"c:\n  a: [\n    x,  # ]\n    y\n  ]\n  b: 1\n", "c.a", "[\"z\"]", "c:\n  a: [z]\n  b: 1\n"},
    {"f: {\n  a: 1, # one\n  b: 2  # two\n}\n", "f.a", "9",
        "f: {\n  a: 9, # one\n  b: 2  # two\n}\n"},
    /* block lists and mappings, whole */
    {"a:\n  - 1\n  - 2\nb: 3\n", "a", "[7, 8]", "a: [7, 8]\nb: 3\n"},
    {"a:\n- 1\n- 2\nb: 3\n", "a", "[7]", "a: [7]\nb: 3\n"},
    {"a:\n  - 1\n  - 2  # two\n# c\nb: 3\n", "a", "[7]", "a: [7]  # two\n# c\nb: 3\n"},
    {"a:\n  x: 1\n  y: 2\nb: 3\n", "a", "null", "a: null\nb: 3\n"},
    {"a:\n  x: |\n    one\n\nb: 3\n", "a", "{}", "a: {}\n\nb: 3\n"},
    {"a: null\nb: 3\n", "a", "{\"x\": 1, \"w\": {\"z\": [2]}}",
        "a:\n  x: 1\n  w:\n    z: [2]\nb: 3\n"},
    {"k:\n    a: null\n", "k.a", "{\"x\": 1}", "k:\n    a:\n      x: 1\n"},
    {"f: {a: null}\n", "f.a", "{\"x\": 1, \"w\": {}}", "f: {a: {x: 1, w: {}}}\n"},
    {"a: null\r\n", "a", "{\"x\": 1}", "a:\r\n  x: 1\r\n"},
    {"a: null", "a", "{\"x\": 1}", "a:\n  x: 1"},
    {"'a b': 1\n\"c\": 2\n", "a b", "3", "'a b': 3\n\"c\": 2\n"},
    {"a: 1\n...\n", "a", "2", "a: 2\n...\n"},
    {"\xef\xbb\xbf"
     "caf\xc3\xa9: \xe2\x82\xac  # \xc3\xa9\n",
        "caf\xc3\xa9", "1",
        "\xef\xbb\xbf"
        "caf\xc3\xa9: 1  # \xc3\xa9\n"},
};

START_TEST(replace)
{
    assert_edit(&replacements[_i]);
}
END_TEST

/* --- adding ------------------------------------------------------------------------------- */

static const struct edit_case additions[] = {
    {"a: 1\n", "b", "2", "a: 1\nb: 2\n"},
    {"a: 1", "b", "2", "a: 1\nb: 2"},
    {"a: 1  # one\n\n# end\n", "b", "2", "a: 1  # one\nb: 2\n\n# end\n"},
    {"a: 1\r\n", "b.c", "2", "a: 1\r\nb:\r\n  c: 2\r\n"},
    {"o:\n  lr: 1\nz: 0\n", "o.wd", "0.1", "o:\n  lr: 1\n  wd: 0.1\nz: 0\n"},
    {"o:\n    lr: 1  # c\n\nz: 0\n", "o.wd", "0.1", "o:\n    lr: 1  # c\n    wd: 0.1\n\nz: 0\n"},
    {"o:\n  p:\n    q: 1\nz: 0\n", "o.r", "2", "o:\n  p:\n    q: 1\n  r: 2\nz: 0\n"},
    {"o:\n  p:\n    - 1\n    - 2\nz: 0\n", "o.r", "2",
        "o:\n  p:\n    - 1\n    - 2\n  r: 2\nz: 0\n"},
    {"o:\n  p: |\n    text\n\nz: 0\n", "o.r", "2", "o:\n  p: |\n    text\n  r: 2\n\nz: 0\n"},
    {"o:\n  p: [\n    1\n  ]\nz: 0\n", "o.r", "2", "o:\n  p: [\n    1\n  ]\n  r: 2\nz: 0\n"},
    {"o:\n  p:\nz: 0\n", "o.r", "2", "o:\n  p:\n  r: 2\nz: 0\n"},
    {"o:\n  p:  # c\nz: 0\n", "o.r", "2", "o:\n  p:  # c\n  r: 2\nz: 0\n"},
    {"p:", "r", "2", "p:\nr: 2"},
    {"a: 1\n", "x.y.z", "{\"k\": [1]}", "a: 1\nx:\n  'y':\n    z:\n      k: [1]\n"},
    {"a: 1\n", "x", "{}", "a: 1\nx: {}\n"},
    {"a: 1\n", "yes", "2", "a: 1\n'yes': 2\n"},
    {"a: 1\n", "a b", "2", "a: 1\na b: 2\n"},
    {"l:\n  - k: 1\nz: 0\n", "m", "2", "l:\n  - k: 1\nz: 0\nm: 2\n"},
    /* in flow mappings */
    {"f: {a: 1}\n", "f.b", "2", "f: {a: 1, b: 2}\n"},
    {"f: {}\n", "f.b", "2", "f: {b: 2}\n"},
    {"f: {a: 1, }\n", "f.b", "2", "f: {a: 1, b: 2, }\n"},
    {"f: {a: {}}\n", "f.a.b.c", "\"x,y\"", "f: {a: {b: {c: 'x,y'}}}\n"},
    {"f: {\n  a: 1  # one\n}\n", "f.b", "2", "f: {\n  a: 1, b: 2  # one\n}\n"},
    {"{a: 1}\n", "b", "{\"c\": 2}", "{a: 1, b: {c: 2}}\n"},
    /* mappings instead of null */
    {"o: null  # c\nz: 0\n", "o.a", "1", "o:\n  a: 1  # c\nz: 0\n"},
    {"o:\nz: 0\n", "o.a", "1", "o:\n  a: 1\nz: 0\n"},
    {"o: ~\n", "o.a.b", "1", "o:\n  a:\n    b: 1\n"},
    {"f: {a: null}\n", "f.a.b", "1", "f: {a: {b: 1}}\n"},
    /* no mapping to add to */
    {"", "a", "1", "a: 1\n"},
    {"", "a.b", "1", "a:\n  b: 1\n"},
    {"# c\n", "a", "1", "# c\na: 1\n"},
    {"# c", "a", "1", "# c\na: 1\n"},
    {"---\n", "a", "1", "---\na: 1\n"},
    {"---", "a", "1", "---\na: 1\n"},
    {"{}\n", "a", "1", "{a: 1}\n"},
    {"---\na: 1\n...\n", "b", "2", "---\na: 1\nb: 2\n...\n"},
    {"# c\r\n", "a", "1", "# c\r\na: 1\r\n"},
};

START_TEST(add)
{
    assert_edit(&additions[_i]);
}
END_TEST

/* If the text is not given, only the value is compared. */
static const struct {
    struct edit_case edit;
    const char *tree;
} readings[] = {
    {{"f: {a: }\n", "f.b", "2", NULL}, "{\"f\": {\"a\": null, \"b\": 2}}"},
    {{"f: {a}\n", "f.b", "2", NULL}, "{\"f\": {\"a\": null, \"b\": 2}}"},
    {{"~\n", "a", "1", NULL}, "{\"a\": 1}"},
    {{"--- ~\n", "a", "1", NULL}, "{\"a\": 1}"},
    {{"null  # c\n", "a.b", "1", NULL}, "{\"a\": {\"b\": 1}}"},
    {{"---\n# c\n...\n", "a", "1", NULL}, "{\"a\": 1}"},
    {{"---\n...\n", "a", "1", NULL}, "{\"a\": 1}"},
    {{"--- # c\n", "a", "1", NULL}, "{\"a\": 1}"},
    {{"--- {a: 1}\n", "b", "1", NULL}, "{\"a\": 1, \"b\": 1}"},
    {{"o:\n  a: 'x\n\n    y'\n", "o.b", "1", NULL}, "{\"o\": {\"a\": \"x\\ny\", \"b\": 1}}"},
    {{"? a\n: 1\n", "a", "2", NULL}, "{\"a\": 2}"},
    {{"? a\n: 1\n", "b", "2", NULL}, "{\"a\": 1, \"b\": 2}"},
    {{"? a\n", "a", "2", NULL}, "{\"a\": 2}"},
    {{"? a\nb: 1\n", "a", "2", NULL}, "{\"a\": 2, \"b\": 1}"},
    {{"a : null\n", "a", "{\"b\": 1}", NULL}, "{\"a\": {\"b\": 1}}"},
    {{"a : \n", "a", "{\"b\": 1}", NULL}, "{\"a\": {\"b\": 1}}"},
    {{"'a:b': null\n", "a:b", "{\"c\": 1}", NULL}, "{\"a:b\": {\"c\": 1}}"},
    {{"{'a':null}\n", "a", "1", NULL}, "{\"a\": 1}"},
    {{"{'a':}\n", "a", "1", NULL}, "{\"a\": 1}"},
    {{"{? a : 1}\n", "a", "2", NULL}, "{\"a\": 2}"},
    {{"k:\n  a: 1\n\n  \n", "k.b", "2", NULL}, "{\"k\": {\"a\": 1, \"b\": 2}}"},
    {{"k: |+\n  x\n\n", "b", "2", NULL}, "{\"k\": \"x\\n\\n\", \"b\": 2}"},
    {{"m:\n  k: |+\n    x\n\n", "m.b", "2", NULL}, "{\"m\": {\"k\": \"x\\n\\n\", \"b\": 2}}"},
    {{"k: |\n", "b", "2", NULL}, "{\"k\": \"\", \"b\": 2}"},
    {{"k: |\n  x # y\nz: 1\n", "k", "\"w\"", NULL}, "{\"k\": \"w\", \"z\": 1}"},
    {{"k: | # c\n  x\nz: 1\n", "k", "\"w\"", NULL}, "{\"k\": \"w\", \"z\": 1}"},
    {{"a: {b: 1, # c\n}\n", "a.d", "2", NULL}, "{\"a\": {\"b\": 1, \"d\": 2}}"},
    {{"a:\n  - x  # c\n", "a", "{}", NULL}, "{\"a\": {}}"},
    {{"a:  # c\n  b: 1\n", "a", "null", NULL}, "{\"a\": null}"},
    {{"a:  # c\n  b: 1  # d\n", "a", "[1]", NULL}, "{\"a\": [1]}"},
    {{"a:\n  b: 1\n  c: 2\n", "a.b", NULL, NULL}, "{\"a\": {\"c\": 2}}"},
    {{"? a\n: 1\n? b\n: 2\n", "a", NULL, NULL}, "{\"b\": 2}"},
    {{"? a\n: 1\n? b\n: 2\n", "b", NULL, NULL}, "{\"a\": 1}"},
    {{"--- {a: 1}\n", "a", NULL, NULL}, "{}"},
    {{"a: 1\n...\n", "a", NULL, NULL}, "{}"},
    {{"--- # x\na: 1\n", "a", NULL, NULL}, "{}"},
    {{"a: {b: , c: 1}\n", "a.b", NULL, NULL}, "{\"a\": {\"c\": 1}}"},
    {{"a: {b: 1, c: }\n", "a.c", NULL, NULL}, "{\"a\": {\"b\": 1}}"},
    {{"a: {b: 1, c}\n", "a.c", NULL, NULL}, "{\"a\": {\"b\": 1}}"},
    {{"a: {\n  b: 1, # x\n  c: 2 # y\n}\n", "a.c", NULL, NULL}, "{\"a\": {\"b\": 1}}"},
    {{"a: {\n  b: 1 # x\n  , c: 2\n}\n", "a.c", NULL, NULL}, "{\"a\": {\"b\": 1}}"},
    {{"a: {b: 1,}\n", "a.b", NULL, NULL}, "{\"a\": {}}"},
    {{"{b: 1,}\n", "b", NULL, NULL}, "{}"},
    {{"{b: 1, c: 2,}\n", "c", NULL, NULL}, "{\"b\": 1}"},
    {{"a: |+\n  x\n\nb: 1\n", "b", NULL, NULL}, "{\"a\": \"x\\n\\n\"}"},
    {{"a: |+\n  x\n\nb: 1\n", "a", NULL, NULL}, "{\"b\": 1}"},
};

START_TEST(reads_as)
{
    CLEANUP_FREE char *after = edited(&readings[_i].edit, SWEEP_OK);
    struct sweep_findings *findings = sweep_findings_new();
    struct yaml_doc *doc = NULL;
    enum sweep_code code = yaml_parse(after, strlen(after), "f", findings, &doc);
    ck_assert_msg(code == SWEEP_OK, "%s: %s", after, message_at(findings, 0));
    assert_json(doc->tree, readings[_i].tree);
    yaml_doc_free(doc);
    sweep_findings_free(findings);
}
END_TEST

/* --- deleting ----------------------------------------------------------------------------- */

static const struct edit_case deletions[] = {
    {"a: 1\nb: 2\nc: 3\n", "a", NULL, "b: 2\nc: 3\n"},
    {"a: 1\nb: 2  # two\nc: 3\n", "b", NULL, "a: 1\nc: 3\n"},
    {"a: 1\nb: 2\nc: 3\n", "c", NULL, "a: 1\nb: 2\n"},
    {"a: 1\nb: 2", "b", NULL, "a: 1\n"},
    {"a: 1\r\nb: 2\r\nc: 3\r\n", "b", NULL, "a: 1\r\nc: 3\r\n"},
    {"# head\na: 1\n# tail\n", "a", NULL, "# head\n# tail\n"},
    {"# why b\nb: 2\n\nc: 3\n", "b", NULL, "# why b\n\nc: 3\n"},
    {"o:\n  a: 1\n  b: 2\nz: 0\n", "o.a", NULL, "o:\n  b: 2\nz: 0\n"},
    {"o:\n  a: 1\n  b: 2\nz: 0\n", "o.b", NULL, "o:\n  a: 1\nz: 0\n"},
    {"o:\n  a: 1\nz: 0\n", "o.a", NULL, "o: {}\nz: 0\n"},
    {"o:\n  a: 1\n  b: 2\nz: 0\n", "o", NULL, "z: 0\n"},
    {"o:\n  a:\n    - 1\n    - 2\n  b: 2\n", "o.a", NULL, "o:\n  b: 2\n"},
    {"o:\n  a: |\n    one\n    two\n  b: 2\n", "o.a", NULL, "o:\n  b: 2\n"},
    {"a: |\n  one\n\nb: 2\n", "a", NULL, "\nb: 2\n"},
    {"a: [\n  1,  # one\n  2\n]  # end\nb: 3\n", "a", NULL, "b: 3\n"},
    {"c:\n  a: [\n    x\n  ]\n  b: 1\n", "c.a", NULL, "c:\n  b: 1\n"},
    {"a: x\n  y\nb: 2\n", "a", NULL, "b: 2\n"},
    {"a:\nb: 2\n", "a", NULL, "b: 2\n"},
    {"a:  # c\nb: 2\n", "a", NULL, "b: 2\n"},
    /* in flow mappings */
    {"f: {a: 1, b: 2, c: 3}\n", "f.a", NULL, "f: {b: 2, c: 3}\n"},
    {"f: {a: 1, b: 2, c: 3}\n", "f.b", NULL, "f: {a: 1, c: 3}\n"},
    {"f: {a: 1, b: 2, c: 3}\n", "f.c", NULL, "f: {a: 1, b: 2}\n"},
    {"f: {a: 1}  # c\n", "f.a", NULL, "f: {}  # c\n"},
    {"{a: 1, b: 2}\n", "b", NULL, "{a: 1}\n"},
    {"f: {\n  a: 1,\n  b: 2,\n}\n", "f.a", NULL, "f: {\n  b: 2,\n}\n"},
};

START_TEST(delete)
{
    assert_edit(&deletions[_i]);
}
END_TEST

/* --- what does not work ------------------------------------------------------------------- */

static const struct {
    struct edit_case edit;
    enum sweep_code code;
} failures[] = {
    {{"a: 1\n", "a.b", "1", NULL}, SWEEP_INVALID},
    {{"a: [1]\n", "a.1", "1", NULL}, SWEEP_INVALID},
    {{"a: [1]\n", "a.x", "1", NULL}, SWEEP_INVALID},
    {{"a: [1]\n", "a.0.b", "1", NULL}, SWEEP_INVALID},
    {{"a: x\n", "a.b.c", "1", NULL}, SWEEP_INVALID},
    {{"a: 1\n", "", "1", NULL}, SWEEP_INVALID},
    {{"a: 1\n", "a..b", "1", NULL}, SWEEP_INVALID},
    {{"a: 1\n", "b", NULL, NULL}, SWEEP_NOT_FOUND},
    {{"a: 1\n", "a.b", NULL, NULL}, SWEEP_NOT_FOUND},
    {{"a: null\n", "a.b", NULL, NULL}, SWEEP_NOT_FOUND},
    {{"a: [1]\n", "a.0", NULL, NULL}, SWEEP_NOT_FOUND},
    {{"", "a", NULL, NULL}, SWEEP_NOT_FOUND},
    {{"a: 1\n", ".", NULL, NULL}, SWEEP_INVALID},
};

START_TEST(fails)
{
    free(edited(&failures[_i].edit, failures[_i].code));
}
END_TEST

/* --- splices and documents ---------------------------------------------------------------- */

START_TEST(splices)
{
    char x[] = "XX", empty[] = "", y[] = "Y";
    struct splice list[] = {{2, 4, x, 2, 0, 0}, {4, 4, y, 1, 0, 0}, {6, 8, empty, 0, 0, 0}};
    CLEANUP_STRBUF struct strbuf out = {0}, part = {0}, none = {0};
    splices_apply(&out, "0123456789", (struct edit_range){0, 10}, list, 3);
    assert_buffer(out, "01XXY4589");
    splices_apply(&part, "0123456789", (struct edit_range){1, 5}, list, 2);
    assert_buffer(part, "1XXY4");
    splices_apply(&none, "0123456789", (struct edit_range){3, 7}, NULL, 0);
    assert_buffer(none, "3456");
    struct splice zero = {0};
    splice_deinit(&zero);
}
END_TEST

START_TEST(document)
{
    CLEANUP_JSON json_t *object = json_loads(
        "{\"b\": 1, \"a\": {\"x\": {}, \"y\": {\"z\": [1, {\"k\": \"v w\"}]}}, \"no\": null}", 0,
        NULL);
    CLEANUP_JSON json_t *empty = json_object();
    CLEANUP_STRBUF struct strbuf out = {0}, nothing = {0};
    value_write_document(&out, object);
    assert_buffer(out, "b: 1\n"
                       "a:\n"
                       "  x: {}\n"
                       "  'y':\n"
                       "    z:\n"
                       "      - 1\n"
                       "      - {k: v w}\n"
                       "'no': null\n");
    value_write_document(&nothing, empty);
    assert_buffer(nothing, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("edit");
    TCase *tc = add_case(suite, "set");
    tcase_add_loop_test(tc, replace, 0, (int)COUNT(replacements));
    tcase_add_loop_test(tc, add, 0, (int)COUNT(additions));
    tcase_add_loop_test(tc, reads_as, 0, (int)COUNT(readings));
    tc = add_case(suite, "delete");
    tcase_add_loop_test(tc, delete, 0, (int)COUNT(deletions));
    tc = add_case(suite, "failures");
    tcase_add_loop_test(tc, fails, 0, (int)COUNT(failures));
    tc = add_case(suite, "splices");
    tcase_add_test(tc, splices);
    tcase_add_test(tc, document);
    return check_main(suite);
}
