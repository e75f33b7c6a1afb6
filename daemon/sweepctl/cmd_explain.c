/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/sweepctl/spec_input.h"
#include "lib/util/strbuf.h"

static const char explain_help[] =
    "usage: sweepctl explain SPEC RUN [--set PATH=VALUE]…\n"
    "       sweepctl explain DIR RUN\n"
    "\n"
    "Shows every value of a run that is not the base's: where the spec sets it, from\n"
    "what it is computed, which filters kept the run, and the difference to the base.\n"
    "SPEC is a spec, or - for standard input. DIR is a sweep directory: it has all\n"
    "that is needed, and is compared with its manifest; a run in its inherited.csv is\n"
    "shown from the directory that has it, next to DIR. RUN is a number, a name\n"
    "(run_012), or an id as in run_mapping.csv.\n"
    "\n"
    "      --set PATH=VALUE   as for `generate`, if the sweep was generated with it\n"
    "      --json             print one JSON object; `sweepctl schema explain` prints\n"
    "                         its JSON Schema\n"
    "      --torchtune DIR    an installed torchtune, for more base configs\n"
    "      --profile FILE     a profile of the trainer: sweepd-profile(5)\n"
    "      --defaults FILE    a spec that this one extends without naming it\n"
    "      --as FILE          call the spec FILE in messages, and resolve relative\n"
    "                         paths from its directory\n"
    "      --cluster[=FILE]   find options of sbatch that the Slurm cluster here, or\n"
    "                         that of `sweepctl doctor --facts >FILE`, can never meet\n"
    "      --check-paths[=absolute]\n"
    "                         check that files that runs name exist\n"
    "      --strict-json      refuse comments and trailing commas in the spec\n"
    "      --limit NAME=VALUE set a limit; sweepctl(1) lists them\n"
    "\n"
    "Exit codes: 0 done; 1 failed; 2 usage error; 3 the spec is invalid, or the sweep\n"
    "directory is damaged.\n";

enum { EXPLAIN_MAX_TABLE = 1 << 30 }; /* bytes of run_mapping.csv */

/* A run, as named on the command line and in a sweep directory. */
struct explain_run {
    bool has_number, has_id;
    unsigned long long number;
    char id[13];
    int width; /* digits of its number in a sweep directory; 0: not from one */
};

struct explain_request {
    const char *directory; /* the sweep directory that has the run, or NULL */
    char *inherited;       /* the same, if another one was asked for; owned */
    bool is_json;
    json_t *damaged; /* files that differ from the manifest */
    struct explain_run run;
};

/* --- which run ------------------------------------------------------------------------------ */

static bool explain_is_id(const char *text)
{
    return strlen(text) == 12 && text[strspn(text, "0123456789abcdef")] == '\0';
}

/* Reads 12, run_012 or an id. */
static bool explain_read_run(const char *text, struct explain_run *out)
{
    const char *number = text;
    char *end;
    *out = (struct explain_run){0};
    if (explain_is_id(text)) {
        out->has_id = true;
        memcpy(out->id, text, sizeof out->id);
        return true;
    }
    if (strncmp(text, "run_", 4) == 0)
        number += 4;
    if (!isdigit((unsigned char)*number))
        return false;
    out->has_number = true;
    out->number = strtoull(number, &end, 10);
    return *end == '\0';
}

/* Reads "index,run,id," of a row. False for a line that is not the beginning of a row. */
static bool explain_read_row(const char *line, struct explain_run *out)
{
    char *end;
    *out = (struct explain_run){0};
    if (!isdigit((unsigned char)*line))
        return false;
    out->number = strtoull(line, &end, 10);
    if (strncmp(end, ",run_", 5) != 0)
        return false;
    const char *id = end + 5 + strspn(end + 5, "0123456789");
    out->width = (int)(id - (end + 5));
    if (*id != ',' || strspn(id + 1, "0123456789abcdef") != 12 || id[13] != ',')
        return false;
    memcpy(out->id, id + 1, 12);
    out->has_number = out->has_id = true;
    return true;
}

/* The text of a file of a sweep directory; NULL after a message. */
static char *explain_read_table(const char *directory, const char *name)
{
    struct strbuf path = {0};
    char *text = NULL;
    size_t length;
    strbuf_printf(&path, "%s/%s", directory, name);
    if (path.oom)
        cli_oom();
    else
        text = cli_read(path.data, EXPLAIN_MAX_TABLE, &length);
    strbuf_deinit(&path);
    return text;
}

/* Finds the run in run_mapping.csv, and completes *run. *found is false if it is not
 * there. Returns an exit code, after a message. */
static int explain_find_row(const char *directory, struct explain_run *run, bool *found)
{
    struct explain_run row;
    char *text = explain_read_table(directory, "run_mapping.csv");
    *found = false;
    if (text == NULL)
        return EXIT_FAILED;
    for (char *line = text; line != NULL && !*found; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!explain_read_row(line, &row))
            continue;
        if (run->has_id)
            *found = strcmp(row.id, run->id) == 0;
        else
            *found = row.number == run->number;
    }
    free(text);
    if (*found)
        *run = row;
    return EXIT_DONE;
}

/* True if a row of inherited.csv, "ID,run_NUMBER,DIRECTORY", is about the run. */
static bool explain_is_row_of(const char *row, const struct explain_run *run)
{
    if (strlen(row) < 18 || row[12] != ',' || strncmp(row + 13, "run_", 4) != 0)
        return false;
    if (run->has_id)
        return strncmp(row, run->id, 12) == 0;
    return isdigit((unsigned char)row[17]) && strtoull(row + 17, NULL, 10) == run->number;
}

/* Appends the path of `name` in the directory that `directory` is in. */
static void explain_put_sibling(struct strbuf *out, const char *directory, const char *name)
{
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    size_t start = length;
    while (start > 0 && directory[start - 1] != '/')
        start--;
    if (directory[start] == '.' || directory[start] == '/') /* "." or ".." */
        strbuf_printf(out, "%.*s/../%s", (int)length, directory, name);
    else
        strbuf_printf(out, "%.*s%s", (int)start, directory, name);
}

/* The directory that inherited.csv has for the run, next to this one; NULL without one. The
 * caller's. */
static char *explain_find_inherited(const char *directory, const struct explain_run *run)
{
    struct strbuf path = {0};
    struct stat status;
    strbuf_printf(&path, "%s/inherited.csv", directory);
    bool exists = !path.oom && stat(path.data, &status) == 0;
    strbuf_deinit(&path);
    if (!exists)
        return NULL;
    char *text = explain_read_table(directory, "inherited.csv"), *rest = text, *row;
    while ((row = strsep(&rest, "\n")) != NULL)
        if (explain_is_row_of(row, run)) {
            explain_put_sibling(&path, directory, strrchr(row, ',') + 1);
            break;
        }
    free(text);
    if (path.data == NULL)
        return NULL;
    return strbuf_steal(&path);
}

/* Finds the sweep directory that has the run: the given one, or one that it inherits the run from.
 * Returns an exit code, after a message. */
static int explain_find(struct explain_request *request)
{
    bool found;
    struct stat status;
    int code = explain_find_row(request->directory, &request->run, &found);
    if (code != EXIT_DONE || found)
        return code;
    request->inherited = explain_find_inherited(request->directory, &request->run);
    if (request->inherited == NULL)
        return cli_error(EXIT_FAILED,
            "sweepctl: %s has no such run; run_mapping.csv and, if there is one, inherited.csv "
            "list "
            "them",
            cli_escaped(request->directory));
    if (stat(request->inherited, &status) != 0)
        return cli_error(EXIT_FAILED, "sweepctl: the run is inherited from %s, which is missing",
            cli_escaped(request->inherited));
    request->directory = request->inherited;
    code = explain_find_row(request->directory, &request->run, &found);
    if (code == EXIT_DONE && !found)
        return cli_error(EXIT_FAILED,
            "sweepctl: the run is inherited from %s, which does not have it",
            cli_escaped(request->inherited));
    return code;
}

/* The number of the run in the plan. Returns an exit code, after a message. */
static int explain_find_run(
    struct spec_input *input, const struct explain_run *run, uint64_t *index)
{
    struct sweep_error error = {0};
    *index = run->number;
    if (run->has_id && sweep_plan_find_id(input->plan, run->id, index, &error) != SWEEP_OK) {
        int code = cli_fail(&error);
        if (run->width > 0)
            fputs(
                "If the sweep was generated with --set, --profile or --torchtune, give them here, "
                "too.\n",
                stderr);
        return code;
    }
    if (run->width > 0)
        sweep_plan_name_run(input->plan, *index, run->number, run->width);
    return EXIT_DONE;
}

/* --- output --------------------------------------------------------------------------------- */

static const char *explain_string(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? cli_escaped(text) : "";
}

static long long explain_integer(const json_t *object, const char *key)
{
    return (long long)json_integer_value(json_object_get(object, key));
}

/* A float with as few digits as read back the same. */
static void explain_print_float(double number)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    fputs(text, stdout);
    if (strpbrk(text, ".e") == NULL)
        fputs(".0", stdout);
}

static void explain_print_value(const json_t *value)
{
    if (json_is_string(value)) {
        fputs(cli_escaped(json_string_value(value)), stdout);
        return;
    }
    if (json_is_real(value)) {
        explain_print_float(json_real_value(value));
        return;
    }
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    if (text != NULL)
        fputs(cli_escaped(text), stdout);
    free(text);
}

/* " (FILE:LINE:COLUMN)" */
static void explain_print_place(const json_t *source)
{
    if (explain_integer(source, "line") > 0)
        printf("  (%s:%lld:%lld)", explain_string(source, "file"), explain_integer(source, "line"),
            explain_integer(source, "column"));
    putchar('\n');
}

/* A template of output_dir has no "=" in the spec. */
static void explain_print_computed(const json_t *computed, bool is_output)
{
    const char *key;
    json_t *value;
    const char *separator = " with ";
    printf("      computed: %s%s", is_output ? "" : "=", explain_string(computed, "text"));
    json_object_foreach (json_object_get(computed, "inputs"), key, value) {
        printf("%s%s = ", separator, cli_escaped(key));
        explain_print_value(value);
        separator = ", ";
    }
    putchar('\n');
}

static void explain_print_change(const json_t *change)
{
    const json_t *value = json_object_get(change, "value"), *base = json_object_get(change, "base");
    const json_t *source = json_object_get(change, "set_by");
    printf("  %s", explain_string(change, "path"));
    if (value != NULL) {
        fputs(" = ", stdout);
        explain_print_value(value);
    } else {
        fputs(" is deleted", stdout);
    }
    if (base != NULL) {
        fputs("  (base: ", stdout);
        explain_print_value(base);
        putchar(')');
    }
    putchar('\n');
    if (json_is_null(source)) {
        puts("      follows from another change");
        return;
    }
    printf("      %s", explain_string(source, "from"));
    if (strcmp(explain_string(source, "from"), explain_string(source, "key")) != 0)
        printf(", %s", explain_string(source, "key"));
    explain_print_place(source);
    if (json_object_get(source, "computed") != NULL)
        explain_print_computed(json_object_get(source, "computed"),
            strcmp(explain_string(source, "key"), "output_dir") == 0);
}

/* Why the run exists. */
static void explain_print_point(const json_t *result)
{
    const json_t *filter, *sample = json_object_get(result, "sample");
    const json_t *repeat = json_object_get(result, "repeat");
    size_t i;
    json_array_foreach (json_object_get(result, "kept_by"), i, filter) {
        printf("  kept by %s: %s", explain_string(filter, "by"), explain_string(filter, "text"));
        explain_print_place(filter);
    }
    if (json_is_true(json_object_get(result, "included")))
        puts("  from \"include\", after all other runs");
    if (json_is_object(sample))
        printf("  sample %lld of %lld: draw %lld, method %s, seed %lld\n",
            explain_integer(sample, "number") + 1, explain_integer(sample, "of"),
            explain_integer(sample, "draw"), explain_string(sample, "method"),
            explain_integer(sample, "seed"));
    if (json_is_object(repeat))
        printf("  repeat %lld of %lld\n", explain_integer(repeat, "number") + 1,
            explain_integer(repeat, "of"));
}

static void explain_print_text(const json_t *result, const char *inherited)
{
    const json_t *change, *changes = json_object_get(result, "changes");
    size_t i, n = json_array_size(changes);
    const char *diff = json_string_value(json_object_get(result, "diff"));
    printf("%s of %s, id %s: %zu value%s differ%s from %s\n\n", explain_string(result, "run"),
        explain_string(result, "sweep"), explain_string(result, "id"), n, cli_plural(n),
        n == 1 ? "s" : "", explain_string(result, "base"));
    if (inherited != NULL)
        printf("  inherited from %s\n\n", cli_escaped(inherited));
    json_array_foreach (changes, i, change)
        explain_print_change(change);
    putchar('\n');
    explain_print_point(result);
    printf(
        "\n--- %s\n+++ %s.yaml\n", explain_string(result, "base"), explain_string(result, "run"));
    for (const char *line = diff; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        char *copy = strndup(line, length);
        puts(copy != NULL ? cli_escaped(copy) : "");
        free(copy);
        line += length + (line[length] == '\n');
    }
}

/* --- sweep directories ---------------------------------------------------------------------- */

static void explain_add_damaged(void *context, const char *path, const char *difference)
{
    json_t *damaged = context;
    json_array_append_new(damaged, json_pack("{s:s, s:s}", "path", path, "difference", difference));
}

/* Compares a sweep directory with its manifest. EXIT_INVALID, after a message, if it is damaged. */
static int explain_verify(const char *directory, json_t *damaged)
{
    struct sweep_error error = {0};
    const struct sweep_verify_report report = {explain_add_damaged, damaged};
    uint64_t n_files;
    enum sweep_code code = sweep_verify(directory, &report, &n_files, &error);
    if (code == SWEEP_OK)
        return EXIT_DONE;
    if (code != SWEEP_INVALID)
        return cli_fail(&error);
    const json_t *first = json_array_get(damaged, 0);
    fprintf(stderr, "sweepctl: %s is damaged: %s %s; `sweepctl verify` lists everything\n",
        cli_escaped(directory), explain_string(first, "path"), explain_string(first, "difference"));
    return EXIT_INVALID;
}

/* --- the command ---------------------------------------------------------------------------- */

/* Adds "directory", null for a run of a spec. */
static bool explain_add_directory(json_t *result, const char *directory)
{
    json_t *value = json_null();
    if (directory != NULL)
        value = json_string(directory);
    if (value == NULL) /* not UTF-8 */
        value = json_string(cli_escaped(directory));
    return json_object_set_new(result, "directory", value) == 0;
}

static int explain_print(
    struct spec_input *input, const struct explain_request *request, uint64_t index)
{
    struct sweep_error error = {0};
    json_t *result = NULL;
    if (sweep_plan_explain(input->plan, index, &result, &error) != SWEEP_OK)
        return cli_fail(&error);
    if (json_object_set(result, "damaged", request->damaged) != 0 ||
        !explain_add_directory(result, request->directory)) {
        json_decref(result);
        return cli_oom();
    }
    if (request->is_json)
        return cli_print_json(result);
    explain_print_text(result, request->inherited);
    json_decref(result);
    return cli_flush();
}

/* Plans the spec in `path` and explains the run of the request. */
static int explain_spec(
    struct spec_input *input, const struct explain_request *request, const char *path)
{
    uint64_t index;
    int code = spec_input_plan(input, path);
    if (code != EXIT_DONE && input->findings != NULL)
        cli_print_findings(input->findings);
    if (code == EXIT_DONE)
        code = explain_find_run(input, &request->run, &index);
    if (code == EXIT_DONE)
        code = explain_print(input, request, index);
    return code;
}

static int explain_directory(struct spec_input *input, struct explain_request *request)
{
    struct strbuf path = {0};
    int whole = explain_verify(request->directory, request->damaged);
    if (whole != EXIT_DONE && whole != EXIT_INVALID)
        return whole;
    int code = explain_find(request);
    if (code == EXIT_DONE && request->inherited != NULL) {
        json_array_clear(request->damaged);
        whole = explain_verify(request->directory, request->damaged);
        if (whole != EXIT_DONE && whole != EXIT_INVALID)
            return whole;
    }
    if (code != EXIT_DONE)
        return code;
    strbuf_printf(&path, "%s/sweep.json", request->directory);
    input->sweep = request->directory;
    if (path.oom)
        return cli_oom();
    code = explain_spec(input, request, path.data);
    strbuf_deinit(&path);
    return code == EXIT_DONE ? whole : code;
}

static int explain_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {SPEC_INPUT_OPTIONS, {0}};
    struct spec_input input;
    struct explain_request request = {.damaged = json_array()};
    struct stat status;
    int option, code = CLI_CONTINUE;
    if (!spec_input_init(&input, argc) || request.damaged == NULL)
        code = cli_oom();
    while (
        code == CLI_CONTINUE && (option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'j')
            request.is_json = true;
        else if (option == 'h')
            code = cli_help(command);
        else if (!spec_input_option(&input, option, optarg))
            code = cli_usage(command);
    }
    if (code == CLI_CONTINUE && argc - optind != 2)
        code = cli_usage_error(command, "give a spec or a sweep directory, and a run");
    if (code == CLI_CONTINUE && !explain_read_run(argv[optind + 1], &request.run))
        code = cli_usage_error(
            command, "a run is a number, run_012 or an id, got %s", cli_escaped(argv[optind + 1]));
    if (code == CLI_CONTINUE) {
        const char *path = argv[optind];
        if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
            request.directory = path;
            code = explain_directory(&input, &request);
        } else {
            code = explain_spec(&input, &request, path);
        }
    }
    json_decref(request.damaged);
    free(request.inherited);
    spec_input_deinit(&input);
    return code;
}

const struct command cmd_explain = {
    "explain", "show where each value of a run comes from", explain_help, explain_run};
