/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/common/fileat.h"
#include "daemon/jobs/submissions.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "lib/util/index.h"
#include "lib/util/text.h"

enum {
    SUBMISSIONS_MAX_STATE = 65536,
    SUBMISSIONS_MAX_LIST = 256 << 20,
};

struct submissions_reader {
    const struct submissions_source *source;
    int directory; /* a descriptor */
    struct submissions *all;
};

static bool submissions_load(int directory, const char *name, size_t max, struct strbuf *out)
{
    CLEANUP_FD int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return fd >= 0 && file_read_all(fd, max, out) == 0;
}

static void submissions_complain(struct submissions *all, const char *name, const char *what)
{
    if (all->problem[0] == '\0')
        snprintf(
            all->problem, sizeof all->problem, SUBMISSIONS_DIRECTORY "/%.150s: %s", name, what);
}

/* Takes the next line, without its newline; NULL at the end. The text is modified. */
static char *submissions_next_line(char **rest)
{
    char *line = *rest;
    if (line == NULL || *line == '\0')
        return NULL;
    char *end = line + strcspn(line, "\n");
    *rest = *end == '\n' ? end + 1 : end;
    *end = '\0';
    return line;
}

/* The runs of a list file. False if memory runs out. */
static bool submissions_read_list(
    struct submissions_reader *reader, const char *name, struct submission *submission)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    if (!submissions_load(reader->directory, name, SUBMISSIONS_MAX_LIST, &text)) {
        submissions_complain(reader->all, name, "cannot be read");
        return !text.oom;
    }
    size_t n = 0, unknown = 0;
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] == '\n')
            n++;
    submission->runs = malloc((n + 1) * sizeof *submission->runs);
    if (submission->runs == NULL)
        return false;
    char *rest = text.data, *line;
    while (submission->n_runs <= n && (line = submissions_next_line(&rest)) != NULL) {
        size_t run = index_find(reader->source->index, line, strlen(line));
        if (run == SIZE_MAX)
            unknown++;
        submission->runs[submission->n_runs++] = run;
    }
    if (unknown > 0)
        submissions_complain(reader->all, name, "names runs that the sweep does not have");
    return true;
}

/* Without a list, task k does run k. */
static bool submissions_use_all(
    const struct submissions_source *source, struct submission *submission)
{
    submission->runs = malloc((source->n_runs + 1) * sizeof *submission->runs);
    if (submission->runs == NULL)
        return false;
    for (size_t i = 0; i < source->n_runs; i++)
        submission->runs[i] = i;
    submission->n_runs = source->n_runs;
    return true;
}

/* One `key=value`; the value of runs= is given back in *list. False if memory runs out. */
static bool submissions_take(struct submission *submission, const char *line, char **list)
{
    char **copy = NULL;
    const char *value = strchr(line, '=');
    if (value == NULL)
        return true;
    size_t length = (size_t)(value - line);
    value++;
    if (length == 5 && memcmp(line, "token", 5) == 0)
        copy = &submission->token;
    else if (length == 4 && memcmp(line, "runs", 4) == 0)
        copy = list;
    else if (length == 3 && memcmp(line, "job", 3) == 0)
        submission->job = strtoull(value, NULL, 10);
    else if (length == 2 && memcmp(line, "at", 2) == 0)
        submission->at = strtoll(value, NULL, 10);
    else if (length == 6 && memcmp(line, "script", 6) == 0)
        submission->is_then = strcmp(value, "then.sbatch") == 0;
    else if (length == 5 && memcmp(line, "state", 5) == 0)
        submission->is_known = strcmp(value, "intent") != 0;
    if (copy == NULL || *copy != NULL)
        return true;
    *copy = text_duplicate(value, strlen(value));
    return *copy != NULL;
}

/* The list is in the same directory, whatever the path to it is. */
static const char *submissions_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return path;
    return slash + 1;
}

static bool submissions_read_one(struct submissions_reader *reader, const char *name)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    CLEANUP_FREE char *list = NULL;
    struct submissions *all = reader->all;
    struct submission *items = realloc(all->items, (all->count + 1) * sizeof *items);
    if (items == NULL)
        return false;
    all->items = items;
    struct submission *submission = &items[all->count++];
    *submission = (struct submission){.name = text_duplicate(name, strlen(name))};
    if (submission->name == NULL)
        return false;
    if (!submissions_load(reader->directory, name, SUBMISSIONS_MAX_STATE, &text)) {
        submissions_complain(all, name, "cannot be read");
        return !text.oom;
    }
    char *rest = text.data, *line;
    while ((line = submissions_next_line(&rest)) != NULL)
        if (!submissions_take(submission, line, &list))
            return false;
    if (submission->token == NULL)
        submissions_complain(all, name, "has no token");
    if (submission->is_then) { /* not of runs: task k does nothing to run k */
        free(submission->name);
        free(submission->token);
        all->count--;
        return true;
    }
    if (list != NULL)
        return submissions_read_list(reader, submissions_base_name(list), submission);
    return submissions_use_all(reader->source, submission);
}

/* The lists, and files that are being written, are not submissions. */
static bool submissions_is_state(const char *name)
{
    return name[0] != '.' && !text_matches("*.runs", name) && !text_matches("*.tmp", name) &&
           !text_matches("*~", name) && !text_matches("*.lock", name) && strcmp(name, "lock") != 0;
}

static int submissions_compare(const void *a, const void *b)
{
    const struct submission *left = a, *right = b;
    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    return strcmp(left->name, right->name);
}

bool submissions_read(const struct submissions_source *source, struct submissions *out)
{
    CLEANUP_FD int directory =
        openat(source->directory, SUBMISSIONS_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return true;
    DIR *stream = fileat_list(directory);
    if (stream == NULL)
        return errno != ENOMEM;
    struct submissions_reader reader = {source, directory, out};
    bool fine = true;
    const char *name;
    while (fine && fileat_next(stream, &name) == 0 && name != NULL)
        if (submissions_is_state(name))
            fine = submissions_read_one(&reader, name);
    closedir(stream);
    if (fine && out->count > 0)
        qsort(out->items, out->count, sizeof *out->items, submissions_compare);
    return fine;
}

void submissions_free(struct submissions *submissions)
{
    for (size_t i = 0; i < submissions->count; i++) {
        free(submissions->items[i].name);
        free(submissions->items[i].token);
        free(submissions->items[i].runs);
    }
    free(submissions->items);
    *submissions = (struct submissions){0};
}
