/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/spec/computed.h"
#include "lib/util/cleanup.h"
#include "lib/util/index.h"

static const char computed_prefix[] = "sweepd_computed_";

void computed_deinit(struct computed_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].text);
        free(list->items[i].path);
        json_decref(list->items[i].old);
    }
    free(list->items);
    json_decref(list->index);
    *list = (struct computed_list){0};
}

bool computed_is_special(const json_t *value)
{
    return json_is_string(value) && json_string_value(value)[0] == '=';
}

bool computed_is_template(const struct computed *item)
{
    return strchr(item->text, '{') != NULL;
}

static bool computed_append(struct computed_list *list, const struct computed *item)
{
    struct computed *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (items == NULL)
        return false;
    list->items = items;
    struct computed *new = &items[list->count];
    *new = (struct computed){
        strdup(item->text), item->field, strdup(item->path), item->place, NULL, item->is_then};
    if (new->text == NULL || new->path == NULL) {
        free(new->text);
        free(new->path);
        return false;
    }
    list->count++;
    return true;
}

/* What tells an item from others; false without memory. */
static bool computed_put_name(const struct computed *item, struct strbuf *name)
{
    strbuf_append(name, (const char *)&item->field, sizeof item->field);
    strbuf_putc(name, item->is_then ? '>' : ' ');
    strbuf_append(name, item->text, strlen(item->text) + 1);
    strbuf_puts(name, item->path);
    return !name->oom;
}

json_t *computed_token(const struct computed_list *list, const struct computed *item)
{
    char token[64];
    CLEANUP_STRBUF struct strbuf name = {0};
    if (!computed_put_name(item, &name))
        return NULL;
    size_t index = index_find(list->index, name.data, name.length);
    if (index == SIZE_MAX)
        return NULL;
    snprintf(token, sizeof token, "%s%06zu", computed_prefix, index);
    return json_string(token);
}

json_t *computed_add(struct computed_list *list, const struct computed *item)
{
    CLEANUP_STRBUF struct strbuf name = {0};
    if (!computed_put_name(item, &name))
        return NULL;
    if (index_find(list->index, name.data, name.length) == SIZE_MAX &&
        (!index_add(&list->index, name.data, name.length, list->count) ||
            !computed_append(list, item)))
        return NULL;
    return computed_token(list, item);
}

static bool computed_add_brace(
    struct computed_list *list, const struct computed *template, const char *text, size_t length)
{
    CLEANUP_FREE char *copy = strndup(text, length);
    if (copy == NULL)
        return false;
    if (strpbrk(copy, " +*/%(),<>=!") == NULL)
        return true;
    struct computed item = {copy, NULL, template->path, template->place, NULL, template->is_then};
    for (const char *p = template->text; p < text; p++)
        if (((unsigned char)*p & 0xc0) != 0x80) /* not inside a character */
            item.place.column++;
    json_t *token = computed_add(list, &item);
    json_decref(token);
    return token != NULL;
}

bool computed_add_braces(struct computed_list *list, const struct computed *template)
{
    const char *p = template->text;
    while ((p = strpbrk(p, "${}")) != NULL) {
        const char *close = strchr(p, '}');
        bool is_interpolation = strncmp(p, "${", 2) == 0;
        if (strncmp(p, "{{", 2) == 0 || strncmp(p, "}}", 2) == 0) {
            p += 2;
        } else if (close == NULL || (*p != '{' && !is_interpolation)) {
            p++;
        } else {
            if (!is_interpolation &&
                !computed_add_brace(list, template, p + 1, (size_t)(close - p - 1)))
                return false;
            p = close + 1;
        }
    }
    return true;
}

bool computed_has_brace(const struct computed *template, const struct computed *expression)
{
    size_t length = strlen(expression->text);
    const char *p = template->text;
    if (strcmp(template->path, expression->path) != 0)
        return false;
    for (; (p = strchr(p, '{')) != NULL; p++)
        if (strncmp(p + 1, expression->text, length) == 0 && p[1 + length] == '}')
            return true;
    return false;
}

const char *computed_find(const struct computed_list *list, const char *text, size_t *index)
{
    size_t length = sizeof computed_prefix - 1;
    for (; (text = strstr(text, computed_prefix)) != NULL; text += length) {
        const char *digits = text + length;
        if (strspn(digits, "0123456789") < COMPUTED_BYTES - length)
            continue;
        *index = strtoul(digits, NULL, 10);
        if (*index < list->count)
            return text;
    }
    return NULL;
}

size_t computed_expression(const struct computed_list *list, const json_t *value)
{
    size_t index;
    const char *text = json_string_value(value);
    if (text == NULL || computed_find(list, text, &index) != text ||
        strlen(text) != COMPUTED_BYTES || computed_is_template(&list->items[index]))
        return SIZE_MAX;
    return index;
}

json_t *computed_without_expressions(const struct computed_list *list, json_t *value)
{
    if (computed_expression(list, value) != SIZE_MAX)
        return json_null();
    if (!json_is_object(value) && !json_is_array(value))
        return json_incref(value);
    json_t *copy = json_copy(value);
    const char *key;
    json_t *member;
    size_t index;
    void *next;
    bool oom = copy == NULL;
    json_object_foreach_safe(copy, next, key,
        member) if (json_object_set_new(copy, key, computed_without_expressions(list, member)) != 0)
        oom = true;
    json_array_foreach (copy, index, member)
        if (json_array_set_new(copy, index, computed_without_expressions(list, member)) != 0)
            oom = true;
    if (!oom)
        return copy;
    json_decref(copy);
    return NULL;
}
