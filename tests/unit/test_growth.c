/* SPDX-License-Identifier: Apache-2.0
 *
 * Sweeps that grow: which runs exist already, and what a plan becomes without them.
 */
#include "lib/write/mapping_reader.h"
#include "tests/unit/plan_helper.h"

static struct sweep_growth *growth;

static void plan_lr(const char *values)
{
    char text[300];
    snprintf(text, sizeof text,
        "{\"name\": \"g\", \"base\": \"llama3_1/8B_lora_single_device\","
        " \"grid\": {\"lr\": [%s]}}",
        values);
    plan_good(text);
}

/* Plans, generates and returns the directory's name. */
static const char *make(const char *values)
{
    static char name[100];
    struct sweep_result result = {0};
    plan_lr(values);
    ck_assert_int_eq(sweep_growth_new(plan, scratch, false, &growth, &error), SWEEP_OK);
    ck_assert_int_eq(sweep_plan_grow(plan, growth, &error), SWEEP_OK);
    ck_assert_int_eq(sweep_generate(plan, scratch, findings, -1, &result, &error), SWEEP_OK);
    snprintf(name, sizeof name, "%s", strrchr(result.directory, '/') + 1);
    free(result.directory);
    return name;
}

static struct sweep_growth_info look(bool all)
{
    struct sweep_growth_info info;
    ck_assert_msg(
        sweep_growth_new(plan, scratch, all, &growth, &error) == SWEEP_OK, "%s", error.message);
    sweep_growth_describe(growth, &info);
    return info;
}

static void check_run(uint64_t index, const char *name, const char *directory)
{
    char found[32];
    const char *where;
    ck_assert(sweep_growth_run(growth, index, found, &where));
    ck_assert_str_eq(found, name);
    ck_assert_pstr_eq(where, directory);
}

START_TEST(all_are_new)
{
    plan_lr("1e-4, 2e-4");
    ck_assert_int_eq(sweep_growth_new(plan, in_scratch("none"), false, &growth, &error), SWEEP_OK);
    sweep_growth_free(growth);
    struct sweep_growth_info info = look(false);
    ck_assert_uint_eq(info.n_new, 2);
    ck_assert_uint_eq(info.n_made, 0);
    ck_assert_uint_eq(info.first, 0);
    ck_assert_ptr_null(info.newest);
    check_run(1, "run_001", NULL);
    char name[32];
    const char *where;
    ck_assert(!sweep_growth_run(growth, 2, name, &where));
    struct sweep_plan_info before, after;
    sweep_plan_describe(plan, &before);
    char directory[100];
    snprintf(directory, sizeof directory, "%s", before.directory);
    ck_assert_int_eq(sweep_plan_grow(plan, growth, &error), SWEEP_OK);
    sweep_plan_describe(plan, &after);
    ck_assert_str_eq(after.directory, directory);
    ck_assert_uint_eq(after.runs, 2);
}
END_TEST

START_TEST(some_exist)
{
    char first[100];
    snprintf(first, sizeof first, "%s", make("1e-4, 2e-4"));
    plan_lr("3e-4, 2e-4, 4e-4, 1e-4");
    struct sweep_growth_info info = look(false);
    ck_assert_uint_eq(info.n_new, 2);
    ck_assert_uint_eq(info.n_made, 2);
    ck_assert_uint_eq(info.first, 2);
    ck_assert_str_eq(info.newest, first);
    check_run(0, "run_002", NULL);
    check_run(1, "run_001", first);
    check_run(2, "run_003", NULL);
    check_run(3, "run_000", first);
    sweep_growth_free(growth);
    info = look(true);
    ck_assert_uint_eq(info.n_new, 4);
    ck_assert_uint_eq(info.first, 2);
    ck_assert_ptr_null(info.newest);
    check_run(1, "run_003", NULL);
    sweep_growth_free(growth);
}
END_TEST

START_TEST(other_names_do_not_count)
{
    make("1e-4, 2e-4");
    ck_assert_int_eq(mkdir(in_scratch("g-0123456"), 0700), 0);
    ck_assert_int_eq(mkdir(in_scratch("g-01234567"), 0700), 0);
    plan_good("{\"name\": \"h\", \"base\": \"llama3_1/8B_lora_single_device\"}");
    ck_assert_uint_eq(look(false).first, 0);
    sweep_growth_free(growth);
    plan_lr("5e-4");
    ck_assert_uint_eq(look(false).first, 2);
    sweep_growth_free(growth);
}
END_TEST

/* A file of a sweep directory; the caller's. */
static char *part(const char *directory, const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return slurp(in_scratch(path));
}

/* The new sweep has the new runs, and says where the others are. */
START_TEST(only_new_runs)
{
    char first[100], second[100], expected[400];
    struct sweep_result result = {0};
    snprintf(first, sizeof first, "%s", make("1e-4, 2e-4"));
    snprintf(second, sizeof second, "%s", make("3e-4, 2e-4, 4e-4"));
    ck_assert_str_ne(first, second);
    CLEANUP_FREE char *mapping = part(second, "run_mapping.csv");
    ck_assert_ptr_nonnull(
        strstr(mapping, "\n2,run_002,d9de5b42c2da,configs/run_002.yaml,0.0003\n"));
    ck_assert_ptr_nonnull(strstr(mapping, "\n3,run_003,"));
    ck_assert_ptr_null(strstr(mapping, "run_004"));
    CLEANUP_FREE char *inherited = part(second, "inherited.csv");
    CLEANUP_FREE char *of_first = part(first, "run_mapping.csv");
    const char *row = strstr(of_first, "\n1,run_001,");
    snprintf(expected, sizeof expected, "id,run,directory\n%.12s,run_001,%s\n", row + 11, first);
    ck_assert_str_eq(inherited, expected);
    CLEANUP_FREE char *config = part(second, "configs/run_003.yaml");
    ck_assert_ptr_nonnull(strstr(config, "/g/run_003\n"));
    CLEANUP_FREE char *manifest = part(second, "manifest.json");
    ck_assert_ptr_nonnull(strstr(manifest, "\"first\": 2,\n \"inherited\": 1"));
    ck_assert_ptr_nonnull(strstr(manifest, "inherited.csv"));
    /* Nothing new. */
    plan_lr("3e-4, 4e-4, 1e-4");
    struct sweep_growth_info info = look(false);
    ck_assert_uint_eq(info.n_new, 0);
    ck_assert_str_eq(info.newest, second);
    ck_assert(!info.same_input);
    ck_assert_int_eq(sweep_plan_grow(plan, growth, &error), SWEEP_OK);
    ck_assert_int_eq(sweep_generate(plan, scratch, findings, -1, &result, &error), SWEEP_OK);
    ck_assert(result.existed);
    ck_assert_str_eq(strrchr(result.directory, '/') + 1, second);
    free(result.directory);
    /* The newest directory is that of the runs, not of all sweeps. */
    plan_lr("1e-4");
    info = look(false);
    ck_assert_str_eq(info.newest, first);
    sweep_growth_free(growth);
    /* What is gone is new again, with numbers that are in no directory. */
    CLEANUP_STRBUF struct strbuf remove = {0};
    strbuf_printf(&remove, "rm -r '%s'", in_scratch(first));
    ck_assert_int_eq(system(remove.data), 0);
    info = look(false);
    ck_assert_uint_eq(info.n_new, 1);
    ck_assert_uint_eq(info.first, 4);
    sweep_growth_free(growth);
}
END_TEST

/* A sweep that appears after the plan has grown is noticed, and the stage can be used again. */
START_TEST(another_sweep_in_the_meantime)
{
    char other[100];
    struct sweep_result result = {0};
    struct sweep_growth *own;
    plan_lr("1e-4, 2e-4");
    ck_assert_int_eq(sweep_growth_new(plan, scratch, false, &own, &error), SWEEP_OK);
    ck_assert_int_eq(sweep_plan_grow(plan, own, &error), SWEEP_OK);
    struct sweep_plan *late = plan;
    plan = NULL;
    snprintf(other, sizeof other, "%s", make("2e-4, 3e-4"));
    const struct sweep_stage_request request = {.queue = scratch};
    struct sweep_stage *stage = NULL;
    ck_assert_int_eq(sweep_stage_new(&request, &stage, &error), SWEEP_OK);
    ck_assert_int_eq(
        sweep_generate_staged(late, stage, findings, -1, &result, &error), SWEEP_CHANGED);
    ck_assert_ptr_null(result.directory);
    ck_assert_ptr_nonnull(strstr(error.message, "in the meantime"));
    error = (struct sweep_error){0};
    ck_assert_int_eq(sweep_plan_grow(late, NULL, &error), SWEEP_OK);
    ck_assert_int_eq(sweep_growth_new(late, scratch, false, &own, &error), SWEEP_OK);
    ck_assert_int_eq(sweep_plan_grow(late, own, &error), SWEEP_OK);
    ck_assert_int_eq(sweep_generate_staged(late, stage, findings, -1, &result, &error), SWEEP_OK);
    sweep_stage_free(stage);
    sweep_plan_free(late);
    const char *directory = strrchr(result.directory, '/') + 1;
    CLEANUP_FREE char *mapping = part(directory, "run_mapping.csv");
    ck_assert_ptr_nonnull(strstr(mapping, "\n2,run_002,45d010b5dd9a,"));
    ck_assert_ptr_null(strstr(mapping, "run_003"));
    CLEANUP_FREE char *inherited = part(directory, "inherited.csv");
    ck_assert_ptr_nonnull(strstr(inherited, ",run_000,"));
    ck_assert_ptr_nonnull(strstr(inherited, other));
    free(result.directory);
}
END_TEST

/* Of sweeps that are not made again, every file is compared. */
START_TEST(edited_sweeps)
{
    static const char *const values[] = {"1e-4, 2e-4", "1e-4, 3e-4", "1e-4"};
    char config[200];
    struct sweep_result result = {0};
    snprintf(config, sizeof config, "%s/configs/run_001.yaml", make("1e-4, 2e-4"));
    write_file(in_scratch(config), "edited");
    for (size_t i = 0; i < COUNT(values); i++) {
        plan_lr(values[i]);
        look(false);
        ck_assert_int_eq(sweep_plan_grow(plan, growth, &error), SWEEP_OK);
        ck_assert_int_eq(
            sweep_generate(plan, scratch, findings, -1, &result, &error), SWEEP_INVALID);
        ck_assert_ptr_nonnull(strstr(error.message, "is not as it was generated: configs/run_001"));
        error = (struct sweep_error){0};
    }
    /* Not of others, and none if all runs are made again. */
    make("4e-4");
    plan_lr("1e-4");
    look(true);
    ck_assert_int_eq(sweep_plan_grow(plan, growth, &error), SWEEP_OK);
    ck_assert_int_eq(sweep_generate(plan, scratch, findings, -1, &result, &error), SWEEP_OK);
    free(result.directory);
}
END_TEST

/* Numbers keep the directories of runs apart. Without them in the template, they are compared. */
START_TEST(directories_of_outputs)
{
    static const struct {
        const char *template, *values;
        enum sweep_code code;
    } cases[] = {
        {"o/{name}", "1e-4, 5e-4", SWEEP_OK},
        {"o/{run}", "1e-4, 6e-4", SWEEP_OK},
        {"o/{seed}/{lr}", "1e-4, 7e-4", SWEEP_OK},
        {"o/{seed}/{lr}", "9e-4, 8e-4", SWEEP_OK},
        {"o/{seed}/{lr}", "9e-4, 7e-4", SWEEP_OK},
    };
    char text[400];
    make("1e-4, 2e-4");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sweep_result result = {0};
        snprintf(text, sizeof text,
            "{\"name\": \"g\", \"base\": \"llama3_1/8B_lora_single_device\","
            " \"grid\": {\"lr\": [%s]}, \"output_dir\": \"%s\"}",
            cases[i].values, cases[i].template);
        plan_good(text);
        look(false);
        ck_assert_int_eq(sweep_plan_grow(plan, growth, &error), SWEEP_OK);
        ck_assert_int_eq(sweep_plan_check_queue(plan, scratch, findings, &error), cases[i].code);
        ck_assert_int_eq(sweep_generate(plan, scratch, findings, -1, &result, &error), SWEEP_OK);
        free(result.directory);
    }
    /* Another run with the same directory: only the weight decay differs. */
    snprintf(text, sizeof text,
        "{\"name\": \"g\", \"base\": \"llama3_1/8B_lora_single_device\", \"fixed\":"
        " {\"weight_decay\": 0.5}, \"grid\": {\"lr\": [7e-4]}, \"output_dir\": \"o/{seed}/{lr}\"}");
    plan_good(text);
    look(false);
    ck_assert_int_eq(sweep_plan_grow(plan, growth, &error), SWEEP_OK);
    ck_assert_int_eq(sweep_plan_check_queue(plan, scratch, findings, &error), SWEEP_INVALID);
}
END_TEST

/* More than a thousand runs: folders by number, also if the first one is not full. */
START_TEST(folders_go_on)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    struct sweep_result result = {0};
    struct sweep_space needs;
    make("1e-4");
    strbuf_puts(&text, "{\"name\": \"g\", \"base\": \"llama3_1/8B_lora_single_device\","
                       " \"grid\": {\"seed\": [0");
    for (int i = 1; i <= 1000; i++)
        strbuf_printf(&text, ", %d", i);
    strbuf_puts(&text, "]}}");
    plan_good(text.data);
    look(false);
    ck_assert_int_eq(sweep_plan_grow(plan, growth, &error), SWEEP_OK);
    const struct sweep_stage_request request = {.queue = scratch};
    struct sweep_stage *stage = NULL;
    ck_assert_int_eq(sweep_stage_new(&request, &stage, &error), SWEEP_OK);
    sweep_stage_needs(stage, plan, &needs);
    ck_assert_int_eq(sweep_generate_staged(plan, stage, findings, -1, &result, &error), SWEEP_OK);
    sweep_stage_free(stage);
    const char *directory = strrchr(result.directory, '/') + 1;
    CLEANUP_FREE char *first = part(directory, "configs/000/run_0001.yaml");
    CLEANUP_FREE char *last = part(directory, "configs/001/run_1001.yaml");
    ck_assert_ptr_nonnull(strstr(last, "seed: 1000"));
    ck_assert_uint_eq(needs.files, result.files + 5); /* and directories */
    free(result.directory);
}
END_TEST

/* Without the files that say what there is, nothing can be said. */
START_TEST(damaged_sweeps)
{
    static const struct {
        const char *file, *text, *message;
    } cases[] = {
        {"run_mapping.csv", "index,run,id,config\n", "run_mapping.csv was changed"},
        {"run_mapping.csv", NULL, "run_mapping.csv is missing"},
        {"manifest.json", "{\"digest\": \"1\"}", "manifest.json does not list its files"},
        {"manifest.json", "{}", "manifest.json has no digest"},
        {"manifest.json", "{", "manifest.json is missing or cannot be read"},
        {"manifest.json", NULL, "manifest.json is missing or cannot be read"},
    };
    char directory[100], file[200];
    snprintf(directory, sizeof directory, "%s", make("1e-4, 2e-4"));
    for (size_t i = 0; i < COUNT(cases); i++) {
        snprintf(file, sizeof file, "%s/%s", directory, cases[i].file);
        CLEANUP_FREE char *before = slurp(in_scratch(file));
        if (cases[i].text != NULL)
            write_file(in_scratch(file), cases[i].text);
        else
            ck_assert_int_eq(unlink(in_scratch(file)), 0);
        plan_lr("1e-4, 5e-4");
        error = (struct sweep_error){0};
        ck_assert_int_eq(sweep_growth_new(plan, scratch, false, &growth, &error), SWEEP_INVALID);
        ck_assert_msg(strstr(error.message, cases[i].message) != NULL, "%s", error.message);
        ck_assert_ptr_nonnull(strstr(error.message, directory));
        write_file(in_scratch(file), before);
    }
    look(false);
    sweep_growth_free(growth);
}
END_TEST

START_TEST(rows_of_mappings)
{
    static const char text[] = "index,run,id,config,\"a\"\"\nb\"\n"
                               "7,run_007,0123456789ab,c,\"1\n2\"\"\"\n"
                               "1000,run_1000,ffffffffffff,c,\n";
    static const char *const damaged[] = {"x,run_001,0123456789ab,c\n", "1,run_002,0123456789ab,\n",
        "1,run_001,0123456789aB,c\n", "1,run_001,0123456789a", "1,run_", "1",
        "1,foo,012345678901,c", "1,run_001,012345678901",
        "12345678901,run_12345678901,012345678901,c\n"};
    struct mapping_reader reader;
    struct mapping_row row;
    ck_assert(!mapping_reader_begin(&reader, "index", 5));
    ck_assert(mapping_reader_begin(&reader, text, strlen(text)));
    ck_assert(mapping_reader_next(&reader, &row));
    ck_assert_uint_eq(row.number, 7);
    ck_assert_int_eq(row.name_width, 3);
    ck_assert(row.has_id && row.id == 0x0123456789ab);
    ck_assert(mapping_reader_next(&reader, &row));
    ck_assert_uint_eq(row.number, 1000);
    ck_assert_int_eq(row.name_width, 4);
    ck_assert(row.id == 0xffffffffffff);
    ck_assert(!mapping_reader_next(&reader, &row) && !reader.is_damaged);
    for (size_t i = 0; i < COUNT(damaged); i++) {
        char whole[200];
        snprintf(whole, sizeof whole, "index,run,id,config\n%s", damaged[i]);
        ck_assert(mapping_reader_begin(&reader, whole, strlen(whole)));
        ck_assert(!mapping_reader_next(&reader, &row));
        ck_assert(reader.is_damaged);
        ck_assert(!mapping_reader_next(&reader, &row));
    }
    /* Of a release before there were identities. */
    static const char old[] = "index,run,config\n3,run_003,c\n";
    ck_assert(mapping_reader_begin(&reader, old, strlen(old)));
    ck_assert(mapping_reader_next(&reader, &row) && row.number == 3 && !row.has_id);
    ck_assert(!mapping_reader_next(&reader, &row) && !reader.is_damaged);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("growth");
    TCase *tc = add_case(suite, "growth");
    use_scratch(tc);
    tcase_add_checked_fixture(tc, plan_set_up, plan_tear_down);
    tcase_add_test(tc, all_are_new);
    tcase_add_test(tc, some_exist);
    tcase_add_test(tc, other_names_do_not_count);
    tcase_add_test(tc, damaged_sweeps);
    tcase_add_test(tc, only_new_runs);
    tcase_add_test(tc, another_sweep_in_the_meantime);
    tcase_add_test(tc, edited_sweeps);
    tcase_add_test(tc, directories_of_outputs);
    tcase_add_test(tc, folders_go_on);
    tcase_add_test(tc, rows_of_mappings);
    return check_main(suite);
}
