/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/plan/plan.h"

const char *plan_base(const struct sweep_plan *plan)
{
    const struct spec *spec = &plan->spec;
    if (spec->base_name != NULL)
        return spec->base_name;
    return spec->base_file;
}

bool plan_is_distributed(const struct sweep_plan *plan, const struct slurm_options *options)
{
    const struct profile *profile = &plan->trainer->profile;
    if (profile_recipe(profile, plan->recipe) != NULL)
        return profile_is_distributed(profile, plan->recipe);
    if (plan->spec.processes > 0)
        return plan->spec.processes > 1;
    return options->gpus > 1 && profile->launch_distributed != NULL;
}

unsigned plan_nodes(const struct sweep_plan *plan, const struct slurm_options *options)
{
    if (plan_is_distributed(plan, options) && options->nodes_max > 1)
        return (unsigned)options->nodes_max;
    return 1;
}

unsigned plan_processes(const struct sweep_plan *plan, const struct slurm_options *options)
{
    if (!plan_is_distributed(plan, options))
        return 1;
    if (plan->spec.processes > 0)
        return plan->spec.processes;
    if (options->gpus_per_node > 0)
        return (unsigned)options->gpus_per_node;
    if (plan_nodes(plan, options) == 1)
        return (unsigned)options->gpus_in_all;
    return 0;
}

const char *const *plan_launch(const struct sweep_plan *plan, const struct slurm_options *options)
{
    const struct profile *profile = &plan->trainer->profile;
    if (plan_nodes(plan, options) > 1)
        return profile->launch_nodes;
    if (plan_is_distributed(plan, options))
        return profile->launch_distributed;
    return profile->launch;
}
