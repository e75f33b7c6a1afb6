/* SPDX-License-Identifier: Apache-2.0
 *
 * A preloaded library. Allocation number OOM_AT of the program fails, with OOM_STICKY=1 also all
 * later ones. The file OOM_COUNT gets the number of allocations. Child processes do not load it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own functions. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);

static _Atomic unsigned long count;
static unsigned long fail_at;
static bool sticky;
static _Thread_local bool exempt;
static int counted = -1;

/* Allocations of the loader and of earlier constructors do not fail. */
__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("OOM_AT"), *all = getenv("OOM_STICKY"), *file = getenv("OOM_COUNT");
    if (file != NULL)
        counted = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    sticky = all != NULL;
    unsetenv("LD_PRELOAD");
    count = 0;
    fail_at = at != NULL ? strtoul(at, NULL, 10) : 0;
}

__attribute__((destructor)) static void end(void)
{
    if (counted >= 0)
        dprintf(counted, "%lu\n", count);
}

static bool fails(void)
{
    if (exempt)
        return false;
    unsigned long n = ++count;
    if (fail_at == 0 || n < fail_at || (n > fail_at && !sticky))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

/* libc's strdup() calls malloc() internally, not through this library. */
char *strdup(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = malloc(size);
    return copy != NULL ? memcpy(copy, string, size) : NULL;
}

/* jansson's parser does not check whether its buffer could grow: it fails an assertion or writes
 * past the end. No caller can avoid that, so the parser fails as a whole instead of inside. See
 * also tests/builder/alloc.c. */
static bool reader_fails(json_error_t *error)
{
    if (!fails())
        return false;
    if (error != NULL) {
        *error = (json_error_t){.line = -1, .column = -1, .source = "<buffer>"};
        error->text[sizeof error->text - 1] = json_error_out_of_memory;
    }
    return true;
}

json_t *json_loadb(const char *text, size_t length, size_t flags, json_error_t *error)
{
    json_t *(*real)(const char *, size_t, size_t, json_error_t *);
    if (reader_fails(error))
        return NULL;
    exempt = true;
    *(void **)&real = dlsym(RTLD_NEXT, "json_loadb");
    json_t *value = real(text, length, flags, error);
    exempt = false;
    return value;
}

json_t *json_load_file(const char *path, size_t flags, json_error_t *error)
{
    json_t *(*real)(const char *, size_t, json_error_t *);
    if (reader_fails(error))
        return NULL;
    exempt = true;
    *(void **)&real = dlsym(RTLD_NEXT, "json_load_file");
    json_t *value = real(path, flags, error);
    exempt = false;
    return value;
}

/* The same: after a failed allocation glibc's name service code uses a null pointer. */
struct passwd *getpwuid(uid_t user)
{
    struct passwd *(*real)(uid_t);
    if (fails())
        return NULL;
    exempt = true;
    *(void **)&real = dlsym(RTLD_NEXT, "getpwuid");
    struct passwd *entry = real(user);
    exempt = false;
    return entry;
}
