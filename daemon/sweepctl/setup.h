/* SPDX-License-Identifier: Apache-2.0
 *
 * What `sweepctl setup` writes: links to the programs and manual pages, completions, and units that
 * start the sweepd next to this sweepctl.
 */
#ifndef DAEMON_SWEEPCTL_SETUP_H
#define DAEMON_SWEEPCTL_SETUP_H

#include <jansson.h>
#include <stdbool.h>

/* Where it is written. All paths are absolute and without a slash at the end. */
struct setup_places {
    bool user;
    char programs[1024]; /* the directory of this sweepctl, without symbolic links */
    char bin[1024], data[1024], fish[1024], units[1024];
    char record[1024]; /* the file that lists what was written */
};

/* For this user, or for the machine (/usr/local). EXIT_DONE, or another exit code with a
 * message. */
int setup_find_places(bool user, struct setup_places *out);

/* The files and links to write, as objects: path, kind ("file", "link"), and text with its sha256,
 * or target. What is in its place already is left out. The caller's; NULL if memory runs out. */
json_t *setup_items(const struct setup_places *places);

/* What is at the path of an item. */
enum setup_state {
    SETUP_ABSENT,
    SETUP_AS_WRITTEN, /* what the item says */
    SETUP_OTHER,
};
enum setup_state setup_look(const json_t *item);

#endif
