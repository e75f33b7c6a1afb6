/* SPDX-License-Identifier: Apache-2.0
 *
 * Interpolations. Every case was compared with OmegaConf 2.3.0 and 2.4.0.
 */
#include "tests/unit/check_helper.h"

static struct resolved_config config;

static void tear_down(void)
{
    resolved_deinit(&config);
    diagnostics_clear();
}

/* The value at a dotted path, as the trainer sees it. */
static const json_t *value_at(const json_t *tree, const char *path)
{
    char parts[256];
    size_t n = 1;
    snprintf(parts, sizeof parts, "%s", path);
    for (char *p = parts; *p != '\0'; p++)
        if (*p == '.') {
            *p = '\0';
            n++;
        }
    return resolved_get(&config, tree, parts, n);
}

/* --- what can be resolved ----------------------------------------------------------------- */

/* The string under test is `q` and `nest.deep.r` of this config. */
#define CONFIG_AROUND                                                                              \
    "{\"q\": %s, \"a\": 1, \"b\": {\"c\": 2, \"d\": \"text\", \"e\": {\"f\": true, \"g\": null}}," \
    " \"l\": [10, {\"x\": \"y\"}, [1, 2]], \"s\": \"str\", \"key\": \"c\", \"i\": 1, \"half\": "   \
    "0.5,"                                                                                         \
    " \"name\": \"a\", \"x-y\": 7, \"1\": \"one\", \"caf\\u00e9\": \"accent\", \"again\": "        \
    "\"${b}\","                                                                                    \
    " \"nest\": {\"a\": \"near\", \"deep\": {\"r\": %s, \"a\": \"nearest\", \"list\": [%s]}}}"

static json_t *surround(const char *text)
{
    CLEANUP_STRBUF struct strbuf json = {0};
    CLEANUP_JSON json_t *string = json_string(text);
    CLEANUP_FREE char *quoted = json_dumps(string, JSON_ENCODE_ANY);
    strbuf_printf(&json, CONFIG_AROUND, quoted, quoted, quoted);
    json_t *tree = json_loads(json.data, 0, NULL);
    ck_assert_ptr_nonnull(tree);
    return tree;
}

static const struct {
    const char *text, *value; /* JSON */
} resolved[] = {
    /* absolute */
    {"${a}", "1"},
    {"${b.c}", "2"},
    {"${b.e.f}", "true"},
    {"${b.e.g}", "null"},
    {"${s}", "\"str\""},
    {"${half}", "0.5"},
    {"${x-y}", "7"},
    {"${1}", "\"one\""},
    {"${caf\xc3\xa9}", "\"accent\""},
    /* spaces inside the braces are ignored */
    {"${ a }", "1"},
    {"${ b.c}", "2"},
    {"${\ta }", "1"},
    /* whole nodes keep their types */
    {"${b.e}", "{\"f\": true, \"g\": null}"},
    {"${l}", "[10, {\"x\": \"y\"}, [1, 2]]"},
    /* lists */
    {"${l.0}", "10"},
    {"${l[0]}", "10"},
    {"${l[1].x}", "\"y\""},
    {"${l[1][x]}", "\"y\""},
    {"${l.1.x}", "\"y\""},
    {"${l[2][1]}", "2"},
    {"${l[00]}", "10"},
    /* oc.decode of a number in quotes */
    {"${oc.decode:'12'}", "12"},
    {"x${oc.decode:'12'}", "\"x12\""},
    /* brackets */
    {"${b[c]}", "2"},
    {"${b[e][f]}", "true"},
    {"${[b]}", "{\"c\": 2, \"d\": \"text\", \"e\": {\"f\": true, \"g\": null}}"},
    {"${[b].c}", "2"},
    {"${[b][c]}", "2"},
    /* nested */
    {"${b.${key}}", "2"},
    {"${b[${key}]}", "2"},
    {"${${name}}", "1"},
    {"${b.${nest.${missing}${name}}}", NULL},
    /* through another one */
    {"${again.c}", "2"},
    {"${again.e.f}", "true"},
    {"x${again.d}", "\"xtext\""},
    /* in strings */
    {"x${a}", "\"x1\""},
    {"${a}x", "\"1x\""},
    {"${a}${s}", "\"1str\""},
    {" ${a}", "\" 1\""},
    {"${a}${a}${a}", "\"111\""},
    {"x${b.e.g}y", "\"xNoney\""},
    {"x${b.e.f}", "\"xTrue\""},
    {"x${half}", "\"x0.5\""},
    {"/out/${s}/run", "\"/out/str/run\""},
    {"'${a}'", "\"'1'\""},
    {"{${a}}", "\"{1}\""},
    {"${a}}", "\"1}\""},
    {"$${a}", "\"$1\""},
    {"$ ${a} $", "\"$ 1 $\""},
    /* escapes */
    {"\\${a}", "\"${a}\""},
    {"x\\${a}y", "\"x${a}y\""},
    {"\\${a}${a}", "\"${a}1\""},
    {"${a}\\${a}", "\"1${a}\""},
    {"a\\b${a}", "\"a\\\\b1\""},
    {"${a}\\", "\"1\\\\\""},
    {"\\\\${a}", "\"\\\\1\""},
    {"\\\\\\${a}", "\"\\\\${a}\""},
    {"x\\\\\\\\${a}", "\"x\\\\\\\\1\""},
    /* not interpolations */
    {"$a", "\"$a\""},
    {"$", "\"$\""},
    {"$ {a}", "\"$ {a}\""},
    {"{a}", "\"{a}\""},
};

START_TEST(resolves)
{
    CLEANUP_JSON json_t *tree = surround(resolved[_i].text);
    resolved_build(&config, tree, &diagnostics_sink);
    if (resolved[_i].value == NULL) {
        ck_assert_ptr_null(value_at(tree, "q"));
        return;
    }
    ck_assert_msg(*diagnostics_text() == '\0', "%s: %s", resolved[_i].text, diagnostics_text());
    assert_json(value_at(tree, "q"), resolved[_i].value);
    assert_json(value_at(tree, "nest.deep.r"), resolved[_i].value);
    assert_json(value_at(tree, "nest.deep.list.0"), resolved[_i].value);
}
END_TEST

/* One dot: relative to the mapping or list that contains the string. */
static const struct {
    const char *text, *in_root, *in_mapping, *in_list; /* JSON; NULL: absent */
} relative[] = {
    {"${.a}", "1", "\"nearest\"", NULL},
    {"${..a}", NULL, "\"near\"", "\"nearest\""},
    {"${...a}", NULL, "1", "\"near\""},
    {"${....a}", NULL, NULL, "1"},
    {"${.....a}", NULL, NULL, NULL},
    {"${ .a }", "1", "\"nearest\"", NULL},
    {"${.b.c}", "2", NULL, NULL},
    {"${...b.c}", NULL, "2", NULL},
    {"${.[a]}", "1", "\"nearest\"", NULL},
    {"x${.a}", "\"x1\"", "\"xnearest\"", NULL},
};

START_TEST(resolves_relative)
{
    static const char *const places[] = {"q", "nest.deep.r", "nest.deep.list.0"};
    const char *const wanted[] = {
        relative[_i].in_root, relative[_i].in_mapping, relative[_i].in_list};
    CLEANUP_JSON json_t *tree = surround(relative[_i].text);
    resolved_build(&config, tree, &diagnostics_sink);
    for (size_t i = 0; i < COUNT(places); i++) {
        CLEANUP_STRBUF struct strbuf wrong = {0};
        strbuf_printf(&wrong, "error unresolved-interpolation at %s:", places[i]);
        bool reported = strstr(diagnostics_text(), wrong.data) != NULL;
        ck_assert_msg(reported == (wanted[i] == NULL), "%s at %s: %s", relative[_i].text, places[i],
            diagnostics_text());
        if (wanted[i] == NULL)
            ck_assert_ptr_null(value_at(tree, places[i]));
        else
            assert_json(value_at(tree, places[i]), wanted[i]);
    }
}
END_TEST

/* A string that is reached through another path is still relative to its own position. If it is
 * evaluated that way first it may stay unknown, but it is not an error. */
START_TEST(relative_inside_an_interpolated_node)
{
    static const char *const texts[] = {"b: {r: '${.s}', s: 1}\na: ${b}\nq: ${a.r}\n",
        "q: ${a.r}\na: ${b}\nb: {r: '${.s}', s: 1}\n"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        CLEANUP_JSON json_t *tree = tree_from(texts[i]);
        resolved_build(&config, tree, &diagnostics_sink);
        assert_diagnostic("", texts[i]);
        if (i == 0 || value_at(tree, "q") != NULL)
            assert_json(value_at(tree, "q"), "1");
        if (i == 0 || value_at(tree, "a.r") != NULL)
            assert_json(value_at(tree, "a.r"), "1");
    }
}
END_TEST

/* --- what cannot be resolved -------------------------------------------------------------- */

static const struct {
    const char *text, *code; /* at q of the same config */
} unresolved[] = {
    {"${zz}", "unresolved-interpolation"},
    {"${b.zz}", "unresolved-interpolation"},
    {"${a.b}", "unresolved-interpolation"},
    {"${b.e.g.x}", "unresolved-interpolation"},
    {"${s.x}", "unresolved-interpolation"},
    {"${l.3}", "unresolved-interpolation"},
    {"${l[3]}", "unresolved-interpolation"},
    {"${l.x}", "unresolved-interpolation"},
    {"${l[0x0]}", "unresolved-interpolation"},
    {"${l.99999999999999999999999}", "unresolved-interpolation"},
    {"${b.${s}}", "unresolved-interpolation"},
    {"x${zz}y", "unresolved-interpolation"},
    {"${a}${zz}", "unresolved-interpolation"},
    {"${..a}", "unresolved-interpolation"},
    /* malformed */
    {"${}", "bad-interpolation"},
    {"${ }", "bad-interpolation"},
    {"${a", "bad-interpolation"},
    {"${", "bad-interpolation"},
    {"${a}${", "bad-interpolation"},
    {"x${b.", "bad-interpolation"},
    {"${b.}", "bad-interpolation"},
    {"${b..c}", "bad-interpolation"},
    {"${b.c.}", "bad-interpolation"},
    {"${.}", "bad-interpolation"},
    {"${b[]}", "bad-interpolation"},
    {"${b[c}", "bad-interpolation"},
    {"${b]c}", "bad-interpolation"},
    {"${b[ c]}", "bad-interpolation"},
    {"${b['c']}", "bad-interpolation"},
    {"${b[\"c\"]}", "bad-interpolation"},
    {"${b .c}", "bad-interpolation"},
    {"${b. c}", "bad-interpolation"},
    {"${a b}", "bad-interpolation"},
    {"${a,b}", "unresolved-interpolation"}, /* the key "a,b" */
    {"${a{b}}", "bad-interpolation"},
    {"${'a'}", "bad-interpolation"},
    {"${b.${key}", "bad-interpolation"},
    {"${oc.env:HOME", "bad-interpolation"},
    {"${oc.env:'}", "bad-interpolation"},
    {"${nope:{a: 1}", "bad-interpolation"},
    /* resolvers */
    {"${nope:1}", "unknown-resolver"},
    {"${nope:}", "unknown-resolver"},
    {"${nope:'}'}", "unknown-resolver"},
    {"${ nope:1}", "unknown-resolver"},
    {"${env:HOME}", "unknown-resolver"},
    {"${now:%Y}", "unknown-resolver"},
    {"x${oc.nope:1}y", "unknown-resolver"},
    /* not supported here */
    {"${oc.decode:'{a: 1}'}", "unchecked-resolver"},
    {"${oc.select:a,5}", "unchecked-resolver"},
    {"${oc.select:q}", "cyclic-interpolation"},
    {"${oc.create:{a:1}}", "unchecked-resolver"},
    {"${oc.dict.keys:b}", "unchecked-resolver"},
    {"${oc.deprecated:a}", "unchecked-resolver"},
    {"${oc.env:}", "unchecked-resolver"},
    {"${oc.env:1}", "unchecked-resolver"},
    {"${oc.env:A,}", "unchecked-resolver"},
    {"${oc.env:'}'}", "unchecked-resolver"},
    {"${oc.env:\"}\"}", "unchecked-resolver"},
    {"${oc.env:${s}}", "unchecked-resolver"},
    {"${oc.env:A,${nowhere}}", "unresolved-interpolation"},
    {"${oc.env:A,${q}}", "cyclic-interpolation"},
    {"${oc.select:${b.${key}},{a: '}'}}", "unchecked-resolver"},
};

START_TEST(does_not_resolve)
{
    CLEANUP_STRBUF struct strbuf wanted = {0};
    CLEANUP_JSON json_t *tree = surround(unresolved[_i].text);
    json_object_del(json_object_get(tree, "nest"), "deep");
    strbuf_printf(&wanted, "error %s at q", unresolved[_i].code);
    resolved_build(&config, tree, &diagnostics_sink);
    assert_diagnostic(wanted.data, unresolved[_i].text);
    ck_assert_ptr_null(value_at(tree, "q"));
}
END_TEST

static const char *const known_resolvers[] = {"${oc.env:HOME}", "${oc.env:HOME,/tmp}",
    "/x/${oc.env:HOME}/y", "${ oc.env: HOME }", "${oc.env:A_1,a-b c}", "${oc.env:A,${f2}}"};

/* A note, and what depends on it is unknown without a diagnostic of its own. */
START_TEST(known_when_the_run_starts)
{
    CLEANUP_JSON json_t *tree = json_pack(
        "{s:s, s:s, s:s, s:i}", "e", known_resolvers[_i], "f", "${e}", "g", "x${f}", "f2", 1);
    resolved_build(&config, tree, &diagnostics_sink);
    assert_diagnostic("note environment at e", known_resolvers[_i]);
    ck_assert_ptr_null(value_at(tree, "e"));
    ck_assert_ptr_null(value_at(tree, "g"));
}
END_TEST

/* Numbers in YAML, but not in OmegaConf's literals. */
START_TEST(decodes_no_yaml)
{
    static const char *const words[] = {
        "017", "0x1F", "0b1", "00", "1_", "1__0", "yes", "no", "on", "off", "y", "12:30"};
    for (size_t i = 0; i < COUNT(words); i++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        strbuf_printf(&text, "${oc.decode:'%s'}", words[i]);
        CLEANUP_JSON json_t *tree = json_pack("{s:s}", "e", text.data);
        resolved_build(&config, tree, &diagnostics_sink);
        const json_t *value = value_at(tree, "e");
        ck_assert_msg(value == NULL || (json_is_string(value) &&
                                           strcmp(json_string_value(value), words[i]) == 0),
            "%s", words[i]);
    }
}
END_TEST

static const struct {
    const char *config, *diagnostics;
} exact[] = {
    {"q: ${b.lerning_rate}\nb: {learning_rate: 1}\n",
        "error unresolved-interpolation at q: the interpolation refers to \"lerning_rate\", which "
        "does not exist"
        " (did you mean \"learning_rate\"?)\n"},
    {"batch_size: 1\nq: x${batchsize}\n", "error unresolved-interpolation at q: the interpolation "
                                          "refers to \"batchsize\", which does not exist"
                                          " (did you mean \"batch_size\"?)\n"},
    {"q: ${xyz}\n", "error unresolved-interpolation at q: the interpolation refers to \"xyz\","
                    " which does not exist\n"},
    {"a: x${a}\n", "error cyclic-interpolation at a: \"a\" refers to itself\n"},
    {"a: '\?\?\?'\nb: {c: ['\?\?\?']}\n", "error missing-value at a: a is \?\?\?, which OmegaConf "
                                          "treats as a missing value\n"
                                          "error missing-value at b.c.0: b.c.0 is \?\?\?, which "
                                          "OmegaConf treats as a missing value\n"},
    {"q: ${nope:1}\n", "error unknown-resolver at q: OmegaConf has no resolver \"nope\"\n"},
    {"q: ${oc.env:A}\n", "note environment at q: the value of ${oc.env:\xe2\x80\xa6} is only known"
                         " when the run starts\n"},
    {"a: '\?\?'\nb: 'x\?\?\?'\nc: '\?\?\?\?'\n", ""},
};

START_TEST(reports_exactly)
{
    CLEANUP_JSON json_t *tree = tree_from(exact[_i].config);
    resolved_build(&config, tree, &diagnostics_sink);
    assert_diagnostics(exact[_i].diagnostics);
}
END_TEST

/* The string with the mistake is reported, once, in whatever order strings are evaluated. */
static const char *const mistakes[] = {"a: ${b}\nb: ${zz}\nc: x${a}\n",
    "b: ${zz}\na: ${b}\nc: x${a}\n", "c: x${a}\na: ${b}\nb: ${zz}\n",
    "a: ${n.b}\nn: {b: '${zz}'}\n", "a: ${n.b}\nn: {b: '${.zz}'}\n",
    "n: {b: '${.zz}'}\na: ${n.b}\n", "a: ${m.b}\nm: ${n}\nn: {b: '${.zz}'}\n",
    "n: {b: '${.zz}'}\na: ${m.b}\nm: ${n}\n", "m: ${n}\nn: {b: '${.zz}'}\na: ${m.b}\n",
    "a: [1, '${n.b}']\nn: {b: 'x${..zz}'}\n"};

START_TEST(blames_the_mistake)
{
    CLEANUP_JSON json_t *tree = tree_from(mistakes[_i]);
    resolved_build(&config, tree, &diagnostics_sink);
    const char *at = strstr(mistakes[_i], "n: ") != NULL ? "n.b" : "b";
    CLEANUP_STRBUF struct strbuf wanted = {0};
    strbuf_printf(&wanted, "error unresolved-interpolation at %s", at);
    assert_diagnostic(wanted.data, mistakes[_i]);
}
END_TEST

/* --- cycles and limits -------------------------------------------------------------------- */

static const char *const cycles[] = {"a: ${a}\n", "a: x${a}\n", "a: ${b}\nb: ${c}\nc: ${a}\n",
    "a: {b: '${a}'}\n", "a: ['${a}']\n", "a: {b: {c: '${a}'}}\n", "a: {b: 'x${..a}'}\n",
    "a: {b: '${c.d}'}\nc: {d: '${a.b}'}\n", "a: ${b.${a}}\nb: {c: 1}\n", "a: ['${.0}']\n",
    "a: {b: '${.b}'}\n"};

START_TEST(cycle)
{
    CLEANUP_JSON json_t *tree = tree_from(cycles[_i]);
    resolved_build(&config, tree, &diagnostics_sink);
    ck_assert_msg(strncmp(diagnostics_text(), "error cyclic-interpolation at ", 30) == 0, "%s%s",
        cycles[_i], diagnostics_text());
    const char *line = strchr(diagnostics_text(), '\n');
    ck_assert_msg(line != NULL && line[1] == '\0', "%s%s", cycles[_i], diagnostics_text());
}
END_TEST

/* A key of the same mapping, or of one that refers to it, is not a cycle. */
START_TEST(no_cycles)
{
    CLEANUP_JSON json_t *tree =
        tree_from("a: {b: '${.c}', c: '${d.b}'}\nd: {b: 1, c: '${a.b}'}\ne: ['${e.1}', 5]\n");
    resolved_build(&config, tree, &diagnostics_sink);
    assert_diagnostics("");
    assert_json(value_at(tree, "d.c"), "1");
    assert_json(value_at(tree, "e.0"), "5");
}
END_TEST

/* k0: ${k1}, k1: ${k2}, …, the last is 7; or the same with the last key first. */
static json_t *chain(int length, bool backwards)
{
    json_t *tree = json_object();
    for (int i = 0; i < length; i++) {
        int k = backwards ? length - 1 - i : i;
        char key[16], value[16];
        snprintf(key, sizeof key, "k%d", k);
        snprintf(value, sizeof value, "${k%d}", k + 1);
        json_object_set_new(tree, key, k == length - 1 ? json_integer(7) : json_string(value));
    }
    return tree;
}

START_TEST(chains)
{
    for (int backwards = 0; backwards < 2; backwards++) {
        CLEANUP_JSON json_t *tree = chain(30, backwards);
        resolved_build(&config, tree, &diagnostics_sink);
        assert_diagnostics("");
        assert_json(value_at(tree, "k0"), "7");
    }
}
END_TEST

/* Too long to be resolved, but the stack does not overflow, and strings that refer to an unknown
 * one are not reported too. */
START_TEST(endless_chains)
{
    CLEANUP_JSON json_t *tree = chain(4000, false);
    resolved_build(&config, tree, &diagnostics_sink);
    ck_assert_msg(strncmp(diagnostics_text(), "error cyclic-interpolation at ", 30) == 0, "%.200s",
        diagnostics_text());
    ck_assert_uint_lt(diagnostics.length, 4000 * 20);
}
END_TEST

START_TEST(nested_braces_without_end)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    for (int i = 0; i < 5000; i++)
        strbuf_puts(&text, "${a.");
    CLEANUP_JSON json_t *tree = json_pack("{s:s, s:{}}", "q", text.data, "a");
    resolved_build(&config, tree, &diagnostics_sink);
    ck_assert_ptr_null(value_at(tree, "q"));
    ck_assert_uint_gt(diagnostics.length, 0);
}
END_TEST

/* Each string contains the previous one twice. */
START_TEST(doubling)
{
    CLEANUP_JSON json_t *tree = json_pack("{s:s}", "k0", "xxxxxxxx");
    for (int i = 1; i < 60; i++) {
        char key[16], value[32];
        snprintf(key, sizeof key, "k%d", i);
        snprintf(value, sizeof value, "${k%d}${k%d}", i - 1, i - 1);
        json_object_set_new(tree, key, json_string(value));
    }
    resolved_build(&config, tree, &diagnostics_sink);
    ck_assert_uint_eq(json_string_length(value_at(tree, "k5")), 8 << 5);
    ck_assert_ptr_null(value_at(tree, "k59"));
    ck_assert_msg(strncmp(diagnostics_text(), "error cyclic-interpolation at k", 31) == 0, "%.200s",
        diagnostics_text());
    const char *line = strchr(diagnostics_text(), '\n');
    ck_assert_msg(line != NULL && line[1] == '\0', "%.500s", diagnostics_text());
}
END_TEST

/* The total length of all strings is limited too. */
START_TEST(many_long_texts)
{
    CLEANUP_STRBUF struct strbuf longest = {0};
    strbuf_repeat(&longest, 'x', 60000);
    CLEANUP_JSON json_t *tree = json_pack("{s:s}", "x", longest.data);
    for (int i = 0; i < 200; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        json_object_set_new(tree, key, json_string("${x}-"));
    }
    resolved_build(&config, tree, &diagnostics_sink);
    ck_assert_uint_eq(json_string_length(value_at(tree, "k10")), 60001);
    ck_assert_ptr_null(value_at(tree, "k199"));
}
END_TEST

START_TEST(thousands_of_strings)
{
    CLEANUP_JSON json_t *tree = json_pack("{s:i, s:[]}", "a", 1, "l");
    json_t *list = json_object_get(tree, "l");
    for (int i = 0; i < 4000; i++)
        json_array_append_new(list, json_string(i % 2 == 0 ? "${a}" : "x${a}"));
    resolved_build(&config, tree, &diagnostics_sink);
    assert_diagnostics("");
    assert_json(value_at(tree, "l.3998"), "1");
    assert_json(value_at(tree, "l.3999"), "\"x1\"");
    for (int i = 0; i < 4000; i++)
        json_array_append_new(list, json_string("${a}"));
    resolved_build(&config, tree, &diagnostics_sink);
    ck_assert_ptr_null(value_at(tree, "l.7999"));
    ck_assert_uint_gt(diagnostics.length, 0);
}
END_TEST

/* --- the resolved config ------------------------------------------------------------------ */

START_TEST(refers_to)
{
    CLEANUP_JSON json_t *tree =
        tree_from("a: 1\nb: {c: 2}\nd: x${a}\ne: {f: '${b.c}', g: '${..h}'}\nh: 3\ni: 4\n");
    resolved_build(&config, tree, &diagnostics_sink);
    ck_assert(resolved_refers_to(&config, "a"));
    ck_assert(resolved_refers_to(&config, "b"));
    ck_assert(resolved_refers_to(&config, "h")); /* by a relative path */
    ck_assert(!resolved_refers_to(&config, "c"));
    ck_assert(!resolved_refers_to(&config, "d"));
    ck_assert(!resolved_refers_to(&config, "i"));
    ck_assert(!resolved_refers_to(&config, "no"));
}
END_TEST

/* A resolved config that is built again forgets the previous tree. */
START_TEST(rebuilt)
{
    CLEANUP_JSON json_t *one = tree_from("a: 1\nb: ${a}\nc: x${b}\n");
    CLEANUP_JSON json_t *other = tree_from("b: 2\nc: ${b}\n");
    for (int i = 0; i < 3; i++) {
        resolved_build(&config, one, &diagnostics_sink);
        assert_json(value_at(one, "c"), "\"x1\"");
        ck_assert(resolved_refers_to(&config, "a"));
        resolved_build(&config, other, &diagnostics_sink);
        assert_json(value_at(other, "c"), "2");
        ck_assert(!resolved_refers_to(&config, "a"));
    }
    assert_diagnostics("");
}
END_TEST

START_TEST(gets)
{
    CLEANUP_JSON json_t *tree = tree_from("a: {b: [{c: 1}, '${d}']}\nd: {c: '${e}'}\ne: 5\n");
    resolved_build(&config, tree, &diagnostics_sink);
    assert_json(value_at(tree, "a.b.0.c"), "1");
    assert_json(value_at(tree, "a.b.1.c"), "5");
    ck_assert_ptr_null(value_at(tree, "a.b.2"));
    ck_assert_ptr_null(value_at(tree, "a.b.x"));
    ck_assert_ptr_null(value_at(tree, "e.x"));
    ck_assert_ptr_eq(resolved_get(&config, tree, "", 0), tree);
    ck_assert_ptr_null(resolved_get(&config, NULL, "a", 1));
    ck_assert_ptr_null(resolved_value(&config, NULL));
    resolved_deinit(&config);
    resolved_deinit(&config);
}
END_TEST

/* Paths that are too long are skipped; no buffer is overrun. */
START_TEST(long_paths)
{
    CLEANUP_STRBUF struct strbuf key = {0};
    strbuf_repeat(&key, 'k', 300);
    CLEANUP_JSON json_t *inner = json_pack("{s:s, s:s}", "a", "${zz}", "b", "${.c}");
    CLEANUP_JSON json_t *tree =
        json_pack("{s:{s:O}, s:s, s:i}", key.data, key.data, inner, "q", "${a}", "a", 1);
    resolved_build(&config, tree, &diagnostics_sink);
    assert_json(value_at(tree, "q"), "1");
}
END_TEST

static TCase *add_cases(Suite *suite, const char *name)
{
    TCase *tc = add_case(suite, name);
    tcase_add_checked_fixture(tc, NULL, tear_down);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("resolved");
    TCase *tc = add_cases(suite, "forms");
    tcase_add_loop_test(tc, resolves, 0, (int)COUNT(resolved));
    tcase_add_loop_test(tc, resolves_relative, 0, (int)COUNT(relative));
    tcase_add_test(tc, relative_inside_an_interpolated_node);
    tcase_add_loop_test(tc, does_not_resolve, 0, (int)COUNT(unresolved));
    tcase_add_loop_test(tc, known_when_the_run_starts, 0, (int)COUNT(known_resolvers));
    tcase_add_test(tc, decodes_no_yaml);
    tcase_add_loop_test(tc, reports_exactly, 0, (int)COUNT(exact));
    tcase_add_loop_test(tc, blames_the_mistake, 0, (int)COUNT(mistakes));
    tc = add_cases(suite, "limits");
    tcase_set_timeout(tc, 20);
    tcase_add_loop_test(tc, cycle, 0, (int)COUNT(cycles));
    tcase_add_test(tc, no_cycles);
    tcase_add_test(tc, chains);
    tcase_add_test(tc, endless_chains);
    tcase_add_test(tc, nested_braces_without_end);
    tcase_add_test(tc, doubling);
    tcase_add_test(tc, many_long_texts);
    tcase_add_test(tc, thousands_of_strings);
    tc = add_cases(suite, "config");
    tcase_add_test(tc, refers_to);
    tcase_add_test(tc, rebuilt);
    tcase_add_test(tc, gets);
    tcase_add_test(tc, long_paths);
    return check_main(suite);
}
