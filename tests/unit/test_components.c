/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/check/checker.h"
#include "tests/unit/check_helper.h"

static struct profile profile;

static const char profile_text[] =
    "{\"trainer\": \"tr\", \"version\": \"2\", \"component_key\": \"_component_\","
    " \"complete\": [\"pkg\", \"own.part\"],"
    " \"components\": {"
    "  \"pkg.loss\": {\"arguments\": {\"ignore_index\": {\"type\": \"int\", \"default\": \"-100\"},"
    "    \"num_chunks\": \"int\"}},"
    "  \"pkg.optim.AdamW\": {\"arguments\": {"
    "    \"params\": {\"required\": true, \"supplied\": \"positional\"},"
    "    \"lr\": {\"type\": \"float\", \"default\": \"0.001\"},"
    "    \"weight_decay\": \"float\", \"fused\": \"bool|null\", \"free\": {}}},"
    "  \"pkg.optim.Adam\": {\"arguments\": {\"lr\": \"float\"}},"
    "  \"pkg.models.lora_small\": {\"arguments\": {"
    "    \"modules\": {\"type\": \"list[str]\", \"required\": true},"
    "    \"rank\": {\"type\": \"int\", \"required\": true}, \"inner\": \"component\"}},"
    "  \"pkg.models.lora_large\": {\"arguments\": {\"rank\": {\"required\": true}}},"
    "  \"pkg.schedule\": {\"arguments\": {"
    "    \"steps\": {\"type\": \"int\", \"required\": true, \"supplied\": \"keyword\"},"
    "    \"warmup\": {\"type\": \"int\", \"required\": true}}},"
    "  \"pkg.data.alpaca\": {\"arguments\": {\"source\": \"str\", \"packed\": \"bool\"},"
    "    \"extra\": true},"
    "  \"pkg.data.free\": {\"arguments\": {\"path\": \"str\"}, \"extra\": true},"
    "  \"pkg.data.lazy\": {\"arguments\": {\"path\": \"str\"}, \"extra\": true,"
    "    \"ignores_extra\": true},"
    "  \"pkg.data.concat\": {\"arguments\": {\"datasets\": \"list[component]\"}},"
    "  \"pkg.abs\": {\"arguments\": {\"x\": {\"required\": true, \"positional_only\": true},"
    "    \"y\": {\"positional_only\": true, \"type\": \"int\"}}},"
    "  \"pkg.Thing\": {\"arguments\": {}},"
    "  \"other.Known\": {\"arguments\": {}}},"
    " \"handed_on\": [{\"component\": [\"pkg.data.a*\"], \"function\": \"load.dataset\","
    "   \"arguments\": {\"split\": \"str\", \"data_files\": \"str|list[str]\","
    "   \"path\": {\"supplied\": \"positional\"}}}]}";

static void set_up(void)
{
    profile = profile_from(profile_text);
}

static void tear_down(void)
{
    profile_deinit(&profile);
    diagnostics_clear();
}

/* Checks all components of a config. */
static void check(const char *config, bool refuse_unknown)
{
    struct checker checker;
    struct check_options options = {.bf16 = -1, .refuse_unknown = refuse_unknown};
    struct sweep_error error = {0};
    CLEANUP_JSON json_t *tree = tree_from(config);
    ck_assert_msg(
        checker_init(&checker, &profile, &options, &error) == SWEEP_OK, "%s", error.message);
    ck_assert_int_eq(checker_run(&checker, tree, &diagnostics_sink), SWEEP_OK);
    checker_deinit(&checker);
}

/* --- arguments ---------------------------------------------------------------------------- */

static const struct {
    const char *config, *diagnostics;
} arguments[] = {
    {"o: {_component_: pkg.optim.AdamW}\n", ""},
    {"o: {_component_: pkg.optim.AdamW, lr: 1, weight_decay: 0.5, fused: null}\n", ""},
    {"o: {_component_: pkg.optim.AdamW, free: [anything]}\n", ""},
    {"o: {_component_: pkg.Thing}\n", ""},
    {"o: {_component_: pkg.Thing, x: 1}\n",
        "error unknown-argument at o.x: pkg.Thing has no argument \"x\"\n"},
    /* misspelled */
    {"o: {_component_: pkg.optim.AdamW, weight_deacy: 1}\n",
        "error unknown-argument at o.weight_deacy: pkg.optim.AdamW has no argument"
        " \"weight_deacy\" (did you mean \"weight_decay\"?)\n"},
    {"o: {_component_: pkg.optim.AdamW, momentum: 1}\n",
        "error unknown-argument at o.momentum: pkg.optim.AdamW has no argument \"momentum\"\n"},
    /* of another type */
    {"o: {_component_: pkg.optim.AdamW, lr: '2e-5'}\n",
        "error wrong-type at o.lr: lr of pkg.optim.AdamW must be float, got str '2e-5'"
        " (write it without quotes)\n"},
    {"o: {_component_: pkg.optim.AdamW, lr: '${rate}'}\nrate: fast\n",
        "error wrong-type at o.lr: lr of pkg.optim.AdamW must be float, got str fast\n"},
    /* missing */
    {"m: {_component_: pkg.models.lora_small}\n",
        "error missing-argument at m: pkg.models.lora_small needs \"modules\" (list[str])\n"
        "error missing-argument at m: pkg.models.lora_small needs \"rank\" (int)\n"},
    {"m: {_component_: pkg.models.lora_large}\n",
        "error missing-argument at m: pkg.models.lora_large needs \"rank\"\n"},
    {"m: {_component_: pkg.models.lora_large, rank: null}\n", ""}, /* given, with any type */
    /* an argument that is misspelled is not reported as missing too */
    {"m: {_component_: pkg.models.lora_small, modules: [], rnak: 8}\n",
        "error unknown-argument at m.rnak: pkg.models.lora_small has no argument \"rnak\""
        " (did you mean \"rank\"?)\n"},
    /* passed by the recipe */
    {"o: {_component_: pkg.optim.AdamW, params: []}\n",
        "error supplied-argument at o.params: the recipe passes \"params\" to pkg.optim.AdamW"
        " itself, so that it would be passed twice (remove it)\n"},
    {"s: {_component_: pkg.schedule, warmup: 1, steps: 5}\n",
        "warning supplied-argument at s.steps: the recipe passes \"steps\" to pkg.schedule itself"
        " and ignores this value (remove it)\n"},
    {"s: {_component_: pkg.schedule, warmup: 1, steps: text}\n", /* of any type */
        "warning supplied-argument at s.steps: the recipe passes \"steps\" to pkg.schedule itself"
        " and ignores this value (remove it)\n"},
    {"s: {_component_: pkg.schedule}\n",
        "error missing-argument at s: pkg.schedule needs \"warmup\" (int)\n"},
    /* positional-only */
    {"a: {_component_: pkg.abs, y: 1}\n",
        "error positional-argument at a.y: pkg.abs takes \"y\" by position only, and a config can"
        " only pass it by name\n"
        "error missing-argument at a: pkg.abs needs \"x\"\n"},
    /* **kwargs that are passed on to a known function */
    {"d: {_component_: pkg.data.alpaca, source: x, packed: true, split: train}\n", ""},
    {"d: {_component_: pkg.data.alpaca, data_files: [a, b]}\n", ""},
    {"d: {_component_: pkg.data.alpaca, data_files: 5}\n",
        "error wrong-type at d.data_files: data_files of load.dataset must be str|list[str], got"
        " int 5\n"},
    {"d: {_component_: pkg.data.alpaca, splitt: x}\n",
        "error unknown-argument at d.splitt: neither pkg.data.alpaca nor load.dataset, which"
        " receives its other arguments, has an argument \"splitt\" (did you mean \"split\"?)\n"},
    {"d: {_component_: pkg.data.alpaca, pakced: true}\n",
        "error unknown-argument at d.pakced: neither pkg.data.alpaca nor load.dataset, which"
        " receives its other arguments, has an argument \"pakced\" (did you mean \"packed\"?)\n"},
    {"d: {_component_: pkg.data.alpaca, something: null}\n",
        "error unknown-argument at d.something: neither pkg.data.alpaca nor load.dataset, which"
        " receives its other arguments, has an argument \"something\"\n"},
    {"d: {_component_: pkg.data.alpaca, path: x}\n",
        "error supplied-argument at d.path: pkg.data.alpaca passes \"path\" to load.dataset "
        "itself, so"
        " that it would be passed twice (remove it)\n"},
    {"d: {_component_: pkg.data.alpaca, packed: 1}\n",
        "error wrong-type at d.packed: packed of pkg.data.alpaca must be bool, got int 1\n"},
};

START_TEST(argument)
{
    check(arguments[_i].config, true);
    assert_diagnostics(arguments[_i].diagnostics);
}
END_TEST

/* **kwargs of an unknown purpose: a warning at most. Only where they are known to be ignored, it
 * says so. */
START_TEST(extra_arguments)
{
    check("d: {_component_: pkg.data.free, path: x, anything: 1}\n", true);
    assert_diagnostic("warning unchecked-argument at d.anything", "extra");
    diagnostics_clear();
    check("d: {_component_: pkg.data.lazy, path: x, anything: 1}\n", true);
    assert_diagnostic("warning swallowed-argument at d.anything", "ignored");
}
END_TEST

/* --- where components are ----------------------------------------------------------------- */

static const struct {
    const char *config, *diagnostic; /* "severity code at path" */
} places[] = {
    {"_component_: pkg.Thing\nx: 1\n", "error unknown-argument at x"},
    {"a: {b: {c: {_component_: pkg.Thing, x: 1}}}\n", "error unknown-argument at a.b.c.x"},
    {"a: [{_component_: pkg.Thing, x: 1}]\n", "error unknown-argument at a.0.x"},
    {"a: [[{_component_: pkg.Thing}], [1, {_component_: pkg.Thing, x: 1}]]\n",
        "error unknown-argument at a.1.1.x"},
    {"a: {_component_: pkg.data.concat, datasets: [{_component_: pkg.Thing, x: 1}]}\n",
        "error unknown-argument at a.datasets.0.x"},
    {"a: {_component_: pkg.data.concat, datasets: [{source: x}]}\n",
        "error wrong-item at a.datasets.0"},
    {"a: {_component_: other.unknown.package, b: {_component_: pkg.Thing, x: 1}}\n",
        "error unknown-argument at a.b.x"},
    {"a: {_component_: '${name}', x: 1}\nname: pkg.Thing\n", "error unknown-argument at a.x"},
    {"a: ${b}\nb: {_component_: pkg.Thing, x: 1}\n", "error unknown-argument at b.x"},
    {"a: {b: {component: pkg.Thing, x: 1}}\n", ""},
    {"a: {_component_: '${oc.env:NAME}', x: 1}\n", "note environment at a._component_"},
    {"a: {_component_: '?\?\?', x: 1}\n", "error missing-value at a._component_"},
};

START_TEST(place)
{
    check(places[_i].config, false);
    if (strstr(places[_i].config, "other.unknown") != NULL) {
        ck_assert_ptr_nonnull(strstr(diagnostics_text(), places[_i].diagnostic));
        return;
    }
    assert_diagnostic(places[_i].diagnostic, places[_i].config);
}
END_TEST

/* --- names -------------------------------------------------------------------------------- */

static const struct {
    const char *name;             /* as YAML */
    const char *warned, *refused; /* "severity code", without and with refuse_unknown */
    const char *nearest;          /* NULL: no suggestion */
} names[] = {
    {"pkg.loss", "", "", NULL},
    /* in a package whose names are all known */
    {"pkg.lossy", "error unknown-component", "error unknown-component", "pkg.loss"},
    {"pkg.optim.AdmW", "error unknown-component", "error unknown-component", "pkg.optim.AdamW"},
    {"pkg.optim.SomethingElse", "error unknown-component", "error unknown-component", NULL},
    {"pkg.models.lora_smal", "error unknown-component", "error unknown-component",
        "pkg.models.lora_small"},
    {"pkg.lora_small", "error unknown-component", "error unknown-component",
        "pkg.models.lora_small"}, /* the last part is the name */
    {"pkg.modles.lora_small", "error unknown-component", "error unknown-component",
        "pkg.models.lora_small"},
    {"pkg.zzz.qqqqqqqqqq", "error unknown-component", "error unknown-component", NULL},
    {"own.part.x", "error unknown-component", "error unknown-component", NULL},
    /* private names are not listed */
    {"pkg._private.thing", "warning unchecked-component", "error unknown-component", NULL},
    {"pkg.data._alpaca.Something", "warning unchecked-component", "error unknown-component", NULL},
    /* attributes of a known component */
    {"pkg.Thing.from_pretrained", "warning unchecked-component", "error unknown-component", NULL},
    {"pkg.optim.AdamW.with_defaults", "warning unchecked-component", "error unknown-component",
        NULL},
    /* other packages */
    {"my.own.dataset", "warning unchecked-component", "error unknown-component", NULL},
    {"own.parts.x", "warning unchecked-component", "error unknown-component", NULL},
    {"pkgs.data_of_mine", "warning unchecked-component", "error unknown-component", NULL},
    {"_my.thing", "warning unchecked-component", "error unknown-component", NULL},
    {"caf\xc3\xa9.x1", "warning unchecked-component", "error unknown-component", NULL},
    /* too similar to a known one to be anything else */
    {"pkj.optim.AdamW", "error unknown-component", "error unknown-component", "pkg.optim.AdamW"},
    {"other.Konwn", "error unknown-component", "error unknown-component", "other.Known"},
    /* not names */
    {"''", "error bad-component", "error bad-component", NULL},
    {"two words", "error bad-component", "error bad-component", NULL},
    {"pkg", "error bad-component", "error bad-component", NULL},
    {"pkg.", "error bad-component", "error bad-component", NULL},
    {".pkg", "error bad-component", "error bad-component", NULL},
    {"pkg..loss", "error bad-component", "error bad-component", NULL},
    {"pkg.1st", "error bad-component", "error bad-component", NULL},
    {"pkg.a-b", "error bad-component", "error bad-component", NULL},
    {"pkg/loss", "error bad-component", "error bad-component", NULL},
    {"5", "error bad-component", "error bad-component", NULL},
    {"null", "error bad-component", "error bad-component", NULL},
    {"[pkg.loss]", "error bad-component", "error bad-component", NULL},
};

START_TEST(name)
{
    CLEANUP_STRBUF struct strbuf config = {0};
    strbuf_printf(&config, "c: {_component_: %s}\n", names[_i].name);
    for (int refuse = 0; refuse < 2; refuse++) {
        const char *wanted = refuse ? names[_i].refused : names[_i].warned;
        CLEANUP_STRBUF struct strbuf line = {0}, hint = {0};
        diagnostics_clear();
        check(config.data, refuse != 0);
        strbuf_printf(&line, "%s%s", wanted, *wanted != '\0' ? " at c._component_" : "");
        assert_diagnostic(line.data, config.data);
        strbuf_printf(&hint, "(did you mean \"%s\"?)", names[_i].nearest);
        bool hinted = strstr(diagnostics_text(), "did you mean") != NULL;
        ck_assert_msg(hinted == (names[_i].nearest != NULL) &&
                          (!hinted || strstr(diagnostics_text(), hint.data) != NULL),
            "%s: %s", names[_i].name, diagnostics_text());
    }
}
END_TEST

/* The second of these cannot be a path, whatever the variable is. */
START_TEST(name_with_a_variable)
{
    check("c: {_component_: '${oc.env:X}.loss', a: 1}\n", false);
    ck_assert_ptr_null(strstr(diagnostics_text(), "error"));
    diagnostics_clear();
    check("c: {_component_: '${oc.env:X}.loss', a: 1}\n", true);
    ck_assert_ptr_nonnull(strstr(diagnostics_text(), "error unchecked-component at c._component_"));
    diagnostics_clear();
    check("c: {_component_: '${oc.env:X}}', a: 1}\n", false);
    ck_assert_ptr_nonnull(strstr(diagnostics_text(), "error bad-component at c._component_"));
}
END_TEST

/* Paths of any length do not overrun a buffer. */
START_TEST(long_names)
{
    for (size_t n = 490; n <= 1000; n += 51) {
        CLEANUP_STRBUF struct strbuf config = {0};
        strbuf_repeat(&config, 'a', n);
        strbuf_puts(&config, ":\n  _component_: pkg.");
        strbuf_repeat(&config, 'c', n);
        strbuf_puts(&config, "\n  ");
        strbuf_repeat(&config, 'b', n);
        strbuf_puts(&config, ": {_component_: pkg.Thing, x: 1}\n");
        check(config.data, false);
    }
    ck_assert_uint_gt(diagnostics.length, 0);
}
END_TEST

/* A trainer without components: mappings are not checked, whatever their keys. */
START_TEST(no_component_key)
{
    profile_deinit(&profile);
    profile = profile_from("{\"trainer\": \"tr\", \"version\": \"2\"}");
    ck_assert_ptr_null(profile.component_key);
    check("a: {_component_: nowhere, b: {_component_: 5}}\nc: [{_component_: x.y}]\n", true);
    assert_diagnostics("");
}
END_TEST

static TCase *add_components(Suite *suite, const char *name)
{
    TCase *tc = add_case(suite, name);
    use_scratch(tc);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    return tc;
}

int main(void)
{
    Suite *suite = suite_create("components");
    TCase *tc = add_components(suite, "arguments");
    tcase_add_loop_test(tc, argument, 0, (int)COUNT(arguments));
    tcase_add_test(tc, extra_arguments);
    tcase_add_loop_test(tc, place, 0, (int)COUNT(places));
    tc = add_components(suite, "names");
    tcase_add_loop_test(tc, name, 0, (int)COUNT(names));
    tcase_add_test(tc, name_with_a_variable);
    tcase_add_test(tc, long_names);
    tcase_add_test(tc, no_component_key);
    return check_main(suite);
}
