/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <sys/statvfs.h>

#include "daemon/sweepctl/layout_hint.h"

enum { LAYOUT_MANY_RUNS = 10000 };

void layout_hint_print(
    const struct sweep_plan_info *info, unsigned long long inodes, const char *queue)
{
    struct statvfs status;
    bool is_short = false;
    if (queue == NULL)
        queue = ".";
    /* Some file systems make inodes on demand, and have 0 of them. */
    if (statvfs(queue, &status) == 0 && status.f_files != 0)
        is_short = inodes > status.f_favail / 2;
    if (info->is_packed || (info->runs <= LAYOUT_MANY_RUNS && !is_short))
        return;
    printf("  note: ");
    if (is_short)
        printf("%llu inodes are free; ", (unsigned long long)status.f_favail);
    printf("with \"layout\": \"packed\" the sweep takes a dozen inodes instead of %llu\n", inodes);
}
