/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/util/cleanup.h"
#include "lib/util/digest.h"
#include "lib/util/file.h"
#include "lib/write/manifest.h"
#include "lib/write/verify_directory.h"

/* True for a path that stays in the directory. */
static bool verify_is_inside(const char *path)
{
    if (path[0] == '/' || path[0] == '\0')
        return false;
    for (const char *part = path; part != NULL; part = strchr(part, '/')) {
        if (*part == '/')
            part++;
        size_t length = strcspn(part, "/");
        if (length == 0 || (length <= 2 && strncmp(part, "..", length) == 0))
            return false;
    }
    return true;
}

/* How a file differs, or NULL. Nothing but regular files is opened for reading. */
static const char *verify_file(int directory, const char *path, const char *digest)
{
    struct stat status;
    uint64_t size;
    char found[DIGEST_HEX];
    if (!verify_is_inside(path))
        return "is not a path in the directory";
    CLEANUP_FD int fd =
        openat(directory, path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 && errno == ENOENT)
        return "is missing";
    if (fd < 0)
        return "cannot be read";
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return "is not a regular file";
    if (file_digest_fd(fd, &size, found) != 0)
        return "cannot be read";
    if (strcmp(found, digest) != 0)
        return "was changed";
    return NULL;
}

enum sweep_code verify_directory_files(
    int directory, const json_t *files, const struct sweep_verify_report *report)
{
    const char *path;
    json_t *digest;
    bool all_same = true;
    json_object_foreach ((json_t *)files, path, digest) {
        const char *expected = json_string_value(digest);
        const char *difference = "has no digest in the manifest";
        if (expected != NULL)
            difference = verify_file(directory, path, expected);
        if (difference == NULL)
            continue;
        all_same = false;
        report->differs(report->context, path, difference);
    }
    return all_same ? SWEEP_OK : SWEEP_INVALID;
}

enum sweep_code sweep_verify(const char *directory, const struct sweep_verify_report *report,
    uint64_t *n_files, struct sweep_error *error)
{
    bool oom = false;
    *n_files = 0;
    CLEANUP_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return sweep_error_set(error, errno == ENOENT ? SWEEP_NOT_FOUND : SWEEP_IO,
            "cannot open %s: %s", directory, strerror(errno));
    CLEANUP_JSON json_t *manifest = manifest_load(directory, &oom);
    const json_t *files = json_object_get(manifest, "files");
    if (oom)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (json_object_size(files) == 0)
        return sweep_error_set(error, SWEEP_NOT_FOUND,
            "%s is not a sweep directory: it has no manifest.json that lists files", directory);
    *n_files = json_object_size(files);
    return verify_directory_files(fd, files, report);
}

/* --- of one's own ------------------------------------------------------------------------- */

struct verify_first {
    char text[300]; /* of the first difference */
    uint64_t count;
};

static void verify_note_first(void *context, const char *path, const char *difference)
{
    struct verify_first *first = context;
    if (first->count++ == 0)
        snprintf(first->text, sizeof first->text, "%.200s %s", path, difference);
}

enum sweep_code verify_directory_is_whole(const char *directory, struct sweep_error *error)
{
    struct verify_first first = {0};
    const struct sweep_verify_report report = {verify_note_first, &first};
    uint64_t n_files;
    enum sweep_code code = sweep_verify(directory, &report, &n_files, error);
    if (code != SWEEP_INVALID)
        return code;
    return sweep_error_set(error, SWEEP_INVALID,
        "%s exists already, but is not as it was generated: %s (%llu of %llu files differ); move "
        "it away to generate it again",
        directory, first.text, (unsigned long long)first.count, (unsigned long long)n_files);
}
