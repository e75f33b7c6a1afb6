/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/names.h"

static const char suffix[] = ".json";

bool names_is_spec(const char *name)
{
    size_t length = strlen(name), end = sizeof suffix - 1;
    return name[0] != '.' && length > end && strcmp(name + length - end, suffix) == 0;
}

/* Bytes of the stem (without ".json") that may stay, never half a UTF-8 character. */
static int stem_length(const char *name)
{
    size_t length = strlen(name) - (sizeof suffix - 1), most = NAMES_LONGEST - (sizeof suffix - 1);
    if (length > most) {
        length = most;
        while (length > 1 && ((unsigned char)name[length] & 0xc0) == 0x80)
            length--;
    }
    return (int)length;
}

void names_claim(char id[NAMES_SIZE], int64_t unix_ms, uint64_t inode, const char *name)
{
    snprintf(id, NAMES_SIZE, "%013" PRId64 "-%" PRIu64 "-%.*s%s", unix_ms, inode, stem_length(name),
        name, suffix);
}

const char *names_claimed(const char *id)
{
    const char *rest = id;
    for (int part = 0; part < 2; part++) {
        size_t digits = strspn(rest, "0123456789");
        if (digits == 0 || rest[digits] != '-')
            return NULL;
        rest += digits + 1;
    }
    return names_is_spec(rest) ? rest : NULL;
}

void names_numbered(char out[NAMES_SIZE], const char *name, unsigned number)
{
    char inset[16] = "";
    if (number > 1)
        snprintf(inset, sizeof inset, ".%u", number);
    snprintf(out, NAMES_SIZE, "%.*s%s%s", stem_length(name), name, inset, suffix);
}
