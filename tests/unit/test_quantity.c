/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/common/quantity.h"
#include "tests/unit/check_main.h"

START_TEST(counts)
{
    static const char *const wrong[] = {
        "", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "18446744073709551616", "many"};
    uint64_t count = 7;
    ck_assert(quantity_count("0", &count));
    ck_assert_uint_eq(count, 0);
    ck_assert(quantity_count("18446744073709551615", &count));
    ck_assert_uint_eq(count, UINT64_MAX);
    for (size_t i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(!quantity_count(wrong[i], &count), "\"%s\"", wrong[i]);
}
END_TEST

START_TEST(sizes)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } right[] = {{"0", 0}, {"1000", 1000}, {"64 KiB", 65536}, {"64KiB", 65536}, {"1MiB", 1 << 20},
        {"2 GiB", UINT64_C(2) << 30}, {"1T", UINT64_C(1) << 40}, {"1.5K", 1536}, {"10MB", 10000000},
        {"1kB", 1000}, {"7 B", 7}, {"9007199254740993", UINT64_C(9007199254740993)}};
    static const char *const wrong[] = {"", "KiB", "1 XB", "1  KiB", "1 ", "-1K", "1..5K", ".5K",
        "1.K", "1KiBs", "0x1K", "inf", "nan", "1e3K", "99999999999999999999 TiB", "8388608 TiB"};
    uint64_t bytes;
    for (size_t i = 0; i < COUNT(right); i++) {
        ck_assert_msg(quantity_size(right[i].text, &bytes), "\"%s\"", right[i].text);
        ck_assert_uint_eq(bytes, right[i].bytes);
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(!quantity_size(wrong[i], &bytes), "\"%s\"", wrong[i]);
}
END_TEST

START_TEST(times)
{
    static const struct {
        const char *text;
        int64_t ms;
    } right[] = {{"0", 0}, {"30", 30000}, {"1.5", 1500}, {"30s", 30000}, {"30 s", 30000},
        {"5m", 300000}, {"5 min", 300000}, {"2h", 7200000}, {"1d", 86400000}, {"500ms", 500},
        {"0.001", 1}};
    static const char *const wrong[] = {"", "s", "-1", "1 week", "5M", "1:30", "1e3", "5 m m"};
    int64_t ms;
    for (size_t i = 0; i < COUNT(right); i++) {
        ck_assert_msg(quantity_time(right[i].text, &ms), "\"%s\"", right[i].text);
        ck_assert_int_eq(ms, right[i].ms);
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(!quantity_time(wrong[i], &ms), "\"%s\"", wrong[i]);
}
END_TEST

/* Output can be read again. */
START_TEST(written)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } sizes[] = {{0, "0 bytes"}, {1000, "1000 bytes"}, {1024, "1 KiB"}, {1536, "1536 bytes"},
        {3 << 20, "3 MiB"}, {UINT64_C(1) << 40, "1 TiB"}};
    static const struct {
        int64_t ms;
        const char *text;
    } times[] = {{0, "0 s"}, {10, "0.01 s"}, {1500, "1.5 s"}, {5000, "5 s"}, {60000, "1 min"},
        {90000, "90 s"}, {7200000, "2 h"}, {86400000, "1 d"}};
    char out[32];
    for (size_t i = 0; i < COUNT(sizes); i++) {
        quantity_write_size(sizes[i].bytes, out);
        ck_assert_str_eq(out, sizes[i].text);
    }
    for (size_t i = 0; i < COUNT(times); i++) {
        int64_t ms;
        quantity_write_time(times[i].ms, out);
        ck_assert_str_eq(out, times[i].text);
        ck_assert(quantity_time(out, &ms));
        ck_assert_int_eq(ms, times[i].ms);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quantity");
    TCase *tc = add_case(suite, "quantity");
    tcase_add_test(tc, counts);
    tcase_add_test(tc, sizes);
    tcase_add_test(tc, times);
    tcase_add_test(tc, written);
    return check_main(suite);
}
