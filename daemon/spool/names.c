/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/spool/names.h"
#include "sweep/generate.h"

/* The suffix of a spec, or of a file that may be one under a wrong name. NULL: neither. */
static const char *names_suffix(const char *name)
{
    static const char *const suffixes[] = {
        NAMES_SPEC, ".yaml", ".yml", ".txt", ".jsonc", ".json5", NULL};
    const char *dot = strrchr(name, '.');
    if (name[0] == '.' || dot == NULL)
        return NULL;
    for (const char *const *suffix = suffixes; *suffix != NULL; suffix++) {
        if (strcasecmp(dot, *suffix) == 0)
            return dot;
    }
    return NULL;
}

bool names_is_spec(const char *name)
{
    const char *suffix = names_suffix(name);
    return suffix != NULL && strcmp(suffix, NAMES_SPEC) == 0;
}

bool names_may_be_spec(const char *name)
{
    return names_suffix(name) != NULL;
}

/* How many bytes to keep of a name without its suffix, never half a UTF-8 character. */
static int names_stem(const char *name, const char *suffix)
{
    size_t length = (size_t)(suffix - name), max = NAMES_MAX - strlen(suffix);
    if (length > max) {
        length = max;
        while (length > 1 && ((unsigned char)name[length] & 0xc0) == 0x80)
            length--;
    }
    return (int)length;
}

/* By enum names_mark. */
static const char names_marks[] = " sap";
enum { NAMES_BOOT_DIGITS = 8 };

void names_id(char id[NAMES_SIZE], const struct names_claim *claim)
{
    const char *suffix = names_suffix(claim->name);
    char mark[16] = "";
    if (claim->mark != NAMES_IDLE)
        snprintf(mark, sizeof mark, "%c%0*" PRIx32, names_marks[claim->mark], NAMES_BOOT_DIGITS,
            claim->boot);
    snprintf(id, NAMES_SIZE, "%013" PRId64 "-%" PRIu64 "-%u%s-%.*s%s", claim->unix_ms, claim->inode,
        claim->attempt, mark, names_stem(claim->name, suffix), claim->name, suffix);
}

/* Reads digits, and returns what follows. NULL if there is no such number. */
static const char *names_read_number(const char *text, uint64_t max, uint64_t *number)
{
    char *end;
    if (*text < '0' || *text > '9')
        return NULL;
    errno = 0;
    *number = strtoull(text, &end, 10);
    if (errno != 0 || *number > max)
        return NULL;
    return end;
}

/* Skips a '-'. NULL if there is none, or no text. */
static const char *names_skip_dash(const char *text)
{
    return text != NULL && *text == '-' ? text + 1 : NULL;
}

/* Reads the mark, unless there is none, and returns what follows. NULL if it is malformed. */
static const char *names_read_mark(const char *text, struct names_claim *claim)
{
    claim->mark = NAMES_IDLE;
    claim->boot = 0;
    if (text == NULL || *text == '-')
        return text;
    const char *found = strchr(names_marks + 1, *text);
    if (*text == '\0' || found == NULL || strspn(text + 1, "0123456789abcdef") != NAMES_BOOT_DIGITS)
        return NULL;
    claim->mark = (enum names_mark)(found - names_marks);
    claim->boot = (uint32_t)strtoul(text + 1, NULL, 16);
    return text + 1 + NAMES_BOOT_DIGITS;
}

bool names_read_id(const char *id, struct names_claim *claim)
{
    uint64_t unix_ms, inode, attempt;
    const char *name = names_skip_dash(names_read_number(id, INT64_MAX, &unix_ms));
    if (name != NULL)
        name = names_skip_dash(names_read_number(name, UINT64_MAX, &inode));
    if (name != NULL)
        name = names_read_number(name, NAMES_ATTEMPTS, &attempt);
    name = names_skip_dash(names_read_mark(name, claim));
    if (name == NULL || !names_may_be_spec(name) || strlen(name) >= sizeof claim->name)
        return false;
    claim->unix_ms = (int64_t)unix_ms;
    claim->inode = inode;
    claim->attempt = (unsigned)attempt;
    strcpy(claim->name, name);
    return true;
}

void names_stage(char stage[NAMES_SIZE], const struct names_claim *claim)
{
    snprintf(stage, NAMES_SIZE, SWEEP_STAGE_PREFIX "%013" PRId64 "-%" PRIu64, claim->unix_ms,
        claim->inode);
}

void names_numbered(char out[NAMES_SIZE], const char *name, unsigned number)
{
    const char *suffix = names_suffix(name);
    char inset[16] = "";
    if (number > 1)
        snprintf(inset, sizeof inset, ".%u", number);
    snprintf(out, NAMES_SIZE, "%.*s%s%s", names_stem(name, suffix), name, inset, suffix);
}
