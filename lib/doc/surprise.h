/* SPDX-License-Identifier: Apache-2.0
 *
 * Scalars that the trainer reads otherwise than most people do: 010 is 8, 1:30 is 90, and -.5 is a
 * string.
 */
#ifndef LIB_DOC_SURPRISE_H
#define LIB_DOC_SURPRISE_H

#include "lib/doc/yaml.h"

/* What is said about one scalar. */
struct surprise {
    char message[160];
    char hint[120];
};

/* True if a plain scalar without a tag is such a one. */
bool surprise_find(enum scalar_rules rules, const char *text, size_t length, struct surprise *out);

/* Adds a note for each such value of a document. */
void surprise_report(const struct yaml_doc *doc, const char *file, struct sweep_findings *findings);

#endif
