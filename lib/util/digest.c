/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>

#include "lib/util/digest.h"

void digest_finish(struct sha256_ctx *context, char hex[DIGEST_HEX])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[SHA256_DIGEST_SIZE];
    sha256_digest(context, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[DIGEST_HEX - 1] = '\0';
}

void digest_of(const void *bytes, size_t length, char hex[DIGEST_HEX])
{
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, length, bytes);
    digest_finish(&context, hex);
}

void digest_add(struct sha256_ctx *context, const void *bytes, size_t length)
{
    uint8_t size[8];
    for (size_t i = 0; i < sizeof size; i++)
        size[i] = (uint8_t)((uint64_t)length >> (8 * i));
    sha256_update(context, sizeof size, size);
    sha256_update(context, length, bytes);
}
