/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config/metadata.h"
#include "lib/doc/scalar.h"
#include "lib/doc/yaml.h"
#include "lib/util/cleanup.h"
#include "lib/findings/findings.h"
#include "lib/util/text.h"

char *metadata_path(const char *config)
{
    size_t length = strlen(config);
    static const char *const endings[] = {".yaml", ".yml"};
    for (int i = 0; i < 2; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strcmp(config + length - ending, endings[i]) == 0) {
            length -= ending;
            break;
        }
    }
    struct strbuf path = {0};
    strbuf_append(&path, config, length);
    strbuf_puts(&path, ".meta.yaml");
    return strbuf_steal(&path);
}

char *metadata_hide_home(const char *path, const char *home)
{
    size_t length = home == NULL ? 0 : strlen(home);
    while (length > 1 && home[length - 1] == '/')
        length--;
    bool below = length > 1 && strncmp(path, home, length) == 0 &&
                 (path[length] == '/' || path[length] == '\0');
    struct strbuf out = {0};
    while (below && path[length] == '/' && path[length + 1] == '/')
        length++;
    if (below)
        strbuf_putc(&out, '~');
    strbuf_puts(&out, below ? path + length : path);
    return strbuf_steal(&out);
}

char *metadata_show_home(const char *path, const char *home)
{
    bool hidden = home != NULL && path[0] == '~' && (path[1] == '/' || path[1] == '\0');
    struct strbuf out = {0};
    strbuf_puts(&out, hidden ? home : "");
    strbuf_puts(&out, hidden ? path + 1 : path);
    return strbuf_steal(&out);
}

/* The keys of a metadata file. */
static const struct key {
    const char *name;
    json_type type;
    bool required;
} keys[] = {
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

enum { N_KEYS = sizeof keys / sizeof *keys };

struct reader {
    const struct yaml_doc *doc;
    const char *file;
    struct sweep_findings *findings;
    enum sweep_code code;
};

static void complain(struct reader *r, const char *path, const char *message)
{
    r->code = FINDING_ERROR(
        r->findings, "bad-metadata", yaml_place(r->doc, r->file, path), path, NULL, "%s", message);
}

static void check_key(struct reader *r, const char *name, const json_t *value)
{
    char message[160];
    struct suggestion suggestion = {.word = name};
    for (size_t i = 0; i < N_KEYS; i++) {
        if (strcmp(keys[i].name, name) != 0) {
            suggestion_offer(&suggestion, keys[i].name);
            continue;
        }
        if (json_typeof(value) != keys[i].type) {
            snprintf(
                message, sizeof message, "%s has the wrong type: %s", name, value_type_name(value));
            complain(r, name, message);
        }
        return;
    }
    snprintf(message, sizeof message, "metadata has no key \"%.60s\"", name);
    r->code = FINDING_ERROR(
        r->findings, "bad-metadata", yaml_place(r->doc, r->file, name), name, NULL, "%s", message);
}

/* One of {"override": {…}}, {"delete": "a.b"}, {"with": "seed", "argument": 42}. */
static bool is_operation(const json_t *item)
{
    const json_t *with = json_object_get(item, "with");
    size_t size = json_object_size(item);
    return (size == 1 && json_is_object(json_object_get(item, "override"))) ||
           (size == 1 && json_is_string(json_object_get(item, "delete"))) ||
           (size == 2 && json_is_string(with) && json_object_get(item, "argument") != NULL);
}

static void check_lists(struct reader *r, const json_t *tree)
{
    size_t index;
    json_t *item;
    json_array_foreach (json_object_get(tree, "deletions"), index, item)
        if (!json_is_string(item))
            complain(r, "deletions", "deletions must be a list of config paths");
    json_array_foreach (json_object_get(tree, "operations"), index, item)
        if (!is_operation(item))
            complain(r, "operations", "operations holds something that is no operation");
}

/* What the base's type needs beside it. */
static void check_base(struct reader *r, const json_t *tree)
{
    static const struct {
        const char *type, *key;
    } types[] = {
        {"torchtune_shipped", "base_config"}, {"file", "base_file"}, {"dict", "base_object"}};
    const char *type = json_string_value(json_object_get(tree, "base_type"));
    for (size_t i = 0; type != NULL && i < sizeof types / sizeof *types; i++) {
        if (strcmp(type, types[i].type) != 0)
            continue;
        if (json_object_get(tree, types[i].key) == NULL)
            complain(r, "base_type", "metadata does not say which base");
        return;
    }
    if (type != NULL)
        complain(r, "base_type", "base_type must be torchtune_shipped, file or dict");
}

static void check_version(struct reader *r, const json_t *tree)
{
    const char *version = json_string_value(json_object_get(tree, "metadata_version"));
    char message[160];
    if (version == NULL || strcmp(version, METADATA_VERSION) == 0)
        return;
    snprintf(message, sizeof message,
        "metadata of version %.40s; this program knows version " METADATA_VERSION, version);
    complain(r, "metadata_version", message);
}

enum sweep_code metadata_parse(const char *text, size_t length, const char *file,
    struct sweep_findings *findings, json_t **out)
{
    struct yaml_doc *doc = NULL;
    enum sweep_code code = yaml_parse(text, length, file, findings, &doc);
    if (code != SWEEP_OK)
        return code;
    struct reader r = {doc, file, findings, SWEEP_OK};
    const char *name;
    json_t *value;
    check_version(&r, doc->tree);
    /* Of a newer version, nothing else is known. */
    if (r.code == SWEEP_OK) {
        json_object_foreach (doc->tree, name, value)
            check_key(&r, name, value);
        for (size_t i = 0; i < N_KEYS; i++)
            if (keys[i].required && json_object_get(doc->tree, keys[i].name) == NULL) {
                char message[80];
                snprintf(message, sizeof message, "metadata has no %s", keys[i].name);
                complain(&r, "metadata_version", message);
            }
        check_lists(&r, doc->tree);
        check_base(&r, doc->tree);
    }
    if (r.code == SWEEP_OK)
        *out = json_incref(doc->tree);
    yaml_doc_free(doc);
    return r.code;
}
