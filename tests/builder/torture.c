/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs each case (torture_cases.c) once for every allocation that it makes, with that allocation
 * failing, alone and with all that follow. No run may crash, hang, leak, or call a wrong result a
 * success; all may end in a lack of memory.
 *
 * Runs are made in a child, many to one: a crash takes only the rest of its batch with it, which
 * the next child goes on with. `torture CASE N once|sticky` repeats a single run and shows where
 * the allocation failed, and what was not freed.
 */
#include <execinfo.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/builder/torture.h"

enum { MAX_STEPS = 256, MAX_KINDS = 32, SECONDS = 20 };

/* In a coverage build: writes what was counted, which else is done at an exit that a child of a
 * fork must not make. */
#ifdef COVERAGE
extern void __gcov_dump(void);
#else
static void __gcov_dump(void)
{
}
#endif

/* What came of a step when nothing failed. */
static struct observation {
    enum sweep_code code;
    uint64_t hash;
} expected[MAX_STEPS];
static size_t n_expected, step;
static bool recording;

/* Shared with the children. */
static struct shared {
    size_t n;      /* the allocation that fails */
    size_t points; /* runs made */
    size_t wrong;  /* runs that went wrong */
    bool finished; /* the case allocates less often than this */
    char complaint[128];
    /* Each complaint once, with the first run that gave rise to it. */
    struct kind {
        char complaint[128];
        size_t runs, n;
        bool sticky;
    } kinds[MAX_KINDS];
} * shared;

static const struct torture_case *running;
bool torture_sticky;

static void complain(const char *what)
{
    if (shared->complaint[0] == '\0')
        snprintf(shared->complaint, sizeof shared->complaint, "%s", what);
}

void require(bool condition, const char *what)
{
    if (!condition)
        complain(what);
}

void observe(enum sweep_code code, const void *bytes, size_t length)
{
    uint64_t hash = 14695981039346656037u;
    char what[128];
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    if (step >= MAX_STEPS)
        abort();
    struct observation *wanted = &expected[step++];
    if (recording) {
        *wanted = (struct observation){code, hash};
        n_expected = step;
        return;
    }
    if (code == SWEEP_NO_MEMORY)
        return;
    if (code != wanted->code) {
        snprintf(what, sizeof what, "step %zu: code %d, not %d", step, code, wanted->code);
        complain(what);
    } else if (code == SWEEP_OK && hash != wanted->hash) {
        snprintf(what, sizeof what, "step %zu: another result, called a success", step);
        complain(what);
    }
}

/* One run; false when no allocation was left to fail. */
static bool run_once(size_t n)
{
    step = 0;
    shared->complaint[0] = '\0';
    alloc_watch(n, torture_sticky);
    running->run();
    alloc_pause();
    if (alloc_count() < n)
        return false;
    if (alloc_live() > 0) {
        char what[64];
        snprintf(what, sizeof what, "%zu allocations are never freed", alloc_live());
        complain(what);
    }
    return true;
}

static void note(void)
{
    struct kind *kind = shared->kinds;
    shared->wrong++;
    while (kind < shared->kinds + MAX_KINDS - 1 && kind->runs > 0 &&
           strcmp(kind->complaint, shared->complaint) != 0)
        kind++;
    if (kind->runs++ == 0) {
        memcpy(kind->complaint, shared->complaint, sizeof kind->complaint);
        kind->n = shared->n;
        kind->sticky = torture_sticky;
    }
}

static void report(void)
{
    for (struct kind *kind = shared->kinds; kind < shared->kinds + MAX_KINDS; kind++)
        if (kind->runs > 0)
            printf("    %zu runs: %s; torture '%s' %zu %s\n", kind->runs, kind->complaint,
                running->name, kind->n, kind->sticky ? "sticky" : "once");
    memset(shared->kinds, 0, sizeof shared->kinds);
}

static size_t stride(void)
{
    if (running->stride == 0 || getenv("TORTURE_ALL") != NULL)
        return 1;
    return running->stride;
}

static void run_batch(void)
{
    for (int i = 0; i < 500 && !shared->finished; i++) {
        alarm(SECONDS);
        shared->finished = !run_once(shared->n);
        shared->points += !shared->finished;
        if (!shared->finished && shared->complaint[0] != '\0')
            note();
        shared->n += stride();
    }
}

/* All runs of a case in one mode. */
static void run_case(void)
{
    size_t wrong = shared->wrong;
    shared->n = torture_sticky ? stride() : 1; /* others than the ones that fail once */
    shared->finished = false;
    while (!shared->finished && shared->wrong < wrong + 2000) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            run_batch();
            __gcov_dump();
            _exit(0);
        }
        int status;
        if (waitpid(child, &status, 0) != child)
            abort();
        if (WIFSIGNALED(status)) {
            snprintf(shared->complaint, sizeof shared->complaint, "%s",
                WTERMSIG(status) == SIGALRM ? "does not come to an end" : "crashes");
            shared->points++;
            note();
            shared->n += stride();
        }
    }
}

/* Without a failure: once to warm up what libc and the libraries keep (locale, stdio), once to see
 * what comes of it. */
static bool record(void)
{
    shared->complaint[0] = '\0';
    for (int i = 0; i < 2; i++) {
        recording = true;
        step = 0;
        alloc_watch(0, false);
        running->run();
        alloc_pause();
        recording = false;
    }
    require(alloc_live() == 0, "leaks without any failure");
    if (shared->complaint[0] != '\0')
        printf("%s: %s\n", running->name, shared->complaint);
    return shared->complaint[0] == '\0';
}

static void show_crash(int number)
{
    void *frames[32];
    (void)number;
    alloc_pause();
    alloc_report();
    backtrace_symbols_fd(frames, backtrace(frames, 32), 2);
    _exit(1);
}

static int repeat(const char *name, size_t n, bool sticky)
{
    for (running = torture_cases; running->name != NULL; running++) {
        if (strcmp(running->name, name) != 0)
            continue;
        torture_sticky = sticky;
        record();
        alloc_trace(true);
        signal(SIGSEGV, show_crash);
        signal(SIGABRT, show_crash);
        signal(SIGALRM, show_crash);
        alarm(SECONDS);
        if (!run_once(n))
            puts("there is no such allocation");
        puts(shared->complaint);
        fflush(stdout);
        alloc_report();
        return shared->complaint[0] != '\0';
    }
    return 2;
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *where)
{
    (void)status, (void)flag, (void)where;
    return remove(path);
}

int main(int argc, char **argv)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    int result = 0;
    torture_prepare();
    if (argc == 4)
        result = repeat(argv[1], strtoul(argv[2], NULL, 10), strcmp(argv[3], "sticky") == 0);
    size_t wrong = 0, points = 0;
    for (running = torture_cases; argc != 4 && running->name != NULL; running++) {
        if (argc == 2 && strcmp(argv[1], running->name) != 0)
            continue;
        shared->points = shared->wrong = 0;
        wrong += !record();
        for (int sticky = 0; sticky < 2; sticky++) {
            torture_sticky = sticky;
            run_case();
        }
        printf("%-18s %6zu runs, %zu wrong\n", running->name, shared->points, shared->wrong);
        report();
        points += shared->points;
        wrong += shared->wrong;
    }
    if (argc != 4)
        printf("%zu failure points, %zu went wrong\n", points, wrong);
    torture_release();
    nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return result != 0 ? result : wrong > 0;
}
