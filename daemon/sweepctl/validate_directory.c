/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/sweepctl/cli.h"
#include "daemon/sweepctl/validate_directory.h"
#include "lib/util/strbuf.h"

static bool validate_directory_has(const char *directory, const char *name)
{
    struct strbuf path = {0};
    struct stat status;
    strbuf_printf(&path, "%s/%s", directory, name);
    bool found = !path.oom && stat(path.data, &status) == 0;
    strbuf_deinit(&path);
    return found;
}

static int validate_directory_worst(int a, int b)
{
    if (a == EXIT_FAILED || b == EXIT_FAILED)
        return EXIT_FAILED;
    if (a != EXIT_DONE)
        return a;
    return b;
}

static int validate_directory_is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int validate_directory_path(struct validate_request *request, const char *path);

/* The entries of a directory, configs and folders of configs. */
static int validate_directory_all(struct validate_request *request, const char *directory)
{
    struct dirent **entries;
    int code = EXIT_DONE;
    int n = scandir(directory, &entries, validate_directory_is_shown, alphasort);
    if (n < 0)
        return cli_error(
            EXIT_FAILED, "sweepctl: cannot read %s: %s", cli_escaped(directory), strerror(errno));
    for (int i = 0; i < n; i++) {
        struct strbuf path = {0};
        strbuf_printf(&path, "%s/%s", directory, entries[i]->d_name);
        int one = path.oom ? cli_oom() : validate_directory_path(request, path.data);
        code = validate_directory_worst(code, one);
        strbuf_deinit(&path);
        free(entries[i]);
    }
    free(entries);
    return code;
}

static int validate_directory_path(struct validate_request *request, const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return validate_directory_all(request, path);
    return validate_file(request, path);
}

int validate_directory(struct validate_request *request, const char *directory)
{
    struct strbuf path = {0};
    const char *name = cli_escaped(directory);
    if (validate_directory_has(directory, "configs.packed"))
        return cli_error(EXIT_FAILED,
            "sweepctl: the configs of %s are packed in one file; to validate them: sweepctl unpack "
            "%s",
            name, name);
    if (!validate_directory_has(directory, "configs"))
        return cli_error(EXIT_FAILED,
            "sweepctl: %s is a directory without configs/, so not that of a sweep; name its files",
            name);
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    strbuf_printf(&path, "%.*s/configs", (int)length, directory);
    int code = path.oom ? cli_oom() : validate_directory_all(request, path.data);
    strbuf_deinit(&path);
    return code;
}
