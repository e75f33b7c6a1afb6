/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/common/boot.h"

void boot_id(char id[BOOT_SIZE])
{
    ssize_t n = 0;
    strcpy(id, "?");
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    n = read(fd, id, BOOT_SIZE - 1);
    close(fd);
    id[n > 0 ? n : 0] = '\0';
    id[strcspn(id, "\n")] = '\0';
    if (id[0] == '\0')
        strcpy(id, "?");
}

uint32_t boot_number(void)
{
    char id[BOOT_SIZE];
    boot_id(id);
    return (uint32_t)strtoul(id, NULL, 16); /* up to the first dash */
}
