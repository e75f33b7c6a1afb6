/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check/checker.h"
#include "tests/unit/check_helper.h"

static struct profile profile;

static void tear_down(void)
{
    profile_deinit(&profile);
    diagnostics_clear();
}

/* The profile around the rules of each test. */
#define HEAD                                                                                       \
    "{\"trainer\": \"tr\", \"version\": \"2\", \"component_key\": \"_component_\","                \
    " \"recipes\": {\"one\": {\"distributed\": false, \"required\": [], \"optional\": []},"        \
    "   \"many\": {\"distributed\": true, \"required\": [], \"optional\": []}},"                   \
    " \"components\": {"                                                                           \
    "   \"p.Big\": {\"arguments\": {\"size\": \"int|null\", \"x\": \"any\", \"files\": \"any\","   \
    "     \"dir\": \"any\", \"inner\": \"any\"},"                                                  \
    "     \"facts\": {\"size\": 8, \"family\": \"large\", \"gated\": true}},"                      \
    "   \"p.Small\": {\"arguments\": {\"size\": \"int\", \"x\": \"any\"}, \"facts\": {\"size\": "  \
    "2}},"                                                                                         \
    "   \"q.Other\": {\"arguments\": {\"x\": \"any\"}}},"

/* A rule with the given fields and the required ones. */
static void add_rule(struct strbuf *out, const char *fields)
{
    CLEANUP_STRBUF struct strbuf whole = {0};
    strbuf_printf(&whole, "{%s}", fields);
    CLEANUP_JSON json_t *rule = json_loads(whole.data, 0, NULL);
    ck_assert_msg(rule != NULL, "the test's rule: %s", fields);
    CLEANUP_JSON json_t *usual = json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", "R1", "code", "found",
        "severity", "warning", "phase", "startup", "message", "wrong");
    json_object_update_missing(rule, usual);
    CLEANUP_FREE char *text = json_dumps(rule, 0);
    strbuf_puts(out, text);
}

static void use_rule(const char *section, const char *fields)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_printf(&text, HEAD "\"%s\": [", section);
    add_rule(&text, fields);
    strbuf_puts(&text, "]}");
    profile_deinit(&profile);
    profile = profile_from(text.data);
}

/* Applies only the rules to a config. */
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

static const struct check_options nothing_known = {.bf16 = -1};

/* --- where rules are applied -------------------------------------------------------------- */

static const struct {
    const char *rule, *config;
    const char *places; /* of the diagnostics, separated by spaces */
} applied[] = {
    /* to the config */
    {"\"when\": \"a > b\", \"at\": \"a\"", "a: 2\nb: 1\n", "a"},
    {"\"when\": \"a > b\", \"at\": \"a\"", "a: 1\nb: 1\n", ""},
    {"\"when\": \"a > b\", \"at\": \"a\"", "a: 1\n", ""},
    {"\"when\": \"a > b\"", "a: 2\nb: 1\n", "-"}, /* no path: the config as a whole */
    {"\"when\": \"c.d.e == 1\", \"at\": \"c.d\"", "c: {d: {e: 1}}\n", "c.d"},
    {"\"when\": \"c.`d-x` == 1\", \"at\": \"c\"", "c: {d-x: 1}\n", "c"},
    {"\"when\": \"c.`1` == 7\", \"at\": \"c.1\"", "c: [6, 7]\n", "c.1"},
    {"\"when\": \"a is set\", \"at\": \"a\"", "a:\n", "a"},
    {"\"when\": \"a is not set\", \"at\": \"a\"", "a:\n", ""},
    {"\"when\": \"a is null\", \"at\": \"a\"", "b: 1\n", "a"},
    {"\"when\": \"len(a) == 2\", \"at\": \"a\"", "a: [1, 2]\n", "a"},
    {"\"when\": \"'x' in a\", \"at\": \"a\"", "a: {x: 1}\n", "a"},
    /* interpolations are resolved; unknown ones are null */
    {"\"when\": \"a == '/out/x'\", \"at\": \"a\"", "a: '${o}/x'\no: /out\n", "a"},
    {"\"when\": \"c.d == 1\", \"at\": \"c\"", "c: '${e}'\ne: {d: 1}\n", "c"},
    {"\"when\": \"a is null\", \"at\": \"a\"", "a: '${oc.env:A}'\n", "a a"}, /* and the note */
    /* evaluation errors are not diagnostics */
    {"\"when\": \"a < 1\", \"at\": \"a\"", "a: text\n", ""},
    {"\"when\": \"1 / a > 0\", \"at\": \"a\"", "a: 0\n", ""},
    {"\"when\": \"a and true\", \"at\": \"a\"", "a: 1\n", ""},
    {"\"when\": \"a + 1\", \"at\": \"a\"", "a: 1\n", ""}, /* not a bool */
    /* to components, at any depth */
    {"\"component\": [\"p.*\"], \"when\": \"it.x == 1\", \"at\": \"it.x\"",
        "a: {_component_: p.Big, x: 1}\nb: [{_component_: p.Small, x: 1}, {x: 1}]\n"
        "c: {d: {_component_: q.Other, x: 1}, e: {_component_: p.Big, x: 2}}\n",
        "a.x b.0.x"},
    {"\"component\": \"q.Other\", \"when\": \"true\", \"at\": \"it\"",
        "a: {_component_: q.Other}\nb: {x: {_component_: q.Other}}\n", "a b.x"},
    {"\"component\": [\"p.*\"], \"when\": \"true\"", "a: {_component_: p.Big}\n", "a"},
    {"\"component\": [\"p.*\"], \"when\": \"true\", \"at\": \"b\"", "a: {_component_: p.Big}\n",
        "b"},
    {"\"component\": [\"p.*\"], \"when\": \"it.x == y\", \"at\": \"it.x\"",
        "a: {_component_: p.Big, x: 1}\nb: {_component_: p.Big, x: 2}\ny: 2\n", "b.x"},
    {"\"component\": [\"p.*\"], \"when\": \"it_path == 'b.c'\", \"at\": \"it\"",
        "a: {_component_: p.Big}\nb: {c: {_component_: p.Big}}\n", "b.c"},
    {"\"component\": [\"p.*\"], \"when\": \"'x' in it\", \"at\": \"it\"",
        "a: {_component_: p.Big}\nb: {_component_: p.Big, x: 1}\n", "b"},
    {"\"component\": [\"p.*\"], \"when\": \"it.inner.x == 1\", \"at\": \"it.inner.x\"",
        "a: {_component_: p.Big, inner: {x: 1}}\n", "a.inner.x"},
    {"\"component\": [\"p.*\"], \"when\": \"true\", \"at\": \"it\"",
        "a: {_component_: '${b}'}\nb: p.Big\n", "a"},
    {"\"component\": [\"p.*\"], \"when\": \"true\", \"at\": \"it.x\"", "_component_: p.Big\n", "x"},
    /* to top-level mappings by their names */
    {"\"keys\": [\"a\", \"*_b\"], \"when\": \"it.x == 1\", \"at\": \"it.x\"",
        "a: {x: 1}\nc_b: {x: 1}\nb: {x: 1}\nd_b: 5\nc: {a: {x: 1}}\ne_b: {x: 2}\n", "a.x c_b.x"},
    {"\"keys\": [\"a\"], \"when\": \"true\", \"at\": \"it\"", "a: [1]\n", ""},
    {"\"keys\": [\"a\"], \"when\": \"it_path == 'a' and it.x == 1\", \"at\": \"it\"",
        "a: '${b}'\nb: {x: 1}\n", "a"},
    /* to mappings with both a key and a component */
    {"\"keys\": [\"a*\"], \"component\": [\"p.*\"], \"when\": \"true\", \"at\": \"it\"",
        "a1: {_component_: p.Big}\na2: {_component_: q.Other}\na3: {x: 1}\nb: {_component_: "
        "p.Big}\n"
        "c: {a4: {_component_: p.Big}}\n",
        "a1"},
};

START_TEST(application)
{
    CLEANUP_STRBUF struct strbuf places = {0};
    use_rule("rules", applied[_i].rule);
    apply(applied[_i].config, &nothing_known);
    for (const char *line = diagnostics_text(); *line != '\0'; line = strchr(line, '\n') + 1) {
        const char *at = strstr(line, " at ") + 4, *end = strstr(at, ": ");
        strbuf_puts(&places, places.length > 0 ? " " : "");
        strbuf_append(&places, end > at ? at : "-", end > at ? (size_t)(end - at) : 1);
    }
    assert_buffer(places, applied[_i].places);
}
END_TEST

static const struct {
    const char *recipes, *recipe; /* of the rule, of the config */
    bool found;
} recipes[] = {
    {"[\"one\"]", "one", true},
    {"[\"one\"]", "many", false},
    {"[\"one\", \"man*\"]", "many", true},
    {"[\"*\"]", "one", true},
    {"[\"*\"]", "my/own.py", false}, /* globs are for recipes of the profile */
    {"[\"on*\"]", "one_mine.py", false},
    {"[\"my/own.py\"]", "my/own.py", true},
    {"[\"*\"]", NULL, false}, /* not known: only rules for all recipes */
    {NULL, NULL, true},
    {NULL, "my/own.py", true},
};

START_TEST(of_recipes)
{
    CLEANUP_STRBUF struct strbuf rule = {0};
    struct check_options options = {.recipe = recipes[_i].recipe, .bf16 = -1};
    strbuf_puts(&rule, "\"when\": \"a == 1\", \"at\": \"a\"");
    if (recipes[_i].recipes != NULL)
        strbuf_printf(&rule, ", \"recipes\": %s", recipes[_i].recipes);
    use_rule("rules", rule.data);
    apply("a: 1\n", &options);
    bool found = strstr(diagnostics_text(), "found at a: wrong") != NULL;
    ck_assert_msg(found == recipes[_i].found, "%s", diagnostics_text());
}
END_TEST

/* --- messages ----------------------------------------------------------------------------- */

static const struct {
    const char *rule, *config, *diagnostic;
} messages[] = {
    {"\"when\": \"a > 1\", \"at\": \"a\", \"message\": \"a is {a}, b {b}\"", "a: 2\nb: [1, x]\n",
        "warning found at a: a is 2, b [1, x]\n"},
    {"\"when\": \"true\", \"message\": \"{a * 2} of {len(b)}{b.c}\"", "a: 1.5\nb: {c: word}\n",
        "warning found at : 3.0 of 1word\n"},
    {"\"when\": \"true\", \"message\": \"{a}\"", "a: two words\n",
        "warning found at : two words\n"},
    {"\"when\": \"true\", \"message\": \"[{a}] [{b}] [{c}]\"", "a: ''\nb: true\n",
        "warning found at : [] [True] [null]\n"},
    {"\"when\": \"true\", \"message\": \"{a\"", "a: 1\n", "warning found at : 1\n"},
    {"\"when\": \"true\", \"message\": \"}{1 / 0}{nonsense here}\"", "a: 1\n",
        "warning found at : }\n"},
    {"\"component\": [\"p.*\"], \"when\": \"true\", \"at\": \"it.x\","
     " \"message\": \"{it_path}: {it.x} of {facts.it.size}, {a}\"",
        "a: 7\nb: [{_component_: p.Big, x: 1}]\n", "warning found at b.0.x: b.0: 1 of 8, 7\n"},
    /* an error says when and with what the run fails */
    {"\"when\": \"true\", \"at\": \"a\", \"severity\": \"error\"", "a: 1\n",
        "error found at a: wrong (the run would fail when the recipe starts)\n"},
    {"\"when\": \"true\", \"at\": \"a\", \"severity\": \"error\", \"hint\": \"use {a}\","
     " \"phase\": \"loaded\", \"raises\": \"ValueError: too bad\"",
        "a: 1\n",
        "error found at a: wrong (use 1; the run would fail after the weights were loaded:"
        " ValueError)\n"},
    {"\"when\": \"true\", \"at\": \"a\", \"severity\": \"error\", \"phase\": \"silent\","
     " \"raises\": \"Nothing\"",
        "a: 1\n", "error found at a: wrong (the run would not fail)\n"},
    {"\"when\": \"true\", \"at\": \"a\", \"severity\": \"note\", \"hint\": \"look\"", "a: 1\n",
        "note found at a: wrong (look)\n"},
};

START_TEST(message)
{
    use_rule("rules", messages[_i].rule);
    apply(messages[_i].config, &nothing_known);
    assert_diagnostics(messages[_i].diagnostic);
}
END_TEST

START_TEST(long_messages)
{
    CLEANUP_STRBUF struct strbuf config = {0};
    strbuf_puts(&config, "a: ");
    strbuf_repeat(&config, 'x', 5000);
    strbuf_puts(&config, "\nb: {_component_: p.Big}\n");
    use_rule("rules", "\"component\": [\"p.*\"], \"when\": \"true\", \"message\": \"{a}{a}\","
                      "\"at\": \"it.very.long\", \"hint\": \"{a}\"");
    apply(config.data, &nothing_known);
    ck_assert_ptr_nonnull(strstr(diagnostics_text(), "warning found at b.very.long: xxx"));
}
END_TEST

/* --- facts and options -------------------------------------------------------------------- */

static const struct {
    const char *when, *config;
    bool found;
} facts[] = {
    {"facts.m.size == 8", "m: {_component_: p.Big}\n", true},
    {"facts.m.size == 3", "m: {_component_: p.Big, size: 3}\n", true}, /* the config has priority */
    {"facts.m.size == 8", "m: {_component_: p.Big, size: null}\n", true},
    {"facts.m.size == 3", "m: {_component_: p.Big, size: '${n}'}\nn: 3\n", true},
    {"facts.m.size == 2", "m: {_component_: p.Small}\n", true},
    {"facts.m.size == 2", "m: {_component_: '${c}'}\nc: p.Small\n", true},
    {"facts.m.size == 2", "m: ${k}\nk: {_component_: p.Small}\n", true},
    {"facts.m.inner.size == 2", "m: {inner: {_component_: p.Small}}\n", true},
    {"facts.m.family == 'large'", "m: {_component_: p.Big}\n", true},
    {"facts.m.gated", "m: {_component_: p.Big}\n", true}, /* a bool is one */
    {"facts.m.gated == true", "m: {_component_: p.Big}\n", true},
    {"facts.m.size is null", "m: {_component_: q.Other}\n", true},
    {"facts.m.size is null", "m: {_component_: no.such}\n", true},
    {"facts.m.size is null", "m: {size: 5}\n", false},
    {"facts.m.size is null", "m: 5\n", true},
    {"facts.m.size is null", "x: 5\n", true},
    {"facts.m.nothing is null", "m: {_component_: p.Big}\n", true},
    {"facts.m.size > 1 and facts.k.size > 1", "m: {_component_: p.Big}\n", false},
};

START_TEST(fact)
{
    CLEANUP_STRBUF struct strbuf rule = {0};
    strbuf_printf(&rule, "\"when\": \"%s\", \"at\": \"m\"", facts[_i].when);
    use_rule("rules", rule.data);
    apply(facts[_i].config, &nothing_known);
    bool found = strstr(diagnostics_text(), "warning found at m") != NULL;
    ck_assert_msg(found == facts[_i].found, "%s, %s: %s", facts[_i].when, facts[_i].config,
        diagnostics_text());
}
END_TEST

static const struct {
    const char *when;
    struct check_options options;
    bool found;
} options_read[] = {
    {"launch.recipe == 'one'", {.recipe = "one", .bf16 = -1}, true},
    {"launch.recipe == 'my/own.py'", {.recipe = "my/own.py", .bf16 = -1}, true},
    {"launch.recipe is null", {.bf16 = -1}, true},
    {"launch.distributed == false", {.recipe = "one", .bf16 = -1}, true},
    {"launch.distributed", {.recipe = "many", .bf16 = -1}, true},
    {"launch.distributed is null", {.recipe = "my/own.py", .bf16 = -1}, true},
    {"launch.distributed is null", {.bf16 = -1}, true},
    {"launch.processes == 8", {.processes = 8, .bf16 = -1}, true},
    {"launch.processes is null", {.bf16 = -1}, true},
    {"launch.processes > 1", {.bf16 = -1}, false},
    {"launch.new_directory", {.new_directory = true}, true},
    {"launch.new_directory is null", {.bf16 = -1}, true},
    {"host.bf16", {.bf16 = 1}, true},
    {"host.bf16 == false", {.bf16 = 0}, true},
    {"host.bf16 == false", {.bf16 = -1}, false},
    {"host.bf16 is null", {.bf16 = -1}, true},
};

START_TEST(option)
{
    CLEANUP_STRBUF struct strbuf rule = {0};
    strbuf_printf(&rule, "\"when\": \"%s\", \"at\": \"m\"", options_read[_i].when);
    use_rule("rules", rule.data);
    apply("host: {bf16: 1}\nlaunch: {processes: 8}\n",
        &options_read[_i].options); /* these keys are not options */
    bool found = strstr(diagnostics_text(), "warning found at m") != NULL;
    ck_assert_msg(
        found == options_read[_i].found, "%s: %s", options_read[_i].when, diagnostics_text());
}
END_TEST

/* --- inert -------------------------------------------------------------------------------- */

START_TEST(inert)
{
    struct rules *rules = NULL;
    struct resolved_config resolved = {0};
    struct check_options options = {.recipe = "one", .bf16 = -1};
    static const struct {
        const char *config, *path, *message;
    } cases[] = {
        {"a: 1\nb: false\n", "seed", "the seed is not used while b is False"},
        {"a: 1\nb: true\n", "seed", NULL},
        {"a: 1\n", "seed", NULL},
        {"a: 1\n", "m.lr", "always"},
        {"a: 1\n", "m", NULL},
        {"a: 1\n", "m.lr.x", NULL},
        {"a: 1\n", "other", NULL}, /* of another recipe */
        {"a: 1\n", "", NULL},
    };
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, HEAD "\"inert\": [");
    add_rule(&text, "\"path\": \"seed\", \"when\": \"b == false\","
                    " \"message\": \"the seed is not used while b is {b}\"");
    strbuf_puts(&text, ", ");
    add_rule(&text, "\"path\": \"m.lr\", \"when\": \"true\", \"message\": \"always\"");
    strbuf_puts(&text, ", ");
    add_rule(&text, "\"path\": \"other\", \"when\": \"true\", \"recipes\": [\"many\"]");
    strbuf_puts(&text, "]}");
    profile = profile_from(text.data);
    ck_assert_int_eq(rules_new(&profile, &options, &rules, NULL), SWEEP_OK);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP_JSON json_t *tree = tree_from(cases[i].config);
        resolved_build(&resolved, tree, &diagnostics_sink);
        rules_begin(rules, &resolved, false);
        ck_assert_pstr_eq(rules_inert(rules, cases[i].path), cases[i].message);
    }
    ck_assert(!rules_oom(rules));
    rules_free(rules);
    resolved_deinit(&resolved);
}
END_TEST

/* --- what a rule reads -------------------------------------------------------------------- */

static void note_path(void *context, const char *path)
{
    strbuf_printf(context, "%s ", path);
}

static void note_rule(void *context, const struct rule *rule, const char *it_path)
{
    strbuf_printf(context, "%s@%s ", rule->code, it_path != NULL ? it_path : "-");
}

START_TEST(reads)
{
    struct rules *rules = NULL;
    CLEANUP_STRBUF struct strbuf found = {0};
    use_rule("rules", "\"component\": [\"p.*\"], \"when\": \"it.x == a.b and facts.it.size == 1 and"
                      " facts.m.k.size == launch.processes and it_path == 'm'\"");
    ck_assert_int_eq(rules_new(&profile, &nothing_known, &rules, NULL), SWEEP_OK);
    rules_reads(rules, &profile.rules[0], "c.d", note_path, &found);
    static const char *const wanted[] = {
        "c.d.x ", "a.b ", "c.d.size ", "c.d._component_ ", "m.k.size ", "m.k._component_ "};
    for (size_t i = 0; i < COUNT(wanted); i++)
        ck_assert_msg(strstr(found.data, wanted[i]) != NULL, "%s: %s", wanted[i], found.data);
    ck_assert_ptr_null(strstr(found.data, "launch"));
    rules_free(rules);
}
END_TEST

/* Every rule that can apply is visited, with what it is applied to. */
START_TEST(visits)
{
    struct checker checker;
    CLEANUP_STRBUF struct strbuf text = {0}, found = {0};
    CLEANUP_JSON json_t *tree = tree_from("a: {_component_: p.Big}\nb: [{_component_: q.Other}]\n");
    strbuf_puts(&text, HEAD "\"rules\": [");
    add_rule(&text, "\"code\": \"c-p\", \"component\": [\"p.*\"], \"when\": \"it.x == 1\"");
    strbuf_puts(&text, ", ");
    add_rule(&text, "\"code\": \"c-q\", \"component\": [\"q.*\"], \"when\": \"it.x == 1\"");
    strbuf_puts(&text, ", ");
    add_rule(&text, "\"code\": \"k\", \"keys\": [\"a\", \"z\"], \"when\": \"it.x == 1\"");
    strbuf_puts(&text, ", ");
    add_rule(&text, "\"code\": \"whole\", \"when\": \"a.x == 1\"");
    strbuf_puts(&text, ", ");
    add_rule(&text, "\"code\": \"never\", \"when\": \"a.x == 1\", \"recipes\": [\"many\"]");
    strbuf_puts(&text, "]}");
    profile = profile_from(text.data);
    ck_assert_int_eq(checker_init(&checker, &profile, &nothing_known, NULL), SWEEP_OK);
    ck_assert_int_eq(checker_run(&checker, tree, &diagnostics_sink), SWEEP_OK);
    checker_visit(&checker, note_rule, &found);
    static const char *const wanted[] = {"c-p@a ", "c-q@b.0 ", "k@a ", "whole@- "};
    size_t length = 0;
    for (size_t i = 0; i < COUNT(wanted); i++) {
        ck_assert_msg(strstr(found.data, wanted[i]) != NULL, "%s: %s", wanted[i], found.data);
        length += strlen(wanted[i]);
    }
    ck_assert_uint_eq(found.length, length);
    checker_deinit(&checker);
}
END_TEST

/* --- mistakes in a profile ---------------------------------------------------------------- */

static const struct {
    const char *section, *fields, *error;
} mistakes[] = {
    {"rules", "\"when\": \"a >\"", "R1"},
    {"rules", "\"when\": \"a > > 1\"", "column 5 of \"a > > 1\""},
    {"rules", "\"when\": \"no_function(a)\"", "no_function"},
    {"rules", "\"when\": \"'text' < 1\"", "R1"},
    {"rules", "\"when\": \"it.x == 1\"", "\"it\" needs a rule with \"component\" or \"keys\""},
    {"rules", "\"when\": \"it_path == 'a'\"", "\"it\" needs a rule"},
    {"rules", "\"when\": \"facts.it.size == 1\"", "\"it\" needs a rule"},
    {"rules", "\"when\": \"launch.node == 1\"", "known are launch.recipe"},
    {"rules", "\"when\": \"host.cuda\"", "known are launch.recipe"},
    {"rules", "\"component\": [\"x\"], \"when\": \"it.x ==\"", "R1"},
    {"rules", "\"keys\": [\"x\"], \"when\": \")\"", "R1"},
    {"inert", "\"path\": \"a\", \"when\": \"(\"", "R1"},
    {"inert", "\"path\": \"a\", \"when\": \"it.x == 1\"", "\"it\" needs a rule"},
    {"path_checks", "\"path\": \"{a}\", \"when\": \"a +\"", "R1"},
};

/* Mistakes are reported; if the rules are applied anyway, a bad one has no effect. */
START_TEST(mistake)
{
    struct sweep_error error = {0};
    struct check_options options = {.bf16 = -1, .check_paths = true, .directory = "."};
    use_rule(mistakes[_i].section, mistakes[_i].fields);
    ck_assert_int_eq(rules_verify(&profile, &error), SWEEP_INVALID);
    ck_assert_msg(strstr(error.message, mistakes[_i].error) != NULL, "%s", error.message);
    ck_assert_ptr_nonnull(strstr(error.message, "R1"));
    if (strcmp(mistakes[_i].section, "inert") == 0)
        return;
    apply("a: 1\nx: {_component_: x, x: 1}\n", &options);
    ck_assert_ptr_null(strstr(diagnostics_text(), " found at"));
}
END_TEST

/* All rules are verified, including those for one recipe and those on files. */
START_TEST(verifies_all)
{
    use_rule("rules", "\"when\": \"(\", \"recipes\": [\"many\"]");
    ck_assert_int_eq(rules_verify(&profile, NULL), SWEEP_INVALID);
    use_rule("path_checks", "\"when\": \"(\", \"path\": \"{a}\"");
    ck_assert_int_eq(rules_verify(&profile, NULL), SWEEP_INVALID);
    use_rule("rules", "\"when\": \"a > 1\"");
    ck_assert_int_eq(rules_verify(&profile, NULL), SWEEP_OK);
}
END_TEST

START_TEST(built_in_rules_compile)
{
    struct sweep_error error = {0};
    ck_assert_msg(rules_verify(&profile_builtin, &error) == SWEEP_OK, "%s", error.message);
    for (size_t i = 0; i <= profile_builtin.n_recipes; i++) {
        struct rules *rules = NULL;
        struct check_options options = {
            .recipe = i < profile_builtin.n_recipes ? profile_builtin.recipes[i].name : NULL,
            .bf16 = -1,
            .check_paths = true,
            .directory = "."};
        ck_assert_msg(
            rules_new(&profile_builtin, &options, &rules, &error) == SWEEP_OK, "%s", error.message);
        rules_free(rules);
    }
}
END_TEST

/* More components than any config has: the cache is flushed. */
START_TEST(many_components)
{
    CLEANUP_STRBUF struct strbuf config = {0};
    for (int i = 0; i < 700; i++)
        strbuf_printf(&config, "k%d: {_component_: p.c%d, x: %d}\n", i, i, i % 100);
    use_rule("rules", "\"component\": [\"p.c*\"], \"when\": \"it.x == 42\", \"at\": \"it.x\"");
    apply(config.data, &nothing_known);
    size_t found = 0;
    for (const char *at = diagnostics_text(); (at = strstr(at, "warning found")) != NULL; at++)
        found++;
    ck_assert_uint_eq(found, 7);
}
END_TEST

static TCase *add_rules(Suite *suite, const char *name)
{
    TCase *tc = add_case(suite, name);
    use_scratch(tc);
    tcase_add_checked_fixture(tc, NULL, tear_down);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("rules");
    TCase *tc = add_rules(suite, "application");
    tcase_add_loop_test(tc, application, 0, (int)COUNT(applied));
    tcase_add_loop_test(tc, of_recipes, 0, (int)COUNT(recipes));
    tcase_add_test(tc, many_components);
    tc = add_rules(suite, "messages");
    tcase_add_loop_test(tc, message, 0, (int)COUNT(messages));
    tcase_add_test(tc, long_messages);
    tc = add_rules(suite, "facts");
    tcase_add_loop_test(tc, fact, 0, (int)COUNT(facts));
    tcase_add_loop_test(tc, option, 0, (int)COUNT(options_read));
    tc = add_rules(suite, "inert");
    tcase_add_test(tc, inert);
    tcase_add_test(tc, reads);
    tcase_add_test(tc, visits);
    tc = add_rules(suite, "mistakes");
    tcase_add_loop_test(tc, mistake, 0, (int)COUNT(mistakes));
    tcase_add_test(tc, verifies_all);
    tcase_add_test(tc, built_in_rules_compile);
    return check_main(suite);
}
