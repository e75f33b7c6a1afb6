/* SPDX-License-Identifier: Apache-2.0
 *
 * safetensors: the length of the header in 8 bytes, little-endian; the header, a JSON object of
 * {"dtype", "shape", "data_offsets": [begin, end]} by tensor; the data, which the offsets count
 * from. torch.save() writes a zip archive, whose directory is at the end.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lib/check/checkpoint_contents.h"
#include "lib/check/file_head.h"
#include "lib/util/cleanup.h"

enum {
    PREFIX_BYTES = 8,
    MAX_HEADER_BYTES = 2 << 20,      /* real ones have about 100 bytes for each tensor */
    MAX_TRAILER_BYTES = 22 + 0xffff, /* of a zip archive: the last record, and its comment */
    MIN_BYTES = 64,
};

/* The file being read. */
struct checkpoint_file {
    int fd;
    uint64_t size;
    struct strbuf *wrong;
    int failure;
};

/* Reads exactly `length` bytes. */
static bool checkpoint_read_at(
    struct checkpoint_file *file, uint64_t offset, size_t length, struct strbuf *out)
{
    if (!strbuf_reserve(out, length + 1)) {
        file->wrong->oom = true;
        return false;
    }
    while (out->length < length) {
        ssize_t n = pread(
            file->fd, out->data + out->length, length - out->length, (off_t)(offset + out->length));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            file->failure = errno;
        if (n <= 0)
            return false;
        out->length += (size_t)n;
    }
    out->data[length] = '\0';
    return true;
}

/* --- safetensors -------------------------------------------------------------------------- */

static uint64_t checkpoint_header_length(const char *bytes)
{
    uint64_t length = 0;
    for (int i = PREFIX_BYTES; i-- > 0;)
        length = length << 8 | (unsigned char)bytes[i];
    return length;
}

/* Sets *end to the largest offset of the data. Returns the shapes, or NULL if the header does not
 * describe tensors. */
static json_t *checkpoint_shapes(const json_t *header, uint64_t *end, struct strbuf *wrong)
{
    CLEANUP_JSON json_t *shapes = json_object();
    const char *name;
    json_t *tensor;
    *end = 0;
    if (shapes == NULL)
        wrong->oom = true;
    json_object_foreach ((json_t *)header, name, tensor) {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        json_t *shape = json_object_get(tensor, "shape");
        const json_t *offset = json_array_get(json_object_get(tensor, "data_offsets"), 1);
        if (!json_is_array(shape) || !json_is_integer(offset) || json_integer_value(offset) < 0)
            return NULL;
        if ((uint64_t)json_integer_value(offset) > *end)
            *end = (uint64_t)json_integer_value(offset);
        if (json_object_set(shapes, name, shape) != 0)
            wrong->oom = true;
    }
    if (wrong->oom)
        return NULL;
    return json_incref(shapes);
}

static json_t *checkpoint_read_header(struct checkpoint_file *file, size_t length)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    json_error_t error;
    uint64_t end;
    if (!checkpoint_read_at(file, PREFIX_BYTES, length, &text))
        return NULL;
    CLEANUP_JSON json_t *header = json_loadb(text.data, length, 0, &error);
    if (header == NULL && json_error_code(&error) == json_error_out_of_memory)
        file->wrong->oom = true;
    else if (header == NULL)
        strbuf_puts(file->wrong, "has a damaged safetensors header");
    CLEANUP_JSON json_t *shapes = NULL;
    if (json_is_object(header))
        shapes = checkpoint_shapes(header, &end, file->wrong);
    if (shapes == NULL)
        return NULL;
    uint64_t needed = PREFIX_BYTES + (uint64_t)length;
    if (end > UINT64_MAX - needed)
        return NULL;
    needed += end;
    if (file->size < needed) {
        strbuf_printf(file->wrong,
            "is cut off: it has %" PRIu64 " bytes, of %" PRIu64 " by its header", file->size,
            needed);
        return NULL;
    }
    return json_incref(shapes);
}

static json_t *checkpoint_read_safetensors(struct checkpoint_file *file, const char *start)
{
    uint64_t length = checkpoint_header_length(start);
    if (start[PREFIX_BYTES] != '{') {
        strbuf_puts(file->wrong, "is not a safetensors file");
        return NULL;
    }
    if (length > file->size - PREFIX_BYTES) {
        strbuf_puts(file->wrong, "is cut off inside its safetensors header");
        return NULL;
    }
    if (length > MAX_HEADER_BYTES)
        return NULL;
    return checkpoint_read_header(file, (size_t)length);
}

/* --- torch.save() ------------------------------------------------------------------------- */

/* A zip archive that is cut off has no directory at its end. */
static void checkpoint_check_archive(struct checkpoint_file *file)
{
    CLEANUP_STRBUF struct strbuf tail = {0};
    size_t length = MAX_TRAILER_BYTES;
    if (file->size < length)
        length = (size_t)file->size;
    if (!checkpoint_read_at(file, file->size - length, length, &tail))
        return;
    if (memmem(tail.data, length, "PK\5\6", 4) == NULL)
        strbuf_puts(file->wrong, "is cut off: the directory at the end of the archive is missing");
}

/* --- files -------------------------------------------------------------------------------- */

static bool checkpoint_has_suffix(const char *path, const char *suffix)
{
    size_t length = strlen(path), tail = strlen(suffix);
    return length >= tail && strcmp(path + length - tail, suffix) == 0;
}

static json_t *checkpoint_read(struct checkpoint_file *file, const char *path)
{
    CLEANUP_STRBUF struct strbuf start = {0};
    size_t length = MIN_BYTES;
    if (file->size < length)
        length = (size_t)file->size;
    if (!checkpoint_read_at(file, 0, length, &start))
        return NULL;
    const struct file_head head = {
        .data = start.data, .length = length, .size = file->size, .whole = file->size == length};
    const char *other = file_head_other(&head);
    if (other != NULL) {
        strbuf_puts(file->wrong, other);
        return NULL;
    }
    if (checkpoint_has_suffix(path, ".safetensors")) {
        if (length > PREFIX_BYTES)
            return checkpoint_read_safetensors(file, start.data);
        strbuf_puts(file->wrong, "is not a safetensors file");
        return NULL;
    }
    if (strncmp(start.data, "PK\3\4", 4) == 0)
        checkpoint_check_archive(file);
    else if (start.data[0] == '{')
        strbuf_puts(file->wrong, "is JSON, not weights");
    else if (length > PREFIX_BYTES && start.data[PREFIX_BYTES] == '{' &&
             checkpoint_header_length(start.data) <= file->size)
        strbuf_puts(
            file->wrong, "is a safetensors file, but its name does not end in .safetensors");
    return NULL;
}

json_t *checkpoint_contents_read(const char *path, struct strbuf *wrong, int *failure)
{
    struct checkpoint_file file = {.wrong = wrong};
    file.fd = file_head_open(path, &file.size);
    if (file.fd < 0) {
        *failure = -file.fd;
        return NULL;
    }
    json_t *tensors = checkpoint_read(&file, path);
    close(file.fd);
    *failure = file.failure;
    return tensors;
}
