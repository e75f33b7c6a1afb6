/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/settings/table.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/complete_values.h"
#include "daemon/sweepctl/results_table.h"
#include "daemon/sweepctl/topics.h"
#include "lib/util/text.h"
#include "sweep/generate.h"
#include "sweep/validate.h"

enum { COMPLETE_TEXT = 60 }; /* columns of a description */

/* --- printing ------------------------------------------------------------------------------- */

static const char *complete_value(const struct complete_request *request)
{
    return request->word + request->skipped;
}

/* The first part of a sentence, in COMPLETE_TEXT columns. */
static void complete_put_description(const char *text)
{
    const char *end = strstr(text, "; ");
    size_t length = strlen(text), shown = 0, columns = 0;
    if (end != NULL)
        length = (size_t)(end - text);
    for (; shown < length && columns < COMPLETE_TEXT; columns++)
        shown += utf8_next(text + shown, length - shown);
    printf("%.*s%s", (int)shown, text, shown < length ? "…" : "");
}

/* A name with a control character could be taken for the next line. */
static bool complete_is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if (iscntrl((unsigned char)*text))
            return false;
    return true;
}

void complete_put(
    const struct complete_request *request, const char *candidate, const char *description)
{
    const char *value = complete_value(request);
    if (strncmp(candidate, value, strlen(value)) != 0 || !complete_is_plain(candidate))
        return;
    printf("%.*s%s\t", (int)request->skipped, request->word, candidate);
    complete_put_description(description);
    putchar('\n');
}

void complete_alternatives(const struct complete_request *request, const char *words)
{
    while (*words != '\0') {
        char word[64];
        size_t length = strcspn(words, "|");
        snprintf(word, sizeof word, "%.*s", (int)length, words);
        /* "all|A-B": the second is a placeholder. */
        if (!isupper((unsigned char)word[0]))
            complete_put(request, word, "");
        words += length;
        if (*words == '|')
            words++;
    }
}

void complete_yes_no(const struct complete_request *request)
{
    complete_alternatives(request, "yes|no");
}

/* --- files ---------------------------------------------------------------------------------- */

void complete_files(const struct complete_request *request)
{
    (void)request;
    puts(":files");
}

void complete_specs(const struct complete_request *request)
{
    (void)request;
    puts(":files json jsonc");
}

void complete_directories(const struct complete_request *request)
{
    (void)request;
    puts(":dirs");
}

static bool complete_has(const char *directory, const char *file)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s", directory, file);
    return length > 0 && (size_t)length < sizeof path && access(path, F_OK) == 0;
}

/* Sweep directories where the word leads; if there are none, all directories. */
void complete_sweeps(const struct complete_request *request)
{
    const char *value = complete_value(request), *slash = strrchr(value, '/');
    char parent[4096] = ".", path[4096];
    int before = 0;
    bool found = false;
    if (slash != NULL) {
        before = (int)(slash - value) + 1;
        snprintf(parent, sizeof parent, "%.*s", before, value);
    }
    DIR *directory = opendir(parent);
    const struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        int length = snprintf(path, sizeof path, "%.*s%s", before, value, entry->d_name);
        if (entry->d_name[0] == '.' || length < 0 || (size_t)length >= sizeof path)
            continue;
        if (strncmp(path, value, strlen(value)) != 0 || !complete_has(path, "manifest.json"))
            continue;
        complete_put(request, path, "");
        found = true;
    }
    if (directory != NULL)
        closedir(directory);
    if (!found)
        puts(":dirs");
}

void complete_specs_and_sweeps(const struct complete_request *request)
{
    complete_specs(request);
    complete_sweeps(request);
}

/* --- runs ----------------------------------------------------------------------------------- */

/* The index of a column in the first line of a CSV file without quotes; -1 if it is not there. */
static int complete_column(const char *line, const char *name)
{
    size_t wanted = strlen(name);
    for (int index = 0;; index++) {
        size_t length = strcspn(line, ",\r\n");
        if (length == wanted && memcmp(line, name, wanted) == 0)
            return index;
        if (line[length] != ',')
            return -1;
        line += length + 1;
    }
}

static void complete_run_names(const struct complete_request *request, const char *sweep)
{
    char path[4096], *line = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "%s/run_mapping.csv", sweep);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    int column = -1;
    if (getline(&line, &size, file) > 0)
        column = complete_column(line, "run");
    while (column >= 0 && getline(&line, &size, file) > 0) {
        char *cell = line;
        for (int i = 0; i < column && cell != NULL; i++) {
            cell = strchr(cell, ',');
            if (cell != NULL)
                cell++;
        }
        if (cell == NULL)
            continue;
        cell[strcspn(cell, ",\r\n")] = '\0';
        complete_put(request, cell, "");
    }
    free(line);
    fclose(file);
}

bool complete_has_sweep(const struct complete_request *request)
{
    for (int i = 2; i + 1 < request->n_words; i++)
        if (complete_has(request->words[i], "run_mapping.csv"))
            return true;
    return false;
}

void complete_runs(const struct complete_request *request)
{
    for (int i = 1; i + 1 < request->n_words; i++) {
        if (complete_has(request->words[i], "run_mapping.csv")) {
            complete_run_names(request, request->words[i]);
            return;
        }
    }
    complete_run_names(request, ".");
}

/* What `results` computes, and the swept paths of the sweep on the line. */
void complete_columns(const struct complete_request *request)
{
    char *line = NULL, path[4096];
    size_t size = 0;
    complete_alternatives(request, "loss|run|id|state|attempts");
    for (size_t i = 0; i < MEASURES; i++)
        complete_put(request, results_measure_names[i], "");
    for (int i = 2; i + 1 < request->n_words; i++) {
        snprintf(path, sizeof path, "%s/run_mapping.csv", request->words[i]);
        FILE *file = fopen(path, "re");
        if (file == NULL)
            continue;
        if (getline(&line, &size, file) > 0) {
            char *rest = line;
            line[strcspn(line, "\r\n")] = '\0';
            for (int column = 0; rest != NULL; column++) {
                const char *name = strsep(&rest, ",");
                if (column >= 4) /* index, run, id, config */
                    complete_put(request, name, "");
            }
        }
        fclose(file);
        break;
    }
    free(line);
}

/* --- what the trainer knows ----------------------------------------------------------------- */

static const char *complete_given(const struct complete_request *request, const char *option)
{
    for (int i = 1; i + 2 < request->n_words; i++)
        if (strcmp(request->words[i], option) == 0)
            return request->words[i + 1];
    return NULL;
}

/* The trainer of the options on the line; NULL, without a message, if there is none. */
static struct sweep_trainer *complete_trainer(const struct complete_request *request)
{
    const char *source;
    return cli_find_trainer(complete_given(request, "--torchtune"),
        complete_given(request, "--profile"), &source, NULL);
}

void complete_bases(const struct complete_request *request)
{
    struct sweep_trainer *trainer = complete_trainer(request);
    struct sweep_base_info base;
    for (size_t i = 0; trainer != NULL && sweep_trainer_base(trainer, i, &base); i++)
        complete_put(request, base.name, base.recipe);
    sweep_trainer_free(trainer);
}

void complete_recipes(const struct complete_request *request)
{
    struct sweep_trainer *trainer = complete_trainer(request);
    struct sweep_base_info base;
    char last[128] = "";
    /* Bases are in the order of their recipes. */
    for (size_t i = 0; trainer != NULL && sweep_trainer_base(trainer, i, &base); i++) {
        if (strcmp(base.recipe, last) != 0)
            complete_put(request, base.recipe, "");
        snprintf(last, sizeof last, "%s", base.recipe);
    }
    sweep_trainer_free(trainer);
}

void complete_codes(const struct complete_request *request)
{
    struct sweep_trainer *trainer = complete_trainer(request);
    struct sweep_explanation e, first;
    complete_put(request, "list", "list all codes");
    /* Several rules may share a code. */
    for (size_t i = 0; trainer != NULL && sweep_explain(trainer, NULL, i, &e); i++)
        if (sweep_explain(trainer, e.code, 0, &first) && first.summary == e.summary)
            complete_put(request, e.code, e.summary);
    sweep_trainer_free(trainer);
}

/* The parameters are those that the JSON Schema of specs has. */
void complete_parameters(const struct complete_request *request)
{
    struct sweep_trainer *trainer = complete_trainer(request);
    char *text = NULL;
    const char *name;
    json_t *value;
    if (trainer == NULL)
        return;
    if (sweep_spec_schema(trainer, &text, NULL) == SWEEP_OK) {
        json_t *schema = json_loads(text, 0, NULL);
        json_t *definitions = json_object_get(schema, "$defs");
        json_t *fixed = json_object_get(definitions, "fixed");
        json_object_foreach (json_object_get(fixed, "properties"), name, value) {
            char candidate[128];
            const char *description = json_string_value(json_object_get(value, "description"));
            snprintf(candidate, sizeof candidate, "%s=", name);
            complete_put(request, candidate, description != NULL ? description : "");
        }
        json_decref(schema);
        free(text);
    }
    sweep_trainer_free(trainer);
}

/* --- tables --------------------------------------------------------------------------------- */

void complete_limits(const struct complete_request *request)
{
    struct sweep_limit_info limit;
    char candidate[80];
    for (size_t i = 0; sweep_limit(i, &limit); i++) {
        snprintf(candidate, sizeof candidate, "%s=", limit.name);
        complete_put(request, candidate, limit.text);
    }
}

void complete_settings(const struct complete_request *request)
{
    struct setting setting;
    for (size_t i = 0; setting_at(i, &setting); i++)
        complete_put(request, setting.name, setting.help);
}

static bool complete_mentions(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += length) {
        bool begins = at == text || !isalnum((unsigned char)at[-1]);
        if (begins && !isalnum((unsigned char)at[length]))
            return true;
    }
    return false;
}

/* The formats that the option's description mentions. */
void complete_formats(const struct complete_request *request)
{
    static const char *const formats[] = {
        "text", "json", "github", "junit", "sarif", "csv", "jsonl", "yaml", "markdown"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (request->option == NULL || complete_mentions(request->option->text, formats[i]))
            complete_put(request, formats[i], "");
}

void complete_topics(const struct complete_request *request)
{
    for (const struct command *const *c = all_commands; *c != NULL; c++)
        complete_put(request, (*c)->name, (*c)->summary);
    for (const struct topic *topic = topics; topic->name != NULL; topic++)
        complete_put(request, topic->name, topic->summary);
}
