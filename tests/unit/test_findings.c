/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>

#include "lib/findings/findings.h"
#include "lib/util/text.h"
#include "sweep/report.h"
#include "tests/unit/check_main.h"

static struct sweep_findings *findings;

static void set_up(void)
{
    findings = sweep_findings_new();
    ck_assert_ptr_nonnull(findings);
}

static void tear_down(void)
{
    sweep_findings_free(findings);
    findings = NULL;
}

static void add(const char *file, unsigned line, unsigned column, const char *message)
{
    struct sweep_place place = {file, line, column, 0};
    FINDING_ERROR(findings, "code", place, NULL, NULL, "%s", message);
}

static void assert_rendered(const char *wanted)
{
    CLEANUP_FREE char *text = sweep_findings_text(findings, false);
    ck_assert_str_eq(text, wanted);
}

/* --- the list ----------------------------------------------------------------------------- */

START_TEST(first_error_wins)
{
    struct sweep_error error = {0};
    ck_assert_int_eq(sweep_error_set(&error, SWEEP_IO, "disk %d", 1), SWEEP_IO);
    ck_assert_int_eq(sweep_error_set(&error, SWEEP_NOT_FOUND, "later"), SWEEP_NOT_FOUND);
    ck_assert_int_eq(error.code, SWEEP_IO);
    ck_assert_str_eq(error.message, "disk 1");
    ck_assert_int_eq(sweep_error_set(NULL, SWEEP_EXISTS, "nobody asks"), SWEEP_EXISTS);
}
END_TEST

START_TEST(long_error_is_cut)
{
    struct sweep_error error = {0};
    sweep_error_set(&error, SWEEP_IO, "%3000s", "x");
    ck_assert_uint_eq(strlen(error.message), sizeof error.message - 1);
}
END_TEST

/* Cut between characters, with a mark; control characters are escaped. */
START_TEST(errors_are_one_line_of_text)
{
    struct sweep_error error = {0}, cut = {0};
    char text[3000];
    sweep_error_set(&error, SWEEP_IO, "a\nb \x1b[31m \xff");
    ck_assert_str_eq(error.message, "a\\nb \\x1b[31m \\xff");
    for (size_t shift = 0; shift < 2; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 2 < sizeof text; i += 2)
            memcpy(text + i, "\xc3\xa9", 3);
        cut = (struct sweep_error){0};
        sweep_error_set(&cut, SWEEP_IO, "%s", text);
        size_t length = strlen(cut.message);
        ck_assert_uint_ge(length, sizeof cut.message - 6);
        ck_assert_str_eq(cut.message + length - 3, "…");
        ck_assert_uint_eq(utf8_valid_prefix(cut.message, length), length);
    }
}
END_TEST

/* Columns and lengths that callers may give, near the limits of their type. */
START_TEST(extreme_places)
{
    static const unsigned numbers[] = {0, 1, 2, 7, 1000, 1u << 31, UINT_MAX - 1, UINT_MAX};
    for (size_t i = 0; i < COUNT(numbers) * COUNT(numbers); i++) {
        struct sweep_findings *list = sweep_findings_new();
        const struct sweep_place place = {
            "a.yaml", 1, numbers[i / COUNT(numbers)], numbers[i % COUNT(numbers)]};
        sweep_findings_source(list, "a.yaml", "hello\n", 6);
        sweep_findings_add(
            list, &(struct sweep_finding){.code = "odd", .place = place, .message = "m"});
        CLEANUP_FREE char *said = sweep_findings_text(list, false);
        ck_assert_uint_lt(strlen(said), 200);
        for (int format = SWEEP_REPORT_TEXT; format <= SWEEP_REPORT_SARIF; format++) {
            struct sweep_report *report = sweep_report_new(format, false);
            sweep_report_add(report, "a.yaml", NULL, list);
            CLEANUP_FREE char *text = sweep_report_text(report, true);
            ck_assert_ptr_nonnull(text);
            ck_assert_ptr_null(strstr(text, "endColumn=0"));
            sweep_report_free(report);
        }
        sweep_findings_free(list);
    }
}
END_TEST

START_TEST(severities_and_codes)
{
    struct sweep_place nowhere = {0};
    ck_assert_int_eq(FINDING_ERROR(findings, "a", nowhere, NULL, NULL, "x"), SWEEP_INVALID);
    ck_assert_int_eq(FINDING_WARNING(findings, "b", nowhere, NULL, NULL, "x"), SWEEP_OK);
    ck_assert_int_eq(FINDING_NOTE(findings, "c", nowhere, NULL, NULL, "x"), SWEEP_OK);
    ck_assert_int_eq(FINDING_NOTE(findings, "d", nowhere, NULL, NULL, "x"), SWEEP_OK);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 1);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_WARNING), 1);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_NOTE), 2);
    ck_assert_str_eq(code_at(findings, 3), "d");
    ck_assert_ptr_null(sweep_findings_get(findings, 4));
    /* NULL instead of a list: the caller is only interested in the result. */
    ck_assert_int_eq(FINDING_ERROR(NULL, "a", nowhere, NULL, NULL, "x"), SWEEP_INVALID);
    ck_assert_uint_eq(sweep_findings_count(NULL, SWEEP_ERROR), 0);
    sweep_findings_free(NULL);
}
END_TEST

START_TEST(strings_are_copied)
{
    char code[] = "code", path[] = "path", hint[] = "hint", file[] = "file", text[] = "source";
    struct sweep_place place = {file, 1, 1, 0};
    findings_add_source(findings, file, text, 6);
    FINDING_ERROR(findings, code, place, path, hint, "%s", text);
    memset(code, '#', 4), memset(path, '#', 4), memset(hint, '#', 4), memset(file, '#', 4);
    memset(text, '#', 6);
    const struct sweep_finding *got = sweep_findings_get(findings, 0);
    ck_assert_str_eq(got->code, "code");
    ck_assert_str_eq(got->path, "path");
    ck_assert_str_eq(got->hint, "hint");
    ck_assert_str_eq(got->message, "source");
    ck_assert_str_eq(got->place.file, "file");
    assert_rendered("file:1:1: error[code]: source\n"
                    "    1 | source\n"
                    "      | ^ hint\n");
}
END_TEST

START_TEST(only_200_of_a_severity_are_kept)
{
    struct sweep_place nowhere = {0};
    for (int i = 0; i < 205; i++)
        FINDING_ERROR(findings, "e", nowhere, NULL, NULL, "%d", i);
    FINDING_WARNING(findings, "w", nowhere, NULL, NULL, "still there");
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 205);
    ck_assert_str_eq(message_at(findings, 199), "199");
    ck_assert_str_eq(message_at(findings, 200), "still there");
    ck_assert_ptr_null(sweep_findings_get(findings, 201));
    CLEANUP_FREE char *text = sweep_findings_text(findings, false);
    ck_assert_ptr_nonnull(strstr(text, "error[e]: 199\n"));
    ck_assert_ptr_null(strstr(text, "error[e]: 200\n"));
    ck_assert_ptr_nonnull(strstr(text, "and 5 more of severity error\n"));
    ck_assert_ptr_null(strstr(text, "severity warning"));
    CLEANUP_JSON json_t *json = sweep_findings_json(findings, false);
    ck_assert_uint_eq(json_array_size(json), 201);
}
END_TEST

START_TEST(sorted_by_file_line_column_and_arrival)
{
    static const char *const wanted[] = {"b-1", "b-2", "b-3", "b-4", "b-5", "a-1", "a-2"};
    add("b", 2, 7, "b-3");
    add("a", 9, 9, "a-2");
    add("b", 2, 9, "b-4");
    add("b", 10, 1, "b-5");
    add("a", 1, 1, "a-1");
    add("b", 1, 1, "b-1");
    add("b", 1, 1, "b-2");
    sweep_findings_sort(findings);
    for (size_t i = 0; i < COUNT(wanted); i++)
        ck_assert_str_eq(message_at(findings, i), wanted[i]);
    sweep_findings_sort(NULL);
}
END_TEST

/* --- for people --------------------------------------------------------------------------- */

static const struct rendering {
    const char *source; /* of the file "f" */
    unsigned line, column, length;
    const char *hint, *wanted;
} renderings[] = {
    {"one\ntwo three\nfour\n", 2, 5, 5, "write 3",
        "f:2:5: error[code]: message\n    2 | two three\n      |     ^~~~~ write 3\n"},
    {"one\r\ntwo\r\n", 2, 1, 1, NULL, "f:2:1: error[code]: message\n    2 | two\n      | ^\n"},
    {"last", 1, 4, 0, NULL, "f:1:4: error[code]: message\n    1 | last\n      |    ^\n"},
    /* a tab is shown as one space, so that the caret is below its character */
    {"\ta\tb", 1, 4, 1, NULL, "f:1:4: error[code]: message\n    1 |  a b\n      |    ^\n"},
    /* columns are characters, not bytes */
    {"\xc3\xa4\xc3\xb6 x", 1, 4, 1, NULL,
        "f:1:4: error[code]: message\n    1 | \xc3\xa4\xc3\xb6 x\n      |    ^\n"},
    /* after the end of the line, and an empty line */
    {"ab\n\n", 1, 3, 1, NULL, "f:1:3: error[code]: message\n    1 | ab\n      |   ^\n"},
    {"ab\n\nc", 2, 1, 1, NULL, "f:2:1: error[code]: message\n    2 | \n      | ^\n"},
    /* the underline ends with the line */
    {"abc\nd", 1, 2, 9, NULL, "f:1:2: error[code]: message\n    1 | abc\n      |  ^~\n"},
    /* characters that act on a terminal are escaped, and the caret moves with them */
    {"\x1b[1mx", 1, 5, 1, NULL,
        "f:1:5: error[code]: message\n    1 | \\x1b[1mx\n      |        ^\n"},
    {"\x1bx", 1, 1, 2, NULL, "f:1:1: error[code]: message\n    1 | \\x1bx\n      | ^^^^~\n"},
    {"\xe2\x80\xaex", 1, 2, 1, NULL,
        "f:1:2: error[code]: message\n    1 | \\u{202e}x\n      |         ^\n"},
    {"\xffx", 1, 2, 1, NULL, "f:1:2: error[code]: message\n    1 | \\xffx\n      |     ^\n"},
    /* no such line, no column, no line: nothing to quote */
    {"one\n", 7, 1, 1, "hint", "f:7:1: error[code]: message; hint\n"},
    {"one\n", 0, 0, 0, "hint", "f: error[code]: message; hint\n"},
    {"one\n", 0, 0, 0, NULL, "f: error[code]: message\n"},
};

START_TEST(rendered)
{
    const struct rendering *row = &renderings[_i];
    struct sweep_place place = {"f", row->line, row->column, row->length};
    findings_add_source(findings, "f", row->source, strlen(row->source));
    FINDING_ERROR(findings, "code", place, NULL, row->hint, "message");
    assert_rendered(row->wanted);
}
END_TEST

START_TEST(long_lines_are_not_quoted)
{
    CLEANUP_STRBUF struct strbuf line = {0};
    struct sweep_place place = {"f", 1, 3, 1};
    strbuf_repeat(&line, 'x', 160);
    findings_add_source(findings, "f", line.data, 160);
    FINDING_ERROR(findings, "code", place, NULL, "hint", "message");
    CLEANUP_FREE char *text = sweep_findings_text(findings, false);
    ck_assert_ptr_nonnull(strstr(text, "xxxx\n"));
    strbuf_putc(&line, 'x');
    findings_add_source(findings, "g", line.data, 161);
    place.file = "g";
    FINDING_ERROR(findings, "code", place, NULL, "hint", "message");
    CLEANUP_FREE char *both = sweep_findings_text(findings, false);
    ck_assert_str_eq(both + strlen(text), "g:1:3: error[code]: message; hint\n");
}
END_TEST

START_TEST(first_source_of_a_name_stays)
{
    findings_add_source(findings, "f", "first", 5);
    findings_add_source(findings, "f", "second", 6);
    findings_add_source(findings, NULL, "x", 1);
    findings_add_source(NULL, "f", "x", 1);
    add("f", 1, 1, "m");
    assert_rendered("f:1:1: error[code]: m\n    1 | first\n      | ^\n");
}
END_TEST

START_TEST(hostile_text_is_escaped)
{
    struct sweep_place place = {"f\x1b]0;\n", 1, 1, 0}, nowhere = {0};
    FINDING_WARNING(findings, "c", place, "p", "h\ni\x07", "m\x1b[2J\n%s", "\xe2\x80\xae");
    FINDING_NOTE(findings, "c", nowhere, NULL, NULL, "%s", "caf\xc3\xa9");
    assert_rendered("f\\x1b]0;\\n:1:1: warning[c]: m\\x1b[2J\\n\\u{202e}; h\\ni\\x07\n"
                    "note[c]: caf\xc3\xa9\n");
}
END_TEST

START_TEST(long_messages_stay_well_formed)
{
    CLEANUP_STRBUF struct strbuf long_text = {0};
    strbuf_putc(&long_text, 'x');
    for (int i = 0; i < 2000; i++)
        strbuf_puts(&long_text, "\xc3\xa9");
    add(NULL, 0, 0, long_text.data);
    const char *message = message_at(findings, 0);
    size_t length = strlen(message);
    ck_assert_uint_ge(length, 500);
    ck_assert_uint_eq(utf8_valid_prefix(message, length), length);
    ck_assert_str_eq(message + length - 3, "…");
    /* Cut between characters, not in the middle of one that is then escaped. */
    ck_assert_ptr_null(strstr(message, "\\x"));
}
END_TEST

START_TEST(colours_are_reset)
{
    add("f", 1, 1, "message");
    CLEANUP_FREE char *text = sweep_findings_text(findings, true);
    const char *on = strchr(text, '\033'), *off = strstr(text, "\033[0m");
    ck_assert_ptr_nonnull(on);
    ck_assert_ptr_nonnull(off);
    ck_assert(on < off);
    ck_assert_ptr_nonnull(strstr(text, "error[code]"));
}
END_TEST

/* --- for machines ------------------------------------------------------------------------- */

START_TEST(json_has_every_key)
{
    struct sweep_place place = {"f", 3, 4, 2}, nowhere = {0};
    FINDING_ERROR(findings, "code", place, "/grid", "hint", "message");
    FINDING_WARNING(findings, "other", nowhere, NULL, NULL, "m");
    CLEANUP_JSON json_t *with = sweep_findings_json(findings, true);
    assert_json(with, "[{\"severity\": \"error\", \"code\": \"code\", \"path\": \"/grid\","
                      "\"line\": 3, \"column\": 4, \"message\": \"message\", \"hint\": \"hint\","
                      "\"file\": \"f\"},"
                      "{\"severity\": \"warning\", \"code\": \"other\", \"path\": null,"
                      "\"line\": null, \"column\": null, \"message\": \"m\", \"hint\": null,"
                      "\"file\": null}]");
    CLEANUP_JSON json_t *without = sweep_findings_json(findings, false);
    ck_assert_ptr_null(json_object_get(json_array_get(without, 0), "file"));
    struct sweep_findings *empty = sweep_findings_new();
    CLEANUP_JSON json_t *nothing = sweep_findings_json(empty, true);
    assert_json(nothing, "[]");
    sweep_findings_free(empty);
}
END_TEST

/* File names, and hints and paths made from them, can be any bytes. */
START_TEST(json_of_malformed_text)
{
    struct sweep_place place = {"bad\xff.json", 1, 1, 0};
    FINDING_ERROR(findings, "code", place, "p\xfe", "h\xfd", "m\xfc");
    CLEANUP_JSON json_t *json = sweep_findings_json(findings, true);
    ck_assert_ptr_nonnull(json);
    ck_assert_uint_eq(json_array_size(json), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("findings");
    TCase *tc = add_case(suite, "list");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, first_error_wins);
    tcase_add_test(tc, long_error_is_cut);
    tcase_add_test(tc, errors_are_one_line_of_text);
    tcase_add_test(tc, extreme_places);
    tcase_add_test(tc, severities_and_codes);
    tcase_add_test(tc, strings_are_copied);
    tcase_add_test(tc, only_200_of_a_severity_are_kept);
    tcase_add_test(tc, sorted_by_file_line_column_and_arrival);
    tc = add_case(suite, "text");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, rendered, 0, (int)COUNT(renderings));
    tcase_add_test(tc, long_lines_are_not_quoted);
    tcase_add_test(tc, first_source_of_a_name_stays);
    tcase_add_test(tc, hostile_text_is_escaped);
    tcase_add_test(tc, long_messages_stay_well_formed);
    tcase_add_test(tc, colours_are_reset);
    tc = add_case(suite, "json");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, json_has_every_key);
    tcase_add_test(tc, json_of_malformed_text);
    return check_main(suite);
}
