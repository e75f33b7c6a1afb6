/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/write/writer.h"

void writer_deinit(struct writer *w)
{
    strbuf_deinit(&w->text);
}

enum sweep_code writer_no_memory(struct writer *w)
{
    return sweep_error_set(w->error, SWEEP_NO_MEMORY, "out of memory");
}

enum sweep_code writer_flush(struct writer *w, const char *name, enum stage_kind kind)
{
    if (w->text.oom)
        return writer_no_memory(w);
    enum sweep_code code =
        stage_write(w->stage, name, w->text.data, w->text.length, kind, w->error);
    w->text.length = 0;
    return code;
}
