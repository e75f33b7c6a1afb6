/* SPDX-License-Identifier: Apache-2.0
 *
 * similar_read() returns the tree that the parser would, or NULL. Tested with random documents and
 * random changes of their text, both those that it is made for and others.
 *
 * SWEEP_SEED and SWEEP_CASES select the cases. Case i of seed S is the first case of seed S + i, so
 * a failure is reproduced with the seed in its message and SWEEP_CASES=1.
 */
#include "lib/trainer/embedded.h"
#include "lib/doc/similar.h"
#include "tests/property/documents.h"
#include "tests/unit/check_main.h"
#include "tests/property/cases.h"

enum { TEXTS_PER_CASE = 4 };

#define PICK(random, array) ((array)[random_below((random), COUNT(array))])

/* The number of texts, of those that were changed, and of changed ones read by comparing. */
static uint64_t n_texts, n_changed, n_compared;

static void fail_case(uint64_t seed, const char *what, const char *known, const char *given)
{
    ck_abort_msg("%s\n# SWEEP_SEED=%llu SWEEP_CASES=1\n# --- known\n%s\n# --- given\n%s", what,
        (unsigned long long)seed, known, given);
}

/* --- texts -------------------------------------------------------------------------------- */

/* Usually a random document, sometimes an embedded base. */
static void random_text(struct random *random, struct strbuf *out)
{
    size_t n = 0;
    while (embedded_files[n].name != NULL)
        n++;
    const struct embedded_file *file = &embedded_files[random_below(random, n)];
    if (random_one_in(random, 40) && strncmp(file->name, "bases/", 6) == 0)
        strbuf_append(out, file->data, file->size);
    else
        random_document(random, out);
}

static bool is_word_char(char c)
{
    return c != '\0' &&
           strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-", c) != NULL;
}

/* True if a value can start here: after ": ", "- ", a bracket or a comma. */
static bool begins_value(const char *text, size_t at)
{
    return at >= 2 && is_word_char(text[at]) && text[at - 1] == ' ' &&
           strchr(":-,[", text[at - 2]) != NULL;
}

/* Finds a word of the text after a random offset, usually a value: bytes [*start, *end). False if
 * there is none. */
static bool random_word(
    struct random *random, const struct strbuf *text, size_t *start, size_t *end)
{
    bool any = random_one_in(random, 8);
    size_t at = text->length > 0 ? random_below(random, text->length) : 0;
    while (
        at < text->length && (any ? !is_word_char(text->data[at]) : !begins_value(text->data, at)))
        at++;
    if (at == text->length)
        return false;
    for (*start = at; *start > 0 && is_word_char(text->data[*start - 1]);)
        --*start;
    for (*end = at; *end < text->length && is_word_char(text->data[*end]);)
        ++*end;
    return true;
}

static void replace(struct strbuf *text, size_t start, size_t end, const char *bytes, size_t length)
{
    struct strbuf out = {0};
    strbuf_append(&out, text->data, start);
    strbuf_append(&out, bytes, length);
    strbuf_append(&out, text->data + end, text->length - end);
    strbuf_deinit(text);
    *text = out;
}

/* Replaces a word by another, as between the runs of a sweep. */
static void change_word(struct random *random, struct strbuf *text)
{
    static const char *const words[] = {"1", "0", "42", "-1", "0.5", "3e-4", "1e5", "2e-5", "True",
        "false", "no", "null", "word", "two_words", "a.b.C", "/x/y-1", "../z", "-", "--", "---",
        "----", "...", "..", ".", "", ".inf", "-.nan", "1e999", "9223372036854775808", "08", "0x1F",
        "1_000", "=", "+1", "0b1", "y", "~", "..a", "---a", "-x", "1.", ".5", "0o7", "2024-01-01"};
    size_t start, end;
    if (!random_word(random, text, &start, &end))
        return;
    const char *word = PICK(random, words);
    replace(text, start, end, word, strlen(word));
}

/* Replaces one word by two, or two by one; the rest of the text moves. */
static void swap_words(struct random *random, struct strbuf *text)
{
    size_t start, end, other, other_end;
    if (!random_word(random, text, &start, &end) ||
        !random_word(random, text, &other, &other_end) || end > other)
        return;
    CLEANUP_FREE char *first = strndup(text->data + start, end - start);
    CLEANUP_FREE char *second = strndup(text->data + other, other_end - other);
    replace(text, other, other_end, first, strlen(first));
    replace(text, start, end, second, strlen(second));
}

/* Inserts characters that are special in YAML anywhere. */
static void insert(struct random *random, struct strbuf *text)
{
    static const char *const pieces[] = {" ", "  ", "\n", "\r", "\t", ":", ": ", "#", " #", " # c",
        "-", "- ", "'", "\"", "[", "]", "{", "}", ",", "&a ", "*a", "!", "!!str ", "|", ">", "%",
        "@", "`", "?", "? ", "~", "=", "<<: ", "\\", "a", "1", ".", "_", "\n---\n", "\n...\n",
        "\xc3\xa9", "\xc2\x85", "\xef\xbb\xbf", "\xff", "\x01", "\nk0: 1\n"};
    size_t at = random_below(random, text->length + 1);
    const char *piece = PICK(random, pieces);
    replace(text, at, at, piece, strlen(piece));
}

static void delete (struct random *random, struct strbuf *text)
{
    if (text->length == 0)
        return;
    size_t at = random_below(random, text->length);
    size_t max = text->length - at < 4 ? text->length - at : 4;
    replace(text, at, at + 1 + random_below(random, max), "", 0);
}

static void quote(struct random *random, struct strbuf *text)
{
    size_t start, end;
    if (!random_word(random, text, &start, &end))
        return;
    const char *mark = random_one_in(random, 2) ? "'" : "\"";
    replace(text, end, end, mark, 1);
    replace(text, start, start, mark, 1);
}

/* Inserts a word that is too long to be a key. */
static void lengthen(struct random *random, struct strbuf *text)
{
    char word[3000];
    size_t start, end, length = random_below(random, sizeof word);
    memset(word, 'w', sizeof word);
    if (random_word(random, text, &start, &end))
        replace(text, start, end, word, length);
}

static void change(struct random *random, struct strbuf *text)
{
    switch (random_below(random, 20)) {
    case 0:
        insert(random, text);
        return;
    case 1:
        delete (random, text);
        return;
    case 2:
        quote(random, text);
        return;
    case 3:
        lengthen(random, text);
        return;
    case 4:
    case 5:
        swap_words(random, text);
        return;
    default:
        change_word(random, text);
    }
}

/* --- cases -------------------------------------------------------------------------------- */

static void check_text(
    uint64_t seed, struct similar *similar, const struct strbuf *known, const struct strbuf *given)
{
    struct yaml_doc *doc = NULL;
    /* an exact copy, so that a sanitizer detects a read beyond the end */
    CLEANUP_FREE char *exact = malloc(given->length + 1);
    memcpy(exact, given->data, given->length);
    const json_t *tree = similar_read(similar, exact, given->length);
    enum sweep_code code = yaml_parse(given->data, given->length, "f", NULL, &doc);
    if (tree != NULL && code != SWEEP_OK)
        fail_case(seed, "read, although it cannot be parsed", known->data, given->data);
    if (tree != NULL && !json_equal(tree, doc->tree))
        fail_case(seed, "read as another tree", known->data, given->data);
    bool same =
        known->length == given->length && memcmp(known->data, given->data, known->length) == 0;
    if (same && tree == NULL)
        fail_case(seed, "the known text itself is not read", known->data, given->data);
    n_texts++;
    if (!same)
        n_changed++;
    if (!same && tree != NULL)
        n_compared++;
    yaml_doc_free(doc);
}

static void run_case(uint64_t seed)
{
    struct random random = {seed};
    struct yaml_doc *doc = NULL;
    CLEANUP_STRBUF struct strbuf known = {0};
    random_text(&random, &known);
    if (yaml_parse(known.data, known.length, "f", NULL, &doc) != SWEEP_OK)
        fail_case(seed, "the document itself is wrong", known.data, "");
    bool exotic = doc->exotic;
    struct similar *similar = similar_new(doc);
    if ((similar == NULL) != exotic)
        fail_case(seed, "only exotic documents may be rejected", known.data, "");
    for (int i = 0; similar != NULL && i < TEXTS_PER_CASE; i++) {
        CLEANUP_STRBUF struct strbuf given = {0};
        strbuf_append(&given, known.data, known.length);
        for (uint64_t n = random_below(&random, 4); n > 0; n--)
            change(&random, &given);
        strbuf_append(&given, "", 0);
        check_text(seed, similar, &known, &given);
    }
    similar_free(similar);
}

START_TEST(similar_texts)
{
    for (uint64_t i = 0; i < n_cases; i++)
        run_case(first_seed + i);
    if (n_cases < 1000)
        return;
    /* both outcomes must occur often */
    ck_assert_msg(n_compared * 10 > n_changed && n_compared * 2 < n_changed,
        "%llu texts, %llu changed, %llu of them read by comparing", (unsigned long long)n_texts,
        (unsigned long long)n_changed, (unsigned long long)n_compared);
}
END_TEST

int main(void)
{
    choose_cases(20000);
    Suite *suite = suite_create("property similar");
    TCase *tc = add_case(suite, "similar");
    tcase_set_timeout(tc, 280);
    tcase_add_test(tc, similar_texts);
    return check_main(suite);
}
