/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 as lower-case hex, by nettle (which uses the processor's instructions for it).
 */
#ifndef LIB_UTIL_DIGEST_H
#define LIB_UTIL_DIGEST_H

#include <nettle/sha2.h>
#include <stddef.h>

enum { DIGEST_HEX = 2 * SHA256_DIGEST_SIZE + 1 };

/* The digest of one piece of data. */
void digest_of(const void *bytes, size_t length, char hex[DIGEST_HEX]);

/* A digest of several pieces: init, add each with its length in front (so that no two lists of
 * pieces look alike), finish. */
void digest_add(struct sha256_ctx *context, const void *bytes, size_t length);
void digest_finish(struct sha256_ctx *context, char hex[DIGEST_HEX]);

#endif
