/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/util/file.h"
#include "tests/bench/common.h"

static char scratch[4000]; /* "" before there is one */

void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, why);
    exit(EXIT_FAILURE);
}

void must(bool done, const char *what)
{
    if (!done)
        die(what, strerror(errno));
}

double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_value);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void remove_scratch(void)
{
    if (scratch[0] != '\0')
        file_remove_tree(AT_FDCWD, scratch);
}

const char *scratch_make(const char *directory)
{
    char template[sizeof scratch];
    unsetenv("SWEEPD_TORCHTUNE");
    unsetenv("VIRTUAL_ENV");
    snprintf(template, sizeof template, "%s/bench-XXXXXX", directory);
    must(mkdtemp(template) != NULL, template);
    memcpy(scratch, template, sizeof scratch);
    atexit(remove_scratch);
    return scratch;
}

void write_file(const char *path, const struct strbuf *text)
{
    must(!text->oom, "write a file");
    int fd = file_write_new(AT_FDCWD, path, text->data, text->length, 0666);
    must(fd >= 0 && close(fd) == 0, path);
}

double run_process(char *const *argv, const char *directory, const char *output)
{
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output != NULL ? output : "/dev/null",
        O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (directory != NULL)
        posix_spawn_file_actions_addchdir_np(&actions, directory);
    double start = now_ms();
    errno = posix_spawn(&child, argv[0], &actions, NULL, argv, environ);
    must(errno == 0 && waitpid(child, &status, 0) == child, argv[0]);
    double end = now_ms();
    posix_spawn_file_actions_destroy(&actions);
    if (status != 0)
        die(argv[0], "failed");
    return end - start;
}

int sweep_runs(const struct sweep_size *size)
{
    return size->lr * size->lora * size->seed;
}

void write_spec(const struct sweep_size *size, const char *output_dir, struct strbuf *out)
{
    strbuf_printf(out,
        "{\n  \"name\": \"bench-%d\",\n"
        "  \"base\": \"llama3_1/8B_lora_single_device\",\n"
        "  \"fixed\": {\"epochs\": 2, \"optimizer.weight_decay\": 0.01},\n  \"grid\": {\n"
        "    \"lr\": [",
        sweep_runs(size));
    for (int i = 0; i < size->lr; i++)
        strbuf_printf(out, "%s%de-5", i > 0 ? ", " : "", i + 1);
    strbuf_puts(out, "],\n    \"lora\": [");
    for (int i = 0; i < size->lora; i++)
        strbuf_printf(
            out, "%s{\"rank\": %d, \"alpha\": %d}", i > 0 ? ", " : "", 8 * (i + 1), 16 * (i + 1));
    strbuf_puts(out, "],\n    \"seed\": [");
    for (int i = 0; i < size->seed; i++)
        strbuf_printf(out, "%s%d", i > 0 ? ", " : "", 1000 + i);
    strbuf_printf(out,
        "]\n  },\n  \"output_dir\": \"%s\",\n"
        "%s  \"slurm\": {\"partition\": \"gpu\", \"time\": \"24:00:00\"}\n}\n",
        output_dir, size->is_packed ? "  \"layout\": \"packed\",\n" : "");
    must(!out->oom, "make a spec");
}
