/* SPDX-License-Identifier: Apache-2.0
 *
 * Is a text a whole JSON document, with the comments and trailing commas that a spec may have? The
 * daemon asks this of every dropped file, before anything counts attempts to process it, so the
 * answer must not depend on a parser that could crash: this is one loop over the bytes, without
 * recursion and without allocations. The generator parses the document, and reports what is not
 * checked here: UTF-8, numbers that are too large, duplicate keys.
 */
#ifndef DAEMON_SPOOL_DOCUMENT_H
#define DAEMON_SPOOL_DOCUMENT_H

#include <stddef.h>

enum document {
    DOCUMENT_WHOLE,     /* one object or array, and nothing after it */
    DOCUMENT_CUT_SHORT, /* the beginning of one */
    DOCUMENT_BROKEN,    /* neither, or too deep */
};

/* Deeper documents count as broken. */
enum { DOCUMENT_MAX_DEPTH = 2048 };

/* `bytes` may be NULL if `length` is 0. */
enum document document_scan(const char *bytes, size_t length);

#endif
