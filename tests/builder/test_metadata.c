/* SPDX-License-Identifier: Apache-2.0
 *
 * Saving, and coming back to it: the same operations on the same base give the same config, over
 * several generations, in another home directory, and after the base has changed if that is wanted.
 * With SWEEP_SEED in the environment only that one random list is tried, or SWEEP_CASES from it on.
 */
#include <stdint.h>
#include <sys/stat.h>

#include "tests/builder/common.h"

static const struct sweep_save_options with_metadata = {.metadata = true};

static void save(
    const struct sweep_builder *builder, const char *name, const struct sweep_save_options *options)
{
    struct sweep_error error = {0};
    enum sweep_code code = sweep_builder_save(builder, in_scratch(name), options, &error);
    ck_assert_msg(code == SWEEP_OK, "%s", error.message);
}

static struct sweep_builder *previous(const char *name, const char *home, unsigned flags)
{
    struct sweep_builder *builder =
        sweep_builder_from_previous(trainer, in_scratch(name), home, flags);
    ck_assert_ptr_nonnull(builder);
    return builder;
}

/* That two builders have the same config, as values and as text. */
static void assert_same(const struct sweep_builder *a, const struct sweep_builder *b)
{
    AUTO_JSON json_t *values_a = built(a), *values_b = built(b);
    AUTO_FREE char *text_a = text_of(a), *text_b = text_of(b);
    assert_same_value(values_a, values_b);
    ck_assert_str_eq(text_a, text_b);
}

/* --- random operations -------------------------------------------------------------------- */

static uint64_t state;

/* xorshift64*: the same list for the same seed, everywhere. */
static unsigned below(unsigned n)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (unsigned)((state * 2685821657736338717u) >> 33) % n;
}

static json_t *random_value(int depth)
{
    static const char *const strings[] = {"", "a", "null", "1e3", "~", " x ", "a: b", "# no", "yes",
        "'q'", "\"", "line\nbreak\n", "tab\t", "${output_dir}/x", "\xc3\xa4", "- x", "0x1f", "=",
        "<<", "2001-01-01", "1:30", "\xe2\x80\xa8", "{a: 1}", "trailing:", "\x01\x7f"};
    switch (below(depth > 2 ? 6 : 8)) {
    case 0:
        return json_null();
    case 1:
        return json_boolean((int)below(2));
    case 2:
        return json_integer((json_int_t)below(2000) - 1000);
    case 3:
        return json_real((double)below(1000000) / 7e9);
    case 4:
    case 5:
        return json_string(strings[below(COUNT(strings))]);
    case 6: {
        json_t *array = json_array();
        for (unsigned n = below(4); n > 0; n--)
            json_array_append_new(array, random_value(depth + 1));
        return array;
    }
    default: {
        json_t *object = json_object();
        for (unsigned n = below(4); n > 0; n--)
            json_object_set_new(object, strings[1 + below(9)], random_value(depth + 1));
        return object;
    }
    }
}

/* A path into the config as it stands, into what may have been added, or to nothing. */
static void random_path(const json_t *config, char *path, size_t size)
{
    const char *key = "added", *chosen;
    json_t *value;
    size_t used = 0;
    do {
        size_t index = 0, wanted = below((unsigned)json_object_size(config) + 1);
        chosen = key;
        json_object_foreach ((json_t *)config, key, value)
            if (index++ == wanted)
                chosen = key;
        key = chosen;
        if (strchr(key, '.') != NULL || *key == '\0')
            key = "added";
        used += (size_t)snprintf(path + used, size - used, "%s%s", used > 0 ? "." : "", key);
        config = json_object_get(config, key);
    } while (json_object_size(config) > 0 && below(4) > 0);
}

static void random_operation(struct sweep_builder *builder)
{
    static const char *const methods[] = {"seed", "epochs", "batch_size", "max_seq_length",
        "gradient_accumulation_steps", "warmup_steps"};
    char path[512];
    AUTO_JSON json_t *config = built(builder);
    random_path(config, path, sizeof path);
    switch (below(6)) {
    case 0: {
        AUTO_JSON json_t *number = json_integer(1 + (json_int_t)below(99));
        sweep_with(builder, methods[below(COUNT(methods))], number);
        return;
    }
    case 1:
        sweep_with_lora_params(builder, 1 + below(64), 1 + below(64));
        return;
    case 2:
        sweep_with_learning_rate(builder, 1e-6 * (1 + below(1000)));
        return;
    case 3:
        sweep_builder_delete(builder, path);
        return;
    default: {
        json_t *object = random_value(below(2) == 0 ? 0 : 3);
        for (char *dot = strrchr(path, '.'); dot != NULL; dot = strrchr(path, '.')) {
            object = json_pack("{s:o}", dot + 1, object);
            *dot = '\0';
        }
        AUTO_JSON json_t *whole = json_pack("{s:o}", path, object);
        sweep_builder_override(builder, whole);
    }
    }
}

/* A builder with a random list of operations: as many as there are before one is refused. */
static struct sweep_builder *random_builder(uint64_t seed)
{
    state = seed * 0x9e3779b97f4a7c15u + 1;
    const char *base = embedded_bases[below(COUNT(embedded_bases))];
    unsigned wanted = below(12);
    for (;; wanted--) {
        state = seed * 0x9e3779b97f4a7c15u + 77;
        struct sweep_builder *builder = from_base(base);
        unsigned done = 0;
        while (done < wanted && sweep_builder_status(builder, NULL) == SWEEP_OK) {
            random_operation(builder);
            done++;
        }
        if (sweep_builder_status(builder, NULL) == SWEEP_OK)
            return builder;
        sweep_builder_free(builder);
        wanted = done;
    }
}

/* What to try again, told at the end of the process when a test of it did not come to its own. */
static uint64_t running;
static void tell_seed(void)
{
    if (running != 0)
        printf("# failed with SWEEP_SEED=%llu\n", (unsigned long long)running);
}

START_TEST(random_replay)
{
    const char *seed = getenv("SWEEP_SEED"), *cases = getenv("SWEEP_CASES");
    uint64_t first = seed != NULL ? strtoull(seed, NULL, 10) : 1;
    uint64_t n_cases = cases != NULL ? strtoull(cases, NULL, 10) : seed != NULL ? 1 : 60;
    uint64_t last = first + n_cases - 1;
    printf("# seeds %llu to %llu\n", (unsigned long long)first, (unsigned long long)last);
    atexit(tell_seed);
    for (uint64_t n = first; n <= last; n++) {
        running = n;
        AUTO_BUILDER struct sweep_builder *one = random_builder(n);
        save(one, "one.yaml", &with_metadata);
        AUTO_BUILDER struct sweep_builder *two = previous("one.yaml", NULL, SWEEP_PREVIOUS_STRICT);
        assert_fine(two);
        assert_same(one, two);
        assert_text_is_values(two);
        save(two, "two.yaml", &with_metadata);
        AUTO_BUILDER struct sweep_builder *three =
            previous("two.yaml", NULL, SWEEP_PREVIOUS_STRICT);
        assert_same(one, three);
    }
    running = 0;
}
END_TEST

/* --- generations -------------------------------------------------------------------------- */

/* Each of the chain adds an operation; all stay, over the one base that the first began with. */
START_TEST(chain)
{
    AUTO_BUILDER struct sweep_builder *first = sweep_with_seed(from_base(BASE), 1);
    save(first, "0.yaml", &with_metadata);
    for (int i = 0; i < 5; i++) {
        char from[16], to[16];
        snprintf(from, sizeof from, "%d.yaml", i);
        snprintf(to, sizeof to, "%d.yaml", i + 1);
        AUTO_BUILDER struct sweep_builder *next = previous(from, NULL, SWEEP_PREVIOUS_STRICT);
        save(sweep_with_epochs(next, i + 1), to, &with_metadata);
    }
    AUTO_BUILDER struct sweep_builder *last = previous("5.yaml", NULL, SWEEP_PREVIOUS_STRICT);
    AUTO_BUILDER struct sweep_builder *wanted =
        sweep_with_epochs(sweep_with_seed(from_base(BASE), 1), 5);
    assert_same(last, wanted);
    AUTO_BUILDER struct sweep_builder *file =
        sweep_builder_from_file(trainer, in_scratch("5.meta.yaml"));
    AUTO_JSON json_t *metadata = built(file);
    assert_value(json_object_get(metadata, "source_type"), "'previous'");
    assert_value(json_object_get(metadata, "base_type"), "'torchtune_shipped'");
    assert_value(json_object_get(metadata, "base_config"), "'" BASE "'");
    ck_assert_uint_eq(json_array_size(json_object_get(metadata, "operations")), 6);
    ck_assert_ptr_nonnull(
        strstr(json_string_value(json_object_get(metadata, "source_file")), "/4.yaml"));
}
END_TEST

START_TEST(chain_of_objects)
{
    AUTO_JSON json_t *object = value_of("{'seed': 1, 'a': {'b': [1, 'x'], 'c.d': 2}}");
    AUTO_BUILDER struct sweep_builder *one = sweep_builder_from_object(trainer, object);
    save(sweep_with_seed(one, 2), "one.yaml", &with_metadata);
    AUTO_BUILDER struct sweep_builder *two = previous("one.yaml", NULL, SWEEP_PREVIOUS_STRICT);
    assert_same(one, two);
    save(sweep_builder_delete(two, "a.b"), "two.yaml", &with_metadata);
    AUTO_BUILDER struct sweep_builder *three = previous("two.yaml", NULL, SWEEP_PREVIOUS_STRICT);
    AUTO_JSON json_t *config = built(three);
    assert_value(config, "{'seed': 2, 'a': {'c.d': 2}}");
}
END_TEST

/* Leaves only the sum of the operations in the metadata of run.yaml. */
static void cut_operations(void)
{
    AUTO_FREE char *text = read_text(in_scratch("run.meta.yaml"));
    char *operations = strstr(text, "\noperations:");
    ck_assert_ptr_nonnull(operations);
    operations[1] = '\0';
    write_text(in_scratch("run.meta.yaml"), text);
}

/* Without the list of calls, their sum does. */
START_TEST(sum_of_operations)
{
    AUTO_BUILDER struct sweep_builder *one =
        sweep_builder_delete(sweep_with_lora_params(from_base(BASE), 4, 4), "profiler");
    save(one, "run.yaml", &with_metadata);
    cut_operations();
    AUTO_BUILDER struct sweep_builder *two = previous("run.yaml", NULL, SWEEP_PREVIOUS_STRICT);
    assert_fine(two);
    assert_same(one, two);
}
END_TEST

/* Where a value changed its type on the way, its sum must still be one that can be done. */
START_TEST(sum_after_change_of_type)
{
    AUTO_JSON json_t *word = value_of("{'profiler': 'none'}");
    AUTO_BUILDER struct sweep_builder *one =
        sweep_builder_override(sweep_builder_delete(from_base(BASE), "profiler"), word);
    save(one, "run.yaml", &with_metadata);
    cut_operations();
    AUTO_BUILDER struct sweep_builder *two = previous("run.yaml", NULL, SWEEP_PREVIOUS_STRICT);
    assert_fine(two);
    assert_same(one, two);
}
END_TEST

/* --- home --------------------------------------------------------------------------------- */

/* A base file below home is written with ~, and found again below another home. */
START_TEST(home)
{
    char before[200], after[200], path[300];
    snprintf(before, sizeof before, "%s/ann", scratch);
    snprintf(after, sizeof after, "%s/bob", scratch);
    ck_assert_int_eq(mkdir(before, 0755), 0);
    snprintf(path, sizeof path, "%s/base.yaml", before);
    write_text(path, "seed: 1\n");
    const struct sweep_save_options options = {.metadata = true, .home = before};
    AUTO_BUILDER struct sweep_builder *one = sweep_builder_from_file(trainer, path);
    save(sweep_with_seed(one, 5), "ann/run.yaml", &options);
    AUTO_FREE char *text = read_text(in_scratch("ann/run.meta.yaml"));
    ck_assert_ptr_null(strstr(text, before));
    AUTO_BUILDER struct sweep_builder *file =
        sweep_builder_from_file(trainer, in_scratch("ann/run.meta.yaml"));
    AUTO_JSON json_t *metadata = built(file);
    assert_value(json_object_get(metadata, "source_file"), "'~/base.yaml'");
    assert_value(json_object_get(metadata, "base_file"), "'~/base.yaml'");
    ck_assert_int_eq(rename(before, after), 0);
    AUTO_BUILDER struct sweep_builder *two = previous("bob/run.yaml", after, SWEEP_PREVIOUS_STRICT);
    assert_fine(two);
    assert_same(one, two);
    AUTO_BUILDER struct sweep_builder *lost = previous("bob/run.yaml", NULL, SWEEP_PREVIOUS_STRICT);
    ck_assert_int_eq(sweep_builder_status(lost, NULL), SWEEP_NOT_FOUND);
}
END_TEST

/* Homes that are written in odd ways, and paths that only look as if they were below them. */
START_TEST(odd_homes)
{
    char slash[200], beside[200];
    write_text(in_scratch("base.yaml"), "seed: 1\n");
    snprintf(slash, sizeof slash, "%s/", scratch);
    snprintf(beside, sizeof beside, "%.*s", (int)strlen(scratch) - 1, scratch);
    const char *const homes[] = {slash, "/", "", beside};
    static const char *const shown[] = {"~/base.yaml", NULL, NULL, NULL};
    for (size_t i = 0; i < COUNT(homes); i++) {
        const struct sweep_save_options options = {.metadata = true, .home = homes[i]};
        AUTO_BUILDER struct sweep_builder *one =
            sweep_builder_from_file(trainer, in_scratch("base.yaml"));
        save(one, "one.yaml", &options);
        /* The second generation says the same of the base as the first. */
        AUTO_BUILDER struct sweep_builder *two =
            previous("one.yaml", homes[i], SWEEP_PREVIOUS_STRICT);
        assert_same(one, two);
        save(two, "two.yaml", &options);
        static const char *const files[] = {"one.meta.yaml", "two.meta.yaml"};
        for (size_t f = 0; f < COUNT(files); f++) {
            AUTO_BUILDER struct sweep_builder *file =
                sweep_builder_from_file(trainer, in_scratch(files[f]));
            AUTO_JSON json_t *metadata = built(file);
            ck_assert_str_eq(json_string_value(json_object_get(metadata, "base_file")),
                shown[i] != NULL ? shown[i] : in_scratch("base.yaml"));
        }
    }
}
END_TEST

/* --- changed ------------------------------------------------------------------------------ */

/* Another text of the base is refused, with both digests; or has the operations done on it. */
START_TEST(changed_base)
{
    char message[1024];
    write_text(in_scratch("base.yaml"), "seed: 1\nepochs: 1\n");
    AUTO_BUILDER struct sweep_builder *one =
        sweep_builder_from_file(trainer, in_scratch("base.yaml"));
    save(sweep_with_seed(one, 5), "run.yaml", &with_metadata);
    struct sweep_source source;
    sweep_builder_source(one, &source);
    write_text(in_scratch("base.yaml"), "seed: 1\nepochs: 9  # more\n");
    AUTO_BUILDER struct sweep_builder *changed =
        sweep_builder_from_file(trainer, in_scratch("base.yaml"));
    struct sweep_source now;
    sweep_builder_source(changed, &now);
    static const unsigned refusing[] = {SWEEP_PREVIOUS_STRICT, SWEEP_PREVIOUS_WITHOUT_METADATA};
    for (size_t i = 0; i < COUNT(refusing); i++) {
        AUTO_BUILDER struct sweep_builder *refused = previous("run.yaml", NULL, refusing[i]);
        snprintf(message, sizeof message,
            "the base %s of %s has changed: its SHA-256 was %s and is %s", in_scratch("base.yaml"),
            in_scratch("run.yaml"), source.sha256, now.sha256);
        assert_failure(refused, SWEEP_INVALID, message);
    }
    AUTO_BUILDER struct sweep_builder *two = previous("run.yaml", NULL, SWEEP_PREVIOUS_NEW_BASE);
    AUTO_FREE char *text = text_of(two);
    ck_assert_str_eq(text, "seed: 5\nepochs: 9  # more\n");
    /* What comes of it knows the new base and is accepted. */
    save(two, "next.yaml", &with_metadata);
    AUTO_BUILDER struct sweep_builder *three = previous("next.yaml", NULL, SWEEP_PREVIOUS_STRICT);
    assert_fine(three);
    assert_same(two, three);
}
END_TEST

/* An operation that does not fit the new base is an error, and no half of a config. */
START_TEST(new_base_that_does_not_fit)
{
    write_text(in_scratch("base.yaml"), "model: {lora_rank: 1, lora_alpha: 1}\n");
    AUTO_BUILDER struct sweep_builder *one =
        sweep_builder_from_file(trainer, in_scratch("base.yaml"));
    save(sweep_with_lora_params(one, 2, 4), "run.yaml", &with_metadata);
    write_text(in_scratch("base.yaml"), "model: [none]\n");
    AUTO_BUILDER struct sweep_builder *two = previous("run.yaml", NULL, SWEEP_PREVIOUS_NEW_BASE);
    ck_assert_int_eq(sweep_builder_status(two, NULL), SWEEP_INVALID);
    ck_assert_int_eq(unlink(in_scratch("base.yaml")), 0);
    AUTO_BUILDER struct sweep_builder *lost = previous("run.yaml", NULL, SWEEP_PREVIOUS_NEW_BASE);
    ck_assert_int_eq(sweep_builder_status(lost, NULL), SWEEP_NOT_FOUND);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metadata");
    TCase *tc = new_case(suite, "replay");
    tcase_set_timeout(tc, 600);
    tcase_add_test(tc, random_replay);
    tc = new_case(suite, "generations");
    tcase_add_test(tc, chain);
    tcase_add_test(tc, chain_of_objects);
    tcase_add_test(tc, sum_of_operations);
    tcase_add_test(tc, sum_after_change_of_type);
    tc = new_case(suite, "home");
    tcase_add_test(tc, home);
    tcase_add_test(tc, odd_homes);
    tc = new_case(suite, "changed");
    tcase_add_test(tc, changed_base);
    tcase_add_test(tc, new_base_that_does_not_fit);
    return run_suite(suite);
}
