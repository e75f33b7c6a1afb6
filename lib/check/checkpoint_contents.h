/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be told of a file with weights, or with the state of a recipe, without loading it:
 * whether it is complete, and the shapes of its tensors.
 */
#ifndef LIB_CHECK_CHECKPOINT_CONTENTS_H
#define LIB_CHECK_CHECKPOINT_CONTENTS_H

#include <jansson.h>

#include "lib/util/strbuf.h"

/* The tensors of a safetensors file: an object, name -> list of dimensions. NULL if they cannot be
 * told, as of files of torch.save(); if the file is certainly damaged or not weights, `wrong` then
 * says how. *failure is set to an errno value if the file cannot be read. wrong->oom is set when
 * memory is exhausted. */
json_t *checkpoint_contents_read(const char *path, struct strbuf *wrong, int *failure);

#endif
