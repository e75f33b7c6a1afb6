/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/slurm/script.h"

extern const char script_run[];    /* lib/slurm/run.bash */
extern const char script_submit[]; /* lib/slurm/submit.bash */

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
    setup_write(script->setup, out);
    script_put_command(script, out);
    strbuf_printf(out, "\n%s", strchr(script_run, '\n') + 1);
}

void script_write_submit(const struct script *script, struct strbuf *out)
{
    const struct slurm_options *options = script->options;
    strbuf_printf(out,
        "#!/bin/bash\n"
        "# Submits %s: %llu run%s of %s. See ./submit.sh --help.\n"
        "name=%s first_run=%llu runs=%llu digits=%d array_size=%u parallelism=%u\n"
        "\n"
        "%s",
        script->name, (unsigned long long)script->runs, script->runs == 1 ? "" : "s",
        script->recipe, script->name, (unsigned long long)script->first,
        (unsigned long long)script->runs, script->name_width,
        options->array_size_given ? options->array_size : 0, options->array_parallelism,
        strchr(script_submit, '\n') + 1);
}
