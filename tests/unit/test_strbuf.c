/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check_main.h"

START_TEST(appends_of_all_kinds)
{
    CLEANUP_STRBUF struct strbuf buf = {0};
    strbuf_append(&buf, "ab", 2);
    strbuf_putc(&buf, 'c');
    strbuf_puts(&buf, "de");
    strbuf_repeat(&buf, '-', 3);
    strbuf_repeat(&buf, 'x', 0);
    strbuf_printf(&buf, "%d%%", 7);
    assert_buffer(buf, "abcde---7%");
}
END_TEST

START_TEST(nul_bytes_are_counted)
{
    CLEANUP_STRBUF struct strbuf buf = {0};
    strbuf_append(&buf, "a\0b", 3);
    strbuf_putc(&buf, '\0');
    ck_assert_uint_eq(buf.length, 4);
    ck_assert_mem_eq(buf.data, "a\0b\0", 5);
}
END_TEST

START_TEST(nothing_appended_has_no_data_or_an_empty_string)
{
    struct strbuf buf = {0};
    ck_assert_ptr_null(buf.data);
    strbuf_append(&buf, NULL, 0);
    assert_buffer(buf, "");
    strbuf_deinit(&buf);
    ck_assert_ptr_null(buf.data);
    ck_assert_uint_eq(buf.capacity, 0);
    strbuf_deinit(&buf); /* may be called twice */
}
END_TEST

START_TEST(grows_past_every_boundary)
{
    CLEANUP_STRBUF struct strbuf buf = {0};
    for (int i = 0; i < 5000; i++) {
        strbuf_putc(&buf, (char)('a' + i % 26));
        ck_assert_uint_eq(buf.length, (size_t)i + 1);
        ck_assert_int_eq(buf.data[i + 1], '\0');
        ck_assert(buf.capacity > buf.length);
    }
    for (int i = 0; i < 5000; i++)
        ck_assert_int_eq(buf.data[i], 'a' + i % 26);
}
END_TEST

START_TEST(printf_longer_than_the_buffer)
{
    CLEANUP_STRBUF struct strbuf buf = {0};
    strbuf_puts(&buf, "<");
    strbuf_printf(&buf, "%10000d", 42);
    strbuf_puts(&buf, ">");
    ck_assert_uint_eq(buf.length, 10002);
    ck_assert_str_eq(buf.data + 9997, "  42>");
}
END_TEST

START_TEST(reserve_does_not_change_the_text)
{
    CLEANUP_STRBUF struct strbuf buf = {0};
    strbuf_puts(&buf, "kept");
    ck_assert(strbuf_reserve(&buf, 100000));
    ck_assert(buf.capacity >= 100004);
    const char *data = buf.data;
    strbuf_repeat(&buf, '.', 100000);
    ck_assert_ptr_eq(buf.data, data); /* the room was reserved */
    ck_assert_mem_eq(buf.data, "kept....", 8);
}
END_TEST

START_TEST(steal_hands_over_and_empties)
{
    struct strbuf buf = {0};
    strbuf_puts(&buf, "text");
    char *text = strbuf_steal(&buf);
    ck_assert_str_eq(text, "text");
    free(text);
    ck_assert_ptr_null(buf.data);
    ck_assert_uint_eq(buf.length, 0);
    text = strbuf_steal(&buf);
    ck_assert_ptr_nonnull(text);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST(failure_is_remembered)
{
    struct strbuf buf = {0};
    strbuf_puts(&buf, "before");
    ck_assert(!strbuf_reserve(&buf, SIZE_MAX));
    ck_assert(buf.oom);
    strbuf_puts(&buf, "after");
    strbuf_printf(&buf, "%d", 1);
    ck_assert_uint_eq(buf.length, 6);
    ck_assert(!strbuf_reserve(&buf, 1));
    ck_assert_ptr_null(strbuf_steal(&buf));
    /* Stealing empties, so the buffer can be used again. */
    ck_assert(!buf.oom);
    strbuf_puts(&buf, "again");
    assert_buffer(buf, "again");
    strbuf_deinit(&buf);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("strbuf");
    TCase *tc = add_case(suite, "strbuf");
    tcase_add_test(tc, appends_of_all_kinds);
    tcase_add_test(tc, nul_bytes_are_counted);
    tcase_add_test(tc, nothing_appended_has_no_data_or_an_empty_string);
    tcase_add_test(tc, grows_past_every_boundary);
    tcase_add_test(tc, printf_longer_than_the_buffer);
    tcase_add_test(tc, reserve_does_not_change_the_text);
    tcase_add_test(tc, steal_hands_over_and_empties);
    tcase_add_test(tc, failure_is_remembered);
    return check_main(suite);
}
