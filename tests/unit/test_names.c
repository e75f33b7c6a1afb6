/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/spool/names.h"
#include "tests/unit/check_main.h"

START_TEST(specs)
{
    static const struct {
        const char *name;
        bool is;
    } cases[] = {
        {"x.json", true},
        {"a b.json", true},
        {"-x.json", true},
        {"x.json.json", true},
        {".x.json", false},
        {".json", false},
        {"x.json~", false},
        {"x.json.swp", false},
        {".x.json.swp", false},
        {"x.json.part", false},
        {"x.json.tmp", false},
        {".nfs000123", false},
        {"x.JSON", false},
        {"x.yaml", false},
        {"json", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        ck_assert_msg(names_is_spec(cases[i].name) == cases[i].is, "%s", cases[i].name);
}
END_TEST

START_TEST(wrong_names)
{
    static const char *const may[] = {"x.json", "x.yaml", "x.yml", "x.YAML", "x.txt", "x.json.txt",
        "x.jsonc", "x.json5", "x.JSON", "x.Json"};
    static const char *const never[] = {".x.yaml", ".yaml", "x.yaml~", "x.yaml.swp", "x.txt.part",
        "x.toml", "x.py", "x", "yaml", "", "x.yaml.tmp", "#x.yaml#"};
    for (size_t i = 0; i < COUNT(may); i++)
        ck_assert_msg(names_may_be_spec(may[i]), "%s", may[i]);
    for (size_t i = 0; i < COUNT(never); i++)
        ck_assert_msg(!names_may_be_spec(never[i]), "%s", never[i]);
}
END_TEST

static void same(const struct names_claim *a, const struct names_claim *b)
{
    ck_assert_int_eq(a->unix_ms, b->unix_ms);
    ck_assert_uint_eq(a->inode, b->inode);
    ck_assert_uint_eq(a->attempt, b->attempt);
    ck_assert_int_eq(a->mark, b->mark);
    ck_assert_uint_eq(a->boot, b->boot);
    ck_assert_str_eq(a->name, b->name);
}

START_TEST(ids_are_read_as_written)
{
    static const struct names_claim cases[] = {
        {1700000000000, 77, 0, NAMES_IDLE, 0, "x.json"},
        {1700000000000, UINT64_MAX, NAMES_ATTEMPTS, NAMES_IDLE, 0, "1-2-3-x.json"},
        {0, 1, 1, NAMES_IDLE, 0, "-.json"},
        {INT64_MAX, 1, 2, NAMES_IDLE, 0, "line\nfeed.json"},
        {1700000000000, 77, 0, NAMES_IDLE, 0, "x.yaml"},
        {1700000000000, 77, 0, NAMES_IDLE, 0, "x.json.TXT"},
        {1700000000000, 77, 1, NAMES_SHARED, 1, "x.json"},
        {1700000000000, 77, 3, NAMES_ALONE, UINT32_MAX, "-x.json"},
        {1700000000000, UINT64_MAX, 0, NAMES_SUSPECT, 0, "1-2-3-x.json"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct names_claim read;
        char id[NAMES_SIZE], stage[NAMES_SIZE];
        names_id(id, &cases[i]);
        ck_assert(names_read_id(id, &read));
        same(&read, &cases[i]);
        names_stage(stage, &read);
        ck_assert_int_eq(strncmp(stage, ".stage.", 7), 0);
        ck_assert_ptr_null(strchr(stage, '/'));
    }
}
END_TEST

START_TEST(other_names_are_no_ids)
{
    static const char *const cases[] = {
        "",
        "x.json",
        "1-x.json",
        "1-2-x.json",
        "1-2-3-x",
        "1-2-3-.json",
        "-1-2-3-x.json",
        "1-2-100-x.json",
        "1-2-3s-x.json",
        "1-2-3s0123456-x.json",
        "1-2-3s012345678-x.json",
        "1-2-3x01234567-x.json",
        "1-2-3s01234567x.json",
        "1-2-s01234567-x.json",
        "1- 2-3-x.json",
        "99999999999999999999-2-3-x.json",
        "1-99999999999999999999-3-x.json",
        "+1-2-3-x.json",
        ".lock",
    };
    struct names_claim read;
    for (size_t i = 0; i < COUNT(cases); i++)
        ck_assert_msg(!names_read_id(cases[i], &read), "%s", cases[i]);
}
END_TEST

/* A name of any length fits with all that is put before and behind it, and stays UTF-8. */
START_TEST(long_names_are_shortened)
{
    char name[NAMES_SIZE];
    for (size_t length = 1; length <= 250; length++) {
        struct names_claim claim = {INT64_MAX, UINT64_MAX, NAMES_ATTEMPTS, NAMES_ALONE, 7, ""};
        struct names_claim read;
        char id[NAMES_SIZE], placed[NAMES_SIZE];
        memset(name, 0, sizeof name);
        for (size_t i = 0; i + 2 <= length; i += 2)
            memcpy(name + i, "é", 2);
        strcat(name, length % 2 != 0 ? "x.json" : ".json");
        snprintf(claim.name, sizeof claim.name, "%s", name);
        if (!names_is_spec(claim.name))
            continue;
        names_id(id, &claim);
        ck_assert(names_read_id(id, &read));
        names_numbered(placed, name, 4000000000u);
        ck_assert_uint_le(strlen(placed) + strlen(NAMES_REPORT), 255);
        size_t bytes = strspn(read.name, "\xc3\xa9");
        ck_assert_uint_eq(bytes % 2, 0);
        if (length <= 150)
            ck_assert_str_eq(read.name, name);
    }
}
END_TEST

START_TEST(second_files_are_numbered)
{
    char out[NAMES_SIZE];
    names_numbered(out, "x.json", 1);
    ck_assert_str_eq(out, "x.json");
    names_numbered(out, "x.json", 2);
    ck_assert_str_eq(out, "x.2.json");
    names_numbered(out, "x.yaml", 2);
    ck_assert_str_eq(out, "x.2.yaml");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    TCase *tc = add_case(suite, "names");
    tcase_add_test(tc, specs);
    tcase_add_test(tc, wrong_names);
    tcase_add_test(tc, ids_are_read_as_written);
    tcase_add_test(tc, other_names_are_no_ids);
    tcase_add_test(tc, long_names_are_shortened);
    tcase_add_test(tc, second_files_are_numbered);
    return check_main(suite);
}
