/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks files, configs and specs mixed, and collects what was found in one report. Shared by
 * `validate` and `plan`.
 */
#ifndef DAEMON_SWEEPCTL_VALIDATE_FILE_H
#define DAEMON_SWEEPCTL_VALIDATE_FILE_H

#include "sweep/report.h"
#include "sweep/validate.h"

struct validate_request {
    const char *recipe, *profile, *explain; /* borrowed; or NULL */
    bool quiet, strict, strict_json;
    enum sweep_report_format format;
    struct sweep_validate_options options;
    struct sweep_trainer *trainer; /* the caller's */
    /* Owned, set by validate_begin(): */
    struct sweep_validator *validator;
    struct sweep_report *report;
};

/* Makes validator and report for the request's trainer, options and format. EXIT_DONE, or another
 * exit code with a message; validate_end() is needed then, too. */
int validate_begin(struct validate_request *request);

/* Checks a file, or stdin for "-", adds its findings to the report and prints what is ready of it.
 * EXIT_DONE, EXIT_INVALID, or another exit code with a message. */
int validate_file(struct validate_request *request, const char *file);

/* Frees the report and the validator. */
void validate_end(struct validate_request *request);

/* True if the content of a file is that of a spec. False, without a message, if it cannot be
 * read. */
bool validate_is_spec_file(const char *file);

#endif
