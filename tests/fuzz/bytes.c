/* SPDX-License-Identifier: Apache-2.0
 *
 * Feeds a fuzz target of texts: its own good ones, damaged. SWEEP_SEED and SWEEP_CASES choose what
 * is tried: case i of seed S is the only case of seed S + i, which is named when it fails.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/bytes.h"

enum { MOST = 4096 };

static struct {
    uint64_t random;
    size_t length;
    char bytes[MOST];
} text;

static uint64_t current_seed;

static uint64_t below(uint64_t n)
{
    uint64_t z = text.random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % n;
}

/* Replaces `drop` bytes at `at`; what does not fit any more falls off the end. */
static void replace(size_t at, size_t drop, const char *bytes, size_t length)
{
    char rest[MOST];
    size_t behind = text.length - at - drop, room = MOST - at;
    length = length < room ? length : room;
    memcpy(rest, text.bytes + at + drop, behind);
    memmove(text.bytes + at, bytes, length);
    behind = behind < room - length ? behind : room - length;
    memcpy(text.bytes + at + length, rest, behind);
    text.length = at + length + behind;
}

static void damage(void)
{
    static const char *const pieces[] = {"{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00",
        "\\ud800", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xff", "\xef\xbb\xbf", "\x1b[31m",
        "\xe2\x80\xae", "\x7f", "\n", "\t", " ", "-", "1e", "1e999", "0x1", "99999999999999999999",
        "nul", "true", "null", "&a ", "*a", "<<: ", "!!x ", "---\n", "#", "..", "/", "{run}",
        "[[[[[[[[", "\"a\":", "2 GiB", "auto", "\"=", "={", "}}", "{id}", "{name}", "{seed}", "lr",
        " * ", "(", ")", " if ", " and ", "\n---\n", "\"where\": "};
    size_t n = sizeof pieces / sizeof *pieces, at = below(text.length + 1);
    size_t length = 1 + below(8);
    length = length < text.length - at ? length : text.length - at;
    const char *piece = pieces[below(n)];
    switch (below(6)) {
    case 0:
        replace(at, 0, piece, strlen(piece));
        break;
    case 1:
        replace(at, length, piece, strlen(piece));
        break;
    case 2:
        replace(at, length, "", 0);
        break;
    case 3:
        replace(at, 0, text.bytes + below(text.length + 1 - length), length);
        break;
    case 4:
        text.length = at;
        break;
    default:
        if (at < text.length)
            text.bytes[at] =
                (char)(below(4) == 0 ? below(256) : (unsigned char)text.bytes[at] ^ 1u);
        break;
    }
}

static void one_case(uint64_t seed)
{
    size_t n = 0;
    while (fuzz_texts[n] != NULL)
        n++;
    text.random = current_seed = seed;
    const char *chosen = fuzz_texts[below(n)];
    text.length = strlen(chosen);
    memcpy(text.bytes, chosen, text.length);
    for (uint64_t times = below(6); times > 0; times--)
        damage();
    /* An exact copy: a byte read behind it is noticed. */
    uint8_t *copy = malloc(text.length > 0 ? text.length : 1);
    if (copy == NULL)
        abort();
    memcpy(copy, text.bytes, text.length);
    if (getenv("SWEEP_SHOW") != NULL) {
        fwrite(text.bytes, 1, text.length, stdout);
        puts("");
        fflush(stdout);
    }
    LLVMFuzzerTestOneInput(copy, text.length);
    free(copy);
}

/* After abort() and in a crash: which case it was. */
static void on_crash(int number)
{
    char line[64];
    int length = snprintf(
        line, sizeof line, "SWEEP_SEED=%llu SWEEP_CASES=1\n", (unsigned long long)current_seed);
    if (write(STDERR_FILENO, line, (size_t)length) < 0)
        _exit(99);
    signal(number, SIG_DFL);
    raise(number);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? strtoull(value, NULL, 10) : otherwise;
}

int main(void)
{
    uint64_t seed = setting("SWEEP_SEED", 1), cases = setting("SWEEP_CASES", fuzz_cases);
    signal(SIGABRT, on_crash);
    signal(SIGSEGV, on_crash);
    for (uint64_t i = 0; i < cases; i++)
        one_case(seed + i);
    printf("%llu cases, %llu of them good\n", (unsigned long long)cases,
        (unsigned long long)fuzz_good);
    /* Only good inputs, or hardly any, would prove little. */
    return cases < 1000 || (fuzz_good > cases / 20 && fuzz_good < cases - cases / 5) ? 0 : 1;
}
