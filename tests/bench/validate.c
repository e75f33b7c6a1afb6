/* SPDX-License-Identifier: Apache-2.0
 *
 *     SWEEPCTL=build-release/daemon/sweepctl [TORCHTUNE_VENV=DIR] \
 *         build-release/tests/bench/bench-validate [DIR]
 *
 * How fast configs are checked: one in a process, against processes that do less; many in one
 * process on one core, against a bare loop that reads the same files; and both against torchtune's
 * own validation, if TORCHTUNE_VENV is an environment with it (tests/support/environment). What the
 * checks of a sweep add to generating it is in bench-generate.
 *
 * All of it is below a fresh directory in DIR (default: the current one), which is removed at the
 * end. What is compared takes turns, but for torchtune's, which takes a thousand times as long and
 * comes last. Nothing passes or fails by its time: the exit status is 1 only when something cannot
 * be done.
 */
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util/cleanup.h"
#include "lib/util/file.h"
#include "sweep/trainer.h"
#include "tests/bench/common.h"

enum {
    PROCESSES = 200,
    ROUNDS = 7,
    TUNE_PROCESSES = 3,
    TUNE_REPEATS = 100,
    DIFFERENT = 2000,
    MAX_BYTES = 1 << 20,
};

static const struct sweep_size sweep = {10, 10, 100, false};
static const char *scratch;
static char sweepctl[PATH_MAX];

/* Files that are checked together: their names from `directory`, in an argument vector. */
struct batch {
    char *directory;
    char **argv; /* sweepctl validate -q FILE… */
    int files;
    double ms_per_file; /* when it was measured */
};

enum { BEFORE_FILES = 3 };

static char *path_of(const char *name)
{
    struct strbuf path = {0};
    strbuf_printf(&path, "%s/%s", scratch, name);
    must(!path.oom, "name a file");
    return strbuf_steal(&path);
}

/* --- files to check ----------------------------------------------------------------------- */

/* Collects the files below the batch's directory that match a pattern. */
static void find_files(struct batch *batch, const char *pattern)
{
    CLEANUP_STRBUF struct strbuf full = {0};
    glob_t found;
    size_t skip = strlen(batch->directory) + 1;
    strbuf_printf(&full, "%s/%s", batch->directory, pattern);
    must(!full.oom && glob(full.data, 0, NULL, &found) == 0, "find configs");
    batch->files = (int)found.gl_pathc;
    batch->argv = calloc(found.gl_pathc + BEFORE_FILES + 1, sizeof *batch->argv);
    must(batch->argv != NULL, "find configs");
    batch->argv[0] = sweepctl;
    batch->argv[1] = (char *)"validate";
    batch->argv[2] = (char *)"-q";
    for (size_t i = 0; i < found.gl_pathc; i++) {
        batch->argv[BEFORE_FILES + i] = strdup(found.gl_pathv[i] + skip);
        must(batch->argv[BEFORE_FILES + i] != NULL, "find configs");
    }
    globfree(&found);
}

static void free_batch(struct batch *batch)
{
    for (int i = 0; i < batch->files; i++)
        free(batch->argv[BEFORE_FILES + i]);
    free(batch->argv);
    free(batch->directory);
}

/* The runs of one sweep: they differ in a few words. */
static struct batch make_sweep(void)
{
    CLEANUP_STRBUF struct strbuf spec = {0};
    CLEANUP_FREE char *file = path_of("spec.json"), *printed = path_of("printed"), *text = NULL;
    struct sweep_error error = {0};
    size_t length;
    write_spec(&sweep, "results/{name}/{run}", &spec);
    write_file(file, &spec);
    char *argv[] = {
        sweepctl, (char *)"generate", (char *)"-q", (char *)"-o", (char *)scratch, file, NULL};
    run_process(argv, NULL, printed);
    if (file_read(printed, MAX_BYTES, &text, &length, &error) != SWEEP_OK)
        die("generate", error.message);
    struct batch batch = {.directory = strndup(text, strcspn(text, "\n"))};
    must(batch.directory != NULL, "generate");
    find_files(&batch, "configs/*/*.yaml");
    return batch;
}

/* A base with something else behind every line. */
static void write_different(const char *text, int number, const char *path)
{
    CLEANUP_STRBUF struct strbuf out = {0};
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        strbuf_append(&out, text, length);
        strbuf_printf(&out, "  # %04d\n", number);
        text += length + (text[length] == '\n');
    }
    write_file(path, &out);
}

/* Configs of which none is like the one before: the embedded bases in turn. */
static struct batch make_different(void)
{
    struct sweep_trainer *trainer = NULL;
    struct sweep_error error = {0};
    struct sweep_base_info info;
    struct batch batch = {.directory = path_of("different")};
    int made = 0;
    must(mkdir(batch.directory, 0777) == 0, batch.directory);
    if (sweep_trainer_new(NULL, &trainer, &error) != SWEEP_OK)
        die("trainer", error.message);
    while (made < DIFFERENT)
        for (size_t i = 0; made < DIFFERENT && sweep_trainer_base(trainer, i, &info); i++) {
            CLEANUP_FREE char *text = NULL;
            CLEANUP_STRBUF struct strbuf path = {0};
            enum sweep_origin origin;
            size_t length;
            if (info.origin != SWEEP_BASE_EMBEDDED)
                continue;
            if (sweep_trainer_base_text(trainer, info.name, &text, &length, &origin, &error) !=
                SWEEP_OK)
                die(info.name, error.message);
            strbuf_printf(&path, "%s/%04d.yaml", batch.directory, made);
            must(!path.oom, "name a file");
            write_different(text, made++, path.data);
        }
    sweep_trainer_free(trainer);
    find_files(&batch, "*.yaml");
    return batch;
}

/* --- many in one process ------------------------------------------------------------------ */

/* The least that reading files takes. Returns the milliseconds; *bytes is how much there was. */
static double read_bare(const struct batch *batch, char *buffer, size_t *bytes)
{
    CLEANUP_FD int directory = open(batch->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(directory >= 0, batch->directory);
    *bytes = 0;
    double start = now_ms();
    for (int i = 0; i < batch->files; i++) {
        const char *name = batch->argv[BEFORE_FILES + i];
        int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
        ssize_t n = 1;
        must(fd >= 0, name);
        while (n > 0) {
            n = read(fd, buffer, MAX_BYTES);
            must(n >= 0, name);
            *bytes += (size_t)n;
        }
        close(fd);
    }
    return now_ms() - start;
}

static void measure_batch(struct batch *batch, const char *what)
{
    double ours[ROUNDS], bare[ROUNDS], ratio[ROUNDS];
    CLEANUP_FREE char *buffer = malloc(MAX_BYTES);
    size_t bytes;
    must(buffer != NULL, "measure");
    read_bare(batch, buffer, &bytes); /* now the page cache has them */
    for (int i = 0; i < ROUNDS; i++) {
        ours[i] = run_process(batch->argv, batch->directory, NULL);
        bare[i] = read_bare(batch, buffer, &bytes);
        ratio[i] = bare[i] / ours[i];
    }
    double ours_ms = median(ours, ROUNDS), bare_ms = median(bare, ROUNDS);
    batch->ms_per_file = ours_ms / batch->files;
    printf("%6d %6zu %8.2f %9.0f %8.2f %9.0f %10.3f %6d  %s\n", batch->files, bytes / 1024, ours_ms,
        batch->files / ours_ms * 1e3, bare_ms, batch->files / bare_ms * 1e3, median(ratio, ROUNDS),
        ROUNDS, what);
    fflush(stdout);
}

static void measure_batches(struct batch *similar, struct batch *different)
{
    cpu_set_t before, one;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    must(sched_getaffinity(0, sizeof before, &before) == 0 &&
             sched_setaffinity(0, sizeof one, &one) == 0,
        "stay on one core");
    printf("many configs in one process, one core:\n");
    printf("%6s %6s %8s %9s %8s %9s\n", "", "", "ours", "ours", "bare", "bare");
    printf("%6s %6s %8s %9s %8s %9s %10s %6s\n", "files", "kB", "ms", "files/s", "ms", "files/s",
        "bare/ours", "rounds");
    measure_batch(similar, "the runs of a sweep");
    measure_batch(different, "no two alike");
    must(sched_setaffinity(0, sizeof before, &before) == 0, "use all cores");
}

/* --- one in a process --------------------------------------------------------------------- */

/* Returns the milliseconds for one config. */
static double measure_processes(const struct batch *batch)
{
    char *nothing[] = {(char *)"/bin/true", NULL};
    char *version[] = {sweepctl, (char *)"--version", NULL};
    char *validate[] = {
        sweepctl, (char *)"validate", (char *)"-q", batch->argv[BEFORE_FILES], NULL};
    double nothing_ms[PROCESSES], version_ms[PROCESSES], validate_ms[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        nothing_ms[i] = run_process(nothing, batch->directory, NULL);
        version_ms[i] = run_process(version, batch->directory, NULL);
        validate_ms[i] = run_process(validate, batch->directory, NULL);
    }
    double least = median(nothing_ms, PROCESSES), some = median(version_ms, PROCESSES);
    double ours = median(validate_ms, PROCESSES);
    printf("\nwhole processes, median of %d:\n", PROCESSES);
    printf("%8.2f ms  /bin/true\n", least);
    printf("%8.2f ms  sweepctl --version: %.2f ms more\n", some, some - least);
    printf("%8.2f ms  sweepctl validate, 1 config: %.2f ms more\n", ours, ours - least);
    fflush(stdout);
    return ours;
}

/* --- torchtune ---------------------------------------------------------------------------- */

/* What `tune validate` does once everything is imported; prints the milliseconds of each. */
static const char in_process[] = "import sys, time\n"
                                 "from omegaconf import OmegaConf\n"
                                 "from torchtune import config\n"
                                 "repeats, files = int(sys.argv[1]), sys.argv[2:]\n"
                                 "for i in range(repeats):\n"
                                 "    start = time.perf_counter()\n"
                                 "    config.validate(OmegaConf.load(files[i % len(files)]))\n"
                                 "    print((time.perf_counter() - start) * 1e3)\n";

static double tune_process(const char *venv, const struct batch *batch)
{
    double ms[TUNE_PROCESSES];
    CLEANUP_STRBUF struct strbuf program = {0};
    strbuf_printf(&program, "%s/bin/tune", venv);
    must(!program.oom, "run torchtune");
    char *argv[] = {program.data, (char *)"validate", batch->argv[BEFORE_FILES], NULL};
    for (int i = 0; i < TUNE_PROCESSES; i++)
        ms[i] = run_process(argv, batch->directory, NULL);
    return median(ms, TUNE_PROCESSES);
}

/* Several configs in turn, after everything was imported. */
static double tune_imported(const char *venv, const struct batch *batch)
{
    enum { FILES = 8 };
    double ms[TUNE_REPEATS];
    char repeats[16], *argv[4 + FILES + 1] = {0};
    CLEANUP_FREE char *printed = path_of("milliseconds");
    CLEANUP_STRBUF struct strbuf program = {0};
    int n = 0;
    strbuf_printf(&program, "%s/bin/python", venv);
    must(!program.oom, "run torchtune");
    snprintf(repeats, sizeof repeats, "%d", TUNE_REPEATS);
    argv[0] = program.data;
    argv[1] = (char *)"-c";
    argv[2] = (char *)in_process;
    argv[3] = repeats;
    for (int i = 0; i < FILES && i < batch->files; i++)
        argv[4 + i] = batch->argv[BEFORE_FILES + i];
    run_process(argv, batch->directory, printed);
    FILE *file = fopen(printed, "r");
    must(file != NULL, printed);
    while (n < TUNE_REPEATS && fscanf(file, "%lf", &ms[n]) == 1)
        n++;
    fclose(file);
    if (n != TUNE_REPEATS)
        die("run torchtune", "it did not say how long it took");
    return median(ms, n);
}

static void measure_torchtune(
    double ours, const struct batch *similar, const struct batch *different)
{
    const char *given = getenv("TORCHTUNE_VENV");
    char venv[PATH_MAX];
    CLEANUP_STRBUF struct strbuf program = {0};
    if (given != NULL && realpath(given, venv) != NULL)
        strbuf_printf(&program, "%s/bin/tune", venv);
    if (program.data == NULL || access(program.data, X_OK) != 0) {
        printf("\ntorchtune: left out, TORCHTUNE_VENV names no environment with it\n");
        return;
    }
    double process = tune_process(venv, similar);
    double imported = tune_imported(venv, different);
    printf("\ntorchtune's own validation, against ours:\n");
    printf("%8.0f ms  tune validate, 1 config, median of %d: %.0f times ours\n", process,
        TUNE_PROCESSES, process / ours);
    printf("%8.2f ms  a config when all is imported, median of %d: %.0f times ours in a sweep, "
           "%.0f where no two are alike\n",
        imported, TUNE_REPEATS, imported / similar->ms_per_file, imported / different->ms_per_file);
}

int main(int argc, char **argv)
{
    const char *program = getenv("SWEEPCTL");
    if (argc > 2 || (argc == 2 && argv[1][0] == '-') || program == NULL) {
        fprintf(stderr, "usage: SWEEPCTL=PROGRAM [TORCHTUNE_VENV=DIR] %s [DIR]\n", argv[0]);
        return 2;
    }
    must(realpath(program, sweepctl) != NULL, program);
    scratch = scratch_make(argc == 2 ? argv[1] : ".");
    struct batch similar = make_sweep(), different = make_different();
    measure_batches(&similar, &different);
    double ours = measure_processes(&similar);
    measure_torchtune(ours, &similar, &different);
    printf("\nagain: SWEEPCTL=%s %s%s%s\n", program, argv[0], argc == 2 ? " " : "",
        argc == 2 ? argv[1] : "");
    free_batch(&similar);
    free_batch(&different);
    return EXIT_SUCCESS;
}
