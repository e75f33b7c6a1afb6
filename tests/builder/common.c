/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <ftw.h>
#include <sys/stat.h>

#include "tests/builder/common.h"

const char *const embedded_bases[8] = {
    "gemma2/2B_lora_single_device",
    "llama3_1/8B_full_single_device",
    "llama3_1/8B_lora",
    "llama3_1/8B_lora_single_device",
    "llama3_2/1B_lora_single_device",
    "llama3_2/3B_lora_single_device",
    "mistral/7B_lora_single_device",
    "qwen2_5/0.5B_lora_single_device",
};

struct sweep_trainer *trainer;
char scratch[96];
static char scratch_root[64];

int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *where)
{
    (void)status, (void)flag, (void)where;
    return remove(path);
}

/* Around a whole case, in the process that outlives a failed test. */
static void case_begin(void)
{
    ck_assert_int_eq(sweep_trainer_new(NULL, &trainer, NULL), SWEEP_OK);
    snprintf(scratch_root, sizeof scratch_root, "/tmp/sweep-builder-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(scratch_root));
}

static void case_end(void)
{
    sweep_trainer_free(trainer);
    nftw(scratch_root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void test_begin(void)
{
    snprintf(scratch, sizeof scratch, "%s/XXXXXX", scratch_root);
    ck_assert_ptr_nonnull(mkdtemp(scratch));
}

TCase *new_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);
    tcase_set_timeout(tc, 120); /* sanitizers are slow */
    tcase_add_unchecked_fixture(tc, case_begin, case_end);
    tcase_add_checked_fixture(tc, test_begin, NULL);
    suite_add_tcase(suite, tc);
    return tc;
}

const char *in_scratch(const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
    return path;
}

/* --- files -------------------------------------------------------------------------------- */

void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "cannot create %s", path);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

char *read_text(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t length = 0, n = 1;
    while (file != NULL && n > 0) {
        text = realloc(text, length + 4097);
        ck_assert_ptr_nonnull(text);
        n = fread(text + length, 1, 4096, file);
        length += n;
        text[length] = '\0';
    }
    if (file != NULL)
        fclose(file);
    return text;
}

bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

char *names_in(const char *directory)
{
    struct dirent **entries;
    int n = scandir(directory, &entries, NULL, alphasort);
    char *names = NULL;
    size_t size;
    FILE *stream = open_memstream(&names, &size);
    ck_assert(n >= 0 && stream != NULL);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            fprintf(stream, "%s ", name);
        free(entries[i]);
    }
    free(entries);
    fclose(stream);
    return names;
}

/* --- values and texts --------------------------------------------------------------------- */

json_t *value_of(const char *json)
{
    AUTO_FREE char *text = strdup(json);
    json_error_t error;
    ck_assert_ptr_nonnull(text);
    for (char *p = text; *p != '\0'; p++)
        if (*p == '\'')
            *p = '"';
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    ck_assert_msg(value != NULL, "the test's JSON is wrong: %s: %s", json, error.text);
    return value;
}

/* As texts first: a failure then shows both. */
void assert_same_value(const json_t *got, const json_t *wanted)
{
    AUTO_FREE char *a = got == NULL ? NULL : json_dumps(got, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    AUTO_FREE char *b = json_dumps(wanted, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    ck_assert_str_eq(a != NULL ? a : "(nothing)", b != NULL ? b : "(nothing)");
    ck_assert(json_equal(got, wanted));
}

json_t *value_at(const json_t *tree, const char *path)
{
    const char *dot = strchr(path, '.');
    AUTO_FREE char *key = dot == NULL ? strdup(path) : strndup(path, (size_t)(dot - path));
    json_t *value = json_object_get(tree, key);
    return dot == NULL || value == NULL ? value : value_at(value, dot + 1);
}

json_t *merged(const json_t *base, const json_t *change)
{
    const char *key;
    json_t *value;
    json_t *result = json_is_object(base) ? json_deep_copy(base) : json_object();
    json_object_foreach ((json_t *)change, key, value) {
        const char *word = json_string_value(value);
        if (word != NULL && strcmp(word, "(deleted)") == 0)
            json_object_del(result, key);
        else if (json_is_object(value) && json_is_object(json_object_get(result, key)))
            json_object_set_new(result, key, merged(json_object_get(result, key), value));
        else
            json_object_set_new(result, key, json_deep_copy(value));
    }
    return result;
}

/* Splits a text in place; *lines is the caller's. */
static size_t split_lines(char *text, char ***lines)
{
    size_t n = 0, capacity = 1;
    for (const char *p = text; *p != '\0'; p++)
        capacity += *p == '\n';
    *lines = calloc(capacity + 1, sizeof(char *));
    ck_assert_ptr_nonnull(*lines);
    for (char *next = text, *line; *next != '\0' && (line = strsep(&next, "\n")) != NULL;) {
        (*lines)[n++] = line;
        if (next == NULL)
            break;
    }
    return n;
}

char *line_diff(const char *before, const char *after)
{
    AUTO_FREE char *left = strdup(before), *right = strdup(after);
    AUTO_FREE char **a, **b;
    size_t n = split_lines(left, &a), m = split_lines(right, &b), size;
    /* common[i][j]: most lines that a from i and b from j have in common. */
    AUTO_FREE unsigned *common = calloc((n + 1) * (m + 1), sizeof *common);
#define COMMON(i, j) common[(i) * (m + 1) + (j)]
    char *diff = NULL;
    FILE *stream = open_memstream(&diff, &size);
    ck_assert(common != NULL && stream != NULL);
    for (size_t i = n; i-- > 0;)
        for (size_t j = m; j-- > 0;)
            COMMON(i, j) = strcmp(a[i], b[j]) == 0               ? COMMON(i + 1, j + 1) + 1
                           : COMMON(i + 1, j) > COMMON(i, j + 1) ? COMMON(i + 1, j)
                                                                 : COMMON(i, j + 1);
    for (size_t i = 0, j = 0; i < n || j < m;)
        if (i < n && j < m && strcmp(a[i], b[j]) == 0)
            i++, j++;
        else if (i < n && (j == m || COMMON(i + 1, j) >= COMMON(i, j + 1)))
            fprintf(stream, "-%s\n", a[i++]);
        else
            fprintf(stream, "+%s\n", b[j++]);
#undef COMMON
    fclose(stream);
    return diff;
}

/* --- builders ----------------------------------------------------------------------------- */

struct sweep_builder *from_base(const char *name)
{
    struct sweep_builder *builder = sweep_builder_from_base(trainer, name);
    ck_assert_ptr_nonnull(builder);
    assert_fine(builder);
    return builder;
}

json_t *built(const struct sweep_builder *builder)
{
    json_t *config = NULL;
    struct sweep_error error = {0};
    enum sweep_code code = sweep_builder_build(builder, &config, &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
    return config;
}

char *text_of(const struct sweep_builder *builder)
{
    char *text = NULL;
    size_t length;
    struct sweep_error error = {0};
    enum sweep_code code = sweep_builder_text(builder, &text, &length, &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
    ck_assert_uint_eq(strlen(text), length);
    return text;
}

char *base_text(const char *name)
{
    char *text = NULL;
    size_t length;
    enum sweep_origin origin;
    ck_assert_int_eq(
        sweep_trainer_base_text(trainer, name, &text, &length, &origin, NULL), SWEEP_OK);
    ck_assert_int_eq(origin, SWEEP_BASE_EMBEDDED);
    return text;
}

const char *failure(const struct sweep_builder *builder, enum sweep_code code)
{
    static struct sweep_error error;
    error = (struct sweep_error){0};
    enum sweep_code got = sweep_builder_status(builder, &error);
    ck_assert_int_eq(got, error.code);
    ck_assert_msg(got == code, "code %d, not %d: %s", got, code, error.message);
    return error.message;
}

void assert_text_is_values(const struct sweep_builder *builder)
{
    AUTO_FREE char *text = text_of(builder);
    AUTO_JSON json_t *values = built(builder);
    write_text(in_scratch("as-text.yaml"), text);
    AUTO_BUILDER struct sweep_builder *again =
        sweep_builder_from_file(trainer, in_scratch("as-text.yaml"));
    AUTO_JSON json_t *read = built(again);
    assert_same_value(read, values);
    unlink(in_scratch("as-text.yaml"));
}
