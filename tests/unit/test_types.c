/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check/types.h"
#include "lib/util/text.h"
#include "tests/unit/check_helper.h"

static struct resolved_config resolved;
static struct profile profile;

static void tear_down(void)
{
    resolved_deinit(&resolved);
    profile_deinit(&profile);
    diagnostics_clear();
}

/* A profile with one key of a type. */
static const struct value_type *read_type(const char *notation)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_printf(&text,
        "{\"trainer\": \"t\", \"version\": \"1\", \"component_key\": \"_component_\","
        " \"keys\": {\"k\": \"%s\"}}",
        notation);
    profile = profile_from(text.data);
    return profile_key_type(&profile, NULL, "k");
}

/* True if `m.k` in the config is of a type. */
static bool is_of_type(const char *notation, const char *config)
{
    const struct value_type *type = read_type(notation);
    CLEANUP_JSON json_t *tree = tree_from(config);
    resolved_build(&resolved, tree, &diagnostics_sink);
    diagnostics_clear();
    const json_t *value = json_object_get(json_object_get(tree, "m"), "k");
    ck_assert_ptr_nonnull(value);
    struct check check = {.config = &resolved, .profile = &profile, .sink = &diagnostics_sink};
    check_type(&check, type, &(struct named_value){value, "m", "k", "owner"});
    return *diagnostics_text() == '\0';
}

/* --- every kind against every type -------------------------------------------------------- */

static const struct {
    const char *value, *kinds; /* the types that it has, besides "any" */
} values[] = {
    {"null", "null"},
    {"true", "bool"},
    {"0", "int float"},
    {"-7", "int float"},
    {"1.5", "float"},
    {"1e-5", "float"},
    {"2.0", "float"},
    {"text", "str"},
    {"''", "str"},
    {"'5'", "str"},
    {"[]", "list"},
    {"[1, a]", "list"},
    {"{}", "mapping"},
    {"{x: 1}", "mapping"},
    {"{_component_: a.b}", "mapping component"},
    {"{_component_: '${word}'}", "mapping component"},
    {"'${number}'", "int float"},
    {"'${word}'", "str"},
    {"'x${number}'", "str"},
    {"'${nothing}'", "null"},
    {"'${node}'", "mapping component"},
    {"'${items}'", "list"},
};

static const char *const types[] = {
    "null", "bool", "int", "float", "str", "list", "mapping", "component"};

START_TEST(kinds)
{
    const char *value = values[_i].value, *wanted = values[_i].kinds;
    for (size_t t = 0; t < COUNT(types); t++) {
        CLEANUP_STRBUF struct strbuf config = {0};
        strbuf_printf(&config,
            "m: {k: %s}\nnumber: 3\nword: a.b\nnothing:\nnode: {_component_: c}\nitems: [1]\n",
            value);
        const char *at = strstr(wanted, types[t]);
        size_t n = strlen(types[t]);
        bool is = at != NULL && (at == wanted || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0');
        ck_assert_msg(is_of_type(types[t], config.data) == is, "%s as %s: %s", value, types[t],
            diagnostics_text());
        tear_down();
    }
}
END_TEST

/* Unknown types and unknown values are not reported. */
START_TEST(unknown)
{
    ck_assert(is_of_type("any", "m: {k: [{}]}\n"));
    tear_down();
    ck_assert(is_of_type("any|int", "m: {k: text}\n"));
    tear_down();
    ck_assert(is_of_type("int", "m: {k: '${oc.env:N,null}'}\n"));
    tear_down();
    ck_assert(is_of_type("int", "m: {k: '${oc.decode:${oc.env:N}}'}\n"));
    tear_down();
    ck_assert(is_of_type("int|str", "m: {k: '${oc.env:N}'}\n"));
    tear_down();
    ck_assert(is_of_type("int", "m: {k: '${zz}'}\n"));
    tear_down();
    ck_assert(is_of_type("list[int]", "m: {k: ['${oc.env:N}', 1]}\n"));
    tear_down();
    ck_assert(is_of_type("'a'|'b'", "m: {k: '${oc.env:N}'}\n"));
    tear_down();
    /* a component with an unknown name is still a component */
    ck_assert(is_of_type("component", "m: {k: {_component_: '${oc.env:N}'}}\n"));
    tear_down();
    ck_assert(is_of_type("list[component]", "m: {k: [{_component_: '${oc.env:N}'}]}\n"));
}
END_TEST

/* --- messages ----------------------------------------------------------------------------- */

static const struct {
    const char *type, *config, *diagnostics;
} cases[] = {
    {"int|null", "m: {k: text}\n",
        "error wrong-type at m.k: k of owner must be int|null, got str text\n"},
    {"int|null", "m: {k: }\n", ""},
    {"int|null", "m: {k: '${oc.env:N,3}'}\n",
        "error wrong-type at m.k: k of owner must be int|null, but ${oc.env:\xe2\x80\xa6} gives"
        " a string (write ${oc.decode:${oc.env:NAME}})\n"},
    {"int", "m: {k: 2.0}\n", "error wrong-type at m.k: k of owner must be int, got float 2.0\n"},
    {"int", "m: {k: true}\n", "error wrong-type at m.k: k of owner must be int, got bool True\n"},
    {"bool", "m: {k: 1}\n", "error wrong-type at m.k: k of owner must be bool, got int 1\n"},
    {"bool", "m: {k: }\n", "error wrong-type at m.k: k of owner must be bool, got NoneType null\n"},
    {"float", "m: {k: [1, 2]}\n",
        "error wrong-type at m.k: k of owner must be float, got list [1, 2]\n"},
    /* scalars that are read otherwise than they look */
    {"int", "m: {k: 08}\n",
        "error wrong-type at m.k: k of owner must be int, got str '08'"
        " (08 is read as a string: after a zero, digits are octal)\n"},
    {"float", "m: {k: -.5}\n",
        "error wrong-type at m.k: k of owner must be float, got str '-.5'"
        " (-.5 is read as a string)\n"},
    {"str", "m: {k: no}\n",
        "error wrong-type at m.k: k of owner must be str, got bool False"
        " (quote it if it is a string: yes, no, on and off are bools)\n"},
    /* numbers and words in quotes */
    {"float", "m: {k: '2e-5'}\n",
        "error wrong-type at m.k: k of owner must be float, got str '2e-5'"
        " (write it without quotes)\n"},
    {"int", "m: {k: '8'}\n",
        "error wrong-type at m.k: k of owner must be int, got str '8'"
        " (write it without quotes)\n"},
    {"float", "m: {k: '8'}\n",
        "error wrong-type at m.k: k of owner must be float, got str '8'"
        " (write it without quotes)\n"},
    {"bool|null", "m: {k: 'False'}\n",
        "error wrong-type at m.k: k of owner must be bool|null, got str 'False'"
        " (write it without quotes)\n"},
    {"bool", "m: {k: '1'}\n", "error wrong-type at m.k: k of owner must be bool, got str '1'\n"},
    {"int", "m: {k: '1.5'}\n", "error wrong-type at m.k: k of owner must be int, got str '1.5'\n"},
    {"int|null", "m: {k: None}\n",
        "error wrong-type at m.k: k of owner must be int|null, got str 'None' (write null)\n"},
    {"int", "m: {k: None}\n",
        "error wrong-type at m.k: k of owner must be int, got str 'None'"
        " (None is read as a string)\n"},
    /* words */
    {"'full'|'lora'|null", "m: {k: lora}\n", ""},
    {"'full'|'lora'|null", "m: {k: loar}\n",
        "error wrong-value at m.k: k of owner must be 'full'|'lora'|null, got loar"
        " (did you mean \"lora\"?)\n"},
    {"'full'|'lora'", "m: {k: ful}\n",
        "error wrong-value at m.k: k of owner must be 'full'|'lora', got ful"
        " (did you mean \"full\"?)\n"},
    {"'full'|'lora'", "m: {k: full|lora}\n",
        "error wrong-value at m.k: k of owner must be 'full'|'lora', got 'full|lora'\n"},
    {"'full'|'lora'", "m: {k: ''}\n",
        "error wrong-value at m.k: k of owner must be 'full'|'lora', got ''\n"},
    {"'full'|'lora'", "m: {k: xyz}\n",
        "error wrong-value at m.k: k of owner must be 'full'|'lora', got xyz\n"},
    {"'full'|'lora'", "m: {k: 1}\n",
        "error wrong-type at m.k: k of owner must be 'full'|'lora', got int 1\n"},
    {"float|'inf'|null", "m: {k: inf}\n", ""},
    {"float|'inf'|null", "m: {k: 1}\n", ""},
    {"'a'|str", "m: {k: anything}\n", ""},
    /* lists and their items */
    {"list[str]", "m: {k: [a, b]}\n", ""},
    {"list[float]", "m: {k: [1, 2.5]}\n", ""},
    {"list[str]|str", "m: {k: a}\n", ""},
    {"list[int|null]", "m: {k: [1, null]}\n", ""},
    {"list[list[int]]", "m: {k: [[1], [x]]}\n", ""}, /* nested lists are not checked */
    {"list", "m: {k: [1, a, null]}\n", ""},
    {"list[any]", "m: {k: [1, a, null]}\n", ""},
    {"list[str]", "m: {k: a}\n",
        "error wrong-type at m.k: k of owner must be list[str], got str a\n"},
    {"list[str]", "m: {k: [a, 1, b, null]}\n",
        "error wrong-item at m.k.1: k of owner must be list[str], got an item 1\n"
        "error wrong-item at m.k.3: k of owner must be list[str], got an item null\n"},
    {"list['q_proj'|'v_proj']", "m: {k: [q_proj, v_porj]}\n",
        "error wrong-item at m.k.1: k of owner must be list['q_proj'|'v_proj'], got an item"
        " v_porj (did you mean \"v_proj\"?)\n"},
    {"list['q']|'all'", "m: {k: all}\n", ""},
    {"list['q']|'all'", "m: {k: q}\n",
        "error wrong-value at m.k: k of owner must be list['q']|'all', got q\n"},
    {"list['q']|'all'", "m: {k: [all]}\n",
        "error wrong-item at m.k.0: k of owner must be list['q']|'all', got an item all\n"},
    {"list[int]", "m: {k: ['${m.k.1}', 5, '${w}']}\nw: word\n",
        "error wrong-item at m.k.2: k of owner must be list[int], got an item word\n"},
    /* components */
    {"component", "m: {k: {x: 1}}\n", "error no-component at m.k: m.k has no \"_component_\"\n"},
    {"component|null", "m: {k: {x: 1}}\n",
        "error no-component at m.k: m.k has no \"_component_\"\n"},
    {"component|list[component]", "m: {k: {}}\n",
        "error no-component at m.k: m.k has no \"_component_\"\n"},
    {"component", "m: {k: text}\n",
        "error wrong-type at m.k: k of owner must be component, got str text\n"},
    {"component|list[component]", "m: {k: [{_component_: a}, {x: 1}]}\n",
        "error wrong-item at m.k.1: k of owner must be component|list[component], got an item"
        " {x: 1}\n"},
    {"component|mapping", "m: {k: {x: 1}}\n", ""},
    /* a mapping in place of a scalar is not a component without a name */
    {"list[float]", "m: {k: {x: 1}}\n",
        "error wrong-type at m.k: k of owner must be list[float], got dict {x: 1}\n"},
    {"list[str]|null", "m: {k: {x: 1}}\n",
        "error wrong-type at m.k: k of owner must be list[str]|null, got dict {x: 1}\n"},
    {"null", "m: {k: {}}\n", "error wrong-type at m.k: k of owner must be null, got dict {}\n"},
    {"int", "m: {k: {x: 1}}\n",
        "error wrong-type at m.k: k of owner must be int, got dict {x: 1}\n"},
    /* the resolved value is shown, at the path of the interpolation */
    {"int", "m: {k: '${w}'}\nw: word\n",
        "error wrong-type at m.k: k of owner must be int, got str word\n"},
};

START_TEST(diagnostic)
{
    is_of_type(cases[_i].type, cases[_i].config);
    assert_diagnostics(cases[_i].diagnostics);
}
END_TEST

/* Long values are shown on a short line; long paths are truncated. */
START_TEST(long_values)
{
    CLEANUP_STRBUF struct strbuf config = {0};
    strbuf_puts(&config, "m: {k: [\xc3\xa9");
    for (int i = 0; i < 2000; i++)
        strbuf_puts(&config, ", \xc3\xa9");
    strbuf_puts(&config, "]}\n");
    ck_assert(!is_of_type("int", config.data));
    ck_assert_uint_lt(diagnostics.length, 200);
    size_t length = diagnostics.length;
    ck_assert_uint_eq(utf8_valid_prefix(diagnostics.data, length), length);
}
END_TEST

START_TEST(long_paths)
{
    const struct value_type *type = read_type("list[int]");
    CLEANUP_STRBUF struct strbuf path = {0};
    CLEANUP_JSON json_t *value = json_pack("[s]", "x");
    CLEANUP_JSON json_t *tree = json_object();
    resolved_build(&resolved, tree, &diagnostics_sink);
    strbuf_repeat(&path, 'p', 600);
    struct check check = {.config = &resolved, .profile = &profile, .sink = &diagnostics_sink};
    check_type(&check, type, &(struct named_value){value, path.data, "name", "o"});
    ck_assert_ptr_nonnull(strstr(diagnostics_text(), "error wrong-item at ppp"));
    diagnostics_clear();
    check_type(&check, type, &(struct named_value){tree, path.data, "name", "o"});
    ck_assert_ptr_nonnull(strstr(diagnostics_text(), "error wrong-type at ppp"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("types");
    TCase *tc = add_case(suite, "types");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, NULL, tear_down);
    tcase_add_loop_test(tc, kinds, 0, (int)COUNT(values));
    tcase_add_test(tc, unknown);
    tcase_add_loop_test(tc, diagnostic, 0, (int)COUNT(cases));
    tcase_add_test(tc, long_values);
    tcase_add_test(tc, long_paths);
    return check_main(suite);
}
