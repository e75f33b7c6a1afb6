/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "lib/findings/findings.h"
#include "lib/plan/processes.h"

#define PROCESSES_REFUSE(findings, place, hint, ...)                                               \
    FINDING_ERROR((findings), "bad-processes", (place), "/slurm", (hint), __VA_ARGS__)

/* A recipe of the trainer that runs in one process uses one GPU. */
static enum sweep_code processes_check_single(const struct sweep_plan *plan,
    const struct slurm_options *slurm, struct sweep_findings *findings)
{
    if (plan->spec.processes > 1)
        return FINDING_ERROR(findings, "bad-processes", plan->spec.processes_place, "/processes",
            "remove processes, or choose a distributed recipe", "%s runs in one process, not in %u",
            plan->recipe, plan->spec.processes);
    if (profile_recipe(&plan->trainer->profile, plan->recipe) == NULL)
        return SWEEP_OK; /* of a recipe of the user's own it is not known */
    if (slurm->gpus > 1)
        return PROCESSES_REFUSE(findings, slurm->gpus_place,
            "ask for one GPU, or choose a distributed recipe",
            "%s runs in one process: %lld of the %lld GPUs would be reserved for nothing",
            plan->recipe, slurm->gpus - 1, slurm->gpus);
    if (slurm->nodes_max > 1)
        return PROCESSES_REFUSE(findings, slurm->nodes_place,
            "remove nodes, or choose a distributed recipe",
            "%s runs in one process: it cannot use %lld nodes", plan->recipe, slurm->nodes_max);
    return SWEEP_OK;
}

/* On several nodes, each has the same number of processes. */
static enum sweep_code processes_check_nodes(
    const struct slurm_options *slurm, struct sweep_findings *findings)
{
    if (slurm->nodes_min != slurm->nodes_max)
        return PROCESSES_REFUSE(findings, slurm->nodes_place, "give one number of nodes",
            "nodes leaves the number of processes to Slurm, and with it what is trained");
    if (slurm->gpus_in_all > 0 && slurm->gpus_per_node == 0)
        return PROCESSES_REFUSE(findings, slurm->gpus_place,
            "write \"gpus-per-node\", the number on each node",
            "Slurm may split %lld GPUs unevenly over %lld nodes", slurm->gpus_in_all,
            slurm->nodes_max);
    return SWEEP_OK;
}

static enum sweep_code processes_check_distributed(const struct sweep_plan *plan,
    const struct slurm_options *slurm, struct sweep_findings *findings)
{
    long long gpus = slurm->gpus_in_all;
    if (slurm->gpus_per_node > 0)
        gpus = slurm->gpus_per_node;
    long long processes = plan->spec.processes;
    if (plan_nodes(plan, slurm) > 1) {
        enum sweep_code code = processes_check_nodes(slurm, findings);
        if (code != SWEEP_OK)
            return code;
    }
    if (processes == 0 || gpus == 0 || processes == gpus)
        return SWEEP_OK;
    if (processes > gpus)
        return FINDING_WARNING(findings, "bad-processes", plan->spec.processes_place, "/processes",
            "ask for one GPU per process", "the %lld processes of a run would share %lld GPU%s",
            processes, gpus, gpus == 1 ? "" : "s");
    return FINDING_ERROR(findings, "bad-processes", plan->spec.processes_place, "/processes",
        "remove processes: a run has one for each GPU",
        "the %lld processes of a run leave %lld of %lld GPUs unused", processes, gpus - processes,
        gpus);
}

enum sweep_code processes_check(const struct sweep_plan *plan, const struct slurm_options *slurm,
    struct sweep_findings *findings)
{
    if (plan_is_distributed(plan, slurm))
        return processes_check_distributed(plan, slurm, findings);
    return processes_check_single(plan, slurm, findings);
}

enum sweep_code processes_check_launch(const struct sweep_plan *plan,
    const struct slurm_options *slurm, struct sweep_findings *findings)
{
    const struct profile *profile = &plan->trainer->profile;
    if (plan_launch(plan, slurm) != NULL)
        return SWEEP_OK;
    const char *key = "single";
    if (plan_nodes(plan, slurm) > 1)
        key = "nodes";
    else if (plan_is_distributed(plan, slurm))
        key = "distributed";
    return FINDING_ERROR(findings, "incomplete-profile", plan->spec.base_place, "/base",
        "add the command to the profile, see sweepd-profile(5)",
        "the profile of %s %s has no launch.%s: the command of a run", profile->trainer,
        profile->version, key);
}

enum sweep_code processes_check_resume(
    const struct sweep_plan *plan, struct sweep_findings *findings)
{
    const struct profile *profile = &plan->trainer->profile;
    const struct resuming *resuming = &profile->resuming;
    const struct setup *setup = &plan->spec.setup;
    if (setup->resume == SETUP_RESUME_NO)
        return SWEEP_OK;
    if (resuming->exact != NULL && profile_recipe_is_in(profile, plan->recipe, resuming->exact))
        return SWEEP_OK;
    if (resuming->changed == NULL ||
        !profile_recipe_is_in(profile, plan->recipe, resuming->changed))
        return FINDING_ERROR(findings, "bad-resume", setup->resume_place, "/resume",
            "remove resume: each attempt then starts from the beginning",
            "%s is not known to resume", plan->recipe);
    if (setup->resume == SETUP_RESUME_FORCED)
        return FINDING_WARNING(findings, "bad-resume", setup->resume_place, "/resume", NULL,
            "a resumed run of %s is another experiment: %s", plan->recipe, resuming->changes);
    return FINDING_ERROR(findings, "bad-resume", setup->resume_place, "/resume",
        "remove resume, or write \"force\" to accept that",
        "a resumed run of %s is another experiment: %s", plan->recipe, resuming->changes);
}
