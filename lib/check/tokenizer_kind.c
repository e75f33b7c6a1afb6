/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/check/json_head.h"
#include "lib/check/tokenizer_kind.h"
#include "lib/util/cleanup.h"

/* --- SentencePiece ------------------------------------------------------------------------ */

/* Reads a base-128 number of protocol buffers; false if it is cut off or too long. */
static bool kind_read_number(const struct file_head *head, size_t *at, uint64_t *out)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && *at < head->length; shift += 7) {
        unsigned char byte = (unsigned char)head->data[(*at)++];
        *out |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

/* A model is a message of a few fields, all of which have a length. The first is nearly always a
 * piece: a message that begins with a string, a float or an enum. */
static bool kind_is_sentencepiece(const struct file_head *head)
{
    static const char fields[] = "\x0a\x12\x1a\x22\x2a", in_piece[] = "\x0a\x15\x18";
    size_t at = 1;
    uint64_t length;
    if (head->data[0] == '\0' || strchr(fields, head->data[0]) == NULL)
        return false;
    if (!kind_read_number(head, &at, &length) || length > head->size - at)
        return false;
    if (head->data[0] != '\x0a' || length == 0)
        return true;
    return at < head->length && head->data[at] != '\0' && strchr(in_piece, head->data[at]) != NULL;
}

/* --- lines -------------------------------------------------------------------------------- */

/* A line of the text; the last one only if the file ends there. */
struct kind_line {
    const char *text;
    size_t length;
};

/* Reads the next line that is not empty. False after the last one. */
static bool kind_next_line(const struct file_head *head, size_t *at, struct kind_line *line)
{
    while (*at < head->length) {
        const char *start = head->data + *at;
        const char *end = memchr(start, '\n', head->length - *at);
        if (end == NULL && !head->whole)
            return false;
        if (end == NULL)
            end = head->data + head->length;
        *at = (size_t)(end - head->data) + 1;
        if (end > start && end[-1] == '\r')
            end--;
        *line = (struct kind_line){start, (size_t)(end - start)};
        if (end > start)
            return true;
    }
    return false;
}

/* A token in base64, white space, its rank. */
static bool kind_is_ranked(const struct kind_line *line)
{
    static const char base64[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    size_t token = 0, digits = 0;
    while (token < line->length && line->text[token] != '\0' &&
           strchr(base64, line->text[token]) != NULL)
        token++;
    size_t at = token;
    while (at < line->length && (line->text[at] == ' ' || line->text[at] == '\t'))
        at++;
    size_t rank = at;
    while (rank + digits < line->length && line->text[rank + digits] >= '0' &&
           line->text[rank + digits] <= '9')
        digits++;
    return token > 0 && at > token && digits > 0 && rank + digits == line->length;
}

/* Two tokens. */
static bool kind_is_merge(const struct kind_line *line)
{
    size_t words = 0;
    bool inside = false;
    for (size_t i = 0; i < line->length; i++) {
        bool is_space = line->text[i] == ' ' || line->text[i] == '\t';
        if (!is_space && !inside)
            words++;
        inside = !is_space;
    }
    return words == 2;
}

/* Checks the first lines; `skip` begins a first line that is no entry, or is NULL. */
static bool kind_has_lines(
    const struct file_head *head, const char *skip, bool (*fits)(const struct kind_line *))
{
    enum { CHECKED_LINES = 20 };
    struct kind_line line;
    size_t at = 0, count = 0;
    while (count < CHECKED_LINES && kind_next_line(head, &at, &line)) {
        bool is_skipped = skip != NULL && count == 0 && strncmp(line.text, skip, strlen(skip)) == 0;
        if (!is_skipped && !fits(&line))
            return false;
        count++;
    }
    return count > 0;
}

/* --- JSON --------------------------------------------------------------------------------- */

/* Reads the first token of a vocabulary; *context becomes whether it has a number. */
static bool kind_read_entry(void *context, struct json_head *json, const char *key)
{
    CLEANUP_JSON json_t *value = json_head_value(json);
    (void)key;
    *(bool *)context = json_is_number(value);
    return false;
}

static bool kind_is_vocabulary(const struct file_head *head)
{
    struct json_head json = json_head_begin(head);
    bool has_number = true;
    if (json_head_peek(&json) != '{')
        return false;
    json_head_object(&json, kind_read_entry, &has_number);
    if (json.wrong.oom)
        has_number = true;
    strbuf_deinit(&json.wrong);
    return has_number;
}

/* --- files -------------------------------------------------------------------------------- */

static bool kind_fits(const struct file_head *head, enum file_format format)
{
    switch (format) {
    case FORMAT_SENTENCEPIECE:
        return kind_is_sentencepiece(head);
    case FORMAT_TIKTOKEN:
        return kind_has_lines(head, NULL, kind_is_ranked);
    case FORMAT_MERGES:
        return kind_has_lines(head, "#version", kind_is_merge);
    case FORMAT_VOCABULARY:
        return kind_is_vocabulary(head);
    default:
        return true;
    }
}

void tokenizer_kind_check(
    const struct file_head *head, enum file_format format, struct strbuf *wrong)
{
    static const struct {
        enum file_format format;
        const char *phrase;
    } others[] = {{FORMAT_VOCABULARY, "is a JSON vocabulary"},
        {FORMAT_TIKTOKEN, "is a tiktoken file"},
        {FORMAT_SENTENCEPIECE, "is a SentencePiece model"}};
    const char *other = file_head_other(head);
    if (other == NULL && kind_fits(head, format))
        return;
    for (size_t i = 0; other == NULL && i < sizeof others / sizeof *others; i++)
        if (kind_fits(head, others[i].format))
            other = others[i].phrase;
    if (other == NULL && head->data[file_head_start(head)] == '{')
        other = "is a JSON object";
    if (other != NULL)
        strbuf_puts(wrong, other);
    else
        file_head_quote(head, wrong);
}
