/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/util/text.h"
#include "lib/write/packed.h"

void packed_put_padding(struct strbuf *config, uint64_t stride)
{
    if (config->length > 0 && config->data[config->length - 1] != '\n' && config->length < stride)
        strbuf_putc(config, '\n');
    if (config->oom || config->length >= stride)
        return;
    strbuf_repeat(config, '#', stride - config->length - 1);
    strbuf_putc(config, '\n');
}

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
    struct packed *packed, const char *run, struct strbuf *config, struct sweep_error *error)
{
    size_t length = config->length;
    if (config->oom)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    if (length > packed->stride)
        return sweep_error_set(error, SWEEP_IO,
            "internal error: the config of %s is longer than planned; please report it", run);
    packed_put_padding(config, packed->stride);
    if (config->oom)
        packed->configs.text.oom = true;
    strbuf_append(&packed->configs.text, config->data, config->length);
    packed_put_line(packed, run, length);
    enum sweep_code code = stage_stream_pass(&packed->configs, error);
    if (code == SWEEP_OK)
        code = stage_stream_pass(&packed->index, error);
    return code;
}

enum sweep_code packed_end(struct packed *packed, const char *hex, struct sweep_error *error)
{
    if (hex == NULL && packed->configs.has_digest)
        return sweep_error_set(error, SWEEP_NO_MEMORY, "out of memory");
    enum sweep_code code = stage_stream_close(&packed->configs, hex, error);
    if (code == SWEEP_OK)
        code = stage_stream_close(&packed->index, NULL, error);
    return code;
}

void packed_deinit(struct packed *packed)
{
    stage_stream_deinit(&packed->configs);
    stage_stream_deinit(&packed->index);
}
