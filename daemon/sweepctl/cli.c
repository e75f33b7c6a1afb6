/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "daemon/common/log.h"
#include "lib/util/file.h"

int cli_help(const struct command *command)
{
    printf("sweepctl %s: %s\n\n%s", command->name, command->summary, command->help);
    return EXIT_DONE;
}

int cli_usage(const struct command *command)
{
    fprintf(stderr, "Try `sweepctl %s --help`.\n", command->name);
    return EXIT_USAGE;
}

char *cli_read(const char *path, size_t most, size_t *length)
{
    struct strbuf text = {0};
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int failure = fd < 0 ? errno : file_read_all(fd, most + 1, &text);
    if (fd >= 0 && !is_stdin)
        close(fd);
    if (failure != 0) {
        fprintf(stderr, "sweepctl: cannot read %s: %s\n",
            is_stdin ? "standard input" : cli_shown(path), strerror(failure));
        strbuf_deinit(&text);
        return NULL;
    }
    *length = text.length;
    return strbuf_steal(&text);
}

struct sweep_trainer *cli_trainer(const char *torchtune)
{
    struct sweep_trainer *trainer = NULL;
    struct sweep_error error = {0};
    if (torchtune == NULL)
        torchtune = getenv("SWEEPD_TORCHTUNE");
    if (torchtune != NULL && *torchtune == '\0')
        torchtune = NULL;
    const char *active = torchtune == NULL ? getenv("VIRTUAL_ENV") : NULL;
    /* An active environment without torchtune is no mistake. */
    if (active != NULL && sweep_trainer_new(active, &trainer, NULL) == SWEEP_OK)
        return trainer;
    if (sweep_trainer_new(torchtune, &trainer, &error) != SWEEP_OK)
        cli_fail(&error);
    return trainer;
}

bool cli_format(const struct command *command, const char *name, enum sweep_report_format *format)
{
    if (sweep_report_format_named(name, format))
        return true;
    fprintf(stderr,
        "sweepctl %s: no format \"%s\"; there are text, json, github, junit and sarif\n",
        command->name, cli_shown(name));
    return false;
}

bool cli_colour(void)
{
    const char *no_color = getenv("NO_COLOR");
    return isatty(STDERR_FILENO) && (no_color == NULL || *no_color == '\0');
}

int cli_print_report(struct sweep_report *report, enum sweep_report_format format, bool complete)
{
    char *text = sweep_report_text(report, complete);
    int code = text == NULL ? EXIT_FAILED : EXIT_DONE;
    if (text == NULL)
        fprintf(stderr, "sweepctl: out of memory\n");
    else if (format == SWEEP_REPORT_TEXT)
        fputs(text, stderr);
    else if (fputs(text, stdout) < 0 || fflush(stdout) != 0)
        code = EXIT_FAILED;
    free(text);
    return code;
}

const char *cli_shown(const char *text)
{
    static char shown[8][8192];
    static unsigned next;
    char *out = shown[next++ % 8];
    sweep_escape(out, sizeof shown[0], text, strlen(text));
    return out;
}

void cli_write_name(FILE *stream, const char *name)
{
    fputs(cli_shown(name), stream);
}

void cli_print_name(const char *name)
{
    cli_write_name(stdout, name);
}

void cli_print_findings(const struct sweep_findings *findings)
{
    char *text = sweep_findings_text(findings, cli_colour());
    fputs(text != NULL ? text : "sweepctl: out of memory\n", stderr);
    free(text);
}

int cli_complain(int code, const char *format, ...)
{
    char text[4096], safe[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    log_escape(safe, sizeof safe, text);
    fprintf(stderr, "%s\n", safe);
    return code;
}

int cli_fail(const struct sweep_error *error)
{
    fprintf(stderr, "sweepctl: %s\n", cli_shown(error->message));
    return error->code == SWEEP_NO_SPACE  ? EXIT_NO_SPACE
           : error->code == SWEEP_STORAGE ? EXIT_STORAGE
                                          : EXIT_FAILED;
}

const char *cli_plural(unsigned long long count)
{
    return count == 1 ? "" : "s";
}

int cli_print_json(json_t *value)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII);
    json_decref(value);
    int code = text != NULL && puts(text) >= 0 && fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
    free(text);
    return code;
}

int cli_flush(void)
{
    return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_DONE : EXIT_FAILED;
}

void cli_size(unsigned long long bytes, char out[32])
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB"};
    double value = (double)bytes;
    int unit = 0;
    for (; value >= 1000 && unit < 3; unit++)
        value /= 1000;
    snprintf(out, 32, value < 10 && unit > 0 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}
