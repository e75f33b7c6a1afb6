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

unsigned plan_nodes(const struct sweep_plan *plan)
{
    long long nodes = plan->spec.slurm.nodes_max;
    return plan_is_distributed(plan) && nodes > 1 ? (unsigned)nodes : 1;
}

unsigned plan_processes(const struct sweep_plan *plan)
{
    const struct slurm_options *slurm = &plan->spec.slurm;
    if (!plan_is_distributed(plan))
        return 1;
    if (plan->spec.processes > 0)
        return plan->spec.processes;
    if (slurm->gpus_per_node > 0)
        return (unsigned)slurm->gpus_per_node;
    return plan_nodes(plan) == 1 ? (unsigned)slurm->gpus_in_all : 0;
}

const char *const *plan_launch(const struct sweep_plan *plan)
{
    const struct profile *profile = &plan->trainer->profile;
    if (plan_nodes(plan) > 1)
        return profile->launch_nodes;
    if (plan_is_distributed(plan))
        return profile->launch_distributed;
    return profile->launch;
}
