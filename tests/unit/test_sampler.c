/* SPDX-License-Identifier: Apache-2.0 */
#include <nettle/sha2.h>

#include "lib/doc/number.h"
#include "lib/plan/sampler.h"
#include "lib/plan/sobol.h"
#include "lib/spec/distribution.h"
#include "tests/unit/spec_helper.h"

static const char *const keys[] = {"learning_rate", "batch_size", "epochs"};

static struct sampler *sampler;

static void sampler_tear_down(void)
{
    sampler_free(sampler);
    sampler = NULL;
    spec_tear_down();
}

static void prepare(enum sampler_method method, int64_t seed, uint64_t n)
{
    const struct sampler_request request = {method, seed, n, keys, COUNT(keys)};
    sampler_free(sampler);
    ck_assert_int_eq(sampler_new(&request, &sampler), SWEEP_OK);
}

/* --- draws -------------------------------------------------------------------------------- */

START_TEST(hashes)
{
    static const char *const others[] = {"seed", "zip"};
    prepare(SAMPLER_RANDOM, 0, 0);
    ck_assert_uint_eq(sampler_draw(sampler, 0, 0), UINT64_C(0xe94b455065b40ccb));
    sampler_free(sampler);
    const struct sampler_request request = {SAMPLER_RANDOM, 3, 0, others, COUNT(others)};
    ck_assert_int_eq(sampler_new(&request, &sampler), SWEEP_OK);
    ck_assert_uint_eq(sampler_draw(sampler, 1, 0), UINT64_C(0xfd6309e8135fddca));
    ck_assert_uint_eq(sampler_draw(sampler, 0, 1), UINT64_C(0x8413775a6cc30ff3));
}
END_TEST

START_TEST(picks)
{
    ck_assert_uint_eq(sampler_pick(0, 5), 0);
    ck_assert_uint_eq(sampler_pick(UINT64_MAX, 5), 4);
    ck_assert_uint_eq(sampler_pick(UINT64_MAX / 5, 5), 0);
    ck_assert_uint_eq(sampler_pick(UINT64_MAX / 5 + 1, 5), 1);
    ck_assert_uint_eq(sampler_pick(UINT64_MAX, UINT64_MAX), UINT64_MAX - 1);
}
END_TEST

static const struct {
    enum sampler_method method;
    int64_t seed;
    const char *points;
} samples[] = {
    {SAMPLER_RANDOM, 3, "0.000193979 2 4 | 0.000114815 1 3 | 2.23598e-05 2 4 | 0.000237886 2 3"},
    {SAMPLER_LHS, 3, "6.63649e-05 2 3 | 0.000184077 4 5 | 0.000386693 1 4 | 2.20847e-05 8 1"},
    {SAMPLER_SOBOL, 3, "2.75274e-05 4 3 | 0.000275274 1 1 | 0.000870491 8 5 | 8.70491e-05 2 2"},
    {SAMPLER_SOBOL, 0, "1e-05 1 1 | 0.0001 4 3 | 0.000316228 2 2 | 3.16228e-05 8 4"},
};

static struct assignment axis = {.key = (char *)"x", .where = "grid"};

static enum sweep_code read_distribution(const char *text, struct distribution *out)
{
    const struct reading reading = {&context, &axis, true, NULL};
    json_source_free(source);
    source = NULL;
    ck_assert_int_eq(json_source_parse(text, strlen(text), "s.json", findings, &source), SWEEP_OK);
    const struct placed_value at = {source->value, source->root};
    ck_assert(distribution_is(source->value));
    return distribution_read(&reading, &at, out);
}

static void write_value(struct strbuf *out, const struct distribution *d, uint64_t draw)
{
    CLEANUP_JSON json_t *value = distribution_value(d, draw);
    ck_assert_ptr_nonnull(value);
    number_write_repr(out, value);
}

START_TEST(sample)
{
    static const int batch_sizes[] = {1, 2, 4, 8};
    struct distribution lr, epochs;
    CLEANUP_STRBUF struct strbuf points = {0};
    ck_assert_int_eq(read_distribution("{\"loguniform\": [1e-5, 1e-3]}", &lr), SWEEP_OK);
    ck_assert_int_eq(read_distribution("{\"randint\": [1, 5]}", &epochs), SWEEP_OK);
    prepare(samples[_i].method, samples[_i].seed, 4);
    for (uint64_t i = 0; i < 4; i++) {
        strbuf_puts(&points, i > 0 ? " | " : "");
        write_value(&points, &lr, sampler_draw(sampler, i, 0));
        strbuf_printf(&points, " %d ", batch_sizes[sampler_pick(sampler_draw(sampler, i, 1), 4)]);
        write_value(&points, &epochs, sampler_draw(sampler, i, 2));
    }
    assert_buffer(points, samples[_i].points);
}
END_TEST

/* Each of n equal parts of [0, 1) has one draw, for each factor. */
START_TEST(strata)
{
    enum { N = 1000 };
    prepare(SAMPLER_LHS, -7, N);
    for (size_t factor = 0; factor < COUNT(keys); factor++) {
        bool seen[N] = {false};
        for (uint64_t i = 0; i < N; i++) {
            uint64_t stratum = sampler_pick(sampler_draw(sampler, i, factor), N);
            ck_assert(!seen[stratum]);
            seen[stratum] = true;
        }
    }
}
END_TEST

/* --- Sobol -------------------------------------------------------------------------------- */

/* The first points by SciPy 1.17.1: scipy.stats.qmc.Sobol(d=64, scramble=False). */
START_TEST(points_of_scipy)
{
    FILE *file = fopen(UNIT_DATA "/sobol.txt", "r");
    ck_assert_ptr_nonnull(file);
    for (uint32_t i = 0; i < 8; i++)
        for (size_t dimension = 0; dimension < SOBOL_DIMENSIONS; dimension++) {
            uint32_t directions[SOBOL_BITS];
            unsigned wanted;
            ck_assert_int_eq(fscanf(file, "%x", &wanted), 1);
            sobol_directions(dimension, directions);
            ck_assert_uint_eq(sobol_point(directions, i), wanted);
        }
    fclose(file);
}
END_TEST

/* The SHA-256 of its first 65,536 points as 32-bit numbers, the first byte the highest. */
START_TEST(many_points_of_scipy)
{
    static const char wanted[] = "55e4fea77e8ae8d4144df2d4f96c1943d9e656ea6b55a01c1e70003f6d3fded9";
    static uint32_t directions[SOBOL_DIMENSIONS][SOBOL_BITS];
    uint8_t digest[SHA256_DIGEST_SIZE];
    char hex[2 * sizeof digest + 1];
    struct sha256_ctx hash;
    sha256_init(&hash);
    for (size_t d = 0; d < SOBOL_DIMENSIONS; d++)
        sobol_directions(d, directions[d]);
    for (uint32_t i = 0; i < 1 << 16; i++)
        for (size_t d = 0; d < SOBOL_DIMENSIONS; d++) {
            uint32_t point = sobol_point(directions[d], i);
            const uint8_t bytes[] = {(uint8_t)(point >> 24), (uint8_t)(point >> 16),
                (uint8_t)(point >> 8), (uint8_t)point};
            sha256_update(&hash, sizeof bytes, bytes);
        }
    sha256_digest(&hash, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    ck_assert_str_eq(hex, wanted);
}
END_TEST

/* --- distributions ------------------------------------------------------------------------ */

static const struct {
    const char *text;
    uint64_t draw;
    const char *value;
} draws[] = {
    {"{\"uniform\": [0, 1]}", 0, "0.0"},
    {"{\"uniform\": [0, 1]}", UINT64_C(1) << 63, "0.5"},
    {"{\"uniform\": [0, 1]}", UINT64_MAX, "1.0"},
    {"{\"uniform\": [0, 1], \"digits\": 17}", UINT64_C(1) << 62, "0.25"},
    {"{\"uniform\": [1, 2], \"digits\": 1}", UINT64_C(1) << 63, "2.0"}, /* 1.5, to even */
    {"{\"uniform\": [2, 3], \"digits\": 1}", UINT64_C(1) << 63, "2.0"},
    {"{\"uniform\": [5, 5]}", 12345, "5.0"},
    {"{\"uniform\": [-1, 1]}", UINT64_C(1) << 63, "0.0"},
    {"{\"loguniform\": [1, 100]}", UINT64_C(1) << 63, "10.0"},
    {"{\"// note\": 1, \"loguniform\": [1e-300, 1e300]}", UINT64_C(1) << 63, "1.0"},
    {"{\"randint\": [3, 3]}", UINT64_MAX, "3"},
    {"{\"randint\": [1, 5]}", 0, "1"},
    {"{\"randint\": [1, 5]}", UINT64_MAX, "5"},
    {"{\"randint\": [-9223372036854775808, 9223372036854775807]}", 0, "-9223372036854775808"},
    {"{\"randint\": [-9223372036854775808, 9223372036854775807]}", UINT64_MAX,
        "9223372036854775807"},
    {"{\"randint\": [-9223372036854775808, 9223372036854775807]}", UINT64_C(1) << 63, "0"},
};

START_TEST(drawing)
{
    struct distribution d;
    CLEANUP_STRBUF struct strbuf value = {0};
    enum sweep_code code = read_distribution(draws[_i].text, &d);
    ck_assert_msg(code == SWEEP_OK, "%s", message_at(findings, 0));
    write_value(&value, &d, draws[_i].draw);
    assert_buffer(value, draws[_i].value);
}
END_TEST

static const struct {
    const char *text, *code, *message;
} mistakes[] = {
    {"{\"uniform\": 1}", "bad-generator", "uniform takes [lo, hi]"},
    {"{\"uniform\": [1, 2, 3]}", "bad-generator", "uniform takes [lo, hi]"},
    {"{\"uniform\": [1, \"2\"]}", "wrong-type", "expected a number"},
    {"{\"uniform\": [2, 1]}", "bad-generator", "the lower end is above the upper one"},
    {"{\"uniform\": [2, 3], \"digits\": 0}", "bad-generator", "digits must be an int"},
    {"{\"uniform\": [2, 3], \"q\": 0}", "unknown-key", "\"uniform\" has no \"q\""},
    {"{\"uniform\": [1, 1.79e308], \"digits\": 2}", "number-range", "larger than 1.8e308"},
    {"{\"uniform\": [1, 2], \"randint\": [1, 2]}", "bad-generator", "cannot have both"},
    {"{\"loguniform\": [0, 1]}", "bad-generator", "must be positive"},
    {"{\"loguniform\": [-5, -3]}", "bad-generator", "must be positive"},
    {"{\"randint\": [1, 2.0]}", "wrong-type", "must be ints"},
    {"{\"randint\": [1, 2], \"digits\": 3}", "unknown-key", "\"randint\" has no \"digits\""},
};

START_TEST(mistake)
{
    struct distribution d;
    ck_assert_int_eq(read_distribution(mistakes[_i].text, &d), SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 1);
    ck_assert_str_eq(code_at(findings, 0), mistakes[_i].code);
    ck_assert_msg(strstr(message_at(findings, 0), mistakes[_i].message) != NULL, "%s",
        message_at(findings, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sampler");
    TCase *tc = add_case(suite, "sampler");
    tcase_add_checked_fixture(tc, spec_set_up, sampler_tear_down);
    tcase_add_test(tc, hashes);
    tcase_add_test(tc, picks);
    tcase_add_loop_test(tc, sample, 0, (int)COUNT(samples));
    tcase_add_test(tc, strata);
    tc = add_case(suite, "sobol");
    tcase_add_test(tc, points_of_scipy);
    tcase_add_test(tc, many_points_of_scipy);
    tc = add_case(suite, "distributions");
    tcase_add_checked_fixture(tc, spec_set_up, sampler_tear_down);
    tcase_add_loop_test(tc, drawing, 0, (int)COUNT(draws));
    tcase_add_loop_test(tc, mistake, 0, (int)COUNT(mistakes));
    return check_main(suite);
}
