/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/doc/encoding.h"
#include "lib/util/text.h"

/* What a file begins with. UTF-32 is before UTF-16, whose mark its own begins with. A spec and a
 * config begin with an ASCII character, so a NUL tells the encodings without a mark. */
static const struct {
    const char *start;
    size_t length;
    const char *what, *command;
} encoding_starts[] = {
    {"\xff\xfe\0\0", 4, "UTF-32", "iconv -f UTF-32 -t UTF-8"},
    {"\0\0\xfe\xff", 4, "UTF-32", "iconv -f UTF-32 -t UTF-8"},
    {"\xff\xfe", 2, "UTF-16", "iconv -f UTF-16 -t UTF-8"},
    {"\xfe\xff", 2, "UTF-16", "iconv -f UTF-16 -t UTF-8"},
    {"\x1f\x8b", 2, "gzip data", "gunzip -c"},
    {"BZh", 3, "bzip2 data", "bunzip2 -c"},
    {"\xfd"
     "7zXZ",
        5, "xz data", "unxz -c"},
    {"\x28\xb5\x2f\xfd", 4, "zstd data", "unzstd -c"},
};

static bool encoding_is(struct encoding_mistake *out, const char *what, const char *command)
{
    snprintf(out->message, sizeof out->message, "the file is %s, not UTF-8 text", what);
    snprintf(out->hint, sizeof out->hint, "convert it: %s <OLD >NEW", command);
    return true;
}

/* ASCII in UTF-16 has a NUL in every second byte. Three characters are enough to be sure. */
static bool encoding_has_nuls(const char *text, size_t length, size_t first)
{
    if (length < 6)
        return false;
    for (size_t i = 0; i < 6; i++)
        if ((text[i] == '\0') != (i % 2 == first))
            return false;
    return true;
}

/* The first byte that is not UTF-8 is at out->offset. */
static bool encoding_single_bytes(const char *text, size_t length, struct encoding_mistake *out)
{
    bool has_multibyte = false, has_c1 = false;
    for (size_t i = 0, n; i < length; i += n) {
        unsigned char c = (unsigned char)text[i];
        uint32_t decoded;
        n = utf8_decode(text + i, length - i, &decoded);
        if (n > 1)
            has_multibyte = true;
        if (n == 0 && c < 0xa0)
            has_c1 = true;
        if (n == 0)
            n = 1;
    }
    unsigned bad = (unsigned char)text[out->offset];
    if (has_multibyte || bad >= 0xfe) {
        snprintf(out->message, sizeof out->message, "byte 0x%02x is not valid UTF-8", bad);
        snprintf(
            out->hint, sizeof out->hint, "type this character again, in an editor set to UTF-8");
        return true;
    }
    snprintf(out->message, sizeof out->message,
        "byte 0x%02x is not valid UTF-8; the file seems to be in %s", bad,
        has_c1 ? "Windows-1252" : "Latin-1");
    snprintf(out->hint, sizeof out->hint, "convert it: iconv -f %s -t UTF-8 <OLD >NEW",
        has_c1 ? "WINDOWS-1252" : "LATIN1");
    return true;
}

bool encoding_find_mistake(const char *text, size_t length, struct encoding_mistake *out)
{
    *out = (struct encoding_mistake){0};
    for (size_t i = 0; i < sizeof encoding_starts / sizeof *encoding_starts; i++)
        if (length >= encoding_starts[i].length &&
            memcmp(text, encoding_starts[i].start, encoding_starts[i].length) == 0)
            return encoding_is(out, encoding_starts[i].what, encoding_starts[i].command);
    if (encoding_has_nuls(text, length, 1))
        return encoding_is(out, "UTF-16", "iconv -f UTF-16LE -t UTF-8");
    if (encoding_has_nuls(text, length, 0))
        return encoding_is(out, "UTF-16", "iconv -f UTF-16BE -t UTF-8");
    out->offset = utf8_valid_prefix(text, length);
    if (out->offset == length)
        return false;
    return encoding_single_bytes(text, length, out);
}
