/* SPDX-License-Identifier: Apache-2.0
 *
 * Specs from text, and their findings.
 */
#ifndef TESTS_UNIT_SPEC_HELPER_H
#define TESTS_UNIT_SPEC_HELPER_H

#include "lib/doc/scalar.h"
#include "lib/spec/input_files.h"
#include "lib/spec/spec.h"
#include "tests/unit/check_main.h"

static struct sweep_findings *findings;
static struct json_source *source;
static struct spec spec;
static struct spec_context context;
static struct input_files inputs;

static inline void spec_set_up(void)
{
    findings = sweep_findings_new();
    source = NULL;
    spec = (struct spec){0};
    context = (struct spec_context){.profile = &profile_builtin,
        .directory = "/",
        .limits = &limits_default,
        .findings = findings,
        .inputs = &inputs};
}

static inline void spec_tear_down(void)
{
    spec_deinit(&spec);
    input_files_deinit(&inputs);
    json_source_free(source);
    sweep_findings_free(findings);
}

/* Reads a whole spec. */
static inline enum sweep_code read_spec(const char *text)
{
    enum sweep_code code = json_source_parse(text, strlen(text), "s.json", findings, &source);
    ck_assert_msg(code == SWEEP_OK, "the test's JSON: %s", message_at(findings, 0));
    return spec_parse(source, &context, &spec);
}

/* Reads a spec of which only a part is given: `"grid": {…}`. */
static inline enum sweep_code read_part(const char *part)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_printf(&text, "{\"name\": \"n\", \"base\": \"b\", %s}", part);
    return read_spec(text.data);
}

/* The operations of a choice: path=value, a deletion as path=-. */
static inline void assert_choice(const struct choice *choice, const char *wanted)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    for (size_t i = 0; i < choice->operations.count; i++) {
        const struct operation *operation = &choice->operations.items[i];
        strbuf_printf(&text, "%s%s=", i > 0 ? " " : "", operation->path);
        if (operation->value == NULL)
            strbuf_putc(&text, '-');
        else
            value_write(&text, operation->value, SCALAR_IN_FLOW);
    }
    assert_buffer(text, wanted);
}

#endif
