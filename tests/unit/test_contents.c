/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "lib/check/contents.h"
#include "lib/util/text.h"
#include "tests/unit/check_main.h"

static struct contents_cache cache;

static void tear_down(void)
{
    contents_cache_deinit(&cache);
}

static void write_bytes(const char *name, const char *bytes, size_t length)
{
    FILE *file = fopen(in_scratch(name), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

static const struct contents *read_as(
    const char *name, enum file_format format, struct data_format data)
{
    const struct contents_file file = {in_scratch(name), format, data};
    const struct contents *contents = contents_read(&cache, &file);
    ck_assert_ptr_nonnull(contents);
    return contents;
}

static void assert_wrong(const struct contents *contents, const char *wrong, const char *what)
{
    if (wrong == NULL)
        ck_assert_msg(contents->wrong == NULL, "%s: %s", what, contents->wrong);
    else
        ck_assert_msg(contents->wrong != NULL && strcmp(contents->wrong, wrong) == 0,
            "%s: wanted \"%s\", got \"%s\"", what, wrong, contents->wrong);
}

/* --- records ------------------------------------------------------------------------------ */

static const struct {
    const char *text, *loader, *delimiter, *field;
    const char *facts; /* as JSON; NULL: none */
    const char *wrong;
} records[] = {
    {"{\"a\": 1, \"b\": \"x\"}\n{\"c\": null}\n", "json", NULL, NULL,
        "{\"a\": null, \"b\": \"\", \"c\": null}", NULL},
    {"[{\"a\": 1},\n {\"a\": \"x\"}]\n", "json", NULL, NULL, "{\"a\": \"\"}", NULL},
    {"{\"a\": [{\"role\": 1, \"x\": 2}]}", "json", NULL, NULL,
        "{\"a\": [{\"role\": null, \"x\": null}]}", NULL},
    {"{\"a\": []}{\"a\": [1]}", "json", NULL, NULL, "{\"a\": []}", NULL},
    {"\xEF\xBB\xBF{\"a\": 1}", "json", NULL, NULL, "{\"a\": null}", NULL},
    {"[\"x\", \"y\"]", "json", NULL, NULL, "{\"text\": \"\"}", NULL},
    {"{\"a\": 100000000000000000000}", "json", NULL, NULL, "{\"a\": null}", NULL},
    {"{\"a\": NaN}\n", "json", NULL, NULL, NULL, NULL},      /* some readers take it */
    {"{\"a\": \"\x01\"}\n", "json", NULL, NULL, NULL, NULL}, /* and this */
    {"[[1]]", "json", NULL, NULL, NULL, NULL},
    {"[]", "json", NULL, NULL, NULL, NULL},
    {"{}", "json", NULL, NULL, NULL, NULL},
    {"", "json", NULL, NULL, NULL, "is empty"},
    {" \n", "json", NULL, NULL, NULL, "is not JSON: it begins with \"\""},
    {"a,b\n", "json", NULL, NULL, NULL, "is not JSON: it begins with \"a,b\""},
    {"{'a': 1}", "json", NULL, NULL, NULL,
        "has a mistake: line 1 is not JSON: string or '}' expected near '''"},
    {"{\"a\": 1}\n\n{\"a\": None}", "json", NULL, NULL, NULL,
        "has a mistake: line 3 is not JSON: invalid token near 'None'"},
    {"{\"a\": 1}\n{\"a\": \"x", "json", NULL, NULL, NULL,
        "has a mistake: line 2: the file ends in the middle of a value"},
    {"{\"a\": 1", "json", NULL, NULL, NULL,
        "has a mistake: line 1: the file ends in the middle of a value"},
    {"\xFF\xFE{\0", "json", NULL, NULL, NULL, "is UTF-16, not UTF-8"},
    {"version https://git-lfs.github.com/spec/v1\n", "json", NULL, NULL, NULL,
        "is a Git LFS pointer: its content was not downloaded"},
    {"/annex/objects/SHA256\n", "csv", NULL, NULL, NULL,
        "is a git-annex pointer: its content was not downloaded"},
    {"\n<!doctype HTML>", "csv", NULL, NULL, NULL, "is an HTML page"},
    {"<?xml version='1.0'?>", "json", NULL, NULL, NULL, "is an XML page"},
    {"\x1f\x8b\x08", "json", NULL, NULL, NULL, NULL},
    /* a key that has the records */
    {"{\"x\": {\"y\": [1]}, \"d\": [{\"a\": 1}]}", "json", NULL, "d", "{\"a\": null}", NULL},
    {"{\"d\": {\"a\": [\"x\"], \"b\": [1]}}", "json", NULL, "d", "{\"a\": \"\", \"b\": null}",
        NULL},
    {"{\"x\": 1}", "json", NULL, "d", NULL, "has no \"d\", the field with the records"},
    {"{\"x\": 1", "json", NULL, "d", NULL, NULL},
    {"[{\"d\": []}]", "json", NULL, "d", NULL, NULL},
    /* CSV */
    {"a,b\n1,2\n", "csv", NULL, NULL, "{\"a\": null, \"b\": null}", NULL},
    {"\n\"a,\"\"x\"\"\",b c\r\n", "csv", NULL, NULL, "{\"a,\\\"x\\\"\": null, \"b c\": null}",
        NULL},
    {"\xEF\xBB\xBF"
     "a\n",
        "csv", NULL, NULL, "{\"a\": null}", NULL},
    {"a\tb,c\n", "csv", "\t", NULL, "{\"a\": null, \"b,c\": null}", NULL},
    {"a  b\n", "csv", "\\s+", NULL, NULL, NULL},
    {"\"a\n", "csv", NULL, NULL, NULL, NULL},
    {"\xFC\n", "csv", NULL, NULL, "{\"\": null}", NULL}, /* compared by number only */
    {"a", "csv", NULL, NULL, "{\"a\": null}", NULL},
    /* others */
    {"anything", "text", NULL, NULL, "{\"text\": \"\"}", NULL},
    {"anything", "parquet", NULL, NULL, NULL, NULL},
    {"anything", NULL, NULL, NULL, NULL, NULL},
};

START_TEST(reads_records)
{
    const char *text = records[_i].text;
    size_t length = strlen(text) + (strncmp(text, "\xFF\xFE", 2) == 0); /* and a NUL byte */
    write_bytes("data", text, length);
    const struct contents *contents = read_as("data", FORMAT_RECORDS,
        (struct data_format){records[_i].loader, records[_i].delimiter, records[_i].field});
    assert_wrong(contents, records[_i].wrong, text);
    CLEANUP_JSON json_t *wanted = NULL;
    if (records[_i].facts != NULL)
        wanted = json_loads(records[_i].facts, 0, NULL);
    CLEANUP_FREE char *got = json_dumps(contents->facts, 0);
    bool is_utf8 = utf8_valid_prefix(text, length) == length || strncmp(text, "\xFF\xFE", 2) == 0;
    if (!is_utf8)
        ck_assert_uint_eq(json_object_size(contents->facts), json_object_size(wanted));
    else
        ck_assert_msg(
            wanted == NULL ? contents->facts == NULL : json_equal(wanted, contents->facts),
            "%s: wanted %s, got %s", text, records[_i].facts, got);
}
END_TEST

/* Only the first MiB is read, so a record that is cut off there is no mistake. */
START_TEST(reads_the_beginning)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "[");
    while (text.length < FILE_HEAD_MAX_BYTES + 100)
        strbuf_puts(&text, "{\"a\": \"some text that is repeated\"},\n");
    strbuf_puts(&text, "{'b'");
    write_bytes("data", text.data, text.length);
    const struct contents *contents =
        read_as("data", FORMAT_RECORDS, (struct data_format){.loader = "json"});
    assert_wrong(contents, NULL, "data");
    ck_assert_uint_eq(json_object_size(contents->facts), 1);
}
END_TEST

/* Of a file with more columns than are kept, nothing is said. */
START_TEST(gives_up_on_many_columns)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "{\"a\": 1");
    for (int i = 0; i < 1000; i++)
        strbuf_printf(&text, ", \"c%d\": 1", i);
    strbuf_puts(&text, "}\n");
    write_bytes("data", text.data, text.length);
    const struct contents *contents =
        read_as("data", FORMAT_RECORDS, (struct data_format){.loader = "json"});
    assert_wrong(contents, NULL, "data");
    ck_assert_ptr_null(contents->facts);
}
END_TEST

/* --- tokenizers --------------------------------------------------------------------------- */

#define PIECE "\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02"
static const struct {
    const char *bytes;
    size_t length;
    const char *kinds;  /* s, t, v, m: the formats that it is of */
    const char *phrase; /* what it is called otherwise */
} tokenizers[] = {
#define BYTES(bytes) bytes, sizeof(bytes) - 1
    {BYTES(PIECE PIECE), "s", "is a SentencePiece model"},
    {BYTES("aGVsbG8= 0\nIQ== 1\n"), "tm", "is a tiktoken file"}, /* two words, too */
    {BYTES("IQ== 0\r\n\r\nIg== 1"), "tm", "is a tiktoken file"},
    {BYTES("{\"!\": 0, \"a\": 1}"), "v", "is a JSON vocabulary"},
    {BYTES("{\"version\": \"1.0\", \"model\": {}}"), "", "is a JSON object"},
    {BYTES("#version: 0.2\nh e\nl l\n"), "m", "begins with \"#version: 0.2\""},
    {BYTES("h e\nl l\n"), "m", "begins with \"h e\""},
    {BYTES("Entry not found"), "", "begins with \"Entry not found\""},
    {BYTES("\n\n"), "", "begins with \"\""},
    {BYTES("\x0a\xff\xff\xff\xff\x7f"), "", "begins with \"\xc3\xbf\""},
    {BYTES(""), "", "is empty"},
    {BYTES("version https://git-lfs.github.com/spec/v1\n"), "",
        "is a Git LFS pointer: its content was not downloaded"},
    {BYTES("<html>"), "", "is an HTML page"},
};

START_TEST(knows_tokenizers)
{
    static const struct {
        char letter;
        enum file_format format;
    } formats[] = {{'s', FORMAT_SENTENCEPIECE}, {'t', FORMAT_TIKTOKEN}, {'v', FORMAT_VOCABULARY},
        {'m', FORMAT_MERGES}};
    write_bytes("t", tokenizers[_i].bytes, tokenizers[_i].length);
    for (size_t i = 0; i < COUNT(formats); i++) {
        const struct contents *contents = read_as("t", formats[i].format, (struct data_format){0});
        bool fits = strchr(tokenizers[_i].kinds, formats[i].letter) != NULL;
        ck_assert_msg(fits == (contents->wrong == NULL), "%d as %c: %s", _i, formats[i].letter,
            contents->wrong);
        /* The quoted bytes of binary files are not compared. */
        if (!fits && tokenizers[_i].bytes[0] != '\x0a')
            assert_wrong(contents, tokenizers[_i].phrase, "tokenizer");
    }
}
END_TEST

/* --- JSON objects ------------------------------------------------------------------------- */

START_TEST(reads_objects)
{
    static const struct {
        const char *text, *facts, *wrong;
    } cases[] = {
        {"{\"a\": 1, \"b\": \"x\", \"c\": {\"d\": 2}}",
            "{\"a\": 1.0, \"b\": null, \"c\": {\"d\": 2.0}}", NULL},
        {"[1]", NULL, "is not a JSON object: it begins with \"[1]\""},
        {"{\"a\": 1", "{\"a\": 1.0}", NULL},
        {"{\"a\": ", "{}", NULL},
        {"{\"a\": tru}", "{}", NULL},
        {"{\"a\": {]}", "{}", "has a mistake: line 1 is not JSON: string or '}' expected near ']'"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        write_bytes("o", cases[i].text, strlen(cases[i].text));
        const struct contents *contents = read_as("o", FORMAT_JSON, (struct data_format){0});
        CLEANUP_JSON json_t *wanted = NULL;
        if (cases[i].facts != NULL)
            wanted = json_loads(cases[i].facts, 0, NULL);
        assert_wrong(contents, cases[i].wrong, cases[i].text);
        ck_assert_msg(
            wanted == NULL ? contents->facts == NULL : json_equal(wanted, contents->facts), "%s",
            cases[i].text);
        contents_cache_deinit(&cache);
    }
}
END_TEST

/* --- weights ------------------------------------------------------------------------------ */

#define HEADER "{\"w\": {\"dtype\": \"F32\", \"shape\": [2, 3], \"data_offsets\": [0, 24]}}"
static const struct {
    const char *name, *header;
    int64_t length; /* in the first bytes; -1: of the header */
    size_t n_rest;  /* bytes of data */
    const char *wrong;
    bool has_facts;
} weights[] = {
    {"a.safetensors", HEADER, -1, 24, NULL, true},
    {"a.safetensors", HEADER, -1, 23, "is cut off: it has 96 bytes, of 97 by its header", false},
    {"a.safetensors", "{\"__metadata__\": {\"format\": \"pt\"}}", -1, 0, NULL, true},
    {"a.safetensors", "{\"w\": {}}", -1, 0, NULL, false},
    {"a.safetensors", "{\"w\": ]", -1, 0, "has a damaged safetensors header", false},
    {"a.safetensors", "[]", -1, 0, "is not a safetensors file", false},
    {"a.safetensors", HEADER, 1 << 20, 0, "is cut off inside its safetensors header", false},
    {"a.safetensors", HEADER, INT64_MAX, 0, "is cut off inside its safetensors header", false},
    {"a.safetensors", "", 0, 0, "is not a safetensors file", false},
    {"a.bin", HEADER, -1, 24, "is a safetensors file, but its name does not end in .safetensors",
        false},
};

START_TEST(reads_weights)
{
    CLEANUP_STRBUF struct strbuf bytes = {0};
    uint64_t length = strlen(weights[_i].header);
    if (weights[_i].length >= 0)
        length = (uint64_t)weights[_i].length;
    for (int i = 0; i < 8; i++)
        strbuf_putc(&bytes, (char)(length >> 8 * i & 0xff));
    strbuf_puts(&bytes, weights[_i].header);
    strbuf_repeat(&bytes, '\0', weights[_i].n_rest);
    write_bytes(weights[_i].name, bytes.data, bytes.length);
    const struct contents *contents =
        read_as(weights[_i].name, FORMAT_WEIGHTS, (struct data_format){0});
    assert_wrong(contents, weights[_i].wrong, weights[_i].header);
    ck_assert_int_eq(contents->facts != NULL, weights[_i].has_facts);
}
END_TEST

START_TEST(reads_archives)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *wrong;
    } cases[] = {
        {BYTES("PK\3\4 data PK\5\6 rest"), NULL},
        {BYTES("PK\3\4 data"), "is cut off: the directory at the end of the archive is missing"},
        {BYTES("\x80\2}q"), NULL}, /* an older format */
        {BYTES("{}"), "is JSON, not weights"},
        {BYTES(""), "is empty"},
        {BYTES("<html>"), "is an HTML page"},
        {BYTES("abc"), NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        write_bytes("a.pt", cases[i].bytes, cases[i].length);
        assert_wrong(read_as("a.pt", FORMAT_WEIGHTS, (struct data_format){0}), cases[i].wrong,
            cases[i].bytes);
        contents_cache_deinit(&cache);
    }
}
END_TEST

/* --- files -------------------------------------------------------------------------------- */

/* What is not a regular file is not opened. */
START_TEST(opens_only_files)
{
    ck_assert_int_eq(mkfifo(in_scratch("fifo"), 0600), 0);
    ck_assert_int_eq(mkdir(in_scratch("sub"), 0700), 0);
    ck_assert_int_eq(symlink("/dev/zero", in_scratch("zero")), 0);
    ck_assert_int_eq(symlink("loop", in_scratch("loop")), 0);
    static const struct {
        const char *name;
        int failure;
    } cases[] = {
        {"fifo", EINVAL}, {"sub", EINVAL}, {"zero", EINVAL}, {"loop", ELOOP}, {"gone", ENOENT}};
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int format = FORMAT_RECORDS; format <= FORMAT_WEIGHTS; format++)
            ck_assert_int_eq(
                read_as(cases[i].name, format, (struct data_format){0})->failure, cases[i].failure);
}
END_TEST

/* A file is read once for each way to read it. */
START_TEST(reads_once)
{
    const struct data_format csv = {.loader = "csv"}, tabs = {"csv", "\t", NULL};
    write_bytes("data", "a,b\n", 4);
    ck_assert_uint_eq(json_object_size(read_as("data", FORMAT_RECORDS, csv)->facts), 2);
    write_bytes("data", "a\tb,c\n", 6);
    ck_assert_uint_eq(json_object_size(read_as("data", FORMAT_RECORDS, csv)->facts), 2);
    ck_assert_uint_eq(cache.count, 1);
    ck_assert_ptr_nonnull(json_object_get(read_as("data", FORMAT_RECORDS, tabs)->facts, "b,c"));
    ck_assert_uint_eq(cache.count, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("contents");
    TCase *tc = add_case(suite, "contents");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, NULL, tear_down);
    tcase_add_loop_test(tc, reads_records, 0, (int)COUNT(records));
    tcase_add_test(tc, reads_the_beginning);
    tcase_add_test(tc, gives_up_on_many_columns);
    tcase_add_loop_test(tc, knows_tokenizers, 0, (int)COUNT(tokenizers));
    tcase_add_test(tc, reads_objects);
    tcase_add_loop_test(tc, reads_weights, 0, (int)COUNT(weights));
    tcase_add_test(tc, reads_archives);
    tcase_add_test(tc, opens_only_files);
    tcase_add_test(tc, reads_once);
    return check_main(suite);
}
