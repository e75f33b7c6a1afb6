/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/builder/alloc.h"

/* glibc's own functions, under the names that it keeps for this. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);

enum { SLOTS = 1 << 18, FRAMES = 12 };

/* The watched allocations: a hash table with linear probing. Static, since it cannot allocate. */
static struct slot {
    void *p;
    void *frames[FRAMES];
    int n_frames;
} slots[SLOTS];
static size_t live, count, fail_at;
static bool watching, sticky, tracing, inside;
static void *failure[FRAMES];
static int n_failure;

static size_t slot_of(const void *p)
{
    return (size_t)(((uintptr_t)p >> 4) * 0x9e3779b97f4a7c15u >> 40) % SLOTS;
}

static void remember(void *p)
{
    size_t i = slot_of(p);
    if (live > SLOTS / 2)
        abort();
    while (slots[i].p != NULL)
        i = (i + 1) % SLOTS;
    slots[i].p = p;
    live++;
    if (tracing) {
        inside = true;
        slots[i].n_frames = backtrace(slots[i].frames, FRAMES);
        inside = false;
    }
}

/* Whether it was a watched one. */
static bool forget(const void *p)
{
    size_t i = slot_of(p);
    while (live > 0 && slots[i].p != NULL && slots[i].p != p)
        i = (i + 1) % SLOTS;
    if (live == 0 || slots[i].p == NULL)
        return false;
    live--;
    /* What was pushed out of its place moves up, so that no search stops early. */
    for (size_t hole = i;;) {
        slots[hole].p = NULL;
        do {
            i = (i + 1) % SLOTS;
            if (slots[i].p == NULL)
                return true;
        } while ((i - slot_of(slots[i].p)) % SLOTS < (i - hole) % SLOTS);
        slots[hole] = slots[i];
        hole = i;
    }
}

/* Whether this allocation is one to fail. */
static bool fails(void)
{
    if (!watching || inside)
        return false;
    count++;
    if (fail_at == 0 || (sticky ? count < fail_at : count != fail_at))
        return false;
    if (tracing && count == fail_at) {
        inside = true;
        n_failure = backtrace(failure, FRAMES);
        inside = false;
    }
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    void *p = fails() ? NULL : __libc_malloc(size);
    if (p != NULL && watching && !inside)
        remember(p);
    return p;
}

void *calloc(size_t n, size_t size)
{
    void *p = fails() ? NULL : __libc_calloc(n, size);
    if (p != NULL && watching && !inside)
        remember(p);
    return p;
}

void *realloc(void *old, size_t size)
{
    if (fails())
        return NULL;
    /* Before the old block may be given to somebody else. A block from before the watch stays
     * unwatched: it belongs to somebody who keeps it. */
    bool watched = old == NULL ? watching && !inside : forget(old);
    void *p = __libc_realloc(old, size);
    if (watched && p != NULL)
        remember(p);
    return p;
}

void free(void *p)
{
    if (p != NULL)
        forget(p);
    __libc_free(p);
}

/* libc's own would do; this one makes sure that the copy is seen as well. */
char *strdup(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = malloc(size);
    return copy != NULL ? memcpy(copy, string, size) : NULL;
}

/* jansson's reader does not look whether its buffer could grow (lex_save() in load.c): bytes of a
 * string or number are lost then, lex_scan_string() runs past the end or into an assertion, and a
 * lack of memory elsewhere in it is called a syntax error. Nothing that calls it can make up for
 * this. So it fails as a whole here, in the way that it is meant to, and not inside. */
json_t *json_loadb(const char *text, size_t length, size_t flags, json_error_t *error)
{
    json_t *(*real)(const char *, size_t, size_t, json_error_t *);
    bool was = watching;
    if (fails()) {
        if (error != NULL) {
            *error = (json_error_t){.line = -1, .column = -1, .source = "<buffer>"};
            error->text[sizeof error->text - 1] = json_error_out_of_memory;
        }
        return NULL;
    }
    watching = false;
    *(void **)&real = dlsym(RTLD_NEXT, "json_loadb");
    json_t *value = real(text, length, flags, error);
    watching = was;
    return value;
}

void alloc_watch(size_t at, bool all_from_there)
{
    memset(slots, 0, live > 0 ? sizeof slots : 0);
    live = count = 0;
    n_failure = 0;
    fail_at = at;
    sticky = all_from_there;
    watching = true;
}

void alloc_pause(void)
{
    watching = false;
}

void alloc_resume(void)
{
    watching = true;
}

size_t alloc_count(void)
{
    return count;
}

size_t alloc_live(void)
{
    return live;
}

void alloc_trace(bool on)
{
    void *frames[2];
    backtrace(frames, 2); /* loads what it needs, once */
    tracing = on;
}

static void write_frames(const char *title, void *const *frames, int n)
{
    if (write(2, title, strlen(title)) > 0)
        backtrace_symbols_fd(frames, n, 2);
}

void alloc_report(void)
{
    write_frames("--- the allocation that failed\n", failure, n_failure);
    size_t shown = 0;
    for (size_t i = 0; i < SLOTS && shown < 3; i++)
        if (slots[i].p != NULL && ++shown > 0)
            write_frames("--- never freed\n", slots[i].frames, slots[i].n_frames);
}
