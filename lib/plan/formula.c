/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "lib/plan/formula.h"
#include "lib/util/strbuf.h"

static void formula_put(const struct structure *structure, struct strbuf *out);

static void formula_put_items(
    const struct structure *structure, const char *operator, struct strbuf * out)
{
    const char *separator = "";
    for (size_t i = 0; i < structure->n_items; i++) {
        const struct structure *item = structure->items[i];
        if (item->kind == STRUCTURE_PRODUCT && item->n_items == 0)
            continue;
        strbuf_puts(out, separator);
        formula_put(item, out);
        separator = operator;
    }
}

static void formula_put_kind(const struct structure *structure, struct strbuf *out)
{
    switch (structure->kind) {
    case STRUCTURE_AXIS:
        strbuf_printf(out, "%llu", (unsigned long long)structure->size);
        break;
    case STRUCTURE_PRODUCT:
        formula_put_items(structure, " × ", out);
        break;
    case STRUCTURE_ZIP:
        strbuf_printf(out, "(%llu zipped)", (unsigned long long)structure->size);
        break;
    case STRUCTURE_UNION:
        strbuf_putc(out, '(');
        formula_put_items(structure, " + ", out);
        strbuf_putc(out, ')');
        break;
    case STRUCTURE_CASES:
        strbuf_printf(out, "(%llu cases)", (unsigned long long)structure->all);
        break;
    }
}

static void formula_put_excluded(const struct structure *structure, struct strbuf *out)
{
    uint64_t excluded = structure->all - structure->size;
    if (excluded > 0)
        strbuf_printf(out, " − %llu excluded", (unsigned long long)excluded);
}

static void formula_put(const struct structure *structure, struct strbuf *out)
{
    bool is_open = structure->all > structure->size;
    if (is_open)
        strbuf_putc(out, '(');
    formula_put_kind(structure, out);
    formula_put_excluded(structure, out);
    if (is_open)
        strbuf_putc(out, ')');
}

/* A number alone says nothing new. */
static bool formula_is_number(const struct structure *structure)
{
    if (structure->all != structure->size)
        return false;
    while (structure->kind == STRUCTURE_PRODUCT && structure->n_items == 1)
        structure = structure->items[0];
    return structure->kind == STRUCTURE_AXIS ||
           (structure->kind == STRUCTURE_PRODUCT && structure->n_items == 0);
}

char *formula_of(const struct spec *spec)
{
    struct strbuf out = {0};
    const struct structure *points = spec->points, *repeat = NULL;
    if (points != spec->product && points->kind == STRUCTURE_PRODUCT) {
        repeat = points->items[1];
        points = points->items[0];
    }
    strbuf_append(&out, "", 0);
    if (formula_is_number(points) && repeat == NULL)
        return strbuf_steal(&out);
    if (spec->is_sampled) {
        strbuf_printf(&out, "%llu drawn", (unsigned long long)spec->product->size);
    } else {
        formula_put_kind(spec->product, &out);
        formula_put_excluded(spec->product, &out);
    }
    if (points != spec->product)
        strbuf_printf(&out, " + %llu included", (unsigned long long)points->items[1]->size);
    if (repeat != NULL)
        strbuf_printf(&out, ", each %llu times", (unsigned long long)repeat->size);
    return strbuf_steal(&out);
}
