/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/doc/number.h"
#include "lib/doc/scalar.h"

void number_write_repr(struct strbuf *out, const json_t *number)
{
    if (json_is_integer(number)) {
        strbuf_printf(out, "%lld", (long long)json_integer_value(number));
        return;
    }
    size_t start = out->length;
    scalar_write_float(out, json_real_value(number));
    if (out->oom)
        return;
    char *superfluous = strstr(out->data + start, ".0e");
    if (superfluous == NULL)
        return;
    memmove(superfluous, superfluous + 2, strlen(superfluous + 2) + 1);
    out->length -= 2;
}
