/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/slurm/script.h"
#include "tests/unit/check_main.h"

static const char *const single[] = {"tune", "run", "{recipe}", "--config", "{config}", NULL};
static const char *const several[] = {
    "tune", "run", "--nproc_per_node", "{processes}", "{recipe}", "--config", "{config}", NULL};

/* A script of `runs` runs in arrays of `size`. */
static struct script make_script(struct slurm_options *options, uint64_t runs, unsigned size)
{
    static const struct setup none = {0};
    *options = (struct slurm_options){.array_size = size};
    return (struct script){.name = "sw.1",
        .recipe = "lora_finetune_single_device",
        .launch = single,
        .trainer = "brew",
        .outputs = "",
        .runs = runs,
        .name_width = 3,
        .options = options,
        .setup = &none};
}

static const struct {
    uint64_t runs;
    unsigned size, parallelism;
    uint64_t arrays;
    const char *tasks; /* that sbatch submits without submit.sh */
} chunks[] = {
    {1, 1000, 0, 1, "--array=0-0\n"},
    {12, 1000, 0, 1, "--array=0-11\n"},
    {1000, 1000, 0, 1, "--array=0-999\n"},
    {1001, 1000, 0, 2, "--array=0-999\n"},
    {7, 3, 2, 3, "--array=0-2%2\n"},
    {9, 3, 0, 3, "--array=0-2\n"},
    {5, 1, 0, 5, "--array=0-0\n"},
    {100000, 4000000, 0, 1, "--array=0-99999\n"},
    {100000, 7, 0, 14286, "--array=0-6\n"},
};

START_TEST(chunking)
{
    struct slurm_options options;
    struct script script = make_script(&options, chunks[_i].runs, chunks[_i].size);
    CLEANUP_STRBUF struct strbuf out = {0};
    options.array_parallelism = chunks[_i].parallelism;
    ck_assert_uint_eq(script_arrays(&script), chunks[_i].arrays);
    script_write_array(&script, &out);
    ck_assert_msg(strstr(out.data, chunks[_i].tasks) != NULL, "%s", out.data);
}
END_TEST

/* The part that differs between sweeps. */
START_TEST(own_part)
{
    struct slurm_options options;
    struct script script = make_script(&options, 7, 3);
    CLEANUP_STRBUF struct strbuf out = {0};
    options.array_parallelism = 2;
    script.first = 12;
    script.outputs = "output_dir";
    strbuf_puts(&options.directives, "#SBATCH --partition=gpu\n#SBATCH --time=1:00\n");
    script_write_array(&script, &out);
    slurm_options_deinit(&options);
    const char *rest = strstr(out.data, "\n# The same in every sweep.");
    ck_assert_ptr_nonnull(rest);
    out.data[rest - out.data] = '\0';
    ck_assert_str_eq(out.data,
        "#!/bin/bash\n"
        "# sw.1: 7 runs of lora_finetune_single_device, one array task each.\n"
        "# Submit with submit.sh, from the directory that the jobs shall start in.\n"
        "#SBATCH --job-name=sw.1\n"
        "#SBATCH --array=0-2%2\n"
        "#SBATCH --open-mode=append\n"
        "#SBATCH --partition=gpu\n"
        "#SBATCH --time=1:00\n"
        "\n"
        "first_run=12 runs=7 digits=3 runs_per_folder=0 own_list=\n"
        "trainer=brew outputs=(output_dir) nodes=1\n"
        "then='' own_output=''\n"
        "resume=no resume_state='' resume_epochs='' resume_files='' "
        "resume_words=()\n"
        "# shellcheck disable=SC2016  # values are used as written\n{\nmodules=()\n"
        "venv=''\nconda=''\nprolog=''\nenvironment=()\nrun_with=()\n}\n"
        "set_command() {\n"
        "    command=(tune run lora_finetune_single_device --config \"$config\")\n"
        "}\n");
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
    script_write_array(&script, &out);
    ck_assert_ptr_nonnull(strstr(out.data, "runs=12345 digits=5 runs_per_folder=1000 "));
    ck_assert_ptr_nonnull(strstr(out.data, "outputs=() nodes=1\n"));
    ck_assert_ptr_nonnull(strstr(out.data, "command=(tune run --nproc_per_node "
                                           "\"${SLURM_GPUS_ON_NODE:-gpu}\" my/recipe.py "
                                           "--config \"$config\")\n"));
}
END_TEST

START_TEST(submit)
{
    struct slurm_options options;
    struct script script = make_script(&options, 7, 1000);
    CLEANUP_STRBUF struct strbuf out = {0}, limited = {0};
    script_write_submit(&script, &out);
    const char *rest = strstr(out.data, "\n# The same in every sweep.");
    ck_assert_ptr_nonnull(rest);
    out.data[rest - out.data] = '\0';
    ck_assert_str_eq(out.data,
        "#!/bin/bash\n"
        "# Submits sw.1: 7 runs of lora_finetune_single_device. See ./submit.sh --help.\n"
        "name=sw.1 first_run=0 runs=7 digits=3 array_size=0 parallelism=0\n");
    options.array_size_given = true;
    options.array_parallelism = 2;
    script_write_submit(&script, &limited);
    ck_assert_ptr_nonnull(strstr(limited.data, " array_size=1000 parallelism=2\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("script");
    TCase *tc = add_case(suite, "arrays");
    tcase_add_loop_test(tc, chunking, 0, (int)COUNT(chunks));
    tc = add_case(suite, "texts");
    tcase_add_test(tc, own_part);
    tcase_add_test(tc, folders_and_processes);
    tcase_add_test(tc, submit);
    return check_main(suite);
}
