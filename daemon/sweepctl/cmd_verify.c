/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/commands.h"
#include "sweep/generate.h"

static const char verify_help[] =
    "usage: sweepctl verify DIR…\n"
    "\n"
    "Compares the files of sweep directories with the digests in their manifest.json,\n"
    "and prints each that is missing or was changed. Other files, such as logs, are\n"
    "not looked at.\n"
    "\n"
    "Exit codes: 0 all are as they were generated; 1 failed; 2 usage error; 3 a file\n"
    "differs.\n";

struct verify_directory {
    const char *path;
    unsigned long long n_different;
};

static void verify_print(void *context, const char *path, const char *difference)
{
    struct verify_directory *directory = context;
    directory->n_different++;
    printf("%s/%s %s\n", cli_escaped(directory->path), cli_escaped(path), difference);
}

static int verify_one(const char *path)
{
    struct verify_directory directory = {.path = path};
    const struct sweep_verify_report report = {verify_print, &directory};
    struct sweep_error error = {0};
    uint64_t n_files;
    enum sweep_code code = sweep_verify(path, &report, &n_files, &error);
    if (code == SWEEP_INVALID) {
        printf("%s: %llu of %llu files differ\n", cli_escaped(path), directory.n_different,
            (unsigned long long)n_files);
        return EXIT_INVALID;
    }
    if (code != SWEEP_OK)
        return cli_fail(&error);
    printf("%s: %llu file%s as generated\n", cli_escaped(path), (unsigned long long)n_files,
        cli_plural(n_files));
    return EXIT_DONE;
}

static int verify_run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"help", no_argument, NULL, 'h'}, {0}};
    int option, result = EXIT_DONE;
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'h')
            return cli_help(command);
        return cli_usage(command);
    }
    if (optind == argc)
        return cli_usage_error(command, "give one or more sweep directories");
    for (int i = optind; i < argc; i++) {
        int code = verify_one(argv[i]);
        if (code != EXIT_DONE && result != EXIT_FAILED)
            result = code;
    }
    int flushed = cli_flush();
    return result != EXIT_DONE ? result : flushed;
}

const struct command cmd_verify = {
    "verify", "compare sweep directories with their manifests", verify_help, verify_run};
