/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: sample_eval < LINES
 *
 * Draws samples, to be compared with another implementation. A line is
 *
 *     {"method": 0, "seed": 3, "n": 5, "factors": {"learning_rate": {"uniform": [0, 1]}, "zip": 4}}
 *
 * with the method's number in enum sampler_method, and for each factor's key its distribution or
 * number of values. Prints a line of JSON for each: a list for each draw, with the value or the
 * value's number for each factor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/number.h"
#include "lib/plan/sampler.h"
#include "lib/spec/distribution.h"
#include "lib/util/cleanup.h"

enum { MAX_FACTORS = 64 };

struct factors {
    const char *keys[MAX_FACTORS];
    uint64_t sizes[MAX_FACTORS]; /* 0: a distribution */
    struct distribution distributions[MAX_FACTORS];
    size_t n;
};

static bool read_factors(
    const struct spec_context *context, const struct json_source *source, struct factors *out)
{
    struct assignment axis = {.key = (char *)"x", .where = "grid"};
    const struct reading reading = {context, &axis, true, NULL};
    const json_t *factors = json_object_get(source->value, "factors");
    const struct json_place *place = json_place_member(source->root, "factors")->first;
    for (out->n = 0; place != NULL && out->n < MAX_FACTORS; out->n++) {
        json_t *value = json_object_get(factors, place->name);
        const struct placed_value at = {value, place};
        out->keys[out->n] = place->name;
        out->sizes[out->n] = (uint64_t)json_integer_value(value);
        if (out->sizes[out->n] == 0 &&
            distribution_read(&reading, &at, &out->distributions[out->n]) != SWEEP_OK)
            return false;
        place = place->next;
    }
    return true;
}

static void print_draw(const struct sampler *sampler, const struct factors *factors, uint64_t i)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    for (size_t factor = 0; factor < factors->n; factor++) {
        uint64_t draw = sampler_draw(sampler, i, factor);
        strbuf_puts(&out, factor > 0 ? ", " : "");
        if (factors->sizes[factor] > 0) {
            strbuf_printf(
                &out, "%llu", (unsigned long long)sampler_pick(draw, factors->sizes[factor]));
            continue;
        }
        CLEANUP_JSON json_t *value = distribution_value(&factors->distributions[factor], draw);
        number_write_repr(&out, value);
    }
    printf("%s[%s]", i > 0 ? ", " : "", strbuf_string(&out));
}

static bool evaluate(const char *line)
{
    static struct factors factors;
    struct json_source *source = NULL;
    struct sampler *sampler = NULL;
    const struct spec_context context = {
        .profile = &profile_builtin, .directory = ".", .limits = &limits_default};
    bool done = json_source_parse(line, strlen(line), "line", NULL, &source) == SWEEP_OK &&
                read_factors(&context, source, &factors);
    if (done) {
        const struct sampler_request request = {
            (enum sampler_method)json_integer_value(json_object_get(source->value, "method")),
            json_integer_value(json_object_get(source->value, "seed")),
            (uint64_t)json_integer_value(json_object_get(source->value, "n")), factors.keys,
            factors.n};
        done = sampler_new(&request, &sampler) == SWEEP_OK;
        putchar('[');
        for (uint64_t i = 0; done && i < request.n; i++)
            print_draw(sampler, &factors, i);
        puts("]");
    }
    sampler_free(sampler);
    json_source_free(source);
    return done;
}

int main(void)
{
    static char line[1 << 16];
    while (fgets(line, sizeof line, stdin) != NULL)
        if (!evaluate(line))
            return 1;
    return 0;
}
