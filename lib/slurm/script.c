/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/slurm/script.h"

uint64_t script_arrays(const struct script *script)
{
    return (script->runs + script->options->array_size - 1) / script->options->array_size;
}

void script_file_name(const struct script *script, uint64_t index, char name[32])
{
    uint64_t arrays = script_arrays(script);
    int width = arrays > 1000 ? 6 : 3;
    if (arrays == 1)
        snprintf(name, 32, "sweep.sbatch");
    else
        snprintf(name, 32, "sweep_%0*llu.sbatch", width, (unsigned long long)index);
}

/* The command of a run. Its words come from a profile, which allows none that need quotes. */
static void script_put_command(const struct script *script, struct strbuf *out)
{
    for (const char *const *word = script->launch; *word != NULL; word++) {
        strbuf_putc(out, ' ');
        if (strcmp(*word, "{recipe}") == 0)
            strbuf_puts(out, script->recipe);
        else if (strcmp(*word, "{config}") == 0)
            strbuf_puts(out, "\"$sweep/configs/$run.yaml\"");
        else if (strcmp(*word, "{processes}") == 0 && script->processes > 0)
            strbuf_printf(out, "%u", script->processes);
        else if (strcmp(*word, "{processes}") == 0)
            strbuf_puts(out, "\"${SLURM_GPUS_ON_NODE:-gpu}\"");
        else
            strbuf_puts(out, *word);
    }
}

void script_write_array(const struct script *script, uint64_t index, struct strbuf *out)
{
    uint64_t first = index * script->options->array_size;
    uint64_t tasks = script->runs - first;
    if (tasks > script->options->array_size)
        tasks = script->options->array_size;
    strbuf_printf(out,
        "#!/bin/bash\n"
        "# %s: runs %llu to %llu of %s, one array task each.\n"
        "# Submit with submit.sh, from the directory that the jobs shall start in.\n"
        "#SBATCH --job-name=%s\n"
        "#SBATCH --array=0-%llu",
        script->name, (unsigned long long)first, (unsigned long long)(first + tasks - 1),
        script->recipe, script->name, (unsigned long long)(tasks - 1));
    if (script->options->array_parallelism > 0)
        strbuf_printf(out, "%%%u", script->options->array_parallelism);
    strbuf_putc(out, '\n');
    if (script->options->directives.length > 0)
        strbuf_append(out, script->options->directives.data, script->options->directives.length);
    strbuf_printf(out,
        "\n"
        "set -euo pipefail\n"
        "\n"
        "sweep=${1:-${SLURM_SUBMIT_DIR:-$PWD}}\n"
        "if [[ ! -f $sweep/manifest.json ]]; then\n"
        "    echo \"no sweep in $sweep: use submit.sh, or call sbatch in the sweep directory\" "
        ">&2\n"
        "    exit 2\n"
        "fi\n"
        "index=$((SLURM_ARRAY_TASK_ID + %llu))\n",
        (unsigned long long)first);
    if (script->runs_per_folder > 0)
        strbuf_printf(out, "printf -v run '%%03d/run_%%0%dd' $((index / %llu)) $index\n",
            script->name_width, (unsigned long long)script->runs_per_folder);
    else
        strbuf_printf(out, "printf -v run 'run_%%0%dd' $index\n", script->name_width);
    strbuf_puts(out, "\n"
                     "echo \"$run on ${SLURMD_NODENAME:-$HOSTNAME}\"\n"
                     "exec");
    script_put_command(script, out);
    strbuf_putc(out, '\n');
}

/* One sbatch call for each array. */
static void script_put_loop(const struct script *script, struct strbuf *out)
{
    /* The limit on tasks at a time is per array, so to hold for the sweep, arrays run in turn. */
    bool in_turn = script->options->array_parallelism > 0;
    strbuf_puts(out, "options=(--parsable --output=\"$logs/%x-%A_%a.out\" \"$@\")\n");
    if (in_turn)
        strbuf_puts(out, "# One array after the other, so that the limit on tasks at a time holds "
                         "for all.\n"
                         "after=\n");
    strbuf_puts(out, "for script in \"$sweep\"/sweep_*.sbatch; do\n"
                     "    job=$(sbatch \"${options[@]}\" ");
    if (in_turn)
        strbuf_puts(out, "${after:+\"$after\"} ");
    strbuf_puts(out, "\"$script\" \"$sweep\")\n"
                     "    echo \"$job\"\n");
    if (in_turn)
        strbuf_puts(out, "    job=${job%%;*}\n"
                         "    after=${job:+--dependency=afterany:$job}\n");
    strbuf_puts(out, "done\n");
}

void script_write_submit(const struct script *script, struct strbuf *out)
{
    uint64_t arrays = script_arrays(script);
    strbuf_printf(out,
        "#!/bin/bash\n"
        "# Submits %s: %llu runs in %llu job array%s, and prints the job ids.\n"
        "# The jobs start in the directory that this is called from; relative paths in the "
        "configs\n"
        "# begin there. Arguments are passed on to sbatch.\n"
        "set -euo pipefail\n"
        "\n"
        "sweep=$(CDPATH='' cd -- \"$(dirname -- \"${BASH_SOURCE[0]}\")\" && pwd)\n"
        "logs=${sweep//%%/%%%%}/logs\n",
        script->name, (unsigned long long)script->runs, (unsigned long long)arrays,
        arrays == 1 ? "" : "s");
    if (arrays == 1)
        strbuf_puts(out, "sbatch --parsable --output=\"$logs/%x-%A_%a.out\" \"$@\" "
                         "\"$sweep/sweep.sbatch\" \"$sweep\"\n");
    else
        script_put_loop(script, out);
}
