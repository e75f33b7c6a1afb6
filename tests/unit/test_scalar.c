/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "lib/doc/yaml.h"
#include "tests/unit/check_main.h"

/* --- the measured table ------------------------------------------------------------------- */

/* One line of data/scalars.tsv. */
struct row {
    char *text, *type, *value;
};

static struct row rows[300];
static size_t n_rows;
static char *table;

static void load_rows(void)
{
    table = slurp_or_null(UNIT_DATA "/scalars.tsv");
    for (char *line = table, *next; line != NULL && *line != '\0'; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (strncmp(line, "##", 2) == 0)
            continue;
        struct row *row = &rows[n_rows++];
        row->text = strsep(&line, "\t");
        row->type = strsep(&line, "\t");
        row->value = line != NULL ? line : (char *)"";
    }
}

static bool beyond_the_tree(const struct row *row)
{
    json_error_t error;
    if (strcmp(row->type, "float") == 0)
        return strpbrk(row->value, "ni") != NULL;
    CLEANUP_JSON json_t *value = json_loads(row->value, JSON_DECODE_ANY, &error);
    return strcmp(row->type, "int") == 0 && value == NULL;
}

/* OmegaConf accepts these; scalar_resolve() recognises them, and the parser rejects them. */
static void assert_refused_as_value(const struct row *row, const struct sweep_findings *findings)
{
    struct scalar scalar = scalar_resolve(row->text, strlen(row->text));
    if (strcmp(row->type, "int") == 0) {
        ck_assert_int_eq(scalar.kind, SCALAR_INT);
        ck_assert(scalar.too_large);
        ck_assert_int_eq(scalar.integer, 0);
        ck_assert_str_eq(code_at(findings, 0), "int-range");
        return;
    }
    double wanted = strtod(row->value, NULL);
    ck_assert_int_eq(scalar.kind, SCALAR_FLOAT);
    ck_assert(isnan(wanted) ? isnan(scalar.number) : scalar.number == wanted);
    ck_assert_str_eq(code_at(findings, 0), "not-finite");
}

static void assert_node(const struct row *row, const struct yaml_node *node)
{
    static const char *const names[] = {"null", "bool", "int", "float", "str"};
    json_error_t error;
    CLEANUP_JSON json_t *wanted = json_loads(row->value, JSON_DECODE_ANY, &error);
    ck_assert_ptr_nonnull(wanted);
    if (node->kind != YAML_SCALAR) {
        ck_assert_str_eq(row->type, node->kind == YAML_SEQUENCE ? "list" : "dict");
        return;
    }
    ck_assert_msg(node->scalar.kind <= SCALAR_STRING, "%s: kind %d", row->text, node->scalar.kind);
    ck_assert_msg(strcmp(names[node->scalar.kind], row->type) == 0, "%s: %s", row->text,
        names[node->scalar.kind]);
    if (node->scalar.kind == SCALAR_BOOL)
        ck_assert(node->scalar.truth == json_is_true(wanted));
    if (node->scalar.kind == SCALAR_INT)
        ck_assert_int_eq(node->scalar.integer, json_integer_value(wanted));
    if (node->scalar.kind == SCALAR_FLOAT) {
        double number = json_number_value(wanted);
        ck_assert_mem_eq(&node->scalar.number, &number, sizeof number);
    }
    if (node->scalar.kind == SCALAR_STRING)
        ck_assert_str_eq(node->text, json_string_value(wanted));
}

START_TEST(measured)
{
    const struct row *row = &rows[_i];
    CLEANUP_STRBUF struct strbuf text = {0};
    struct sweep_findings *findings = sweep_findings_new();
    struct yaml_doc *doc = NULL;
    strbuf_printf(&text, "k: %s\n", row->text);
    enum sweep_code code = yaml_parse(text.data, text.length, "f", findings, &doc);
    bool refused = strcmp(row->type, "error") == 0 || beyond_the_tree(row);
    ck_assert_msg(
        code == (refused ? SWEEP_INVALID : SWEEP_OK), "%s: %s", row->text, message_at(findings, 0));
    if (refused) {
        ck_assert_uint_ge(sweep_findings_count(findings, SWEEP_ERROR), 1);
        if (beyond_the_tree(row))
            assert_refused_as_value(row, findings);
    } else {
        assert_node(row, yaml_find(doc, "k"));
        assert_json(json_object_get(doc->tree, "k"), row->value);
    }
    yaml_doc_free(doc);
    sweep_findings_free(findings);
}
END_TEST

START_TEST(the_table_is_whole)
{
    ck_assert_uint_ge(n_rows, 190);
}
END_TEST

/* --- resolving ---------------------------------------------------------------------------- */

static const struct {
    const char *text;
    bool too_large;
    int64_t value;
} integers[] = {
    {"9223372036854775807", false, INT64_MAX},
    {"-9223372036854775808", false, INT64_MIN},
    {"9223372036854775808", true, 0},
    {"-9223372036854775809", true, 0},
    {"0x7fffffffffffffff", false, INT64_MAX},
    {"0x8000000000000000", true, 0},
    {"-0x8000000000000000", false, INT64_MIN},
    {"0777777777777777777777", false, INT64_MAX},
    {"01000000000000000000000", true, 0},
    {"0b111111111111111111111111111111111111111111111111111111111111111", false, INT64_MAX},
    {"0b1000000000000000000000000000000000000000000000000000000000000000", true, 0},
    {"0xFf_fF", false, 65535},
    {"-0b101", false, -5},
    {"+017", false, 15},
    {"0_", false, 0},
    {"-12:30:45", false, -45045},
    {"1_0:30", false, 630},
    {"153722867280912930:07", false, INT64_MAX},
    {"153722867280912930:08", true, 0},
    {"99999999999999999999:00", true, 0},
    {"1:00:00:00:00:00:00:00:00:00:00:00:00", true, 0},
};

START_TEST(integer)
{
    struct scalar scalar = scalar_resolve(integers[_i].text, strlen(integers[_i].text));
    ck_assert_int_eq(scalar.kind, SCALAR_INT);
    ck_assert(scalar.too_large == integers[_i].too_large);
    ck_assert_int_eq(scalar.integer, integers[_i].value);
}
END_TEST

static const struct {
    const char *tag, *text; /* tag NULL: plain */
    enum scalar_kind kind;
} kinds[] = {
    {NULL, "<<", SCALAR_MERGE},
    {NULL, "=", SCALAR_INVALID},
    {NULL, "==", SCALAR_STRING},
    {NULL, "tRue", SCALAR_STRING},
    {NULL, "yesterday", SCALAR_STRING},
    {NULL, "1e5_0", SCALAR_STRING},
    {NULL, "1_e5", SCALAR_STRING}, /* groups of digits end with a digit before an exponent */
    {NULL, "1:2", SCALAR_INT},
    {NULL, "1:2.", SCALAR_FLOAT},
    /* digits are missing: Python's int() fails, so the config cannot be loaded */
    {NULL, "0x_", SCALAR_INVALID},
    {NULL, "0b__", SCALAR_INVALID},
    {"str", "1", SCALAR_STRING},
    {"str", "", SCALAR_STRING},
    {"null", "anything", SCALAR_NULL},
    {"bool", "yes", SCALAR_BOOL},
    {"bool", "1", SCALAR_INVALID},
    {"bool", "", SCALAR_INVALID},
    {"int", "3", SCALAR_INT},
    {"int", "0x1F", SCALAR_INT},
    {"int", "3.5", SCALAR_INVALID},
    {"int", "1e3", SCALAR_INVALID},
    {"int", "x", SCALAR_INVALID},
    {"int", "", SCALAR_INVALID},
    {"float", "1", SCALAR_FLOAT},
    {"float", "1e3", SCALAR_FLOAT},
    {"float", "x", SCALAR_INVALID},
    {"float", "", SCALAR_INVALID},
    {"float", "true", SCALAR_INVALID},
    {"timestamp", "2024-01-01", SCALAR_INVALID},
    {"binary", "QQ==", SCALAR_INVALID},
    {"set", "", SCALAR_INVALID},
    {"", "1", SCALAR_INVALID},
};

START_TEST(kind)
{
    const char *text = kinds[_i].text;
    struct scalar scalar = kinds[_i].tag == NULL
                               ? scalar_resolve(text, strlen(text))
                               : scalar_resolve_tagged(kinds[_i].tag, text, strlen(text));
    ck_assert_msg(scalar.kind == kinds[_i].kind, "!!%s \"%s\": kind %d",
        kinds[_i].tag != NULL ? kinds[_i].tag : "", text, (int)scalar.kind);
}
END_TEST

/* Where PyYAML's safe_load() and OmegaConf differ, and where they do not. */
static const struct {
    const char *text;
    enum scalar_kind omegaconf, yaml_1_1;
} dialects[] = {
    {"1e-4", SCALAR_FLOAT, SCALAR_STRING},
    {"1e4", SCALAR_FLOAT, SCALAR_STRING},
    {"-2E+3", SCALAR_FLOAT, SCALAR_STRING},
    {"1_0e5", SCALAR_FLOAT, SCALAR_STRING},
    {"1.5e4", SCALAR_FLOAT, SCALAR_STRING},
    {"1.e4", SCALAR_FLOAT, SCALAR_STRING},
    {"1.0e-4", SCALAR_FLOAT, SCALAR_FLOAT},
    {"1.e+4", SCALAR_FLOAT, SCALAR_FLOAT},
    {".5e-4", SCALAR_FLOAT, SCALAR_FLOAT},
    {".5e4", SCALAR_STRING, SCALAR_STRING},
    {"0.0001", SCALAR_FLOAT, SCALAR_FLOAT},
    {"12:30.5", SCALAR_FLOAT, SCALAR_FLOAT},
    {"12:30", SCALAR_INT, SCALAR_INT},
    {"017", SCALAR_INT, SCALAR_INT},
    {"yes", SCALAR_BOOL, SCALAR_BOOL},
    {"~", SCALAR_NULL, SCALAR_NULL},
    {".inf", SCALAR_FLOAT, SCALAR_FLOAT},
};

START_TEST(dialect)
{
    const char *text = dialects[_i].text;
    size_t length = strlen(text);
    ck_assert_int_eq(scalar_resolve(text, length).kind, dialects[_i].omegaconf);
    ck_assert_int_eq(
        scalar_resolve_as(SCALARS_OMEGACONF, text, length).kind, dialects[_i].omegaconf);
    ck_assert_int_eq(scalar_resolve_as(SCALARS_YAML_1_1, text, length).kind, dialects[_i].yaml_1_1);
}
END_TEST

START_TEST(length_counts_not_the_terminator)
{
    ck_assert_int_eq(scalar_resolve("true and more", 4).kind, SCALAR_BOOL);
    ck_assert_int_eq(scalar_resolve("12x", 2).integer, 12);
    ck_assert(scalar_resolve("0.5e3", 3).number == 0.5);
    ck_assert_int_eq(scalar_resolve("1\0", 2).kind, SCALAR_STRING);
    ck_assert_int_eq(scalar_resolve("", 0).kind, SCALAR_NULL);
}
END_TEST

START_TEST(long_floats)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "0.");
    strbuf_repeat(&text, '0', 200);
    strbuf_puts(&text, "25_0e200");
    struct scalar scalar = scalar_resolve(text.data, text.length);
    ck_assert_int_eq(scalar.kind, SCALAR_FLOAT);
    ck_assert(scalar.number == 0.25);
}
END_TEST

int main(void)
{
    load_rows();
    Suite *suite = suite_create("scalar");
    TCase *tc = add_case(suite, "measured");
    tcase_add_test(tc, the_table_is_whole);
    tcase_add_loop_test(tc, measured, 0, (int)n_rows);
    tc = add_case(suite, "resolve");
    tcase_add_loop_test(tc, integer, 0, (int)COUNT(integers));
    tcase_add_loop_test(tc, kind, 0, (int)COUNT(kinds));
    tcase_add_loop_test(tc, dialect, 0, (int)COUNT(dialects));
    tcase_add_test(tc, length_counts_not_the_terminator);
    tcase_add_test(tc, long_floats);
    int result = check_main(suite);
    free(table);
    return result;
}
