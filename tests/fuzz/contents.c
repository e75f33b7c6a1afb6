/* SPDX-License-Identifier: Apache-2.0
 *
 * For any bytes in a file that a config names, read as each format:
 *
 *   - reading ends, and what is said of the file is text without control characters;
 *   - the columns of records are an object, and so are the tensors of weights;
 *   - the answer from the cache is the same.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/check/contents.h"
#include "tests/fuzz/bytes.h"

const uint64_t fuzz_cases = 10000;
uint64_t fuzz_good;

const char *const fuzz_texts[] = {
    "{\"instruction\": \"a\", \"output\": [{\"role\": 1}]}\n{\"input\": null}\n",
    "[{\"text\": \"a\"}, {\"text\": \"b\"}]",
    "{\"data\": [{\"a\": 1.5}, {\"a\": 2}], \"version\": {\"x\": 3}}",
    "\xEF\xBB\xBFinstruction,\"out\"\"put\"\na,b\n",
    "aGVsbG8= 0\nIQ== 1\n",
    "#version: 0.2\nh e\nhe l\n",
    "\x0a\x05\x0a\x03<s>\x12\x02",
    "version https://git-lfs.github.com/spec/v1\n",
    "<!DOCTYPE html><html>",
    "{\"hidden_size\": 4096, \"text_config\": {\"hidden_size\": 1}}",
    NULL,
};

static const struct data_format fuzz_formats[] = {
    {"json", NULL, NULL}, {"json", NULL, "data"}, {"csv", NULL, NULL}, {"csv", "\t", NULL}};

static void check_contents(const struct contents *contents)
{
    REQUIRE(contents != NULL && contents->failure == 0);
    if (contents->wrong != NULL)
        for (const char *c = contents->wrong; *c != '\0'; c++)
            REQUIRE((unsigned char)*c >= 0x20 && *c != 0x7f);
    REQUIRE(contents->facts == NULL || json_is_object(contents->facts));
}

static void check_file(struct contents_cache *cache, const struct contents_file *file)
{
    size_t before = cache->count;
    check_contents(contents_read(cache, file));
    REQUIRE(cache->count == before + 1);
    check_contents(contents_read(cache, file));
    REQUIRE(cache->count == before + 1);
}

/* Writes the file; `prefix` is the length of a safetensors header, or NULL. */
static void write_input(int fd, const uint8_t *data, size_t size, const char *prefix)
{
    size_t before = prefix != NULL ? 8 : 0;
    REQUIRE(ftruncate(fd, 0) == 0);
    REQUIRE(prefix == NULL || pwrite(fd, prefix, 8, 0) == 8);
    REQUIRE(pwrite(fd, data, size, (off_t)before) == (ssize_t)size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    struct contents_cache cache = {0};
    char path[64], weights[64];
    if (fd < 0)
        fd = memfd_create("x.safetensors", MFD_CLOEXEC);
    REQUIRE(fd >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    write_input(fd, data, size, NULL);
    for (int format = FORMAT_SENTENCEPIECE; format <= FORMAT_WEIGHTS; format++)
        check_file(&cache, &(struct contents_file){.path = path, .format = format});
    for (size_t i = 0; i < sizeof fuzz_formats / sizeof *fuzz_formats; i++)
        check_file(&cache, &(struct contents_file){
                               .path = path, .format = FORMAT_RECORDS, .data = fuzz_formats[i]});
    /* A good input is one that is still JSON, or JSON Lines. */
    const struct contents_file json = {
        .path = path, .format = FORMAT_RECORDS, .data = fuzz_formats[0]};
    fuzz_good += contents_read(&cache, &json)->facts != NULL;
    contents_cache_deinit(&cache);
    /* With the right length in front, the bytes are a header. */
    const char prefix[8] = {(char)(size & 0xff), (char)(size >> 8 & 0xff)};
    snprintf(weights, sizeof weights, "/tmp/fuzz-contents-%ld.safetensors", (long)getpid());
    write_input(fd, data, size, prefix);
    REQUIRE(symlink(path, weights) == 0);
    check_file(&cache, &(struct contents_file){.path = weights, .format = FORMAT_WEIGHTS});
    unlink(weights);
    contents_cache_deinit(&cache);
    return 0;
}
