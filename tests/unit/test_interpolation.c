/* SPDX-License-Identifier: Apache-2.0
 *
 * Limits of the grammar of interpolations, and environment variables. Every case was compared with
 * OmegaConf 2.3.0 and 2.4.0.
 */
#include "tests/unit/check_helper.h"

static struct resolved_config resolved;
static json_t *tree;

static void tear_down(void)
{
    resolved_deinit(&resolved);
    json_decref(tree);
    tree = NULL;
    diagnostics_clear();
}

/* The string under test is `q` of this config. */
static const char around[] = "a: 1\n"
                             "b: {c: 2, e: {f: true}}\n"
                             "l: [10, {x: y}]\n"
                             "half: 0.5\n"
                             "key: c\n"
                             "path: b.c\n"
                             "one: '1'\n"
                             "questions: '\?\?'\n"
                             "dots: .a\n"
                             "'true': 3\n"
                             "'1': 4\n"
                             "p(q: 5\n"
                             "p\\: 6\n"
                             "p'q: 7\n"
                             "p q: 8\n"
                             "cc: 9\n"
                             "v: ${oc.env:V}\n";

/* Every diagnostic at `q`. */
static const char *diagnostics_at_q(const char *text)
{
    static char found[4096];
    tree = tree_from(around);
    json_object_set_new(tree, "q", json_string(text));
    resolved_build(&resolved, tree, &diagnostics_sink);
    found[0] = '\0';
    for (const char *line = diagnostics_text(); *line != '\0';) {
        const char *end = strchr(line, '\n') + 1;
        const char *at = strstr(line, " at q: ");
        if (at != NULL && at < end)
            snprintf(found + strlen(found), sizeof found - strlen(found), "%.*s", (int)(end - line),
                line);
        line = end;
    }
    return found;
}

static const struct {
    const char *text, *code;
} rejected[] = {
    /* a part of a path is one interpolation, or has none */
    {"${${key}c}", "bad-interpolation"},
    {"${c${key}}", "bad-interpolation"},
    {"${b.${key}${key}}", "bad-interpolation"},
    {"${$${key}}", "bad-interpolation"},
    /* a nested interpolation must be a string, not an int (before 2.4), bool or mapping */
    {"${${a}}", "bad-interpolation"},
    {"${l[${a}]}", "bad-interpolation"},
    {"${${half}}", "bad-interpolation"},
    {"${${b.e.f}}", "bad-interpolation"},
    {"${b.${b.e}}", "bad-interpolation"},
    {"${${dots}}", "bad-interpolation"},
    /* existing keys that the grammar cannot express */
    {"${p(q}", "bad-interpolation"},
    {"${p\\}", "bad-interpolation"},
    {"${p'q}", "bad-interpolation"},
    {"${p q}", "bad-interpolation"},
    {"${[p q]}", "bad-interpolation"},
    {"${b.[c]}", "bad-interpolation"},
    {"${b. c}", "bad-interpolation"},
    {"${l.-1}", "unresolved-interpolation"}, /* before 2.4 */
    {"${oc.select:l.-1}", "unchecked-resolver"},
    /* it resolves to the mark of a missing value */
    {"?${questions}", "missing-value"},
    /* names of resolvers are literal */
    {"${${key}:1}", "bad-interpolation"},
    {"${oc.${key}:1}", "bad-interpolation"},
    {"${1x:1}", "bad-interpolation"},
    /* arguments that OmegaConf does not read as strings */
    {"${oc.env:True}", "unchecked-resolver"},
    {"${oc.env:null}", "unchecked-resolver"},
    {"${oc.env:NaN}", "unchecked-resolver"},
    {"${oc.env:inf}", "unchecked-resolver"},
    {"${oc.env:A,b,c}", "unchecked-resolver"},
    {"${oc.env:A,[${zz}]}", "unchecked-resolver"},
    {"${oc.env:A,${a} b}", "unchecked-resolver"},
    {"${oc.env:A,${oc.env:B}", "bad-interpolation"},
    {"${oc.decode:${half}}", "unchecked-resolver"},
    {"${oc.decode:${zz}}", "unresolved-interpolation"},
    {"${oc.decode:${key}}", "unchecked-resolver"},
    {"${oc.select:null}", "unchecked-resolver"},
    {"${oc.select:..a}", "unresolved-interpolation"}, /* there is nothing above */
    {"${oc.select:l.x}", "unresolved-interpolation"}, /* a list has numbers */
    {"${oc.select:1}", "unchecked-resolver"},
    {"${oc.select:b..c}", "unchecked-resolver"},
    {"${oc.select:b.}", "unchecked-resolver"},
    {"${oc.select:a b}", "unchecked-resolver"},
    /* what follows a variable must be valid too */
    {"${oc.env:HOME}${zz}", "unresolved-interpolation"},
    {"${oc.env:HOME}${a:1}", "unknown-resolver"},
    {"${oc.env:HOME}${${a}}", "bad-interpolation"},
    {"${oc.env:HOME}${", "bad-interpolation"},
    {"${oc.env:HOME}/x${b.}", "bad-interpolation"},
    {"${oc.env:A,${zz}}", "unresolved-interpolation"},
    {"${oc.env:A,${oc.env:B,${zz}}}", "unresolved-interpolation"},
    {"${v}${zz}", "unresolved-interpolation"},
    {"${b.${v}.}", "bad-interpolation"},
    {"${b.${v}}${nope:1}", "unknown-resolver"},
    /* and what precedes it; the variable itself is a string */
    {"${zz.${v}}", "unresolved-interpolation"},
    {"${a.${v}}", "unresolved-interpolation"},
    {"${v.x}", "unresolved-interpolation"},
    {"${v.${v}}", "unresolved-interpolation"},
};

START_TEST(rejects)
{
    const char *found = diagnostics_at_q(rejected[_i].text);
    char wanted[80];
    size_t length = (size_t)snprintf(wanted, sizeof wanted, "error %s at q: ", rejected[_i].code);
    const char *end = strchr(found, '\n');
    ck_assert_msg(
        strncmp(found, wanted, length) == 0 && end[1] == '\0', "%s: %s", rejected[_i].text, found);
}
END_TEST

static const struct {
    const char *text, *value; /* JSON; NULL: only known when the run starts */
} accepted[] = {
    {"${b.${key}}", "2"},
    {"${${path}}", "2"},
    {"${l[${one}].x}", "\"y\""},
    {"\\\\${a}", "\"\\\\1\""},
    {"${oc.select : b.c }", "2"},
    {"${oc.select:zz}", "null"},
    {"${oc.select:a.x}", "null"},
    {"${oc.select:l.7}", "null"},
    {"${ oc.env : A }", NULL},
    {"${oc.env:A , b-c 1.5 }", NULL},
    {"${oc.env:A,${b.c}}/${a}", NULL},
    {"${oc.env:A,${oc.env:B}}", NULL},
    {"${v}${a}", NULL},
    {"${${v}}", NULL},
    {"${b.${v}.x.${v}}", NULL},
    {"${l[${v}]}", NULL},
    {"${oc.decode:'12'}", "12"},
    {"${oc.decode:${one}}", "1"},
    {"${oc.decode:${oc.env:A}}", NULL},
    {"${oc.decode:${oc.env:A,3}}", NULL},
};

START_TEST(accepts)
{
    const char *found = diagnostics_at_q(accepted[_i].text);
    bool note = strstr(accepted[_i].text, "oc.env") != NULL;
    ck_assert_msg(note ? strncmp(found, "note environment at q: ", 23) == 0 : *found == '\0',
        "%s: %s", accepted[_i].text, found);
    const json_t *value = resolved_get(&resolved, tree, "q", 1);
    if (accepted[_i].value == NULL)
        ck_assert_ptr_null(value);
    else
        assert_json(value, accepted[_i].value);
}
END_TEST

/* What a string with variables can become. */
static const struct {
    const char *text;
    bool is_string, cannot_be_name;
} unknown[] = {
    {"${v}", true, false},
    {"x.${v}", true, false},
    {"${v}.${v}9", true, false},
    {"${v}}", true, true},
    {"${v}/x", true, true},
    {" ${v}", true, true},
    {".${v}", true, true},
    {"${v}.", true, true},
    {"a..${v}", true, true},
    {"9${v}", true, true},
    {"${a}${v}", true, true},
    {"${oc.env:A,b}", true, false},
    {"${oc.env:A,null}", false, false},
    {"${oc.decode:${v}}", false, false},
    {"${b.${v}}", false, false},
    {"x${b.${v}}", true, false},
    {"${b.c}", false, false},
};

START_TEST(unknown_strings)
{
    diagnostics_at_q(unknown[_i].text);
    const json_t *value = json_object_get(tree, "q");
    ck_assert_msg(resolved_is_unknown_string(&resolved, value) == unknown[_i].is_string, "%s",
        unknown[_i].text);
    ck_assert_msg(resolved_cannot_be_name(&resolved, value) == unknown[_i].cannot_be_name, "%s",
        unknown[_i].text);
}
END_TEST

/* A string is relative to where it is written, whatever path led to it. */
static const struct {
    const char *config, *diagnostics;
} places[] = {
    {"q: ${a.r}\na: ${b}\nb: {r: '${.s}', s: 1}\n", ""},
    {"a: ${b}\nb: {c: '${a}'}\n", "error cyclic-interpolation at b.c:"},
    {"a: ${b}\nb: {c: 'x${a.d}', d: 1}\n", ""},
    {"a: ${b.c}\nb: {c: {d: '${a}'}}\n", "error cyclic-interpolation at b.c.d:"},
    {"a: {r: &r {x: '${.k}', k: 1}}\nb: {s: *r}\n", ""},
    {"a: {x: &x '${.k}', k: 1}\nb: {y: *x}\n", "error unresolved-interpolation at b.y:"},
};

START_TEST(relative_to_its_own_path)
{
    tree = tree_from(places[_i].config);
    resolved_build(&resolved, tree, &diagnostics_sink);
    size_t length = strlen(places[_i].diagnostics);
    ck_assert_msg(length == 0 ? *diagnostics_text() == '\0'
                              : strncmp(diagnostics_text(), places[_i].diagnostics, length) == 0,
        "%s%s", places[_i].config, diagnostics_text());
}
END_TEST

/* A trainer without interpolations: strings are literal. */
START_TEST(literal)
{
    tree = tree_from("a: ${b}\nb: '\?\?\?'\nc: ['${c', '${nope:1}']\n");
    resolved.rules = INTERPOLATION_NONE;
    resolved_build(&resolved, tree, &diagnostics_sink);
    assert_diagnostics("");
    ck_assert(!resolved_refers_to(&resolved, "b"));
    assert_json(resolved_get(&resolved, tree, "a", 1), "\"${b}\"");
    assert_json(resolved_get(&resolved, tree, "b", 1), "\"\?\?\?\"");
    ck_assert(!resolved_is_unknown(&resolved, json_object_get(tree, "a")));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("interpolation");
    TCase *tc = add_case(suite, "grammar");
    tcase_add_checked_fixture(tc, NULL, tear_down);
    tcase_add_loop_test(tc, rejects, 0, (int)COUNT(rejected));
    tcase_add_loop_test(tc, accepts, 0, (int)COUNT(accepted));
    tcase_add_loop_test(tc, unknown_strings, 0, (int)COUNT(unknown));
    tcase_add_loop_test(tc, relative_to_its_own_path, 0, (int)COUNT(places));
    tcase_add_test(tc, literal);
    return check_main(suite);
}
