/* SPDX-License-Identifier: Apache-2.0
 *
 * The names in the spool, as strings: which ones are specs, what a claimed spec is called, and what
 * a second file of the same name is called.
 */
#ifndef DAEMON_SPOOL_NAMES_H
#define DAEMON_SPOOL_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* Enough for every name that is made here. */
#define NAMES_SIZE 256

/* Longer names are shortened to this many bytes, so that prefixes and suffixes still fit into the
 * 255 bytes that file systems allow. */
#define NAMES_MAX 190

/* Directories in SPECS, and the lock file in the first. */
#define NAMES_CLAIMED ".claimed"
#define NAMES_DONE "done"
#define NAMES_FAILED "failed"
#define NAMES_LOCK ".lock"
#define NAMES_SUBMIT ".submit" /* see daemon/spool/unsubmitted.h */

/* Suffixes: of a spec; of the report next to a spec in failed/; of the symbolic link next to a spec
 * in done/, which leads to its sweep directory. */
#define NAMES_SPEC ".json"
#define NAMES_REPORT ".report.txt"
#define NAMES_SWEEP ".sweep"

/* `*.json` without a leading dot: careful writers hide files until they are complete, and the
 * temporary and backup names of editors (x.json~, .x.json.swp, x.json.part, .nfs0123) end
 * differently. */
bool names_is_spec(const char *name);

/* A spec, or a file that may be one under a wrong name: `*.yaml`, `*.yml`, `*.txt`, `*.jsonc`,
 * `*.json5`, and `*.JSON`. The content decides (settle_is_spec_like()), because base configs and
 * notes may be in the directory, too. */
bool names_may_be_spec(const char *name);

/* What was being done with a claimed spec when its name was last changed. If sweepd dies, the next
 * one learns from this which specs may have been the reason. */
enum names_mark {
    NAMES_IDLE,    /* nothing */
    NAMES_SHARED,  /* an attempt was in progress, perhaps next to those of other specs */
    NAMES_ALONE,   /* an attempt was in progress, and no other spec was being processed */
    NAMES_SUSPECT, /* nothing; but sweepd died during an earlier attempt */
};

/* The name of a claimed spec, `<unix_ms>-<inode>-<attempt>[<mark><boot>]-<name>`, is unique, sorts
 * by the time of the claim, and keeps the spec's name. The mark is a letter (s, a or p), and the
 * boot eight hexadecimal digits. */
struct names_claim {
    int64_t unix_ms;
    uint64_t inode;
    unsigned attempt; /* attempts that count, and the one in progress; at most NAMES_ATTEMPTS */
    enum names_mark mark;
    uint32_t boot; /* the machine's boot in which the mark was made; 0 with NAMES_IDLE */
    char name[NAMES_SIZE];
};
#define NAMES_ATTEMPTS 99

void names_id(char id[NAMES_SIZE], const struct names_claim *claim);

/* False if `id` is not such a name. */
bool names_read_id(const char *id, struct names_claim *claim);

/* The directory in the queue where the sweep of this claim is written: `.stage.<unix_ms>-<inode>`,
 * the same for every attempt. */
void names_stage(char stage[NAMES_SIZE], const struct names_claim *claim);

/* x.json, x.2.json, x.3.json … for `number` 1, 2, 3 … `name` must be one that
 * names_may_be_spec(). */
void names_numbered(char out[NAMES_SIZE], const char *name, unsigned number);

#endif
