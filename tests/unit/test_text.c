/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/util/text.h"
#include "tests/unit/check_main.h"

static const struct {
    const char *bytes;
    size_t length, taken; /* 0: malformed */
    uint32_t c;
} decodings[] = {
    {"a", 1, 1, 'a'},
    {"\0", 1, 1, 0},
    {"\x7f", 1, 1, 0x7f},
    {"\xc2\x80", 2, 2, 0x80},
    {"\xc3\xa9x", 3, 2, 0xe9},
    {"\xdf\xbf", 2, 2, 0x7ff},
    {"\xe0\xa0\x80", 3, 3, 0x800},
    {"\xe2\x82\xac", 3, 3, 0x20ac},
    {"\xed\x9f\xbf", 3, 3, 0xd7ff},
    {"\xee\x80\x80", 3, 3, 0xe000},
    {"\xef\xbf\xbf", 3, 3, 0xffff},
    {"\xf0\x90\x80\x80", 4, 4, 0x10000},
    {"\xf0\x9f\x98\x80", 4, 4, 0x1f600},
    {"\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff},
    /* overlong forms */
    {"\xc0\x80", 2, 0, 0},
    {"\xc1\xbf", 2, 0, 0},
    {"\xe0\x80\x80", 3, 0, 0},
    {"\xe0\x9f\xbf", 3, 0, 0},
    {"\xf0\x80\x80\x80", 4, 0, 0},
    {"\xf0\x8f\xbf\xbf", 4, 0, 0},
    /* surrogates, and values above the last code point */
    {"\xed\xa0\x80", 3, 0, 0},
    {"\xed\xbf\xbf", 3, 0, 0},
    {"\xf4\x90\x80\x80", 4, 0, 0},
    {"\xf5\x80\x80\x80", 4, 0, 0},
    {"\xf8\x88\x80\x80\x80", 5, 0, 0},
    {"\xff", 1, 0, 0},
    /* a lone continuation byte, sequences that are cut or interrupted */
    {"\x80", 1, 0, 0},
    {"\xbf", 1, 0, 0},
    {"\xc3", 1, 0, 0},
    {"\xe2\x82", 2, 0, 0},
    {"\xf0\x9f\x98", 3, 0, 0},
    {"\xc3(", 2, 0, 0},
    {"\xe2\x82(", 3, 0, 0},
    {"\xe2(\xac", 3, 0, 0},
};

START_TEST(decode)
{
    uint32_t c = 0xdead;
    ck_assert_uint_eq(
        utf8_decode(decodings[_i].bytes, decodings[_i].length, &c), decodings[_i].taken);
    if (decodings[_i].taken > 0)
        ck_assert_uint_eq(c, decodings[_i].c);
}
END_TEST

START_TEST(counts_and_prefixes)
{
    static const char mixed[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
    ck_assert_uint_eq(utf8_count("", 0), 0);
    ck_assert_uint_eq(utf8_count(mixed, sizeof mixed - 1), 4);
    ck_assert_uint_eq(utf8_valid_prefix(mixed, sizeof mixed - 1), sizeof mixed - 1);
    ck_assert_uint_eq(utf8_valid_prefix("", 0), 0);
    /* Every malformed byte counts as one. */
    ck_assert_uint_eq(utf8_count("\xff\xfe"
                                 "a",
                          3),
        3);
    ck_assert_uint_eq(utf8_count("\xe2\x82", 2), 2);
    ck_assert_uint_eq(utf8_valid_prefix("ab\xff"
                                        "cd",
                          5),
        2);
    ck_assert_uint_eq(utf8_valid_prefix("\xc3\xa9\xe2\x82", 4), 2);
    ck_assert_uint_eq(utf8_valid_prefix("a\0b", 3), 3);
}
END_TEST

START_TEST(hazardous_code_points)
{
    static const uint32_t bad[] = {0, 7, 8, 0x1b, 0x1f, 0x7f, 0x80, 0x9b, 0x9f, 0x61c, 0x200e,
        0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069};
    static const uint32_t good[] = {' ', '~', 0xa0, 0xe9, 0x61b, 0x200d, 0x2010, 0x2027, 0x2030,
        0x2065, 0x206a, 0x20ac, 0x4e2d, 0x1f600};
    for (size_t i = 0; i < COUNT(bad); i++)
        ck_assert_msg(code_point_is_hazardous(bad[i]), "U+%04X", bad[i]);
    for (size_t i = 0; i < COUNT(good); i++)
        ck_assert_msg(!code_point_is_hazardous(good[i]), "U+%04X", good[i]);
}
END_TEST

static const struct {
    const char *text;
    size_t length;
    const char *escaped;
} escapes[] = {
    {"", 0, ""},
    {"plain \"text\" \\ 'here'", 21, "plain \"text\" \\ 'here'"},
    {"a\nb\tc\rd", 7, "a\\nb\\tc\\x0dd"},
    {"\x1b[31mred", 8, "\\x1b[31mred"},
    {"a\0b", 3, "a\\x00b"},
    {"\x7f", 1, "\\x7f"},
    {"\xc2\x9b"
     "31m",
        5, "\\u{9b}31m"},
    {"\xe2\x80\xae"
     "abc",
        6, "\\u{202e}abc"},
    {"\xe2\x81\xa6", 3, "\\u{2066}"},
    {"\xe2\x80\xa8", 3, "\\u{2028}"},
    {"caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80", 14, "caf\xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80"},
    {"\xff\xc3", 2, "\\xff\\xc3"},
    {"\xed\xa0\x80", 3, "\\xed\\xa0\\x80"},
};

START_TEST(escape)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    text_escape(&out, escapes[_i].text, escapes[_i].length);
    assert_buffer(out, escapes[_i].escaped);
}
END_TEST

START_TEST(escape_into_a_buffer)
{
    char out[64];
    size_t n = sweep_escape(out, sizeof out, escapes[_i].text, escapes[_i].length);
    ck_assert_str_eq(out, escapes[_i].escaped);
    ck_assert_uint_eq(n, strlen(escapes[_i].escaped));
}
END_TEST

/* For any size: only whole characters, the ellipsis if it fits, and no byte beyond the end. */
START_TEST(escape_and_cut)
{
    static const char text[] = "a\xc3\xa9\x1b\xe2\x80\xae\xff"
                               "bc";
    static const char whole[] = "a\xc3\xa9\\x1b\\u{202e}\\xffbc";
    for (size_t size = 1; size <= sizeof whole + 2; size++) {
        char out[64];
        memset(out, 0x55, sizeof out);
        size_t n = sweep_escape(out, size, text, sizeof text - 1);
        ck_assert_uint_lt(n, size);
        ck_assert_uint_eq(n, strlen(out));
        ck_assert_int_eq(out[size], 0x55);
        ck_assert_uint_eq(utf8_valid_prefix(out, n), n);
        size_t kept = n >= 3 && strcmp(out + n - 3, "…") == 0 ? n - 3 : n;
        ck_assert_mem_eq(out, whole, kept);
        ck_assert_msg(whole[kept] == '\0' || kept == 0 || kept == 1 || kept == 3 || kept == 7 ||
                          kept == 15 || kept >= 19,
            "\"%s\"", out);
        ck_assert_int_eq(kept == n, size >= sizeof whole || size < 4);
    }
}
END_TEST

static const struct {
    const char *a, *b;
    unsigned limit, distance;
} distances[] = {
    {"", "", 3, 0},
    {"seed", "seed", 3, 0},
    {"", "abc", 3, 3},
    {"", "abc", 2, 3},
    {"seed", "sead", 3, 1},
    {"seed", "seeed", 3, 1},
    {"seed", "sed", 3, 1},
    {"sede", "seed", 3, 1}, /* neighbours swapped */
    {"esed", "seed", 3, 1},
    {"form", "from", 1, 1},
    {"ab", "ba", 1, 1},
    {"abcd", "badc", 3, 2}, /* two swaps */
    {"kitten", "sitting", 5, 3},
    {"kitten", "sitting", 2, 3}, /* more than the limit is limit + 1 */
    {"optimizer", "tokenizer", 9, 5},
    {"learning_rate", "learning_rates", 4, 1},
    {"a", "abcdefgh", 2, 3},
};

START_TEST(distance)
{
    unsigned limit = distances[_i].limit;
    ck_assert_uint_eq(
        text_distance(distances[_i].a, distances[_i].b, limit), distances[_i].distance);
    ck_assert_uint_eq(
        text_distance(distances[_i].b, distances[_i].a, limit), distances[_i].distance);
}
END_TEST

START_TEST(distance_of_long_words_stays_in_bounds)
{
    char a[200], b[200];
    for (size_t n = 60; n < 70; n++) {
        memset(a, 'a', n);
        memset(b, 'a', n);
        a[n] = b[n] = '\0';
        b[0] = 'b';
        unsigned got = text_distance(a, b, 2);
        ck_assert_msg(got == 1 || got == 3, "%zu bytes: %u", n, got);
    }
    memset(a, 'a', 199);
    a[199] = '\0';
    ck_assert_uint_eq(text_distance(a, "a", 5), 6);
}
END_TEST

static const struct {
    const char *word, *candidates[4], *best;
} suggestions[] = {
    {"lerning_rate", {"seed", "learning_rate", "epochs"}, "learning_rate"},
    {"sead", {"epochs", "seed"}, "seed"},
    {"sed", {"epochs", "seed"}, "seed"},
    {"sxyd", {"seed"}, NULL},  /* one wrong letter in a short word */
    {"lr", {"ln", "l"}, NULL}, /* none in two letters */
    {"x", {"y", "xy"}, NULL},
    {"epochs", {"epochs"}, "epochs"},
    {"output", {"outpxx", "outputs"}, "outputs"},   /* the closest wins… */
    {"outputs", {"outpits", "outpats"}, "outpits"}, /* …and the first of equals */
    {"batchsise", {"batch_size"}, "batch_size"},    /* a third of nine is three */
    {"completely", {"different", "words"}, NULL},
    /* case and dashes do not matter */
    {"LoRA", {"lora"}, "lora"},
    {"max-seq-len", {"max_seq_len"}, "max_seq_len"},
    {"torch.optim.adamw", {"torch.optim.Adam", "torch.optim.AdamW"}, "torch.optim.AdamW"},
    {"plna", {"generate", "plan"}, "plan"},
    /* a part can be cut short */
    {"max_seq_len", {"max_seq_length"}, "max_seq_length"},
    {"learningrate", {"learning_rate"}, "learning_rate"},
    {"llama3_1/8B_lora_singel_device", {"llama3_1/8B_lora_single_device"},
        "llama3_1/8B_lora_single_device"},
    {"llama3_1_8B_lora_single_device", {"llama3_1/8B_lora_single_device"},
        "llama3_1/8B_lora_single_device"},
    /* a common beginning is not similarity */
    {"torchtune.modules.loss.LinearCrossEntropyLoss",
        {"torchtune.modules.loss.ReverseKLLoss", "torchtune.modules.loss.ForwardKLLoss"}, NULL},
    {"torchtune.modules.loss.ReverseKLLos", {"torchtune.modules.loss.ReverseKLLoss"},
        "torchtune.modules.loss.ReverseKLLoss"},
    {"torchtune.models.llama3.lora_llama3_8b", {"torchtune.models.llama3.llama3_8b"}, NULL},
    /* neither are a few common words */
    {"lora_finetune_distributed", {"full_finetune_distributed"}, NULL},
    {"lora_finetune_distribued", {"lora_finetune_distributed"}, "lora_finetune_distributed"},
    {"num_epochs", {"num_steps", "max_epoch"}, NULL},
    {"train_steps", {"warmup_steps"}, NULL},
    {"lora_alpha", {"lora_rank"}, NULL},
    {"top_p", {"top_k"}, NULL},
    /* other digits are other things */
    {"qwen3/8B_lora_single_device",
        {"qwen2_5/7B_lora_single_device", "qwen2/7B_lora_single_device"}, NULL},
    {"llama3_2/8B_lora", {"llama3_1/8B_lora"}, NULL},
    {"fp32", {"fp16", "bf16"}, NULL},
    {"bf16", {"fp16"}, NULL},
    {"8B_lora", {"7B_lora"}, NULL},
    {"epochs2", {"epochs"}, "epochs"},
};

START_TEST(suggest)
{
    struct suggestion suggestion = {.word = suggestions[_i].word};
    for (size_t i = 0; i < 4 && suggestions[_i].candidates[i] != NULL; i++)
        suggestion_offer(&suggestion, suggestions[_i].candidates[i]);
    ck_assert_pstr_eq(suggestion.best, suggestions[_i].best);
}
END_TEST

static const struct {
    const char *pattern, *text;
    bool matches;
} globs[] = {
    {"", "", true},
    {"", "a", false},
    {"*", "", true},
    {"*", "anything/at all", true},
    {"?", "", false},
    {"?", "a", true},
    {"?", "ab", false},
    {"abc", "abc", true},
    {"abc", "abcd", false},
    {"abc", "ab", false},
    {"a*", "a", true},
    {"*.json", "x.json", true},
    {"*.json", ".json", true},
    {"*.json", "x.jsonl", false},
    {"a*b*c", "a--b--b-c", true},
    {"a*b*c", "a--c--b", false},
    {"*ab", "aab", true},
    {"*a*a*", "a", false},
    {"?*?", "a", false},
    {"?*?", "ab", true},
    {"**", "x", true},
    {"a?c", "a.c", true},
    {"[ab]", "a", false},
    {"[ab]", "[ab]", true},
};

START_TEST(glob)
{
    ck_assert_msg(text_matches(globs[_i].pattern, globs[_i].text) == globs[_i].matches, "%s ~ %s",
        globs[_i].pattern, globs[_i].text);
}
END_TEST

START_TEST(glob_is_not_exponential)
{
    char text[201];
    memset(text, 'a', 200);
    text[200] = '\0';
    ck_assert(!text_matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}
END_TEST

static const struct {
    const char *text;
    size_t size;
    const char *copy;
} copies[] = {
    {"abc", 8, "abc"},
    {"abc", 4, "abc"},
    {"abc", 3, "ab"},
    {"abc", 1, ""},
    {"", 1, ""},
    {"a\xc3\xa9", 4, "a\xc3\xa9"},
    {"a\xc3\xa9", 3, "a"},
    {"a\xc3\xa9"
     "b",
        4, "a\xc3\xa9"},
    {"\xe2\x82\xac"
     "x",
        4, "\xe2\x82\xac"},
    {"\xe2\x82\xac"
     "x",
        3, ""},
    {"\xf0\x9f\x98\x80", 4, ""},
    {"\xf0\x9f\x98\x80", 5, "\xf0\x9f\x98\x80"},
};

START_TEST(copy)
{
    char out[16];
    memset(out, '#', sizeof out);
    text_copy(out, copies[_i].size, copies[_i].text);
    ck_assert_str_eq(out, copies[_i].copy);
    for (size_t i = copies[_i].size; i < sizeof out; i++)
        ck_assert_int_eq(out[i], '#');
}
END_TEST

/* As snprintf() writes them. */
START_TEST(numbers)
{
    static const uint64_t cases[] = {0, 1, 9, 10, 99, 100, 12345, 999999, 1000000, UINT64_MAX};
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int width = 0; width <= 20; width++) {
            char expected[32], found[21];
            int length =
                snprintf(expected, sizeof expected, "%0*llu", width, (unsigned long long)cases[i]);
            ck_assert_uint_eq(text_number(found, cases[i], width), (size_t)length);
            ck_assert_str_eq(found, expected);
        }
}
END_TEST

START_TEST(duplicate)
{
    CLEANUP_FREE char *text = text_duplicate("a\0bc", 3);
    ck_assert_mem_eq(text, "a\0b\0", 4);
    CLEANUP_FREE char *empty = text_duplicate("x", 0);
    ck_assert_str_eq(empty, "");
}
END_TEST

static const struct {
    const char *key, *message, *result;
} named[] = {
    {"packed", "enabled must be bool, got int", "packed: enabled must be bool, got int"},
    {"epochs", "epochs must be positive, got 0", "epochs must be positive, got 0"},
    {"lora", "rank of lora is 8", "rank of lora is 8"},
    {"lora", "lora_rank is 8", "lora: lora_rank is 8"},
    {"lora", "explora lora_", "lora: explora lora_"},
    {"", "no key", "no key"},
    {"a..b", "b of a", "b of a"},
    {"..", "dots", "dots"},
    {"seed", "axis \"seed\" is empty", "axis \"seed\" is empty"},
    {"optimizer.lr", "lr must be positive, got 0", "optimizer.lr: lr must be positive, got 0"},
    {"optimizer.lrr", "AdamW has no argument \"lrr\"", "AdamW has no argument \"lrr\""},
    {"profiler.enabled", "profiler is enabled", "profiler is enabled"},
    {"profiler.enabled", "profiler is off", "profiler.enabled: profiler is off"},
    {NULL, "no key", "no key"},
};

START_TEST(named_message)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    text_put_named(&out, named[_i].key, named[_i].message);
    ck_assert_str_eq(out.data, named[_i].result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tc = add_case(suite, "utf8");
    tcase_add_loop_test(tc, decode, 0, (int)COUNT(decodings));
    tcase_add_test(tc, counts_and_prefixes);
    tc = add_case(suite, "escape");
    tcase_add_test(tc, hazardous_code_points);
    tcase_add_loop_test(tc, escape, 0, (int)COUNT(escapes));
    tcase_add_loop_test(tc, escape_into_a_buffer, 0, (int)COUNT(escapes));
    tcase_add_test(tc, escape_and_cut);
    tc = add_case(suite, "suggest");
    tcase_add_loop_test(tc, distance, 0, (int)COUNT(distances));
    tcase_add_test(tc, distance_of_long_words_stays_in_bounds);
    tcase_add_loop_test(tc, suggest, 0, (int)COUNT(suggestions));
    tc = add_case(suite, "name");
    tcase_add_loop_test(tc, named_message, 0, (int)COUNT(named));
    tc = add_case(suite, "match");
    tcase_add_loop_test(tc, glob, 0, (int)COUNT(globs));
    tcase_add_test(tc, glob_is_not_exponential);
    tc = add_case(suite, "copy");
    tcase_add_loop_test(tc, copy, 0, (int)COUNT(copies));
    tcase_add_test(tc, duplicate);
    tcase_add_test(tc, numbers);
    return check_main(suite);
}
