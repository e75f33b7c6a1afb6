/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/canonical.h"
#include "lib/doc/scalar.h"
#include "lib/util/cleanup.h"
#include "lib/util/text.h"

static void canonical_write_escape(struct strbuf *out, uint32_t code)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; named[i] != '\0'; i += 2)
        if ((unsigned char)named[i] == code) {
            strbuf_putc(out, '\\');
            strbuf_putc(out, named[i + 1]);
            return;
        }
    if (code < 0x10000) {
        strbuf_printf(out, "\\u%04x", (unsigned)code);
        return;
    }
    code -= 0x10000;
    strbuf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + (code >> 10)),
        (unsigned)(0xdc00 + (code & 0x3ff)));
}

void canonical_write_characters(struct strbuf *out, const char *text, size_t length)
{
    size_t n, plain = 0;
    for (size_t i = 0; i < length; i += n) {
        uint32_t code;
        n = utf8_decode(text + i, length - i, &code);
        if (n == 0) { /* does not happen: texts are valid UTF-8 */
            code = (unsigned char)text[i];
            n = 1;
        }
        if (code >= ' ' && code <= '~' && code != '"' && code != '\\') {
            plain++;
            continue;
        }
        strbuf_append(out, text + i - plain, plain);
        plain = 0;
        canonical_write_escape(out, code);
    }
    strbuf_append(out, text + length - plain, plain);
}

void canonical_write_string(struct strbuf *out, const char *text, size_t length)
{
    strbuf_putc(out, '"');
    canonical_write_characters(out, text, length);
    strbuf_putc(out, '"');
}

/* scalar_write_float() without the ".0" that it puts before an exponent. */
static void canonical_write_float(struct strbuf *out, double number)
{
    CLEANUP_STRBUF struct strbuf text = {0};
    scalar_write_float(&text, number);
    if (text.oom) {
        out->oom = true;
        return;
    }
    const char *exponent = strchr(text.data, 'e');
    size_t whole = text.length;
    if (exponent != NULL)
        whole = (size_t)(exponent - text.data);
    if (exponent != NULL && whole >= 2 && strncmp(exponent - 2, ".0", 2) == 0)
        whole -= 2;
    strbuf_append(out, text.data, whole);
    if (exponent != NULL)
        strbuf_puts(out, exponent);
}

static int canonical_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **canonical_keys(const json_t *object)
{
    size_t n = 0;
    const char *key;
    json_t *value;
    const char **keys = calloc(json_object_size(object) + 1, sizeof *keys);
    if (keys == NULL)
        return NULL;
    json_object_foreach ((json_t *)object, key, value)
        keys[n++] = key;
    qsort(keys, n, sizeof *keys, canonical_compare);
    return keys;
}

static void canonical_write_object(struct strbuf *out, const json_t *object)
{
    CLEANUP_FREE const char **keys = canonical_keys(object);
    if (keys == NULL) {
        out->oom = true;
        return;
    }
    strbuf_putc(out, '{');
    for (size_t i = 0; keys[i] != NULL; i++) {
        if (i > 0)
            strbuf_putc(out, ',');
        canonical_write_string(out, keys[i], strlen(keys[i]));
        strbuf_putc(out, ':');
        canonical_write(out, json_object_get(object, keys[i]));
    }
    strbuf_putc(out, '}');
}

static void canonical_write_array(struct strbuf *out, const json_t *array)
{
    strbuf_putc(out, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i > 0)
            strbuf_putc(out, ',');
        canonical_write(out, json_array_get(array, i));
    }
    strbuf_putc(out, ']');
}

void canonical_write(struct strbuf *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        canonical_write_object(out, value);
        return;
    case JSON_ARRAY:
        canonical_write_array(out, value);
        return;
    case JSON_STRING:
        canonical_write_string(out, json_string_value(value), json_string_length(value));
        return;
    case JSON_INTEGER:
        strbuf_printf(out, "%lld", (long long)json_integer_value(value));
        return;
    case JSON_REAL:
        canonical_write_float(out, json_real_value(value));
        return;
    case JSON_TRUE:
        strbuf_puts(out, "true");
        return;
    case JSON_FALSE:
        strbuf_puts(out, "false");
        return;
    case JSON_NULL:
        strbuf_puts(out, "null");
        return;
    }
}
