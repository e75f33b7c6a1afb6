/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: generator_eval < LINES
 *
 * Computes the values of axes, to be compared with another implementation. A line is what an axis
 * has instead of a list: {"linspace": [0, 1, 5]}. Prints a line of JSON for each: the list, numbers
 * in Python's form, or the code of the first finding.
 */
#include <stdio.h>
#include <string.h>

#include "lib/doc/number.h"
#include "lib/findings/findings.h"
#include "lib/spec/generator.h"
#include "lib/spec/input_files.h"
#include "lib/util/cleanup.h"

static void print_values(const json_t *values)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    json_t *value;
    size_t i;
    json_array_foreach (values, i, value) {
        strbuf_puts(&out, i > 0 ? ", " : "");
        number_write_repr(&out, value);
    }
    printf("[%s]\n", strbuf_string(&out));
}

static void evaluate(const char *line)
{
    struct sweep_findings *findings = sweep_findings_new();
    struct json_source *source = NULL;
    struct generated generated = {0};
    struct assignment axis = {.key = (char *)"x", .where = "grid"};
    struct input_files inputs = {0};
    const struct spec_context context = {.profile = &profile_builtin,
        .directory = ".",
        .limits = &limits_default,
        .findings = findings,
        .inputs = &inputs};
    const struct reading reading = {&context, &axis, true, NULL};
    enum sweep_code code = json_source_parse(line, strlen(line), "line", findings, &source);
    if (code == SWEEP_OK) {
        const struct placed_value at = {source->value, source->root};
        code = generator_read(&reading, &at, &generated);
    }
    if (code == SWEEP_OK)
        print_values(generated.values);
    else
        printf("\"%s\"\n", sweep_findings_get(findings, 0)->code);
    generated_deinit(&generated);
    input_files_deinit(&inputs);
    json_source_free(source);
    sweep_findings_free(findings);
}

int main(void)
{
    static char line[1 << 16];
    while (fgets(line, sizeof line, stdin) != NULL)
        evaluate(line);
    return 0;
}
