/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "lib/spec/words.h"

bool words_has_only(const char *text, const char *others)
{
    if (!isalnum((unsigned char)text[0]))
        return false;
    for (; *text != '\0'; text++)
        if (!isalnum((unsigned char)*text) && strchr(others, *text) == NULL)
            return false;
    return true;
}

bool words_is_path(const char *text)
{
    bool named = false;
    for (const char *p = text; *p != '\0'; p++) {
        if (isalnum((unsigned char)*p))
            named = true;
        else if (strchr("._/-", *p) == NULL)
            return false;
    }
    return named && text[0] != '-';
}
