/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/slurm/script.h"
#include "tests/unit/check_main.h"

static const char *const single[] = {"tune", "run", "{recipe}", "--config", "{config}", NULL};
static const char *const several[] = {
    "tune", "run", "--nproc_per_node", "{processes}", "{recipe}", "--config", "{config}", NULL};

/* A script of `runs` runs in arrays of `size`. */
static struct script make_script(struct slurm_options *options, uint64_t runs, unsigned size)
{
    *options = (struct slurm_options){.array_size = size};
    return (struct script){.name = "sw.1",
        .recipe = "lora_finetune_single_device",
        .launch = single,
        .runs = runs,
        .name_width = 3,
        .options = options};
}

static const struct {
    uint64_t runs;
    unsigned size;
    uint64_t arrays;
    uint64_t last;     /* first run of the last array */
    const char *tasks; /* of the last array */
} chunks[] = {
    {1, 1000, 1, 0, "--array=0-0\n"},
    {12, 1000, 1, 0, "--array=0-11\n"},
    {1000, 1000, 1, 0, "--array=0-999\n"},
    {1001, 1000, 2, 1000, "--array=0-0\n"},
    {7, 3, 3, 6, "--array=0-0\n"},
    {9, 3, 3, 6, "--array=0-2\n"},
    {5, 1, 5, 4, "--array=0-0\n"},
    {100000, 4000000, 1, 0, "--array=0-99999\n"},
    {100000, 7, 14286, 99995, "--array=0-4\n"},
};

START_TEST(chunking)
{
    struct slurm_options options;
    struct script script = make_script(&options, chunks[_i].runs, chunks[_i].size);
    CLEANUP_STRBUF struct strbuf out = {0};
    char offset[64];
    ck_assert_uint_eq(script_arrays(&script), chunks[_i].arrays);
    script_write_array(&script, chunks[_i].arrays - 1, &out);
    snprintf(offset, sizeof offset, "index=$((SLURM_ARRAY_TASK_ID + %llu))\n",
        (unsigned long long)chunks[_i].last);
    ck_assert_msg(strstr(out.data, chunks[_i].tasks) != NULL, "%s", out.data);
    ck_assert_msg(strstr(out.data, offset) != NULL, "%s", out.data);
}
END_TEST

/* Every run is in exactly one array, and no task number reaches the array size. */
START_TEST(arrays_cover_all_runs)
{
    for (uint64_t runs = 1; runs < 40; runs++)
        for (unsigned size = 1; size < 12; size++) {
            struct slurm_options options;
            struct script script = make_script(&options, runs, size);
            uint64_t covered = 0;
            for (uint64_t i = 0; i < script_arrays(&script); i++) {
                CLEANUP_STRBUF struct strbuf out = {0};
                script_write_array(&script, i, &out);
                unsigned long long last, first;
                ck_assert_int_eq(
                    sscanf(strstr(out.data, "--array=0-"), "--array=0-%llu", &last), 1);
                ck_assert_int_eq(
                    sscanf(strstr(out.data, "TASK_ID + "), "TASK_ID + %llu", &first), 1);
                ck_assert_uint_eq(first, covered);
                ck_assert_uint_lt(last, size);
                covered += last + 1;
            }
            ck_assert_uint_eq(covered, runs);
        }
}
END_TEST

START_TEST(file_names)
{
    struct slurm_options options;
    struct script one = make_script(&options, 5, 1000);
    char name[32];
    script_file_name(&one, 0, name);
    ck_assert_str_eq(name, "sweep.sbatch");
    struct script many = make_script(&options, 1000, 1);
    script_file_name(&many, 0, name);
    ck_assert_str_eq(name, "sweep_000.sbatch");
    script_file_name(&many, 12, name);
    ck_assert_str_eq(name, "sweep_012.sbatch");
}
END_TEST

/* submit.sh goes through sweep_*.sbatch as the shell sorts them: by name must be by number. */
START_TEST(file_names_sort_by_number)
{
    struct slurm_options options;
    struct script script = make_script(&options, 100000, 30);
    char last[32] = "", name[32];
    for (uint64_t i = 0; i < script_arrays(&script); i++) {
        script_file_name(&script, i, name);
        ck_assert_msg(strcmp(last, name) < 0, "%s comes before %s", name, last);
        strcpy(last, name);
    }
}
END_TEST

START_TEST(whole_array)
{
    struct slurm_options options;
    struct script script = make_script(&options, 7, 3);
    CLEANUP_STRBUF struct strbuf out = {0};
    options.array_parallelism = 2;
    strbuf_puts(&options.directives, "#SBATCH --partition=gpu\n#SBATCH --time=1:00\n");
    script_write_array(&script, 1, &out);
    slurm_options_deinit(&options);
    assert_buffer(out,
        "#!/bin/bash\n"
        "# sw.1: runs 3 to 5 of lora_finetune_single_device, one array task each.\n"
        "# Submit with submit.sh, from the directory that the jobs shall start in.\n"
        "#SBATCH --job-name=sw.1\n"
        "#SBATCH --array=0-2%2\n"
        "#SBATCH --partition=gpu\n"
        "#SBATCH --time=1:00\n"
        "\n"
        "set -euo pipefail\n"
        "\n"
        "sweep=${1:-${SLURM_SUBMIT_DIR:-$PWD}}\n"
        "if [[ ! -f $sweep/manifest.json ]]; then\n"
        "    echo \"no sweep in $sweep: use submit.sh, or call sbatch in the sweep directory\" "
        ">&2\n"
        "    exit 2\n"
        "fi\n"
        "index=$((SLURM_ARRAY_TASK_ID + 3))\n"
        "printf -v run 'run_%03d' $index\n"
        "\n"
        "echo \"$run on ${SLURMD_NODENAME:-$HOSTNAME}\"\n"
        "exec tune run lora_finetune_single_device --config \"$sweep/configs/$run.yaml\"\n");
}
END_TEST

START_TEST(folders_and_processes)
{
    struct slurm_options options;
    struct script script = make_script(&options, 12345, 1000);
    CLEANUP_STRBUF struct strbuf out = {0};
    script.name_width = 5;
    script.runs_per_folder = 1000;
    script.launch = several;
    script.recipe = "my/recipe.py";
    script_write_array(&script, 0, &out);
    ck_assert_ptr_nonnull(
        strstr(out.data, "printf -v run '%03d/run_%05d' $((index / 1000)) $index\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "exec tune run --nproc_per_node "
                                           "\"${SLURM_GPUS_ON_NODE:-gpu}\" my/recipe.py "
                                           "--config \"$sweep/configs/$run.yaml\"\n"));
}
END_TEST

START_TEST(whole_submit)
{
    struct slurm_options options;
    struct script script = make_script(&options, 7, 1000);
    CLEANUP_STRBUF struct strbuf out = {0};
    script_write_submit(&script, &out);
    assert_buffer(out,
        "#!/bin/bash\n"
        "# Submits sw.1: 7 runs in 1 job array, and prints the job ids.\n"
        "# The jobs start in the directory that this is called from; relative paths in the "
        "configs\n"
        "# begin there. Arguments are passed on to sbatch.\n"
        "set -euo pipefail\n"
        "\n"
        "sweep=$(CDPATH='' cd -- \"$(dirname -- \"${BASH_SOURCE[0]}\")\" && pwd)\n"
        "logs=${sweep//%/%%}/logs\n"
        "sbatch --parsable --output=\"$logs/%x-%A_%a.out\" \"$@\" "
        "\"$sweep/sweep.sbatch\" \"$sweep\"\n");
}
END_TEST

START_TEST(limits_hold_over_all_arrays)
{
    struct slurm_options options;
    struct script script = make_script(&options, 7, 3);
    CLEANUP_STRBUF struct strbuf free_running = {0}, chained = {0};
    script_write_submit(&script, &free_running);
    ck_assert_ptr_nonnull(strstr(free_running.data, "for script in \"$sweep\"/sweep_*.sbatch"));
    ck_assert_ptr_null(strstr(free_running.data, "--dependency"));
    options.array_parallelism = 2;
    script_write_submit(&script, &chained);
    ck_assert_ptr_nonnull(strstr(chained.data, "--dependency=afterany:$job"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("script");
    TCase *tc = add_case(suite, "arrays");
    tcase_add_loop_test(tc, chunking, 0, (int)COUNT(chunks));
    tcase_add_test(tc, arrays_cover_all_runs);
    tcase_add_test(tc, file_names);
    tcase_add_test(tc, file_names_sort_by_number);
    tc = add_case(suite, "texts");
    tcase_add_test(tc, whole_array);
    tcase_add_test(tc, folders_and_processes);
    tcase_add_test(tc, whole_submit);
    tcase_add_test(tc, limits_hold_over_all_arrays);
    return check_main(suite);
}
