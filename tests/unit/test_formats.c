/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/findings/codes.h"
#include "lib/findings/findings.h"
#include "lib/util/text.h"
#include "sweep/report.h"
#include "tests/unit/check_main.h"

#define SARIF_HEAD                                                                                 \
    "{\"$schema\":\"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"           \
    "sarif-schema-2.1.0.json\",\"version\":\"2.1.0\",\n"                                           \
    "\"runs\":[{\"columnKind\":\"unicodeCodePoints\",\"results\":["
#define SARIF_TOOL                                                                                 \
    "\n],\n\"tool\":{\"driver\":{\"name\":\"sweepd\",\"version\":\"" SWEEP_VERSION "\",\"rules\":" \
    "["
#define JUNIT_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
#define JUNIT_TAIL "</testsuite>\n</testsuites>\n"

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

static struct sweep_report *report_new(enum sweep_report_format format)
{
    struct sweep_report *report = sweep_report_new(format, false);
    ck_assert_ptr_nonnull(report);
    return report;
}

/* A report on one file with these findings. */
static char *reported(enum sweep_report_format format, const char *file, const char *recipe)
{
    struct sweep_report *report = report_new(format);
    sweep_report_add(report, file, recipe, findings);
    char *text = sweep_report_text(report, true);
    sweep_report_free(report);
    ck_assert_ptr_nonnull(text);
    return text;
}

static void assert_reported(enum sweep_report_format format, const char *file, const char *wanted)
{
    CLEANUP_FREE char *text = reported(format, file, NULL);
    ck_assert_str_eq(text, wanted);
}

static void assert_piece(struct sweep_report *report, bool complete, const char *wanted)
{
    CLEANUP_FREE char *text = sweep_report_text(report, complete);
    ck_assert_ptr_nonnull(text);
    ck_assert_str_eq(text, wanted);
}

/* An error with everything, a warning without a column, a note without a place. */
static void add_three(void)
{
    struct sweep_place at = {"a.yaml", 2, 3, 5}, line = {"a.yaml", 1, 0, 0}, nowhere = {0};
    findings_add_source(findings, "a.yaml", "one\n  twoxx\n", 12);
    FINDING_ERROR(findings, "odd-value", at, "model.two", "write 2", "two is %d", 3);
    FINDING_WARNING(findings, "odd", line, NULL, NULL, "odd line");
    FINDING_NOTE(findings, "odd", nowhere, "x", NULL, "by the way");
}

/* --- the formats -------------------------------------------------------------------------- */

START_TEST(names)
{
    static const char *const known[] = {"text", "json", "github", "junit", "sarif"};
    enum sweep_report_format format = SWEEP_REPORT_JUNIT;
    for (size_t i = 0; i < COUNT(known); i++) {
        ck_assert(sweep_report_format_named(known[i], &format));
        ck_assert_uint_eq(format, i);
    }
    ck_assert(!sweep_report_format_named("SARIF", &format));
    ck_assert(!sweep_report_format_named("", &format));
    ck_assert_uint_eq(format, SWEEP_REPORT_SARIF);
    sweep_report_free(NULL);
}
END_TEST

START_TEST(text_is_that_of_the_findings)
{
    add_three();
    CLEANUP_FREE char *wanted = sweep_findings_text(findings, false);
    assert_reported(SWEEP_REPORT_TEXT, "a.yaml", wanted);
    struct sweep_report *report = sweep_report_new(SWEEP_REPORT_TEXT, true);
    sweep_report_add(report, "a.yaml", NULL, findings);
    CLEANUP_FREE char *coloured = sweep_findings_text(findings, true);
    assert_piece(report, true, coloured);
    sweep_report_free(report);
}
END_TEST

START_TEST(json)
{
    add_three();
    CLEANUP_FREE char *text = reported(SWEEP_REPORT_JSON, "a.yaml", "full_finetune");
    ck_assert_str_eq(text,
        "{\"file\":\"a.yaml\",\"recipe\":\"full_finetune\",\"findings\":["
        "{\"severity\":\"error\",\"code\":\"odd-value\",\"path\":\"model.two\",\"line\":2,"
        "\"column\":3,\"message\":\"two is 3\",\"hint\":\"write 2\"},"
        "{\"severity\":\"warning\",\"code\":\"odd\",\"path\":null,\"line\":1,\"column\":0,"
        "\"message\":\"odd line\",\"hint\":null},"
        "{\"severity\":\"note\",\"code\":\"odd\",\"path\":\"x\",\"line\":null,\"column\":null,"
        "\"message\":\"by the way\",\"hint\":null}]}\n");
}
END_TEST

START_TEST(github)
{
    add_three();
    assert_reported(SWEEP_REPORT_GITHUB, "a.yaml",
        "::error file=a.yaml,line=2,col=3,endColumn=8,title=odd-value::two is 3; write 2\n"
        "::warning file=a.yaml,line=1,title=odd::odd line\n"
        "::notice file=a.yaml,title=odd::by the way\n");
}
END_TEST

START_TEST(junit)
{
    add_three();
    assert_reported(SWEEP_REPORT_JUNIT, "a.yaml",
        JUNIT_HEAD "<testsuite name=\"sweepd\" tests=\"1\" failures=\"1\" errors=\"0\">\n"
                   "<testcase name=\"a.yaml\" classname=\"config\">\n"
                   "<failure type=\"odd-value\" message=\"two is 3; write 2\">"
                   "a.yaml:2:3: error[odd-value]: two is 3\n"
                   "    2 |   twoxx\n"
                   "      |   ^~~~~ write 2\n"
                   "</failure>\n"
                   "<system-out>a.yaml:1:0: warning[odd]: odd line\n"
                   "note[odd]: by the way\n"
                   "</system-out>\n"
                   "</testcase>\n" JUNIT_TAIL);
}
END_TEST

START_TEST(sarif)
{
    add_three();
    assert_reported(SWEEP_REPORT_SARIF, "a.yaml",
        SARIF_HEAD
        "\n{\"ruleId\":\"odd-value\",\"ruleIndex\":0,\"level\":\"error\","
        "\"message\":{\"text\":\"two is 3; write 2\"},\"locations\":[{\"physicalLocation\":{"
        "\"artifactLocation\":{\"uri\":\"a.yaml\"},"
        "\"region\":{\"startLine\":2,\"startColumn\":3,\"endColumn\":8}},"
        "\"logicalLocations\":[{\"fullyQualifiedName\":\"model.two\"}]}]},\n"
        "{\"ruleId\":\"odd\",\"ruleIndex\":1,\"level\":\"warning\","
        "\"message\":{\"text\":\"odd line\"},\"locations\":[{\"physicalLocation\":{"
        "\"artifactLocation\":{\"uri\":\"a.yaml\"},\"region\":{\"startLine\":1}}}]},\n"
        "{\"ruleId\":\"odd\",\"ruleIndex\":1,\"level\":\"note\","
        "\"message\":{\"text\":\"by the way\"},\"locations\":[{\"physicalLocation\":{"
        "\"artifactLocation\":{\"uri\":\"a.yaml\"}},"
        "\"logicalLocations\":[{\"fullyQualifiedName\":\"x\"}]}]}" SARIF_TOOL
        "{\"id\":\"odd-value\",\"shortDescription\":{\"text\":\"Odd value\"}},"
        "{\"id\":\"odd\",\"shortDescription\":{\"text\":\"Odd\"}}]}}}]}\n");
}
END_TEST

/* The description of a code is its explanation. */
START_TEST(sarif_describes_known_codes)
{
    const struct code_text *known = code_text_find("bad-interpolation");
    struct sweep_place nowhere = {0};
    ck_assert_ptr_nonnull(known);
    FINDING_ERROR(findings, known->code, nowhere, NULL, NULL, "m");
    CLEANUP_FREE char *text = reported(SWEEP_REPORT_SARIF, "f", NULL);
    CLEANUP_JSON json_t *root = json_loads(text, 0, NULL);
    const char *name, *summary, *why;
    ck_assert_int_eq(json_unpack(root, "{s:[{s:{s:{s:[{s:s, s:{s:s}, s:{s:s}}]}}}]}", "runs",
                         "tool", "driver", "rules", "id", &name, "shortDescription", "text",
                         &summary, "fullDescription", "text", &why),
        0);
    ck_assert_str_eq(name, known->code);
    ck_assert_str_eq(summary, "An interpolation ${{…}} has a syntax error");
    ck_assert_uint_gt(strlen(why), strlen(known->why));
}
END_TEST

/* --- one file or none --------------------------------------------------------------------- */

static const struct {
    enum sweep_report_format format;
    const char *of_valid, *of_none;
} empty[] = {
    {SWEEP_REPORT_TEXT, "", ""},
    {SWEEP_REPORT_JSON, "{\"file\":\"a.yaml\",\"recipe\":null,\"findings\":[]}\n", ""},
    {SWEEP_REPORT_GITHUB, "", ""},
    {SWEEP_REPORT_JUNIT,
        JUNIT_HEAD "<testsuite name=\"sweepd\" tests=\"1\" failures=\"0\" errors=\"0\">\n"
                   "<testcase name=\"a.yaml\" classname=\"config\"/>\n" JUNIT_TAIL,
        JUNIT_HEAD
        "<testsuite name=\"sweepd\" tests=\"0\" failures=\"0\" errors=\"0\">\n" JUNIT_TAIL},
    {SWEEP_REPORT_SARIF, SARIF_HEAD SARIF_TOOL "]}}}]}\n", SARIF_HEAD SARIF_TOOL "]}}}]}\n"},
};

START_TEST(nothing_was_found)
{
    assert_reported(empty[_i].format, "a.yaml", empty[_i].of_valid);
    struct sweep_report *report = report_new(empty[_i].format);
    assert_piece(report, true, empty[_i].of_none);
    sweep_report_free(report);
}
END_TEST

START_TEST(junit_counts_files)
{
    struct sweep_place nowhere = {0};
    struct sweep_findings *warned = sweep_findings_new();
    FINDING_ERROR(findings, "e", nowhere, NULL, NULL, "first");
    FINDING_ERROR(findings, "f", nowhere, NULL, "hint", "second");
    FINDING_WARNING(warned, "w", nowhere, NULL, NULL, "warned");
    struct sweep_report *report = report_new(SWEEP_REPORT_JUNIT);
    sweep_report_add(report, "a", "lora", findings);
    sweep_report_add(report, "b", NULL, warned);
    assert_piece(report, true,
        JUNIT_HEAD "<testsuite name=\"sweepd\" tests=\"2\" failures=\"1\" errors=\"0\">\n"
                   "<testcase name=\"a\" classname=\"lora\">\n"
                   "<failure type=\"e\" message=\"first (and 1 more)\">error[e]: first\n"
                   "error[f]: second; hint\n"
                   "</failure>\n"
                   "</testcase>\n"
                   "<testcase name=\"b\" classname=\"config\">\n"
                   "<system-out>warning[w]: warned\n"
                   "</system-out>\n"
                   "</testcase>\n" JUNIT_TAIL);
    sweep_report_free(report);
    sweep_findings_free(warned);
}
END_TEST

/* --- many files --------------------------------------------------------------------------- */

/* The text can be taken in pieces, which together are the report. */
START_TEST(pieces)
{
    struct sweep_place nowhere = {0};
    FINDING_ERROR(findings, "e", nowhere, NULL, NULL, "m");
    CLEANUP_STRBUF struct strbuf joined = {0};
    struct sweep_report *whole = report_new(_i), *taken = report_new(_i);
    for (int i = 0; i < 3; i++) {
        sweep_report_add(whole, "f", NULL, findings);
        sweep_report_add(taken, "f", NULL, findings);
        CLEANUP_FREE char *piece = sweep_report_text(taken, false);
        ck_assert_ptr_nonnull(piece);
        ck_assert_int_eq(*piece == '\0', _i == SWEEP_REPORT_JUNIT);
        strbuf_puts(&joined, piece);
    }
    CLEANUP_FREE char *last = sweep_report_text(taken, true);
    strbuf_puts(&joined, last);
    assert_piece(whole, true, joined.data);
    sweep_report_free(whole);
    sweep_report_free(taken);
}
END_TEST

/* A large report is as long as its parts. */
START_TEST(ten_thousand_files)
{
    enum { FILES = 10000 };
    struct sweep_place place = {"f", 1, 1, 1};
    FINDING_ERROR(findings, "e", place, "p", "hint", "message");
    struct sweep_report *report = report_new(_i);
    for (int i = 0; i < FILES; i++)
        sweep_report_add(report, "f", NULL, findings);
    CLEANUP_FREE char *many = sweep_report_text(report, true);
    sweep_report_free(report);
    CLEANUP_FREE char *one = reported(_i, "f", NULL);
    ck_assert_uint_gt(strlen(many), FILES * 20);
    ck_assert_uint_le(strlen(many), FILES * strlen(one));
    if (_i == SWEEP_REPORT_SARIF) {
        CLEANUP_JSON json_t *root = json_loads(many, 0, NULL);
        ck_assert_ptr_nonnull(root);
        const json_t *run = json_array_get(json_object_get(root, "runs"), 0);
        ck_assert_uint_eq(json_array_size(json_object_get(run, "results")), FILES);
    }
}
END_TEST

START_TEST(what_was_only_counted)
{
    struct sweep_place place = {"f", 0, 0, 0};
    for (int i = 0; i < 203; i++)
        FINDING_ERROR(findings, "e", place, NULL, NULL, "m");
    CLEANUP_FREE char *annotations = reported(SWEEP_REPORT_GITHUB, "f", NULL);
    ck_assert_str_eq(strstr(annotations, "::error file=f::"),
        "::error file=f::… and 3 more of severity error\n");
    CLEANUP_FREE char *junit_text = reported(SWEEP_REPORT_JUNIT, "f", NULL);
    ck_assert_ptr_nonnull(strstr(junit_text, "message=\"m (and 202 more)\""));
    ck_assert_ptr_nonnull(strstr(junit_text, "\n… and 3 more of severity error\n</failure>"));
    CLEANUP_FREE char *sarif_text = reported(SWEEP_REPORT_SARIF, "f", NULL);
    ck_assert_str_eq(strstr(sarif_text, ",\n\"properties\""),
        ",\n\"properties\":{\"omitted\":{\"error\":3}}}]}\n");
}
END_TEST

/* --- hostile text ------------------------------------------------------------------------- */

static const struct {
    const char *file, *message, *hint;
    const char *github, *junit_name, *junit_message, *uri, *sarif_message;
} hostile[] = {
    /* characters that are special in each format */
    {"a,b:c%0A=.yaml", "100% ::set-env name=x::y", "a, b: c",
        "::error file=a%2Cb%3Ac%250A=.yaml,title=c::100%25 ::set-env name=x::y; a, b: c\n",
        "a,b:c%0A=.yaml", "100% ::set-env name=x::y; a, b: c", "a%2Cb%3Ac%250A%3D.yaml",
        "100% ::set-env name=x::y; a, b: c"},
    {"<&>\"'.yaml", "</failure><x a=\"1\"> ]]> & 'q'", NULL,
        "::error file=<&>\"'.yaml,title=c::</failure><x a=\"1\"> ]]> & 'q'\n",
        "&lt;&amp;&gt;&quot;'.yaml", "&lt;/failure&gt;&lt;x a=&quot;1&quot;&gt; ]]&gt; &amp; 'q'",
        "%3C%26%3E%22%27.yaml", "</failure><x a=\\\"1\\\"> ]]> & 'q'"},
    {"dir/{0}.yaml", "{0} of ${output_dir} and [this](http://x) [0]", "\\",
        "::error file=dir/{0}.yaml,title=c::{0} of ${output_dir} and [this](http://x) [0]; \\\n",
        "dir/{0}.yaml", "{0} of ${output_dir} and [this](http://x) [0]; \\", "dir/%7B0%7D.yaml",
        "{{0}} of ${{output_dir}} and [this\\\\](http://x) [0]; \\\\"},
    /* line breaks, ESC, bidirectional marks: escaped, except in the name of the file itself */
    {"a\r\nb\x1b[1m.yaml", "x\n::error::y\r\x1b]0;z\x07", "p\nq\t\xe2\x80\xae",
        "::error file=a\\x0d\\nb\\x1b[1m.yaml,title=c::"
        "x\\n::error::y\\x0d\\x1b]0;z\\x07; p\\nq\\t\\u{202e}\n",
        "a\\x0d\\nb\\x1b[1m.yaml", "x\\n::error::y\\x0d\\x1b]0;z\\x07; p\\nq\\t\\u{202e}",
        "a%0D%0Ab%1B%5B1m.yaml",
        "x\\\\n::error::y\\\\x0d\\\\x1b]0;z\\\\x07; p\\\\nq\\\\t\\\\u{{202e}}"},
    /* not UTF-8, and characters that XML cannot represent */
    {"\xff\xc3.yaml", "\xfe \xed\xa0\x80", "\x80",
        "::error file=\\xff\\xc3.yaml,title=c::\\xfe \\xed\\xa0\\x80; \\x80\n", "\\xff\\xc3.yaml",
        "\\xfe \\xed\\xa0\\x80; \\x80", "%FF%C3.yaml", "\\\\xfe \\\\xed\\\\xa0\\\\x80; \\\\x80"},
    {"\xef\xbf\xbe.yaml", "\xef\xbf\xbf", NULL,
        "::error file=\xef\xbf\xbe.yaml,title=c::\xef\xbf\xbf\n", "\xef\xbf\xbd.yaml",
        "\xef\xbf\xbd", "%EF%BF%BE.yaml", "\\uFFFF"},
    /* unusual text that needs no escaping */
    {"caf\xc3\xa9 1.yaml", "\xf0\x9f\x98\x80", NULL,
        "::error file=caf\xc3\xa9 1.yaml,title=c::\xf0\x9f\x98\x80\n", "caf\xc3\xa9 1.yaml",
        "\xf0\x9f\x98\x80", "caf%C3%A9%201.yaml", "\\uD83D\\uDE00"},
    {"/tmp/../a~b-c_d.yaml", "m", NULL, "::error file=/tmp/../a~b-c_d.yaml,title=c::m\n",
        "/tmp/../a~b-c_d.yaml", "m", "file:///tmp/../a~b-c_d.yaml", "m"},
};

START_TEST(hostile_text)
{
    struct sweep_place place = {hostile[_i].file, 0, 0, 0};
    FINDING_ERROR(findings, "c", place, NULL, hostile[_i].hint, "%s", hostile[_i].message);
    assert_reported(SWEEP_REPORT_GITHUB, hostile[_i].file, hostile[_i].github);

    CLEANUP_FREE char *xml = reported(SWEEP_REPORT_JUNIT, hostile[_i].file, NULL);
    CLEANUP_STRBUF struct strbuf wanted = {0};
    strbuf_printf(&wanted, "<testcase name=\"%s\" classname=", hostile[_i].junit_name);
    ck_assert_msg(strstr(xml, wanted.data) != NULL, "%s is not in %s", wanted.data, xml);
    strbuf_deinit(&wanted);
    strbuf_printf(&wanted,
        "<failure type=\"c\" message=\"%s\">%s: error[c]: ", hostile[_i].junit_message,
        hostile[_i].junit_name);
    ck_assert_msg(strstr(xml, wanted.data) != NULL, "%s is not in %s", wanted.data, xml);
    strbuf_deinit(&wanted);

    CLEANUP_FREE char *log = reported(SWEEP_REPORT_SARIF, hostile[_i].file, NULL);
    strbuf_printf(&wanted,
        "\"message\":{\"text\":\"%s\"},\"locations\":[{\"physicalLocation\":{"
        "\"artifactLocation\":{\"uri\":\"%s\"}}}]}",
        hostile[_i].sarif_message, hostile[_i].uri);
    ck_assert_msg(strstr(log, wanted.data) != NULL, "%s is not in %s", wanted.data, log);
}
END_TEST

/* JSON keeps a name if it is UTF-8; no format loses the finding. */
START_TEST(hostile_json)
{
    struct sweep_place place = {hostile[_i].file, 0, 0, 0};
    FINDING_ERROR(
        findings, "c", place, hostile[_i].file, hostile[_i].hint, "%s", hostile[_i].message);
    CLEANUP_FREE char *text = reported(SWEEP_REPORT_JSON, hostile[_i].file, hostile[_i].file);
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    CLEANUP_JSON json_t *entry = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(entry);
    bool exact =
        utf8_valid_prefix(hostile[_i].file, strlen(hostile[_i].file)) == strlen(hostile[_i].file);
    ck_assert_str_eq(json_string_value(json_object_get(entry, "file")),
        exact ? hostile[_i].file : "\\xff\\xc3.yaml");
    ck_assert_uint_eq(json_array_size(json_object_get(entry, "findings")), 1);
    CLEANUP_FREE char *log = reported(SWEEP_REPORT_SARIF, hostile[_i].file, hostile[_i].file);
    CLEANUP_JSON json_t *parsed = json_loads(log, 0, NULL);
    ck_assert_ptr_nonnull(parsed);
}
END_TEST

/* Source lines, which JUnit's text quotes, can contain anything. */
START_TEST(hostile_source)
{
    struct sweep_place place = {"f", 1, 1, 4};
    static const char source[] = "<\x1b&\xff\xef\xbf\xbe";
    findings_add_source(findings, "f", source, sizeof source - 1);
    FINDING_ERROR(findings, "c", place, NULL, NULL, "m");
    assert_reported(SWEEP_REPORT_JUNIT, "f",
        JUNIT_HEAD "<testsuite name=\"sweepd\" tests=\"1\" failures=\"1\" errors=\"0\">\n"
                   "<testcase name=\"f\" classname=\"config\">\n"
                   "<failure type=\"c\" message=\"m\">f:1:1: error[c]: m\n"
                   "    1 | &lt;\\x1b&amp;\\xff\xef\xbf\xbd\n"
                   "      | ^~~~~~~~~~\n"
                   "</failure>\n"
                   "</testcase>\n" JUNIT_TAIL);
}
END_TEST

START_TEST(long_messages)
{
    CLEANUP_STRBUF struct strbuf message = {0}, hint = {0}, annotation = {0};
    struct sweep_place place = {"f", 0, 0, 0};
    strbuf_repeat(&message, '{', 1500);
    strbuf_repeat(&hint, '%', 20000);
    FINDING_ERROR(findings, "c", place, NULL, hint.data, "%s", message.data);
    strbuf_printf(&annotation, "::error file=f,title=c::%s; ", message.data);
    for (int i = 0; i < 20000; i++)
        strbuf_puts(&annotation, "%25");
    strbuf_putc(&annotation, '\n');
    assert_reported(SWEEP_REPORT_GITHUB, "f", annotation.data);
    CLEANUP_FREE char *log = reported(SWEEP_REPORT_SARIF, "f", NULL);
    CLEANUP_JSON json_t *root = json_loads(log, 0, NULL);
    const char *text = NULL;
    ck_assert_int_eq(
        json_unpack(root, "{s:[{s:[{s:{s:s}}]}]}", "runs", "results", "message", "text", &text), 0);
    ck_assert_uint_eq(strlen(text), 3000 + 2 + 20000);
    CLEANUP_FREE char *xml = reported(SWEEP_REPORT_JUNIT, "f", NULL);
    ck_assert_uint_gt(strlen(xml), (size_t)2 * (1500 + 20000));
}
END_TEST

int main(void)
{
    enum { FORMATS = SWEEP_REPORT_SARIF + 1 };
    Suite *suite = suite_create("formats");
    TCase *tc = add_case(suite, "formats");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, names);
    tcase_add_test(tc, text_is_that_of_the_findings);
    tcase_add_test(tc, json);
    tcase_add_test(tc, github);
    tcase_add_test(tc, junit);
    tcase_add_test(tc, sarif);
    tcase_add_test(tc, sarif_describes_known_codes);
    tcase_add_loop_test(tc, nothing_was_found, 0, (int)COUNT(empty));
    tcase_add_test(tc, junit_counts_files);
    tc = add_case(suite, "many");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, pieces, 0, FORMATS);
    tcase_add_loop_test(tc, ten_thousand_files, 0, FORMATS);
    tcase_add_test(tc, what_was_only_counted);
    tc = add_case(suite, "hostile");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, hostile_text, 0, (int)COUNT(hostile));
    tcase_add_loop_test(tc, hostile_json, 0, (int)COUNT(hostile));
    tcase_add_test(tc, hostile_source);
    tcase_add_test(tc, long_messages);
    return check_main(suite);
}
