/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a builder starts from, and what it says when it cannot.
 */
#include <sys/stat.h>

#include "tests/builder/common.h"

static struct sweep_source source_of(const struct sweep_builder *builder)
{
    struct sweep_source source;
    sweep_builder_source(builder, &source);
    return source;
}

/* The SHA-256 of a text, by the coreutils. */
static const char *sha256_of(const char *text)
{
    static char line[80];
    char command[600];
    write_text(in_scratch("digest"), text);
    snprintf(command, sizeof command, "sha256sum '%s'", in_scratch("digest"));
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, pipe));
    ck_assert_int_eq(pclose(pipe), 0);
    line[64] = '\0';
    unlink(in_scratch("digest"));
    return line;
}

static void assert_place(const struct sweep_findings *findings, size_t index, const char *code,
    const char *file, unsigned line, unsigned column)
{
    const struct sweep_finding *finding = sweep_findings_get(findings, index);
    ck_assert_ptr_nonnull(finding);
    ck_assert_str_eq(finding->code, code);
    ck_assert_str_eq(finding->place.file, file);
    ck_assert_uint_eq(finding->place.line, line);
    ck_assert_uint_eq(finding->place.column, column);
}

/* --- bases -------------------------------------------------------------------------------- */

START_TEST(bases)
{
    for (size_t i = 0; i < COUNT(embedded_bases); i++) {
        AUTO_BUILDER struct sweep_builder *builder = from_base(embedded_bases[i]);
        struct sweep_source source = source_of(builder);
        AUTO_FREE char *text = base_text(embedded_bases[i]), *same = text_of(builder);
        ck_assert_int_eq(source.kind, SWEEP_SOURCE_BASE);
        ck_assert_str_eq(source.origin, embedded_bases[i]);
        ck_assert_str_eq(source.sha256, sha256_of(text));
        ck_assert_str_eq(same, text);
        ck_assert_ptr_null(sweep_findings_get(sweep_builder_findings(builder), 0));
        AUTO_FINDINGS struct sweep_findings *findings = sweep_findings_new();
        ck_assert_int_eq(sweep_builder_validate(builder, NULL, findings), SWEEP_OK);
        ck_assert_ptr_null(sweep_findings_get(findings, 0));
    }
}
END_TEST

START_TEST(unknown_bases)
{
    static const char *const cases[][2] = {
        {"llama3_1/8B_lora_single_devise", "no base config \"llama3_1/8B_lora_single_devise\""},
        {"", "no base config \"\""},
        {NULL, "no base config \"\""},
        {"../bases/llama3_1/8B_lora", "no base config \"../bases/llama3_1/8B_lora\""},
        {"/etc/passwd", "no base config \"/etc/passwd\""},
        {"llama3_1/70B_lora", "base config \"llama3_1/70B_lora\" is not compiled in and needs an "
                              "installed torchtune"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_BUILDER struct sweep_builder *builder = sweep_builder_from_base(trainer, cases[i][0]);
        AUTO_FINDINGS struct sweep_findings *findings = sweep_findings_new();
        json_t *config = NULL;
        ck_assert_ptr_nonnull(builder);
        assert_failure(builder, SWEEP_NOT_FOUND, cases[i][1]);
        sweep_with_seed(builder, 1);
        sweep_builder_override(builder, NULL);
        sweep_builder_delete(builder, "seed");
        assert_failure(builder, SWEEP_NOT_FOUND, cases[i][1]);
        ck_assert_int_eq(sweep_builder_build(builder, &config, NULL), SWEEP_NOT_FOUND);
        ck_assert_ptr_null(config);
        ck_assert_int_eq(sweep_builder_validate(builder, NULL, findings), SWEEP_NOT_FOUND);
        ck_assert_int_eq(source_of(builder).kind, SWEEP_SOURCE_BASE);
    }
}
END_TEST

/* A name of a base that is known, but of another recipe, is checked for the recipe asked for. */
START_TEST(recipes)
{
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    AUTO_FINDINGS struct sweep_findings *good = sweep_findings_new(), *bad = sweep_findings_new();
    ck_assert_int_eq(
        sweep_builder_validate(builder, "lora_finetune_single_device", good), SWEEP_OK);
    ck_assert_int_eq(sweep_builder_validate(builder, "no_such_recipe", bad), SWEEP_INVALID);
    ck_assert_str_eq(sweep_findings_get(bad, 0)->code, "unknown-recipe");
    sweep_builder_override(builder, NULL);
    ck_assert_int_eq(sweep_builder_validate(builder, NULL, bad), SWEEP_INVALID);
    ck_assert_str_eq(sweep_findings_get(bad, 1)->code, "builder");
}
END_TEST

/* --- files -------------------------------------------------------------------------------- */

START_TEST(files)
{
    static const char text[] = "# mine\nseed: 1\noptimizer: {lr: 3e-4}  # both\n";
    char here[4096], linked[512];
    write_text(in_scratch("run.yaml"), text);
    snprintf(linked, sizeof linked, "%s", in_scratch("link.yaml"));
    ck_assert_int_eq(symlink("run.yaml", linked), 0);
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    ck_assert_int_eq(chdir(scratch), 0);
    const char *const paths[] = {in_scratch("run.yaml"), "run.yaml", ".//./run.yaml", linked};
    for (size_t i = 0; i < COUNT(paths); i++) {
        AUTO_BUILDER struct sweep_builder *builder = sweep_builder_from_file(trainer, paths[i]);
        assert_fine(builder);
        struct sweep_source source = source_of(builder);
        ck_assert_int_eq(source.kind, SWEEP_SOURCE_FILE);
        ck_assert_str_eq(source.origin, in_scratch("run.yaml"));
        ck_assert_str_eq(
            source.sha256, "373d1934cb3f22946f96789fd6d8c339e15dc490d71b23017a25a3262b54d9d2");
        AUTO_FREE char *same = text_of(builder);
        ck_assert_str_eq(same, text);
        AUTO_JSON json_t *config = built(builder);
        assert_value(config, "{'seed': 1, 'optimizer': {'lr': 3e-4}}");
    }
    ck_assert_int_eq(chdir(here), 0);
}
END_TEST

/* The file is read once: what happens to it later does not matter. */
START_TEST(file_is_read_once)
{
    write_text(in_scratch("run.yaml"), "seed: 1\n");
    AUTO_BUILDER struct sweep_builder *builder =
        sweep_builder_from_file(trainer, in_scratch("run.yaml"));
    write_text(in_scratch("run.yaml"), "seed: [");
    sweep_with_seed(builder, 2);
    AUTO_FREE char *text = text_of(builder);
    ck_assert_str_eq(text, "seed: 2\n");
}
END_TEST

START_TEST(unreadable_files)
{
    char message[600];
    AUTO_BUILDER struct sweep_builder *missing =
        sweep_builder_from_file(trainer, in_scratch("none.yaml"));
    snprintf(message, sizeof message, "cannot read %s: No such file or directory",
        in_scratch("none.yaml"));
    assert_failure(missing, SWEEP_NOT_FOUND, message);
    ck_assert_str_eq(source_of(missing).origin, in_scratch("none.yaml"));
    AUTO_BUILDER struct sweep_builder *directory = sweep_builder_from_file(trainer, scratch);
    snprintf(message, sizeof message, "%s is not a regular file", scratch);
    assert_failure(directory, SWEEP_IO, message);
    /* A FIFO that nobody writes to must not hold anybody up. */
    ck_assert_int_eq(mkfifo(in_scratch("fifo"), 0600), 0);
    AUTO_BUILDER struct sweep_builder *fifo = sweep_builder_from_file(trainer, in_scratch("fifo"));
    ck_assert_int_eq(sweep_builder_status(fifo, NULL), SWEEP_IO);
    AUTO_BUILDER struct sweep_builder *none = sweep_builder_from_file(trainer, NULL);
    ck_assert_int_eq(sweep_builder_status(none, NULL), SWEEP_NOT_FOUND);
}
END_TEST

/* What is wrong in a file is a finding with its place, and the builder's error. */
START_TEST(bad_files)
{
    static const struct {
        const char *text, *code;
        unsigned line, column;
    } cases[] = {
        {"a: 1\nb: [1, 2\nc: 3\n", "yaml-syntax", 2, 4},
        {"a: 1\n\n  b: 2\n", "yaml-syntax", 3, 3},
        {"a: 1\nlist:\n  - x\na: 2\n", "duplicate-key", 4, 1},
        {"- a\n- b\n", "not-a-mapping", 1, 1},
        {"just text\n", "not-a-mapping", 1, 1},
        {"a: 1\n1: 2\n", "bad-key", 2, 1},
        {"a: \xc3\xa4\nb: \xff\n", "not-utf8", 2, 4},
        {"a: 1\n---\nb: 2\n", "several-documents", 2, 1},
        {"\xc3\xa4: {x: *nowhere}\n", "unknown-alias", 1, 8},
        {"a: .nan\n", "not-finite", 1, 4},
        {"a: 99999999999999999999\n", "int-range", 1, 4},
        {"a: !!python/object:os.system x\n", "bad-tag", 1, 4},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *path = in_scratch("bad.yaml");
        char place[600];
        write_text(path, cases[i].text);
        AUTO_BUILDER struct sweep_builder *builder = sweep_builder_from_file(trainer, path);
        const struct sweep_findings *findings = sweep_builder_findings(builder);
        assert_place(findings, 0, cases[i].code, path, cases[i].line, cases[i].column);
        snprintf(place, sizeof place, "%s:%u:%u: %s", path, cases[i].line, cases[i].column,
            sweep_findings_get(findings, 0)->message);
        assert_failure(builder, SWEEP_INVALID, place);
        AUTO_FREE char *shown = sweep_findings_text(findings, false);
        ck_assert_ptr_nonnull(strstr(shown, cases[i].code));
    }
}
END_TEST

/* What is only a warning does not stop a builder. */
START_TEST(warnings)
{
    const char *path = in_scratch("tab.yaml");
    write_text(path, "a: 1\nseed:\t2\n");
    AUTO_BUILDER struct sweep_builder *builder = sweep_builder_from_file(trainer, path);
    const struct sweep_findings *findings = sweep_builder_findings(builder);
    assert_fine(builder);
    assert_place(findings, 0, "tab", path, 2, 6);
    ck_assert_uint_eq(sweep_findings_count(findings, SWEEP_ERROR), 0);
    AUTO_FREE char *text = text_of(sweep_with_seed(builder, 3));
    ck_assert_str_eq(text, "a: 1\nseed:\t3\n");
}
END_TEST

START_TEST(large_file)
{
    AUTO_FREE char *text = malloc((1 << 20) + 2);
    memset(text, '#', (1 << 20) + 1);
    text[1 << 20] = '\0';
    write_text(in_scratch("run.yaml"), text);
    AUTO_BUILDER struct sweep_builder *most =
        sweep_builder_from_file(trainer, in_scratch("run.yaml"));
    assert_fine(most);
    text[1 << 20] = '#';
    text[(1 << 20) + 1] = '\0';
    write_text(in_scratch("run.yaml"), text);
    AUTO_BUILDER struct sweep_builder *more =
        sweep_builder_from_file(trainer, in_scratch("run.yaml"));
    ck_assert_ptr_nonnull(strstr(failure(more, SWEEP_IO), "larger than the limit"));
}
END_TEST

/* --- objects ------------------------------------------------------------------------------ */

START_TEST(objects)
{
    AUTO_JSON json_t *object =
        value_of("{'z': 1, 'a': {'list': [1.0, 'x: y', null, true], 'none': {}}, 'e': []}");
    AUTO_BUILDER struct sweep_builder *builder = sweep_builder_from_object(trainer, object);
    assert_fine(builder);
    struct sweep_source source = source_of(builder);
    AUTO_FREE char *text = text_of(builder);
    AUTO_JSON json_t *config = built(builder);
    ck_assert_int_eq(source.kind, SWEEP_SOURCE_OBJECT);
    ck_assert_ptr_null(source.origin);
    ck_assert_str_eq(source.sha256, sha256_of(text));
    assert_same_value(config, object);
    ck_assert_int_eq(strncmp(text, "z: 1\na:\n", 8), 0);
    assert_text_is_values(builder);
    AUTO_JSON json_t *nothing = json_object();
    AUTO_BUILDER struct sweep_builder *empty = sweep_builder_from_object(trainer, nothing);
    sweep_with_seed(empty, 1);
    AUTO_JSON json_t *seeded = built(empty);
    assert_value(seeded, "{'seed': 1}");
    assert_text_is_values(empty);
}
END_TEST

START_TEST(not_objects)
{
    static const char *const values[][2] = {{"null", "NoneType"}, {"true", "bool"}, {"1", "int"},
        {"1.5", "float"}, {"'a'", "str"}, {"[]", "list"}};
    for (size_t i = 0; i < COUNT(values); i++) {
        AUTO_JSON json_t *value = value_of(values[i][0]);
        AUTO_BUILDER struct sweep_builder *builder = sweep_builder_from_object(trainer, value);
        char message[80];
        snprintf(message, sizeof message, "TypeError: config must be dict, got %s", values[i][1]);
        assert_failure(builder, SWEEP_INVALID, message);
        ck_assert_int_eq(source_of(builder).kind, SWEEP_SOURCE_OBJECT);
    }
    AUTO_BUILDER struct sweep_builder *none = sweep_builder_from_object(trainer, NULL);
    assert_failure(none, SWEEP_INVALID, "TypeError: config must be dict, got nothing");
}
END_TEST

/* Deeper than a config may be: an error of the builder, and its findings say so. */
START_TEST(deep_object)
{
    AUTO_JSON json_t *object = json_object();
    for (int i = 0; i < 100; i++)
        object = json_pack("{s:o}", "x", object);
    AUTO_BUILDER struct sweep_builder *builder = sweep_builder_from_object(trainer, object);
    ck_assert_int_eq(sweep_builder_status(builder, NULL), SWEEP_INVALID);
    ck_assert_str_eq(sweep_findings_get(sweep_builder_findings(builder), 0)->code, "too-deep");
}
END_TEST

/* --- earlier runs ------------------------------------------------------------------------- */

/* The origin is the run; the digest is of what its operations apply to. */
START_TEST(previous)
{
    const struct sweep_save_options options = {.metadata = true};
    AUTO_BUILDER struct sweep_builder *first = sweep_with_seed(from_base(BASE), 1);
    ck_assert_int_eq(sweep_builder_save(first, in_scratch("run.yaml"), &options, NULL), SWEEP_OK);
    AUTO_BUILDER struct sweep_builder *next =
        sweep_builder_from_previous(trainer, in_scratch("./run.yaml"), NULL, SWEEP_PREVIOUS_STRICT);
    assert_fine(next);
    struct sweep_source source = source_of(next);
    ck_assert_int_eq(source.kind, SWEEP_SOURCE_PREVIOUS);
    ck_assert_str_eq(source.origin, in_scratch("run.yaml"));
    ck_assert_str_eq(source.sha256, source_of(first).sha256);
    AUTO_BUILDER struct sweep_builder *none =
        sweep_builder_from_previous(trainer, in_scratch("none.yaml"), NULL, SWEEP_PREVIOUS_STRICT);
    ck_assert_int_eq(sweep_builder_status(none, NULL), SWEEP_NOT_FOUND);
    ck_assert_int_eq(source_of(none).kind, SWEEP_SOURCE_PREVIOUS);
    AUTO_BUILDER struct sweep_builder *null =
        sweep_builder_from_previous(trainer, NULL, NULL, SWEEP_PREVIOUS_WITHOUT_METADATA);
    ck_assert_int_eq(sweep_builder_status(null, NULL), SWEEP_NOT_FOUND);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sources");
    TCase *tc = new_case(suite, "bases");
    tcase_add_test(tc, bases);
    tcase_add_test(tc, unknown_bases);
    tcase_add_test(tc, recipes);
    tc = new_case(suite, "files");
    tcase_add_test(tc, files);
    tcase_add_test(tc, file_is_read_once);
    tcase_add_test(tc, unreadable_files);
    tcase_add_test(tc, bad_files);
    tcase_add_test(tc, warnings);
    tcase_add_test(tc, large_file);
    tc = new_case(suite, "objects");
    tcase_add_test(tc, objects);
    tcase_add_test(tc, not_objects);
    tcase_add_test(tc, deep_object);
    tc = new_case(suite, "previous");
    tcase_add_test(tc, previous);
    return run_suite(suite);
}
