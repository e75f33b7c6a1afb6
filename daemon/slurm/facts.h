/* SPDX-License-Identifier: Apache-2.0
 *
 * What a plain user can learn of a Slurm cluster before submitting anything: a JSON object that the
 * library compares options of sbatch with. Values are strings as Slurm prints them.
 *
 *     {"format": 1,
 *      "config": {"MaxArraySize": "1001", "MaxJobCount": "10000", ...},
 *      "partitions": {"gpu": {"State": "UP", "MaxTime": "04:00:00", "AllowAccounts": "ALL", ...}},
 *      "nodes": [{"partition": "gpu", "gres": "gpu:a100:4", "memory": "2000", "cpus": "16",
 *                 "features": "", "state": "idle", "count": "2"}],
 *      "associations": [{"Account": "phys", "MaxWallPJ": "60", "MaxSubmitJobs": "20",
 *                        "QOS": "low,normal"}],
 *      "qos": {"normal": {"MaxWallPJ": ""}}}
 *
 * "nodes" has an item for each group of equal nodes of a partition. "associations" and "qos" are
 * empty if the cluster has no accounting; "QOS" is there if it
 * enforces them and the data base of accounts answers.
 */
#ifndef DAEMON_SLURM_FACTS_H
#define DAEMON_SLURM_FACTS_H

#include <jansson.h>
#include <stdbool.h>

struct facts_error {
    bool absent; /* there is no Slurm on this machine */
    char message[600];
};

/* Asks Slurm, unless the answer of the last 5 minutes is in the user's cache directory and
 * `fresh` is false. New reference; NULL with an error. */
json_t *facts_ask(bool fresh, struct facts_error *error);

/* Reads facts that were saved in a file. New reference; NULL with an error. */
json_t *facts_read(const char *path, struct facts_error *error);

/* Parses the output of Slurm's programs; for facts_ask() and tests. New references; NULL if memory
 * runs out. The text of facts_parse_nodes() is modified. */
json_t *facts_parse_config(const char *text);
json_t *facts_parse_partitions(const char *text);
json_t *facts_parse_nodes(char *text);
/* Sets the members "associations" and "qos". */
bool facts_parse_accounts(const char *text, const char *user, json_t *facts);
/* Adds the member "QOS" to associations. The text is modified. */
void facts_parse_own_qos(char *text, json_t *facts);

#endif
