/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "lib/queue/stage_stream.h"
#include "lib/util/file.h"

/* Small enough that the digest finds the text in the CPU's cache. */
enum { STAGE_STREAM_BLOCK = 128 * 1024 };

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
    sha256_update(&stream->digest, text->length, (const uint8_t *)strbuf_string(text));
    int failure = file_write_all(stream->fd, strbuf_string(text), text->length);
    if (failure != 0)
        return sweep_error_set(error, file_code(failure), "cannot write %s in %s: %s", stream->name,
            stream->stage->queue, strerror(failure));
    stream->bytes += text->length;
    text->length = 0;
    return SWEEP_OK;
}

enum sweep_code stage_stream_pass(struct stage_stream *stream, struct sweep_error *error)
{
    if (stream->text.length < STAGE_STREAM_BLOCK && !stream->text.oom)
        return SWEEP_OK;
    return stage_stream_write(stream, error);
}

enum sweep_code stage_stream_close(struct stage_stream *stream, struct sweep_error *error)
{
    char hex[DIGEST_HEX];
    enum sweep_code code = stage_stream_write(stream, error);
    if (code != SWEEP_OK)
        return code;
    const struct stage_file file = {.name = stream->name, .length = stream->bytes};
    int fd = stream->fd;
    stream->fd = -1;
    digest_finish(&stream->digest, hex);
    return stage_add_file(stream->stage, &file, fd, hex, error);
}

void stage_stream_deinit(struct stage_stream *stream)
{
    if (stream->fd >= 0)
        close(stream->fd);
    stream->fd = -1;
    strbuf_deinit(&stream->text);
}
