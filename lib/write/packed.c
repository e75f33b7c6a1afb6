/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/util/text.h"
#include "lib/write/packed.h"

enum sweep_code packed_begin(struct packed *packed, struct writer *w)
{
    uint64_t runs = w->plan->spec.runs;
    *packed = (struct packed){.stride = w->plan->longest};
    packed->configs.fd = packed->index.fd = -1;
    for (uint64_t rest = packed->stride; rest > 0; rest /= 10)
        packed->length_width++;
    enum sweep_code code = stage_stream_open(&packed->configs, w->stage, PACKED_CONFIGS, w->error);
    if (code == SWEEP_OK)
        code = stage_stream_open(&packed->index, w->stage, PACKED_INDEX, w->error);
    strbuf_printf(&packed->index.text, PACKED_FORMAT " %llu %llu\n",
        (unsigned long long)packed->stride, (unsigned long long)runs);
    return code;
}

/* A comment line in `gap` bytes. */
static void packed_put_padding(struct strbuf *out, size_t gap)
{
    if (out->length > 0 && out->data[out->length - 1] != '\n' && gap > 0) {
        strbuf_putc(out, '\n');
        gap--;
    }
    if (gap == 0)
        return;
    strbuf_repeat(out, '#', gap - 1);
    strbuf_putc(out, '\n');
}

/* "run_012  1987" */
static void packed_put_line(struct packed *packed, const char *run, size_t length)
{
    char digits[24];
    struct strbuf *out = &packed->index.text;
    size_t n = text_number(digits, length, 1);
    strbuf_puts(out, run);
    strbuf_repeat(out, ' ', (size_t)packed->length_width + 1 - n);
    strbuf_append(out, digits, n);
    strbuf_putc(out, '\n');
}

enum sweep_code packed_add(
    struct packed *packed, const char *run, const struct strbuf *config, struct sweep_error *error)
{
    struct strbuf *text = &packed->configs.text;
    if (config->oom)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (config->length > packed->stride)
        return sweep_error_set(error, SWEEP_IO,
            "internal error: the config of %s is longer than planned; please report it", run);
    strbuf_append(text, config->data, config->length);
    packed_put_padding(text, packed->stride - config->length);
    packed_put_line(packed, run, config->length);
    enum sweep_code code = stage_stream_pass(&packed->configs, error);
    if (code == SWEEP_OK)
        code = stage_stream_pass(&packed->index, error);
    return code;
}

enum sweep_code packed_end(struct packed *packed, struct sweep_error *error)
{
    enum sweep_code code = stage_stream_close(&packed->configs, error);
    if (code == SWEEP_OK)
        code = stage_stream_close(&packed->index, error);
    return code;
}

void packed_deinit(struct packed *packed)
{
    stage_stream_deinit(&packed->configs);
    stage_stream_deinit(&packed->index);
}
