/* SPDX-License-Identifier: Apache-2.0
 *
 * The names in the spool, as text: which ones are specs, what a claimed spec is called, and what a
 * second file of the same name is called.
 */
#ifndef DAEMON_NAMES_H
#define DAEMON_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* Room for every name that is made here. */
#define NAMES_SIZE 256

/* Longer names are shortened to this many bytes, so that what is put before and behind them still
 * fits the 255 bytes that file systems allow. */
#define NAMES_LONGEST 200

#define NAMES_REPORT ".report.txt"

/* `*.json` that does not begin with a dot: hidden files are how careful writers hide theirs until
 * they are complete, and editors' temporary and backup names end in something else. */
bool names_is_spec(const char *name);

/* `<unix_ms>-<inode>-<name>`: unique, sorts by the time of claiming, and keeps the name. */
void names_claim(char id[NAMES_SIZE], int64_t unix_ms, uint64_t inode, const char *name);

/* The name in such an id (a part of it), or NULL when it is none. */
const char *names_claimed(const char *id);

/* x.json, x.2.json, x.3.json … for `number` 1, 2, 3 … `name` must be a spec's. */
void names_numbered(char out[NAMES_SIZE], const char *name, unsigned number);

#endif
