/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a text is a whole document, the beginning of one, or neither.
 */
#include "daemon/spool/settle.h"
#include "tests/unit/check_main.h"

static void classified(const char *const *texts, size_t n, enum settle_text wanted)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(settle_classify(texts[i], strlen(texts[i])) == wanted, "%s", texts[i]);
}

START_TEST(whole_documents)
{
    static const char *const texts[] = {
        "{}", " [] \n",
        "{\"a\": [1, -0.5e+3, true, false, null, \"\\u00e4\\\"\"], \"b\": {\"c\": {}}}",
        "[1e999, 12345678901234567890]", "{\"a\": 1,}", "[1, 2, ]",
        "// first\n{ /* } */ \"a\": \"// no comment\" } // last", "\xef\xbb\xbf{}",
        "{} \xe2\x82", /* half a character: the generator reports it */
    };
    classified(texts, COUNT(texts), SETTLE_COMPLETE);
}
END_TEST

START_TEST(beginnings)
{
    static const char *const texts[] = {
        "",
        " \n",
        "{",
        "[1, tru",
        "{\"a",
        "{\"a\": \"\\",
        "{\"a\": \"\\u00",
        "{\"a\": -",
        "{\"a\": 1.",
        "{\"a\": 1e",
        "{\"a\": [1,",
        "{} /",
        "{} /* open",
        "{\"a\": \"\xe2\x82",
        "\xef\xbb",
    };
    classified(texts, COUNT(texts), SETTLE_CUT_SHORT);
    ck_assert_int_eq(settle_classify(NULL, 0), SETTLE_CUT_SHORT);
    ck_assert_int_eq(settle_classify("{}\0", 3), SETTLE_CUT_SHORT);
}
END_TEST

START_TEST(other_texts)
{
    static const char *const texts[] = {
        "1",
        "\"text\"",
        "name: x",
        "{} {}",
        "[1 2]",
        "[1}",
        "{\"a\": 1]",
        "{\"a\" 1}",
        "{\"a\":}",
        "{\"a\": ]}",
        "{1: 2}",
        "{,}",
        "[,]",
        "[1,,]",
        "[01]",
        "[1.]",
        "[+1]",
        "[truth]",
        "[\"\\x\"]",
        "[\"\\u00g0\"]",
        "[\"line\nfeed\"]",
        "]",
        "{} x",
        "# comment\n{}",
    };
    classified(texts, COUNT(texts), SETTLE_BROKEN);
}
END_TEST

START_TEST(depth)
{
    enum { MAX = 2048 };
    char text[2 * MAX + 2];
    memset(text, '[', MAX);
    memset(text + MAX, ']', MAX);
    ck_assert_int_eq(settle_classify(text, MAX), SETTLE_CUT_SHORT);
    ck_assert_int_eq(settle_classify(text, 2 * MAX), SETTLE_COMPLETE);
    memset(text, '[', MAX + 1);
    ck_assert_int_eq(settle_classify(text, MAX + 1), SETTLE_BROKEN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("settle");
    TCase *tc = add_case(suite, "classify");
    tcase_add_test(tc, whole_documents);
    tcase_add_test(tc, beginnings);
    tcase_add_test(tc, other_texts);
    tcase_add_test(tc, depth);
    return check_main(suite);
}
