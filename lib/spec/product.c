/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/config/params.h"
#include "lib/spec/generator.h"
#include "lib/spec/product.h"
#include "lib/util/cleanup.h"

struct product {
    size_t n;
    const struct field *fields;
    struct generated generated[PARAMETER_MAX_FIELDS];
    json_t *lists[PARAMETER_MAX_FIELDS];                   /* of values; owned */
    const struct json_place *firsts[PARAMETER_MAX_FIELDS]; /* of the first value */
    size_t sizes[PARAMETER_MAX_FIELDS];
    /* The current combination. */
    size_t indexes[PARAMETER_MAX_FIELDS];
    const struct json_place *places[PARAMETER_MAX_FIELDS];
};

static json_t *product_value(const struct product *product, size_t field)
{
    return json_array_get(product->lists[field], product->indexes[field]);
}

/* False after the last combination. */
static bool product_next(struct product *product)
{
    for (size_t f = product->n; f-- > 0;) {
        if (++product->indexes[f] < product->sizes[f]) {
            product->places[f] = product->places[f]->next;
            return true;
        }
        product->indexes[f] = 0;
        product->places[f] = product->firsts[f];
    }
    return false;
}

/* Reads the generator that a field has instead of its values; *list becomes these. */
static enum sweep_code product_generate(
    const struct reading *r, struct generated *generated, struct placed_value *list)
{
    if (!json_is_object(list->value))
        return SWEEP_OK;
    enum sweep_code code = generator_read(r, list, generated);
    if (code == SWEEP_OK)
        *list = (struct placed_value){generated->values, generated->place};
    return code;
}

/* Reads every value of one field, and reports each wrong one once. */
static enum sweep_code product_check_field(
    const struct reading *r, struct product *product, size_t f, const struct placed_value *list)
{
    const struct field *field = &product->fields[f];
    product->lists[f] = json_array();
    if (product->lists[f] == NULL)
        return SWEEP_NO_MEMORY;
    product->firsts[f] = product->places[f] = list->place;
    product->sizes[f] = 1;
    if (json_is_array(list->value)) {
        product->firsts[f] = product->places[f] = list->place->first;
        product->sizes[f] = json_array_size(list->value);
    }
    if (product->sizes[f] == 0)
        return reading_refuse(r, &list->place->value, "empty-axis", NULL,
            "%s of axis \"%s\" is empty", field->name, r->assignment->key);
    enum sweep_code code = SWEEP_OK;
    struct operations ignored = {0};
    const struct json_place *place = product->firsts[f];
    for (size_t i = 0; i < product->sizes[f]; i++) {
        json_t *taken = NULL;
        struct placed_value one = {list->value, place};
        if (json_is_array(list->value))
            one.value = json_array_get(list->value, i);
        code = reading_worse(code, reading_take_field(r, field, &one, &taken));
        one.value = taken;
        if (taken != NULL)
            code = reading_worse(code, reading_add_field(r, field, &one, &ignored));
        if (taken != NULL && json_array_append_new(product->lists[f], taken) != 0)
            code = SWEEP_NO_MEMORY;
        place = place->next;
    }
    product->indexes[f] = 0;
    operations_deinit(&ignored);
    return code;
}

/* The choice of the current combination. */
static enum sweep_code product_choice(const struct product *product, struct choice *out)
{
    CLEANUP_STRBUF struct strbuf label = {0};
    for (size_t f = 0; f < product->n; f++) {
        const struct json_place *place = product->places[f];
        CLEANUP_JSON json_t *value = field_value(&product->fields[f], product_value(product, f));
        if (value == NULL ||
            operations_add(&out->operations, product->fields[f].path, value) != SWEEP_OK)
            return SWEEP_NO_MEMORY;
        if (f > 0)
            strbuf_putc(&label, '/');
        reading_put_label(&label, place);
        out->place = place->value;
    }
    out->label = strbuf_steal(&label);
    return out->label == NULL ? SWEEP_NO_MEMORY : SWEEP_OK;
}

static enum sweep_code product_keep_all(const struct reading *r, struct product *product)
{
    enum sweep_code result = SWEEP_OK;
    do {
        struct choice choice = {0};
        size_t index;
        enum sweep_code code = product_choice(product, &choice);
        const struct sweep_place place = choice.place;
        if (code == SWEEP_OK)
            code = reading_keep_choice(r, &choice, &index);
        choice_deinit(&choice);
        if (code == SWEEP_OK)
            code = reading_list_choice(r, index, &place);
        result = reading_worse(result, code);
    } while (result != SWEEP_NO_MEMORY && product_next(product));
    return result;
}

static enum sweep_code product_read_all(
    const struct reading *r, const struct placed_value *at, struct product *product)
{
    const struct parameter *parameter = r->assignment->parameter;
    uint64_t limit = r->context->limits->runs, combinations = 1;
    enum sweep_code code = reading_check_fields(r, at);
    if (code != SWEEP_OK)
        return code;
    for (size_t f = 0; f < product->n; f++) {
        const char *name = product->fields[f].name;
        struct placed_value list = {
            json_object_get(at->value, name), json_place_member(at->place, name)};
        enum sweep_code read = product_generate(r, &product->generated[f], &list);
        if (read == SWEEP_OK)
            read = product_check_field(r, product, f, &list);
        code = reading_worse(code, read);
    }
    if (code != SWEEP_OK)
        return code;
    for (size_t f = 0; f < product->n; f++) {
        if (combinations > limit / product->sizes[f]) {
            char names[160];
            parameter_field_names(parameter, "", names, sizeof names);
            return reading_refuse(r, &at->place->value, "too-many-runs", NULL,
                "%s make more than %llu combinations", names, (unsigned long long)limit);
        }
        combinations *= product->sizes[f];
    }
    return product_keep_all(r, product);
}

enum sweep_code product_read(const struct reading *r, const struct placed_value *at)
{
    const struct parameter *parameter = r->assignment->parameter;
    struct product product = {.n = parameter->n_fields, .fields = parameter->fields};
    enum sweep_code code = product_read_all(r, at, &product);
    for (size_t f = 0; f < product.n; f++) {
        json_decref(product.lists[f]);
        generated_deinit(&product.generated[f]);
    }
    return code;
}
