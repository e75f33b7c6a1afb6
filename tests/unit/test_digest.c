/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/util/digest.h"
#include "tests/unit/check_main.h"

/* From FIPS 180-4 and the examples published with it. */
static const struct {
    const char *text, *hex;
} vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
     "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

START_TEST(vector)
{
    char hex[DIGEST_HEX];
    memset(hex, '#', sizeof hex);
    digest_of(vectors[_i].text, strlen(vectors[_i].text), hex);
    ck_assert_str_eq(hex, vectors[_i].hex);
}
END_TEST

START_TEST(a_million_letters)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    char hex[DIGEST_HEX];
    strbuf_repeat(&text, 'a', 1000000);
    digest_of(text.data, text.length, hex);
    ck_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

/* The digest of a NULL-terminated list of strings. */
static void digest_list(const char *const *pieces, char hex[DIGEST_HEX])
{
    struct sha256_ctx context;
    sha256_init(&context);
    for (; *pieces != NULL; pieces++)
        digest_add(&context, *pieces, strlen(*pieces));
    digest_finish(&context, hex);
}

START_TEST(no_two_lists_look_alike)
{
    static const char *const lists[][4] = {{NULL}, {"", NULL}, {"", "", NULL}, {"abc", NULL},
        {"ab", "c", NULL}, {"a", "bc", NULL}, {"a", "b", "c", NULL}, {"abc", "", NULL},
        {"", "abc", NULL}, {"c", "ab", NULL}};
    char hex[COUNT(lists)][DIGEST_HEX], plain[DIGEST_HEX];
    digest_of("abc", 3, plain);
    for (size_t i = 0; i < COUNT(lists); i++) {
        digest_list(lists[i], hex[i]);
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(strcmp(hex[i], hex[k]) != 0, "lists %zu and %zu", k, i);
    }
    ck_assert_str_ne(hex[3], plain);
    digest_list(lists[4], plain);
    ck_assert_str_eq(hex[4], plain); /* the same list has the same digest */
}
END_TEST

/* It is part of the names of sweep directories, so it must not change between releases. */
START_TEST(length_is_eight_bytes_in_front)
{
    char hex[DIGEST_HEX], wanted[DIGEST_HEX];
    CLEANUP_STRBUF struct strbuf piece = {0}, whole = {0};
    strbuf_repeat(&piece, 'x', 259);
    strbuf_append(&whole, "\3\1\0\0\0\0\0\0", 8);
    strbuf_append(&whole, piece.data, piece.length);
    const char *const list[] = {piece.data, NULL};
    digest_list(list, hex);
    digest_of(whole.data, whole.length, wanted);
    ck_assert_str_eq(hex, wanted);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("digest");
    TCase *tc = add_case(suite, "digest");
    tcase_add_loop_test(tc, vector, 0, (int)COUNT(vectors));
    tcase_add_test(tc, a_million_letters);
    tcase_add_test(tc, no_two_lists_look_alike);
    tcase_add_test(tc, length_is_eight_bytes_in_front);
    return check_main(suite);
}
