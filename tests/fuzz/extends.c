/* SPDX-License-Identifier: Apache-2.0
 *
 * A spec and two files that it extends, separated by lines of dashes. See plan.h.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/plan.h"

const uint64_t fuzz_cases = 4000;
uint64_t fuzz_good;

#define BASE "\"base\": \"llama3_1/8B_lora_single_device\""

const char *const fuzz_texts[] = {
    "{\"extends\": [\"a.json\", \"b.json\"], \"name\": \"a\", \"fixed\": {\"batch_size\": 4,\n"
    "  \"epochs\": null}, \"slurm\": {\"time\": null, \"partition\": \"gpu\"}, \"zip\": null}\n"
    "---\n"
    "{\"slurm\": {\"time\": \"1:00:00\", \"gres\": \"gpu:1\"}, \"tags\": [\"t\"]}\n"
    "---\n"
    "{" BASE ", \"fixed\": {\"epochs\": 2}, \"zip\": {\"lr\": [1e-4, 2e-4], \"seed\": [1, 2]}}",
    "{\"extends\": \"a.json\", \"name\": \"b\", \"grid\": {\"lr\": [1e-4], \"seed\": null}}\n"
    "---\n"
    "{\"extends\": \"b.json\", \"grid\": {\"seed\": [1, 2], \"batch_size\": [1, 2]}}\n"
    "---\n"
    "{" BASE ", \"output_dir\": \"out/{seed}/{run}\", \"where\": \"seed > 0\"}",
    NULL,
};

static char directory[64];

static void remove_files(void)
{
    if (chdir(directory) != 0 || unlink("a.json") != 0 || unlink("b.json") != 0 ||
        rmdir(directory) != 0)
        perror(directory);
}

static void make_directory(void)
{
    if (directory[0] != '\0')
        return;
    snprintf(directory, sizeof directory, "/tmp/fuzz-extends-XXXXXX");
    REQUIRE(mkdtemp(directory) != NULL);
    atexit(remove_files);
}

static void write_file(const char *name, const char *bytes, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    REQUIRE(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

/* Sets *part to the next part of *rest, without the line of dashes that ends it. */
static size_t next_part(const char **rest, size_t *left, const char **part)
{
    static const char separator[] = "\n---\n";
    const char *end = *left > 0 ? memmem(*rest, *left, separator, strlen(separator)) : NULL;
    size_t length = *left, skipped = *left;
    if (end != NULL) {
        length = (size_t)(end - *rest);
        skipped = length + strlen(separator);
    }
    *part = *rest;
    *rest += skipped;
    *left -= skipped;
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *rest = (const char *)data, *spec, *file;
    size_t left = size;
    make_directory();
    size_t length = next_part(&rest, &left, &spec);
    size_t of_file = next_part(&rest, &left, &file);
    write_file("a.json", file, of_file);
    write_file("b.json", rest, left);
    const struct plan_input input = {spec, length, size + 1, directory};
    fuzz_good += plan_holds(&input);
    return 0;
}
