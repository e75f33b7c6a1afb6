/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/check/json_head.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

struct json_head json_head_begin(const struct file_head *file)
{
    return (struct json_head){.file = file, .at = file_head_start(file)};
}

char json_head_peek(struct json_head *head)
{
    const struct file_head *file = head->file;
    while (head->at < file->length && file->data[head->at] != '\0' &&
           strchr(" \t\r\n", file->data[head->at]) != NULL)
        head->at++;
    if (head->at == file->length)
        return '\0';
    return file->data[head->at];
}

/* True for what no JSON reader accepts. Others accept more than jansson does: NaN, control
 * characters in strings, numbers of any size, unpaired surrogates. */
static bool json_head_is_certain(const char *message)
{
    static const char *const tokens[] = {
        "invalid token near 'None'", "invalid token near 'True'", "invalid token near 'False'"};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
        if (strcmp(message, tokens[i]) == 0)
            return true;
    return strstr(message, " expected near ") != NULL;
}

/* Sets `wrong` unless the value is only cut off. */
static void json_head_explain(struct json_head *head, const json_error_t *error)
{
    size_t line = (size_t)error->line;
    for (size_t i = 0; i < head->at; i++)
        if (head->file->data[i] == '\n')
            line++;
    bool ends = strstr(error->text, "near end of file") != NULL ||
                json_error_code(error) == json_error_premature_end_of_input;
    if (ends && head->file->whole)
        strbuf_printf(&head->wrong, "line %zu: the file ends in the middle of a value", line);
    if (ends || !json_head_is_certain(error->text))
        return;
    strbuf_printf(&head->wrong, "line %zu is not JSON: ", line);
    text_escape(&head->wrong, error->text, strlen(error->text));
}

json_t *json_head_value(struct json_head *head)
{
    json_error_t error;
    if (json_head_peek(head) == '\0')
        return NULL;
    json_t *value = json_loadb(head->file->data + head->at, head->file->length - head->at,
        JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL,
        &error);
    if (value != NULL)
        head->at += (size_t)error.position;
    else if (json_error_code(&error) == json_error_out_of_memory)
        head->wrong.oom = true;
    else
        json_head_explain(head, &error);
    return value;
}

static bool json_head_skip(struct json_head *head, char c)
{
    if (json_head_peek(head) != c)
        return false;
    head->at++;
    return true;
}

bool json_head_object(struct json_head *head, json_head_member *member, void *context)
{
    if (!json_head_skip(head, '{'))
        return false;
    while (json_head_peek(head) == '"') {
        CLEANUP_JSON json_t *key = json_head_value(head);
        if (key == NULL || !json_head_skip(head, ':') ||
            !member(context, head, json_string_value(key)))
            return false;
        if (!json_head_skip(head, ','))
            break;
    }
    return json_head_skip(head, '}');
}
