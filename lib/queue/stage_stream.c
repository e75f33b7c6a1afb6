/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/queue/stage_stream.h"
#include "lib/util/file.h"

enum {
    /* Small enough that the digest finds the text in the CPU's cache. */
    STAGE_STREAM_BLOCK = 128 * 1024,
    /* The disk begins to write when this much is there, so that little is left to wait for. */
    STAGE_STREAM_PART = 8 * 1024 * 1024,
};

/* Starts writing the parts of the file that are full now, and were not when it had `before` bytes.
 * What goes wrong is reported when the file is synced. */
static void stage_stream_start_writing(const struct stage_stream *stream, uint64_t before)
{
    uint64_t start = before - before % STAGE_STREAM_PART;
    uint64_t end = stream->bytes - stream->bytes % STAGE_STREAM_PART;
    if (end > start)
        (void)sync_file_range(
            stream->fd, (off_t)start, (off_t)(end - start), SYNC_FILE_RANGE_WRITE);
}

enum sweep_code stage_stream_open(
    struct stage_stream *stream, struct stage *stage, const char *name, struct sweep_error *error)
{
    const struct stage_file file = {.name = name, .bytes = ""};
    *stream = (struct stage_stream){.stage = stage, .name = name, .fd = -1};
    sha256_init(&stream->digest);
    return stage_create_file(stage, &file, &stream->fd, error);
}

static enum sweep_code stage_stream_write(struct stage_stream *stream, struct sweep_error *error)
{
    struct strbuf *text = &stream->text;
    if (text->oom)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (!stream->has_digest)
        sha256_update(&stream->digest, text->length, (const uint8_t *)strbuf_string(text));
    int failure = file_write_all(stream->fd, strbuf_string(text), text->length);
    if (failure != 0)
        return sweep_error_set(error, file_code(failure), "cannot write %s in %s: %s", stream->name,
            stream->stage->queue, strerror(failure));
    uint64_t before = stream->bytes;
    stream->bytes += text->length;
    text->length = 0;
    stage_stream_start_writing(stream, before);
    return SWEEP_OK;
}

enum sweep_code stage_stream_pass(struct stage_stream *stream, struct sweep_error *error)
{
    if (stream->text.length < STAGE_STREAM_BLOCK && !stream->text.oom)
        return SWEEP_OK;
    return stage_stream_write(stream, error);
}

enum sweep_code stage_stream_close(
    struct stage_stream *stream, const char *hex, struct sweep_error *error)
{
    char own[DIGEST_HEX];
    enum sweep_code code = stage_stream_write(stream, error);
    if (code != SWEEP_OK)
        return code;
    const struct stage_file file = {.name = stream->name, .length = stream->bytes};
    int fd = stream->fd;
    stream->fd = -1;
    if (!stream->has_digest) {
        digest_finish(&stream->digest, own);
        hex = own;
    }
    return stage_add_file(stream->stage, &file, fd, hex, error);
}

void stage_stream_deinit(struct stage_stream *stream)
{
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    strbuf_deinit(&stream->text);
}
