/* SPDX-License-Identifier: Apache-2.0
 *
 * A sweep's configs, compiled. The base's text (with what is fixed already in it) is cut wherever
 * an axis changes it: what lies between the cuts is the same in every run, and each axis value has
 * its text for each of its cuts. Writing a run is then a few copies, whatever the sweep's size.
 *
 *     text    epochs: 1⏎seed: null⏎optimizer:⏎  lr: 3e-4⏎…
 *     slots                   ^^^^                ^^^^          (axis seed, axis lr)
 */
#ifndef LIB_PLAN_PIECES_H
#define LIB_PLAN_PIECES_H

#include "lib/config/document.h"
#include "lib/spec/spec.h"

enum { SLOT_OUTPUT_DIR = -1 };

/* Bytes [start, end) of the text, replaced in every run. */
struct slot {
    size_t start, end;
    size_t depth;         /* of an added key, as in struct splice */
    int axis;             /* whose values stand here, or SLOT_OUTPUT_DIR */
    struct splice *texts; /* one for each choice of the axis; only text and length are used */
    size_t n_texts;
};

struct layout {
    const struct yaml_doc *doc; /* the text; borrowed */
    struct slot *slots;         /* by place; they do not overlap */
    size_t n_slots;
    enum scalar_context output_context; /* of the output_dir scalar */
};

/* Compiles the axes of a spec for a document that has all fixed settings applied and an output_dir.
 * What an axis does to output_dir is left out: that text differs from run to run. Every axis value
 * is applied to the document once and read back. */
enum sweep_code layout_compile(const struct yaml_doc *doc, const struct spec *spec,
    struct sweep_findings *findings, struct layout *out, struct sweep_error *error);
void layout_deinit(struct layout *layout);

/* Appends the config of the run with these choices and this output_dir. */
void layout_render(const struct layout *layout, const size_t *choices, const char *output_dir,
    size_t output_length, struct strbuf *out);

#endif
