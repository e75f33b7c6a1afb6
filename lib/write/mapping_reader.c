/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "lib/write/mapping_reader.h"

enum { MAPPING_ID_DIGITS = 12, MAPPING_MAX_DIGITS = 9 };

static bool mapping_reader_take(struct mapping_reader *r, const char *text)
{
    size_t length = strlen(text);
    if ((size_t)(r->end - r->next) < length || memcmp(r->next, text, length) != 0)
        return false;
    r->next += length;
    return true;
}

/* Reads decimal digits; returns how many, or 0 for none or too many. */
static int mapping_reader_take_number(struct mapping_reader *r, uint64_t *number)
{
    int digits = 0;
    *number = 0;
    for (; r->next < r->end && isdigit((unsigned char)*r->next); r->next++) {
        if (++digits > MAPPING_MAX_DIGITS)
            return 0;
        *number = *number * 10 + (uint64_t)(*r->next - '0');
    }
    return digits;
}

static bool mapping_reader_take_id(struct mapping_reader *r, uint64_t *id)
{
    static const char hex[] = "0123456789abcdef";
    *id = 0;
    for (int i = 0; i < MAPPING_ID_DIGITS; i++, r->next++) {
        const char *digit = NULL;
        if (r->next < r->end && *r->next != '\0')
            digit = strchr(hex, *r->next);
        if (digit == NULL)
            return false;
        *id = *id << 4 | (uint64_t)(digit - hex);
    }
    return true;
}

/* Skips the rest of a row. Line breaks in quotes belong to a cell. */
static void mapping_reader_skip(struct mapping_reader *r)
{
    bool quoted = false;
    while (r->next < r->end) {
        char c = *r->next++;
        if (c == '"')
            quoted = !quoted;
        else if (c == '\n' && !quoted)
            return;
    }
}

bool mapping_reader_begin(struct mapping_reader *reader, const char *text, size_t length)
{
    *reader = (struct mapping_reader){.next = text, .end = text + length};
    if (!mapping_reader_take(reader, "index,run,"))
        return false;
    reader->has_ids = mapping_reader_take(reader, "id,");
    mapping_reader_skip(reader);
    reader->titles = text;
    reader->titles_length = (size_t)(reader->next - text);
    return true;
}

bool mapping_reader_has_column(const struct mapping_reader *reader, const char *title)
{
    size_t length = strlen(title);
    const char *end = reader->titles + reader->titles_length;
    for (const char *p = reader->titles; p < end; p++)
        if (*p == ',' && (size_t)(end - p) > length + 1 && memcmp(p + 1, title, length) == 0 &&
            (p[1 + length] == ',' || p[1 + length] == '\n'))
            return true;
    return false;
}

bool mapping_reader_next(struct mapping_reader *reader, struct mapping_row *row)
{
    uint64_t in_name;
    *row = (struct mapping_row){.has_id = reader->has_ids};
    if (reader->next == reader->end || reader->is_damaged)
        return false;
    bool good = mapping_reader_take_number(reader, &row->number) > 0 &&
                mapping_reader_take(reader, ",run_");
    if (good)
        row->name_width = mapping_reader_take_number(reader, &in_name);
    if (!good || row->name_width == 0 || in_name != row->number ||
        !mapping_reader_take(reader, ","))
        good = false;
    if (good && reader->has_ids)
        good = mapping_reader_take_id(reader, &row->id) && mapping_reader_take(reader, ",");
    if (!good)
        reader->is_damaged = true;
    else
        mapping_reader_skip(reader);
    return good;
}
