/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules on files.
 */
#include "lib/check/checker.h"
#include "tests/unit/check_helper.h"

static struct profile profile;

static void tear_down(void)
{
    profile_deinit(&profile);
    diagnostics_clear();
}

/* A profile with one path check: the given fields and the required ones. */
static void use_rule(const char *fields)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_printf(&text,
        "{\"trainer\": \"tr\", \"version\": \"2\", \"component_key\": \"_component_\","
        " \"components\": {\"p.Big\": {\"arguments\": {\"files\": \"any\", \"dir\": \"any\"}}},"
        " \"path_checks\": [{\"id\": \"R1\", \"code\": \"found\", \"severity\": \"warning\","
        " \"phase\": \"startup\", \"message\": \"wrong\", %s}]}",
        fields);
    profile = profile_from(text.data);
}

/* Checks a config. */
static void apply(const char *config, const struct check_options *options)
{
    struct checker checker;
    struct sweep_error error = {0};
    CLEANUP_JSON json_t *tree = tree_from(config);
    ck_assert_msg(
        checker_init(&checker, &profile, options, &error) == SWEEP_OK, "%s", error.message);
    ck_assert_int_eq(checker_run(&checker, tree, &diagnostics_sink), SWEEP_OK);
    checker_deinit(&checker);
}

/* --- existence ---------------------------------------------------------------------------- */

static const struct {
    const char *rule, *config;
    const char *missing; /* lines of the message after "wrong: ", separated by spaces */
} files[] = {
    {"\"path\": \"{a}\", \"at\": \"a\"", "a: here.txt\n", ""},
    {"\"path\": \"{a}\", \"at\": \"a\"", "a: not_here.txt\n", "not_here.txt"},
    {"\"path\": \"{a}\", \"at\": \"a\"", "a: DIR/here.txt\n", ""}, /* an absolute path */
    {"\"path\": \"{a}\", \"at\": \"a\"", "a: /nowhere/x\n", "/nowhere/x"},
    {"\"path\": \"{a}\", \"at\": \"a\"", "a: sub\n", "sub"}, /* a directory is not a file */
    {"\"path\": \"{a}\", \"at\": \"a\", \"kind\": \"directory\"", "a: sub\n", ""},
    {"\"path\": \"{a}\", \"at\": \"a\", \"kind\": \"directory\"", "a: here.txt\n", "here.txt"},
    {"\"path\": \"{a}\", \"at\": \"a\", \"kind\": \"directory\"", "a: not_here\n", "not_here"},
    /* not checked if the path is not known */
    {"\"path\": \"{a}\", \"at\": \"a\"", "a: null\n", ""},
    {"\"path\": \"{a}\", \"at\": \"a\"", "b: 1\n", ""},
    {"\"path\": \"{a}\", \"at\": \"a\"", "a: ''\n", ""},
    {"\"path\": \"{a}/{b}\", \"at\": \"a\"", "a: sub\n", ""},
    {"\"path\": \"{a}\", \"at\": \"a\"", "a: '${oc.env:A}'\n", ""},
    /* with a condition */
    {"\"path\": \"{a}\", \"at\": \"a\", \"when\": \"b\"", "a: not_here\nb: false\n", ""},
    {"\"path\": \"{a}\", \"at\": \"a\", \"when\": \"b\"", "a: not_here\nb: true\n", "not_here"},
    /* of several values */
    {"\"path\": \"{a}/x_{b}.txt\", \"at\": \"a\"", "a: sub\nb: 1\n", ""},
    {"\"path\": \"{a}/x_{b}.txt\", \"at\": \"a\"", "a: sub\nb: 2\n", "sub/x_2.txt"},
    {"\"path\": \"{a}/x_1.txt\", \"at\": \"a\"", "a: '${o}'\no: sub\n", ""},
    /* each of a list */
    {"\"path\": \"{a}/{b}\", \"at\": \"b\"", "a: sub\nb: [x_1.txt, x_2.txt, x_3.txt]\n",
        "sub/x_2.txt sub/x_3.txt"},
    {"\"path\": \"{a}/{b}.txt\", \"at\": \"b\"", "a: sub\nb: [x_1, x_2]\n", "sub/x_2.txt"},
    {"\"path\": \"{b}/{a}\", \"at\": \"b\"", "a: here.txt\nb: [sub, DIR]\n", "sub/here.txt"},
    {"\"path\": \"{a}/{b}\", \"at\": \"b\"", "a: sub\nb: ['${c}', 5, x_9]\nc: x_1.txt\n",
        "sub/x_9"},
    {"\"path\": \"{a}/{b}\", \"at\": \"b\"", "a: sub\nb: []\n", ""},
    /* in a directory that another rule is about */
    {"\"path\": \"{a}/x\", \"at\": \"a\", \"within\": \"{a}\"", "a: gone\n", ""},
    {"\"path\": \"{a}/x\", \"at\": \"a\", \"within\": \"{a}\"", "a: sub\n", "sub/x"},
    {"\"path\": \"{a}/x\", \"at\": \"a\", \"within\": \"{b}\"", "a: gone\nb: null\n", "gone/x"},
    /* of components */
    {"\"component\": [\"p.Big\"], \"path\": \"{it.dir}/{it.files}\", \"at\": \"it.files\"",
        "m: {_component_: p.Big, dir: sub, files: [x_1.txt, gone]}\n", "sub/gone"},
    {"\"keys\": [\"m*\"], \"path\": \"{it.dir}\", \"kind\": \"directory\", \"at\": \"it.dir\"",
        "m1: {dir: sub}\nm2: {dir: gone}\n", "gone"},
};

/* Replaces DIR by the scratch directory; the caller frees the result. */
static char *with_directory(const char *text)
{
    struct strbuf out = {0};
    for (const char *at; (at = strstr(text, "DIR")) != NULL; text = at + 3) {
        strbuf_append(&out, text, (size_t)(at - text));
        strbuf_puts(&out, scratch);
    }
    strbuf_puts(&out, text);
    return strbuf_steal(&out);
}

START_TEST(file)
{
    struct check_options options = {.bf16 = -1, .check_paths = true, .directory = scratch};
    CLEANUP_STRBUF struct strbuf missing = {0};
    CLEANUP_FREE char *config = with_directory(files[_i].config);
    write_file(in_scratch("here.txt"), "");
    ck_assert_int_eq(mkdir(in_scratch("sub"), 0700), 0);
    write_file(in_scratch("sub/x_1.txt"), "");
    use_rule(files[_i].rule);
    apply(config, &options);
    for (const char *at = diagnostics_text(); (at = strstr(at, ": wrong: ")) != NULL;) {
        at += 9;
        strbuf_puts(&missing, missing.length > 0 ? " " : "");
        strbuf_append(&missing, at, strcspn(at, "\n"));
    }
    CLEANUP_FREE char *wanted = with_directory(files[_i].missing);
    assert_buffer(missing, wanted);
    diagnostics_clear();
    options.check_paths = false; /* not checked unless asked for */
    apply(config, &options);
    ck_assert_ptr_null(strstr(diagnostics_text(), "found"));
}
END_TEST

/* --- contents ----------------------------------------------------------------------------- */

/* Files of what a mapping stands for, and what is compared with their contents. */
static const struct {
    const char *rule, *config;
    const char *wrong; /* messages after "wrong: ", a line each */
} contents[] = {
    {"\"path\": \"{a}\", \"numbered\": [\"f\", \"n\"]", "a: {f: 'x_{}_{}.txt', n: '02'}\n",
        "x_01_02.txt\nx_02_02.txt\n"},
    {"\"path\": \"sub/{a}\", \"numbered\": [\"f\", \"n\"]", "a: {f: 'x_{}.{}', n: '1'}\n",
        "sub/x_1.1\n"},
    {"\"path\": \"{a}\", \"numbered\": [\"f\", \"n\"]", "a: {f: 'x_{}', n: '1'}\n", ""},
    {"\"path\": \"{a}\", \"numbered\": [\"f\", \"n\"]", "a: {f: '{}{}', n: '99999999999'}\n", ""},
    {"\"path\": \"{a}\", \"numbered\": [\"f\", \"n\"]", "a: {f: '{}{}', n: x}\n", ""},
    {"\"path\": \"{a}\", \"numbered\": [\"f\", \"n\"]", "a: {f: '{}{}'}\n", ""},
    {"\"path\": \"{a}\"", "a: {f: x}\n", ""},
    /* the format */
    {"\"path\": \"{a}\", \"contents\": {\"format\": \"json\"}", "a: here.txt\n",
        "here.txt is empty\n"},
    {"\"path\": \"{a}\", \"contents\": {\"format\": \"json\"}", "a: gone.txt\n", ""},
    {"\"path\": \"{a}\", \"contents\": {\"format\": \"json\"}", "a: [o.json, here.txt]\n",
        "here.txt is empty\n"},
    /* numbers and keys */
    {"\"path\": \"o.json\", \"contents\": {\"format\": \"json\", \"equal\": {\"n\": \"{a}\"}}",
        "a: 5\n", ""},
    {"\"path\": \"o.json\", \"contents\": {\"format\": \"json\", \"equal\": {\"n\": \"{a}\", "
     "\"in.m\": \"{a}\", \"no\": \"{a}\", \"minus\": \"{a}\", \"text\": \"{a}\"}}",
        "a: 6\n", "o.json has n 5 instead of 6, in.m 7 instead of 6\n"},
    {"\"path\": \"o.json\", \"contents\": {\"format\": \"json\", \"equal\": {\"n\": \"{a}\"}}",
        "b: 5\n", ""},
    {"\"path\": \"o.json\", \"contents\": {\"format\": \"json\", \"equal\": {\"n\": \"{a}\"}}",
        "a: text\n", ""},
    {"\"path\": \"{a}\", \"contents\": {\"format\": \"json\", \"keys\": [\"n\", \"x\"]}",
        "a: [o.json, here.txt]\n", "o.json has no \"x\"\n"},
    /* columns */
    {"\"path\": \"d.json\", \"contents\": {\"format\": \"records\", \"loader\": \"{a}\", "
     "\"columns\": "
     "[\"q\", \"{b}\"]}",
        "a: json\n", ""},
    {"\"path\": \"d.json\", \"contents\": {\"format\": \"records\", \"loader\": \"{a}\", "
     "\"columns\": "
     "[\"q\", \"{b}\"]}",
        "a: json\nb: other\n", "d.json has no column \"other\", only \"q\", \"m\"\n"},
    {"\"path\": \"d.json\", \"contents\": {\"format\": \"records\", \"loader\": \"{a}\", "
     "\"columns\": "
     "[\"role\"]}",
        "a: json\n",
        "d.json has no column \"role\", only \"q\", \"m\" (for the records inside it, set field: "
        "m)\n"},
    {"\"path\": \"d.json\", \"contents\": {\"format\": \"records\", \"loader\": \"{a}\", "
     "\"columns\": "
     "[{\"name\": \"m\", \"items\": [\"role\", \"content\"]}]}",
        "a: json\n", "d.json: the items of column \"m\" have no \"content\", only \"role\"\n"},
    {"\"path\": \"d.json\", \"contents\": {\"format\": \"records\", \"loader\": \"{a}\", "
     "\"columns\": "
     "[{\"name\": \"q\", \"items\": [\"role\"]}]}",
        "a: json\n", "d.json: column \"q\" has a string, not a list of objects\n"},
    {"\"path\": \"d.json\", \"contents\": {\"format\": \"records\", \"loader\": \"{a}\", "
     "\"columns\": "
     "[\"x\"]}",
        "b: json\n", ""},
};

START_TEST(file_contents)
{
    struct check_options options = {.bf16 = -1, .check_paths = true, .directory = scratch};
    CLEANUP_STRBUF struct strbuf wrong = {0};
    write_file(in_scratch("here.txt"), "");
    write_file(
        in_scratch("o.json"), "{\"n\": 5, \"in\": {\"m\": 7}, \"minus\": -1, \"text\": \"5\"}");
    write_file(in_scratch("d.json"), "{\"q\": \"x\", \"m\": [{\"role\": \"user\"}]}\n");
    use_rule(contents[_i].rule);
    apply(contents[_i].config, &options);
    for (const char *at = diagnostics_text(); (at = strstr(at, ": wrong: ")) != NULL;) {
        at += 9;
        strbuf_append(&wrong, at, strcspn(at, "\n") + 1);
    }
    ck_assert_str_eq(strbuf_string(&wrong), contents[_i].wrong);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("file_checks");
    TCase *tc = add_case(suite, "files");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, NULL, tear_down);
    tcase_add_loop_test(tc, file, 0, (int)COUNT(files));
    tcase_add_loop_test(tc, file_contents, 0, (int)COUNT(contents));
    return check_main(suite);
}
