/* SPDX-License-Identifier: Apache-2.0
 *
 * What is written, and that each file is there whole or as it was before.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/builder/common.h"

static const struct sweep_save_options with_metadata = {.metadata = true};

/* The metadata beside scratch/run.yaml, as values. */
static json_t *metadata_of(const char *name)
{
    AUTO_BUILDER struct sweep_builder *builder = sweep_builder_from_file(trainer, in_scratch(name));
    return built(builder);
}

static void assert_names(const char *names)
{
    AUTO_FREE char *got = names_in(scratch);
    ck_assert_str_eq(got, names);
}

static void save(
    const struct sweep_builder *builder, const char *name, const struct sweep_save_options *options)
{
    struct sweep_error error = {0};
    enum sweep_code code = sweep_builder_save(builder, in_scratch(name), options, &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
}

/* --- what is written ---------------------------------------------------------------------- */

START_TEST(config_alone)
{
    static const struct sweep_save_options off = {.generated_at = "now", .git_commit = "abc"};
    AUTO_BUILDER struct sweep_builder *builder = sweep_with_seed(from_base(BASE), 42);
    AUTO_FREE char *wanted = text_of(builder);
    const struct sweep_save_options *const options[] = {NULL, &off};
    for (size_t i = 0; i < COUNT(options); i++) {
        save(builder, "run.yaml", options[i]);
        AUTO_FREE char *text = read_text(in_scratch("run.yaml"));
        ck_assert_str_eq(text, wanted);
        assert_names("run.yaml ");
    }
}
END_TEST

START_TEST(names)
{
    static const char *const cases[][2] = {
        {"a.yaml", "a.meta.yaml a.yaml "},
        {"b.yml", "b.meta.yaml b.yml "},
        {"c", "c c.meta.yaml "},
        {"d.yaml.bak", "d.yaml.bak d.yaml.bak.meta.yaml "},
        {".yaml", ".yaml .yaml.meta.yaml "},
        {"e f.yaml", "e f.meta.yaml e f.yaml "},
    };
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char directory[200], path[300];
        snprintf(directory, sizeof directory, "%s/%zu", scratch, i);
        ck_assert_int_eq(mkdir(directory, 0755), 0);
        snprintf(path, sizeof path, "%s/%s", directory, cases[i][0]);
        ck_assert_int_eq(sweep_builder_save(builder, path, &with_metadata, NULL), SWEEP_OK);
        AUTO_FREE char *names = names_in(directory);
        /* ".yaml" alone is a name and not an ending; both readings are as good. */
        if (i != 4)
            ck_assert_str_eq(names, cases[i][1]);
        AUTO_BUILDER struct sweep_builder *again =
            sweep_builder_from_previous(trainer, path, NULL, SWEEP_PREVIOUS_STRICT);
        assert_fine(again);
    }
}
END_TEST

/* All of the metadata that does not depend on options, as values. */
START_TEST(metadata)
{
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    sweep_with_learning_rate(builder, 5e-4);
    sweep_with_lora_params(builder, 32, 64);
    sweep_builder_delete(builder, "profiler.num_cycles");
    AUTO_JSON json_t *object = value_of("{'model': {'extra': [1]}, 'seed': 1}");
    sweep_builder_override(builder, object);
    save(builder, "run.yaml", &with_metadata);
    AUTO_JSON json_t *got = metadata_of("run.meta.yaml");
    ck_assert_uint_eq(json_string_length(json_object_get(got, "config_sha256")), 64);
    ck_assert_uint_eq(json_string_length(json_object_get(got, "base_sha256")), 64);
    ck_assert(json_is_string(json_object_get(got, "sweepd_version")));
    json_object_del(got, "config_sha256");
    json_object_del(got, "base_sha256");
    json_object_del(got, "sweepd_version");
    assert_value(got, "{'metadata_version': '1.0', 'source_type': 'torchtune_shipped',"
                      " 'base_type': 'torchtune_shipped', 'base_config': '" BASE "',"
                      " 'profile': 'torchtune 0.6.1', 'deletions': ['profiler.num_cycles'],"
                      " 'overrides': {'optimizer': {'lr': 5e-4}, 'seed': 1,"
                      "  'model': {'lora_rank': 32, 'lora_alpha': 64, 'extra': [1]}},"
                      " 'operations': [{'with': 'learning_rate', 'argument': 5e-4},"
                      "  {'with': 'lora_params', 'argument': {'rank': 32, 'alpha': 64}},"
                      "  {'delete': 'profiler.num_cycles'},"
                      "  {'override': {'model': {'extra': [1]}, 'seed': 1}}]}");
}
END_TEST

START_TEST(given_facts)
{
    const struct sweep_save_options options = {.metadata = true,
        .generated_at = "2025-06-07T08:09:10Z",
        .git_commit = "0123abcd",
        .git_dirty = true};
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    save(builder, "run.yaml", &options);
    AUTO_JSON json_t *got = metadata_of("run.meta.yaml");
    assert_value(json_object_get(got, "generated_at"), "'2025-06-07T08:09:10Z'");
    assert_value(json_object_get(got, "git"), "{'commit': '0123abcd', 'dirty': true}");
    ck_assert_ptr_null(json_object_get(got, "data_provenance"));
    save(builder, "bare.yaml", &with_metadata);
    AUTO_JSON json_t *bare = metadata_of("bare.meta.yaml");
    ck_assert_ptr_null(json_object_get(bare, "generated_at"));
    ck_assert_ptr_null(json_object_get(bare, "git"));
}
END_TEST

/* Facts that are no UTF-8 are wrong input, and not a lack of memory. */
START_TEST(facts_in_other_encodings)
{
    const struct sweep_save_options time = {.metadata = true, .generated_at = "Mär\xff"},
                                    commit = {.metadata = true, .git_commit = "\xff"};
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    ck_assert_int_ne(
        sweep_builder_save(builder, in_scratch("run.yaml"), &time, NULL), SWEEP_NO_MEMORY);
    ck_assert_int_ne(
        sweep_builder_save(builder, in_scratch("run.yaml"), &commit, NULL), SWEEP_NO_MEMORY);
    /* A directory may well have such a name. */
    char directory[200], path[300];
    snprintf(directory, sizeof directory, "%s/\xe4", scratch);
    ck_assert_int_eq(mkdir(directory, 0755), 0);
    snprintf(path, sizeof path, "%s/run.yaml", directory);
    ck_assert_int_eq(sweep_builder_save(builder, path, NULL, NULL), SWEEP_OK);
    AUTO_BUILDER struct sweep_builder *file = sweep_builder_from_file(trainer, path);
    assert_fine(file);
    ck_assert_int_ne(
        sweep_builder_save(file, in_scratch("next.yaml"), &with_metadata, NULL), SWEEP_NO_MEMORY);
}
END_TEST

/* Size and digest of the data file; nothing for what is no local file. */
START_TEST(provenance)
{
    static const struct sweep_save_options options = {.metadata = true, .provenance = true};
    char data[300];
    snprintf(data, sizeof data, "%s", in_scratch("data.json"));
    write_text(data, "[]\n");
    AUTO_BUILDER struct sweep_builder *local = sweep_with_dataset(from_base(BASE), data);
    const struct sweep_save_options at_home = {
        .metadata = true, .provenance = true, .home = scratch};
    save(local, "local.yaml", &at_home);
    AUTO_JSON json_t *got = metadata_of("local.meta.yaml");
    assert_value(json_object_get(got, "data_provenance"),
        "{'file': '~/data.json', 'bytes': 3, 'sha256':"
        " '37517e5f3dc66819f61f5a7bb8ace1921282415f10551d2defa5c3eb0985b570'}");
    AUTO_BUILDER struct sweep_builder *hub = sweep_with_dataset(from_base(BASE), "org/name");
    save(hub, "hub.yaml", &options);
    AUTO_JSON json_t *none = metadata_of("hub.meta.yaml");
    ck_assert_ptr_null(json_object_get(none, "data_provenance"));
}
END_TEST

/* Addresses and interpolations are no local files: there is nothing to measure, and no reason not
 * to save. */
START_TEST(provenance_of_what_is_not_local)
{
    static const struct sweep_save_options options = {.metadata = true, .provenance = true};
    static const char *const places[] = {
        "https://example.org/data.json", "hf://datasets/org/name/data.csv", "${output_dir}/d.json"};
    for (size_t i = 0; i < COUNT(places); i++) {
        AUTO_BUILDER struct sweep_builder *builder = sweep_with_dataset(from_base(BASE), places[i]);
        save(builder, "run.yaml", &options);
        AUTO_JSON json_t *got = metadata_of("run.meta.yaml");
        ck_assert_ptr_null(json_object_get(got, "data_provenance"));
    }
}
END_TEST

/* --- whole or not at all ------------------------------------------------------------------ */

START_TEST(replaces)
{
    AUTO_BUILDER struct sweep_builder *one = sweep_with_seed(from_base(BASE), 1);
    AUTO_BUILDER struct sweep_builder *two = sweep_with_epochs(from_base(BASE), 2);
    AUTO_FREE char *wanted = text_of(two);
    save(one, "run.yaml", &with_metadata);
    save(two, "run.yaml", &with_metadata);
    AUTO_FREE char *text = read_text(in_scratch("run.yaml"));
    AUTO_JSON json_t *metadata = metadata_of("run.meta.yaml");
    ck_assert_str_eq(text, wanted);
    assert_value(json_object_get(metadata, "operations"), "[{'with': 'epochs', 'argument': 2}]");
    assert_names("run.meta.yaml run.yaml ");
}
END_TEST

START_TEST(nowhere_to_save)
{
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    struct sweep_error error = {0};
    ck_assert_int_eq(sweep_builder_save(builder, in_scratch("no/run.yaml"), &with_metadata, &error),
        SWEEP_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(error.message, "no/run.yaml: No such file or directory"));
    assert_names("");
    /* A directory of this name is in the way. */
    ck_assert_int_eq(mkdir(in_scratch("run.yaml"), 0755), 0);
    ck_assert_int_eq(
        sweep_builder_save(builder, in_scratch("run.yaml"), &with_metadata, NULL), SWEEP_IO);
    assert_names("run.yaml ");
    ck_assert_int_eq(sweep_builder_save(builder, "/proc/none.yaml", NULL, NULL), SWEEP_NOT_FOUND);
}
END_TEST

/* A FIFO, a device and a socket are refused; neither the config nor its metadata replaces them. */
START_TEST(not_a_regular_file)
{
    static const struct {
        mode_t type;
        dev_t device;
    } kinds[] = {{S_IFIFO, 0}, {S_IFCHR, 0x103 /* /dev/null */}, {S_IFSOCK, 0}};
    static const char *const names[] = {"run.yaml", "run.meta.yaml"};
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    for (size_t i = 0; i < COUNT(kinds) * COUNT(names); i++) {
        const char *name = names[i % COUNT(names)];
        mode_t type = kinds[i / COUNT(names)].type;
        struct sweep_error error = {0};
        struct stat status;
        if (mknod(in_scratch(name), type | 0600, kinds[i / COUNT(names)].device) != 0)
            continue; /* only root can create devices */
        ck_assert_int_eq(
            sweep_builder_save(builder, in_scratch("run.yaml"), &with_metadata, &error), SWEEP_IO);
        ck_assert_msg(strstr(error.message, name) != NULL &&
                          strstr(error.message, "it is not a regular file") != NULL,
            "%s", error.message);
        ck_assert(lstat(in_scratch(name), &status) == 0 && (status.st_mode & S_IFMT) == type);
        ck_assert_int_eq(unlink(in_scratch(name)), 0);
        assert_names("");
    }
}
END_TEST

/* The link stays, and what it leads to is replaced, or created. */
START_TEST(through_a_link)
{
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    AUTO_FREE char *wanted = text_of(builder);
    struct stat status;
    ck_assert_int_eq(mkdir(in_scratch("store"), 0755), 0);
    for (int round = 0; round < 2; round++) {
        if (round == 1)
            write_text(in_scratch("store/new.yaml"), "seed: 1\n");
        ck_assert_int_eq(symlink("store/second", in_scratch("run.yaml")), 0);
        ck_assert_int_eq(symlink(in_scratch("store/new.yaml"), in_scratch("store/second")), 0);
        save(builder, "run.yaml", NULL);
        AUTO_FREE char *text = read_text(in_scratch("store/new.yaml"));
        ck_assert_str_eq(text, wanted);
        ck_assert(lstat(in_scratch("run.yaml"), &status) == 0 && S_ISLNK(status.st_mode));
        ck_assert(lstat(in_scratch("store/second"), &status) == 0 && S_ISLNK(status.st_mode));
        ck_assert_int_eq(unlink(in_scratch("run.yaml")), 0);
        ck_assert_int_eq(unlink(in_scratch("store/second")), 0);
        ck_assert_int_eq(unlink(in_scratch("store/new.yaml")), 0);
    }
    ck_assert_int_eq(rmdir(in_scratch("store")), 0);
}
END_TEST

/* To a device, in a circle, and, as /tmp may have one, of another user. */
START_TEST(through_a_wrong_link)
{
    static const char *const targets[] = {"/dev/null", "run.yaml", "elsewhere"};
    static const char *const reasons[] = {
        "it is not a regular file", "Too many levels", "it is a symbolic link of another user"};
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    for (size_t i = 0; i < COUNT(targets); i++) {
        struct sweep_error error = {0};
        ck_assert_int_eq(symlink(targets[i], in_scratch("run.yaml")), 0);
        if (i < 2 || lchown(in_scratch("run.yaml"), 65534, 65534) == 0) {
            ck_assert_int_eq(
                sweep_builder_save(builder, in_scratch("run.yaml"), NULL, &error), SWEEP_IO);
            ck_assert_msg(strstr(error.message, reasons[i]) != NULL, "%s", error.message);
        }
        assert_names("run.yaml ");
        ck_assert_int_eq(unlink(in_scratch("run.yaml")), 0);
    }
}
END_TEST

/* As a user who may not write there; root may write anywhere. */
START_TEST(read_only_directory)
{
    char root[96];
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    write_text(in_scratch("run.yaml"), "seed: 1\n");
    snprintf(root, sizeof root, "%s", scratch);
    *strrchr(root, '/') = '\0';
    ck_assert(chmod(root, 0755) == 0 && chmod(scratch, 0555) == 0);
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(77);
        enum sweep_code code =
            sweep_builder_save(builder, in_scratch("run.yaml"), &with_metadata, NULL);
        sweep_builder_free(builder); /* valgrind looks at the child, too */
        _exit((int)code);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(chmod(scratch, 0755), 0);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), SWEEP_IO);
    AUTO_FREE char *text = read_text(in_scratch("run.yaml"));
    ck_assert_str_eq(text, "seed: 1\n");
    assert_names("run.yaml ");
}
END_TEST

/* Saves while no file may grow beyond `most` bytes. */
static enum sweep_code save_limited(const struct sweep_builder *builder, rlim_t most)
{
    struct rlimit before, limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    limit = before;
    limit.rlim_cur = most;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct sweep_error error = {0};
    enum sweep_code code =
        sweep_builder_save(builder, in_scratch("run.yaml"), &with_metadata, &error);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    ck_assert_int_eq(code, error.code);
    return code;
}

/* As on a full disk: a write that stops halfway. */
START_TEST(short_write)
{
    static const rlim_t limits[] = {0, 1, 100, 4000};
    for (size_t i = 0; i < COUNT(limits); i++) {
        AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
        ck_assert_int_eq(save_limited(builder, limits[i]), SWEEP_IO);
        assert_names("");
    }
}
END_TEST

START_TEST(short_write_over_a_file)
{
    AUTO_BUILDER struct sweep_builder *old = sweep_with_seed(from_base(BASE), 1);
    AUTO_BUILDER struct sweep_builder *new = sweep_with_seed(from_base(BASE), 2);
    save(old, "run.yaml", &with_metadata);
    AUTO_FREE char *config = read_text(in_scratch("run.yaml"));
    AUTO_FREE char *metadata = read_text(in_scratch("run.meta.yaml"));
    ck_assert_int_eq(save_limited(new, 100), SWEEP_IO);
    AUTO_FREE char *config_now = read_text(in_scratch("run.yaml"));
    AUTO_FREE char *metadata_now = read_text(in_scratch("run.meta.yaml"));
    ck_assert_str_eq(config_now, config);
    ck_assert_str_eq(metadata_now, metadata);
    assert_names("run.meta.yaml run.yaml ");
}
END_TEST

/* The metadata is larger than the config and fails: the config is new, the metadata as it was, and
 * nobody takes one for the other's. */
START_TEST(short_write_of_metadata)
{
    AUTO_JSON json_t *little = value_of("{'seed': 0}");
    AUTO_BUILDER struct sweep_builder *old = sweep_builder_from_object(trainer, little);
    save(old, "run.yaml", &with_metadata);
    AUTO_FREE char *metadata = read_text(in_scratch("run.meta.yaml"));
    ck_assert_int_eq(save_limited(sweep_with_seed(old, 2), 100), SWEEP_IO);
    AUTO_FREE char *config_now = read_text(in_scratch("run.yaml"));
    AUTO_FREE char *metadata_now = read_text(in_scratch("run.meta.yaml"));
    ck_assert_str_eq(config_now, "seed: 2\n");
    ck_assert_str_eq(metadata_now, metadata);
    assert_names("run.meta.yaml run.yaml ");
    AUTO_BUILDER struct sweep_builder *next =
        sweep_builder_from_previous(trainer, in_scratch("run.yaml"), NULL, SWEEP_PREVIOUS_STRICT);
    ck_assert_int_eq(sweep_builder_status(next, NULL), SWEEP_INVALID);
}
END_TEST

/* For the threads of the next test. */
static char in_one_place[200];
static const struct sweep_builder *second;

/* Saves often; what went wrong, or NULL. */
static void *save_often(void *builder)
{
    static struct sweep_error errors[2];
    for (int i = 0; i < 50; i++) {
        struct sweep_error error = {0};
        if (sweep_builder_save(builder, in_one_place, NULL, &error) != SWEEP_OK) {
            struct sweep_error *kept = &errors[builder == second];
            *kept = error;
            return kept->message;
        }
    }
    return NULL;
}

/* Builders in two threads may well save to one path: each time, one of them wins. */
START_TEST(two_threads)
{
    pthread_t threads[2];
    struct sweep_builder *builders[2] = {
        sweep_with_seed(from_base(BASE), 1), sweep_with_seed(from_base(BASE), 22)};
    void *wrong[2];
    second = builders[1];
    snprintf(in_one_place, sizeof in_one_place, "%s/run.yaml", scratch);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, save_often, builders[i]), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_join(threads[i], &wrong[i]), 0);
    AUTO_FREE char *text = read_text(in_one_place);
    AUTO_FREE char *one = text_of(builders[0]), *other = text_of(builders[1]);
    sweep_builder_free(builders[0]);
    sweep_builder_free(builders[1]);
    for (int i = 0; i < 2; i++)
        ck_assert_msg(wrong[i] == NULL, "%s", (const char *)wrong[i]);
    ck_assert(text != NULL && (strcmp(text, one) == 0 || strcmp(text, other) == 0));
    assert_names("run.yaml ");
}
END_TEST

/* Data that cannot be measured: decided before anything is written. */
START_TEST(missing_data)
{
    static const struct sweep_save_options options = {.metadata = true, .provenance = true};
    AUTO_BUILDER struct sweep_builder *builder =
        sweep_with_dataset(from_base(BASE), in_scratch("none.json"));
    if (sweep_builder_save(builder, in_scratch("run.yaml"), &options, NULL) != SWEEP_OK)
        assert_names("");
}
END_TEST

/* Long names leave room for what a hidden file's name adds. */
START_TEST(longest_name)
{
    char name[256] = "";
    memset(name, 'n', 250);
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    save(builder, name, NULL);
    ck_assert(exists(in_scratch(name)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("save");
    TCase *tc = new_case(suite, "written");
    tcase_add_test(tc, config_alone);
    tcase_add_test(tc, names);
    tcase_add_test(tc, metadata);
    tcase_add_test(tc, given_facts);
    tcase_add_test(tc, facts_in_other_encodings);
    tcase_add_test(tc, provenance);
    tcase_add_test(tc, provenance_of_what_is_not_local);
    tc = new_case(suite, "whole");
    tcase_add_test(tc, replaces);
    tcase_add_test(tc, nowhere_to_save);
    tcase_add_test(tc, not_a_regular_file);
    tcase_add_test(tc, through_a_link);
    tcase_add_test(tc, through_a_wrong_link);
    tcase_add_test(tc, read_only_directory);
    tcase_add_test(tc, short_write);
    tcase_add_test(tc, short_write_over_a_file);
    tcase_add_test(tc, short_write_of_metadata);
    tcase_add_test(tc, two_threads);
    tcase_add_test(tc, missing_data);
    tcase_add_test(tc, longest_name);
    return run_suite(suite);
}
