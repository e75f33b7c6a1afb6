/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/plan/plan.h"

const char *plan_base(const struct sweep_plan *plan)
{
    const struct spec *spec = &plan->spec;
    if (spec->base_name != NULL)
        return spec->base_name;
    return spec->base_file;
}

bool plan_is_distributed(const struct sweep_plan *plan)
{
    const struct profile *profile = &plan->trainer->profile;
    const struct spec *spec = &plan->spec;
    if (profile_recipe(profile, plan->recipe) != NULL)
        return profile_is_distributed(profile, plan->recipe);
    if (spec->processes > 0)
        return spec->processes > 1;
    return spec->slurm.gpus > 1 && profile->launch_distributed != NULL;
}

const char *const *plan_launch(const struct sweep_plan *plan)
{
    const struct profile *profile = &plan->trainer->profile;
    if (plan_is_distributed(plan))
        return profile->launch_distributed;
    return profile->launch;
}
