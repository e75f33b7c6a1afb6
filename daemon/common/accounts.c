/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/common/accounts.h"
#include "daemon/common/spawn.h"

enum { ACCOUNTS_LINE = 65536, ACCOUNTS_FIELDS = 4 };

/* Splits "NAME:PASSWORD:NUMBER:MORE…" in place. False if it has fewer fields, or another number. */
static bool accounts_split(char *line, unsigned number, char *fields[ACCOUNTS_FIELDS])
{
    char *end;
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < ACCOUNTS_FIELDS; i++) {
        fields[i] = strsep(&line, ":");
        if (fields[i] == NULL)
            return false;
    }
    unsigned long found = strtoul(fields[2], &end, 10);
    return end != fields[2] && *end == '\0' && found == number;
}

/* Searches for the entry in an open file; `line` has room for ACCOUNTS_LINE bytes. Closes it. */
static bool accounts_search(FILE *file, unsigned number, char *line, char *fields[ACCOUNTS_FIELDS])
{
    bool found = false;
    if (file == NULL)
        return false;
    while (!found && fgets(line, ACCOUNTS_LINE, file) != NULL)
        found = accounts_split(line, number, fields);
    fclose(file);
    return found;
}

static bool accounts_ask_getent(
    const char *database, unsigned number, char *line, char *fields[ACCOUNTS_FIELDS])
{
    char key[16];
    int ends[2], status;
    pid_t child;
    snprintf(key, sizeof key, "%u", number);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0)
        return false;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        close(nothing);
        return false;
    }
    const char *const argv[] = {"/usr/bin/getent", database, key, NULL};
    int failure =
        spawn_program((char *const *)argv, (const int[]){nothing, ends[1], nothing}, &child);
    close(nothing);
    close(ends[1]);
    if (failure != 0) {
        close(ends[0]);
        return false;
    }
    FILE *output = fdopen(ends[0], "r");
    if (output == NULL)
        close(ends[0]);
    bool found = accounts_search(output, number, line, fields);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return found;
}

/* Finds an entry of "passwd" or "group". */
static bool accounts_find(
    const char *database, unsigned number, char *line, char *fields[ACCOUNTS_FIELDS])
{
    char path[32];
    snprintf(path, sizeof path, "/etc/%s", database);
    return accounts_search(fopen(path, "re"), number, line, fields) ||
           accounts_ask_getent(database, number, line, fields);
}

bool account_name(uid_t user, char out[ACCOUNT_NAME])
{
    char *fields[ACCOUNTS_FIELDS];
    char *line = malloc(ACCOUNTS_LINE);
    bool found = line != NULL && accounts_find("passwd", user, line, fields) &&
                 fields[0][0] != '\0' && strlen(fields[0]) < ACCOUNT_NAME;
    if (found)
        snprintf(out, ACCOUNT_NAME, "%s", fields[0]);
    else
        snprintf(out, ACCOUNT_NAME, "user %u", (unsigned)user);
    free(line);
    return found;
}

/* True if every name in the list is `name`. */
static bool accounts_only(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *member = list; *member != '\0';) {
        size_t n = strcspn(member, ",");
        if (n > 0 && (n != length || memcmp(member, name, n) != 0))
            return false;
        member += n;
        if (*member == ',')
            member++;
    }
    return true;
}

gid_t account_own_group(uid_t user)
{
    char *fields[ACCOUNTS_FIELDS], name[ACCOUNT_NAME], *end;
    char *line = malloc(ACCOUNTS_LINE);
    gid_t own = 0;
    if (line != NULL && accounts_find("passwd", user, line, fields) &&
        strlen(fields[0]) < sizeof name) {
        snprintf(name, sizeof name, "%s", fields[0]);
        unsigned long group = strtoul(fields[3], &end, 10);
        if (end != fields[3] && accounts_find("group", (unsigned)group, line, fields) &&
            strcmp(fields[0], name) == 0 && accounts_only(fields[3], name))
            own = (gid_t)group;
    }
    free(line);
    return own;
}
