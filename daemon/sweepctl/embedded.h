/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that are compiled into sweepctl, so that it can write them wherever it was unpacked (see
 * daemon/sweepctl/embed_texts.py).
 */
#ifndef DAEMON_SWEEPCTL_EMBEDDED_H
#define DAEMON_SWEEPCTL_EMBEDDED_H

#include <stddef.h>

struct embedded_text {
    const char *name; /* of the file: "sweepctl.bash" */
    const char *text;
};

extern const struct embedded_text embedded_texts[]; /* ends with a name of NULL */

/* The text of a file; NULL if it was not compiled in. */
const char *embedded_text(const char *name);

#endif
