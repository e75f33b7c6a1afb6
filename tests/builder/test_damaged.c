/* SPDX-License-Identifier: Apache-2.0
 *
 * Metadata that cannot be trusted: missing, of another config, of a newer version, or damaged. All
 * that is refused names the place, in the message and in the findings.
 */
#include "tests/builder/common.h"

static const struct sweep_save_options with_metadata = {.metadata = true};

/* Saves scratch/run.yaml and its metadata; the metadata's text. */
static char *saved_metadata(void)
{
    AUTO_BUILDER struct sweep_builder *builder = from_base(BASE);
    sweep_with_seed(builder, 42);
    sweep_with_lora_params(builder, 32, 64);
    sweep_builder_delete(builder, "profiler");
    ck_assert_int_eq(
        sweep_builder_save(builder, in_scratch("run.yaml"), &with_metadata, NULL), SWEEP_OK);
    return read_text(in_scratch("run.meta.yaml"));
}

/* Writes the metadata with `old` replaced; NULL appends. */
static void write_damaged(const char *text, const char *old, const char *new)
{
    const char *at = old == NULL ? text + strlen(text) : strstr(text, old);
    size_t skipped = old == NULL ? 0 : strlen(old);
    ck_assert_msg(at != NULL, "the metadata has no \"%s\"", old);
    FILE *file = fopen(in_scratch("run.meta.yaml"), "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "%.*s%s%s", (int)(at - text), text, new, at + skipped);
    ck_assert_int_eq(fclose(file), 0);
}

static struct sweep_builder *previous(unsigned flags)
{
    struct sweep_builder *builder =
        sweep_builder_from_previous(trainer, in_scratch("run.yaml"), NULL, flags);
    ck_assert_ptr_nonnull(builder);
    return builder;
}

/* The finding of this place and words, if there is one. */
static const struct sweep_finding *find(const struct sweep_builder *builder, const char *words)
{
    const struct sweep_findings *findings = sweep_builder_findings(builder);
    const struct sweep_finding *finding;
    for (size_t i = 0; (finding = sweep_findings_get(findings, i)) != NULL; i++)
        if (finding->severity == SWEEP_ERROR && strstr(finding->message, words) != NULL)
            return finding;
    return NULL;
}

/* That run.yaml is refused under all flags, at the place where `mark` stands in its metadata. */
static void assert_refused(const char *mark, const char *words)
{
    AUTO_FREE char *text = read_text(in_scratch("run.meta.yaml"));
    const char *at = strstr(text, mark);
    unsigned line = 1, column = 1;
    ck_assert_msg(at != NULL, "the damaged metadata has no \"%s\"", mark);
    for (const char *p = text; p < at; p++) {
        column = *p == '\n' ? 1 : column + 1;
        line += *p == '\n';
    }
    for (unsigned flags = 0; flags < 4; flags++) {
        AUTO_BUILDER struct sweep_builder *builder = previous(flags);
        const char *message = failure(builder, SWEEP_INVALID);
        char place[600];
        snprintf(place, sizeof place, "%s:%u:%u: ", in_scratch("run.meta.yaml"), line, column);
        ck_assert_msg(strncmp(message, place, strlen(place)) == 0 && strstr(message, words) != NULL,
            "\"%s\" does not begin with %s and say \"%s\"", message, place, words);
        const struct sweep_finding *finding = find(builder, words);
        ck_assert_msg(finding != NULL, "no finding says \"%s\"", words);
        ck_assert_uint_eq(finding->place.line, line);
        ck_assert_uint_eq(finding->place.column, column);
        ck_assert_str_eq(finding->place.file, in_scratch("run.meta.yaml"));
    }
}

/* --- missing and foreign ------------------------------------------------------------------ */

START_TEST(missing)
{
    char message[600];
    AUTO_FREE char *text = saved_metadata();
    ck_assert_int_eq(unlink(in_scratch("run.meta.yaml")), 0);
    AUTO_BUILDER struct sweep_builder *refused = previous(SWEEP_PREVIOUS_STRICT);
    snprintf(message, sizeof message, "%s has no metadata file next to it", in_scratch("run.yaml"));
    assert_failure(refused, SWEEP_NOT_FOUND, message);
    AUTO_BUILDER struct sweep_builder *new_base = previous(SWEEP_PREVIOUS_NEW_BASE);
    assert_failure(new_base, SWEEP_NOT_FOUND, message);
    AUTO_BUILDER struct sweep_builder *file = previous(SWEEP_PREVIOUS_WITHOUT_METADATA);
    AUTO_FREE char *same = text_of(file), *config = read_text(in_scratch("run.yaml"));
    ck_assert_str_eq(same, config);
    /* It is a file now, also to those that come after it. */
    sweep_with_epochs(file, 2);
    ck_assert_int_eq(
        sweep_builder_save(file, in_scratch("next.yaml"), &with_metadata, NULL), SWEEP_OK);
    AUTO_BUILDER struct sweep_builder *meta =
        sweep_builder_from_file(trainer, in_scratch("next.meta.yaml"));
    AUTO_JSON json_t *metadata = built(meta);
    ck_assert_str_eq(json_string_value(json_object_get(metadata, "base_type")), "file");
    ck_assert_str_eq(
        json_string_value(json_object_get(metadata, "base_file")), in_scratch("run.yaml"));
}
END_TEST

/* A config that was edited by hand, by as little as one byte, or that is gone. */
START_TEST(foreign)
{
    char message[600];
    AUTO_FREE char *text = saved_metadata();
    AUTO_FREE char *config = read_text(in_scratch("run.yaml"));
    for (int i = 0; i < 3; i++) {
        FILE *file = fopen(in_scratch("run.yaml"), "w");
        fprintf(file, "%s%s", i == 2 ? "" : config, i == 0 ? "\n" : "seed2: 1\n");
        fclose(file);
        AUTO_BUILDER struct sweep_builder *refused = previous(SWEEP_PREVIOUS_STRICT);
        snprintf(message, sizeof message,
            "the metadata next to %s is of another config: this one was changed or replaced",
            in_scratch("run.yaml"));
        assert_failure(refused, SWEEP_INVALID, message);
        AUTO_BUILDER struct sweep_builder *still = previous(SWEEP_PREVIOUS_NEW_BASE);
        assert_failure(still, SWEEP_INVALID, message);
        AUTO_BUILDER struct sweep_builder *file_again = previous(SWEEP_PREVIOUS_WITHOUT_METADATA);
        AUTO_FREE char *same = text_of(file_again), *edited = read_text(in_scratch("run.yaml"));
        ck_assert_str_eq(same, edited);
    }
    ck_assert_int_eq(unlink(in_scratch("run.yaml")), 0);
    AUTO_BUILDER struct sweep_builder *gone = previous(SWEEP_PREVIOUS_STRICT);
    ck_assert_int_eq(sweep_builder_status(gone, NULL), SWEEP_NOT_FOUND);
    AUTO_BUILDER struct sweep_builder *gone_too = previous(SWEEP_PREVIOUS_WITHOUT_METADATA);
    ck_assert_int_eq(sweep_builder_status(gone_too, NULL), SWEEP_NOT_FOUND);
}
END_TEST

/* --- damaged ------------------------------------------------------------------------------ */

START_TEST(damaged)
{
    static const struct {
        const char *old, *new, *mark, *words;
    } cases[] = {
        /* another version: nothing else is looked at */
        {"'1.0'", "'1.1'", "metadata_version", "metadata of version 1.1; this program knows"},
        {"'1.0'\n", "'2.0'\nnew_key: 1\n", "metadata_version", "metadata of version 2.0"},
        {"'1.0'", "''", "metadata_version", "metadata of version ;"},
        {"'1.0'", "1.0", "metadata_version", "metadata_version has the wrong type: float"},
        {"metadata_version: '1.0'\n", "", "#", "metadata has no metadata_version"},
        /* no metadata at all */
        {"deletions: [", "deletions: [[", NULL, NULL},
        {"deletions:", "base_type: file\ndeletions:", "base_type: file\ndel", "duplicate key"},
        /* keys */
        {NULL, "extra: 1\n", "extra", "metadata has no key \"extra\""},
        {"profile:", "Profile:", "Profile", "metadata has no key \"Profile\""},
        {"seed: 42", "seed: 42\nseed: 42", NULL, NULL},
        /* types */
        {"base_type: torchtune_shipped", "base_type: 1", "base_type", "wrong type: int"},
        {"base_config: " BASE, "base_config: [x]", "base_config", "wrong type: list"},
        {"deletions: [profiler]", "deletions: {}", "deletions", "wrong type: dict"},
        {"deletions: [profiler]", "deletions: [1]", "deletions", "list of config paths"},
        {"deletions: [profiler]", "deletions: null", "deletions", "wrong type: NoneType"},
        {"deletions: [profiler]", "deletions: [profiler]\ngit: x", "git", "wrong type: str"},
        /* what belongs together */
        {"base_type: torchtune_shipped", "base_type: file", "base_type", "does not say which base"},
        {"base_type: torchtune_shipped", "base_type: dict", "base_type", "does not say which base"},
        {"base_type: torchtune_shipped", "base_type: previous", "base_type", "base_type must be"},
        {"base_config: " BASE "\n", "", "base_type", "does not say which base"},
        /* operations */
        {NULL, "  - 1\n", "operations", "is not an operation"},
        {NULL, "  - {}\n", "operations", "is not an operation"},
        {NULL, "  - {delete: 1}\n", "operations", "is not an operation"},
        {NULL, "  - {override: [x]}\n", "operations", "is not an operation"},
        {NULL, "  - {with: seed}\n", "operations", "is not an operation"},
        {NULL, "  - {with: seed, argument: 1, more: 2}\n", "operations", "is not an operation"},
        {NULL, "  - {set: {seed: 1}}\n", "operations", "is not an operation"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        /* Without words: libyaml chooses them, and the place. */
        AUTO_FREE char *text = saved_metadata();
        write_damaged(text, cases[i].old, cases[i].new);
        if (cases[i].words == NULL) {
            AUTO_BUILDER struct sweep_builder *builder = previous(SWEEP_PREVIOUS_STRICT);
            const char *message = failure(builder, SWEEP_INVALID);
            ck_assert_ptr_nonnull(strstr(message, "/run.meta.yaml:"));
            ck_assert_uint_gt(
                sweep_findings_get(sweep_builder_findings(builder), 0)->place.line, 0);
        } else
            assert_refused(cases[i].mark, cases[i].words);
    }
}
END_TEST

/* A warning in the metadata is not taken for what is wrong in it. */
START_TEST(warning_and_error)
{
    AUTO_FREE char *text = saved_metadata();
    write_damaged(text, "metadata_version: '1.0'\n", "metadata_version:\t'1.0'\nextra: 1\n");
    assert_refused("extra", "metadata has no key \"extra\"");
}
END_TEST

/* Cut off anywhere, it is refused, or holds all the same: the list of calls may miss at its end. */
START_TEST(cut_off)
{
    AUTO_FREE char *text = saved_metadata();
    AUTO_FREE char *config = read_text(in_scratch("run.yaml"));
    for (size_t length = strlen(text); length-- > 0;) {
        text[length] = '\0';
        write_text(in_scratch("run.meta.yaml"), text);
        AUTO_BUILDER struct sweep_builder *builder = previous(SWEEP_PREVIOUS_STRICT);
        char *got = NULL;
        size_t got_length;
        if (sweep_builder_status(builder, NULL) == SWEEP_OK &&
            sweep_builder_text(builder, &got, &got_length, NULL) == SWEEP_OK)
            ck_assert_msg(strcmp(got, config) == 0, "cut after %zu bytes: another config", length);
        free(got);
    }
}
END_TEST

/* Metadata that says something else than it did gives no other config under the run's name: its
 * digest of the config tells. */
START_TEST(changed_operations)
{
    static const char *const cases[][2] = {
        {"{with: seed, argument: 42}", "{with: seed, argument: 43}"},
        {"  - {with: seed, argument: 42}\n", ""},
        {"{with: seed, argument: 42}", "{with: no_such, argument: 42}"},
        {"{with: seed, argument: 42}", "{with: seed, argument: -1}"},
        {"{with: seed, argument: 42}", "{delete: a..b}"},
        {"{with: seed, argument: 42}", "{override: {model: 1}}"},
        {"{with: seed, argument: 42}", "{override: {x: 1}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_FREE char *text = saved_metadata();
        write_damaged(text, cases[i][0], cases[i][1]);
        AUTO_BUILDER struct sweep_builder *builder = previous(SWEEP_PREVIOUS_STRICT);
        struct sweep_error error = {0};
        enum sweep_code code = sweep_builder_status(builder, &error);
        ck_assert_msg(code == SWEEP_INVALID, "case %zu: accepted, with another config", i);
        ck_assert_msg(strstr(error.message, "run.") != NULL,
            "case %zu: the message names no file: %s", i, error.message);
    }
}
END_TEST

/* Bytes at random places: never a crash, and never another config. */
START_TEST(random_bytes)
{
    static const char bytes[] = "\0\n\t :'\"{[]}-#&*!|>x9\xff\xc3";
    AUTO_FREE char *text = saved_metadata();
    AUTO_FREE char *config = read_text(in_scratch("run.yaml"));
    unsigned state = 12345;
    size_t length = strlen(text);
    for (int i = 0; i < 250; i++) {
        state = state * 1103515245u + 12345u;
        size_t at = (state >> 8) % length;
        char was = text[at];
        text[at] = bytes[(state >> 4) % (sizeof bytes - 1)];
        FILE *file = fopen(in_scratch("run.meta.yaml"), "w");
        ck_assert_uint_eq(fwrite(text, 1, length, file), length);
        ck_assert_int_eq(fclose(file), 0);
        AUTO_BUILDER struct sweep_builder *builder = previous(SWEEP_PREVIOUS_STRICT);
        char *got = NULL;
        size_t got_length;
        if (sweep_builder_text(builder, &got, &got_length, NULL) == SWEEP_OK)
            ck_assert_msg(strcmp(got, config) == 0,
                "byte %zu from '%c' to 0x%02x: accepted, with another config", at, was,
                (unsigned)(unsigned char)text[at]);
        free(got);
        text[at] = was;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("damaged");
    TCase *tc = new_case(suite, "not its own");
    tcase_add_test(tc, missing);
    tcase_add_test(tc, foreign);
    tc = new_case(suite, "damaged");
    tcase_add_test(tc, damaged);
    tcase_add_test(tc, warning_and_error);
    tcase_add_test(tc, cut_off);
    tcase_add_test(tc, changed_operations);
    tcase_add_test(tc, random_bytes);
    return run_suite(suite);
}
