/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/common/log.h"
#include "daemon/common/output.h"
#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "lib/util/file.h"
#include "lib/util/text.h"

/* --- command lines ---------------------------------------------------------------------------- */

int cli_help(const struct command *command)
{
    printf("sweepctl %s: %s\n\n%s", command->name, command->summary, command->help);
    return cli_flush();
}

int cli_usage(const struct command *command)
{
    fprintf(stderr, "Try `sweepctl %s --help`.\n", command->name);
    return EXIT_USAGE;
}

int cli_usage_error(const struct command *command, const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    text_vformat(text, sizeof text, format, arguments);
    va_end(arguments);
    cli_error(EXIT_USAGE, "sweepctl %s: %s", command->name, text);
    return cli_usage(command);
}

bool cli_format(const struct command *command, const char *name, enum sweep_report_format *format)
{
    if (sweep_report_format_named(name, format))
        return true;
    cli_error(EXIT_USAGE,
        "sweepctl %s: unknown format \"%s\"; expected text, json, github, junit or sarif",
        command->name, name);
    return false;
}

/* --- input ------------------------------------------------------------------------------------ */

const char *cli_input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "stdin" : path;
}

char *cli_read(const char *path, size_t max, size_t *length)
{
    struct strbuf text = {0};
    int fd = STDIN_FILENO, failure = 0;
    bool is_stdin = strcmp(path, "-") == 0;
    if (!is_stdin)
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        failure = errno;
    else
        failure = file_read_all(fd, max + 1, &text);
    if (fd >= 0 && !is_stdin)
        close(fd);
    if (failure != 0) {
        cli_error(
            EXIT_FAILED, "sweepctl: cannot read %s: %s", cli_input_name(path), strerror(failure));
        strbuf_deinit(&text);
        return NULL;
    }
    *length = text.length;
    return strbuf_steal(&text);
}

struct sweep_trainer *cli_find_trainer(
    const char *torchtune, const char *profile, const char **source, struct sweep_error *error)
{
    struct sweep_trainer *trainer = NULL;
    const char *variable = getenv("SWEEPD_TORCHTUNE"), *active = getenv("VIRTUAL_ENV");
    if (torchtune != NULL && *torchtune != '\0') {
        *source = "given";
    } else if (variable != NULL && *variable != '\0') {
        torchtune = variable;
        *source = "SWEEPD_TORCHTUNE";
    } else if (active != NULL && sweep_trainer_open(active, profile, &trainer, NULL) == SWEEP_OK) {
        /* An active environment without the trainer is not an error. */
        *source = "VIRTUAL_ENV";
        return trainer;
    } else {
        torchtune = NULL;
        *source = NULL;
    }
    if (sweep_trainer_open(torchtune, profile, &trainer, error) != SWEEP_OK)
        return NULL;
    return trainer;
}

int cli_trainer(const char *torchtune, const char *profile, struct sweep_trainer **out)
{
    const char *source;
    struct sweep_error error = {0};
    *out = cli_find_trainer(torchtune, profile, &source, &error);
    return *out != NULL ? EXIT_DONE : cli_fail(&error);
}

/* --- output ----------------------------------------------------------------------------------- */

const char *cli_escaped(const char *text)
{
    static char buffers[8][8192];
    static unsigned next;
    char *out = buffers[next];
    next = (next + 1) % 8;
    sweep_escape(out, sizeof buffers[0], text, strlen(text));
    return out;
}

const char *cli_quoted(const char *text)
{
    static char buffers[8][8192];
    static unsigned next;
    const char *safe = cli_escaped(text);
    size_t length = 1;
    if (strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+,:=@%-") ==
        strlen(text))
        return safe;
    char *out = buffers[next];
    next = (next + 1) % 8;
    out[0] = '\'';
    for (; *safe != '\0' && length < sizeof buffers[0] - 8; safe++) {
        if (*safe == '\'') {
            memcpy(out + length, "'\\'", 3);
            length += 3;
        }
        out[length++] = *safe;
    }
    out[length] = '\'';
    out[length + 1] = '\0';
    return out;
}

const char *cli_plural(unsigned long long count)
{
    return count == 1 ? "" : "s";
}

void cli_size(unsigned long long bytes, char out[32])
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB"};
    double value = (double)bytes;
    size_t unit = 0;
    while (value >= 1000 && unit < 3) {
        value /= 1000;
        unit++;
    }
    int decimals = 0;
    if (value < 10 && unit > 0)
        decimals = 1;
    snprintf(out, 32, "%.*f %s", decimals, value, units[unit]);
}

int cli_flush(void)
{
    return output_flush();
}

int cli_print_json(json_t *value)
{
    char *text = NULL;
    if (value != NULL)
        text = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(value);
    if (text == NULL)
        return cli_oom();
    puts(text);
    free(text);
    return cli_flush();
}

int cli_print_report(struct sweep_report *report, enum sweep_report_format format, bool complete)
{
    char *text = sweep_report_text(report, complete);
    if (text == NULL)
        return cli_oom();
    fputs(text, format == SWEEP_REPORT_TEXT ? stderr : stdout);
    free(text);
    return cli_flush();
}

bool cli_colour(void)
{
    const char *no_color = getenv("NO_COLOR");
    if (no_color != NULL && *no_color != '\0')
        return false;
    return isatty(STDERR_FILENO);
}

void cli_print_findings(const struct sweep_findings *findings)
{
    char *text = sweep_findings_text(findings, cli_colour());
    if (text == NULL) {
        cli_oom();
        return;
    }
    fputs(text, stderr);
    free(text);
}

/* --- errors ----------------------------------------------------------------------------------- */

int cli_error(int code, const char *format, ...)
{
    char text[4096], safe[4096];
    va_list arguments;
    va_start(arguments, format);
    text_vformat(text, sizeof text, format, arguments);
    va_end(arguments);
    log_escape(safe, sizeof safe, text);
    fprintf(stderr, "%s\n", safe);
    return code;
}

int cli_fail(const struct sweep_error *error)
{
    cli_error(EXIT_FAILED, "sweepctl: %s", error->message);
    switch (error->code) {
    case SWEEP_NO_SPACE:
        return EXIT_NO_SPACE;
    case SWEEP_STORAGE:
        return EXIT_STORAGE;
    default:
        return EXIT_FAILED;
    }
}

int cli_oom(void)
{
    fputs("sweepctl: out of memory\n", stderr);
    return EXIT_FAILED;
}
