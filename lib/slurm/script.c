/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/slurm/script.h"

extern const char script_run[]; /* lib/slurm/run.bash */

uint64_t script_arrays(const struct script *script)
{
    return (script->runs + script->options->array_size - 1) / script->options->array_size;
}

/* The command of a run. Its words come from a profile, which allows none that need quotes. */
static void script_put_command(const struct script *script, struct strbuf *out)
{
    strbuf_puts(out, "set_command() {\n    command=(");
    for (const char *const *word = script->launch; *word != NULL; word++) {
        if (word > script->launch)
            strbuf_putc(out, ' ');
        if (strcmp(*word, "{recipe}") == 0)
            strbuf_puts(out, script->recipe);
        else if (strcmp(*word, "{config}") == 0)
            strbuf_puts(out, "\"$config\"");
        else if (strcmp(*word, "{processes}") == 0 && script->processes > 0)
            strbuf_printf(out, "%u", script->processes);
        else if (strcmp(*word, "{processes}") == 0)
            strbuf_puts(out, "\"${SLURM_GPUS_ON_NODE:-gpu}\"");
        else
            strbuf_puts(out, *word);
    }
    strbuf_puts(out, ")\n}\n");
}

static void script_put_directives(const struct script *script, uint64_t tasks, struct strbuf *out)
{
    const struct slurm_options *options = script->options;
    strbuf_printf(out, "#SBATCH --job-name=%s\n#SBATCH --array=0-%llu", script->name,
        (unsigned long long)(tasks - 1));
    if (options->array_parallelism > 0)
        strbuf_printf(out, "%%%u", options->array_parallelism);
    strbuf_puts(out, "\n#SBATCH --open-mode=append\n");
    if (options->directives.length > 0)
        strbuf_append(out, options->directives.data, options->directives.length);
}

void script_write_array(const struct script *script, struct strbuf *out)
{
    uint64_t tasks = script->runs;
    if (tasks > script->options->array_size)
        tasks = script->options->array_size;
    strbuf_printf(out,
        "#!/bin/bash\n"
        "# %s: %llu run%s of %s, one array task each.\n"
        "# Submit with submit.sh, from the directory that the jobs shall start in.\n",
        script->name, (unsigned long long)script->runs, script->runs == 1 ? "" : "s",
        script->recipe);
    script_put_directives(script, tasks, out);
    strbuf_printf(out,
        "\n"
        "first_run=%llu runs=%llu digits=%d runs_per_folder=%llu own_list=\n"
        "trainer=%s outputs=(%s)\n",
        (unsigned long long)script->first, (unsigned long long)script->runs, script->name_width,
        (unsigned long long)script->runs_per_folder, script->trainer,
        script->output != NULL ? script->output : "");
    script_put_command(script, out);
    strbuf_printf(out, "\n%s", strchr(script_run, '\n') + 1);
}

/* One list file and one sbatch call for each array. */
static void script_put_loop(const struct script *script, struct strbuf *out)
{
    /* The limit on tasks at a time is per array, so to hold for the sweep, arrays run in turn. */
    bool in_turn = script->options->array_parallelism > 0;
    strbuf_printf(out,
        "options=(--parsable --output=\"$logs/%%x-%%A_%%a.out\" \"$@\")\n"
        "mkdir -p \"$sweep/submissions\"\n"
        "after=\n"
        "for ((first = %llu; first < %llu; first += %u)); do\n"
        "    list=submissions/$first.runs\n"
        "    for ((i = first; i < first + %u && i < %llu; i++)); do\n"
        "        printf 'run_%%0%dd\\n' $i\n"
        "    done >\"$sweep/$list\"\n",
        (unsigned long long)script->first, (unsigned long long)(script->first + script->runs),
        script->options->array_size, script->options->array_size,
        (unsigned long long)(script->first + script->runs), script->name_width);
    strbuf_puts(out, "    job=$(sbatch \"${options[@]}\" --array=0-$((i - first - 1))");
    if (in_turn)
        strbuf_printf(out, "%%%u", script->options->array_parallelism);
    strbuf_puts(out, " ${after:+\"$after\"} \"$sweep/sweep.sbatch\" \"$sweep\" \"$list\")\n"
                     "    echo \"$job\"\n");
    if (in_turn)
        strbuf_puts(out, "    # One array after the other, so that the limit on tasks at a time "
                         "holds for all.\n"
                         "    job=${job%%;*}\n"
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
        "mkdir -p \"$sweep/logs\"\n"
        "logs=${sweep//%%/%%%%}/logs\n",
        script->name, (unsigned long long)script->runs, (unsigned long long)arrays,
        arrays == 1 ? "" : "s");
    if (arrays == 1)
        strbuf_puts(out, "sbatch --parsable --output=\"$logs/%x-%A_%a.out\" \"$@\" "
                         "\"$sweep/sweep.sbatch\" \"$sweep\"\n");
    else
        script_put_loop(script, out);
}
