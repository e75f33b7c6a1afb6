/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>

#include "lib/util/digest.h"
#include "tests/unit/plan_helper.h"

static const char spec[] = "{\"name\": \"g\", \"base\": \"llama3_1/8B_lora_single_device\",\n"
                           " \"grid\": {\"lr\": [1e-4, 3e-4]},\n"
                           " \"slurm\": {\"array_size\": 1}}\n";

static enum sweep_code generate(const char *queue, int64_t created, struct sweep_result *result)
{
    *result = (struct sweep_result){0};
    error = (struct sweep_error){0};
    return sweep_generate(plan, queue, findings, created, result, &error);
}

static size_t count_entries(const char *path)
{
    DIR *stream = opendir(path);
    size_t n = 0;
    ck_assert_ptr_nonnull(stream);
    while (readdir(stream) != NULL)
        n++;
    closedir(stream);
    return n - 2;
}

/* A file of the sweep directory; the caller's. */
static char *part(const struct sweep_result *result, const char *name)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s", result->directory, name);
    return slurp(path);
}

START_TEST(everything_is_there)
{
    static const char *const names[] = {"sweep.json", "configs/run_000.yaml",
        "configs/run_001.yaml", "sweep.sbatch", "submit.sh", "run_mapping.csv",
        "validation_report.txt", "manifest.json"};
    struct sweep_plan_info info;
    struct sweep_result result;
    plan_good(spec);
    sweep_plan_describe(plan, &info);
    ck_assert_int_eq(generate(scratch, -1, &result), SWEEP_OK);
    ck_assert(!result.existed);
    ck_assert_str_eq(result.directory, in_scratch(info.directory));
    ck_assert_uint_eq(count_entries(scratch), 1);
    ck_assert_uint_eq(count_entries(result.directory), 8);
    ck_assert_uint_eq(result.files, COUNT(names));
    size_t bytes = 0;
    for (size_t i = 0; i < COUNT(names); i++) {
        CLEANUP_FREE char *text = part(&result, names[i]);
        bytes += strlen(text);
    }
    ck_assert_uint_eq(result.bytes, bytes);
    char path[600];
    struct stat status;
    snprintf(path, sizeof path, "%s/logs", result.directory);
    ck_assert(stat(path, &status) == 0 && S_ISDIR(status.st_mode));
    CLEANUP_FREE char *kept = part(&result, "sweep.json");
    ck_assert_str_eq(kept, spec);
    size_t length;
    CLEANUP_FREE char *config = sweep_plan_config(plan, 1, &length);
    CLEANUP_FREE char *written = part(&result, "configs/run_001.yaml");
    ck_assert_str_eq(written, config);
    CLEANUP_FREE char *mapping = part(&result, "run_mapping.csv");
    ck_assert_str_eq(mapping, "index,run,id,config,optimizer.lr\n"
                              "0,run_000,45d010b5dd9a,configs/run_000.yaml,0.0001\n"
                              "1,run_001,d9de5b42c2da,configs/run_001.yaml,0.0003\n");
    free(result.directory);
}
END_TEST

START_TEST(manifest_describes_every_file)
{
    struct sweep_result result;
    plan_good(spec);
    ck_assert_int_eq(generate(scratch, 1700000000, &result), SWEEP_OK);
    CLEANUP_FREE char *text = part(&result, "manifest.json");
    CLEANUP_JSON json_t *manifest = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(manifest);
    ck_assert_int_eq(json_integer_value(json_object_get(manifest, "created")), 1700000000);
    ck_assert_int_eq(json_integer_value(json_object_get(manifest, "runs")), 2);
    const char *name;
    json_t *digest;
    size_t n = 0, bytes = 0;
    json_object_foreach (json_object_get(manifest, "files"), name, digest) {
        char hex[DIGEST_HEX];
        CLEANUP_FREE char *file = part(&result, name);
        digest_of(file, strlen(file), hex);
        ck_assert_str_eq(json_string_value(digest), hex);
        bytes += strlen(file);
        n++;
    }
    ck_assert_uint_eq(n, result.files - 1); /* all but itself */
    ck_assert_int_eq(json_integer_value(json_object_get(manifest, "n_files")), (json_int_t)n);
    ck_assert_int_eq(json_integer_value(json_object_get(manifest, "n_bytes")), (json_int_t)bytes);
    free(result.directory);
}
END_TEST

START_TEST(twice)
{
    struct sweep_result first, second;
    plan_good(spec);
    ck_assert_int_eq(generate(scratch, 1, &first), SWEEP_OK);
    CLEANUP_FREE char *before = part(&first, "manifest.json");
    ck_assert_int_eq(generate(scratch, 2, &second), SWEEP_OK);
    ck_assert(second.existed);
    ck_assert_uint_eq(second.files, 0);
    ck_assert_uint_eq(second.bytes, 0);
    ck_assert_str_eq(second.directory, first.directory);
    CLEANUP_FREE char *after = part(&first, "manifest.json");
    ck_assert_str_eq(after, before);
    ck_assert_uint_eq(count_entries(scratch), 1);
    free(first.directory);
    free(second.directory);
}
END_TEST

/* Sweeps of one queue do not write to the same directories; without sweep_plan_grow(), new runs of
 * one name would. */
START_TEST(neighbours)
{
    static const struct {
        const char *text;
        enum sweep_code code;
    } cases[] = {
        {"{\"name\": \"g\", \"grid\": {\"lr\": [2e-4]}", SWEEP_INVALID},
        {"{\"name\": \"h\", \"grid\": {\"lr\": [2e-4]}", SWEEP_OK},
        {"{\"name\": \"g\", \"grid\": {\"lr\": [2e-4]}, \"output_dir\": \"o/{name}\"", SWEEP_OK},
    };
    struct sweep_result made;
    plan_good(spec);
    ck_assert_int_eq(sweep_plan_check_queue(plan, "/nowhere", findings, &error), SWEEP_OK);
    ck_assert_int_eq(generate(scratch, 1, &made), SWEEP_OK);
    ck_assert_int_eq(sweep_plan_check_queue(plan, scratch, findings, &error), SWEEP_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[400];
        snprintf(
            text, sizeof text, "%s, \"base\": \"llama3_1/8B_lora_single_device\"}", cases[i].text);
        plan_good(text);
        ck_assert_int_eq(sweep_plan_check_queue(plan, scratch, findings, &error), cases[i].code);
    }
    free(made.directory);
}
END_TEST

/* Nor to the same checkpoints and logs, whatever they are called. */
START_TEST(neighbours_of_other_outputs)
{
    static const struct {
        const char *fixed, *blamed; /* NULL: fine */
    } cases[] = {
        {"\"checkpointer.output_dir\": \"/data/../data/ckpt\"", "checkpointer.output_dir"},
        {"\"metric_logger.log_dir\": \"/data/ckpt\"", "metric_logger.log_dir"},
        {"\"metric_logger.log_dir\": \"=/data/ckpt/{name}\"", NULL},
        {"\"profiler.output_dir\": \"/data/ckpt\", \"profiler.enabled\": false", NULL},
        {"\"profiler.output_dir\": \"/data/ckpt\", \"profiler.enabled\": true",
            "profiler.output_dir"},
        {"\"output_dir\": \"/data/ckpt\"", "output_dir"},
    };
    struct sweep_result made;
    plan_good("{\"name\": \"one\", \"base\": \"llama3_1/8B_lora_single_device\","
              " \"fixed\": {\"checkpointer.output_dir\": \"/data/ckpt\"}}");
    ck_assert_int_eq(generate(scratch, 1, &made), SWEEP_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[400];
        snprintf(text, sizeof text,
            "{\"name\": \"two\", \"base\": \"llama3_1/8B_lora_single_device\", \"fixed\": {%s}}",
            cases[i].fixed);
        plan_good(text);
        enum sweep_code expected = cases[i].blamed == NULL ? SWEEP_OK : SWEEP_INVALID;
        size_t before = sweep_findings_count(findings, SWEEP_ERROR);
        ck_assert_int_eq(sweep_plan_check_queue(plan, scratch, findings, NULL), expected);
        ck_assert_uint_eq(
            sweep_findings_count(findings, SWEEP_ERROR), before + (cases[i].blamed != NULL));
        const struct sweep_finding *last = NULL, *next;
        for (size_t k = 0; (next = sweep_findings_get(findings, k)) != NULL; k++)
            if (next->severity == SWEEP_ERROR)
                last = next;
        if (cases[i].blamed != NULL) {
            ck_assert_str_eq(last->path, cases[i].blamed);
            ck_assert_uint_eq(last->place.line, 1);
            ck_assert_ptr_nonnull(strstr(last->message, "\"/data/ckpt\", where a run of "));
        }
        /* Not even without the check before. */
        struct sweep_result result;
        ck_assert_int_eq(generate(scratch, 1, &result), expected);
        ck_assert(expected == SWEEP_OK || strstr(error.message, "/data/ckpt") != NULL);
        if (expected == SWEEP_OK) {
            CLEANUP_STRBUF struct strbuf remove = {0};
            strbuf_printf(&remove, "rm -r '%s'", result.directory);
            ck_assert_int_eq(system(remove.data), 0);
        }
        free(result.directory);
    }
    free(made.directory);
}
END_TEST

START_TEST(the_same_bytes_each_time)
{
    struct sweep_result one, other;
    plan_good(spec);
    ck_assert_int_eq(mkdir(in_scratch("q1"), 0700), 0);
    ck_assert_int_eq(mkdir(in_scratch("q2"), 0700), 0);
    ck_assert_int_eq(generate(in_scratch("q1"), -1, &one), SWEEP_OK);
    ck_assert_int_eq(generate(in_scratch("q2/"), -1, &other), SWEEP_OK);
    CLEANUP_FREE char *a = part(&one, "manifest.json");
    CLEANUP_FREE char *b = part(&other, "manifest.json");
    ck_assert_str_eq(a, b);
    ck_assert_ptr_null(strstr(a, "created"));
    ck_assert_ptr_null(strstr(other.directory, "//"));
    free(one.directory);
    free(other.directory);
}
END_TEST

START_TEST(a_foreign_directory_is_left_alone)
{
    static const char *const manifests[] = {
        NULL, "no JSON", "{}", "{\"digest\": 5}", "{\"digest\": \"0000\"}"};
    struct sweep_plan_info info;
    plan_good(spec);
    sweep_plan_describe(plan, &info);
    for (size_t i = 0; i < COUNT(manifests); i++) {
        char queue[200], path[400];
        struct sweep_result result;
        snprintf(queue, sizeof queue, "%s/q%zu", scratch, i);
        ck_assert_int_eq(mkdir(queue, 0700), 0);
        snprintf(path, sizeof path, "%s/%s", queue, info.directory);
        ck_assert_int_eq(mkdir(path, 0700), 0);
        snprintf(path, sizeof path, "%s/%s/manifest.json", queue, info.directory);
        write_file(path, manifests[i] != NULL ? manifests[i] : "");
        ck_assert_int_eq(generate(queue, -1, &result), SWEEP_EXISTS);
        ck_assert_ptr_null(result.directory);
        ck_assert_msg(strstr(error.message, info.directory) != NULL, "%s", error.message);
        ck_assert_uint_eq(count_entries(queue), 1);
        CLEANUP_FREE char *text = slurp(path);
        ck_assert_str_eq(text, manifests[i] != NULL ? manifests[i] : "");
    }
}
END_TEST

START_TEST(queues_that_do_not_work)
{
    struct sweep_result result;
    plan_good(spec);
    ck_assert_int_eq(generate(in_scratch("missing"), -1, &result), SWEEP_NOT_FOUND);
    ck_assert_ptr_null(result.directory);
    ck_assert(!exists(in_scratch("missing")));
    write_file(in_scratch("file"), "");
    ck_assert_int_eq(generate(in_scratch("file"), -1, &result), SWEEP_IO);
    ck_assert_int_eq(generate("", -1, &result), SWEEP_NOT_FOUND);
    /* Not even root can write there. */
    ck_assert_int_ne(generate("/proc/self", -1, &result), SWEEP_OK);
    ck_assert_uint_ne(strlen(error.message), 0);
    ck_assert_ptr_null(result.directory);
}
END_TEST

/* Root may write in spite of the mode; then only the result is checked. */
START_TEST(queue_without_write_permission)
{
    struct sweep_result result;
    const char *queue = in_scratch("closed");
    plan_good(spec);
    ck_assert_int_eq(mkdir(queue, 0500), 0);
    enum sweep_code code = generate(queue, -1, &result);
    ck_assert_int_eq(chmod(queue, 0700), 0);
    ck_assert_int_eq(code, geteuid() == 0 ? SWEEP_OK : SWEEP_IO);
    ck_assert_uint_eq(count_entries(queue), geteuid() == 0 ? 1 : 0);
    free(result.directory);
}
END_TEST

START_TEST(report_holds_the_warnings)
{
    struct sweep_result result;
    plan_good("{\"name\": \"w\", \"base\": \"llama3_1/8B_lora_single_device\","
              " \"fixed\": {\"dataset\": \"data/x.json\"}}");
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_WARNING), 1);
    ck_assert_int_eq(generate(scratch, -1, &result), SWEEP_OK);
    CLEANUP_FREE char *report = part(&result, "validation_report.txt");
    ck_assert_mem_eq(report, "w: 1 run valid, 1 warning\n", 26);
    ck_assert_ptr_nonnull(strstr(report, "warning[relative-path]"));
    free(result.directory);
    struct sweep_result none = {0};
    ck_assert_int_eq(mkdir(in_scratch("q"), 0700), 0);
    ck_assert_int_eq(sweep_generate(plan, in_scratch("q"), NULL, -1, &none, NULL), SWEEP_OK);
    free(none.directory);
}
END_TEST

START_TEST(values_with_commas_and_quotes)
{
    struct sweep_result result;
    plan_good("{\"name\": \"csv\", \"base\": \"llama3_1/8B_lora_single_device\", \"grid\":"
              "{\"tokenizer.path\": [\"a,b\", \"say \\\"x\\\"\", \"line\\nline\"],"
              "\"model.lora_attn_modules\": [[\"q_proj\", \"v_proj\"]], \"seed\": [null]}}");
    ck_assert_int_eq(generate(scratch, -1, &result), SWEEP_OK);
    CLEANUP_FREE char *mapping = part(&result, "run_mapping.csv");
    ck_assert_str_eq(mapping, "index,run,id,config,tokenizer.path,model.lora_attn_modules,seed\n"
                              "0,run_000,d867b3e06d92,configs/run_000.yaml,\"a,b\",\"["
                              "\"\"q_proj\"\",\"\"v_proj\"\"]\",null\n"
                              "1,run_001,28336959d9a6,configs/run_001.yaml,\"say "
                              "\"\"x\"\"\",\"[\"\"q_proj\"\",\"\"v_proj\"\"]\",null\n"
                              "2,run_002,7b83504c7347,configs/run_002.yaml,\"line\nline\",\"["
                              "\"\"q_proj\"\",\"\"v_proj\"\"]\",null\n");
    free(result.directory);
}
END_TEST

START_TEST(cells_are_no_formulas)
{
    struct sweep_result result;
    plan_good("{\"name\": \"csv\", \"base\": \"llama3_1/8B_lora_single_device\", \"grid\":"
              "{\"tokenizer.path\": [\"==cmd|' /C calc'!A0\", \"+1,2\", \"-2+3\", \"@SUM(A1)\","
              "\"\\t=1\", \"'=1\", \"a=1\"], \"optimizer.lr\": [1.5]}}");
    ck_assert_int_eq(generate(scratch, -1, &result), SWEEP_OK);
    CLEANUP_FREE char *mapping = part(&result, "run_mapping.csv");
    static const char *const wanted[] = {".yaml,'=cmd|' /C calc'!A0,1.5\n", ".yaml,\"'+1,2\",1.5\n",
        ".yaml,'-2+3,1.5\n", ".yaml,'@SUM(A1),1.5\n", ".yaml,'\t=1,1.5\n", ".yaml,''=1,1.5\n",
        ".yaml,a=1,1.5\n"};
    for (size_t i = 0; i < COUNT(wanted); i++)
        ck_assert_msg(strstr(mapping, wanted[i]) != NULL, "no %s in %s", wanted[i], mapping);
    free(result.directory);
}
END_TEST

START_TEST(folders_of_a_thousand)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    struct sweep_result result;
    write_file(in_scratch("b.yaml"), "seed: 1\noutput_dir: o\n");
    strbuf_puts(&text, "{\"name\": \"f\", \"base\": {\"file\": \"b.yaml\"},"
                       "\"recipe\": \"my/recipe.py\", \"grid\": {\"seed\": [");
    for (int i = 0; i <= 1000; i++)
        strbuf_printf(&text, "%s%d", i > 0 ? "," : "", i);
    strbuf_puts(&text, "]}}");
    plan_good(text.data);
    ck_assert_int_eq(mkdir(in_scratch("q"), 0700), 0);
    ck_assert_int_eq(generate(in_scratch("q"), -1, &result), SWEEP_OK);
    CLEANUP_FREE char *last = part(&result, "configs/001/run_1000.yaml");
    ck_assert_str_eq(last, "seed: 1000\noutput_dir: o/f/run_1000\n");
    CLEANUP_FREE char *script = part(&result, "sweep.sbatch");
    ck_assert_ptr_nonnull(strstr(script, " runs=1001 digits=4 runs_per_folder=1000 "));
    free(result.directory);
}
END_TEST

/* Blocks that a tree takes, and its files and directories. */
static uint64_t tree_blocks, tree_files;

static int add_to_tree(const char *path, const struct stat *status, int flag, struct FTW *where)
{
    (void)path, (void)flag, (void)where;
    tree_blocks += ((uint64_t)status->st_size + 4095) / 4096 * 4096;
    tree_files++;
    return 0;
}

static struct sweep_stage *new_stage(const char *name, uint64_t keep_free)
{
    const struct sweep_stage_request request = {scratch, name, keep_free};
    struct sweep_stage *stage = NULL;
    error = (struct sweep_error){0};
    ck_assert_int_eq(sweep_stage_new(&request, &stage, &error), SWEEP_OK);
    return stage;
}

/* What is asked for is enough, and not much more than that. */
START_TEST(space_that_is_needed)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    strbuf_puts(&text, "{\"name\": \"n\", \"base\": \"llama3_1/8B_lora_single_device\","
                       " \"grid\": {\"lr\": [1e-4, 3e-4], \"seed\": [0");
    for (int i = 1; i <= 600; i++)
        strbuf_printf(&text, ", %d", i);
    strbuf_puts(&text, "]}}");
    const char *const specs[] = {spec, text.data};
    for (size_t i = 0; i < COUNT(specs); i++) {
        struct sweep_result result;
        struct sweep_space needs;
        plan_good(specs[i]);
        struct sweep_stage *stage = new_stage(NULL, 0);
        sweep_stage_needs(stage, plan, &needs);
        ck_assert_int_eq(
            sweep_generate_staged(plan, stage, findings, -1, &result, &error), SWEEP_OK);
        sweep_stage_free(stage);
        tree_blocks = tree_files = 0;
        ck_assert_int_eq(nftw(result.directory, add_to_tree, 16, FTW_PHYS), 0);
        ck_assert_uint_eq(needs.files, tree_files);
        ck_assert_uint_ge(needs.bytes, tree_blocks);
        ck_assert_uint_le(needs.bytes, tree_blocks + tree_blocks / 4 + 65536);
        free(result.directory);
    }
}
END_TEST

/* Nothing is begun that would leave less free than is to be kept. */
START_TEST(space_that_is_kept_free)
{
    struct sweep_result result;
    plan_good(spec);
    struct sweep_stage *stage = new_stage(".stage.1", UINT64_MAX);
    ck_assert_uint_eq(count_entries(scratch), 1);
    ck_assert_int_eq(
        sweep_generate_staged(plan, stage, findings, -1, &result, &error), SWEEP_NO_SPACE);
    ck_assert_ptr_null(result.directory);
    ck_assert_ptr_nonnull(strstr(error.message, "no space in "));
    ck_assert_ptr_nonnull(strstr(error.message, " bytes in 11 files, "));
    sweep_stage_free(stage);
    ck_assert_uint_eq(count_entries(scratch), 0);
}
END_TEST

START_TEST(a_stage_of_a_given_name)
{
    struct sweep_result result, again;
    plan_good(spec);
    struct sweep_stage *stage = new_stage(".stage.1", 0);
    ck_assert(exists(in_scratch(".stage.1")));
    ck_assert_int_eq(sweep_generate_staged(plan, stage, findings, -1, &result, &error), SWEEP_OK);
    sweep_stage_free(stage);
    ck_assert(!result.existed);
    /* Again, as after a crash right after the rename. */
    stage = new_stage(".stage.1", 0);
    ck_assert_int_eq(sweep_generate_staged(plan, stage, findings, -1, &again, &error), SWEEP_OK);
    sweep_stage_free(stage);
    ck_assert(again.existed);
    ck_assert_str_eq(again.directory, result.directory);
    ck_assert_uint_eq(count_entries(scratch), 1);
    const struct sweep_stage_request outside = {scratch, "../x", 0};
    ck_assert_int_eq(sweep_stage_new(&outside, &stage, NULL), SWEEP_INVALID);
    free(result.directory);
    free(again.directory);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("generate");
    TCase *tc = add_case(suite, "generate");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, plan_set_up, plan_tear_down);
    tcase_add_test(tc, everything_is_there);
    tcase_add_test(tc, manifest_describes_every_file);
    tcase_add_test(tc, twice);
    tcase_add_test(tc, neighbours);
    tcase_add_test(tc, neighbours_of_other_outputs);
    tcase_add_test(tc, the_same_bytes_each_time);
    tcase_add_test(tc, a_foreign_directory_is_left_alone);
    tcase_add_test(tc, queues_that_do_not_work);
    tcase_add_test(tc, queue_without_write_permission);
    tcase_add_test(tc, report_holds_the_warnings);
    tcase_add_test(tc, values_with_commas_and_quotes);
    tcase_add_test(tc, cells_are_no_formulas);
    tcase_add_test(tc, folders_of_a_thousand);
    tcase_add_test(tc, space_that_is_needed);
    tcase_add_test(tc, space_that_is_kept_free);
    tcase_add_test(tc, a_stage_of_a_given_name);
    return check_main(suite);
}
