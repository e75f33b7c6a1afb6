/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/common/boot.h"

void boot_id(char id[BOOT_SIZE])
{
    char text[BOOT_SIZE] = "";
    strcpy(id, "?");
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    size_t length = strcspn(text, "\n");
    if (n > 0 && length > 0) {
        memcpy(id, text, length);
        id[length] = '\0';
    }
}

uint32_t boot_number(void)
{
    char id[BOOT_SIZE];
    boot_id(id);
    return (uint32_t)strtoul(id, NULL, 16); /* up to the first dash */
}
