/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/log.h"

static bool to_journal;

void log_init(void)
{
    /* The variable is inherited by everything below a service, also by programs whose stderr is
     * redirected. It names device and inode of the journal's stream, which tells the two apart. */
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    char here[64];
    to_journal = false;
    if (stream == NULL || fstat(STDERR_FILENO, &status) != 0)
        return;
    snprintf(here, sizeof here, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    to_journal = strcmp(stream, here) == 0;
}

/* Length of the UTF-8 character at `s`, and its code point; 0 when it is none. */
static size_t character(const unsigned char *s, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (length == 0 || s[0] > 0xf4)
        return 0;
    *code = length == 1 ? s[0] : s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (s[i] & 0x3f);
    }
    bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
    return *code < least[length] || *code > 0x10ffff || surrogate ? 0 : length;
}

static bool harmless(uint32_t code)
{
    bool control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
    bool line_end = code == 0x2028 || code == 0x2029;
    bool direction = code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
                     (code >= 0x2066 && code <= 0x2069);
    return !control && !line_end && !direction;
}

void log_escape(char *out, size_t size, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t used = 0;
    while (*s != '\0') {
        uint32_t code = 0;
        size_t length = character(s, &code);
        bool plain = length > 0 && harmless(code);
        if (length == 0)
            length = 1;
        size_t needed = plain ? length : 4 * length;
        if (used + needed >= size)
            break;
        if (plain) {
            memcpy(out + used, s, length);
        } else {
            for (size_t i = 0; i < length; i++)
                snprintf(out + used + 4 * i, 5, "\\x%02x", (unsigned)s[i]);
        }
        used += needed;
        s += length;
    }
    out[used] = '\0';
}

void log_line(enum log_priority priority, const char *format, ...)
{
    char text[LOG_TEXT_MAX], safe[LOG_TEXT_MAX], line[LOG_TEXT_MAX + 16];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    log_escape(safe, sizeof safe, text);
    int length = to_journal ? snprintf(line, sizeof line, "<%d>%s\n", (int)priority, safe)
                            : snprintf(line, sizeof line, "sweepd: %s\n", safe);
    /* One write, so that lines of several processes do not mix. Where it cannot be written there is
     * no better place to say so. */
    ssize_t written;
    do
        written = write(STDERR_FILENO, line, (size_t)length);
    while (written < 0 && errno == EINTR);
}
