/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 in lower-case hex. nettle computes it with the instructions that CPUs have for it.
 */
#ifndef LIB_UTIL_DIGEST_H
#define LIB_UTIL_DIGEST_H

#include <nettle/sha2.h>
#include <stddef.h>

enum { DIGEST_HEX = 2 * SHA256_DIGEST_SIZE + 1 };

/* The digest of a byte string. */
void digest_of(const void *bytes, size_t length, char hex[DIGEST_HEX]);

/* The digest of several byte strings: sha256_init(), digest_add() for each, digest_finish(). Each
 * is preceded by its length, so that different lists have different digests. */
void digest_add(struct sha256_ctx *context, const void *bytes, size_t length);
void digest_finish(struct sha256_ctx *context, char hex[DIGEST_HEX]);

#endif
