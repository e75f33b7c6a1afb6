/* SPDX-License-Identifier: Apache-2.0
 *
 * A sweep's configs, compiled. The text of the base, which has the fixed assignments in it already,
 * is cut wherever an axis changes it. The text between the cuts is the same in every run; each
 * piece that is cut out has one text for each value of its axis. A run's config is then put
 * together with a few copies, however large the sweep is.
 *
 *     text      epochs: 1⏎seed: null⏎optimizer:⏎  lr: 3e-4⏎…
 *     pieces                    ^^^^                ^^^^          (axis seed, axis lr)
 */
#ifndef LIB_PLAN_PIECES_H
#define LIB_PLAN_PIECES_H

#include "lib/config/document.h"
#include "lib/spec/spec.h"

enum { PIECE_OUTPUT_DIR = -1 };

/* Bytes [start, end) of the text, replaced in every run. */
struct piece {
    size_t start, end;
    size_t depth;         /* of an added key, as in struct splice */
    int axis;             /* whose values replace the bytes, or PIECE_OUTPUT_DIR */
    struct splice *texts; /* one for each choice of the axis; only text and length are used */
    size_t n_texts;
};

struct pieces {
    const struct yaml_doc *doc;     /* the text; borrowed */
    const struct assignments *axes; /* borrowed */
    struct piece *items; /* in order of position; those of axes that a run sets do not overlap */
    size_t count;
    enum scalar_context output_context; /* of the output_dir scalar */
};

enum pieces_result {
    PIECES_OK,
    PIECES_CANNOT_CUT, /* the text cannot be edited in place so that it reads as intended */
    PIECES_OVERLAP,    /* two axes change the same bytes; there is a finding */
    PIECES_NO_MEMORY,
};

/* Compiles the axes of a spec for a document that has all fixed assignments applied, and an
 * output_dir. The output_dir becomes a separate piece even if an axis sets it, because it differs
 * from run to run. Every axis value is applied to the document once, and the result is parsed
 * again. On failure *out is empty. */
enum pieces_result pieces_compile(const struct yaml_doc *doc, const struct spec *spec,
    struct sweep_findings *findings, struct pieces *out);
void pieces_deinit(struct pieces *pieces);

/* The length of the config of the run with these choices, without output_dir. */
size_t pieces_length(const struct pieces *pieces, const size_t *choices);

/* Appends the config of the run with these choices and this output_dir. */
void pieces_render(const struct pieces *pieces, const size_t *choices,
    const struct strbuf *output_dir, struct strbuf *out);

#endif
