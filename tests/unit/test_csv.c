/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/doc/csv.h"
#include "tests/unit/check_main.h"

static struct sweep_findings *findings;
static struct csv *csv;

static void set_up(void)
{
    findings = sweep_findings_new();
    csv = NULL;
}

static void tear_down(void)
{
    csv_free(csv);
    sweep_findings_free(findings);
}

static enum sweep_code parse(const char *text, size_t length)
{
    const struct csv_input input = {
        .text = text, .length = length, .file = "v.csv", .max_columns = 5, .max_rows = 4};
    return csv_parse(&input, findings, &csv);
}

/* --- tables ------------------------------------------------------------------------------- */

static const struct {
    const char *text, *cells; /* as JSON, a list for each row after the names */
} tables[] = {
    {"a,b\n1,2\n", "{\"a\":0,\"b\":1} [1,2]"},
    {"a,b\r\n1,2\r\n3,4", "{\"a\":0,\"b\":1} [1,2] [3,4]"},
    {"\xef\xbb\xbf"
     "a\n1",
        "{\"a\":0} [1]"},
    {"a", "{\"a\":0}"},
    {"a\n\n\r\n1\n\n", "{\"a\":0} [1]"},
    {"a,b\n,\n", "{\"a\":0,\"b\":1} [\"\",\"\"]"},
    {"a,b\n,\"\"\n", "{\"a\":0,\"b\":1} [\"\",\"\"]"},
    {"\"a\",\"b,c\"\n\"x\"\"y\",\"1\r\n2\"\n", "{\"a\":0,\"b,c\":1} [\"x\\\"y\",\"1\\r\\n2\"]"},
    {"a\n\"\"\"\"\n\"1\"\n", "{\"a\":0} [\"\\\"\"] [1]"},
    {"a\n 1\n1 \n01\n", "{\"a\":0} [\" 1\"] [\"1 \"] [\"01\"]"},
    {"a\n1e-4\n-0\n1.0\n", "{\"a\":0} [0.0001] [0] [1.0]"},
    {"a\ntrue\nfalse\nnull\nTrue\n", "{\"a\":0} [true] [false] [null] [\"True\"]"},
    {"\xc3\xa9\n\xe4\xb8\xad\n", "{\"\xc3\xa9\":0} [\"\xe4\xb8\xad\"]"},
};

START_TEST(table)
{
    const char *text = tables[_i].text;
    enum sweep_code code = parse(text, strlen(text));
    ck_assert_msg(code == SWEEP_OK, "%s", message_at(findings, 0));
    CLEANUP_STRBUF struct strbuf out = {0};
    CLEANUP_JSON json_t *names = json_object();
    for (size_t i = 0; i < csv->n_columns; i++)
        json_object_set_new(names, csv->names[i].text, json_integer((json_int_t)i));
    CLEANUP_FREE char *head = json_dumps(names, JSON_COMPACT);
    strbuf_puts(&out, head);
    for (size_t row = 0; row < csv->n_rows; row++) {
        CLEANUP_JSON json_t *list = json_array();
        for (size_t i = 0; i < csv->n_columns; i++) {
            json_t *value = NULL;
            const struct csv_cell *cell = &csv->cells[row * csv->n_columns + i];
            ck_assert_int_eq(csv_value(csv, cell, findings, &value), SWEEP_OK);
            json_array_append_new(list, value);
        }
        CLEANUP_FREE char *line = json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(3));
        strbuf_printf(&out, " %s", line);
    }
    ck_assert_str_eq(out.data, tables[_i].cells);
}
END_TEST

static void assert_cell(size_t index, unsigned line, unsigned column, unsigned length)
{
    struct sweep_place place = csv_place(csv, &csv->cells[index]);
    ck_assert_str_eq(place.file, "v.csv");
    ck_assert_uint_eq(place.line, line);
    ck_assert_uint_eq(place.column, column);
    ck_assert_uint_eq(place.length, length);
}

START_TEST(places)
{
    static const char text[] = "\xef\xbb\xbf"
                               "a,b\r\n"
                               "\xc3\xa9\xc3\xa9,\"1\n2\"\n"
                               "\"x\ny\",z\n";
    ck_assert_int_eq(parse(text, sizeof text - 1), SWEEP_OK);
    assert_cell(0, 2, 1, 2);
    assert_cell(1, 2, 4, 5);
    assert_cell(2, 4, 1, 5);
    assert_cell(3, 5, 4, 1);
    ck_assert_uint_eq(csv_find_column(csv, "b"), 1);
    ck_assert(csv_find_column(csv, "c") == SIZE_MAX);
}
END_TEST

/* --- mistakes ----------------------------------------------------------------------------- */

static const struct {
    const char *text, *code;
    unsigned line, column;
    const char *message;
} mistakes[] = {
    {"", "csv-syntax", 1, 1, "the file is empty"},
    {"\n\n", "csv-syntax", 3, 1, "the file is empty"},
    {"a,b\n1\n", "csv-syntax", 2, 1, "this row has 1 cell; the first line names 2 columns"},
    {"a\n1,2\n", "csv-syntax", 2, 1, "this row has 2 cells; the first line names 1 column"},
    {"a,a\n1,2\n", "csv-syntax", 1, 3, "two columns are called \"a\""},
    {"a,\n1,2\n", "csv-syntax", 1, 3, "column 2 has no name"},
    {"a\n\"1\n2\n", "csv-syntax", 2, 1, "no closing quote"},
    {"a\n\"", "csv-syntax", 2, 1, "no closing quote"},
    {"a,b\n\"1\"2,3\n", "csv-syntax", 2, 4, "must follow the closing quote"},
    {"a\n\xc3\xa9\"2\"\n", "csv-syntax", 2, 2, "a quote inside a cell without quotes"},
    {"a\r1\r", "csv-syntax", 1, 2, "a carriage return without a newline"},
    {"a\n\xff\n", "csv-syntax", 2, 1, "UTF-8"},
    {"a,b,c,d,e,f\n", "too-large", 1, 1, "6 columns; the limit is 5"},
    {"a\n1\n2\n3\n4\n5\n6\n", "too-many-runs", 6, 1, "more than 4 rows"},
};

START_TEST(mistake)
{
    const char *text = mistakes[_i].text;
    ck_assert_int_eq(parse(text, strlen(text)), SWEEP_INVALID);
    ck_assert_ptr_null(csv);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 1);
    ck_assert_str_eq(code_at(findings, 0), mistakes[_i].code);
    ck_assert_msg(strstr(message_at(findings, 0), mistakes[_i].message) != NULL, "%s",
        message_at(findings, 0));
    assert_place(findings, 0, mistakes[_i].line, mistakes[_i].column);
}
END_TEST

START_TEST(nul)
{
    ck_assert_int_eq(parse("a\nx\0y\n", 6), SWEEP_INVALID);
    ck_assert_ptr_nonnull(strstr(message_at(findings, 0), "NUL"));
    assert_place(findings, 0, 2, 2);
}
END_TEST

START_TEST(all_ragged_rows)
{
    ck_assert_int_eq(parse("a,b\n1\n1,2\n3\n", 12), SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 2);
    assert_place(findings, 1, 4, 1);
}
END_TEST

START_TEST(numbers_out_of_range)
{
    json_t *value = NULL;
    ck_assert_int_eq(parse("a\n1e999\n99999999999999999999\n", 29), SWEEP_OK);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(csv_value(csv, &csv->cells[i], findings, &value), SWEEP_INVALID);
        ck_assert_str_eq(code_at(findings, i), "number-range");
        assert_place(findings, i, (unsigned)i + 2, 1);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv");
    TCase *tc = add_case(suite, "csv");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, table, 0, (int)COUNT(tables));
    tcase_add_test(tc, places);
    tcase_add_loop_test(tc, mistake, 0, (int)COUNT(mistakes));
    tcase_add_test(tc, nul);
    tcase_add_test(tc, all_ragged_rows);
    tcase_add_test(tc, numbers_out_of_range);
    return check_main(suite);
}
