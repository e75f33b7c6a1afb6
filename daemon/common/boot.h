/* SPDX-License-Identifier: Apache-2.0
 *
 * Which boot of the machine this is.
 */
#ifndef DAEMON_COMMON_BOOT_H
#define DAEMON_COMMON_BOOT_H

#include <stdint.h>

enum { BOOT_SIZE = 40 };

/* The kernel's name for this boot, a UUID; "?" if it cannot be read. */
void boot_id(char id[BOOT_SIZE]);

/* The first 32 bits of it; 0 if it cannot be read. */
uint32_t boot_number(void);

#endif
