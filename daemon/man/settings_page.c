/* SPDX-License-Identifier: Apache-2.0
 *
 * settings_page FILE DIR: prints a manual page. The lines @OPTIONS@, @SETTINGS@ and @LIMITS@ are
 * replaced by lists from the table of settings, and specs/profiles/ by DIR, where its files are
 * installed. Runs while the pages are built.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/settings/help.h"

static const char page_source[] = "specs/profiles/";

/* `literal`: in a literal block, where scdoc takes every character as it is. */
static void page_print(const char *line, const char *directory, bool literal)
{
    for (const char *at; (at = strstr(line, page_source)) != NULL;) {
        printf("%.*s", (int)(at - line), line);
        for (const char *p = directory; *p != '\0'; p++) {
            if (!literal && strchr("\\_*", *p) != NULL)
                putchar('\\');
            putchar(*p);
        }
        line = at + strlen(page_source);
    }
    fputs(line, stdout);
}

int main(int argc, char **argv)
{
    char line[1024];
    bool literal = false;
    FILE *page = argc == 3 ? fopen(argv[1], "r") : NULL;
    if (page == NULL) {
        fprintf(stderr, "usage: settings_page FILE DIR\n");
        return 2;
    }
    while (fgets(line, sizeof line, page) != NULL) {
        if (strncmp(line, "```", 3) == 0)
            literal = !literal;
        if (strcmp(line, "@OPTIONS@\n") == 0)
            settings_help_page_options(stdout);
        else if (strcmp(line, "@SETTINGS@\n") == 0)
            settings_help_page_names(stdout);
        else if (strcmp(line, "@LIMITS@\n") == 0)
            settings_help_page_limits(stdout);
        else
            page_print(line, argv[2], literal);
    }
    int failed = ferror(page) || fflush(stdout) != 0;
    fclose(page);
    return failed;
}
