/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/slurm/cluster.h"
#include "lib/util/cleanup.h"
#include "lib/util/limits.h"
#include "sweep/generate.h"

/* The directives of a script. */
struct directives {
    struct slurm_given given[SLURM_MAX_OPTIONS];
    struct json_place places[SLURM_MAX_OPTIONS];
    struct json_place script; /* its first line */
};

/* Reads "#SBATCH --NAME=VALUE" or "#SBATCH --NAME", as our scripts have them; ends the value with a
 * NUL. Other options of sbatch than those of the table are left out. */
static void directives_read(
    struct directives *directives, char *line, const struct sweep_place *place)
{
    static const char start[] = "#SBATCH --";
    if (strncmp(line, start, sizeof start - 1) != 0)
        return;
    char *name = line + sizeof start - 1, *value = strchr(name, '=');
    if (value != NULL)
        *value++ = '\0';
    const struct slurm_option *option = slurm_option_find(name);
    if (option == NULL)
        return;
    size_t i = (size_t)(option - slurm_option_table);
    directives->places[i] = (struct json_place){.value = *place, .key = *place};
    directives->given[i] = (struct slurm_given){.at = &directives->places[i], .text = value};
}

enum sweep_code sweep_check_cluster(
    const char *script, const char *file, const json_t *cluster, struct sweep_findings *findings)
{
    CLEANUP_FREE char *text = strdup(script);
    CLEANUP_FREE struct directives *directives = calloc(1, sizeof *directives);
    if (text == NULL || directives == NULL)
        return SWEEP_NO_MEMORY;
    struct sweep_place place = {.file = file, .line = 1, .column = 1};
    directives->script = (struct json_place){.value = place, .key = place};
    for (char *line = text; line != NULL; place.line++) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end++ = '\0';
        if (*line != '#' && *line != '\0')
            break; /* sbatch reads no further */
        directives_read(directives, line, &place);
        line = end;
    }
    return slurm_cluster_check(directives->given, &directives->script, cluster, findings);
}
