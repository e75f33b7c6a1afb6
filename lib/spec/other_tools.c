/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <string.h>

#include "lib/spec/other_tools.h"
#include "lib/util/text.h"

struct other_tools_hint {
    const char *other, *hint;
};

#define OTHER_LIST "write the list itself: [1, 2]"
#define OTHER_RANGE "write {\"range\": [start, end, step]}"
#define OTHER_UNIFORM "write {\"uniform\": [min, max]}, or {\"randint\": …} for ints"
#define OTHER_SAMPLE "write \"sample\": {\"n\": 20, \"method\": \"random\"} next to \"grid\""

static const struct other_tools_hint other_tools_spec_keys[] = {
    {"method", OTHER_SAMPLE ", or leave it out for all combinations"},
    {"n_samples", OTHER_SAMPLE},
    {"n_trials", OTHER_SAMPLE},
    {"num_samples", OTHER_SAMPLE},
    {"random", OTHER_SAMPLE},
    {"run_cap", OTHER_SAMPLE},
    {"sampler", OTHER_SAMPLE},
    {"strategy", "write what is in \"matrix\" into \"grid\""},
    {"metric", "a spec has no metric: `sweepctl best` compares the runs afterwards"},
    {"early_terminate", "a spec has no early stopping; every run has the same steps"},
    {"hydra", "write what is in \"sweeper.params\" into \"grid\", as lists"},
    {"max_parallel", "write \"slurm\": {\"array_parallelism\": 4}"},
};

static const struct other_tools_hint other_tools_axes[] = {
    {"exclude", "write \"exclude\" next to \"grid\", not in it"},
    {"include", "write \"include\" next to \"grid\", not in it"},
    {"matrix", "write the axes into \"grid\" itself"},
    {"method", OTHER_SAMPLE},
    {"metric", "a spec has no metric: `sweepctl best` compares the runs afterwards"},
    {"parameters", "write the axes themselves: \"grid\": {\"lr\": [1e-4, 3e-4]}"},
    {"params", "write the axes themselves: \"grid\": {\"lr\": [1e-4, 3e-4]}"},
    {"repeat", "write \"repeat\" next to \"grid\", not in it"},
    {"sample", "write \"sample\" next to \"grid\", not in it"},
};

static const struct other_tools_hint other_tools_axis_keys[] = {
    {"_grid_", OTHER_LIST},
    {"choice", OTHER_LIST},
    {"choices", OTHER_LIST},
    {"distribution",
        "write {\"uniform\": [lo, hi]}, {\"loguniform\": [lo, hi]} or {\"randint\": …}"},
    {"grid_search", OTHER_LIST},
    {"high", OTHER_UNIFORM},
    {"interval", "write {\"uniform\": [lo, hi]} with a \"sample\""},
    {"log_uniform", "write {\"loguniform\": [lo, hi]}"},
    {"low", OTHER_UNIFORM},
    {"max", OTHER_UNIFORM},
    {"min", OTHER_UNIFORM},
    {"options", OTHER_LIST},
    {"start", OTHER_RANGE},
    {"step", OTHER_RANGE},
    {"stop", OTHER_RANGE "; the end is included"},
    {"value", "a value for all runs goes into \"fixed\""},
    {"values", OTHER_LIST},
};

/* Functions in strings. */
static const struct other_tools_hint other_tools_calls[] = {
    {"choice", OTHER_LIST},
    {"glob",
        "write the names as a list, or as a column of a CSV file: {\"file\": …, \"column\": …}"},
    {"grid_search", OTHER_LIST},
    {"int", "write the number itself"},
    {"interval", "write {\"uniform\": [lo, hi]} with a \"sample\""},
    {"linspace", "write {\"linspace\": [lo, hi, n]}"},
    {"loguniform", "write {\"loguniform\": [lo, hi]} with a \"sample\""},
    {"logspace", "write {\"logspace\": [lo, hi, n]}, with the ends themselves, not exponents"},
    {"randint", "write {\"randint\": [lo, hi]} with a \"sample\"; hi is included"},
    {"range", OTHER_RANGE "; the end is included"},
    {"shuffle", "write the list itself, and \"order\": \"shuffled\""},
    {"sort", OTHER_LIST},
    {"suggest_categorical", OTHER_LIST},
    {"suggest_float",
        "write {\"uniform\": [lo, hi]} or {\"loguniform\": [lo, hi]} with a \"sample\""},
    {"suggest_int", "write {\"randint\": [lo, hi]} with a \"sample\""},
    {"suggest_loguniform", "write {\"loguniform\": [lo, hi]} with a \"sample\""},
    {"suggest_uniform", "write {\"uniform\": [lo, hi]} with a \"sample\""},
    {"uniform", "write {\"uniform\": [lo, hi]} with a \"sample\""},
};

static const char *other_tools_find(
    const struct other_tools_hint *table, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (text_is_same_name(table[i].other, name))
            return table[i].hint;
    return NULL;
}

#define OTHER_TOOLS_FIND(table, name) other_tools_find(table, sizeof(table) / sizeof *(table), name)

const char *other_tools_spec_key(const char *name)
{
    return OTHER_TOOLS_FIND(other_tools_spec_keys, name);
}

const char *other_tools_axis(const char *name)
{
    return OTHER_TOOLS_FIND(other_tools_axes, name);
}

const char *other_tools_axis_key(const char *name)
{
    return OTHER_TOOLS_FIND(other_tools_axis_keys, name);
}

const char *other_tools_text(const char *text)
{
    const char *call = strchr(text, '(');
    char name[32];
    if (strncmp(text, "${eval:", 7) == 0)
        return "write an expression: \"=2*lora.rank\"";
    if (call == NULL)
        return strchr(text, ',') != NULL ? OTHER_LIST : NULL;
    /* "np.linspace(", "trial.suggest_int(", "tune.choice(" */
    const char *begin = call;
    while (begin > text && begin[-1] != '.' && begin[-1] != ' ')
        begin--;
    size_t length = (size_t)(call - begin);
    if (length >= sizeof name)
        return NULL;
    memcpy(name, begin, length);
    name[length] = '\0';
    return OTHER_TOOLS_FIND(other_tools_calls, name);
}
