/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "lib/findings/codes.h"

const struct code_text *code_text_at(size_t index)
{
    if (index < codes_a_to_l_count)
        return &codes_a_to_l[index];
    index -= codes_a_to_l_count;
    if (index < codes_m_to_z_count)
        return &codes_m_to_z[index];
    return NULL;
}

static int code_text_compare(const void *code, const void *row)
{
    return strcmp(code, ((const struct code_text *)row)->code);
}

const struct code_text *code_text_find(const char *code)
{
    const struct code_text *found =
        bsearch(code, codes_a_to_l, codes_a_to_l_count, sizeof *codes_a_to_l, code_text_compare);
    if (found != NULL)
        return found;
    return bsearch(
        code, codes_m_to_z, codes_m_to_z_count, sizeof *codes_m_to_z, code_text_compare);
}
