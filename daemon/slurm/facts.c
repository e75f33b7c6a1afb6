/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/slurm/ask.h"
#include "daemon/slurm/facts.h"
#include "lib/util/cleanup.h"

enum { FACTS_FORMAT = 1, FACTS_CACHE_S = 300, FACTS_TIMEOUT_MS = 15000 };

/* --- parsing -------------------------------------------------------------------------------- */

/* Adds KEY=VALUE of a line of such words. Values of the keys that are wanted have no spaces. */
static void facts_add_words(
    const char *line, size_t length, const char *const keys[], json_t *object)
{
    const char *end = line + length;
    while (line < end) {
        line += strspn(line, " ");
        size_t size = strcspn(line, " \n");
        const char *equals = memchr(line, '=', size);
        for (size_t i = 0; equals != NULL && keys[i] != NULL; i++) {
            size_t key = (size_t)(equals - line);
            if (strlen(keys[i]) == key && strncmp(keys[i], line, key) == 0)
                json_object_set_new(object, keys[i], json_stringn(equals + 1, size - key - 1));
        }
        line += size;
        if (line < end && *line == '\n')
            line++;
    }
}

json_t *facts_parse_config(const char *text)
{
    static const char *const keys[] = {"AccountingStorageEnforce", "AccountingStorageType",
        "ClusterName", "EnforcePartLimits", "MaxArraySize", "MaxJobCount", "MinJobAge",
        "SLURM_VERSION", NULL};
    json_t *config = json_object();
    for (const char *line = text; config != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        for (size_t i = 0; keys[i] != NULL; i++) {
            size_t key = strlen(keys[i]);
            const char *equals = memchr(line, '=', length);
            if (equals == NULL || strncmp(line, keys[i], key) != 0 || line[key] != ' ')
                continue;
            const char *value = equals + 1 + strspn(equals + 1, " ");
            json_object_set_new(config, keys[i], json_stringn(value, strcspn(value, " \n")));
        }
        line += length;
        if (*line == '\n')
            line++;
    }
    return config;
}

json_t *facts_parse_partitions(const char *text)
{
    static const char *const keys[] = {"AllowAccounts", "AllowGroups", "AllowQos", "Default",
        "DefaultTime", "MaxMemPerNode", "MaxNodes", "MaxTime", "State", "TotalNodes", NULL};
    static const char *const name[] = {"PartitionName", NULL};
    json_t *partitions = json_object();
    for (const char *line = text; partitions != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        CLEANUP_JSON json_t *named = json_object();
        json_t *partition = json_object();
        facts_add_words(line, length, name, named);
        facts_add_words(line, length, keys, partition);
        const char *own = json_string_value(json_object_get(named, "PartitionName"));
        if (own != NULL)
            json_object_set(partitions, own, partition);
        json_decref(partition);
        line += length;
        if (*line == '\n')
            line++;
    }
    return partitions;
}

json_t *facts_parse_nodes(char *text)
{
    static const char *const keys[] = {
        "partition", "gres", "memory", "cpus", "features", "state", "count"};
    enum { FIELDS = sizeof keys / sizeof *keys };
    char *fields[FIELDS];
    json_t *nodes = json_array();
    while (nodes != NULL && ask_next_row(&text, fields, FIELDS)) {
        json_t *node = json_object();
        for (size_t i = 0; i < FIELDS; i++) {
            const char *value = strcmp(fields[i], "(null)") == 0 ? "" : fields[i];
            json_object_set_new(node, keys[i], json_string(value));
        }
        json_array_append_new(nodes, node);
    }
    return nodes;
}

/* "MaxSubmitJobs=20(3)": the limit, without what is used of it. */
static void facts_cut_usage(json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach (object, key, value) {
        const char *text = json_string_value(value);
        json_string_setn(value, text, strcspn(text, "("));
    }
}

/* A record begins in a line with "ClusterName=" (an association) or "QOS=", and goes on in lines
 * that are indented. */
bool facts_parse_accounts(const char *text, const char *user, json_t *facts)
{
    static const char *const keys[] = {
        "Account", "Partition", "UserName", "MaxWallPJ", "MaxSubmitJobs", NULL};
    static const char *const qos_keys[] = {"QOS", "MaxWallPJ", NULL};
    json_t *associations = json_array(), *all = json_object();
    json_object_set_new(facts, "associations", associations);
    json_object_set_new(facts, "qos", all);
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        while (line[length] == '\n' && line[length + 1] == ' ')
            length += 1 + strcspn(line + length + 1, "\n");
        json_t *record = json_object();
        bool is_qos = strncmp(line, "QOS=", 4) == 0;
        facts_add_words(line, length, is_qos ? qos_keys : keys, record);
        facts_cut_usage(record);
        const char *name = json_string_value(json_object_get(record, is_qos ? "QOS" : "UserName"));
        if (name != NULL && is_qos)
            json_object_set(all, name, record);
        else if (name != NULL && strcmp(name, user) == 0)
            json_array_append(associations, record);
        json_decref(record);
        line += length;
        if (*line == '\n')
            line++;
    }
    return associations != NULL && all != NULL;
}

void facts_parse_own_qos(char *text, json_t *facts)
{
    json_t *association;
    size_t i;
    for (char *line; (line = strsep(&text, "\n")) != NULL;) {
        const char *account = strsep(&line, "|");
        const char *partition = strsep(&line, "|"), *qos = strsep(&line, "|");
        if (qos == NULL || *qos == '\0')
            continue;
        json_array_foreach (json_object_get(facts, "associations"), i, association) {
            const char *own = json_string_value(json_object_get(association, "Account"));
            const char *place = json_string_value(json_object_get(association, "Partition"));
            if (own != NULL && strcmp(own, account) == 0 &&
                strcmp(place != NULL ? place : "", partition) == 0)
                json_object_set_new(association, "QOS", json_string(qos));
        }
    }
}

/* --- asking --------------------------------------------------------------------------------- */

static bool facts_run(const char *const argv[], struct ask_reply *reply, struct facts_error *error)
{
    enum ask_answer answer = ask_run(argv, FACTS_TIMEOUT_MS, reply);
    if (answer == ASK_DONE)
        return true;
    error->absent = answer == ASK_NOT_FOUND;
    snprintf(error->message, sizeof error->message, "%s failed: %s", argv[0], reply->reason);
    return false;
}

static const char *facts_user(void)
{
    const struct passwd *entry = getpwuid(geteuid());
    return entry != NULL ? entry->pw_name : "";
}

/* Which QOS each association may use is only in the data base; that takes 0.3 s. */
static void facts_ask_own_qos(const char *name, json_t *facts, struct ask_reply *reply)
{
    char user[100];
    const char *enforced = json_string_value(
        json_object_get(json_object_get(facts, "config"), "AccountingStorageEnforce"));
    snprintf(user, sizeof user, "user=%s", name);
    const char *const argv[] = {
        "sacctmgr", "-nP", "show", "assoc", user, "format=account,partition,qos", NULL};
    if (enforced == NULL || strstr(enforced, "qos") == NULL ||
        json_array_size(json_object_get(facts, "associations")) == 0)
        return;
    if (ask_run(argv, FACTS_TIMEOUT_MS, reply) == ASK_DONE && reply->output.data != NULL)
        facts_parse_own_qos(reply->output.data, facts);
}

/* Without accounting there is none to parse; a refusal is not an error. */
static bool facts_ask_accounts(json_t *facts, struct ask_reply *reply)
{
    char user[100];
    const char *name = facts_user();
    snprintf(user, sizeof user, "users=%s", name);
    const char *const argv[] = {"scontrol", "show", "assoc_mgr", user, "flags=assoc,qos", NULL};
    const char *text = "";
    if (ask_run(argv, FACTS_TIMEOUT_MS, reply) == ASK_DONE)
        text = strbuf_string(&reply->output);
    if (!facts_parse_accounts(text, name, facts))
        return false;
    facts_ask_own_qos(name, facts, reply);
    return true;
}

static json_t *facts_ask_all(struct facts_error *error)
{
    static const char *const config[] = {"scontrol", "show", "config", NULL};
    static const char *const partitions[] = {"scontrol", "show", "partition", "-o", NULL};
    static const char *const nodes[] = {"sinfo", "-h", "-e", "-a", "-o",
        "%R" ASK_SEPARATOR "%G" ASK_SEPARATOR "%m" ASK_SEPARATOR "%c" ASK_SEPARATOR
        "%f" ASK_SEPARATOR "%T" ASK_SEPARATOR "%D",
        NULL};
    struct ask_reply reply = {0};
    json_t *facts = json_pack("{s:i}", "format", FACTS_FORMAT);
    bool complete = facts != NULL && facts_run(config, &reply, error);
    if (complete) {
        json_object_set_new(facts, "config", facts_parse_config(strbuf_string(&reply.output)));
        complete = facts_run(partitions, &reply, error);
    }
    if (complete) {
        json_object_set_new(
            facts, "partitions", facts_parse_partitions(strbuf_string(&reply.output)));
        complete = facts_run(nodes, &reply, error);
    }
    if (complete) {
        if (reply.output.data != NULL)
            json_object_set_new(facts, "nodes", facts_parse_nodes(reply.output.data));
        complete = facts_ask_accounts(facts, &reply);
    }
    ask_reply_deinit(&reply);
    if (complete)
        return facts;
    json_decref(facts);
    if (*error->message == '\0')
        snprintf(error->message, sizeof error->message, "out of memory");
    return NULL;
}

/* --- cache ---------------------------------------------------------------------------------- */

/* The file for the cluster of $SLURM_CONF, in a directory of the user that is created; false if
 * there is none. */
static bool facts_cache_path(struct strbuf *path)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const char *conf = getenv("SLURM_CONF");
    if (cache != NULL && *cache == '/')
        strbuf_puts(path, cache);
    else if (home != NULL && *home == '/')
        strbuf_printf(path, "%s/.cache", home);
    else
        return false;
    if (path->oom)
        return false;
    mkdir(path->data, 0700);
    strbuf_puts(path, "/sweepd");
    if (path->oom || (mkdir(path->data, 0700) != 0 && errno != EEXIST))
        return false;
    strbuf_puts(path, "/cluster");
    for (const char *p = conf != NULL ? conf : ""; *p != '\0'; p++)
        strbuf_putc(path, (char)(*p == '/' ? '-' : *p));
    strbuf_puts(path, ".json");
    return !path->oom;
}

static json_t *facts_read_cache(const char *path)
{
    struct stat status;
    struct facts_error error;
    if (stat(path, &status) != 0 || status.st_uid != geteuid())
        return NULL;
    double age = difftime(time(NULL), status.st_mtime);
    if (age < 0 || age > FACTS_CACHE_S)
        return NULL;
    return facts_read(path, &error);
}

static void facts_write_cache(const char *path, const json_t *facts)
{
    CLEANUP_STRBUF struct strbuf temporary = {0};
    strbuf_printf(&temporary, "%s.%ld", path, (long)getpid());
    if (temporary.oom || json_dump_file(facts, temporary.data, JSON_COMPACT) != 0 ||
        rename(temporary.data, path) != 0)
        unlink(strbuf_string(&temporary));
}

json_t *facts_read(const char *path, struct facts_error *error)
{
    json_error_t problem;
    *error = (struct facts_error){0};
    json_t *facts = json_load_file(path, JSON_REJECT_DUPLICATES, &problem);
    if (json_integer_value(json_object_get(facts, "format")) == FACTS_FORMAT)
        return facts;
    snprintf(error->message, sizeof error->message, "%s: %s", path,
        facts == NULL ? problem.text : "it was not written by `sweepctl doctor --facts`");
    json_decref(facts);
    return NULL;
}

json_t *facts_ask(bool fresh, struct facts_error *error)
{
    CLEANUP_STRBUF struct strbuf path = {0};
    bool has_cache = facts_cache_path(&path);
    json_t *facts = NULL;
    *error = (struct facts_error){0};
    if (has_cache && !fresh)
        facts = facts_read_cache(path.data);
    if (facts != NULL)
        return facts;
    facts = facts_ask_all(error);
    if (facts != NULL && has_cache)
        facts_write_cache(path.data, facts);
    return facts;
}
