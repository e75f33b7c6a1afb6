/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON that the identities of runs are taken from (run_id.h), in pieces.
 */
#ifndef LIB_PLAN_ID_PIECES_H
#define LIB_PLAN_ID_PIECES_H

#include "lib/plan/plan.h"

/* JSON text; with tokens of lib/spec/computed.h in it if it is computed for each run. */
struct id_text {
    char *text; /* owned; "" if there is nothing in these runs */
    size_t length;
    bool is_computed;
};

/* The texts of an axis, one for each choice. */
struct id_texts {
    size_t axis;
    struct id_text *items; /* owned */
    size_t count;
};

/* The text is that of an axis that is set in the run. No run sets several of them. */
struct id_piece {
    struct id_text common; /* if none is set, or there are no axes */
    struct id_texts *axes; /* owned */
    size_t n_axes;
    bool is_computed; /* one of the texts is */
};

struct run_ids {
    bool is_whole;           /* not cut: each run's JSON has to be written as a whole */
    struct id_piece *pieces; /* in order */
    size_t count;
};

/* Cuts the JSON of the plan's runs. *out is to be freed with id_pieces_free(), also on failure. */
enum sweep_code id_pieces_cut(const struct sweep_plan *plan, struct run_ids **out);
/* The text of a piece in the run with these choices. */
const struct id_text *id_piece_text(
    const struct sweep_plan *plan, const struct id_piece *piece, const size_t *choices);

void id_pieces_free(struct run_ids *ids);

/* Appends what is before and after the config. */
void id_pieces_put_head(struct strbuf *out);
void id_pieces_put_tail(const struct sweep_plan *plan, struct strbuf *out);

/* A run for its templates, without its identity. Sets `name`, of 32 bytes. */
struct run id_pieces_run(
    const struct sweep_plan *plan, uint64_t index, const size_t *choices, char *name);

#endif
