/* SPDX-License-Identifier: Apache-2.0
 *
 * settings_page FILE: prints a manual page, with the lists that are made of the table of settings
 * in the place of the lines @OPTIONS@, @SETTINGS@ and @LIMITS@. Runs while the pages are built.
 */
#include <string.h>

#include "daemon/settings/help.h"

int main(int argc, char **argv)
{
    char line[1024];
    FILE *page = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (page == NULL) {
        fprintf(stderr, "usage: settings_page FILE\n");
        return 2;
    }
    while (fgets(line, sizeof line, page) != NULL)
        if (strcmp(line, "@OPTIONS@\n") == 0)
            settings_help_page_options(stdout);
        else if (strcmp(line, "@SETTINGS@\n") == 0)
            settings_help_page_names(stdout);
        else if (strcmp(line, "@LIMITS@\n") == 0)
            settings_help_page_limits(stdout);
        else
            fputs(line, stdout);
    int failed = ferror(page) || fflush(stdout) != 0;
    fclose(page);
    return failed;
}
