/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of a sweep directory are written with, one after the other.
 */
#ifndef LIB_WRITE_WRITER_H
#define LIB_WRITE_WRITER_H

#include "lib/plan/plan.h"
#include "lib/queue/stage.h"
#include "lib/util/strbuf.h"

struct writer {
    const struct sweep_plan *plan; /* borrowed */
    struct stage *stage;           /* borrowed */
    struct strbuf text;            /* of the current file; reused from file to file */
    struct sweep_error *error;
};

void writer_deinit(struct writer *w);

enum sweep_code writer_no_memory(struct writer *w);

/* Writes `text` to the file `name` of the stage. */
enum sweep_code writer_write(struct writer *w, const char *name, const struct strbuf *text);

/* Writes w->text to the file `name` of the stage, and empties it. */
enum sweep_code writer_flush(struct writer *w, const char *name);
/* The same; the file is executable. */
enum sweep_code writer_flush_script(struct writer *w, const char *name);

#endif
