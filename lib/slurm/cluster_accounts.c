/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "lib/slurm/cluster_check.h"
#include "lib/slurm/values.h"
#include "lib/util/cleanup.h"

static void cluster_check_account(struct cluster_check *c)
{
    const struct slurm_given *given = cluster_get(c, "account");
    const json_t *associations = json_object_get(c->facts, "associations");
    const char *known[CLUSTER_MAX_NAMES];
    size_t i, n = 0;
    json_t *association;
    char message[200];
    json_array_foreach (associations, i, association) {
        const char *account = cluster_fact(association, "Account");
        if (given != NULL && strcmp(account, given->text) == 0)
            return;
        if (n + 1 < CLUSTER_MAX_NAMES)
            known[n++] = account;
    }
    known[n] = NULL;
    if (given == NULL || n == 0)
        return;
    snprintf(message, sizeof message, "you have no account \"%.80s\" on this cluster", given->text);
    cluster_report_name(c, given->at, message, given->text, known);
}

/* A limit in minutes of an association or QOS. */
static void cluster_check_wall(struct cluster_check *c, const json_t *limits, const char *whose)
{
    const struct slurm_given *time = cluster_get(c, "time");
    long long minutes = cluster_number(limits, "MaxWallPJ"), seconds;
    char message[200];
    if (minutes <= 0 || time == NULL || !slurm_time_parse(time->text, &seconds))
        return;
    if (seconds > 0 && (seconds + 59) / 60 <= minutes)
        return;
    snprintf(message, sizeof message,
        "time %.40s exceeds the %lld minutes of your %s: jobs would wait for ever", time->text,
        minutes, whose);
    cluster_report_limit(c, time->at, message);
}

/* The QOS that the job's associations may use. `known` gets their names, and ends with NULL; they
 * are parts of `lists`. False if that is not known, or `wanted` is among them. */
static bool cluster_lacks_qos(struct cluster_check *c, const char *wanted, struct strbuf *lists,
    const char *known[CLUSTER_MAX_NAMES])
{
    const struct slurm_given *account = cluster_get(c, "account");
    json_t *associations = json_object_get(c->facts, "associations"), *association;
    size_t i, n = 0;
    json_array_foreach (associations, i, association) {
        const char *list = cluster_fact(association, "QOS");
        if (account != NULL && strcmp(cluster_fact(association, "Account"), account->text) != 0)
            continue;
        if (*list == '\0' || cluster_has_word(list, wanted))
            return false;
        strbuf_printf(lists, "%s%s", lists->length > 0 ? "," : "", list);
    }
    if (lists->length == 0 || lists->oom)
        return false;
    for (char *rest = lists->data, *name; (name = strsep(&rest, ",")) != NULL;)
        if (n + 1 < CLUSTER_MAX_NAMES)
            known[n++] = name;
    known[n] = NULL;
    return true;
}

/* The QOS exists. */
static void cluster_check_own_qos(struct cluster_check *c, const struct slurm_given *given)
{
    CLEANUP_STRBUF struct strbuf lists = {0};
    const struct slurm_given *account = cluster_get(c, "account");
    const char *known[CLUSTER_MAX_NAMES];
    char message[240];
    if (!cluster_lacks_qos(c, given->text, &lists, known))
        return;
    if (account != NULL)
        snprintf(message, sizeof message, "your account %.80s cannot use the QOS \"%.80s\"",
            account->text, given->text);
    else
        snprintf(message, sizeof message, "you cannot use the QOS \"%.80s\"", given->text);
    cluster_report_name(c, given->at, message, given->text, known);
}

static void cluster_check_qos(struct cluster_check *c)
{
    const struct slurm_given *given = cluster_get(c, "qos");
    const json_t *all = json_object_get(c->facts, "qos");
    const char *known[CLUSTER_MAX_NAMES];
    char message[200];
    if (given == NULL || json_object_size(all) == 0 || strchr(given->text, ',') != NULL)
        return;
    const json_t *qos = json_object_get(all, given->text);
    if (qos != NULL) {
        cluster_check_wall(c, qos, "QOS");
        cluster_check_own_qos(c, given);
        return;
    }
    cluster_keys(all, known);
    snprintf(message, sizeof message, "the cluster has no QOS \"%.80s\"", given->text);
    cluster_report_name(c, given->at, message, given->text, known);
}

/* The limit holds if there is only one association that the job can have. */
static void cluster_check_association(struct cluster_check *c)
{
    const struct slurm_given *account = cluster_get(c, "account");
    const json_t *found = NULL, *associations = json_object_get(c->facts, "associations");
    size_t i;
    json_t *association;
    json_array_foreach (associations, i, association) {
        if (account != NULL && strcmp(cluster_fact(association, "Account"), account->text) != 0)
            continue;
        if (found != NULL)
            return;
        found = association;
    }
    if (found != NULL)
        cluster_check_wall(c, found, "account");
}

void cluster_check_accounts(struct cluster_check *c)
{
    cluster_check_account(c);
    cluster_check_qos(c);
    cluster_check_association(c);
}
