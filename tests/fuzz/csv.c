/* SPDX-License-Identifier: Apache-2.0
 *
 * For any bytes in a CSV file:
 *
 *   - it is a table, or there is an error with a position inside the file;
 *   - each cell has a position inside the file, and a value;
 *   - a table that is written with every cell in quotes is read as the same table.
 */
#include <string.h>

#include "lib/doc/csv.h"
#include "lib/util/cleanup.h"
#include "tests/fuzz/bytes.h"

const uint64_t fuzz_cases = 20000;
uint64_t fuzz_good;

const char *const fuzz_texts[] = {
    "lr,batch_size\n1e-4,8\n2e-4,16\n",
    "a,\"b, c\"\r\n\"x \"\"y\"\"\",\"1\r\n2\"\r\n,\r\n",
    "\xef\xbb\xbf"
    "name\n\xc3\xa9\n\ntrue\nnull\n-0.5e+3\n\"\"\n",
    NULL,
};

static struct csv *parse(const char *text, size_t length, struct sweep_findings *findings)
{
    struct csv *csv = NULL;
    const struct csv_input input = {
        .text = text, .length = length, .file = "f.csv", .max_columns = 100, .max_rows = 1000};
    enum sweep_code code = csv_parse(&input, findings, &csv);
    REQUIRE(code == SWEEP_OK || code == SWEEP_INVALID);
    REQUIRE((code == SWEEP_OK) == (csv != NULL));
    return csv;
}

static void write_cell(struct strbuf *out, const struct csv_cell *cell, char after)
{
    strbuf_putc(out, '"');
    for (size_t i = 0; i < cell->length; i++) {
        if (cell->text[i] == '"')
            strbuf_putc(out, '"');
        strbuf_putc(out, cell->text[i]);
    }
    strbuf_putc(out, '"');
    strbuf_putc(out, after);
}

static void write_table(struct strbuf *out, const struct csv *csv)
{
    for (size_t i = 0; i < csv->n_columns; i++)
        write_cell(out, &csv->names[i], i + 1 < csv->n_columns ? ',' : '\n');
    for (size_t i = 0; i < csv->n_rows * csv->n_columns; i++)
        write_cell(out, &csv->cells[i], (i + 1) % csv->n_columns > 0 ? ',' : '\n');
}

static void check_table(const struct csv *csv, size_t size, struct sweep_findings *findings)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    for (size_t i = 0; i < csv->n_rows * csv->n_columns; i++) {
        CLEANUP_JSON json_t *value = NULL;
        enum sweep_code code = csv_value(csv, &csv->cells[i], findings, &value);
        REQUIRE((code == SWEEP_OK) == (value != NULL));
        REQUIRE(csv->cells[i].line <= size + 1 && csv->cells[i].column <= size + 1);
        REQUIRE(csv->cells[i].length == strlen(csv->cells[i].text));
    }
    write_table(&text, csv);
    struct csv *again = parse(text.data, text.length, findings);
    REQUIRE(again != NULL);
    REQUIRE(again->n_columns == csv->n_columns && again->n_rows == csv->n_rows);
    for (size_t i = 0; i < csv->n_columns; i++)
        REQUIRE(strcmp(again->names[i].text, csv->names[i].text) == 0);
    for (size_t i = 0; i < csv->n_rows * csv->n_columns; i++)
        REQUIRE(strcmp(again->cells[i].text, csv->cells[i].text) == 0);
    csv_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sweep_findings *findings = sweep_findings_new();
    REQUIRE(findings != NULL);
    struct csv *csv = parse((const char *)data, size, findings);
    size_t errors = sweep_findings_count(findings, SWEEP_ERROR);
    REQUIRE((csv == NULL) == (errors > 0));
    const struct sweep_finding *finding;
    for (size_t i = 0; (finding = sweep_findings_get(findings, i)) != NULL; i++)
        REQUIRE(finding->place.line >= 1 && finding->place.line <= size + 1);
    if (csv != NULL) {
        fuzz_good++;
        check_table(csv, size, findings);
    }
    csv_free(csv);
    sweep_findings_free(findings);
    return 0;
}
