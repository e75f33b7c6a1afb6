/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/findings/format.h"
#include "lib/util/text.h"

void format_escape(struct strbuf *out, const char *text)
{
    text_escape(out, text, strlen(text));
}

void format_message(struct strbuf *out, const struct sweep_finding *f)
{
    strbuf_puts(out, f->message);
    if (f->hint != NULL) {
        strbuf_puts(out, "; ");
        format_escape(out, f->hint);
    }
}

json_t *format_checked(struct sweep_report *report, json_t *value)
{
    if (value == NULL)
        report->oom = true;
    return value;
}

void format_set(struct sweep_report *report, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        report->oom = true;
}

static int format_append_chunk(const char *chunk, size_t length, void *out)
{
    strbuf_append(out, chunk, length);
    return ((struct strbuf *)out)->oom ? -1 : 0;
}

void format_append(struct sweep_report *report, json_t *value)
{
    const size_t flags = JSON_COMPACT | JSON_ENSURE_ASCII;
    if (value == NULL || json_dump_callback(value, format_append_chunk, &report->out, flags) != 0)
        report->oom = true;
    json_decref(value);
}
