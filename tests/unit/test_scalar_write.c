/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>
#include <math.h>

#include "lib/doc/yaml.h"
#include "tests/unit/check_main.h"

/* --- numbers, written --------------------------------------------------------------------- */

/* Python's repr(), but always with a dot. */
static const struct {
    double number;
    const char *text;
} floats[] = {
    {0.0, "0.0"},
    {-0.0, "-0.0"},
    {1.0, "1.0"},
    {-2.5, "-2.5"},
    {0.1, "0.1"},
    {100.0, "100.0"},
    {3e-4, "0.0003"},
    {0.0001, "0.0001"},
    {1e-5, "1.0e-05"},
    {9.99e-5, "9.99e-05"},
    {2.5e-7, "2.5e-07"},
    {1e15, "1000000000000000.0"},
    {123456789012345680.0, "1.2345678901234568e+17"},
    {9999999999999998.0, "9999999999999998.0"},
    {1e16, "1.0e+16"},
    {1.5e16, "1.5e+16"},
    {1e22, "1.0e+22"},
    {1e23, "1.0e+23"},
    {1e100, "1.0e+100"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {5e-324, "5.0e-324"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1.0 / 3, "0.3333333333333333"},
    {123456.789, "123456.789"},
    {1234567890123456.7, "1234567890123456.8"},
    /* powers of two: the next double below is closer than the next one above */
    {0x1p-44, "5.684341886080802e-14"},
    {0x1p-1022, "2.2250738585072014e-308"},
    {0x1p-1074, "5.0e-324"},
    {0x1p53, "9007199254740992.0"},
    {0x1p90, "1.2379400392853803e+27"},
    {0x1p-24, "5.960464477539063e-08"},
};

START_TEST(float_text)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    scalar_write_float(&out, floats[_i].number);
    assert_buffer(out, floats[_i].text);
}
END_TEST

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

/* Half of the time any finite double, otherwise one of a size that is common in configs. */
static double random_double(void)
{
    uint64_t bits = random_bits();
    double number;
    if (bits % 2 == 0)
        return (double)(int64_t)(bits >> 34) / (double)(1 + random_bits() % 1000000);
    do {
        bits = random_bits();
        memcpy(&number, &bits, sizeof number);
    } while (!isfinite(number));
    return number;
}

static size_t significant_digits(const char *text)
{
    size_t n = 0, zeros = 0;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (n == 0 && *text == '0'))
            continue;
        zeros = *text == '0' ? zeros + 1 : 0;
        n++;
    }
    return n - zeros;
}

/* Reads back as the same bits by the rules of YAML, and no shorter text does. */
static void assert_round_trip(double number)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    scalar_write_float(&out, number);
    struct scalar scalar = scalar_resolve(out.data, out.length);
    ck_assert_msg(scalar.kind == SCALAR_FLOAT, "%s", out.data);
    ck_assert_msg(memcmp(&scalar.number, &number, sizeof number) == 0, "%a: %s", number, out.data);
    ck_assert_msg(strchr(out.data, '.') != NULL && strchr(out.data, ',') == NULL, "%s", out.data);
    size_t digits = significant_digits(out.data);
    char shorter[40];
    ck_assert_uint_le(digits, 17);
    if (digits < 2)
        return;
    snprintf(shorter, sizeof shorter, "%.*e", (int)digits - 2, number);
    ck_assert_msg(strtod(shorter, NULL) != number, "%s: %s would do", out.data, shorter);
}

START_TEST(random_floats)
{
    for (int i = 0; i < 20000; i++)
        assert_round_trip(random_double());
}
END_TEST

/* Also in locales with a decimal comma. */
START_TEST(decimal_comma)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8",
        "de_DE", "es_ES.UTF-8", "it_IT.UTF-8", "nl_NL.UTF-8", "pt_BR.UTF-8", "ru_RU.UTF-8"};
    bool found = false;
    for (size_t i = 0; i < COUNT(names) && !found; i++)
        found = setlocale(LC_ALL, names[i]) != NULL && *localeconv()->decimal_point == ',';
    if (!found)
        return;
    for (int i = 0; i < 10000; i++)
        assert_round_trip(random_double());
    CLEANUP_STRBUF struct strbuf out = {0};
    scalar_write_float(&out, 1.5e-7);
    setlocale(LC_ALL, "C");
    assert_buffer(out, "1.5e-07");
}
END_TEST

/* --- strings, written --------------------------------------------------------------------- */

static const struct {
    const char *text, *block, *flow; /* flow NULL: as in block */
} strings[] = {
    {"hello", "hello", NULL},
    {"lora_finetune_single_device", "lora_finetune_single_device", NULL},
    {"torchtune.models.llama3_1.lora_llama3_1_8b", "torchtune.models.llama3_1.lora_llama3_1_8b",
        NULL},
    {"/data/alpaca.json", "/data/alpaca.json", NULL},
    {"./data/x.json", "./data/x.json", NULL},
    {"../x", "../x", NULL},
    {"${output_dir}/logs", "${output_dir}/logs", "'${output_dir}/logs'"},
    {"a b", "a b", NULL},
    {"cuda:0", "cuda:0", "'cuda:0'"},
    {"a,b", "a,b", "'a,b'"},
    {"", "''", NULL},
    {" ", "' '", NULL},
    {" a", "' a'", NULL},
    {"a ", "'a '", NULL},
    {"a: b", "'a: b'", NULL},
    {"a:", "'a:'", NULL},
    {"a #b", "'a #b'", NULL},
    {"#a", "'#a'", NULL},
    {"- a", "'- a'", NULL},
    {"[a]", "'[a]'", NULL},
    {"{a}", "'{a}'", NULL},
    {"*a", "'*a'", NULL},
    {"&a", "'&a'", NULL},
    {"!a", "'!a'", NULL},
    {"|", "'|'", NULL},
    {">", "'>'", NULL},
    {"%a", "'%a'", NULL},
    {"@a", "'@a'", NULL},
    {"`a", "'`a'", NULL},
    {"? a", "'? a'", NULL},
    {"say \"hi\"", "'say \"hi\"'", NULL},
    {"back\\slash", "'back\\slash'", NULL},
    {"it's", "\"it's\"", NULL},
    {"it's \"so\" \\", "\"it's \\\"so\\\" \\\\\"", NULL},
    {"a\nb\tc", "\"a\\nb\\tc\"", NULL},
    {"\x1b[0m\x7f", "\"\\x1b[0m\\x7f\"", NULL},
    {"caf\xc3\xa9", "\"caf\xc3\xa9\"", NULL},
    {"\xc2\x85", "\"\\x85\"", NULL},
    {"\xe2\x80\xa8", "\"\\u2028\"", NULL},
    {"\xef\xbb\xbf", "\"\\ufeff\"", NULL},
    {"\xef\xbf\xbe", "\"\\ufffe\"", NULL},
    {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"", NULL},
};

START_TEST(string_text)
{
    CLEANUP_STRBUF struct strbuf block = {0}, flow = {0};
    const char *text = strings[_i].text;
    string_write(&block, text, strlen(text), SCALAR_IN_BLOCK);
    string_write(&flow, text, strlen(text), SCALAR_IN_FLOW);
    assert_buffer(block, strings[_i].block);
    assert_buffer(flow, strings[_i].flow != NULL ? strings[_i].flow : strings[_i].block);
}
END_TEST

/* Everything that PyYAML, YAML 1.1 or YAML 1.2 would read as something else is quoted. */
START_TEST(ambiguous_words_are_quoted)
{
    static const char *const words[] = {"yes", "No", "ON", "off", "y", "N", "true", "FALSE", "null",
        "Null", "~", "None", "none", "=", "<<", ".inf", "-.INF", ".nan", "1", "-1", "+1", "0",
        "017", "08", "0o17", "0x1F", "0b1", "1_000", "1.5", ".5", "5.", "1e5", "1E-4", "3e-4",
        "+.5", "12:30:45", "1:30", "2024-01-01", "2024-01-01T10:00:00Z", "---", "...", "1.2.3"};
    for (size_t i = 0; i < COUNT(words); i++) {
        CLEANUP_STRBUF struct strbuf out = {0};
        string_write(&out, words[i], strlen(words[i]), SCALAR_IN_BLOCK);
        ck_assert_msg(out.data[0] == '\'' || out.data[0] == '"', "%s", out.data);
        ck_assert_mem_eq(out.data + 1, words[i], strlen(words[i]));
    }
}
END_TEST

/* A string of a few pieces with a special meaning in YAML. */
static json_t *random_string(void)
{
    static const char *const pieces[] = {"a", "Z", "0", "1", "-", "--- ", "... ", ":", ": ", " ",
        "  ", "#", " #", ",", "[", "]", "{", "}", "'", "''", "\"", "\\", "\n", "\n\n", "\r", "\t",
        "&", "*", "!", "!!str ", "|", ">", "%", "@", "`", "?", "? ", "~", "=", "<<", ".", "./", "/",
        "_", "e", "e5", "true", "yes", "null", "${", "}", "$", "\xc3\xa9", "\xe4\xb8\xad",
        "\xf0\x9f\x98\x80", "\xc2\x85", "\xc2\xa0", "\xe2\x80\xa8", "\xe2\x80\xae", "\xef\xbb\xbf",
        "\xef\xbf\xbf", "\x01", "\x1b", "\x7f", "+", ";"};
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_append(&text, "", 0);
    for (uint64_t n = random_bits() % 6; n > 0; n--)
        strbuf_puts(&text, pieces[random_bits() % COUNT(pieces)]);
    if (random_bits() % 50 == 0)
        strbuf_putc(&text, '\0');
    json_t *string = json_stringn(text.data, text.length);
    ck_assert_ptr_nonnull(string);
    return string;
}

static void assert_reads_as(const struct strbuf *text, const json_t *wanted)
{
    struct sweep_findings *findings = sweep_findings_new();
    struct yaml_doc *doc = NULL;
    enum sweep_code code = yaml_parse(text->data, text->length, "f", findings, &doc);
    ck_assert_msg(code == SWEEP_OK, "%s: %s", text->data, message_at(findings, 0));
    ck_assert_msg(json_equal(doc->tree, wanted), "%s", text->data);
    yaml_doc_free(doc);
    sweep_findings_free(findings);
}

START_TEST(random_strings)
{
    for (int i = 0; i < 20000; i++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        CLEANUP_JSON json_t *string = random_string();
        CLEANUP_JSON json_t *wanted =
            json_pack("{s:O, s:[O, i], s:{s:O}}", "k", string, "l", string, 1, "m", "x", string);
        strbuf_puts(&text, "k: ");
        value_write(&text, string, SCALAR_IN_BLOCK);
        strbuf_puts(&text, "\nl: [");
        value_write(&text, string, SCALAR_IN_FLOW);
        strbuf_puts(&text, ", 1]\nm: {x: ");
        value_write(&text, string, SCALAR_IN_FLOW);
        strbuf_puts(&text, "}\n");
        assert_reads_as(&text, wanted);
    }
}
END_TEST

START_TEST(random_keys)
{
    for (int i = 0; i < 10000; i++) {
        CLEANUP_STRBUF struct strbuf text = {0};
        CLEANUP_JSON json_t *string = random_string();
        const char *key = json_string_value(string);
        CLEANUP_JSON json_t *wanted = json_pack("{s:{s:i}, s:i}", "m", key, 1, key, 2);
        if (strlen(key) != json_string_length(string) || strcmp(key, "m") == 0)
            continue; /* a key cannot contain NUL */
        strbuf_puts(&text, "m: {");
        string_write(&text, key, strlen(key), SCALAR_IN_FLOW);
        strbuf_puts(&text, ": 1}\n");
        string_write(&text, key, strlen(key), SCALAR_IN_BLOCK);
        strbuf_puts(&text, ": 2\n");
        assert_reads_as(&text, wanted);
    }
}
END_TEST

START_TEST(long_strings)
{
    for (size_t n = 900; n < 5000; n += 411) {
        CLEANUP_STRBUF struct strbuf text = {0}, word = {0};
        strbuf_repeat(&word, 'a', n);
        CLEANUP_JSON json_t *wanted = json_pack("{s:s}", "k", word.data);
        strbuf_puts(&text, "k: ");
        string_write(&text, word.data, word.length, SCALAR_IN_BLOCK);
        assert_reads_as(&text, wanted);
    }
}
END_TEST

/* --- values, written ---------------------------------------------------------------------- */

static const struct {
    const char *json, *block, *flow;
} values[] = {
    {"true", "True", "True"},
    {"false", "False", "False"},
    {"null", "null", "null"},
    {"-9223372036854775808", "-9223372036854775808", "-9223372036854775808"},
    {"3e-4", "0.0003", "0.0003"},
    {"\"a,b\"", "a,b", "'a,b'"},
    {"[]", "[]", "[]"},
    {"{}", "{}", "{}"},
    {"[1, 2.5, true, null, \"x\", \"a,b\"]", "[1, 2.5, True, null, x, 'a,b']",
        "[1, 2.5, True, null, x, 'a,b']"},
    {"[[1], [], {}]", "[[1], [], {}]", "[[1], [], {}]"},
    {"{\"b\": 1, \"a\": [2], \"yes\": {\"c d\": \"\"}}", "{b: 1, a: [2], 'yes': {c d: ''}}",
        "{b: 1, a: [2], 'yes': {c d: ''}}"},
    {"{\"\": 1, \"1\": 2}", "{'': 1, '1': 2}", "{'': 1, '1': 2}"},
};

START_TEST(value_text)
{
    CLEANUP_JSON json_t *value = json_loads(values[_i].json, JSON_DECODE_ANY, NULL);
    CLEANUP_STRBUF struct strbuf block = {0}, flow = {0};
    ck_assert_ptr_nonnull(value);
    value_write(&block, value, SCALAR_IN_BLOCK);
    value_write(&flow, value, SCALAR_IN_FLOW);
    assert_buffer(block, values[_i].block);
    assert_buffer(flow, values[_i].flow);
}
END_TEST

START_TEST(names_and_interpolations)
{
    static const char *const types[][2] = {{"null", "NoneType"}, {"true", "bool"},
        {"false", "bool"}, {"1", "int"}, {"1.0", "float"}, {"\"\"", "str"}, {"[]", "list"},
        {"{}", "dict"}};
    for (size_t i = 0; i < COUNT(types); i++) {
        CLEANUP_JSON json_t *value = json_loads(types[i][0], JSON_DECODE_ANY, NULL);
        ck_assert_str_eq(value_type_name(value), types[i][1]);
        ck_assert(!scalar_is_interpolation(value));
    }
    CLEANUP_JSON json_t *inside = json_string("a/${b}"), *plain = json_string("$b {c}");
    ck_assert(scalar_is_interpolation(inside));
    ck_assert(!scalar_is_interpolation(plain));
    ck_assert(!scalar_is_interpolation(NULL));
    const struct dialect none = {.interpolation = INTERPOLATION_NONE};
    ck_assert(dialect_is_interpolation(&dialect_omegaconf, inside));
    ck_assert(!dialect_is_interpolation(&dialect_omegaconf, plain));
    ck_assert(!dialect_is_interpolation(&none, inside));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scalar write");
    TCase *tc = add_case(suite, "numbers");
    tcase_add_loop_test(tc, float_text, 0, (int)COUNT(floats));
    tcase_add_test(tc, random_floats);
    tcase_add_test(tc, decimal_comma);
    tc = add_case(suite, "strings");
    tcase_add_loop_test(tc, string_text, 0, (int)COUNT(strings));
    tcase_add_test(tc, ambiguous_words_are_quoted);
    tcase_add_test(tc, random_strings);
    tcase_add_test(tc, random_keys);
    tcase_add_test(tc, long_strings);
    tc = add_case(suite, "values");
    tcase_add_loop_test(tc, value_text, 0, (int)COUNT(values));
    tcase_add_test(tc, names_and_interpolations);
    return check_main(suite);
}
