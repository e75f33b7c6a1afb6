/* SPDX-License-Identifier: Apache-2.0
 *
 * A made-up trainer, small enough that random configs break most of its rules: some read several
 * places at once, some are applied to components, some read facts.
 */
#ifndef TESTS_PROPERTY_MADE_UP_H
#define TESTS_PROPERTY_MADE_UP_H

#include "lib/config/merge.h"
#include "sweep/trainer.h"
#include "tests/property/documents.h"
#include "tests/unit/check_main.h"

static const char profile_text[] =
    "{\"trainer\": \"t\", \"version\": \"1\", \"component_key\": \"_component_\","
    " \"outputs\": [\"output_dir\"], \"launch\": {\"single\": [\"train\", \"{config}\"]},"
    " \"complete\": [\"p\"],"
    " \"recipes\": {\"r\": {\"distributed\": false,"
    "   \"required\": [\"b\", \"opt\", \"opt.need\"],"
    "   \"optional\": [\"a\", \"c\", \"d\", \"net\", \"items\", \"output_dir\"]}},"
    " \"components\": {"
    "  \"p.A\": {\"arguments\": {\"need\": {\"type\": \"int\", \"required\": true}, \"x\": \"int\","
    "    \"y\": \"float|null\", \"mode\": \"'u'|'v'\"}, \"facts\": {\"size\": 3}},"
    "  \"p.B\": {\"arguments\": {\"need\": \"int|str\", \"x\": \"int|str\"},"
    "    \"facts\": {\"size\": 1}},"
    "  \"p.C\": {\"arguments\": {\"need\": \"any\"}, \"extra\": true}},"
    " \"keys\": {\"a\": \"int|null\", \"b\": \"int|str\", \"c\": \"str|null\", \"opt\": "
    "\"component\","
    "   \"net\": \"component|null\", \"items\": \"list[int|component]\"},"
    " \"rules\": ["
    "  {\"id\": \"1\", \"code\": \"product\", \"when\": \"a * b > 5\", \"at\": \"b\"},"
    "  {\"id\": \"2\", \"code\": \"any-of-b\", \"component\": [\"p.B\"], \"when\": \"true\","
    "   \"at\": \"it\"},"
    "  {\"id\": \"3\", \"code\": \"x-of-a\", \"component\": [\"p.A\"],"
    "   \"when\": \"it.x > 1 and a == 2\", \"at\": \"it.x\"},"
    "  {\"id\": \"4\", \"code\": \"x-of-c\", \"component\": [\"p.C\"], \"when\": \"it.x == 2\","
    "   \"at\": \"it.x\"},"
    "  {\"id\": \"5\", \"code\": \"facts\", \"when\": \"facts.opt.size < a\", \"at\": \"a\"},"
    "  {\"id\": \"6\", \"code\": \"it-facts\", \"component\": [\"p.*\"],"
    "   \"when\": \"facts.it.size == it.need and d is not null\", \"at\": \"d\"},"
    "  {\"id\": \"7\", \"code\": \"mapping\", \"keys\": [\"opt\", \"n*\"],"
    "   \"when\": \"it.mode is set and c is not set\", \"at\": \"it.mode\"},"
    "  {\"id\": \"8\", \"code\": \"warned\", \"when\": \"b == 3\", \"severity\": \"warning\"},"
    "  {\"id\": \"9\", \"code\": \"output\", \"when\": \"inside(output_dir, '/o/2')\","
    "   \"at\": \"output_dir\"},"
    "  {\"id\": \"10\", \"code\": \"words\", \"when\": \"c == 'w' and d == 'w' or c == 'w-z'\","
    "   \"at\": \"c\"}]}";

/* The fields that all rules need. */
static inline void complete_rules(json_t *profile)
{
    size_t index;
    json_t *rule;
    json_array_foreach (json_object_get(profile, "rules"), index, rule) {
        json_object_set_new(rule, "phase", json_string("startup"));
        json_object_set_new(rule, "message", json_string("wrong"));
        if (json_object_get(rule, "severity") == NULL)
            json_object_set_new(rule, "severity", json_string("error"));
    }
}

static inline void write_profile(const char *path)
{
    json_error_t error;
    CLEANUP_JSON json_t *profile = json_loads(profile_text, 0, &error);
    ck_assert_msg(profile != NULL, "%d: %s", error.column, error.text);
    complete_rules(profile);
    ck_assert_int_eq(json_dump_file(profile, path, 0), 0);
}

/* What the places of a config can hold: good and bad, also text that depends on other places. */
struct place {
    const char *path;
    const char *values[14]; /* JSON */
};

static const struct place places[] = {
    {"a", {"1", "2", "4", "null", "\"${b}\"", "\"${opt.x}\"", "0", "3", "5", "6", "-1", "7"}},
    {"b", {"1", "2", "3", "\"${a}\"", "\"text\"", "\"${opt.need}\"", "0", "4", "5", "\"${c}\"",
              "\"more\"", "-2"}},
    {"c", {"\"v\"", "\"w\"", "\"${d}\"", "\"${d}-z\"", "null", "\"${nothing}\"", "\"w-z\"",
              "\"???\"", "\"x\"", "\"y\"", "\"${a}\"", "\"${c}\""}},
    {"d", {"\"w\"", "null", "\"${c}\"", "\"${net.mode}\"", "\"v\"", "\"${d}\"", "\"x\"", "\"y\"",
              "\"${items}\"", "\"z\""}},
    {"opt._component_", {"\"p.A\"", "\"p.B\"", "\"p.C\"", "\"p.D\"", "\"${net._component_}\"",
                            "\"q.E\"", "\"q.F\"", "\"no name\"", "\"p.G\""}},
    {"opt.x", {"1", "2", "3", "\"${a}\"", "\"${..a}\"", "\"${.need}\"", "4", "5", "6", "0", "-1",
                  "\"${.y}\""}},
    {"opt.y", {"1", "0.5", "null", "true", "\"${b}\"", "2", "1.5", "-0.5", "\"${.mode}\""}},
    {"opt.mode",
        {"\"u\"", "\"v\"", "\"w\"", "\"${c}\"", "\"x\"", "\"y\"", "\"z\"", "\"uv\"", "\"${d}\""}},
    {"opt.need", {"1", "3", "2", "\"s\"", "\"${.x}\"", "null", "0", "4", "\"${a}\"", "5"}},
    {"net._component_", {"\"p.A\"", "\"p.B\"", "\"p.C\""}},
    {"net.x", {"1", "2", "\"${opt.x}\"", "3", "4", "5", "0", "\"${.need}\"", "6"}},
    {"net.need", {"1", "3", "\"${a}\"", "0", "2", "4", "5", "6", "7"}},
    {"net.mode", {"\"u\"", "\"w\"", "\"${opt.mode}\"", "\"v\"", "\"x\"", "\"${c}\"", "\"y\""}},
    {"opt", {"{\"x\": 2}", "{\"x\": 1, \"y\": null}", "{\"_component_\": \"p.C\", \"x\": 2}",
                "{\"_component_\": \"p.A\", \"need\": 3}", "{\"x\": \"${a}\"}", "{\"x\": 3}",
                "{\"k\": 1}", "{\"need\": 1}", "{\"_component_\": \"p.B\", \"need\": 1}",
                "{\"inner\": {\"_component_\": \"p.B\"}}"}},
    {"net", {"{\"x\": 2}", "null", "{\"_component_\": \"p.B\"}", "{\"x\": 1}", "{\"k\": 2}",
                "{\"x\": \"${a}\"}", "{\"inner\": {\"_component_\": \"p.A\", \"x\": 2}}",
                "{\"_component_\": \"p.C\", \"need\": 1}", "{\"need\": 3}"}},
    {"items", {"[1, 2]", "[\"${a}\"]", "[{\"_component_\": \"p.B\"}]",
                  "[{\"_component_\": \"p.A\", \"need\": 1, \"x\": 2}, \"${b}\"]", "[]", "[\"s\"]",
                  "[1, 2, 3, 4]", "[[1]]", "[null]", "[{\"_component_\": \"p.B\", \"x\": 2}, 1]"}},
};

/* One of the first `max` values of a place. */
static inline const char *random_of(struct random *random, const struct place *place, size_t max)
{
    size_t n = 0;
    while (n < max && n < COUNT(place->values) && place->values[n] != NULL)
        n++;
    return place->values[random_below(random, n)];
}

/* A config: each place is there or not, mostly with its first value. The first values together are
 * a good config; `odds`: one place in so many is different from it. The caller's. */
static inline json_t *random_config(struct random *random, uint64_t odds)
{
    json_t *tree = json_object();
    json_object_set_new(tree, "output_dir", json_string("/o/3"));
    for (size_t i = 0; i < COUNT(places); i++) {
        bool whole = strcmp(places[i].path, "opt") == 0 || strcmp(places[i].path, "net") == 0;
        if (whole || random_one_in(random, 2 * odds))
            continue;
        const char *text = random_one_in(random, odds) ? random_of(random, &places[i], SIZE_MAX)
                                                       : places[i].values[0];
        CLEANUP_JSON json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
        struct operation operation = {(char *)places[i].path, value};
        ck_assert_int_eq(merge_apply(tree, &operation), SWEEP_OK);
    }
    return tree;
}

/* The trainer; the profile is written into the scratch directory. */
static inline struct sweep_trainer *made_up_trainer(void)
{
    struct sweep_trainer *trainer = NULL;
    struct sweep_error error = {0};
    write_profile(in_scratch("profile.json"));
    ck_assert_int_eq(sweep_trainer_new(NULL, &trainer, NULL), SWEEP_OK);
    ck_assert_msg(
        sweep_trainer_use_profile(trainer, in_scratch("profile.json"), &error) == SWEEP_OK, "%s",
        error.message);
    return trainer;
}

#endif
