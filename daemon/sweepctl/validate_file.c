/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/spec_input.h"
#include "daemon/sweepctl/validate_file.h"
#include "lib/util/file.h"
#include "lib/util/json_comment.h"
#include "lib/util/text.h"

enum { VALIDATE_MAX_BYTES = 1 << 20 };

enum { VALIDATE_MAX_RECIPES = 8 };

/* What a file was checked as. */
struct validate_subject {
    const char *file;                          /* as given; may be "-" */
    const char *recipes[VALIDATE_MAX_RECIPES]; /* what all of them share was checked */
    size_t n_recipes;                          /* 0: only what holds for all recipes */
    const char *how;                           /* how they were found; NULL: from --recipe */
    bool is_spec;
    uint64_t runs; /* of a spec */
};

/* The name for reports: none if it is not certain. */
static const char *validate_recipe(const struct validate_subject *subject)
{
    return subject->n_recipes == 1 ? subject->recipes[0] : NULL;
}

static void validate_print_recipe(const struct validate_subject *subject)
{
    if (subject->n_recipes == 0) {
        printf(" (required and unread keys were not checked: name a recipe with --recipe)\n");
    } else if (subject->n_recipes > 1) {
        printf(" (comments name");
        for (size_t i = 0; i < subject->n_recipes; i++) {
            if (i > 0)
                printf(i + 1 < subject->n_recipes ? "," : " and");
            printf(" %s", cli_escaped(subject->recipes[i]));
        }
        printf(": only what they share was checked; name one with --recipe)\n");
    } else if (subject->how == NULL) {
        printf(" (%s)\n", cli_escaped(subject->recipes[0]));
    } else {
        printf(" (%s, taken from %s)\n", cli_escaped(subject->recipes[0]), subject->how);
    }
}

static void validate_print_summary(const struct validate_request *request,
    const struct sweep_findings *findings, const struct validate_subject *subject)
{
    size_t errors = sweep_findings_count(findings, SWEEP_ERROR);
    size_t warnings = sweep_findings_count(findings, SWEEP_WARNING);
    const char *file = cli_escaped(cli_input_name(subject->file));
    bool valid = errors == 0 && warnings == 0;
    if (valid && request->quiet)
        return;
    if (!valid)
        printf("%s: %zu error%s, %zu warning%s", file, errors, cli_plural(errors), warnings,
            cli_plural(warnings));
    else if (subject->is_spec)
        printf("%s: %llu run%s valid", file, (unsigned long long)subject->runs,
            subject->runs == 1 ? " is" : "s are");
    else
        printf("%s: valid", file);
    if (subject->is_spec)
        printf(" (a spec)\n");
    else
        validate_print_recipe(subject);
}

/* Prints what was found in one file. Returns an exit code. */
static int validate_print(struct validate_request *request, const struct sweep_findings *findings,
    const struct validate_subject *subject)
{
    bool text = request->format == SWEEP_REPORT_TEXT;
    int code = EXIT_DONE;
    sweep_report_add(
        request->report, cli_input_name(subject->file), validate_recipe(subject), findings);
    if (!text || sweep_findings_get(findings, 0) != NULL) {
        /* Keeps the order of lines on stdout and findings on stderr. */
        code = cli_flush();
        if (code == EXIT_DONE)
            code = cli_print_report(request->report, request->format, false);
    }
    if (text)
        validate_print_summary(request, findings, subject);
    return code;
}

/* True for an object in JSON with a key of specs, and for what a file called .json has that is no
 * config. A text in JSON that is cut off or misspelled is a spec too, so that its mistake is
 * explained as one of JSON. */
static bool validate_is_spec(const char *file, const char *text, size_t length)
{
    static const char *const keys[] = {"base", "grid", "fixed"};
    const char *dot = strrchr(file, '.');
    bool called_json = dot != NULL && (strcmp(dot, ".json") == 0 || strcmp(dot, ".jsonc") == 0);
    size_t start = strspn(text, " \t\r\n");
    char *plain = text_duplicate(text, length);
    json_t *object = NULL;
    bool is_spec = false;
    if (plain != NULL) {
        json_comment_blank(plain, length);
        object = json_loadb(plain, length, 0, NULL);
    }
    if (object == NULL)
        is_spec = called_json && start < length;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_object_get(object, keys[i]) != NULL)
            is_spec = true;
    json_decref(object);
    free(plain);
    return is_spec;
}

/* True if the list has a finding with the same code at the same position. */
static bool validate_has(const struct sweep_findings *findings, const struct sweep_finding *wanted)
{
    const struct sweep_finding *f;
    for (size_t i = 0; (f = sweep_findings_get(findings, i)) != NULL; i++)
        if (strcmp(f->code, wanted->code) == 0 && f->place.line == wanted->place.line &&
            f->place.column == wanted->place.column)
            return true;
    return false;
}

/* Moves those findings that are in both lists to `out`. */
static void validate_share(
    const struct sweep_findings *a, const struct sweep_findings *b, struct sweep_findings *out)
{
    const struct sweep_finding *f;
    for (size_t i = 0; (f = sweep_findings_get(a, i)) != NULL; i++)
        if (validate_has(b, f))
            sweep_findings_add(out, f);
}

/* Checks a config for each of the recipes, and reports what was found for all of them. */
static enum sweep_code validate_config(struct validate_request *request,
    const struct validate_subject *subject, const char *text, size_t length,
    struct sweep_findings **out)
{
    const char *file = cli_input_name(subject->file);
    enum sweep_code code =
        sweep_validator_check(request->validator, text, length, file, subject->recipes[0], *out);
    for (size_t i = 1; i < subject->n_recipes; i++) {
        struct sweep_findings *other = sweep_findings_new(), *shared = sweep_findings_new();
        if (other == NULL || shared == NULL || (code != SWEEP_OK && code != SWEEP_INVALID)) {
            sweep_findings_free(other);
            sweep_findings_free(shared);
            return SWEEP_NO_MEMORY;
        }
        code = sweep_validator_check(
            request->validator, text, length, file, subject->recipes[i], other);
        sweep_findings_source(shared, file, text, length);
        validate_share(*out, other, shared);
        sweep_findings_free(other);
        sweep_findings_free(*out);
        *out = shared;
    }
    if (code != SWEEP_OK && code != SWEEP_INVALID)
        return code;
    return sweep_findings_count(*out, SWEEP_ERROR) > 0 ? SWEEP_INVALID : SWEEP_OK;
}

/* Finds out what a file is, and for which recipe. */
static void validate_recognise(const struct validate_request *request, const char *text,
    size_t length, struct validate_subject *subject)
{
    subject->is_spec = validate_is_spec(subject->file, text, length);
    if (subject->is_spec)
        return;
    subject->recipes[0] = request->recipe;
    if (request->recipe == NULL)
        subject->recipes[0] =
            sweep_recipe_of(request->trainer, subject->file, text, length, &subject->how);
    subject->n_recipes = subject->recipes[0] != NULL;
    if (subject->n_recipes == 0)
        subject->n_recipes = sweep_recipes_named(
            request->trainer, text, length, subject->recipes, VALIDATE_MAX_RECIPES);
}

static int validate_text(struct validate_request *request, const char *file, const char *text,
    size_t length, struct sweep_findings **findings)
{
    struct validate_subject subject = {.file = file};
    int verdict;
    validate_recognise(request, text, length, &subject);
    if (subject.is_spec) {
        const struct spec_text spec = {file, text, length, request->strict_json};
        verdict = spec_input_check(request->trainer, &spec, *findings, &subject.runs);
        if (verdict != EXIT_DONE && verdict != EXIT_INVALID)
            return verdict;
    } else {
        enum sweep_code code = validate_config(request, &subject, text, length, findings);
        if (code != SWEEP_OK && code != SWEEP_INVALID)
            return cli_oom();
        verdict = code == SWEEP_OK ? EXIT_DONE : EXIT_INVALID;
    }
    bool unchecked = !subject.is_spec && subject.n_recipes != 1;
    if (request->strict && (unchecked || sweep_findings_count(*findings, SWEEP_WARNING) > 0))
        verdict = EXIT_INVALID;
    int code = validate_print(request, *findings, &subject);
    /* Lost output is reported at the end. */
    if (code == EXIT_DONE || code == EXIT_OUTPUT)
        return verdict;
    return code;
}

int validate_file(struct validate_request *request, const char *file)
{
    size_t length;
    /* One byte more than the limit may be read: the library reports that as a finding. */
    char *text = cli_read(file, VALIDATE_MAX_BYTES, &length);
    if (text == NULL)
        return EXIT_FAILED;
    int code = EXIT_FAILED;
    struct sweep_findings *findings = sweep_findings_new();
    if (findings == NULL)
        cli_oom();
    else
        code = validate_text(request, file, text, length, &findings);
    sweep_findings_free(findings);
    free(text);
    return code;
}

bool validate_is_spec_file(const char *file)
{
    struct strbuf text = {0};
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    bool is_spec = fd >= 0 && file_read_all(fd, VALIDATE_MAX_BYTES + 1, &text) == 0 &&
                   validate_is_spec(file, strbuf_string(&text), text.length);
    if (fd >= 0)
        close(fd);
    strbuf_deinit(&text);
    return is_spec;
}

int validate_begin(struct validate_request *request)
{
    struct sweep_error error = {0};
    request->report = sweep_report_new(request->format, cli_colour());
    if (request->report == NULL)
        return cli_oom();
    if (sweep_validator_new(request->trainer, &request->options, &request->validator, &error) !=
        SWEEP_OK)
        return cli_fail(&error);
    return EXIT_DONE;
}

void validate_end(struct validate_request *request)
{
    sweep_validator_free(request->validator);
    sweep_report_free(request->report);
}
