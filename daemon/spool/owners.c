/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "daemon/spool/owners.h"
#include "lib/util/array.h"

#define HOUR_MS (INT64_C(3600) * 1000)

void owners_clear(struct owners *owners)
{
    free(owners->all);
    *owners = (struct owners){0};
}

struct owner *owners_of(struct owners *owners, uid_t uid)
{
    for (size_t i = 0; i < owners->count; i++) {
        if (owners->all[i].uid == uid)
            return &owners->all[i];
    }
    struct owner *grown = array_grow(owners->all, owners->count, &owners->capacity, sizeof *grown);
    if (grown == NULL)
        return NULL;
    owners->all = grown;
    struct owner *owner = &owners->all[owners->count++];
    *owner = (struct owner){.uid = uid};
    return owner;
}

static int64_t owner_interval_ms(const struct owner_policy *policy)
{
    return HOUR_MS / (int64_t)policy->per_hour;
}

int64_t owner_due_ms(const struct owner *owner, const struct owner_policy *policy, int64_t now_ms)
{
    if (policy->per_hour == 0)
        return now_ms;
    int64_t due_ms = owner->refilled_ms - HOUR_MS + owner_interval_ms(policy);
    return due_ms > now_ms ? due_ms : now_ms;
}

void owner_spend(struct owner *owner, const struct owner_policy *policy, int64_t now_ms)
{
    if (policy->per_hour == 0)
        return;
    if (owner->refilled_ms < now_ms)
        owner->refilled_ms = now_ms;
    owner->refilled_ms += owner_interval_ms(policy);
}
