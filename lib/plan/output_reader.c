/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/path.h"
#include "lib/plan/output_reader.h"
#include "lib/util/cleanup.h"

/* Whether a run writes to an output. */
enum output_use { OUTPUT_UNUSED, OUTPUT_MAYBE, OUTPUT_USED };

const char output_values[] = "\002";

/* --- conditions --------------------------------------------------------------------------- */

static void output_reader_ignore(void *context, const struct diagnostic *diagnostic)
{
    (void)context;
    (void)diagnostic;
}

/* The resolved value at a config path, or NULL. */
static const json_t *output_reader_value(const struct output_reader *r, const char *text)
{
    struct path path;
    if (!path_parse(text, &path))
        return NULL;
    return resolved_get(&r->config, r->config.tree, path.parts[0], path.n_parts);
}

static bool output_reader_is_unknown(const struct output_reader *r, const char *path)
{
    return resolved_is_unknown(&r->config, path_get(r->config.tree, path));
}

/* The path of the mapping that the output is in; empty for a top-level key. */
static void output_reader_parent(const struct output *output, char parent[PATH_MAX_BYTES])
{
    snprintf(parent, PATH_MAX_BYTES, "%s", output->path);
    char *dot = strrchr(parent, '.');
    if (dot == NULL)
        dot = parent;
    *dot = '\0';
}

bool output_component_path(
    const struct profile *profile, const struct output *output, char path[PATH_MAX_BYTES])
{
    const char *key = profile->component_key;
    output_reader_parent(output, path);
    return key != NULL && path[0] != '\0' && path_append(path, strlen(path), key) > 0;
}

static enum output_use output_reader_recipe_use(
    const struct output_reader *r, const struct output *output)
{
    const struct recipe *recipe = profile_recipe(r->profile, r->recipe);
    if (recipe == NULL)
        return OUTPUT_MAYBE;
    char key[PATH_MAX_BYTES];
    snprintf(key, sizeof key, "%.*s", (int)strcspn(output->path, "."), output->path);
    if (!recipe_reads(recipe, key) || !list_matches(output->recipes, recipe->name))
        return OUTPUT_UNUSED;
    return OUTPUT_USED;
}

/* A mapping without a component is one that the recipe knows how to use. */
static enum output_use output_reader_component_use(const struct output_reader *r)
{
    char path[PATH_MAX_BYTES];
    if (r->output->components == NULL || !output_component_path(r->profile, r->output, path))
        return OUTPUT_USED;
    const char *component = json_string_value(output_reader_value(r, path));
    if (component == NULL)
        return output_reader_is_unknown(r, path) ? OUTPUT_MAYBE : OUTPUT_USED;
    if (profile_component(r->profile, component) == NULL)
        return OUTPUT_MAYBE;
    if (list_matches(r->output->components, component))
        return OUTPUT_USED;
    return OUTPUT_UNUSED;
}

static enum output_use output_reader_condition_use(const struct output_reader *r)
{
    const char *when = r->output->when;
    if (when == NULL)
        return OUTPUT_USED;
    if (output_reader_is_unknown(r, when))
        return OUTPUT_MAYBE;
    const json_t *value = output_reader_value(r, when);
    bool is_true = json_is_true(value) || json_integer_value(value) != 0;
    bool is_false = json_is_false(value);
    if (r->output->is ? is_true : is_false)
        return OUTPUT_USED;
    return OUTPUT_UNUSED;
}

bool output_reader_may_write(const struct output_reader *r, const struct output *output)
{
    return output_reader_recipe_use(r, output) != OUTPUT_UNUSED;
}

/* The weakest of the three. */
static enum output_use output_reader_use_of(const struct output_reader *r)
{
    const enum output_use uses[] = {output_reader_recipe_use(r, r->output),
        output_reader_component_use(r), output_reader_condition_use(r)};
    enum output_use weakest = OUTPUT_USED;
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
        if (uses[i] < weakest)
            weakest = uses[i];
    return weakest;
}

/* --- paths -------------------------------------------------------------------------------- */

/* Appends the name of the file, as os.path.join() does. Of values that are not a name it is only
 * known that different ones give different files. */
static void output_reader_put_file(struct output_reader *r, const char *path, struct strbuf *out)
{
    const json_t *value = output_reader_value(r, path);
    CLEANUP_FREE char *json = NULL;
    const char *name = json_string_value(value);
    if (value == NULL || json_is_null(value))
        return;
    if (name == NULL) {
        json = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        name = json;
        strbuf_puts(out, output_values);
    }
    if (name == NULL) {
        out->oom = true;
        return;
    }
    if (name[0] == '/') {
        out->length = 0;
        r->absolute_file = path;
    } else if (name[0] != '\0')
        strbuf_putc(out, '/');
    strbuf_puts(out, name);
}

static char *output_reader_make_path(struct output_reader *r, struct strbuf *out)
{
    const struct output *output = r->output;
    enum output_use use = output_reader_use_of(r);
    char parent[PATH_MAX_BYTES];
    output_reader_parent(output, parent);
    r->is_certain = use != OUTPUT_MAYBE;
    if (use == OUTPUT_UNUSED || output_reader_is_unknown(r, output->path))
        return NULL;
    const json_t *mapping = r->config.tree;
    if (parent[0] != '\0')
        mapping = output_reader_value(r, parent);
    if (!json_is_object(mapping))
        return NULL;
    const json_t *value = output_reader_value(r, output->path);
    const char *directory = json_string_value(value);
    if (value == NULL || json_is_null(value))
        directory = output->fallback;
    if (directory == NULL)
        return NULL;
    strbuf_puts(out, directory);
    for (size_t i = 0; output->file != NULL && output->file[i] != NULL; i++) {
        if (output_reader_is_unknown(r, output->file[i]))
            return NULL;
        output_reader_put_file(r, output->file[i], out);
    }
    char *path = strbuf_steal(out);
    if (path == NULL)
        r->oom = true;
    return path;
}

void output_reader_begin(struct output_reader *r, const json_t *tree)
{
    const struct diagnostic_sink sink = {output_reader_ignore, NULL, NULL};
    r->config.rules = r->profile->dialect.interpolation;
    resolved_build(&r->config, tree, &sink);
    if (r->config.oom)
        r->oom = true;
}

char *output_reader_path(struct output_reader *r, const struct output *output)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    r->output = output;
    r->absolute_file = NULL;
    return output_reader_make_path(r, &text);
}

void output_reader_deinit(struct output_reader *r)
{
    resolved_deinit(&r->config);
}
