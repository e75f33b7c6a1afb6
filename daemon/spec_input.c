/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/spec_input.h"

enum { MOST_SPEC_BYTES = 1 << 20 };

bool spec_input_init(struct spec_input *input, int argc)
{
    *input = (struct spec_input){0};
    input->overrides = calloc((size_t)argc + 1, sizeof *input->overrides);
    return input->overrides != NULL;
}

bool spec_input_option(struct spec_input *input, int option, const char *argument)
{
    if (option == 's')
        input->overrides[input->n_overrides++] = argument;
    else if (option == 't')
        input->torchtune = argument;
    else if (option == 'p')
        input->profile = argument;
    else if (option == 'a')
        input->as = argument;
    else
        return false;
    return true;
}

int spec_input_plan(struct spec_input *input, const char *path)
{
    struct sweep_error error = {0};
    size_t length;
    const char *name = input->as != NULL ? input->as : strcmp(path, "-") == 0 ? "stdin" : path;
    const char *slash = strrchr(name, '/');
    input->text = cli_read(path, MOST_SPEC_BYTES, &length);
    if (input->text == NULL)
        return EXIT_FAILED;
    input->directory = slash == NULL   ? strdup(".")
                       : slash == name ? strdup("/")
                                       : strndup(name, (size_t)(slash - name));
    input->findings = sweep_findings_new();
    if (input->directory == NULL || input->findings == NULL) {
        sweep_error_set(&error, SWEEP_NO_MEMORY, "out of memory");
        return cli_fail(&error);
    }
    input->trainer = cli_trainer(input->torchtune);
    if (input->trainer == NULL)
        return EXIT_FAILED;
    if (input->profile != NULL &&
        sweep_trainer_use_profile(input->trainer, input->profile, &error) != SWEEP_OK)
        return cli_fail(&error);
    struct sweep_request request = {
        .spec = input->text,
        .spec_length = length,
        /* The daemon hands specs over under another path; people know the file by its name. */
        .spec_file = input->as != NULL && slash != NULL ? slash + 1 : name,
        .spec_directory = input->directory,
        .overrides = input->overrides,
        .n_overrides = input->n_overrides,
    };
    enum sweep_code code =
        sweep_plan_new(input->trainer, &request, input->findings, &input->plan, &error);
    sweep_findings_sort(input->findings);
    if (code == SWEEP_OK || code == SWEEP_INVALID)
        return code == SWEEP_OK ? EXIT_DONE : EXIT_INVALID;
    return cli_fail(&error);
}

void spec_input_deinit(struct spec_input *input)
{
    sweep_plan_free(input->plan);
    sweep_findings_free(input->findings);
    sweep_trainer_free(input->trainer);
    free(input->text);
    free(input->directory);
    free(input->overrides);
}
