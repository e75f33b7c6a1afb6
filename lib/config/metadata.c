/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/metadata.h"
#include "lib/doc/scalar.h"
#include "lib/doc/yaml.h"
#include "lib/findings/findings.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

/* --- paths -------------------------------------------------------------------------------- */

static bool metadata_ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), n = strlen(ending);
    return length > n && strcmp(text + length - n, ending) == 0;
}

char *metadata_path(const char *config)
{
    static const char *const endings[] = {".yaml", ".yml"};
    size_t length = strlen(config);
    for (int i = 0; i < 2; i++)
        if (metadata_ends_with(config, endings[i])) {
            length -= strlen(endings[i]);
            break;
        }
    struct strbuf path = {0};
    strbuf_append(&path, config, length);
    strbuf_puts(&path, ".meta.yaml");
    return strbuf_steal(&path);
}

/* The length of the home directory at the start of `path`, with all but the last of the slashes
 * that follow it; 0 if the path is not in it. */
static size_t metadata_home_length(const char *path, const char *home)
{
    size_t length = home == NULL ? 0 : strlen(home);
    while (length > 1 && home[length - 1] == '/')
        length--;
    if (length <= 1 || strncmp(path, home, length) != 0)
        return 0;
    if (path[length] != '/' && path[length] != '\0')
        return 0;
    while (path[length] == '/' && path[length + 1] == '/')
        length++;
    return length;
}

char *metadata_hide_home(const char *path, const char *home)
{
    size_t length = metadata_home_length(path, home);
    struct strbuf out = {0};
    if (length > 0)
        strbuf_putc(&out, '~');
    strbuf_puts(&out, path + length);
    return strbuf_steal(&out);
}

char *metadata_show_home(const char *path, const char *home)
{
    bool is_hidden = path[0] == '~' && (path[1] == '/' || path[1] == '\0');
    struct strbuf out = {0};
    if (home != NULL && is_hidden) {
        strbuf_puts(&out, home);
        path++;
    }
    strbuf_puts(&out, path);
    return strbuf_steal(&out);
}

/* --- checks ------------------------------------------------------------------------------- */

static const struct metadata_key {
    const char *name;
    json_type type;
    bool required;
} metadata_keys[] = {
    {"metadata_version", JSON_STRING, true},
    {"source_type", JSON_STRING, true},
    {"source_file", JSON_STRING, false},
    {"base_type", JSON_STRING, true},
    {"base_config", JSON_STRING, false},
    {"base_file", JSON_STRING, false},
    {"base_object", JSON_OBJECT, false},
    {"base_sha256", JSON_STRING, true},
    {"config_sha256", JSON_STRING, true},
    {"sweepd_version", JSON_STRING, true},
    {"profile", JSON_STRING, true},
    {"generated_at", JSON_STRING, false},
    {"overrides", JSON_OBJECT, true},
    {"deletions", JSON_ARRAY, true},
    {"operations", JSON_ARRAY, false},
    {"data_provenance", JSON_OBJECT, false},
    {"git", JSON_OBJECT, false},
};

enum { METADATA_KEYS = sizeof metadata_keys / sizeof *metadata_keys };

struct metadata_reader {
    const struct yaml_doc *doc;
    const char *file;
    struct sweep_findings *findings;
    enum sweep_code code;
};

/* Adds an error at a path of the metadata. */
#define METADATA_REFUSE(r, path, ...)                                                              \
    ((r)->code = FINDING_ERROR((r)->findings, "bad-metadata",                                      \
         yaml_place((r)->doc, (r)->file, (path)), (path), NULL, __VA_ARGS__))

static const struct metadata_key *metadata_find_key(const char *name)
{
    for (size_t i = 0; i < METADATA_KEYS; i++)
        if (strcmp(metadata_keys[i].name, name) == 0)
            return &metadata_keys[i];
    return NULL;
}

static void metadata_check_keys(struct metadata_reader *r, const json_t *tree)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)tree, name, value) {
        const struct metadata_key *key = metadata_find_key(name);
        if (key == NULL)
            METADATA_REFUSE(r, name, "metadata has no key \"%.60s\"", name);
        else if (json_typeof(value) != key->type)
            METADATA_REFUSE(r, name, "%s has the wrong type: %s", name, value_type_name(value));
    }
    for (size_t i = 0; i < METADATA_KEYS; i++)
        if (metadata_keys[i].required && json_object_get(tree, metadata_keys[i].name) == NULL)
            METADATA_REFUSE(r, "metadata_version", "metadata has no %s", metadata_keys[i].name);
}

/* One of {"override": {…}}, {"delete": "a.b"}, {"with": "seed", "argument": 42}. */
static bool metadata_is_operation(const json_t *item)
{
    size_t size = json_object_size(item);
    if (size == 1)
        return json_is_object(json_object_get(item, "override")) ||
               json_is_string(json_object_get(item, "delete"));
    return size == 2 && json_is_string(json_object_get(item, "with")) &&
           json_object_get(item, "argument") != NULL;
}

static void metadata_check_lists(struct metadata_reader *r, const json_t *tree)
{
    size_t index;
    json_t *item;
    json_array_foreach (json_object_get(tree, "deletions"), index, item)
        if (!json_is_string(item))
            METADATA_REFUSE(r, "deletions", "deletions must be a list of config paths");
    json_array_foreach (json_object_get(tree, "operations"), index, item)
        if (!metadata_is_operation(item))
            METADATA_REFUSE(r, "operations", "an item of operations is not an operation");
}

bool metadata_is_shipped(const char *base_type)
{
    return metadata_ends_with(base_type, METADATA_SHIPPED);
}

/* Each type of base needs a key that names it. */
static void metadata_check_base(struct metadata_reader *r, const json_t *tree)
{
    const char *type = json_string_value(json_object_get(tree, "base_type"));
    const char *key;
    if (type == NULL)
        return;
    if (metadata_is_shipped(type)) {
        key = "base_config";
    } else if (strcmp(type, "file") == 0) {
        key = "base_file";
    } else if (strcmp(type, "dict") == 0) {
        key = "base_object";
    } else {
        METADATA_REFUSE(
            r, "base_type", "base_type must be TRAINER" METADATA_SHIPPED ", file or dict");
        return;
    }
    if (json_object_get(tree, key) == NULL)
        METADATA_REFUSE(r, "base_type", "metadata does not say which base: it has no %s", key);
}

static void metadata_check_version(struct metadata_reader *r, const json_t *tree)
{
    const char *version = json_string_value(json_object_get(tree, "metadata_version"));
    if (version != NULL && strcmp(version, METADATA_VERSION) != 0)
        METADATA_REFUSE(r, "metadata_version",
            "metadata of version %.40s; this program knows version " METADATA_VERSION, version);
}

enum sweep_code metadata_parse(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, json_t **out)
{
    struct yaml_doc *doc = NULL;
    enum sweep_code code = yaml_parse(text, length, file, findings, &doc);
    if (code != SWEEP_OK)
        return code;
    struct metadata_reader r = {doc, file, findings, SWEEP_OK};
    metadata_check_version(&r, doc->tree);
    if (r.code == SWEEP_OK) { /* the keys of other versions are not known */
        metadata_check_keys(&r, doc->tree);
        metadata_check_lists(&r, doc->tree);
        metadata_check_base(&r, doc->tree);
    }
    if (r.code == SWEEP_OK)
        *out = json_incref(doc->tree);
    yaml_doc_free(doc);
    return r.code;
}
