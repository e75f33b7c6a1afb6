/* SPDX-License-Identifier: Apache-2.0
 *
 * Complaints as text, and profiles and configs from text, for the tests of lib/check/.
 */
#ifndef TESTS_UNIT_CHECK_HELPER_H
#define TESTS_UNIT_CHECK_HELPER_H

#include "lib/check/diagnostic.h"
#include "lib/check/resolved.h"
#include "lib/doc/yaml.h"
#include "tests/unit/check_main.h"

/* What was complained of: "error code at path: message (hint)", a line each. */
static struct strbuf complaints;

static inline void complaint_take(void *context, const struct complaint *complaint)
{
    static const char *const severities[] = {"error", "warning", "note"};
    (void)context;
    strbuf_printf(&complaints, "%s %s at %s: %s", severities[complaint->severity], complaint->code,
        complaint->path, complaint->message);
    if (complaint->hint != NULL)
        strbuf_printf(&complaints, " (%s)", complaint->hint);
    strbuf_putc(&complaints, '\n');
}

static const struct sink complaint_sink = {complaint_take, NULL};

static inline void complaints_clear(void)
{
    strbuf_deinit(&complaints);
}

static inline const char *complaints_text(void)
{
    return complaints.data != NULL ? complaints.data : "";
}

/* The complaints must be these, all of them. */
#define assert_complaints(wanted) ck_assert_str_eq(complaints_text(), (wanted))

/* One complaint, of which only "severity code at path" is told; "" for none at all. */
static inline void assert_complaint(const char *wanted, const char *where)
{
    size_t length = strlen(wanted);
    const char *text = complaints_text();
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
