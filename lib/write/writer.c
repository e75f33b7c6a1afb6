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

static enum sweep_code writer_write_file(
    struct writer *w, const char *name, const struct strbuf *text, bool is_script)
{
    if (text->oom)
        return writer_no_memory(w);
    struct stage_file file = {name, text->data, text->length, is_script, NULL};
    return stage_write(w->stage, &file, w->error);
}

enum sweep_code writer_write(struct writer *w, const char *name, const struct strbuf *text)
{
    return writer_write_file(w, name, text, false);
}

enum sweep_code writer_flush(struct writer *w, const char *name)
{
    enum sweep_code code = writer_write_file(w, name, &w->text, false);
    w->text.length = 0;
    return code;
}

enum sweep_code writer_flush_script(struct writer *w, const char *name)
{
    enum sweep_code code = writer_write_file(w, name, &w->text, true);
    w->text.length = 0;
    return code;
}
