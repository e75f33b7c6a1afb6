/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/findings/findings.h"
#include "lib/slurm/cluster_check.h"

const struct slurm_given *cluster_get(const struct cluster_check *c, const char *name)
{
    const struct slurm_given *given = &c->given[slurm_option_index(name)];
    return given->at != NULL && !given->off && given->text != NULL ? given : NULL;
}

/* A string of an object of facts; "" if it is not there. */
const char *cluster_fact(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

long long cluster_number(const json_t *object, const char *key)
{
    return strtoll(cluster_fact(object, key), NULL, 10);
}

/* Copies the next word of a list with commas, and moves *list past it; false at the end. Suffixes
 * in parentheses, as of "gpu:a100:4(S:0-1)", are left out. */
bool cluster_next(const char **list, char word[CLUSTER_NAME])
{
    const char *p = *list;
    size_t length = 0;
    int depth = 0;
    if (*p == '\0')
        return false;
    for (; *p != '\0' && (*p != ',' || depth > 0); p++) {
        if (*p == '(')
            depth++;
        else if (*p == ')')
            depth--;
        else if (depth == 0 && length + 1 < CLUSTER_NAME)
            word[length++] = *p;
    }
    word[length] = '\0';
    *list = *p == ',' ? p + 1 : p;
    return true;
}

bool cluster_has_word(const char *list, const char *wanted)
{
    char word[CLUSTER_NAME];
    while (cluster_next(&list, word))
        if (strcmp(word, wanted) == 0)
            return true;
    return false;
}

/* Reports a name that the cluster does not have; `known` ends with NULL. */
void cluster_report_name(struct cluster_check *c, const struct json_place *at, const char *message,
    const char *name, const char *const known[])
{
    char hint[200] = "";
    const char *nearest = known[0] != NULL ? sweep_nearest(name, known) : NULL;
    for (size_t i = 0; known[i] != NULL; i++)
        if (strcasecmp(known[i], name) == 0)
            nearest = known[i];
    if (nearest != NULL) {
        snprintf(hint, sizeof hint, "did you mean \"%.80s\"?", nearest);
    } else if (known[0] != NULL) {
        size_t length = (size_t)snprintf(hint, sizeof hint, "there is ");
        for (size_t i = 0; known[i] != NULL && length < 120; i++)
            length += (size_t)snprintf(
                hint + length, sizeof hint - length, "%s%.40s", i > 0 ? ", " : "", known[i]);
    }
    c->code = FINDING_ERROR(c->findings, "not-on-cluster", at->value, "/slurm",
        *hint != '\0' ? hint : NULL, "%s", message);
}

void cluster_report_limit(struct cluster_check *c, const struct json_place *at, const char *message)
{
    c->code = FINDING_ERROR(c->findings, "cluster-limit", at->value, "/slurm", NULL, "%s", message);
}

/* The names of an object's keys; ends with NULL. */
void cluster_keys(const json_t *object, const char *names[CLUSTER_MAX_NAMES])
{
    size_t n = 0;
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)object, key, value) {
        if (n + 1 < CLUSTER_MAX_NAMES)
            names[n++] = key;
    }
    names[n] = NULL;
}
