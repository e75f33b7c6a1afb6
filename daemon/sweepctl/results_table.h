/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of `sweepctl results`: a row for each run with the values of the swept paths and what
 * the trainer logged.
 */
#ifndef DAEMON_SWEEPCTL_RESULTS_TABLE_H
#define DAEMON_SWEEPCTL_RESULTS_TABLE_H

#include "daemon/sweepctl/sweep_view.h"

/* The numbers of a run. The order is that of the columns. */
enum measure {
    MEASURE_STEPS, /* the last step */
    MEASURE_FIRST,
    MEASURE_LAST, /* losses */
    MEASURE_LEAST,
    MEASURE_SPEED,
    MEASURE_MEMORY,
    MEASURE_DURATION,
    MEASURES,
};

struct results_row {
    const struct jobs_sweep *sweep;
    const struct jobs_run *run;
    const char *const *values; /* of the table's paths; NULL: none */
    struct run_result result;
    char texts[MEASURES][32]; /* "": none */
    double numbers[MEASURES]; /* NAN: none */
    char *notes;              /* what is odd about the row; owned; NULL: nothing */
};

struct results_table {
    char **paths; /* that the sweeps set; owned */
    size_t n_paths;
    struct results_row *rows;
    size_t n_rows;
    const char **values; /* of all rows */
    char **common;       /* owned: values that all runs of a sweep share; n_paths for each sweep */
    size_t n_common;
    bool has_several; /* sweeps */
    char *logger;     /* why no run of a sweep has steps; owned; NULL: not the logger */
};

/* Names of the columns after the paths: "steps", "first_loss"... */
extern const char *const results_measure_names[MEASURES];

/* Reads the results of all runs of the view, which must be judged. Returns an exit code, after a
 * message. Free the table in any case. */
int results_table_read(const struct sweep_view *view, struct results_table *table);
void results_table_free(struct results_table *table);

/* Sorts the rows by a column, rows without a value last: a measure by its name, or "loss" for the
 * last loss; a swept path; "run", "state", "attempts" or "id". False if there is no such column. */
bool results_table_sort(struct results_table *table, const char *column, bool descending);

/* True if a row has something in a column: of a measure, a finite number. */
bool results_table_has(
    const struct results_table *table, const struct results_row *row, const char *column);

void results_table_put_text(const struct results_table *table, struct strbuf *out);
void results_table_put_csv(const struct results_table *table, struct strbuf *out);
/* False if memory runs out. */
bool results_table_put_json(const struct results_table *table, struct strbuf *out);

#endif
