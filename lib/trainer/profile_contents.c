/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of a path check that says what must be in the file.
 */
#include "lib/trainer/profile_reader.h"

static struct file_column contents_column(struct profile_reader *r, const json_t *entry)
{
    static const char *const keys[] = {"name", "items", NULL};
    if (json_is_string(entry))
        return (struct file_column){.name = json_string_value(entry)};
    if (!json_is_object(entry))
        reader_fail(r, "\"columns\" must be a list of strings or objects");
    reader_check_keys(r, entry, keys);
    return (struct file_column){
        .name = reader_need(r, entry, "name"), .items = reader_strings(r, entry, "items")};
}

static void contents_columns(
    struct profile_reader *r, const json_t *object, struct file_contents *out)
{
    const json_t *array = reader_member(r, object, "columns", JSON_ARRAY);
    struct file_column *all = reader_alloc(r, json_array_size(array) + 1, sizeof *all);
    size_t index;
    json_t *entry;
    out->columns = all;
    json_array_foreach (array, index, entry)
        if (all != NULL)
            all[out->n_columns++] = contents_column(r, entry);
}

static void contents_numbers(
    struct profile_reader *r, const json_t *object, struct file_contents *out)
{
    const json_t *numbers = reader_member(r, object, "equal", JSON_OBJECT);
    struct file_number *all = reader_alloc(r, json_object_size(numbers) + 1, sizeof *all);
    const char *name;
    json_t *value;
    out->numbers = all;
    json_object_foreach ((json_t *)numbers, name, value)
        if (all != NULL)
            all[out->n_numbers++] = (struct file_number){name, reader_need(r, numbers, name)};
}

const struct file_contents *reader_contents(struct profile_reader *r, const json_t *entry)
{
    static const char *const formats[] = {
        "records", "sentencepiece", "tiktoken", "vocabulary", "merges", "json", "weights", NULL};
    static const char *const keys[] = {
        "format", "loader", "delimiter", "field", "columns", "keys", "equal", NULL};
    const json_t *object = reader_member(r, entry, "contents", JSON_OBJECT);
    if (object == NULL)
        return NULL;
    reader_check_keys(r, object, keys);
    struct file_contents *out = reader_alloc(r, 1, sizeof *out);
    if (out == NULL)
        return NULL;
    out->format =
        (enum file_format)reader_choose(r, reader_need(r, object, "format"), formats, "format");
    out->loader = reader_string(r, object, "loader");
    out->delimiter = reader_string(r, object, "delimiter");
    out->field = reader_string(r, object, "field");
    out->keys = reader_strings(r, object, "keys");
    contents_columns(r, object, out);
    contents_numbers(r, object, out);
    return out;
}
