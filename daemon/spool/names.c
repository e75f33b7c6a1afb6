/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/spool/names.h"
#include "sweep/generate.h"

bool names_is_spec(const char *name)
{
    size_t length = strlen(name), end = strlen(NAMES_SPEC);
    return name[0] != '.' && length > end && strcmp(name + length - end, NAMES_SPEC) == 0;
}

/* Bytes of the stem (without ".json") that may stay, never half a UTF-8 character. */
static int stem_length(const char *name)
{
    size_t length = strlen(name) - strlen(NAMES_SPEC), max = NAMES_MAX - strlen(NAMES_SPEC);
    if (length > max) {
        length = max;
        while (length > 1 && ((unsigned char)name[length] & 0xc0) == 0x80)
            length--;
    }
    return (int)length;
}

void names_id(char id[NAMES_SIZE], const struct names_claim *claim)
{
    snprintf(id, NAMES_SIZE, "%013" PRId64 "-%" PRIu64 "-%u-%.*s%s", claim->unix_ms, claim->inode,
        claim->attempt, stem_length(claim->name), claim->name, NAMES_SPEC);
}

/* Reads digits up to a '-', and goes behind it. NULL when it is no such number. */
static const char *read_number(const char *text, uint64_t most, uint64_t *number)
{
    char *end;
    if (*text < '0' || *text > '9')
        return NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    *number = value;
    return errno == 0 && *end == '-' && value <= most ? end + 1 : NULL;
}

bool names_read_id(const char *id, struct names_claim *claim)
{
    uint64_t unix_ms, inode, attempt;
    const char *rest = read_number(id, INT64_MAX, &unix_ms);
    rest = rest != NULL ? read_number(rest, UINT64_MAX, &inode) : NULL;
    rest = rest != NULL ? read_number(rest, NAMES_ATTEMPTS, &attempt) : NULL;
    if (rest == NULL || !names_is_spec(rest) || strlen(rest) >= sizeof claim->name)
        return false;
    claim->unix_ms = (int64_t)unix_ms;
    claim->inode = inode;
    claim->attempt = (unsigned)attempt;
    strcpy(claim->name, rest);
    return true;
}

void names_stage(char stage[NAMES_SIZE], const struct names_claim *claim)
{
    snprintf(stage, NAMES_SIZE, SWEEP_STAGE_PREFIX "%013" PRId64 "-%" PRIu64, claim->unix_ms,
        claim->inode);
}

void names_numbered(char out[NAMES_SIZE], const char *name, unsigned number)
{
    char inset[16] = "";
    if (number > 1)
        snprintf(inset, sizeof inset, ".%u", number);
    snprintf(out, NAMES_SIZE, "%.*s%s%s", stem_length(name), name, inset, NAMES_SPEC);
}
