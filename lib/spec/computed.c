/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/spec/computed.h"

static const char computed_prefix[] = "sweepd_computed_";

void computed_deinit(struct computed_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].text);
        free(list->items[i].path);
    }
    free(list->items);
    *list = (struct computed_list){0};
}

bool computed_is_special(const json_t *value)
{
    return json_is_string(value) && json_string_value(value)[0] == '=';
}

static bool computed_append(struct computed_list *list, const struct computed *item)
{
    struct computed *items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (items == NULL)
        return false;
    list->items = items;
    struct computed *new = &items[list->count];
    *new = (struct computed){strdup(item->text), strdup(item->path), item->place};
    if (new->text == NULL || new->path == NULL) {
        free(new->text);
        free(new->path);
        return false;
    }
    list->count++;
    return true;
}

json_t *computed_add(struct computed_list *list, const struct computed *item)
{
    char token[64];
    size_t index = 0;
    while (index < list->count && strcmp(list->items[index].text, item->text) != 0)
        index++;
    if (index == list->count && !computed_append(list, item))
        return NULL;
    snprintf(token, sizeof token, "%s%06zu", computed_prefix, index);
    return json_string(token);
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
