/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of a stage that is too large to be held in memory: its text is appended to a buffer, which
 * goes to the file whenever it is full.
 */
#ifndef LIB_QUEUE_STAGE_STREAM_H
#define LIB_QUEUE_STAGE_STREAM_H

#include "lib/queue/stage.h"
#include "lib/util/digest.h"

struct stage_stream {
    struct stage *stage; /* borrowed */
    const char *name;    /* borrowed */
    int fd;              /* -1 when closed */
    struct strbuf text;  /* appended by the caller, not written yet */
    uint64_t bytes;      /* written */
    bool has_digest;     /* the caller computes it, and passes it to stage_stream_close() */
    struct sha256_ctx digest;
};

/* Creates the file `name` of the stage. Always to be released with stage_stream_deinit(). */
enum sweep_code stage_stream_open(
    struct stage_stream *stream, struct stage *stage, const char *name, struct sweep_error *error);

/* To be called after appending to stream->text: writes it if there is enough of it. */
enum sweep_code stage_stream_pass(struct stage_stream *stream, struct sweep_error *error);

/* Writes the rest and closes the file, which is then listed among the stage's files. `hex` is its
 * digest if the caller has computed it, or NULL. */
enum sweep_code stage_stream_close(
    struct stage_stream *stream, const char *hex, struct sweep_error *error);

void stage_stream_deinit(struct stage_stream *stream);

#endif
