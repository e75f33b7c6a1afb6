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

/* What a placeholder stands for, in double quotes or as a number. */
static void script_put_placeholder(
    const struct script *script, const char *name, struct strbuf *out)
{
    static const struct {
        const char *name, *text;
    } table[] = {
        {"{config}", "\"$config\""},
        {"{processes}", "\"${SLURM_GPUS_ON_NODE:-gpu}\""},
        {"{nodes}", "\"$SLURM_JOB_NUM_NODES\""},
        {"{job}", "\"$SLURM_JOB_ID\""},
        {"{head}", "\"$head\""},
        {"{port}", "\"$port\""},
    };
    if (strncmp(name, "{recipe}", 8) == 0) {
        strbuf_puts(out, script->recipe);
        return;
    }
    if (strncmp(name, "{processes}", 11) == 0 && script->processes > 0) {
        strbuf_printf(out, "%u", script->processes);
        return;
    }
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strncmp(name, table[i].name, strlen(table[i].name)) == 0)
            strbuf_puts(out, table[i].text);
}

/* The command of a run. Its words come from a profile, which allows none that need quotes. */
static void script_put_command(const struct script *script, struct strbuf *out)
{
    strbuf_puts(out, "set_command() {\n    command=(");
    for (const char *const *word = script->launch; *word != NULL; word++) {
        if (word > script->launch)
            strbuf_putc(out, ' ');
        for (const char *p = *word; *p != '\0'; p++) {
            if (*p != '{') {
                strbuf_putc(out, *p);
                continue;
            }
            script_put_placeholder(script, p, out);
            p += strcspn(p, "}");
        }
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
    /* Otherwise Slurm may take the GPUs of several nodes. */
    if (script->nodes == 1 && options->nodes_max == 0)
        strbuf_puts(out, "#SBATCH --nodes=1\n");
    if (options->directives.length > 0)
        strbuf_append(out, options->directives.data, options->directives.length);
}

static void script_put_resuming(const struct script_resuming *resuming, struct strbuf *out)
{
    if (resuming->mode == NULL || strcmp(resuming->mode, "no") == 0) {
        strbuf_puts(
            out, "resume=no resume_state='' resume_epochs='' resume_files='' resume_words=()\n");
        return;
    }
    const char *files = "''";
    if (resuming->files != NULL)
        files = resuming->files;
    strbuf_printf(out, "resume=%s resume_state=%s resume_epochs=%s resume_files=%s resume_words=(",
        resuming->mode, resuming->state, resuming->epochs, files);
    for (const char *const *word = resuming->words; word != NULL && *word != NULL; word++) {
        if (word > resuming->words)
            strbuf_putc(out, ' ');
        strbuf_puts(out, *word);
    }
    strbuf_puts(out, ")\n");
}

/* "1 run", "12 runs" */
static void script_count_runs(const struct script *script, char out[40])
{
    const char *plural = "s";
    if (script->runs == 1)
        plural = "";
    snprintf(out, 40, "%llu run%s", (unsigned long long)script->runs, plural);
}

void script_write_array(const struct script *script, struct strbuf *out)
{
    char runs[40];
    const char *list = "", *then = "", *own_output = "";
    script_count_runs(script, runs);
    unsigned nodes = 1;
    uint64_t tasks = script->runs;
    if (script->list != NULL)
        list = script->list;
    if (script->own_output != NULL)
        own_output = script->own_output;
    if (script->then != NULL)
        then = script->then;
    if (script->nodes > 1)
        nodes = script->nodes;
    if (tasks > script->options->array_size)
        tasks = script->options->array_size;
    strbuf_printf(out,
        "#!/bin/bash\n"
        "# %s: %s of %s, one array task each.\n"
        "# Submit with submit.sh, from the directory that the jobs shall start in.\n",
        script->name, runs, script->recipe);
    script_put_directives(script, tasks, out);
    strbuf_printf(out,
        "\n"
        "first_run=%llu runs=%llu digits=%d runs_per_folder=%llu own_list=%s\n"
        "trainer=%s outputs=(%s) nodes=%u\n"
        "then='%s' own_output='%s'\n",
        (unsigned long long)script->first, (unsigned long long)script->runs, script->name_width,
        (unsigned long long)script->runs_per_folder, list, script->trainer, script->outputs, nodes,
        then, own_output);
    script_put_resuming(&script->resuming, out);
    setup_write(script->setup, out);
    script_put_command(script, out);
    strbuf_printf(out, "\n%s", strchr(script_run, '\n') + 1);
}

void script_write_submit(const struct script *script, struct strbuf *out)
{
    const struct slurm_options *options = script->options;
    char runs[40];
    unsigned array_size = 0;
    script_count_runs(script, runs);
    if (options->array_size_given)
        array_size = options->array_size;
    strbuf_printf(out,
        "#!/bin/bash\n"
        "# Submits %s: %s of %s. See ./submit.sh --help.\n"
        "name=%s first_run=%llu runs=%llu digits=%d array_size=%u parallelism=%u\n"
        "\n"
        "%s",
        script->name, runs, script->recipe, script->name, (unsigned long long)script->first,
        (unsigned long long)script->runs, script->name_width, array_size,
        options->array_parallelism, strchr(script_submit, '\n') + 1);
}
