/* SPDX-License-Identifier: Apache-2.0
 *
 *     SWEEPCTL=build-release/daemon/sweepctl build-release/tests/bench/bench-generate [DIR]
 *
 * How fast sweeps are generated, against the least that anybody could do: a loop that has the bytes
 * of all files in memory and writes them to files of the same names, in the same folders and order,
 * and as durably. Both take turns in one process, each time in a new directory; all of it is below
 * a fresh directory in DIR (default: the current one), which is removed at the end. Directories are
 * not removed in between, because some file systems are slow to create what they just deleted: ext4
 * without a journal passes by what was deleted in the last five minutes, file by file. There, a
 * second run in that time shows both four times slower than the first.
 *
 * With the layout "packed" the bare loop writes the same few files. CPU is what all threads of the
 * process used, in user and kernel mode: on a machine that others use, it tells more than the time.
 *
 * A part of planning are the checks of all runs. They are measured once more on the finished plan,
 * outside of the rest: what they add, in percent, is against the rest without the disk.
 *
 * Nothing passes or fails by its time: the exit status is 1 only when something cannot be done.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/plan/verify.h"
#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "sweep/generate.h"
#include "tests/bench/common.h"

enum { MAX_ROUNDS = 21, PROCESSES = 20, MAX_BYTES = 1 << 30 };

/* Small ones are measured more often, as they scatter more. */
static const struct bench_size {
    struct sweep_size values;
    int rounds;
} sizes[] = {{{2, 2, 3, false}, 21}, {{10, 10, 10, false}, 11}, {{10, 10, 100, false}, 5},
    {{10, 10, 1000, false}, 3}, {{10, 10, 10, true}, 11}, {{10, 10, 100, true}, 11},
    {{10, 10, 1000, true}, 7}};
/* Only its memory is measured. */
static const struct sweep_size million = {100, 100, 100, true};
static const char output_dir[] = "results/{name}/{run}";
/* What refers to it depends on all axes. */
static const char output_dir_of_axes[] = "results/{name}/{lr}-{lora}-{seed}";

enum {
    N_SIZES = sizeof sizes / sizeof *sizes,
    DEPENDENT = 2, /* measure_dependent() is set against this one */
};

/* One thing that the bare loop makes: a folder, or a file with its bytes. */
struct step {
    char *path;
    char *bytes; /* NULL: a folder */
    size_t length;
    int mode;
};

struct tree {
    char *name; /* of the sweep directory */
    struct step *steps;
    size_t count, files, bytes;
};

/* What is measured of one size. Milliseconds, one for each round. */
struct measures {
    double ours[MAX_ROUNDS], plan[MAX_ROUNDS], checks[MAX_ROUNDS], ours_barrier[MAX_ROUNDS];
    double bare[MAX_ROUNDS], bare_barrier[MAX_ROUNDS], ratio[MAX_ROUNDS];
    double cpu[MAX_ROUNDS], bare_cpu[MAX_ROUNDS], cpu_ratio[MAX_ROUNDS];
    double rest[MAX_ROUNDS], added[MAX_ROUNDS]; /* without disk and checks; percent of it */
    long peak_kb;
};

static const char *scratch; /* the fresh directory */
static double barrier_ms;   /* spent in syncfs() since this was last set to 0 */
static double checks_cpu;   /* of the checks that generate() has made once more */

/* Takes the place of the C library's, for the library under test too: how long the disk takes
 * scatters most of all, and says nothing about us. */
int syncfs(int fd)
{
    double start = now_ms();
    int result = (int)syscall(SYS_syncfs, fd);
    barrier_ms += now_ms() - start;
    return result;
}

/* Before the clock starts: nobody pays for what another has written. */
static void settle(void)
{
    CLEANUP_FD int fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0 && syncfs(fd) == 0, "sync");
    barrier_ms = 0;
}

static void make_queue(
    struct strbuf *path, const char *kind, const struct sweep_size *size, int round)
{
    path->length = 0;
    strbuf_printf(path, "%s/%s-%d%s-%d", scratch, kind, sweep_runs(size),
        size->is_packed ? "-packed" : "", round);
    must(!path->oom && mkdir(path->data, 0777) == 0, "mkdir");
}

/* --- ours --------------------------------------------------------------------------------- */

static struct sweep_plan *make_plan(
    const struct sweep_trainer *trainer, const struct strbuf *spec, struct sweep_findings *findings)
{
    const struct sweep_limits limits = {.runs = 1000000};
    struct sweep_request request = {.limits = &limits,
        .spec = spec->data,
        .spec_length = spec->length,
        .spec_file = "bench.json",
        .spec_directory = "."};
    struct sweep_plan *plan = NULL;
    struct sweep_error error = {0};
    if (sweep_plan_new(trainer, &request, findings, &plan, &error) != SWEEP_OK)
        die("plan", error.message);
    return plan;
}

/* The checks of all runs, as sweep_plan_new() makes them. Milliseconds. */
static double check_again(const struct sweep_plan *plan)
{
    struct sweep_findings *findings = sweep_findings_new();
    struct sweep_error error = {0};
    double start = now_ms();
    enum sweep_code code = verify_runs(plan, findings, &error);
    double end = now_ms();
    sweep_findings_free(findings);
    if (code != SWEEP_OK)
        die("check", error.message);
    return end - start;
}

/* From a spec to a sweep directory in `queue`. Returns the milliseconds; *plan_ms of them were
 * spent before anything was written, *checks_ms of these on the checks of all runs. */
static double generate(const struct sweep_trainer *trainer, const struct strbuf *spec,
    const char *queue, double *plan_ms, double *checks_ms)
{
    struct sweep_findings *findings = sweep_findings_new();
    struct sweep_result result = {0};
    struct sweep_error error = {0};
    double start = now_ms();
    struct sweep_plan *plan = make_plan(trainer, spec, findings);
    *plan_ms = now_ms() - start;
    checks_cpu = -cpu_ms();
    *checks_ms = check_again(plan);
    checks_cpu += cpu_ms();
    double middle = now_ms();
    if (sweep_generate(plan, queue, findings, -1, &result, &error) != SWEEP_OK)
        die("generate", error.message);
    double end = now_ms();
    free(result.directory);
    sweep_plan_free(plan);
    sweep_findings_free(findings);
    return *plan_ms + (end - middle);
}

/* Generates once in a process of its own, and returns its peak memory: ours holds the bytes of all
 * files for the bare loop. */
static long generate_apart(
    const struct sweep_trainer *trainer, const struct strbuf *spec, const char *queue)
{
    double plan_ms, checks_ms;
    int status;
    struct rusage usage;
    pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        generate(trainer, spec, queue, &plan_ms, &checks_ms);
        _exit(0);
    }
    must(wait4(child, &status, 0, &usage) == child, "wait");
    if (status != 0)
        die("generate", "failed in a process of its own");
    return usage.ru_maxrss;
}

/* --- bare --------------------------------------------------------------------------------- */

static struct step *add_step(struct tree *tree, const char *path, size_t length)
{
    if ((tree->count & (tree->count + 1)) == 0) {
        struct step *steps = realloc(tree->steps, (2 * tree->count + 2) * sizeof *steps);
        must(steps != NULL, "read back");
        tree->steps = steps;
    }
    struct step *step = &tree->steps[tree->count++];
    *step = (struct step){.path = strndup(path, length)};
    must(step->path != NULL, "read back");
    return step;
}

/* The folders that a file lies in, where they are new. Files come folder by folder. */
static void add_folders(struct tree *tree, const char *path)
{
    for (const char *slash = path; (slash = strchr(slash, '/')) != NULL; slash++) {
        size_t length = (size_t)(slash - path);
        bool known = false;
        for (size_t i = 0; i < tree->count && !known; i++)
            known = tree->steps[i].bytes == NULL && strlen(tree->steps[i].path) == length &&
                    strncmp(tree->steps[i].path, path, length) == 0;
        if (!known)
            add_step(tree, path, length);
    }
}

static void add_file(struct tree *tree, const char *directory, const char *path)
{
    CLEANUP_STRBUF struct strbuf full = {0};
    struct stat status;
    struct sweep_error error = {0};
    struct step *step = add_step(tree, path, strlen(path));
    strbuf_printf(&full, "%s/%s", directory, path);
    must(!full.oom && stat(full.data, &status) == 0, path);
    step->mode = (status.st_mode & S_IXUSR) != 0 ? 0777 : 0666;
    if (file_read(full.data, MAX_BYTES, &step->bytes, &step->length, &error) != SWEEP_OK)
        die("read back", error.message);
    tree->files++;
    tree->bytes += step->length;
}

static char *find_sweep(const struct sweep_trainer *trainer, const struct strbuf *spec)
{
    struct sweep_findings *findings = sweep_findings_new();
    struct sweep_plan *plan = make_plan(trainer, spec, findings);
    struct sweep_plan_info info;
    sweep_plan_describe(plan, &info);
    char *name = strdup(info.directory);
    sweep_plan_free(plan);
    sweep_findings_free(findings);
    must(name != NULL, "plan");
    return name;
}

/* Reads a generated sweep back, in the order in which its manifest has the files: as written. */
static void load_tree(struct tree *tree, const char *queue)
{
    CLEANUP_STRBUF struct strbuf directory = {0}, manifest_path = {0};
    strbuf_printf(&directory, "%s/%s", queue, tree->name);
    strbuf_printf(&manifest_path, "%s/%s/manifest.json", queue, tree->name);
    must(!directory.oom && !manifest_path.oom, "read back");
    CLEANUP_JSON json_t *manifest = json_load_file(manifest_path.data, 0, NULL);
    json_t *files = json_object_get(manifest, "files"), *digest;
    const char *path;
    if (json_object_size(files) == 0)
        die("read back", "the manifest lists no files");
    json_object_foreach (files, path, digest) {
        add_folders(tree, path);
        add_file(tree, directory.data, path);
    }
    add_step(tree, "logs", strlen("logs"));
    add_file(tree, directory.data, "manifest.json");
}

static void free_tree(struct tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        free(tree->steps[i].path);
        free(tree->steps[i].bytes);
    }
    free(tree->steps);
    free(tree->name);
}

static void do_step(int fd, const struct step *step)
{
    if (step->bytes == NULL) {
        must(mkdirat(fd, step->path, 0777) == 0, step->path);
        return;
    }
    int file = openat(fd, step->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, step->mode);
    must(file >= 0, step->path);
    must(write(file, step->bytes, step->length) == (ssize_t)step->length, step->path);
    must(close(file) == 0, step->path);
}

/* The same files, as durably: whole under their name after a crash, or not there. */
static double write_bare(const struct tree *tree, const char *queue)
{
    double start = now_ms();
    CLEANUP_FD int queue_fd = open(queue, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(queue_fd >= 0 && mkdirat(queue_fd, ".stage", 0777) == 0, "mkdir");
    CLEANUP_FD int fd = openat(queue_fd, ".stage", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0, "open");
    for (size_t i = 0; i < tree->count; i++)
        do_step(fd, &tree->steps[i]);
    must(syncfs(fd) == 0, "sync");
    must(renameat(queue_fd, ".stage", queue_fd, tree->name) == 0, "rename");
    must(fsync(queue_fd) == 0, "sync");
    return now_ms() - start;
}

/* --- rounds ------------------------------------------------------------------------------- */

static void measure_round(const struct sweep_trainer *trainer, const struct strbuf *spec,
    const struct tree *tree, const struct sweep_size *size, int round, struct measures *out)
{
    CLEANUP_STRBUF struct strbuf queue = {0};
    make_queue(&queue, "ours", size, round);
    settle();
    double start = cpu_ms();
    out->ours[round] = generate(trainer, spec, queue.data, &out->plan[round], &out->checks[round]);
    out->cpu[round] = cpu_ms() - start - checks_cpu;
    out->ours_barrier[round] = barrier_ms;
    out->rest[round] = out->ours[round] - barrier_ms - out->checks[round];
    out->added[round] = 100 * out->checks[round] / out->rest[round];
    make_queue(&queue, "bare", size, round);
    settle();
    start = cpu_ms();
    out->bare[round] = write_bare(tree, queue.data);
    out->bare_cpu[round] = cpu_ms() - start;
    out->cpu_ratio[round] = out->bare_cpu[round] / out->cpu[round];
    out->bare_barrier[round] = barrier_ms;
    out->ratio[round] = out->bare[round] / out->ours[round];
}

static const char *layout_name(const struct sweep_size *size)
{
    return size->is_packed ? "packed" : "files";
}

static void print_row(const struct tree *tree, const struct bench_size *size, struct measures *m)
{
    int n = size->rounds, runs = sweep_runs(&size->values);
    double cpu = median(m->cpu, n);
    printf("%6d %-6s %6zu %6zu %8.2f %7.2f %7.2f %7.1f %8.2f %8.2f %8.2f %9.3f %8.2f %7.2f %9.3f "
           "%7ld %6d\n",
        runs, layout_name(&size->values), tree->files, tree->bytes / 1024, median(m->ours, n),
        median(m->plan, n), median(m->checks, n), median(m->added, n), median(m->ours_barrier, n),
        median(m->bare, n), median(m->bare_barrier, n), median(m->ratio, n), cpu, 1000 * cpu / runs,
        median(m->cpu_ratio, n), m->peak_kb, n);
    fflush(stdout);
}

static void measure_size(const struct sweep_trainer *trainer, const struct bench_size *size,
    const struct strbuf *spec, const char *first, struct measures *m)
{
    struct tree tree = {.name = find_sweep(trainer, spec)};
    load_tree(&tree, first);
    for (int i = 0; i < size->rounds; i++)
        measure_round(trainer, spec, &tree, &size->values, i, m);
    print_row(&tree, size, m);
    free_tree(&tree);
}

/* The checks of a sweep of 10,000 runs when its axes decide something together. Nothing is
 * written: they are set against the rest of the sweep above that has as many runs. */
static void measure_dependent(const struct sweep_trainer *trainer, double rest)
{
    const struct bench_size *size = &sizes[DEPENDENT];
    double ms[MAX_ROUNDS];
    CLEANUP_STRBUF struct strbuf spec = {0};
    write_spec(&size->values, output_dir_of_axes, &spec);
    struct sweep_findings *findings = sweep_findings_new();
    struct sweep_plan *plan = make_plan(trainer, &spec, findings);
    for (int i = 0; i < size->rounds; i++)
        ms[i] = check_again(plan);
    sweep_plan_free(plan);
    sweep_findings_free(findings);
    double checks = median(ms, size->rounds);
    printf("%6d runs in %s: checks %.2f ms, add %.1f %%\n", sweep_runs(&size->values),
        output_dir_of_axes, checks, 100 * checks / rest);
}

/* The memory of a million runs. */
static void measure_million(const struct sweep_trainer *trainer)
{
    CLEANUP_STRBUF struct strbuf spec = {0}, queue = {0};
    write_spec(&million, output_dir, &spec);
    make_queue(&queue, "million", &million, 0);
    printf("%d packed runs: peak RSS %ld kB\n", sweep_runs(&million),
        generate_apart(trainer, &spec, queue.data));
    file_remove_tree(AT_FDCWD, queue.data);
}

static void measure_library(const struct sweep_trainer *trainer)
{
    static struct measures measures[N_SIZES];
    struct strbuf specs[N_SIZES] = {0}, firsts[N_SIZES] = {0};
    /* The first sweep of each size warms up and is what the bare loop copies. All before the rest:
     * a forked process starts with its parent's memory. */
    for (int i = 0; i < N_SIZES; i++) {
        write_spec(&sizes[i].values, output_dir, &specs[i]);
        make_queue(&firsts[i], "first", &sizes[i].values, 0);
        measures[i].peak_kb = generate_apart(trainer, &specs[i], firsts[i].data);
    }
    measure_million(trainer);
    printf("%6s %6s %6s %6s %8s %7s %7s %7s %8s %8s %8s %9s %8s %7s %9s %7s\n", "", "", "", "",
        "ours", "of it", "of it", "checks", "of it", "bare", "of it", "", "ours", "CPU",
        "bare/ours", "peak");
    printf("%6s %6s %6s %6s %8s %7s %7s %7s %8s %8s %8s %9s %8s %7s %9s %7s %6s\n", "runs",
        "layout", "files", "kB", "ms", "plan", "checks", "add %", "syncfs", "ms", "syncfs",
        "bare/ours", "CPU ms", "us/run", "CPU", "RSS kB", "rounds");
    for (int i = 0; i < N_SIZES; i++) {
        measure_size(trainer, &sizes[i], &specs[i], firsts[i].data, &measures[i]);
        strbuf_deinit(&specs[i]);
        strbuf_deinit(&firsts[i]);
    }
    measure_dependent(trainer, median(measures[DEPENDENT].rest, sizes[DEPENDENT].rounds));
}

/* --- whole processes ---------------------------------------------------------------------- */

static void measure_version(char *sweepctl)
{
    double ms[PROCESSES];
    char *argv[] = {sweepctl, (char *)"--version", NULL};
    for (int i = 0; i < PROCESSES; i++)
        ms[i] = run_process(argv, NULL, NULL);
    printf("%8.2f ms  sweepctl --version\n", median(ms, PROCESSES));
}

static void measure_sweepctl(char *sweepctl)
{
    double ms[PROCESSES];
    CLEANUP_STRBUF struct strbuf spec = {0}, file = {0}, queue = {0};
    write_spec(&sizes[0].values, output_dir, &spec);
    strbuf_printf(&file, "%s/spec.json", scratch);
    must(!file.oom, "make a spec");
    write_file(file.data, &spec);
    for (int i = 0; i < PROCESSES; i++) {
        make_queue(&queue, "process", &sizes[0].values, i);
        char *argv[] = {
            sweepctl, (char *)"generate", (char *)"-q", (char *)"-o", queue.data, file.data, NULL};
        settle();
        ms[i] = run_process(argv, NULL, NULL);
    }
    printf("%8.2f ms  sweepctl generate, %d runs\n", median(ms, PROCESSES),
        sweep_runs(&sizes[0].values));
}

int main(int argc, char **argv)
{
    const char *program = getenv("SWEEPCTL");
    char *sweepctl = program != NULL && *program != '\0' ? strdup(program) : NULL;
    struct sweep_trainer *trainer = NULL;
    struct sweep_error error = {0};
    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
        fprintf(stderr, "usage: [SWEEPCTL=PROGRAM] %s [DIR]\n", argv[0]);
        return 2;
    }
    scratch = scratch_make(argc == 2 ? argv[1] : ".");
    if (sweep_trainer_new(NULL, &trainer, &error) != SWEEP_OK)
        die("trainer", error.message);
    measure_library(trainer);
    sweep_trainer_free(trainer);
    if (sweepctl != NULL) {
        printf("\nwhole processes, median of %d:\n", PROCESSES);
        measure_version(sweepctl);
        measure_sweepctl(sweepctl);
    } else
        printf("\nwhole processes: not measured, SWEEPCTL names no program\n");
    printf("\nagain: %s%s%s%s%s%s\n", sweepctl != NULL ? "SWEEPCTL=" : "",
        sweepctl != NULL ? sweepctl : "", sweepctl != NULL ? " " : "", argv[0],
        argc == 2 ? " " : "", argc == 2 ? argv[1] : "");
    free(sweepctl);
    return EXIT_SUCCESS;
}
