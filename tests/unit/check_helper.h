/* SPDX-License-Identifier: Apache-2.0
 *
 * Diagnostics as text, and profiles and configs from text, for the tests of lib/check/.
 */
#ifndef TESTS_UNIT_CHECK_HELPER_H
#define TESTS_UNIT_CHECK_HELPER_H

#include "lib/check/diagnostic.h"
#include "lib/check/resolved.h"
#include "lib/doc/yaml.h"
#include "tests/unit/check_main.h"

/* What was reported: "error code at path: message (hint)", a line each. */
static struct strbuf diagnostics;

static inline void diagnostics_take(void *context, const struct diagnostic *diagnostic)
{
    static const char *const severities[] = {"error", "warning", "note"};
    (void)context;
    strbuf_printf(&diagnostics, "%s %s at %s: %s", severities[diagnostic->severity],
        diagnostic->code, diagnostic->path, diagnostic->message);
    if (diagnostic->hint != NULL)
        strbuf_printf(&diagnostics, " (%s)", diagnostic->hint);
    strbuf_putc(&diagnostics, '\n');
}

static const struct diagnostic_sink diagnostics_sink = {diagnostics_take, NULL, NULL};

static inline void diagnostics_clear(void)
{
    strbuf_deinit(&diagnostics);
}

static inline const char *diagnostics_text(void)
{
    return diagnostics.data != NULL ? diagnostics.data : "";
}

/* The diagnostics must be these, all of them. */
#define assert_diagnostics(wanted) ck_assert_str_eq(diagnostics_text(), (wanted))

/* Exactly one diagnostic, compared only by "severity code at path"; "": none at all. */
static inline void assert_diagnostic(const char *wanted, const char *where)
{
    size_t length = strlen(wanted);
    const char *text = diagnostics_text();
    const char *end = strchr(text, '\n');
    bool one =
        end != NULL && end[1] == '\0' && strncmp(text, wanted, length) == 0 && text[length] == ':';
    ck_assert_msg(
        length == 0 ? *text == '\0' : one, "%s: wanted \"%s\", got:\n%s", where, wanted, text);
}

/* The values of a config's text; the caller's. */
static inline json_t *tree_from(const char *text)
{
    struct yaml_doc *doc = NULL;
    struct sweep_findings *found = sweep_findings_new();
    enum sweep_code code = yaml_parse(text, strlen(text), "c.yaml", found, &doc);
    ck_assert_msg(code == SWEEP_OK, "the test's config: %s\n%s", message_at(found, 0), text);
    json_t *tree = json_incref(doc->tree);
    yaml_doc_free(doc);
    sweep_findings_free(found);
    return tree;
}

/* A profile from its text, which is JSON; to be released with profile_deinit(). Needs a scratch
 * directory. */
static inline struct profile profile_from(const char *text)
{
    struct profile profile;
    struct sweep_error error = {0};
    write_file(in_scratch("profile.json"), text);
    ck_assert_msg(profile_read(in_scratch("profile.json"), &profile, &error) == SWEEP_OK,
        "the test's profile: %s", error.message);
    return profile;
}

#endif
