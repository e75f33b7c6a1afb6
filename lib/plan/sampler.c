/* SPDX-License-Identifier: Apache-2.0 */
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/plan/sampler.h"
#include "lib/plan/sobol.h"

__extension__ typedef unsigned __int128 sampler_wide;

struct sampler {
    struct sampler_request request;
    uint32_t (*directions)[SOBOL_BITS]; /* SAMPLER_SOBOL: of each factor */
    uint32_t *shifts;                   /* SAMPLER_SOBOL: of each factor */
    uint32_t *strata;                   /* SAMPLER_LHS: for each factor the strata of its n draws */
};

/* --- hashes --------------------------------------------------------------------------------- */

/* The SHA-256 of "WHAT|SEED|NUMBER|KEY"; without `number` of "WHAT|SEED|KEY". */
static void sampler_hash(const struct sampler *s, const char *what, const uint64_t *number,
    size_t factor, uint8_t digest[SHA256_DIGEST_SIZE])
{
    struct sha256_ctx context;
    char head[80];
    const char *key = s->request.keys[factor];
    int length = snprintf(head, sizeof head, "%s|%lld|", what, (long long)s->request.seed);
    if (number != NULL)
        length += snprintf(
            head + length, sizeof head - (size_t)length, "%llu|", (unsigned long long)*number);
    sha256_init(&context);
    sha256_update(&context, (size_t)length, (const uint8_t *)head);
    sha256_update(&context, strlen(key), (const uint8_t *)key);
    sha256_digest(&context, SHA256_DIGEST_SIZE, digest);
}

/* The first `n` bytes of a digest as a number. */
static uint64_t sampler_first_bytes(const uint8_t *digest, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | digest[i];
    return value;
}

static uint64_t sampler_random(const struct sampler *s, uint64_t i, size_t factor)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sampler_hash(s, "sweepd-sample", &i, factor, digest);
    return sampler_first_bytes(digest, 8);
}

/* --- Sobol sequences ------------------------------------------------------------------------ */

static enum sweep_code sampler_prepare_sobol(struct sampler *s)
{
    size_t n = s->request.n_keys;
    s->directions = calloc(n + 1, sizeof *s->directions);
    s->shifts = calloc(n + 1, sizeof *s->shifts);
    if (s->directions == NULL || s->shifts == NULL)
        return SWEEP_NO_MEMORY;
    for (size_t factor = 0; factor < n; factor++) {
        sobol_directions(factor, s->directions[factor]);
        if (s->request.seed == 0)
            continue;
        uint8_t digest[SHA256_DIGEST_SIZE];
        sampler_hash(s, "sweepd-sobol", NULL, factor, digest);
        s->shifts[factor] = (uint32_t)sampler_first_bytes(digest, 4);
    }
    return SWEEP_OK;
}

/* --- Latin hypercubes ----------------------------------------------------------------------- */

struct sampler_stratum {
    uint8_t digest[SHA256_DIGEST_SIZE];
    uint32_t number;
};

static int sampler_compare_strata(const void *a, const void *b)
{
    const struct sampler_stratum *one = a, *other = b;
    return memcmp(one->digest, other->digest, sizeof one->digest);
}

static enum sweep_code sampler_prepare_lhs(struct sampler *s)
{
    size_t n = (size_t)s->request.n;
    struct sampler_stratum *order = calloc(n + 1, sizeof *order);
    s->strata = calloc(n * s->request.n_keys + 1, sizeof *s->strata);
    if (order == NULL || s->strata == NULL) {
        free(order);
        return SWEEP_NO_MEMORY;
    }
    for (size_t factor = 0; factor < s->request.n_keys; factor++) {
        for (uint64_t j = 0; j < n; j++) {
            sampler_hash(s, "sweepd-lhs", &j, factor, order[j].digest);
            order[j].number = (uint32_t)j;
        }
        qsort(order, n, sizeof *order, sampler_compare_strata);
        for (size_t i = 0; i < n; i++)
            s->strata[factor * n + i] = order[i].number;
    }
    free(order);
    return SWEEP_OK;
}

static uint64_t sampler_lhs(const struct sampler *s, uint64_t i, size_t factor)
{
    uint32_t stratum = s->strata[factor * s->request.n + i];
    sampler_wide place = (sampler_wide)stratum << 64 | sampler_random(s, i, factor);
    return (uint64_t)(place / s->request.n);
}

/* --- samplers ------------------------------------------------------------------------------- */

enum sweep_code sampler_new(const struct sampler_request *request, struct sampler **out)
{
    struct sampler *s = calloc(1, sizeof *s);
    if (s == NULL)
        return SWEEP_NO_MEMORY;
    s->request = *request;
    enum sweep_code code = SWEEP_OK;
    if (request->method == SAMPLER_SOBOL)
        code = sampler_prepare_sobol(s);
    else if (request->method == SAMPLER_LHS)
        code = sampler_prepare_lhs(s);
    if (code != SWEEP_OK) {
        sampler_free(s);
        return code;
    }
    *out = s;
    return SWEEP_OK;
}

void sampler_free(struct sampler *sampler)
{
    if (sampler == NULL)
        return;
    free(sampler->directions);
    free(sampler->shifts);
    free(sampler->strata);
    free(sampler);
}

uint64_t sampler_draw(const struct sampler *sampler, uint64_t i, size_t factor)
{
    switch (sampler->request.method) {
    case SAMPLER_SOBOL:
        return (uint64_t)(sobol_point(sampler->directions[factor], (uint32_t)i) ^
                          sampler->shifts[factor])
               << 32;
    case SAMPLER_LHS:
        return sampler_lhs(sampler, i, factor);
    case SAMPLER_RANDOM:
        break;
    }
    return sampler_random(sampler, i, factor);
}

uint64_t sampler_pick(uint64_t draw, uint64_t k)
{
    return (uint64_t)((sampler_wide)draw * k >> 64);
}
